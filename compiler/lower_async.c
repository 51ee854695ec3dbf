#include "compiler/lower_internal.h"

#include <string.h>

#include "base/hash.h"

// A task that asks, replies, spawns or waits. What its stage, `on atom` and `on end` do is no more than to begin a handler: the
// VM runs it, now or when the key is free, from one `await` to the next. What it emits waits in a channel of the task's own until
// such a segment has ended, then `flush` passes it on.

// ---- beginning ---------------------------------------------------------------------------------------------------------

CoreOperand lower_frame(Builder *b, CoreFn *fn, const CoreOperand *args, int count, Span span) {
    CoreOperand frame = builder_local(b, b->lower->core->frame, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_FRAME_NEW, frame.local, count, 0, span);
    inst->fn = fn;
    for (int i = 0; i < count; i++) inst->args[i] = args[i];
    return frame;
}

int lower_task_at_hand(const Builder *b) {
    return b->global ? b->task->globals : b->task->index;
}

static void start(Builder *b, CoreFn *handler, const CoreOperand *args, int count, Span span) {
    CoreOperand frame = lower_frame(b, handler, args, count, span);
    CoreInst *inst = builder_inst(b, CORE_OP_START, -1, 2, 0, span);
    inst->index = lower_task_at_hand(b);
    inst->args[0] = operand_local(b->entry);
    inst->args[1] = frame;
}

CoreFn *lower_begin_event_fn(TaskUse *use) {
    Span span = use->node->task->span;
    CoreFn *handler = lower_event_fn(use->running);
    Builder *b = lower_begin_handler(use, "on_event begun", SCOPE_KEY);
    CoreOperand event = builder_param(b, lower_event_type(b), "event");
    start(b, handler, &event, 1, span);
    builder_return(b, operand_unit(), span);
    return b->fn;
}

CoreFn *lower_begun(TaskUse *use, CoreFn *handler, HandlerScope scope, const char *name) {
    if (!handler || !use->node->task->async) return handler;
    Builder *b = lower_begin_handler(use, name, scope);
    start(b, handler, NULL, 0, use->node->task->span);
    builder_return(b, operand_unit(), use->node->task->span);
    return b->fn;
}

void lower_begin_async(TaskUse *use) {
    Lower *lower = use->graph->lower;
    lower_portal_channels(use);
    use->running = ARENA_NEW(lower->arena, TaskUse);
    *use->running = *use;
    CoreType *emitted = lower_type(lower->setup, use->node->event);
    if (emitted != lower->core->never) use->running->held = lower_add_channel(use->graph, emitted, -1);
}

// ---- what the VM needs ---------------------------------------------------------------------------------------------------

// Which use of a task of this name it is in its graph, from 0.
static int place_among_equals(const Graph *graph, const Node *node) {
    int place = 0;
    for (int i = 0; graph->nodes.items[i] != node; i++) {
        const Node *other = graph->nodes.items[i];
        if (other->kind == NODE_TASK && strcmp(node_name(other), node_name(node)) == 0) place++;
    }
    return place;
}

int64_t lower_asker(const Lower *lower, const Graph *graph, const Node *node, bool global) {
    const char *name = arena_printf(lower->arena, "%s/%s/%d%s", graph->name, node_name(node), place_among_equals(graph, node),
                                    global ? ".global" : "");
    return (int64_t)hash_bytes(name, strlen(name));
}

static CoreFn *flush_fn(TaskUse *use, HandlerScope scope) {
    if (use->running->held < 0) return NULL;
    Span span = use->node->task->span;
    Builder *b = lower_begin_handler(use, scope == SCOPE_GLOBAL ? "global flush" : "flush held", scope);
    lower_push_held(b, use->running->held, lower_type(b, use->node->event), span);
    builder_return(b, operand_unit(), span);
    return b->fn;
}

// (Entry, event)
static CoreFn *on_error_fn(TaskUse *running) {
    const Ast *on_error = lower_on_error(running->node->task);
    if (!on_error) return NULL;
    Builder *b = lower_begin_handler(running, "on_error begun", SCOPE_KEY);
    CoreOperand event = builder_param(b, lower_event_type(b), "event");
    lower_refresh(b);
    lower_call_on_error(b, on_error, event);
    builder_return(b, operand_unit(), on_error->span);
    return b->fn;
}

static const char **portal_names(Lower *lower, Def *const *portals, int count) {
    const char **names = ARENA_ARRAY(lower->arena, const char *, count + 1);
    for (int i = 0; i < count; i++) names[i] = lower_name_of(lower, portals[i]);
    return names;
}

static CoreAsync *async_of(TaskUse *use, HandlerScope scope) {
    Lower *lower = use->graph->lower;
    const Node *node = use->node;
    bool global = scope == SCOPE_GLOBAL;
    CoreAsync *async = ARENA_NEW(lower->arena, CoreAsync);
    *async = (CoreAsync){.asker = lower_asker(lower, use->graph->graph, node, global),
                         .busy = global ? -1 : use->busy,
                         .globals = global ? -1 : use->globals,
                         .held = use->running->held,
                         .flush = flush_fn(use, scope),
                         .error = lower_error_type(lower),
                         .asks = portal_names(lower, node->asks.items, node->asks.count),
                         .ask_count = node->asks.count};
    if (global) return async;
    async->fail = lower_fail_fn(use->running);
    async->on_error = on_error_fn(use->running);
    async->replies = portal_names(lower, node->replies.items, node->replies.count);
    async->reply_count = node->replies.count;
    return async;
}

static void lower_on_asks(TaskUse *use) {
    int count = use->node->replies.count;
    use->on_asks = ARENA_ARRAY(use->graph->lower->arena, CoreFn *, count + 1);
    for (int i = 0; i < count; i++) use->on_asks[i] = lower_ask_fn(use->running, i);
}

void lower_end_async(TaskUse *use) {
    lower_on_asks(use);
    const CoreAsync *async = async_of(use, SCOPE_KEY);
    use->graph->lower->core->tasks.items[use->index].async = async;
    if (use->globals < 0) return;
    async = async_of(use, SCOPE_GLOBAL);
    use->graph->lower->core->tasks.items[use->globals].async = async;
}
