#include "lang/outside.h"
#include "lang/topology_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

// Expects: a checked program. Makes: streams and graphs, ordered, with keys propagated. Changes nothing in the trees.

static const char *const node_names[] = {
#define NODE(name, text) text,
#include "lang/topology.def"
#undef NODE
};

NodeKind topology_operator(const Def *callee) {
    if (!callee || callee->kind != DEF_FN || !callee->module->library || strcmp(callee->module->name, "stream") != 0)
        return NODE_STREAM;
    for (NodeKind kind = NODE_FROM; kind < NODE_STREAM; kind++)
        if (strcmp(node_names[kind], callee->name) == 0) return kind;
    return NODE_STREAM;
}

bool topology_is_source(NodeKind kind) {
    return kind <= NODE_NEXT;
}

// ---- nodes -------------------------------------------------------------------------------------------------------------

void topology_add(Builder *b, Node *node) {
    node->id = b->graph->nodes.count;
    vec_push(b->context->arena, &b->graph->nodes, node);
}

Node *topology_node(Builder *b, NodeKind kind, Span span, Type *event) {
    Node *node = ARENA_NEW(b->context->arena, Node);
    node->kind = kind;
    node->span = span;
    node->event = topology_type(b, b->within, event, span);
    node->within = b->within;
    if (b->depth) b->used_nodes++;
    if (b->graph) topology_add(b, node);
    return node;
}

void topology_connect(Builder *b, Node *from, Node *to) {
    vec_push(b->context->arena, &to->inputs, from);
    vec_push(b->context->arena, &from->consumers, to);
}

Type *topology_event(Type *stream) {
    stream = type_resolve(stream);
    if (stream->kind == TYPE_FN) stream = type_resolve(stream->args[1]);
    assert(stream->kind == TYPE_CON && stream->arg_count == 1);
    return type_resolve(stream->args[0]);
}

// Its events are lines or records, which become values where a workflow takes them: so several partitions share the work.
static bool is_text(const Node *source) {
    return source->kind == NODE_JSON_LINES || source->kind == NODE_CSV;
}

Stream *topology_stream_new(Builder *b, const char *name, Def *def, Node *source, Type *event) {
    Stream *stream = ARENA_NEW(b->context->arena, Stream);
    *stream = (Stream){.name = name, .def = def, .source = source, .event = event};
    if (source && is_text(source)) {
        stream->record = event;
        stream->event = source->event = type_resolve(source->args[0]->type); // a String, as the path is
    }
    if (source) vec_push(b->context->arena, &b->sources, stream);
    return stream;
}

// What makes values of the text that comes in, and else the node itself.
static Node *parsed_node(Node *node) {
    return node->from->record ? node->consumers.items[0] : node;
}

Node *topology_stream_node(Builder *b, Stream *stream, Span span) {
    Node *node = topology_node(b, NODE_STREAM, span, stream->event);
    node->from = stream;
    stream->consumers++;
    if (stream->record) topology_connect(b, node, topology_node(b, NODE_PARSE, span, stream->record));
    return parsed_node(node);
}

// The node of the graph through which `stream` comes in: one a stream, so that branches of it are aligned. The connections of a
// sequencer are not, since it never mixes their atoms.
Node *topology_stream_in(Builder *b, Stream *stream, Span span) {
    for (int i = b->first_node; i < b->graph->nodes.count; i++)
        if (b->graph->nodes.items[i]->from == stream) return parsed_node(b->graph->nodes.items[i]);
    return topology_stream_node(b, stream, span);
}

// ---- graphs ------------------------------------------------------------------------------------------------------------

Graph *topology_graph_new(Builder *b, Def *def, const char *name, Type *event) {
    Graph *graph = ARENA_NEW(b->context->arena, Graph);
    graph->def = def;
    graph->app = b->graph ? b->graph->app : def->module;
    graph->name = name;
    graph->stream = topology_stream_new(b, name, def, NULL, event);
    graph->stream->graph = graph;
    vec_push(b->context->arena, &b->graphs, graph);
    return graph;
}

// Out of the block of a workflow a node's events go on as a stream of their own, which the workflow makes besides its own one.
static Stream *export_node(Builder *b, Node *node, const char *name) {
    if (node->kind == NODE_STREAM) return node->from;
    if (node->exported) return node->exported;
    Graph *graph = topology_graph_new(b, b->graph->def, name, node->event);
    graph->producer = b->graph;
    node->exported = graph->stream;
    return node->exported;
}

static void add_connection(Builder *b, Graph *sequencer, Node *node, Span span) {
    Graph *graph = b->graph;
    WorkflowUse *within = b->within;
    Stream *stream = export_node(b, node, arena_printf(b->context->arena, "%s.in", sequencer->name));
    b->graph = sequencer;
    b->within = NULL;
    Node *input = topology_stream_node(b, stream, span);
    vec_push(b->context->arena, &sequencer->connections, input);
    b->graph = graph;
    b->within = within;
}

// ---- evaluation --------------------------------------------------------------------------------------------------------

Map *topology_bindings(Builder *b) {
    return b->within ? &b->within->bindings : &b->bindings;
}

static Map *local_streams(Builder *b) {
    return b->within ? &b->within->streams : &b->streams;
}

static Stream *find_stream(Builder *b, const Def *def) {
    Stream *local = map_get(local_streams(b), def);
    return local ? local : map_get(&b->streams, def_meant(def));
}

static Node *evaluate_name(Builder *b, Ast *expr) {
    Stream *stream = find_stream(b, expr->def);
    return stream ? topology_stream_in(b, stream, expr->span) : map_get(topology_bindings(b), expr->def);
}

static Node *evaluate_input(Builder *b, Ast *arg, Node *given) {
    return arg ? topology_evaluate(b, arg) : given;
}

static void add_static(Builder *b, Ast *let) {
    Static value = {b->within, let};
    vec_push(b->context->arena, &b->topology->statics, value);
}

// Each use of the workflow has a sequencer of its own.
static void evaluate_sequencer(Builder *b, Ast *ast) {
    const char *name = arena_printf(b->context->arena, "%s.%s", b->graph->name, ast->name);
    Type *event = topology_type(b, b->within, topology_event(ast->def->type), ast->span);
    Graph *graph = topology_graph_new(b, ast->def, name, event);
    graph->is_sequencer = true;
    map_put(b->context->arena, local_streams(b), ast->def, graph->stream);
}

// False after a diagnostic.
static bool evaluate_connect(Builder *b, Ast *ast) {
    Node *node = topology_evaluate(b, ast->kid[connect_from]);
    if (!node) return false;
    Stream *to = find_stream(b, ast->kid[connect_to]->def);
    add_connection(b, to->graph, node, ast->span);
    return true;
}

static Node *evaluate_block(Builder *b, Ast *block) {
    Ast *stmts = block->kid[block_stmts];
    Node *last = NULL;
    for (int i = 0; i < stmts->kid_count; i++) {
        Ast *stmt = stmts->kid[i];
        if (stmt->kind == AST_sequencer) {
            evaluate_sequencer(b, stmt);
            continue;
        }
        if (stmt->kind == AST_connect) {
            if (!evaluate_connect(b, stmt)) return NULL;
            continue;
        }
        if (stmt->kind == AST_let && topology_is_static(stmt)) {
            add_static(b, stmt);
            continue;
        }
        Ast *value = stmt->kind == AST_let ? stmt->kid[let_value] : stmt;
        last = topology_evaluate(b, value);
        if (!last) return NULL;
        if (stmt->kind != AST_let) continue;
        Ast *pattern = stmt->kid[let_pattern];
        if (pattern->kind == AST_p_name) map_put(b->context->arena, topology_bindings(b), pattern->def, last);
    }
    return last;
}

Type **topology_types(Builder *b, const Ast *callee) {
    int count = callee->def->tparam_count;
    Type **types = ARENA_ARRAY(b->context->arena, Type *, count + 1);
    for (int i = 0; i < count; i++) types[i] = topology_type(b, b->within, callee->targs[i], callee->span);
    return types;
}

// `Count[Int]`: the types tell the uses of a generic task apart.
static const char *task_name(Builder *b, const Def *task, Type **types) {
    if (!task->tparam_count) return task->name;
    Buf text = {0};
    buf_puts(&text, task->name);
    for (int i = 0; i < task->tparam_count; i++) {
        buf_puts(&text, i ? ", " : "[");
        type_show(types[i], &text);
    }
    buf_putc(&text, ']');
    const char *name = arena_copy_string(b->context->arena, text.data, text.length);
    buf_free(&text);
    return name;
}

Node *topology_apply_task(Builder *b, Ast *call, Def *task, Node *input) {
    Ast *args = call->kid[call_args];
    Node *node = topology_node(b, NODE_TASK, call->kid[call_callee]->span, topology_event(call->type));
    node->task = task;
    node->types = topology_types(b, call->kid[call_callee]);
    node->name = b->too_large ? task->name : task_name(b, task, node->types);
    node->args = args->kid + 1;
    node->arg_count = args->kid_count - 1;
    topology_connect(b, input, node);
    return node;
}

static Node *evaluate_task(Builder *b, Ast *call, Def *task, Node *given) {
    Node *input = evaluate_input(b, call->kid[call_args]->kid[0], given);
    return input ? topology_apply_task(b, call, task, input) : NULL;
}

// A source stands outside the graph.
Node *topology_source_node(Builder *b, NodeKind kind, Span span, Type *event) {
    Graph *graph = b->graph;
    b->graph = NULL;
    Node *source = topology_node(b, kind, span, event);
    b->graph = graph;
    return source;
}

static Node *evaluate_source(Builder *b, Ast *call, NodeKind kind) {
    Graph *graph = b->graph;
    Node *source = topology_source_node(b, kind, call->span, topology_event(call->type));
    source->args = call->kid[call_args]->kid;
    source->arg_count = call->kid[call_args]->kid_count;
    if (kind == NODE_CSV) topology_check_csv(b, source, source->event);
    if (!graph) return source;
    const char *name = arena_printf(b->context->arena, "%s.%s", graph->name, node_names[kind]);
    return topology_stream_in(b, topology_stream_new(b, name, NULL, source, source->event), call->span);
}

// The union consumes each branch as soon as that is there, so that the consumers of a stream stand in textual order; it is
// added to the graph after all its branches.
static Node *evaluate_union(Builder *b, Ast *call, Node *given) {
    Ast *args = call->kid[call_args];
    Graph *graph = b->graph;
    b->graph = NULL;
    Node *node = topology_node(b, NODE_UNION, call->span, topology_event(call->type));
    b->graph = graph;
    for (int i = 0; i < args->kid_count; i++) {
        Node *branch = evaluate_input(b, args->kid[i], given);
        if (!branch) return NULL;
        topology_connect(b, branch, node);
    }
    if (graph) topology_add(b, node);
    return node;
}

static Node *evaluate_operator(Builder *b, Ast *call, NodeKind kind, Node *given) {
    Ast *args = call->kid[call_args];
    Node *input = evaluate_input(b, args->kid[0], given);
    if (!input) return NULL;
    Node *node = topology_node(b, kind, call->kid[call_callee]->span, topology_event(call->type));
    if (kind >= NODE_MAP && kind <= NODE_KEY) node->function = topology_argument(&node->within, args->kid[1]);
    node->args = args->kid + 1;
    node->arg_count = args->kid_count - 1;
    topology_connect(b, input, node);
    if (kind == NODE_WRITE_CSV) topology_check_csv(b, node, node->event);
    if (kind >= NODE_WRITE && kind <= NODE_WRITE_CSV) vec_push(b->context->arena, &b->writes, node);
    Outlet outlet = {node, b->graph};
    if (kind == NODE_OUTBOX) vec_push(b->context->arena, &b->outboxes, outlet);
    return node;
}

Node *topology_call(Builder *b, Ast *call, Node *given) {
    Def *callee = call->kid[call_callee]->def;
    if (callee->generator) return topology_evaluate_generator(b, call, callee);
    if (callee->kind == DEF_TASK) return evaluate_task(b, call, callee, given);
    if (callee->parametric) return topology_evaluate_use(b, call, given);
    NodeKind kind = topology_operator(callee);
    if (topology_is_source(kind)) return evaluate_source(b, call, kind);
    return kind == NODE_UNION ? evaluate_union(b, call, given) : evaluate_operator(b, call, kind, given);
}

static Node *evaluate_call(Builder *b, Ast *call) {
    if (!topology_is_application(call)) return topology_call(b, call, NULL);
    Node *input = topology_evaluate(b, call->kid[call_args]->kid[0]);
    return input ? topology_apply(b, call->kid[call_callee], input) : NULL;
}

static Node *evaluate(Builder *b, Ast *expr) {
    switch (expr->kind) {
    case AST_name: return evaluate_name(b, expr);
    case AST_block: return evaluate_block(b, expr);
    default: assert(expr->kind == AST_call); return evaluate_call(b, expr);
    }
}

Node *topology_evaluate(Builder *b, Ast *expr) {
    if (!topology_enter(b, expr->span)) return NULL;
    Node *node = evaluate(b, expr);
    b->nesting--;
    return node;
}

// Of several applications, the name says which one it is of: also of a portal `.ask.p` is for.
static const char *stream_name(const Builder *b, const Def *def) {
    if (b->several_apps && outside_is_hidden(def->name)) {
        int front = (int)(strchr(def->name + 1, '.') - def->name);
        return arena_printf(b->context->arena, "%.*s.%s%s", front, def->name, def->module->name, def->name + front);
    }
    return b->several_apps ? arena_printf(b->context->arena, "%s.%s", def->module->name, def->name) : def->name;
}

static void evaluate_source_stream(Builder *b, Def *def) {
    Node *node = evaluate_call(b, def->ast->kid[stream_value]);
    map_put(b->context->arena, &b->streams, def, topology_stream_new(b, stream_name(b, def), def, node, node->event));
}

// ---- the declarations of the program -----------------------------------------------------------------------------------

static Graph *declare_graph(Builder *b, Def *def, Ast *value) {
    Graph *graph = topology_graph_new(b, def, stream_name(b, def), topology_event(def->type));
    graph->value = value;
    map_put(b->context->arena, &b->streams, def, graph->stream);
    return graph;
}

static void declare_streams(Builder *b, const Program *program) {
    for (int i = 0; i < program->streams.count; i++) {
        Def *def = program->streams.items[i];
        Ast *value = def->ast->kid[stream_value];
        if (topology_operator(value->kid[call_callee]->def) == NODE_SPLIT)
            declare_graph(b, def, value);
        else if (value->kid[call_callee]->def->generator)
            map_put(b->context->arena, &b->streams, def, topology_generator_stream(b, value, def, stream_name(b, def)));
        else
            evaluate_source_stream(b, def);
    }
    for (int i = 0; i < program->workflows.count; i++)
        declare_graph(b, program->workflows.items[i], program->workflows.items[i]->ast->kid[workflow_value]);
    for (int i = 0; i < program->sequencers.count; i++) declare_graph(b, program->sequencers.items[i], NULL)->is_sequencer = true;
}

// A splitter is another name for a stream that has one.
static void declare_splitters(Builder *b, const Program *program) {
    for (int i = 0; i < program->splitters.count; i++) {
        Def *def = program->splitters.items[i];
        Ast *value = def->ast->kid[splitter_stream];
        Stream *stream = value->kind == AST_name ? find_stream(b, value->def) : NULL;
        if (stream)
            map_put(b->context->arena, &b->streams, def, stream);
        else
            declare_graph(b, def, value);
    }
}

// Applications in the order of their names; behind them what the compiler has added (outside.h), so that everything else is as it
// is without that.
static int compare_places(const void *a, const void *b) {
    const Def *left = (*(Graph *const *)a)->def, *right = (*(Graph *const *)b)->def;
    bool left_hidden = outside_is_hidden(left->name), right_hidden = outside_is_hidden(right->name);
    if (left_hidden != right_hidden) return left_hidden ? 1 : -1;
    if (left_hidden && left->module == right->module) return strcmp(left->name, right->name);
    if (left->module != right->module) return strcmp(left->module->name, right->module->name);
    return left->span.start < right->span.start ? -1 : left->span.start > right->span.start;
}

static void evaluate_graph(Builder *b, Graph *graph) {
    if (!graph->value) return;
    b->graph = graph;
    graph->result = topology_evaluate(b, graph->value);
    b->graph = NULL;
}

// What is connected at top level is evaluated as a part of the sequencer.
static void evaluate_connection(Builder *b, const Ast *ast) {
    Stream *to = find_stream(b, ast->kid[connect_to]->def);
    b->graph = to->graph;
    b->first_node = b->graph->nodes.count;
    Node *node = topology_evaluate(b, ast->kid[connect_from]);
    if (node) vec_push(b->context->arena, &b->graph->connections, node);
    b->first_node = 0;
    b->graph = NULL;
}

static void finish_sequencer(Builder *b, Graph *graph) {
    if (!graph->is_sequencer) return;
    b->graph = graph;
    graph->result = topology_node(b, NODE_UNION, graph->def->span, graph->stream->event);
    for (int i = 0; i < graph->connections.count; i++) topology_connect(b, graph->connections.items[i], graph->result);
    b->graph = NULL;
}

// A stream that a graph only hands on to a sequencer need not come in.
static void drop_unused_inputs(Graph *graph) {
    int count = 0;
    for (int i = 0; i < graph->nodes.count; i++) {
        Node *node = graph->nodes.items[i];
        if (node->kind == NODE_STREAM && !node->consumers.count && node != graph->result) {
            node->from->consumers--;
            continue;
        }
        node->id = count;
        graph->nodes.items[count++] = node;
    }
    graph->nodes.count = count;
}

static void evaluate_graphs(Builder *b, const Program *program) {
    declare_streams(b, program);
    declare_splitters(b, program);
    if (b->graphs.count) qsort(b->graphs.items, (size_t)b->graphs.count, sizeof *b->graphs.items, compare_places);
    for (int i = 0; i < b->graphs.count; i++) evaluate_graph(b, b->graphs.items[i]); // grows meanwhile
    for (int i = 0; i < program->connects.count; i++) evaluate_connection(b, program->connects.items[i]->ast);
    topology_add_dead_letters(b);
    for (int i = 0; i < b->graphs.count; i++) finish_sequencer(b, b->graphs.items[i]);
    for (int i = 0; i < b->graphs.count; i++) drop_unused_inputs(b->graphs.items[i]);
    topology_check_dead_letters(b);
}

// ---- all of it ---------------------------------------------------------------------------------------------------------

Topology *topology_build(Context *context, Program *program) {
    Builder b = {.context = context, .topology = ARENA_NEW(context->arena, Topology), .several_apps = program->apps.count > 1};
    int errors = context->diags.errors;
    topology_check_uses(context, program);
    topology_check_shapes(context, program);
    if (context->diags.errors > errors) return NULL;
    evaluate_graphs(&b, program);
    if (context->diags.errors > errors) return NULL;
    topology_add_portals(&b, program);
    if (context->diags.errors > errors) return NULL;
    topology_check_ask_cycles(&b);
    topology_order(&b);
    topology_find_keys(&b);
    topology_check_sinks(&b);
    return context->diags.errors > errors ? NULL : b.topology;
}

void topology_observe(Topology *topology) {
    for (int i = 0; i < topology->streams.count; i++)
        topology->streams.items[i]->is_observed = topology->streams.items[i]->kind == STREAM_EVENTS;
}

bool topology_takes_stream(const Def *workflow, int i) {
    return type_is(workflow->type->args[i], BUILTIN_STREAM);
}

bool topology_takes_task(const Def *workflow, int i) {
    return type_is_task(workflow->type->args[i]);
}

bool topology_takes_portal(const Def *workflow, int i) {
    return type_is(workflow->type->args[i], BUILTIN_PORTAL);
}

const char *node_name(const Node *node) {
    if (node->task) return node->name;
    return node->from ? node->from->name : node_names[node->kind];
}

// ---- dump --------------------------------------------------------------------------------------------------------------

static void dump_type(Buf *out, const char *before, Type *type) {
    if (!type) return;
    buf_puts(out, before);
    type_show(type, out);
}

static void dump_node(const Graph *graph, const Node *node, Buf *out) {
    buf_printf(out, "  %%%d = %s", node->id, node_name(node));
    for (int i = 0; i < node->inputs.count; i++) buf_printf(out, " %%%d", node->inputs.items[i]->id);
    dump_type(out, ": ", node->event);
    dump_type(out, " key ", node->key);
    if (node->needs_key) buf_puts(out, " (needs key)");
    if (node->no_events) buf_puts(out, " (no events)");
    if (node->portal_use) buf_printf(out, " of %s to %%%d", node->portal_use->portal->name, node->task_node->id);
    if (node->back) buf_puts(out, " (back)");
    if (node == graph->result) buf_puts(out, " (result)");
    if (node->exported) buf_printf(out, " -> stream %d", node->exported->number);
    buf_putc(out, '\n');
}

void topology_dump(const Topology *topology, Buf *out) {
    for (int i = 0; i < topology->streams.count; i++) {
        const Stream *stream = topology->streams.items[i];
        buf_printf(out, "stream %d %s", i, stream->name);
        dump_type(out, ": ", stream->event);
        dump_type(out, " key ", stream->key);
        if (stream->source) buf_printf(out, " = %s", node_names[stream->source->kind]);
        static const char *const kinds[] = {
            [STREAM_EVENTS] = "", [STREAM_REQUESTS] = ", requests", [STREAM_REPLIES] = ", replies"};
        buf_puts(out, kinds[stream->kind]);
        buf_printf(out, ", %d consumer%s%s\n", stream->consumers, stream->consumers == 1 ? "" : "s",
                   stream->carries_key ? ", carries its key" : "");
    }
    for (int g = 0; g < topology->graphs.count; g++) {
        const Graph *graph = topology->graphs.items[g];
        buf_printf(out, "%s %s -> stream %d", graph->is_sequencer ? "sequencer" : "workflow", graph->name, graph->stream->number);
        if (graph->part) buf_printf(out, ", part %d", graph->part);
        if (graph->producer) buf_printf(out, ", made by workflow %s", graph->producer->name);
        if (graph->dead) buf_printf(out, ", errors to stream %d", graph->dead->number);
        buf_putc(out, '\n');
        for (int i = 0; i < graph->nodes.count; i++) dump_node(graph, graph->nodes.items[i], out);
    }
}
