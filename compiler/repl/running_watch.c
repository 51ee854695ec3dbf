// running_watch.c - an input that is a stream: it runs at once, and its atoms are shown as they commit.
#include <stdlib.h>
#include <string.h>

#include "compiler/repl/running_internal.h"
#include "vm/env_overlay.h"

typedef struct Watching {
    Running *running;
    Runtime *runtime;
    uint64_t stream;
    Buf *out;
} Watching;

static void show_atom(void *user, const TraceEvents *events) {
    Watching *watching = user;
    if (events->stream != watching->stream) return;
    running_put_events(watching->runtime, events, watching->out);
    buf_putc(watching->out, '\n');
}

// The stream of the workflow `it`.
static uint64_t find_stream(const PtProgram *program) {
    uint64_t number = program->workflow_count;
    while (number > 0 && strcmp(program->workflows[number - 1].name, "it") != 0) number--;
    return program->source_count + (number ? number - 1 : 0);
}

static Watched watch_to_the_end(Watching *watching) {
    Running *running = watching->running;
    Runtime *runtime = watching->runtime;
    Turn turn = TURN_DONE;
    for (uint64_t wait = ENV_POLL; turn == TURN_DONE || turn == TURN_QUIET;) {
        turn = runtime_turn(runtime, wait);
        running_show(running, watching->out, turn == TURN_QUIET);
        wait = turn == TURN_QUIET ? ENV_BLOCK : ENV_POLL;
    }
    bool fine = runtime_end(runtime, turn);
    buf_append(watching->out, runtime->failure.data, runtime->failure.length);
    if (turn == TURN_STOPPED) return WATCHED_STOPPED;
    return fine ? WATCHED_TO_THE_END : WATCHED_FAILED;
}

static Watched watch(Watching *watching, const Params *params) {
    Runtime *runtime = watching->runtime;
    Buf message = {0};
    bool ready = params_apply(params, runtime, &message) == PARAMS_RUN && runtime_setup(runtime);
    buf_append(watching->out, message.data, message.length);
    buf_free(&message);
    if (!ready) buf_append(watching->out, runtime->failure.data, runtime->failure.length);
    return ready ? watch_to_the_end(watching) : WATCHED_FAILED;
}

static Watched watch_within(Running *running, Env *env, const PtProgram *program, Buf *out) {
    Params params;
    char *arguments[] = {(char *)program->name, NULL};
    params_parse(&params, program, 1, arguments, out);
    Watching watching = {.running = running, .stream = find_stream(program), .out = out};
    Runtime *runtime = watching.runtime = runtime_new(program, env, NULL, &params.options);
    const Trace trace = {.put = show_atom, .user = &watching};
    Watched result = WATCHED_FAILED;
    if (runtime) {
        runtime->trace = &trace;
        result = watch(&watching, &params);
        runtime_free(runtime);
    } else {
        running_complain(out, NULL, "out of memory");
    }
    params_free(&params);
    return result;
}

// The stream may write to files of a program whose run is only looked at: to copies then.
static Watched watch_apart(Running *running, const PtProgram *program, Buf *out) {
    const RunningOptions *options = &running->options;
    Env *overlay = env_overlay_new(options->env);
    PromptEnv env;
    prompt_env_init(&env, overlay, options->stop, options->reads_stdin);
    env.out = out;
    Watched result = watch_within(running, &env.wrap.env, program, out);
    env_overlay_free(overlay);
    return result;
}

Watched running_watch(void *user, const PtProgram *program, Buf *out) {
    Running *running = user;
    running_begin_command(running, out);
    if (running->data || running->refused) return watch_apart(running, program, out);
    return watch_within(running, &running->env.wrap.env, program, out);
}
