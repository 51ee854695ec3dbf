// codegen_any.c - Any: a pointer to the number of the value's type and the value itself, just as if a closure had captured it. So
// whatever the VM does with closures, it does with Anys (vm/value.h). The numbers index PtProgram.closures behind the closures.
//
// A function is an Any already: the number of its code tells its type.
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
        bool casts = inst->op == CORE_OP_ANY_NEW || inst->op == CORE_OP_ANY_IS;
        if (casts && inst->type->kind != CORE_FN) add(g, inst->type, inst->span);
        if (inst->op >= CORE_OP_FRAME_NEW && inst->op <= CORE_OP_RAISE) add_awaited(g, fn, inst);
        for (int j = 0; j < inst->block_count; j++) collect(g, fn, inst->blocks[j]);
    }
}

// The ids of the types of functions, by the number of their code.
static void add_function_types(Codegen *g) {
    int count = g->closures.count + g->anys.count;
    LLVMValueRef *ids = ARENA_ARRAY(g->arena, LLVMValueRef, count);
    for (int i = 0; i < count; i++)
        ids[i] = LLVMConstInt(g->i32, i < g->closures.count ? (uint64_t)g->closures.items[i].type->id : UINT32_MAX, false);
    g->function_types = gen_constant(g, LLVMConstArray2(g->i32, ids, (uint64_t)count), "closures.types");
}

void gen_collect_anys(Codegen *g) {
    g->any_numbers = ARENA_ARRAY(g->arena, int, g->program->types.count);
    for (int i = 0; i < g->program->fns.count; i++) collect(g, g->program->fns.items[i], g->program->fns.items[i]->body);
    for (int i = 0; i < g->program->tasks.count; i++) {
        const CoreAsync *async = g->program->tasks.items[i].async;
        if (async) add(g, async->error, g->program->workflows.items[g->program->tasks.items[i].workflow].span);
    }
    add_function_types(g);
}

LLVMValueRef gen_any_number(Codegen *g, const CoreType *type) {
    return gen_int(g, g->closures.count + g->any_numbers[type->id] - 1);
}

LLVMValueRef gen_make_any(GenFn *f, CoreType *type, CoreOperand operand) {
    Codegen *g = f->g;
    if (!type->size) return gen_constant(g, gen_any_number(g, type), "any");
    LLVMValueRef args[] = {f->context, gen_int(g, ANY_VALUE + (int64_t)type->size)};
    LLVMValueRef any = gen_runtime(g, RUNTIME_ALLOC, args);
    gen_store_raw(g, gen_any_number(g, type), any, ACCESS_ANY);
    gen_store_operand(f, operand, gen_offset(g, any, ANY_VALUE), ACCESS_ANY);
    return any;
}

void gen_any_new(GenFn *f, const CoreInst *inst) {
    bool is_function = inst->type->kind == CORE_FN;
    gen_set(f, inst->dst, is_function ? gen_value(f, inst->args[0]) : gen_make_any(f, inst->type, inst->args[0]));
}

void gen_any_is(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef found = gen_load_raw(g, g->i64, gen_value(f, inst->args[0]), ACCESS_ANY), wanted;
    if (inst->type->kind == CORE_FN) {
        LLVMValueRef slot = LLVMBuildInBoundsGEP2(g->builder, g->i32, g->function_types, &found, 1, "");
        found = gen_load_raw(g, g->i32, slot, ACCESS_ANY);
        wanted = LLVMConstInt(g->i32, (uint64_t)inst->type->id, false);
    } else {
        wanted = gen_any_number(g, inst->type);
    }
    gen_set(f, inst->dst, LLVMBuildICmp(g->builder, LLVMIntEQ, found, wanted, ""));
}

void gen_any_get(GenFn *f, const CoreInst *inst) {
    LLVMValueRef any = gen_value(f, inst->args[0]);
    if (inst->type->kind == CORE_FN)
        gen_set(f, inst->dst, any);
    else
        gen_set_load(f, inst->dst, inst->type, gen_offset(f->g, any, ANY_VALUE), ACCESS_ANY);
}
