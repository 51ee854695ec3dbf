// codegen_closure.c - closures. A closure is a pointer to the number of its code and the values it captured. The numbers index a
// constant table of wrappers, one for each function that is the code of a closure: (context, out?, closure, arguments...). Where
// LLVM can see which closure is called, it folds all that to a call of the function.
//
// A closure with effects is never kept, so the VM need not know it: its number is negative. If it emits, the cursors come behind
// the number.
#include "compiler/codegen_internal.h"

enum { CURSORS_PLACE = 8, CURSORS_SIZE = 8 };

uint32_t gen_captured_offset(uint32_t *end, const CoreType *type) {
    uint32_t offset = (*end + type->align - 1) & ~(type->align - 1);
    *end = offset + type->size;
    return offset;
}

// ---- numbering
// -------------------------------------------------------------------------------------------------------------------

static void add_code(Codegen *g, const CoreInst *inst) {
    const CoreFn *fn = inst->fn;
    if (g->closure_numbers[fn->id]) return;
    ClosureCode code = {.fn = fn, .type = inst->type, .offsets = ARENA_ARRAY(g->arena, uint32_t, fn->captured)};
    uint32_t offset = CURSORS_PLACE + (fn->emits ? CURSORS_SIZE : 0);
    for (int i = 0; i < fn->captured; i++) {
        const CoreType *type = fn->locals.items[i].type;
        code.offsets[i] = gen_captured_offset(&offset, type);
    }
    code.size = (offset + 7) & ~7u;
    if (fn->effects)
        vec_push(g->arena, &g->effects, code);
    else
        vec_push(g->arena, &g->closures, code);
    g->closure_numbers[fn->id] = fn->effects ? g->effects.count : g->closures.count;
}

static void collect(Codegen *g, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_CLOSURE_NEW) add_code(g, inst);
        for (int j = 0; j < inst->block_count; j++) collect(g, inst->blocks[j]);
    }
}

void gen_collect_closures(Codegen *g) {
    g->closure_numbers = ARENA_ARRAY(g->arena, int, g->program->fns.count);
    for (int i = 0; i < g->program->fns.count; i++) collect(g, g->program->fns.items[i]->body);
    LLVMTypeRef table = LLVMArrayType2(g->ptr, (uint64_t)(g->effects.count + g->closures.count));
    g->code_table = LLVMAddGlobal(g->module, table, "closures.code");
}

// ---- wrappers
// --------------------------------------------------------------------------------------------------------------------

// (context, out?, closure, parameters...)
static LLVMTypeRef wrapper_type(Codegen *g, const CoreType *type) {
    LLVMTypeRef *params = ARENA_ARRAY(g->arena, LLVMTypeRef, type->param_count + 3);
    int count = 0;
    params[count++] = g->ptr;
    bool by_value = gen_is_scalar(type->result);
    if (!by_value && gen_has_result(type->result)) params[count++] = g->ptr;
    params[count++] = g->ptr;
    for (int i = 0; i < type->param_count; i++)
        params[count++] = gen_is_scalar(type->params[i]) ? gen_scalar_type(g, type->params[i]) : g->ptr;
    return LLVMFunctionType(by_value ? gen_scalar_type(g, type->result) : g->nothing, params, (unsigned)count, false);
}

// Passes on what came, with the captured values in the place of the closure.
static LLVMValueRef define_wrapper(Codegen *g, const ClosureCode *code) {
    LLVMTypeRef type = wrapper_type(g, code->type);
    LLVMValueRef function = LLVMAddFunction(g->module, arena_printf(g->arena, "%s.closure", code->fn->name), type);
    LLVMSetLinkage(function, LLVMInternalLinkage);
    gen_attribute(g, function, LLVMAttributeFunctionIndex, "nounwind", 0);
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, function, "entry"));
    LLVMValueRef *args = ARENA_ARRAY(g->arena, LLVMValueRef, code->fn->param_count + 3);
    unsigned from = 0, to = 0;
    unsigned before = LLVMCountParamTypes(type) - (unsigned)code->type->param_count - 1; // context, out
    while (from < before) args[to++] = LLVMGetParam(function, from++);
    LLVMValueRef closure = LLVMGetParam(function, from++);
    if (code->fn->emits) args[to++] = gen_load_raw(g, g->ptr, gen_offset(g, closure, CURSORS_PLACE), ACCESS_ANY);
    for (int i = 0; i < code->fn->captured; i++) {
        const CoreType *captured = code->fn->locals.items[i].type;
        LLVMValueRef place = gen_offset(g, closure, code->offsets[i]);
        args[to++] = gen_is_scalar(captured) ? gen_load(g, captured, place, ACCESS_ANY) : place;
    }
    while (from < LLVMCountParamTypes(type)) args[to++] = LLVMGetParam(function, from++);
    LLVMValueRef callee = g->fns[code->fn->id];
    LLVMValueRef value = LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(callee), callee, args, to, "");
    if (LLVMGetReturnType(type) == g->nothing)
        LLVMBuildRetVoid(g->builder);
    else
        LLVMBuildRet(g->builder, value);
    return function;
}

void gen_define_closures(Codegen *g) {
    int effects = g->effects.count, count = effects + g->closures.count;
    LLVMValueRef *wrappers = ARENA_ARRAY(g->arena, LLVMValueRef, count);
    for (int i = 0; i < effects; i++) wrappers[effects - 1 - i] = define_wrapper(g, &g->effects.items[i]);
    for (int i = effects; i < count; i++) wrappers[i] = define_wrapper(g, &g->closures.items[i - effects]);
    LLVMSetInitializer(g->code_table, LLVMConstArray2(g->ptr, wrappers, (uint64_t)count));
    LLVMSetGlobalConstant(g->code_table, true);
    LLVMSetLinkage(g->code_table, LLVMInternalLinkage);
}

// ---- instructions
// ----------------------------------------------------------------------------------------------------------------

// Without anything behind the number, a closure is a constant.
void gen_closure_new(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    int place = g->closure_numbers[inst->fn->id] - 1;
    bool effects = inst->fn->effects;
    const ClosureCode *code = effects ? &g->effects.items[place] : &g->closures.items[place];
    LLVMValueRef number = gen_int(g, effects ? -1 - place : place);
    if (code->fn->captured == 0 && !code->fn->emits) {
        gen_set(f, inst->dst, gen_constant(g, number, "closure"));
        return;
    }
    LLVMValueRef args[] = {f->context, gen_int(g, code->size)};
    LLVMValueRef closure = gen_runtime(g, RUNTIME_ALLOC, args);
    gen_store_raw(g, number, closure, ACCESS_ANY);
    if (inst->fn->emits) gen_store_raw(g, f->cursors, gen_offset(g, closure, CURSORS_PLACE), ACCESS_ANY);
    for (int i = 0; i < inst->arg_count; i++)
        gen_store_operand(f, inst->args[i], gen_offset(g, closure, code->offsets[i]), ACCESS_ANY);
    gen_set(f, inst->dst, closure);
}

void gen_call_closure(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *type = gen_operand_type(f, inst->args[0]);
    LLVMValueRef closure = gen_value(f, inst->args[0]);
    LLVMValueRef number = gen_load_raw(g, g->i64, closure, ACCESS_ANY);
    if (g->effects.count) number = LLVMBuildNSWAdd(g->builder, number, gen_int(g, g->effects.count), "");
    LLVMValueRef slot = LLVMBuildInBoundsGEP2(g->builder, g->ptr, g->code_table, &number, 1, "");
    LLVMValueRef code = gen_load_raw(g, g->ptr, slot, ACCESS_ANY);
    LLVMValueRef *args = ARENA_ARRAY(g->arena, LLVMValueRef, inst->arg_count);
    args[0] = closure;
    for (int i = 1; i < inst->arg_count; i++) args[i] = gen_argument(f, inst->args[i]);
    gen_call_value(f, wrapper_type(g, type), code, args, inst->arg_count, type->result, inst->dst);
}
