// env_bodies.h - what threads of an env do in tests. Assertions of Criterion are undefined in threads: the bodies count what is
// wrong, and the caller judges. Without Criterion, so that threads.c can run the same under the thread sanitizer.
#ifndef TESTS_UNIT_ENV_BODIES_H
#define TESTS_UNIT_ENV_BODIES_H

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vm/env.h"

enum { BODIES = 8 };

typedef struct Phases {
    uint64_t phase;        // written by the caller between the phases, not atomic: the barrier has to publish it
    uint64_t runs[BODIES]; // written by the bodies, read by the caller
    uint64_t wrong[BODIES];
    long sleep; // of bodies, in nanoseconds
} Phases;

static inline void phase_body(void *argument, size_t i) {
    Phases *phases = argument;
    if (phases->sleep && i) nanosleep(&(struct timespec){.tv_nsec = phases->sleep}, NULL);
    phases->wrong[i] += phases->runs[i]++ != phases->phase;
}

static inline uint64_t run_phase(Env *env, Phases *phases, size_t count) {
    uint64_t wrong = 0;
    env->run_all(env, count, phase_body, phases);
    phases->phase++;
    for (size_t i = 0; i < BODIES; i++) {
        wrong += phases->wrong[i] + (phases->runs[i] != (i < count ? phases->phase : 0));
        if (i >= count) phases->runs[i] = 0;
    }
    return wrong;
}

// All functions below return how much was wrong.
static inline uint64_t run_phases(Env *env, size_t count, uint64_t rounds) {
    Phases phases = {0};
    uint64_t wrong = 0;
    for (uint64_t round = 0; round < rounds; round++) wrong += run_phase(env, &phases, count);
    return wrong;
}

// Another number of bodies each time.
static inline uint64_t run_mixed_phases(Env *env, uint64_t rounds) {
    uint64_t wrong = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        Phases phases = {0};
        wrong += run_phase(env, &phases, round * 7 % (BODIES + 1));
    }
    return wrong;
}

// Longer than anyone looks around: all have to sleep and be woken.
static inline uint64_t run_slow_phases(Env *env, uint64_t rounds) {
    Phases phases = {.sleep = 2000000};
    uint64_t wrong = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        wrong += run_phase(env, &phases, 3);
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return wrong;
}

// ---- stacks ----

typedef struct Stack {
    Env *env;
    size_t room;
    bool blocks_stop; // both signals that ask for one
} Stack;

static inline void stack_body(void *argument, size_t i) {
    Stack *stack = (Stack *)argument + i;
    char *here = __builtin_frame_address(0), *limit = stack->env->stack_limit(stack->env);
    stack->room = limit < here ? (size_t)(here - limit) : 0;
    char *page = limit;
    *(volatile char *)page = 1; // must be there
    sigset_t mask;
    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    stack->blocks_stop = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGTERM) == 1;
}

static inline void measure_stacks(Env *env, Stack stacks[BODIES]) {
    for (size_t i = 0; i < BODIES; i++) stacks[i] = (Stack){.env = env};
    env->run_all(env, BODIES, stack_body, stacks);
}

// ---- jobs ----

typedef struct Work {
    uint64_t before, after;
} Work;

static inline void job_body(void *argument) {
    Work *work = argument;
    work->after = work->before + 1;
}

static inline uint64_t run_jobs(Env *env, uint64_t rounds) {
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < rounds; i++) {
        Work works[2] = {{.before = i}, {.before = i * 2}};
        EnvJob *first = env->start(env, job_body, &works[0]), *second = env->start(env, job_body, &works[1]);
        if (i % 2) {
            while (!env->is_done(env, first)) {
            }
            wrong += works[0].after != i + 1; // seen without a join
        }
        env->finish(env, second);
        env->finish(env, first);
        wrong += (works[0].after != i + 1) + (works[1].after != i * 2 + 1);
    }
    return wrong;
}

#endif
