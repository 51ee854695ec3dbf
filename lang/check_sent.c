#include "lang/check_internal.h"

// Futures and promises stay in the task that made them: in its state and in what its handlers compute. They are not in what goes
// from one task to another or into the program as a whole: events, requests, replies, keys, parameters, constants. Where a type
// parameter stands there, each use of the generic definition counts.

// A future within `type`, reported at `span`; false: there is none.
static bool check_type(Checker *c, Type *type, Span span, const char *what) {
    const char *way;
    Type *found = check_find_within(c, type, check_is_future, &way);
    if (!found) return false;
    bool future = type_is(found, BUILTIN_FUTURE);
    Diag *diag = diag_add(c->diags, DIAG_FUTURE_SENT, span, "a %s stays in its task: %s cannot hold one",
                          future ? "future" : "promise", what);
    if (found == type_resolve(type))
        diag_here(c->diags, diag, "this is %s", way);
    else
        diag_here(c->diags, diag, "it would be in `%s`", way);
    diag_note(c->diags, diag, "only the task that made it can wait for a future, or complete a promise");
    diag_help(c->diags, diag, "%s",
              future ? "`await` it, and use the value that comes"
                     : "keep the promise in a state of the task, and use a number or name to find it again");
    return true;
}

static void check_annotation(Checker *c, const Ast *type, const char *what) {
    if (type) check_type(c, type->type, type->span, what);
}

static void check_parameters_of(Checker *c, const Ast *params, const char *what) {
    for (int i = 0; i < params->kid_count; i++) check_annotation(c, params->kid[i]->kid[parameter_type], what);
}

static void check_task(Checker *c, const Def *task) {
    const Ast *ast = task->ast;
    check_annotation(c, ast->kid[task_input], "an event");
    check_annotation(c, ast->kid[task_output], "an event");
    check_annotation(c, ast->kid[task_key_type], "a key");
    check_parameters_of(c, ast->kid[task_params], "a parameter of a task");
}

static void check_portal(Checker *c, const Ast *ast) {
    bool use = ast->kind == AST_use;
    check_annotation(c, ast->kid[use ? (int)use_type : (int)portal_request], "a request");
    check_annotation(c, ast->kid[use ? (int)use_reply : (int)portal_reply], "a reply");
}

// A stream or constant, whose type need not be written.
static void check_inferred(Checker *c, const Def *def, const Ast *annotation, const char *what) {
    Type *type = type_resolve(def->type);
    if (type_is(type, BUILTIN_STREAM)) type = type->args[0];
    check_type(c, type, annotation ? annotation->span : def->span, what);
}

static void check_definition(Checker *c, const Def *def) {
    const Ast *ast = def->ast;
    switch (def->kind) {
    case DEF_TASK: check_task(c, def); return;
    case DEF_PORTAL: check_portal(c, ast); return;
    case DEF_CONST: check_inferred(c, def, ast->kid[const_type], "a top-level `let`"); return;
    case DEF_STREAM: check_inferred(c, def, ast->kid[stream_type], "an event"); return;
    case DEF_SEQUENCER: check_inferred(c, def, check_sequencer_annotation(def), "an event"); return;
    case DEF_WORKFLOW:
        check_parameters_of(c, ast->kid[workflow_params], "a parameter of a workflow");
        if (!def->parametric) check_inferred(c, def, ast->kid[workflow_result], "an event");
        return;
    case DEF_USE:
        if (ast->op == USE_PORTAL)
            check_portal(c, ast);
        else
            check_annotation(c, ast->kid[use_type], "an event");
        return;
    default: return;
    }
}

// ---- uses of generic definitions -------------------------------------------------------------------------------------

// A part of the type of `def` that is sent, and has a future only in this use.
static bool check_part(Checker *c, const Instance *instance, Type *part, const char *what) {
    const Def *def = instance->def;
    const char *way;
    if (check_find_within(c, part, check_is_future, &way)) return false; // said at the declaration
    Type *type = type_substitute(c->arena, part, def->tparams, instance->targs, def->tparam_count);
    return check_type(c, type, instance->span, what);
}

static void check_instance(Checker *c, const Instance *instance) {
    const Def *def = instance->def;
    Type *type = def->type;
    if (type->kind != TYPE_FN) return;
    for (int i = 0; i < type->arg_count; i++) {
        Type *part = type_resolve(type->args[i]);
        bool stream = type_is(part, BUILTIN_STREAM), used = def->kind == DEF_TASK || def->parametric;
        if (stream ? check_part(c, instance, part->args[0], "an event")
                   : used && check_part(c, instance, part, "a parameter of a task or workflow"))
            return;
    }
}

void check_sent(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++)
        if (!c->value_defs.items[i]->module->library) check_definition(c, c->value_defs.items[i]);
    for (int i = 0; i < c->instances.count; i++) check_instance(c, &c->instances.items[i]);
}
