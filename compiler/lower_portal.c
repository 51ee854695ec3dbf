#include "compiler/lower_internal.h"

#include <assert.h>

// Requests and replies. Both lie in streams between the workflow that asks and the one that replies, as pairs of an address and
// what is said: a request, or a Result of a reply or an Error. What comes in by such a stream goes over to the partition of the
// key; there a request begins a handler, and a reply is what a task has waited for.

enum { ADDRESS_ASKER, ADDRESS_HASH, ADDRESS_FUTURE }; // as PtAddress
enum { SENT_ADDRESS, SENT_VALUE };

// ---- types and channels ----------------------------------------------------------------------------------------------

static CoreType *pair_with_address(Builder *b, CoreType *value) {
    CoreType *parts[] = {core_type_address(b->lower->core), value};
    return core_type_tuple(b->lower->core, parts, 2);
}

CoreType *lower_portal_type(Builder *b, const Stream *stream) {
    if (stream->kind == STREAM_REQUESTS) return pair_with_address(b, lower_type(b, stream->event));
    Lower *lower = b->lower;
    Type *args[] = {stream->event, lower_library_type(lower, "error", "Error", NULL, 0)};
    return pair_with_address(b, lower_type(b, lower_library_type(lower, "result", "Result", args, 2)));
}

void lower_portal_channels(TaskUse *use) {
    const Node *node = use->node;
    use->ask_channels = ARENA_ARRAY(use->graph->lower->arena, int, node->asked.count + 1);
    for (int i = 0; i < node->asked.count; i++)
        use->ask_channels[i] = lower_stream_channel(use->graph, node->asked.items[i]->requests);
    use->reply_channels = ARENA_ARRAY(use->graph->lower->arena, int, node->replied.count + 1);
    for (int i = 0; i < node->replied.count; i++)
        use->reply_channels[i] = lower_stream_channel(use->graph, node->replied.items[i]->replies);
}

// Which of the portals that the header of the task lists it is.
static int portal_number(Def *const *portals, int count, const Def *portal) {
    for (int i = 0; i < count; i++)
        if (portals[i] == portal) return i;
    assert(!"a portal of the task");
    return -1;
}

// Puts a value into a channel for requests or replies.
static void send(Builder *b, int channel, CoreOperand address, CoreOperand value, Span span) {
    const GraphLower *graph = b->task->graph;
    CoreType *type = graph->workflow->channels.items[channel].event;
    CoreOperand pair = builder_binary(b, CORE_OP_STRUCT_NEW, type, address, value, span);
    b->block->insts.items[b->block->insts.count - 1]->type = type;
    lower_emit_ordered(b, graph, channel, pair, span);
}

// ---- asking --------------------------------------------------------------------------------------------------------------

CoreOperand lower_ask(Builder *b, Ast *ask) {
    const TaskUse *use = b->task;
    CoreProgram *core = b->lower->core;
    const Def *task = use->node->task;
    CoreOperand request = lower_expr(b, ask->kid[ask_args]->kid[0]);
    if (core_operand_type(core, b->fn, request) == core->never) return operand_unit();
    bool wanted = !(ask->flags & FLAG_UNWANTED);
    int number = portal_number(task->asks, task->ask_count, ask->kid[ask_portal]->def);
    CoreOperand address =
        builder_unary(b, wanted ? CORE_OP_ASK : CORE_OP_ASK_ONLY, core_type_address(core), operand_local(b->entry), ask->span);
    CoreInst *inst = b->block->insts.items[b->block->insts.count - 1];
    inst->index = lower_task_at_hand(b);
    inst->variant = number;
    send(b, use->ask_channels[number], address, request, ask->span);
    if (!wanted) return operand_unit();
    CoreType *future = lower_type_of(b, ask);
    CoreOperand value = builder_unary(b, CORE_OP_FUTURE_OF, future, address, ask->span);
    b->block->insts.items[b->block->insts.count - 1]->type = future;
    return value;
}

// ---- replying ------------------------------------------------------------------------------------------------------------

// Whether the address is that of the task, or of its companion.
static CoreOperand is_asker(Builder *b, const PortalUse *use, CoreOperand address, Span span) {
    CoreType *boolean = b->lower->core->boolean;
    CoreOperand asker = lower_field(b, address, ADDRESS_ASKER, span), is = builder_local(b, boolean, NULL);
    int64_t hash = lower_asker(b->lower, use->asking, use->asker, false);
    builder_copy(b, is, builder_binary(b, CORE_OP_EQ, boolean, asker, operand_int(hash), span), span);
    if (!lower_is_single(use->asker->task)) return is;
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
    test->args[0] = is;
    CoreBlock *outer = b->block;
    b->block = test->blocks[1];
    hash = lower_asker(b->lower, use->asking, use->asker, true);
    builder_copy(b, is, builder_binary(b, CORE_OP_EQ, boolean, asker, operand_int(hash), span), span);
    b->block = outer;
    return is;
}

// Sends the Result to whom the address is of: one of those who ask the portal, the last if it is no other.
static void send_result(Builder *b, int portal, CoreOperand address, int variant, CoreOperand value, Span span) {
    const TaskUse *use = b->task;
    CoreBlock *outer = b->block;
    int left = 0;
    for (int i = 0; i < use->node->replied.count; i++) left += use->node->replied.items[i]->reply == portal;
    for (int i = 0; i < use->node->replied.count; i++) {
        const PortalUse *asked = use->node->replied.items[i];
        if (asked->reply != portal) continue;
        CoreBlock *others = NULL;
        if (--left) {
            CoreOperand is = is_asker(b, asked, address, span);
            CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
            test->args[0] = is;
            b->block = test->blocks[0];
            others = test->blocks[1];
        }
        int channel = use->reply_channels[i];
        CoreType *type = use->graph->workflow->channels.items[channel].event->variants[0].fields[SENT_VALUE].type;
        CoreOperand result = builder_unary(b, CORE_OP_ENUM_NEW, type, value, span);
        CoreInst *inst = b->block->insts.items[b->block->insts.count - 1];
        inst->type = type;
        inst->index = variant;
        send(b, channel, address, result, span);
        if (others) b->block = others;
    }
    b->block = outer;
}

// Nothing is sent where nobody wants it.
static void send_if_wanted(Builder *b, int portal, CoreOperand address, int variant, CoreOperand value, Span span) {
    CoreOperand future = lower_field(b, address, ADDRESS_FUTURE, span);
    CoreOperand wanted = builder_binary(b, CORE_OP_NE, b->lower->core->boolean, future, operand_int(0), span);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
    test->args[0] = wanted;
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    send_result(b, portal, address, variant, value, span);
    b->block = outer;
}

void lower_reply(Builder *b, Ast *reply) {
    const Def *task = b->task->node->task;
    CoreProgram *core = b->lower->core;
    CoreOperand value = lower_expr(b, reply->kid[reply_value]);
    if (core_operand_type(core, b->fn, value) == core->never) return;
    CoreOperand address = builder_local(b, core_type_address(core), NULL);
    builder_inst(b, CORE_OP_REPLY_TO, address.local, 0, 0, reply->span);
    send_if_wanted(b, portal_number(task->replies, task->reply_count, reply->def), address, RESULT_OK, value, reply->span);
}

CoreFn *lower_ask_fn(TaskUse *use, int portal) {
    Lower *lower = use->graph->lower;
    const Def *task = use->node->task, *declared = use->node->replies.items[portal];
    Builder *b = lower_begin_handler(use, arena_printf(lower->arena, "on_ask.%s", declared->name), SCOPE_KEY);
    CoreOperand request = builder_param(b, lower_type(b, declared->type->args[0]), "request");
    lower_refresh(b);
    lower_bind_key(b);
    lower_handlers(b, HANDLER_ASK, task->replies[portal], request);
    builder_return(b, operand_unit(), task->span);
    return b->fn;
}

CoreFn *lower_fail_fn(TaskUse *use) {
    CoreProgram *core = use->graph->lower->core;
    Span span = use->node->task->span;
    if (!use->node->replies.count) return NULL;
    Builder *b = lower_begin_handler(use, "fail request", SCOPE_KEY);
    CoreOperand portal = builder_param(b, core->integer, "portal");
    CoreOperand address = builder_param(b, core_type_address(core), "to");
    CoreOperand error = builder_param(b, lower_error_type(b->lower), "error");
    CoreBlock *outer = b->block;
    for (int i = 0; i < use->node->replies.count; i++) {
        CoreOperand is = builder_binary(b, CORE_OP_EQ, core->boolean, portal, operand_int(i), span);
        CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
        test->args[0] = is;
        b->block = test->blocks[0];
        send_if_wanted(b, i, address, RESULT_ERR, error, span);
        b->block = outer;
    }
    builder_return(b, operand_unit(), span);
    return b->fn;
}

// ---- what comes in -------------------------------------------------------------------------------------------------------

void lower_portal_input(Builder *b, GraphLower *graph, Node *stream, CoreOperand event) {
    Node *node = stream->consumers.items[0];
    CoreOperand key = operand_unit();
    if (node->kind == NODE_REPLIES)
        key = lower_field(b, lower_field(b, event, SENT_ADDRESS, node->span), ADDRESS_HASH, node->span);
    else if (lower_takes_key(node))
        key = lower_apply_function(b, graph, node, lower_field(b, event, SENT_VALUE, node->span));
    lower_push_to(b, graph, node, event, key);
}

static void requests_stage(Builder *b, const TaskUse *use, const Node *node, CoreOperand address, CoreOperand request,
                           CoreOperand key) {
    if (use->globals >= 0) lower_at_globals(b, use);
    CoreOperand entry = lower_find_entry(b, use, key);
    CoreOperand frame = lower_frame(b, use->on_asks[node->portal_use->reply], &request, 1, node->span);
    CoreInst *inst = builder_inst(b, CORE_OP_REQUEST, -1, 3, 0, node->span);
    inst->index = use->index;
    inst->variant = node->portal_use->reply;
    inst->args[0] = entry;
    inst->args[1] = frame;
    inst->args[2] = address;
}

void lower_portal_stage(GraphLower *graph, Node *node) {
    const TaskUse *use = graph->uses[node->task_node->id];
    Builder *b = builder_new(graph->lower, graph->stages[node->id]);
    CoreOperand event = builder_param(b, lower_portal_type(b, node->inputs.items[0]->from), "event");
    CoreOperand key = operand_unit();
    if (lower_takes_key(node)) key = builder_param(b, graph->lower->core->tasks.items[use->index].key, "key");
    CoreOperand address = lower_field(b, event, SENT_ADDRESS, node->span);
    CoreOperand value = lower_field(b, event, SENT_VALUE, node->span);
    node->index = use->index;
    if (node->kind == NODE_REQUESTS) {
        requests_stage(b, use, node, address, value, key);
    } else {
        CoreInst *inst = builder_inst(b, CORE_OP_ANSWER, -1, 2, 0, node->span);
        inst->args[0] = address;
        inst->args[1] = value;
    }
    builder_return(b, operand_unit(), node->span);
}
