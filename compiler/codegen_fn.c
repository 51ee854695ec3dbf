// codegen_fn.c - functions of the program: signatures, locals, operands, calls, results.
#include "compiler/codegen_internal.h"

#include <assert.h>

// Values up to this size are copied before they are passed by pointer; for larger ones SROA would not pay.
enum { MAX_SPILL = 64 };

// The VM keeps twice as many bytes of the stack free when it says that there is some left (pt_check_stack).
#define MAX_RECURSIVE_FRAME "131072"

// ---- declarations ----------------------------------------------------------------------------------------------------------

// A name that is neither a function of the VM nor an intrinsic of LLVM: that of the core, if it has a module.
static const char *symbol_name(Codegen *g, const char *name) {
    bool plain = strchr(name, '.') && strncmp(name, "llvm.", 5) != 0;
    return plain ? name : arena_printf(g->arena, "fn.%s", name);
}

LLVMValueRef gen_add_fn(Codegen *g, const char *name, LLVMTypeRef result, LLVMTypeRef *params, int count) {
    LLVMTypeRef type = LLVMFunctionType(result, params, (unsigned)count, false);
    LLVMValueRef function = LLVMAddFunction(g->module, symbol_name(g, name), type);
    LLVMSetLinkage(function, LLVMInternalLinkage);
    gen_attribute(g, function, LLVMAttributeFunctionIndex, "nounwind", 0);
    return function;
}

LLVMTypeRef gen_param_type(Codegen *g, const CoreType *type) {
    return gen_is_scalar(type) ? gen_scalar_type(g, type) : g->ptr;
}

// Nothing else points to what a pointer parameter points to, except other parameters, through which nobody writes.
static void note_params(Codegen *g, const CoreFn *fn, LLVMValueRef function, int first) {
    for (int i = 0; i < fn->param_count; i++) {
        if (gen_is_scalar(fn->locals.items[i].type)) continue;
        gen_attribute(g, function, (unsigned)(first + i + 1), "noalias", 0);
        gen_attribute(g, function, (unsigned)(first + i + 1), "readonly", 0);
    }
}

static LLVMValueRef declare_fn(Codegen *g, const CoreFn *fn) {
    if (fn->waits) return gen_declare_waiting(g, fn);
    LLVMTypeRef *params = ARENA_ARRAY(g->arena, LLVMTypeRef, fn->param_count + 3);
    int count = 0;
    params[count++] = g->ptr;
    bool by_value = gen_is_scalar(fn->result);
    bool out = !by_value && gen_has_result(fn->result);
    if (out) params[count++] = g->ptr;
    if (fn->emits) params[count++] = g->ptr;
    int first = count;
    for (int i = 0; i < fn->param_count; i++) params[count++] = gen_param_type(g, fn->locals.items[i].type);
    LLVMTypeRef result = by_value ? gen_scalar_type(g, fn->result) : g->nothing;
    LLVMValueRef function = gen_add_fn(g, fn->name, result, params, count);
    if (out) gen_attribute(g, function, 2, "noalias", 0);
    note_params(g, fn, function, first);
    return function;
}

void gen_declare_fns(Codegen *g) {
    g->fns = ARENA_ARRAY(g->arena, LLVMValueRef, g->program->fns.count);
    for (int i = 0; i < g->program->fns.count; i++) g->fns[i] = declare_fn(g, g->program->fns.items[i]);
}

// ---- definitions -------------------------------------------------------------------------------------------------------------

void gen_set_param(GenFn *f, int local, LLVMValueRef param) {
    if (gen_is_scalar(f->fn->locals.items[local].type))
        gen_set(f, local, param);
    else
        gen_set_from(f, local, param);
}

static void make_locals(GenFn *f, unsigned first_param) {
    const CoreFn *fn = f->fn;
    f->locals = ARENA_ARRAY(f->g->arena, LLVMValueRef, fn->locals.count);
    for (int i = 0; i < fn->locals.count; i++)
        f->locals[i] = gen_alloca(f->g, fn->locals.items[i].type, fn->locals.items[i].name);
    if (fn->waits)
        gen_begin_waiting(f, first_param);
    else
        for (int i = 0; i < fn->param_count; i++) gen_set_param(f, i, LLVMGetParam(f->function, first_param + (unsigned)i));
}

// A function whose frame is larger than what the check leaves is an error (see codegen.c: note_diagnostic).
static void check_stack(GenFn *f) {
    Codegen *g = f->g;
    static const char name[] = "warn-stack-size", limit[] = MAX_RECURSIVE_FRAME;
    LLVMAttributeRef attribute = LLVMCreateStringAttribute(g->context, name, sizeof name - 1, limit, sizeof limit - 1);
    LLVMAddAttributeAtIndex(f->function, LLVMAttributeFunctionIndex, attribute);
    LLVMValueRef args[] = {f->context, gen_u32(g, gen_position(g, f->fn->span))};
    gen_runtime(g, RUNTIME_CHECK_STACK, args);
}

void gen_define_fn(Codegen *g, const CoreFn *fn) {
    GenFn f = {.g = g, .fn = fn, .function = g->fns[fn->id]};
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, f.function, "entry"));
    gen_debug_fn(g, fn, f.function);
    gen_debug_place(&f, fn->span);
    unsigned param = 0;
    f.context = LLVMGetParam(f.function, param++);
    if (fn->waits || (!gen_is_scalar(fn->result) && gen_has_result(fn->result))) f.out = LLVMGetParam(f.function, param++);
    if (fn->waits || fn->emits) f.cursors = LLVMGetParam(f.function, param++);
    make_locals(&f, param);
    if (fn->recursive) check_stack(&f);
    f.start = gen_block(g, "start");
    LLVMBuildBr(g->builder, f.start);
    LLVMPositionBuilderAtEnd(g->builder, f.start);
    if (fn->recursive) gen_poll(g, f.context, fn->span);
    gen_body(&f, fn->body, (CorePlace){0});
    if (!LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(g->builder))) LLVMBuildUnreachable(g->builder);
}

// ---- operands --------------------------------------------------------------------------------------------------------------

CoreType *gen_operand_type(const GenFn *f, CoreOperand operand) {
    return core_operand_type(f->g->program, f->fn, operand);
}

LLVMValueRef gen_value(GenFn *f, CoreOperand operand) {
    Codegen *g = f->g;
    switch (operand.kind) {
    case OPERAND_INT: return gen_int(g, operand.int_value);
    case OPERAND_FLOAT: return LLVMConstReal(g->f64, operand.float_value);
    case OPERAND_BOOL: return LLVMConstInt(g->i1, operand.int_value != 0, false);
    default: assert(operand.kind == OPERAND_LOCAL); break;
    }
    return gen_load(g, gen_operand_type(f, operand), f->locals[operand.local], ACCESS_ANY);
}

LLVMValueRef gen_address(GenFn *f, CoreOperand operand) {
    switch (operand.kind) {
    case OPERAND_UNIT: return f->g->empty;
    case OPERAND_STRING: return gen_constant(f->g, gen_string_value(f->g, operand.text, operand.length), "string");
    default: assert(operand.kind == OPERAND_LOCAL); return f->locals[operand.local];
    }
}

void gen_store_operand(GenFn *f, CoreOperand operand, LLVMValueRef to, Access access) {
    const CoreType *type = gen_operand_type(f, operand);
    if (gen_is_scalar(type))
        gen_store(f->g, type, gen_value(f, operand), to, access);
    else
        gen_copy(f->g, type, to, gen_address(f, operand));
}

LLVMValueRef gen_spilled(GenFn *f, CoreOperand operand) {
    const CoreType *type = gen_operand_type(f, operand);
    if (type->size == 0) return f->g->empty;
    if (operand.kind == OPERAND_STRING) return gen_address(f, operand);
    if (type->size > MAX_SPILL) return f->locals[operand.local];
    LLVMValueRef memory = gen_alloca(f->g, type, NULL);
    gen_store_operand(f, operand, memory, ACCESS_ANY);
    return memory;
}

LLVMValueRef gen_argument(GenFn *f, CoreOperand operand) {
    return gen_is_scalar(gen_operand_type(f, operand)) ? gen_value(f, operand) : gen_spilled(f, operand);
}

// ---- results -----------------------------------------------------------------------------------------------------------------

void gen_set(GenFn *f, int dst, LLVMValueRef value) {
    if (dst >= 0) gen_store(f->g, f->fn->locals.items[dst].type, value, f->locals[dst], ACCESS_ANY);
}

void gen_set_from(GenFn *f, int dst, LLVMValueRef address) {
    if (dst >= 0) gen_copy(f->g, f->fn->locals.items[dst].type, f->locals[dst], address);
}

void gen_set_load(GenFn *f, int dst, const CoreType *type, LLVMValueRef from, Access access) {
    if (dst < 0) return;
    if (gen_is_scalar(type))
        gen_set(f, dst, gen_load(f->g, type, from, access));
    else
        gen_set_from(f, dst, from);
}

void gen_return(GenFn *f, CoreOperand operand) {
    if (f->fn->waits) {
        if (gen_has_result(f->fn->result)) gen_store_operand(f, operand, f->out, ACCESS_ANY);
        LLVMBuildRet(f->g->builder, LLVMConstNull(f->g->ptr));
        return;
    }
    if (gen_is_scalar(f->fn->result)) {
        LLVMBuildRet(f->g->builder, gen_value(f, operand));
        return;
    }
    if (f->out) gen_copy(f->g, f->fn->result, f->out, gen_address(f, operand));
    LLVMBuildRetVoid(f->g->builder);
}

// ---- calls -------------------------------------------------------------------------------------------------------------------

// args[0] and args[1] are free for the context and `out`.
static void call(GenFn *f, LLVMTypeRef type, LLVMValueRef callee, LLVMValueRef *args, int count, const CoreType *result,
                 int dst) {
    Codegen *g = f->g;
    bool by_value = gen_is_scalar(result);
    LLVMValueRef out = !by_value && gen_has_result(result) ? gen_alloca(g, result, NULL) : NULL;
    LLVMValueRef *start = out ? args : args + 1;
    start[0] = f->context;
    if (out) start[1] = out;
    LLVMValueRef value = LLVMBuildCall2(g->builder, type, callee, start, (unsigned)(args + 2 + count - start), "");
    if (by_value)
        gen_set(f, dst, value);
    else if (out)
        gen_set_from(f, dst, out);
}

void gen_call_value(GenFn *f, LLVMTypeRef type, LLVMValueRef callee, LLVMValueRef *args, int count, const CoreType *result,
                    int dst) {
    LLVMValueRef *all = ARENA_ARRAY(f->g->arena, LLVMValueRef, count + 2);
    if (count) memcpy(all + 2, args, sizeof *args * (size_t)count);
    call(f, type, callee, all, count, result, dst);
}

// The call of itself whose result the function returns: a jump. All arguments are read before the first parameter changes.
static void jump_to_start(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef *values = ARENA_ARRAY(g->arena, LLVMValueRef, inst->arg_count);
    for (int i = 0; i < inst->arg_count; i++) {
        const CoreType *type = gen_operand_type(f, inst->args[i]);
        values[i] = gen_alloca(g, type, NULL);
        gen_store_operand(f, inst->args[i], values[i], ACCESS_ANY);
    }
    for (int i = 0; i < inst->arg_count; i++) gen_set_load(f, i, gen_operand_type(f, inst->args[i]), values[i], ACCESS_ANY);
    LLVMBuildBr(g->builder, f->start);
}

void gen_call(GenFn *f, const CoreInst *inst) {
    const CoreFn *fn = inst->fn;
    if (fn == f->fn && core_returns_next(f->fn, f->place, inst->dst)) {
        jump_to_start(f, inst);
        return;
    }
    if (fn->waits) {
        gen_call_waiting(f, inst);
        return;
    }
    LLVMValueRef *args = ARENA_ARRAY(f->g->arena, LLVMValueRef, inst->arg_count + 3);
    int count = 0;
    if (fn->emits) args[2 + count++] = f->cursors;
    for (int i = 0; i < inst->arg_count; i++) args[2 + count++] = gen_argument(f, inst->args[i]);
    LLVMValueRef callee = f->g->fns[fn->id];
    call(f, LLVMGlobalGetValueType(callee), callee, args, count, fn->result, inst->dst);
}
