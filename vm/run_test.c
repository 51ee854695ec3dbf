#include "vm/run_test.h"

#include "vm/error.h"
#include "vm/params.h"

// A test is small, and one that is not ends soon.
enum { TEST_MEMORY = 256 << 20 };

static void run_body(Partition *partition, void *argument) {
    const PtTest *test = argument;
    partition->test = test;
    test->run(&partition->context);
}

// A failure is in runtime->failure.
static bool run_in(Runtime *runtime, const Params *params, const PtTest *test) {
    if (params_apply(params, runtime, &runtime->failure) != PARAMS_RUN || !runtime_setup(runtime)) return false;
    Partition *partition = &runtime->partitions[0];
    if (partition_guard(partition, run_body, (void *)test)) return true;
    error_take(runtime, partition);
    return false;
}

bool run_test(const PtProgram *program, Env *env, uint64_t number, Buf *message) {
    Params params;
    char *no_arguments[] = {(char *)program->name, NULL};
    params_parse(&params, program, 1, no_arguments, message);
    params.options.max_atom = TEST_MEMORY / REGION_FACTOR;
    Runtime *runtime = runtime_new(program, env, NULL, &params.options);
    bool passed = runtime && run_in(runtime, &params, &program->tests[number]);
    if (!runtime) buf_puts(message, "error: out of memory\n");
    if (runtime && !passed) buf_append(message, runtime->failure.data, runtime->failure.length);
    if (runtime) runtime_free(runtime);
    params_free(&params);
    return passed;
}
