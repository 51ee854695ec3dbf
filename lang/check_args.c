#include "lang/check_internal.h"

#include <assert.h>

// Arguments: which belongs to which parameter, and whether they fit.

// ---- parameters ------------------------------------------------------------------------------------------------------

static Ast *parameter_list(const Def *def) {
    switch (def->kind) {
    case DEF_FN: return def->ast->kid[fn_params];
    case DEF_WORKFLOW: return def->ast->kid[workflow_params];
    default: return def->ast->kid[task_params];
    }
}

static void declared_parameter(Parameter *parameter, Ast *ast) {
    Ast *pattern = ast->kid[parameter_pattern];
    parameter->name = pattern->kind == AST_p_name ? pattern->name : NULL;
    parameter->value = ast->kid[parameter_value];
    parameter->span = pattern->span;
}

Parameters check_parameters(Checker *c, Def *def, Type *type) {
    Parameters params = {.def = def, .count = type->arg_count - 1};
    params.items = ARENA_ARRAY(c->arena, Parameter, params.count + 1);
    for (int i = 0; i < params.count; i++) {
        Parameter *parameter = &params.items[i];
        parameter->type = type->args[i];
        if (def->kind == DEF_CTOR) {
            parameter->name = def->members[i]->name;
            parameter->span = def->members[i]->span;
        } else if (def->kind != DEF_TASK) {
            declared_parameter(parameter, parameter_list(def)->kid[i]);
        } else if (i > 0) {
            declared_parameter(parameter, parameter_list(def)->kid[i - 1]);
        } else {
            parameter->span = def->span;
        }
    }
    return params;
}

// ---- order -----------------------------------------------------------------------------------------------------------

static bool too_many(Checker *c, const Ast *args, int index, const Parameters *params) {
    int hidden = params->def->kind == DEF_TASK; // the stream, which stands before `|>`
    int wanted = params->count - hidden, given = args->kid_count - hidden;
    const Ast *arg = args->kid[index], *first = args->kid[0];
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, arg->span, "`%s` takes %d argument%s, but %d %s given",
                          params->def->name, wanted, wanted == 1 ? "" : "s", given, given == 1 ? "is" : "are");
    diag_here(c->diags, diag, "one too many");
    report_label(c, diag, params->def->span, "`%s` is declared here", params->def->name);
    bool before = first->span.file == args->span.file && first->span.start < args->span.start;
    if (before && !hidden) diag_note(c->diags, diag, "the value before it is the first argument");
    return false;
}

static bool unknown_argument(Checker *c, const Ast *arg, const Parameters *params) {
    const char *what = params->def->kind == DEF_CTOR ? "field" : "parameter";
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, resolve_name_span(arg), "`%s` has no %s `%s`", params->def->name, what,
                          arg->name);
    diag_here(c->diags, diag, "no such %s", what);
    report_label(c, diag, params->def->span, "`%s` is declared here", params->def->name);
    const char **names = ARENA_ARRAY(c->arena, const char *, params->count + 1);
    int count = 0;
    for (int i = 0; i < params->count; i++)
        if (params->items[i].name) names[count++] = params->items[i].name;
    const char *similar = diag_nearest(arg->name, names, count);
    if (similar) diag_help(c->diags, diag, "did you mean `%s`?", similar);
    return false;
}

static bool repeated_argument(Checker *c, const Ast *arg, const Ast *earlier, const Parameters *params, int index) {
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, arg->span, "`%s` of `%s` is given twice", params->items[index].name,
                          params->def->name);
    diag_here(c->diags, diag, "given again here");
    report_label(c, diag, earlier->span, "first given here");
    return false;
}

static bool positional_after_named(Checker *c, const Ast *arg) {
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, arg->span, "an argument without a name follows one with a name");
    diag_here(c->diags, diag, "which parameter is this?");
    diag_help(c->diags, diag, "write its name, too: `name: value`");
    return false;
}

static int find_parameter(const Parameters *params, Symbol name) {
    for (int i = 0; i < params->count; i++)
        if (params->items[i].name == name) return i;
    return -1;
}

static bool missing(Checker *c, const Ast *call, const Parameters *params, Ast **ordered) {
    enum { MOST_SHOWN = 5 };
    Buf names = {0};
    int count = 0;
    for (int i = 0; i < params->count; i++) {
        if (ordered[i] || ++count > MOST_SHOWN) continue;
        const char *name = params->items[i].name;
        buf_printf(&names, "%s`%s: %s`", count > 1 ? ", " : "", name ? name : "_", report_type(c, params->items[i].type));
    }
    if (count > MOST_SHOWN) buf_printf(&names, " and %d more", count - MOST_SHOWN);
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, call->kid[call_callee]->span, "`%s` needs %d more argument%s: %s",
                          params->def->name, count, count == 1 ? "" : "s", buf_text(&names));
    diag_here(c->diags, diag, "%s missing", count == 1 ? "an argument is" : "arguments are");
    report_label(c, diag, params->def->span, "`%s` is declared here", params->def->name);
    buf_free(&names);
    return false;
}

// Puts the arguments into `ordered`, one place a parameter, the spread of an update behind them.
static bool place(Checker *c, const Ast *args, const Parameters *params, Ast **ordered) {
    bool named = false;
    for (int i = 0; i < args->kid_count; i++) {
        Ast *arg = args->kid[i];
        if (arg->kind == AST_spread) {
            if (ordered[params->count]) return positional_after_named(c, arg);
            ordered[params->count] = arg;
            named = true; // behind `..old` only names say what is changed
            continue;
        }
        if (arg->kind != AST_arg && named) return positional_after_named(c, arg);
        if (arg->kind != AST_arg && i >= params->count) return too_many(c, args, i, params);
        int index = i;
        if (arg->kind == AST_arg) {
            named = true;
            index = find_parameter(params, arg->name);
            if (index < 0) return unknown_argument(c, arg, params);
            if (ordered[index]) return repeated_argument(c, arg, ordered[index], params, index);
        }
        ordered[index] = arg->kind == AST_arg ? arg->kid[arg_value] : arg;
    }
    return true;
}

static bool update_allowed(Checker *c, const Ast *spread, const Def *def) {
    if (def->kind == DEF_CTOR && def->owner->form == FORM_RECORD) return true;
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, spread->span, "`..` copies the fields of a record, but `%s` makes none",
                          def->name);
    diag_here(c->diags, diag, "nothing can be copied here");
    return false;
}

bool check_arrange(Checker *c, Ast *call, const Parameters *params) {
    Ast **ordered = ARENA_ARRAY(c->arena, Ast *, params->count + 1);
    if (!place(c, call->kid[call_args], params, ordered)) return false;
    Ast *spread = ordered[params->count];
    if (spread && !update_allowed(c, spread, params->def)) return false;
    bool complete = true;
    for (int i = 0; i < params->count && !spread; i++) {
        if (!ordered[i]) ordered[i] = params->items[i].value;
        complete &= ordered[i] != NULL;
    }
    if (!complete) return missing(c, call, params, ordered);
    Ast *args = ast_list(c->arena, call->kid[call_args]->span);
    for (int i = 0; i < params->count + (spread ? 1 : 0); i++) ast_append(c->arena, args, ordered[i]);
    call->kid[call_args] = args;
    return true;
}

// ---- types -----------------------------------------------------------------------------------------------------------

typedef enum Turn { TURN_PLAIN, TURN_FUNCTIONS } Turn;

// Something that a parameter would take whose type is a task: what is wrong with the callee may be that it has none.
static bool may_be_task(Checker *c, const Ast *arg) {
    if (check_is_task(c, arg)) return true;
    if (arg->kind == AST_call) arg = arg->kid[call_callee];
    const Slot *slot = arg->kind == AST_name ? infer_lookup(c, arg->name) : NULL;
    if (slot) return slot->def->type && type_is_task(slot->def->type);
    const Def *def = arg->kind == AST_ctor ? map_get(&c->module->scope, arg->name) : NULL;
    return def && def->kind == DEF_TASK;
}

static void check_argument(Checker *c, Ast *arg, const Parameters *params, int index, bool typed) {
    const Parameter *parameter = &params->items[index];
    if (arg == parameter->value) return; // a default, checked at its declaration
    Expect expect = {.type = parameter->type, .why = parameter->span, .callee = params->def->name, .parameter = parameter->name};
    expect.reason = params->def->kind == DEF_CTOR ? "field" : params->def->kind == DEF_TASK && index == 0 ? "task" : "parameter";
    if (typed)
        arg->type = check_satisfies(c, arg, arg->type, &expect);
    else if (type_is_task(parameter->type))
        check_task_expr(c, arg, &expect);
    else if (type_is(parameter->type, BUILTIN_PORTAL))
        check_portal_argument(c, arg, &expect);
    else if (type_resolve(parameter->type)->kind == TYPE_ERROR && may_be_task(c, arg))
        infer_set(c, arg, c->error_type);
    else
        check_expr(c, arg, &expect);
}

// Closures and tasks come last, so that what they take is known by then.
static Turn turn_of(const Ast *arg, const Parameter *parameter) {
    return arg->kind == AST_closure || type_is_task(parameter->type) ? TURN_FUNCTIONS : TURN_PLAIN;
}

void check_arguments(Checker *c, Ast *args, const Parameters *params, int typed) {
    assert(args->kid_count >= params->count);
    for (Turn turn = TURN_PLAIN; turn <= TURN_FUNCTIONS; turn++)
        for (int i = 0; i < params->count; i++) {
            Ast *arg = args->kid[i];
            if (arg && turn_of(arg, &params->items[i]) == turn) check_argument(c, arg, params, i, i < typed);
        }
}

void check_arguments_alone(Checker *c, Ast *args, int typed) {
    c->body->tainted = true;
    for (int i = typed; i < args->kid_count; i++) {
        Ast *arg = args->kid[i];
        if (arg->kind == AST_arg) arg = arg->kid[arg_value];
        if (arg->kind == AST_spread) arg = arg->kid[spread_value];
        if (arg->kind != AST_closure && !may_be_task(c, arg)) check_expr(c, arg, NULL);
    }
}
