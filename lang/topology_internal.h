// topology_internal.h - what the files topology*.c share.
//
//   topology_shape.c   whether an expression describes a graph at all
//   topology_apps.c    whether there is what applications use of each other
//   topology.c         evaluation of stream expressions to nodes; sequencers, splitters; sinks
//   topology_order.c   the order of the graphs, cycles
//   topology_key.c     the keys of streams, and where they are needed
//   topology_use.c     workflows with parameters: what their parameters stand for at each use
#ifndef LANG_TOPOLOGY_INTERNAL_H
#define LANG_TOPOLOGY_INTERNAL_H

#include "lang/topology.h"

typedef struct Builder {
    Context *context;
    Topology *topology;
    Graph *graph;        // being evaluated; NULL within a `stream` declaration
    WorkflowUse *within; // whose body is being evaluated; NULL: that of the graph itself
    bool several_apps;
    Map bindings;   // Def of a `let`, or of a parameter that is a stream -> Node
    int first_node; // of the graph: from which node on a stream need not come in twice
    Map streams;    // Def of a stream, workflow, sequencer or splitter -> Stream
    VEC(Stream *) sources;
    VEC(Graph *) graphs; // as they are written; those that their evaluation makes come last
    VEC(Node *) writes;
    int used_nodes; // made within uses of workflows
    bool too_large; // a type was, which has been reported
} Builder;

// Reports what no application of the program provides.
void topology_check_uses(Context *context, const Program *program);
// Reports every stream expression of the program that does not describe a graph. What passes can be evaluated.
void topology_check_shapes(Context *context, const Program *program);

// The library's function that `callee` is, as a kind of node; NODE_STREAM if it is none.
NodeKind topology_operator(const Def *callee);
bool topology_is_source(NodeKind kind);

// A `let` of a workflow whose value is no stream.
bool topology_is_static(const Ast *let);

// NULL after a diagnostic: too many nodes.
Node *topology_evaluate(Builder *b, Ast *expr);
// The node of a call of a workflow with parameters: of what its body gives for these arguments.
Node *topology_evaluate_use(Builder *b, Ast *call);
// What a type that is written in the body of `within` stands for; reported at `span` if it is too large.
Type *topology_type(Builder *b, const WorkflowUse *within, Type *type, Span span);
// The same for the type arguments of a task or workflow that is used in the body under evaluation.
Type **topology_types(Builder *b, const Ast *callee);
// The expression that one in the body of `within` stands for, and in whose terms it is written: a static parameter stands for
// its argument.
Ast *topology_argument(WorkflowUse **within, Ast *expr);
// Puts the graphs in order, finds the edges that lead back in it, and numbers the streams.
void topology_order(Builder *b);
// Finds the keys of all nodes and streams and reports those that do not fit.
void topology_find_keys(Builder *b);
// Adds the two places where the workflow is used in whose body the same is written once for each of them.
void topology_label_uses(Context *context, Diag *diag, const WorkflowUse *one, const WorkflowUse *other);
// Adds where the graph uses the workflow in whose body something is wrong.
void topology_label_use(Context *context, Diag *diag, const WorkflowUse *within);

#endif
