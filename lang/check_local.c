#include "lang/check_internal.h"

// Local records are second-class values: they are made, passed on, taken apart, and forgotten. Nothing keeps them: not state,
// events or constants, not lists, maps, records and enums, and no type parameter stands for them, since what has it could keep
// them. Only other local records and tuples hold them; and a declared function may give one, since its type says so.

static Diag *report_kept(Checker *c, Type *type, Span span, const char *where) {
    const char *way;
    Type *record = check_find_within(c, type, check_is_local_record, &way);
    Diag *diag = diag_add(c->diags, DIAG_LOCAL_KEPT, span, "a local record cannot be kept %s", where);
    if (record == type_resolve(type))
        diag_here(c->diags, diag, "`%s` is a local record", way);
    else
        diag_here(c->diags, diag, "it has the local record `%s`", way);
    report_label(c, diag, record->def->span, "declared here");
    return diag;
}

// A field that could be kept instead, in words.
static const char *instead(Checker *c, Type *type) {
    const char *way;
    const Def *ctor = check_find_within(c, type, check_is_local_record, &way)->def->members[0];
    for (int i = 0; i < ctor->member_count; i++) {
        Type *field = ctor->members[i]->type;
        if (!check_is_second_class(field) && !check_has_function(field))
            return arena_printf(c->arena, ", such as its field `%s`,", ctor->members[i]->name);
    }
    return "";
}

static bool check_place(Checker *c, Type *type, Span span, const char *where) {
    if (!check_is_second_class(type)) return false;
    diag_help(c->diags, report_kept(c, type, span, where),
              "keep what is in it that can be kept%s and make a new one when it is needed", instead(c, type));
    return true;
}

static void check_annotation(Checker *c, const Ast *type, const char *where) {
    if (type) check_place(c, type->type, type->span, where);
}

// ---- types that cannot be --------------------------------------------------------------------------------------------

// A type that holds a second-class one where it cannot, or a function that gives one.
static bool is_misuse(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_FN && check_is_second_class(type->args[type->arg_count - 1])) return true;
    bool holds = type->kind == TYPE_CON && !check_is_local_record(type);
    for (int i = 0; i < type->arg_count; i++)
        if ((holds && check_is_second_class(type->args[i])) || is_misuse(type->args[i])) return true;
    return false;
}

static void report_misuse(Checker *c, Type *type, Span span) {
    bool gives = type_resolve(type)->kind == TYPE_FN;
    Diag *diag = diag_add(c->diags, DIAG_LOCAL_KEPT, span,
                          gives ? "no function value gives a local record" : "a local record cannot be within another value");
    diag_here(c->diags, diag, "this is %s", report_type(c, type));
    diag_help(c->diags, diag, "%s",
              gives ? "a function that is declared with `fn`, and called by its name, may give one"
                    : "local records are passed on one by one, in tuples, or within other local records");
}

// A written type; what an alias without arguments stands for is said where that is declared.
static void check_written(Checker *c, const Ast *node) {
    bool plain = node->kind == AST_t_name && !node->kid[t_name_args]->kid_count;
    if (plain || node->kind == AST_t_tuple || !node->type || !is_misuse(node->type)) return;
    const Ast *parts = node->kid[node->kind == AST_t_name ? (int)t_name_args : (int)t_fn_params];
    for (int i = 0; i < parts->kid_count; i++)
        if (is_misuse(parts->kid[i]->type)) return; // said of that
    if (node->kind != AST_t_fn || !is_misuse(node->kid[t_fn_result]->type)) report_misuse(c, node->type, node->span);
}

// ---- declarations ----------------------------------------------------------------------------------------------------

static void check_fields(Checker *c, const Ast *fields, const char *where) {
    for (int i = 0; i < fields->kid_count; i++) check_annotation(c, fields->kid[i]->kid[field_type], where);
}

static void check_parameters_of(Checker *c, const Ast *params, const char *where) {
    for (int i = 0; i < params->kid_count; i++) check_annotation(c, params->kid[i]->kid[parameter_type], where);
}

static void check_task(Checker *c, const Ast *task) {
    check_annotation(c, task->kid[task_input], "in an event");
    check_annotation(c, task->kid[task_output], "in an event");
    check_annotation(c, task->kid[task_key_type], "in a key");
    check_parameters_of(c, task->kid[task_params], "in a parameter of a task");
    const Ast *items = task->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_state) check_annotation(c, items->kid[i]->kid[state_type], "in a state");
}

static void check_declaration(Checker *c, const Ast *ast) {
    switch (ast->kind) {
    case AST_record:
        if (!(ast->flags & FLAG_LOCAL)) check_fields(c, ast->kid[record_fields], "in a record that is not `local`");
        return;
    case AST_variant: check_fields(c, ast->kid[variant_fields], "in an enum"); return;
    case AST_task: check_task(c, ast); return;
    case AST_portal:
        check_annotation(c, ast->kid[portal_request], "in a request");
        check_annotation(c, ast->kid[portal_reply], "in a reply");
        return;
    case AST_use:
        check_annotation(c, ast->kid[use_type], "in an event or request");
        check_annotation(c, ast->kid[use_reply], "in a reply");
        return;
    case AST_stream: check_annotation(c, ast->kid[stream_type], "in an event"); return;
    case AST_sequencer: check_annotation(c, ast->kid[sequencer_type], "in an event"); return;
    case AST_workflow: check_parameters_of(c, ast->kid[workflow_params], "in a parameter of a workflow"); return;
    case AST_const: check_place(c, ast->kid[const_pattern]->type, ast->kid[const_pattern]->span, "in a top-level `let`"); return;
    default: return;
    }
}

// ---- values ----------------------------------------------------------------------------------------------------------

static void check_elements(Checker *c, const Ast *literal, int from, int to) {
    Type *type = type_resolve(literal->type);
    for (int i = from; i <= to; i++) {
        if (!check_is_second_class(type->args[i])) continue;
        const char *where = literal->kind == AST_list_lit ? "in a list" : "in a map";
        diag_help(c->diags, report_kept(c, type->args[i], literal->span, where), "pass it on by itself, or in a tuple");
        return;
    }
}

static void check_closure_result(Checker *c, const Ast *closure) {
    Type *type = type_resolve(closure->type), *result = type->args[type->arg_count - 1];
    if (check_is_second_class(result)) report_misuse(c, type, closure->span);
}

// A function or constructor that is passed on, not called.
static void check_function_value(Checker *c, const Ast *name) {
    bool function = name->def && (name->def->kind == DEF_FN || name->def->kind == DEF_CTOR);
    if (function && name->type && type_resolve(name->type)->kind == TYPE_FN && is_misuse(name->type))
        report_misuse(c, name->type, name->span);
}

static void check_node(Checker *c, const Ast *node) {
    switch (node->kind) {
    case AST_list_lit: check_elements(c, node, 0, 0); return;
    case AST_map_lit: check_elements(c, node, 0, 1); return;
    case AST_closure: check_closure_result(c, node); return;
    case AST_name:
    case AST_ctor: check_function_value(c, node); return;
    case AST_t_name:
    case AST_t_fn: check_written(c, node); return;
    default: check_declaration(c, node); return;
    }
}

static void look(Checker *c, const Ast *node) {
    if (!node) return;
    check_node(c, node);
    for (int i = 0; i < node->kid_count; i++) {
        const Ast *kid = node->kid[i];
        bool called = node->kind == AST_call && i == call_callee && (kid->kind == AST_name || kid->kind == AST_ctor);
        if (!called) look(c, kid);
    }
}

static bool mentions(Type *type, const Def *tparam) {
    type = type_resolve(type);
    if (type->kind == TYPE_PARAM) return type->def == tparam;
    for (int i = 0; i < type->arg_count; i++)
        if (mentions(type->args[i], tparam)) return true;
    return false;
}

// Whether the function takes something in which values of the parameter are kept, or that gives one: then the mistake was said
// where that was made.
static bool is_told(const Def *def, const Def *tparam) {
    if (def->kind == DEF_CTOR && def->type->kind != TYPE_FN) return true; // `None`: there is nothing in it
    if ((def->kind != DEF_FN && def->kind != DEF_CTOR) || def->type->kind != TYPE_FN) return false;
    for (int i = 0; i < def->type->arg_count - 1; i++) {
        Type *type = type_resolve(def->type->args[i]);
        if (type->kind == TYPE_FN ? mentions(type->args[type->arg_count - 1], tparam)
                                  : type->kind == TYPE_CON && mentions(type, tparam))
            return true;
    }
    return false;
}

static void check_instance(Checker *c, const Instance *instance) {
    const Def *def = instance->def;
    if (def->kind == DEF_CTOR && def->owner->ast && def->owner->ast->flags & FLAG_LOCAL) return;
    for (int i = 0; i < def->tparam_count; i++) {
        if (!check_is_second_class(instance->targs[i]) || is_told(def, def->tparams[i])) continue;
        const char *where = arena_printf(c->arena, "by `%s`, which takes values of any type", def->name);
        Diag *diag = report_kept(c, instance->targs[i], instance->span, where);
        diag_help(
            c->diags, diag,
            "a type parameter never stands for a local record: pass what can be kept%s or declare a function of this very type",
            instead(c, instance->targs[i]));
        return;
    }
}

// ---- all of it -------------------------------------------------------------------------------------------------------

static bool has_local_records(const Checker *c) {
    for (int i = 0; i < c->type_defs.count; i++)
        if (c->type_defs.items[i]->ast->flags & FLAG_LOCAL) return true;
    return false;
}

void check_local_records(Checker *c) {
    bool records = has_local_records(c);
    for (int i = check_first_module(c); records && i < c->context->modules.count; i++)
        look(c, c->context->modules.items[i]->tree);
    for (int i = 0; records && i < c->instances.count; i++) check_instance(c, &c->instances.items[i]);
    if (records || c->effects) check_lives(c);
}
