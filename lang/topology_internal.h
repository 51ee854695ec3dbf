// topology_internal.h - what the files topology*.c share.
//
//   topology_shape.c   whether an expression describes a graph at all
//   topology.c         evaluation of stream expressions to nodes; the order of graphs, keys, sinks
//   topology_csv.c     which types lines of CSV can have
//   topology_use.c     workflows with parameters: what their parameters stand for at each use
#ifndef LANG_TOPOLOGY_INTERNAL_H
#define LANG_TOPOLOGY_INTERNAL_H

#include "lang/topology.h"

typedef struct Builder {
    Context *context;
    Topology *topology;
    Graph *graph;        // being evaluated; NULL within a `stream` declaration
    WorkflowUse *within; // whose body is being evaluated; NULL: that of the graph itself
    Map bindings;        // Def of a `let`, or of a parameter that is a stream -> Node
    Map streams;         // Def of a stream or workflow -> Stream
    VEC(Stream *) sources;
    VEC(Graph *) unordered;
    VEC(Node *) writes;
    int used_nodes; // made within uses of workflows
    bool too_large; // a type was, which has been reported
} Builder;

// Reports every stream expression of the program that does not describe a graph. What passes can be evaluated.
void topology_check_shapes(Context *context, const Program *program);

// The library's function that `callee` is, as a kind of node; NODE_STREAM if it is none.
NodeKind topology_operator(const Def *callee);
bool topology_is_source(NodeKind kind);

// A `let` of a workflow whose value is no stream.
bool topology_is_static(const Ast *let);

// Reports a source or sink of CSV whose events are no lines of it. (topology_csv.c)
void topology_check_csv(Builder *b, const Node *node, Type *event);

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
// Adds the two places where the workflow is used in whose body the same is written once for each of them.
void topology_label_uses(Context *context, Diag *diag, const WorkflowUse *one, const WorkflowUse *other);
// Adds where the graph uses the workflow in whose body something is wrong.
void topology_label_use(Context *context, Diag *diag, const WorkflowUse *within);

#endif
