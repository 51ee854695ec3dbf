#include "compiler/lower_internal.h"

#include <string.h>

// Maps and sets: literals, loops, and the functions of the library that are instructions.

CoreOp lower_library_op(const Def *def) {
    static const struct {
        const char *module, *name;
        CoreOp op;
    } ops[] = {
        {"map", "get", CORE_OP_MAP_GET},        {"map", "contains", CORE_OP_MAP_HAS},
        {"map", "key_at", CORE_OP_MAP_KEY_AT},  {"map", "value_at", CORE_OP_MAP_VALUE_AT},
        {"set", "entries", CORE_OP_MAP_RECAST}, {"set", "of_entries", CORE_OP_MAP_RECAST},
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].module, def->module->name) == 0 && strcmp(ops[i].name, def->name) == 0) return ops[i].op;
    return CORE_OP_COUNT;
}

static CoreOperand call_map(Builder *b, const char *name, CoreType *map, CoreOperand *args, int count, CoreType *result,
                            Span span) {
    CoreType **types = ARENA_ARRAY(b->lower->arena, CoreType *, 2);
    types[0] = map->elem;
    types[1] = map->mapped;
    return lower_call_library(b, "map", name, types, args, count, result, span);
}

// ---- literals --------------------------------------------------------------------------------------------------------

static CoreOperand list_of(Builder *b, CoreType *elem, const CoreOperand *values, int count, Span span) {
    CoreType *type = core_type_list(b->lower->core, elem);
    CoreOperand list = builder_local(b, type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_LIST_NEW, list.local, count, 0, span);
    inst->type = type;
    for (int i = 0; i < count; i++) inst->args[i] = values[i];
    return list;
}

static CoreOperand empty_map(Builder *b, CoreType *type, Span span) {
    CoreOperand map = builder_local(b, type, NULL);
    builder_inst(b, CORE_OP_ZERO, map.local, 0, 0, span)->type = type;
    return map;
}

// The entries before the first spread, of which there are `count`.
static CoreOperand plain_map(Builder *b, CoreType *type, Ast *entries, int count, Span span) {
    if (count == 0) return empty_map(b, type, span);
    CoreOperand *keys = ARENA_ARRAY(b->lower->arena, CoreOperand, count),
                *values = ARENA_ARRAY(b->lower->arena, CoreOperand, count);
    for (int i = 0; i < count; i++) {
        keys[i] = lower_expr(b, entries->kid[i]->kid[entry_key]);
        values[i] = lower_expr(b, entries->kid[i]->kid[entry_value]);
    }
    CoreOperand lists[] = {list_of(b, type->elem, keys, count, span), list_of(b, type->mapped, values, count, span)};
    return call_map(b, "build", type, lists, 2, type, span);
}

static CoreOperand with_entry(Builder *b, CoreType *type, CoreOperand map, Ast *entry) {
    if (entry->kind == AST_spread) {
        CoreOperand maps[] = {map, lower_expr(b, entry->kid[spread_value])};
        return call_map(b, "merge", type, maps, 2, type, entry->span);
    }
    CoreOperand key = lower_expr(b, entry->kid[entry_key]);
    CoreOperand args[] = {map, key, lower_expr(b, entry->kid[entry_value])};
    return call_map(b, "insert", type, args, 3, type, entry->span);
}

CoreOperand lower_map(Builder *b, Ast *literal) {
    Ast *entries = literal->kid[map_lit_entries];
    CoreType *type = lower_type_of(b, literal);
    int count = entries->kid_count, next = 0;
    while (next < count && entries->kid[next]->kind == AST_entry) next++;
    bool copied = next == 0 && count > 0; // a map with other entries
    CoreOperand map =
        copied ? lower_expr(b, entries->kid[next++]->kid[spread_value]) : plain_map(b, type, entries, next, literal->span);
    for (; next < count; next++) map = with_entry(b, type, map, entries->kid[next]);
    return map;
}

// ---- loops -----------------------------------------------------------------------------------------------------------

static CoreOperand part_of(Builder *b, const char *name, CoreOperand map, CoreType *elem, Span span) {
    CoreType *type = core_operand_type(b->lower->core, b->fn, map);
    return call_map(b, name, type, &map, 1, core_type_list(b->lower->core, elem), span);
}

CoreOperand lower_set_elements(Builder *b, CoreOperand set, Span span) {
    CoreProgram *core = b->lower->core;
    CoreType *elem = core_operand_type(core, b->fn, set)->elem, *type = core_type_map(core, elem, core->unit);
    CoreOperand map = builder_unary(b, CORE_OP_MAP_RECAST, type, set, span);
    b->block->insts.items[b->block->insts.count - 1]->type = type;
    return part_of(b, "keys", map, elem, span);
}

static bool is_pair(const Ast *pattern) {
    return pattern->kind == AST_p_tuple && pattern->kid[p_tuple_elems]->kid_count == 2;
}

static CoreOperand pair_of(Builder *b, CoreOperand key, CoreOperand value, Span span) {
    CoreProgram *core = b->lower->core;
    CoreType *types[] = {core_operand_type(core, b->fn, key), core_operand_type(core, b->fn, value)};
    CoreType *pair = core_type_tuple(core, types, 2);
    CoreOperand result = builder_binary(b, CORE_OP_STRUCT_NEW, pair, key, value, span);
    b->block->insts.items[b->block->insts.count - 1]->type = pair;
    return result;
}

// The loop goes over the keys and values of the map as it is before the first round.
void lower_for_entries(Builder *b, Ast *loop, CoreOperand map) {
    CoreProgram *core = b->lower->core;
    Ast *pattern = loop->kid[for_pattern];
    Span span = loop->kid[for_iterable]->span;
    CoreType *type = core_operand_type(core, b->fn, map);
    bool pair = is_pair(pattern);
    bool keys_only = pair && pattern->kid[p_tuple_elems]->kid[1]->kind == AST_p_wild;
    CoreOperand keys = part_of(b, "keys", map, type->elem, span);
    CoreOperand values = keys_only ? operand_unit() : part_of(b, "values", map, type->mapped, span);
    CoreOperand size = builder_unary(b, CORE_OP_LIST_SIZE, core->integer, keys, span);
    CoreOperand place = builder_local(b, core->integer, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_FOR_RANGE, place.local, 2, 1, loop->span);
    inst->args[0] = operand_int(0);
    inst->args[1] = size;
    CoreBlock *outer = b->block;
    b->block = inst->blocks[0];
    CoreOperand key = lower_element(b, keys, place, span);
    CoreOperand value = keys_only ? operand_unit() : lower_element(b, values, place, span);
    if (pair) {
        lower_bind(b, pattern->kid[p_tuple_elems]->kid[0], key);
        if (!keys_only) lower_bind(b, pattern->kid[p_tuple_elems]->kid[1], value);
    } else {
        lower_bind(b, pattern, pair_of(b, key, value, span));
    }
    lower_expr(b, loop->kid[for_body]);
    b->block = outer;
}
