// Files of a data directory: names, whole reads and writes, files that are replaced.
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/memory.h"
#include "vm/store_disk.h"

enum {
    TEMPORARY_NAME = 64, // the largest name of a file that is replaced, with what is added while it is temporary
    WRITE_ATTEMPTS = 16, // that bring nothing
};

uint64_t disk_checksum(const void *structure, size_t size) {
    return hash_bytes(structure, size - sizeof(uint64_t));
}

// ---- messages ----

int store_fail(Buf *message, int code, const char *format, ...) {
    va_list args;
    message->length = 0;
    va_start(args, format);
    buf_vprintf(message, format, args);
    va_end(args);
    return code;
}

int store_fail_file(Buf *message, int code, const char *what, const StoreDir *dir, const char *name) {
    return store_fail(message, code, "cannot %s %s/%s: %s", what, dir->path, name, strerror(-code));
}

// ---- names ----

static const char *const PREFIXES[] = {[STORE_SEGMENT] = "log-", [STORE_SNAPSHOT] = "snapshot-"};

StoreName store_name(StoreFileKind kind, uint64_t number) {
    StoreName name;
    snprintf(name.text, sizeof name.text, "%s%010" PRIu64, PREFIXES[kind], number);
    return name;
}

// The path of a file, to be freed.
static char *path_of(const StoreDir *dir, const char *name) {
    size_t size = strlen(dir->path) + strlen(name) + 2;
    char *path = memory_new(size, 1);
    snprintf(path, size, "%s/%s", dir->path, name);
    return path;
}

// ---- what is in a directory ----

void store_numbers_add(StoreNumbers *numbers, uint64_t number) {
    numbers->items = memory_grow(numbers->items, numbers->count, &numbers->capacity, sizeof(uint64_t));
    numbers->items[numbers->count++] = number;
}

static int compare_numbers(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void sort_numbers(StoreNumbers *numbers) {
    if (numbers->count) qsort(numbers->items, numbers->count, sizeof(uint64_t), compare_numbers);
}

// Takes the name if it is one of this kind, written as it would be here.
static bool take_number(StoreNumbers *numbers, StoreFileKind kind, const char *name) {
    size_t prefix = strlen(PREFIXES[kind]);
    if (strncmp(name, PREFIXES[kind], prefix) != 0) return false;
    uint64_t number = strtoull(name + prefix, NULL, 10);
    if (strcmp(store_name(kind, number).text, name) != 0) return false;
    store_numbers_add(numbers, number);
    return true;
}

static void visit_name(void *user, const char *name) {
    StoreListing *listing = user;
    if (take_number(&listing->segments, STORE_SEGMENT, name)) return;
    if (take_number(&listing->snapshots, STORE_SNAPSHOT, name)) return;
    if (strcmp(name, STORE_FORMAT_FILE) == 0)
        listing->has_format = true;
    else if (strcmp(name, STORE_LOCK_FILE) != 0 && strcmp(name, STORE_FORMAT_FILE ".tmp") != 0)
        listing->has_others = true;
}

int store_list(const StoreDir *dir, StoreListing *out, Buf *message) {
    *out = (StoreListing){0};
    int code = dir->env->list(dir->env, dir->path, visit_name, out);
    if (code) return store_fail(message, code, "cannot read the directory %s: %s", dir->path, strerror(-code));
    sort_numbers(&out->segments);
    sort_numbers(&out->snapshots);
    return 0;
}

void store_listing_free(StoreListing *listing) {
    free(listing->segments.items);
    free(listing->snapshots.items);
    *listing = (StoreListing){0};
}

// ---- files ----

int store_open_file(const StoreDir *dir, const char *name, EnvOpen mode, Buf *message) {
    char *path = path_of(dir, name);
    int file;
    do file = dir->env->open(dir->env, path, mode);
    while (file == -EINTR);
    free(path);
    return file < 0 ? store_fail_file(message, file, "open", dir, name) : file;
}

void store_close_file(const StoreDir *dir, int file) {
    if (file >= 0) dir->env->close(dir->env, file);
}

// After a write that was cut off, an aligned one goes on at a multiple of ENV_ALIGN.
int store_write(Env *env, int file, const void *bytes, size_t size, uint64_t offset) {
    bool is_aligned = ((uintptr_t)bytes | offset) % ENV_ALIGN == 0;
    int in_vain = 0;
    for (size_t done = 0; done < size;) {
        int64_t put = env->write_at(env, file, (const char *)bytes + done, size - done, offset + done);
        if (put == -EINTR) continue;
        if (put < 0) return (int)put;
        size_t whole = (size_t)put;
        if (is_aligned && whole < size - done) whole -= whole % ENV_ALIGN;
        if (!whole && ++in_vain == WRITE_ATTEMPTS) return -EIO;
        done += whole;
    }
    return 0;
}

int store_sync_file(Env *env, int file) {
    int code;
    do code = env->sync(env, file);
    while (code == -EINTR);
    return code;
}

int store_allocate(Env *env, int file, uint64_t size) {
    int code;
    do code = env->allocate(env, file, size);
    while (code == -EINTR);
    return code;
}

int store_size(Env *env, int file, uint64_t *size) {
    EnvStat stat;
    int code = env->stat(env, file, &stat);
    *size = code ? 0 : stat.size;
    return code;
}

int store_rename(const StoreDir *dir, const char *from, const char *to, Buf *message) {
    char *old = path_of(dir, from), *new = path_of(dir, to);
    int code = dir->env->rename(dir->env, old, new);
    free(old);
    free(new);
    return code ? store_fail_file(message, code, "rename", dir, from) : 0;
}

int store_remove(const StoreDir *dir, const char *name, Buf *message) {
    char *path = path_of(dir, name);
    int code = dir->env->remove(dir->env, path);
    free(path);
    return code && code != -ENOENT ? store_fail_file(message, code, "remove", dir, name) : 0;
}

int store_sync_directory(const StoreDir *dir, Buf *message) {
    int code;
    do code = dir->env->sync_directory(dir->env, dir->path);
    while (code == -EINTR);
    return code ? store_fail(message, code, "cannot sync the directory %s: %s", dir->path, strerror(-code)) : 0;
}

static int write_new(const StoreDir *dir, const char *name, const void *bytes, size_t size, Buf *message) {
    int file = store_open_file(dir, name, ENV_WRITE, message);
    if (file < 0) return file;
    int code = dir->env->resize(dir->env, file, 0);
    if (!code) code = store_write(dir->env, file, bytes, size, 0);
    if (!code) code = store_sync_file(dir->env, file);
    store_close_file(dir, file);
    return code ? store_fail_file(message, code, "write", dir, name) : 0;
}

int store_replace(const StoreDir *dir, const char *name, const void *bytes, size_t size, Buf *message) {
    char temporary[TEMPORARY_NAME];
    snprintf(temporary, sizeof temporary, "%s.tmp", name);
    int code = write_new(dir, temporary, bytes, size, message);
    if (!code) code = store_rename(dir, temporary, name, message);
    return code ? code : store_sync_directory(dir, message);
}

int store_remove_temporary(const StoreDir *dir, Buf *message) {
    static const char *const NAMES[] = {STORE_FORMAT_FILE ".tmp", STORE_ANCHOR_FILE ".tmp", STORE_SNAPSHOT_TEMPORARY,
                                        STORE_SPILL_TEMPORARY};
    int code = 0;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES && !code; i++) code = store_remove(dir, NAMES[i], message);
    return code;
}
