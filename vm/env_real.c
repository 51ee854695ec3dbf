// The real system behind env.h.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // ppoll, pthread_getattr_np
#endif
#include "vm/env.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vm/memory.h"

// What must be left of the stack for functions that do not check it.
enum { STACK_MARGIN = 256 * 1024 };
// How much of a stack without a limit is used.
enum { STACK_DEFAULT = 8 * 1024 * 1024 };

typedef struct EnvReal {
    Env env;
    struct sigaction old_int, old_term, old_pipe;
} EnvReal;

// A signal reaches the process, not an object of it: the one place that has to be global.
static volatile sig_atomic_t caught_signal;

static void catch_signal(int number) {
    caught_signal = number;
}

// ---- files ----

static int real_open(Env *env, const char *path, EnvOpen mode) {
    (void)env;
    int flags = mode == ENV_READ ? O_RDONLY : O_WRONLY | O_CREAT;
    int file = open(path, flags | O_CLOEXEC, 0666);
    if (file < 0) return -errno;
    if (file > ENV_STDERR) return file;
    // The process was started with a standard file closed: its number must not come to mean another one.
    int moved = fcntl(file, F_DUPFD_CLOEXEC, ENV_STDERR + 1);
    int result = moved < 0 ? -errno : moved;
    close(file);
    return result;
}

static int real_close(Env *env, int file) {
    (void)env;
    return close(file) < 0 ? -errno : 0;
}

static int real_stat(Env *env, int file, EnvStat *out) {
    (void)env;
    struct stat st;
    if (fstat(file, &st) < 0) return -errno;
    *out = (EnvStat){
        .kind = S_ISREG(st.st_mode)   ? ENV_FILE
                : S_ISDIR(st.st_mode) ? ENV_DIRECTORY
                                      : ENV_OTHER,
        .size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0,
        .device = (uint64_t)st.st_dev,
        .inode = (uint64_t)st.st_ino,
    };
    return 0;
}

static int real_resize(Env *env, int file, uint64_t size) {
    (void)env;
    return ftruncate(file, (off_t)size) < 0 ? -errno : 0;
}

static int64_t real_read(Env *env, int file, void *to, size_t size) {
    (void)env;
    ssize_t got = read(file, to, size);
    return got < 0 ? -errno : got;
}

static int64_t real_read_at(Env *env, int file, void *to, size_t size, uint64_t offset) {
    (void)env;
    ssize_t got = pread(file, to, size, (off_t)offset);
    return got < 0 ? -errno : got;
}

static int64_t real_write(Env *env, int file, const void *bytes, size_t size) {
    (void)env;
    ssize_t put = write(file, bytes, size);
    if (put >= 0) return put;
    if (errno != EAGAIN) return -errno;
    // Someone else made the file non-blocking, a terminal perhaps: wait here.
    struct pollfd wait = {.fd = file, .events = POLLOUT};
    return poll(&wait, 1, -1) < 0 ? -errno : 0;
}

// The signals are blocked between looking at the flag and falling asleep, so that none is slept through.
static int wait_or_signal(struct pollfd *polls, size_t count) {
    sigset_t stop, before;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop, &before);
    int result = -EINTR;
    if (!caught_signal) {
        result = ppoll(polls, count, NULL, &before);
        if (result < 0) result = -errno;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return result;
}

static int real_wait_readable(Env *env, const int *files, size_t count, EnvWait wait) {
    (void)env;
    struct pollfd *polls = MEMORY_NEW(struct pollfd, count);
    for (size_t i = 0; i < count; i++) polls[i] = (struct pollfd){.fd = files[i], .events = POLLIN};
    int result;
    if (wait == ENV_BLOCK)
        result = wait_or_signal(polls, count);
    else if ((result = poll(polls, count, 0)) < 0)
        result = -errno;
    free(polls);
    return result;
}

// ---- time and signals ----

static uint64_t real_now(Env *env) {
    (void)env;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
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
    return mprotect(start, size, PROT_READ | PROT_WRITE) == 0;
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

static char *real_stack_limit(Env *env) {
    (void)env;
    char *here = __builtin_frame_address(0);
    char *lowest = here - STACK_DEFAULT;
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return lowest;
    void *start = NULL;
    size_t size = 0;
    struct rlimit limit;
    bool unlimited = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
    bool known = pthread_attr_getstack(&attributes, &start, &size) == 0;
    pthread_attr_destroy(&attributes);
    return known && !unlimited ? (char *)start + STACK_MARGIN : lowest;
}

// ---- life ----

static const Env REAL = {
    .open = real_open,
    .close = real_close,
    .stat = real_stat,
    .resize = real_resize,
    .read = real_read,
    .read_at = real_read_at,
    .write = real_write,
    .wait_readable = real_wait_readable,
    .now = real_now,
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

Env *env_real_new(void) {
    EnvReal *real = malloc(sizeof *real);
    if (!real) return NULL;
    real->env = REAL;
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
    free(real);
}
