// The real environment: files, directories, threads.
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/env_bodies.h"
#include "vm/env.h"

typedef struct Fixture {
    Env *env;
    char directory[64];
    char path[PATH_MAX];
} Fixture;

// Not in /tmp, which may be memory.
static void setup(Fixture *f) {
    f->env = env_real_new();
    strcpy(f->directory, "/var/tmp/portals_XXXXXX");
    cr_assert(mkdtemp(f->directory));
}

static void teardown(Fixture *f) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    cr_assert_eq(system(command), 0);
    env_real_free(f->env);
}

// Valid until the next call.
static const char *path_of(Fixture *f, const char *name) {
    snprintf(f->path, sizeof f->path, "%s/%s", f->directory, name);
    return f->path;
}

static int open_file(Fixture *f, const char *name, EnvOpen mode) {
    int file = f->env->open(f->env, path_of(f, name), mode);
    cr_assert(file > ENV_STDERR, "%s: %d", name, file);
    return file;
}

static uint64_t size_of(Env *env, int file) {
    EnvStat stat;
    cr_assert_eq(env->stat(env, file, &stat), 0);
    return stat.size;
}

static void check_content(Env *env, int file, const char *expected, uint64_t offset) {
    char bytes[64] = "";
    size_t size = strlen(expected);
    cr_assert_eq(env->read_at(env, file, bytes, size, offset), (int64_t)size);
    cr_assert_str_eq(bytes, expected);
}

// ---- files ----

Test(vm_env, a_file_is_read_where_it_was_written) {
    Fixture f;
    setup(&f);
    Env *env = f.env;
    int file = open_file(&f, "a", ENV_WRITE);
    cr_assert_eq(env->write(env, file, "abc", 3), 3);
    cr_assert_eq(env->write_at(env, file, "xyz", 3, 5), 3);
    cr_assert_eq(size_of(env, file), 8);
    check_content(env, file, "xyz", 5);
    cr_assert_eq(env->resize(env, file, 2), 0);
    cr_assert_eq(env->allocate(env, file, 10000), 0);
    cr_assert_eq(env->allocate(env, file, 100), 0);
    cr_assert_eq(env->allocate(env, file, 0), 0);
    cr_assert_eq(size_of(env, file), 10000);
    check_content(env, file, "ab", 0);
    char zero;
    cr_assert_eq(env->read_at(env, file, &zero, 1, 5), 1);
    cr_assert_eq(zero, 0);
    cr_assert_eq(env->sync(env, file), 0);
    cr_assert_eq(env->close(env, file), 0);
    file = open_file(&f, "a", ENV_READ);
    check_content(env, file, "ab", 0);
    cr_assert_eq(env->write_at(env, file, "x", 1, 0), -EBADF);
    env->close(env, file);
    cr_assert_eq(env->open(env, path_of(&f, "b"), ENV_READ), -ENOENT);
    cr_assert_eq(env->open(env, f.directory, ENV_WRITE), -EISDIR);
    teardown(&f);
}

Test(vm_env, what_cannot_be_read_can_be_written) {
    Fixture f;
    setup(&f);
    Env *env = f.env;
    int full = env->open(env, "/dev/full", ENV_WRITE);
    cr_assert(full > 0);
    cr_assert_eq(env->write(env, full, "a", 1), -ENOSPC);
    env->close(env, full);
    int file = open_file(&f, "secret", ENV_WRITE);
    env->close(env, file);
    chmod(path_of(&f, "secret"), 0200);
    file = open_file(&f, "secret", ENV_WRITE);
    cr_assert_eq(env->write(env, file, "a", 1), 1);
    env->close(env, file);
    teardown(&f);
}

Test(vm_env, a_pipe_says_that_its_reader_is_gone) {
    Fixture f;
    setup(&f);
    Env *env = f.env;
    cr_assert_eq(mkfifo(path_of(&f, "pipe"), 0600), 0);
    int reader = open(f.path, O_RDONLY | O_NONBLOCK);
    int writer = open_file(&f, "pipe", ENV_WRITE);
    cr_assert_eq(env->write(env, writer, "a", 1), 1);
    close(reader);
    cr_assert_eq(env->write(env, writer, "a", 1), -EPIPE);
    env->close(env, writer);
    teardown(&f);
}

Test(vm_env, direct_writes_are_read_at_any_place) {
    Fixture f;
    setup(&f);
    Env *env = f.env;
    int file = open_file(&f, "a", ENV_DIRECT);
    enum { SIZE = 64 * ENV_ALIGN };
    cr_assert_eq(env->allocate(env, file, SIZE), 0);
    unsigned char *bytes = aligned_alloc(ENV_ALIGN, SIZE), *read = malloc(SIZE);
    for (int i = 0; i < SIZE; i++) bytes[i] = (unsigned char)(i % 251);
    cr_assert_eq(env->write_at(env, file, bytes, SIZE, 0), SIZE);
    cr_assert_eq(env->sync(env, file), 0);
    for (size_t offset = 0; offset < SIZE; offset += 4001)
        for (size_t size = 1; offset + size <= SIZE; size *= 7) {
            int64_t got = env->read_at(env, file, read, size, offset);
            cr_assert(got > 0 && (size_t)got <= size);
            cr_assert_arr_eq(read, bytes + offset, (size_t)got, "%zu at %zu", size, offset);
        }
    cr_assert_eq(env->read_at(env, file, read, 10, SIZE - 3), 3);
    cr_assert_eq(env->read_at(env, file, read, 10, SIZE + 3), 0);
    env->close(env, file);
    free(bytes);
    free(read);
    teardown(&f);
}

Test(vm_env, a_map_sees_what_is_written_later) {
    Fixture f;
    setup(&f);
    Env *env = f.env;
    int file = open_file(&f, "a", ENV_WRITE);
    env->write_at(env, file, "abc", 3, 0);
    const void *map, *nothing;
    cr_assert_eq(env->map(env, file, 3, &map), 0);
    cr_assert_eq(memcmp(map, "abc", 3), 0);
    env->write_at(env, file, "x", 1, 1);
    cr_assert_eq(memcmp(map, "axc", 3), 0);
    cr_assert_eq(env->map(env, file, 0, &nothing), 0);
    env->unmap(env, nothing, 0);
    env->close(env, file);
    cr_assert_eq(memcmp(map, "axc", 3), 0);
    env->unmap(env, map, 3);
    teardown(&f);
}

// The exit status of another process: the negated result of its attempt to lock the file.
static int lock_in_child(Fixture *f, const char *name) {
    pid_t child = fork();
    if (child == 0) {
        int file = f->env->open(f->env, path_of(f, name), ENV_WRITE);
        _exit(-f->env->lock(f->env, file));
    }
    int status;
    waitpid(child, &status, 0);
    return WEXITSTATUS(status);
}

Test(vm_env, one_process_has_the_lock) {
    Fixture f;
    setup(&f);
    int file = open_file(&f, "lock", ENV_WRITE);
    cr_assert_eq(f.env->lock(f.env, file), 0);
    cr_assert_eq(lock_in_child(&f, "lock"), EAGAIN);
    f.env->close(f.env, file);
    cr_assert_eq(lock_in_child(&f, "lock"), 0);
    file = open_file(&f, "lock", ENV_WRITE);
    cr_assert_eq(f.env->lock(f.env, file), 0, "it ends with its process");
    f.env->close(f.env, file);
    teardown(&f);
}

// ---- directories ----

// Collects names, one letter each, by letter.
static void note_name(void *user, const char *name) {
    int *seen = user;
    cr_assert(strlen(name) == 1 && *name >= 'a' && *name <= 'z', "%s", name);
    seen[*name - 'a']++;
}

static void check_names(Fixture *f, const char *expected) {
    int seen[26] = {0};
    cr_assert_eq(f->env->list(f->env, f->directory, note_name, seen), 0);
    for (int i = 0; i < 26; i++) cr_assert_eq(seen[i], strchr(expected, 'a' + i) ? 1 : 0, "%c", 'a' + i);
}

Test(vm_env, names_of_a_directory) {
    Fixture f;
    setup(&f);
    Env *env = f.env;
    char from[PATH_MAX];
    check_names(&f, "");
    env->close(env, open_file(&f, "a", ENV_WRITE));
    env->close(env, open_file(&f, "b", ENV_WRITE));
    cr_assert_eq(env->make_directory(env, path_of(&f, "d")), 0);
    cr_assert_eq(env->make_directory(env, path_of(&f, "d")), 0);
    cr_assert_eq(env->make_directory(env, path_of(&f, "a")), -ENOTDIR);
    cr_assert_eq(env->make_directory(env, path_of(&f, "x/y")), -ENOENT);
    check_names(&f, "abd");
    strcpy(from, path_of(&f, "a"));
    cr_assert_eq(env->rename(env, from, path_of(&f, "b")), 0);
    cr_assert_eq(env->rename(env, from, path_of(&f, "b")), -ENOENT);
    check_names(&f, "bd");
    cr_assert_eq(env->remove(env, path_of(&f, "b")), 0);
    cr_assert_eq(env->remove(env, path_of(&f, "b")), -ENOENT);
    cr_assert_eq(env->sync_directory(env, f.directory), 0);
    cr_assert_eq(env->sync_directory(env, path_of(&f, "nowhere")), -ENOENT);
    cr_assert_eq(env->list(env, path_of(&f, "nowhere"), note_name, NULL), -ENOENT);
    check_names(&f, "d");
    teardown(&f);
}

// ---- threads: the bodies collect what they see, see env_bodies.h ----

Test(vm_env, all_bodies_run_once_in_each_phase) {
    Env *env = env_real_new();
    for (size_t count = 0; count <= BODIES; count++) cr_assert_eq(run_phases(env, count, 3000), 0, "%zu bodies", count);
    cr_assert_eq(run_mixed_phases(env, 3000), 0);
    env_real_free(env);
}

Test(vm_env, workers_sleep_between_phases) {
    Env *env = env_real_new();
    cr_assert_eq(run_slow_phases(env, 20), 0);
    env_real_free(env);
}

Test(vm_env, a_worker_has_a_stack_like_the_first_thread) {
    Env *env = env_real_new();
    Stack stacks[BODIES];
    measure_stacks(env, stacks);
    for (size_t i = 1; i < BODIES; i++) {
        cr_assert(stacks[i].room > 7 * 1024 * 1024, "%zu", stacks[i].room);
        cr_assert(stacks[i].blocks_stop);
    }
    cr_assert(!stacks[0].blocks_stop);
    env_real_free(env);
}

Test(vm_env, jobs_end_once) {
    Env *env = env_real_new();
    cr_assert_eq(run_jobs(env, 200), 0);
    env_real_free(env);
}

Test(vm_env, a_signal_ends_a_wait_although_workers_are_there) {
    Env *env = env_real_new();
    run_phases(env, BODIES, 1);
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    kill(getpid(), SIGTERM);
    cr_assert_eq(env->wait_readable(env, pipes, 1, ENV_BLOCK), -EINTR);
    cr_assert_eq(env->stop_signal(env), SIGTERM);
    env_real_free(env);
}
