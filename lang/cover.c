// cover.c - what was read as an expression and turns out to be something else: the parameters of a closure, the target of an
// assignment, a type in brackets.
#include "lang/parser.h"

// ---- patterns ----

static Ast *to_pattern(Parser *p, Ast *e);

static Ast *no_pattern(Parser *p, const Ast *e) {
    diag_add(&p->context->diags, DIAG_SYNTAX, e->span, "this cannot be a parameter of a closure");
    return make(p, AST_p_wild, e->span, NULL);
}

static Ast *copy_name(Parser *p, AstKind kind, const Ast *from, Ast *const *kids) {
    Ast *node = make(p, kind, from->span, kids);
    node->name = from->name;
    node->name_span = from->name_span;
    node->qualifier = from->qualifier;
    return node;
}

// The `_` is a pattern after all.
static Ast *take_wild(Parser *p, Ast *wild) {
    int i = p->wilds.count - 1;
    while (i >= 0 && p->wilds.items[i] != wild) i--;
    if (i < 0) return wild;
    for (; i + 1 < p->wilds.count; i++) p->wilds.items[i] = p->wilds.items[i + 1];
    p->wilds.count--;
    return wild;
}

static Ast *to_rest(Parser *p, Ast *spread) {
    Ast *value = spread->kid[spread_value];
    if (value->kind == AST_p_wild) {
        take_wild(p, value);
        return make(p, AST_p_rest, spread->span, NULL);
    }
    if (value->kind != AST_name) return no_pattern(p, spread);
    Ast *rest = copy_name(p, AST_p_rest, value, NULL);
    rest->span = spread->span;
    return rest;
}

// An element of a list or tuple, or an argument of a constructor.
static Ast *to_part(Parser *p, Ast *e, AstKind whole) {
    if (e->kind == AST_spread && whole == AST_list_lit) return to_rest(p, e);
    if (e->kind != AST_arg) return to_pattern(p, e);
    return copy_name(p, AST_p_arg, e, KIDS(to_pattern(p, e->kid[arg_value])));
}

static Ast *to_parts(Parser *p, const Ast *list, AstKind whole) {
    Ast *parts = list_of(p, list->span, NULL);
    for (int i = 0; i < list->kid_count; i++) list_with(p, parts, to_part(p, list->kid[i], whole));
    return parts;
}

static bool is_number(const Ast *e) {
    return e->kind == AST_int || e->kind == AST_float;
}

static Ast *to_pattern(Parser *p, Ast *e) {
    switch (e->kind) {
    case AST_name: return copy_name(p, AST_p_name, e, NULL);
    case AST_p_wild: return take_wild(p, e);
    case AST_int:
    case AST_float:
    case AST_bool:
    case AST_string: return make(p, AST_p_literal, e->span, KIDS(e));
    case AST_unary:
        if (e->op != OP_NEG || !is_number(e->kid[unary_value])) return no_pattern(p, e);
        return make(p, AST_p_literal, e->span, KIDS(e));
    case AST_ctor: return copy_name(p, AST_p_ctor, e, KIDS(list_of(p, e->span, NULL)));
    case AST_call: {
        if (e->kid[call_callee]->kind != AST_ctor) return no_pattern(p, e);
        Ast *ctor = copy_name(p, AST_p_ctor, e->kid[call_callee], KIDS(to_parts(p, e->kid[call_args], AST_call)));
        ctor->span = e->span;
        return ctor;
    }
    case AST_tuple: return make(p, AST_p_tuple, e->span, KIDS(to_parts(p, e->kid[tuple_elems], AST_tuple)));
    case AST_list_lit: return make_pattern_list(p, e->span, to_parts(p, e->kid[list_lit_elems], AST_list_lit));
    default: return no_pattern(p, e);
    }
}

// ---- closures ----

static bool needs_parentheses(const Ast *e) {
    return e->kind == AST_list_lit || e->kind == AST_ctor || (e->kind == AST_call && e->kid[call_callee]->kind == AST_ctor);
}

static Ast *to_parameters(Parser *p, Ast *e) {
    bool parentheses = e->flags & FLAG_PARENS;
    if (e->kind == AST_tuple && !parentheses) return to_parts(p, e->kid[tuple_elems], AST_tuple);
    if (parentheses || e->kind == AST_name || e->kind == AST_p_wild) return list_of(p, e->span, to_pattern(p, e));
    Diags *diags = &p->context->diags;
    Diag *diag = diag_add(diags, DIAG_SYNTAX, e->span, "these cannot be the parameters of a closure");
    if (needs_parentheses(e))
        diag_help(diags, diag, "put the pattern in parentheses: `(pattern) => ...`");
    else if (e->kind == AST_call) // `1 (2, x) => 3`, where a comma is missing, reads as a call
        diag_help(diags, diag, "a closure is written `x => ...`; between the arms of a `match` in one line stands `,`");
    else
        diag_help(diags, diag, "a closure is written `x => ...` or `(x, y) => ...`, and in parentheses if it is an operand");
    return list_of(p, e->span, NULL);
}

Ast *make_closure(Parser *p, Span span, Ast *parameters, Ast *body) {
    if (!ast_is_expression(body->kind)) body = make(p, AST_block, body->span, KIDS(list_of(p, body->span, body)));
    return make(p, AST_closure, span, KIDS(to_parameters(p, parameters), body));
}

// ---- assignments ----

static bool can_be_assigned(const Ast *e) {
    if (e->kind == AST_name || e->kind == AST_index) return true;
    if (e->kind != AST_tuple || e->kid[tuple_elems]->kid_count == 0) return false;
    const Ast *elems = e->kid[tuple_elems];
    for (int i = 0; i < elems->kid_count; i++)
        if (!can_be_assigned(elems->kid[i])) return false;
    return true;
}

static void report_target(Parser *p, const Ast *e) {
    Diags *diags = &p->context->diags;
    Diag *diag = diag_add(diags, DIAG_SYNTAX, e->span, "nothing can be assigned to this expression");
    const Ast *of = e->kind == AST_member ? e->kid[member_object] : NULL;
    if (of && of->kind == AST_name && (!strcmp(of->name, "this") || !strcmp(of->name, "self"))) {
        diag_help(diags, diag, "a task's states are used by their names: `%s = value`", e->name);
    } else if (e->kind == AST_member) {
        diag_note(diags, diag, "records are values that never change");
        const char *object = e->kid[member_object]->kind == AST_name ? e->kid[member_object]->name : "x";
        diag_help(diags, diag, "assign a changed copy: `%s = R(..%s, %s: value)`", object, object, e->name);
    } else if (e->kind == AST_binary && e->op == OP_CONCAT) {
        diag_note(diags, diag, "`++` joins strings or lists, and goes on in the next line");
        diag_help(diags, diag, "`x += 1` adds 1 to a variable");
    } else if (e->kind == AST_binary && e->op == OP_SUB) {
        diag_help(diags, diag, "`x -= 1` takes 1 from a variable");
    } else if (e->kind == AST_ctor || e->kind == AST_call) {
        diag_help(diags, diag, "to take a value apart write `let` before the pattern");
    }
}

Ast *make_assign(Parser *p, Span span, Ast *target, Operator op, Ast *value) {
    if (!can_be_assigned(target)) report_target(p, target);
    return with_op(make(p, AST_assign, span, KIDS(target, value)), op);
}

// ---- types ----

static Ast *to_type(Parser *p, Ast *e);

static Ast *to_types(Parser *p, const Ast *list) {
    Ast *types = list_of(p, list->span, NULL);
    for (int i = 0; i < list->kid_count; i++) list_with(p, types, to_type(p, list->kid[i]));
    return types;
}

static Ast *to_type(Parser *p, Ast *e) {
    switch (e->kind) {
    case AST_type_arg: return e->kid[type_arg_type];
    case AST_ctor: return copy_name(p, AST_t_name, e, KIDS(list_of(p, e->span, NULL)));
    case AST_index:
        if (e->kid[index_object]->kind == AST_ctor) {
            Ast *type = copy_name(p, AST_t_name, e->kid[index_object], KIDS(to_types(p, e->kid[index_items])));
            type->span = e->span;
            return type;
        }
        break;
    case AST_tuple:
        return with_flag(make(p, AST_t_tuple, e->span, KIDS(to_types(p, e->kid[tuple_elems]))), e->flags & FLAG_PARENS, e->span);
    default: break;
    }
    diag_add(&p->context->diags, DIAG_SYNTAX, e->span, "expected a type");
    return make(p, AST_t_tuple, e->span, KIDS(list_of(p, e->span, NULL)));
}

Ast *make_type_arg(Parser *p, Span span, Ast *expression, Ast *result) {
    Ast *type = make_fn_type(p, span, to_type(p, expression), result);
    return make(p, AST_type_arg, span, KIDS(type));
}
