// Files and directories of the real env.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // O_DIRECT, fallocate
#endif
#include "vm/env_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// How much of a file without a cache is read at once if the reader's memory is not aligned.
enum { BOUNCE = 64 * 1024 };

static int result_of(int result) {
    return result < 0 ? -errno : 0;
}

// ---- opening ----

static int file_or_error(int file) {
    return file < 0 ? -errno : file;
}

static int open_flags(const char *path, int flags) {
    return file_or_error(open(path, flags | O_CLOEXEC, 0666));
}

// A pipe must not be opened for reading, too: it would never be told that its reader is gone.
static bool is_special(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int open_for_writing(const char *path, int extra) {
    int file = is_special(path) ? -EACCES : open_flags(path, O_RDWR | O_CREAT | extra);
    if (file == -EINVAL && extra) return open_for_writing(path, 0);
    return file == -EACCES ? open_flags(path, O_WRONLY | O_CREAT) : file;
}

static int open_in_mode(const char *path, EnvOpen mode) {
    switch (mode) {
    case ENV_READ: return open_flags(path, O_RDONLY);
    case ENV_WRITE: return open_for_writing(path, 0);
    case ENV_DIRECT: return open_for_writing(path, O_DIRECT);
    }
    return -EINVAL;
}

static int real_open(Env *env, const char *path, EnvOpen mode) {
    (void)env;
    int file = open_in_mode(path, mode);
    if (file < 0 || file > ENV_STDERR) return file;
    // The process was started with a standard file closed: its number must not come to mean another one.
    int moved = file_or_error(fcntl(file, F_DUPFD_CLOEXEC, ENV_STDERR + 1));
    close(file);
    return moved;
}

static int real_close(Env *env, int file) {
    (void)env;
    return result_of(close(file));
}

// ---- size and durability ----

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
    return result_of(ftruncate(file, (off_t)size));
}

// Where the file system cannot reserve room, the length is all that can be had.
static int lengthen(int file, uint64_t size) {
    struct stat st;
    if (fstat(file, &st) < 0) return -errno;
    return (uint64_t)st.st_size < size ? result_of(ftruncate(file, (off_t)size)) : 0;
}

static int real_allocate(Env *env, int file, uint64_t size) {
    (void)env;
    if (!size) return 0;
    int code = result_of(fallocate(file, 0, 0, (off_t)size));
    return code == -EOPNOTSUPP ? lengthen(file, size) : code;
}

static int real_sync(Env *env, int file) {
    (void)env;
    return result_of(fdatasync(file));
}

// ---- reading and writing ----

static int64_t real_read(Env *env, int file, void *to, size_t size) {
    (void)env;
    ssize_t got = read(file, to, size);
    return got < 0 ? -errno : got;
}

// A file opened with O_DIRECT refuses what is not aligned: whole blocks are read beside it.
static int64_t read_blocks(int file, void *to, size_t size, uint64_t offset) {
    uint64_t before = offset % ENV_ALIGN;
    size_t wanted = size > BOUNCE - before ? BOUNCE : (before + size + ENV_ALIGN - 1) / ENV_ALIGN * ENV_ALIGN;
    char *blocks = aligned_alloc(ENV_ALIGN, wanted);
    if (!blocks) return -ENOMEM;
    ssize_t got = pread(file, blocks, wanted, (off_t)(offset - before));
    int64_t result = got < 0 ? -errno : got - (int64_t)before;
    if (got >= 0 && result < 0) result = 0;
    if (result > (int64_t)size) result = (int64_t)size;
    if (result > 0) memcpy(to, blocks + before, (size_t)result);
    free(blocks);
    return result;
}

static bool is_direct(int file) {
    int flags = fcntl(file, F_GETFL);
    return flags >= 0 && (flags & O_DIRECT);
}

static int64_t real_read_at(Env *env, int file, void *to, size_t size, uint64_t offset) {
    (void)env;
    ssize_t got = pread(file, to, size, (off_t)offset);
    if (got >= 0) return got;
    if (errno != EINVAL) return -errno;
    return is_direct(file) ? read_blocks(file, to, size, offset) : -EINVAL;
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

static int64_t real_write_at(Env *env, int file, const void *bytes, size_t size, uint64_t offset) {
    (void)env;
    ssize_t put = pwrite(file, bytes, size, (off_t)offset);
    return put < 0 ? -errno : put;
}

static int real_map(Env *env, int file, size_t size, const void **out) {
    (void)env;
    *out = NULL;
    if (!size) return 0;
    void *start = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
    if (start == MAP_FAILED) return -errno;
    *out = start;
    return 0;
}

static void real_unmap(Env *env, const void *start, size_t size) {
    (void)env;
    if (size) munmap((void *)(uintptr_t)start, size);
}

static int real_lock(Env *env, int file) {
    (void)env;
    return result_of(flock(file, LOCK_EX | LOCK_NB));
}

// ---- directories ----

static int real_make_directory(Env *env, const char *path) {
    (void)env;
    if (mkdir(path, 0777) == 0) return 0;
    int code = -errno;
    struct stat st;
    if (code != -EEXIST || stat(path, &st) < 0) return code;
    return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int real_list(Env *env, const char *path, void (*visit)(void *user, const char *name), void *user) {
    (void)env;
    DIR *directory = opendir(path);
    if (!directory) return -errno;
    const struct dirent *entry;
    while (errno = 0, (entry = readdir(directory)))
        if (!is_dots(entry->d_name)) visit(user, entry->d_name);
    int code = -errno;
    closedir(directory);
    return code;
}

static int real_rename(Env *env, const char *from, const char *to) {
    (void)env;
    return result_of(rename(from, to));
}

static int real_remove(Env *env, const char *path) {
    (void)env;
    return result_of(remove(path));
}

static int real_sync_directory(Env *env, const char *path) {
    (void)env;
    int directory = open_flags(path, O_RDONLY | O_DIRECTORY);
    if (directory < 0) return directory;
    int code = result_of(fsync(directory));
    close(directory);
    return code == -EINVAL ? 0 : code; // a file system that has no such thing
}

// ---- bells ----

static int real_bell(Env *env) {
    (void)env;
    return file_or_error(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}

// It is full if it has been rung very often, and rings all the same.
static void real_ring(Env *env, int bell) {
    (void)env;
    int64_t written = write(bell, &(uint64_t){1}, sizeof(uint64_t));
    (void)written;
}

static void real_hush(Env *env, int bell) {
    (void)env;
    uint64_t rings;
    int64_t got = read(bell, &rings, sizeof rings);
    (void)got;
}

void env_files_set(Env *env) {
    env->open = real_open;
    env->close = real_close;
    env->stat = real_stat;
    env->resize = real_resize;
    env->allocate = real_allocate;
    env->sync = real_sync;
    env->read = real_read;
    env->read_at = real_read_at;
    env->write = real_write;
    env->write_at = real_write_at;
    env->map = real_map;
    env->unmap = real_unmap;
    env->lock = real_lock;
    env->make_directory = real_make_directory;
    env->list = real_list;
    env->rename = real_rename;
    env->remove = real_remove;
    env->sync_directory = real_sync_directory;
    env->bell = real_bell;
    env->ring = real_ring;
    env->hush = real_hush;
}
