// fuzz_check.c - for libFuzzer: bytes as a program. Whatever they are, the compiler reports mistakes or makes a core program that
// can be verified; its diagnostics can be shown.
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

enum { MODULES = 6 };

static const char *const module_names[MODULES] = {"option", "stream", "string", "int", "float", "list"};
static Buf module_texts[MODULES];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
    for (int i = 0; i < MODULES; i++) {
        char path[64];
        snprintf(path, sizeof path, "stdlib/%s.portals", module_names[i]);
        FILE *file = fopen(path, "rb");
        if (!file) {
            fprintf(stderr, "%s is not there: run this in the root of the repository\n", path);
            exit(1);
        }
        for (size_t n; (n = fread(buf_reserve(&module_texts[i], 4096), 1, 4096, file)) > 0;) module_texts[i].length += n;
        fclose(file);
    }
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
    for (int i = 0; i < MODULES; i++) context->modules.items[i]->tree = parse_file(context, context->modules.items[i]->file);
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
    for (int i = 0; i < MODULES; i++) add_module(&context, module_names[i], module_texts[i].data, module_texts[i].length, true);
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
