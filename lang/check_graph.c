#include "lang/check_internal.h"

// Strongly connected components of the graphs "type contains type" and "definition uses definition". The search keeps its
// own stack: a program may chain any number of declarations.

typedef struct GraphNode {
    Def *def;
    VEC(int) uses;
    int next;      // the use to follow next
    int number;    // order of discovery, from 1
    int low;       // the smallest number reachable
    int component; // from 1, dependencies first; 0: not known yet
    bool self;     // uses itself
} GraphNode;

typedef struct DefGraph {
    GraphNode *nodes;
    int count;
    Map index;      // Def -> GraphNode
    VEC(int) order; // the nodes by component, dependencies first
} DefGraph;

static void graph_init(Checker *c, DefGraph *graph, Def **defs, int count) {
    graph->count = count;
    graph->nodes = ARENA_ARRAY(c->arena, GraphNode, count + 1);
    for (int i = 0; i < count; i++) {
        graph->nodes[i].def = defs[i];
        map_put(c->arena, &graph->index, defs[i], &graph->nodes[i]);
    }
}

static void graph_edge(Checker *c, DefGraph *graph, Def *from, Def *to) {
    GraphNode *source = map_get(&graph->index, from), *target = map_get(&graph->index, to);
    if (!source || !target) return;
    if (source == target)
        source->self = true;
    else
        vec_push(c->arena, &source->uses, (int)(target - graph->nodes));
}

typedef struct Search {
    VEC(int) path;    // nodes being explored
    VEC(int) pending; // nodes whose component is not known yet
    int discovered;
    int components;
} Search;

static void enter(Checker *c, DefGraph *graph, Search *search, int n) {
    graph->nodes[n].number = graph->nodes[n].low = ++search->discovered;
    vec_push(c->arena, &search->path, n);
    vec_push(c->arena, &search->pending, n);
}

static void leave(Checker *c, DefGraph *graph, Search *search, int n) {
    GraphNode *node = &graph->nodes[n];
    search->path.count--;
    if (search->path.count) {
        GraphNode *parent = &graph->nodes[search->path.items[search->path.count - 1]];
        if (node->low < parent->low) parent->low = node->low;
    }
    if (node->low < node->number) return;
    search->components++;
    int member;
    do {
        member = search->pending.items[--search->pending.count];
        graph->nodes[member].component = search->components;
        vec_push(c->arena, &graph->order, member);
    } while (member != n);
}

// Tarjan's algorithm.
static void graph_components(Checker *c, DefGraph *graph) {
    Search search = {0};
    for (int root = 0; root < graph->count; root++) {
        if (!graph->nodes[root].number) enter(c, graph, &search, root);
        while (search.path.count) {
            int n = search.path.items[search.path.count - 1];
            GraphNode *node = &graph->nodes[n];
            if (node->next == node->uses.count) {
                leave(c, graph, &search, n);
                continue;
            }
            GraphNode *used = &graph->nodes[node->uses.items[node->next]];
            if (!used->number)
                enter(c, graph, &search, node->uses.items[node->next]);
            else if (!used->component && used->number < node->low)
                node->low = used->number;
            node->next++;
        }
    }
}

// The end of the component that begins at place `start` of the order.
static int component_end(const DefGraph *graph, int start) {
    int component = graph->nodes[graph->order.items[start]].component, end = start;
    while (end < graph->order.count && graph->nodes[graph->order.items[end]].component == component) end++;
    return end;
}

// ---- types -----------------------------------------------------------------------------------------------------------

static void type_edges(Checker *c, DefGraph *graph, Def *from, Type *type) {
    if (type->kind == TYPE_CON) graph_edge(c, graph, from, type->def);
    for (int i = 0; i < type->arg_count; i++) type_edges(c, graph, from, type_resolve(type->args[i]));
}

// Whether a field of the type has what `has` looks for.
static bool any_field(const Def *type, bool (*has)(Type *type)) {
    for (int i = 0; i < type->member_count; i++)
        for (int k = 0; k < type->members[i]->member_count; k++)
            if (has(type->members[i]->members[k]->type)) return true;
    return false;
}

void check_type_graph(Checker *c) {
    DefGraph graph = {0};
    graph_init(c, &graph, c->type_defs.items, c->type_defs.count);
    for (int i = 0; i < c->type_defs.count; i++) {
        Def *def = c->type_defs.items[i];
        for (int m = 0; m < def->member_count; m++)
            for (int f = 0; f < def->members[m]->member_count; f++) type_edges(c, &graph, def, def->members[m]->members[f]->type);
    }
    graph_components(c, &graph);
    for (int start = 0, end; start < graph.order.count; start = end) {
        end = component_end(&graph, start);
        bool functional = false, holds_any = false, holds_future = false;
        for (int i = start; i < end; i++) {
            functional |= any_field(graph.nodes[graph.order.items[i]].def, check_has_function);
            holds_any |= any_field(graph.nodes[graph.order.items[i]].def, check_has_any);
            holds_future |= any_field(graph.nodes[graph.order.items[i]].def, check_has_future);
        }
        for (int i = start; i < end; i++) {
            GraphNode *node = &graph.nodes[graph.order.items[i]];
            node->def->functional = functional;
            node->def->holds_any = holds_any;
            node->def->holds_future = holds_future;
            node->def->recursive = end - start > 1 || node->self;
        }
    }
}

// ---- values ----------------------------------------------------------------------------------------------------------

// The shortest way from `start` back to itself, along the uses: the definitions that it comes to, the last one being its own.
static DefList shortest_cycle(Checker *c, const DefGraph *graph, int start) {
    int *user = ARENA_ARRAY(c->arena, int, graph->count); // by node, from 1: from where the search came to it
    VEC(int) queue = {0};
    vec_push(c->arena, &queue, start);
    for (int next = 0; !user[start]; next++) {
        const GraphNode *node = &graph->nodes[queue.items[next]];
        if (node->self && queue.items[next] == start) user[start] = start + 1;
        for (int i = 0; i < node->uses.count; i++) {
            int used = node->uses.items[i];
            if (user[used] || graph->nodes[used].component != node->component) continue;
            user[used] = queue.items[next] + 1;
            vec_push(c->arena, &queue, used);
        }
    }
    DefList backwards = {0}, cycle = {0};
    int n = start;
    do {
        vec_push(c->arena, &backwards.items, graph->nodes[n].def);
        n = user[n] - 1;
    } while (n != start);
    for (int i = backwards.items.count - 1; i >= 0; i--) vec_push(c->arena, &cycle.items, backwards.items.items[i]);
    return cycle;
}

// What cannot need itself, by preference something that has a value: functions may be recursive.
static bool is_worse(const Def *def, const Def *culprit) {
    if (def->kind == DEF_FN || def->kind == DEF_USE) return false;
    if (!culprit || def->parametric != culprit->parametric) return !culprit || culprit->parametric;
    return def->span.start < culprit->span.start;
}

static void report_cycle(Checker *c, const DefGraph *graph, int start, int end) {
    Def *culprit = NULL;
    int place = 0;
    for (int i = start; i < end; i++) {
        Def *def = graph->nodes[graph->order.items[i]].def;
        if (def->type->kind == TYPE_ERROR) return; // the mistake may be this very cycle
        if (!is_worse(def, culprit)) continue;
        culprit = def;
        place = graph->order.items[i];
    }
    if (!culprit) return;
    if (culprit->parametric) {
        DefList chain = shortest_cycle(c, graph, place);
        check_report_recursion(c, culprit, &chain);
        return;
    }
    bool stream = culprit->kind == DEF_STREAM || culprit->kind == DEF_WORKFLOW || culprit->kind == DEF_SPLITTER;
    Diag *diag = diag_add(c->diags, stream ? DIAG_STREAM_CYCLE : DIAG_CYCLIC_DEFINITION, culprit->span,
                          stream ? "the stream `%s` needs itself" : "the value of `%s` needs itself", culprit->name);
    diag_here(c->diags, diag, stream ? "its events would come back to it" : "to compute it, one must already have it");
    for (int i = start; i < end; i++) {
        Def *def = graph->nodes[graph->order.items[i]].def;
        if (def != culprit) diag_label(c->diags, diag, def->span, "it depends on this, which depends on it");
    }
    if (stream) check_help_cycle(c, diag, culprit);
}

void check_value_graph(Checker *c) {
    DefGraph graph = {0};
    graph_init(c, &graph, c->value_defs.items, c->value_defs.count);
    for (int i = 0; i < c->edges.count; i++) graph_edge(c, &graph, c->edges.items[i].from, c->edges.items[i].to);
    graph_components(c, &graph);
    for (int start = 0, end; start < graph.order.count; start = end) {
        end = component_end(&graph, start);
        GraphNode *first = &graph.nodes[graph.order.items[start]];
        if (end - start > 1 || first->self) report_cycle(c, &graph, start, end);
    }
    for (int i = 0; i < graph.order.count; i++) {
        Def *def = graph.nodes[graph.order.items[i]].def;
        if (def->kind == DEF_CONST) vec_push(c->arena, &c->program->constants, def);
    }
}
