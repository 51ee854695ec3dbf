// Threads of the real env: a pool for `run_all`, and jobs.
//
// A phase of run_all is some 100 microseconds, so a thread that waits looks again and again for a short time before it sleeps.
// Each worker has a word of its own through which it is called, and the caller counts down who is still at work:
//
//   caller                                    worker
//   left = n - 1
//   state: IDLE or ASLEEP -> CALLED   ---->   sees CALLED (acquire), sets IDLE
//   runs body 0                               runs its body
//   sees left = 0 (acquire)           <----   left - 1 (release)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // sched_getaffinity, syscall
#endif
#include "vm/env_parts.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vm/memory.h"

enum {
    CACHE_LINE = 128, // processors fetch lines in pairs
    STACK_MINIMUM = 8 * 1024 * 1024,
    // To wake a thread on an idle processor takes some 60 microseconds in a virtual machine. A worker that slept comes so much
    // later, and the caller must not have gone to sleep by then, or both would sleep and wait for each other in turn in every
    // phase.
    WORKER_SPINS = 100 * 1000, // nanoseconds
    CALLER_SPINS = 200 * 1000,
    SPIN_LOOKS = 32, // between looks at the clock
};

typedef enum WorkerState { WORKER_IDLE, WORKER_CALLED, WORKER_ASLEEP, WORKER_QUIT } WorkerState;

// In the count of those at work: the caller sleeps until it is all that is left.
static const uint32_t CALLER_ASLEEP = (uint32_t)1 << 31;

typedef struct Worker {
    _Alignas(CACHE_LINE) _Atomic uint32_t state; // a WorkerState
    EnvThreads *threads;
    size_t index; // of the body it runs
    pthread_t thread;
} Worker;

struct EnvThreads {
    _Alignas(CACHE_LINE) _Atomic uint32_t left; // workers still in their bodies, and CALLER_ASLEEP
    // What is called: written by the caller before it calls the workers, which read it only then.
    _Alignas(CACHE_LINE) void (*body)(void *argument, size_t i);
    void *argument;
    bool spins;
    Worker **workers; // body i is run by the one at i - 1
    size_t count, capacity;
    size_t processors;
};

// ---- waiting ----

// Sleeps if `word` still holds `value`; may wake up for no reason.
static void futex_wait(_Atomic uint32_t *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void pause_processor(void) {
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("isb");
#endif
}

// Looks for `limit` nanoseconds whether `word` differs from `value`; what it saw last, without any order.
static uint32_t spin(_Atomic uint32_t *word, uint32_t value, uint64_t limit) {
    uint64_t start = nanoseconds();
    do {
        for (int i = 0; i < SPIN_LOOKS; i++) {
            uint32_t seen = atomic_load_explicit(word, memory_order_relaxed);
            if (seen != value) return seen;
            pause_processor();
        }
        // The one who is waited for may have been put on this processor, behind this thread.
        sched_yield();
    } while (nanoseconds() - start < limit);
    return value;
}

// ---- making threads ----

// A recursion goes as deep in every thread as in the first one.
static size_t stack_size(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY) return STACK_MINIMUM;
    return limit.rlim_cur > STACK_MINIMUM ? (size_t)limit.rlim_cur & ~(size_t)(ENV_ALIGN - 1) : STACK_MINIMUM;
}

// The signals that ask for a stop are the first thread's: they end its waits.
static bool make_thread(pthread_t *thread, void *(*main)(void *), void *argument) {
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setstacksize(&attributes, stack_size());
    pthread_sigmask(SIG_BLOCK, &stop, &before); // a thread begins with the mask of its maker
    int code = pthread_create(thread, &attributes, main, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code == 0;
}

// ---- workers ----

// Returns when the worker is called or is to quit.
static WorkerState wait_for_call(Worker *worker, bool spins) {
    uint32_t state = spins ? spin(&worker->state, WORKER_IDLE, WORKER_SPINS) : WORKER_IDLE;
    // Fails if the caller has come in between. Acquire, here and below: the partner is the release in `call`.
    if (state == WORKER_IDLE)
        atomic_compare_exchange_strong_explicit(&worker->state, &state, WORKER_ASLEEP, memory_order_relaxed,
                                                memory_order_relaxed);
    while ((state = atomic_load_explicit(&worker->state, memory_order_acquire)) == WORKER_ASLEEP)
        futex_wait(&worker->state, WORKER_ASLEEP);
    return (WorkerState)state;
}

static void *worker_main(void *user) {
    Worker *worker = user;
    EnvThreads *threads = worker->threads;
    bool spins = false;
    while (wait_for_call(worker, spins) == WORKER_CALLED) {
        // The caller writes here again only after it has seen the release below, which makes this store older.
        atomic_store_explicit(&worker->state, WORKER_IDLE, memory_order_relaxed);
        spins = threads->spins;
        threads->body(threads->argument, worker->index);
        // Release: all that the body wrote, for the acquire in `wait_for_workers`.
        uint32_t left = atomic_fetch_sub_explicit(&threads->left, 1, memory_order_release);
        if (left == (CALLER_ASLEEP | 1)) futex_wake(&threads->left);
    }
    return NULL;
}

// Release: what is to be run and all that was written before, for the acquire in `wait_for_call`.
static void call(Worker *worker, WorkerState what) {
    uint32_t before = atomic_exchange_explicit(&worker->state, what, memory_order_release);
    if (before == WORKER_ASLEEP) futex_wake(&worker->state);
}

// Acquire: the partner is the release of each worker; a count-down that changes another one's value continues its release.
static void wait_for_workers(EnvThreads *threads) {
    uint32_t left = atomic_load_explicit(&threads->left, memory_order_acquire);
    while (left && threads->spins) {
        bool changed = spin(&threads->left, left, CALLER_SPINS) != left;
        left = atomic_load_explicit(&threads->left, memory_order_acquire);
        if (!changed) break;
    }
    if (!left) return;
    left = atomic_fetch_or_explicit(&threads->left, CALLER_ASLEEP, memory_order_acquire) | CALLER_ASLEEP;
    while (left != CALLER_ASLEEP) {
        futex_wait(&threads->left, left);
        left = atomic_load_explicit(&threads->left, memory_order_acquire);
    }
}

static bool add_worker(EnvThreads *threads) {
    Worker *worker = aligned_alloc(CACHE_LINE, sizeof(Worker));
    if (!worker) return false;
    *worker = (Worker){.threads = threads, .index = threads->count + 1};
    if (!make_thread(&worker->thread, worker_main, worker)) {
        free(worker);
        return false;
    }
    threads->workers = memory_grow(threads->workers, threads->count, &threads->capacity, sizeof *threads->workers);
    threads->workers[threads->count++] = worker;
    return true;
}

void env_threads_run_all(EnvThreads *threads, size_t count, void (*body)(void *argument, size_t i), void *argument) {
    while (threads->count + 1 < count && add_worker(threads)) {
    }
    size_t called = count ? count - 1 : 0;
    if (called > threads->count) called = threads->count;
    threads->body = body;
    threads->argument = argument;
    // Where threads share processors, one that looks around keeps another one from its work.
    threads->spins = called < threads->processors;
    // Relaxed: the workers learn of it by `call`.
    atomic_store_explicit(&threads->left, (uint32_t)called, memory_order_relaxed);
    for (size_t i = 0; i < called; i++) call(threads->workers[i], WORKER_CALLED);
    if (count) body(argument, 0);
    // The system refused threads: the rest is done here.
    for (size_t i = called + 1; i < count; i++) body(argument, i);
    if (called) wait_for_workers(threads);
}

EnvThreads *env_threads_new(void) {
    EnvThreads *threads = aligned_alloc(CACHE_LINE, sizeof(EnvThreads));
    if (!threads) return NULL;
    cpu_set_t set;
    bool known = sched_getaffinity(0, sizeof set, &set) == 0;
    *threads = (EnvThreads){.processors = known ? (size_t)CPU_COUNT(&set) : 1};
    return threads;
}

void env_threads_free(EnvThreads *threads) {
    for (size_t i = 0; i < threads->count; i++) {
        call(threads->workers[i], WORKER_QUIT);
        pthread_join(threads->workers[i]->thread, NULL);
        free(threads->workers[i]);
    }
    free(threads->workers);
    free(threads);
}

// ---- jobs ----

struct EnvJob {
    void (*body)(void *argument);
    void *argument;
    pthread_t thread;
    bool has_thread;
    _Atomic bool done;
};

static void *job_main(void *user) {
    EnvJob *job = user;
    job->body(job->argument);
    // Release: all that the body wrote, for the acquire in `real_is_done`.
    atomic_store_explicit(&job->done, true, memory_order_release);
    return NULL;
}

// The few jobs of a second are worth no pool.
static EnvJob *real_start(Env *env, void (*body)(void *argument), void *argument) {
    (void)env;
    EnvJob *job = MEMORY_NEW(EnvJob, 1);
    job->body = body;
    job->argument = argument;
    job->has_thread = make_thread(&job->thread, job_main, job);
    if (!job->has_thread) job_main(job);
    return job;
}

static bool real_is_done(Env *env, EnvJob *job) {
    (void)env;
    return atomic_load_explicit(&job->done, memory_order_acquire);
}

static void real_finish(Env *env, EnvJob *job) {
    (void)env;
    if (job->has_thread) pthread_join(job->thread, NULL);
    free(job);
}

void env_jobs_set(Env *env) {
    env->start = real_start;
    env->is_done = real_is_done;
    env->finish = real_finish;
}
