// Where events have to go over to another partition, and how many such exchanges are before each node. Nodes stand behind their
// inputs.
#include "compiler/lower_internal.h"

static bool all_inputs(const Node *node, const bool *have) {
    for (int i = 0; i < node->inputs.count; i++)
        if (!have[node->inputs.items[i]->id]) return false;
    return node->inputs.count > 0;
}

static bool is_at_single(const GraphLower *g, const Node *node) {
    if (node->kind == NODE_TASK && lower_is_single(node->task)) return true;
    if (node->kind == NODE_TASK && lower_is_stateful(node->task)) return !node->state_key;
    return all_inputs(node, g->at_single);
}

static bool is_placed(const GraphLower *g, const Node *node) {
    if (node->kind == NODE_STREAM || node->kind == NODE_KEY) return false;
    if (node->kind == NODE_TASK && lower_is_single(node->task)) return !node->state_key;
    if (node->kind == NODE_TASK && lower_is_stateful(node->task)) return true;
    return all_inputs(node, g->placed);
}

bool lower_is_portal(const Node *node) {
    return node->kind == NODE_REQUESTS || node->kind == NODE_REPLIES;
}

// Whether the task keeps something that is in another partition than its events may be, or sees events that went through
// different numbers of exchanges: then those that went through fewer would come first, whatever their order.
static bool needs_exchange(const GraphLower *g, const Node *node) {
    if (lower_is_portal(node)) return true;
    if (node->kind != NODE_TASK || !(lower_is_single(node->task) || lower_is_stateful(node->task))) return false;
    int input = node->inputs.items[0]->id;
    if (g->least_levels[input] < g->levels[input]) return true;
    return lower_is_single(node->task) ? !g->at_single[input] : !g->placed[input];
}

// `x => x`
static bool is_identity(const Ast *function) {
    if (function->kind != AST_closure || function->kid[closure_params]->kid_count != 1) return false;
    const Ast *param = function->kid[closure_params]->kid[0], *body = function->kid[closure_body];
    while (body->kind == AST_block && body->kid[block_stmts]->kid_count == 1) body = body->kid[block_stmts]->kid[0];
    return param->kind == AST_p_name && body->kind == AST_name && body->def == param->def;
}

static bool key_is_event(const Node *task) {
    const Node *input = task->inputs.items[0];
    while (lower_passes_on(input)) input = input->inputs.items[0];
    return task->needs_key && input->kind == NODE_KEY && is_identity(input->function);
}

// How many exchanges an event has passed before it comes to the node.
static void find_levels(GraphLower *g, const Node *node) {
    int *most = &g->levels[node->id], *least = &g->least_levels[node->id];
    for (int i = 0; i < node->inputs.count; i++) {
        int input = node->inputs.items[i]->id;
        if (g->levels[input] > *most) *most = g->levels[input];
        if (i == 0 || g->least_levels[input] < *least) *least = g->least_levels[input];
    }
}

void lower_find_exchanges(GraphLower *g) {
    int count = g->graph->nodes.count;
    g->placed = ARENA_ARRAY(g->lower->arena, bool, count);
    g->at_single = ARENA_ARRAY(g->lower->arena, bool, count);
    g->levels = ARENA_ARRAY(g->lower->arena, int, count);
    g->least_levels = ARENA_ARRAY(g->lower->arena, int, count);
    g->exchanges = ARENA_ARRAY(g->lower->arena, int, count);
    for (int i = 0; i < count; i++) {
        Node *node = g->graph->nodes.items[i];
        find_levels(g, node);
        g->placed[i] = is_placed(g, node);
        g->at_single[i] = is_at_single(g, node);
        g->exchanges[i] = -1;
        if (!needs_exchange(g, node)) continue;
        g->least_levels[i] = ++g->levels[i];
        CoreExchange *exchange = ARENA_NEW(g->lower->arena, CoreExchange);
        *exchange = (CoreExchange){.level = g->levels[i],
                                   .key_is_event = !lower_is_portal(node) && key_is_event(node),
                                   .by_hash = node->kind == NODE_REPLIES,
                                   .single = lower_is_single(lower_is_portal(node) ? node->task_node->task : node->task)};
        g->exchanges[i] = g->workflow->exchanges.count;
        vec_push(g->lower->arena, &g->workflow->exchanges, exchange);
    }
}

void lower_describe_exchange(GraphLower *g, Node *node) {
    CoreExchange *exchange = g->workflow->exchanges.items[g->exchanges[node->id]];
    exchange->stage = g->stages[node->id];
    exchange->task = node->index;
    exchange->event = exchange->stage->locals.items[0].type;
    exchange->key = lower_takes_key(node) ? exchange->stage->locals.items[1].type : g->lower->core->unit;
}
