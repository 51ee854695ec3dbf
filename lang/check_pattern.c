#include "lang/check_internal.h"

#include <assert.h>

// Patterns, against the type of what they match. Whether they cover every value is looked at when the types are known.

// The names that one pattern binds.
typedef struct Binder {
    VEC(Def *) defs;
    VEC(Def *) shared; // within an alternative: the names of the first alternative, which it binds again
    bool sharing;
} Binder;

static void pattern(Checker *c, Binder *binder, Ast *node, Type *type);

static Def *find_name(Def *const *defs, int count, Symbol name) {
    for (int i = 0; i < count; i++)
        if (defs[i]->name == name) return defs[i];
    return NULL;
}

static void bind_name(Checker *c, Binder *binder, Ast *node, Type *type) {
    Span span = resolve_name_span(node);
    Def *earlier = find_name(binder->defs.items, binder->defs.count, node->name);
    if (earlier) report_duplicate(c, node->name, span, earlier->span, "name");
    Def *def = binder->sharing ? find_name(binder->shared.items, binder->shared.count, node->name) : NULL;
    if (def) {
        Expect expect = {.type = def->type, .reason = "alternative", .why = def->span};
        check_satisfies(c, node, type, &expect);
    } else {
        // The static parameters of a task are bound once for each of its bodies: they stay the same definitions.
        def = node->def ? node->def : resolve_def(c, DEF_LOCAL, node->name, node, span);
        def->type = type;
    }
    node->def = def;
    vec_push(c->arena, &binder->defs, def);
}

// ---- alternatives ----------------------------------------------------------------------------------------------------

static void missing_name(Checker *c, const Ast *alternative, const Def *def) {
    Diag *diag = diag_add(c->diags, DIAG_UNEVEN_PATTERN, alternative->span, "this alternative does not bind `%s`", def->name);
    diag_here(c->diags, diag, "`%s` would have no value here", def->name);
    report_label(c, diag, def->span, "bound here");
    diag_help(c->diags, diag, "all alternatives of a pattern bind the same names");
}

// Every name of `names` must be among those that `alternative` binds.
static void check_names(Checker *c, const Ast *alternative, Def *const *bound, int bound_count, Def *const *names, int count) {
    for (int i = 0; i < count; i++)
        if (!find_name(bound, bound_count, names[i]->name)) missing_name(c, alternative, names[i]);
}

static void or_pattern(Checker *c, Binder *binder, Ast *node, Type *type) {
    Ast *alternatives = node->kid[p_or_alternatives];
    Binder first = {.sharing = binder->sharing, .shared.items = binder->shared.items, .shared.count = binder->shared.count};
    pattern(c, &first, alternatives->kid[0], type);
    for (int i = 1; i < alternatives->kid_count; i++) {
        Binder other = {.sharing = true, .shared.items = first.defs.items, .shared.count = first.defs.count};
        pattern(c, &other, alternatives->kid[i], type);
        check_names(c, alternatives->kid[i], other.defs.items, other.defs.count, first.defs.items, first.defs.count);
        check_names(c, alternatives->kid[0], first.defs.items, first.defs.count, other.defs.items, other.defs.count);
    }
    for (int i = 0; i < first.defs.count; i++) {
        Def *def = first.defs.items[i], *earlier = find_name(binder->defs.items, binder->defs.count, def->name);
        if (earlier) report_duplicate(c, def->name, def->span, earlier->span, "name");
        vec_push(c->arena, &binder->defs, def);
    }
}

// ---- literals, tuples, lists -----------------------------------------------------------------------------------------

static void literal_pattern(Checker *c, Ast *node, Type *type) {
    Expect expect = {.type = type, .note = "a pattern has the type of what it matches"};
    check_expr(c, node->kid[p_literal_value], &expect);
}

static void tuple_pattern(Checker *c, Binder *binder, Ast *node, Type *type) {
    Ast *elems = node->kid[p_tuple_elems];
    Type *tuple = type_new(c->arena, TYPE_TUPLE, elems->kid_count);
    for (int i = 0; i < elems->kid_count; i++)
        tuple->args[i] = infer_var(c, ORIGIN_BINDING, elems->kid[i]->span, elems->kid[i]->name, NULL);
    Expect expect = {.type = type, .note = "a pattern has the type of what it matches"};
    bool fits = type_resolve(check_satisfies(c, node, tuple, &expect))->kind != TYPE_ERROR;
    for (int i = 0; i < elems->kid_count; i++) {
        if (!fits) tuple->args[i]->link = c->error_type;
        pattern(c, binder, elems->kid[i], tuple->args[i]);
    }
}

static void list_pattern(Checker *c, Binder *binder, Ast *node, Type *type) {
    Ast *elems = node->kid[p_list_elems];
    Type *element = infer_var(c, ORIGIN_ELEMENT, node->span, NULL, NULL);
    Type *list = type_con(c->arena, c->program->list_type, &element, 1);
    Expect expect = {.type = type, .note = "a pattern has the type of what it matches"};
    if (type_resolve(check_satisfies(c, node, list, &expect))->kind == TYPE_ERROR) element->link = c->error_type;
    for (int i = 0; i < elems->kid_count; i++) {
        Ast *elem = elems->kid[i];
        pattern(c, binder, elem, elem->kind == AST_p_rest ? list : element);
    }
}

// ---- constructors ----------------------------------------------------------------------------------------------------

static bool wrong_fields(Checker *c, const Ast *node, const Def *ctor, int given) {
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, node->span, "`%s` has %d field%s, but the pattern has %d", ctor->name,
                          ctor->member_count, ctor->member_count == 1 ? "" : "s", given);
    diag_here(c->diags, diag, "expected %d, found %d", ctor->member_count, given);
    report_label(c, diag, ctor->span, "`%s` is declared here", ctor->name);
    if (given == 0)
        diag_help(c->diags, diag, "`_` matches any value: `%s(%s)`", ctor->name, ctor->member_count == 1 ? "_" : "_, ...");
    return false;
}

static bool wrong_field_name(Checker *c, const Ast *arg, const Def *ctor, bool repeated) {
    Diag *diag =
        diag_add(c->diags, DIAG_WRONG_ARGUMENTS, resolve_name_span(arg),
                 repeated ? "the field `%s` of `%s` occurs twice" : "there is no field `%s` in `%s`", arg->name, ctor->name);
    diag_here(c->diags, diag, repeated ? "matched again here" : "no such field");
    const char *similar = repeated ? NULL : report_nearest_def(c, arg->name, ctor->members, ctor->member_count);
    if (similar) diag_help(c->diags, diag, "did you mean `%s`?", similar);
    return false;
}

static int field_index(const Def *ctor, Symbol name) {
    for (int i = 0; i < ctor->member_count; i++)
        if (ctor->members[i]->name == name) return i;
    return -1;
}

// One pattern a field, in order; with names, what is not mentioned is `_`.
static bool arrange_fields(Checker *c, Ast *node, const Def *ctor) {
    Ast *args = node->kid[p_ctor_args], *ordered = ast_list(c->arena, args->span);
    Ast **fields = ARENA_ARRAY(c->arena, Ast *, ctor->member_count + 1);
    bool named = false;
    for (int i = 0; i < args->kid_count; i++) {
        Ast *arg = args->kid[i];
        int index = i;
        if (arg->kind == AST_p_arg) {
            named = true;
            index = field_index(ctor, arg->name);
            if (index < 0) return wrong_field_name(c, arg, ctor, false);
            if (fields[index]) return wrong_field_name(c, arg, ctor, true);
        } else if (named || i >= ctor->member_count || arg->kind == AST_p_rest) {
            return wrong_fields(c, node, ctor, args->kid_count);
        }
        fields[index] = arg->kind == AST_p_arg ? arg->kid[p_arg_pattern] : arg;
    }
    if (!named && args->kid_count != ctor->member_count) return wrong_fields(c, node, ctor, args->kid_count);
    for (int i = 0; i < ctor->member_count; i++)
        ast_append(c->arena, ordered, fields[i] ? fields[i] : ast_new(c->arena, AST_p_wild, node->span));
    node->kid[p_ctor_args] = ordered;
    return true;
}

// After a mistake: binds the names of the arguments, so that their uses are not reported.
static void arguments_alone(Checker *c, Binder *binder, Ast *node) {
    Ast *args = node->kid[p_ctor_args];
    for (int i = 0; i < args->kid_count; i++) {
        Ast *arg = args->kid[i];
        pattern(c, binder, arg->kind == AST_p_arg ? arg->kid[p_arg_pattern] : arg, c->error_type);
    }
}

static bool is_ctor_in_scope(Checker *c, Symbol name) {
    Module *another;
    return map_get(&resolve_names(c, c->module)->ctors, name) || resolve_importer(c, NAMES_CTORS, name, &another) ||
           map_get(&c->ctors, name);
}

static bool is_variant_of(const Def *type, Symbol name) {
    for (int i = 0; i < type->member_count; i++)
        if (type->members[i]->name == name) return true;
    return false;
}

static Def *pattern_ctor(Checker *c, Ast *node, Type *type) {
    Type *scrutinee = type_resolve(type);
    // A name that no constructor has is most likely a misspelt variant of what is matched.
    bool any = node->qualifier || is_ctor_in_scope(c, node->name);
    if (!any && scrutinee->kind == TYPE_CON && scrutinee->def->member_count && !is_variant_of(scrutinee->def, node->name)) {
        report_unknown_ctor(c, node->name, resolve_name_span(node), scrutinee->def);
        return NULL;
    }
    Def *def = check_find_ctor(c, node, type);
    if (!def || def->kind == DEF_CTOR) return def;
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_NAME, resolve_name_span(node), "`%s` is a task, not a constructor", def->name);
    diag_here(c->diags, diag, "a pattern cannot match this");
    return NULL;
}

static void ctor_pattern(Checker *c, Binder *binder, Ast *node, Type *type) {
    Def *ctor = pattern_ctor(c, node, type);
    if (!ctor) {
        c->body->tainted = true;
        arguments_alone(c, binder, node);
        return;
    }
    node->def = ctor;
    Type **targs = ARENA_ARRAY(c->arena, Type *, ctor->tparam_count + 1);
    for (int i = 0; i < ctor->tparam_count; i++)
        targs[i] = infer_var(c, ORIGIN_TPARAM, node->span, ctor->tparams[i]->name, ctor->name);
    Type *own = type_con(c->arena, ctor->owner, targs, ctor->tparam_count);
    Expect expect = {.type = type, .note = "a pattern has the type of what it matches"};
    bool fits = type_resolve(check_satisfies(c, node, own, &expect))->kind != TYPE_ERROR;
    if (!fits || !arrange_fields(c, node, ctor)) {
        arguments_alone(c, binder, node);
        return;
    }
    Ast *args = node->kid[p_ctor_args];
    for (int i = 0; i < args->kid_count; i++)
        pattern(c, binder, args->kid[i],
                type_substitute(c->arena, ctor->members[i]->type, ctor->tparams, targs, ctor->tparam_count));
}

// ---- dispatch --------------------------------------------------------------------------------------------------------

static void pattern(Checker *c, Binder *binder, Ast *node, Type *type) {
    infer_set(c, node, type);
    switch (node->kind) {
    case AST_p_wild: return;
    case AST_p_name: bind_name(c, binder, node, type); return;
    case AST_p_rest:
        if (node->name) bind_name(c, binder, node, type);
        return;
    case AST_p_literal: literal_pattern(c, node, type); return;
    case AST_p_ctor: ctor_pattern(c, binder, node, type); return;
    case AST_p_tuple: tuple_pattern(c, binder, node, type); return;
    case AST_p_list: list_pattern(c, binder, node, type); return;
    case AST_p_or: or_pattern(c, binder, node, type); return;
    case AST_p_as:
        pattern(c, binder, node->kid[p_as_pattern], type);
        bind_name(c, binder, node, type);
        return;
    default: assert(!"a pattern");
    }
}

void check_pattern(Checker *c, Ast *node, Type *type) {
    Binder binder = {0};
    pattern(c, &binder, node, type);
    for (int i = 0; i < binder.defs.count; i++) infer_bind(c, binder.defs.items[i]);
}
