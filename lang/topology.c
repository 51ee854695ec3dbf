#include "lang/topology_internal.h"

#include <assert.h>
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
    return kind <= NODE_EMPTY;
}

// ---- nodes -------------------------------------------------------------------------------------------------------------

static void add_to_graph(Builder *b, Node *node) {
    node->id = b->graph->nodes.count;
    vec_push(b->context->arena, &b->graph->nodes, node);
}

static Node *node_new(Builder *b, NodeKind kind, Span span, Type *event) {
    Node *node = ARENA_NEW(b->context->arena, Node);
    node->kind = kind;
    node->span = span;
    node->event = topology_type(b, b->within, event, span);
    node->within = b->within;
    if (b->within) b->used_nodes++;
    if (b->graph) add_to_graph(b, node);
    return node;
}

static void connect(Builder *b, Node *from, Node *to) {
    vec_push(b->context->arena, &to->inputs, from);
    vec_push(b->context->arena, &from->consumers, to);
}

static Type *event_type(Type *stream) {
    stream = type_resolve(stream);
    assert(stream->kind == TYPE_CON && stream->arg_count == 1);
    return type_resolve(stream->args[0]);
}

// Its events are lines or records, which become values where a workflow takes them: so several partitions share the work.
static bool is_text(const Node *source) {
    return source->kind == NODE_JSON_LINES || source->kind == NODE_CSV;
}

static Stream *stream_new(Builder *b, const char *name, Def *def, Node *source, Type *event) {
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

// The node of the graph through which `stream` comes in: one a stream, so that branches of it are aligned.
static Node *stream_node(Builder *b, Stream *stream, Span span) {
    for (int i = 0; i < b->graph->nodes.count; i++)
        if (b->graph->nodes.items[i]->from == stream) return parsed_node(b->graph->nodes.items[i]);
    Node *node = node_new(b, NODE_STREAM, span, stream->event);
    node->from = stream;
    stream->consumers++;
    if (stream->record) connect(b, node, node_new(b, NODE_PARSE, span, stream->record));
    return parsed_node(node);
}

// ---- evaluation --------------------------------------------------------------------------------------------------------

static Node *evaluate_name(Builder *b, Ast *expr) {
    Stream *stream = map_get(&b->streams, expr->def);
    return stream ? stream_node(b, stream, expr->span) : map_get(&b->bindings, expr->def);
}

static void add_static(Builder *b, Ast *let) {
    Static value = {b->within, let};
    vec_push(b->context->arena, &b->topology->statics, value);
}

static Node *evaluate_block(Builder *b, Ast *block) {
    Ast *stmts = block->kid[block_stmts];
    Node *last = NULL;
    for (int i = 0; i < stmts->kid_count; i++) {
        Ast *stmt = stmts->kid[i];
        if (stmt->kind == AST_let && topology_is_static(stmt)) {
            add_static(b, stmt);
            continue;
        }
        Ast *value = stmt->kind == AST_let ? stmt->kid[let_value] : stmt;
        last = topology_evaluate(b, value);
        if (!last) return NULL;
        if (stmt->kind != AST_let) continue;
        Ast *pattern = stmt->kid[let_pattern];
        if (pattern->kind == AST_p_name) map_put(b->context->arena, &b->bindings, pattern->def, last);
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

static Node *evaluate_task(Builder *b, Ast *call, Def *task) {
    Ast *args = call->kid[call_args];
    Node *input = topology_evaluate(b, args->kid[0]);
    if (!input) return NULL;
    Node *node = node_new(b, NODE_TASK, call->kid[call_callee]->span, event_type(call->type));
    node->task = task;
    node->types = topology_types(b, call->kid[call_callee]);
    node->name = b->too_large ? task->name : task_name(b, task, node->types);
    node->args = args->kid + 1;
    node->arg_count = args->kid_count - 1;
    connect(b, input, node);
    return node;
}

static Node *evaluate_source(Builder *b, Ast *call, NodeKind kind) {
    Graph *graph = b->graph;
    b->graph = NULL; // a source stands outside the graph
    Node *source = node_new(b, kind, call->span, event_type(call->type));
    b->graph = graph;
    source->args = call->kid[call_args]->kid;
    source->arg_count = call->kid[call_args]->kid_count;
    if (kind == NODE_CSV) topology_check_csv(b, source, source->event);
    if (!graph) return source;
    const char *name = arena_printf(b->context->arena, "%s.%s", graph->name, node_names[kind]);
    return stream_node(b, stream_new(b, name, NULL, source, source->event), call->span);
}

// The union consumes each branch as soon as that is there, so that the consumers of a stream stand in textual order; it is
// added to the graph after all its branches.
static Node *evaluate_union(Builder *b, Ast *call) {
    Ast *args = call->kid[call_args];
    Graph *graph = b->graph;
    b->graph = NULL;
    Node *node = node_new(b, NODE_UNION, call->span, event_type(call->type));
    b->graph = graph;
    for (int i = 0; i < args->kid_count; i++) {
        Node *branch = topology_evaluate(b, args->kid[i]);
        if (!branch) return NULL;
        connect(b, branch, node);
    }
    if (graph) add_to_graph(b, node);
    return node;
}

static Node *evaluate_operator(Builder *b, Ast *call, NodeKind kind) {
    Ast *args = call->kid[call_args];
    Node *input = topology_evaluate(b, args->kid[0]);
    if (!input) return NULL;
    Node *node = node_new(b, kind, call->kid[call_callee]->span, event_type(call->type));
    if (kind >= NODE_MAP && kind <= NODE_KEY) node->function = topology_argument(&node->within, args->kid[1]);
    node->args = args->kid + 1;
    node->arg_count = args->kid_count - 1;
    connect(b, input, node);
    if (kind == NODE_WRITE_CSV) topology_check_csv(b, node, node->event);
    if (kind >= NODE_WRITE && kind <= NODE_WRITE_CSV) vec_push(b->context->arena, &b->writes, node);
    return node;
}

static Node *evaluate_call(Builder *b, Ast *call) {
    Def *callee = call->kid[call_callee]->def;
    if (callee->kind == DEF_TASK) return evaluate_task(b, call, callee);
    if (callee->parametric) return topology_evaluate_use(b, call);
    NodeKind kind = topology_operator(callee);
    if (topology_is_source(kind)) return evaluate_source(b, call, kind);
    return kind == NODE_UNION ? evaluate_union(b, call) : evaluate_operator(b, call, kind);
}

Node *topology_evaluate(Builder *b, Ast *expr) {
    switch (expr->kind) {
    case AST_name: return evaluate_name(b, expr);
    case AST_block: return evaluate_block(b, expr);
    default: assert(expr->kind == AST_call); return evaluate_call(b, expr);
    }
}

static void evaluate_stream(Builder *b, Def *def) {
    Node *node = evaluate_call(b, def->ast->kid[stream_value]);
    map_put(b->context->arena, &b->streams, def, stream_new(b, def->name, def, node, node->event));
}

static void evaluate_workflow(Builder *b, Graph *graph) {
    b->graph = graph;
    graph->result = topology_evaluate(b, graph->def->ast->kid[workflow_value]);
    b->graph = NULL;
}

// ---- order -------------------------------------------------------------------------------------------------------------

enum { NOT_YET, UNDER_WAY, DONE };

// Producers before consumers; the checker has found all cycles.
static void order(Builder *b, Graph *graph) {
    if (graph->state == DONE) return;
    assert(graph->state == NOT_YET);
    graph->state = UNDER_WAY;
    for (int i = 0; i < graph->nodes.count; i++) {
        Stream *from = graph->nodes.items[i]->from;
        if (from && from->graph) order(b, from->graph);
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

// ---- keys --------------------------------------------------------------------------------------------------------------

// A task looks at the key if it has anything that exists once a key.
static bool task_uses_key(const Def *task) {
    if (task->member_count > 0 || task->ast->kid[task_key]) return true;
    Ast *items = task->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && items->kid[i]->op != HANDLER_EVENT) return true;
    return false;
}

static void union_key(Node *node) {
    node->key = node->inputs.items[0]->key;
    for (int i = 0; i < node->inputs.count; i++) {
        Node *input = node->inputs.items[i];
        bool same = (!input->key && !node->key) || (input->key && node->key && type_equal(input->key, node->key));
        if (!same || input->keys_mixed) node->keys_mixed = true;
    }
    if (node->keys_mixed) node->key = NULL;
}

static void check_task_key(Builder *b, Node *node) {
    Diags *diags = &b->context->diags;
    if (!task_uses_key(node->task)) return;
    if (node->keys_mixed) {
        Diag *diag = diag_add(diags, DIAG_KEY_MISMATCH, node->span,
                              "the events that task `%s` takes have keys of different types", node->name);
        diag_here(diags, diag, "its state is kept by key");
        topology_label_use(b->context, diag, node->within);
        diag_help(diags, diag, "give them one kind of key with `|> key(...)` before the task");
        return;
    }
    Ast *declared = node->task->ast->kid[task_key_type];
    if (!declared) return;
    const Def *task = node->task;
    Type *wanted =
        type_substitute(b->context->arena, task->ast->kid[task_key]->def->type, task->tparams, node->types, task->tparam_count);
    if (!node->key && wanted->kind == TYPE_TUPLE && wanted->arg_count == 0) return;
    if (node->key && type_equal(wanted, node->key)) return;
    Diag *diag = diag_add(diags, DIAG_KEY_MISMATCH, node->span, "task `%s` needs events with a key of type %s", node->name,
                          type_text(b->context->arena, wanted));
    if (node->key)
        diag_here(diags, diag, "the key of these events is %s", type_text(b->context->arena, node->key));
    else
        diag_here(diags, diag, "these events have no key");
    diag_label(diags, diag, declared->span, "the key that the task declares");
    topology_label_use(b->context, diag, node->within);
    diag_help(diags, diag, "set the key with `|> key(...)` before the task");
}

static void find_key(Builder *b, Node *node) {
    switch (node->kind) {
    case NODE_STREAM: node->key = node->from->key; break;
    case NODE_KEY: {
        Type *function = type_resolve(node->function->type);
        Type *key = function->args[function->arg_count - 1];
        node->key = type_resolve(topology_type(b, node->within, key, node->span));
        break;
    }
    case NODE_UNION: union_key(node); break;
    default: node->key = node->inputs.items[0]->key; node->keys_mixed = node->inputs.items[0]->keys_mixed;
    }
    if (node->kind == NODE_TASK) check_task_key(b, node);
}

static void find_keys(Builder *b) {
    for (int g = 0; g < b->topology->graphs.count; g++) {
        Graph *graph = b->topology->graphs.items[g];
        for (int i = 0; i < graph->nodes.count; i++) find_key(b, graph->nodes.items[i]);
        graph->stream->key = graph->result->keys_mixed ? NULL : graph->result->key;
    }
}

static bool needs_key(const Graph *graph, const Node *node) {
    if (node->kind == NODE_KEY) return false;
    if (node->kind == NODE_TASK && task_uses_key(node->task)) return true;
    if (node == graph->result && graph->stream->carries_key) return true;
    for (int i = 0; i < node->consumers.count; i++)
        if (node->consumers.items[i]->needs_key) return true;
    return false;
}

// Backwards: where a key is looked at, everything up to the `key` before it must pass it on, across workflows, too.
static void find_needs(Builder *b) {
    for (int g = b->topology->graphs.count - 1; g >= 0; g--) {
        Graph *graph = b->topology->graphs.items[g];
        for (int i = graph->nodes.count - 1; i >= 0; i--) {
            Node *node = graph->nodes.items[i];
            Type *incoming = node->kind == NODE_STREAM ? node->from->key : node->inputs.items[0]->key;
            node->needs_key = incoming && needs_key(graph, node);
            if (node->kind == NODE_STREAM && node->needs_key) node->from->carries_key = true;
        }
    }
}

// ---- sinks -------------------------------------------------------------------------------------------------------------

// Two literals, or the same param or constant, however many parameters of workflows they are given to on the way.
static bool is_same_path(const Node *sink, const Node *earlier) {
    WorkflowUse *within = sink->within, *earlier_within = earlier->within;
    Ast *a = topology_argument(&within, sink->args[0]), *b = topology_argument(&earlier_within, earlier->args[0]);
    if (a->kind == AST_string && b->kind == AST_string) return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
    bool same_name = a->kind == AST_name && b->kind == AST_name && a->def == b->def;
    return same_name && (a->def->kind != DEF_LOCAL || within == earlier_within); // each use has `let`s of its own
}

static void report_same_path(Builder *b, const Node *sink, const Node *earlier) {
    Diags *diags = &b->context->diags;
    Span span = sink->args[0]->span;
    Diag *diag = diag_add(diags, DIAG_DUPLICATE_SINK, span, "two sinks write to one file");
    if (earlier->args[0] == sink->args[0]) { // of one workflow that is used twice
        diag_here(diags, diag, "written here, once for each use of the workflow");
        topology_label_uses(b->context, diag, earlier->within, sink->within);
    } else {
        diag_here(diags, diag, "written here");
        diag_label(diags, diag, earlier->args[0]->span, "and here");
        topology_label_use(b->context, diag, sink->within);
    }
    diag_help(diags, diag, "write to two files, or `union` the streams before one `write`");
}

static void check_sinks(Builder *b) {
    for (int i = 0; i < b->writes.count; i++)
        for (int j = 0; j < i; j++) {
            if (!is_same_path(b->writes.items[i], b->writes.items[j])) continue;
            report_same_path(b, b->writes.items[i], b->writes.items[j]);
            break;
        }
}

Topology *topology_build(Context *context, Program *program) {
    Arena *arena = context->arena;
    Builder b = {.context = context, .topology = ARENA_NEW(arena, Topology)};
    int errors = context->diags.errors;
    topology_check_shapes(context, program);
    if (context->diags.errors > errors) return NULL;
    for (int i = 0; i < program->streams.count; i++) evaluate_stream(&b, program->streams.items[i]);
    for (int i = 0; i < program->workflows.count; i++) {
        Def *def = program->workflows.items[i];
        Graph *graph = ARENA_NEW(arena, Graph);
        graph->def = def;
        graph->name = def->name;
        graph->stream = stream_new(&b, def->name, def, NULL, event_type(def->type));
        graph->stream->graph = graph;
        vec_push(arena, &b.unordered, graph);
        map_put(arena, &b.streams, def, graph->stream);
    }
    for (int i = 0; i < b.unordered.count; i++) evaluate_workflow(&b, b.unordered.items[i]);
    if (context->diags.errors > errors) return NULL;
    for (int i = 0; i < b.unordered.count; i++) order(&b, b.unordered.items[i]);
    number_streams(&b);
    find_keys(&b);
    find_needs(&b);
    check_sinks(&b);
    return context->diags.errors > errors ? NULL : b.topology;
}

bool topology_takes_stream(const Def *workflow, int i) {
    return type_is(workflow->type->args[i], BUILTIN_STREAM);
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
    if (node == graph->result) buf_puts(out, " (result)");
    buf_putc(out, '\n');
}

void topology_dump(const Topology *topology, Buf *out) {
    for (int i = 0; i < topology->streams.count; i++) {
        const Stream *stream = topology->streams.items[i];
        buf_printf(out, "stream %d %s", i, stream->name);
        dump_type(out, ": ", stream->event);
        dump_type(out, " key ", stream->key);
        if (stream->source) buf_printf(out, " = %s", node_names[stream->source->kind]);
        buf_printf(out, ", %d consumer%s%s\n", stream->consumers, stream->consumers == 1 ? "" : "s",
                   stream->carries_key ? ", carries its key" : "");
    }
    for (int g = 0; g < topology->graphs.count; g++) {
        const Graph *graph = topology->graphs.items[g];
        buf_printf(out, "workflow %s -> stream %d\n", graph->name, graph->stream->number);
        for (int i = 0; i < graph->nodes.count; i++) dump_node(graph, graph->nodes.items[i], out);
    }
}
