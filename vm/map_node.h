// map_node.h - the nodes of maps, a B-tree whose entries lie in all of its nodes. A node has its keys in a row, its values in a
// row, and, unless it is a leaf, its links: one more than it has entries, the first to what comes before the first entry.
//
//   [header] [key 0] [key 1] ... | [value 0] [value 1] ... | [link 0] [link 1] ...        each row has room for `capacity`
//
// A node has as many entries as limit says at most, and a quarter of that at least, unless it is the root. Its capacity may be
// less: small maps take little memory, and so does what nobody will change. Nodes never change but by the right of their number.
// In the heap that changes values only, and leaves marks in a durable run (map_node_mark): a version of the map that the epochs
// have recorded may have the same node.
//
//   map_node.h    the layout            map_search.c  finding keys and places
//   map_node.c    making and copying    map_insert.c, map_remove.c
//   map_edit.h    the right to change   map_build.c   whole maps at once
#ifndef VM_MAP_NODE_H
#define VM_MAP_NODE_H

#include <string.h>

#include "vm/value.h"

enum {
    MAP_DEEPEST = 24, // levels: at least 3 links a node, of the smallest entries that there are far more, beyond any memory
    MAP_NODE_LEAST = 8,
    MAP_NODE_MOST = 64,
    MAP_NODE_BYTES = 512, // of entries in a node, as long as it has between so many of them
};

typedef struct MapNode {
    uint64_t edit;  // whose right it takes to change it (PtMap.edit); 0: nobody's
    uint64_t marks; // in the epoch `stamp`: a bit for each entry whose value the last record does not have; else nothing
    uint16_t stamp; // 0: no epoch
    uint8_t count;
    uint8_t capacity;
    uint32_t values; // where they are, from the start of the node
    uint32_t links;  // the same; 0: a leaf
    uint32_t bytes;  // of the node
} MapNode;

typedef struct MapLink {
    MapNode *node;
    uint64_t size; // entries in it and below
} MapLink;

static inline bool map_node_is_leaf(const MapNode *node) {
    return !node->links;
}

static inline char *map_node_key(const MapNode *node, const PtDesc *k, uint64_t place) {
    return (char *)(node + 1) + place * k->size;
}

static inline char *map_node_value(const MapNode *node, const PtDesc *v, uint64_t place) {
    return (char *)node + node->values + place * v->size;
}

// Of a node that is no leaf.
static inline MapLink *map_node_links(const MapNode *node) {
    return (MapLink *)((char *)node + node->links);
}

// Entries in the node and below. Cost: its links.
static inline uint64_t map_node_size(const MapNode *node) {
    uint64_t size = node->count;
    for (uint32_t i = 0; !map_node_is_leaf(node) && i <= node->count; i++) size += map_node_links(node)[i].size;
    return size;
}

// The epoch has marks in the node, or, since they are left in the whole path to it, may have some below.
static inline bool map_node_is_marked(const MapNode *node, uint16_t stamp) {
    return stamp && node->stamp == stamp;
}

static inline bool map_node_has_mark(const MapNode *node, uint16_t stamp, uint32_t place) {
    return map_node_is_marked(node, stamp) && node->marks >> place & 1;
}

static inline void map_node_begin_marks(MapNode *node, uint16_t stamp) {
    if (node->stamp == stamp) return;
    node->stamp = stamp;
    node->marks = 0;
}

typedef enum MapNodeKind { MAP_LEAF, MAP_INNER } MapNodeKind;

// How many entries a node has at most.
uint32_t map_node_limit(const PtDesc *k, const PtDesc *v);
// How many it has at least, unless it is the root.
static inline uint32_t map_node_least(uint32_t limit) {
    return limit / 4;
}
// Bytes of a node with room for `capacity` entries; over 4 GiB: there can be none.
uint64_t map_node_bytes(const PtDesc *k, const PtDesc *v, uint32_t capacity, MapNodeKind kind);
// Makes the memory a node without entries, that nobody may change.
void map_node_init(MapNode *node, const PtDesc *k, const PtDesc *v, uint32_t capacity, MapNodeKind kind);
// Copies the entries and links to a node that has none, and room for them.
void map_node_copy(MapNode *to, const MapNode *from, const PtDesc *k, const PtDesc *v);

#endif
