// topology_dot.h - the dataflow graph for people: in the language of Graphviz.
#ifndef LANG_TOPOLOGY_DOT_H
#define LANG_TOPOLOGY_DOT_H

#include "lang/topology.h"

typedef enum DotDetail {
    DOT_FULL,   // every operator and task, within its workflow
    DOT_SIMPLE, // sources, workflows and sinks
} DotDetail;

// Writes the graph to `out`. Equal programs give equal texts.
void topology_dot(const Context *context, const Program *program, const Topology *topology, DotDetail detail, Buf *out);

#endif
