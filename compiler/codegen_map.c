// codegen_map.c - maps and sets, and the right to edit them (vm/value.h, core_moves.c).
#include "compiler/codegen_internal.h"

#include <assert.h>
#include <stddef.h>

#include "vm/value.h"

bool gen_is_map(const CoreType *type) {
    return type->kind == CORE_MAP || type->kind == CORE_SET;
}

// ---- the right to edit -------------------------------------------------------------------------------------------------------

static LLVMValueRef edit_place(Codegen *g, LLVMValueRef map) {
    return gen_offset(g, map, offsetof(PtMap, edit));
}

void gen_drop_edit(Codegen *g, LLVMValueRef place) {
    gen_store_raw(g, gen_int(g, 0), edit_place(g, place), ACCESS_ANY);
}

void gen_drop_edit_if_any(Codegen *g, LLVMValueRef place) {
    LLVMBasicBlockRef drop = gen_block(g, "drop"), next = gen_block(g, "");
    LLVMValueRef edit = gen_load_raw(g, g->i64, edit_place(g, place), ACCESS_ANY);
    LLVMBuildCondBr(g->builder, LLVMBuildICmp(g->builder, LLVMIntNE, edit, gen_int(g, 0), ""), drop, next);
    LLVMPositionBuilderAtEnd(g->builder, drop);
    gen_drop_edit(g, place);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
}

// ---- entries -----------------------------------------------------------------------------------------------------------------

// Where the value of the key (in memory of its own) lies; null if it is not there.
static LLVMValueRef find(GenFn *f, const CoreInst *inst, LLVMValueRef key) {
    Codegen *g = f->g;
    const CoreType *map = gen_operand_type(f, inst->args[0]);
    LLVMValueRef args[] = {f->context, gen_spilled(f, inst->args[0]), key, gen_desc(g, map->elem), gen_desc(g, map->mapped)};
    return gen_runtime(g, RUNTIME_MAP_FIND, args);
}

static void value_of(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *map = gen_operand_type(f, inst->args[0]);
    LLVMValueRef key = gen_spilled(f, inst->args[1]), found = find(f, inst, key);
    LLVMValueRef args[] = {f->context, gen_desc(g, map->elem), key, gen_u32(g, gen_position(g, inst->span))};
    gen_trap_if(g, LLVMBuildIsNull(g->builder, found, ""), RUNTIME_TRAP_KEY, args);
    gen_set_load(f, inst->dst, map->mapped, found, ACCESS_ANY);
}

static void has(GenFn *f, const CoreInst *inst) {
    LLVMValueRef found = find(f, inst, gen_spilled(f, inst->args[1]));
    gen_set(f, inst->dst, LLVMBuildIsNotNull(f->g->builder, found, ""));
}

// Some(value) at `to`, from where the value lies in the map; it may be changed there, so that a box gets a copy.
static void store_some(GenFn *f, const CoreType *option, LLVMValueRef to, LLVMValueRef value) {
    Codegen *g = f->g;
    const CoreField *field = &option->variants[0].fields[0];
    LLVMValueRef place = gen_offset(g, to, field->offset);
    gen_store_raw(g, gen_int(g, 0), to, ACCESS_ANY);
    if (field->boxed) {
        LLVMValueRef args[] = {f->context, gen_int(g, field->type->size)};
        LLVMValueRef box = gen_runtime(g, RUNTIME_ALLOC, args);
        gen_store_raw(g, box, place, ACCESS_ANY);
        place = box;
    }
    if (gen_is_scalar(field->type))
        gen_store(g, field->type, gen_load(g, field->type, value, ACCESS_ANY), place, ACCESS_ANY);
    else
        gen_copy(g, field->type, place, value);
}

static void get(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef option = gen_alloca(g, inst->type, NULL), found = find(f, inst, gen_spilled(f, inst->args[1]));
    LLVMBasicBlockRef some = gen_block(g, "some"), none = gen_block(g, "none"), next = gen_block(g, "");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, found, ""), none, some);
    LLVMPositionBuilderAtEnd(g->builder, some);
    store_some(f, inst->type, option, found);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, none);
    gen_store_raw(g, gen_int(g, 1), option, ACCESS_ANY);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
    gen_set_from(f, inst->dst, option);
}

// ---- places ------------------------------------------------------------------------------------------------------------------

static void at_place(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *map = gen_operand_type(f, inst->args[0]);
    bool key = inst->op == CORE_OP_MAP_KEY_AT;
    LLVMValueRef spilled = gen_spilled(f, inst->args[0]), place = gen_value(f, inst->args[1]);
    LLVMValueRef k = gen_desc(g, map->elem), v = gen_desc(g, map->mapped);
    LLVMValueRef size = gen_runtime(g, RUNTIME_MAP_SIZE, (LLVMValueRef[]){f->context, spilled, k, v});
    static const char beyond[] = "the place is out of range: the map has no such entry";
    LLVMValueRef message = gen_constant(g, gen_string_value(g, beyond, sizeof beyond - 1), "string");
    LLVMValueRef args[] = {f->context, message, gen_u32(g, gen_position(g, inst->span))};
    gen_trap_if(g, LLVMBuildICmp(g->builder, LLVMIntUGE, place, size, ""), RUNTIME_FAIL, args);
    Runtime function = key ? RUNTIME_MAP_KEY_AT : RUNTIME_MAP_VALUE_AT;
    LLVMValueRef found = gen_runtime(g, function, (LLVMValueRef[]){spilled, place, k, v});
    gen_set_load(f, inst->dst, key ? map->elem : map->mapped, found, ACCESS_ANY);
}

void gen_map(GenFn *f, const CoreInst *inst) {
    switch (inst->op) {
    case CORE_OP_MAP_AT: value_of(f, inst); break;
    case CORE_OP_MAP_GET: get(f, inst); break;
    case CORE_OP_MAP_HAS: has(f, inst); break;
    case CORE_OP_MAP_KEY_AT:
    case CORE_OP_MAP_VALUE_AT: at_place(f, inst); break;
    case CORE_OP_MAP_RECAST: gen_set_from(f, inst->dst, gen_address(f, inst->args[0])); break;
    default:
        assert(inst->op == CORE_OP_MAP_SHARE);
        gen_drop_edit(f->g, f->locals[inst->args[0].local]);
        break;
    }
}
