// codegen_any.c - Any: a pointer to the number of the value's type and the value itself, just as if a closure had captured it. So
// whatever the VM does with closures, it does with Anys (vm/value.h). The numbers index PtProgram.closures behind the closures.
#include "compiler/codegen_internal.h"

static void add(Codegen *g, CoreType *type, Span span) {
    if (g->any_numbers[type->id]) return;
    AnyType entry = {type, span};
    vec_push(g->arena, &g->anys, entry);
    g->any_numbers[type->id] = g->anys.count;
}

// What futures become is kept in Anys (vm/cells.h), and so is what FIRST_OF waits for.
static void add_awaited(Codegen *g, const CoreFn *fn, const CoreInst *inst) {
    CoreType *result = inst->op == CORE_OP_FRAME_NEW ? inst->fn->result : NULL;
    if (result && gen_has_result(result)) add(g, result, inst->span);
    if (inst->op != CORE_OP_ANSWER && inst->op != CORE_OP_COMPLETE && inst->op != CORE_OP_FIRST_OF) return;
    CoreType *type = core_operand_type(g->program, fn, inst->args[1]);
    if (inst->op != CORE_OP_ANSWER) add(g, type, inst->span);
    for (int i = 0; inst->op == CORE_OP_ANSWER && i < 2; i++) add(g, gen_result_part(type, i), inst->span);
}

static void collect(Codegen *g, const CoreFn *fn, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_ANY_NEW || inst->op == CORE_OP_ANY_IS) add(g, inst->type, inst->span);
        if (inst->op >= CORE_OP_FRAME_NEW && inst->op <= CORE_OP_RAISE) add_awaited(g, fn, inst);
        for (int j = 0; j < inst->block_count; j++) collect(g, fn, inst->blocks[j]);
    }
}

void gen_collect_anys(Codegen *g) {
    g->any_numbers = ARENA_ARRAY(g->arena, int, g->program->types.count);
    for (int i = 0; i < g->program->fns.count; i++) collect(g, g->program->fns.items[i], g->program->fns.items[i]->body);
    for (int i = 0; i < g->program->tasks.count; i++) {
        const CoreAsync *async = g->program->tasks.items[i].async;
        if (async) add(g, async->error, g->program->workflows.items[g->program->tasks.items[i].workflow].span);
    }
}

LLVMValueRef gen_any_number(Codegen *g, const CoreType *type) {
    return gen_int(g, g->closures.count + g->any_numbers[type->id] - 1);
}

LLVMValueRef gen_make_any(GenFn *f, CoreType *type, CoreOperand operand) {
    Codegen *g = f->g;
    LLVMValueRef args[] = {f->context, gen_int(g, ANY_VALUE + (int64_t)type->size)};
    LLVMValueRef any = gen_runtime(g, RUNTIME_ALLOC, args);
    gen_store_raw(g, gen_any_number(g, type), any, ACCESS_ANY);
    gen_store_operand(f, operand, gen_offset(g, any, ANY_VALUE), ACCESS_ANY);
    return any;
}

void gen_any_new(GenFn *f, const CoreInst *inst) {
    gen_set(f, inst->dst, gen_make_any(f, inst->type, inst->args[0]));
}

void gen_any_is(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef number = gen_load_raw(g, g->i64, gen_value(f, inst->args[0]), ACCESS_ANY);
    gen_set(f, inst->dst, LLVMBuildICmp(g->builder, LLVMIntEQ, number, gen_any_number(g, inst->type), ""));
}

void gen_any_get(GenFn *f, const CoreInst *inst) {
    LLVMValueRef value = gen_offset(f->g, gen_value(f, inst->args[0]), ANY_VALUE);
    gen_set_load(f, inst->dst, inst->type, value, ACCESS_ANY);
}
