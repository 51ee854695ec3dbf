// codegen_inst.c - blocks of instructions, and what makes each instruction.
#include "compiler/codegen_internal.h"

static void copy(GenFn *f, const CoreInst *inst) {
    if (inst->dst >= 0) gen_store_operand(f, inst->args[0], f->locals[inst->dst], ACCESS_ANY);
}

static void zero(GenFn *f, const CoreInst *inst) {
    if (inst->dst < 0 || inst->type->size == 0) return;
    LLVMValueRef byte = LLVMConstInt(f->g->i8, 0, false);
    LLVMBuildMemSet(f->g->builder, f->locals[inst->dst], byte, gen_int(f->g, inst->type->size), inst->type->align);
}

static void fail(GenFn *f, const CoreInst *inst) {
    LLVMValueRef args[] = {f->context, gen_spilled(f, inst->args[0]), gen_u32(f->g, gen_position(f->g, inst->span))};
    gen_trap(f->g, RUNTIME_FAIL, args);
}

static void assertion(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMBasicBlockRef failed = gen_block(g, "failed"), next = gen_block(g, "");
    LLVMBuildCondBr(g->builder, gen_value(f, inst->args[0]), next, failed);
    LLVMPositionBuilderAtEnd(g->builder, failed);
    LLVMValueRef text = gen_text(g, inst->text), position = gen_u32(g, gen_position(g, inst->span));
    if (inst->arg_count == 1) {
        LLVMValueRef none = LLVMConstNull(g->ptr);
        gen_trap(g, RUNTIME_ASSERT, (LLVMValueRef[]){f->context, text, none, none, none, position});
    } else {
        LLVMValueRef desc = gen_desc(g, gen_operand_type(f, inst->args[1]));
        LLVMValueRef left = gen_spilled(f, inst->args[1]), right = gen_spilled(f, inst->args[2]);
        gen_trap(g, RUNTIME_ASSERT, (LLVMValueRef[]){f->context, text, desc, left, right, position});
    }
    LLVMPositionBuilderAtEnd(g->builder, next);
}

static void leave(GenFn *f, const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_BREAK: LLVMBuildBr(f->g->builder, f->loop->exit); break;
    case CORE_OP_CONTINUE: LLVMBuildBr(f->g->builder, f->loop->next); break;
    case CORE_OP_RETURN: gen_return(f, inst->args[0]); break;
    default: LLVMBuildUnreachable(f->g->builder); break;
    }
}

static void gen_inst(GenFn *f, const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_COPY: copy(f, inst); break;
    case CORE_OP_ZERO: zero(f, inst); break;
    case CORE_OP_INT_ADD ... CORE_OP_NOT: gen_number(f, inst); break;
    case CORE_OP_EQ ... CORE_OP_GE: gen_compare(f, inst); break;
    case CORE_OP_SHOW: gen_show(f, inst); break;
    case CORE_OP_CONCAT: gen_concat(f, inst); break;
    case CORE_OP_DURATION: gen_set(f, inst->dst, gen_value(f, inst->args[0])); break;
    case CORE_OP_STRUCT_NEW: gen_struct_new(f, inst); break;
    case CORE_OP_STRUCT_GET: gen_struct_get(f, inst); break;
    case CORE_OP_ENUM_NEW: gen_enum_new(f, inst); break;
    case CORE_OP_ENUM_TAG: gen_enum_tag(f, inst); break;
    case CORE_OP_ENUM_GET: gen_enum_get(f, inst); break;
    case CORE_OP_LIST_NEW: gen_list_new(f, inst); break;
    case CORE_OP_LIST_SIZE: gen_list_size(f, inst); break;
    case CORE_OP_LIST_AT: gen_list_at(f, inst); break;
    case CORE_OP_LIST_PART: gen_list_part(f, inst); break;
    case CORE_OP_MAP_AT ... CORE_OP_MAP_SHARE: gen_map(f, inst); break;
    case CORE_OP_CLOSURE_NEW: gen_closure_new(f, inst); break;
    case CORE_OP_ANY_NEW: gen_any_new(f, inst); break;
    case CORE_OP_ANY_IS: gen_any_is(f, inst); break;
    case CORE_OP_ANY_GET: gen_any_get(f, inst); break;
    case CORE_OP_CALL: gen_call(f, inst); break;
    case CORE_OP_CALL_CLOSURE: gen_call_closure(f, inst); break;
    case CORE_OP_CALL_BUILTIN: gen_builtin(f, inst); break;
    case CORE_OP_CALL_FOREIGN: gen_foreign(f, inst); break;
    case CORE_OP_GLOBAL_GET:
    case CORE_OP_GLOBAL_SET: gen_global(f, inst); break;
    case CORE_OP_STATE_FIND ... CORE_OP_STATE_RESET: gen_state(f, inst); break;
    case CORE_OP_EMIT: gen_emit(f, inst); break;
    case CORE_OP_SEND: gen_send(f, inst); break;
    case CORE_OP_TRY: gen_try(f, inst); break;
    case CORE_OP_FRAME_NEW: gen_frame_new(f, inst); break;
    case CORE_OP_START ... CORE_OP_RAISE: gen_async(f, inst); break;
    case CORE_OP_HELD: gen_held(f, inst); break;
    case CORE_OP_PARTITIONED: gen_set(f, inst->dst, gen_runtime(f->g, RUNTIME_PARTITIONED, &f->context)); break;
    case CORE_OP_ATOM_NUMBER: gen_set(f, inst->dst, gen_runtime(f->g, RUNTIME_ATOM_NUMBER, &f->context)); break;
    case CORE_OP_EFFECT_KEY: gen_effect_key(f, inst); break;
    case CORE_OP_SINK ... CORE_OP_CONFIG_SINK: gen_effect(f, inst); break;
    case CORE_OP_ASSERT: assertion(f, inst); break;
    case CORE_OP_FAIL: fail(f, inst); break;
    case CORE_OP_IF: gen_if(f, inst); break;
    case CORE_OP_LOOP: gen_loop(f, inst); break;
    case CORE_OP_FOR_RANGE: gen_for_range(f, inst); break;
    case CORE_OP_FOR_LIST: gen_for_list(f, inst); break;
    case CORE_OP_BREAK ... CORE_OP_UNREACHABLE: leave(f, inst); break;
    case CORE_OP_COUNT: break;
    }
}

void gen_body(GenFn *f, const CoreBlock *block, CorePlace place) {
    const CorePlace *outer = f->place;
    place.block = block;
    f->place = &place;
    for (int i = 0; i < block->insts.count; i++) {
        // What follows the end of a block, or branches that all end, is never reached.
        if (LLVMGetBasicBlockTerminator(LLVMGetInsertBlock(f->g->builder))) break;
        place.index = i;
        gen_debug_place(f, block->insts.items[i]->span);
        gen_inst(f, block->insts.items[i]);
    }
    f->place = outer;
}
