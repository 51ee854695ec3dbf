// codegen_bounds.c - between which bounds the Ints of a chain of arithmetic lie, for a block of events: once a block, from the
// smallest and the largest event. The chain is one that gen_is_batch lets through.
#include "compiler/codegen_internal.h"

#include <string.h>

// Between what an Int lies, for all events of the block. Of other types nothing is known: both are NULL.
typedef struct Bounds {
    LLVMValueRef low, high;
} Bounds;

// A function of the chain, put in line.
typedef struct BoundScope {
    Codegen *g;
    LLVMValueRef context;
    const CoreFn *fn;
    Bounds *bounds;         // by local
    LLVMValueRef *overflow; // whether something may overflow
} BoundScope;

static Bounds everything(Codegen *g) {
    return (Bounds){gen_int(g, INT64_MIN), gen_int(g, INT64_MAX)};
}

static Bounds exactly(LLVMValueRef value) {
    return (Bounds){value, value};
}

static LLVMValueRef least(Codegen *g, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildSelect(g->builder, LLVMBuildICmp(g->builder, LLVMIntSLT, a, b, ""), a, b, "");
}

static LLVMValueRef greatest(Codegen *g, LLVMValueRef a, LLVMValueRef b) {
    return LLVMBuildSelect(g->builder, LLVMBuildICmp(g->builder, LLVMIntSGT, a, b, ""), a, b, "");
}

static LLVMValueRef checked(const BoundScope *s, CoreOp op, LLVMValueRef a, LLVMValueRef b) {
    LLVMValueRef overflow = NULL;
    LLVMValueRef result = gen_arithmetic(s->g, op, a, b, &overflow);
    *s->overflow = LLVMBuildOr(s->g->builder, *s->overflow, overflow, "");
    return result;
}

static Bounds product(const BoundScope *s, Bounds a, Bounds b) {
    LLVMValueRef corners[] = {checked(s, CORE_OP_INT_MUL, a.low, b.low), checked(s, CORE_OP_INT_MUL, a.low, b.high),
                              checked(s, CORE_OP_INT_MUL, a.high, b.low), checked(s, CORE_OP_INT_MUL, a.high, b.high)};
    Bounds result = exactly(corners[0]);
    for (int i = 1; i < 4; i++) result = (Bounds){least(s->g, result.low, corners[i]), greatest(s->g, result.high, corners[i])};
    return result;
}

static Bounds quotient(const BoundScope *s, Bounds a, int64_t divisor) {
    LLVMValueRef by = gen_int(s->g, divisor);
    LLVMValueRef low = LLVMBuildSDiv(s->g->builder, a.low, by, ""), high = LLVMBuildSDiv(s->g->builder, a.high, by, "");
    return divisor > 0 ? (Bounds){low, high} : (Bounds){high, low};
}

// The sign is that of the left side.
static Bounds remainder_of(const BoundScope *s, Bounds a, int64_t divisor) {
    if (divisor == INT64_MIN) return everything(s->g);
    int64_t most = (divisor < 0 ? -divisor : divisor) - 1;
    LLVMValueRef zero = gen_int(s->g, 0), is_positive = LLVMBuildICmp(s->g->builder, LLVMIntSGE, a.low, zero, "");
    return (Bounds){LLVMBuildSelect(s->g->builder, is_positive, zero, gen_int(s->g, -most), ""), gen_int(s->g, most)};
}

static Bounds bounds_of(const BoundScope *s, CoreOperand operand) {
    if (operand.kind == OPERAND_INT) return exactly(gen_int(s->g, operand.int_value));
    return operand.kind == OPERAND_LOCAL ? s->bounds[operand.local] : (Bounds){0};
}

static Bounds bound_number(const BoundScope *s, const CoreInst *inst) {
    Bounds a = bounds_of(s, inst->args[0]), b = inst->arg_count > 1 ? bounds_of(s, inst->args[1]) : a;
    switch (inst->op) {
    case CORE_OP_INT_ADD:
    case CORE_OP_INT_SUB: {
        Bounds other = inst->op == CORE_OP_INT_ADD ? b : (Bounds){b.high, b.low};
        return (Bounds){checked(s, inst->op, a.low, other.low), checked(s, inst->op, a.high, other.high)};
    }
    case CORE_OP_INT_NEG: return (Bounds){checked(s, inst->op, a.high, NULL), checked(s, inst->op, a.low, NULL)};
    case CORE_OP_INT_MUL: return product(s, a, b);
    case CORE_OP_INT_DIV: return quotient(s, a, inst->args[1].int_value);
    case CORE_OP_INT_REM: return remainder_of(s, a, inst->args[1].int_value);
    case CORE_OP_INT_ADD_WRAP ... CORE_OP_INT_MUL_WRAP: return everything(s->g);
    default: return (Bounds){0};
    }
}

static Bounds bound_block(const BoundScope *s, const CoreBlock *block);

static Bounds bound_call(const BoundScope *s, const CoreInst *inst) {
    const CoreFn *fn = inst->fn;
    BoundScope inner = {s->g, s->context, fn, ARENA_ARRAY(s->g->arena, Bounds, fn->locals.count), s->overflow};
    for (int i = 0; i < inst->arg_count; i++) inner.bounds[i] = bounds_of(s, inst->args[i]);
    return bound_block(&inner, fn->body);
}

static void bound_branches(const BoundScope *s, const CoreInst *inst) {
    size_t size = sizeof *s->bounds * (size_t)s->fn->locals.count;
    Bounds *before = ARENA_ARRAY(s->g->arena, Bounds, s->fn->locals.count);
    Bounds *then = ARENA_ARRAY(s->g->arena, Bounds, s->fn->locals.count);
    memcpy(before, s->bounds, size);
    bound_block(s, inst->blocks[0]);
    memcpy(then, s->bounds, size);
    memcpy(s->bounds, before, size);
    bound_block(s, inst->blocks[1]);
    for (int i = 0; i < s->fn->locals.count; i++) {
        Bounds *here = &s->bounds[i];
        if (!here->low)
            *here = then[i];
        else if (then[i].low && (then[i].low != here->low || then[i].high != here->high))
            *here = (Bounds){least(s->g, here->low, then[i].low), greatest(s->g, here->high, then[i].high)};
    }
}

static Bounds bound_inst(const BoundScope *s, const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_COPY: return bounds_of(s, inst->args[0]);
    case CORE_OP_INT_ADD ... CORE_OP_NOT: return bound_number(s, inst);
    case CORE_OP_GLOBAL_GET:
        if (s->g->program->globals.items[inst->index].type->kind != CORE_INT) return (Bounds){0};
        return exactly(gen_load_global(s->g, s->context, inst->index));
    case CORE_OP_CALL: return bound_call(s, inst);
    case CORE_OP_IF: bound_branches(s, inst); return (Bounds){0};
    default: return (Bounds){0};
    }
}

// The bounds of what the block returns.
static Bounds bound_block(const BoundScope *s, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_RETURN) return bounds_of(s, inst->args[0]);
        Bounds bounds = bound_inst(s, inst);
        if (inst->dst >= 0) s->bounds[inst->dst] = bounds;
    }
    return (Bounds){0};
}

// The smallest and the largest event of the range: a loop that LLVM makes vectors of.
static Bounds find_bounds(Codegen *g, const CoreInput *input, const GenRange *range) {
    LLVMBuilderRef builder = g->builder;
    LLVMBasicBlockRef before = LLVMGetInsertBlock(builder), body = gen_block(g, "bounds"), end = gen_block(g, "bounded");
    Bounds first = exactly(gen_load_event(g, input, range, range->from));
    LLVMBuildBr(builder, body);
    LLVMPositionBuilderAtEnd(builder, body);
    LLVMValueRef index = LLVMBuildPhi(builder, g->i64, "index");
    Bounds so_far = {LLVMBuildPhi(builder, g->i64, "low"), LLVMBuildPhi(builder, g->i64, "high")};
    LLVMValueRef event = gen_load_event(g, input, range, index);
    Bounds bounds = {least(g, so_far.low, event), greatest(g, so_far.high, event)};
    LLVMValueRef next = LLVMBuildNSWAdd(builder, index, gen_int(g, 1), "");
    LLVMAddIncoming(index, (LLVMValueRef[]){range->from, next}, (LLVMBasicBlockRef[]){before, body}, 2);
    LLVMAddIncoming(so_far.low, (LLVMValueRef[]){first.low, bounds.low}, (LLVMBasicBlockRef[]){before, body}, 2);
    LLVMAddIncoming(so_far.high, (LLVMValueRef[]){first.high, bounds.high}, (LLVMBasicBlockRef[]){before, body}, 2);
    LLVMBuildCondBr(builder, LLVMBuildICmp(builder, LLVMIntSLT, next, range->to, ""), body, end);
    LLVMPositionBuilderAtEnd(builder, end);
    return bounds;
}

static Bounds event_bounds(Codegen *g, const CoreInput *input, const GenRange *range, bool is_range) {
    if (input->stage->locals.items[0].type->kind != CORE_INT) return (Bounds){0};
    if (!is_range) return find_bounds(g, input, range);
    LLVMValueRef last = LLVMBuildNSWSub(g->builder, range->to, gen_int(g, 1), "");
    return (Bounds){gen_load_event(g, input, range, range->from), gen_load_event(g, input, range, last)};
}

static bool is_checked(const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op >= CORE_OP_INT_ADD && inst->op <= CORE_OP_INT_NEG) return true;
        if (inst->op == CORE_OP_CALL && is_checked(inst->fn->body)) return true;
        for (int j = 0; j < inst->block_count; j++)
            if (is_checked(inst->blocks[j])) return true;
    }
    return false;
}

void gen_check_bounds(Codegen *g, const CoreInput *input, const GenRange *range, bool is_range, LLVMBasicBlockRef exact) {
    const CoreFn *fn = input->stage;
    if (!is_checked(fn->body)) return;
    LLVMValueRef overflow = LLVMConstInt(g->i1, 0, false);
    BoundScope scope = {g, range->context, fn, ARENA_ARRAY(g->arena, Bounds, fn->locals.count), &overflow};
    scope.bounds[0] = event_bounds(g, input, range, is_range);
    bound_block(&scope, fn->body);
    LLVMBasicBlockRef next = gen_block(g, "bounded");
    LLVMBuildCondBr(g->builder, overflow, exact, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
}
