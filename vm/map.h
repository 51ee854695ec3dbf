// map.h - Maps and Sets: persistent B-trees in key order. A change makes a new map that shares all nodes but those on the path
// to the change; with the right to edit (PtMap.edit) the nodes that the same right made are changed where they lie.
//
// A Set is a Map whose values are (): every function that takes the descriptor of the values gets that of () for a Set.
// Nodes lie in the atom's region, in the partition's heap (there they are blocks, and counted), or in the memory of a decoder.
// Two maps are equal, and have one order, hash and encoding, if their entries are the same: the shape of the tree never shows.
#ifndef VM_MAP_H
#define VM_MAP_H

#include "vm/abi.h"
#include "vm/option.h"

// ---- library (map.portals, set.portals): by the conventions of abi.h; K and V are descriptors ----

int64_t pt_map_size(PtContext *context, const PtMap *map, const PtDesc *k, const PtDesc *v);
// The value of a key, where it lies in the map; NULL if there is none.
const void *pt_map_find(PtContext *context, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v);
// `map` with the entry, in place of one with the same key. Takes over the right to edit that `map` has; `out` may be `map`.
void pt_map_insert(PtContext *context, PtMap *out, const PtMap *map, const void *key, const void *value, const PtDesc *k,
                   const PtDesc *v);
// `map` without the key, if it has it. Takes over the right to edit.
void pt_map_remove(PtContext *context, PtMap *out, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v);
// The keys, and the values, in key order. Cost: the size.
void pt_map_keys(PtContext *context, PtList *out, const PtMap *map, const PtDesc *k, const PtDesc *v);
void pt_map_values(PtContext *context, PtList *out, const PtMap *map, const PtDesc *k, const PtDesc *v);
// How many keys are less than `key`: its place if it is there. Cost: log n.
int64_t pt_map_rank(PtContext *context, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v);
// The key and the value at a place, counted from 0, which must be in range. Cost: log n.
const void *pt_map_key_at(const PtMap *map, int64_t place, const PtDesc *k, const PtDesc *v);
const void *pt_map_value_at(const PtMap *map, int64_t place, const PtDesc *k, const PtDesc *v);
// The map of `keys[i]` to `values[i]`; of several with one key the last counts. Cost: n log n, n if the keys ascend.
void pt_map_build(PtContext *context, PtMap *out, const PtList *keys, const PtList *values, const PtDesc *k, const PtDesc *v);

// ---- for the rest of the VM: entries in key order, one after the other ----

enum { MAP_DEEPEST = 24 };

typedef struct MapCursor {
    const PtDesc *key, *value;
    const void *nodes[MAP_DEEPEST]; // from the root down
    uint32_t places[MAP_DEEPEST];
    int depth; // 0: at the end
} MapCursor;

// Before the first entry.
void map_begin(MapCursor *cursor, const PtMap *map, const PtDesc *k, const PtDesc *v);
// The next entry; false at the end.
bool map_next(MapCursor *cursor, const void **key, const void **value);
uint64_t map_size(const PtMap *map);

#endif
