// check_testing.h - a program with the standard library as the checker leaves it, for tests of what reads it.
#ifndef TESTS_CHECK_TESTING_H
#define TESTS_CHECK_TESTING_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "lang/check.h"
#include "lang/load.h"
#include "lang/parse.h"

typedef struct Checked {
    Arena arena;
    Context context;
    Module *module;
    Program *program;
} Checked;

static inline Module *add_module(Checked *checked, const char *name, const char *text, size_t length, bool library) {
    Module *module = ARENA_NEW(&checked->arena, Module);
    module->name = intern_text(&checked->context.names, name);
    module->library = library;
    module->file = source_add(&checked->context.sources, name, text, length, library);
    module->tree = parse_file(&checked->context, module->file);
    vec_push(&checked->arena, &checked->context.modules, module);
    return module;
}

static inline void add_library(Checked *checked, const char *name) {
    char path[64];
    snprintf(path, sizeof path, "stdlib/%s.portals", name);
    FILE *file = fopen(path, "rb");
    cr_assert(file, "the unit tests run in the root of the repository, which has %s", path);
    Buf text = {0};
    for (size_t n; (n = fread(buf_reserve(&text, 4096), 1, 4096, file)) > 0;) text.length += n;
    fclose(file);
    add_module(checked, name, text.data, text.length, true);
    buf_free(&text);
}

static inline void check_text(Checked *checked, const char *text) {
    static const char *const library[] = {"bytes", "duration", "error",   "float",  "id",  "int",    "list",   "machine", "map",
                                          "math",  "option",   "promise", "result", "set", "stream", "string", "task"};
    memset(checked, 0, sizeof *checked);
    context_init(&checked->context, &checked->arena);
    for (size_t i = 0; i < sizeof library / sizeof *library; i++) add_library(checked, library[i]);
    checked->module = add_module(checked, "test", text, strlen(text), false);
    cr_assert_eq(checked->context.diags.errors, 0, "the program does not parse: %s", text);
    checked->program = check_program(&checked->context, checked->module);
}

static inline void check_right(Checked *checked, const char *text) {
    check_text(checked, text);
    if (checked->program) return;
    Buf said = {0};
    diag_render(&checked->context.diags, &checked->context.sources, false, &said);
    cr_assert(false, "%s", buf_text(&said));
}

static inline void release(Checked *checked) {
    arena_free(&checked->arena);
}

#endif
