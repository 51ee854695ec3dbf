#include "lang/check_internal.h"

#include <assert.h>
#include <string.h>

// Expects: the trees of all modules. Makes: a Def for every declaration, in Module.scope or ModuleNames. Leaves types and
// signatures to resolve_types.c and check_decl.c, so that declarations may come in any order.

Span resolve_name_span(const Ast *node) {
    return node->name_span.end > node->name_span.start ? node->name_span : node->span;
}

ModuleNames *resolve_names(Checker *c, Module *module) {
    ModuleNames *names = map_get(&c->names, module);
    if (names) return names;
    names = ARENA_NEW(c->arena, ModuleNames);
    map_put(c->arena, &c->names, module, names);
    return names;
}

Def *resolve_def(Checker *c, DefKind kind, Symbol name, Ast *ast, Span span) {
    Def *def = ARENA_NEW(c->arena, Def);
    def->kind = kind;
    def->name = name;
    def->module = c->module;
    def->ast = ast;
    def->span = span;
    return def;
}

// ---- predeclared types -----------------------------------------------------------------------------------------------

static Def *builtin(Checker *c, const char *name, BuiltinType builtin, int tparam_count) {
    Def *def = resolve_def(c, DEF_TYPE, intern_text(&c->context->names, name), NULL, (Span){0});
    def->builtin = builtin;
    def->form = FORM_BUILTIN;
    def->state = DONE;
    def->tparam_count = tparam_count;
    def->tparams = ARENA_ARRAY(c->arena, Def *, tparam_count + 1);
    for (int i = 0; i < tparam_count; i++) {
        Def *tparam = resolve_def(c, DEF_TPARAM, intern_text(&c->context->names, "T"), NULL, (Span){0});
        tparam->owner = def;
        tparam->index = i;
        tparam->type = type_new(c->arena, TYPE_PARAM, 0);
        tparam->type->def = tparam;
        def->tparams[i] = tparam;
    }
    map_put(c->arena, &c->types, def->name, def);
    return def;
}

void resolve_builtins(Checker *c) {
    Program *program = c->program;
    program->int_type = builtin(c, "Int", BUILTIN_INT, 0);
    program->float_type = builtin(c, "Float", BUILTIN_FLOAT, 0);
    program->bool_type = builtin(c, "Bool", BUILTIN_BOOL, 0);
    program->string_type = builtin(c, "String", BUILTIN_STRING, 0);
    program->never_type = builtin(c, "Never", BUILTIN_NEVER, 0);
    program->list_type = builtin(c, "List", BUILTIN_LIST, 1);
    program->stream_type = builtin(c, "Stream", BUILTIN_STREAM, 1);
    program->map_type = builtin(c, "Map", BUILTIN_MAP, 2);
    program->set_type = builtin(c, "Set", BUILTIN_SET, 1);
    program->future_type = builtin(c, "Future", BUILTIN_FUTURE, 1);
    program->promise_type = builtin(c, "Promise", BUILTIN_PROMISE, 1);
    program->portal_type = builtin(c, "Portal", BUILTIN_PORTAL, 2);
    c->bytes_type = type_con(c->arena, builtin(c, "Bytes", BUILTIN_BYTES, 0), NULL, 0);
    c->duration_type = type_con(c->arena, builtin(c, "Duration", BUILTIN_DURATION, 0), NULL, 0);
    c->any_type = type_con(c->arena, builtin(c, "Any", BUILTIN_ANY, 0), NULL, 0);
    c->int_type = type_con(c->arena, program->int_type, NULL, 0);
    c->float_type = type_con(c->arena, program->float_type, NULL, 0);
    c->bool_type = type_con(c->arena, program->bool_type, NULL, 0);
    c->string_type = type_con(c->arena, program->string_type, NULL, 0);
    c->never_type = type_con(c->arena, program->never_type, NULL, 0);
    c->unit_type = type_new(c->arena, TYPE_TUPLE, 0);
    c->error_type = type_new(c->arena, TYPE_ERROR, 0);
}

// ---- types and constructors ------------------------------------------------------------------------------------------

void resolve_tparams(Checker *c, Def *owner, Ast *list) {
    owner->tparam_count = list->kid_count;
    owner->tparams = ARENA_ARRAY(c->arena, Def *, list->kid_count + 1);
    Map seen = {0};
    for (int i = 0; i < list->kid_count; i++) {
        Ast *ast = list->kid[i];
        Def *tparam = resolve_def(c, DEF_TPARAM, ast->name, ast, resolve_name_span(ast));
        tparam->owner = owner;
        tparam->index = i;
        tparam->type = type_new(c->arena, TYPE_PARAM, 0);
        tparam->type->def = tparam;
        owner->tparams[i] = tparam;
        ast->def = tparam;
        Def *earlier = map_get(&seen, ast->name);
        if (earlier) report_duplicate(c, ast->name, tparam->span, earlier->span, "type parameter");
        map_put(c->arena, &seen, ast->name, tparam);
    }
}

static void add_ctor(Checker *c, Map *map, Def *ctor) {
    DefList *list = map_get(map, ctor->name);
    if (!list) {
        list = ARENA_NEW(c->arena, DefList);
        map_put(c->arena, map, ctor->name, list);
    }
    vec_push(c->arena, &list->items, ctor);
}

static Def *declare_ctor(Checker *c, Def *type, Ast *ast, Ast *fields, int index) {
    Def *ctor = resolve_def(c, DEF_CTOR, ast->name, ast, resolve_name_span(ast));
    ctor->owner = type;
    ctor->index = index;
    ctor->tparams = type->tparams;
    ctor->tparam_count = type->tparam_count;
    ctor->member_count = fields->kid_count;
    ctor->members = ARENA_ARRAY(c->arena, Def *, fields->kid_count + 1);
    Map seen = {0};
    for (int i = 0; i < fields->kid_count; i++) {
        Ast *field_ast = fields->kid[i];
        Def *field = resolve_def(c, DEF_FIELD, field_ast->name, field_ast, resolve_name_span(field_ast));
        field->owner = ctor;
        field->index = i;
        field_ast->def = field;
        ctor->members[i] = field;
        Def *earlier = map_get(&seen, field->name);
        if (earlier) report_duplicate(c, field->name, field->span, earlier->span, "field");
        map_put(c->arena, &seen, field->name, field);
    }
    add_ctor(c, &resolve_names(c, c->module)->ctors, ctor);
    if (c->module->library) add_ctor(c, &c->ctors, ctor);
    return ctor;
}

static void declare_variants(Checker *c, Def *type, Ast *variants) {
    type->member_count = variants->kid_count;
    type->members = ARENA_ARRAY(c->arena, Def *, variants->kid_count + 1);
    Map seen = {0};
    for (int i = 0; i < variants->kid_count; i++) {
        Ast *variant = variants->kid[i];
        Def *earlier = map_get(&seen, variant->name);
        if (earlier) report_duplicate(c, variant->name, resolve_name_span(variant), earlier->span, "variant");
        type->members[i] = variant->def = declare_ctor(c, type, variant, variant->kid[variant_fields], i);
        map_put(c->arena, &seen, variant->name, type->members[i]);
    }
}

static Def *declare_type(Checker *c, Ast *ast, TypeForm form, Ast *tparams) {
    Def *def = resolve_def(c, DEF_TYPE, ast->name, ast, resolve_name_span(ast));
    def->form = form;
    ast->def = def;
    resolve_tparams(c, def, tparams);
    Map *types = &resolve_names(c, c->module)->types;
    Def *earlier = map_get(types, ast->name);
    if (earlier)
        report_duplicate(c, ast->name, def->span, earlier->span, "type");
    else
        map_put(c->arena, types, ast->name, def);
    if (c->module->library && !earlier) map_put(c->arena, &c->types, ast->name, def);
    vec_push(c->arena, &c->type_defs, def);
    return def;
}

static void declare_record(Checker *c, Ast *ast) {
    Def *def = declare_type(c, ast, FORM_RECORD, ast->kid[record_tparams]);
    def->member_count = 1;
    def->members = ARENA_ARRAY(c->arena, Def *, 1);
    def->members[0] = declare_ctor(c, def, ast, ast->kid[record_fields], 0);
}

// ---- values ----------------------------------------------------------------------------------------------------------

static Def *declare_value(Checker *c, Ast *ast, DefKind kind, Symbol name, Span span) {
    Def *def = resolve_def(c, kind, name, ast, span);
    ast->def = def;
    Def *earlier = map_get(&c->module->scope, name);
    if (earlier)
        report_duplicate(c, name, span, earlier->span, "name");
    else
        map_put(c->arena, &c->module->scope, name, def);
    vec_push(c->arena, &c->value_defs, def);
    return def;
}

// A name that is known, but not what it means: its uses are not reported.
static void declare_wrong(Checker *c, Symbol name, Span span) {
    if (map_get(&c->module->scope, name)) return;
    Def *def = resolve_def(c, DEF_CONST, name, NULL, span);
    def->type = c->error_type;
    def->state = DONE;
    map_put(c->arena, &c->module->scope, name, def);
}

typedef struct Declaring {
    Checker *c;
    Def *whole;
} Declaring;

// A name of a top-level pattern: a constant that comes with the value of `whole`. One that the pattern binds twice is reported
// where the pattern is checked.
static void declare_name(void *data, Ast *name) {
    const Declaring *declaring = data;
    Checker *c = declaring->c;
    Def *whole = declaring->whole, *earlier = map_get(&c->module->scope, name->name);
    if (earlier && earlier->owner == whole) return;
    Span span = resolve_name_span(name);
    name->def = resolve_def(c, DEF_CONST, name->name, whole->ast, span);
    name->def->owner = whole;
    if (earlier)
        report_duplicate(c, name->name, span, earlier->span, "name");
    else
        map_put(c->arena, &c->module->scope, name->name, name->def);
}

// What messages call the constant that a pattern takes apart: the first line of the pattern.
static Symbol pattern_text(Checker *c, const Ast *pattern) {
    const char *text = source_file(&c->context->sources, pattern->span.file)->text + pattern->span.start;
    size_t size = pattern->span.end - pattern->span.start, line = strcspn(text, "\r\n");
    if (line >= size) return intern(&c->context->names, text, size);
    return report_symbol(c, arena_printf(c->arena, "%.*s ...", (int)line, text));
}

static void declare_const(Checker *c, Ast *ast) {
    Ast *pattern = ast->kid[const_pattern];
    if (pattern->kind == AST_p_name) {
        pattern->def = declare_value(c, ast, DEF_CONST, pattern->name, pattern->span);
        return;
    }
    Def *whole = resolve_def(c, DEF_CONST, pattern_text(c, pattern), ast, pattern->span);
    ast->def = whole;
    vec_push(c->arena, &c->value_defs, whole);
    pattern_names(pattern, declare_name, &(Declaring){c, whole});
}

static void declare_fn(Checker *c, Ast *ast) {
    Def *def = declare_value(c, ast, DEF_FN, ast->name, resolve_name_span(ast));
    resolve_tparams(c, def, ast->kid[fn_tparams]);
    def->foreign = ast->kid[fn_library];
    if (ast->kid[fn_body] || def->foreign || c->module->library) return;
    Diag *diag = diag_add(c->diags, DIAG_SYNTAX, def->span, "the function `%s` has no body", ast->name);
    diag_here(c->diags, diag, "only the standard library declares functions without one");
    diag_help(c->diags, diag, "write `= expression` or `{ ... }` after the header");
}

static void declare_workflow(Checker *c, Ast *ast) {
    Def *def = declare_value(c, ast, DEF_WORKFLOW, ast->name, resolve_name_span(ast));
    def->parametric = ast->kid[workflow_params]->kid_count > 0;
    resolve_tparams(c, def, ast->kid[workflow_tparams]);
}

static void declare_task(Checker *c, Ast *ast) {
    Def *def = declare_value(c, ast, DEF_TASK, ast->name, resolve_name_span(ast));
    resolve_tparams(c, def, ast->kid[task_tparams]);
}

// A generator is a task whose events are (): one for each atom that it is asked for.
static void make_task(Checker *c, Ast *ast) {
    Ast *task = ast_new(c->arena, AST_task, ast->span), *unit = ast_new(c->arena, AST_t_tuple, ast->span);
    unit->kid[t_tuple_elems] = ast_list(c->arena, ast->span);
    task->kid[task_tparams] = ast->kid[generator_tparams];
    task->kid[task_params] = ast->kid[generator_params];
    task->kid[task_input] = unit;
    task->kid[task_output] = ast->kid[generator_type];
    task->kid[task_asks] = ast_list(c->arena, ast->kid[generator_type]->span);
    task->kid[task_replies] = ast_list(c->arena, ast->kid[generator_type]->span);
    task->kid[task_items] = ast->kid[generator_items];
    ast->kind = AST_task;
    ast->kid = task->kid;
    ast->kid_count = task->kid_count;
}

static void declare_generator(Checker *c, Ast *ast) {
    make_task(c, ast);
    Def *def = declare_value(c, ast, DEF_TASK, ast->name, resolve_name_span(ast));
    def->generator = true;
    resolve_tparams(c, def, ast->kid[task_tparams]);
}

static void declare_connect(Checker *c, Ast *ast) {
    Def *def = resolve_def(c, DEF_CONNECT, report_symbol(c, "connect"), ast, ast->span);
    def->type = c->unit_type;
    ast->def = def;
    vec_push(c->arena, &c->value_defs, def);
}

static void declare_test(Checker *c, Ast *ast) {
    const Ast *title = ast->kid[test_title];
    Def *def = resolve_def(c, DEF_TEST, intern(&c->context->names, title->text, title->length), ast, ast->span);
    def->type = c->unit_type;
    ast->def = def;
    vec_push(c->arena, &c->value_defs, def);
}

static void declare(Checker *c, Ast *ast) {
    switch (ast->kind) {
    case AST_app:
    case AST_import: return;
    case AST_record: declare_record(c, ast); return;
    case AST_enum: declare_variants(c, declare_type(c, ast, FORM_ENUM, ast->kid[enum_tparams]), ast->kid[enum_variants]); return;
    case AST_alias: declare_type(c, ast, FORM_ALIAS, ast->kid[alias_tparams]); return;
    case AST_fn: declare_fn(c, ast); return;
    case AST_const: declare_const(c, ast); return;
    case AST_param: declare_value(c, ast, DEF_PARAM, ast->name, resolve_name_span(ast)); return;
    case AST_stream: declare_value(c, ast, DEF_STREAM, ast->name, resolve_name_span(ast)); return;
    case AST_workflow: declare_workflow(c, ast); return;
    case AST_task: declare_task(c, ast); return;
    case AST_portal: declare_value(c, ast, DEF_PORTAL, ast->name, resolve_name_span(ast)); return;
    case AST_sequencer:
        vec_push(c->arena, &c->sequencers, declare_value(c, ast, DEF_SEQUENCER, ast->name, resolve_name_span(ast)));
        return;
    case AST_connect: declare_connect(c, ast); return;
    case AST_splitter: declare_value(c, ast, DEF_SPLITTER, ast->name, resolve_name_span(ast)); return;
    case AST_generator: declare_generator(c, ast); return;
    case AST_use: declare_value(c, ast, DEF_USE, ast->name, resolve_name_span(ast)); return;
    case AST_test: declare_test(c, ast); return;
    default: assert(!"a declaration");
    }
}

static void second_app(Checker *c, const Ast *app, const Ast *first) {
    Diag *diag = diag_add(c->diags, DIAG_DUPLICATE_NAME, app->span, "a file is one app");
    diag_here(c->diags, diag, "the second `app`");
    report_label(c, diag, first->span, "the first one");
}

static void check_app_names(Checker *c, Module *module) {
    Ast *items = module->tree->kid[file_items], *app = NULL;
    for (int i = 0; i < items->kid_count; i++) {
        Ast *item = items->kid[i];
        if (item->kind != AST_app) continue;
        if (app) second_app(c, item, app);
        app = item;
    }
    if (app) module->name = app->name;
}

// A task and a constructor are both written with a capital: of one name, a use would not say which.
static void check_task_names(Checker *c, Module *module) {
    Map *ctors = &resolve_names(c, module)->ctors;
    Ast *items = module->tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++) {
        DefList *list = items->kid[i]->kind == AST_task ? map_get(ctors, items->kid[i]->name) : NULL;
        if (list) report_duplicate(c, items->kid[i]->name, resolve_name_span(items->kid[i]), list->items.items[0]->span, "name");
    }
}

// What only the program can declare is still known by its name.
static void declare_item(Checker *c, Module *module, Ast *item) {
    if (!resolve_belongs_to_program(c, module, item))
        declare(c, item);
    else if (item->kind != AST_app && item->name)
        declare_wrong(c, item->name, resolve_name_span(item));
}

void resolve_module(Checker *c, Module *module) {
    c->module = module;
    resolve_imports(c, module);
    Ast *items = module->tree->kid[file_items];
    for (int i = 0; i < items->kid_count; i++) declare_item(c, module, items->kid[i]);
    for (int i = 0; i < module->examples.count; i++) declare(c, module->examples.items[i]);
    if (module_is_app(module)) check_app_names(c, module);
    check_task_names(c, module);
}
