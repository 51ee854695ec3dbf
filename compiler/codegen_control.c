// codegen_control.c - branches and loops.
#include "compiler/codegen_internal.h"

#include <assert.h>

#include "vm/abi.h"

static_assert(sizeof(atomic_bool) == 1, "the flag is loaded as a byte");

// The flag is changed by a signal handler, so it is read anew each time.
void gen_poll(Codegen *g, LLVMValueRef context, Span span) {
    if (!g->options.poll) return;
    LLVMValueRef address = LLVMConstInt(g->i64, (uint64_t)(uintptr_t)g->options.poll, false);
    LLVMValueRef flag = LLVMBuildLoad2(g->builder, g->i8, LLVMConstIntToPtr(address, g->ptr), "poll");
    LLVMSetVolatile(flag, true);
    LLVMValueRef args[] = {context, gen_u32(g, PT_TRAP_POLL), gen_u32(g, gen_position(g, span))};
    gen_trap_if(g, LLVMBuildIsNotNull(g->builder, flag, ""), RUNTIME_TRAP, args);
}

static bool is_open(Codegen *g) {
    return !LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(g->builder));
}

static void jump(Codegen *g, LLVMBasicBlockRef to) {
    if (is_open(g)) LLVMBuildBr(g->builder, to);
}

// Fills `start` with one of the branches of the instruction at hand; its end leads to `end`.
static void branch(GenFn *f, const CoreBlock *block, LLVMBasicBlockRef start, LLVMBasicBlockRef end) {
    LLVMPositionBuilderAtEnd(f->g->builder, start);
    gen_body(f, block, (CorePlace){.outer = f->place});
    jump(f->g, end);
}

// Goes on at `end`, or nowhere if nothing leads there.
static void join(Codegen *g, LLVMBasicBlockRef end) {
    LLVMPositionBuilderAtEnd(g->builder, end);
    if (!LLVMGetFirstUse(LLVMBasicBlockAsValue(end))) LLVMBuildUnreachable(g->builder);
}

void gen_if(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMBasicBlockRef then = gen_block(g, "then"), otherwise = gen_block(g, "else"), end = gen_block(g, "");
    LLVMBuildCondBr(g->builder, gen_value(f, inst->args[0]), then, otherwise);
    branch(f, inst->blocks[0], then, end);
    branch(f, inst->blocks[1], otherwise, end);
    join(g, end);
}

// The body of a loop from the block at hand on; its end leads to `next`.
static void body(GenFn *f, const CoreInst *inst, LLVMBasicBlockRef next, LLVMBasicBlockRef exit) {
    GenLoop loop = {.next = next, .exit = exit, .outer = f->loop};
    f->loop = &loop;
    gen_body(f, inst->blocks[0], (CorePlace){.in_loop = true});
    jump(f->g, next);
    f->loop = loop.outer;
}

void gen_loop(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMBasicBlockRef start = gen_block(g, "loop"), end = gen_block(g, "");
    LLVMBuildBr(g->builder, start);
    LLVMPositionBuilderAtEnd(g->builder, start);
    gen_poll(g, f->context, inst->span);
    body(f, inst, start, end);
    join(g, end);
}

// A loop that counts from `from` up to, not including, `to`, as open_count leaves it: in its body.
typedef struct Count {
    LLVMValueRef memory; // of the counter
    LLVMValueRef value;  // in this round
    LLVMBasicBlockRef start, next, end;
} Count;

static Count open_count(Codegen *g, LLVMValueRef from, LLVMValueRef to) {
    Count c = {.memory = gen_alloca(g, g->program->integer, NULL)};
    LLVMBuildStore(g->builder, from, c.memory);
    c.start = gen_block(g, "for");
    LLVMBasicBlockRef round = gen_block(g, "round");
    c.next = gen_block(g, "next");
    c.end = gen_block(g, "");
    LLVMBuildBr(g->builder, c.start);
    LLVMPositionBuilderAtEnd(g->builder, c.start);
    c.value = LLVMBuildLoad2(g->builder, g->i64, c.memory, "");
    LLVMBuildCondBr(g->builder, LLVMBuildICmp(g->builder, LLVMIntSLT, c.value, to, ""), round, c.end);
    LLVMPositionBuilderAtEnd(g->builder, round);
    return c;
}

static void close_count(GenFn *f, const CoreInst *inst, const Count *c) {
    Codegen *g = f->g;
    gen_poll(g, f->context, inst->span);
    body(f, inst, c->next, c->end);
    LLVMPositionBuilderAtEnd(g->builder, c->next);
    LLVMBuildStore(g->builder, LLVMBuildNSWAdd(g->builder, c->value, gen_int(g, 1), ""), c->memory);
    LLVMBuildBr(g->builder, c->start);
    LLVMPositionBuilderAtEnd(g->builder, c->end);
}

void gen_for_range(GenFn *f, const CoreInst *inst) {
    Count c = open_count(f->g, gen_value(f, inst->args[0]), gen_value(f, inst->args[1]));
    gen_set(f, inst->dst, c.value);
    close_count(f, inst, &c);
}

// Over a list as it was before the first round: the local that held it may be assigned in the body.
void gen_for_list(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *type = gen_operand_type(f, inst->args[0]);
    LLVMValueRef list = gen_alloca(g, type, NULL);
    gen_store_operand(f, inst->args[0], list, ACCESS_ANY);
    Count c = open_count(g, gen_int(g, 0), gen_list_length(g, list));
    gen_set_load(f, inst->dst, type->elem, gen_element(g, list, type->elem, c.value), ACCESS_ANY);
    close_count(f, inst, &c);
}
