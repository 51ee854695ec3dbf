#include "lang/topology_internal.h"

// A task has one kind of key, for its events and for the requests to it. Where it takes no events at all, the portals say what
// key that is.

Type *portal_key_type(const Def *portal) {
    const Ast *key = portal->ast->kid[portal_key];
    if (!key) return NULL;
    const Type *function = type_resolve(key->type);
    return type_resolve(function->args[function->arg_count - 1]);
}

Type *topology_declared_key(Builder *b, const Node *node) {
    const Def *task = node->task;
    return type_substitute(b->context->arena, task->ast->kid[task_key]->type, task->tparams, node->types, task->tparam_count);
}

// ---- tasks without events --------------------------------------------------------------------------------------------

// Whether nothing comes out of a node, as far as one sees without following cycles; and it has no key of its own.
static bool is_empty(const Node *node) {
    for (;;) {
        if (type_is(node->event, BUILTIN_NEVER)) return true;
        if (node->kind == NODE_TASK || node->kind == NODE_KEY || node->kind == NODE_UNION) return false;
        if (node->kind == NODE_STREAM) {
            if (node->from->source) return node->from->source->kind == NODE_EMPTY;
            if (node->from->graph->part || !node->from->graph->result) return false;
            node = node->from->graph->result;
        } else {
            node = node->inputs.items[0];
        }
    }
}

void topology_find_no_events(Builder *b) {
    for (int g = 0; g < b->topology->graphs.count; g++) {
        const Graph *graph = b->topology->graphs.items[g];
        for (int i = 0; i < graph->nodes.count; i++) {
            Node *node = graph->nodes.items[i];
            if (node->replies.count) node->no_events = is_empty(node->inputs.items[0]);
        }
    }
}

// ---- what does not fit -----------------------------------------------------------------------------------------------

static const char *key_text(Builder *b, Type *key) {
    return key ? arena_printf(b->context->arena, "the key %s", type_text(b->context->arena, key)) : "no key";
}

static void label_key(Builder *b, Diag *diag, const Def *portal) {
    const Ast *key = portal->ast->kid[portal_key];
    diag_label(&b->context->diags, diag, key ? key->span : portal->span, "requests to `%s` have %s", portal->name,
               key_text(b, portal_key_type(portal)));
}

static void events_differ(Builder *b, const Node *task, const Def *portal) {
    Diags *diags = &b->context->diags;
    Diag *diag =
        diag_add(diags, DIAG_PORTAL_KEY, task->span, "the events of `%s` have another key than the requests to it", task->name);
    diag_here(diags, diag, "these events have %s", key_text(b, task->state_key));
    label_key(b, diag, portal);
    if (task->state_key && portal_key_type(portal)) topology_note_same_name(b, diag, task->state_key, portal_key_type(portal));
    topology_label_use(b->context, diag, task->within);
    if (portal_key_type(portal))
        diag_help(diags, diag,
                  "a task has a state for each key: give its events the key of the requests by `|> key(...)` before it");
    else
        diag_help(diags, diag,
                  "a task has a state for each key: give the requests the key of its events by a `key` of the portal");
}

static void portals_differ(Builder *b, const Node *task, const Def *portal) {
    Diags *diags = &b->context->diags;
    const Def *first = task->replies.items[0];
    Diag *diag =
        diag_add(diags, DIAG_PORTAL_KEY, task->span, "the portals `%s` and `%s`, to which `%s` replies, have different keys",
                 first->name, portal->name, task->name);
    diag_here(diags, diag, "a task has a state for each key, of one type");
    label_key(b, diag, first);
    label_key(b, diag, portal);
    if (task->state_key && portal_key_type(portal)) topology_note_same_name(b, diag, task->state_key, portal_key_type(portal));
    diag_help(diags, diag, "give the portals one kind of key, or let two tasks reply");
}

static void declared_differs(Builder *b, const Node *task, Type *declared) {
    Diags *diags = &b->context->diags;
    const Def *portal = task->replies.items[0];
    Diag *diag = diag_add(diags, DIAG_PORTAL_KEY, task->span, "`%s` declares another key than the portal `%s` has", task->name,
                          portal->name);
    diag_here(diags, diag, "nothing but requests comes to it");
    diag_label(diags, diag, task->task->ast->kid[task_key_type]->span, "the key that the task declares");
    label_key(b, diag, portal);
    if (portal_key_type(portal)) topology_note_same_name(b, diag, declared, portal_key_type(portal));
    diag_help(diags, diag, "let the portal have a `key` of this type, or the task that of the portal");
}

bool topology_check_portal_keys(Builder *b, const Node *task) {
    for (int i = 0; i < task->replies.count; i++) {
        const Def *portal = task->replies.items[i];
        if (topology_is_same_key(portal_key_type(portal), task->state_key)) continue;
        if (task->no_events)
            portals_differ(b, task, portal);
        else
            events_differ(b, task, portal);
        return false;
    }
    if (!task->no_events || !task->task->ast->kid[task_key_type]) return true;
    Type *declared = topology_declared_key(b, task);
    if (topology_is_same_key(declared, task->state_key)) return true;
    declared_differs(b, task, declared);
    return false;
}
