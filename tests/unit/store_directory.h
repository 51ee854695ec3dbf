// store_directory.h - data directories of tests, on the real disk.
#ifndef TESTS_UNIT_STORE_DIRECTORY_H
#define TESTS_UNIT_STORE_DIRECTORY_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/store_testing.h"
#include "base/hash.h"
#include "vm/env.h"
#include "vm/store_log.h"

// A directory that is there, with a data directory in it that is not.
typedef struct Scratch {
    char root[64];
    char path[96];
    Env *env;
    uint64_t segment_size; // small, so that there are several
} Scratch;

static inline Scratch scratch_new(void) {
    Scratch scratch = {.env = env_real_new(), .segment_size = 16384};
    strcpy(scratch.root, "/tmp/portals_store_XXXXXX");
    cr_assert_not_null(mkdtemp(scratch.root));
    snprintf(scratch.path, sizeof scratch.path, "%s/data", scratch.root);
    return scratch;
}

static inline int remove_visited(const char *path, const struct stat *st, int kind, struct FTW *walk) {
    (void)st, (void)kind, (void)walk;
    return remove(path);
}

static inline void remove_tree(const char *path) {
    nftw(path, remove_visited, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void scratch_free(Scratch *scratch) {
    env_real_free(scratch->env);
    remove_tree(scratch->root);
}

static inline int try_open(const Scratch *scratch, StoreAccess access, Store **out, Buf *message) {
    return store_log_open(scratch->env,
                          &(StoreLogOptions){.path = scratch->path,
                                             .app = "app",
                                             .access = access,
                                             .segment_size = scratch->segment_size,
                                             .snapshot_after = 8 * scratch->segment_size},
                          out, message);
}

static inline Store *open_store(const Scratch *scratch, StoreAccess access) {
    Store *store = NULL;
    Buf message = {0};
    cr_assert_eq(try_open(scratch, access, &store, &message), 0, "%s", buf_text(&message));
    buf_free(&message);
    return store;
}

// Opens, and checks what is there.
static inline Store *reopen(const Scratch *scratch, StoreAccess access, uint64_t epoch, const char *expected) {
    Store *store = open_store(scratch, access);
    check_recovers(store, epoch, expected);
    return store;
}

static inline Store *new_store(const Scratch *scratch) {
    return reopen(scratch, STORE_WRITE, 0, "");
}

static inline void check_content(const Scratch *scratch, uint64_t epoch, const char *expected) {
    Store *store = reopen(scratch, STORE_READ, epoch, expected);
    cr_assert_str_eq(store_log_notice(store), "");
    cr_assert_eq(store_log_verify(store), 0, "%s", store->message(store));
    store->close(store);
}

static inline void check_says(const char *message, const char *part) {
    cr_assert(strstr(message, part), "`%s` is not in: %s", part, message);
}

static inline void check_refused(const Scratch *scratch, StoreAccess access, int code, const char *part) {
    Store *store = NULL;
    Buf message = {0};
    cr_assert_eq(try_open(scratch, access, &store, &message), code, "%s", buf_text(&message));
    cr_assert_null(store);
    check_says(buf_text(&message), part);
    buf_free(&message);
}

// ---- files ----

static inline void path_in(const Scratch *scratch, const char *name, char out[160]) {
    snprintf(out, 160, "%s/%s", scratch->path, name);
}

static inline bool has_file(const Scratch *scratch, const char *name) {
    char path[160];
    path_in(scratch, name, path);
    return access(path, F_OK) == 0;
}

static inline Buf read_file(const Scratch *scratch, const char *name) {
    char path[160];
    path_in(scratch, name, path);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    Buf bytes = {0};
    for (size_t got = 1; got; bytes.length += got) got = fread(buf_reserve(&bytes, 65536), 1, 65536, file);
    fclose(file);
    return bytes;
}

static inline void write_file(const Scratch *scratch, const char *name, const void *bytes, size_t size) {
    char path[160];
    path_in(scratch, name, path);
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file, "%s", path);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static inline void remove_file(const Scratch *scratch, const char *name) {
    char path[160];
    path_in(scratch, name, path);
    cr_assert_eq(remove(path), 0, "%s", path);
}

static inline void flip_byte(const Scratch *scratch, const char *name, size_t offset) {
    char path[160], byte;
    path_in(scratch, name, path);
    int file = open(path, O_RDWR);
    cr_assert(pread(file, &byte, 1, (off_t)offset) == 1);
    byte ^= 0x55;
    cr_assert(pwrite(file, &byte, 1, (off_t)offset) == 1);
    close(file);
}

static inline void truncate_file(const Scratch *scratch, const char *name, size_t size) {
    char path[160];
    path_in(scratch, name, path);
    cr_assert_eq(truncate(path, (off_t)size), 0);
}

// What the directory takes on the disk.
static inline uint64_t disk_use(const Scratch *scratch) {
    uint64_t total = 0;
    DIR *directory = opendir(scratch->path);
    for (struct dirent *entry; (entry = readdir(directory));) {
        struct stat st;
        if (fstatat(dirfd(directory), entry->d_name, &st, 0) == 0 && S_ISREG(st.st_mode)) total += (uint64_t)st.st_size;
    }
    closedir(directory);
    return total;
}

#endif
