#include "lang/topology.h"

#include <assert.h>
#include <string.h>

// Expects: a checked program. Makes: streams and graphs, ordered, with keys propagated. Changes nothing in the trees.
typedef struct Builder {
    Context *context;
    Topology *topology;
    Graph *graph; // being evaluated; NULL within a `stream` declaration
    Map bindings; // Def of a `let` -> Node
    Map streams;  // Def of a stream or workflow -> Stream
    VEC(Stream *) sources;
    VEC(Graph *) unordered;
    VEC(Node *) writes;
} Builder;

static const char *const node_names[] = {
#define NODE(name, text) text,
#include "lang/topology.def"
#undef NODE
};

static bool is_source(NodeKind kind) {
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
    node->event = event;
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

static Diag *bad_stream(Builder *b, Ast *expr, const char *what) {
    Diag *diag = diag_add(&b->context->diags, DIAG_BAD_STREAM, expr->span, "%s", what);
    diag_here(&b->context->diags, diag, "a source, a stream, a workflow, or operators and tasks applied to one is expected");
    return diag;
}

static Stream *stream_new(Builder *b, const char *name, Def *def, Node *source, Type *event) {
    Stream *stream = ARENA_NEW(b->context->arena, Stream);
    *stream = (Stream){.name = name, .def = def, .source = source, .event = event};
    if (source) vec_push(b->context->arena, &b->sources, stream);
    return stream;
}

// The node of the graph through which `stream` comes in: one a stream, so that branches of it are aligned.
static Node *stream_node(Builder *b, Stream *stream, Span span) {
    for (int i = 0; i < b->graph->nodes.count; i++)
        if (b->graph->nodes.items[i]->from == stream) return b->graph->nodes.items[i];
    Node *node = node_new(b, NODE_STREAM, span, stream->event);
    node->from = stream;
    stream->consumers++;
    return node;
}

// ---- evaluation --------------------------------------------------------------------------------------------------------

static Node *evaluate(Builder *b, Ast *expr);

static Node *evaluate_name(Builder *b, Ast *expr) {
    Stream *stream = map_get(&b->streams, expr->def);
    if (stream && b->graph) return stream_node(b, stream, expr->span);
    if (!stream && expr->def->kind == DEF_STREAM) return NULL; // it is wrong itself: reported there
    Node *bound = map_get(&b->bindings, expr->def);
    if (bound) return bound;
    bad_stream(b, expr, "this is not a stream that is known when the program is compiled");
    return NULL;
}

static Node *evaluate_block(Builder *b, Ast *block) {
    Ast *stmts = block->kid[block_stmts];
    Node *last = NULL;
    for (int i = 0; i < stmts->kid_count; i++) {
        Ast *stmt = stmts->kid[i];
        Ast *value = stmt->kind == AST_let ? stmt->kid[let_value] : stmt;
        last = evaluate(b, value);
        if (!last) return NULL;
        if (stmt->kind != AST_let) continue;
        Ast *pattern = stmt->kid[let_pattern];
        if (pattern->kind == AST_p_name) map_put(b->context->arena, &b->bindings, pattern->def, last);
        last = NULL;
    }
    if (!last) bad_stream(b, block, "this block does not end with a stream");
    return last;
}

static Node *evaluate_task(Builder *b, Ast *call, Def *task) {
    Ast *args = call->kid[call_args];
    Node *input = evaluate(b, args->kid[0]);
    if (!input) return NULL;
    Node *node = node_new(b, NODE_TASK, call->kid[call_callee]->span, event_type(call->type));
    node->task = task;
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
        Node *branch = evaluate(b, args->kid[i]);
        if (!branch) return NULL;
        connect(b, branch, node);
    }
    if (graph) add_to_graph(b, node);
    return node;
}

static Node *evaluate_operator(Builder *b, Ast *call, NodeKind kind) {
    Ast *args = call->kid[call_args];
    Node *input = evaluate(b, args->kid[0]);
    if (!input) return NULL;
    Node *node = node_new(b, kind, call->kid[call_callee]->span, event_type(call->type));
    if (kind >= NODE_MAP && kind <= NODE_KEY) node->function = args->kid[1];
    node->args = args->kid + 1;
    node->arg_count = args->kid_count - 1;
    connect(b, input, node);
    if (kind == NODE_WRITE) vec_push(b->context->arena, &b->writes, node);
    return node;
}

static Node *evaluate_call(Builder *b, Ast *call) {
    Def *callee = call->kid[call_callee]->def;
    if (callee && callee->kind == DEF_TASK) return evaluate_task(b, call, callee);
    NodeKind kind = NODE_STREAM;
    if (callee && callee->kind == DEF_FN && callee->module->library && strcmp(callee->module->name, "stream") == 0)
        for (kind = NODE_FROM; kind < NODE_STREAM && strcmp(node_names[kind], callee->name) != 0;) kind++;
    if (kind == NODE_STREAM) {
        bad_stream(b, call, "this call does not build a stream");
        return NULL;
    }
    if (is_source(kind)) return evaluate_source(b, call, kind);
    return kind == NODE_UNION ? evaluate_union(b, call) : evaluate_operator(b, call, kind);
}

static Node *evaluate(Builder *b, Ast *expr) {
    switch (expr->kind) {
    case AST_name: return evaluate_name(b, expr);
    case AST_block: return evaluate_block(b, expr);
    case AST_call: return evaluate_call(b, expr);
    case AST_if:
    case AST_match: bad_stream(b, expr, "the dataflow graph cannot depend on a condition"); return NULL;
    default: bad_stream(b, expr, "this is not a stream"); return NULL;
    }
}

static void evaluate_stream(Builder *b, Def *def) {
    Ast *value = def->ast->kid[stream_value];
    int errors = b->context->diags.errors;
    Node *node = value->kind == AST_call ? evaluate_call(b, value) : NULL;
    if (node && is_source(node->kind)) {
        map_put(b->context->arena, &b->streams, def, stream_new(b, def->name, def, node, node->event));
    } else if (b->context->diags.errors == errors) {
        Diag *diag = bad_stream(b, value, "a `stream` is declared by a source alone");
        diag_help(&b->context->diags, diag, "make this a `workflow`: `workflow %s = ...`", def->name);
    }
}

static void evaluate_workflow(Builder *b, Graph *graph) {
    b->graph = graph;
    graph->result = evaluate(b, graph->def->ast->kid[workflow_value]);
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
                              "the events that task `%s` takes have keys of different types", node->task->name);
        diag_here(diags, diag, "its state is kept by key");
        diag_help(diags, diag, "give them one kind of key with `|> key(...)` before the task");
        return;
    }
    Ast *declared = node->task->ast->kid[task_key_type];
    if (!declared) return;
    Type *wanted = type_resolve(node->task->ast->kid[task_key]->def->type);
    if (!node->key && wanted->kind == TYPE_TUPLE && wanted->arg_count == 0) return;
    if (node->key && type_equal(wanted, node->key)) return;
    Diag *diag = diag_add(diags, DIAG_KEY_MISMATCH, node->span, "task `%s` needs events with a key of type %s", node->task->name,
                          type_text(b->context->arena, wanted));
    if (node->key)
        diag_here(diags, diag, "the key of these events is %s", type_text(b->context->arena, node->key));
    else
        diag_here(diags, diag, "these events have no key");
    diag_label(diags, diag, declared->span, "the key that the task declares");
    diag_help(diags, diag, "set the key with `|> key(...)` before the task");
}

static void find_key(Builder *b, Node *node) {
    switch (node->kind) {
    case NODE_STREAM: node->key = node->from->key; break;
    case NODE_KEY: {
        Type *function = type_resolve(node->function->type);
        node->key = type_resolve(function->args[function->arg_count - 1]);
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

static void check_sinks(Builder *b) {
    for (int i = 0; i < b->writes.count; i++)
        for (int j = 0; j < i; j++) {
            Ast *path = b->writes.items[i]->args[0], *earlier = b->writes.items[j]->args[0];
            bool same = path->kind == AST_string && earlier->kind == AST_string && path->length == earlier->length &&
                        memcmp(path->text, earlier->text, path->length) == 0;
            if (!same && !(path->kind == AST_name && earlier->kind == AST_name && path->def == earlier->def)) continue;
            Diag *diag = diag_add(&b->context->diags, DIAG_DUPLICATE_SINK, path->span, "two sinks write to one file");
            diag_here(&b->context->diags, diag, "written here");
            diag_label(&b->context->diags, diag, earlier->span, "and here");
            diag_help(&b->context->diags, diag, "write to two files, or `union` the streams before one `write`");
            break;
        }
}

Topology *topology_build(Context *context, Program *program) {
    Arena *arena = context->arena;
    Builder b = {.context = context, .topology = ARENA_NEW(arena, Topology)};
    int errors = context->diags.errors;
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

const char *node_name(const Node *node) {
    if (node->task) return node->task->name;
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
