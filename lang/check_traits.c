#include "lang/check_internal.h"

#include <string.h>

// What can only be said when all types are known: functions and futures that are compared or shown and Anys that are compared,
// also by generic functions for their callers, and streams that stand where there is no stream expression.

bool check_has_function(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_FN || (type->kind == TYPE_CON && type->def->functional)) return true;
    for (int i = 0; i < type->arg_count; i++)
        if (check_has_function(type->args[i])) return true;
    return false;
}

bool check_has_any(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_CON && (type->def->builtin == BUILTIN_ANY || type->def->holds_any)) return true;
    for (int i = 0; i < type->arg_count; i++)
        if (check_has_any(type->args[i])) return true;
    return false;
}

bool check_has_future(Type *type) {
    type = type_resolve(type);
    if (type_is(type, BUILTIN_FUTURE) || type_is(type, BUILTIN_PROMISE)) return true;
    if (type->kind == TYPE_CON && type->def->holds_future) return true;
    for (int i = 0; i < type->arg_count; i++)
        if (check_has_future(type->args[i])) return true;
    return false;
}

// What is in the type that does not allow the trait; NULL: nothing.
static const char *find_obstacle(Type *type, TraitKind kind) {
    if (type_is(type, BUILTIN_PROMISE)) return "a promise";
    if (check_has_future(type)) return "a future";
    if (check_has_function(type)) return "a function";
    return kind != TRAIT_SHOWN && check_has_any(type) ? "an Any" : NULL;
}

// ---- type parameters that cannot be functions, or contain an Any -----------------------------------------------------

// The instances in which a type parameter is given a type, and the parameters that are yet to be spread.
typedef struct Spread {
    TraitKind kind; // SHOWN, JSON or COMPARED
    Map uses;       // DEF_TPARAM -> Uses
    VEC(Def *) marked;
} Spread;

typedef struct Uses {
    VEC(Type *) types;
} Uses;

static bool *mark_of(const Spread *spread, Def *tparam) {
    if (spread->kind == TRAIT_JSON) return &tparam->in_json;
    return spread->kind == TRAIT_SHOWN ? &tparam->shown : &tparam->compared;
}

static void mark(Checker *c, Spread *spread, Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_PARAM && !*mark_of(spread, type->def)) {
        *mark_of(spread, type->def) = true;
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
                if (*mark_of(spread, tparam)) vec_push(c->arena, &spread->marked, tparam); // of a library checked before
            }
            vec_push(c->arena, &uses->types, instance->targs[k]);
        }
    }
}

// Functions of the library that compare, show or write what they are given, although their bodies are not in Portals.
static void mark_library(Checker *c, Spread *spread) {
    static const struct {
        const char *module, *function;
        int tparam;
        TraitKind kind;
    } comparing[] = {{"list", "sort_with_keys", 1, TRAIT_COMPARED},
                     {"stream", "key", 1, TRAIT_COMPARED},
                     {"stream", "print", 0, TRAIT_SHOWN},
                     {"stream", "write", 0, TRAIT_SHOWN},
                     {"stream", "log", 0, TRAIT_SHOWN},
                     {"stream", "json_lines", 0, TRAIT_JSON},
                     {"stream", "inbox", 0, TRAIT_JSON},
                     {"stream", "outbox", 0, TRAIT_JSON},
                     {"stream", "write_json", 0, TRAIT_JSON},
                     {"json", "parse", 0, TRAIT_JSON},
                     {"json", "to_string", 0, TRAIT_JSON},
                     {"id", "of", 0, TRAIT_COMPARED}};
    for (size_t i = 0; i < sizeof comparing / sizeof *comparing; i++) {
        if (comparing[i].kind != spread->kind) continue;
        Module *module = map_get(&c->modules, report_symbol(c, comparing[i].module));
        Def *def = module ? map_get(&module->scope, report_symbol(c, comparing[i].function)) : NULL;
        if (def && comparing[i].tparam < def->tparam_count) mark(c, spread, def->tparams[comparing[i].tparam]->type);
    }
}

static void mark_parameters(Checker *c, TraitKind kind) {
    Spread spread = {.kind = kind};
    collect_uses(c, &spread);
    mark_library(c, &spread);
    for (int i = 0; i < c->traits.count; i++)
        if (kind != TRAIT_JSON && (c->traits.items[i].kind == TRAIT_SHOWN) == (kind == TRAIT_SHOWN))
            mark(c, &spread, c->traits.items[i].type);
    while (spread.marked.count) {
        Uses *uses = map_get(&spread.uses, spread.marked.items[--spread.marked.count]);
        for (int i = 0; uses && i < uses->types.count; i++) mark(c, &spread, uses->types.items[i]);
    }
}

static void report_trait(Checker *c, const Trait *trait, const char *obstacle) {
    const char *what = trait->kind == TRAIT_COMPARED ? "compared"
                       : trait->kind == TRAIT_SHOWN  ? "written as text"
                                                     : "used as a key";
    Diag *diag = diag_add(c->diags, DIAG_NOT_COMPARABLE, trait->span, "%s cannot be %s", obstacle, what);
    Type *type = type_resolve(trait->type);
    bool itself =
        type->kind == TYPE_FN || type_is(type, BUILTIN_ANY) || type_is(type, BUILTIN_FUTURE) || type_is(type, BUILTIN_PROMISE);
    if (itself)
        diag_here(c->diags, diag, "this is %s", report_type(c, type));
    else
        diag_here(c->diags, diag, "there is %s in %s", obstacle, report_type(c, type));
    if (check_has_future(type))
        diag_help(c->diags, diag, "only what comes of a future is a value: `await` it first");
    else if (check_has_any(type))
        diag_help(c->diags, diag, "take the value out first: `a as Int` is an Option[Int]");
}

static void report_instance(Checker *c, const Instance *instance, Type *type, const Def *tparam, const char *obstacle) {
    Diag *diag = diag_add(c->diags, DIAG_NOT_COMPARABLE, instance->span,
                          "`%s` compares or shows its values, which %s does not allow", instance->def->name, obstacle);
    diag_here(c->diags, diag, "`%s` is %s here", tparam->name, report_type(c, type));
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

static void check_instance(Checker *c, const Instance *instance) {
    for (int i = 0; i < instance->def->tparam_count; i++) {
        const Def *tparam = instance->def->tparams[i];
        // What a portal cannot take from outside is refused when it comes.
        bool hidden = source_file(&c->context->sources, instance->span.file)->hidden;
        if (tparam->in_json && !hidden) check_json(c, instance->def, instance->targs[i], instance->span);
        if ((!tparam->compared && !tparam->shown) || is_key_of_parameter(instance->def, tparam)) continue;
        const char *obstacle = find_obstacle(instance->targs[i], tparam->compared ? TRAIT_COMPARED : TRAIT_SHOWN);
        if (obstacle) report_instance(c, instance, instance->targs[i], tparam, obstacle);
    }
}

void check_traits(Checker *c) {
    mark_parameters(c, TRAIT_SHOWN);
    mark_parameters(c, TRAIT_JSON);
    mark_parameters(c, TRAIT_COMPARED);
    for (int i = 0; i < c->traits.count; i++) {
        const char *obstacle = find_obstacle(c->traits.items[i].type, c->traits.items[i].kind);
        if (obstacle) report_trait(c, &c->traits.items[i], obstacle);
    }
    for (int i = 0; i < c->instances.count; i++) check_instance(c, &c->instances.items[i]);
}

// ---- places of streams -----------------------------------------------------------------------------------------------

static bool is_stream_function(const Checker *c, const Def *def) {
    return def->kind == DEF_TASK || def->parametric || (def->kind == DEF_FN && def->module == c->stream_module);
}

static bool is_stream(const Checker *c, const Ast *node) {
    if ((node->kind != AST_name && node->kind != AST_ctor) || !node->def) return false;
    const Def *def = node->def;
    return def->kind == DEF_STREAM || def->kind == DEF_WORKFLOW || def->kind == DEF_SEQUENCER || def->kind == DEF_SPLITTER ||
           is_stream_function(c, def) || (node->type && type_is(node->type, BUILTIN_STREAM));
}

static const char *help_misplaced(const Ast *node) {
    bool function = node->def->kind == DEF_FN;
    if (function && strcmp(node->name, "range") == 0) return "`for i in 0..n` counts, `list.range(0, n)` makes a list";
    if (function && strcmp(node->name, "print") == 0)
        return "`log x` writes to standard error; only a `workflow` writes to standard output";
    return "declare a `workflow`, which applies operators and tasks to streams";
}

void check_misplaced_stream(Checker *c, const Ast *node) {
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED, node->span, "`%s` belongs to streams, which are no values", node->name);
    diag_here(c->diags, diag, "not within a function, closure or value");
    diag_help(c->diags, diag, "%s", help_misplaced(node));
}

static void forbid_streams(Checker *c, const Ast *node) {
    if (!node) return;
    if (is_stream(c, node)) {
        check_misplaced_stream(c, node);
        return;
    }
    if (node->kind == AST_call && is_stream(c, node->kid[call_callee])) {
        check_misplaced_stream(c, node->kid[call_callee]);
        return;
    }
    for (int i = 0; i < node->kid_count; i++) forbid_streams(c, node->kid[i]);
}

// Whether argument number `i` is a stream, whatever the type parameters are: `union` takes any number of them.
static bool takes_stream(const Def *callee, int i) {
    const Type *type = callee->type;
    return type_is(type->args[i < type->arg_count - 1 ? i : 0], BUILTIN_STREAM);
}

static bool takes_task(const Def *callee, int i) {
    return i < callee->type->arg_count - 1 && type_is_task(callee->type->args[i]);
}

static void stream_expression(Checker *c, const Ast *node);

// A task expression, or a call that applies one, whose arguments are of all kinds.
static void task_expression(Checker *c, const Ast *node) {
    if (!node) return;
    if (node->kind == AST_then) {
        task_expression(c, node->kid[then_first]);
        task_expression(c, node->kid[then_second]);
    }
    if (node->kind != AST_call) return;
    task_expression(c, node->kid[call_callee]);
    const Ast *args = node->kid[call_args];
    const Def *callee = node->kid[call_callee]->def;
    bool declared = callee && is_stream_function(c, callee) && combinator_of(callee) == COMBINE_NOT;
    for (int i = 0; i < args->kid_count; i++) {
        const Ast *arg = args->kid[i];
        if (arg && (declared ? takes_stream(callee, i) : type_is(arg->type, BUILTIN_STREAM)))
            stream_expression(c, arg);
        else if (arg && (declared ? takes_task(callee, i) : type_is_task(arg->type)))
            task_expression(c, arg);
        else
            forbid_streams(c, arg);
    }
}

// A stream expression: operators and tasks applied to streams. Whether it is a graph is for the topology to say; here their
// other arguments are looked at.
static void stream_expression(Checker *c, const Ast *node) {
    if (node->kind == AST_block) {
        const Ast *stmts = node->kid[block_stmts];
        for (int i = 0; i < stmts->kid_count; i++) {
            const Ast *stmt = stmts->kid[i];
            if (stmt->kind == AST_sequencer) continue;
            if (stmt->kind == AST_let) stmt = stmt->kid[let_value];
            stream_expression(c, stmt->kind == AST_connect ? stmt->kid[connect_from] : stmt);
        }
        return;
    }
    if (!type_is(node->type, BUILTIN_STREAM)) {
        forbid_streams(c, node);
        return;
    }
    if (node->kind == AST_call) task_expression(c, node);
}

static void workflow_places(Checker *c, const Def *workflow) {
    const Ast *params = workflow->ast->kid[workflow_params];
    for (int i = 0; i < params->kid_count; i++) {
        const Ast *value = params->kid[i]->kid[parameter_value];
        if (value && takes_stream(workflow, i))
            stream_expression(c, value);
        else if (value && type_is_task(workflow->type->args[i]))
            task_expression(c, value);
        else
            forbid_streams(c, value);
    }
    stream_expression(c, workflow->ast->kid[workflow_value]);
}

void check_stream_places(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++) {
        const Def *def = c->value_defs.items[i];
        if (def->module->library) continue;
        bool prompt = def->kind == DEF_CONST && def->ast->flags & FLAG_PROMPT;
        if (prompt && type_is(def->type, BUILTIN_STREAM)) continue; // it becomes a workflow
        if (def->kind == DEF_STREAM)
            stream_expression(c, def->ast->kid[stream_value]);
        else if (def->kind == DEF_WORKFLOW)
            workflow_places(c, def);
        else if (def->kind == DEF_CONNECT)
            stream_expression(c, def->ast->kid[connect_from]);
        else if (def->kind == DEF_SPLITTER)
            stream_expression(c, def->ast->kid[splitter_stream]);
        else if (def->kind == DEF_SEQUENCER)
            continue;
        else
            forbid_streams(c, def->ast);
    }
}
