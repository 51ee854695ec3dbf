#include "lang/check_internal.h"

#include <ctype.h>

// What belongs to one body: the names in scope, its inference variables, and what is put off until the types are known.

// ---- scopes ----------------------------------------------------------------------------------------------------------

void infer_begin(Checker *c, Body *body, Def *owner, Module *module) {
    *body = (Body){.outer = c->body, .owner = owner};
    body->errors_before = c->diags->errors;
    body->owner_streams = owner->kind == DEF_STREAM || owner->kind == DEF_WORKFLOW || owner->kind == DEF_CONNECT ||
                          owner->kind == DEF_SPLITTER || (owner->kind == DEF_CONST && owner->ast->flags & FLAG_PROMPT);
    // What the outer body needs again; see infer_end.
    body->module = c->module;
    body->tparams = c->tparams;
    body->tparam_count = c->tparam_count;
    c->body = body;
    c->module = module;
    resolve_enter_tparams(c, owner);
}

int infer_open(Checker *c) {
    return c->body->undo.count;
}

void infer_close(Checker *c, int mark) {
    Body *body = c->body;
    while (body->undo.count > mark) {
        Undo *undo = &body->undo.items[--body->undo.count];
        *undo->slot = undo->before;
    }
}

Slot *infer_lookup(Checker *c, Symbol name) {
    Slot *slot = c->body ? map_get(&c->body->slots, name) : NULL;
    return slot && slot->def ? slot : NULL;
}

void infer_bind(Checker *c, Def *def) {
    Body *body = c->body;
    Slot *slot = map_get(&body->slots, def->name);
    if (!slot) {
        slot = ARENA_NEW(c->arena, Slot);
        map_put(c->arena, &body->slots, def->name, slot);
    }
    Undo undo = {slot, *slot};
    vec_push(c->arena, &body->undo, undo);
    *slot = (Slot){def, body->closure_depth, body->spawn_depth};
}

// ---- variables -------------------------------------------------------------------------------------------------------

Type *infer_var(Checker *c, OriginKind kind, Span span, Symbol name, Symbol user) {
    Type *var = type_new(c->arena, TYPE_VAR, 0);
    var->id = c->body->origins.count;
    Origin origin = {.var = var, .kind = kind, .span = span, .name = name, .user = user};
    vec_push(c->arena, &c->body->origins, origin);
    return var;
}

void infer_diverges(Checker *c, Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_VAR) c->body->origins.items[type->id].diverges = true;
}

Type *infer_set(Checker *c, Ast *node, Type *type) {
    node->type = type;
    vec_push(c->arena, &c->body->typed, node);
    return type;
}

Type *infer_instantiate(Checker *c, Def *def, Ast *node) {
    if (!def->tparam_count) return def->type;
    if (!node->targs) {
        OriginKind kind = def->kind == DEF_TASK || def->kind == DEF_WORKFLOW ? ORIGIN_STREAM_TPARAM : ORIGIN_TPARAM;
        node->targs = ARENA_ARRAY(c->arena, Type *, def->tparam_count);
        for (int i = 0; i < def->tparam_count; i++)
            node->targs[i] = def->tparams[i]->undetermined
                                 ? c->error_type
                                 : infer_var(c, kind, resolve_name_span(node), def->tparams[i]->name, def->name);
    }
    Instance instance = {def, node->targs, resolve_name_span(node)};
    vec_push(c->arena, &c->instances, instance);
    return type_substitute(c->arena, def->type, def->tparams, node->targs, def->tparam_count);
}

// ---- what is put off -------------------------------------------------------------------------------------------------

void infer_trait(Checker *c, TraitKind kind, Type *type, Span span) {
    Trait trait = {kind, type, span};
    vec_push(c->arena, &c->traits, trait);
}

void infer_defer(Checker *c, Ast *node, Operator op, Type *type) {
    Deferred deferred = {node, op, type};
    vec_push(c->arena, &c->body->deferred, deferred);
}

void infer_match(Checker *c, MatchKind kind, Ast *node, Span span, MatchRow *rows, int count) {
    MatchSet set = {kind, node, span, rows, count};
    vec_push(c->arena, &c->body->matches, set);
}

void infer_irrefutable(Checker *c, Ast *pattern) {
    if (pattern->kind == AST_p_name || pattern->kind == AST_p_wild) return;
    MatchRow *row = ARENA_NEW(c->arena, MatchRow);
    row->pattern = pattern;
    infer_match(c, MATCH_IRREFUTABLE, pattern, pattern->span, row, 1);
}

// ---- the end of a body -----------------------------------------------------------------------------------------------

static bool is_of_result(const char *user) {
    return strcmp(user, "Ok") == 0 || strcmp(user, "Err") == 0;
}

// Constructors are annotated by what they make; a call of a function can say its types.
static void help_undetermined(Checker *c, Diag *diag, const char *user) {
    if (islower((unsigned char)*user))
        diag_help(c->diags, diag,
                  "say of what type it is with a `let x: T = ...`, or write the types behind the name: `%s[...](...)`", user);
    else
        diag_help(c->diags, diag, "annotate the value that is made of it, as in `let x: %s`",
                  is_of_result(user) ? "Result[Int, String] = Ok(1)" : "Option[Int] = None");
}

static void report_undetermined(Checker *c, const Origin *origin) {
    Diag *diag;
    switch (origin->kind) {
    case ORIGIN_TPARAM:
        diag = diag_add(c->diags, DIAG_CANNOT_INFER, origin->span, "nothing says what the type `%s` of `%s` is here",
                        origin->name, origin->user);
        diag_here(c->diags, diag, "the type `%s` is not determined", origin->name);
        help_undetermined(c, diag, origin->user);
        return;
    case ORIGIN_STREAM_TPARAM:
        diag = diag_add(c->diags, DIAG_CANNOT_INFER, origin->span, "nothing says what the type `%s` of `%s` is here",
                        origin->name, origin->user);
        diag_here(c->diags, diag, "neither the events nor the arguments determine the type `%s`", origin->name);
        diag_help(c->diags, diag, "write the type arguments behind the name: `%s[...]`; that of a key is always written",
                  origin->user);
        return;
    case ORIGIN_ELEMENT:
        diag = diag_add(c->diags, DIAG_CANNOT_INFER, origin->span, "nothing says what this list contains");
        diag_here(c->diags, diag, "the type of its elements is not determined");
        diag_help(c->diags, diag, "annotate it, as in `let x: List[Int] = []`");
        return;
    case ORIGIN_ENTRY:
        diag = diag_add(c->diags, DIAG_CANNOT_INFER, origin->span, "nothing says what this map contains");
        diag_here(c->diags, diag, "the types of its keys and values are not determined");
        diag_help(c->diags, diag, "annotate it, as in `let m: Map[String, Int] = [:]`");
        return;
    case ORIGIN_BINDING:
        diag = diag_add(c->diags, DIAG_CANNOT_INFER, origin->span, "nothing says what type %s%s%s has",
                        origin->name ? "`" : "this parameter", origin->name ? origin->name : "", origin->name ? "`" : "");
        diag_here(c->diags, diag, "its type is not determined");
        diag_help(c->diags, diag,
                  "a closure learns the types of its parameters from where it is passed; else declare a `fn`, which says them");
        return;
    case ORIGIN_RESULT:
        diag = diag_add(c->diags, DIAG_CANNOT_INFER, origin->span, "nothing says what type this has");
        diag_here(c->diags, diag, "its type is not determined");
        return;
    }
}

// Gives every variable that is left a type: Never where only diverging expressions reached it, else it is an error, which
// is said only if the body has no other mistake, since that may be why.
static void settle_variables(Checker *c, Body *body) {
    for (int i = 0; i < body->origins.count; i++) {
        Origin *origin = &body->origins.items[i];
        Type *var = type_resolve(origin->var);
        if (var->kind != TYPE_VAR) continue;
        if (body->origins.items[var->id].diverges || origin->diverges) {
            var->link = c->never_type;
            continue;
        }
        if (c->diags->errors == body->errors_before && !body->tainted) report_undetermined(c, origin);
        var->link = c->error_type;
    }
}

static Type *finish_type(Checker *c, Type *type, Span span) {
    if (type_measure(type, MAX_TYPE_SIZE) > 0) return unify_finish(type);
    if (c->diags->errors == c->body->errors_before) report_too_big(c, span);
    return c->error_type;
}

static void finish_types(Checker *c, Body *body) {
    for (int i = 0; i < body->typed.count; i++) {
        Ast *node = body->typed.items[i];
        node->type = finish_type(c, node->type, node->span);
        for (int k = 0; node->targs && k < node->def->tparam_count; k++)
            node->targs[k] = finish_type(c, node->targs[k], node->span);
    }
}

void infer_end(Checker *c) {
    Body *body = c->body;
    for (int i = 0; i < body->deferred.count; i++) check_deferred(c, &body->deferred.items[i]);
    settle_variables(c, body);
    finish_types(c, body);
    if (c->diags->errors == body->errors_before)
        for (int i = 0; i < body->matches.count; i++) match_check(c, &body->matches.items[i]);
    c->module = body->module;
    c->tparams = body->tparams;
    c->tparam_count = body->tparam_count;
    c->body = body->outer;
}
