#include "compiler/lower_internal.h"

#include <assert.h>

#include "lang/outside.h"

// Every operator becomes a function, its stage, that takes one event and calls the stages behind it. So an event goes all the
// way through the workflow before the next one starts, which is the canonical order, and after inlining the whole graph is
// one loop over the atom. What only passes events on from one place has no stage.

bool lower_passes_on(const Node *node) {
    return node->kind == NODE_IDENTITY || (node->kind == NODE_UNION && node->inputs.count == 1);
}

static bool is_taken(const Stream *stream) {
    return stream && (stream->consumers > 0 || stream->is_observed);
}

CoreInst *lower_emit_to(Builder *b, int channel, CoreOperand event, Span span) {
    CoreInst *inst = builder_inst(b, CORE_OP_EMIT, -1, 1, 0, span);
    inst->index = channel;
    inst->args[0] = event;
    return inst;
}

// Behind an exchange events come from several partitions, and have to be put in order.
void lower_emit_ordered(Builder *b, const GraphLower *graph, int channel, CoreOperand event, Span span) {
    lower_emit_to(b, channel, event, span)->variant = graph->workflow->exchanges.count > 0;
}

static CoreType *pair_type(Builder *b, Type *event, Type *key) {
    CoreType *parts[] = {lower_type(b, event), lower_type(b, key)};
    return core_type_tuple(b->lower->core, parts, 2);
}

static void push_output(Builder *b, GraphLower *graph, const Stream *stream, int channel, CoreOperand event, CoreOperand key,
                        Span span) {
    if (stream->carries_key) {
        CoreType *type = pair_type(b, stream->event, stream->key);
        CoreOperand pair = builder_binary(b, CORE_OP_STRUCT_NEW, type, event, key, span);
        b->block->insts.items[b->block->insts.count - 1]->type = type;
        event = pair;
    }
    lower_emit_ordered(b, graph, channel, event, span);
}

// A request is for the key of the task that replies; a reply goes to an activation.
bool lower_takes_key(const Node *node) {
    if (node->kind == NODE_REPLIES) return false;
    return node->kind == NODE_REQUESTS ? node->task_node->state_key != NULL : node->needs_key;
}

// An error from here on is not that of a task.
static void at_no_entry(Builder *b, const Node *node) {
    builder_inst(b, CORE_OP_AT, -1, 1, 0, node->span)->args[0] = operand_unit();
}

static void call_stage(Builder *b, GraphLower *graph, Node *consumer, CoreOperand event, CoreOperand key) {
    bool takes_key = lower_takes_key(consumer);
    CoreInst *call = builder_inst(b, CORE_OP_CALL, -1, takes_key ? 2 : 1, 0, consumer->span);
    call->fn = graph->stages[consumer->id];
    call->args[0] = event;
    if (takes_key) call->args[1] = key;
}

// The state that the consumer keeps for the key is in one partition, which is this one if there are no others.
static void send_or_call(Builder *b, GraphLower *graph, Node *consumer, CoreOperand event, CoreOperand key) {
    CoreOperand several = builder_local(b, b->lower->core->boolean, NULL);
    builder_inst(b, CORE_OP_PARTITIONED, several.local, 0, 0, consumer->span);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, consumer->span);
    test->args[0] = several;
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    CoreInst *send = builder_inst(b, CORE_OP_SEND, -1, 2, 0, consumer->span);
    send->index = graph->exchanges[consumer->id];
    send->args[0] = event;
    send->exchange = graph->workflow->exchanges.items[send->index];
    send->args[1] = lower_takes_key(consumer) || send->exchange->by_hash ? key : operand_unit();
    b->block = test->blocks[1];
    call_stage(b, graph, consumer, event, key);
    b->block = outer;
}

void lower_push_to(Builder *b, GraphLower *graph, Node *consumer, CoreOperand event, CoreOperand key) {
    if (graph->exchanges[consumer->id] >= 0)
        send_or_call(b, graph, consumer, event, key);
    else
        call_stage(b, graph, consumer, event, key);
}

void lower_push(Builder *b, GraphLower *graph, Node *node, CoreOperand event, CoreOperand key) {
    for (int i = 0; i < node->consumers.count; i++) {
        Node *consumer = node->consumers.items[i];
        if (lower_passes_on(consumer)) {
            lower_push(b, graph, consumer, event, key);
            continue;
        }
        lower_push_to(b, graph, consumer, event, key);
        bool more_to_come = i < node->consumers.count - 1 || node->kind == NODE_FLAT_MAP;
        if (!b->task && more_to_come && graph->before_task[consumer->id]) at_no_entry(b, consumer);
    }
    const Stream *output = graph->graph->stream;
    if (node == graph->graph->result && is_taken(output)) push_output(b, graph, output, graph->output, event, key, node->span);
    if (is_taken(node->exported)) push_output(b, graph, node->exported, graph->exports[node->id], event, key, node->span);
}

// ---- operators ---------------------------------------------------------------------------------------------------------

// The function of an operator, when it is not known by name, is evaluated once and kept in a global.
CoreOperand lower_apply_function(Builder *b, GraphLower *graph, Node *node, CoreOperand event) {
    Ast *function = node->function;
    if (lower_applies_directly(function)) return lower_apply(b, function, &event, 1, node->span);
    Builder *setup = graph->lower->setup;
    CoreOperand value = lower_static(graph->lower, node->within, function);
    int global = lower_global(graph->lower, arena_printf(graph->lower->arena, "%s.function%d", graph->graph->name, node->id),
                              core_operand_type(graph->lower->core, setup->fn, value));
    lower_set_global(setup, global, value, function->span);
    CoreOperand closure = lower_get_global(b, global, function->span);
    CoreOperand result = builder_local(b, core_operand_type(b->lower->core, b->fn, closure)->result, NULL);
    CoreInst *call = builder_inst(b, CORE_OP_CALL_CLOSURE, result.local, 2, 0, node->span);
    call->args[0] = closure;
    call->args[1] = event;
    return result;
}

static void lower_filter(Builder *b, GraphLower *graph, Node *node, CoreOperand event, CoreOperand key) {
    CoreOperand keep = lower_apply_function(b, graph, node, event);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, node->span);
    test->args[0] = keep;
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    lower_push(b, graph, node, event, key);
    b->block = outer;
}

static void push_list(Builder *b, GraphLower *graph, Node *node, CoreOperand list, CoreOperand key) {
    CoreOperand element = builder_local(b, core_operand_type(b->lower->core, b->fn, list)->elem, NULL);
    CoreInst *loop = builder_inst(b, CORE_OP_FOR_LIST, element.local, 1, 1, node->span);
    loop->args[0] = list;
    CoreBlock *outer = b->block;
    b->block = loop->blocks[0];
    lower_push(b, graph, node, element, key);
    b->block = outer;
}

static bool is_plain_list(const Ast *expr) {
    if (expr->kind != AST_list_lit) return false;
    for (int i = 0; i < expr->kid[list_lit_elems]->kid_count; i++)
        if (expr->kid[list_lit_elems]->kid[i]->kind == AST_spread) return false;
    return true;
}

// Pushes the elements of the list that `expr` makes; where it is written as a list, or an `if` of such, no list is made.
static void push_elements(Builder *b, GraphLower *graph, Node *node, Ast *expr, CoreOperand key) {
    if (is_plain_list(expr)) {
        Ast *elems = expr->kid[list_lit_elems];
        CoreOperand *values = ARENA_ARRAY(b->lower->arena, CoreOperand, elems->kid_count + 1);
        for (int i = 0; i < elems->kid_count; i++) values[i] = lower_expr(b, elems->kid[i]);
        for (int i = 0; i < elems->kid_count; i++) lower_push(b, graph, node, values[i], key);
    } else if (expr->kind == AST_block && expr->kid[block_stmts]->kid_count == 1) {
        push_elements(b, graph, node, expr->kid[block_stmts]->kid[0], key);
    } else if (expr->kind == AST_if && expr->kid[if_otherwise]) {
        CoreOperand condition = lower_expr(b, expr->kid[if_condition]);
        CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, expr->span);
        test->args[0] = condition;
        CoreBlock *outer = b->block;
        b->block = test->blocks[0];
        push_elements(b, graph, node, expr->kid[if_then], key);
        b->block = test->blocks[1];
        push_elements(b, graph, node, expr->kid[if_otherwise], key);
        b->block = outer;
    } else {
        push_list(b, graph, node, lower_expr(b, expr), key);
    }
}

static bool is_expression(const Ast *body) {
    return is_plain_list(body) || body->kind == AST_if || (body->kind == AST_block && body->kid[block_stmts]->kid_count == 1);
}

static void lower_flat_map(Builder *b, GraphLower *graph, Node *node, CoreOperand event, CoreOperand key) {
    Ast *function = node->function;
    if (function->kind != AST_closure || !is_expression(function->kid[closure_body]) || lower_contains_return(function)) {
        push_list(b, graph, node, lower_apply_function(b, graph, node, event), key);
        return;
    }
    lower_bind_params(b, function, &event, 1);
    push_elements(b, graph, node, function->kid[closure_body], key);
}

// ---- sinks -------------------------------------------------------------------------------------------------------------

static CoreSinkKind sink_kind(NodeKind kind) {
    switch (kind) {
    case NODE_WRITE: return SINK_WRITE;
    case NODE_WRITE_JSON: return SINK_WRITE_JSON;
    case NODE_WRITE_CSV: return SINK_WRITE_CSV;
    case NODE_OUTBOX: return SINK_OUTBOX;
    default: return SINK_PRINT;
    }
}

static void lower_sink(Builder *b, GraphLower *graph, Node *node, CoreOperand event) {
    Lower *lower = graph->lower;
    CoreSink sink = {.kind = sink_kind(node->kind), .event = lower_type(b, node->event), .span = node->span};
    if (sink.kind == SINK_OUTBOX) {
        sink.name = graph->graph->name;
        sink.workflow = graph->number;
    }
    int number = lower->core->sinks.count;
    vec_push(lower->arena, &lower->core->sinks, sink);
    if (sink.kind != SINK_PRINT && sink.kind != SINK_OUTBOX) {
        CoreOperand path = lower_static(lower, node->within, node->args[0]);
        CoreInst *config = builder_inst(lower->setup, CORE_OP_CONFIG_SINK, -1, 1, 0, node->args[0]->span);
        config->args[0] = path;
        config->index = number;
        config->variant = SETTING_WRITE_PATH;
    }
    CoreInst *inst = builder_inst(b, CORE_OP_SINK, -1, 1, 0, node->span);
    inst->index = number;
    inst->variant = sink.kind == SINK_WRITE_JSON || sink.kind == SINK_WRITE_CSV || sink.kind == SINK_OUTBOX;
    inst->args[0] = event;
}

int lower_add_channel(GraphLower *graph, CoreType *event, int stream) {
    CoreChannel channel = {.event = event, .stream = stream};
    vec_push(graph->lower->arena, &graph->workflow->channels, channel);
    return graph->workflow->channels.count - 1;
}

// ---- stages ------------------------------------------------------------------------------------------------------------

static void lower_operator(Builder *b, GraphLower *graph, Node *node, CoreOperand event, CoreOperand key) {
    switch (node->kind) {
    case NODE_MAP: lower_push(b, graph, node, lower_apply_function(b, graph, node, event), key); return;
    case NODE_KEY: lower_push(b, graph, node, event, lower_apply_function(b, graph, node, event)); return;
    case NODE_STEP: lower_step(b, graph, node, event, key); return;
    case NODE_SPLIT:
    case NODE_FILTER: lower_filter(b, graph, node, event, key); return;
    case NODE_FLAT_MAP: lower_flat_map(b, graph, node, event, key); return;
    case NODE_TASK: lower_task(graph, node, b, event, key); return;
    case NODE_PARSE: lower_push(b, graph, node, lower_parse(b, node, event), key); return;
    case NODE_THROTTLE: lower_throttle(b, graph, node); break;
    case NODE_PRINT:
    case NODE_WRITE:
    case NODE_WRITE_JSON:
    case NODE_WRITE_CSV:
    case NODE_OUTBOX: lower_sink(b, graph, node, event); break;
    case NODE_LOG: builder_inst(b, CORE_OP_LOG, -1, 1, 0, node->span)->args[0] = event; break;
    case NODE_UNION: break;
    case NODE_DISCARD:
        lower_emit_ordered(b, graph, lower_add_channel(graph, lower_type(b, node->event), -1), event, node->span);
        break;
    default: assert(!"not an operator");
    }
    lower_push(b, graph, node, event, key);
}

static CoreFn *new_stage(GraphLower *graph, Node *node) {
    const char *what = node->kind == NODE_STREAM ? "input" : node_name(node);
    const char *name = arena_printf(graph->lower->arena, "%s.%s%d", graph->graph->name, what, node->id);
    return core_fn_new(graph->lower->core, name, graph->lower->core->unit, node->span);
}

static void lower_stage(GraphLower *graph, Node *node) {
    Builder *b = builder_new(graph->lower, graph->stages[node->id]);
    builder_enter(b, lower_scope(graph->lower, node->within));
    CoreOperand event = builder_param(b, lower_type(b, node->inputs.items[0]->event), "event");
    CoreOperand key = operand_unit();
    if (node->needs_key) key = builder_param(b, lower_type(b, node->inputs.items[0]->key), "key");
    if (node->kind != NODE_TASK && graph->behind_task[node->id]) at_no_entry(b, node);
    lower_operator(b, graph, node, event, key);
    builder_return(b, operand_unit(), node->span);
}

static CoreType *type_of_stream(Builder *b, const Stream *stream) {
    if (stream->kind != STREAM_EVENTS) return lower_portal_type(b, stream);
    return stream->carries_key ? pair_type(b, stream->event, stream->key) : lower_type(b, stream->event);
}

static CoreInputKind input_kind(const Stream *stream) {
    switch (stream->kind) {
    case STREAM_EVENTS: break;
    case STREAM_REQUESTS: return INPUT_REQUESTS;
    case STREAM_REPLIES: return INPUT_REPLIES;
    }
    return INPUT_EVENTS;
}

// Whether the atoms of a stream that comes in go out as they are: nothing is between, and nothing else takes them.
static bool goes_through_whole(GraphLower *graph, const Node *node) {
    const Stream *from = node->from, *to = graph->graph->stream;
    if (from->kind != STREAM_EVENTS || !is_taken(to) || from->carries_key != to->carries_key) return false;
    if (type_of_stream(graph->lower->setup, from) != type_of_stream(graph->lower->setup, to)) return false;
    for (; node != graph->graph->result; node = node->consumers.items[0]) {
        if (node->consumers.count != 1 || is_taken(node->exported)) return false;
        NodeKind next = node->consumers.items[0]->kind;
        if (next != NODE_UNION && next != NODE_IDENTITY) return false;
    }
    return node->consumers.count == 0 && !is_taken(node->exported);
}

// The stage of an incoming stream unpacks events that carry their key.
static void lower_input(GraphLower *graph, Node *node) {
    Stream *stream = node->from;
    Builder *b = builder_new(graph->lower, graph->stages[node->id]);
    CoreOperand event = builder_param(b, type_of_stream(b, stream), "event");
    CoreOperand key = operand_unit();
    if (stream->carries_key) {
        CoreOperand pair = event;
        event = lower_field(b, pair, 0, node->span);
        key = lower_field(b, pair, 1, node->span);
    }
    if (stream->kind == STREAM_EVENTS)
        lower_push(b, graph, node, event, key);
    else
        lower_portal_input(b, graph, node, event);
    builder_return(b, operand_unit(), node->span);
    CoreInput input = {
        .stream = stream->number,
        .stage = graph->stages[node->id],
        .back = node->back,
        .kind = input_kind(stream),
        .whole = goes_through_whole(graph, node),
    };
    vec_push(graph->lower->arena, &graph->workflow->inputs, input);
}

// Which nodes events reach through a task, and which lead to one or are one. Nodes stand behind their inputs.
static void find_tasks(GraphLower *g) {
    int count = g->graph->nodes.count;
    g->behind_task = ARENA_ARRAY(g->lower->arena, bool, count);
    g->before_task = ARENA_ARRAY(g->lower->arena, bool, count);
    for (int i = 0; i < count; i++) {
        Node *node = g->graph->nodes.items[i];
        for (int k = 0; k < node->inputs.count; k++) {
            Node *input = node->inputs.items[k];
            if (input->kind == NODE_TASK || g->behind_task[input->id]) g->behind_task[i] = true;
        }
    }
    for (int i = count - 1; i >= 0; i--) {
        Node *node = g->graph->nodes.items[i];
        if (node->kind == NODE_TASK) g->before_task[i] = true;
        for (int k = 0; k < node->inputs.count; k++)
            if (g->before_task[i]) g->before_task[node->inputs.items[k]->id] = true;
    }
}

// ---- the whole ---------------------------------------------------------------------------------------------------------

// The channel that leads to a stream; -1 if nobody takes that.
int lower_stream_channel(GraphLower *g, const Stream *stream) {
    if (!is_taken(stream)) return -1;
    int channel = lower_add_channel(g, type_of_stream(g->lower->setup, stream), stream->number);
    g->workflow->channels.items[channel].carries_key = stream->carries_key;
    return channel;
}

// The dead letters have a channel for their type, to which nothing is emitted.
static void add_stream_channels(GraphLower *g) {
    if (g->graph->dead && lower_stream_channel(g, g->graph->dead) >= 0) g->workflow->dead = g->graph->dead->number;
    g->output = lower_stream_channel(g, g->graph->stream);
    g->exports = ARENA_ARRAY(g->lower->arena, int, g->graph->nodes.count + 1);
    for (int i = 0; i < g->graph->nodes.count; i++) g->exports[i] = lower_stream_channel(g, g->graph->nodes.items[i]->exported);
}

static int workflow_number(const Lower *lower, const Graph *graph) {
    return graph->stream->number - lower->topology->source_count;
}

// Inputs are known by their numbers in a data directory: what the compiler has added comes last.
static void lower_inputs(GraphLower *g, bool hidden) {
    for (int i = 0; i < g->graph->nodes.count; i++) {
        Node *node = g->graph->nodes.items[i];
        if (node->kind == NODE_STREAM && outside_is_hidden(node->from->name) == hidden) lower_input(g, node);
    }
}

// What comes to a task by portals is lowered behind the task.
static void lower_stages(GraphLower *g) {
    const Graph *graph = g->graph;
    lower_inputs(g, false);
    lower_inputs(g, true);
    for (int i = 0; i < graph->nodes.count; i++) {
        Node *node = graph->nodes.items[i];
        if (node->kind != NODE_STREAM && !lower_passes_on(node) && !lower_is_portal(node)) lower_stage(g, node);
    }
    for (int i = 0; i < graph->nodes.count; i++)
        if (lower_is_portal(graph->nodes.items[i])) lower_portal_stage(g, graph->nodes.items[i]);
    for (int i = 0; i < graph->nodes.count; i++)
        if (g->exchanges[i] >= 0) lower_describe_exchange(g, graph->nodes.items[i]);
}

void lower_graph(Lower *lower, Graph *graph) {
    GraphLower *g = ARENA_NEW(lower->arena, GraphLower);
    *g = (GraphLower){.lower = lower, .graph = graph, .number = lower->core->workflows.count};
    CoreWorkflow workflow = {.name = graph->name, .span = graph->def->span, .part = graph->part};
    if (graph->producer) workflow.made_by = 1 + workflow_number(lower, graph->producer);
    g->workflow = &workflow;
    add_stream_channels(g);
    find_tasks(g);
    lower_find_exchanges(g);
    g->stages = ARENA_ARRAY(lower->arena, CoreFn *, graph->nodes.count);
    g->uses = ARENA_ARRAY(lower->arena, TaskUse *, graph->nodes.count);
    for (int i = 0; i < graph->nodes.count; i++)
        if (!lower_passes_on(graph->nodes.items[i])) g->stages[i] = new_stage(g, graph->nodes.items[i]);
    lower_stages(g);
    g->workflow = NULL; // it moves into the program's table now
    vec_push(lower->arena, &lower->core->workflows, workflow);
}
