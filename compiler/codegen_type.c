// codegen_type.c - core types in LLVM, access to memory, constants.
#include "compiler/codegen_internal.h"

#include <assert.h>
#include <stddef.h>

#include "vm/value.h"

// ---- types -----------------------------------------------------------------------------------------------------------------

bool gen_is_scalar(const CoreType *type) {
    switch (type->kind) {
    case CORE_INT:
    case CORE_FLOAT:
    case CORE_BOOL:
    case CORE_DURATION:
    case CORE_FN:
    case CORE_ANY:
    case CORE_FUTURE:
    case CORE_FRAME:
    case CORE_ENTRY: return true;
    default: return false;
    }
}

bool gen_has_result(const CoreType *type) {
    return type->kind != CORE_UNIT && type->kind != CORE_NEVER;
}

LLVMTypeRef gen_scalar_type(Codegen *g, const CoreType *type) {
    switch (type->kind) {
    case CORE_INT:
    case CORE_FUTURE:
    case CORE_DURATION: return g->i64;
    case CORE_FLOAT: return g->f64;
    case CORE_BOOL: return g->i1;
    default: assert(gen_is_scalar(type)); return g->ptr;
    }
}

LLVMValueRef gen_int(Codegen *g, int64_t value) {
    return LLVMConstInt(g->i64, (unsigned long long)value, true);
}

LLVMValueRef gen_u32(Codegen *g, uint32_t value) {
    return LLVMConstInt(g->i32, value, false);
}

// ---- blocks and attributes -------------------------------------------------------------------------------------------------

LLVMBasicBlockRef gen_block(Codegen *g, const char *name) {
    LLVMValueRef function = LLVMGetBasicBlockParent(LLVMGetInsertBlock(g->builder));
    return LLVMAppendBasicBlockInContext(g->context, function, name);
}

void gen_attribute(Codegen *g, LLVMValueRef function, LLVMAttributeIndex index, const char *name, uint64_t value) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(function, index, LLVMCreateEnumAttribute(g->context, kind, value));
}

// ---- memory ------------------------------------------------------------------------------------------------------------------

static LLVMValueRef entry_alloca(Codegen *g, LLVMTypeRef type, uint32_t align, const char *name) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(g->builder);
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(LLVMGetBasicBlockParent(here));
    LLVMValueRef first = LLVMGetFirstInstruction(entry);
    if (first)
        LLVMPositionBuilderBefore(g->builder, first);
    else
        LLVMPositionBuilderAtEnd(g->builder, entry);
    LLVMValueRef memory = LLVMBuildAlloca(g->builder, type, name);
    LLVMSetAlignment(memory, align);
    LLVMPositionBuilderAtEnd(g->builder, here);
    return memory;
}

// Values that are no scalars are bytes to LLVM; what accesses them says at which offset and of which type.
LLVMValueRef gen_alloca(Codegen *g, const CoreType *type, const char *name) {
    LLVMTypeRef memory = type->kind == CORE_BOOL ? g->i8
                         : gen_is_scalar(type)   ? gen_scalar_type(g, type)
                                                 : LLVMArrayType2(g->i8, type->size);
    return entry_alloca(g, memory, type->align, name ? name : "");
}

LLVMValueRef gen_alloca_bytes(Codegen *g, uint64_t size, uint32_t align) {
    return entry_alloca(g, LLVMArrayType2(g->i8, size), align, "");
}

LLVMValueRef gen_offset(Codegen *g, LLVMValueRef pointer, uint64_t offset) {
    if (offset == 0) return pointer;
    LLVMValueRef index = gen_int(g, (int64_t)offset);
    return LLVMBuildInBoundsGEP2(g->builder, g->i8, pointer, &index, 1, "");
}

static void note_access(Codegen *g, LLVMValueRef instruction, Access access) {
    if (access != ACCESS_ANY) LLVMSetMetadata(instruction, g->tbaa_kind, g->tbaa[access]);
}

LLVMValueRef gen_load_raw(Codegen *g, LLVMTypeRef type, LLVMValueRef from, Access access) {
    LLVMValueRef value = LLVMBuildLoad2(g->builder, type, from, "");
    note_access(g, value, access);
    return value;
}

void gen_store_raw(Codegen *g, LLVMValueRef value, LLVMValueRef to, Access access) {
    note_access(g, LLVMBuildStore(g->builder, value, to), access);
}

// A Bool is a byte in memory, of value 0 or 1.
LLVMValueRef gen_load(Codegen *g, const CoreType *type, LLVMValueRef from, Access access) {
    if (type->kind != CORE_BOOL) return gen_load_raw(g, gen_scalar_type(g, type), from, access);
    return LLVMBuildTrunc(g->builder, gen_load_raw(g, g->i8, from, access), g->i1, "");
}

void gen_store(Codegen *g, const CoreType *type, LLVMValueRef value, LLVMValueRef to, Access access) {
    if (type->kind == CORE_BOOL) value = LLVMBuildZExt(g->builder, value, g->i8, "");
    gen_store_raw(g, value, to, access);
}

// Strings, bytes, lists and maps go word by word: LLVM follows stores to later loads better than the bytes of a memcpy.
void gen_copy(Codegen *g, const CoreType *type, LLVMValueRef to, LLVMValueRef from) {
    if (type->kind == CORE_STRING || type->kind == CORE_BYTES || type->kind == CORE_LIST || gen_is_map(type)) {
        LLVMValueRef data = gen_load_raw(g, g->ptr, from, ACCESS_ANY);
        LLVMValueRef size = gen_load_raw(g, g->i64, gen_offset(g, from, offsetof(PtList, size)), ACCESS_ANY);
        gen_store_raw(g, data, to, ACCESS_ANY);
        gen_store_raw(g, size, gen_offset(g, to, offsetof(PtList, size)), ACCESS_ANY);
        return;
    }
    if (type->size) LLVMBuildMemCpy(g->builder, to, type->align, from, type->align, gen_int(g, type->size));
}

// ---- constants ---------------------------------------------------------------------------------------------------------------

LLVMValueRef gen_constant(Codegen *g, LLVMValueRef value, const char *name) {
    LLVMValueRef global = LLVMAddGlobal(g->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, true);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    return global;
}

LLVMValueRef gen_bytes(Codegen *g, const char *bytes, size_t length) {
    return gen_constant(g, LLVMConstStringInContext2(g->context, bytes, length, true), "text");
}

LLVMValueRef gen_text(Codegen *g, const char *text) {
    LLVMValueRef constant = map_get(&g->texts, text);
    if (constant) return constant;
    constant = gen_constant(g, LLVMConstStringInContext2(g->context, text, strlen(text), false), "name");
    map_put(g->arena, &g->texts, text, constant);
    return constant;
}

LLVMValueRef gen_string_value(Codegen *g, const char *bytes, size_t length) {
    LLVMValueRef fields[] = {length ? gen_bytes(g, bytes, length) : LLVMConstNull(g->ptr), gen_int(g, (int64_t)length)};
    return LLVMConstStructInContext(g->context, fields, 2, false);
}

uint32_t gen_position(Codegen *g, Span span) {
    uintptr_t place = ((uintptr_t)span.file << 32 | span.start) + 1;
    uintptr_t number = (uintptr_t)map_get(&g->positions, (void *)place);
    if (number) return (uint32_t)number - 1;
    vec_push(g->arena, &g->position_spans, span);
    map_put(g->arena, &g->positions, (void *)place, (void *)(uintptr_t)g->position_spans.count);
    return (uint32_t)g->position_spans.count - 1;
}
