#include "vm/map_node.h"

uint32_t map_node_limit(const PtDesc *k, const PtDesc *v) {
    uint64_t entry = (uint64_t)k->size + v->size;
    uint64_t limit = entry ? MAP_NODE_BYTES / entry : MAP_NODE_MOST;
    if (limit > MAP_NODE_MOST) return MAP_NODE_MOST;
    return limit < MAP_NODE_LEAST ? MAP_NODE_LEAST : (uint32_t)limit;
}

static uint64_t aligned(uint64_t size) {
    return (size + 7) & ~(uint64_t)7;
}

uint64_t map_node_bytes(const PtDesc *k, const PtDesc *v, uint32_t capacity, MapNodeKind kind) {
    uint64_t links = kind == MAP_LEAF ? 0 : (capacity + (uint64_t)1) * sizeof(MapLink);
    return sizeof(MapNode) + aligned((uint64_t)capacity * k->size) + aligned((uint64_t)capacity * v->size) + links;
}

void map_node_init(MapNode *node, const PtDesc *k, const PtDesc *v, uint32_t capacity, MapNodeKind kind) {
    uint64_t values = sizeof(MapNode) + aligned((uint64_t)capacity * k->size);
    uint64_t links = values + aligned((uint64_t)capacity * v->size);
    *node = (MapNode){
        .capacity = (uint8_t)capacity,
        .values = (uint32_t)values,
        .links = kind == MAP_LEAF ? 0 : (uint32_t)links,
        .bytes = (uint32_t)map_node_bytes(k, v, capacity, kind),
    };
}

void map_node_copy(MapNode *to, const MapNode *from, const PtDesc *k, const PtDesc *v) {
    uint64_t count = from->count;
    memcpy(map_node_key(to, k, 0), map_node_key(from, k, 0), count * k->size);
    memcpy(map_node_value(to, v, 0), map_node_value(from, v, 0), count * v->size);
    if (!map_node_is_leaf(from)) memcpy(map_node_links(to), map_node_links(from), (count + 1) * sizeof(MapLink));
    to->count = from->count;
}
