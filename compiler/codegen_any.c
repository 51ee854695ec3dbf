// codegen_any.c - Any: a pointer to the number of the value's type and the value itself, just as if a closure had captured it. So
// whatever the VM does with closures, it does with Anys (vm/value.h). The numbers index PtProgram.closures behind the closures.
#include "compiler/codegen_internal.h"

static void collect(Codegen *g, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        bool any = inst->op == CORE_OP_ANY_NEW || inst->op == CORE_OP_ANY_IS;
        if (any && !g->any_numbers[inst->type->id]) {
            AnyType entry = {inst->type, inst->span};
            vec_push(g->arena, &g->anys, entry);
            g->any_numbers[inst->type->id] = g->anys.count;
        }
        for (int j = 0; j < inst->block_count; j++) collect(g, inst->blocks[j]);
    }
}

void gen_collect_anys(Codegen *g) {
    g->any_numbers = ARENA_ARRAY(g->arena, int, g->program->types.count);
    for (int i = 0; i < g->program->fns.count; i++) collect(g, g->program->fns.items[i]->body);
}

static LLVMValueRef number_of(Codegen *g, const CoreType *type) {
    return gen_int(g, g->closures.count + g->any_numbers[type->id] - 1);
}

void gen_any_new(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef args[] = {f->context, gen_int(g, ANY_VALUE + (int64_t)inst->type->size)};
    LLVMValueRef any = gen_runtime(g, RUNTIME_ALLOC, args);
    gen_store_raw(g, number_of(g, inst->type), any, ACCESS_ANY);
    gen_store_operand(f, inst->args[0], gen_offset(g, any, ANY_VALUE), ACCESS_ANY);
    gen_set(f, inst->dst, any);
}

void gen_any_is(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef number = gen_load_raw(g, g->i64, gen_value(f, inst->args[0]), ACCESS_ANY);
    gen_set(f, inst->dst, LLVMBuildICmp(g->builder, LLVMIntEQ, number, number_of(g, inst->type), ""));
}

void gen_any_get(GenFn *f, const CoreInst *inst) {
    LLVMValueRef value = gen_offset(f->g, gen_value(f, inst->args[0]), ANY_VALUE);
    gen_set_load(f, inst->dst, inst->type, value, ACCESS_ANY);
}
