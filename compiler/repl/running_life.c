// running_life.c - a Runtime for the run at the prompt, and what it is kept in.
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/repl/running_internal.h"
#include "lang/diag.h"
#include "vm/env_overlay.h"
#include "vm/memory.h"
#include "vm/outbox.h"
#include "vm/store_log.h"
#include "vm/store_memory.h"

// Epochs are cut here: the runtime never finds that one is due.
static const uint64_t NEVER = UINT64_MAX;

// ---- life ----

Running *running_new(const RunningOptions *options) {
    Running *running = MEMORY_NEW(Running, 1);
    running->options = *options;
    prompt_env_init(&running->env, options->env, options->stop, options->reads_stdin);
    return running;
}

void running_use(Running *running, Session *session) {
    running->session = session;
}

PromptEnv *running_prompt_env(Running *running) {
    return running->overlay ? &running->written : &running->env;
}

Env *running_env(Running *running) {
    return &running_prompt_env(running)->wrap.env;
}

static void drop_runtime(Running *running) {
    if (running->runtime) runtime_free(running->runtime);
    running->runtime = NULL;
}

// A program of no session is nothing to be freed.
static void drop_program(Running *running) {
    if (!running->program.program) return;
    params_free(&running->params);
    session_program_free(&running->program);
}

// All that a run consists of belongs to somebody else, or is freed.
static void forget(Running *running) {
    running->program = (SessionProgram){0};
    running->params = (Params){0};
    running->runtime = NULL;
    running->store = NULL;
    running->overlay = NULL;
    running->marks = NULL;
    running->data = NULL;
    running->mark_count = running->mark_capacity = 0;
    running->steps = 0;
    running->state = RUNNING_NOT;
}

void running_end(Running *running) {
    drop_runtime(running);
    drop_program(running);
    if (running->store) running->store->close(running->store);
    if (running->overlay) env_overlay_free(running->overlay);
    free(running->marks);
    free(running->data);
    forget(running);
}

Running running_set_aside(Running *running) {
    const Running aside = *running;
    forget(running);
    return aside;
}

void running_put_back(Running *running, const Running *aside) {
    running_end(running);
    *running = *aside;
}

void running_set_refused(Running *running, const char *directory) {
    char *refused = directory ? strdup(directory) : NULL;
    free(running->refused);
    running->refused = refused;
}

void running_free(Running *running) {
    if (!running) return;
    running_end(running);
    free(running->refused);
    free(running);
}

bool running_is_under_way(void *running) {
    const Running *run = running;
    return run && run->state != RUNNING_NOT;
}

// ---- the program ----

bool running_compile(Running *running, SessionProgram *program, Buf *out) {
    if (!session_compile(running->session, program, out)) return false;
    if (program->program->workflow_count || program->program->source_count) return true;
    session_program_free(program);
    return running_complain(out, "define a `stream` or a `workflow`, or `:load` a program", "there is nothing to run");
}

static bool fail(Running *running, Buf *out) {
    Runtime *runtime = running->runtime;
    if (runtime) buf_append(out, runtime->failure.data, runtime->failure.length);
    drop_runtime(running);
    running->state = RUNNING_FAILED;
    return false;
}

static bool make_runtime(Running *running, Buf *out) {
    drop_runtime(running);
    running->params.options.epoch = NEVER;
    running->params.options.partitions = 1;
    running->params.options.data = running->data;
    Runtime *runtime = runtime_new(running->program.program, running_env(running), running->store, &running->params.options);
    running->runtime = runtime;
    if (!runtime) {
        running_complain(out, NULL, "out of memory");
        return fail(running, out);
    }
    runtime->seed = running->seed;
    runtime->goes_back = running->mark_count > 0;
    Buf message = {0};
    ParamsResult result = params_apply(&running->params, runtime, &message);
    buf_append(out, message.data, message.length);
    buf_free(&message);
    if (result == PARAMS_RUN) return true;
    if (result == PARAMS_WRONG) buf_puts(out, "  = help: give the `param` a default value\n");
    return fail(running, out);
}

// What goes out again because nobody knows whether it went out before has been seen here.
static bool set_up(Running *running, Buf *out) {
    if (!make_runtime(running, out)) return false;
    PromptEnv *env = running_prompt_env(running);
    env->is_muted = true;
    bool ready = runtime_setup(running->runtime);
    env->is_muted = false;
    if (!ready && !running->runtime->epochs.finished) return fail(running, out);
    running->state = ready ? RUNNING_ON : RUNNING_ENDED;
    if (!ready) drop_runtime(running);
    return true;
}

// ---- marks ----

static void add_mark(Running *running, uint64_t epoch) {
    running->marks = memory_grow(running->marks, running->mark_count, &running->mark_capacity, sizeof(Mark));
    running->marks[running->mark_count++] = (Mark){epoch, running->steps, running->runtime ? running->runtime->step : 0};
}

void running_mark(Running *running) {
    uint64_t epoch = store_memory_last(running->store);
    if (!running->mark_count || running->marks[running->mark_count - 1].epoch < epoch) add_mark(running, epoch);
}

bool running_commit(Running *running, Buf *out) {
    Runtime *runtime = running->runtime;
    bool fine = true;
    if (runtime && runtime->epochs.step != runtime->step) fine = epoch_commit(runtime, EPOCH_WAIT);
    if (!fine) fail(running, out);
    running_mark(running);
    return fine;
}

// ---- beginning and going back ----

static void read_params(Running *running) {
    char *arguments[] = {(char *)running->program.program->name, NULL};
    Buf message = {0};
    params_parse(&running->params, running->program.program, 1, arguments, &message);
    buf_free(&message);
}

void running_replace(Running *running, const SessionProgram *program) {
    drop_runtime(running);
    drop_program(running);
    running->program = *program;
    read_params(running);
}

bool running_open(Running *running, Store *store, const SessionProgram *program, Buf *out) {
    running->store = store;
    running->program = *program;
    running->seed = running->options.env->random(running->options.env);
    read_params(running);
    if (!set_up(running, out) || (running->state == RUNNING_ON && !epoch_commit(running->runtime, EPOCH_WAIT))) {
        if (running->runtime) fail(running, out);
        running_end(running);
        return false;
    }
    running_mark(running);
    return true;
}

bool running_recover(Running *running, const Mark *mark, Buf *out) {
    const Mark at = *mark;
    drop_runtime(running);
    while (running->mark_count > 1 && running->marks[running->mark_count - 1].epoch > at.epoch) running->mark_count--;
    store_memory_rewind(running->store, at.epoch);
    running->steps = at.steps;
    if (!set_up(running, out)) return false;
    if (!running->runtime) return true;
    running->runtime->step = running->runtime->epochs.step = at.runtime_step;
    for (size_t i = 0; i < outbox_count(running->runtime); i++) { // they have been shown
        Outbox *outbox = outbox_at(running->runtime, i);
        outbox_take(outbox, outbox_last(outbox));
    }
    return true;
}

// ---- words ----

bool running_complain(Buf *out, const char *help, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buf_puts(out, "error: ");
    buf_vprintf(out, format, args);
    buf_putc(out, '\n');
    va_end(args);
    if (help) buf_printf(out, "  = help: %s\n", help);
    return false;
}

void running_help_names(const char *name, const char *const *names, int count, Buf *out) {
    const char *nearest = diag_nearest(name, names, count);
    if (nearest) buf_printf(out, "  = help: did you mean `%s`?\n", nearest);
    for (int i = 0; !nearest && i < count; i++)
        buf_printf(out, "%s`%s`%s", i ? ", " : "  = help: it has ", names[i], i + 1 < count ? "" : "\n");
}

void running_count(Buf *out, uint64_t count, const char *what) {
    buf_printf(out, "%llu %s%s", (unsigned long long)count, what, count == 1 ? "" : "s");
}
