// store_last.h - of many items the last one of each key, in the order of the keys: what a snapshot is made of, and what recovery
// takes from a log. Items stay where they lie, in the bodies of records, which must stay, too.
#ifndef VM_STORE_LAST_H
#define VM_STORE_LAST_H

#include "vm/store_latest.h"

// An item, which is compared by the first bytes of its key before anything else is touched.
typedef struct LastItem {
    uint64_t prefix; // big-endian, filled up with zeroes
    const char *at;  // its head
} LastItem;

enum { LAST_AHEAD = 16 }; // so many items before it is looked up, what a key is looked up in is fetched

// An item on its way into the table of keys.
typedef struct ComingItem {
    Hash128 hash;
    LastItem item;
} ComingItem;

// Starts as all zeroes.
typedef struct LastItems {
    LastItem *items; // by the number of their keys, and in their order once they are sorted
    size_t count;
    size_t capacity;
    Latest keys;
    ComingItem coming[LAST_AHEAD];
    size_t come, taken; // of all items: those on their way are between
} LastItems;

// The item at a head that has been read before.
static inline StoreItem last_item_at(const char *at) {
    uint32_t first = store_get_u32(at), value_size = store_get_u32(at + 4);
    size_t key_size = first >> STORE_OP_BITS;
    const char *key = at + STORE_ITEM_HEAD;
    return (StoreItem){(StoreOp)(first & ((1 << STORE_OP_BITS) - 1)), {key, key_size}, {key + key_size, value_size}};
}

// Takes an item that store_next_item has read: it takes the place of one before with the same key. Not STORE_ONCE.
void last_items_put(LastItems *items, const StoreItem *item);
// After the last one: sorts them by their keys.
void last_items_sort(LastItems *items);
// Of sorted items, the number of the first one whose key is not below `key`, or the count.
size_t last_items_find(const LastItems *items, StoreBytes key);
void last_items_free(LastItems *items);

#endif
