// eval_map.c - Maps and Sets: a row of keys and values, in the order of the keys, that is copied for each change. A Set's values
// are ().
#include "tests/differential/eval.h"

#include <inttypes.h>

static const Value *key_at(const Value *map, int64_t place) {
    return map->items[2 * place];
}

static const Value *value_at(const Value *map, int64_t place) {
    return map->items[2 * place + 1];
}

// How many keys are less than this one.
static int64_t rank_of(const CoreType *key_type, const Value *map, const Value *key) {
    int64_t rank = 0;
    while (rank < map->size && value_compare(key_type, key_at(map, rank), key) < 0) rank++;
    return rank;
}

static bool is_at(const CoreType *key_type, const Value *map, int64_t place, const Value *key) {
    return place < map->size && value_compare(key_type, key_at(map, place), key) == 0;
}

// With room for `size` entries, charged for; NULL if that is too much.
static Value *new_map(Eval *eval, int64_t size) {
    if (!eval_spend(eval, 2 * (uint64_t)size + 1)) return NULL;
    Value *map = value_items(eval->arena, 2 * size);
    map->size = size;
    return map;
}

static void copy_entries(Value *to, int64_t to_place, const Value *from, int64_t from_place, int64_t count) {
    for (int64_t i = 0; i < 2 * count; i++) to->items[2 * to_place + i] = from->items[2 * from_place + i];
}

// Of an entry with an equal key only the value is replaced.
static const Value *insert(Eval *eval, const CoreType *key_type, const Value *map, const Value *key, const Value *value) {
    int64_t place = rank_of(key_type, map, key);
    bool is_there = is_at(key_type, map, place, key);
    Value *made = new_map(eval, map->size + !is_there);
    if (!made) return NULL;
    copy_entries(made, 0, map, 0, place);
    made->items[2 * place] = is_there ? key_at(map, place) : key;
    made->items[2 * place + 1] = value;
    copy_entries(made, place + 1, map, place + is_there, map->size - place - is_there);
    return made;
}

static const Value *without(Eval *eval, const CoreType *key_type, const Value *map, const Value *key) {
    int64_t place = rank_of(key_type, map, key);
    if (!is_at(key_type, map, place, key)) return map;
    Value *made = new_map(eval, map->size - 1);
    if (!made) return NULL;
    copy_entries(made, 0, map, 0, place);
    copy_entries(made, place, map, place + 1, map->size - place - 1);
    return made;
}

static const Value *build(Eval *eval, const CoreType *key_type, const Value *keys, const Value *values) {
    const Value *map = new_map(eval, 0);
    for (int64_t i = 0; map && i < keys->size && i < values->size; i++)
        map = insert(eval, key_type, map, keys->items[i], values->items[i]);
    return map;
}

// All keys, or all values.
static const Value *row(Eval *eval, const Value *map, int which) {
    if (!eval_spend(eval, (uint64_t)map->size)) return NULL;
    Value *list = value_items(eval->arena, map->size);
    for (int64_t i = 0; i < map->size; i++) list->items[i] = map->items[2 * i + which];
    return list;
}

const Value *eval_map_builtin(Eval *eval, const CoreInst *inst, const Value **args) {
    const char *name = inst->text;
    const CoreType *key_type = inst->types[0];
    if (strcmp(name, "pt_map_size") == 0) return value_int(eval->arena, args[0]->size);
    if (strcmp(name, "pt_map_insert") == 0) return insert(eval, key_type, args[0], args[1], args[2]);
    if (strcmp(name, "pt_map_remove") == 0) return without(eval, key_type, args[0], args[1]);
    if (strcmp(name, "pt_map_keys") == 0) return row(eval, args[0], 0);
    if (strcmp(name, "pt_map_values") == 0) return row(eval, args[0], 1);
    if (strcmp(name, "pt_map_rank") == 0) return value_int(eval->arena, rank_of(key_type, args[0], args[1]));
    if (strcmp(name, "pt_map_build") == 0) return build(eval, key_type, args[0], args[1]);
    return NULL;
}

// ---- instructions ------------------------------------------------------------------------------------------------------

static const Value *no_key(Eval *eval, const CoreInst *inst, const CoreType *type, const Value *key) {
    Buf text = {0};
    buf_puts(&text, "there is no key ");
    value_show_cut(&text, type, key);
    buf_puts(&text, " in the map");
    const char *message = arena_copy_string(eval->arena, text.data, text.length);
    buf_free(&text);
    return eval_trap(eval, inst, message);
}

static const Value *option(Eval *eval, const Value *value) {
    Value *made = value_items(eval->arena, value ? 1 : 0);
    made->integer = value ? 0 : 1; // Some, None
    if (value) made->items[0] = value;
    return made;
}

static const Value *entry_at(Eval *eval, const CoreInst *inst, const Value *map, int64_t place) {
    if (place < 0 || place >= map->size) return eval_trap(eval, inst, "the place is out of range: the map has no such entry");
    return inst->op == CORE_OP_MAP_KEY_AT ? key_at(map, place) : value_at(map, place);
}

const Value *eval_map_op(Eval *eval, const CoreInst *inst, const CoreType *type, const Value *map, const Value *arg) {
    if (inst->op == CORE_OP_MAP_RECAST) return map;
    if (inst->op == CORE_OP_MAP_KEY_AT || inst->op == CORE_OP_MAP_VALUE_AT) return entry_at(eval, inst, map, arg->integer);
    int64_t place = rank_of(type->elem, map, arg);
    bool is_there = is_at(type->elem, map, place, arg);
    if (!eval_spend(eval, (uint64_t)map->size)) return NULL;
    if (inst->op == CORE_OP_MAP_HAS) return value_int(eval->arena, is_there);
    if (inst->op == CORE_OP_MAP_GET) return option(eval, is_there ? value_at(map, place) : NULL);
    return is_there ? value_at(map, place) : no_key(eval, inst, type->elem, arg);
}
