#include "lang/topology_dot_internal.h"

// A stream that comes into a graph is drawn as an edge from what makes it to each node that takes it.

typedef enum EdgeKind {
    EDGE_FORWARD,
    EDGE_BACK,
    EDGE_ERRORS, // dead letters
} EdgeKind;

static void put_label(Dot *dot, Type *event, Type *key, EdgeKind kind) {
    buf_puts(dot->out, " [label=\"");
    dot_put_type(dot, event);
    if (key) {
        buf_puts(dot->out, "\\nkey ");
        dot_put_type(dot, key);
    }
    static const char *const styles[] = {[EDGE_FORWARD] = "", [EDGE_BACK] = ", style=dashed", [EDGE_ERRORS] = ", style=dotted"};
    buf_printf(dot->out, "\"%s]\n", styles[kind]);
}

// The node of another graph whose events make the stream.
static const Node *exporter_of(const Stream *stream) {
    const Graph *graph = stream->graph->producer;
    for (int i = 0; i < graph->nodes.count; i++)
        if (graph->nodes.items[i]->exported == stream) return graph->nodes.items[i];
    return graph->result;
}

static void put_stream_name(Dot *dot, const Stream *stream) {
    const Graph *producer = stream->source ? NULL : stream->graph->producer;
    const Graph *graph = producer ? producer : stream->graph;
    if (stream->source)
        buf_printf(dot->out, "s%d", stream->number);
    else if (dot->detail == DOT_SIMPLE)
        buf_printf(dot->out, "w%d", graph->stream->number);
    else
        buf_printf(dot->out, "w%d_%d", graph->stream->number, (producer ? exporter_of(stream) : graph->result)->id);
}

static EdgeKind edge_kind(const Node *input) {
    const Graph *producer = input->from->graph ? input->from->graph->producer : NULL;
    if (producer && producer->dead == input->from) return EDGE_ERRORS;
    return input->back ? EDGE_BACK : EDGE_FORWARD;
}

// From the stream that comes in at `input`, to `to`, or if that is NULL the graph itself.
static void put_stream_edge(Dot *dot, const Graph *graph, const Node *input, const Node *to) {
    dot_begin(dot);
    put_stream_name(dot, input->from);
    buf_printf(dot->out, " -> w%d", graph->stream->number);
    if (to) buf_printf(dot->out, "_%d", to->id);
    put_label(dot, input->from->event, input->from->key, edge_kind(input));
}

static void put_edge(Dot *dot, const Graph *graph, const Node *from, const Node *to) {
    if (!dot_draws(graph, from)) {
        put_stream_edge(dot, graph, from, to);
        return;
    }
    dot_begin(dot);
    buf_printf(dot->out, "w%d_%d -> w%d_%d", graph->stream->number, from->id, graph->stream->number, to->id);
    put_label(dot, from->event, from->key, EDGE_FORWARD);
}

static void put_edges(Dot *dot, const Graph *graph) {
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *node = graph->nodes.items[i];
        if (node->portal_use) continue;
        if (node->from && dot_draws(graph, node)) put_stream_edge(dot, graph, node, node);
        for (int k = 0; k < node->inputs.count; k++) put_edge(dot, graph, node->inputs.items[k], node);
    }
}

static void put_simple_edges(Dot *dot, const Graph *graph) {
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *node = graph->nodes.items[i];
        if (node->from && node->from->kind == STREAM_EVENTS) put_stream_edge(dot, graph, node, NULL);
        if (!dot_is_sink(node)) continue;
        dot_begin(dot);
        buf_printf(dot->out, "w%d -> w%d_%d", graph->stream->number, graph->stream->number, node->id);
        put_label(dot, node->event, node->key, EDGE_FORWARD);
    }
}

void dot_put_edges(Dot *dot, const Graph *graph) {
    if (dot->detail == DOT_SIMPLE)
        put_simple_edges(dot, graph);
    else
        put_edges(dot, graph);
}
