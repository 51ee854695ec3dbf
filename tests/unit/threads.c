// What test_vm_env and test_vm_store_log do with threads, for the thread sanitizer, under which Criterion does not start. Run by
// `make tsan`.
#include <stdio.h>

#include "tests/unit/env_bodies.h"
#include "tests/unit/store_bodies.h"

enum { ROUNDS = 1000 };

// In a directory that is gone afterwards.
static uint64_t run_store_once(Env *env) {
    char root[] = "/tmp/portals_threads_XXXXXX", path[64], command[64];
    if (!mkdtemp(root)) return 1;
    snprintf(path, sizeof path, "%s/data", root);
    uint64_t wrong = run_store(env, path);
    snprintf(command, sizeof command, "rm -r %s", root);
    return wrong + (system(command) != 0);
}

int main(void) {
    Env *env = env_real_new();
    uint64_t wrong = run_mixed_phases(env, ROUNDS) + run_slow_phases(env, 20) + run_jobs(env, ROUNDS / 10);
    for (size_t count = 0; count <= BODIES; count++) wrong += run_phases(env, count, ROUNDS);
    wrong += run_store_once(env);
    env_real_free(env);
    const char *label = getenv("LABEL");
    printf("%sthreads: %llu wrong\n", label ? label : "", (unsigned long long)wrong);
    return wrong != 0;
}
