#include "compiler/lower_internal.h"

#include <assert.h>

// In a task with `on error` the handlers of an event are called through the VM, which comes back if they fail (`try`). What they
// emit waits in a channel of the task's own, and goes on when they have ended: what is downstream must not run where an error
// would be taken for one of this task.

const Ast *lower_on_error(const Def *task) {
    const Ast *items = task->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && items->kid[i]->op == HANDLER_ERROR) return items->kid[i];
    return NULL;
}

// (Failure): the body of `on error`, which nothing protects.
static CoreFn *error_fn(TaskUse *use, const Ast *on_error) {
    Builder *b = lower_begin_handler(use, "on_error", SCOPE_KEY);
    Ast *pattern = on_error->kid[handler_pattern];
    CoreOperand failure = builder_param(b, lower_type_of(b, pattern), "failure");
    lower_bind_key(b);
    lower_bind(b, pattern, failure);
    lower_expr(b, on_error->kid[handler_body]);
    builder_return(b, operand_unit(), on_error->span);
    return b->fn;
}

// The handlers, as they are when they may be undone.
static CoreFn *handlers_fn(const TaskUse *use, int channel) {
    TaskUse *undoable = ARENA_NEW(use->graph->lower->arena, TaskUse);
    *undoable = *use;
    undoable->held = channel;
    return lower_event_fn(undoable);
}

enum { MAX_ENTRIES = 2 };

// The entries that the handlers work on, and whose they are. Returns how many there are. That of the global states is made here
// if they would be the first to look at it: what they allocate is given back.
static int own_entries(Builder *b, CoreOperand *entries, int *tasks, Span span) {
    int count = 0;
    if (b->task->stateful) {
        entries[count] = operand_local(b->entry);
        tasks[count++] = b->task->index;
    }
    if (b->task->globals >= 0) {
        entries[count] = lower_globals(b, span);
        tasks[count++] = b->task->globals;
    }
    return count;
}

// Whether the handlers came to their end.
static CoreOperand try_handlers(Builder *b, CoreOperand event, int channel, Span span) {
    CoreOperand args[MAX_ENTRIES + 2], good = builder_local(b, b->lower->core->boolean, "good");
    int *tasks = ARENA_ARRAY(b->lower->arena, int, MAX_ENTRIES), entries = own_entries(b, args, tasks, span);
    int count = entries + lower_context_args(b, args + entries);
    args[count++] = event;
    CoreInst *inst = builder_inst(b, CORE_OP_TRY, good.local, count, 0, span);
    inst->fn = handlers_fn(b->task, channel);
    inst->index = channel;
    inst->variant = entries;
    inst->tasks = tasks;
    for (int i = 0; i < count; i++) inst->args[i] = args[i];
    return good;
}

void lower_push_held(Builder *b, int channel, CoreType *event, Span span) {
    CoreType *type = core_type_list(b->lower->core, event);
    CoreOperand held = builder_local(b, type, "held"), item = builder_local(b, event, "item");
    CoreInst *inst = builder_inst(b, CORE_OP_HELD, held.local, 0, 0, span);
    inst->index = channel;
    inst->type = type;
    CoreInst *loop = builder_inst(b, CORE_OP_FOR_LIST, item.local, 1, 1, span);
    loop->args[0] = held;
    CoreBlock *outer = b->block;
    b->block = loop->blocks[0];
    lower_emit(b, item);
    b->block = outer;
}

// The pieces that the VM has of the failure: what stdlib/error.portals calls message, position and key.
static CoreOperand failure_text(Builder *b, int piece, Span span) {
    CoreOperand text = builder_local(b, b->lower->core->string, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CALL_BUILTIN, text.local, 1, 0, span);
    inst->text = "pt_failure_text";
    inst->args[0] = operand_int(piece);
    return text;
}

static CoreOperand make_failure(Builder *b, CoreType *type, CoreOperand event, Span span) {
    enum { PIECES = 3 };
    assert(type->kind == CORE_STRUCT && type->variants[0].field_count == PIECES + 1);
    CoreOperand fields[PIECES + 1], failure = builder_local(b, type, "failure");
    for (int i = 0; i < PIECES; i++) fields[i] = failure_text(b, i, span);
    fields[PIECES] = event;
    CoreInst *inst = builder_inst(b, CORE_OP_STRUCT_NEW, failure.local, PIECES + 1, 0, span);
    inst->type = type;
    for (int i = 0; i < PIECES + 1; i++) inst->args[i] = fields[i];
    return failure;
}

void lower_call_on_error(Builder *b, const Ast *on_error, CoreOperand event) {
    CoreFn *fn = error_fn(b->task, on_error);
    CoreType *type = fn->locals.items[fn->param_count - 1].type;
    CoreOperand failure = make_failure(b, type, event, on_error->span), context[1];
    int before = lower_context_args(b, context);
    CoreInst *call = builder_inst(b, CORE_OP_CALL, -1, before + 1, 0, on_error->span);
    call->fn = fn;
    if (before) call->args[0] = context[0];
    call->args[before] = failure;
}

CoreFn *lower_protected_fn(TaskUse *use, const Ast *on_error) {
    Span span = use->node->task->span;
    Builder *b = lower_begin_handler(use, "protected", SCOPE_KEY);
    CoreType *emitted = lower_type(b, use->node->event);
    CoreOperand event = builder_param(b, lower_event_type(b), "event");
    lower_refresh(b);
    int channel = lower_add_channel(use->graph, emitted, -1);
    CoreOperand good = try_handlers(b, event, channel, span);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
    test->args[0] = good;
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    if (emitted != b->lower->core->never) lower_push_held(b, channel, emitted, span);
    b->block = test->blocks[1];
    lower_call_on_error(b, on_error, event);
    b->block = outer;
    builder_return(b, operand_unit(), span);
    return b->fn;
}
