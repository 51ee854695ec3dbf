#include "vm/env_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"

// Inlined, so that who called the system can be told from the stack: the simulator crashes each of them.
static inline __attribute__((always_inline)) int64_t read_up_to(Env *env, int file, void *to, size_t size, uint64_t offset) {
    size_t done = 0;
    while (done < size) {
        int64_t got = env->read_at(env, file, (char *)to + done, size - done, offset + done);
        if (got == -EINTR) continue;
        if (got < 0) return got;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (int64_t)done;
}

int64_t read_all_at(Env *env, int file, void *to, size_t size, uint64_t offset) {
    return read_up_to(env, file, to, size, offset);
}

int read_exactly_at(Env *env, int file, void *to, size_t size, uint64_t offset) {
    int64_t got = read_up_to(env, file, to, size, offset);
    if (got < 0) return (int)got;
    return (size_t)got == size ? 0 : -EIO;
}

int write_all(Env *env, int file, const char *bytes, size_t size) {
    while (size) {
        int64_t put = env->write(env, file, bytes, size);
        if (put == -EINTR) continue;
        if (put < 0) return (int)put;
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

int write_all_at(Env *env, int file, const char *bytes, size_t size, uint64_t offset) {
    while (size) {
        int64_t put = env->write_at(env, file, bytes, size, offset);
        if (put == -EINTR) continue;
        if (put < 0) return (int)put;
        bytes += put;
        size -= (size_t)put;
        offset += (uint64_t)put;
    }
    return 0;
}

int sync_directory_of(Env *env, const char *path) {
    char *directory = memory_new(strlen(path) + 2, 1);
    const char *slash = strrchr(path, '/');
    if (!slash)
        strcpy(directory, ".");
    else
        memcpy(directory, path, slash == path ? 1 : (size_t)(slash - path));
    int code = env->sync_directory(env, directory);
    free(directory);
    return code;
}
