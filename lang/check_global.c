#include "lang/check_internal.h"

#include <string.h>

// What a task does once, and not for each key: the initial values of its global states, its `global on` handlers, and the
// functions of the task that these call. There is no key then, and none of the states that there are once for each key.

static const char *handler_text(const Ast *handler) {
    return handler->op == HANDLER_END ? "global on end" : "global on atom";
}

// ---- which handlers --------------------------------------------------------------------------------------------------

bool check_global_handler(Checker *c, const Def *task, const Ast *handler) {
    if (handler->op != HANDLER_END && handler->op != HANDLER_ATOM) {
        Diag *diag = diag_add(c->diags, DIAG_BAD_HANDLER, handler->span, "only `on atom` and `on end` can be global");
        diag_here(c->diags, diag, "this handler runs for an event, which has a key");
        diag_help(c->diags, diag, "leave `global` out: every handler of the task sees its global states");
        return false;
    }
    if (task->global_count) return true;
    Diag *diag = diag_add(c->diags, DIAG_BAD_HANDLER, handler->span, "the task `%s` has no global state", task->name);
    diag_here(c->diags, diag, "a handler that runs once for the whole task");
    diag_help(c->diags, diag, "declare what it is about with `global state`, or write `%s`",
              handler_text(handler) + strlen("global "));
    return false;
}

// ---- what they use ---------------------------------------------------------------------------------------------------

typedef struct Walk {
    Checker *c;
    const Def *task;
    Map key_names;    // Defs that the pattern of the key binds
    const char *what; // runs once
    bool emits;
} Walk;

static void add_key_names(Walk *walk, const Ast *pattern) {
    if (!pattern) return;
    if (pattern->def && (pattern->kind == AST_p_name || pattern->kind == AST_p_as || pattern->kind == AST_p_rest))
        map_put(walk->c->arena, &walk->key_names, pattern->def, pattern->def);
    for (int i = 0; i < pattern->kid_count; i++) add_key_names(walk, pattern->kid[i]);
}

// What the node names of what there is once for each key, or NULL.
static const Def *keyed_def(const Walk *walk, const Ast *node) {
    const Def *def = node->kind == AST_name || node->kind == AST_reset ? node->def : NULL;
    if (!def) return NULL;
    bool keyed = (def->kind == DEF_STATE && !def->global) || def->kind == DEF_KEY || map_get(&walk->key_names, def);
    return keyed ? def : NULL;
}

// `reset` without a name.
static bool resets_key(const Ast *node) {
    return node->kind == AST_reset && !node->name;
}

static const Def *helper_of(const Walk *walk, const Ast *node) {
    bool helper = node->kind == AST_name && node->def && node->def->kind == DEF_FN && node->def->owner == walk->task;
    return helper ? node->def : NULL;
}

// The first use of something of a key within a function of the task, and within those that it calls; NULL if there is none.
// `seen`: functions that have been looked at.
static const Ast *find_keyed(Walk *walk, Map *seen, const Ast *node) {
    if (!node) return NULL;
    if (node->kind == AST_emit) walk->emits = true;
    if (keyed_def(walk, node) || resets_key(node)) return node;
    const Def *helper = helper_of(walk, node);
    if (helper && !map_get(seen, helper)) {
        map_put(walk->c->arena, seen, helper, (void *)helper);
        const Ast *use = find_keyed(walk, seen, helper->ast->kid[fn_body]);
        if (use) return use;
    }
    const Ast *first = NULL;
    for (int i = 0; i < node->kid_count; i++) {
        const Ast *use = find_keyed(walk, seen, node->kid[i]);
        if (!first) first = use;
    }
    return first;
}

static const char *def_text(const Walk *walk, const Def *def) {
    if (!def) return "`reset` without a name";
    return arena_printf(walk->c->arena, "the %s `%s`", def->kind == DEF_STATE ? "state" : "key", def->name);
}

static void report_use(Walk *walk, const Ast *node, const Def *def) {
    Checker *c = walk->c;
    Diag *diag =
        diag_add(c->diags, DIAG_GLOBAL_USES_KEY, resolve_name_span(node), "%s cannot use %s", walk->what, def_text(walk, def));
    diag_here(c->diags, diag, "there is one for each key");
    report_label(c, diag, def->span, "declared here");
    diag_help(c->diags, diag, "collect what it needs in a `global state`, which every handler can set");
}

static void report_reset(Walk *walk, const Ast *node) {
    Checker *c = walk->c;
    Diag *diag = diag_add(c->diags, DIAG_GLOBAL_USES_KEY, node->span, "%s cannot use `reset` without a name", walk->what);
    diag_here(c->diags, diag, "it is for the states of a key");
    diag_help(c->diags, diag, "`reset %s` resets the global state", walk->task->globals[0]->name);
}

static void report_call(Walk *walk, const Ast *call, const Def *helper, const Ast *use) {
    Checker *c = walk->c;
    Diag *diag = diag_add(c->diags, DIAG_GLOBAL_USES_KEY, call->span, "%s cannot call `%s`", walk->what, helper->name);
    const char *why = resets_key(use) ? "is for the states of a key" : "there is once for each key";
    diag_here(c->diags, diag, "it uses %s, which %s", def_text(walk, keyed_def(walk, use)), why);
    report_label(c, diag, use->name ? resolve_name_span(use) : use->span, "used here");
    diag_help(c->diags, diag, "collect what it needs in a `global state`, which every handler can set");
}

// Reports every use in what runs once.
static void look(Walk *walk, const Ast *node) {
    if (!node) return;
    if (node->kind == AST_emit) walk->emits = true;
    const Def *keyed = keyed_def(walk, node), *helper = helper_of(walk, node);
    if (keyed) report_use(walk, node, keyed);
    if (resets_key(node)) report_reset(walk, node);
    if (helper) {
        Map seen = {0};
        map_put(walk->c->arena, &seen, helper, (void *)helper);
        const Ast *use = find_keyed(walk, &seen, helper->ast->kid[fn_body]);
        if (use) report_call(walk, node, helper, use);
    }
    for (int i = 0; i < node->kid_count; i++) look(walk, node->kid[i]);
}

void check_globals(Checker *c, Def *task) {
    if (!task->global_count) return;
    Walk walk = {.c = c, .task = task};
    Ast *items = task->ast->kid[task_items], *key = task->ast->kid[task_key];
    if (key && key->kind != AST_p_name) add_key_names(&walk, key);
    for (int i = 0; i < items->kid_count; i++) {
        const Ast *item = items->kid[i];
        if (!(item->flags & FLAG_GLOBAL)) continue;
        if (item->kind == AST_state) {
            walk.what = "the initial value of a global state";
            look(&walk, item->kid[state_value]);
        } else if (item->op == HANDLER_END || item->op == HANDLER_ATOM) {
            walk.what = arena_printf(c->arena, "`%s`", handler_text(item));
            look(&walk, item->kid[handler_body]);
        }
    }
    task->global_emits = walk.emits;
}
