#include "compiler/lower_internal.h"

#include <assert.h>

// Handlers and helpers of a task are functions whose first parameter is the state entry of the key. A task that keeps nothing
// by key has no entry; if what comes after it looks at the key, its first parameter is the key instead.

static bool needs_key_after(const TaskUse *use) {
    return !use->stateful && use->node->needs_key;
}

static void add_context_param(Builder *b, TaskUse *use) {
    b->task = use;
    builder_enter(b, &use->scope);
    if (use->stateful)
        b->entry = builder_param(b, b->lower->core->entry, "entry").local;
    else if (needs_key_after(use))
        b->key = builder_param(b, lower_type(b, use->node->inputs.items[0]->key), "key").local;
}

int lower_context_args(const Builder *b, CoreOperand *args) {
    if (b->entry >= 0)
        args[0] = operand_local(b->entry);
    else if (b->key >= 0)
        args[0] = operand_local(b->key);
    return b->entry >= 0 || b->key >= 0;
}

// ---- state -------------------------------------------------------------------------------------------------------------

CoreOperand lower_state_get(Builder *b, Def *state, Span span) {
    CoreField *field = &b->lower->core->tasks.items[b->task->index].fields[state->index];
    CoreOperand value = builder_local(b, field->type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_GET, value.local, 1, 0, span);
    inst->index = b->task->index;
    inst->variant = state->index;
    inst->args[0] = operand_local(b->entry);
    return value;
}

void lower_state_set(Builder *b, Def *state, CoreOperand value, Span span) {
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_SET, -1, 2, 0, span);
    inst->index = b->task->index;
    inst->variant = state->index;
    inst->args[0] = operand_local(b->entry);
    inst->args[1] = value;
}

CoreOperand lower_key(Builder *b, Span span) {
    if (b->key >= 0) return operand_local(b->key);
    assert(b->entry >= 0);
    CoreOperand key = builder_local(b, b->lower->core->tasks.items[b->task->index].key, "key");
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_KEY, key.local, 1, 0, span);
    inst->index = b->task->index;
    inst->args[0] = operand_local(b->entry);
    return key;
}

// True if something that takes the task's events looks at their key.
static bool passes_key(const TaskUse *use) {
    const Graph *graph = use->graph->graph;
    if (use->node == graph->result && graph->stream->carries_key) return true;
    for (int i = 0; i < use->node->consumers.count; i++)
        if (use->node->consumers.items[i]->needs_key) return true;
    return false;
}

void lower_emit(Builder *b, CoreOperand event) {
    Node *node = b->task->node;
    if (b->task->held >= 0) {
        lower_emit_to(b, b->task->held, event, node->span);
        return;
    }
    CoreOperand key = passes_key(b->task) ? lower_key(b, node->span) : operand_unit();
    lower_push(b, b->task->graph, node, event, key);
    if (node->consumers.count == 0) return;
    // What took the event may have worked on other entries: the rest of the handler is about this one.
    CoreInst *at = builder_inst(b, CORE_OP_AT, -1, 1, 0, node->span);
    at->args[0] = b->entry >= 0 ? operand_local(b->entry) : operand_unit();
    at->index = b->task->index;
}

// ---- helpers -----------------------------------------------------------------------------------------------------------

// What may be undone is code of its own, since what it emits goes elsewhere.
static const char *helper_name(const TaskUse *use, const char *name) {
    return arena_printf(use->graph->lower->arena, "%s.%s%d.%s%s", use->graph->graph->name, node_name(use->node), use->node->id,
                        use->held >= 0 ? "try." : "", name);
}

Builder *lower_task_fn(TaskUse *use, const char *name, Span span) {
    Lower *lower = use->graph->lower;
    Builder *b = builder_new(lower, core_fn_new(lower->core, helper_name(use, name), lower->core->unit, span));
    add_context_param(b, use);
    return b;
}

static const char *instance_name(TaskUse *use, const Def *def, CoreType **types) {
    Lower *lower = use->graph->lower;
    Buf name = {0};
    buf_puts(&name, helper_name(use, def->name));
    for (int i = 0; i < def->tparam_count; i++) buf_printf(&name, "%s%s", i ? ", " : "[", types[i]->name);
    if (def->tparam_count) buf_putc(&name, ']');
    const char *symbol = intern(&lower->context->names, name.data, name.length);
    buf_free(&name);
    return symbol;
}

// What the type parameters of the task and those of the helper itself stand for.
static Substitution *helper_types(TaskUse *use, const Def *def, CoreType **types) {
    Arena *arena = use->graph->lower->arena;
    const Substitution *outer = &use->scope.types;
    Substitution *all = ARENA_NEW(arena, Substitution);
    all->count = outer->count + def->tparam_count;
    all->params = ARENA_ARRAY(arena, Def *, all->count + 1);
    all->types = ARENA_ARRAY(arena, CoreType *, all->count + 1);
    for (int i = 0; i < all->count; i++) {
        int own = i - outer->count;
        all->params[i] = own < 0 ? outer->params[i] : def->tparams[own];
        all->types[i] = own < 0 ? outer->types[i] : types[own];
    }
    return all;
}

static CoreFn *helper_fn(Builder *caller, Def *def, CoreType **types) {
    Lower *lower = caller->lower;
    const char *name = instance_name(caller->task, def, types);
    CoreFn *fn = map_get(&lower->instances, name);
    if (fn) return fn;
    if (lower_is_too_heavy(lower, types, def->tparam_count)) lower_too_deep(lower, def);
    Builder *b = builder_new(lower, core_fn_new(lower->core, name, lower->core->unit, def->span));
    map_put(lower->arena, &lower->instances, name, b->fn);
    add_context_param(b, caller->task);
    b->substitution = helper_types(caller->task, def, types);
    Ast *params = def->ast->kid[fn_params];
    CoreOperand *values = ARENA_ARRAY(lower->arena, CoreOperand, params->kid_count + 1);
    for (int i = 0; i < params->kid_count; i++) values[i] = builder_param(b, lower_type(b, def->type->args[i]), NULL);
    b->fn->result = lower_type(b, def->type->args[def->type->arg_count - 1]);
    for (int i = 0; i < params->kid_count; i++) lower_bind(b, params->kid[i]->kid[parameter_pattern], values[i]);
    lower_fn_body(b, def->ast->kid[fn_body]);
    return b->fn;
}

CoreOperand lower_call_helper(Builder *b, Def *def, CoreType **types, CoreOperand *args, int count, Span span) {
    CoreFn *fn = helper_fn(b, def, types);
    CoreOperand context[1];
    int before = lower_context_args(b, context);
    CoreType *unit = b->lower->core->unit, *never = b->lower->core->never;
    bool nothing = fn->result == unit || fn->result == never;
    CoreOperand dst = nothing ? operand_unit() : builder_local(b, fn->result, NULL);
    CoreInst *call = builder_inst(b, CORE_OP_CALL, nothing ? -1 : dst.local, before + count, 0, span);
    call->fn = fn;
    if (before) call->args[0] = context[0];
    for (int i = 0; i < count; i++) call->args[before + i] = args[i];
    return dst;
}

// ---- handlers ----------------------------------------------------------------------------------------------------------

static bool has_handler(const Def *task, HandlerKind kind) {
    Ast *items = task->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && items->kid[i]->op == kind) return true;
    return false;
}

static CoreFn *init_fn(TaskUse *use) {
    Def *task = use->node->task;
    Builder *b = lower_task_fn(use, "init", task->span);
    for (int i = 0; i < task->member_count; i++)
        lower_state_set(b, task->members[i], lower_expr(b, task->members[i]->ast->kid[state_value]), task->members[i]->span);
    if (task->generator) lower_set_sealed(b, false, task->span);
    builder_return(b, operand_unit(), task->span);
    return b->fn;
}

// `on atom` and `on end`: all of that kind, in order; each in a function of its own, since it may return.
static CoreFn *plain_handler_fn(TaskUse *use, HandlerKind kind, const char *name) {
    Def *task = use->node->task;
    if (!has_handler(task, kind)) return NULL;
    Ast *items = task->ast->kid[task_items];
    Builder *b = lower_task_fn(use, name, task->span);
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && items->kid[i]->op == kind) lower_expr(b, items->kid[i]->kid[handler_body]);
    builder_return(b, operand_unit(), task->span);
    return b->fn;
}

CoreType *lower_event_type(Builder *b) {
    const Node *node = b->task->node;
    return lower_type(b, node->wraps.count ? node->wraps.items[0].inner : node->inputs.items[0]->event);
}

CoreFn *lower_event_fn(TaskUse *use) {
    Def *task = use->node->task;
    Ast *items = task->ast->kid[task_items];
    Builder *b = lower_task_fn(use, "on_event", task->span);
    CoreOperand event = builder_param(b, lower_event_type(b), "event");
    Arm *arms = ARENA_ARRAY(b->lower->arena, Arm, items->kid_count + 1);
    int count = 0;
    for (int i = 0; i < items->kid_count; i++) {
        Ast *item = items->kid[i];
        if (item->kind == AST_handler && item->op == HANDLER_EVENT)
            arms[count++] = (Arm){item->kid[handler_pattern], item->kid[handler_guard], item->kid[handler_body]};
    }
    if (count > 0) lower_arms(b, event, arms, count, (Target){.local = operand_unit()}, task->span);
    builder_return(b, operand_unit(), task->span);
    return b->fn;
}

CoreOperand lower_call_inner(Builder *b, CoreOperand event, Span span) {
    CoreOperand args[2];
    int before = lower_context_args(b, args);
    args[before] = event;
    CoreInst *call = builder_inst(b, CORE_OP_CALL, -1, before + 1, 0, span);
    call->fn = b->inner_fn;
    for (int i = 0; i <= before; i++) call->args[i] = args[i];
    return operand_unit();
}

// The closure of a `wrap` as a handler, around the handler `inner`.
static CoreFn *wrap_fn(TaskUse *use, int number, CoreFn *inner) {
    Lower *lower = use->graph->lower;
    const Node *node = use->node;
    const Wrap *wrap = &node->wraps.items[number];
    bool last = number + 1 == node->wraps.count;
    Ast *params = wrap->closure->kid[closure_params], *body = wrap->closure->kid[closure_body];
    const char *name = helper_name(use, arena_printf(lower->arena, "wrap%d", number));
    Builder *b = builder_new(lower, core_fn_new(lower->core, name, lower->core->unit, wrap->closure->span));
    add_context_param(b, use);
    builder_enter(b, lower_scope(lower, wrap->within));
    b->inner = params->kid[0]->def;
    b->inner_fn = inner;
    Type *type = last ? node->inputs.items[0]->event : node->wraps.items[number + 1].inner;
    lower_bind(b, params->kid[1], builder_param(b, lower_type(b, type), "event"));
    lower_expr(b, body);
    builder_return(b, operand_unit(), body->span);
    return b->fn;
}

// What takes an event: by itself, without what wraps it.
static CoreFn *handlers_fn(TaskUse *use) {
    if (use->node->task->generator) return lower_generator_fn(use);
    const Ast *on_error = lower_on_error(use->node->task);
    return on_error ? lower_protected_fn(use, on_error) : lower_event_fn(use);
}

// What is to happen with an event: the handlers of the task, within the closures that wrap it.
static CoreFn *handler_fn(TaskUse *use) {
    CoreFn *fn = handlers_fn(use);
    for (int i = 0; i < use->node->wraps.count; i++) fn = wrap_fn(use, i, fn);
    return fn;
}

// Finds the one entry of an unkeyed task, so that `on end` runs even if there was no event.
static CoreFn *touch_fn(TaskUse *use) {
    Lower *lower = use->graph->lower;
    Span span = use->node->span;
    Builder *b = builder_new(lower, core_fn_new(lower->core, helper_name(use, "touch"), lower->core->unit, span));
    builder_unary(b, CORE_OP_STATE_FIND, lower->core->entry, operand_unit(), span);
    b->block->insts.items[b->block->insts.count - 1]->index = use->index;
    builder_return(b, operand_unit(), span);
    return b->fn;
}

// ---- the task as a whole -----------------------------------------------------------------------------------------------

// Static parameters are evaluated once, before anything runs.
static void lower_static_params(TaskUse *use) {
    Lower *lower = use->graph->lower;
    Ast *params = use->node->task->ast->kid[task_params];
    for (int i = 0; i < params->kid_count; i++) {
        CoreOperand value = lower_static(lower, use->node->within, use->node->args[i]);
        lower_bind_static(lower, &use->scope, params->kid[i]->kid[parameter_pattern], value);
    }
}

static void add_core_task(TaskUse *use) {
    Lower *lower = use->graph->lower;
    Node *node = use->node;
    CoreTask task = {.name = lower_qualified(lower, node->task->module, node_name(node)),
                     .workflow = lower->core->workflows.count,
                     .field_count = node->task->member_count + node->task->generator};
    task.key = node->needs_key ? lower_type(lower->setup, node->inputs.items[0]->key) : lower->core->unit;
    task.fields = ARENA_ARRAY(lower->arena, CoreField, task.field_count + 1);
    builder_enter(lower->setup, &use->scope);
    if (node->task->generator) task.fields[task.field_count - 1] = lower_sealed_field(lower->core);
    for (int i = 0; i < node->task->member_count; i++) {
        Def *state = node->task->members[i];
        task.fields[i] = (CoreField){.name = state->name, .type = lower_type(lower->setup, state->type)};
    }
    builder_enter(lower->setup, &lower->top);
    task.level = use->graph->levels[node->id];
    use->index = lower->core->tasks.count;
    vec_push(lower->arena, &lower->core->tasks, task);
    vec_push(lower->arena, &use->graph->workflow->tasks, use->index);
}

bool lower_is_stateful(const Def *task) {
    return task->member_count > 0 || task->generator || task->ast->kid[task_key] || has_handler(task, HANDLER_ATOM) ||
           has_handler(task, HANDLER_END);
}

static void lower_state_of(TaskUse *use) {
    add_core_task(use);
    CoreFn *init = init_fn(use);
    CoreFn *on_atom = plain_handler_fn(use, HANDLER_ATOM, "on_atom");
    CoreFn *on_end = plain_handler_fn(use, HANDLER_END, "on_end");
    CoreFn *touch = on_end && !use->node->inputs.items[0]->key ? touch_fn(use) : NULL;
    CoreTask *task = &use->graph->lower->core->tasks.items[use->index];
    task->init = init;
    task->on_atom = on_atom;
    task->on_end = on_end;
    task->touch = touch;
}

void lower_task(GraphLower *graph, Node *node, Builder *stage, CoreOperand event, CoreOperand key) {
    TaskUse *use = ARENA_NEW(graph->lower->arena, TaskUse);
    *use = (TaskUse){.graph = graph, .node = node, .stateful = lower_is_stateful(node->task), .held = -1};
    use->scope.types = lower_types(graph->lower, node->task->tparams, node->types, node->task->tparam_count);
    lower_static_params(use);
    if (use->stateful) lower_state_of(use);
    node->index = use->index;
    CoreOperand args[2];
    int before = 0;
    if (use->stateful) {
        args[before++] = builder_unary(stage, CORE_OP_STATE_FIND, graph->lower->core->entry, key, node->span);
        stage->block->insts.items[stage->block->insts.count - 1]->index = use->index;
    } else if (needs_key_after(use)) {
        args[before++] = key;
    }
    args[before++] = event;
    CoreInst *call = builder_inst(stage, CORE_OP_CALL, -1, before, 0, node->span);
    call->fn = handler_fn(use);
    for (int i = 0; i < before; i++) call->args[i] = args[i];
}
