#include "lang/topology_internal.h"

#include <assert.h>

// Task expressions applied to a stream: each application stands for nodes of its own.

// ---- steps -----------------------------------------------------------------------------------------------------------

static Node *step_node(Builder *b, const Steps *steps, int number, Node *input, Span span) {
    Node *node = topology_node(b, NODE_STEP, span, input->event);
    node->steps = steps;
    node->step = number;
    topology_connect(b, input, node);
    return node;
}

static Steps *steps_new(Builder *b, Ast *task) {
    const Ast *args = task->kid[call_args];
    Steps *steps = ARENA_NEW(b->context->arena, Steps);
    *steps = (Steps){.count = args->kid_count, .span = task->span, .within = b->within, .outer = b->steps, .place = b->step};
    steps->times = ARENA_ARRAY(b->context->arena, Ast *, steps->count + 1);
    steps->number = b->topology->steps_count++;
    return steps;
}

// What comes to step number `i` goes through its own copy of what is behind it.
static Node *apply_step(Builder *b, Steps *steps, int i, Ast *task, Node *input) {
    if (task->kind == AST_call && combinator_of(task->kid[call_callee]->def) == COMBINE_LOOP) {
        steps->times[i] = task->kid[call_args]->kid[0];
        task = task->kid[call_args]->kid[1];
    }
    Node *gate = step_node(b, steps, i, input, task->span);
    b->steps = steps;
    b->step = i;
    Node *result = topology_apply(b, task, gate);
    b->steps = steps->outer;
    b->step = steps->place;
    return result;
}

// Like a union of branches, one a step, each behind a filter.
static Node *apply_steps(Builder *b, Ast *task, Node *input) {
    Ast *args = task->kid[call_args];
    Steps *steps = steps_new(b, task);
    Graph *graph = b->graph;
    b->graph = NULL;
    Node *node = topology_node(b, NODE_UNION, task->span, topology_event(task->type));
    b->graph = graph;
    for (int i = 0; i < args->kid_count; i++) {
        Node *branch = apply_step(b, steps, i, args->kid[i], input);
        if (!branch) return NULL;
        topology_connect(b, branch, node);
    }
    topology_add(b, node);
    return node;
}

// ---- wrap ------------------------------------------------------------------------------------------------------------

static bool is_single_task(const Ast *task) {
    const Ast *callee = task->kind == AST_call ? task->kid[call_callee] : NULL;
    const Def *def = callee ? callee->def : NULL;
    return def && (def->kind == DEF_TASK || combinator_of(def) == COMBINE_WRAP);
}

// What is wrapped is given to the workflow: what that is shows only here.
static void no_single_task(Builder *b, const Ast *written, const Ast *task) {
    Diags *diags = &b->context->diags;
    Diag *diag = diag_add(diags, DIAG_BAD_WRAP, task->span, "`wrap` takes a task by itself");
    diag_here(diags, diag, "this is made of operators or several tasks");
    if (written != task && written->span.file == task->span.file) diag_label(diags, diag, written->span, "it is wrapped here");
    diag_help(diags, diag, "wrap the task that is to handle the events, and put the rest behind it: `wrap(A, ...) then B`");
}

// The same of a task that waits: those that the program names behind `wrap` have been looked at.
static void task_waits(Builder *b, const Ast *written, const Ast *task, const Def *def) {
    Diags *diags = &b->context->diags;
    Diag *diag = diag_add(diags, DIAG_WAITING_WRAPPED, task->span, "the task `%s` cannot be wrapped", def->name);
    diag_here(diags, diag, "it asks, replies, waits or is exclusive");
    if (written->span.file == task->span.file) diag_label(diags, diag, written->span, "it is wrapped here");
    diag_help(diags, diag, "put it behind what `wrap` does: `wrap(...) then %s`", def->name);
}

static Node *apply_wrap(Builder *b, Ast *task, Node *input) {
    Ast *wrapped = task->kid[call_args]->kid[0];
    WorkflowUse *within = b->within;
    Ast *meant = topology_argument(&within, wrapped);
    if (!is_single_task(meant)) {
        no_single_task(b, wrapped, meant);
        return NULL;
    }
    const Def *def = meant->kid[call_callee]->def;
    if (def->kind == DEF_TASK && def->async) {
        task_waits(b, wrapped, meant, def);
        return NULL;
    }
    Node *node = topology_apply(b, wrapped, input);
    if (!node) return NULL;
    Wrap wrap = {.closure = task->kid[call_args]->kid[1], .within = b->within};
    wrap.inner = topology_type(b, b->within, topology_event(type_resolve(wrapped->type)->args[0]), task->span);
    vec_push(b->context->arena, &node->wraps, wrap);
    return node;
}

// ---- all of them -----------------------------------------------------------------------------------------------------

// The argument is written in the terms of the workflow that gives it.
static Node *apply_parameter(Builder *b, Ast *name, Node *input) {
    WorkflowUse *inner = b->within, *within = inner;
    Ast *task = topology_argument(&within, name);
    assert(task != name);
    b->within = within;
    Node *node = topology_apply(b, task, input);
    b->within = inner;
    return node;
}

static Node *apply_then(Builder *b, Ast *then, Node *input) {
    Node *between = topology_apply(b, then->kid[then_first], input);
    return between ? topology_apply(b, then->kid[then_second], between) : NULL;
}

static Node *apply(Builder *b, Ast *task, Node *input) {
    if (task->kind == AST_name) return apply_parameter(b, task, input);
    if (task->kind == AST_then) return apply_then(b, task, input);
    switch (combinator_of(task->kid[call_callee]->def)) {
    case COMBINE_STEPS: return apply_steps(b, task, input);
    case COMBINE_WRAP: return apply_wrap(b, task, input);
    default: return topology_call(b, task, input);
    }
}

Node *topology_apply(Builder *b, Ast *task, Node *input) {
    if (!topology_enter(b, task->span)) return NULL;
    Node *node = apply(b, task, input);
    b->nesting--;
    return node;
}

bool topology_is_application(const Ast *call) {
    const Ast *callee = call->kid[call_callee];
    bool parameter = callee->kind == AST_name && callee->def && callee->def->kind == DEF_LOCAL && type_is_task(callee->def->type);
    return parameter || callee->kind == AST_then || (callee->kind == AST_call && type_is_task(callee->type));
}
