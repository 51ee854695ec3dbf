#include "lang/check_internal.h"

// Closures: their parameters learn their types from where the closure is passed.

// Types for the parameters of a closure where a function of type `expected` (or anything: NULL) is wanted.
static Type **closure_parameters(Checker *c, Ast *node, Type *expected) {
    Ast *params = node->kid[closure_params];
    int count = params->kid_count;
    Type **types = ARENA_ARRAY(c->arena, Type *, count + 1);
    for (int i = 0; i < count; i++) {
        Ast *pattern = params->kid[i];
        bool known = expected && expected->arg_count == count + 1;
        types[i] = known ? expected->args[i] : infer_var(c, ORIGIN_BINDING, pattern->span, pattern->name, NULL);
    }
    if (!expected || expected->arg_count != 2 || count < 2) return types;
    // A function of one tuple is wanted: the parameters are its elements.
    Type *tuple = type_new(c->arena, TYPE_TUPLE, count);
    for (int i = 0; i < count; i++) tuple->args[i] = types[i];
    if (unify(c, expected->args[0], tuple) == UNIFY_OK) node->flags |= FLAG_UNTUPLE;
    return types;
}

static Type *wrong_parameter_count(Checker *c, Ast *node, Type *expected) {
    int given = node->kid[closure_params]->kid_count, wanted = expected->arg_count - 1;
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, node->span, "this closure takes %d parameter%s, but %d %s passed to it",
                          given, given == 1 ? "" : "s", wanted, wanted == 1 ? "value is" : "values are");
    diag_here(c->diags, diag, "expected %s", report_type(c, expected));
    if (given == 1 && wanted == 2)
        diag_help(c->diags, diag, "write a closure of two parameters, `(a, b) => ...`");
    else if (given == 2 && wanted == 1)
        diag_help(c->diags, diag, "`xs.enumerate()` is a list of the elements of a list with their places, as pairs");
    return c->error_type;
}

static bool is_wrapper(const Checker *c, const Ast *closure) {
    const Ast *params = closure->kid[closure_params];
    return c->body->wrapping && params->kid_count && c->body->wrapping->inner == params->kid[0];
}

// The closure of a `wrap` is a handler of events.
static void check_wrapper(Checker *c, Ast *node) {
    Ast *body = node->kid[closure_body];
    Def *inner = node->kid[closure_params]->kid[0]->def;
    node->flags |= FLAG_WRAPPER;
    if (inner) inner->inner = true;
    c->body->frame->ignores_result = true;
    if (body->kind == AST_block)
        check_ignored_body(c, body);
    else
        check_ignored(c, body);
}

static Type *function_of(Checker *c, Ast *node, Type **params, Type *result) {
    Ast *patterns = node->kid[closure_params];
    Frame frame = {.outer = c->body->frame, .result = {.type = result}};
    int mark = infer_open(c);
    c->body->frame = &frame;
    c->body->closure_depth++;
    for (int i = 0; i < patterns->kid_count; i++) {
        check_pattern(c, patterns->kid[i], params[i]);
        infer_irrefutable(c, patterns->kid[i]);
    }
    if (is_wrapper(c, node))
        check_wrapper(c, node);
    else
        check_value(c, node->kid[closure_body], &frame.result);
    c->body->closure_depth--;
    c->body->frame = frame.outer;
    infer_close(c, mark);
    Type *type = type_new(c->arena, TYPE_FN, patterns->kid_count + 1);
    for (int i = 0; i < patterns->kid_count; i++) type->args[i] = params[i];
    type->args[patterns->kid_count] = result;
    return type;
}

Type *check_closure(Checker *c, Ast *node, const Expect *expect) {
    Type *expected = expect ? type_resolve(expect->type) : NULL;
    if (expected && expected->kind != TYPE_FN) expected = NULL;
    Type **params = closure_parameters(c, node, expected);
    Type *result = expected ? expected->args[expected->arg_count - 1] : infer_var(c, ORIGIN_RESULT, node->span, NULL, NULL);
    Type *type = function_of(c, node, params, result);
    if (node->flags & FLAG_UNTUPLE) return expected;
    if (!expected || expected->arg_count == type->arg_count) return type;
    return wrong_parameter_count(c, node, expected);
}
