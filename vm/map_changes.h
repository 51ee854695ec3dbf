// map_changes.h - what is different between two versions of a map.
#ifndef VM_MAP_CHANGES_H
#define VM_MAP_CHANGES_H

#include "vm/map_node.h"

typedef struct MapChanges {
    const PtDesc *k, *v;
    bool exact; // only the values count; else also which of several equal keys it is (encode_key_is_exact)
    // Called for each entry that the newer version has and the older one has not, or has with a value of other bytes, and, with
    // NULL for the value, for each key that only the older one has; in the order of keys.
    void (*visit)(void *user, const void *key, const void *value);
    void *user;
    uint16_t stamp; // of the epoch whose marks say that the older version had another value; 0: of none
} MapChanges;

// Compares two trees; NULL is the empty one. Nodes that both have are passed over, but for what is marked, so of two versions of
// one map only what has changed is looked at. What is marked in the older one is visited if the newer one has the key, also if
// the value is the same. Cost: for each node that only one of them has its entries, for each marked one its marks and links, and
// log n.
void map_changes(const MapChanges *changes, const MapNode *before, const MapNode *after);

#endif
