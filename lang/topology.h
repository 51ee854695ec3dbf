// topology.h - the dataflow graph, by static evaluation of the stream expressions of a checked program.
#ifndef LANG_TOPOLOGY_H
#define LANG_TOPOLOGY_H

#include "lang/check.h"

typedef enum NodeKind {
#define NODE(name, text) NODE_##name,
#include "lang/topology.def"
#undef NODE
} NodeKind;

typedef struct Node Node;
typedef struct Stream Stream;
typedef struct Graph Graph;

// What the events of a stream are: those of `event` themselves, or pairs of an address and a request or a reply.
typedef enum StreamKind { STREAM_EVENTS, STREAM_REQUESTS, STREAM_REPLIES } StreamKind;

// One use of a workflow with parameters, whose nodes are a part of the graph that uses it. What is written in its body means
// something in the terms of its parameters.
typedef struct WorkflowUse {
    Def *def;
    struct WorkflowUse *outer; // in whose body it is used, and its arguments are written; NULL: in that of a graph
    Span span;                 // of its name, where it is used
    Type **types;              // what its type parameters stand for
    Ast **args;                // one a parameter
    int number;                // from 0, of all uses of the program
    Map bindings;              // Def of a `let` of its body, or of a parameter that is a stream -> Node
    Map streams;               // Def of a sequencer of its body -> Stream
} WorkflowUse;

// One use of `steps`: atoms in turn to several branches.
typedef struct Steps {
    Span span;
    int count;
    Ast **times;               // one a branch: for how many atoms in a row, by `loop`; NULL: for one
    WorkflowUse *within;       // in whose body that is written
    const struct Steps *outer; // in one of whose branches it is; or NULL
    int place;                 // number of that branch
    int number;                // from 0, of all uses of the program
} Steps;

// A closure that handles the events of a task in its place.
typedef struct Wrap {
    Ast *closure;
    WorkflowUse *within; // in whose body it is written
    Type *inner;         // of the events of what it calls the task
} Wrap;

// What is evaluated before the first atom, in the terms of `use`.
typedef struct Static {
    WorkflowUse *use; // NULL, for a `let`: it is one of a workflow without parameters
    Ast *let;         // of the body, its value no stream; NULL: the static arguments of `use`
} Static;

// A task that asks a portal, and the task that replies: two streams between their graphs.
typedef struct PortalUse {
    Def *portal; // DEF_PORTAL
    Node *asker; // the TASK, and which of its `asks` it is
    int ask;
    Graph *asking;
    Node *replier; // the TASK, and which of its `replies` it is
    int reply;
    Graph *replying;
    Stream *requests; // its producer is `asking`
    Stream *replies;  // its producer is `replying`
} PortalUse;

// A source, an operator, a sink or a task within one workflow, or (NODE_STREAM) a stream that comes in from outside it. Behind a
// stream of text that stands for values, NODE_PARSE makes these of it.
struct Node {
    NodeKind kind;
    int id; // within its graph, in textual order
    Span span;
    Type *event;     // what it puts out
    Type *key;       // the key its events carry; NULL: none, which is the key ()
    bool keys_mixed; // its events have keys of different types: a stateful task needs another `key` first
    bool key_known;  // for topology_find_keys
    VEC(Node *) inputs;
    VEC(Node *) consumers; // in textual order; a node that consumes twice is here twice
    Ast *function;         // MAP FILTER FLAT_MAP KEY: what to apply; REQUESTS: the key of the portal; NULL: it has none
    Ast **args;            // sources, WRITE, TASK: the settings or static parameters (the args of the call after the stream)
    int arg_count;
    WorkflowUse *within; // in whose body the function and the args are written; NULL: in that of a graph or stream
    Def *task;           // TASK
    Type **types;        // TASK: what its type parameters stand for
    const char *name;    // TASK: with these types
    Stream *from;        // STREAM: the stream it takes,
    bool back;           // ... which a workflow behind this one makes
    VEC(Wrap) wraps;     // TASK: from the inner one on
    VEC(Def *) asks;     // TASK: the portals, DEF_PORTALs, in the order of the declaration; parameters stand for their arguments
    VEC(Def *) replies;
    VEC(PortalUse *) asked;   // TASK: one for each of asks
    VEC(PortalUse *) replied; // TASK: those who ask it; several for one portal
    Type *state_key;          // TASK: by which it keeps its state; NULL: by ()
    bool no_events;           // TASK that replies: nothing but requests ever comes to it, so that its input says nothing of keys
    PortalUse *portal_use; // REQUESTS, REPLIES; `task_node`, which stands behind it, takes what comes in: its only input is the
                           // STREAM node of the stream
    Node *task_node;
    const Steps *steps; // STEP: passes on what belongs to ...
    int step;           // ... this branch
    Stream *exported;   // what it puts out goes to a sequencer, as a stream of its own; or NULL
    bool needs_key;     // it, or something after it, looks at the key of the events it takes
    int index;          // for lowering: number of the task instance that it became
};

// One producer of a stream: a source, or the output of a workflow. Sources come first, then workflows in textual order.
struct Stream {
    const char *name; // with several applications `App.name`
    Def *def;         // DEF_STREAM, DEF_WORKFLOW, DEF_SEQUENCER or DEF_SPLITTER; NULL for a source within a workflow
    Node *source;     // the source node, or NULL for a workflow's output
    Graph *graph;     // that puts it out, or NULL for a source
    StreamKind kind;
    Type *event;  // REQUESTS: of the request; REPLIES: of the reply
    Type *record; // what workflows make of its events, which are text, or NULL
    Type *key;
    bool keys_mixed, key_known; // as in Node
    bool carries_key;           // its events are pairs (event, key), since a consumer needs the key
    int consumers;              // how many workflows take it
    bool is_observed;           // somebody looks at its events, though no workflow may take them
    int number;                 // in Topology.streams
};

// What becomes a workflow: a workflow, a sequencer (a union of its connections), a part of a splitter; or nothing but the stream
// of a node of another graph (`producer`), without nodes.
struct Graph {
    Def *def;
    const Module *app; // the application whose graph it is
    const char *name;
    Ast *value; // what to evaluate; NULL: a sequencer, or a stream of `producer`
    bool is_sequencer;
    VEC(Node *) connections; // of a sequencer, in textual order
    Graph *producer;
    Stream *dead; // of its dead letters, which another graph stands for; or NULL
    int part;     // from 1: of the graphs in a cycle with each other; 0: in none
    VEC(Node *) nodes;
    Node *result;
    Stream *stream;         // its output
    int state, number, low; // for topology_order
};

typedef struct Topology {
    VEC(Stream *) streams;
    int source_count;
    VEC(Graph *) graphs; // in an order in which streams flow forward, but for those that `back` nodes take
    VEC(Static) statics; // in an order in which each needs only earlier ones
    int use_count;
    int steps_count;
    int part_count;
    VEC(PortalUse *) portal_uses;
} Topology;

// Evaluates all streams and workflows of `program`. NULL when there were errors (in context->diags): not a stream graph,
// a cycle of workflows, a key that does not fit, two sinks on one file, a portal without a replier or with two, a `use` that
// nothing provides.
Topology *topology_build(Context *context, Program *program);

// The events of all streams can be looked at from now on (vm/trace.h), also of those that no workflow takes.
void topology_observe(Topology *topology);

// Whether parameter number `i` of a workflow is a stream, a task, or a portal; else it is static.
bool topology_takes_stream(const Def *workflow, int i);
bool topology_takes_task(const Def *workflow, int i);
bool topology_takes_portal(const Def *workflow, int i);

// The type of the key that a portal's `key` gives a request; NULL: it has none, and its requests the key ().
Type *portal_key_type(const Def *portal);

// The function, task or stream that a node stands for.
const char *node_name(const Node *node);

void topology_dump(const Topology *topology, Buf *out);

#endif
