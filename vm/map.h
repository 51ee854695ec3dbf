// map.h - Maps and Sets: persistent B-trees in key order. A change makes a new map that shares all nodes but those on the path
// to the change; with the right to edit (PtMap.edit) the nodes that the same right made are changed where they lie. So whoever
// makes a second map of one, by copying it, sets `edit` of both to 0.
//
// A Set is a Map whose values are (): every function that takes the descriptor of the values gets that of () for a Set.
// Nodes lie in the atom's region, in the partition's heap (there they are blocks, and counted), or in the memory of a decoder.
// Two maps are equal, and have one order, hash and encoding, if their entries are the same: the shape of the tree never shows.
#ifndef VM_MAP_H
#define VM_MAP_H

#include "vm/abi.h"

// ---- library (map.portals, set.portals): by the conventions of abi.h; K and V are descriptors ----
//
// Costs are in comparisons of keys; n is the size of the map.

// Cost: none, but the links of the root are looked at.
int64_t pt_map_size(PtContext *context, const PtMap *map, const PtDesc *k, const PtDesc *v);
// The value of a key, where it lies in the map until that is changed; NULL if there is none. Cost: log n.
const void *pt_map_find(PtContext *context, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v);
// `map` with the entry. Of one with an equal key only the value is replaced; if that has the same bytes, the map stays as it is,
// and gets no right to edit. Else it has one, the one that `map` has, if any; `out` may be `map`. `key` and `value` must not lie
// in a node of the map. Cost: log n, and with the right to all nodes on the path a move within a leaf; each node without it is
// copied first.
void pt_map_insert(PtContext *context, PtMap *out, const PtMap *map, const void *key, const void *value, const PtDesc *k,
                   const PtDesc *v);
// `map` without the key; if it has no such key it stays as it is, and gets no right to edit. Takes over the right to edit; `out`
// may be `map`. `key` must not lie in a node of the map. Cost: like pt_map_insert.
void pt_map_remove(PtContext *context, PtMap *out, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v);
// The keys, and the values, in key order. Cost: no comparisons, n steps.
void pt_map_keys(PtContext *context, PtList *out, const PtMap *map, const PtDesc *k, const PtDesc *v);
void pt_map_values(PtContext *context, PtList *out, const PtMap *map, const PtDesc *k, const PtDesc *v);
// How many keys are less than `key`: its place if it is there. Cost: log n.
int64_t pt_map_rank(PtContext *context, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v);
// The key and the value at a place, counted from 0, which must be in range, where they lie in the map until that is changed.
// Cost: no comparisons, log n steps.
const void *pt_map_key_at(const PtMap *map, int64_t place, const PtDesc *k, const PtDesc *v);
const void *pt_map_value_at(const PtMap *map, int64_t place, const PtDesc *k, const PtDesc *v);
// The map of `keys[i]` to `values[i]`; of several with one key the last counts. As many as the shorter list has; for a Set
// `values` may be NULL. Cost: n log n, n if the keys ascend.
void pt_map_build(PtContext *context, PtMap *out, const PtList *keys, const PtList *values, const PtDesc *k, const PtDesc *v);

// ---- for the rest of the VM ----

uint64_t map_size(const PtMap *map);
// Where the entry at a place begins a row of keys and a row of values, one after the other in key order; how many there are in
// it, 1 or more. The place must be in range. All entries are gone through like this, without any memory but the place. Cost: no
// comparisons, log n steps.
uint64_t map_run(const PtMap *map, uint64_t place, const PtDesc *k, const PtDesc *v, const void **key, const void **value);

#endif
