// session_run.c - runs a small program, and takes its values.
#include "compiler/repl/session_run.h"

#include <string.h>

#include "vm/error.h"
#include "vm/foreign_library.h"
#include "vm/run_test.h"
#include "vm/runtime.h"

enum { LINE_MEMORY = 256 << 20 };

// ---- running ---------------------------------------------------------------------------------------------------------

static void make_default(Partition *partition, void *argument) {
    const PtParam *param = argument;
    param->make_default(&partition->context);
}

// Params have their defaults. What a constant keeps is listed among them, and has none.
static bool make_defaults(Runtime *runtime) {
    if (!foreign_find_all(runtime->program, &runtime->failure)) return false;
    for (uint64_t i = 0; i < runtime->program->param_count; i++) {
        const PtParam *param = &runtime->program->params[i];
        if (!param->make_default || partition_guard(&runtime->partitions[0], make_default, (void *)param)) continue;
        error_take(runtime, &runtime->partitions[0]);
        return false;
    }
    return true;
}

static bool is_stopped(const SessionOptions *options) {
    return options->stop && atomic_load(options->stop);
}

Entered run_constants(const SessionOptions *options, const PtProgram *program, TakeGlobals *take, void *user, Buf *out) {
    RuntimeOptions run = {.max_atom = LINE_MEMORY / REGION_FACTOR, .partitions = 1, .seed = 1};
    Runtime *runtime = runtime_new(program, options->env, NULL, &run);
    if (!runtime) {
        buf_puts(out, "error: out of memory\n");
        return ENTERED_FAILED;
    }
    Entered entered = ENTERED_VALUE;
    if (make_defaults(runtime) && runtime_setup(runtime)) {
        take(user, program, runtime->globals);
    } else {
        entered = is_stopped(options) ? ENTERED_STOPPED : ENTERED_FAILED;
        buf_append(out, runtime->failure.data, runtime->failure.length);
    }
    runtime_free(runtime);
    return entered;
}

Entered run_test_of(const SessionOptions *options, const PtProgram *program, uint64_t number, Buf *out) {
    Buf message = {0};
    bool passed = run_test(program, options->env, number, &message);
    buf_printf(out, "%s %s\n", passed ? "ok" : "FAILED", program->tests[number].name);
    buf_append(out, message.data, message.length);
    buf_free(&message);
    return passed ? ENTERED_VALUE : is_stopped(options) ? ENTERED_STOPPED : ENTERED_FAILED;
}

PtValue run_value(const PtProgram *program, const char *globals, const char *name) {
    for (uint64_t i = 0; i < program->param_count; i++) {
        const PtParam *param = &program->params[i];
        if (!param->make_default && strcmp(param->name, name) == 0) return (PtValue){param->desc, globals + param->offset};
    }
    return (PtValue){NULL, NULL};
}
