#include "lang/topology_internal.h"

#include <string.h>

// What keys the events of streams have, and where they have to be passed on. Both go round cycles until nothing changes: keys
// from "not known" over one type, then none, to mixed ones; needs from no to yes.

// ---- keys --------------------------------------------------------------------------------------------------------------

// A task looks at the key if it has anything that exists once a key. What waits does.
static bool task_uses_key(const Def *task) {
    if (task->member_count > 0 || task->ast->kid[task_key] || task->async) return true;
    Ast *items = task->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && (items->kid[i]->op == HANDLER_ATOM || items->kid[i]->op == HANDLER_END) &&
            !(items->kid[i]->flags & FLAG_GLOBAL))
            return true;
    return task->generator;
}

// A stream that was never keyed has the key ().
static bool is_unit(Type *key) {
    return !key || type_is_unit(key);
}

bool topology_is_same_key(Type *a, Type *b) {
    if (is_unit(a) || is_unit(b)) return is_unit(a) && is_unit(b);
    return type_equal(a, b);
}

// In a cycle the key of a branch may follow from that of the union: as long as it is not known it says nothing.
static void union_key(Node *node) {
    const Node *first = NULL;
    bool keyed = true;
    for (int i = 0; i < node->inputs.count; i++) {
        const Node *input = node->inputs.items[i];
        if (!input->key_known) continue;
        if (!first) first = input;
        if (!input->key) keyed = false;
        if (input->keys_mixed || !topology_is_same_key(input->key, first->key)) node->keys_mixed = true;
    }
    node->key_known = first;
    node->key = first && keyed && !node->keys_mixed ? first->key : NULL;
}

// A key that another application has set.
void topology_note_same_name(Builder *b, Diag *diag, Type *wanted, Type *key) {
    if (strcmp(type_text(b->context->arena, wanted), type_text(b->context->arena, key)) != 0) return;
    diag_note(&b->context->diags, diag, "the two are different types of the same name");
}

// What a task puts out once, not for a key, has the key (), whatever the key of its events is.
static void global_key(Node *task) {
    if (!task->task->global_emits || is_unit(task->key)) return;
    task->keys_mixed = true;
    task->key = NULL;
}

// The task within the graph whose `global on` mixes the keys of what `node` puts out; NULL if something else does.
static const Def *global_emitter(const Node *node) {
    while (node->inputs.count == 1 && node->inputs.items[0]->keys_mixed) node = node->inputs.items[0];
    return node->kind == NODE_TASK && node->task->global_emits ? node->task : NULL;
}

static void label_global_handlers(Builder *b, Diag *diag, const Def *task) {
    const Ast *items = task->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && items->kid[i]->flags & FLAG_GLOBAL &&
            items->kid[i]->span.file == diag->labels[0].span.file)
            diag_label(&b->context->diags, diag, items->kid[i]->span, "what `%s` puts out here has the key ()", task->name);
}

static void check_task_key(Builder *b, const Node *node) {
    Diags *diags = &b->context->diags;
    const Node *input = node->inputs.items[0];
    if (!task_uses_key(node->task)) return;
    if (input->keys_mixed && !node->no_events) {
        Diag *diag = diag_add(diags, DIAG_KEY_MISMATCH, node->span,
                              "the events that task `%s` takes have keys of different types", node->name);
        diag_here(diags, diag, node->task->member_count ? "its state is kept by key" : "what it keeps is kept by key");
        const Def *emitter = global_emitter(input);
        if (emitter) label_global_handlers(b, diag, emitter);
        topology_label_use(b->context, diag, node->within);
        diag_help(diags, diag, "give them one kind of key with `|> key(...)` before the task");
        return;
    }
    if (!topology_check_portal_keys(b, node) || node->no_events) return;
    Ast *declared = node->task->ast->kid[task_key_type];
    if (!declared) return;
    Type *wanted = topology_declared_key(b, node);
    if (!input->key && wanted->kind == TYPE_TUPLE && wanted->arg_count == 0) return;
    if (input->key && type_equal(wanted, input->key)) return;
    Diag *diag = diag_add(diags, DIAG_KEY_MISMATCH, node->span, "task `%s` needs events with a key of type %s", node->name,
                          type_text(b->context->arena, wanted));
    if (input->key)
        diag_here(diags, diag, "the key of these events is %s", type_text(b->context->arena, input->key));
    else
        diag_here(diags, diag, "these events have no key");
    diag_label(diags, diag, declared->span, "the key that the task declares");
    if (node->key) topology_note_same_name(b, diag, wanted, node->key);
    topology_label_use(b->context, diag, node->within);
    diag_help(diags, diag, "set the key with `|> key(...)` before the task");
}

// What its events say, or else the portals to which it replies.
static void find_task_key(Node *task) {
    const Node *input = task->inputs.items[0];
    bool by_portal = task->replies.count > 0 && (task->no_events || !input->key_known);
    task->state_key = by_portal ? portal_key_type(task->replies.items[0]) : input->key;
    task->key = task->state_key;
    task->keys_mixed = !by_portal && input->keys_mixed;
    task->key_known = by_portal || input->key_known;
    global_key(task);
}

static void find_key(Builder *b, Node *node) {
    switch (node->kind) {
    case NODE_STREAM:
        node->key = node->from->key;
        node->keys_mixed = node->from->keys_mixed;
        node->key_known = node->from->key_known || !node->from->graph; // what a source makes has none
        break;
    case NODE_KEY: {
        Type *function = type_resolve(node->function->type);
        Type *key = function->args[function->arg_count - 1];
        node->key = type_resolve(topology_type(b, node->within, key, node->span));
        node->key_known = true;
        break;
    }
    case NODE_UNION: union_key(node); break;
    case NODE_TASK: find_task_key(node); break;
    case NODE_REQUESTS:
        node->key = portal_key_type(node->portal_use->portal);
        node->key_known = true;
        break;
    default:
        node->key = node->inputs.items[0]->key;
        node->keys_mixed = node->inputs.items[0]->keys_mixed;
        node->key_known = node->inputs.items[0]->key_known;
    }
}

// True if that is news.
static bool set_stream_key(Stream *stream, const Node *node) {
    bool same_key = !stream->key == !node->key;
    if (same_key && stream->key_known == node->key_known && stream->keys_mixed == node->keys_mixed) return false;
    stream->key = node->key;
    stream->keys_mixed = node->keys_mixed;
    stream->key_known = node->key_known;
    return true;
}

static bool find_keys_once(Builder *b) {
    bool changed = false;
    for (int g = 0; g < b->topology->graphs.count; g++) {
        Graph *graph = b->topology->graphs.items[g];
        for (int i = 0; i < graph->nodes.count; i++) {
            Node *node = graph->nodes.items[i];
            find_key(b, node);
            if (node->exported) changed |= set_stream_key(node->exported, node);
        }
        if (graph->result) changed |= set_stream_key(graph->stream, graph->result);
    }
    return changed;
}

// What is still not known is that of cycles that nothing leads into.
static void call_unknown_unkeyed(Builder *b) {
    for (int i = 0; i < b->topology->streams.count; i++) b->topology->streams.items[i]->key_known = true;
}

static void find_keys(Builder *b) {
    topology_find_no_events(b);
    while (find_keys_once(b)) continue;
    call_unknown_unkeyed(b);
    while (find_keys_once(b)) continue;
    for (int g = 0; g < b->topology->graphs.count; g++) {
        Graph *graph = b->topology->graphs.items[g];
        for (int i = 0; i < graph->nodes.count; i++)
            if (graph->nodes.items[i]->kind == NODE_TASK) check_task_key(b, graph->nodes.items[i]);
    }
}

// ---- needs -------------------------------------------------------------------------------------------------------------

static bool needs_key(const Graph *graph, const Node *node) {
    if (node->kind == NODE_KEY || node->no_events) return false;
    if (node->kind == NODE_TASK && task_uses_key(node->task)) return true;
    if (node == graph->result && graph->stream->carries_key) return true;
    if (node->exported && node->exported->carries_key) return true;
    for (int i = 0; i < node->consumers.count; i++)
        if (node->consumers.items[i]->needs_key) return true;
    return false;
}

static bool find_needs_once(Builder *b) {
    bool changed = false;
    for (int g = b->topology->graphs.count - 1; g >= 0; g--) {
        Graph *graph = b->topology->graphs.items[g];
        for (int i = graph->nodes.count - 1; i >= 0; i--) {
            Node *node = graph->nodes.items[i];
            Type *incoming = node->kind == NODE_STREAM ? node->from->key : node->inputs.items[0]->key;
            node->needs_key = incoming && needs_key(graph, node);
            if (node->kind != NODE_STREAM || !node->needs_key || node->from->carries_key) continue;
            node->from->carries_key = true;
            changed = true;
        }
    }
    return changed;
}

// Backwards: where a key is looked at, everything up to the `key` before it must pass it on, across workflows, too.
static void find_needs(Builder *b) {
    while (find_needs_once(b)) continue;
}

void topology_find_keys(Builder *b) {
    find_keys(b);
    find_needs(b);
}
