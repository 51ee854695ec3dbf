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

static LLVMValueRef checked(GenFn *f, const CoreInst *inst, const char *intrinsic, LLVMValueRef a, LLVMValueRef b) {
    Codegen *g = f->g;
    LLVMValueRef both = call_intrinsic(g, intrinsic, g->i64, (LLVMValueRef[]){a, b}, 2);
    trap_if(f, inst, LLVMBuildExtractValue(g->builder, both, 1, ""), PT_TRAP_OVERFLOW);
    return LLVMBuildExtractValue(g->builder, both, 0, "");
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
    LLVMBuilderRef builder = f->g->builder;
    LLVMValueRef a = gen_value(f, inst->args[0]);
    LLVMValueRef b = inst->arg_count > 1 ? gen_value(f, inst->args[1]) : NULL;
    LLVMValueRef result = NULL;
    switch (inst->op) {
    case CORE_OP_INT_ADD: result = checked(f, inst, "llvm.sadd.with.overflow", a, b); break;
    case CORE_OP_INT_SUB: result = checked(f, inst, "llvm.ssub.with.overflow", a, b); break;
    case CORE_OP_INT_MUL: result = checked(f, inst, "llvm.smul.with.overflow", a, b); break;
    case CORE_OP_INT_NEG: result = checked(f, inst, "llvm.ssub.with.overflow", gen_int(f->g, 0), a); break;
    case CORE_OP_INT_DIV: result = divide(f, inst, a, b); break;
    case CORE_OP_INT_REM: result = take_remainder(f, inst, a, b); break;
    case CORE_OP_INT_ADD_WRAP: result = LLVMBuildAdd(builder, a, b, ""); break;
    case CORE_OP_INT_SUB_WRAP: result = LLVMBuildSub(builder, a, b, ""); break;
    case CORE_OP_INT_MUL_WRAP: result = LLVMBuildMul(builder, a, b, ""); break;
    case CORE_OP_FLOAT_ADD: result = LLVMBuildFAdd(builder, a, b, ""); break;
    case CORE_OP_FLOAT_SUB: result = LLVMBuildFSub(builder, a, b, ""); break;
    case CORE_OP_FLOAT_MUL: result = LLVMBuildFMul(builder, a, b, ""); break;
    case CORE_OP_FLOAT_DIV: result = LLVMBuildFDiv(builder, a, b, ""); break;
    case CORE_OP_FLOAT_NEG: result = LLVMBuildFNeg(builder, a, ""); break;
    default:
        assert(inst->op == CORE_OP_NOT);
        result = LLVMBuildNot(builder, a, "");
        break;
    }
    gen_set(f, inst->dst, result);
}
