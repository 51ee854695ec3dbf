// Finding keys and places. What compares keys is written once, for each order of keys that the compiler then makes its own code
// of: numbers, texts, and anything else by its descriptor.
#include "vm/map_edit.h"
#include "vm/text_order.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef enum Order { ORDER_INT, ORDER_TEXT, ORDER_ANY } Order;

static Order order_of(const PtDesc *k) {
    if (k->kind == PT_INT || k->kind == PT_DURATION) return ORDER_INT;
    return k->kind == PT_STRING || k->kind == PT_BYTES ? ORDER_TEXT : ORDER_ANY;
}

// ---- in a node ----

// Without branches: which way it goes cannot be guessed.
ALWAYS_INLINE uint32_t place_of_int(const int64_t *keys, uint32_t count, int64_t key, bool *found) {
    const int64_t *at = keys;
    for (uint32_t rest = count; rest > 1;) {
        uint32_t half = rest / 2;
        at = at[half - 1] < key ? at + half : at;
        rest -= half;
    }
    uint32_t place = (uint32_t)(at - keys);
    if (place < count) place += *at < key;
    *found = place < count && keys[place] == key;
    return place;
}

ALWAYS_INLINE uint32_t place_by_comparing(const MapNode *node, const void *key, const PtDesc *k, Order order, bool *found) {
    uint32_t low = 0, high = node->count;
    *found = false;
    while (low < high && !*found) {
        uint32_t middle = (low + high) / 2;
        const char *at = map_node_key(node, k, middle);
        int way = order == ORDER_TEXT ? text_order((const PtString *)at, key) : pt_compare(k, at, key);
        if (way < 0)
            low = middle + 1;
        else
            high = middle;
        *found = way == 0;
    }
    return *found ? high : low;
}

// The place of the key, or of the first one behind it.
ALWAYS_INLINE uint32_t place_in(const MapNode *node, const void *key, const PtDesc *k, Order order, bool *found) {
    if (order == ORDER_INT) return place_of_int((const int64_t *)(node + 1), node->count, *(const int64_t *)key, found);
    return place_by_comparing(node, key, k, order, found);
}

// ---- from the root down ----

ALWAYS_INLINE const void *find(const MapNode *node, const void *key, const PtDesc *k, const PtDesc *v, Order order) {
    while (true) {
        bool found;
        uint32_t place = place_in(node, key, k, order, &found);
        if (found) return map_node_value(node, v, place);
        if (map_node_is_leaf(node)) return NULL;
        node = map_node_links(node)[place].node;
    }
}

const void *pt_map_find(PtContext *context, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v) {
    (void)context;
    if (!map->root) return NULL;
    switch (order_of(k)) {
    case ORDER_INT: return find(map->root, key, k, v, ORDER_INT);
    case ORDER_TEXT: return find(map->root, key, k, v, ORDER_TEXT);
    default: return find(map->root, key, k, v, ORDER_ANY);
    }
}

ALWAYS_INLINE bool search(MapPath *path, MapNode *node, const void *key, const PtDesc *k, Order order) {
    for (uint32_t level = 0;; level++) {
        bool found;
        uint32_t place = place_in(node, key, k, order, &found);
        path->nodes[level] = node;
        path->places[level] = place;
        path->depth = level + 1;
        if (found || map_node_is_leaf(node)) return found;
        node = map_node_links(node)[place].node;
    }
}

bool map_search(MapPath *path, MapNode *root, const void *key, const PtDesc *k) {
    switch (order_of(k)) {
    case ORDER_INT: return search(path, root, key, k, ORDER_INT);
    case ORDER_TEXT: return search(path, root, key, k, ORDER_TEXT);
    default: return search(path, root, key, k, ORDER_ANY);
    }
}

// ---- places ----

uint64_t map_size(const PtMap *map) {
    return map->root ? map_node_size(map->root) : 0;
}

int64_t pt_map_size(PtContext *context, const PtMap *map, const PtDesc *k, const PtDesc *v) {
    (void)context, (void)k, (void)v;
    return (int64_t)map_size(map);
}

// Entries in front of that at a place of the node.
static uint64_t before(const MapNode *node, uint32_t place) {
    uint64_t size = place;
    for (uint32_t i = 0; !map_node_is_leaf(node) && i < place; i++) size += map_node_links(node)[i].size;
    return size;
}

int64_t pt_map_rank(PtContext *context, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v) {
    (void)context, (void)v;
    if (!map->root) return 0;
    MapPath path;
    bool found = map_search(&path, map->root, key, k);
    uint64_t rank = 0;
    for (uint32_t level = 0; level < path.depth; level++) rank += before(path.nodes[level], path.places[level]);
    const MapNode *last = path.nodes[path.depth - 1];
    if (found && !map_node_is_leaf(last)) rank += map_node_links(last)[path.places[path.depth - 1]].size;
    return (int64_t)rank;
}

uint64_t map_run(const PtMap *map, uint64_t place, const PtDesc *k, const PtDesc *v, const void **key, const void **value) {
    const MapNode *node = map->root;
    uint64_t at = place; // in the node and what is below it
    uint32_t i = 0;
    while (!map_node_is_leaf(node)) {
        const MapLink *links = map_node_links(node);
        for (i = 0; at > links[i].size; i++) at -= links[i].size + 1;
        if (at == links[i].size) break;
        node = links[i].node;
    }
    if (map_node_is_leaf(node)) i = (uint32_t)at;
    *key = map_node_key(node, k, i);
    *value = map_node_value(node, v, i);
    return map_node_is_leaf(node) ? node->count - i : 1;
}

const void *pt_map_key_at(const PtMap *map, int64_t place, const PtDesc *k, const PtDesc *v) {
    const void *key, *value;
    map_run(map, (uint64_t)place, k, v, &key, &value);
    return key;
}

const void *pt_map_value_at(const PtMap *map, int64_t place, const PtDesc *k, const PtDesc *v) {
    const void *key, *value;
    map_run(map, (uint64_t)place, k, v, &key, &value);
    return value;
}
