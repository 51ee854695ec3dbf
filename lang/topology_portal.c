#include "lang/outside.h"
#include "lang/topology_internal.h"

#include <assert.h>
#include <string.h>

// Portals in the graph. For each task that asks a portal there are two streams:
//
//   asking graph    task ---------------------> requests (a stream of its own, made by the asking graph)
//   replying graph  requests -> (requests) ..> task ..> replies (likewise, made by the replying graph)
//   asking graph    replies -> (replies) ..> task
//
// The dots are no edges between nodes: what comes to a task beside its events stands before it, and knows it as `task_node`.

typedef struct Replier {
    Graph *graph;
    Node *node;
    int number; // of the portal, in `replies`
} Replier;

typedef struct Portals {
    Builder *b;
    const Program *program;
    Map repliers; // Def of a portal -> Replier
    Map missing;  // Def of a portal to which nobody replies, which has been reported
} Portals;

// ---- what portals a task means ---------------------------------------------------------------------------------------

// The argument that stands for a parameter of the task.
static Ast *argument_of(const Node *node, const Def *parameter) {
    const Ast *params = node->task->ast->kid[task_params];
    int i = 0;
    while (params->kid[i]->kid[parameter_pattern]->name != parameter->name) i++;
    return node->args[i];
}

// What a task calls a portal may be a parameter of it.
static Def *portal_meant(const Node *node, const Def *name) {
    if (name->kind != DEF_LOCAL) return def_meant(name);
    WorkflowUse *within = node->within;
    const Ast *argument = topology_argument(&within, argument_of(node, name));
    Def *portal = def_meant(argument->def);
    assert(portal && portal->kind == DEF_PORTAL);
    return portal;
}

static void find_portals(Portals *p, Graph *graph, Node *node) {
    (void)graph;
    Arena *arena = p->b->context->arena;
    const Def *task = node->task;
    for (int i = 0; i < task->ask_count; i++) vec_push(arena, &node->asks, portal_meant(node, task->asks[i]));
    for (int i = 0; i < task->reply_count; i++) vec_push(arena, &node->replies, portal_meant(node, task->replies[i]));
}

// ---- who replies -----------------------------------------------------------------------------------------------------

static void replies_twice(Portals *p, const Def *portal, const Node *node) {
    Diags *diags = &p->b->context->diags;
    Diag *diag =
        diag_add(diags, DIAG_SEVERAL_REPLIERS, node->span, "`%s` replies to the portal `%s` twice", node->name, portal->name);
    diag_here(diags, diag, "two of its parameters stand for one portal here");
    topology_label_use(p->b->context, diag, node->within);
    diag_help(diags, diag, "give each of them a portal of its own");
}

static void several_repliers(Portals *p, const Def *portal, const Node *one, const Node *other) {
    Context *context = p->b->context;
    Diags *diags = &context->diags;
    Diag *diag = diag_add(diags, DIAG_SEVERAL_REPLIERS, other->span, "two tasks reply to the portal `%s`", portal->name);
    if (one->span.start == other->span.start && one->span.file == other->span.file) { // of a workflow that is used twice
        diag_here(diags, diag, "`%s` replies to it, once for each use of the workflow", other->name);
        topology_label_uses(context, diag, one->within, other->within);
    } else {
        diag_here(diags, diag, "`%s` replies to it here", other->name);
        diag_label(diags, diag, one->span, "and `%s` here", one->name);
        topology_label_use(context, diag, other->within);
    }
    if (one->task == other->task)
        diag_help(diags, diag, "use the task once, it has a state for each key; or give each use a portal of its own");
    else
        diag_help(diags, diag, "give each of the tasks a portal of its own");
}

static void add_replier(Portals *p, Graph *graph, Node *node, int number) {
    Def *portal = node->replies.items[number];
    const Replier *first = map_get(&p->repliers, portal);
    if (first && first->node == node) {
        replies_twice(p, portal, node);
        return;
    }
    if (first) {
        several_repliers(p, portal, first->node, node);
        return;
    }
    Replier *replier = ARENA_NEW(p->b->context->arena, Replier);
    *replier = (Replier){graph, node, number};
    map_put(p->b->context->arena, &p->repliers, portal, replier);
}

// A task of the program that replies to the portal, though no workflow uses it; NULL if there is none.
static const Def *idle_replier(const Portals *p, const Def *portal) {
    for (int i = 0; i < p->program->tasks.count; i++) {
        const Def *task = p->program->tasks.items[i];
        for (int k = 0; k < task->reply_count; k++)
            if (def_meant(task->replies[k]) == portal) return task;
    }
    return NULL;
}

static void no_replier(Portals *p, Def *portal, const Node *asker) {
    if (map_get(&p->missing, portal)) return;
    map_put(p->b->context->arena, &p->missing, portal, portal);
    Diags *diags = &p->b->context->diags;
    Diag *diag = diag_add(diags, DIAG_NO_REPLIER, portal->span, "nobody replies to the portal `%s`", portal->name);
    diag_here(diags, diag, "its requests would wait for ever");
    diag_label(diags, diag, asker->span, "`%s` asks it", asker->name);
    topology_label_use(p->b->context, diag, asker->within);
    const Def *idle = idle_replier(p, portal);
    if (idle) {
        diag_note(diags, diag, "the task `%s` replies to it, but no workflow uses that", idle->name);
        diag_help(diags, diag, "`workflow NAME = empty() |> %s` is a workflow that only replies", idle->name);
    } else {
        diag_help(diags, diag,
                  "write a task that does, `task NAME: Never -> Never replies %s { on ask ... }`, and use it in a workflow",
                  portal->name);
    }
}

// ---- streams ---------------------------------------------------------------------------------------------------------

// A stream that one graph makes beside its own, and another one takes.
static Stream *stream_between(Portals *p, Graph *from, const PortalUse *use, StreamKind kind) {
    Builder *b = p->b;
    Type *type = type_resolve(use->portal->type);
    const char *name = arena_printf(b->context->arena, "%s.%s.%s", use->asking->name, use->portal->name,
                                    kind == STREAM_REQUESTS ? "asks" : "replies");
    b->graph = from;
    Graph *graph = topology_graph_new(b, from->def, name, type_resolve(type->args[kind == STREAM_REQUESTS ? 0 : 1]));
    b->graph = NULL;
    graph->producer = from;
    graph->stream->kind = kind;
    graph->stream->key_known = true; // it has none
    return graph->stream;
}

static void add_use(Portals *p, Graph *graph, Node *node, int number) {
    Arena *arena = p->b->context->arena;
    Def *portal = node->asks.items[number];
    const Replier *replier = map_get(&p->repliers, portal);
    if (!replier) {
        no_replier(p, portal, node);
        return;
    }
    PortalUse *use = ARENA_NEW(arena, PortalUse);
    *use = (PortalUse){.portal = portal,
                       .asker = node,
                       .ask = number,
                       .asking = graph,
                       .replier = replier->node,
                       .reply = replier->number,
                       .replying = replier->graph};
    use->requests = stream_between(p, use->asking, use, STREAM_REQUESTS);
    use->replies = stream_between(p, use->replying, use, STREAM_REPLIES);
    vec_push(arena, &node->asked, use);
    vec_push(arena, &use->replier->replied, use);
    vec_push(arena, &p->b->topology->portal_uses, use);
}

// ---- nodes -----------------------------------------------------------------------------------------------------------

static void push_node(Portals *p, Graph *graph, Node *node) {
    node->id = graph->nodes.count;
    vec_push(p->b->context->arena, &graph->nodes, node);
}

// The nodes through which a stream comes in that is for `task`.
static Node *push_inlet(Portals *p, Graph *graph, PortalUse *use, Stream *stream, NodeKind kind, Node *task) {
    Node *input = topology_node(p->b, NODE_STREAM, task->span, stream->event);
    input->from = stream;
    stream->consumers++;
    Node *inlet = topology_node(p->b, kind, task->span, stream->event);
    inlet->portal_use = use;
    inlet->task_node = task;
    topology_connect(p->b, input, inlet);
    push_node(p, graph, input);
    push_node(p, graph, inlet);
    return inlet;
}

static void push_inlets(Portals *p, Graph *graph, Node *task) {
    for (int i = 0; i < task->replied.count; i++) {
        PortalUse *use = task->replied.items[i];
        Node *inlet = push_inlet(p, graph, use, use->requests, NODE_REQUESTS, task);
        inlet->function = use->portal->ast->kid[portal_key];
    }
    for (int i = 0; i < task->asked.count; i++) {
        PortalUse *use = task->asked.items[i];
        push_inlet(p, graph, use, use->replies, NODE_REPLIES, task);
    }
}

static void add_inlets(Portals *p, Graph *graph) {
    int count = graph->nodes.count;
    Node **nodes = graph->nodes.items;
    memset(&graph->nodes, 0, sizeof graph->nodes);
    for (int i = 0; i < count; i++) {
        if (nodes[i]->kind == NODE_TASK) push_inlets(p, graph, nodes[i]);
        push_node(p, graph, nodes[i]);
    }
}

// ---- the whole -------------------------------------------------------------------------------------------------------

typedef void OnTask(Portals *, Graph *, Node *);

// The tasks of all graphs, in order; the streams between them are graphs, too, and have none.
static void each_task(Portals *p, OnTask *on_task) {
    int count = p->b->graphs.count;
    for (int g = 0; g < count; g++) {
        Graph *graph = p->b->graphs.items[g];
        for (int i = 0; i < graph->nodes.count; i++)
            if (graph->nodes.items[i]->kind == NODE_TASK) on_task(p, graph, graph->nodes.items[i]);
    }
}

static void find_repliers(Portals *p, Graph *graph, Node *node) {
    for (int i = 0; i < node->replies.count; i++) add_replier(p, graph, node, i);
}

// Nobody can be asked from outside who is not there: the three streams of outside.h go.
static bool is_pointless(const Portals *p, const Graph *graph) {
    if (!graph->def || !outside_is_hidden(graph->def->name)) return false;
    for (int i = 0; i < graph->nodes.count; i++)
        if (graph->nodes.items[i]->kind == NODE_TASK) return !map_get(&p->repliers, graph->nodes.items[i]->asks.items[0]);
    return false;
}

static void drop_source(Builder *b, const Graph *graph) {
    int count = 0;
    for (int i = 0; i < b->sources.count; i++)
        if (b->sources.items[i] != graph->nodes.items[0]->from) b->sources.items[count++] = b->sources.items[i];
    b->sources.count = count;
}

static void drop_pointless(Portals *p) {
    Builder *b = p->b;
    int count = 0;
    for (int g = 0; g < b->graphs.count; g++) {
        Graph *graph = b->graphs.items[g];
        if (is_pointless(p, graph))
            drop_source(b, graph);
        else
            b->graphs.items[count++] = graph;
    }
    b->graphs.count = count;
}

static void find_askers(Portals *p, Graph *graph, Node *node) {
    for (int i = 0; i < node->asks.count; i++) add_use(p, graph, node, i);
}

void topology_add_portals(Builder *b, const Program *program) {
    Portals p = {.b = b, .program = program};
    int errors = b->context->diags.errors;
    each_task(&p, find_portals);
    each_task(&p, find_repliers);
    drop_pointless(&p);
    each_task(&p, find_askers);
    if (b->context->diags.errors > errors) return;
    for (int g = 0; g < b->graphs.count; g++) add_inlets(&p, b->graphs.items[g]);
}
