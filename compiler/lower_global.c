#include "compiler/lower_internal.h"

// The global states of a task are kept by a companion: a task of its own with the key (), whose one entry holds them, and whose
// `on atom` and `on end` are the `global on` handlers. It stands behind its task, so that they run after those for the keys. The
// companion's entry and all entries of the task are in the partition of the key (): there every handler finds it.

bool lower_is_single(const Def *task) {
    return task->global_count > 0;
}

void lower_add_globals(TaskUse *use) {
    Lower *lower = use->graph->lower;
    const Def *task = use->node->task;
    const char *name = arena_printf(lower->arena, "%s.global", node_name(use->node));
    use->globals = lower_add_task(use, name, lower->core->unit, task->globals, task->global_count);
    lower->core->tasks.items[use->globals].global = true;
    if (!use->stateful) use->index = use->globals;
}

void lower_global_handlers(TaskUse *use) {
    const Def *def = use->node->task;
    CoreFn *init = lower_init(use, def->globals, def->global_count, SCOPE_GLOBAL, "global_init");
    CoreFn *on_atom = lower_plain_handler(use, HANDLER_ATOM, SCOPE_GLOBAL, "global_on_atom");
    CoreFn *on_end = lower_plain_handler(use, HANDLER_END, SCOPE_GLOBAL, "global_on_end");
    on_atom = lower_begun(use, on_atom, SCOPE_GLOBAL, "global_on_atom begun");
    on_end = lower_begun(use, on_end, SCOPE_GLOBAL, "global_on_end begun");
    CoreFn *touch = on_end ? lower_touch(use, use->globals, "global_touch") : NULL;
    CoreTask *task = &use->graph->lower->core->tasks.items[use->globals];
    task->init = init;
    task->on_atom = on_atom;
    task->on_end = on_end;
    task->touch = touch;
}

static CoreOperand find(Builder *b, int task, int how, Span span) {
    CoreOperand entry = builder_unary(b, CORE_OP_STATE_FIND, b->lower->core->entry, operand_unit(), span);
    CoreInst *inst = b->block->insts.items[b->block->insts.count - 1];
    inst->index = task;
    inst->variant = how;
    return entry;
}

void lower_at_globals(Builder *stage, const TaskUse *use) {
    bool has_atom = lower_has_handler(use->node->task, HANDLER_ATOM, SCOPE_GLOBAL);
    if (has_atom || !use->stateful) find(stage, use->globals, FIND_ENTRY, use->node->span);
}

CoreOperand lower_globals(Builder *b, Span span) {
    return b->global ? operand_local(b->entry) : find(b, b->task->globals, FIND_BESIDE, span);
}
