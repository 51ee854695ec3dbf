#include "compiler/lower_internal.h"

#include <assert.h>

// A generator is a task that keeps a state more than it declares: whether its stream is sealed. As long as it is not, the source
// in front of it gives it events of type (), each an atom; `on next` is its `on event`. That the stream ends is a part of the
// state, so that it is undone, kept and found again with all else that the generator did.

CoreField lower_sealed_field(const CoreProgram *core) {
    // No state of a program has such a name.
    return (CoreField){.name = "is sealed", .type = core->boolean};
}

static int sealed_field(const Builder *b) {
    return b->lower->core->tasks.items[b->task->index].field_count - 1;
}

void lower_set_sealed(Builder *b, bool sealed, Span span) {
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_SET, -1, 2, 0, span);
    inst->index = b->task->index;
    inst->variant = sealed_field(b);
    inst->args[0] = operand_local(b->entry);
    inst->args[1] = operand_bool(sealed);
}

// Events that were taken before the stream was sealed may come behind that.
static void return_if_sealed(Builder *b, Span span) {
    CoreOperand sealed = builder_local(b, b->lower->core->boolean, "sealed");
    CoreInst *inst = builder_inst(b, CORE_OP_STATE_GET, sealed.local, 1, 0, span);
    inst->index = b->task->index;
    inst->variant = sealed_field(b);
    inst->args[0] = operand_local(b->entry);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
    test->args[0] = sealed;
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    builder_return(b, operand_unit(), span);
    b->block = outer;
}

static Ast *on_next(const Def *generator) {
    const Ast *items = generator->ast->kid[task_items];
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && items->kid[i]->op == HANDLER_NEXT) return items->kid[i];
    assert(!"a generator has `on next`");
    return NULL;
}

CoreFn *lower_generator_fn(TaskUse *use) {
    Ast *next = on_next(use->node->task);
    Builder *b = lower_begin_handler(use, "on_next", SCOPE_KEY);
    Node *input = use->node->inputs.items[0];
    builder_param(b, lower_type(b, input->event), "event");
    b->lower->core->sources.items[input->from->number].task = use->index;
    return_if_sealed(b, next->span);
    lower_refresh(b);
    lower_expr(b, next->kid[handler_body]);
    builder_return(b, operand_unit(), next->span);
    return b->fn;
}
