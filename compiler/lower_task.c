#include "compiler/lower_internal.h"

#include <assert.h>
#include <string.h>

// Handlers and helpers of a task are functions whose first parameter is the state entry of the key. A task that keeps nothing
// by key has no entry; if what comes after it looks at the key, its first parameter is the key instead.

static bool needs_key_after(const TaskUse *use) {
    return !use->stateful && use->node->needs_key;
}

static void add_context_param(Builder *b, TaskUse *use) {
    b->task = use;
    builder_enter(b, &use->scope);
    if (use->stateful || b->global) {
        b->entry = builder_param(b, b->lower->core->entry, "entry").local;
        b->fn->task = 1 + lower_task_at_hand(b);
    } else if (needs_key_after(use)) {
        b->key = builder_param(b, lower_type(b, use->node->inputs.items[0]->key), "key").local;
    }
}

int lower_context_args(const Builder *b, CoreOperand *args) {
    if (b->entry >= 0)
        args[0] = operand_local(b->entry);
    else if (b->key >= 0)
        args[0] = operand_local(b->key);
    return b->entry >= 0 || b->key >= 0;
}

// ---- state -------------------------------------------------------------------------------------------------------------

static CoreOperand entry_of(Builder *b, const Def *state, Span span) {
    return state->global ? lower_globals(b, span) : operand_local(b->entry);
}

static int task_of(const Builder *b, const Def *state) {
    return state->global ? b->task->globals : b->task->index;
}

CoreOperand lower_state_get(Builder *b, Def *state, Span span) {
    CoreOperand entry = entry_of(b, state, span);
    CoreField *field = &b->lower->core->tasks.items[task_of(b, state)].fields[state->index];
    CoreOperand value = builder_local(b, field->type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_GET, value.local, 1, 0, span);
    inst->index = task_of(b, state);
    inst->variant = state->index;
    inst->args[0] = entry;
    return value;
}

void lower_state_set(Builder *b, Def *state, CoreOperand value, Span span) {
    CoreOperand entry = entry_of(b, state, span);
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_SET, -1, 2, 0, span);
    inst->index = task_of(b, state);
    inst->variant = state->index;
    inst->args[0] = entry;
    inst->args[1] = value;
    lower_note_set(b, task_of(b, state), entry, state, span);
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

CoreOperand lower_effect_key(Builder *b, Span span) {
    assert(b->entry >= 0);
    CoreOperand key = builder_unary(b, CORE_OP_EFFECT_KEY, b->lower->core->string, operand_local(b->entry), span);
    CoreInst *inst = b->block->insts.items[b->block->insts.count - 1];
    inst->index = lower_task_at_hand(b);
    inst->text = arena_printf(b->lower->arena, "%s.effect_key%d", b->fn->name, b->fn->keys++);
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
    CoreOperand key = passes_key(b->task) && !b->global ? lower_key(b, node->span) : operand_unit();
    lower_push(b, b->task->graph, node, event, key);
    if (node->consumers.count == 0) return;
    // What took the event may have worked on other entries: the rest of the handler is about this one.
    CoreInst *at = builder_inst(b, CORE_OP_AT, -1, 1, 0, node->span);
    at->args[0] = b->entry >= 0 ? operand_local(b->entry) : operand_unit();
    at->index = b->global ? b->task->globals : b->task->index;
}

void lower_bind_key(Builder *b) {
    const Def *task = b->task->node->task;
    Ast *key = task->ast->kid[task_key];
    if (key && key->kind != AST_p_name && !b->global) lower_bind(b, key, lower_key(b, key->span));
}

// ---- helpers -----------------------------------------------------------------------------------------------------------

// What may be undone is code of its own, since what it emits goes elsewhere.
static const char *helper_name(const TaskUse *use, const char *name) {
    return arena_printf(use->graph->lower->arena, "%s.%s%d.%s%s", use->graph->graph->name, node_name(use->node), use->node->id,
                        use->held >= 0 && !use->node->task->async ? "try." : "", name);
}

// Of a helper with these type arguments, if `name` is what it is called.
static const char *instance_name(TaskUse *use, const Def *def, const char *called, CoreType **types) {
    Lower *lower = use->graph->lower;
    Buf name = {0};
    buf_puts(&name, called);
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
    const char *called = helper_name(caller->task, def->name);
    if (caller->global) called = arena_printf(lower->arena, "global %s", called);
    const char *name = instance_name(caller->task, def, called, types);
    CoreFn *fn = map_get(&lower->instances, name);
    if (fn) return fn;
    if (lower_is_too_heavy(lower, types, def->tparam_count)) lower_too_deep(lower, def);
    Builder *b = builder_new(lower, core_fn_new(lower->core, name, lower->core->unit, def->span));
    map_put(lower->arena, &lower->instances, name, b->fn);
    b->fn->title = instance_name(caller->task, def, def->name, types);
    b->global = caller->global;
    add_context_param(b, caller->task);
    b->substitution = helper_types(caller->task, def, types);
    Ast *params = def->ast->kid[fn_params];
    CoreOperand *values = ARENA_ARRAY(lower->arena, CoreOperand, params->kid_count + 1);
    for (int i = 0; i < params->kid_count; i++) values[i] = builder_param(b, lower_type(b, def->type->args[i]), NULL);
    b->fn->result = lower_type(b, def->type->args[def->type->arg_count - 1]);
    lower_bind_key(b);
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

static HandlerScope scope_of(const Ast *item) {
    return item->flags & FLAG_GLOBAL ? SCOPE_GLOBAL : SCOPE_KEY;
}

static bool is_handler(const Ast *item, HandlerKind kind, HandlerScope scope) {
    return item->kind == AST_handler && item->op == kind && scope_of(item) == scope;
}

bool lower_has_handler(const Def *task, HandlerKind kind, HandlerScope scope) {
    Ast *items = task->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (is_handler(items->kid[i], kind, scope)) return true;
    return false;
}

// "on_ask.stock" is written `on ask stock`.
static const char *handler_title(Arena *arena, const char *name) {
    const char *portal = strchr(name, '.');
    size_t own = portal ? (size_t)(portal - name) : strlen(name);
    char *title = arena_printf(arena, "%s", name);
    for (size_t i = 0; i <= own; i++)
        if (title[i] == '_' || title[i] == '.') title[i] = ' ';
    return title;
}

Builder *lower_begin_handler(TaskUse *use, const char *name, HandlerScope scope) {
    Lower *lower = use->graph->lower;
    Builder *b = builder_new(lower, core_fn_new(lower->core, helper_name(use, name), lower->core->unit, use->node->task->span));
    b->fn->title = handler_title(lower->arena, name);
    b->global = scope == SCOPE_GLOBAL;
    add_context_param(b, use);
    return b;
}

static void set_initial(Builder *b, Def *const *states, int count) {
    for (int i = 0; i < count; i++)
        lower_state_set(b, states[i], lower_expr(b, states[i]->ast->kid[state_value]), states[i]->span);
}

// The hidden fields of an exclusive task stay what they are: zeroes in a new entry, and what they were in one that was reset.
CoreFn *lower_init(TaskUse *use, Def *const *states, int count, HandlerScope scope, const char *name) {
    Builder *b = lower_begin_handler(use, name, scope);
    lower_bind_key(b);
    set_initial(b, states, count);
    if (use->node->task->generator && scope == SCOPE_KEY) lower_set_sealed(b, false, use->node->task->span);
    builder_return(b, operand_unit(), use->node->task->span);
    return b->fn;
}

// (Entry): all states of the key have their initial values; and of a task with a key, the entry is to go.
static CoreFn *reset_fn(TaskUse *use) {
    const Def *task = use->node->task;
    Builder *b = lower_begin_handler(use, "reset", SCOPE_KEY);
    lower_bind_key(b);
    set_initial(b, task->members, task->member_count);
    if (b->lower->core->tasks.items[use->index].drops) {
        CoreInst *inst = builder_inst(b, CORE_OP_STATE_RESET, -1, 1, 0, task->span);
        inst->index = use->index;
        inst->args[0] = operand_local(b->entry);
    }
    builder_return(b, operand_unit(), task->span);
    return b->fn;
}

void lower_reset_all(Builder *b, Span span) {
    if (!b->task->reset) b->task->reset = reset_fn(b->task);
    CoreInst *call = builder_inst(b, CORE_OP_CALL, -1, 1, 0, span);
    call->fn = b->task->reset;
    call->args[0] = operand_local(b->entry);
}

CoreFn *lower_plain_handler(TaskUse *use, HandlerKind kind, HandlerScope scope, const char *name) {
    const Def *task = use->node->task;
    if (!lower_has_handler(task, kind, scope)) return NULL;
    Ast *items = task->ast->kid[task_items];
    Builder *b = lower_begin_handler(use, name, scope);
    if (kind == HANDLER_END) lower_skip_expired(b);
    lower_refresh(b);
    lower_bind_key(b);
    for (int i = 0; i < items->kid_count; i++)
        if (is_handler(items->kid[i], kind, scope)) lower_expr(b, items->kid[i]->kid[handler_body]);
    builder_return(b, operand_unit(), task->span);
    return b->fn;
}

CoreType *lower_event_type(Builder *b) {
    const Node *node = b->task->node;
    return lower_type(b, node->wraps.count ? node->wraps.items[0].inner : node->inputs.items[0]->event);
}

void lower_handlers(Builder *b, HandlerKind kind, const Def *portal, CoreOperand value) {
    const Def *task = b->task->node->task;
    Ast *items = task->ast->kid[task_items];
    Arm *arms = ARENA_ARRAY(b->lower->arena, Arm, items->kid_count + 1);
    int count = 0;
    for (int i = 0; i < items->kid_count; i++) {
        Ast *item = items->kid[i];
        if (item->kind == AST_handler && item->op == kind && (!portal || item->def == portal))
            arms[count++] = (Arm){item->kid[handler_pattern], item->kid[handler_guard], item->kid[handler_body]};
    }
    if (count > 0) lower_arms(b, value, arms, count, (Target){.local = operand_unit()}, task->span);
}

CoreFn *lower_event_fn(TaskUse *use) {
    const Def *task = use->node->task;
    Builder *b = lower_begin_handler(use, "on_event", SCOPE_KEY);
    CoreOperand event = builder_param(b, lower_event_type(b), "event");
    if (use->held < 0 || task->async) lower_refresh(b);
    lower_bind_key(b);
    lower_handlers(b, HANDLER_EVENT, NULL, event);
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
    b->fn->title = arena_printf(lower->arena, "wrap %d", number + 1);
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
    if (use->running) return lower_begin_event_fn(use);
    const Ast *on_error = lower_on_error(use->node->task);
    return on_error ? lower_protected_fn(use, on_error) : lower_event_fn(use);
}

// What is to happen with an event: the handlers of the task, within the closures that wrap it.
static CoreFn *handler_fn(TaskUse *use) {
    CoreFn *fn = handlers_fn(use);
    for (int i = 0; i < use->node->wraps.count; i++) fn = wrap_fn(use, i, fn);
    return fn;
}

CoreFn *lower_touch(TaskUse *use, int task, const char *name) {
    Lower *lower = use->graph->lower;
    Span span = use->node->span;
    Builder *b = builder_new(lower, core_fn_new(lower->core, helper_name(use, name), lower->core->unit, span));
    builder_unary(b, CORE_OP_STATE_FIND, lower->core->entry, operand_unit(), span);
    b->block->insts.items[b->block->insts.count - 1]->index = task;
    builder_return(b, operand_unit(), span);
    return b->fn;
}

// ---- the task as a whole -----------------------------------------------------------------------------------------------

// Static parameters are evaluated once, before anything runs. Those that are portals have their meaning in the node.
static void lower_static_params(TaskUse *use) {
    Lower *lower = use->graph->lower;
    Ast *params = use->node->task->ast->kid[task_params];
    for (int i = 0; i < params->kid_count; i++) {
        if (type_is(params->kid[i]->kid[parameter_type]->type, BUILTIN_PORTAL)) continue;
        CoreOperand value = lower_static(lower, use->node->within, use->node->args[i]);
        lower_bind_static(lower, &use->scope, params->kid[i]->kid[parameter_pattern], value);
    }
}

int lower_add_task(TaskUse *use, const char *name, CoreType *key, Def *const *states, int count) {
    Lower *lower = use->graph->lower;
    CoreTask task = {.name = lower_qualified(lower, use->node->task->module, name),
                     .key = key,
                     .workflow = lower->core->workflows.count,
                     .field_count = count};
    // Each of them may expire; a generator has one more, an exclusive task three.
    task.fields = ARENA_ARRAY(lower->arena, CoreField, 2 * count + BUSY_FIELDS);
    builder_enter(lower->setup, &use->scope);
    for (int i = 0; i < count; i++)
        task.fields[i] = (CoreField){.name = states[i]->name, .type = lower_type(lower->setup, states[i]->type)};
    builder_enter(lower->setup, &lower->top);
    task.level = use->graph->levels[use->node->id];
    vec_push(lower->arena, &lower->core->tasks, task);
    vec_push(lower->arena, &use->graph->workflow->tasks, lower->core->tasks.count - 1);
    lower_add_expiries(use, lower->core->tasks.count - 1, states, count);
    return lower->core->tasks.count - 1;
}

// Of an exclusive task: what PtAsync.exclusive leads to.
static void add_busy_fields(TaskUse *use, CoreTask *task) {
    static const char *const names[BUSY_FIELDS] = {".busy", ".first", ".last"};
    use->busy = task->field_count;
    for (int i = 0; i < BUSY_FIELDS; i++)
        task->fields[task->field_count++] = (CoreField){.name = names[i], .type = use->graph->lower->core->integer};
    task->expiry_count = 0; // the entry must stay while its key is busy
}

static void add_core_task(TaskUse *use) {
    Lower *lower = use->graph->lower;
    Node *node = use->node;
    CoreType *key = node->state_key ? lower_type(lower->setup, node->state_key) : lower->core->unit;
    use->index = lower_add_task(use, node_name(node), key, node->task->members, node->task->member_count);
    CoreTask *task = &lower->core->tasks.items[use->index];
    task->single = lower_is_single(node->task);
    task->drops = node->task->drops && key != lower->core->unit;
    if (node->task->generator) task->fields[task->field_count++] = lower_sealed_field(lower->core);
    if (node->task->ast->flags & FLAG_EXCLUSIVE) add_busy_fields(use, task);
}

bool lower_is_stateful(const Def *task) {
    return task->member_count > 0 || task->generator || task->async || task->effect_keys || task->ast->kid[task_key] ||
           lower_has_handler(task, HANDLER_ATOM, SCOPE_KEY) || lower_has_handler(task, HANDLER_END, SCOPE_KEY);
}

static void lower_handlers_of(TaskUse *use) {
    const Def *def = use->node->task;
    CoreFn *init = lower_init(use, def->members, def->member_count, SCOPE_KEY, "init");
    CoreFn *on_atom = lower_begun(use, lower_plain_handler(use, HANDLER_ATOM, SCOPE_KEY, "on_atom"), SCOPE_KEY, "on_atom begun");
    CoreFn *on_end = lower_begun(use, lower_plain_handler(use, HANDLER_END, SCOPE_KEY, "on_end"), SCOPE_KEY, "on_end begun");
    CoreFn *touch = on_end && !use->node->state_key ? lower_touch(use, use->index, "touch") : NULL;
    CoreTask *task = &use->graph->lower->core->tasks.items[use->index];
    task->init = init;
    task->on_atom = on_atom;
    task->on_end = on_end;
    task->touch = touch;
}

static void lower_state_of(TaskUse *use) {
    if (use->stateful) add_core_task(use);
    if (lower_is_single(use->node->task)) lower_add_globals(use);
    if (use->node->task->async) lower_begin_async(use);
    TaskUse *running = use->running ? use->running : use;
    if (use->stateful) lower_handlers_of(running);
    if (use->globals >= 0) lower_global_handlers(running);
    if (use->running) lower_end_async(use);
}

CoreOperand lower_find_entry(Builder *stage, const TaskUse *use, CoreOperand key) {
    CoreOperand entry = builder_unary(stage, CORE_OP_STATE_FIND, stage->lower->core->entry, key, use->node->span);
    stage->block->insts.items[stage->block->insts.count - 1]->index = use->index;
    return entry;
}

void lower_task(GraphLower *graph, Node *node, Builder *stage, CoreOperand event, CoreOperand key) {
    TaskUse *use = ARENA_NEW(graph->lower->arena, TaskUse);
    *use = (TaskUse){.graph = graph, .node = node, .globals = -1, .held = -1, .busy = -1};
    use->stateful = lower_is_stateful(node->task);
    use->scope.types = lower_types(graph->lower, node->task->tparams, node->types, node->task->tparam_count);
    lower_static_params(use);
    lower_state_of(use);
    node->index = use->index;
    graph->uses[node->id] = use;
    // No events, and perhaps another key than that which they would have.
    if (node->no_events || core_operand_type(graph->lower->core, stage->fn, event) == graph->lower->core->never) return;
    CoreOperand args[2];
    int before = 0;
    if (use->globals >= 0) lower_at_globals(stage, use);
    if (use->stateful) {
        args[before++] = lower_find_entry(stage, use, key);
    } else if (needs_key_after(use)) {
        args[before++] = key;
    }
    args[before++] = event;
    CoreInst *call = builder_inst(stage, CORE_OP_CALL, -1, before, 0, node->span);
    call->fn = handler_fn(use);
    for (int i = 0; i < before; i++) call->args[i] = args[i];
}
