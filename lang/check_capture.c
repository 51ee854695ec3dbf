#include "lang/check_internal.h"

// What the types of closures and Anys hide: the values that a closure captured, and the one that an Any holds. Nothing would keep
// futures that are hidden so from being sent, nor local records from being kept; so they are never captured by a closure that
// could be kept, and never become an Any. Where that happens to a value of a type parameter, each use of the generic function
// counts.

typedef struct Walk {
    Checker *c;
    bool added; // to c->hidden
} Walk;

// ---- closures --------------------------------------------------------------------------------------------------------

static bool can_hold_function(Type *type) {
    return check_has_function(type) || check_has_any(type) || type_is(type, BUILTIN_STREAM);
}

// What a function takes besides the closure must not take closures itself, and could else not give one.
static bool passes_nothing_on(Type *parameter) {
    parameter = type_resolve(parameter);
    if (parameter->kind != TYPE_FN) return !check_has_function(parameter);
    for (int i = 0; i < parameter->arg_count; i++)
        if (can_hold_function(parameter->args[i])) return false;
    return true;
}

// A function of a module changes nothing outside of it: a closure that it is given stays within the call, if neither what it
// gives nor what is called there could hold it. This goes by its declared types: a function cannot make a `T` of what is an `A ->
// B` to it.
static bool keeps_nothing(const Def *def) {
    if (!def || def->kind != DEF_FN || def->owner || def->type->kind != TYPE_FN) return false;
    int params = def->type->arg_count - 1;
    for (int i = 0; i < params; i++)
        if (!passes_nothing_on(def->type->args[i])) return false;
    return !can_hold_function(def->type->args[params]);
}

// What it takes as a `T` it may give back as one.
static bool takes_function(const Def *def, int i) {
    return i < def->type->arg_count - 1 && type_resolve(def->type->args[i])->kind == TYPE_FN;
}

// In a local record it is second class: what that field holds is only called.
static bool is_local_field(const Def *def, int i) {
    if (!def || def->kind != DEF_CTOR || def->type->kind != TYPE_FN) return false;
    return check_is_local_record(def->type->args[def->type->arg_count - 1]) && takes_function(def, i);
}

bool check_stays(const Ast *call, int i) {
    const Def *callee = call->kid[call_callee]->def;
    return is_local_field(callee, i) || (keeps_nothing(callee) && takes_function(callee, i));
}

static void add_bound(Checker *c, Map *bound, const Ast *node) {
    if (!node) return;
    bool binds = node->kind == AST_p_name || node->kind == AST_p_as || node->kind == AST_p_rest || node->kind == AST_var;
    if (binds && node->def) map_put(c->arena, bound, node->def, node->def);
    for (int i = 0; i < node->kid_count; i++) add_bound(c, bound, node->kid[i]);
}

static void mark(Walk *walk, Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_PARAM && !map_get(&walk->c->hidden, type->def)) {
        map_put(walk->c->arena, &walk->c->hidden, type->def, type->def);
        walk->added = true;
    }
    for (int i = 0; type->kind != TYPE_FN && i < type->arg_count; i++) mark(walk, type->args[i]);
}

static const char how_to_use[] =
    "let the closure take it as a parameter; or write it directly as the argument of a function that gives no "
    "function, such as `list.map`, or of a function field of a `local record`";

static void report_captured_record(Checker *c, const Ast *name, const Ast *closure, const char *way) {
    bool spawn = closure->kind == AST_spawn;
    Diag *diag = diag_add(c->diags, DIAG_LOCAL_CAPTURED, name->span, "%s cannot use the local record `%s`",
                          spawn ? "a `spawn` block" : "this closure", name->name);
    diag_here(c->diags, diag, "it has `%s`", way);
    report_label(c, diag, name->def->span, "declared here");
    diag_note(c->diags, diag, "%s",
              spawn ? "the block runs when the handler has ended, and a local record is used up to the next `await` only"
                    : "the closure could be kept, and a local record never is");
    diag_help(c->diags, diag, "%s", spawn ? "take what the block needs out of it before" : how_to_use);
}

static void report_captured_future(Checker *c, const Ast *name, Type *found, const char *way) {
    const char *what = type_is(found, BUILTIN_FUTURE) ? "future" : "promise";
    Diag *diag = diag_add(c->diags, DIAG_FUTURE_HIDDEN, name->span, "this closure cannot capture the %s `%s`", what, name->name);
    diag_here(c->diags, diag, "it has `%s`", way);
    report_label(c, diag, name->def->span, "declared here");
    diag_note(c->diags, diag, "the closure could be sent, and a %s stays in its task", what);
    diag_help(c->diags, diag, "%s", how_to_use);
}

static void check_captured(Walk *walk, const Ast *name, const Ast *closure) {
    Checker *c = walk->c;
    const char *way;
    if (check_is_second_class(name->type)) {
        check_find_within(c, name->type, check_is_local_record, &way);
        report_captured_record(c, name, closure, way);
        return;
    }
    if (closure->kind == AST_spawn) return; // it is code of the task
    Type *found = check_find_within(c, name->type, check_is_future, &way);
    if (found)
        report_captured_future(c, name, found, way);
    else
        mark(walk, name->type);
}

// The names within a closure that are bound outside of it.
static void check_names(Walk *walk, const Map *bound, const Ast *node, const Ast *closure) {
    if (!node) return;
    const Def *def = node->kind == AST_name ? node->def : NULL;
    if (def && (def->kind == DEF_LOCAL || def->kind == DEF_STATE) && !map_get(bound, def)) check_captured(walk, node, closure);
    for (int i = 0; i < node->kid_count; i++) check_names(walk, bound, node->kid[i], closure);
}

static void check_closure_names(Walk *walk, const Ast *closure) {
    Map bound = {0};
    add_bound(walk->c, &bound, closure);
    check_names(walk, &bound, closure, closure);
}

// ---- Anys ------------------------------------------------------------------------------------------------------------

static void check_cast_of(Walk *walk, const Ast *cast) {
    Checker *c = walk->c;
    bool from = type_is(cast->type, BUILTIN_ANY);
    Type *type = from ? cast->kid[cast_value]->type : cast->kid[cast_type]->type;
    const char *way;
    Type *found = check_find_within(c, type, check_is_future, &way);
    bool record = !found && check_is_second_class(type);
    if (record) found = check_find_within(c, type, check_is_local_record, &way);
    if (!found && from) mark(walk, type);
    if (!found) return;
    const char *what = record ? "local record" : type_is(found, BUILTIN_FUTURE) ? "future" : "promise";
    Diag *diag = diag_add(c->diags, record ? DIAG_LOCAL_KEPT : DIAG_FUTURE_HIDDEN, cast->span, "an Any never holds a %s", what);
    diag_here(c->diags, diag, "%s `%s`", from ? "this has" : "it would have", way);
    diag_note(c->diags, diag, "what an Any holds could be %s, and a %s is not", record ? "kept" : "sent", what);
}

// ---- all of it -------------------------------------------------------------------------------------------------------

static void look(Walk *walk, const Ast *node, bool stays) {
    if (!node) return;
    if ((node->kind == AST_closure && !stays) || node->kind == AST_spawn) check_closure_names(walk, node);
    if (node->kind == AST_cast) check_cast_of(walk, node);
    for (int i = 0; i < node->kid_count; i++) {
        const Ast *kid = node->kid[i];
        bool args = node->kind == AST_call && i == call_args;
        for (int k = 0; args && k < kid->kid_count; k++) look(walk, kid->kid[k], check_stays(node, k));
        if (!args) look(walk, kid, false);
    }
}

static void spread(Walk *walk) {
    do {
        walk->added = false;
        for (int i = 0; i < walk->c->instances.count; i++) {
            const Instance *instance = &walk->c->instances.items[i];
            for (int k = 0; k < instance->def->tparam_count; k++)
                if (map_get(&walk->c->hidden, instance->def->tparams[k])) mark(walk, instance->targs[k]);
        }
    } while (walk->added);
}

static void check_instance(const Walk *walk, const Instance *instance) {
    Checker *c = walk->c;
    const char *way;
    for (int i = 0; i < instance->def->tparam_count; i++) {
        if (!map_get(&walk->c->hidden, instance->def->tparams[i])) continue;
        Type *found = check_find_within(c, instance->targs[i], check_is_future, &way);
        if (!found) continue;
        const char *what = type_is(found, BUILTIN_FUTURE) ? "future" : "promise";
        Diag *diag = diag_add(c->diags, DIAG_FUTURE_HIDDEN, instance->span,
                              "`%s` cannot take a %s: it keeps it in a closure or an Any", instance->def->name, what);
        diag_here(c->diags, diag, "`%s` is `%s` here", instance->def->tparams[i]->name, way);
        diag_note(c->diags, diag, "what a closure or an Any holds could be sent, and a %s stays in its task", what);
        return;
    }
}

void check_captures(Checker *c) {
    Walk walk = {.c = c};
    for (int i = 0; i < c->value_defs.count; i++) look(&walk, c->value_defs.items[i]->ast, false);
    spread(&walk);
    for (int i = 0; i < c->instances.count; i++) check_instance(&walk, &c->instances.items[i]);
}
