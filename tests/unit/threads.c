// What test_vm_env does with threads, for the thread sanitizer, under which Criterion does not start. Run by `make tsan`.
#include <stdio.h>

#include "tests/unit/env_bodies.h"

enum { ROUNDS = 1000 };

int main(void) {
    Env *env = env_real_new();
    uint64_t wrong = run_mixed_phases(env, ROUNDS) + run_slow_phases(env, 20) + run_jobs(env, ROUNDS / 10);
    for (size_t count = 0; count <= BODIES; count++) wrong += run_phases(env, count, ROUNDS);
    env_real_free(env);
    const char *label = getenv("LABEL");
    printf("%sthreads: %llu wrong\n", label ? label : "", (unsigned long long)wrong);
    return wrong != 0;
}
