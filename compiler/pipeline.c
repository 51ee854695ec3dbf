#include "compiler/pipeline.h"

#include <errno.h>
#include <string.h>

#include "compiler/embed.h"
#include "compiler/file.h"
#include "compiler/foreign.h"
#include "compiler/lower.h"
#include "compiler/module_files.h"
#include "lang/outside.h"
#include "lang/parse.h"

// ---- passes ------------------------------------------------------------------------------------------------------------

static bool run_parse(Compilation *c) {
    Loader loader = module_files_loader(&c->context);
    load_modules(&c->context, c->apps.items[0], &loader, c->examples);
    for (int i = 0; i < c->apps.count && c->ask_from_outside && !c->context.diags.errors; i++)
        outside_add(&c->context, c->apps.items[i]);
    return c->context.diags.errors == 0; // to check what could be parsed would only give errors that follow from these
}

static bool run_check(Compilation *c) {
    c->program = check_program(&c->context, c->apps.items[0]);
    if (c->ask_from_outside) outside_drop_diags(&c->context);
    return c->program && foreign_check(&c->context, c->program, c->options.no_ffi);
}

static bool run_topology(Compilation *c) {
    c->topology = topology_build(&c->context, c->program);
    if (c->topology && c->is_observed) topology_observe(c->topology);
    return c->topology != NULL;
}

bool pipeline_prepare(CoreProgram *core, char **error) {
    const char *fault = core_verify(core);
    if (!fault && core_moves(core)) fault = core_verify(core);
    if (!fault) {
        core_layout(core);
        core_analyse(core);
        core_find_effects(core);
        fault = core_wait(core);
    }
    if (fault) *error = arena_printf(core->arena, "the compiler made a faulty program, please report it: %s", fault);
    return !fault;
}

static bool run_lower(Compilation *c) {
    c->core = c->topology ? lower_program(&c->context, c->program, c->topology) : lower_tests(&c->context, c->program);
    return c->core && pipeline_prepare(c->core, &c->error);
}

static bool run_codegen(Compilation *c) {
    c->codegen = codegen_new(c->core, &c->options, &c->error);
    return c->codegen != NULL;
}

static bool run_optimise(Compilation *c) {
    return codegen_optimise(c->codegen, &c->error);
}

static void dump_tokens(Compilation *c, Buf *out) {
    for (int i = 0; i < c->apps.count; i++) scan_dump(&c->context, c->apps.items[i]->file, out);
}

static void dump_tree(Compilation *c, Buf *out) {
    for (int i = 0; i < c->apps.count; i++) ast_dump(c->apps.items[i]->tree, out);
}

static void dump_topology(Compilation *c, Buf *out) {
    topology_dump(c->topology, out);
}

static void dump_core(Compilation *c, Buf *out) {
    core_dump(c->core, out);
}

static void dump_llvm(Compilation *c, Buf *out) {
    codegen_dump(c->codegen, out);
}

static void dump_assembly(Compilation *c, Buf *out) {
    codegen_assembly(c->codegen, out);
}

static const Pass passes[] = {
    {"tokens", "the words of the text, one a line", NULL, dump_tokens},
    {"ast", "the syntax tree", run_parse, dump_tree},
    {"types", "the tree with names resolved and types inferred", run_check, dump_tree},
    {"topology", "the dataflow graph", run_topology, dump_topology}, // not of tests
    {"core", "the core: monomorphic, closures and stages explicit", run_lower, dump_core},
    {"llvm", "LLVM IR as generated", run_codegen, dump_llvm},
    {"llvm-opt", "LLVM IR after inlining the VM and optimising", run_optimise, dump_llvm},
    {"asm", "machine code in assembly", NULL, dump_assembly},
};

const Pass *pipeline_passes(int *count) {
    *count = (int)(sizeof passes / sizeof *passes);
    return passes;
}

bool pipeline_run(Compilation *c, const char *last) {
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        bool skipped = c->tests == TESTS_ALONE && passes[i].run == run_topology;
        if (passes[i].run && !skipped && !passes[i].run(c)) return false;
        if (strcmp(passes[i].name, last) == 0) break;
    }
    return c->context.diags.errors == 0;
}

// ---- input -------------------------------------------------------------------------------------------------------------

static Module *add_module(Context *context, const char *name, const char *path, const char *text, size_t length, bool library) {
    Module *module = ARENA_NEW(context->arena, Module);
    module->name = intern_text(&context->names, name);
    module->file = source_add(&context->sources, path, text, length, library);
    module->library = module->shipped = library;
    vec_push(context->arena, &context->modules, module);
    return module;
}

void pipeline_add_library(Context *context) {
    int count;
    const EmbeddedFile *library = embed_stdlib(&count);
    for (int i = 0; i < count; i++)
        add_module(context, library[i].name, arena_printf(context->arena, "<stdlib>/%s.portals", library[i].name),
                   library[i].text, library[i].size, true);
}

static void add_app(Compilation *c, const char *path, const char *text, size_t length) {
    Module *app = add_module(&c->context, "", path, text, length, false);
    const char *identity = module_file_identity(&c->arena, path);
    if (identity) app->identity = intern_text(&c->context.names, identity);
    app->app = app;
    vec_push(&c->arena, &c->apps, app);
}

bool pipeline_open(Compilation *c, const char *const *paths, int count, CodegenOptions options) {
    *c = (Compilation){.options = options};
    context_init(&c->context, &c->arena);
    pipeline_add_library(&c->context);
    for (int i = 0; i < count; i++) {
        Buf text = {0};
        if (!file_read(paths[i], &text)) {
            c->error = arena_printf(&c->arena, "cannot read `%s`: %s", paths[i], strerror(errno));
            buf_free(&text);
            return false;
        }
        add_app(c, paths[i], buf_text(&text), text.length);
        buf_free(&text);
    }
    return true;
}

void pipeline_open_library(Compilation *c, CodegenOptions options) {
    *c = (Compilation){.options = options, .examples = EXAMPLES_OF_LIBRARY};
    context_init(&c->context, &c->arena);
    pipeline_add_library(&c->context);
    Buf imports = {0};
    int count;
    const EmbeddedFile *modules = embed_imported(&count);
    for (int i = 0; i < count; i++) buf_printf(&imports, "import %s\n", modules[i].name);
    add_app(c, "<library>", buf_text(&imports), imports.length);
    buf_free(&imports);
}

void pipeline_close(Compilation *c) {
    if (c->codegen) codegen_free(c->codegen);
    arena_free(&c->arena);
}
