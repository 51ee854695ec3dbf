// Two cursors go through the trees in the order of keys, side by side. A cursor stands in front of an entry or in front of a
// whole tree below a link, which it enters only if it has to: where both stand in front of the same node, both pass over it. In
// a node that the epoch has marked they go as far as its marks do; those of the older version are all there is to know, since a
// node is a newer one's alone or is in both.
// Trees that have a past in common have nodes of the same height in common, so the higher one is entered first.
#include "vm/map_changes.h"

#include <assert.h>

#include "vm/abi.h"

typedef struct Cursor {
    const MapNode *nodes[MAP_DEEPEST]; // that have been entered
    uint32_t places[MAP_DEEPEST];      // of the entry that comes next in each, or behind `below`
    uint32_t depth;
    uint32_t height;      // of the root; a leaf has 1
    const MapNode *below; // what comes next is all of this tree; NULL: an entry, or at depth 0 the end
} Cursor;

static uint32_t height_of(const MapNode *node) {
    uint32_t height = 0;
    for (; node; node = map_node_is_leaf(node) ? NULL : map_node_links(node)[0].node) height++;
    return height;
}

static bool at_entry(const Cursor *cursor) {
    return !cursor->below && cursor->depth;
}

// Leaves nodes that have no more entries.
static void leave(Cursor *cursor) {
    while (cursor->depth && cursor->places[cursor->depth - 1] == cursor->nodes[cursor->depth - 1]->count) cursor->depth--;
}

static void enter(Cursor *cursor) {
    const MapNode *node = cursor->below;
    assert(cursor->depth < MAP_DEEPEST);
    cursor->nodes[cursor->depth] = node;
    cursor->places[cursor->depth] = 0;
    cursor->depth++;
    cursor->below = map_node_is_leaf(node) ? NULL : map_node_links(node)[0].node;
    if (!cursor->below) leave(cursor);
}

static void pass_tree(Cursor *cursor) {
    cursor->below = NULL;
    leave(cursor);
}

static void pass_entry(Cursor *cursor) {
    const MapNode *node = cursor->nodes[cursor->depth - 1];
    uint32_t place = ++cursor->places[cursor->depth - 1];
    if (map_node_is_leaf(node))
        leave(cursor);
    else
        cursor->below = map_node_links(node)[place].node;
}

static const char *key_at(const Cursor *cursor, const PtDesc *k) {
    return map_node_key(cursor->nodes[cursor->depth - 1], k, cursor->places[cursor->depth - 1]);
}

static const char *value_at(const Cursor *cursor, const PtDesc *v) {
    return map_node_value(cursor->nodes[cursor->depth - 1], v, cursor->places[cursor->depth - 1]);
}

static const char *first_key(const MapNode *node, const PtDesc *k) {
    while (!map_node_is_leaf(node)) node = map_node_links(node)[0].node;
    return map_node_key(node, k, 0);
}

static int compare(const PtDesc *k, const char *a, const char *b) {
    if (k->kind != PT_INT) return pt_compare(k, a, b);
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

// ---- leaves with the same keys, which most of those that differ are ----

static bool have_same_keys(const MapNode *before, const MapNode *after, const PtDesc *k) {
    return map_node_is_leaf(before) && map_node_is_leaf(after) && before->count == after->count &&
           memcmp(map_node_key(before, k, 0), map_node_key(after, k, 0), before->count * (size_t)k->size) == 0;
}

static bool same_value(const char *before, const char *after, uint32_t size) {
    if (size != sizeof(uint64_t)) return memcmp(before, after, size) == 0;
    return *(const uint64_t *)before == *(const uint64_t *)after;
}

static void compare_values(const MapChanges *changes, const MapNode *before, const MapNode *after) {
    const PtDesc *k = changes->k, *v = changes->v;
    uint64_t marks = map_node_is_marked(before, changes->stamp) ? before->marks : 0;
    for (uint32_t i = 0; i < after->count; i++) {
        const char *value = map_node_value(after, v, i);
        if (marks >> i & 1 || !same_value(map_node_value(before, v, i), value, v->size))
            changes->visit(changes->user, map_node_key(after, k, i), value);
    }
}

static void visit_marked(const MapChanges *changes, const MapNode *leaf) {
    for (uint64_t marks = leaf->marks; marks; marks &= marks - 1) {
        uint32_t place = (uint32_t)__builtin_ctzll(marks);
        changes->visit(changes->user, map_node_key(leaf, changes->k, place), map_node_value(leaf, changes->v, place));
    }
}

static void fetch(const MapNode *node) {
    enum { LINE = 64 };
    for (uint32_t at = 0; at < MAP_NODE_BYTES; at += LINE) __builtin_prefetch((const char *)node + at);
}

// The heads of what will be looked at for marks.
static void fetch_below(const MapNode *node) {
    for (uint32_t i = 0; i <= node->count; i++) __builtin_prefetch(map_node_links(node)[i].node);
}

// What will be compared after this.
static void fetch_next(const Cursor *before, const Cursor *after) {
    if (!before->depth || !after->depth) return;
    const MapNode *a = before->nodes[before->depth - 1], *b = after->nodes[after->depth - 1];
    uint32_t i = before->places[before->depth - 1] + 1, j = after->places[after->depth - 1] + 1;
    if (i > a->count || j > b->count || map_node_links(a)[i].node == map_node_links(b)[j].node) return;
    fetch(map_node_links(a)[i].node);
    fetch(map_node_links(b)[j].node);
}

// ---- both ----

static void pass_both(Cursor *before, Cursor *after) {
    pass_tree(before);
    pass_tree(after);
}

static void pass_same(const MapChanges *changes, Cursor *before, Cursor *after) {
    const MapNode *node = before->below;
    if (map_node_is_marked(node, changes->stamp) && !map_node_is_leaf(node)) {
        fetch_below(node);
        enter(before);
        enter(after);
        return;
    }
    if (map_node_is_marked(node, changes->stamp)) visit_marked(changes, node);
    pass_both(before, after);
}

static void pass_trees(const MapChanges *changes, Cursor *before, Cursor *after) {
    if (before->below == after->below) {
        pass_same(changes, before, after);
        return;
    }
    fetch_next(before, after);
    if (have_same_keys(before->below, after->below, changes->k)) {
        compare_values(changes, before->below, after->below);
        pass_both(before, after);
        return;
    }
    uint32_t height = before->height - before->depth, other = after->height - after->depth;
    if (height >= other) enter(before);
    if (other >= height) enter(after);
}

static void pass_gone(const MapChanges *changes, Cursor *before) {
    changes->visit(changes->user, key_at(before, changes->k), NULL);
    pass_entry(before);
}

static void pass_new(const MapChanges *changes, Cursor *after) {
    changes->visit(changes->user, key_at(after, changes->k), value_at(after, changes->v));
    pass_entry(after);
}

static bool has_mark(const MapChanges *changes, const Cursor *cursor) {
    return map_node_has_mark(cursor->nodes[cursor->depth - 1], changes->stamp, cursor->places[cursor->depth - 1]);
}

// The keys are equal.
static void pass_pair(const MapChanges *changes, Cursor *before, Cursor *after) {
    const PtDesc *k = changes->k, *v = changes->v;
    bool same = !has_mark(changes, before) && same_value(value_at(before, v), value_at(after, v), v->size);
    if (same && !changes->exact) same = memcmp(key_at(before, k), key_at(after, k), k->size) == 0;
    if (!same) changes->visit(changes->user, key_at(after, k), value_at(after, v));
    pass_entry(before);
    pass_entry(after);
}

static void pass_entries(const MapChanges *changes, Cursor *before, Cursor *after) {
    int way = !at_entry(before)  ? 1
              : !at_entry(after) ? -1
                                 : compare(changes->k, key_at(before, changes->k), key_at(after, changes->k));
    if (way < 0)
        pass_gone(changes, before);
    else if (way > 0)
        pass_new(changes, after);
    else
        pass_pair(changes, before, after);
}

// The entry comes before all of the tree.
static bool comes_first(const MapChanges *changes, const Cursor *entry, const Cursor *tree) {
    return at_entry(entry) && compare(changes->k, key_at(entry, changes->k), first_key(tree->below, changes->k)) < 0;
}

void map_changes(const MapChanges *changes, const MapNode *before_root, const MapNode *after_root) {
    Cursor before, after; // not initialised as a whole: they are larger than many maps
    before.depth = after.depth = 0;
    before.below = before_root;
    after.below = after_root;
    before.height = height_of(before_root);
    after.height = height_of(after_root);
    while (before.below || before.depth || after.below || after.depth) {
        if (before.below && after.below)
            pass_trees(changes, &before, &after);
        else if (before.below && comes_first(changes, &after, &before))
            pass_new(changes, &after);
        else if (before.below)
            enter(&before);
        else if (after.below && comes_first(changes, &before, &after))
            pass_gone(changes, &before);
        else if (after.below)
            enter(&after);
        else
            pass_entries(changes, &before, &after);
    }
}
