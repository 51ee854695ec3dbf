#include "lang/topology_dot_internal.h"

#include <string.h>

// A portal is a node between those who ask it and the one who replies. What goes forward is a request, and what comes back the
// reply, which is why edges have two heads.

static void put_portal(Dot *dot, int number, const Def *portal) {
    const Type *type = type_resolve(portal->type);
    dot_begin(dot);
    buf_printf(dot->out, "p%d [label=\"portal ", number);
    dot_put_text(dot, portal->name);
    buf_puts(dot->out, "\\n");
    dot_put_type(dot, type->args[0]);
    buf_puts(dot->out, " -> ");
    dot_put_type(dot, type->args[1]);
    Type *key = portal_key_type(portal);
    if (key) {
        buf_puts(dot->out, "\\nkey ");
        dot_put_type(dot, key);
    }
    buf_puts(dot->out, "\", shape=ellipse, style=filled, fillcolor=\"#f7e3dc\"]\n");
}

void dot_put_portals(Dot *dot, const Module *app) {
    for (int i = 0; i < dot->program->portals.count; i++)
        if (dot->program->portals.items[i]->module == app) put_portal(dot, i, dot->program->portals.items[i]);
}

// ---- who asks, who replies -------------------------------------------------------------------------------------------

static int number_of(const Dot *dot, const Def *portal) {
    int number = 0;
    while (dot->program->portals.items[number] != portal) number++;
    return number;
}

// The task, or in a simple picture the workflow.
static const char *name_of(const Dot *dot, const Graph *graph, const Node *task) {
    if (dot->detail == DOT_SIMPLE) return arena_printf(dot->context->arena, "w%d", graph->stream->number);
    return arena_printf(dot->context->arena, "w%d_%d", graph->stream->number, task->id);
}

static void put_ask(Dot *dot, const char *from, const char *to, const char *label) {
    dot_begin(dot);
    buf_printf(dot->out, "%s -> %s [label=\"%s\", style=dashed, dir=both, arrowtail=empty]\n", from, to, label);
}

// In a simple picture several tasks of a workflow are one node.
static bool asked_before(const Dot *dot, const Graph *graph, const Node *task, int ask) {
    if (dot->detail != DOT_SIMPLE) return false;
    for (int i = 0; i <= task->id; i++) {
        const Node *node = graph->nodes.items[i];
        int count = node == task ? ask : node->asks.count;
        for (int k = 0; k < count; k++)
            if (node->asks.items[k] == task->asks.items[ask]) return true;
    }
    return false;
}

void dot_put_asks(Dot *dot, const Graph *graph) {
    for (int i = 0; i < graph->nodes.count; i++) {
        const Node *node = graph->nodes.items[i];
        const char *name = name_of(dot, graph, node);
        for (int k = 0; k < node->asks.count; k++)
            if (!asked_before(dot, graph, node, k))
                put_ask(dot, name, arena_printf(dot->context->arena, "p%d", number_of(dot, node->asks.items[k])), "ask");
        for (int k = 0; k < node->replies.count; k++)
            put_ask(dot, arena_printf(dot->context->arena, "p%d", number_of(dot, node->replies.items[k])), name, "reply");
    }
}
