// The real system behind env.h: signals, waiting, time, memory; the rest is in env_files.c and env_threads.c.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // ppoll, pthread_getattr_np, gettid
#endif
#include "vm/env_parts.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
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
#include "vm/memory.h"

// What must be left of the stack for functions that do not check it.
enum { STACK_MARGIN = 256 * 1024 };
// How much of a stack without a limit is used.
enum { STACK_DEFAULT = 8 * 1024 * 1024 };

typedef struct EnvReal {
    Env env;
    EnvThreads *threads;
    char scratch[PATH_MAX];
    struct sigaction old_int, old_term, old_pipe;
} EnvReal;

// A signal reaches the process, not an object of it: the one place that has to be global.
static volatile sig_atomic_t caught_signal;

static void catch_signal(int number) {
    caught_signal = number;
}

// ---- waiting ----

// The signals are blocked between looking at the flag and falling asleep, so that none is slept through.
static int wait_or_signal(struct pollfd *polls, size_t count, const struct timespec *time) {
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, &before);
    int result = -EINTR;
    if (!caught_signal) {
        result = ppoll(polls, count, time, &before);
        if (result < 0) result = -errno;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static int real_wait_readable(Env *env, const int *files, size_t count, uint64_t time) {
    (void)env;
    struct pollfd *polls = MEMORY_NEW(struct pollfd, count);
    for (size_t i = 0; i < count; i++) polls[i] = (struct pollfd){.fd = files[i], .events = POLLIN};
    int result;
    struct timespec limit = {.tv_sec = (time_t)(time / 1000000000u), .tv_nsec = (long)(time % 1000000000u)};
    if (time != ENV_POLL)
        result = wait_or_signal(polls, count, time == ENV_BLOCK ? NULL : &limit);
    else if ((result = poll(polls, count, 0)) < 0)
        result = -errno;
    free(polls);
    return result;
}

// ---- time and signals ----

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

static int real_stop_signal(Env *env) {
    (void)env;
    return caught_signal;
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
    env_threads_run_all(((EnvReal *)env)->threads, count, body, argument);
}

static const Env REAL = {
    .wait_readable = real_wait_readable,
    .run_all = real_run_all,
    .now = real_now,
    .now_roughly = real_now_roughly,
    .clock = real_clock,
    .random = real_random,
    .stop_signal = real_stop_signal,
    .reserve = real_reserve,
    .commit = real_commit,
    .discard = real_discard,
    .unreserve = real_unreserve,
    .peak_memory = real_peak_memory,
    .stack_limit = real_stack_limit,
};

// The first signal asks; the handler is then gone, and the second one kills. What a parent process had ignored (a shell does so
// for background jobs) stays ignored.
static void listen_for(int signal, struct sigaction *old) {
    struct sigaction stop = {.sa_handler = catch_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(signal, NULL, old);
    if (old->sa_handler != SIG_IGN) sigaction(signal, &stop, NULL);
}

static void name_scratch(EnvReal *real) {
    const char *directory = getenv("TMPDIR");
    if (!directory || !*directory || strlen(directory) > PATH_MAX / 2) directory = "/tmp";
    snprintf(real->scratch, sizeof real->scratch, "%s/portals-%ld-%llx", directory, (long)getpid(),
             (unsigned long long)read_clock(CLOCK_REALTIME));
    real->env.scratch = real->scratch;
}

Env *env_real_new(void) {
    EnvReal *real = malloc(sizeof *real);
    if (!real) return NULL;
    real->env = REAL;
    name_scratch(real);
    real->threads = env_threads_new();
    if (!real->threads) {
        free(real);
        return NULL;
    }
    env_files_set(&real->env);
    env_jobs_set(&real->env);
    caught_signal = 0;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &real->old_pipe);
    listen_for(SIGINT, &real->old_int);
    listen_for(SIGTERM, &real->old_term);
    return &real->env;
}

void env_real_free(Env *env) {
    EnvReal *real = (EnvReal *)env;
    sigaction(SIGINT, &real->old_int, NULL);
    sigaction(SIGTERM, &real->old_term, NULL);
    sigaction(SIGPIPE, &real->old_pipe, NULL);
    env_threads_free(real->threads);
    free(real);
}
