// codegen_number.c - arithmetic. Integers are checked: what does not fit is a run-time error.
#include "compiler/codegen_internal.h"

#include <assert.h>

#include "vm/abi.h"

static LLVMValueRef call_intrinsic(Codegen *g, const char *name, LLVMTypeRef type, LLVMValueRef *args, unsigned count) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef function = LLVMGetIntrinsicDeclaration(g->module, id, &type, 1);
    return LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(function), function, args, count, "");
}

static void trap_if(GenFn *f, const CoreInst *inst, LLVMValueRef condition, PtTrap trap) {
    Codegen *g = f->g;
    LLVMValueRef args[] = {f->context, gen_u32(g, trap), gen_u32(g, gen_position(g, inst->span))};
    gen_trap_if(g, condition, RUNTIME_TRAP, args);
}

static LLVMValueRef checked(Codegen *g, const char *intrinsic, LLVMValueRef a, LLVMValueRef b, LLVMValueRef *overflow) {
    LLVMValueRef both = call_intrinsic(g, intrinsic, g->i64, (LLVMValueRef[]){a, b}, 2);
    *overflow = LLVMBuildExtractValue(g->builder, both, 1, "");
    return LLVMBuildExtractValue(g->builder, both, 0, "");
}

LLVMValueRef gen_arithmetic(Codegen *g, CoreOp op, LLVMValueRef a, LLVMValueRef b, LLVMValueRef *overflow) {
    LLVMBuilderRef builder = g->builder;
    switch (op) {
    case CORE_OP_INT_ADD: return checked(g, "llvm.sadd.with.overflow", a, b, overflow);
    case CORE_OP_INT_SUB: return checked(g, "llvm.ssub.with.overflow", a, b, overflow);
    case CORE_OP_INT_MUL: return checked(g, "llvm.smul.with.overflow", a, b, overflow);
    case CORE_OP_INT_NEG: return checked(g, "llvm.ssub.with.overflow", gen_int(g, 0), a, overflow);
    case CORE_OP_INT_ADD_WRAP: return LLVMBuildAdd(builder, a, b, "");
    case CORE_OP_INT_SUB_WRAP: return LLVMBuildSub(builder, a, b, "");
    case CORE_OP_INT_MUL_WRAP: return LLVMBuildMul(builder, a, b, "");
    case CORE_OP_FLOAT_ADD: return LLVMBuildFAdd(builder, a, b, "");
    case CORE_OP_FLOAT_SUB: return LLVMBuildFSub(builder, a, b, "");
    case CORE_OP_FLOAT_MUL: return LLVMBuildFMul(builder, a, b, "");
    case CORE_OP_FLOAT_DIV: return LLVMBuildFDiv(builder, a, b, "");
    case CORE_OP_FLOAT_NEG: return LLVMBuildFNeg(builder, a, "");
    default: assert(op == CORE_OP_NOT); return LLVMBuildNot(builder, a, "");
    }
}

// Whether the operand is a constant other than 0 and -1.
static bool is_harmless_divisor(CoreOperand operand) {
    return operand.kind == OPERAND_INT && operand.int_value != 0 && operand.int_value != -1;
}

static void trap_if_zero(GenFn *f, const CoreInst *inst, LLVMValueRef divisor) {
    trap_if(f, inst, LLVMBuildICmp(f->g->builder, LLVMIntEQ, divisor, gen_int(f->g, 0), ""), PT_TRAP_DIVISION_BY_ZERO);
}

static LLVMValueRef divide(GenFn *f, const CoreInst *inst, LLVMValueRef a, LLVMValueRef b) {
    LLVMBuilderRef builder = f->g->builder;
    if (!is_harmless_divisor(inst->args[1])) {
        trap_if_zero(f, inst, b);
        LLVMValueRef smallest = LLVMBuildICmp(builder, LLVMIntEQ, a, gen_int(f->g, INT64_MIN), "");
        LLVMValueRef negates = LLVMBuildICmp(builder, LLVMIntEQ, b, gen_int(f->g, -1), "");
        trap_if(f, inst, LLVMBuildAnd(builder, smallest, negates, ""), PT_TRAP_OVERFLOW);
    }
    return LLVMBuildSDiv(builder, a, b, "");
}

// The machine traps at INT64_MIN % -1, which is 0, as is every other number % -1 and % 1.
static LLVMValueRef take_remainder(GenFn *f, const CoreInst *inst, LLVMValueRef a, LLVMValueRef b) {
    LLVMBuilderRef builder = f->g->builder;
    if (!is_harmless_divisor(inst->args[1])) {
        trap_if_zero(f, inst, b);
        LLVMValueRef negates = LLVMBuildICmp(builder, LLVMIntEQ, b, gen_int(f->g, -1), "");
        b = LLVMBuildSelect(builder, negates, gen_int(f->g, 1), b, "");
    }
    return LLVMBuildSRem(builder, a, b, "");
}

void gen_number(GenFn *f, const CoreInst *inst) {
    LLVMValueRef a = gen_value(f, inst->args[0]);
    LLVMValueRef b = inst->arg_count > 1 ? gen_value(f, inst->args[1]) : NULL;
    LLVMValueRef result = NULL, overflow = NULL;
    if (inst->op == CORE_OP_INT_DIV)
        result = divide(f, inst, a, b);
    else if (inst->op == CORE_OP_INT_REM)
        result = take_remainder(f, inst, a, b);
    else
        result = gen_arithmetic(f->g, inst->op, a, b, &overflow);
    if (overflow) trap_if(f, inst, overflow, PT_TRAP_OVERFLOW);
    gen_set(f, inst->dst, result);
}
