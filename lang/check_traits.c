#include "lang/check_internal.h"

#include <string.h>

// What can only be said when all types are known: functions that are compared or shown, also by generic functions for their
// callers, and streams that stand where there is no stream expression.

bool check_has_function(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_FN || (type->kind == TYPE_CON && type->def->functional)) return true;
    for (int i = 0; i < type->arg_count; i++)
        if (check_has_function(type->args[i])) return true;
    return false;
}

// ---- type parameters that cannot be functions ------------------------------------------------------------------------

// The instances in which a type parameter is given a type, and the parameters that are yet to be spread.
typedef struct Spread {
    Map uses; // DEF_TPARAM -> Uses
    VEC(Def *) marked;
} Spread;

typedef struct Uses {
    VEC(Type *) types;
} Uses;

static void mark(Checker *c, Spread *spread, Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_PARAM && !type->def->compared) {
        type->def->compared = true;
        vec_push(c->arena, &spread->marked, type->def);
    }
    for (int i = 0; i < type->arg_count; i++) mark(c, spread, type->args[i]);
}

static void collect_uses(Checker *c, Spread *spread) {
    for (int i = 0; i < c->instances.count; i++) {
        Instance *instance = &c->instances.items[i];
        for (int k = 0; k < instance->def->tparam_count; k++) {
            Def *tparam = instance->def->tparams[k];
            Uses *uses = map_get(&spread->uses, tparam);
            if (!uses) {
                uses = ARENA_NEW(c->arena, Uses);
                map_put(c->arena, &spread->uses, tparam, uses);
            }
            vec_push(c->arena, &uses->types, instance->targs[k]);
        }
    }
}

// Functions of the library that compare or show what they are given, although their bodies are not in Portals.
static void mark_library(Checker *c, Spread *spread) {
    static const struct {
        const char *module, *function;
        int tparam;
    } comparing[] = {{"list", "sort_with_keys", 1},
                     {"stream", "key", 1},
                     {"stream", "print", 0},
                     {"stream", "write", 0},
                     {"stream", "log", 0}};
    for (size_t i = 0; i < sizeof comparing / sizeof *comparing; i++) {
        Module *module = map_get(&c->modules, report_symbol(c, comparing[i].module));
        Def *def = module ? map_get(&module->scope, report_symbol(c, comparing[i].function)) : NULL;
        if (def && comparing[i].tparam < def->tparam_count) mark(c, spread, def->tparams[comparing[i].tparam]->type);
    }
}

static void mark_parameters(Checker *c) {
    Spread spread = {0};
    collect_uses(c, &spread);
    mark_library(c, &spread);
    for (int i = 0; i < c->traits.count; i++) mark(c, &spread, c->traits.items[i].type);
    while (spread.marked.count) {
        Uses *uses = map_get(&spread.uses, spread.marked.items[--spread.marked.count]);
        for (int i = 0; uses && i < uses->types.count; i++) mark(c, &spread, uses->types.items[i]);
    }
}

static void report_trait(Checker *c, const Trait *trait) {
    const char *what = trait->kind == TRAIT_COMPARED ? "compared"
                       : trait->kind == TRAIT_SHOWN  ? "written as text"
                                                     : "used as a key";
    Diag *diag = diag_add(c->diags, DIAG_NOT_COMPARABLE, trait->span, "a function cannot be %s", what);
    diag_here(c->diags, diag, "%s %s", type_resolve(trait->type)->kind == TYPE_FN ? "this is" : "there is a function in",
              report_type(c, trait->type));
}

static void report_instance(Checker *c, const Instance *instance, const Type *type, const Def *tparam) {
    Diag *diag = diag_add(c->diags, DIAG_NOT_COMPARABLE, instance->span,
                          "`%s` compares or shows its values, which a function does not allow", instance->def->name);
    diag_here(c->diags, diag, "`%s` is %s here", tparam->name, report_type(c, (Type *)type));
}

// Whether a map or set of which it is the key is passed to the function: then it has been reported where that was made.
static bool is_key_of_parameter(const Def *def, const Def *tparam) {
    for (int i = 0; def->type->kind == TYPE_FN && i < def->type->arg_count - 1; i++) {
        Type *type = type_resolve(def->type->args[i]);
        bool keyed = type_is(type, BUILTIN_MAP) || type_is(type, BUILTIN_SET);
        if (keyed && type_resolve(type->args[0])->def == tparam) return true;
    }
    return false;
}

static bool is_wrong_instance(const Instance *instance, int k) {
    const Def *tparam = instance->def->tparams[k];
    return tparam->compared && check_has_function(instance->targs[k]) && !is_key_of_parameter(instance->def, tparam);
}

void check_traits(Checker *c) {
    mark_parameters(c);
    for (int i = 0; i < c->traits.count; i++)
        if (check_has_function(c->traits.items[i].type)) report_trait(c, &c->traits.items[i]);
    for (int i = 0; i < c->instances.count; i++) {
        Instance *instance = &c->instances.items[i];
        for (int k = 0; k < instance->def->tparam_count; k++)
            if (is_wrong_instance(instance, k)) report_instance(c, instance, instance->targs[k], instance->def->tparams[k]);
    }
}

// ---- places of streams -----------------------------------------------------------------------------------------------

static bool is_stream_function(const Checker *c, const Def *def) {
    return def->kind == DEF_TASK || (def->kind == DEF_FN && def->module == c->stream_module);
}

static bool is_stream(const Checker *c, const Ast *node) {
    if ((node->kind != AST_name && node->kind != AST_ctor) || !node->def) return false;
    const Def *def = node->def;
    return def->kind == DEF_STREAM || def->kind == DEF_WORKFLOW || is_stream_function(c, def) ||
           (node->type && type_is(node->type, BUILTIN_STREAM));
}

static void misplaced_stream(Checker *c, const Ast *node) {
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED, node->span, "`%s` belongs to streams, which are no values", node->name);
    diag_here(c->diags, diag, "not within a function, closure or value");
    bool range = node->def->kind == DEF_FN && strcmp(node->name, "range") == 0;
    diag_help(c->diags, diag, "%s",
              range ? "`for i in 0..n` counts" : "declare a `workflow`, which applies operators and tasks to streams");
}

static void forbid_streams(Checker *c, const Ast *node) {
    if (is_stream(c, node)) {
        misplaced_stream(c, node);
        return;
    }
    if (node->kind == AST_call && is_stream(c, node->kid[call_callee])) {
        misplaced_stream(c, node->kid[call_callee]);
        return;
    }
    for (int i = 0; i < node->kid_count; i++)
        if (node->kid[i]) forbid_streams(c, node->kid[i]);
}

// A stream expression: operators and tasks applied to streams. Whether it is a graph is for the topology to say; here their
// other arguments are looked at.
static void stream_expression(Checker *c, const Ast *node) {
    if (node->kind == AST_block) {
        const Ast *stmts = node->kid[block_stmts];
        for (int i = 0; i < stmts->kid_count; i++)
            stream_expression(c, stmts->kid[i]->kind == AST_let ? stmts->kid[i]->kid[let_value] : stmts->kid[i]);
        return;
    }
    if (!type_is(node->type, BUILTIN_STREAM)) {
        forbid_streams(c, node);
        return;
    }
    if (node->kind != AST_call || !node->kid[call_callee]->def || !is_stream_function(c, node->kid[call_callee]->def)) return;
    const Ast *args = node->kid[call_args];
    for (int i = 0; i < args->kid_count; i++) {
        if (type_is(args->kid[i]->type, BUILTIN_STREAM))
            stream_expression(c, args->kid[i]);
        else
            forbid_streams(c, args->kid[i]);
    }
}

void check_stream_places(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++) {
        const Def *def = c->value_defs.items[i];
        if (def->module->library) continue;
        if (def->kind == DEF_STREAM)
            stream_expression(c, def->ast->kid[stream_value]);
        else if (def->kind == DEF_WORKFLOW)
            stream_expression(c, def->ast->kid[workflow_value]);
        else
            forbid_streams(c, def->ast);
    }
}
