#include "vm/dropped.h"

#include <stdlib.h>

#include "base/hash.h"
#include "vm/memory.h"

enum { FIRST_CAPACITY = 64, PLACE_BITS = 40 };

static const uint64_t PLACE_MASK = ((uint64_t)1 << PLACE_BITS) - 1;

static StoreBytes key_at(const DroppedKeys *dropped, uint64_t slot) {
    const char *at = dropped->bytes.data + (slot & PLACE_MASK) - 1;
    return (StoreBytes){at + sizeof(uint32_t), store_get_u32(at)};
}

// The slot of the key, or the empty one where it would be.
static uint64_t *slot_of(const DroppedKeys *dropped, StoreBytes key, uint64_t hash) {
    size_t mask = dropped->capacity - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        uint64_t *slot = &dropped->slots[i];
        if (!*slot || (*slot >> PLACE_BITS == hash >> PLACE_BITS && !store_compare(key_at(dropped, *slot), key))) return slot;
    }
}

static void grow(DroppedKeys *dropped) {
    DroppedKeys larger = *dropped;
    larger.capacity = dropped->capacity ? 2 * dropped->capacity : FIRST_CAPACITY;
    larger.slots = MEMORY_NEW(uint64_t, larger.capacity);
    for (size_t i = 0; i < dropped->capacity; i++) {
        uint64_t slot = dropped->slots[i];
        if (!slot) continue;
        StoreBytes key = key_at(dropped, slot);
        *slot_of(&larger, key, hash_bytes(key.data, key.size)) = slot;
    }
    free(dropped->slots);
    *dropped = larger;
}

static void add(DroppedKeys *dropped, StoreBytes key) {
    if (2 * dropped->count >= dropped->capacity) grow(dropped);
    uint64_t hash = hash_bytes(key.data, key.size), *slot = slot_of(dropped, key, hash);
    if (*slot) return;
    *slot = (hash >> PLACE_BITS << PLACE_BITS) | (dropped->bytes.length + 1);
    store_put_u32(buf_reserve(&dropped->bytes, sizeof(uint32_t)), (uint32_t)key.size);
    dropped->bytes.length += sizeof(uint32_t);
    buf_append(&dropped->bytes, key.data, key.size);
    dropped->count++;
}

void dropped_add(DroppedKeys **dropped, StoreBytes key) {
    if (!*dropped) *dropped = MEMORY_NEW(DroppedKeys, 1);
    add(*dropped, key);
}

bool dropped_has(const DroppedKeys *dropped, StoreBytes key) {
    return dropped && *slot_of(dropped, key, hash_bytes(key.data, key.size));
}

void dropped_free(DroppedKeys *dropped) {
    if (!dropped) return;
    buf_free(&dropped->bytes);
    free(dropped->slots);
    free(dropped);
}
