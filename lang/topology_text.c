#include "lang/topology_text.h"

#include "lang/outside.h"

// The paths of a graph: each begins at a node that has not exactly one node before it, or shares that with others.
typedef struct Paths {
    const Graph *graph;
    int *number; // by node: of the path that it is in, from 1; 0: it is not shown
    int count;
} Paths;

// A portal is named with the tasks that ask it and reply to it.
static bool is_shown(const Node *node) {
    return node->kind != NODE_REQUESTS && node->kind != NODE_REPLIES && node->kind != NODE_PARSE &&
           !(node->kind == NODE_STREAM && node->from->kind != STREAM_EVENTS);
}

// What is not shown passes on what comes before it.
static const Node *shown_input(const Node *node, int i) {
    const Node *input = node->inputs.items[i];
    while (!is_shown(input) && input->inputs.count == 1) input = input->inputs.items[0];
    return input;
}

static int shown_inputs(const Node *node) {
    int count = 0;
    for (int i = 0; i < node->inputs.count; i++) count += is_shown(shown_input(node, i));
    return count;
}

static int shown_consumers(const Node *node) {
    int count = 0;
    for (int i = 0; i < node->consumers.count; i++) {
        const Node *consumer = node->consumers.items[i];
        count += is_shown(consumer) ? 1 : shown_consumers(consumer);
    }
    return count;
}

static const Node *only_input(const Node *node) {
    for (int i = 0; i < node->inputs.count; i++)
        if (is_shown(shown_input(node, i))) return shown_input(node, i);
    return NULL;
}

static bool begins_path(const Node *node) {
    return shown_inputs(node) != 1 || shown_consumers(only_input(node)) != 1;
}

// Nodes stand behind those that they consume.
static void number_paths(Paths *paths) {
    for (int i = 0; i < paths->graph->nodes.count; i++) {
        const Node *node = paths->graph->nodes.items[i];
        if (is_shown(node)) paths->number[node->id] = begins_path(node) ? ++paths->count : paths->number[only_input(node)->id];
    }
}

// ---- nodes ----

static void put_portals(const char *what, Def *const *portals, int count, Buf *out) {
    for (int i = 0; i < count; i++) buf_printf(out, "%s%s", i ? ", " : what, portals[i]->name);
}

static void put_node(const Paths *paths, const Node *node, Buf *out) {
    buf_puts(out, node_name(node));
    bool joins = shown_inputs(node) > 1 || (shown_inputs(node) == 1 && begins_path(node));
    const char *between = "(";
    for (int i = 0; joins && i < node->inputs.count; i++) {
        if (!is_shown(shown_input(node, i))) continue;
        buf_printf(out, "%s%d", between, paths->number[shown_input(node, i)->id]);
        between = ", ";
    }
    if (joins) buf_putc(out, ')');
    if (!node->asks.count && !node->replies.count) return;
    put_portals(" (asks ", node->asks.items, node->asks.count, out);
    put_portals(node->asks.count ? ", replies " : " (replies ", node->replies.items, node->replies.count, out);
    buf_putc(out, ')');
}

static void put_path(const Paths *paths, int number, Buf *out) {
    const char *between = "";
    for (int i = 0; i < paths->graph->nodes.count; i++) {
        const Node *node = paths->graph->nodes.items[i];
        if (paths->number[node->id] != number) continue;
        buf_puts(out, between);
        put_node(paths, node, out);
        between = " |> ";
    }
    buf_putc(out, '\n');
}

// ---- streams ----

static void put_head(const char *what, const Stream *stream, Buf *out) {
    buf_printf(out, "%-9s %s: ", what, stream->name);
    type_show(stream->event, out);
}

static void put_graph(const Graph *graph, Arena *arena, Buf *out) {
    Paths paths = {.graph = graph, .number = ARENA_ARRAY(arena, int, graph->nodes.count)};
    number_paths(&paths);
    put_head(graph->is_sequencer ? "sequencer" : "workflow", graph->stream, out);
    if (graph->producer) buf_printf(out, ", made by %s", graph->producer->name);
    if (graph->dead) buf_printf(out, ", errors to %s", graph->dead->name);
    if (paths.count == 1) buf_puts(out, " = ");
    if (paths.count != 1) buf_putc(out, '\n');
    for (int i = 1; i <= paths.count; i++) {
        if (paths.count > 1) buf_printf(out, "  %d. ", i);
        put_path(&paths, i, out);
    }
}

void topology_text(const Context *context, const Topology *topology, Buf *out) {
    for (int i = 0; i < topology->source_count; i++) {
        const Stream *stream = topology->streams.items[i];
        if (outside_is_hidden(stream->name)) continue;
        put_head("stream", stream, out);
        buf_printf(out, " = %s\n", node_name(stream->source));
    }
    for (int i = 0; i < topology->graphs.count; i++) {
        const Graph *graph = topology->graphs.items[i];
        if (graph->stream->kind == STREAM_EVENTS && !outside_is_hidden(graph->name)) put_graph(graph, context->arena, out);
    }
}
