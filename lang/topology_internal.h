// topology_internal.h - what the files topology*.c share.
//
//   topology_shape.c      whether an expression describes a graph at all
//   topology_apps.c       whether there is what applications use of each other
//   topology.c            evaluation of stream expressions to nodes; sequencers, splitters
//   topology_generator.c  generators, which are workflows of their own
//   topology_sink.c       sinks that write one file
//   topology_order.c      the order of the graphs, cycles
//   topology_dead.c       dead letters
//   topology_portal.c     who asks and who replies to which portal
//   topology_portal_key.c the keys of portals, and of the tasks that reply to them
//   topology_ask_cycle.c  exclusive tasks that may wait for themselves
//   topology_key.c        the keys of streams, and where they are needed
//   topology_csv.c        which types lines of CSV can have
//   topology_use.c        workflows with parameters: what their parameters stand for at each use
//   topology_combine.c    task expressions, and parameters that are tasks
#ifndef LANG_TOPOLOGY_INTERNAL_H
#define LANG_TOPOLOGY_INTERNAL_H

#include "lang/topology.h"

// An outbox, and the graph that it is in.
typedef struct Outlet {
    Node *node;
    const Graph *graph;
} Outlet;

typedef struct Builder {
    Context *context;
    Topology *topology;
    Graph *graph;        // being evaluated; NULL within a `stream` declaration
    WorkflowUse *within; // whose body is being evaluated; NULL: that of the graph itself
    bool several_apps;
    int depth;          // how many bodies of uses that is within
    Map bindings;       // of the graph itself: Def of a `let` -> Node
    const Steps *steps; // in one of whose branches it is; or NULL
    int step;           // the number of that
    int first_node;     // of the graph: from which node on a stream need not come in twice
    Map streams;        // Def of a stream, workflow, sequencer or splitter -> Stream
    VEC(Stream *) sources;
    VEC(Graph *) graphs; // as they are written; those that their evaluation makes come last
    VEC(Node *) writes;
    VEC(Outlet) outboxes;
    int nesting;    // of the expressions that are being evaluated, through all uses
    int used_nodes; // made within uses of workflows
    bool too_large; // a type or a graph was, which has been reported
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

// Reports a source or sink of CSV whose events are no lines of it. (topology_csv.c)
void topology_check_csv(Builder *b, const Node *node, Type *event);

// The nodes that an expression stands for; NULL after a diagnostic, such as of too many nodes.
Node *topology_evaluate(Builder *b, Ast *expr);
// The same for a call of a source, operator, task or workflow; `given` stands for the first argument if that is NULL.
Node *topology_call(Builder *b, Ast *call, Node *given);
// The node of a call of a workflow with parameters: of what its body gives for these arguments, of which the first may be
// `given`.
Node *topology_evaluate_use(Builder *b, Ast *call, Node *given);
// The nodes of a task expression for the stream `input`; NULL after a diagnostic.
Node *topology_apply(Builder *b, Ast *task, Node *input);
// Goes into an expression that is evaluated within others, which the caller leaves by `nesting--`; false, after a diagnostic, if
// the graph becomes too large or the nesting too deep.
bool topology_enter(Builder *b, Span span);
// Whether a call applies a task expression to its only argument.
bool topology_is_application(const Ast *call);
// What the `let`s and the streams among the parameters of the body under evaluation stand for.
Map *topology_bindings(Builder *b);
// A node of the graph under evaluation, `event` being written in its terms. It is added where there is a graph.
Node *topology_node(Builder *b, NodeKind kind, Span span, Type *event);
void topology_add(Builder *b, Node *node);
void topology_connect(Builder *b, Node *from, Node *to);
// Of the events of a stream, or of what a task gives.
Type *topology_event(Type *stream);
// What a type that is written in the body of `within` stands for; reported at `span` if it is too large.
Type *topology_type(Builder *b, const WorkflowUse *within, Type *type, Span span);
// The same for the type arguments of a task or workflow that is used in the body under evaluation.
Type **topology_types(Builder *b, const Ast *callee);
// The expression that one in the body of `within` stands for, and in whose terms it is written: a static parameter stands for
// its argument.
Ast *topology_argument(WorkflowUse **within, Ast *expr);
// A new graph, whose stream has this name.
Graph *topology_graph_new(Builder *b, Def *def, const char *name, Type *event);
// A stream; `source` is NULL if a graph makes it, `def` if no declaration does.
Stream *topology_stream_new(Builder *b, const char *name, Def *def, Node *source, Type *event);
// A node of the graph under evaluation, through which a stream comes in that may have come in before.
Node *topology_stream_node(Builder *b, Stream *stream, Span span);
// The same, but one for each stream.
Node *topology_stream_in(Builder *b, Stream *stream, Span span);
// A node outside of any graph.
Node *topology_source_node(Builder *b, NodeKind kind, Span span, Type *event);
// The node of a call of a task, for the stream `input`.
Node *topology_apply_task(Builder *b, Ast *call, Def *task, Node *input);
// The stream of a call of a generator, declared by `def`, and the node of one that stands within a workflow.
Stream *topology_generator_stream(Builder *b, Ast *call, Def *def, const char *name);
Node *topology_evaluate_generator(Builder *b, Ast *call, Def *generator);
// Gives each workflow with `errors to` a stream of dead letters, and connects that.
void topology_add_dead_letters(Builder *b);
// Reports the streams whose events have no place in the dead letters of a workflow that takes them.
void topology_check_dead_letters(Builder *b);
// Finds who replies to each portal, and gives each task that asks it a stream of requests and one of replies. Reports portals to
// which nobody or several tasks reply.
void topology_add_portals(Builder *b, const Program *program);
// Warns of exclusive tasks that ask each other in a circle.
void topology_check_ask_cycles(Builder *b);
// Reports two sinks that write one file.
void topology_check_sinks(Builder *b);
// Puts the graphs in order, finds the edges that lead back in it, and numbers the streams.
void topology_order(Builder *b);
// Finds the keys of all nodes and streams and reports those that do not fit.
void topology_find_keys(Builder *b);
// Whether two keys are of one type; NULL stands for ().
bool topology_is_same_key(Type *a, Type *b);
// Says so if two types that differ look alike.
void topology_note_same_name(Builder *b, Diag *diag, Type *wanted, Type *key);
// The type of the key that the task of a node declares.
Type *topology_declared_key(Builder *b, const Node *task);
// Marks the tasks to which nothing but requests comes.
void topology_find_no_events(Builder *b);
// Reports a task to one of whose portals come requests with other keys than the rest of what it takes; then false.
bool topology_check_portal_keys(Builder *b, const Node *task);
// Adds the two places where the workflow is used in whose body the same is written once for each of them.
void topology_label_uses(Context *context, Diag *diag, const WorkflowUse *one, const WorkflowUse *other);
// Adds where the graph uses the workflow in whose body something is wrong.
void topology_label_use(Context *context, Diag *diag, const WorkflowUse *within);

#endif
