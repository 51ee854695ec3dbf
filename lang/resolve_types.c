#include "lang/check_internal.h"
#include "lang/outside.h"

#include <assert.h>

// From written types to Types. Aliases are replaced by what they stand for, so no Type mentions one.

static Type *find_tparam(Checker *c, Symbol name) {
    for (int i = c->tparam_count - 1; i >= 0; i--)
        if (c->tparams[i]->name == name) return c->tparams[i]->type;
    return NULL;
}

// A function within a task has those of the task, too; its own come last, since they hide them.
void resolve_enter_tparams(Checker *c, const Def *owner) {
    const Def *task = owner->kind == DEF_FN ? owner->owner : NULL;
    bool has_own = owner->kind == DEF_FN || owner->kind == DEF_TASK || owner->kind == DEF_WORKFLOW;
    int outer = task ? task->tparam_count : 0, own = has_own ? owner->tparam_count : 0;
    c->tparam_count = outer + own;
    c->tparams = ARENA_ARRAY(c->arena, Def *, outer + own + 1);
    for (int i = 0; i < outer; i++) c->tparams[i] = task->tparams[i];
    for (int i = 0; i < own; i++) c->tparams[outer + i] = owner->tparams[i];
}

Def *resolve_find_type(Checker *c, Symbol qualifier, Symbol name) {
    if (qualifier) {
        Module *module = resolve_find_module(c, qualifier);
        return module ? map_get(&resolve_names(c, module)->types, name) : NULL;
    }
    Symbol shipped = outside_library_name(c->context, name);
    if (shipped) return map_get(&c->types, shipped);
    Def *own = map_get(&resolve_names(c, c->module)->types, name);
    if (own) return own;
    Module *another, *module = resolve_importer(c, NAMES_TYPES, name, &another);
    return module ? map_get(&resolve_names(c, module)->types, name) : map_get(&c->types, name);
}

static Type *wrong_count(Checker *c, Def *def, int given, Span span) {
    Diag *diag = diag_add(c->diags, DIAG_BAD_ANNOTATION, span, "`%s` takes %d type argument%s, but %d %s given", def->name,
                          def->tparam_count, def->tparam_count == 1 ? "" : "s", given, given == 1 ? "is" : "are");
    diag_here(c->diags, diag, "expected %d, found %d", def->tparam_count, given);
    if (def->ast) report_label(c, diag, def->span, "declared here");
    if (def->tparam_count == 1 && given == 0) diag_help(c->diags, diag, "write what it contains: `%s[Int]`", def->name);
    if (def->builtin == BUILTIN_MAP) diag_help(c->diags, diag, "write the types of its keys and values: `Map[String, Int]`");
    return c->error_type;
}

static Type *bounded(Checker *c, Type *type, Span span) {
    if (type_measure(type, MAX_TYPE_SIZE) > 0) return type;
    report_too_big(c, span);
    return c->error_type;
}

// ---- aliases ---------------------------------------------------------------------------------------------------------

static Type *cyclic_alias(Checker *c, Def *def) {
    Diag *diag = diag_add(c->diags, DIAG_CYCLIC_DEFINITION, def->span, "the type `%s` stands for itself", def->name);
    diag_here(c->diags, diag, "to know what it is, one must already know it");
    diag_help(c->diags, diag, "a `record` or `enum` may contain itself");
    return c->error_type;
}

// What the alias stands for, with its own parameters in it.
static Type *expand_alias(Checker *c, Def *def) {
    if (def->state == DONE) return def->type;
    if (def->state == UNDER_WAY) {
        if (!def->type) def->type = cyclic_alias(c, def);
        return def->type;
    }
    if (c->depth >= MAX_ALIAS_DEPTH) {
        report_too_big(c, def->span);
        return c->error_type;
    }
    Module *module = c->module;
    Def **tparams = c->tparams;
    int tparam_count = c->tparam_count;
    c->module = def->module;
    c->tparams = def->tparams;
    c->tparam_count = def->tparam_count;
    c->depth++;
    def->state = UNDER_WAY;
    Type *type = resolve_type(c, def->ast->kid[alias_type], STREAM_FORBIDDEN);
    if (!def->type) def->type = type; // else it was found to be cyclic meanwhile
    def->state = DONE;
    c->depth--;
    c->module = module;
    c->tparams = tparams;
    c->tparam_count = tparam_count;
    return def->type;
}

static Type *apply(Checker *c, Def *def, Type **args, int count, Span span, StreamUse streams) {
    if (def->tparam_count != count) return wrong_count(c, def, count, span);
    if (def->builtin == BUILTIN_STREAM && (streams == STREAM_FORBIDDEN || streams == PORTAL_ALLOWED)) {
        Diag *diag = diag_add(c->diags, DIAG_MISPLACED, span, "a stream is no value");
        diag_here(c->diags, diag, "`Stream` cannot be used here");
        diag_help(c->diags, diag,
                  "streams stand in `stream` and `workflow` declarations; write the type of the events elsewhere");
        return c->error_type;
    }
    if (def->builtin == BUILTIN_PORTAL && streams != STREAM_AND_TASK && streams != PORTAL_ALLOWED)
        return check_misplaced_portal(c, span);
    if (def->builtin == BUILTIN_MAP || def->builtin == BUILTIN_SET) infer_trait(c, TRAIT_KEY, args[0], span);
    if (def->form != FORM_ALIAS) return bounded(c, type_con(c->arena, def, args, count), span);
    return bounded(c, type_substitute(c->arena, expand_alias(c, def), def->tparams, args, count), span);
}

static bool is_ambiguous(Checker *c, Symbol name, Span span) {
    return !map_get(&resolve_names(c, c->module)->types, name) && resolve_is_ambiguous(c, NAMES_TYPES, name, span);
}

static void unknown_in_module(Checker *c, Symbol qualifier, Module *module, Symbol name, Span span) {
    Diag *diag = diag_add(c->diags, DIAG_UNKNOWN_TYPE, span, "the module `%s` has no type `%s`", qualifier, name);
    diag_here(c->diags, diag, "not found in `%s`", qualifier);
    const char *similar = report_nearest_symbol(c, &resolve_names(c, module)->types, name);
    if (similar) diag_help(c->diags, diag, "did you mean `%s.%s`?", qualifier, similar);
}

static void unknown_type(Checker *c, Symbol qualifier, Symbol name, Span name_span, Span span) {
    Module *module = qualifier ? resolve_find_module(c, qualifier) : NULL;
    if (module)
        unknown_in_module(c, qualifier, module, name, name_span);
    else if (qualifier)
        report_unknown_module(c, qualifier, span);
    else if (check_c_number(name))
        check_stray_c_number(c, name, name_span);
    else
        report_unknown_type(c, name, name_span);
}

static Type *named_type(Checker *c, Symbol qualifier, Symbol name, Span name_span, Type **args, int count, Span span,
                        StreamUse streams) {
    Type *tparam = qualifier ? NULL : find_tparam(c, name);
    if (tparam && count == 0) return tparam;
    if (!tparam && !qualifier && is_ambiguous(c, name, name_span)) return c->error_type;
    Def *def = tparam ? tparam->def : resolve_find_type(c, qualifier, name);
    if (def) return apply(c, def, args, count, span, streams);
    unknown_type(c, qualifier, name, name_span, span);
    return c->error_type;
}

// ---- types -----------------------------------------------------------------------------------------------------------

static Type **resolve_list(Checker *c, Ast *list, int room, StreamUse streams) {
    Type **types = ARENA_ARRAY(c->arena, Type *, list->kid_count + room);
    for (int i = 0; i < list->kid_count; i++) types[i] = resolve_type(c, list->kid[i], streams);
    return types;
}

static Type *resolve_any(Checker *c, Ast *ast, StreamUse streams) {
    switch (ast->kind) {
    case AST_t_name: {
        Ast *args = ast->kid[t_name_args];
        if (c->foreign && !ast->qualifier && !args->kid_count) ast->op = check_c_number(ast->name);
        if (ast->op) return foreign_is_whole(ast->op) ? c->int_type : c->float_type;
        Type **types = resolve_list(c, args, 1, STREAM_FORBIDDEN);
        return named_type(c, ast->qualifier, ast->name, resolve_name_span(ast), types, args->kid_count, ast->span, streams);
    }
    case AST_t_tuple: {
        Type *type = type_new(c->arena, TYPE_TUPLE, 0);
        type->arg_count = ast->kid[t_tuple_elems]->kid_count;
        type->args = resolve_list(c, ast->kid[t_tuple_elems], 1, STREAM_FORBIDDEN);
        return bounded(c, type, ast->span);
    }
    case AST_t_fn: {
        Type *type = type_new(c->arena, TYPE_FN, 0);
        Ast *params = ast->kid[t_fn_params];
        type->arg_count = params->kid_count + 1;
        StreamUse within = streams == STREAM_AND_TASK ? STREAM_ALLOWED : STREAM_FORBIDDEN;
        type->args = resolve_list(c, params, 1, within);
        type->args[params->kid_count] = resolve_type(c, ast->kid[t_fn_result], within);
        return bounded(c, type, ast->span);
    }
    default: assert(!"a type"); return c->error_type;
    }
}

Type *resolve_type(Checker *c, Ast *ast, StreamUse streams) {
    ast->type = resolve_any(c, ast, streams);
    return ast->type;
}

// ---- types that look like expressions, between `[` and `]` -----------------------------------------------------------

static Type *type_of_ctor(Checker *c, Ast *ctor, Ast *items, Span span) {
    int count = items ? items->kid_count : 0;
    Type **args = ARENA_ARRAY(c->arena, Type *, count + 1);
    for (int i = 0; i < count; i++) args[i] = resolve_type_expr(c, items->kid[i]);
    return named_type(c, ctor->qualifier, ctor->name, ctor->span, args, count, span, STREAM_FORBIDDEN);
}

Type *resolve_type_expr(Checker *c, Ast *expr) {
    if (expr->kind == AST_type_arg) return resolve_type(c, expr->kid[type_arg_type], STREAM_FORBIDDEN);
    if (expr->kind == AST_ctor) return type_of_ctor(c, expr, NULL, expr->span);
    if (expr->kind == AST_index && expr->kid[index_object]->kind == AST_ctor)
        return type_of_ctor(c, expr->kid[index_object], expr->kid[index_items], expr->span);
    if (expr->kind == AST_tuple) {
        Ast *elems = expr->kid[tuple_elems];
        Type *type = type_new(c->arena, TYPE_TUPLE, elems->kid_count);
        for (int i = 0; i < elems->kid_count; i++) type->args[i] = resolve_type_expr(c, elems->kid[i]);
        return bounded(c, type, expr->span);
    }
    Diag *diag = diag_add(c->diags, DIAG_BAD_ANNOTATION, expr->span, "expected a type");
    diag_here(c->diags, diag, "this is a value");
    return c->error_type;
}

// ---- declarations ----------------------------------------------------------------------------------------------------

static Type *own_type(Checker *c, Def *def) {
    Type *type = type_new(c->arena, TYPE_CON, def->tparam_count);
    type->def = def;
    for (int i = 0; i < def->tparam_count; i++) type->args[i] = def->tparams[i]->type;
    return type;
}

static void resolve_ctor(Checker *c, Def *ctor, Type *result) {
    if (ctor->member_count == 0) {
        ctor->type = result;
        return;
    }
    ctor->type = type_new(c->arena, TYPE_FN, ctor->member_count + 1);
    for (int i = 0; i < ctor->member_count; i++) {
        Def *field = ctor->members[i];
        field->type = ctor->type->args[i] = resolve_type(c, field->ast->kid[field_type], STREAM_FORBIDDEN);
    }
    ctor->type->args[ctor->member_count] = result;
}

void resolve_type_declarations(Checker *c) {
    for (int i = 0; i < c->type_defs.count; i++) {
        Def *def = c->type_defs.items[i];
        if (def->form == FORM_ALIAS) {
            expand_alias(c, def);
            continue;
        }
        c->module = def->module;
        c->tparams = def->tparams;
        c->tparam_count = def->tparam_count;
        def->type = own_type(c, def);
        for (int k = 0; k < def->member_count; k++) resolve_ctor(c, def->members[k], def->type);
        def->state = DONE;
    }
    c->tparam_count = 0;
}
