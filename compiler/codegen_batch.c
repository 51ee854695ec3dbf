// codegen_batch.c - chains of stateless operators as one straight line of code an event, without a check or a branch.
//
// A chain that does nothing but arithmetic on scalars and emit is compiled twice. The fast form takes a block of events at a
// time. Before each block it works out between which bounds every Int of the chain lies, from the smallest and the largest event
// of the block; if none can overflow, nothing needs to be checked. Then both sides of an `if` are computed for every event, and
// what goes out is always written, where only the end of the buffer tells whether it counts: there is nothing to mispredict.
// Where something might overflow, or the buffer has no room for the block's output, the exact form takes the block, with a check
// at each operation that names the event.
#include "compiler/codegen_internal.h"

#include <assert.h>
#include <stddef.h>

#include "vm/abi.h"

enum {
    BLOCK = 4096,        // events
    MAX_OPERATIONS = 64, // of a chain: beyond it the branches that are saved are few
    MAX_MASKED = 24,     // behind an `if`, computed though it may not count
};

// ---- which chains ----------------------------------------------------------------------------------------------------------

typedef struct Survey {
    int operations;
    int masked;
    int emits;
    bool plain;
} Survey;

static bool is_plain_type(const CoreType *type) {
    return type->kind == CORE_INT || type->kind == CORE_FLOAT || type->kind == CORE_BOOL;
}

static bool has_plain_operands(const CoreProgram *program, const CoreFn *fn, const CoreInst *inst) {
    for (int i = 0; i < inst->arg_count; i++)
        if (!is_plain_type(core_operand_type(program, fn, inst->args[i]))) return false;
    return inst->dst < 0 || is_plain_type(fn->locals.items[inst->dst].type);
}

// A division by something that is not known would trap the machine where its result does not count.
static bool is_safe_division(const CoreInst *inst) {
    return inst->args[1].kind == OPERAND_INT && inst->args[1].int_value != 0 && inst->args[1].int_value != -1;
}

static void survey_block(Survey *s, const CoreProgram *program, const CoreFn *fn, const CoreBlock *block, int depth);

// `depth`: how many `if`s are around it.
static bool survey_inst(Survey *s, const CoreProgram *program, const CoreFn *fn, const CoreInst *inst, int depth) {
    switch (inst->op) {
    case CORE_OP_AT: return true;
    case CORE_OP_INT_DIV:
    case CORE_OP_INT_REM: return is_safe_division(inst);
    case CORE_OP_COPY:
    case CORE_OP_INT_ADD ... CORE_OP_INT_NEG:
    case CORE_OP_INT_ADD_WRAP ... CORE_OP_GE: return has_plain_operands(program, fn, inst);
    case CORE_OP_GLOBAL_GET: return is_plain_type(program->globals.items[inst->index].type);
    case CORE_OP_EMIT: s->emits++; return inst->variant == 0 && has_plain_operands(program, fn, inst);
    case CORE_OP_RETURN: return depth == 0;
    case CORE_OP_IF:
        for (int i = 0; i < inst->block_count; i++) survey_block(s, program, fn, inst->blocks[i], depth + 1);
        return true;
    case CORE_OP_CALL: {
        if (inst->fn->recursive) return false;
        bool unit = !inst->fn->result->size;
        for (int i = 0; i < inst->arg_count; i++)
            if (!is_plain_type(core_operand_type(program, fn, inst->args[i]))) return false;
        if (!unit && !is_plain_type(inst->fn->result)) return false;
        Survey inner = {.operations = s->operations, .masked = s->masked, .emits = s->emits, .plain = true};
        survey_block(&inner, program, inst->fn, inst->fn->body, 0);
        if (depth) inner.masked += inner.operations - s->operations;
        *s = inner;
        return true;
    }
    default: return false;
    }
}

static void survey_block(Survey *s, const CoreProgram *program, const CoreFn *fn, const CoreBlock *block, int depth) {
    for (int i = 0; i < block->insts.count && s->plain; i++) {
        s->operations++;
        if (depth) s->masked++;
        bool plain = survey_inst(s, program, fn, block->insts.items[i], depth);
        s->plain &= plain && s->operations <= MAX_OPERATIONS && s->masked <= MAX_MASKED;
    }
}

bool gen_is_batch(const Codegen *g, const CoreWorkflow *workflow, const CoreInput *input) {
    const CoreFn *stage = input->stage;
    if (workflow->exchanges.count || stage->recursive || !is_plain_type(stage->locals.items[0].type)) return false;
    Survey survey = {.plain = true};
    survey_block(&survey, g->program, stage, stage->body, 0);
    return survey.plain && survey.emits > 0;
}

// ---- one event ---------------------------------------------------------------------------------------------------------------

typedef struct Batch {
    Codegen *g;
    LLVMValueRef context;
    LLVMValueRef *nexts; // by channel: where its next event goes; NULL if the chain does not emit to it
} Batch;

// A function of the chain, put in line. Its locals are SSA values.
typedef struct Scope {
    Batch *b;
    const CoreFn *fn;
    LLVMValueRef *values; // by local; NULL: not assigned yet
} Scope;

static LLVMValueRef operand(const Scope *s, CoreOperand operand) {
    Codegen *g = s->b->g;
    switch (operand.kind) {
    case OPERAND_INT: return gen_int(g, operand.int_value);
    case OPERAND_FLOAT: return LLVMConstReal(g->f64, operand.float_value);
    case OPERAND_BOOL: return LLVMConstInt(g->i1, operand.int_value != 0, false);
    default: assert(operand.kind == OPERAND_LOCAL); return s->values[operand.local];
    }
}

// `mask` is NULL where everything counts.
static LLVMValueRef both(Codegen *g, LLVMValueRef mask, LLVMValueRef condition) {
    return mask ? LLVMBuildAnd(g->builder, mask, condition, "") : condition;
}

static LLVMValueRef number(const Scope *s, const CoreInst *inst) {
    LLVMBuilderRef builder = s->b->g->builder;
    LLVMValueRef a = operand(s, inst->args[0]);
    LLVMValueRef b = inst->arg_count > 1 ? operand(s, inst->args[1]) : NULL;
    switch (inst->op) {
    case CORE_OP_INT_ADD: return LLVMBuildNSWAdd(builder, a, b, "");
    case CORE_OP_INT_SUB: return LLVMBuildNSWSub(builder, a, b, "");
    case CORE_OP_INT_MUL: return LLVMBuildNSWMul(builder, a, b, "");
    case CORE_OP_INT_NEG: return LLVMBuildNSWNeg(builder, a, "");
    case CORE_OP_INT_DIV: return LLVMBuildSDiv(builder, a, b, "");
    case CORE_OP_INT_REM: return LLVMBuildSRem(builder, a, b, "");
    default: return gen_arithmetic(s->b->g, inst->op, a, b, NULL);
    }
}

static void emit(const Scope *s, const CoreInst *inst, LLVMValueRef mask) {
    Codegen *g = s->b->g;
    const CoreType *type = core_operand_type(g->program, s->fn, inst->args[0]);
    LLVMValueRef *next = &s->b->nexts[inst->index];
    gen_store(g, type, operand(s, inst->args[0]), *next, ACCESS_EVENT);
    LLVMValueRef step = gen_int(g, type->size);
    if (mask) step = LLVMBuildSelect(g->builder, mask, step, gen_int(g, 0), "");
    *next = LLVMBuildInBoundsGEP2(g->builder, g->i8, *next, &step, 1, "");
}

static LLVMValueRef block(const Scope *s, const CoreBlock *block, LLVMValueRef mask);

static LLVMValueRef call(const Scope *s, const CoreInst *inst, LLVMValueRef mask) {
    const CoreFn *fn = inst->fn;
    Scope inner = {s->b, fn, ARENA_ARRAY(s->b->g->arena, LLVMValueRef, fn->locals.count)};
    for (int i = 0; i < inst->arg_count; i++) inner.values[i] = operand(s, inst->args[i]);
    return block(&inner, fn->body, mask);
}

// Both branches are computed; the condition chooses what their assignments leave behind.
static void branches(const Scope *s, const CoreInst *inst, LLVMValueRef mask) {
    Codegen *g = s->b->g;
    size_t size = sizeof *s->values * (size_t)s->fn->locals.count;
    LLVMValueRef condition = operand(s, inst->args[0]);
    LLVMValueRef *before = ARENA_ARRAY(g->arena, LLVMValueRef, s->fn->locals.count);
    LLVMValueRef *then = ARENA_ARRAY(g->arena, LLVMValueRef, s->fn->locals.count);
    memcpy(before, s->values, size);
    block(s, inst->blocks[0], both(g, mask, condition));
    memcpy(then, s->values, size);
    memcpy(s->values, before, size);
    block(s, inst->blocks[1], both(g, mask, LLVMBuildNot(g->builder, condition, "")));
    for (int i = 0; i < s->fn->locals.count; i++) {
        if (!s->values[i])
            s->values[i] = then[i];
        else if (then[i] && then[i] != s->values[i])
            s->values[i] = LLVMBuildSelect(g->builder, condition, then[i], s->values[i], "");
    }
}

// The value of an instruction; NULL if it has none.
static LLVMValueRef value_of(const Scope *s, const CoreInst *inst, LLVMValueRef mask) {
    switch (inst->op) {
    case CORE_OP_COPY: return operand(s, inst->args[0]);
    case CORE_OP_INT_ADD ... CORE_OP_NOT: return number(s, inst);
    case CORE_OP_EQ ... CORE_OP_GE: {
        const CoreType *type = core_operand_type(s->b->g->program, s->fn, inst->args[0]);
        return gen_compare_scalars(s->b->g, inst->op, type, operand(s, inst->args[0]), operand(s, inst->args[1]));
    }
    case CORE_OP_GLOBAL_GET: return gen_load_global(s->b->g, s->b->context, inst->index);
    case CORE_OP_CALL: return call(s, inst, mask);
    case CORE_OP_EMIT: emit(s, inst, mask); return NULL;
    case CORE_OP_IF: branches(s, inst, mask); return NULL;
    default: return NULL;
    }
}

// The value that the block returns, if it does and that is one.
static LLVMValueRef block(const Scope *s, const CoreBlock *block, LLVMValueRef mask) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_RETURN) return inst->args[0].kind == OPERAND_UNIT ? NULL : operand(s, inst->args[0]);
        LLVMValueRef value = value_of(s, inst, mask);
        if (inst->dst >= 0) s->values[inst->dst] = value;
    }
    return NULL;
}

// ---- a block of events -----------------------------------------------------------------------------------------------------

// How many events to each channel one event makes at most.
static void count_emits(const CoreBlock *block, int *counts) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_EMIT) counts[inst->index]++;
        if (inst->op == CORE_OP_CALL) count_emits(inst->fn->body, counts);
        for (int j = 0; j < inst->block_count; j++) count_emits(inst->blocks[j], counts);
    }
}

static LLVMValueRef cursor_place(Codegen *g, LLVMValueRef context, int channel, size_t member) {
    LLVMValueRef channels = gen_runtime(g, RUNTIME_CHANNELS, &context);
    return gen_offset(g, channels, sizeof(PtCursor) * (uint64_t)channel + member);
}

// Loads where each channel's next event goes, with room for all that the block may put there, and a byte more than what counts:
// the last event is always written. Goes to `exact` where there is no room.
static void reserve(Codegen *g, Batch *b, const CoreWorkflow *workflow, const int *counts, LLVMBasicBlockRef exact) {
    for (int i = 0; i < workflow->channels.count; i++) {
        if (!counts[i]) continue;
        int64_t bytes = (int64_t)workflow->channels.items[i].event->size * ((int64_t)counts[i] * BLOCK + 1);
        LLVMValueRef args[] = {b->context, gen_u32(g, (uint32_t)i), gen_int(g, bytes)};
        b->nexts[i] = gen_runtime(g, RUNTIME_RESERVE, args);
        LLVMBasicBlockRef next = gen_block(g, "room");
        LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, b->nexts[i], ""), exact, next);
        LLVMPositionBuilderAtEnd(g->builder, next);
    }
}

// Phis for what changes from event to event; `before` is what leads into the loop.
static Batch open_events(const Batch *b, int channels, LLVMBasicBlockRef before) {
    Codegen *g = b->g;
    Batch inner = *b;
    inner.nexts = ARENA_ARRAY(g->arena, LLVMValueRef, channels);
    for (int i = 0; i < channels; i++) {
        if (!b->nexts[i]) continue;
        inner.nexts[i] = LLVMBuildPhi(g->builder, g->ptr, "next");
        LLVMAddIncoming(inner.nexts[i], &b->nexts[i], &before, 1);
    }
    return inner;
}

static void close_events(const Batch *phis, const Batch *b, int channels) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(b->g->builder);
    for (int i = 0; i < channels; i++)
        if (b->nexts[i]) LLVMAddIncoming(phis->nexts[i], &b->nexts[i], &here, 1);
}

// The events of the range through the chain, one after the other; b->nexts is then where the next ones go.
static void take_block(Codegen *g, const CoreInput *input, const GenRange *range, Batch *b, int channels) {
    LLVMBasicBlockRef before = LLVMGetInsertBlock(g->builder), body = gen_block(g, "batch"), end = gen_block(g, "taken");
    LLVMBuildBr(g->builder, body);
    LLVMPositionBuilderAtEnd(g->builder, body);
    LLVMValueRef index = LLVMBuildPhi(g->builder, g->i64, "index");
    Batch phis = open_events(b, channels, before);
    memcpy(b->nexts, phis.nexts, sizeof *b->nexts * (size_t)channels);
    Scope scope = {b, input->stage, ARENA_ARRAY(g->arena, LLVMValueRef, input->stage->locals.count)};
    scope.values[0] = gen_load_event(g, input, range, index);
    block(&scope, input->stage->body, NULL);
    LLVMValueRef next = LLVMBuildNSWAdd(g->builder, index, gen_int(g, 1), "");
    LLVMAddIncoming(index, (LLVMValueRef[]){range->from, next}, (LLVMBasicBlockRef[]){before, body}, 2);
    close_events(&phis, b, channels);
    LLVMBuildCondBr(g->builder, LLVMBuildICmp(g->builder, LLVMIntSLT, next, range->to, ""), body, end);
    LLVMPositionBuilderAtEnd(g->builder, end);
}

void gen_batch(Codegen *g, const CoreWorkflow *workflow, const CoreInput *input, const GenRange *range, bool is_range,
               LLVMBasicBlockRef done, LLVMBasicBlockRef exact) {
    int channels = workflow->channels.count;
    int *counts = ARENA_ARRAY(g->arena, int, channels);
    count_emits(input->stage->body, counts);
    Batch batch = {g, range->context, ARENA_ARRAY(g->arena, LLVMValueRef, channels)};
    gen_check_bounds(g, input, range, is_range, exact);
    reserve(g, &batch, workflow, counts, exact);
    take_block(g, input, range, &batch, channels);
    for (int i = 0; i < channels; i++)
        if (batch.nexts[i])
            gen_store_raw(g, batch.nexts[i], cursor_place(g, range->context, i, offsetof(PtCursor, next)), ACCESS_ANY);
    LLVMBuildBr(g->builder, done);
}

int64_t gen_batch_size(void) {
    return BLOCK;
}
