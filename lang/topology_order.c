#include "lang/topology_internal.h"

#include <assert.h>

// The order of the graphs: producers before consumers, those who ask before those who reply. Where they form a cycle, which only
// sequencers and portals allow, some connections and requests lead back: those that a walk forward comes to a graph without, when
// nothing else is left to go on with. All follows from the text, so that a program has the same order each time.

enum { NOT_YET, UNDER_WAY, DONE };

// The graph that makes a stream which `node` takes; NULL: none, or a source does. Replies say nothing of the order: they come
// back to where the requests came from.
static Graph *producer_of(const Node *node) {
    return node->from && node->from->kind != STREAM_REPLIES ? node->from->graph : NULL;
}

// ---- parts -------------------------------------------------------------------------------------------------------------

// Tarjan's algorithm, on a stack of its own.
typedef struct Search {
    Builder *b;
    VEC(Graph *) path;
    VEC(int) next; // by place in the path: the node to follow next; that behind the last: the producer
    VEC(Graph *) pending;
    int found;
} Search;

static void enter(Search *search, Graph *graph) {
    Arena *arena = search->b->context->arena;
    graph->number = graph->low = ++search->found;
    graph->state = UNDER_WAY;
    vec_push(arena, &search->path, graph);
    vec_push(arena, &search->next, 0);
    vec_push(arena, &search->pending, graph);
}

static bool takes_itself(const Graph *graph) {
    for (int i = 0; i < graph->nodes.count; i++)
        if (producer_of(graph->nodes.items[i]) == graph) return true;
    return false;
}

static void leave(Search *search) {
    Graph *graph = search->path.items[--search->path.count];
    search->next.count--;
    Graph *before = search->path.count ? search->path.items[search->path.count - 1] : NULL;
    if (before && graph->low < before->low) before->low = graph->low;
    if (graph->low < graph->number) return;
    bool cycle = search->pending.items[search->pending.count - 1] != graph || takes_itself(graph);
    int part = cycle ? ++search->b->topology->part_count : 0;
    Graph *member;
    do {
        member = search->pending.items[--search->pending.count];
        member->state = DONE;
        member->part = part;
    } while (member != graph);
}

static void visit(Search *search, Graph *from, Graph *to) {
    if (!to) return;
    if (to->state == NOT_YET)
        enter(search, to);
    else if (to->state == UNDER_WAY && to->number < from->low)
        from->low = to->number;
}

static void find_parts(Builder *b) {
    Search search = {.b = b};
    for (int i = 0; i < b->graphs.count; i++) {
        if (b->graphs.items[i]->state == NOT_YET) enter(&search, b->graphs.items[i]);
        while (search.path.count) {
            Graph *graph = search.path.items[search.path.count - 1];
            int next = search.next.items[search.next.count - 1]++;
            if (next < graph->nodes.count)
                visit(&search, graph, producer_of(graph->nodes.items[next]));
            else if (next == graph->nodes.count)
                visit(&search, graph, graph->producer);
            else
                leave(&search);
        }
    }
    for (int i = 0; i < b->graphs.count; i++) b->graphs.items[i]->state = NOT_YET;
}

// ---- edges that lead back ----------------------------------------------------------------------------------------------

// Whether `producer` is in the same cycle as `graph`, and not in order yet.
static bool is_missing(const Graph *graph, const Graph *producer) {
    return producer && producer->part == graph->part && producer->state != DONE;
}

static bool may_lead_back(const Graph *graph, const Node *input) {
    return graph->is_sequencer || input->from->kind == STREAM_REQUESTS;
}

// How many of the inputs of a graph are there already, and of those that are not, whether one cannot lead back.
typedef struct Inputs {
    int there, missing;
    bool stuck;
} Inputs;

static Inputs count_inputs(const Graph *graph) {
    Inputs inputs = {0};
    if (is_missing(graph, graph->producer)) inputs.stuck = true;
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *node = graph->nodes.items[i];
        if (!node->from || node->from->kind == STREAM_REPLIES) continue;
        bool missing = is_missing(graph, producer_of(node));
        *(missing ? &inputs.missing : &inputs.there) += 1;
        if (missing && !may_lead_back(graph, node)) inputs.stuck = true;
    }
    return inputs;
}

// Of the graphs of the part all of whose inputs are there, or else can lead back, the first that has all of them; else the first
// that has one of them, else the first.
static Graph *choose_next(const Builder *b, int part) {
    Graph *fed = NULL, *first = NULL;
    for (int i = 0; i < b->graphs.count; i++) {
        Graph *graph = b->graphs.items[i];
        if (graph->part != part || graph->state == DONE) continue;
        Inputs inputs = count_inputs(graph);
        if (inputs.stuck) continue;
        if (!inputs.missing) return graph;
        if (!first) first = graph;
        if (!fed && inputs.there) fed = graph;
    }
    return fed ? fed : first;
}

static void mark_back(Graph *graph) {
    for (int i = 0; i < graph->nodes.count; i++) {
        Node *node = graph->nodes.items[i];
        if (is_missing(graph, producer_of(node))) node->back = true;
    }
    graph->state = DONE;
}

static void find_back_edges(Builder *b) {
    for (int part = 1; part <= b->topology->part_count; part++) {
        Graph *next;
        while ((next = choose_next(b, part))) mark_back(next);
    }
    for (int i = 0; i < b->graphs.count; i++) b->graphs.items[i]->state = NOT_YET;
}

// ---- order -------------------------------------------------------------------------------------------------------------

static void order(Builder *b, Graph *graph) {
    if (graph->state == DONE) return;
    assert(graph->state == NOT_YET);
    graph->state = UNDER_WAY;
    if (graph->producer) order(b, graph->producer);
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *node = graph->nodes.items[i];
        if (!node->back && producer_of(node)) order(b, producer_of(node));
    }
    graph->state = DONE;
    vec_push(b->context->arena, &b->topology->graphs, graph);
}

static void number_streams(Builder *b) {
    Topology *topology = b->topology;
    for (int i = 0; i < b->sources.count; i++) vec_push(b->context->arena, &topology->streams, b->sources.items[i]);
    topology->source_count = b->sources.count;
    for (int i = 0; i < topology->graphs.count; i++)
        vec_push(b->context->arena, &topology->streams, topology->graphs.items[i]->stream);
    for (int i = 0; i < topology->streams.count; i++) topology->streams.items[i]->number = i;
}

void topology_order(Builder *b) {
    find_parts(b);
    find_back_edges(b);
    for (int i = 0; i < b->graphs.count; i++) order(b, b->graphs.items[i]);
    number_streams(b);
}
