#include "lang/topology_dot_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lang/topology_internal.h"

// Nodes are called `s1` (a source, by the number of its stream), `w2_3` (node 3 of workflow 2) and `p4` (a portal), clusters
// after what they hold, so that no name of the program has to be a name of Graphviz.

enum { LONGEST_TEXT = 40 }; // of types and expressions

// ---- texts -----------------------------------------------------------------------------------------------------------

// What stands within the quotes of a label: of a text that is too long the beginning, in whole characters.
static void put_quoted(Dot *dot, const char *text, size_t length) {
    size_t shown = length;
    if (length > LONGEST_TEXT) {
        shown = LONGEST_TEXT - 3;
        while (shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80) shown--;
    }
    bool blank = false;
    for (size_t i = 0; i < shown; i++) {
        unsigned char c = (unsigned char)text[i];
        bool was_blank = blank;
        blank = c <= ' ' || c == 127; // lines of the program become one
        if (blank && was_blank) continue;
        if (c == '"' || c == '\\') buf_putc(dot->out, '\\');
        buf_putc(dot->out, blank ? ' ' : (char)c);
    }
    if (shown < length) buf_puts(dot->out, "...");
}

void dot_put_text(Dot *dot, const char *text) {
    put_quoted(dot, text, strlen(text));
}

void dot_put_type(Dot *dot, Type *type) {
    dot_put_text(dot, type_text(dot->context->arena, type));
}

// An expression as it is written; a String that is a literal as it is.
static void put_expression(Dot *dot, const Ast *expr) {
    if (expr->kind == AST_string) {
        put_quoted(dot, expr->text, expr->length);
        return;
    }
    const SourceFile *file = source_file(&dot->context->sources, expr->span.file);
    put_quoted(dot, file->text + expr->span.start, expr->span.end - expr->span.start);
}

static void put_line(Dot *dot, const char *text) {
    buf_printf(dot->out, "%*s%s\n", dot->depth * 2, "", text);
}

void dot_begin(Dot *dot) {
    buf_printf(dot->out, "%*s", dot->depth * 2, "");
}

// ---- clusters --------------------------------------------------------------------------------------------------------

__attribute__((format(printf, 4, 5))) static void open_cluster(Dot *dot, const char *label, const char *style, const char *format,
                                                               ...) {
    va_list args;
    va_start(args, format);
    char name[64];
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    dot_begin(dot);
    buf_printf(dot->out, "subgraph cluster_%s {\n", name);
    dot->depth++;
    dot_begin(dot);
    buf_puts(dot->out, "label=\"");
    dot_put_text(dot, label);
    buf_printf(dot->out, "\"; style=\"%s\"\n", style);
}

static void close_cluster(Dot *dot) {
    dot->depth--;
    put_line(dot, "}");
}

// ---- nodes -----------------------------------------------------------------------------------------------------------

bool dot_is_sink(const Node *node) {
    return node->kind >= NODE_PRINT && node->kind <= NODE_DISCARD;
}

bool dot_draws(const Graph *graph, const Node *node) {
    if (node->kind == NODE_REQUESTS || node->kind == NODE_REPLIES) return false; // the portal stands for them
    return node->kind != NODE_STREAM || node == graph->result; // else what takes it is joined to the stream itself
}

// The frame of an exclusive task is double.
static const char *task_style(const Def *task) {
    if (task->ast->flags & FLAG_EXCLUSIVE) return "shape=box, peripheries=2, style=\"rounded,filled\", fillcolor=\"#dce9f7\"";
    return task->member_count ? "shape=box, style=\"rounded,filled\", fillcolor=\"#dce9f7\"" : "shape=box, style=rounded";
}

static const char *style_of(const Node *node) {
    if (node->kind == NODE_TASK) return task_style(node->task);
    if (node->kind == NODE_STREAM) return "shape=point";
    if (topology_is_source(node->kind)) return "shape=cds, style=filled, fillcolor=\"#e4f3e0\"";
    return dot_is_sink(node) ? "shape=note, style=filled, fillcolor=\"#fdf3d8\"" : "shape=box";
}

static void put_states(Dot *dot, const Node *node) {
    const Def *task = node->task;
    for (int i = 0; i < task->member_count; i++) {
        Type *type = type_substitute(dot->context->arena, task->members[i]->type, task->tparams, node->types, task->tparam_count);
        buf_puts(dot->out, "\\n");
        dot_put_text(dot, task->members[i]->name);
        buf_puts(dot->out, ": ");
        dot_put_type(dot, type);
    }
}

static bool has_path(NodeKind kind) {
    return kind == NODE_LINES || kind == NODE_JSON_LINES || kind == NODE_CSV || (kind >= NODE_WRITE && kind <= NODE_WRITE_CSV);
}

// What an operator applies, where a source reads, a sink writes.
static void put_setting(Dot *dot, const Node *node) {
    if (node->steps && node->steps->times[node->step]) {
        buf_puts(dot->out, "\\nloop ");
        put_expression(dot, node->steps->times[node->step]);
    }
    WorkflowUse *within = node->within;
    const Ast *setting = node->function;
    if (!setting && has_path(node->kind) && node->arg_count) setting = topology_argument(&within, node->args[0]);
    if (!setting) return;
    buf_puts(dot->out, "\\n");
    put_expression(dot, setting);
}

static void put_node(Dot *dot, const Node *node, const char *name) {
    buf_puts(dot->out, " [label=\"");
    dot_put_text(dot, name);
    if (node->task)
        put_states(dot, node);
    else
        put_setting(dot, node);
    buf_printf(dot->out, "\", %s]\n", style_of(node));
}

static void put_source(Dot *dot, const Stream *stream) {
    dot_begin(dot);
    buf_printf(dot->out, "s%d", stream->number);
    const char *kind = node_name(stream->source);
    put_node(dot, stream->source, stream->def ? arena_printf(dot->context->arena, "%s = %s", stream->def->name, kind) : kind);
}

static bool is_within(const WorkflowUse *use, const WorkflowUse *outer) {
    while (use && use != outer) use = use->outer;
    return use == outer;
}

static void open_uses(Dot *dot, const WorkflowUse *use) {
    if (use == dot->within) return;
    open_uses(dot, use->outer);
    open_cluster(dot, use->def->name, "rounded,dashed", "u%d", use->number);
}

// What comes now stands in the body of this use of a workflow with parameters, within the clusters of those around it. Clusters
// of one name are one.
static void enter_use(Dot *dot, const WorkflowUse *use) {
    if (dot->detail == DOT_SIMPLE) return;
    for (; dot->within && !is_within(use, dot->within); dot->within = dot->within->outer) close_cluster(dot);
    open_uses(dot, use);
    dot->within = use;
}

static void put_sequencer(Dot *dot, const Graph *graph) {
    buf_puts(dot->out, " [label=\"");
    dot_put_text(dot, graph->def->name);
    buf_puts(dot->out, "\", shape=hexagon, style=filled, fillcolor=\"#eee6f5\"]\n");
}

static const char *name_of(const Dot *dot, const Node *node) {
    return node->steps ? arena_printf(dot->context->arena, "step %d", node->step + 1) : node_name(node);
}

static void put_graph_node(Dot *dot, const Graph *graph, const Node *node) {
    enter_use(dot, node->within);
    dot_begin(dot);
    buf_printf(dot->out, "w%d_%d", graph->stream->number, node->id);
    if (graph->is_sequencer && node == graph->result)
        put_sequencer(dot, graph);
    else
        put_node(dot, node, name_of(dot, node));
}

// A source that is written within a workflow belongs to it.
static void put_own_source(Dot *dot, const Node *input) {
    const Stream *stream = input->from;
    if (!stream || !stream->source || stream->def) return;
    enter_use(dot, stream->source->within);
    put_source(dot, stream);
}

// A sequencer with nothing in it stands by itself.
static bool has_frame(const Graph *graph) {
    for (int i = 0; graph->is_sequencer && i < graph->nodes.count; i++)
        if (graph->nodes.items[i]->kind != NODE_STREAM && graph->nodes.items[i] != graph->result) return true;
    return !graph->is_sequencer;
}

static void put_graph(Dot *dot, const Graph *graph) {
    bool framed = has_frame(graph);
    if (framed) open_cluster(dot, graph->def->name, "rounded", "w%d", graph->stream->number);
    for (int i = 0; i < graph->nodes.count; i++) {
        put_own_source(dot, graph->nodes.items[i]);
        if (dot_draws(graph, graph->nodes.items[i])) put_graph_node(dot, graph, graph->nodes.items[i]);
    }
    enter_use(dot, NULL);
    if (framed) close_cluster(dot);
}

static void put_simple_graph(Dot *dot, const Graph *graph) {
    for (int i = 0; i < graph->nodes.count; i++) put_own_source(dot, graph->nodes.items[i]);
    dot_begin(dot);
    buf_printf(dot->out, "w%d", graph->stream->number);
    if (graph->is_sequencer) {
        put_sequencer(dot, graph);
    } else {
        buf_puts(dot->out, " [label=\"");
        dot_put_text(dot, graph->def->name);
        buf_puts(dot->out, "\", shape=box, style=rounded]\n");
    }
    for (int i = 0; i < graph->nodes.count; i++)
        if (dot_is_sink(graph->nodes.items[i])) put_graph_node(dot, graph, graph->nodes.items[i]);
}

// ---- the whole -------------------------------------------------------------------------------------------------------

static void put_app(Dot *dot, const Module *app, int number) {
    if (dot->several_apps) open_cluster(dot, app->name, "bold", "a%d", number);
    for (int i = 0; i < dot->topology->source_count; i++) {
        const Stream *stream = dot->topology->streams.items[i];
        if (stream->def && stream->def->module == app) put_source(dot, stream);
    }
    dot_put_portals(dot, app);
    for (int i = 0; i < dot->topology->graphs.count; i++) {
        const Graph *graph = dot->topology->graphs.items[i];
        if (graph->app != app || graph->producer) continue;
        if (dot->detail == DOT_SIMPLE)
            put_simple_graph(dot, graph);
        else
            put_graph(dot, graph);
    }
    if (dot->several_apps) close_cluster(dot);
}

void topology_dot(const Context *context, const Program *program, const Topology *topology, DotDetail detail, Buf *out) {
    Dot dot = {context, program, topology, detail, .several_apps = program->apps.count > 1, .out = out};
    put_line(&dot, "digraph {");
    dot.depth++;
    put_line(&dot, "rankdir=LR");
    put_line(&dot, "node [fontname=\"Helvetica\", fontsize=11]");
    put_line(&dot, "edge [fontname=\"Helvetica\", fontsize=9]");
    put_line(&dot, "fontname=\"Helvetica\"");
    for (int i = 0; i < program->apps.count; i++) put_app(&dot, program->apps.items[i], i);
    for (int i = 0; i < topology->graphs.count; i++) dot_put_edges(&dot, topology->graphs.items[i]);
    for (int i = 0; i < topology->graphs.count; i++) dot_put_asks(&dot, topology->graphs.items[i]);
    dot.depth--;
    put_line(&dot, "}");
}
