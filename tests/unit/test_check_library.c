// The library that is checked once: any number of programs are checked against it, and find it as they would find one of their
// own.
#include "tests/unit/check_testing.h"

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>

#include "base/hash.h"

enum { MAX_PROGRAMS = 1000 };

static const char *const directories[] = {"tests/golden/types", "tests/golden/streams", "tests/golden/run"};

typedef struct Programs {
    Buf texts[MAX_PROGRAMS];
    int count;
} Programs;

static void read_text(const char *path, Buf *text) {
    FILE *file = fopen(path, "rb");
    cr_assert(file, "%s", path);
    for (size_t n; (n = fread(buf_reserve(text, 4096), 1, 4096, file)) > 0;) text->length += n;
    fclose(file);
    buf_text(text);
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

// Programs of one file, right and wrong ones.
static void read_programs(Programs *programs) {
    for (size_t d = 0; d < sizeof directories / sizeof *directories; d++) {
        struct dirent **names;
        int count = scandir(directories[d], &names, NULL, by_name);
        cr_assert_gt(count, 0, "the unit tests run in the root of the repository, which has %s", directories[d]);
        for (int i = 0; i < count; i++) {
            char path[512];
            snprintf(path, sizeof path, "%s/%s", directories[d], names[i]->d_name);
            const char *ending = strrchr(path, '.');
            if (ending && !strcmp(ending, ".portals") && programs->count < MAX_PROGRAMS)
                read_text(path, &programs->texts[programs->count++]);
            free(names[i]);
        }
        free(names);
    }
}

static Found find_nothing(void *data, const char *from, Symbol name, ModuleFile *file) {
    (void)data, (void)from;
    *file = (ModuleFile){.path = name};
    return FOUND_NOTHING;
}

static const char *nothing_similar(void *data, const char *from, Symbol name) {
    (void)data, (void)from, (void)name;
    return NULL;
}

static const Loader no_files = {.find = find_nothing, .similar = nothing_similar};

// What is said of a program, and what the checker made of it.
static void check_in(Context *context, Arena *arena, const Buf *text, Buf *out) {
    Module *module = ARENA_NEW(arena, Module);
    module->name = intern_text(&context->names, "");
    module->file = source_add(&context->sources, "program", text->data, text->length, false);
    vec_push(arena, &context->modules, module);
    load_modules(context, module, &no_files, EXAMPLES_OF_PROGRAM);
    bool right = !context->diags.errors && check_program(context, module);
    diag_render(&context->diags, &context->sources, false, out);
    if (right) ast_dump(module->tree, out);
}

static void read_library(Checked *library) {
    static const char *const names[] = {"bytes", "duration", "error",   "float",  "id",  "int",    "json",   "list", "map",
                                        "math",  "option",   "promise", "result", "set", "stream", "string", "task"};
    memset(library, 0, sizeof *library);
    context_init(&library->context, &library->arena);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) add_library(library, names[i]);
}

static void check_alone(const Buf *text, Buf *out) {
    Checked checked;
    read_library(&checked);
    check_in(&checked.context, &checked.arena, text, out);
    release(&checked);
}

static void check_on(const Checked *library, const Buf *text, Buf *out) {
    Arena arena = {0};
    Context context;
    context_init_on(&context, &arena, &library->context);
    check_in(&context, &arena, text, out);
    arena_free(&arena);
}

// Of all bytes in an arena, whose chunks are linked by their first words.
static uint64_t sum_of(const Arena *arena) {
    uint64_t sum = 0;
    for (const void *chunk = arena->chunks; chunk; chunk = *(const void *const *)chunk)
        sum = sum * 31 + hash_bytes(chunk, malloc_usable_size((void *)chunk));
    return sum;
}

Test(library, is_the_same_for_each_program, .timeout = 240) {
    static Programs programs;
    read_programs(&programs);
    cr_assert_gt(programs.count, 300);
    Buf *alone = calloc((size_t)programs.count, sizeof *alone);
    for (int i = 0; i < programs.count; i++) check_alone(&programs.texts[i], &alone[i]);

    Checked library;
    read_library(&library);
    cr_assert(check_library(&library.context));
    uint64_t sum = sum_of(&library.arena);
    int differing = 0, checked = 0;
    for (; checked < 1000 || checked % programs.count; checked++) {
        Buf said = {0};
        int i = checked % programs.count;
        check_on(&library, &programs.texts[i], &said);
        if (said.length != alone[i].length || memcmp(said.data, alone[i].data, said.length)) {
            if (!differing++) fprintf(stderr, "alone:\n%s\non the library:\n%s\n", buf_text(&alone[i]), buf_text(&said));
        }
        buf_free(&said);
    }
    cr_expect_eq(differing, 0, "%d of %d", differing, checked);
    cr_expect_eq(sum_of(&library.arena), sum, "the library has changed");
    release(&library);
    for (int i = 0; i < programs.count; i++) {
        buf_free(&programs.texts[i]);
        buf_free(&alone[i]);
    }
    free(alone);
}
