#include "lang/load.h"

#include "lang/examples.h"
#include "lang/parse.h"

// Where a module comes from.
typedef struct Load {
    Context *context;
    const Loader *loader;
} Load;

static Module *library_module(const Context *context, Symbol name) {
    for (int i = 0; i < context->modules.count; i++)
        if (context->modules.items[i]->library && context->modules.items[i]->name == name) return context->modules.items[i];
    return NULL;
}

static Module *loaded_module(const Context *context, Symbol identity) {
    for (int i = 0; i < context->modules.count; i++)
        if (context->modules.items[i]->identity == identity) return context->modules.items[i];
    return NULL;
}

static Module *add_module(Context *context, Symbol name, const ModuleFile *file, const char *text, size_t length) {
    Module *module = ARENA_NEW(context->arena, Module);
    module->name = name;
    module->identity = intern_text(&context->names, file->identity);
    module->shipped = file->shipped != NULL;
    module->file = source_add(&context->sources, file->path, text, length, false);
    vec_push(context->arena, &context->modules, module); // to be parsed in its turn
    return module;
}

static Module *read_module(Load *load, Symbol name, const ModuleFile *file, Import *import) {
    Context *context = load->context;
    Module *module = loaded_module(context, intern_text(&context->names, file->identity));
    if (module) return module;
    const char *text, *reason;
    size_t length;
    if (load->loader->read(load->loader->data, file, &text, &length, &reason))
        return add_module(context, name, file, text, length);
    import->missing = arena_printf(context->arena, "`%s` cannot be read: %s", file->path, reason);
    return NULL;
}

// The file beside the importing one, or one that comes with the compiler; else the module of the library.
static void find_module(Load *load, const Module *from, Import *import) {
    Context *context = load->context;
    Symbol name = import->ast->name;
    const char *path = source_file(&context->sources, import->ast->span.file)->path;
    ModuleFile file;
    if (!from->library && load->loader->find(load->loader->data, path, name, &file) == FOUND_FILE) {
        import->module = read_module(load, name, &file, import);
        return;
    }
    import->module = library_module(context, name);
    if (import->module) return;
    import->missing = "the library has no module of that name";
    if (from->library) return;
    import->missing =
        arena_printf(context->arena, "there is no file `%s`, and the library has no module of that name", file.path);
    const char *similar = load->loader->similar(load->loader->data, path, name);
    import->help = similar ? arena_printf(context->arena, "did you mean `%s`?", similar)
                           : "a module is a file `NAME.portals` beside the one that imports it";
}

static void find_imports(Load *load, Module *module) {
    const Ast *items = module->tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++) {
        if (items->kid[i]->kind != AST_import) continue;
        Import import = {.ast = items->kid[i]};
        find_module(load, module, &import);
        vec_push(load->context->arena, &module->imports, import);
    }
}

void load_modules(Context *context, Module *main, const Loader *loader, ExamplesOf examples) {
    Load load = {context, loader};
    for (int i = 0; i < context->modules.count; i++) { // grows meanwhile
        Module *module = context->modules.items[i];
        if (module->tree && module->library) continue; // it is checked already
        int errors = context->diags.errors;
        if (!module->tree) module->tree = parse_file(context, module->file);
        bool wanted = examples != EXAMPLES_OF_NOTHING && module->shipped == (examples == EXAMPLES_OF_LIBRARY) &&
                      context->diags.errors == errors;
        if (wanted) examples_parse(context, module, module->shipped ? main : module);
        find_imports(&load, module);
    }
}
