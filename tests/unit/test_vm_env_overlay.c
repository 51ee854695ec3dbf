// Files that are written copy-on-write.
#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "vm/env_overlay.h"

typedef struct Fixture {
    Env *real, *env;
    char directory[64];
    char path[PATH_MAX];
} Fixture;

static const char *path_of(Fixture *f, const char *name) {
    snprintf(f->path, sizeof f->path, "%s/%s", f->directory, name);
    return f->path;
}

static void put_file(Fixture *f, const char *name, const char *text) {
    FILE *file = fopen(path_of(f, name), "w");
    cr_assert(file);
    fputs(text, file);
    fclose(file);
}

static void setup(Fixture *f) {
    f->real = env_real_new();
    f->env = env_overlay_new(f->real);
    strcpy(f->directory, "/tmp/portals_XXXXXX");
    cr_assert(mkdtemp(f->directory));
    put_file(f, "old", "what was there");
}

static void teardown(Fixture *f) {
    char command[128];
    env_overlay_free(f->env);
    env_real_free(f->real);
    snprintf(command, sizeof command, "rm -rf '%s'", f->directory);
    cr_assert_eq(system(command), 0);
}

static int open_file(Fixture *f, Env *env, const char *name, EnvOpen mode) {
    return env->open(env, path_of(f, name), mode);
}

static void check(Fixture *f, Env *env, const char *name, const char *expected) {
    int file = open_file(f, env, name, ENV_READ);
    if (!expected) {
        cr_assert_eq(file, -ENOENT, "%s", name);
        return;
    }
    char text[64] = "";
    cr_assert(file >= 0 && env->read(env, file, text, sizeof text - 1) == (int64_t)strlen(expected));
    cr_assert_str_eq(text, expected);
    env->close(env, file);
}

static void write_to(Fixture *f, const char *name, const char *text) {
    int file = open_file(f, f->env, name, ENV_WRITE);
    cr_assert(file >= 0, "%d", file);
    cr_assert_eq(f->env->write_at(f->env, file, text, strlen(text), 0), (int64_t)strlen(text));
    cr_assert_eq(f->env->sync(f->env, file), 0);
    f->env->close(f->env, file);
}

static void add_name(void *names, const char *name) {
    buf_printf(names, "%s ", name);
}

static void check_list(Fixture *f, const char *expected) {
    Buf names = {0};
    cr_assert_eq(f->env->list(f->env, f->directory, add_name, &names), 0);
    cr_assert_str_eq(buf_text(&names), expected);
    buf_free(&names);
}

Test(vm_env_overlay, what_is_written_is_seen_here_and_nowhere_else) {
    Fixture f;
    setup(&f);
    check(&f, f.env, "old", "what was there");
    write_to(&f, "old", "WHAT");
    write_to(&f, "new", "fresh");
    check(&f, f.env, "old", "WHAT was there");
    check(&f, f.env, "new", "fresh");
    check(&f, f.real, "old", "what was there");
    check(&f, f.real, "new", NULL);
    check_list(&f, "old new ");
    cr_assert_eq(env_overlay_copies(f.env), 2);
    cr_assert_eq(symlink("old", path_of(&f, "link")), 0);
    write_to(&f, "link", "that"); // the same file by another name
    check(&f, f.env, "old", "that was there");
    teardown(&f);
}

Test(vm_env_overlay, what_is_removed_or_renamed_stays_outside) {
    Fixture f;
    char to[PATH_MAX];
    setup(&f);
    snprintf(to, sizeof to, "%s/moved", f.directory);
    cr_assert_eq(f.env->rename(f.env, path_of(&f, "old"), to), 0);
    check(&f, f.env, "old", NULL);
    check(&f, f.env, "moved", "what was there");
    cr_assert_eq(f.env->rename(f.env, path_of(&f, "old"), to), -ENOENT);
    cr_assert_eq(f.env->remove(f.env, to), 0);
    cr_assert_eq(f.env->remove(f.env, to), -ENOENT);
    cr_assert_eq(f.env->remove(f.env, path_of(&f, "never")), -ENOENT);
    check_list(&f, "");
    write_to(&f, "old", "anew"); // what was removed does not come back
    check(&f, f.env, "old", "anew");
    check(&f, f.real, "old", "what was there");
    teardown(&f);
}

Test(vm_env_overlay, what_cannot_be_written_says_so) {
    Fixture f;
    setup(&f);
    cr_assert_eq(open_file(&f, f.env, ".", ENV_WRITE), -EISDIR);
    cr_assert_eq(open_file(&f, f.env, "none/file", ENV_WRITE), -ENOENT);
    cr_assert_eq(f.env->make_directory(f.env, f.directory), 0);
    cr_assert_eq(f.env->make_directory(f.env, path_of(&f, "sub")), -EROFS);
    cr_assert_eq(env_overlay_copies(f.env), 0);
    cr_assert_eq(mkfifo(path_of(&f, "pipe"), 0600), 0);
    write_to(&f, "pipe", "nobody reads"); // does not wait for a reader
    check(&f, f.env, "pipe", "nobody reads");
    teardown(&f);
}

Test(vm_env_overlay, nobody_need_be_at_the_other_end_of_a_pipe, .timeout = 240) {
    Fixture f;
    char to[PATH_MAX];
    setup(&f);
    cr_assert_eq(mkfifo(path_of(&f, "pipe"), 0600), 0);
    snprintf(to, sizeof to, "%s/moved", f.directory);
    cr_assert_eq(f.env->rename(f.env, path_of(&f, "pipe"), to), 0);
    check(&f, f.env, "moved", "");
    check(&f, f.env, "pipe", NULL);
    cr_assert_eq(mkfifo(path_of(&f, "other"), 0600), 0);
    cr_assert_eq(f.env->remove(f.env, path_of(&f, "other")), 0);
    check(&f, f.env, "other", NULL);
    teardown(&f);
}

Test(vm_env_overlay, copies_go_with_the_env) {
    Fixture f;
    setup(&f);
    const char *scratch = f.env->scratch;
    Buf pattern = {0};
    buf_printf(&pattern, "ls -d %s-* >/dev/null 2>&1", scratch);
    cr_assert_neq(system(buf_text(&pattern)), 0);
    write_to(&f, "old", "x");
    cr_assert_eq(system(buf_text(&pattern)), 0);
    env_overlay_free(f.env);
    cr_assert_neq(system(buf_text(&pattern)), 0);
    buf_free(&pattern);
    f.env = env_overlay_new(f.real);
    teardown(&f);
}
