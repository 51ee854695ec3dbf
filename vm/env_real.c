// The real system for a process that is all the program's: its signals ask for a stop.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // ppoll
#endif
#include "vm/env_parts.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "vm/memory.h"

typedef struct EnvReal {
    EnvSystem system;
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

// ---- signals ----

static int real_stop_signal(Env *env) {
    (void)env;
    return caught_signal;
}

// The first signal asks; the handler is then gone, and the second one kills. What a parent process had ignored (a shell does so
// for background jobs) stays ignored.
static void listen_for(int signal, struct sigaction *old) {
    struct sigaction stop = {.sa_handler = catch_signal, .sa_flags = (int)SA_RESETHAND};
    sigaction(signal, NULL, old);
    if (old->sa_handler != SIG_IGN) sigaction(signal, &stop, NULL);
}

// ---- life ----

Env *env_real_new(void) {
    EnvReal *real = malloc(sizeof *real);
    if (!real) return NULL;
    if (!env_system_init(&real->system)) {
        free(real);
        return NULL;
    }
    real->system.env.wait_readable = real_wait_readable;
    real->system.env.stop_signal = real_stop_signal;
    caught_signal = 0;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, &real->old_pipe);
    listen_for(SIGINT, &real->old_int);
    listen_for(SIGTERM, &real->old_term);
    return &real->system.env;
}

void env_real_free(Env *env) {
    EnvReal *real = (EnvReal *)env;
    sigaction(SIGINT, &real->old_int, NULL);
    sigaction(SIGTERM, &real->old_term, NULL);
    sigaction(SIGPIPE, &real->old_pipe, NULL);
    env_system_free(&real->system);
    free(real);
}
