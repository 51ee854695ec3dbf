// codegen_effect.c - what reaches beyond a function: globals, state, events, sinks, settings.
#include "compiler/codegen_internal.h"

#include <assert.h>
#include <stddef.h>

#include "vm/abi.h"

// ---- globals -----------------------------------------------------------------------------------------------------------------

static LLVMValueRef global_place(Codegen *g, LLVMValueRef context, const CoreGlobal *global) {
    return gen_offset(g, gen_runtime(g, RUNTIME_GLOBALS, &context), global->offset);
}

LLVMValueRef gen_load_global(Codegen *g, LLVMValueRef context, int number) {
    const CoreGlobal *global = &g->program->globals.items[number];
    return gen_load(g, global->type, global_place(g, context, global), ACCESS_GLOBAL);
}

void gen_global(GenFn *f, const CoreInst *inst) {
    const CoreGlobal *global = &f->g->program->globals.items[inst->index];
    LLVMValueRef place = global_place(f->g, f->context, global);
    if (inst->op == CORE_OP_GLOBAL_GET)
        gen_set_load(f, inst->dst, global->type, place, ACCESS_GLOBAL);
    else
        gen_store_operand(f, inst->args[0], place, ACCESS_GLOBAL);
}

// ---- state -------------------------------------------------------------------------------------------------------------------

// The key as a function's parameter, in memory of its own.
static LLVMValueRef spill_key(Codegen *g, const CoreType *type, LLVMValueRef key) {
    if (type->size == 0) return g->empty;
    LLVMValueRef memory = gen_alloca(g, type, NULL);
    if (gen_is_scalar(type))
        gen_store(g, type, key, memory, ACCESS_ANY);
    else
        gen_copy(g, type, memory, key);
    return memory;
}

static LLVMValueRef hash_key(Codegen *g, CoreType *type, LLVMValueRef key) {
    if (type->kind == CORE_UNIT) return gen_int(g, 0);
    if (type->kind == CORE_INT) return gen_runtime(g, RUNTIME_HASH_INT, &key);
    // A copy of the key: it goes to a function, and need not be in memory for the rest.
    LLVMValueRef hashed = spill_key(g, type, key);
    if (type->kind == CORE_STRING) return gen_runtime(g, RUNTIME_HASH_STRING, &hashed);
    if (type->words) return gen_runtime(g, RUNTIME_HASH_WORDS, (LLVMValueRef[]){hashed, gen_int(g, type->words)});
    return gen_runtime(g, RUNTIME_HASH, (LLVMValueRef[]){gen_desc(g, type), hashed});
}

static bool has_exchange(const Codegen *g, int task) {
    const CoreWorkflow *workflow = &g->program->workflows.items[g->program->tasks.items[task].workflow];
    for (int i = 0; i < workflow->exchanges.count; i++)
        if (workflow->exchanges.items[i]->task == task) return true;
    return false;
}

// The hash of a key that a task looks up. What came through the task's exchange brings it along.
static LLVMValueRef find_hash(Codegen *g, LLVMValueRef context, int number, LLVMValueRef key) {
    CoreType *type = g->program->tasks.items[number].key;
    if (!has_exchange(g, number) || type->kind == CORE_UNIT) return hash_key(g, type, key);
    LLVMBasicBlockRef make = gen_block(g, "hash"), take = gen_block(g, "known"), next = gen_block(g, "");
    LLVMBuildCondBr(g->builder, gen_runtime(g, RUNTIME_PARTITIONED, &context), take, make);
    LLVMPositionBuilderAtEnd(g->builder, make);
    LLVMValueRef made = hash_key(g, type, key);
    LLVMBasicBlockRef made_in = LLVMGetInsertBlock(g->builder);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, take);
    LLVMValueRef known = gen_runtime(g, RUNTIME_KNOWN_HASH, &context);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
    LLVMValueRef hash = LLVMBuildPhi(g->builder, g->i64, "hash");
    LLVMAddIncoming(hash, (LLVMValueRef[]){made, known}, (LLVMBasicBlockRef[]){made_in, take}, 2);
    return hash;
}

// Looks the key up; *hash is its hash.
static LLVMValueRef look_up(Codegen *g, LLVMValueRef context, int number, LLVMValueRef key, LLVMValueRef *hash) {
    const CoreTask *task = &g->program->tasks.items[number];
    LLVMValueRef task_number = gen_u32(g, (uint32_t)number);
    *hash = find_hash(g, context, number, key);
    if (task->key->kind == CORE_UNIT) return gen_runtime(g, RUNTIME_FIND_UNIT, (LLVMValueRef[]){context, task_number});
    Runtime find = RUNTIME_FIND_KEY;
    if (task->key->kind == CORE_INT)
        find = RUNTIME_FIND_INT;
    else if (task->key->kind == CORE_STRING)
        find = RUNTIME_FIND_STRING;
    else
        key = spill_key(g, task->key, key);
    if (find == RUNTIME_FIND_KEY && task->key->words) find = RUNTIME_FIND_WORDS;
    // Only the last of these functions takes the number of words.
    return gen_runtime(g, find, (LLVMValueRef[]){context, task_number, *hash, key, gen_int(g, task->key->words)});
}

// A new entry; its code is out of the way.
static LLVMValueRef insert(Codegen *g, LLVMValueRef context, int number, LLVMValueRef key, LLVMValueRef hash) {
    const CoreTask *task = &g->program->tasks.items[number];
    LLVMValueRef args[] = {context, gen_u32(g, (uint32_t)number), hash, spill_key(g, task->key, key)};
    return gen_runtime(g, RUNTIME_INSERT, args);
}

static LLVMValueRef gone_place(Codegen *g, int number, LLVMValueRef entry) {
    return gen_offset(g, entry, g->program->tasks.items[number].gone);
}

// Goes on where the entry is there.
static void revive_if_gone(Codegen *g, LLVMValueRef context, int number, LLVMValueRef entry) {
    LLVMBasicBlockRef gone = gen_block(g, "gone"), there = gen_block(g, "there");
    LLVMValueRef byte = gen_load_raw(g, g->i8, gone_place(g, number, entry), ACCESS_STATE);
    LLVMBuildCondBr(g->builder, LLVMBuildIsNotNull(g->builder, byte, ""), gone, there);
    LLVMPositionBuilderAtEnd(g->builder, gone);
    gen_runtime(g, RUNTIME_REVIVE, (LLVMValueRef[]){context, gen_u32(g, (uint32_t)number), entry});
    LLVMBuildBr(g->builder, there);
    LLVMPositionBuilderAtEnd(g->builder, there);
}

static LLVMValueRef define_finder(Codegen *g, int number) {
    const CoreTask *task = &g->program->tasks.items[number];
    LLVMTypeRef params[] = {g->ptr, gen_is_scalar(task->key) ? gen_scalar_type(g, task->key) : g->ptr};
    LLVMValueRef function = gen_add_fn(g, arena_printf(g->arena, "%s.find", task->name), g->ptr, params, 2);
    gen_attribute(g, function, LLVMAttributeFunctionIndex, "inlinehint", 0);
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, function, "entry"));
    LLVMValueRef context = LLVMGetParam(function, 0), key = LLVMGetParam(function, 1), hash;
    LLVMValueRef found = look_up(g, context, number, key, &hash);
    LLVMBasicBlockRef before = LLVMGetInsertBlock(g->builder), new = gen_block(g, "new"), done = gen_block(g, "done");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, found, ""), new, done);
    LLVMPositionBuilderAtEnd(g->builder, new);
    LLVMValueRef inserted = insert(g, context, number, key, hash);
    LLVMBasicBlockRef after = LLVMGetInsertBlock(g->builder);
    LLVMBuildBr(g->builder, done);
    LLVMPositionBuilderAtEnd(g->builder, done);
    LLVMValueRef entry = LLVMBuildPhi(g->builder, g->ptr, "entry");
    LLVMAddIncoming(entry, (LLVMValueRef[]){found, inserted}, (LLVMBasicBlockRef[]){before, after}, 2);
    if (task->drops) revive_if_gone(g, context, number, entry);
    if (task->on_atom && !task->async)
        gen_runtime(g, RUNTIME_MARK, (LLVMValueRef[]){context, gen_u32(g, (uint32_t)number), entry});
    LLVMBuildRet(g->builder, entry);
    return function;
}

typedef LLVMValueRef Define(Codegen *g, int task);

// The function of a task that is made when it is needed first.
static LLVMValueRef defined(Codegen *g, LLVMValueRef *function, Define *define, int task) {
    if (!*function) {
        LLVMBasicBlockRef here = LLVMGetInsertBlock(g->builder);
        LLVMMetadataRef place = LLVMGetCurrentDebugLocation2(g->builder);
        LLVMSetCurrentDebugLocation2(g->builder, NULL);
        *function = define(g, task);
        LLVMPositionBuilderAtEnd(g->builder, here);
        LLVMSetCurrentDebugLocation2(g->builder, place);
    }
    return *function;
}

LLVMValueRef gen_finder(Codegen *g, int task) {
    return defined(g, &g->finders[task], define_finder, task);
}

// The entry of an unkeyed task, beside the one that is being worked on.
static LLVMValueRef define_finder_beside(Codegen *g, int number) {
    LLVMTypeRef params[] = {g->ptr};
    LLVMValueRef function =
        gen_add_fn(g, arena_printf(g->arena, "%s.beside", g->program->tasks.items[number].name), g->ptr, params, 1);
    gen_attribute(g, function, LLVMAttributeFunctionIndex, "inlinehint", 0);
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, function, "entry"));
    LLVMValueRef args[] = {LLVMGetParam(function, 0), gen_u32(g, (uint32_t)number)};
    LLVMValueRef found = gen_runtime(g, RUNTIME_FIND_BESIDE, args);
    LLVMBasicBlockRef new = gen_block(g, "new"), old = gen_block(g, "old");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, found, ""), new, old);
    LLVMPositionBuilderAtEnd(g->builder, new);
    LLVMBuildRet(g->builder, gen_runtime(g, RUNTIME_INSERT_BESIDE, args));
    LLVMPositionBuilderAtEnd(g->builder, old);
    LLVMBuildRet(g->builder, found);
    return function;
}

static void find_beside(GenFn *f, const CoreInst *inst) {
    LLVMValueRef finder = defined(f->g, &f->g->finders_beside[inst->index], define_finder_beside, inst->index);
    gen_set(f, inst->dst, LLVMBuildCall2(f->g->builder, LLVMGlobalGetValueType(finder), finder, &f->context, 1, ""));
}

static void find_state(GenFn *f, const CoreInst *inst) {
    if (inst->variant == FIND_BESIDE) {
        find_beside(f, inst);
        return;
    }
    LLVMValueRef finder = gen_finder(f->g, inst->index);
    LLVMValueRef args[] = {f->context, gen_argument(f, inst->args[0])};
    gen_set(f, inst->dst, LLVMBuildCall2(f->g->builder, LLVMGlobalGetValueType(finder), finder, args, 2, ""));
}

static void note_gone(Codegen *g, int task, LLVMValueRef entry, uint64_t gone) {
    gen_store_raw(g, LLVMConstInt(g->i8, gone, false), gone_place(g, task, entry), ACCESS_STATE);
}

static void set_state(GenFn *f, const CoreInst *inst, const CoreField *field, LLVMValueRef entry) {
    Codegen *g = f->g;
    Runtime touch = field->type->has_pointers ? RUNTIME_TOUCH : RUNTIME_TOUCH_PLAIN;
    gen_runtime(g, touch, (LLVMValueRef[]){f->context, gen_u32(g, (uint32_t)inst->index), entry});
    gen_store_operand(f, inst->args[1], gen_offset(g, entry, field->offset), ACCESS_STATE);
    if (g->program->tasks.items[inst->index].drops) note_gone(g, inst->index, entry, 0);
}

static void reset_state(GenFn *f, const CoreInst *inst, LLVMValueRef entry) {
    Codegen *g = f->g;
    note_gone(g, inst->index, entry, 1);
    gen_runtime(g, RUNTIME_RESET, (LLVMValueRef[]){f->context, gen_u32(g, (uint32_t)inst->index), entry});
}

// Of a map that is only looked at, or kept elsewhere, no copy has the right to edit.
static void get_state(GenFn *f, const CoreInst *inst, const CoreField *field, LLVMValueRef entry) {
    Codegen *g = f->g;
    LLVMValueRef place = gen_offset(g, entry, field->offset);
    if (gen_is_map(field->type) && inst->op == CORE_OP_STATE_GET) gen_drop_edit_if_any(g, place);
    gen_set_load(f, inst->dst, field->type, place, ACCESS_STATE);
    if (inst->op == CORE_OP_STATE_LOOK && inst->dst >= 0) gen_drop_edit(g, f->locals[inst->dst]);
}

void gen_state(GenFn *f, const CoreInst *inst) {
    if (inst->op == CORE_OP_STATE_FIND) {
        find_state(f, inst);
        return;
    }
    Codegen *g = f->g;
    const CoreTask *task = &g->program->tasks.items[inst->index];
    LLVMValueRef entry = gen_value(f, inst->args[0]);
    if (inst->op == CORE_OP_STATE_KEY) {
        gen_set_load(f, inst->dst, task->key, entry, ACCESS_ANY);
        return;
    }
    if (inst->op == CORE_OP_STATE_RESET) {
        reset_state(f, inst, entry);
        return;
    }
    const CoreField *field = &task->fields[inst->variant];
    if (inst->op == CORE_OP_STATE_SET)
        set_state(f, inst, field, entry);
    else
        get_state(f, inst, field, entry);
}

// ---- events ------------------------------------------------------------------------------------------------------------------

// Moves one word of an event into the channel's buffer.
static void emit_word(Codegen *g, LLVMTypeRef type, LLVMValueRef to, LLVMValueRef from, uint32_t offset) {
    LLVMValueRef word = gen_load_raw(g, type, gen_offset(g, from, offset), ACCESS_ANY);
    gen_store_raw(g, word, gen_offset(g, to, offset), ACCESS_EVENT);
}

// Word by word where the type says which words there are, so that LLVM knows that the buffer is no structure of the VM.
static void emit_value(Codegen *g, const CoreType *type, LLVMValueRef to, LLVMValueRef from) {
    if (gen_is_scalar(type)) {
        gen_store(g, type, gen_load(g, type, from, ACCESS_ANY), to, ACCESS_EVENT);
    } else if (type->kind == CORE_STRING || type->kind == CORE_BYTES || type->kind == CORE_LIST || gen_is_map(type)) {
        emit_word(g, g->ptr, to, from, offsetof(PtList, data));
        emit_word(g, g->i64, to, from, offsetof(PtList, size));
    } else if (type->kind == CORE_STRUCT) {
        for (int i = 0; i < type->variants[0].field_count; i++) {
            const CoreField *field = &type->variants[0].fields[i];
            if (field->boxed)
                emit_word(g, g->ptr, to, from, field->offset);
            else
                emit_value(g, field->type, gen_offset(g, to, field->offset), gen_offset(g, from, field->offset));
        }
    } else {
        gen_copy(g, type, to, from);
    }
}

// More room for the channel; its buffer may move. Returns where the next event goes.
static LLVMValueRef grow(GenFn *f, int channel, LLVMValueRef cursor, LLVMValueRef next, uint32_t stride) {
    Codegen *g = f->g;
    LLVMValueRef moved =
        gen_runtime(g, RUNTIME_GROW, (LLVMValueRef[]){f->context, gen_u32(g, (uint32_t)channel), next, gen_int(g, stride)});
    LLVMValueRef channels = gen_runtime(g, RUNTIME_CHANNELS, &f->context);
    LLVMValueRef place = gen_offset(g, channels, sizeof(PtCursor) * (uint64_t)channel + offsetof(PtCursor, end));
    LLVMValueRef end = gen_load_raw(g, g->ptr, place, ACCESS_ANY);
    gen_store_raw(g, end, gen_offset(g, cursor, offsetof(PtCursor, end)), ACCESS_ANY);
    return moved;
}

// Before an event goes out, its place in the canonical order is noted, if events of several partitions must be put in order.
static void note_place(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMBasicBlockRef note = gen_block(g, "note"), next = gen_block(g, "");
    LLVMBuildCondBr(g->builder, gen_runtime(g, RUNTIME_PARTITIONED, &f->context), note, next);
    LLVMPositionBuilderAtEnd(g->builder, note);
    gen_runtime(g, RUNTIME_TAG, (LLVMValueRef[]){f->context, gen_u32(g, (uint32_t)inst->index)});
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
}

// An event takes at least a byte, so that events of size 0 are counted too.
void gen_emit(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    if (inst->variant) note_place(f, inst);
    const CoreType *type = gen_operand_type(f, inst->args[0]);
    uint32_t stride = type->size ? type->size : 1;
    LLVMValueRef cursor = gen_offset(g, f->cursors, sizeof(PtCursor) * (uint64_t)inst->index);
    LLVMValueRef next = gen_load_raw(g, g->ptr, cursor, ACCESS_ANY);
    LLVMValueRef end = gen_load_raw(g, g->ptr, gen_offset(g, cursor, offsetof(PtCursor, end)), ACCESS_ANY);
    LLVMValueRef room = LLVMBuildPtrDiff2(g->builder, g->i8, end, next, "room");
    LLVMBasicBlockRef before = LLVMGetInsertBlock(g->builder), full = gen_block(g, "full"), store = gen_block(g, "emit");
    LLVMValueRef is_full = LLVMBuildICmp(g->builder, LLVMIntULT, room, gen_int(g, stride), "");
    LLVMBuildCondBr(g->builder, is_full, full, store);
    LLVMPositionBuilderAtEnd(g->builder, full);
    LLVMValueRef moved = grow(f, inst->index, cursor, next, stride);
    LLVMBuildBr(g->builder, store);
    LLVMPositionBuilderAtEnd(g->builder, store);
    LLVMValueRef place = LLVMBuildPhi(g->builder, g->ptr, "next");
    LLVMAddIncoming(place, (LLVMValueRef[]){next, moved}, (LLVMBasicBlockRef[]){before, full}, 2);
    if (gen_is_scalar(type))
        gen_store(g, type, gen_value(f, inst->args[0]), place, ACCESS_EVENT);
    else
        emit_value(g, type, place, gen_address(f, inst->args[0]));
    gen_store_raw(g, gen_offset(g, place, stride), cursor, ACCESS_ANY);
}

static void store_part(GenFn *f, CoreOperand value, LLVMValueRef slot, uint32_t offset) {
    const CoreType *type = gen_operand_type(f, value);
    LLVMValueRef place = gen_offset(f->g, slot, offset);
    if (gen_is_scalar(type))
        gen_store(f->g, type, gen_value(f, value), place, ACCESS_EVENT);
    else if (type->size)
        emit_value(f->g, type, place, gen_address(f, value));
}

void gen_send(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreExchange *exchange = inst->exchange;
    GenSlot layout = gen_slot(exchange);
    LLVMValueRef hash = gen_argument(f, inst->args[1]);
    if (!exchange->by_hash) hash = hash_key(g, exchange->key, hash);
    LLVMValueRef args[] = {f->context, gen_u32(g, (uint32_t)inst->index), hash, gen_int(g, layout.size),
                           gen_u32(g, (uint32_t)exchange->level)};
    LLVMValueRef slot = gen_runtime(g, exchange->single ? RUNTIME_SEND_SINGLE : RUNTIME_SEND, args);
    store_part(f, inst->args[0], slot, layout.event);
    if (!exchange->key_is_event && !exchange->by_hash) store_part(f, inst->args[1], slot, layout.key);
}

// ---- sinks and settings
// --------------------------------------------------------------------------------------------------------

static void config(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef args[] = {f->context, gen_u32(g, (uint32_t)inst->index), gen_u32(g, (uint32_t)inst->variant),
                           gen_argument(f, inst->args[0])};
    const CoreType *type = gen_operand_type(f, inst->args[0]);
    if (inst->op == CORE_OP_CONFIG_SINK)
        gen_runtime(g, RUNTIME_CONFIG_SINK_STRING, args);
    else if (type->kind == CORE_INT || type->kind == CORE_DURATION)
        gen_runtime(g, RUNTIME_CONFIG_SOURCE_INT, args);
    else if (type->kind == CORE_STRING)
        gen_runtime(g, RUNTIME_CONFIG_SOURCE_STRING, args);
    else
        gen_runtime(g, RUNTIME_CONFIG_SOURCE_LIST, args);
}

// Of no use where nothing can fail.
static void at(GenFn *f, const CoreInst *inst) {
    if (!f->fn->can_fail) return;
    Codegen *g = f->g;
    bool none = inst->args[0].kind == OPERAND_UNIT;
    LLVMValueRef entry = none ? LLVMConstNull(g->ptr) : gen_value(f, inst->args[0]);
    gen_runtime(g, RUNTIME_AT_ENTRY, (LLVMValueRef[]){f->context, gen_u32(g, (uint32_t)inst->index), entry});
}

void gen_effect(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    if (inst->op == CORE_OP_AT) {
        at(f, inst);
        return;
    }
    if (inst->op == CORE_OP_CONFIG_SOURCE || inst->op == CORE_OP_CONFIG_SINK) {
        config(f, inst);
        return;
    }
    LLVMValueRef value = gen_spilled(f, inst->args[0]);
    if (inst->op == CORE_OP_SINK)
        gen_runtime(g, RUNTIME_SINK, (LLVMValueRef[]){f->context, gen_u32(g, (uint32_t)inst->index), value});
    else
        gen_runtime(g, RUNTIME_LOG, (LLVMValueRef[]){f->context, gen_desc(g, gen_operand_type(f, inst->args[0])), value});
}
