// Nodes lie in the region of the atom. They are never given back one by one.
#include "vm/map_edit.h"

#include "vm/error.h"

enum { PARTITION_SHIFT = 48, ROOM_LEAST = 4 };

// The numbers of all partitions differ: what one has made another one may get to see.
static uint64_t new_number(Partition *partition) {
    return (uint64_t)partition->number << PARTITION_SHIFT | ++partition->map_edits;
}

MapEdit map_edit_begin(PtContext *context, const PtMap *map, const PtDesc *k, const PtDesc *v) {
    uint64_t number = map->edit ? map->edit : new_number(partition_of(context));
    return (MapEdit){context, k, v, number, map_node_limit(k, v)};
}

// Room for more than is asked for: twice as much each time.
static uint32_t capacity_for(const MapEdit *edit, uint32_t room) {
    uint32_t capacity = ROOM_LEAST;
    while (capacity < room) capacity *= 2;
    return capacity < edit->limit ? capacity : edit->limit;
}

MapNode *map_edit_new(const MapEdit *edit, uint32_t room, MapNodeKind kind) {
    uint32_t capacity = capacity_for(edit, room);
    uint64_t bytes = map_node_bytes(edit->k, edit->v, capacity, kind);
    if (bytes > UINT32_MAX) trap_memory(partition_of(edit->context));
    MapNode *node = pt_alloc(edit->context, (int64_t)bytes);
    map_node_init(node, edit->k, edit->v, capacity, kind);
    node->edit = edit->number;
    return node;
}

// What lies in the heap has no room, and leads to nothing that does not.
static MapNode *own(const MapEdit *edit, MapNode *node, uint32_t room) {
    bool is_own = node->edit == edit->number && !heap_has(&partition_of(edit->context)->heap, node);
    if (is_own && node->capacity >= room) return node;
    MapNodeKind kind = map_node_is_leaf(node) ? MAP_LEAF : MAP_INNER;
    MapNode *copy = map_edit_new(edit, room > node->count ? room : node->count, kind);
    map_node_copy(copy, node, edit->k, edit->v);
    return copy;
}

MapNode *map_edit_own_link(const MapEdit *edit, MapLink *link, uint32_t room) {
    return link->node = own(edit, link->node, room);
}

MapNode *map_edit_own_level(const MapEdit *edit, MapPath *path, uint32_t level, uint32_t room) {
    MapNode *node = path->nodes[level], *changed = own(edit, node, room);
    if (changed == node) return node;
    if (level) map_node_links(path->nodes[level - 1])[path->places[level - 1]].node = changed;
    return path->nodes[level] = changed;
}

void map_edit_own_path(const MapEdit *edit, MapPath *path) {
    for (uint32_t level = 0; level < path->depth; level++) map_edit_own_level(edit, path, level, 0);
}

// ---- entries ----

// Most keys and values are a word.
static inline void copy(char *to, const void *from, uint64_t size) {
    if (size == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else if (size)
        memcpy(to, from, size);
}

// Moves what is in a row from `from` on to `to`, up to the end.
static inline void shift(char *row, uint64_t size, uint32_t to, uint32_t from, uint32_t end) {
    memmove(row + to * size, row + from * size, (end - from) * size);
}

MapEntry map_entry_at(const MapEdit *edit, const MapNode *node, uint32_t place) {
    return (MapEntry){map_node_key(node, edit->k, place), map_node_value(node, edit->v, place), {0}};
}

void map_entry_set(const MapEdit *edit, MapNode *node, uint32_t place, const MapEntry *entry) {
    copy(map_node_key(node, edit->k, place), entry->key, edit->k->size);
    copy(map_node_value(node, edit->v, place), entry->value, edit->v->size);
}

void map_entry_put(const MapEdit *edit, MapNode *node, uint32_t place, const MapEntry *entry, MapSide side) {
    uint32_t count = node->count++;
    shift(map_node_key(node, edit->k, 0), edit->k->size, place + 1, place, count);
    if (edit->v->size) shift(map_node_value(node, edit->v, 0), edit->v->size, place + 1, place, count);
    map_entry_set(edit, node, place, entry);
    if (map_node_is_leaf(node)) return;
    MapLink *links = map_node_links(node);
    uint32_t at = place + (side == MAP_BEHIND);
    shift((char *)links, sizeof *links, at + 1, at, count + 1);
    links[at] = entry->link;
}

void map_entry_take(const MapEdit *edit, MapNode *node, uint32_t place, MapSide side) {
    uint32_t count = node->count--;
    shift(map_node_key(node, edit->k, 0), edit->k->size, place, place + 1, count);
    if (edit->v->size) shift(map_node_value(node, edit->v, 0), edit->v->size, place, place + 1, count);
    if (map_node_is_leaf(node)) return;
    MapLink *links = map_node_links(node);
    uint32_t at = place + (side == MAP_BEHIND);
    shift((char *)links, sizeof *links, at, at + 1, count + 1);
}
