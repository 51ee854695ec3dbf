// The real system behind env.h, as far as it is not the process's: waiting, time, memory; the rest is in env_files.c and
// env_threads.c. What it does with signals is said by who uses it: env_real.c for a process of its own, env_guest.c within
// another.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // pthread_getattr_np, gettid
#endif
#include "vm/env_parts.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "vm/huge.h"

// What must be left of the stack for functions that do not check it.
enum { STACK_MARGIN = 256 * 1024 };
// How much of a stack without a limit is used.
enum { STACK_DEFAULT = 8 * 1024 * 1024 };

// ---- time ----

static uint64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t real_now(Env *env) {
    (void)env;
    return read_clock(CLOCK_MONOTONIC);
}

static uint64_t real_now_roughly(Env *env) {
    (void)env;
    return read_clock(CLOCK_MONOTONIC_COARSE);
}

static int64_t real_clock(Env *env) {
    (void)env;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Where the system has no such numbers, the time must do.
static uint64_t real_random(Env *env) {
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, 0) == (ssize_t)sizeof bits) return bits;
    return hash_u64((uint64_t)real_clock(env) ^ (uint64_t)getpid() << 32);
}

// ---- memory ----

static void *real_reserve(Env *env, size_t size) {
    (void)env;
    void *start = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

static bool real_commit(Env *env, void *start, size_t size) {
    (void)env;
    if (mprotect(start, size, PROT_READ | PROT_WRITE) != 0) return false;
    if (size > HUGE_PAGE) huge_pages(start, size);
    return true;
}

static void real_discard(Env *env, void *start, size_t size) {
    (void)env;
    madvise(start, size, MADV_DONTNEED);
}

static void real_unreserve(Env *env, void *start, size_t size) {
    (void)env;
    munmap(start, size);
}

static uint64_t real_peak_memory(Env *env) {
    (void)env;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

// The first thread's stack has no end where there is no limit to it; all others have one.
static bool is_unlimited(void) {
    struct rlimit limit;
    return gettid() == getpid() && getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

static char *find_stack_limit(void) {
    char *here = __builtin_frame_address(0);
    char *lowest = here - STACK_DEFAULT;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return lowest;
    void *start = NULL;
    size_t size = 0;
    bool known = pthread_attr_getstack(&attributes, &start, &size) == 0;
    pthread_attr_destroy(&attributes);
    return known && !is_unlimited() ? (char *)start + STACK_MARGIN : lowest;
}

// Asked for with every step, and never another one for a thread; to find it the C library reads a file.
static char *real_stack_limit(Env *env) {
    static _Thread_local char *limit;
    (void)env;
    if (!limit) limit = find_stack_limit();
    return limit;
}

// ---- life ----

static void real_run_all(Env *env, size_t count, void (*body)(void *argument, size_t i), void *argument) {
    env_threads_run_all(((EnvSystem *)env)->threads, count, body, argument);
}

static const Env SYSTEM = {
    .run_all = real_run_all,
    .now = real_now,
    .now_roughly = real_now_roughly,
    .clock = real_clock,
    .random = real_random,
    .reserve = real_reserve,
    .commit = real_commit,
    .discard = real_discard,
    .unreserve = real_unreserve,
    .peak_memory = real_peak_memory,
    .stack_limit = real_stack_limit,
};

// Two of one process differ by where they are.
static void name_scratch(EnvSystem *system) {
    const char *directory = getenv("TMPDIR");
    if (!directory || !*directory || strlen(directory) > PATH_MAX / 2) directory = "/tmp";
    snprintf(system->scratch, sizeof system->scratch, "%s/portals-%ld-%llx-%llx", directory, (long)getpid(),
             (unsigned long long)read_clock(CLOCK_REALTIME), (unsigned long long)(uintptr_t)system);
    system->env.scratch = system->scratch;
}

bool env_system_init(EnvSystem *system) {
    system->env = SYSTEM;
    name_scratch(system);
    system->threads = env_threads_new();
    env_files_set(&system->env);
    env_jobs_set(&system->env);
    return system->threads;
}

void env_system_free(EnvSystem *system) {
    env_threads_free(system->threads);
}
