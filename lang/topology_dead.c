#include "lang/topology_internal.h"

// The dead letters of workflows with `errors to`: streams of their own, made by the workflow, and connected to a sequencer.

static Ast *errors_to(const Graph *graph) {
    return graph->value && graph->def->kind == DEF_WORKFLOW ? graph->def->ast->kid[workflow_dead] : NULL;
}

static void connect_letters(Builder *b, Stream *letters, Graph *sequencer, Span span) {
    b->graph = sequencer;
    vec_push(b->context->arena, &sequencer->connections, topology_stream_node(b, letters, span));
    b->graph = NULL;
}

static void add_letters(Builder *b, Graph *graph, const Ast *to) {
    Stream *sequencer = map_get(&b->streams, def_meant(to->def));
    const char *name = arena_printf(b->context->arena, "%s.errors", graph->name);
    Graph *letters = topology_graph_new(b, graph->def, name, sequencer->event);
    letters->producer = graph;
    letters->stream->key_known = true; // they have none
    graph->dead = letters->stream;
    connect_letters(b, letters->stream, sequencer->graph, to->span);
}

void topology_add_dead_letters(Builder *b) {
    for (int i = 0, count = b->graphs.count; i < count; i++) {
        Graph *graph = b->graphs.items[i];
        const Ast *to = errors_to(graph);
        if (to) add_letters(b, graph, to);
    }
}

// ---- types -------------------------------------------------------------------------------------------------------------

// The type that all streams have which the graph takes; NULL if they have several.
static Type *common_type(const Graph *graph) {
    Type *common = NULL;
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *node = graph->nodes.items[i];
        if (node->kind != NODE_STREAM) continue;
        if (common && !type_equal(common, node->event)) return NULL;
        common = node->event;
    }
    return common;
}

static void report_event(Builder *b, const Graph *graph, const Node *node, Type *wanted) {
    Context *context = b->context;
    const Def *sequencer = errors_to(graph)->def;
    Diag *diag =
        diag_add(&context->diags, DIAG_DEAD_EVENT, node->span, "the dead letters of `%s` have no place for events of type %s",
                 graph->name, type_text(context->arena, node->event));
    diag_here(&context->diags, diag, "the workflow takes them here");
    diag_label(&context->diags, diag, check_sequencer_annotation(sequencer)->span, "this holds events of type %s",
               type_text(context->arena, wanted));
    Type *common = common_type(graph);
    if (common)
        diag_help(&context->diags, diag, "write `sequencer %s: DeadAtom[%s]`", sequencer->name,
                  type_text(context->arena, common));
    else
        diag_help(&context->diags, diag, "make the streams one type in workflows before `%s`, or let each have a workflow",
                  graph->name);
}

static void check_events(Builder *b, const Graph *graph) {
    Type *wanted = type_resolve(graph->dead->event->args[0]);
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *node = graph->nodes.items[i];
        if (node->kind != NODE_STREAM || type_equal(node->event, wanted)) continue;
        report_event(b, graph, node, wanted);
        return;
    }
}

void topology_check_dead_letters(Builder *b) {
    for (int i = 0; i < b->graphs.count; i++)
        if (b->graphs.items[i]->dead) check_events(b, b->graphs.items[i]);
}
