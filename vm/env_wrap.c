#include "vm/env_wrap.h"

// ---- files ----

static int wrap_open(Env *env, const char *path, EnvOpen mode) {
    return env_inner(env)->open(env_inner(env), path, mode);
}

static int wrap_close(Env *env, int file) {
    return env_inner(env)->close(env_inner(env), file);
}

static int wrap_stat(Env *env, int file, EnvStat *out) {
    return env_inner(env)->stat(env_inner(env), file, out);
}

static int wrap_resize(Env *env, int file, uint64_t size) {
    return env_inner(env)->resize(env_inner(env), file, size);
}

static int wrap_allocate(Env *env, int file, uint64_t size) {
    return env_inner(env)->allocate(env_inner(env), file, size);
}

static int wrap_sync(Env *env, int file) {
    return env_inner(env)->sync(env_inner(env), file);
}

static int64_t wrap_read(Env *env, int file, void *to, size_t size) {
    return env_inner(env)->read(env_inner(env), file, to, size);
}

static int64_t wrap_read_at(Env *env, int file, void *to, size_t size, uint64_t offset) {
    return env_inner(env)->read_at(env_inner(env), file, to, size, offset);
}

static int64_t wrap_write(Env *env, int file, const void *bytes, size_t size) {
    return env_inner(env)->write(env_inner(env), file, bytes, size);
}

static int64_t wrap_write_at(Env *env, int file, const void *bytes, size_t size, uint64_t offset) {
    return env_inner(env)->write_at(env_inner(env), file, bytes, size, offset);
}

static int wrap_map(Env *env, int file, size_t size, const void **out) {
    return env_inner(env)->map(env_inner(env), file, size, out);
}

static void wrap_unmap(Env *env, const void *start, size_t size) {
    env_inner(env)->unmap(env_inner(env), start, size);
}

static int wrap_lock(Env *env, int file) {
    return env_inner(env)->lock(env_inner(env), file);
}

static int wrap_wait_readable(Env *env, const int *files, size_t count, uint64_t time) {
    return env_inner(env)->wait_readable(env_inner(env), files, count, time);
}

// ---- directories ----

static int wrap_make_directory(Env *env, const char *path) {
    return env_inner(env)->make_directory(env_inner(env), path);
}

static int wrap_list(Env *env, const char *path, void (*visit)(void *user, const char *name), void *user) {
    return env_inner(env)->list(env_inner(env), path, visit, user);
}

static int wrap_rename(Env *env, const char *from, const char *to) {
    return env_inner(env)->rename(env_inner(env), from, to);
}

static int wrap_remove(Env *env, const char *path) {
    return env_inner(env)->remove(env_inner(env), path);
}

static int wrap_sync_directory(Env *env, const char *path) {
    return env_inner(env)->sync_directory(env_inner(env), path);
}

static int wrap_bell(Env *env) {
    return env_inner(env)->bell(env_inner(env));
}

static void wrap_ring(Env *env, int bell) {
    env_inner(env)->ring(env_inner(env), bell);
}

static void wrap_hush(Env *env, int bell) {
    env_inner(env)->hush(env_inner(env), bell);
}

// ---- threads ----

static void wrap_run_all(Env *env, size_t count, void (*body)(void *argument, size_t i), void *argument) {
    env_inner(env)->run_all(env_inner(env), count, body, argument);
}

static EnvJob *wrap_start(Env *env, void (*body)(void *argument), void *argument) {
    return env_inner(env)->start(env_inner(env), body, argument);
}

static bool wrap_is_done(Env *env, EnvJob *job) {
    return env_inner(env)->is_done(env_inner(env), job);
}

static void wrap_finish(Env *env, EnvJob *job) {
    env_inner(env)->finish(env_inner(env), job);
}

// ---- time, signals, memory ----

static uint64_t wrap_now(Env *env) {
    return env_inner(env)->now(env_inner(env));
}

static uint64_t wrap_now_roughly(Env *env) {
    return env_inner(env)->now_roughly(env_inner(env));
}

static int64_t wrap_clock(Env *env) {
    return env_inner(env)->clock(env_inner(env));
}

static uint64_t wrap_random(Env *env) {
    return env_inner(env)->random(env_inner(env));
}

static int wrap_stop_signal(Env *env) {
    return env_inner(env)->stop_signal(env_inner(env));
}

static void *wrap_reserve(Env *env, size_t size) {
    return env_inner(env)->reserve(env_inner(env), size);
}

static bool wrap_commit(Env *env, void *start, size_t size) {
    return env_inner(env)->commit(env_inner(env), start, size);
}

static void wrap_discard(Env *env, void *start, size_t size) {
    env_inner(env)->discard(env_inner(env), start, size);
}

static void wrap_unreserve(Env *env, void *start, size_t size) {
    env_inner(env)->unreserve(env_inner(env), start, size);
}

static uint64_t wrap_peak_memory(Env *env) {
    return env_inner(env)->peak_memory(env_inner(env));
}

static char *wrap_stack_limit(Env *env) {
    return env_inner(env)->stack_limit(env_inner(env));
}

void env_wrap_init(EnvWrap *wrap, Env *inner) {
    wrap->inner = inner;
    wrap->env = (Env){
        .open = wrap_open,
        .close = wrap_close,
        .stat = wrap_stat,
        .resize = wrap_resize,
        .allocate = wrap_allocate,
        .sync = wrap_sync,
        .read = wrap_read,
        .read_at = wrap_read_at,
        .write = wrap_write,
        .write_at = wrap_write_at,
        .map = wrap_map,
        .unmap = wrap_unmap,
        .lock = wrap_lock,
        .wait_readable = wrap_wait_readable,
        .make_directory = wrap_make_directory,
        .list = wrap_list,
        .rename = wrap_rename,
        .remove = wrap_remove,
        .sync_directory = wrap_sync_directory,
        .bell = wrap_bell,
        .ring = wrap_ring,
        .hush = wrap_hush,
        .scratch = inner->scratch,
        .run_all = wrap_run_all,
        .start = wrap_start,
        .is_done = wrap_is_done,
        .finish = wrap_finish,
        .now = wrap_now,
        .now_roughly = wrap_now_roughly,
        .clock = wrap_clock,
        .random = wrap_random,
        .stop_signal = wrap_stop_signal,
        .reserve = wrap_reserve,
        .commit = wrap_commit,
        .discard = wrap_discard,
        .unreserve = wrap_unreserve,
        .peak_memory = wrap_peak_memory,
        .stack_limit = wrap_stack_limit,
    };
}
