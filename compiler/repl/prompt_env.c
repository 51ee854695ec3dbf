#include "compiler/repl/prompt_env.h"

#include <signal.h>
#include <stdlib.h>

// A wait is looked after so often: Ctrl-C may come between a look at the flag and the wait.
static const uint64_t WAITED_AT_ONCE = 50 * 1000 * 1000;

bool prompt_env_stops(const PromptEnv *prompt) {
    return prompt->stop && atomic_load(prompt->stop);
}

static int prompt_stop_signal(Env *env) {
    return prompt_env_stops((PromptEnv *)env) ? SIGINT : 0;
}

static int64_t prompt_write(Env *env, int file, const void *bytes, size_t size) {
    PromptEnv *prompt = (PromptEnv *)env;
    if (file != ENV_STDOUT && file != ENV_STDERR) return env_inner(env)->write(env_inner(env), file, bytes, size);
    if (prompt->out && !(prompt->is_muted && file == ENV_STDOUT)) buf_append(prompt->out, bytes, size);
    return (int64_t)size;
}

// To a file that standard output was made to lead to, the prompt writes, not the run.
static int prompt_stat(Env *env, int file, EnvStat *out) {
    if (file > ENV_STDERR) return env_inner(env)->stat(env_inner(env), file, out);
    *out = (EnvStat){.kind = ENV_OTHER};
    return 0;
}

static int64_t prompt_read(Env *env, int file, void *to, size_t size) {
    const PromptEnv *prompt = (PromptEnv *)env;
    if (file != ENV_STDIN || prompt->reads_stdin) return env_inner(env)->read(env_inner(env), file, to, size);
    return 0;
}

static int prompt_wait(Env *env, const int *files, size_t count, uint64_t time) {
    const PromptEnv *prompt = (PromptEnv *)env;
    for (size_t i = 0; i < count; i++)
        if (files[i] == ENV_STDIN && !prompt->reads_stdin) return 1;
    return env_inner(env)->wait_readable(env_inner(env), files, count, time < WAITED_AT_ONCE ? time : WAITED_AT_ONCE);
}

// ---- jobs ----

static EnvJob *prompt_start(Env *env, void (*body)(void *argument), void *argument) {
    body(argument);
    return (EnvJob *)env;
}

static bool prompt_is_done(Env *env, EnvJob *job) {
    (void)env, (void)job;
    return true;
}

static void prompt_finish(Env *env, EnvJob *job) {
    (void)env, (void)job;
}

void prompt_env_init(PromptEnv *prompt, Env *inner, atomic_bool *stop, bool reads_stdin) {
    *prompt = (PromptEnv){.stop = stop, .reads_stdin = reads_stdin};
    env_wrap_init(&prompt->wrap, inner);
    Env *env = &prompt->wrap.env;
    env->stop_signal = prompt_stop_signal;
    env->write = prompt_write;
    env->stat = prompt_stat;
    env->read = prompt_read;
    env->wait_readable = prompt_wait;
    env->start = prompt_start;
    env->is_done = prompt_is_done;
    env->finish = prompt_finish;
}
