#include "lang/check_internal.h"

#include <string.h>

// What a module sees of others: those that it imports, by their names, and all that they declare, where its own declarations do
// not hide it.

// ---- imports ---------------------------------------------------------------------------------------------------------

static void module_missing(Checker *c, const Import *import) {
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_MODULE, resolve_name_span(import->ast), "the module `%s` cannot be imported",
                          import->ast->name);
    diag_here(c->diags, diag, "imported here");
    diag_note(c->diags, diag, "%s", import->missing);
    if (import->help) diag_help(c->diags, diag, "%s", import->help);
}

static void imported_twice(Checker *c, const Import *import, const Import *first) {
    Span span = resolve_name_span(import->ast);
    Diag *diag = diag_add(c->diags, DIAG_DUPLICATE_NAME, span, "`%s` is imported twice", import->ast->name);
    diag_here(c->diags, diag, "imported again here");
    report_label(c, diag, resolve_name_span(first->ast), "first imported here");
    diag_help(c->diags, diag, "leave one of them out");
}

static const Import *earlier_import(const Module *module, const Import *import) {
    for (const Import *earlier = module->imports.items; earlier < import; earlier++)
        if (earlier->ast->name == import->ast->name) return earlier;
    return NULL;
}

// What only an application can have. A workflow with parameters is a function of streams.
static bool is_of_program(const Ast *declaration) {
    switch (declaration->kind) {
    case AST_app:
    case AST_param:
    case AST_stream:
    case AST_use:
    case AST_sequencer:
    case AST_connect:
    case AST_splitter:
    case AST_portal: return true;
    case AST_workflow: return declaration->kid[workflow_params]->kid_count == 0;
    default: return false;
    }
}

static bool is_program(const Module *module) {
    const Ast *items = module->tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++)
        if (is_of_program(items->kid[i])) return true;
    return false;
}

static void program_imported(Checker *c, const Import *import) {
    Span span = resolve_name_span(import->ast);
    Diag *diag = diag_add(c->diags, DIAG_BELONGS_TO_PROGRAM, span, "`%s` is the program itself", import->ast->name);
    diag_here(c->diags, diag, "imported by a module of the program");
    diag_help(c->diags, diag, "move what both need to a module of its own");
}

void resolve_imports(Checker *c, Module *module) {
    ModuleNames *names = resolve_names(c, module);
    for (int i = 0; i < module->imports.count; i++) {
        const Import *import = &module->imports.items[i], *earlier = earlier_import(module, import);
        if (!import->module) module_missing(c, import);
        names->incomplete |= !import->module;
        if (earlier) imported_twice(c, import, earlier);
        if (!import->module || earlier) continue;
        if (module_is_app(import->module) && is_program(import->module)) program_imported(c, import);
        map_put(c->arena, &names->modules, import->ast->name, import->module);
        vec_push(c->arena, &names->imported, import->module);
    }
}

bool resolve_belongs_to_program(Checker *c, const Module *module, const Ast *declaration) {
    static const char *const names[] = {[AST_app] = "`app`",
                                        [AST_param] = "a `param`",
                                        [AST_stream] = "a `stream`",
                                        [AST_workflow] = "a `workflow`",
                                        [AST_sequencer] = "a `sequencer`",
                                        [AST_connect] = "a `connect`",
                                        [AST_splitter] = "a `splitter`",
                                        [AST_portal] = "a `portal`",
                                        [AST_use] = "a `use`"};
    if (module->library || module_is_app(module) || !is_of_program(declaration)) return false;
    const char *name = names[declaration->kind];
    Diag *diag = diag_add(c->diags, DIAG_BELONGS_TO_PROGRAM, resolve_name_span(declaration), "a module cannot declare %s", name);
    diag_here(c->diags, diag, "this belongs to the program itself");
    diag_note(c->diags, diag, "the file is a module since another one imports it");
    diag_help(c->diags, diag,
              "move it to the program; modules declare values, functions, types, tasks, workflows with parameters, and tests");
    return true;
}

// ---- what is in scope through them -----------------------------------------------------------------------------------

Module *resolve_find_module(Checker *c, Symbol name) {
    Module *module = map_get(&resolve_names(c, c->module)->modules, name);
    return module ? module : map_get(&c->modules, name);
}

// A function of a module of the library hides none of `stream`, which gives way to it where it fits (L4.7).
static bool gives_way(const Checker *c, const Module *module, Symbol name) {
    return module->shipped && module != c->stream_module && c->stream_module && map_get(&c->stream_module->scope, name);
}

static bool declares(Checker *c, Module *module, NameSpace space, Symbol name) {
    Def *def = map_get(&module->scope, name);
    switch (space) {
    case NAMES_VALUES: return def && !gives_way(c, module, name);
    case NAMES_TYPES: return map_get(&resolve_names(c, module)->types, name);
    case NAMES_CTORS: return def || map_get(&resolve_names(c, module)->ctors, name);
    }
    return false;
}

Module *resolve_importer(Checker *c, NameSpace space, Symbol name, Module **another) {
    const ModuleNames *names = resolve_names(c, c->module);
    Module *found = NULL;
    *another = NULL;
    for (int i = 0; i < names->imported.count && !*another; i++) {
        Module *module = names->imported.items[i];
        if (module == found || module == c->module || !declares(c, module, space, name)) continue;
        if (found)
            *another = module;
        else
            found = module;
    }
    return found;
}

// The name by which the module at hand imports another.
static Symbol import_name(Checker *c, const Module *module) {
    const Map *modules = &resolve_names(c, c->module)->modules;
    for (size_t i = 0; i < modules->capacity; i++)
        if (modules->entries[i].key && modules->entries[i].value == module) return modules->entries[i].key;
    return module->name;
}

bool resolve_is_ambiguous(Checker *c, NameSpace space, Symbol name, Span span) {
    Module *second, *first = resolve_importer(c, space, name, &second);
    if (!second) return false;
    Symbol one = import_name(c, first), other = import_name(c, second);
    Diag *diag = diag_add(c->diags, DIAG_AMBIGUOUS_NAME, span, "`%s` is declared by two imported modules, `%s` and `%s`", name,
                          one, other);
    diag_here(c->diags, diag, "nothing says which is meant");
    diag_help(c->diags, diag, "write `%s.%s` or `%s.%s`", one, name, other, name);
    return true;
}
