// codegen_compare.c - comparisons: in line where a few instructions do, else by the VM and a descriptor.
#include "compiler/codegen_internal.h"

#include <assert.h>

// Structs with up to this many scalar fields are compared for equality in line.
enum { MAX_INLINE_FIELDS = 8 };

static LLVMValueRef is_nan(Codegen *g, LLVMValueRef a) {
    return LLVMBuildFCmp(g->builder, LLVMRealUNO, a, a, "");
}

// The order of Floats is total: -0.0 equals 0.0, and all that are not numbers are equal and greater than any number.
static LLVMValueRef float_equal(Codegen *g, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef both_nan = LLVMBuildAnd(g->builder, is_nan(g, a), is_nan(g, b), "");
    return LLVMBuildOr(g->builder, LLVMBuildFCmp(g->builder, LLVMRealOEQ, a, b, ""), both_nan, "");
}

static LLVMValueRef float_less(Codegen *g, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef number = LLVMBuildFCmp(g->builder, LLVMRealORD, a, a, "");
    LLVMValueRef below_nan = LLVMBuildAnd(g->builder, number, is_nan(g, b), "");
    return LLVMBuildOr(g->builder, LLVMBuildFCmp(g->builder, LLVMRealOLT, a, b, ""), below_nan, "");
}

// ---- equality ----------------------------------------------------------------------------------------------------------------

// Whether values of the type are told apart by their tag alone.
static bool is_plain_enum(const CoreType *type) {
    if (type->kind != CORE_ENUM) return false;
    for (int i = 0; i < type->variant_count; i++)
        if (type->variants[i].field_count) return false;
    return true;
}

// The number of words that decide whether two values are equal, or a large number if there are other things to look at.
static int inline_fields(const CoreType *type) {
    if (type->kind == CORE_UNIT) return 0;
    if (type->kind != CORE_STRUCT) return gen_is_scalar(type) || is_plain_enum(type) ? 1 : MAX_INLINE_FIELDS + 1;
    int count = 0;
    const CoreVariant *variant = &type->variants[0];
    for (int i = 0; i < variant->field_count && count <= MAX_INLINE_FIELDS; i++)
        count += variant->fields[i].boxed ? MAX_INLINE_FIELDS + 1 : inline_fields(variant->fields[i].type);
    return count;
}

static LLVMValueRef scalar_equal(Codegen *g, const CoreType *type, LLVMValueRef a, LLVMValueRef b) {
    return type->kind == CORE_FLOAT ? float_equal(g, a, b) : LLVMBuildICmp(g->builder, LLVMIntEQ, a, b, "");
}

// Two values in memory whose inline_fields are few.
static LLVMValueRef fields_equal(Codegen *g, const CoreType *type, LLVMValueRef a, LLVMValueRef b) {
    if (type->kind == CORE_UNIT) return LLVMConstInt(g->i1, 1, false);
    if (gen_is_scalar(type)) return scalar_equal(g, type, gen_load(g, type, a, ACCESS_ANY), gen_load(g, type, b, ACCESS_ANY));
    if (type->kind == CORE_ENUM) {
        LLVMValueRef tag = gen_load_raw(g, g->i64, a, ACCESS_ANY);
        return LLVMBuildICmp(g->builder, LLVMIntEQ, tag, gen_load_raw(g, g->i64, b, ACCESS_ANY), "");
    }
    LLVMValueRef all = LLVMConstInt(g->i1, 1, false);
    for (int i = 0; i < type->variants[0].field_count; i++) {
        const CoreField *field = &type->variants[0].fields[i];
        LLVMValueRef equal = fields_equal(g, field->type, gen_offset(g, a, field->offset), gen_offset(g, b, field->offset));
        all = LLVMBuildAnd(g->builder, all, equal, "");
    }
    return all;
}

static LLVMValueRef equal(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    CoreType *type = gen_operand_type(f, inst->args[0]);
    if (gen_is_scalar(type)) return scalar_equal(g, type, gen_value(f, inst->args[0]), gen_value(f, inst->args[1]));
    if (inline_fields(type) <= MAX_INLINE_FIELDS)
        return fields_equal(g, type, gen_address(f, inst->args[0]), gen_address(f, inst->args[1]));
    LLVMValueRef args[] = {gen_desc(g, type), gen_spilled(f, inst->args[0]), gen_spilled(f, inst->args[1])};
    if (type->kind == CORE_STRING) return gen_runtime(g, RUNTIME_EQUAL_STRING, args + 1);
    return gen_runtime(g, RUNTIME_EQUAL, args);
}

// ---- order -------------------------------------------------------------------------------------------------------------------

static LLVMIntPredicate predicate(CoreOp op) {
    switch (op) {
    case CORE_OP_LT: return LLVMIntSLT;
    case CORE_OP_LE: return LLVMIntSLE;
    case CORE_OP_GT: return LLVMIntSGT;
    default: assert(op == CORE_OP_GE); return LLVMIntSGE;
    }
}

static LLVMValueRef float_order(Codegen *g, CoreOp op, LLVMValueRef a, LLVMValueRef b) {
    switch (op) {
    case CORE_OP_LT: return float_less(g, a, b);
    case CORE_OP_GT: return float_less(g, b, a);
    case CORE_OP_LE: return LLVMBuildNot(g->builder, float_less(g, b, a), "");
    default: return LLVMBuildNot(g->builder, float_less(g, a, b), "");
    }
}

// false < true.
static LLVMValueRef scalar_order(Codegen *g, CoreOp op, const CoreType *type, LLVMValueRef a, LLVMValueRef b) {
    if (type->kind == CORE_FLOAT) return float_order(g, op, a, b);
    if (type->kind == CORE_BOOL) {
        a = LLVMBuildZExt(g->builder, a, g->i8, "");
        b = LLVMBuildZExt(g->builder, b, g->i8, "");
    }
    return LLVMBuildICmp(g->builder, predicate(op), a, b, "");
}

static LLVMValueRef order(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    CoreType *type = gen_operand_type(f, inst->args[0]);
    if (gen_is_scalar(type)) return scalar_order(g, inst->op, type, gen_value(f, inst->args[0]), gen_value(f, inst->args[1]));
    if (is_plain_enum(type)) {
        LLVMValueRef a = gen_load_raw(g, g->i64, gen_address(f, inst->args[0]), ACCESS_ANY);
        LLVMValueRef b = gen_load_raw(g, g->i64, gen_address(f, inst->args[1]), ACCESS_ANY);
        return LLVMBuildICmp(g->builder, predicate(inst->op), a, b, "");
    }
    LLVMValueRef args[] = {gen_desc(g, type), gen_spilled(f, inst->args[0]), gen_spilled(f, inst->args[1])};
    return LLVMBuildICmp(g->builder, predicate(inst->op), gen_runtime(g, RUNTIME_COMPARE, args), gen_u32(g, 0), "");
}

LLVMValueRef gen_compare_scalars(Codegen *g, CoreOp op, const CoreType *type, LLVMValueRef a, LLVMValueRef b) {
    if (op == CORE_OP_EQ) return scalar_equal(g, type, a, b);
    if (op == CORE_OP_NE) return LLVMBuildNot(g->builder, scalar_equal(g, type, a, b), "");
    return scalar_order(g, op, type, a, b);
}

void gen_compare(GenFn *f, const CoreInst *inst) {
    LLVMValueRef result;
    if (inst->op == CORE_OP_EQ)
        result = equal(f, inst);
    else if (inst->op == CORE_OP_NE)
        result = LLVMBuildNot(f->g->builder, equal(f, inst), "");
    else
        result = order(f, inst);
    gen_set(f, inst->dst, result);
}
