#include "vm/entry.h"

#include <stdio.h>
#include <stdlib.h>

#include "vm/error.h"
#include "vm/params.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_SIGNAL = 128 };

static void say(Env *env, int file, const Buf *text) {
    if (text->length) write_all(env, file, text->data, text->length);
}

static int fail(Env *env, const Buf *message, int status) {
    say(env, ENV_STDERR, message);
    return status;
}

static void show_stats(const Runtime *runtime, uint64_t started, Buf *out) {
    const RuntimeCounts *counts = &runtime->counts;
    double seconds = (double)(runtime->env->now(runtime->env) - started) / 1e9;
    buf_printf(out, "%llu events in %.3f s: %.0f events/s; %llu atoms, %llu epochs; peak memory %.1f MiB\n",
               (unsigned long long)counts->events, seconds, seconds > 0 ? (double)counts->events / seconds : 0.0,
               (unsigned long long)counts->atoms, (unsigned long long)counts->epochs,
               (double)runtime->env->peak_memory(runtime->env) / (1 << 20));
}

static int run(Runtime *runtime, const Params *params) {
    Env *env = runtime->env;
    uint64_t started = env->now(env);
    if (runtime_setup(runtime)) runtime_run(runtime);
    if (params->stats == STATS_SHOW) {
        Buf text = {0};
        show_stats(runtime, started, &text);
        say(env, ENV_STDERR, &text);
        buf_free(&text);
    }
    if (runtime->failure.length) return fail(env, &runtime->failure, STATUS_FAILED);
    int signal = env->stop_signal(env);
    return signal ? STATUS_SIGNAL + signal : STATUS_OK;
}

static int help(Runtime *runtime, const char *name, Buf *text) {
    params_help(runtime, name, text);
    say(runtime->env, ENV_STDOUT, text);
    return STATUS_OK;
}

static int apply_and_run(Runtime *runtime, const Params *params, Buf *message) {
    switch (params_apply(params, runtime, message)) {
    case PARAMS_RUN: return run(runtime, params);
    case PARAMS_WRONG: return fail(runtime->env, message, STATUS_USAGE);
    default: return fail(runtime->env, &runtime->failure, STATUS_FAILED);
    }
}

// What the command line asks for, once it is read.
static int obey(const PtProgram *program, Env *env, Store *store, const Params *params, ParamsResult what, const char *name,
                Buf *text) {
    if (what == PARAMS_WRONG) return fail(env, text, STATUS_USAGE);
    if (what == PARAMS_VERSION) {
        buf_printf(text, "%s, made with Portals (interface %d)\n", *program->name ? program->name : name, PT_ABI);
        say(env, ENV_STDOUT, text);
        return STATUS_OK;
    }
    Runtime *runtime = runtime_new(program, env, store, &params->options);
    if (!runtime) {
        buf_puts(text, "error: out of memory\n");
        return fail(env, text, STATUS_FAILED);
    }
    int status = what == PARAMS_HELP ? help(runtime, name, text) : apply_and_run(runtime, params, text);
    runtime_free(runtime);
    return status;
}

int entry_main(const PtProgram *program, Env *env, Store *store, int argc, char **argv) {
    Buf text = {0};
    if (program->abi != PT_ABI) {
        buf_puts(&text, "error: the program was compiled for another version of Portals\n");
        say(env, ENV_STDERR, &text);
        buf_free(&text);
        return STATUS_FAILED;
    }
    Params params;
    ParamsResult what = params_parse(&params, program, argc, argv, &text);
    int status = obey(program, env, store, &params, what, argc > 0 ? argv[0] : program->name, &text);
    params_free(&params);
    buf_free(&text);
    return status;
}

int pt_main(const PtProgram *program, int argc, char **argv) {
    Env *env = env_real_new();
    if (!env) {
        fputs("error: out of memory\n", stderr);
        return STATUS_FAILED;
    }
    Store *store = store_memory_new(STORE_KEEP_LAST);
    int status = entry_main(program, env, store, argc, argv);
    store->close(store);
    env_real_free(env);
    return status;
}
