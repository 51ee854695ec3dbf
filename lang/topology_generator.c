#include "lang/topology_internal.h"

#include <string.h>

// A generator is a workflow of its own: what one `on next` emits is an atom.
Stream *topology_generator_stream(Builder *b, Ast *call, Def *def, const char *name) {
    Graph *outer = b->graph,
          *graph = topology_graph_new(b, def, name, topology_type(b, b->within, topology_event(call->type), call->span));
    const Ast *ticks = call->kid[call_args]->kid[0];
    Node *source = topology_source_node(b, NODE_NEXT, ticks->span, topology_event(ticks->type));
    int first = b->first_node;
    b->graph = graph;
    b->first_node = 0;
    Node *input = topology_stream_in(b, topology_stream_new(b, name, NULL, source, source->event), call->span);
    graph->result = topology_apply_task(b, call, call->kid[call_callee]->def, input);
    b->graph = outer;
    b->first_node = first;
    return graph->stream;
}

// The name of a generator within a workflow, other than those of all before it.
static const char *inner_name(Builder *b, const Def *generator) {
    const char *first = arena_printf(b->context->arena, "%s.%s", b->graph->name, generator->name), *name = first;
    int count = 1;
    for (int i = 0; i < b->graphs.count; i++) {
        if (strcmp(b->graphs.items[i]->name, name) != 0) continue;
        name = arena_printf(b->context->arena, "%s.%d", first, ++count);
        i = -1;
    }
    return name;
}

Node *topology_evaluate_generator(Builder *b, Ast *call, Def *generator) {
    return topology_stream_in(b, topology_generator_stream(b, call, generator, inner_name(b, generator)), call->span);
}
