#include "lang/check_internal.h"

#include <string.h>

// Where foreign functions may be called. One that is not pure has effects, and so has each function that calls it: they stand
// only where code runs once, in the handlers and functions of tasks, in tests, and in the functions of `map` and `flat_map`.
//
// A closure has its effects where it is called. Where that is cannot be followed everywhere; so it counts where it is made,
// unless it is given to a function or constructor that keeps it, by what its type says.

static bool is_function(const Ast *node) {
    return node->kind == AST_closure || (node->kind == AST_name && node->def && node->def->kind == DEF_FN);
}

// Whether what is given as argument number `i` is kept in what the call gives, not called.
static bool is_kept(const Ast *call, int i) {
    const Ast *arg = call->kid[call_args]->kid[i];
    const Def *callee = call->kid[call_callee]->def;
    if (!arg || !is_function(arg) || !callee || (callee->kind != DEF_FN && callee->kind != DEF_CTOR)) return false;
    return !check_stays(call, i) && check_has_function(call->type);
}

// The first name within the node that has effects there; NULL if there is none.
static const Ast *find_effect(const Ast *node) {
    if (!node) return NULL;
    if (node->kind == AST_name && node->def && node->def->kind == DEF_FN && node->def->effects) return node;
    for (int i = 0; i < node->kid_count; i++) {
        const Ast *kid = node->kid[i], *found = NULL;
        if (node->kind == AST_call && i == call_args) {
            for (int k = 0; k < kid->kid_count && !found; k++)
                if (!is_kept(node, k)) found = find_effect(kid->kid[k]);
        } else {
            found = find_effect(kid);
        }
        if (found) return found;
    }
    return NULL;
}

// ---- which functions have effects --------------------------------------------------------------------------------------

typedef struct Walk {
    Checker *c;
    VEC(Def *) functions; // of modules and tasks
    Map causes;           // such a function -> the name in its body
} Walk;

static void collect(Walk *walk) {
    Checker *c = walk->c;
    for (int i = 0; i < c->value_defs.count; i++) {
        Def *def = c->value_defs.items[i];
        if (def->kind == DEF_FN) vec_push(c->arena, &walk->functions, def);
        const Ast *items = def->kind == DEF_TASK ? def->ast->kid[task_items] : NULL;
        for (int k = 0; items && k < items->kid_count; k++)
            if (items->kid[k]->kind == AST_fn && items->kid[k]->def) vec_push(c->arena, &walk->functions, items->kid[k]->def);
    }
}

static void infer_effects(Walk *walk) {
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < walk->functions.count; i++) {
            Def *def = walk->functions.items[i];
            const Ast *cause = def->effects ? NULL : find_effect(def->ast->kid[fn_body]);
            if (!cause) continue;
            def->effects = more = true;
            map_put(walk->c->arena, &walk->causes, def, (void *)cause);
        }
    }
}

static bool has_foreign(Walk *walk) {
    bool found = false;
    for (int i = 0; i < walk->functions.count; i++) {
        Def *def = walk->functions.items[i];
        def->effects = def->foreign && !(def->ast->flags & FLAG_PURE);
        found |= def->effects;
    }
    return found;
}

// ---- diagnostics -----------------------------------------------------------------------------------------------------

// Where code may run any number of times, and why.
typedef struct Region {
    const char *where;
    const char *why;
} Region;

static const char STARTS[] = "it is computed before anything runs, at each start anew";

// "`f` calls `g`, which calls `puts`, which is foreign and not `pure`"
static const char *chain_text(const Walk *walk, const Def *def) {
    Buf text = {0};
    buf_printf(&text, "`%s` ", def->name);
    for (const Ast *cause; (cause = map_get(&walk->causes, def)); def = cause->def)
        buf_printf(&text, "calls `%s`, which ", cause->def->name);
    buf_puts(&text, "is a function of C that is not declared `pure`");
    const char *copy = arena_copy_string(walk->c->arena, text.data, text.length);
    buf_free(&text);
    return copy;
}

static void report(Walk *walk, const Ast *name, const Region *region) {
    Checker *c = walk->c;
    Diag *diag = diag_add(c->diags, DIAG_FOREIGN_EFFECT, name->span, "`%s` cannot be called %s", name->def->name, region->where);
    diag_here(c->diags, diag, "%s", region->why);
    diag_note(c->diags, diag, "%s", chain_text(walk, name->def));
    diag_help(c->diags, diag,
              "call it in a task, and pass on what it gives; or declare the function of C `pure` if it only computes");
}

static void forbid(Walk *walk, const Ast *node, const char *where, const char *why) {
    const Ast *name = find_effect(node);
    if (name) report(walk, name, &(Region){where, why});
}

// ---- code ------------------------------------------------------------------------------------------------------------

// The guards within code that may have effects.
static void check_guards(Walk *walk, const Ast *node) {
    if (!node) return;
    const Ast *guard = node->kind == AST_arm ? node->kid[arm_guard] : node->kind == AST_handler ? node->kid[handler_guard] : NULL;
    if (guard) forbid(walk, guard, "in a guard", "guards are computed until one holds, in any order and number");
    for (int i = 0; i < node->kid_count; i++)
        if (node->kid[i] != guard) check_guards(walk, node->kid[i]);
}

static void check_defaults(Walk *walk, const Ast *params) {
    for (int i = 0; i < params->kid_count; i++)
        forbid(walk, params->kid[i]->kid[parameter_value], "in a default value", "it may be computed any number of times");
}

static void check_items(Walk *walk, const Ast *items) {
    for (int i = 0; i < items->kid_count; i++) {
        const Ast *item = items->kid[i];
        check_guards(walk, item);
        if (item->kind == AST_fn) check_defaults(walk, item->kid[fn_params]);
        if (item->kind != AST_state) continue;
        forbid(walk, item->kid[state_value], "in the initial value of a state",
               "it is computed whenever a key is new, or its state expires or is reset");
        forbid(walk, item->kid[state_expires], "in how long a state lasts", STARTS);
    }
}

// ---- stream expressions ------------------------------------------------------------------------------------------------

static bool is_stream(Type *type) {
    return type_is(type, BUILTIN_STREAM) || type_is_task(type);
}

static void check_stream(Walk *walk, const Ast *node);

static bool runs_once(const Def *callee, int arg) {
    static const char *const operators[] = {"map", "flat_map", "wrap"};
    if (callee->kind == DEF_TASK) return true;
    for (size_t i = 0; arg == 1 && i < sizeof operators / sizeof *operators; i++)
        if (strcmp(callee->name, operators[i]) == 0) return true;
    return false;
}

static void check_stream_arg(Walk *walk, const Def *callee, const Ast *arg, int i) {
    Checker *c = walk->c;
    bool library = callee->kind == DEF_FN && callee->module == c->stream_module;
    bool function = is_function(arg);
    if (function && (library || callee->kind == DEF_TASK) && runs_once(callee, i)) {
        check_guards(walk, arg);
    } else if (is_stream(arg->type)) {
        check_stream(walk, arg);
    } else if (function && library) {
        const char *where = arena_printf(c->arena, "in the function of `%s`", callee->name);
        forbid(walk, arg, where, "it may be computed more than once for an event, or not at all");
    } else {
        const char *why = function ? "it may be used where code runs any number of times" : STARTS;
        forbid(walk, arg, arena_printf(c->arena, "in an argument of `%s`", callee->name), why);
    }
}

static void check_stream(Walk *walk, const Ast *node) {
    if (!node) return;
    if (ast_is_expression(node->kind) && node->type && !is_stream(node->type)) {
        forbid(walk, node, "where a stream is put together", STARTS);
        return;
    }
    const Def *callee = node->kind == AST_call ? node->kid[call_callee]->def : NULL;
    if (callee) {
        const Ast *args = node->kid[call_args];
        for (int i = 0; i < args->kid_count; i++)
            if (args->kid[i]) check_stream_arg(walk, callee, args->kid[i], i);
        return;
    }
    for (int i = 0; i < node->kid_count; i++) check_stream(walk, node->kid[i]);
}

// ---- declarations ------------------------------------------------------------------------------------------------------

static void check_const(Walk *walk, Def *def) {
    if (walk->c->context->effects_at_top && module_is_app(def->module)) {
        def->effects = find_effect(def->ast->kid[const_value]) != NULL;
        return;
    }
    forbid(walk, def->ast->kid[const_value], "in the value of a constant", STARTS);
}

static void check_def(Walk *walk, Def *def) {
    const Ast *ast = def->ast;
    switch (def->kind) {
    case DEF_CONST: check_const(walk, def); return;
    case DEF_PARAM: forbid(walk, ast->kid[param_value], "in a default value", STARTS); return;
    case DEF_FN:
        check_defaults(walk, ast->kid[fn_params]);
        check_guards(walk, ast->kid[fn_body]);
        return;
    case DEF_TASK:
        check_defaults(walk, ast->kid[task_params]);
        check_items(walk, ast->kid[task_items]);
        return;
    case DEF_PORTAL:
        forbid(walk, ast->kid[portal_key], "in the key of a portal", "the key of a request may be computed any number of times");
        return;
    case DEF_TEST: check_guards(walk, ast->kid[test_body]); return;
    case DEF_WORKFLOW:
        check_defaults(walk, ast->kid[workflow_params]);
        check_stream(walk, ast->kid[workflow_value]);
        return;
    case DEF_STREAM: check_stream(walk, ast->kid[stream_value]); return;
    case DEF_SPLITTER: check_stream(walk, ast->kid[splitter_stream]); return;
    case DEF_CONNECT: check_stream(walk, ast); return;
    default: return;
    }
}

void check_foreign_effects(Checker *c) {
    Walk walk = {.c = c};
    collect(&walk);
    if (!has_foreign(&walk)) return;
    infer_effects(&walk);
    for (int i = 0; i < c->value_defs.count; i++) check_def(&walk, c->value_defs.items[i]);
}
