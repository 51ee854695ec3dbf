// map_build.h - trees of maps whose size is known before their entries are.
#ifndef VM_MAP_BUILD_H
#define VM_MAP_BUILD_H

#include "vm/map_node.h"

// `size` bytes aligned to 8; NULL: there are none.
typedef void *MapAlloc(void *user, uint64_t size);

typedef struct MapShape {
    const PtDesc *k, *v;
    MapAlloc *alloc;
    void *user;
    uint64_t edit; // of the nodes
} MapShape;

// The tree of a map of `size` entries, whose keys and values are not filled in; map_run (map.h) says where they are. NULL if
// there is no memory for it, or no entries. Cost: the size.
MapNode *map_build(const MapShape *shape, uint64_t size);

#endif
