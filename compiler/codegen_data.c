// codegen_data.c - structs, enums, lists and strings.
#include "compiler/codegen_internal.h"

#include <stddef.h>
#include <string.h>

#include "base/hash.h"
#include "vm/value.h"

static LLVMValueRef allocate(GenFn *f, LLVMValueRef size) {
    LLVMValueRef args[] = {f->context, size};
    return gen_runtime(f->g, RUNTIME_ALLOC, args);
}

// ---- structs and enums
// -----------------------------------------------------------------------------------------------------------

// Stores the operands as the fields of the value at `to`.
static void store_fields(GenFn *f, const CoreInst *inst, const CoreVariant *variant, LLVMValueRef to) {
    Codegen *g = f->g;
    for (int i = 0; i < variant->field_count; i++) {
        const CoreField *field = &variant->fields[i];
        LLVMValueRef place = gen_offset(g, to, field->offset);
        if (field->boxed) {
            LLVMValueRef box = allocate(f, gen_int(g, field->type->size));
            gen_store_raw(g, box, place, ACCESS_ANY);
            place = box;
        }
        gen_store_operand(f, inst->args[i], place, ACCESS_ANY);
    }
}

// Where a field of the value at `from` lies.
static LLVMValueRef field_place(Codegen *g, const CoreField *field, LLVMValueRef from) {
    LLVMValueRef place = gen_offset(g, from, field->offset);
    return field->boxed ? gen_load_raw(g, g->ptr, place, ACCESS_ANY) : place;
}

// The value is made beside its local, which may be among the operands.
void gen_struct_new(GenFn *f, const CoreInst *inst) {
    LLVMValueRef memory = gen_alloca(f->g, inst->type, NULL);
    store_fields(f, inst, &inst->type->variants[0], memory);
    gen_set_from(f, inst->dst, memory);
}

void gen_struct_get(GenFn *f, const CoreInst *inst) {
    const CoreField *field = &gen_operand_type(f, inst->args[0])->variants[0].fields[inst->index];
    gen_set_load(f, inst->dst, field->type, field_place(f->g, field, gen_address(f, inst->args[0])), ACCESS_ANY);
}

void gen_enum_new(GenFn *f, const CoreInst *inst) {
    LLVMValueRef memory = gen_alloca(f->g, inst->type, NULL);
    gen_store_raw(f->g, gen_int(f->g, inst->index), memory, ACCESS_ANY);
    store_fields(f, inst, &inst->type->variants[inst->index], memory);
    gen_set_from(f, inst->dst, memory);
}

void gen_enum_tag(GenFn *f, const CoreInst *inst) {
    gen_set(f, inst->dst, gen_load_raw(f->g, f->g->i64, gen_address(f, inst->args[0]), ACCESS_ANY));
}

void gen_enum_get(GenFn *f, const CoreInst *inst) {
    const CoreField *field = &gen_operand_type(f, inst->args[0])->variants[inst->variant].fields[inst->index];
    gen_set_load(f, inst->dst, field->type, field_place(f->g, field, gen_address(f, inst->args[0])), ACCESS_ANY);
}

// ---- lists
// -----------------------------------------------------------------------------------------------------------------------

static void set_list(GenFn *f, int dst, LLVMValueRef data, LLVMValueRef size) {
    if (dst < 0) return;
    gen_store_raw(f->g, data, f->locals[dst], ACCESS_ANY);
    gen_store_raw(f->g, size, gen_offset(f->g, f->locals[dst], offsetof(PtList, size)), ACCESS_ANY);
}

LLVMValueRef gen_list_length(Codegen *g, LLVMValueRef list) {
    return gen_load_raw(g, g->i64, gen_offset(g, list, offsetof(PtList, size)), ACCESS_ANY);
}

static LLVMValueRef constant_operand(GenFn *f, CoreOperand operand) {
    if (operand.kind == OPERAND_STRING) return gen_string_value(f->g, operand.text, operand.length);
    if (operand.kind == OPERAND_BOOL) return LLVMConstInt(f->g->i8, operand.int_value != 0, false);
    return gen_value(f, operand);
}

// The elements of a list literal without anything to compute, as a constant; NULL if there is.
static LLVMValueRef constant_elements(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    for (int i = 0; i < inst->arg_count; i++)
        if (inst->args[i].kind == OPERAND_LOCAL || inst->args[i].kind == OPERAND_UNIT) return NULL;
    LLVMValueRef *elements = ARENA_ARRAY(g->arena, LLVMValueRef, inst->arg_count);
    for (int i = 0; i < inst->arg_count; i++) elements[i] = constant_operand(f, inst->args[i]);
    return gen_constant(g, LLVMConstArray2(LLVMTypeOf(elements[0]), elements, (uint64_t)inst->arg_count), "list");
}

void gen_list_new(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    uint64_t stride = inst->type->elem->size;
    LLVMValueRef size = gen_int(g, inst->arg_count);
    if (stride == 0 || inst->arg_count == 0) {
        set_list(f, inst->dst, LLVMConstNull(g->ptr), size);
        return;
    }
    LLVMValueRef data = constant_elements(f, inst);
    if (!data) {
        data = allocate(f, gen_int(g, (int64_t)stride * inst->arg_count));
        for (int i = 0; i < inst->arg_count; i++)
            gen_store_operand(f, inst->args[i], gen_offset(g, data, stride * (uint64_t)i), ACCESS_ANY);
    }
    set_list(f, inst->dst, data, size);
}

void gen_list_size(GenFn *f, const CoreInst *inst) {
    gen_set(f, inst->dst, gen_list_length(f->g, gen_address(f, inst->args[0])));
}

LLVMValueRef gen_element(Codegen *g, LLVMValueRef list, const CoreType *elem, LLVMValueRef index) {
    LLVMValueRef data = gen_load_raw(g, g->ptr, list, ACCESS_ANY);
    LLVMTypeRef bytes = LLVMArrayType2(g->i8, elem->size);
    return LLVMBuildInBoundsGEP2(g->builder, bytes, data, &index, 1, "");
}

void gen_list_at(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *elem = gen_operand_type(f, inst->args[0])->elem;
    LLVMValueRef list = gen_address(f, inst->args[0]);
    LLVMValueRef index = gen_value(f, inst->args[1]), size = gen_list_length(g, list);
    LLVMValueRef args[] = {f->context, index, size, gen_u32(g, gen_position(g, inst->span))};
    gen_trap_if(g, LLVMBuildICmp(g->builder, LLVMIntUGE, index, size, ""), RUNTIME_TRAP_INDEX, args);
    gen_set_load(f, inst->dst, elem, gen_element(g, list, elem, index), ACCESS_ANY);
}

void gen_list_part(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *elem = gen_operand_type(f, inst->args[0])->elem;
    LLVMValueRef from = gen_value(f, inst->args[1]), to = gen_value(f, inst->args[2]);
    LLVMValueRef data = gen_element(g, gen_address(f, inst->args[0]), elem, from);
    set_list(f, inst->dst, data, LLVMBuildSub(g->builder, to, from, ""));
}

// ---- strings
// ---------------------------------------------------------------------------------------------------------------------

void gen_show(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    CoreType *type = gen_operand_type(f, inst->args[0]);
    if (type->kind == CORE_STRING) {
        gen_set_from(f, inst->dst, gen_address(f, inst->args[0]));
        return;
    }
    LLVMValueRef out = gen_alloca(g, g->program->string, NULL);
    LLVMValueRef args[] = {f->context, out, gen_desc(g, type), gen_spilled(f, inst->args[0])};
    gen_runtime(g, RUNTIME_SHOW, args);
    gen_set_from(f, inst->dst, out);
}

void gen_effect_key(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef out = gen_alloca(g, g->program->string, NULL);
    int64_t place = (int64_t)hash_bytes(inst->text, strlen(inst->text));
    LLVMValueRef args[] = {f->context, out, gen_u32(g, (uint32_t)inst->index), gen_value(f, inst->args[0]), gen_int(g, place)};
    gen_runtime(g, RUNTIME_EFFECT_KEY, args);
    gen_set_from(f, inst->dst, out);
}

void gen_concat(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef parts = gen_alloca_bytes(g, sizeof(PtString) * (uint64_t)inst->arg_count, 8);
    for (int i = 0; i < inst->arg_count; i++)
        gen_copy(g, g->program->string, gen_offset(g, parts, sizeof(PtString) * (uint64_t)i), gen_address(f, inst->args[i]));
    LLVMValueRef out = gen_alloca(g, g->program->string, NULL);
    LLVMValueRef args[] = {f->context, out, parts, gen_int(g, inst->arg_count)};
    gen_runtime(g, RUNTIME_CONCAT, args);
    gen_set_from(f, inst->dst, out);
}
