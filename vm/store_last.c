#include "vm/store_last.h"

#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"

// ---- taking ----

// The bytes of a key from `depth` on, as a number that orders like them.
static uint64_t prefix_of(StoreBytes key, size_t depth) {
    uint64_t prefix = 0;
    size_t left = key.size > depth ? key.size - depth : 0;
    if (left) memcpy(&prefix, (const char *)key.data + depth, left < sizeof prefix ? left : sizeof prefix);
    return __builtin_bswap64(prefix);
}

static void take_next(LastItems *items) {
    const ComingItem *coming = &items->coming[items->taken++ % LAST_AHEAD];
    size_t number = latest_number(&items->keys, coming->hash);
    items->items = memory_grow(items->items, number, &items->capacity, sizeof(LastItem));
    items->items[number] = coming->item;
    items->count = items->keys.count;
}

void last_items_put(LastItems *items, const StoreItem *item) {
    if (items->come - items->taken == LAST_AHEAD) take_next(items);
    ComingItem *next = &items->coming[items->come++ % LAST_AHEAD];
    next->hash = hash_bytes128(item->key.data, item->key.size);
    next->item = (LastItem){prefix_of(item->key, 0), (const char *)item->key.data - STORE_ITEM_HEAD};
    latest_prefetch(&items->keys, next->hash);
}

// ---- sorting ----

static StoreBytes key_of(const LastItem *item) {
    return last_item_at(item->at).key;
}

static int compare_prefixes(const void *left, const void *right) {
    const LastItem *a = left, *b = right;
    return (a->prefix > b->prefix) - (a->prefix < b->prefix);
}

static int compare_keys(const void *left, const void *right) {
    return store_compare(key_of(left), key_of(right));
}

// What has its key from a counter comes in order.
static bool are_sorted(const LastItems *items) {
    for (size_t i = 1; i < items->count; i++) {
        const LastItem *item = &items->items[i];
        int order = compare_prefixes(item - 1, item);
        if (order > 0 || (order == 0 && compare_keys(item - 1, item) > 0)) return false;
    }
    return true;
}

enum { DEEP = 64 }; // so many bytes that keys have in common are passed over in steps

// Items whose keys are the same up to `depth`: by the next bytes, and those that are the same in these, by the ones behind.
static void sort(LastItem *items, size_t count, size_t depth) {
    bool any_ends = false; // within the bytes that are compared here, so that zeroes are not told from an end
    for (size_t i = 0; i < count; i++) {
        StoreBytes key = key_of(&items[i]);
        if (i + LAST_AHEAD < count) __builtin_prefetch(items[i + LAST_AHEAD].at + STORE_ITEM_HEAD + depth);
        items[i].prefix = prefix_of(key, depth);
        any_ends |= key.size < depth + sizeof items->prefix;
    }
    qsort(items, count, sizeof *items, compare_prefixes);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && items[end].prefix == items[first].prefix;) end++;
        if (end - first == 1) continue;
        if (any_ends || depth >= DEEP)
            qsort(items + first, end - first, sizeof *items, compare_keys);
        else
            sort(items + first, end - first, depth + sizeof items->prefix);
    }
}

void last_items_sort(LastItems *items) {
    while (items->taken < items->come) take_next(items);
    latest_free(&items->keys);
    if (!are_sorted(items)) sort(items->items, items->count, 0);
}

size_t last_items_find(const LastItems *items, StoreBytes key) {
    size_t low = 0, high = items->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store_compare(key_of(&items->items[middle]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void last_items_free(LastItems *items) {
    free(items->items);
    latest_free(&items->keys);
    *items = (LastItems){0};
}
