// codegen_try.c - calls that the VM comes back from if they fail (vm/savepoint.c). What the call needs lies behind a PtTry in the
// caller's frame, a word each; a function of its own takes it from there.
#include "compiler/codegen_internal.h"

#include <stddef.h>

#include "vm/abi.h"

enum { WORD = 8 };

static LLVMValueRef word(Codegen *g, LLVMValueRef frame, int number) {
    return gen_offset(g, frame, sizeof(PtTry) + WORD * (uint64_t)number);
}

// (context, frame), as PtTry.body: calls the function with what lies behind the frame.
static LLVMValueRef define_body(Codegen *g, const CoreFn *fn) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(g->builder);
    LLVMMetadataRef place = LLVMGetCurrentDebugLocation2(g->builder);
    LLVMSetCurrentDebugLocation2(g->builder, NULL);
    LLVMTypeRef params[] = {g->ptr, g->ptr};
    LLVMValueRef body = gen_add_fn(g, arena_printf(g->arena, "%s.body", fn->name), g->nothing, params, 2);
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, body, "entry"));
    LLVMValueRef frame = LLVMGetParam(body, 1), callee = g->fns[fn->id];
    LLVMValueRef *args = ARENA_ARRAY(g->arena, LLVMValueRef, fn->param_count + 2);
    unsigned count = 0;
    int number = 0;
    args[count++] = LLVMGetParam(body, 0);
    if (fn->emits) args[count++] = gen_load_raw(g, g->ptr, word(g, frame, number++), ACCESS_ANY);
    for (int i = 0; i < fn->param_count; i++) {
        const CoreType *type = fn->locals.items[i].type;
        LLVMValueRef from = word(g, frame, number++);
        args[count++] = gen_is_scalar(type) ? gen_load(g, type, from, ACCESS_ANY) : gen_load_raw(g, g->ptr, from, ACCESS_ANY);
    }
    LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(callee), callee, args, count, "");
    LLVMBuildRetVoid(g->builder);
    LLVMPositionBuilderAtEnd(g->builder, here);
    LLVMSetCurrentDebugLocation2(g->builder, place);
    return body;
}

static void store(Codegen *g, LLVMValueRef frame, uint64_t offset, LLVMValueRef value) {
    gen_store_raw(g, value, gen_offset(g, frame, offset), ACCESS_ANY);
}

static void store_arguments(GenFn *f, const CoreInst *inst, LLVMValueRef frame) {
    Codegen *g = f->g;
    int number = 0;
    if (inst->fn->emits) gen_store_raw(g, f->cursors, word(g, frame, number++), ACCESS_ANY);
    for (int i = inst->variant; i < inst->arg_count; i++, number++) {
        const CoreType *type = gen_operand_type(f, inst->args[i]);
        LLVMValueRef value = gen_argument(f, inst->args[i]), to = word(g, frame, number);
        if (gen_is_scalar(type))
            gen_store(g, type, value, to, ACCESS_ANY);
        else
            gen_store_raw(g, value, to, ACCESS_ANY);
    }
}

// An edit in place would change the maps to which the entry may go back.
static void drop_edits(Codegen *g, const CoreTask *task, LLVMValueRef entry) {
    for (int i = 0; i < task->field_count; i++)
        if (gen_is_map(task->fields[i].type)) gen_drop_edit_if_any(g, gen_offset(g, entry, task->fields[i].offset));
}

// Saves the bytes of the entry, as they are now, in the caller's frame, and notes them at `saved`, a PtSaved.
static void save(Codegen *g, const CoreTask *task, LLVMValueRef entry, LLVMValueRef saved) {
    drop_edits(g, task, entry);
    LLVMValueRef bytes = gen_alloca_bytes(g, task->entry_size, WORD), size = gen_int(g, task->entry_size);
    LLVMBuildMemCpy(g->builder, bytes, WORD, entry, WORD, size);
    store(g, saved, offsetof(PtSaved, entry), entry);
    store(g, saved, offsetof(PtSaved, size), size);
    store(g, saved, offsetof(PtSaved, bytes), bytes);
}

static LLVMValueRef save_all(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef all = gen_alloca_bytes(g, sizeof(PtSaved) * (uint64_t)inst->variant, WORD);
    for (int i = 0; i < inst->variant; i++) {
        const CoreTask *task = &g->program->tasks.items[inst->tasks[i]];
        save(g, task, gen_value(f, inst->args[i]), gen_offset(g, all, sizeof(PtSaved) * (uint64_t)i));
    }
    return all;
}

void gen_try(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef saved = save_all(f, inst), cursor = LLVMConstNull(g->ptr);
    if (inst->fn->emits) cursor = gen_offset(g, f->cursors, sizeof(PtCursor) * (uint64_t)inst->index);
    uint64_t size = sizeof(PtTry) + WORD * ((uint64_t)inst->arg_count + 1);
    LLVMValueRef frame = gen_alloca_bytes(g, size, WORD);
    store(g, frame, offsetof(PtTry, body), define_body(g, inst->fn));
    store(g, frame, offsetof(PtTry, cursor), cursor);
    store(g, frame, offsetof(PtTry, channel), gen_int(g, inst->index));
    store(g, frame, offsetof(PtTry, saved), saved);
    store(g, frame, offsetof(PtTry, saved_count), gen_int(g, inst->variant));
    store_arguments(f, inst, frame);
    gen_set(f, inst->dst, gen_runtime(g, RUNTIME_TRY, (LLVMValueRef[]){f->context, frame}));
}

// A list of the events where they lie in the channel's buffer.
void gen_held(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef start = LLVMConstNull(g->ptr), count = gen_int(g, 0);
    if (f->cursors) {
        LLVMValueRef cursor = gen_offset(g, f->cursors, sizeof(PtCursor) * (uint64_t)inst->index);
        LLVMValueRef next = gen_load_raw(g, g->ptr, cursor, ACCESS_ANY);
        start = gen_runtime(g, RUNTIME_HELD, (LLVMValueRef[]){f->context, gen_u32(g, (uint32_t)inst->index)});
        LLVMValueRef bytes = LLVMBuildPtrDiff2(g->builder, g->i8, next, start, "bytes");
        uint32_t stride = inst->type->elem->size ? inst->type->elem->size : 1;
        count = LLVMBuildExactSDiv(g->builder, bytes, gen_int(g, stride), "held");
        gen_store_raw(g, start, cursor, ACCESS_ANY);
    }
    LLVMValueRef list = f->locals[inst->dst];
    gen_store_raw(g, start, list, ACCESS_ANY);
    gen_store_raw(g, count, gen_offset(g, list, offsetof(PtList, size)), ACCESS_ANY);
}
