#include "compiler/lower_internal.h"

// States that expire. Beside such a state its entry has a field with the time at which it was set, which every assignment sets,
// too. Where a handler begins, states that have not been set for too long get their initial values; so whatever it looks at, and
// its functions do, has not expired. How long a state lasts is evaluated before anything runs.

static bool expires(const Def *state) {
    return state->ast->kid[state_expires];
}

static bool any_expires(Def *const *states, int count) {
    for (int i = 0; i < count; i++)
        if (expires(states[i])) return true;
    return false;
}

// The place of what is known of a state in TaskUse.
static Expiry *expiry_of(const TaskUse *use, const Def *state) {
    return (state->global ? use->global_expiries : use->expiries) + state->index;
}

void lower_add_expiries(TaskUse *use, int task, Def *const *states, int count) {
    Lower *lower = use->graph->lower;
    Expiry *expiries = ARENA_ARRAY(lower->arena, Expiry, count + 1);
    CoreTask *core = &lower->core->tasks.items[task];
    bool all = count > 0;
    for (int i = 0; i < count; i++) {
        if (!expires(states[i])) {
            all = false;
            continue;
        }
        Ast *lasts = states[i]->ast->kid[state_expires];
        const char *name = arena_printf(lower->arena, "%s.set", states[i]->name);
        expiries[i].field = core->field_count;
        core->fields[core->field_count++] = (CoreField){.name = name, .type = lower->core->duration};
        CoreOperand value = lower_static_in(lower, &use->scope, lasts);
        expiries[i].global =
            lower_global(lower, arena_printf(lower->arena, "%s.%s.expires", core->name, states[i]->name), lower->core->duration);
        lower_set_global(lower->setup, expiries[i].global, value, lasts->span);
    }
    if (count && states[0]->global)
        use->global_expiries = expiries;
    else
        use->expiries = expiries;
    if (!all || core->key == lower->core->unit) return;
    core->expiries = expiries;
    core->expiry_count = count;
}

static CoreOperand now(Builder *b, Span span) {
    return lower_call_library(b, "task", "now", NULL, NULL, 0, b->lower->core->duration, span);
}

void lower_note_set(Builder *b, int task, CoreOperand entry, const Def *state, Span span) {
    if (!expires(state)) return;
    CoreOperand time = now(b, span);
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_SET, -1, 2, 0, span);
    inst->index = task;
    inst->variant = expiry_of(b->task, state)->field;
    inst->args[0] = entry;
    inst->args[1] = time;
}

// Whether the state has expired. A clock that was set back makes no state expire.
static CoreOperand has_expired(Builder *b, int task, CoreOperand entry, const Def *state) {
    CoreType *duration = b->lower->core->duration;
    const Expiry *expiry = expiry_of(b->task, state);
    CoreOperand time = now(b, state->span), set = builder_local(b, duration, NULL);
    CoreInst *get = builder_inst(b, CORE_OP_STATE_GET, set.local, 1, 0, state->span);
    get->index = task;
    get->variant = expiry->field;
    get->args[0] = entry;
    CoreOperand age = builder_binary(b, CORE_OP_INT_SUB, duration, time, set, state->span);
    CoreOperand lasts = lower_get_global(b, expiry->global, state->span);
    return builder_binary(b, CORE_OP_GE, b->lower->core->boolean, age, lasts, state->span);
}

// Goes on in the branch in which the condition is true.
static void enter_if(Builder *b, CoreOperand condition, Span span) {
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
    test->args[0] = condition;
    b->block = test->blocks[0];
}

// (Entry): gives the states that have expired their initial values.
static CoreFn *refresh_fn(TaskUse *use, Def *const *states, int count, HandlerScope scope) {
    Builder *b = lower_begin_handler(use, scope == SCOPE_GLOBAL ? "global_refresh" : "refresh", scope);
    CoreOperand entry = operand_local(b->entry);
    lower_bind_key(b);
    for (int i = 0; i < count; i++) {
        if (!expires(states[i])) continue;
        CoreBlock *outer = b->block;
        enter_if(b, has_expired(b, scope == SCOPE_GLOBAL ? use->globals : use->index, entry, states[i]), states[i]->span);
        lower_state_set(b, states[i], lower_expr(b, states[i]->ast->kid[state_value]), states[i]->span);
        b->block = outer;
    }
    builder_return(b, operand_unit(), use->node->task->span);
    return b->fn;
}

static void call_refresh(Builder *b, CoreFn *refresh, CoreOperand entry) {
    CoreInst *call = builder_inst(b, CORE_OP_CALL, -1, 1, 0, b->task->node->span);
    call->fn = refresh;
    call->args[0] = entry;
}

void lower_refresh(Builder *b) {
    TaskUse *use = b->task;
    const Def *task = use->node->task;
    if (!b->global && any_expires(task->members, task->member_count)) {
        if (!use->refresh) use->refresh = refresh_fn(use, task->members, task->member_count, SCOPE_KEY);
        call_refresh(b, use->refresh, operand_local(b->entry));
    }
    if (any_expires(task->globals, task->global_count)) {
        if (!use->global_refresh) use->global_refresh = refresh_fn(use, task->globals, task->global_count, SCOPE_GLOBAL);
        call_refresh(b, use->global_refresh, lower_globals(b, use->node->span));
    }
}

void lower_skip_expired(Builder *b) {
    const Def *task = b->task->node->task;
    if (b->global || !b->lower->core->tasks.items[b->task->index].expiry_count) return;
    CoreBlock *outer = b->block;
    for (int i = 0; i < task->member_count; i++)
        enter_if(b, has_expired(b, b->task->index, operand_local(b->entry), task->members[i]), task->span);
    builder_inst(b, CORE_OP_RETURN, -1, 1, 0, task->span)->args[0] = operand_unit();
    b->block = outer;
}
