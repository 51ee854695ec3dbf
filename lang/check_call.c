#include "lang/check_internal.h"

#include <string.h>

// Calls in all their forms: functions, constructors, tasks, methods, pipes, function values.

// A call while it is being worked out.
typedef struct Call {
    Ast *node;
    Ast *callee;
    const Expect *expect;
    int typed;    // how many arguments at the beginning have their type already
    bool applied; // the first of them stands before a `|>` or `.`
} Call;

static Type *give_up(Checker *c, const Call *call) {
    check_arguments_alone(c, call->node->kid[call_args], call->typed);
    return c->error_type;
}

// ---- definitions -----------------------------------------------------------------------------------------------------

static Type *no_arguments(Checker *c, const Call *call, const Def *def) {
    Diag *diag =
        diag_add(c->diags, DIAG_WRONG_ARGUMENTS, call->node->span, "`%s` has no fields, so it takes no arguments", def->name);
    diag_here(c->diags, diag, "called like a function");
    diag_help(c->diags, diag, "write `%s` alone", def->name);
    return give_up(c, call);
}

// stream.union is the one function of any number of arguments, all of one type.
static bool is_union(Checker *c, const Def *def) {
    return def->module == c->stream_module && strcmp(def->name, "union") == 0;
}

static Type *call_union(Checker *c, const Call *call, Type *type) {
    Ast *args = call->node->kid[call_args];
    Type *stream = type->args[0];
    Expect expect = {.type = stream, .note = "all streams of a `union` have events of one type"};
    for (int i = 0; i < args->kid_count; i++) {
        Ast *arg = args->kid[i];
        if (i < call->typed)
            arg->type = check_satisfies(c, arg, arg->type, &expect);
        else
            check_expr(c, arg, &expect);
    }
    if (args->kid_count) return stream;
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, call->node->span, "`union` needs a stream");
    diag_here(c->diags, diag, "expected one stream or more");
    return c->error_type;
}

// Lets what is expected of the call flow into its arguments, if it can be what the function gives.
static void expect_result(Checker *c, const Call *call, Type *result) {
    if (!call->expect) return;
    Type *expected = type_resolve(call->expect->type);
    if (expected->kind == TYPE_VAR || type_is(result, BUILTIN_NEVER)) return;
    // Along a chain of `|>` a mismatch is said of the stage that does not fit, not of what its source is made of.
    if (!type_is(expected, BUILTIN_STREAM)) unify_try(c, expected, result);
}

static void check_updated(Checker *c, const Call *call, int count, Type *result) {
    Ast *args = call->node->kid[call_args];
    if (args->kid_count == count) return;
    Ast *spread = args->kid[count];
    Expect expect = {.type = result, .note = "`..` copies the fields of a record of the same type"};
    check_expr(c, spread->kid[spread_value], &expect);
    infer_set(c, spread, result);
}

static Type *call_def(Checker *c, const Call *call, Def *def) {
    Type *type = infer_set(c, call->callee, check_use(c, call->callee, def));
    if (type->kind == TYPE_ERROR) return give_up(c, call);
    if (type->kind != TYPE_FN) return no_arguments(c, call, def);
    if (is_union(c, def)) return call_union(c, call, type);
    Parameters params = check_parameters(c, def, type);
    if (!check_arrange(c, call->node, &params)) return give_up(c, call);
    Type *result = type->args[params.count];
    expect_result(c, call, result);
    check_updated(c, call, params.count, result);
    check_arguments(c, call->node->kid[call_args], &params, call->typed);
    return result;
}

// ---- values ----------------------------------------------------------------------------------------------------------

static Type *not_callable(Checker *c, const Call *call, Type *type) {
    Diag *diag = diag_add(c->diags, DIAG_NOT_CALLABLE, call->callee->span, "this is called, but it is no function");
    diag_here(c->diags, diag, "this is %s", report_type(c, type));
    return give_up(c, call);
}

static bool plain_arguments(Checker *c, const Call *call) {
    Ast *args = call->node->kid[call_args];
    for (int i = 0; i < args->kid_count; i++) {
        if (args->kid[i]->kind != AST_arg && args->kid[i]->kind != AST_spread) continue;
        Diag *diag =
            diag_add(c->diags, DIAG_WRONG_ARGUMENTS, args->kid[i]->span, "a function value takes its arguments by position");
        diag_here(c->diags, diag, "its parameters have no names");
        return false;
    }
    return true;
}

static Type *argument_type(Checker *c, const Call *call, int i) {
    Ast *arg = call->node->kid[call_args]->kid[i];
    return i < call->typed ? arg->type : check_expr(c, arg, NULL);
}

// The callee is a closure on the spot, or of unknown type: the arguments say what its parameters are.
static Type *call_by_arguments(Checker *c, const Call *call) {
    int count = call->node->kid[call_args]->kid_count;
    Type *function = type_new(c->arena, TYPE_FN, count + 1);
    for (int i = 0; i < count; i++) function->args[i] = argument_type(c, call, i);
    function->args[count] = infer_var(c, ORIGIN_RESULT, call->node->span, NULL, NULL);
    Expect expect = {.type = function};
    if (call->callee->kind == AST_closure)
        check_expr(c, call->callee, &expect);
    else
        call->callee->type = check_satisfies(c, call->callee, call->callee->type, &expect);
    return function->args[count];
}

static Type *wrong_count(Checker *c, const Call *call, Type *type) {
    int given = call->node->kid[call_args]->kid_count, wanted = type->arg_count - 1;
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, call->node->span, "this function takes %d argument%s, but %d %s given",
                          wanted, wanted == 1 ? "" : "s", given, given == 1 ? "is" : "are");
    diag_here(c->diags, diag, "it is %s", report_type(c, type));
    return give_up(c, call);
}

// The callee is a value of this type.
static Type *call_typed(Checker *c, const Call *call, Type *type) {
    Ast *args = call->node->kid[call_args];
    type = type_resolve(type);
    if (type->kind == TYPE_ERROR) return give_up(c, call);
    if (type->kind == TYPE_VAR) return call_by_arguments(c, call);
    if (type->kind != TYPE_FN) return not_callable(c, call, type);
    if (type->arg_count != args->kid_count + 1) return wrong_count(c, call, type);
    expect_result(c, call, type->args[args->kid_count]);
    for (int i = 0; i < args->kid_count; i++) {
        Expect expect = {.type = type->args[i]};
        if (i < call->typed)
            args->kid[i]->type = check_satisfies(c, args->kid[i], args->kid[i]->type, &expect);
        else
            check_expr(c, args->kid[i], &expect);
    }
    return type->args[args->kid_count];
}

static Type *call_value(Checker *c, const Call *call) {
    if (!plain_arguments(c, call)) return give_up(c, call);
    if (call->callee->kind == AST_closure) return call_by_arguments(c, call);
    return call_typed(c, call, check_expr(c, call->callee, NULL));
}

// What a closure of `wrap` calls the task that it wraps.
static Type *call_inner(Checker *c, const Call *call, Def *def) {
    if (!check_inner_is_near(c, call->callee)) return give_up(c, call);
    if (!plain_arguments(c, call)) return give_up(c, call);
    return call_typed(c, call, infer_set(c, call->callee, check_use(c, call->callee, def)));
}

// ---- names -----------------------------------------------------------------------------------------------------------

// A function of `stream` gives way to the one of the same name of the module of its first argument.
static Def *give_way(Checker *c, Call *call, Def *def) {
    Ast *args = call->node->kid[call_args];
    if (!args->kid_count || args->kid[0]->kind == AST_arg || args->kid[0]->kind == AST_spread ||
        args->kid[0]->kind == AST_closure)
        return def;
    Type *type = call->typed ? args->kid[0]->type : check_expr(c, args->kid[0], NULL);
    call->typed = 1;
    Module *module = check_module_of(c, type);
    Def *other = module ? map_get(&module->scope, def->name) : NULL;
    return other && other->kind == DEF_FN ? other : def;
}

static bool gives_way(const Checker *c, const Call *call, const Def *def) {
    return def->module == c->stream_module && c->module != c->stream_module && !call->callee->qualifier && !call->callee->targs;
}

// An operator on what is no stream, as in `print(x)`: that the two do not fit would be only half of the truth.
static bool is_misplaced(const Checker *c, const Call *call, const Def *def) {
    if (def->module != c->stream_module || !call->typed || !c->body || c->body->owner_streams) return false;
    Type *given = type_resolve(call->node->kid[call_args]->kid[0]->type);
    return given->kind != TYPE_ERROR && given->kind != TYPE_VAR && !type_is(given, BUILTIN_STREAM) &&
           type_is(def->type->args[0], BUILTIN_STREAM);
}

static Type *misplaced(Checker *c, Call *call, Def *def) {
    call->callee->def = def;
    check_misplaced_stream(c, call->callee);
    call->callee->def = NULL;
    infer_set(c, call->callee, c->error_type);
    return give_up(c, call);
}

// What a generator takes is not written: it comes where a task has its stream.
static void give_ticks(Checker *c, Call *call) {
    Ast *args = call->node->kid[call_args], *ticks = ast_new(c->arena, AST_ticks, call->node->span);
    if (call->typed) return;
    infer_set(c, ticks, type_con(c->arena, c->program->stream_type, &c->unit_type, 1));
    check_prepend(c, call->node, ticks);
    call->node->kid[call_args]->span = args->span;
    call->typed = 1;
}

static Type *call_function(Checker *c, Call *call, Def *def) {
    if (gives_way(c, call, def)) def = give_way(c, call, def);
    return is_misplaced(c, call, def) ? misplaced(c, call, def) : call_def(c, call, def);
}

static Type *call_combinator(Checker *c, Call *call, Def *def) {
    call->callee->def = def;
    if (call->applied) return check_combined(c, call->node, call->typed);
    infer_set(c, call->callee, c->error_type);
    return check_task_as_value(c, call->node, arena_printf(c->arena, "`%s`", def->name));
}

static Type *call_local(Checker *c, Call *call, Def *def) {
    if (def->inner) return call_inner(c, call, def);
    return call->applied && type_is_task(def->type) ? check_application(c, call->node, call->typed) : call_value(c, call);
}

static Type *call_named(Checker *c, Call *call, Def *def) {
    switch (def->kind) {
    case DEF_FN: return combinator_of(def) == COMBINE_NOT ? call_function(c, call, def) : call_combinator(c, call, def);
    case DEF_TASK:
        if (def->generator) give_ticks(c, call);
        return call_def(c, call, def);
    case DEF_CTOR: return call_def(c, call, def);
    case DEF_LOCAL: return call_local(c, call, def);
    default: return def->parametric ? call_function(c, call, def) : call_value(c, call);
    }
}

static Type *call_by_name(Checker *c, Call *call) {
    if (check_means_seal(c, call->callee)) {
        check_called_seal(c, call->callee);
        return give_up(c, call);
    }
    Def *def = check_find_value(c, call->callee);
    if (def) return call_named(c, call, def);
    infer_set(c, call->callee, c->error_type);
    return give_up(c, call);
}

static Type *call_ctor(Checker *c, Call *call) {
    Def *def = check_find_ctor(c, call->callee, call->expect ? call->expect->type : NULL);
    if (def) return call_named(c, call, def);
    infer_set(c, call->callee, c->error_type);
    return give_up(c, call);
}

static Type *call_method(Checker *c, Call *call) {
    Def *def = check_method(c, call->node);
    if (!def) return give_up(c, call);
    call->typed = 1;
    call->applied = true;
    Type *type = call_named(c, call, def);
    // That the receiver does not fit means that another function was meant.
    return call->node->kid[call_args]->kid[0]->type->kind == TYPE_ERROR ? c->error_type : type;
}

static Type *call_module_member(Checker *c, Call *call) {
    Def *def = call->callee->def;
    return def ? call_named(c, call, def) : give_up(c, call);
}

static Type *call_index(Checker *c, Call *call) {
    Ast *object = call->callee->kid[index_object];
    switch (check_index_meaning(c, call->callee)) {
    case INDEX_WRONG: return give_up(c, call);
    case INDEX_ELEMENT: return call_value(c, call);
    case INDEX_TYPES: break;
    }
    call->node->kid[call_callee] = call->callee = object;
    return call_named(c, call, object->def);
}

static Type *check_any_call(Checker *c, Call *call) {
    bool parens = call->callee->flags & FLAG_PARENS, name = call->callee->kind == AST_name || call->callee->kind == AST_ctor;
    bool whole = parens || call->callee->kind == AST_then;
    if (call->applied && whole && check_is_task(c, call->callee)) return check_application(c, call->node, call->typed);
    if (parens && !(call->applied && name)) return call_value(c, call); // `(r.f)(x)`, `(xs[i])(x)`
    switch (call->callee->kind) {
    case AST_name: return call_by_name(c, call);
    case AST_ctor: return call_ctor(c, call);
    case AST_index: return call_index(c, call);
    case AST_member: return check_module_member(c, call->callee) ? call_module_member(c, call) : call_method(c, call);
    default: return call_value(c, call);
    }
}

Type *check_call(Checker *c, Ast *node, const Expect *expect) {
    Call call = {.node = node, .callee = node->kid[call_callee], .expect = expect};
    return check_any_call(c, &call);
}

Type *check_call_with(Checker *c, Ast *node, Ast *first) {
    check_prepend(c, node, first);
    Call call = {.node = node, .callee = node->kid[call_callee], .typed = 1, .applied = true};
    return check_any_call(c, &call);
}

// `x |> f(y)` is `f(x, y)`; `x |> g` is `g(x)`.
Type *check_pipe(Checker *c, Ast *node, const Expect *expect) {
    Ast *left = node->kid[pipe_left], *right = node->kid[pipe_right];
    bool called = right->kind == AST_call && !(right->flags & FLAG_PARENS);
    bool field = right->kind == AST_member && !check_module_member(c, right);
    node->kind = AST_call;
    node->kid[call_callee] = called ? right->kid[call_callee] : right;
    node->kid[call_args] = called ? right->kid[call_args] : ast_list(c->arena, left->span);
    check_prepend(c, node, left);
    Call call = {.node = node, .callee = node->kid[call_callee], .expect = expect, .applied = true};
    if (field) return call_value(c, &call);
    if (right->kind == AST_name && right->qualifier) return call_module_member(c, &call);
    return check_any_call(c, &call);
}
