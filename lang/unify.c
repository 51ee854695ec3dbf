#include "lang/check_internal.h"

// Unification with an occurs check. Every walk has a budget: types share their parts, so that a small program can make one
// that is exponentially large when written out.

static UnifyResult occurs(const Type *var, Type *type, int *budget) {
    type = type_resolve(type);
    if (--*budget < 0) return UNIFY_TOO_BIG;
    if (type == var) return UNIFY_INFINITE;
    for (int i = 0; i < type->arg_count; i++) {
        UnifyResult result = occurs(var, type->args[i], budget);
        if (result != UNIFY_OK) return result;
    }
    return UNIFY_OK;
}

static UnifyResult bind(Checker *c, Type *var, Type *type, int *budget) {
    UnifyResult result = occurs(var, type, budget);
    if (result != UNIFY_OK) return result;
    var->link = type;
    if (c->trailing) vec_push(c->arena, &c->trail, var);
    return UNIFY_OK;
}

// What is equated with a mistake is one, too: so nothing is said about what nothing else determines.
static UnifyResult absorb(Checker *c, Type *error, Type *type, int *budget) {
    type = type_resolve(type);
    if (--*budget < 0) return UNIFY_TOO_BIG;
    if (type->kind == TYPE_VAR) return bind(c, type, error, budget);
    for (int i = 0; i < type->arg_count; i++) {
        UnifyResult result = absorb(c, error, type->args[i], budget);
        if (result != UNIFY_OK) return result;
    }
    return UNIFY_OK;
}

static UnifyResult unify_within(Checker *c, Type *a, Type *b, int *budget) {
    a = type_resolve(a);
    b = type_resolve(b);
    if (--*budget < 0) return UNIFY_TOO_BIG;
    if (a == b) return UNIFY_OK;
    if (a->kind == TYPE_VAR) return bind(c, a, b, budget);
    if (b->kind == TYPE_VAR) return bind(c, b, a, budget);
    if (a->kind == TYPE_ERROR) return absorb(c, a, b, budget);
    if (b->kind == TYPE_ERROR) return absorb(c, b, a, budget);
    if (a->kind != b->kind || a->def != b->def || a->arg_count != b->arg_count) return UNIFY_DIFFERENT;
    for (int i = 0; i < a->arg_count; i++) {
        UnifyResult result = unify_within(c, a->args[i], b->args[i], budget);
        if (result != UNIFY_OK) return result;
    }
    return UNIFY_OK;
}

UnifyResult unify(Checker *c, Type *a, Type *b) {
    int budget = MAX_TYPE_SIZE * 4;
    return unify_within(c, a, b, &budget);
}

static bool unify_trailing(Checker *c, Type *a, Type *b) {
    c->trailing = true;
    c->trail.count = 0;
    bool equal = unify(c, a, b) == UNIFY_OK;
    c->trailing = false;
    return equal;
}

static void undo(Checker *c) {
    for (int i = 0; i < c->trail.count; i++) c->trail.items[i]->link = NULL;
}

bool unify_try(Checker *c, Type *a, Type *b) {
    bool equal = unify_trailing(c, a, b);
    if (!equal) undo(c);
    return equal;
}

bool unify_could(Checker *c, Type *a, Type *b) {
    bool equal = unify_trailing(c, a, b);
    undo(c);
    return equal;
}

Type *unify_finish(Type *type) {
    type = type_resolve(type);
    for (int i = 0; i < type->arg_count; i++) type->args[i] = unify_finish(type->args[i]);
    return type;
}
