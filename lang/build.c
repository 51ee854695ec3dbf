// build.c - nodes of the tree, as the grammar's actions make them.
#include "lang/parser.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "grammar.h"

// ---- nodes ----

Ast *make(Parser *p, AstKind kind, Span span, Ast *const *kids) {
    Ast *node = ast_new(p->arena, kind, span);
    for (int i = 0; kids && i < node->kid_count; i++) node->kid[i] = kids[i];
    return node;
}

Ast *make_named(Parser *p, AstKind kind, Span span, const Token *name, Ast *const *kids) {
    Ast *node = make(p, kind, span, kids);
    node->name = name->name;
    node->name_span = name->span;
    return node;
}

Ast *with_doc(Parser *p, Ast *node) {
    int low = 0, high = p->scan.docs.count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (p->scan.docs.items[middle].offset < node->span.start)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < p->scan.docs.count && p->scan.docs.items[low].offset == node->span.start) node->doc = p->scan.docs.items[low].text;
    return node;
}

Ast *with_flag(Ast *node, int flag, Span span) {
    node->flags |= (uint16_t)flag;
    node->span = span;
    return node;
}

Ast *with_op(Ast *node, int op) {
    node->op = (uint16_t)op;
    return node;
}

Ast *list_of(Parser *p, Span span, Ast *item) {
    return list_with(p, ast_list(p->arena, span), item);
}

Ast *list_with(Parser *p, Ast *list, Ast *item) {
    if (!item) return list;
    ast_append(p->arena, list, item);
    list->span = list->kid_count == 1 ? item->span : span_join(list->span, item->span);
    return list;
}

// ---- literals ----

Ast *make_int(Parser *p, const Token *token) {
    Ast *node = ast_new(p->arena, AST_int, token->span);
    node->int_value = (int64_t)token->integer;
    if (node->int_value == INT64_MIN) vec_push(p->arena, &p->minimums, node);
    return node;
}

Ast *make_float(Parser *p, const Token *token) {
    Ast *node = ast_new(p->arena, AST_float, token->span);
    node->float_value = token->real;
    return node;
}

Ast *make_bool(Parser *p, Span span, int value) {
    Ast *node = ast_new(p->arena, AST_bool, span);
    node->int_value = value;
    return node;
}

Ast *make_string(Parser *p, const Token *token) {
    Ast *node = ast_new(p->arena, AST_string, token->span);
    node->text = token->text;
    node->length = token->length;
    return node;
}

Ast *make_wild(Parser *p, Span span) {
    Ast *node = ast_new(p->arena, AST_p_wild, span);
    vec_push(p->arena, &p->wilds, node);
    return node;
}

// ---- expressions ----

Ast *make_negative(Parser *p, Span span, Ast *value) {
    int last = p->minimums.count - 1;
    if (last >= 0 && p->minimums.items[last] == value && !(value->flags & FLAG_PARENS)) {
        p->minimums.count--;
        value->span = span;
        return value;
    }
    return with_op(make(p, AST_unary, span, KIDS(value)), OP_NEG);
}

Ast *make_binary(Parser *p, Span span, Operator op, Ast *left, Ast *right) {
    return with_op(make(p, AST_binary, span, KIDS(left, right)), op);
}

static bool is_qualifier(const Ast *node) {
    return (node->kind == AST_name || node->kind == AST_ctor) && !node->qualifier && !(node->flags & FLAG_PARENS);
}

Ast *make_member(Parser *p, Span span, Ast *object, const Token *name) {
    if (name->kind != T_CAP || !is_qualifier(object)) return make_named(p, AST_member, span, name, KIDS(object));
    Ast *ctor = make_named(p, AST_ctor, span, name, NULL);
    ctor->qualifier = object->name;
    return ctor;
}

Ast *make_tuple(Parser *p, AstKind tuple, Span span, Ast *elems) {
    if (elems->kid_count == 1) return with_flag(elems->kid[0], FLAG_PARENS, span);
    return make(p, tuple, span, KIDS(elems));
}

Ast *make_list_or_map(Parser *p, Span span, Ast *elems) {
    const Ast *entry = NULL, *element = NULL;
    for (int i = 0; i < elems->kid_count; i++) {
        const Ast *elem = elems->kid[i];
        if (elem->kind == AST_entry && !entry) entry = elem;
        if (elem->kind != AST_entry && elem->kind != AST_spread && !element) element = elem;
    }
    if (!entry) return make(p, AST_list_lit, span, KIDS(elems));
    if (!element) return make(p, AST_map_lit, span, KIDS(elems));
    Diags *diags = &p->context->diags;
    Diag *diag = diag_add(diags, DIAG_SYNTAX, element->span, "a map holds entries only");
    diag_here(diags, diag, "expected `key: value`");
    diag_label(diags, diag, entry->span, "because of this entry it is a map");
    return make(p, AST_list_lit, span, KIDS(list_of(p, span, NULL)));
}

// ---- types and patterns ----

Ast *make_fn_type(Parser *p, Span span, Ast *left, Ast *result) {
    bool several = left->kind == AST_t_tuple && !(left->flags & FLAG_PARENS);
    Ast *params = several ? left->kid[t_tuple_elems] : list_of(p, left->span, left);
    return make(p, AST_t_fn, span, KIDS(params, result));
}

Ast *make_or(Parser *p, Span span, Ast *left, Ast *right) {
    if (left->kind != AST_p_or || (left->flags & FLAG_PARENS)) {
        Ast *alternatives = list_with(p, list_of(p, left->span, left), right);
        return make(p, AST_p_or, span, KIDS(alternatives));
    }
    list_with(p, left->kid[p_or_alternatives], right);
    left->span = span;
    return left;
}

Ast *make_pattern_list(Parser *p, Span span, Ast *elems) {
    const Ast *rest = NULL;
    for (int i = 0; i < elems->kid_count; i++) {
        if (elems->kid[i]->kind != AST_p_rest) continue;
        if (rest) {
            Diags *diags = &p->context->diags;
            Diag *diag = diag_add(diags, DIAG_SYNTAX, elems->kid[i]->span, "a list pattern has room for one rest only");
            diag_label(diags, diag, rest->span, "this is the first");
            break;
        }
        rest = elems->kid[i];
    }
    return make(p, AST_p_list, span, KIDS(elems));
}

// ---- foreign functions ----

// `= "symbol"` is read as a body would be.
static void take_symbol(Parser *p, Ast *fn) {
    Ast *body = fn->kid[fn_body];
    if (!body) return;
    fn->kid[fn_body] = NULL;
    fn->kid[fn_symbol] = body;
    if (body->kind == AST_string && !(body->flags & FLAG_PARENS)) return;
    fn->kid[fn_symbol] = NULL;
    Diags *diags = &p->context->diags;
    Diag *diag = diag_add(diags, DIAG_BAD_FOREIGN, body->span, "the foreign function `%s` has a body", fn->name);
    diag_here(diags, diag, "its code is in the library");
    diag_help(diags, diag, "leave this out; behind a `=` the name stands that C knows it by: `= \"symbol\"`");
}

Ast *make_foreign(Parser *p, Span span, Ast *library, int flags, Ast *fn) {
    take_symbol(p, fn);
    fn->kid[fn_library] = library;
    return with_flag(fn, flags, span);
}

// ---- names ----

static void report_letter(Parser *p, const Token *name, const char *what, const char *size, char letter) {
    Diags *diags = &p->context->diags;
    Diag *diag = diag_add(diags, DIAG_SYNTAX, name->span, "the name of %s begins with a %s letter", what, size);
    if (letter != name->name[0]) diag_help(diags, diag, "write `%c%s`", letter, name->name + 1);
}

const Token *check_capital(Parser *p, const Token *name, const char *what) {
    if (name->kind != T_CAP) report_letter(p, name, what, "capital", (char)toupper((unsigned char)name->name[0]));
    return name;
}

const Token *check_small(Parser *p, const Token *name, const char *what) {
    if (name->kind == T_CAP) report_letter(p, name, what, "small", (char)tolower((unsigned char)name->name[0]));
    return name;
}

void report_leftovers(Parser *p) {
    Diags *diags = &p->context->diags;
    for (int i = 0; i < p->wilds.count && i < MAX_SYNTAX_ERRORS; i++) {
        Diag *diag = diag_add(diags, DIAG_SYNTAX, p->wilds.items[i]->span, "`_` is not a value");
        diag_note(diags, diag, "it stands in patterns, for what is not needed");
    }
    for (int i = 0; i < p->minimums.count && i < MAX_SYNTAX_ERRORS; i++) {
        Diag *diag = diag_add(diags, DIAG_BAD_LITERAL, p->minimums.items[i]->span, "this number is too large for an Int");
        diag_note(diags, diag, "the largest Int is 9223372036854775807");
    }
}

void replace_leftovers(Parser *p) {
    for (int i = 0; i < p->wilds.count; i++) {
        Ast *wild = p->wilds.items[i];
        *wild = *make_tuple(p, AST_tuple, wild->span, list_of(p, wild->span, NULL));
    }
}
