#include "lang/check_internal.h"

// Operators. Both sides have one type; there are no implicit conversions.

typedef enum OperatorClass { CLASS_SUM, CLASS_NUMBER, CLASS_INT, CLASS_JOIN, CLASS_COMPARE, CLASS_LOGIC } OperatorClass;

static OperatorClass class_of(Operator op) {
    switch (op) {
    case OP_ADD:
    case OP_SUB:
    case OP_NEG: return CLASS_SUM;
    case OP_MUL:
    case OP_DIV: return CLASS_NUMBER;
    case OP_REM:
    case OP_ADD_WRAP:
    case OP_SUB_WRAP:
    case OP_MUL_WRAP: return CLASS_INT;
    case OP_CONCAT: return CLASS_JOIN;
    case OP_AND:
    case OP_OR:
    case OP_NOT: return CLASS_LOGIC;
    default: return CLASS_COMPARE;
    }
}

static bool is_number(Type *type) {
    return type_is(type, BUILTIN_INT) || type_is(type, BUILTIN_FLOAT);
}

static bool works_on(Operator op, Type *type) {
    switch (class_of(op)) {
    case CLASS_SUM: return is_number(type) || type_is(type, BUILTIN_DURATION);
    case CLASS_NUMBER: return is_number(type);
    case CLASS_INT: return type_is(type, BUILTIN_INT);
    case CLASS_JOIN: return type_is(type, BUILTIN_STRING) || type_is(type, BUILTIN_LIST) || type_is(type, BUILTIN_BYTES);
    case CLASS_LOGIC: return type_is(type, BUILTIN_BOOL);
    case CLASS_COMPARE: return true;
    }
    return false;
}

static const char *operator_help(Checker *c, Operator op, Type *type) {
    type = type_resolve(type);
    if (op == OP_ADD && type_is(type, BUILTIN_STRING)) return "texts are joined by `++`, or within one: `\"{a}{b}\"`";
    if (op == OP_ADD && type_is(type, BUILTIN_LIST)) return "lists are joined by `++`";
    if (op == OP_CONCAT && type_is(type, BUILTIN_MAP)) return "maps are joined by `a.merge(b)`, or within one: `[..a, k: v]`";
    if (op == OP_CONCAT && type_is(type, BUILTIN_SET)) return "sets are joined by `a.union(b)`";
    if (op == OP_ADD && type_is(type, BUILTIN_BYTES)) return "Bytes are joined by `++`";
    if (op == OP_MUL && type_is(type, BUILTIN_DURATION)) return "`.times(n)` makes a Duration n times as long";
    if (op == OP_DIV && type_is(type, BUILTIN_DURATION))
        return "`.divided_by(n)` gives a part of a Duration, `.ratio(other)` says how many times as long as another one it is";
    if (op == OP_REM && type_is(type, BUILTIN_STRING)) return "values stand within a text: `\"{x}\"`";
    if (op == OP_CONCAT && is_number(type)) return "`++` joins texts, lists and Bytes: make a text, `\"{x}\"`, or add, `x += 1`";
    if (class_of(op) == CLASS_JOIN) return "`++` joins texts, lists and Bytes; make a text of other values: `\"{x}\"`";
    if (class_of(op) == CLASS_INT && type_is(type, BUILTIN_FLOAT)) return "it works on Int alone";
    if (type->kind == TYPE_CON && type->def == c->program->option_type)
        return "the value may be missing: `match` on it, or give one for that case with `.or(...)`";
    if (type_is(type, BUILTIN_FUTURE)) return "`await` waits for what comes of a future";
    if (type->kind == TYPE_PARAM) return "a type parameter can be any type: pass a function that does it";
    return NULL;
}

static Type *no_operator(Checker *c, Span span, Operator op, Type *type) {
    Diag *diag = diag_add(c->diags, DIAG_NO_OPERATOR, span, "`%s` does not work on %s", operator_text(op), report_type(c, type));
    diag_here(c->diags, diag, "this is %s", report_type(c, type));
    const char *help = operator_help(c, op, type);
    if (help) diag_help(c->diags, diag, "%s", help);
    return c->error_type;
}

// Both sides are checked and their types differ.
static Type *different_sides(Checker *c, Ast *left, Ast *right, UnifyResult result) {
    bool mixed = type_is(left->type, BUILTIN_INT) && type_is(right->type, BUILTIN_FLOAT);
    Ast *wrong = mixed ? left : right, *other = mixed ? right : left;
    Expect expect = {.type = other->type, .reason = mixed ? "right side" : "left side", .why = other->span};
    report_mismatch(c, wrong, wrong->type, &expect, result);
    return c->error_type;
}

// Checks the right side against the type of the left one, which is known to have the operator or is not known yet. Returns
// the type of both.
static Type *check_right(Checker *c, Ast *left, Ast *right) {
    Type *type = left->type;
    Expect expect = {.type = type, .reason = "left side", .why = left->span};
    if (!is_number(type)) {
        Type *found = type_resolve(check_expr(c, right, &expect));
        return found->kind == TYPE_ERROR ? found : type;
    }
    Type *found = check_expr(c, right, NULL);
    if (type_is(found, BUILTIN_NEVER)) return type;
    UnifyResult result = unify(c, type, found);
    return result == UNIFY_OK ? type : different_sides(c, left, right, result);
}

// Operands of one type that has the operator; returns the type.
static Type *check_sides(Checker *c, Ast *node, Operator op, Ast *left, Ast *right) {
    Type *type = type_resolve(left->type);
    if (type->kind == TYPE_ERROR || (type->kind != TYPE_VAR && !works_on(op, type))) {
        if (type->kind != TYPE_ERROR) no_operator(c, left->span, op, type);
        check_expr(c, right, NULL);
        return c->error_type;
    }
    bool unknown = type->kind == TYPE_VAR;
    Type *both = type_resolve(check_right(c, left, right));
    if (unknown && both->kind != TYPE_ERROR) infer_defer(c, node, op, both);
    return both;
}

static Type *check_logic(Checker *c, Ast *node) {
    Expect expect = {.type = c->bool_type, .note = "`&&` and `||` combine Bools"};
    check_expr(c, node->kid[binary_left], &expect);
    check_expr(c, node->kid[binary_right], &expect);
    return c->bool_type;
}

Type *check_binary(Checker *c, Ast *node, const Expect *expect) {
    Operator op = node->op;
    OperatorClass class = class_of(op);
    if (class == CLASS_LOGIC) return check_logic(c, node);
    Ast *left = node->kid[binary_left], *right = node->kid[binary_right];
    bool inward = class == CLASS_JOIN && expect && type_is(expect->type, BUILTIN_LIST);
    check_expr(c, left, inward ? expect : NULL);
    Type *type = check_sides(c, node, op, left, right);
    if (class != CLASS_COMPARE) return type;
    infer_trait(c, TRAIT_COMPARED, type, node->span);
    return c->bool_type;
}

Type *check_unary(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    Ast *value = node->kid[unary_value];
    if (node->op == OP_NOT) {
        Expect boolean = {.type = c->bool_type, .note = "`!` negates a Bool"};
        check_expr(c, value, &boolean);
        return c->bool_type;
    }
    Type *type = type_resolve(check_expr(c, value, NULL));
    if (type->kind == TYPE_VAR)
        infer_defer(c, node, OP_NEG, type);
    else if (type->kind != TYPE_ERROR && !works_on(OP_NEG, type))
        return no_operator(c, value->span, OP_NEG, type);
    return type;
}

Type *check_compound(Checker *c, Ast *assign) {
    return check_sides(c, assign, assign->op, assign->kid[assign_target], assign->kid[assign_value]);
}

void check_deferred(Checker *c, const Deferred *deferred) {
    Type *type = type_resolve(deferred->type);
    if (type->kind == TYPE_VAR || type->kind == TYPE_ERROR || works_on(deferred->op, type)) return;
    no_operator(c, deferred->node->span, deferred->op, type);
}
