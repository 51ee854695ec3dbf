// map_edit.h - changing maps: a path from the root to an entry, whose nodes are made one's own before they are changed.
#ifndef VM_MAP_EDIT_H
#define VM_MAP_EDIT_H

#include "vm/context.h"
#include "vm/map.h"
#include "vm/map_node.h"

// From the root to where a key is, or where it would be inserted into a leaf. The place in a node that the path goes through is
// that of the link; in the last one that of the entry.
typedef struct MapPath {
    MapNode *nodes[MAP_DEEPEST];
    uint32_t places[MAP_DEEPEST];
    uint32_t depth;
} MapPath;

// True if the key is there. The root must not be NULL.
bool map_search(MapPath *path, MapNode *root, const void *key, const PtDesc *k);

typedef struct MapEdit {
    PtContext *context;
    const PtDesc *k, *v;
    uint64_t number; // what the nodes bear that may be changed
    uint32_t limit;
} MapEdit;

// With the right that the map has, or a new one.
MapEdit map_edit_begin(PtContext *context, const PtMap *map, const PtDesc *k, const PtDesc *v);
// A node without entries.
MapNode *map_edit_new(const MapEdit *edit, uint32_t room, MapNodeKind kind);
// The node at a level of a path, or the one that a link of an own node leads to, if it may be changed and has room for so many
// entries, which are not over the limit; else a copy, which takes its place.
MapNode *map_edit_own_level(const MapEdit *edit, MapPath *path, uint32_t level, uint32_t room);
MapNode *map_edit_own_link(const MapEdit *edit, MapLink *link, uint32_t room);
// All nodes of the path become own ones.
void map_edit_own_path(const MapEdit *edit, MapPath *path);

// ---- in own nodes with room ----

// An entry and, in a node that is no leaf, what comes behind it or before it.
typedef struct MapEntry {
    const void *key, *value;
    MapLink link;
} MapEntry;

typedef enum MapSide { MAP_BEFORE, MAP_BEHIND } MapSide; // on which side of the entry its link is

MapEntry map_entry_at(const MapEdit *edit, const MapNode *node, uint32_t place);
void map_entry_set(const MapEdit *edit, MapNode *node, uint32_t place, const MapEntry *entry);
void map_entry_put(const MapEdit *edit, MapNode *node, uint32_t place, const MapEntry *entry, MapSide side);
void map_entry_take(const MapEdit *edit, MapNode *node, uint32_t place, MapSide side);

#endif
