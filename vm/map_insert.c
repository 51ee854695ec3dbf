// Inserting: into a leaf. A leaf that is full becomes two, with the entry between them going up; so do the nodes above, and in
// the end there may be a new root.
#include "vm/error.h"
#include "vm/map_edit.h"

// Keys that ascend leave full nodes behind, as far as the least size of the new ones allows; others halve them.
static uint32_t middle_of(const MapEdit *edit, const MapNode *node, uint32_t place) {
    return place == node->count ? edit->limit - map_node_least(edit->limit) - 1 : edit->limit / 2;
}

// Splits a full node, one half of which takes the entry. What goes up instead is the entry in the middle: it waits in the last
// place of the new node, which is free.
static void split(const MapEdit *edit, MapNode *node, uint32_t place, MapEntry *entry) {
    bool leaf = map_node_is_leaf(node);
    MapNode *right = map_edit_new(edit, edit->limit, leaf ? MAP_LEAF : MAP_INNER);
    uint32_t middle = middle_of(edit, node, place), from = middle + 1, moved = node->count - from;
    memcpy(map_node_key(right, edit->k, 0), map_node_key(node, edit->k, from), (uint64_t)moved * edit->k->size);
    memcpy(map_node_value(right, edit->v, 0), map_node_value(node, edit->v, from), (uint64_t)moved * edit->v->size);
    if (!leaf) memcpy(map_node_links(right), map_node_links(node) + from, (moved + 1) * sizeof(MapLink));
    right->count = (uint8_t)moved;
    node->count = (uint8_t)middle;
    uint32_t last = right->capacity - 1;
    MapEntry up = map_entry_at(edit, node, middle);
    map_entry_set(edit, right, last, &up);
    if (place <= middle)
        map_entry_put(edit, node, place, entry, MAP_BEHIND);
    else
        map_entry_put(edit, right, place - from, entry, MAP_BEHIND);
    *entry = map_entry_at(edit, right, last);
    entry->link = (MapLink){right, map_node_size(right)};
}

// A root above the one that was split.
static MapNode *new_root(const MapEdit *edit, const MapPath *path, const MapEntry *entry) {
    if (path->depth == MAP_DEEPEST) trap_memory(partition_of(edit->context));
    MapNode *root = map_edit_new(edit, 1, MAP_INNER);
    map_node_links(root)[0] = (MapLink){path->nodes[0], map_node_size(path->nodes[0])};
    map_entry_put(edit, root, 0, entry, MAP_BEHIND);
    return root;
}

// Puts the entry where the path ends, in own nodes; the root afterwards.
static MapNode *put(const MapEdit *edit, MapPath *path, MapEntry entry) {
    for (uint32_t level = 0; level < path->depth - 1; level++) map_node_links(path->nodes[level])[path->places[level]].size++;
    for (uint32_t level = path->depth; level-- > 0;) {
        MapNode *node = path->nodes[level];
        uint32_t place = path->places[level];
        if (node->count < edit->limit) {
            node = map_edit_own_level(edit, path, level, node->count + 1u);
            map_entry_put(edit, node, place, &entry, MAP_BEHIND);
            return path->nodes[0];
        }
        split(edit, node, place, &entry);
        if (level) map_node_links(path->nodes[level - 1])[path->places[level - 1]].size -= entry.link.size + 1;
    }
    return new_root(edit, path, &entry);
}

static MapNode *put_first(const MapEdit *edit, const MapEntry *entry) {
    MapNode *leaf = map_edit_new(edit, 1, MAP_LEAF);
    map_entry_put(edit, leaf, 0, entry, MAP_BEHIND);
    return leaf;
}

// ---- values ----

static char *value_at_end(const MapPath *path, const PtDesc *v) {
    uint32_t last = path->depth - 1;
    return map_node_value(path->nodes[last], v, path->places[last]);
}

// A node that bears the number of the map, as those above it do then, may have another value put in, also if it has become part
// of the heap; but what lies there refers to nothing that does not.
static bool may_replace(PtContext *context, const PtMap *map, const MapPath *path, const PtDesc *v) {
    const MapNode *node = path->nodes[path->depth - 1];
    const Partition *partition = partition_of(context);
    if (!map->edit || node->edit != map->edit) return false;
    if (!heap_has(&partition->heap, node)) return true;
    return !v->has_pointers && partition->touches.edits.length < TOUCHES_EDITS_MOST;
}

static void mark(const MapPath *path, uint16_t stamp) {
    uint32_t last = path->depth - 1;
    for (uint32_t level = 0; level <= last; level++) map_node_begin_marks(path->nodes[level], stamp);
    path->nodes[last]->marks |= (uint64_t)1 << path->places[last];
}

// What is undone stays marked: that does no harm.
static void replace_in_place(PtContext *context, const MapPath *path, const void *value, const PtDesc *v) {
    Partition *partition = partition_of(context);
    char *place = value_at_end(path, v);
    if (context->tracks && heap_has(&partition->heap, place)) {
        touches_note_edit(&partition->touches, place, v->size);
        if (partition->is_durable) mark(path, partition->map_stamp);
    }
    memcpy(place, value, v->size);
}

// Also if there are no values, in a Set.
static bool has_value(const MapPath *path, const void *value, const PtDesc *v) {
    return !v->size || memcmp(value_at_end(path, v), value, v->size) == 0;
}

void pt_map_insert(PtContext *context, PtMap *out, const PtMap *map, const void *key, const void *value, const PtDesc *k,
                   const PtDesc *v) {
    MapPath path;
    bool found = map->root && map_search(&path, map->root, key, k);
    if (found && has_value(&path, value, v)) {
        *out = *map;
        return;
    }
    if (found && may_replace(context, map, &path, v)) {
        replace_in_place(context, &path, value, v);
        *out = *map;
        return;
    }
    MapEdit edit = map_edit_begin(context, map, k, v);
    MapEntry entry = {key, value, {0}};
    MapNode *root;
    if (!map->root) {
        root = put_first(&edit, &entry);
    } else {
        map_edit_own_path(&edit, &path);
        if (found) memcpy(value_at_end(&path, v), value, v->size);
        root = found ? path.nodes[0] : put(&edit, &path, entry);
    }
    *out = (PtMap){root, edit.number};
}
