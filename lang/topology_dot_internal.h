// topology_dot_internal.h - what the files topology_dot*.c share.
//
//   topology_dot.c        clusters and nodes
//   topology_dot_edge.c   edges
//   topology_dot_portal.c portals, and who asks and replies
#ifndef LANG_TOPOLOGY_DOT_INTERNAL_H
#define LANG_TOPOLOGY_DOT_INTERNAL_H

#include "lang/topology_dot.h"

typedef struct Dot {
    const Context *context;
    const Program *program;
    const Topology *topology;
    DotDetail detail;
    bool several_apps;
    int depth;                 // of braces
    const WorkflowUse *within; // whose cluster is open, within those around it
    Buf *out;
} Dot;

// Begins a line of the text, indented.
void dot_begin(Dot *dot);
// A text or type, within the quotes of a label.
void dot_put_text(Dot *dot, const char *text);
void dot_put_type(Dot *dot, Type *type);
// Whether a node puts events out of the program, or drops them.
bool dot_is_sink(const Node *node);
// Whether a node of the graph is one of the picture.
bool dot_draws(const Graph *graph, const Node *node);

// The edges that lead into a graph and, but for a simple picture, those within it.
void dot_put_edges(Dot *dot, const Graph *graph);

// The portals of an application, and what leads from or to the tasks of a graph that ask or reply.
void dot_put_portals(Dot *dot, const Module *app);
void dot_put_asks(Dot *dot, const Graph *graph);

#endif
