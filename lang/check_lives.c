#include "lang/check_internal.h"

// Local records do not live across an await: what comes behind it runs later, maybe in another process, and a local record is
// never kept; nor are closures with effects. Liveness, backwards over the tree: a variable lives where a later use of the value
// that it has there is possible.

// A variable, and where it is used next.
typedef struct Live {
    const Def *def;
    const Ast *use;
    const struct Live *rest;
} Live;

typedef struct Walk {
    Checker *c;
    Map waiting; // DEF_FN of the task -> the await or call in it that waits
    bool quiet;  // only computes
} Walk;

static const Live *lives(Walk *walk, const Ast *node, const Live *after);

// ---- sets of variables -----------------------------------------------------------------------------------------------

static const Live *without(Walk *walk, const Live *live, const Def *def) {
    if (!live) return NULL;
    const Live *rest = without(walk, live->rest, def);
    if (live->def == def) return rest;
    if (rest == live->rest) return live;
    Live *copy = ARENA_NEW(walk->c->arena, Live);
    *copy = (Live){live->def, live->use, rest};
    return copy;
}

static const Live *with(Walk *walk, const Live *live, const Def *def, const Ast *use) {
    Live *more = ARENA_NEW(walk->c->arena, Live);
    *more = (Live){def, use, without(walk, live, def)};
    return more;
}

static const Live *both(Walk *walk, const Live *a, const Live *b) {
    for (; a && a != b; a = a->rest) b = with(walk, b, a->def, a->use);
    return b;
}

// What a pattern binds begins there.
static const Live *without_names(Walk *walk, const Live *live, const Ast *pattern) {
    if (!pattern || !live) return live;
    if (pattern->def) live = without(walk, live, pattern->def);
    for (int i = 0; i < pattern->kid_count; i++) live = without_names(walk, live, pattern->kid[i]);
    return live;
}

// ---- what waits ------------------------------------------------------------------------------------------------------

static const Def *called_function(const Ast *node) {
    const Def *def = node->kind == AST_call ? node->kid[call_callee]->def : NULL;
    return def && def->kind == DEF_FN && def->owner ? def : NULL;
}

static bool waits(const Walk *walk, const Ast *node) {
    const Def *function = called_function(node);
    return node->kind == AST_await || (function && map_get(&walk->waiting, function));
}

// The first place within `node` that waits, or NULL. What is spawned waits by itself.
static const Ast *find_waiting(const Walk *walk, const Ast *node) {
    if (!node || node->kind == AST_spawn || node->kind == AST_closure) return NULL;
    for (int i = 0; i < node->kid_count; i++) {
        const Ast *found = find_waiting(walk, node->kid[i]);
        if (found) return found;
    }
    return waits(walk, node) ? node : NULL;
}

static void find_waiting_functions(Walk *walk, const Ast *items) {
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < items->kid_count; i++) {
            const Ast *item = items->kid[i];
            if (item->kind != AST_fn || map_get(&walk->waiting, item->def)) continue;
            const Ast *place = find_waiting(walk, item->kid[fn_body]);
            if (!place) continue;
            map_put(walk->c->arena, &walk->waiting, item->def, (void *)place);
            more = true;
        }
    }
}

// ---- diagnostics -----------------------------------------------------------------------------------------------------

// `def` (NULL: a value without a name) is needed behind `waiting`, by `use`.
static void report(Walk *walk, const Ast *waiting, const Def *def, const Ast *use, const char *needed) {
    Checker *c = walk->c;
    if (walk->quiet) return;
    const char *way = NULL, *what = def ? arena_printf(c->arena, "`%s`", def->name) : "this value";
    Type *record = check_find_within(c, use->type, check_is_local_record, &way);
    const char *kind = record                      ? "a local record"
                       : use->flags & FLAG_EFFECTS ? "a closure with effects"
                                                   : "a function of a local record";
    Diag *diag = diag_add(c->diags, DIAG_LOCAL_LIVES, waiting->span, "%s cannot be kept across %s", kind,
                          waiting->kind == AST_call ? "a call that awaits" : "an `await`");
    diag_here(c->diags, diag, "what comes behind this may run much later");
    report_label(c, diag, use->span, "%s is %s", what, needed);
    if (def) report_label(c, diag, def->span, "declared here");
    if (record)
        diag_note(c->diags, diag, "%s %s the local record `%s`", what, record == type_resolve(use->type) ? "is" : "holds", way);
    diag_help(c->diags, diag,
              record ? "take what is needed out of it before, or make it anew behind the `await`"
                     : "bind what waits by a `let` before");
}

static void suspend(Walk *walk, const Ast *node, const Live *after) {
    for (const Live *live = after; live; live = live->rest) {
        bool loops = live->use->span.start < node->span.start;
        report(walk, node, live->def, live->use, loops ? "used in the next round of the loop" : "used behind it");
    }
}

// A value that was computed before what waits, and is used together with what that gives.
static void check_parts(Walk *walk, Ast *const *parts, int count) {
    for (int i = 0; i < count - 1; i++) {
        const Ast *part = parts[i];
        if (!part || !part->type || !check_is_passing(part)) continue;
        for (int k = i + 1; k < count; k++) {
            const Ast *waiting = find_waiting(walk, parts[k]);
            if (waiting) report(walk, waiting, part->kind == AST_name ? part->def : NULL, part, "still needed behind it");
            if (waiting) break;
        }
    }
}

// ---- expressions -----------------------------------------------------------------------------------------------------

static const Live *lives_parts(Walk *walk, const Ast *node, const Live *after) {
    for (int i = node->kid_count - 1; i >= 0; i--) after = lives(walk, node->kid[i], after);
    return after;
}

static const Live *lives_name(Walk *walk, const Ast *node, const Live *after) {
    bool counts = node->def && node->def->kind == DEF_LOCAL && node->type && check_is_second_class(node->type);
    return counts ? with(walk, after, node->def, node) : after;
}

// What is called is known before the arguments; and so is the record of which the other fields are to be.
static void in_order(const Ast *call, Ast **parts) {
    const Ast *args = call->kid[call_args];
    int count = args->kid_count;
    bool update = count && args->kid[count - 1] && args->kid[count - 1]->kind == AST_spread;
    parts[0] = update ? args->kid[count - 1]->kid[spread_value] : call->kid[call_callee];
    if (update) parts[count] = NULL;
    for (int i = 0; i < count - update; i++) parts[i + 1] = args->kid[i];
}

static const Live *lives_call(Walk *walk, const Ast *node, const Live *after) {
    if (type_is(node->type, BUILTIN_NEVER)) after = NULL;
    if (waits(walk, node)) suspend(walk, node, after);
    int count = node->kid[call_args]->kid_count + 1;
    Ast **parts = ARENA_ARRAY(walk->c->arena, Ast *, count);
    in_order(node, parts);
    check_parts(walk, parts, count);
    for (int i = count; i-- > 0;) after = lives(walk, parts[i], after);
    return after;
}

static const Live *lives_if(Walk *walk, const Ast *node, const Live *after) {
    const Live *then = lives(walk, node->kid[if_then], after), *otherwise = lives(walk, node->kid[if_otherwise], after);
    return lives(walk, node->kid[if_condition], both(walk, then, otherwise));
}

static const Live *lives_match(Walk *walk, const Ast *node, const Live *after) {
    const Ast *arms = node->kid[match_arms], *value = node->kid[match_value];
    const Live *next = NULL;
    for (int i = arms->kid_count - 1; i >= 0; i--) {
        const Ast *arm = arms->kid[i];
        const Ast *parts[] = {value, arm->kid[arm_guard]}; // the next pattern looks at the value
        check_parts(walk, (Ast *const *)parts, i + 1 < arms->kid_count ? 2 : 0);
        const Live *body = lives(walk, arm->kid[arm_body], after);
        if (arm->kid[arm_guard]) body = lives(walk, arm->kid[arm_guard], both(walk, body, next));
        next = both(walk, without_names(walk, body, arm->kid[arm_pattern]), next);
    }
    return lives(walk, value, next);
}

static const Live *lives_binary(Walk *walk, const Ast *node, const Live *after) {
    check_parts(walk, node->kid, node->kid_count);
    bool maybe = node->op == OP_AND || node->op == OP_OR;
    const Live *right = lives(walk, node->kid[binary_right], after);
    return lives(walk, node->kid[binary_left], maybe ? both(walk, right, after) : right);
}

// ---- statements ------------------------------------------------------------------------------------------------------

static const Live *lives_assign(Walk *walk, const Ast *node, const Live *after) {
    const Ast *target = node->kid[assign_target];
    if (target->kind == AST_name) return lives(walk, node->kid[assign_value], without(walk, after, target->def));
    const Ast *elems = target->kind == AST_tuple ? target->kid[tuple_elems] : NULL;
    for (int i = 0; elems && i < elems->kid_count; i++)
        if (elems->kid[i]->kind == AST_name) after = without(walk, after, elems->kid[i]->def);
    return lives(walk, node->kid[assign_value], after);
}

// One round of a loop, behind which `after` lives.
static const Live *lives_round(Walk *walk, const Ast *loop, const Live *after) {
    if (loop->kind == AST_for) return without_names(walk, lives(walk, loop->kid[for_body], after), loop->kid[for_pattern]);
    return lives(walk, loop->kid[while_condition], both(walk, after, lives(walk, loop->kid[while_body], after)));
}

// What one round needs lives behind the round before it. A second look is enough, and needed only for what it says.
static const Live *lives_loop(Walk *walk, const Ast *loop, const Live *after) {
    bool quiet = walk->quiet;
    walk->quiet = true;
    const Live *head = both(walk, lives_round(walk, loop, after), after);
    walk->quiet = quiet;
    if (!quiet) lives_round(walk, loop, head);
    return loop->kind == AST_for ? lives(walk, loop->kid[for_iterable], head) : head;
}

// Code of its own, which uses what it captures where it is made.
static const Live *lives_closure(Walk *walk, const Ast *closure, const Live *after) {
    const Live *body = lives(walk, closure->kid[closure_body], NULL);
    return both(walk, without_names(walk, body, closure->kid[closure_params]), after);
}

static const Live *lives(Walk *walk, const Ast *node, const Live *after) {
    if (!node) return after;
    switch (node->kind) {
    case AST_name: return lives_name(walk, node, after);
    case AST_call: return lives_call(walk, node, after);
    case AST_tuple: check_parts(walk, node->kid[tuple_elems]->kid, node->kid[tuple_elems]->kid_count); break;
    case AST_interp: check_parts(walk, node->kid[interp_parts]->kid, node->kid[interp_parts]->kid_count); break;
    case AST_await: suspend(walk, node, after); break;
    case AST_if: return lives_if(walk, node, after);
    case AST_match: return lives_match(walk, node, after);
    case AST_binary: return lives_binary(walk, node, after);
    case AST_let: return lives(walk, node->kid[let_value], without_names(walk, after, node->kid[let_pattern]));
    case AST_var: return lives(walk, node->kid[var_value], without(walk, after, node->def));
    case AST_assign: return lives_assign(walk, node, after);
    case AST_for:
    case AST_while: return lives_loop(walk, node, after);
    case AST_return:
    case AST_fail: return lives_parts(walk, node, NULL);
    case AST_closure: return lives_closure(walk, node, after);
    case AST_spawn: lives(walk, node->kid[spawn_body], NULL); return after;
    default: break;
    }
    return lives_parts(walk, node, after);
}

void check_lives(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++) {
        if (c->value_defs.items[i]->kind != DEF_TASK) continue;
        Walk walk = {.c = c};
        const Ast *items = c->value_defs.items[i]->ast->kid[task_items];
        find_waiting_functions(&walk, items);
        for (int k = 0; k < items->kid_count; k++) {
            const Ast *item = items->kid[k];
            if (item->kind == AST_fn) lives(&walk, item->kid[fn_body], NULL);
            if (item->kind == AST_handler) lives(&walk, item->kid[handler_body], NULL);
        }
    }
}
