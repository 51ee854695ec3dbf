// Whole maps at once: trees as flat as can be, with nodes of the same size in each level; and maps as lists.
#include "vm/map_build.h"

#include "vm/error.h"
#include "vm/map_edit.h"

// ---- trees ----

// How many entries a tree of this height (0: a leaf) can have; UINT64_MAX: any number.
static uint64_t most_entries(uint64_t limit, uint32_t height) {
    uint64_t entries = limit;
    for (uint32_t i = 0; i < height; i++) {
        // limit entries, and limit + 1 trees of the height before
        if (__builtin_mul_overflow(entries, limit + 1, &entries)) return UINT64_MAX;
        if (__builtin_add_overflow(entries, limit, &entries)) return UINT64_MAX;
    }
    return entries;
}

static MapNode *new_node(const MapShape *shape, uint64_t count, MapNodeKind kind) {
    uint64_t bytes = map_node_bytes(shape->k, shape->v, (uint32_t)count, kind);
    MapNode *node = bytes > UINT32_MAX ? NULL : shape->alloc(shape->user, bytes);
    if (!node) return NULL;
    map_node_init(node, shape->k, shape->v, (uint32_t)count, kind);
    node->edit = shape->edit;
    node->count = (uint8_t)count;
    return node;
}

// Calls itself as deep as a tree is at most.
static MapNode *build(const MapShape *shape, uint64_t limit, uint64_t size, uint32_t height) {
    if (height == 0) return new_node(shape, size, MAP_LEAF);
    uint64_t below = most_entries(limit, height - 1);
    uint64_t links = size / (below + 1) + 1; // as few as can be: with one entry between two, they hold below + 1 each, less one
    uint64_t entries = size - (links - 1);   // in all that they lead to
    MapNode *node = new_node(shape, links - 1, MAP_INNER);
    for (uint64_t i = 0; node && i < links; i++) {
        uint64_t part = entries / links + (i < entries % links);
        MapNode *child = build(shape, limit, part, height - 1);
        if (!child) return NULL;
        map_node_links(node)[i] = (MapLink){child, part};
    }
    return node;
}

MapNode *map_build(const MapShape *shape, uint64_t size) {
    if (!size) return NULL;
    uint32_t limit = map_node_limit(shape->k, shape->v), height = 0;
    while (most_entries(limit, height) < size) height++;
    return build(shape, limit, size, height);
}

// ---- from lists ----

static void *region_alloc(void *context, uint64_t size) {
    return pt_alloc(context, (int64_t)size);
}

static const char *element(const PtList *list, const PtDesc *desc, uint64_t i) {
    return desc->size ? (const char *)list->data + i * desc->size : NULL;
}

static bool ascend(const PtList *keys, const PtDesc *k) {
    for (uint64_t i = 1; i < (uint64_t)keys->size; i++)
        if (pt_compare(k, element(keys, k, i - 1), element(keys, k, i)) >= 0) return false;
    return true;
}

static void copy(void *to, const void *from, uint64_t size) {
    if (size) memcpy(to, from, size);
}

static void fill(const PtMap *map, const PtList *keys, const PtList *values, const PtDesc *k, const PtDesc *v) {
    uint64_t count;
    for (uint64_t i = 0; i < (uint64_t)keys->size; i += count) {
        const void *key, *value;
        count = map_run(map, i, k, v, &key, &value);
        copy((void *)key, element(keys, k, i), count * k->size);
        copy((void *)value, element(values, v, i), count * v->size);
    }
}

void pt_map_build(PtContext *context, PtMap *out, const PtList *keys, const PtList *values, const PtDesc *k, const PtDesc *v) {
    PtMap map = {0};
    PtList used = *keys;
    if (values && values->size < used.size) used.size = values->size;
    keys = &used;
    if (ascend(keys, k)) {
        map.edit = map_edit_begin(context, &map, k, v).number;
        map.root = map_build(&(MapShape){k, v, region_alloc, context, map.edit}, (uint64_t)keys->size);
        fill(&map, keys, values, k, v);
    } else {
        for (uint64_t i = 0; i < (uint64_t)keys->size; i++)
            pt_map_insert(context, &map, &map, element(keys, k, i), element(values, v, i), k, v);
    }
    *out = map;
}

// ---- to lists ----

typedef enum Part { PART_KEYS, PART_VALUES } Part;

static PtList list_of(PtContext *context, const PtMap *map, const PtDesc *k, const PtDesc *v, Part part) {
    uint64_t size = map_size(map), element = part == PART_KEYS ? k->size : v->size, bytes, count;
    if (__builtin_mul_overflow(size, element, &bytes) || bytes > INT64_MAX) trap_memory(partition_of(context));
    char *data = pt_alloc(context, (int64_t)bytes);
    for (uint64_t i = 0; i < size; i += count) {
        const void *key, *value;
        count = map_run(map, i, k, v, &key, &value);
        memcpy(data + i * element, part == PART_KEYS ? key : value, count * element);
    }
    return (PtList){data, (int64_t)size};
}

void pt_map_keys(PtContext *context, PtList *out, const PtMap *map, const PtDesc *k, const PtDesc *v) {
    *out = list_of(context, map, k, v, PART_KEYS);
}

void pt_map_values(PtContext *context, PtList *out, const PtMap *map, const PtDesc *k, const PtDesc *v) {
    *out = list_of(context, map, k, v, PART_VALUES);
}
