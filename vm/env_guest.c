// Nothing here is shared by two runs. Whoever starts the run's thread has blocked all signals in it (portals_start.c), and the
// other threads begin with its mask. So a pipe without a reader is an error of the write, and no SIGPIPE for the host.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // ppoll
#endif
#include "vm/env_guest.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "base/exhausted.h"
#include "vm/env_parts.h"
#include "vm/escape.h"
#include "vm/memory.h"

// A part of the address space, or the number of a file.
typedef struct Held {
    void *start; // NULL: a file
    size_t size; // or the number
} Held;

typedef struct GuestJob GuestJob;

typedef struct EnvGuest {
    EnvSystem system; // first: an Env * is an EnvGuest *
    Env real;         // the functions in front of which ours stand
    EnvGuestOptions options;
    int wake; // an eventfd, which all waits wait for, too
    atomic_bool is_stopped;
    atomic_bool is_exhausted;
    pthread_mutex_t writing; // to what takes the place of standard files
    pthread_mutex_t lock;    // of what follows
    Held *held;
    size_t held_count, held_capacity;
    GuestJob *jobs;
} EnvGuest;

struct GuestJob {
    EnvGuest *guest;
    EnvJob *real;
    void (*body)(void *argument);
    void *argument;
    GuestJob *next;
};

static EnvGuest *guest_of(Env *env) {
    return (EnvGuest *)env;
}

// ---- what is held ----

static bool has_room(EnvGuest *guest) {
    if (guest->held_count < guest->held_capacity) return true;
    size_t capacity = guest->held_capacity ? guest->held_capacity * 2 : 32;
    Held *held = realloc(guest->held, capacity * sizeof *held);
    if (!held) return false;
    guest->held = held;
    guest->held_capacity = capacity;
    return true;
}

// False without memory: then it must not be kept.
static bool hold(EnvGuest *guest, Held what) {
    pthread_mutex_lock(&guest->lock);
    bool fine = has_room(guest);
    if (fine) guest->held[guest->held_count++] = what;
    pthread_mutex_unlock(&guest->lock);
    return fine;
}

static void let_go(EnvGuest *guest, Held what) {
    pthread_mutex_lock(&guest->lock);
    for (size_t i = guest->held_count; i-- > 0;) {
        if (guest->held[i].start != what.start || (!what.start && guest->held[i].size != what.size)) continue;
        guest->held[i] = guest->held[--guest->held_count];
        break;
    }
    pthread_mutex_unlock(&guest->lock);
}

static void give_back_all(EnvGuest *guest) {
    for (size_t i = 0; i < guest->held_count; i++) {
        if (guest->held[i].start)
            munmap(guest->held[i].start, guest->held[i].size);
        else
            close((int)guest->held[i].size);
    }
    free(guest->held);
}

static void *guest_reserve(Env *env, size_t size) {
    EnvGuest *guest = guest_of(env);
    void *start = guest->real.reserve(env, size);
    if (!start || hold(guest, (Held){start, size})) return start;
    guest->real.unreserve(env, start, size);
    return NULL;
}

static void guest_unreserve(Env *env, void *start, size_t size) {
    let_go(guest_of(env), (Held){start, size});
    guest_of(env)->real.unreserve(env, start, size);
}

static int guest_map(Env *env, int file, size_t size, const void **out) {
    EnvGuest *guest = guest_of(env);
    int code = guest->real.map(env, file, size, out);
    if (code || !*out || hold(guest, (Held){(void *)(uintptr_t)*out, size})) return code;
    guest->real.unmap(env, *out, size);
    *out = NULL;
    return -ENOMEM;
}

static void guest_unmap(Env *env, const void *start, size_t size) {
    if (size) let_go(guest_of(env), (Held){(void *)(uintptr_t)start, size});
    guest_of(env)->real.unmap(env, start, size);
}

static int hold_file(EnvGuest *guest, int file) {
    if (file < 0 || hold(guest, (Held){NULL, (size_t)file})) return file;
    guest->real.close(&guest->system.env, file);
    return -ENOMEM;
}

static int guest_open(Env *env, const char *path, EnvOpen mode) {
    return hold_file(guest_of(env), guest_of(env)->real.open(env, path, mode));
}

static int guest_bell(Env *env) {
    return hold_file(guest_of(env), guest_of(env)->real.bell(env));
}

// First, since another thread may get the same number at once.
static int guest_close(Env *env, int file) {
    let_go(guest_of(env), (Held){NULL, (size_t)file});
    return guest_of(env)->real.close(env, file);
}

// ---- standard files ----

static EnvWrite *stand_in(EnvGuest *guest, int file) {
    return file == ENV_STDOUT ? guest->options.out : file == ENV_STDERR ? guest->options.err : NULL;
}

static int64_t guest_write(Env *env, int file, const void *bytes, size_t size) {
    EnvGuest *guest = guest_of(env);
    EnvWrite *write = stand_in(guest, file);
    if (!write) return guest->real.write(env, file, bytes, size);
    pthread_mutex_lock(&guest->writing);
    write(guest->options.user, bytes, size);
    pthread_mutex_unlock(&guest->writing);
    return (int64_t)size;
}

// What stands in for a file is no file that something else might read or write.
static int guest_stat(Env *env, int file, EnvStat *out) {
    EnvGuest *guest = guest_of(env);
    if (!stand_in(guest, file)) return guest->real.stat(env, file, out);
    *out = (EnvStat){.kind = ENV_OTHER};
    return 0;
}

// ---- threads ----

static void leave(void *user) {
    ESCAPE_TO((Escape *)user);
}

typedef struct GuardedBody {
    EnvGuest *guest;
    void (*body)(void *argument, size_t i);
    void *argument;
} GuardedBody;

// A thread that is left says so, and whoever waits for it is left, too.
static void run_guarded(void *user, size_t i) {
    GuardedBody *guarded = user;
    Escape here;
    ExhaustedPlace before = exhausted_handle((ExhaustedPlace){leave, &here});
    if (!ESCAPE_SET(&here))
        guarded->body(guarded->argument, i);
    else
        atomic_store(&guarded->guest->is_exhausted, true);
    exhausted_handle(before);
}

static void guest_run_all(Env *env, size_t count, void (*body)(void *argument, size_t i), void *argument) {
    EnvGuest *guest = guest_of(env);
    GuardedBody guarded = {guest, body, argument};
    guest->real.run_all(env, count, run_guarded, &guarded);
    if (atomic_load(&guest->is_exhausted)) exhausted();
}

static void run_job_body(void *user, size_t i) {
    GuestJob *job = user;
    (void)i;
    job->body(job->argument);
}

static void run_job(void *user) {
    GuestJob *job = user;
    GuardedBody guarded = {job->guest, run_job_body, job};
    run_guarded(&guarded, 0);
}

static EnvJob *guest_start(Env *env, void (*body)(void *argument), void *argument) {
    EnvGuest *guest = guest_of(env);
    GuestJob *job = MEMORY_NEW(GuestJob, 1);
    *job = (GuestJob){.guest = guest, .body = body, .argument = argument};
    job->real = guest->real.start(env, run_job, job);
    pthread_mutex_lock(&guest->lock);
    job->next = guest->jobs;
    guest->jobs = job;
    pthread_mutex_unlock(&guest->lock);
    return (EnvJob *)job;
}

static bool guest_is_done(Env *env, EnvJob *job) {
    return guest_of(env)->real.is_done(env, ((GuestJob *)job)->real);
}

static void forget_job(EnvGuest *guest, const GuestJob *job) {
    pthread_mutex_lock(&guest->lock);
    GuestJob **at = &guest->jobs;
    while (*at != job) at = &(*at)->next;
    *at = job->next;
    pthread_mutex_unlock(&guest->lock);
}

static void guest_finish(Env *env, EnvJob *which) {
    EnvGuest *guest = guest_of(env);
    GuestJob *job = (GuestJob *)which;
    guest->real.finish(env, job->real);
    forget_job(guest, job);
    free(job);
    if (atomic_load(&guest->is_exhausted)) exhausted();
}

// ---- stopping ----

static int guest_stop_signal(Env *env) {
    return atomic_load(&guest_of(env)->is_stopped) ? SIGTERM : 0;
}

static int guest_wait_readable(Env *env, const int *files, size_t count, uint64_t time) {
    EnvGuest *guest = guest_of(env);
    if (atomic_load(&guest->is_stopped)) return -EINTR; // whoever was woken by that may have been another wait
    struct pollfd few[8], *polls = count < 8 ? few : MEMORY_NEW(struct pollfd, count + 1);
    for (size_t i = 0; i < count; i++) polls[i] = (struct pollfd){.fd = files[i], .events = POLLIN};
    polls[count] = (struct pollfd){.fd = guest->wake, .events = POLLIN};
    struct timespec limit = {.tv_sec = (time_t)(time / 1000000000u), .tv_nsec = (long)(time % 1000000000u)};
    int result = ppoll(polls, count + 1, time == ENV_BLOCK ? NULL : &limit, NULL);
    if (result < 0) result = -errno;
    if (result > 0 && polls[count].revents) {
        uint64_t wakes;
        if (read(guest->wake, &wakes, sizeof wakes) > 0) result = -EINTR;
    }
    if (polls != few) free(polls);
    return result;
}

// In a signal handler, too.
void env_guest_wake(Env *env) {
    int before = errno;
    uint64_t one = 1;
    ssize_t put =
        write(guest_of(env)->wake, &one, sizeof one); // fails only if the number in it is too large: then it is readable
    (void)put;
    errno = before;
}

void env_guest_stop(Env *env) {
    atomic_store(&guest_of(env)->is_stopped, true);
    env_guest_wake(env);
}

bool env_guest_is_stopped(const Env *env) {
    return atomic_load(&((const EnvGuest *)env)->is_stopped);
}

// ---- life ----

static void stand_in_front(EnvGuest *guest) {
    Env *env = &guest->system.env;
    guest->real = *env;
    env->open = guest_open;
    env->close = guest_close;
    env->bell = guest_bell;
    env->stat = guest_stat;
    env->write = guest_write;
    env->map = guest_map;
    env->unmap = guest_unmap;
    env->wait_readable = guest_wait_readable;
    env->run_all = guest_run_all;
    env->start = guest_start;
    env->is_done = guest_is_done;
    env->finish = guest_finish;
    env->stop_signal = guest_stop_signal;
    env->reserve = guest_reserve;
    env->unreserve = guest_unreserve;
}

Env *env_guest_new(const EnvGuestOptions *options) {
    EnvGuest *guest = calloc(1, sizeof *guest);
    if (!guest) return NULL;
    guest->options = *options;
    guest->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool fine = guest->wake >= 0 && env_system_init(&guest->system);
    if (!fine) {
        if (guest->wake >= 0) close(guest->wake);
        free(guest);
        return NULL;
    }
    pthread_mutex_init(&guest->writing, NULL);
    pthread_mutex_init(&guest->lock, NULL);
    stand_in_front(guest);
    return &guest->system.env;
}

void env_guest_free(Env *env) {
    EnvGuest *guest = guest_of(env);
    for (GuestJob *job = guest->jobs, *next; job; job = next) {
        next = job->next;
        guest->real.finish(env, job->real);
        free(job);
    }
    env_system_free(&guest->system);
    give_back_all(guest);
    pthread_mutex_destroy(&guest->writing);
    pthread_mutex_destroy(&guest->lock);
    close(guest->wake);
    free(guest);
}
