// codegen_async.c - what tasks that wait ask of the VM (vm/abi.h, vm/cells.h).
#include "compiler/codegen_internal.h"

#include <stddef.h>

#include "vm/program.h"

static LLVMValueRef task_of(Codegen *g, const CoreInst *inst) {
    return gen_u32(g, (uint32_t)inst->index);
}

static LLVMValueRef position_of(Codegen *g, const CoreInst *inst) {
    return gen_u32(g, gen_position(g, inst->span));
}

// ---- handlers --------------------------------------------------------------------------------------------------------------

static void start(GenFn *f, const CoreInst *inst) {
    LLVMValueRef entry = gen_value(f, inst->args[0]), frame = gen_value(f, inst->args[1]);
    gen_runtime(f->g, RUNTIME_START, (LLVMValueRef[]){f->context, f->cursors, task_of(f->g, inst), entry, frame});
}

static void request(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef args[] = {f->context,
                           f->cursors,
                           task_of(g, inst),
                           gen_value(f, inst->args[0]),
                           gen_value(f, inst->args[1]),
                           gen_u32(g, (uint32_t)inst->variant),
                           gen_spilled(f, inst->args[2])};
    gen_runtime(g, RUNTIME_REQUEST, args);
}

CoreType *gen_result_part(const CoreType *result, int variant) {
    return result->variants[variant].fields[0].type;
}

// Where the value of a Result lies, or its error.
static LLVMValueRef part_place(Codegen *g, const CoreType *type, int variant, LLVMValueRef result) {
    const CoreField *field = &type->variants[variant].fields[0];
    LLVMValueRef place = gen_offset(g, result, field->offset);
    return field->boxed ? gen_load_raw(g, g->ptr, place, ACCESS_ANY) : place;
}

static void answer_with(GenFn *f, const CoreType *type, int variant, PtOutcome outcome, LLVMValueRef to, LLVMValueRef result) {
    Codegen *g = f->g;
    LLVMValueRef value = part_place(g, type, variant, result), any = gen_any_number(g, gen_result_part(type, variant));
    gen_runtime(g, RUNTIME_ANSWER, (LLVMValueRef[]){f->context, f->cursors, to, gen_int(g, outcome), value, any});
}

// `Ok` is the first variant of a Result.
static void answer(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *type = gen_operand_type(f, inst->args[1]);
    LLVMValueRef to = gen_spilled(f, inst->args[0]), result = gen_spilled(f, inst->args[1]);
    LLVMBasicBlockRef ok = gen_block(g, "ok"), failed = gen_block(g, "failed"), next = gen_block(g, "");
    LLVMValueRef tag = gen_load_raw(g, g->i64, result, ACCESS_ANY);
    LLVMBuildCondBr(g->builder, LLVMBuildICmp(g->builder, LLVMIntEQ, tag, gen_int(g, 0), ""), ok, failed);
    LLVMPositionBuilderAtEnd(g->builder, ok);
    answer_with(f, type, 0, PT_VALUE, to, result);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, failed);
    answer_with(f, type, 1, PT_FAILURE, to, result);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
}

static void reply_to(GenFn *f, const CoreInst *inst) {
    LLVMValueRef address = gen_alloca_bytes(f->g, sizeof(PtAddress), _Alignof(PtAddress));
    gen_runtime(f->g, RUNTIME_REPLY_TO, (LLVMValueRef[]){f->context, address});
    gen_set_from(f, inst->dst, address);
}

// ---- futures ---------------------------------------------------------------------------------------------------------------

static void ask(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef address = gen_alloca_bytes(g, sizeof(PtAddress), _Alignof(PtAddress));
    LLVMValueRef portal = gen_u32(g, (uint32_t)inst->variant), entry = gen_value(f, inst->args[0]);
    Runtime function = inst->op == CORE_OP_ASK ? RUNTIME_ASK : RUNTIME_ASK_ONLY;
    gen_runtime(g, function, (LLVMValueRef[]){f->context, task_of(g, inst), entry, portal, address});
    gen_set_from(f, inst->dst, address);
}

static void future_of(GenFn *f, const CoreInst *inst) {
    LLVMValueRef place = gen_offset(f->g, gen_address(f, inst->args[0]), offsetof(PtAddress, future));
    gen_set(f, inst->dst, gen_load_raw(f->g, f->g->i64, place, ACCESS_ANY));
}

static void promise(GenFn *f, const CoreInst *inst) {
    LLVMValueRef args[] = {f->context, task_of(f->g, inst), gen_value(f, inst->args[0])};
    gen_set(f, inst->dst, gen_runtime(f->g, RUNTIME_PROMISE, args));
}

static void complete(GenFn *f, const CoreInst *inst) {
    LLVMValueRef future = gen_value(f, inst->args[0]);
    LLVMValueRef any = gen_make_any(f, gen_operand_type(f, inst->args[1]), inst->args[1]);
    gen_runtime(f->g, RUNTIME_COMPLETE, (LLVMValueRef[]){f->context, future, any});
}

// SLEEP, SPAWN: of an entry and one more.
static void begin_future(GenFn *f, const CoreInst *inst, Runtime function) {
    LLVMValueRef args[] = {f->context, task_of(f->g, inst), gen_value(f, inst->args[0]), gen_value(f, inst->args[1])};
    gen_set(f, inst->dst, gen_runtime(f->g, function, args));
}

static void first_of(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef any = gen_any_number(g, gen_operand_type(f, inst->args[1]));
    LLVMValueRef args[] = {f->context, task_of(g, inst),    gen_value(f, inst->args[0]), gen_spilled(f, inst->args[1]),
                           any,        position_of(g, inst)};
    gen_set(f, inst->dst, gen_runtime(g, RUNTIME_FIRST_OF, args));
}

static void awaited(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    if (inst->type->size == 0) return;
    gen_set_load(f, inst->dst, inst->type, gen_load_raw(g, g->ptr, f->awaited, ACCESS_ANY), ACCESS_ANY);
}

static void raise_error(GenFn *f, const CoreInst *inst) {
    gen_trap(f->g, RUNTIME_RAISE, (LLVMValueRef[]){f->context, gen_spilled(f, inst->args[0]), position_of(f->g, inst)});
}

void gen_async(GenFn *f, const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_START: start(f, inst); break;
    case CORE_OP_REQUEST: request(f, inst); break;
    case CORE_OP_ANSWER: answer(f, inst); break;
    case CORE_OP_REPLY_TO: reply_to(f, inst); break;
    case CORE_OP_ASK:
    case CORE_OP_ASK_ONLY: ask(f, inst); break;
    case CORE_OP_FUTURE_OF: future_of(f, inst); break;
    case CORE_OP_PROMISE: promise(f, inst); break;
    case CORE_OP_COMPLETE: complete(f, inst); break;
    case CORE_OP_SLEEP: begin_future(f, inst, RUNTIME_SLEEP); break;
    case CORE_OP_SPAWN: begin_future(f, inst, RUNTIME_SPAWN); break;
    case CORE_OP_FIRST_OF: first_of(f, inst); break;
    case CORE_OP_AWAIT: gen_await(f, inst); break;
    case CORE_OP_AWAITED: awaited(f, inst); break;
    case CORE_OP_RAISE: raise_error(f, inst); break;
    default: break;
    }
}
