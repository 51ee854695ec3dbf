#include "lang/check_internal.h"

#include <string.h>

// Expects: parsed modules. Declares all names, then all types, then all signatures, then checks all bodies; each step needs
// the one before it of every module. Leaves the trees as check.h says.

static void add_library(Checker *c) {
    for (int i = 0; i < c->context->modules.count; i++) {
        Module *module = c->context->modules.items[i];
        if (module->library) map_put(c->arena, &c->modules, module->name, module);
    }
    c->stream_module = map_get(&c->modules, report_symbol(c, "stream"));
    c->task_module = map_get(&c->modules, report_symbol(c, "task"));
}

static void declare_modules(Checker *c) {
    for (int i = check_first_module(c); i < c->context->modules.count; i++) resolve_module(c, c->context->modules.items[i]);
    c->program->option_type = map_get(&c->types, report_symbol(c, "Option"));
}

static void list_definition(Checker *c, Def *def) {
    Program *program = c->program;
    if (def->parametric) return; // they are listed already
    switch (def->kind) {
    case DEF_PARAM: vec_push(c->arena, &program->params, def); return;
    case DEF_STREAM: vec_push(c->arena, &program->streams, def); return;
    case DEF_WORKFLOW: vec_push(c->arena, &program->workflows, def); return;
    case DEF_SEQUENCER: vec_push(c->arena, &program->sequencers, def); return;
    case DEF_CONNECT: vec_push(c->arena, &program->connects, def); return;
    case DEF_PORTAL: vec_push(c->arena, &program->portals, def); return;
    case DEF_SPLITTER: vec_push(c->arena, &program->splitters, def); return;
    case DEF_TASK: vec_push(c->arena, &program->tasks, def); return;
    case DEF_TEST: vec_push(c->arena, &program->tests, def); return;
    case DEF_USE: vec_push(c->arena, &program->uses, def); return;
    default: return; // constants: in the order of their needs, see check_value_graph
    }
}

// The graphs of workflows with parameters must be right in any module.
static bool is_listed_anywhere(const Def *def) {
    return def->parametric && !def->module->library;
}

static bool is_foreign(const Def *def) {
    return def->kind == DEF_FN && def->foreign;
}

// In the order of the applications' names, so that the order of their files means nothing.
static void list_definitions(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++)
        if (is_listed_anywhere(c->value_defs.items[i])) vec_push(c->arena, &c->program->parametric, c->value_defs.items[i]);
    for (int i = 0; i < c->value_defs.count; i++)
        if (is_foreign(c->value_defs.items[i])) vec_push(c->arena, &c->program->foreign, c->value_defs.items[i]);
    for (int a = 0; a < c->program->apps.count; a++)
        for (int i = 0; i < c->value_defs.count; i++)
            if (c->value_defs.items[i]->module == c->program->apps.items[a]) list_definition(c, c->value_defs.items[i]);
}

// What is only worth saying of a program that is right so far.
static void check_whole(Checker *c) {
    check_wrapped(c);
    check_traits(c);
    check_stream_places(c);
    check_connected(c);
    check_shared_types(c);
    check_sent(c);
    check_effects(c);
    check_foreign_effects(c);
    check_captures(c);
    check_local_records(c);
    check_replies(c);
    check_exclusive(c);
}

// ---- the library -----------------------------------------------------------------------------------------------------

struct CheckedLibrary {
    Checker checker; // as it was when it was done
    int modules;     // how many there are
};

int check_first_module(const Checker *c) {
    return c->context->library ? c->context->library->modules : 0;
}

static void copy_types(Checker *c, const Checker *from) {
    c->int_type = from->int_type;
    c->float_type = from->float_type;
    c->bool_type = from->bool_type;
    c->string_type = from->string_type;
    c->never_type = from->never_type;
    c->unit_type = from->unit_type;
    c->error_type = from->error_type;
    c->bytes_type = from->bytes_type;
    c->duration_type = from->duration_type;
    c->any_type = from->any_type;
}

// A checker that knows the library; what belongs to one program is as at the beginning.
static Checker begin_with(Context *context) {
    const CheckedLibrary *library = context->library;
    const Program *known = library->checker.program;
    Arena *arena = context->arena;
    Checker c = {.context = context, .arena = arena, .diags = &context->diags};
    c.names = map_copy(arena, &library->checker.names);
    c.modules = library->checker.modules;
    c.types = library->checker.types;
    c.ctors = library->checker.ctors;
    c.hidden = map_copy(arena, &library->checker.hidden);
    c.effects = library->checker.effects;
    c.stream_module = library->checker.stream_module;
    c.task_module = library->checker.task_module;
    copy_types(&c, &library->checker);
    c.program = ARENA_NEW(arena, Program);
    *c.program = *known;
    memset(&c.program->constants, 0, sizeof c.program->constants);
    for (int i = 0; i < known->constants.count; i++) vec_push(arena, &c.program->constants, known->constants.items[i]);
    return c;
}

// A checker that knows nothing.
static Checker begin_without(Context *context) {
    Checker c = {.context = context, .arena = context->arena, .diags = &context->diags};
    c.program = ARENA_NEW(c.arena, Program);
    resolve_builtins(&c);
    add_library(&c);
    return c;
}

static void check_modules(Checker *c) {
    declare_modules(c);
    check_apps(c);
    resolve_type_declarations(c);
    check_type_graph(c);
    for (int i = 0; i < c->value_defs.count; i++) check_signature(c, c->value_defs.items[i]);
    for (int i = 0; i < c->value_defs.count; i++) check_body(c, c->value_defs.items[i]);
    check_value_graph(c);
    if (c->diags->errors == 0) check_whole(c);
    list_definitions(c);
}

bool check_library(Context *context) {
    CheckedLibrary *library = ARENA_NEW(context->arena, CheckedLibrary);
    library->checker = begin_without(context);
    check_modules(&library->checker);
    library->modules = context->modules.count;
    context->library = library;
    return context->diags.errors == 0;
}

// ---- a program -------------------------------------------------------------------------------------------------------

Program *check_program(Context *context, Module *main) {
    Checker checker = context->library ? begin_with(context) : begin_without(context);
    checker.module = main;
    main->app = main;
    check_modules(&checker);
    return context->diags.errors ? NULL : checker.program;
}
