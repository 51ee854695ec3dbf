// fuzz_check.c - for libFuzzer: bytes as a program. Whatever they are, the compiler reports mistakes or makes a core program that
// can be verified; its diagnostics can be shown.
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "compiler/core.h"
#include "compiler/lower.h"
#include "lang/parse.h"
#include "lang/topology.h"
#include "tests/fuzz/mutate_tokens.h"

static void require(bool fact) {
    if (!fact) abort();
}

// ---- the library ----

enum { MAX_MODULES = 32 };

typedef struct LibraryModule {
    char *name; // "list"
    Buf text;
} LibraryModule;

static LibraryModule library[MAX_MODULES];
static int module_count;

static void read_module(const char *path) {
    LibraryModule *module = &library[module_count++];
    FILE *file = fopen(path, "rb");
    require(file);
    for (size_t n; (n = fread(buf_reserve(&module->text, 4096), 1, 4096, file)) > 0;) module->text.length += n;
    fclose(file);
    const char *name = strrchr(path, '/') + 1;
    module->name = strndup(name, strcspn(name, "."));
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    glob_t found;
    if (glob("stdlib/*.portals", 0, NULL, &found) != 0) {
        fprintf(stderr, "there is no stdlib/: run this in the root of the repository\n");
        exit(1);
    }
    require(found.gl_pathc <= MAX_MODULES);
    for (size_t i = 0; i < found.gl_pathc; i++) read_module(found.gl_pathv[i]);
    globfree(&found);
    return 0;
}

// ---- a run ----

static Module *add_module(Context *context, const char *name, const char *text, size_t size, bool library) {
    Module *module = ARENA_NEW(context->arena, Module);
    module->name = intern_text(&context->names, name);
    module->file = source_add(&context->sources, name, text, size, library);
    module->library = library;
    vec_push(context->arena, &context->modules, module);
    return module;
}

// The program comes first: most inputs don't parse, and so need no library.
static bool parse(Context *context, Module *program) {
    program->tree = parse_file(context, program->file);
    require(!ast_verify(context->arena, program->tree));
    if (context->diags.errors) return false;
    for (int i = 0; i < module_count; i++) context->modules.items[i]->tree = parse_file(context, context->modules.items[i]->file);
    return true;
}

static void compile(Context *context, Module *main) {
    Program *program = parse(context, main) ? check_program(context, main) : NULL;
    Topology *topology = program ? topology_build(context, program) : NULL;
    CoreProgram *core = topology ? lower_program(context, program, topology) : NULL;
    require(!core == (context->diags.errors > 0));
    if (core) require(!core_verify(core));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena arena = {0};
    Context context;
    Buf shown = {0};
    context_init(&context, &arena);
    for (int i = 0; i < module_count; i++)
        add_module(&context, library[i].name, library[i].text.data, library[i].text.length, true);
    compile(&context, add_module(&context, "", size ? (const char *)data : "", size, false));
    diag_render(&context.diags, &context.sources, true, &shown);
    buf_free(&shown);
    arena_free(&arena);
    return 0;
}

// ---- changes ----

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *out,
                                 size_t room, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed) {
    Text text = {(const char *)data, size};
    switch (seed % 4) {
    case 0: return LLVMFuzzerMutate(data, size, room);
    case 1: return mutate_swap(text, seed, (char *)data, room);
    default: return mutate_splice(text, text, seed, (char *)data, room);
    }
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t one_size, const uint8_t *other, size_t other_size, uint8_t *out,
                                 size_t room, unsigned seed) {
    return mutate_splice((Text){(const char *)one, one_size}, (Text){(const char *)other, other_size}, seed, (char *)out, room);
}
