#include "lang/topology_internal.h"

// An exclusive task whose key waits for a reply takes no request of that key. So if those whom it asks ask it in turn, a key may
// come to wait for itself. Whether it does depends on the keys: this is only a warning. What is asked without waiting for the
// reply does no harm.

// A task that was reached from the one in question.
typedef struct Reached {
    PortalUse *by; // the ask that led to it
} Reached;

typedef struct Search {
    Context *context;
    Map reached; // Node of a task -> Reached
    VEC(Node *) queue;
} Search;

static bool is_exclusive(const Node *task) {
    return task->task->ast->flags & FLAG_EXCLUSIVE;
}

static bool wants_reply(const Ast *node, const Def *portal) {
    if (!node) return false;
    if (node->kind == AST_ask && node->kid[ask_portal]->def == portal && !(node->flags & FLAG_UNWANTED)) return true;
    for (int i = 0; i < node->kid_count; i++)
        if (wants_reply(node->kid[i], portal)) return true;
    return false;
}

// ---- the shortest way round --------------------------------------------------------------------------------------------

static void reach(Search *search, PortalUse *use) {
    if (map_get(&search->reached, use->replier) || !wants_reply(use->asker->task->ast, use->asker->task->asks[use->ask])) return;
    Reached *reached = ARENA_NEW(search->context->arena, Reached);
    reached->by = use;
    map_put(search->context->arena, &search->reached, use->replier, reached);
    vec_push(search->context->arena, &search->queue, use->replier);
}

// The ask by which `task` is reached from itself; NULL if it is not.
static PortalUse *way_round(Search *search, Node *task) {
    const Reached *back = NULL;
    vec_push(search->context->arena, &search->queue, task);
    for (int i = 0; i < search->queue.count && !back; i++) { // grows meanwhile
        const Node *node = search->queue.items[i];
        for (int k = 0; k < node->asked.count; k++) reach(search, node->asked.items[k]);
        back = map_get(&search->reached, task);
    }
    return back ? back->by : NULL;
}

// ---- the warning -------------------------------------------------------------------------------------------------------

typedef struct Way {
    VEC(PortalUse *) asks; // from the task on, up to the one that comes back to it
} Way;

static Way *way_of(Search *search, const Node *task, PortalUse *last) {
    Way *way = ARENA_NEW(search->context->arena, Way);
    vec_push(search->context->arena, &way->asks, last);
    while (last->asker != task) {
        const Reached *before = map_get(&search->reached, last->asker);
        last = before->by;
        vec_push(search->context->arena, &way->asks, last);
    }
    for (int i = 0, k = way->asks.count - 1; i < k; i++, k--) {
        PortalUse *use = way->asks.items[i];
        way->asks.items[i] = way->asks.items[k];
        way->asks.items[k] = use;
    }
    return way;
}

// "`A` asks `p` of `B`, which asks `q` of `A`"
static const char *way_text(Arena *arena, const Node *task, const Way *way) {
    enum { SHOWN = 8 };
    const char *text = arena_printf(arena, "`%s`", task->name);
    for (int i = 0; i < way->asks.count && i < SHOWN; i++) {
        const PortalUse *use = way->asks.items[i];
        text = arena_printf(arena, "%s%s asks `%s` of ", text, i ? ", which" : "", use->portal->name);
        text = use->replier == use->asker ? arena_printf(arena, "%sitself", text)
                                          : arena_printf(arena, "%s`%s`", text, use->replier->name);
    }
    return way->asks.count > SHOWN ? arena_printf(arena, "%s, and so on", text) : text;
}

static void warn(Context *context, const Node *task, const Way *way) {
    const Ast *asks = task->task->ast->kid[task_asks];
    Diag *diag = diag_add(&context->diags, DIAG_ASK_CYCLE, asks->kid[way->asks.items[0]->ask]->span,
                          "a key of the exclusive task `%s` may come to wait for itself", task->name);
    diag_here(&context->diags, diag, "what it asks here may ask it");
    diag_note(&context->diags, diag, "%s", way_text(context->arena, task, way));
    diag_help(&context->diags, diag, "see to it that a key never asks itself, do not await the reply, or make `%s` not exclusive",
              task->name);
}

// Each task is named in one warning, however often it is used.
static void check_task(Context *context, Map *warned, Node *task) {
    if (!is_exclusive(task) || map_get(warned, task->task)) return;
    Search search = {.context = context};
    PortalUse *last = way_round(&search, task);
    if (!last) return;
    const Way *way = way_of(&search, task, last);
    warn(context, task, way);
    for (int i = 0; i < way->asks.count; i++)
        map_put(context->arena, warned, way->asks.items[i]->asker->task, way->asks.items[i]->asker->task);
}

void topology_check_ask_cycles(Builder *b) {
    Map warned = {0};
    for (int i = 0; i < b->topology->portal_uses.count; i++)
        check_task(b->context, &warned, b->topology->portal_uses.items[i]->asker);
}
