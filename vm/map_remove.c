// Removing: from a leaf. An entry of another node changes places with the one before it, which is in a leaf. A node with too few
// entries takes one of its neighbour, through the node above, or joins it.
#include "vm/map_edit.h"

static MapEntry last_entry(const MapEdit *edit, const MapNode *node) {
    MapEntry entry = map_entry_at(edit, node, node->count - 1u);
    if (!map_node_is_leaf(node)) entry.link = map_node_links(node)[node->count];
    return entry;
}

// ---- two neighbours: those that the links `at` and `at` + 1 lead to, with the entry `at` between them ----

// The right one goes.
static void join(const MapEdit *edit, MapNode *above, uint32_t at) {
    MapLink *links = map_node_links(above);
    const MapNode *right = links[at + 1].node;
    MapNode *left = map_edit_own_link(edit, &links[at], links[at].node->count + right->count + 1u);
    uint32_t count = left->count;
    MapEntry between = map_entry_at(edit, above, at);
    map_entry_set(edit, left, count, &between);
    memcpy(map_node_key(left, edit->k, count + 1), map_node_key(right, edit->k, 0), (uint64_t)right->count * edit->k->size);
    memcpy(map_node_value(left, edit->v, count + 1), map_node_value(right, edit->v, 0), (uint64_t)right->count * edit->v->size);
    if (!map_node_is_leaf(left))
        memcpy(map_node_links(left) + count + 1, map_node_links(right), (right->count + 1) * sizeof(MapLink));
    left->count = (uint8_t)(count + 1 + right->count);
    links[at].size += 1 + links[at + 1].size;
    map_entry_take(edit, above, at, MAP_BEHIND);
}

static void move_right(const MapEdit *edit, MapNode *above, uint32_t at) {
    MapLink *links = map_node_links(above);
    MapNode *left = map_edit_own_link(edit, &links[at], 0);
    MapNode *right = map_edit_own_link(edit, &links[at + 1], links[at + 1].node->count + 1u);
    MapEntry moved = last_entry(edit, left), between = map_entry_at(edit, above, at);
    between.link = moved.link;
    map_entry_put(edit, right, 0, &between, MAP_BEFORE);
    map_entry_set(edit, above, at, &moved);
    map_entry_take(edit, left, left->count - 1u, MAP_BEHIND);
    links[at].size -= 1 + moved.link.size;
    links[at + 1].size += 1 + moved.link.size;
}

static void move_left(const MapEdit *edit, MapNode *above, uint32_t at) {
    MapLink *links = map_node_links(above);
    MapNode *left = map_edit_own_link(edit, &links[at], links[at].node->count + 1u);
    MapNode *right = map_edit_own_link(edit, &links[at + 1], 0);
    MapEntry moved = map_entry_at(edit, right, 0), between = map_entry_at(edit, above, at);
    if (!map_node_is_leaf(right)) between.link = map_node_links(right)[0];
    map_entry_put(edit, left, left->count, &between, MAP_BEHIND);
    map_entry_set(edit, above, at, &moved);
    map_entry_take(edit, right, 0, MAP_BEFORE);
    links[at].size += 1 + between.link.size;
    links[at + 1].size -= 1 + between.link.size;
}

// ---- the whole ----

// Nodes join if some room is left then, so that the next insertion does not split them again.
static bool fit_together(const MapEdit *edit, const MapLink *links) {
    return links[0].node->count + links[1].node->count + 1u <= edit->limit - map_node_least(edit->limit);
}

// From the leaf up, as long as nodes have too few entries.
static void refill(const MapEdit *edit, MapPath *path) {
    for (uint32_t level = path->depth; level-- > 1;) {
        if (path->nodes[level]->count >= map_node_least(edit->limit)) return;
        MapNode *above = path->nodes[level - 1];
        uint32_t place = path->places[level - 1], at = place ? place - 1 : 0;
        if (fit_together(edit, map_node_links(above) + at)) {
            join(edit, above, at);
        } else {
            if (place)
                move_right(edit, above, at);
            else
                move_left(edit, above, at);
            return;
        }
    }
}

// Goes on to the last entry of what is before the one where the path ends.
static void go_to_predecessor(const MapEdit *edit, MapPath *path) {
    while (!map_node_is_leaf(path->nodes[path->depth - 1])) {
        uint32_t level = path->depth - 1;
        MapNode *node = map_edit_own_link(edit, &map_node_links(path->nodes[level])[path->places[level]], 0);
        path->nodes[level + 1] = node;
        path->places[level + 1] = map_node_is_leaf(node) ? node->count - 1u : node->count;
        path->depth++;
    }
}

// Takes the entry where the path ends, out of own nodes; the root afterwards.
static MapNode *take(const MapEdit *edit, MapPath *path) {
    uint32_t found = path->depth - 1;
    go_to_predecessor(edit, path);
    uint32_t last = path->depth - 1;
    MapNode *leaf = path->nodes[last];
    if (last != found) {
        MapEntry entry = map_entry_at(edit, leaf, path->places[last]);
        map_entry_set(edit, path->nodes[found], path->places[found], &entry);
    }
    map_entry_take(edit, leaf, path->places[last], MAP_BEHIND);
    for (uint32_t level = 0; level < last; level++) map_node_links(path->nodes[level])[path->places[level]].size--;
    refill(edit, path);
    MapNode *root = path->nodes[0];
    if (root->count) return root;
    return map_node_is_leaf(root) ? NULL : map_node_links(root)[0].node;
}

void pt_map_remove(PtContext *context, PtMap *out, const PtMap *map, const void *key, const PtDesc *k, const PtDesc *v) {
    MapPath path;
    if (!map->root || !map_search(&path, map->root, key, k)) {
        *out = *map;
        return;
    }
    MapEdit edit = map_edit_begin(context, map, k, v);
    map_edit_own_path(&edit, &path);
    *out = (PtMap){take(&edit, &path), edit.number};
}
