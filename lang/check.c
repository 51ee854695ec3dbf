#include "lang/check_internal.h"

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
    for (int i = 0; i < c->context->modules.count; i++) resolve_module(c, c->context->modules.items[i]);
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

Program *check_program(Context *context, Module *main) {
    Checker checker = {.context = context, .arena = context->arena, .diags = &context->diags};
    Checker *c = &checker;
    c->program = ARENA_NEW(c->arena, Program);
    c->module = main;
    main->app = main;
    resolve_builtins(c);
    add_library(c);
    declare_modules(c);
    check_apps(c);
    resolve_type_declarations(c);
    check_type_graph(c);
    for (int i = 0; i < c->value_defs.count; i++) check_signature(c, c->value_defs.items[i]);
    for (int i = 0; i < c->value_defs.count; i++) check_body(c, c->value_defs.items[i]);
    check_value_graph(c);
    if (context->diags.errors == 0) check_whole(c);
    list_definitions(c);
    return context->diags.errors ? NULL : c->program;
}
