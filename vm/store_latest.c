#include "vm/store_latest.h"

#include <stdlib.h>

#include "vm/memory.h"

enum { FIRST_CAPACITY = 1024 };

static LatestSlot *find(const Latest *latest, Hash128 hash) {
    size_t mask = latest->capacity - 1, i = hash.low & mask;
    while (latest->slots[i].number && (latest->slots[i].hash.low != hash.low || latest->slots[i].hash.high != hash.high))
        i = (i + 1) & mask;
    return &latest->slots[i];
}

static void grow(Latest *latest) {
    LatestSlot *old = latest->slots;
    size_t old_capacity = latest->capacity;
    latest->capacity = old_capacity ? 2 * old_capacity : FIRST_CAPACITY;
    latest->slots = MEMORY_NEW(LatestSlot, latest->capacity);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].number) *find(latest, old[i].hash) = old[i];
    free(old);
}

size_t latest_number(Latest *latest, StoreBytes key) {
    if (2 * latest->count >= latest->capacity) grow(latest);
    Hash128 hash = hash_bytes128(key.data, key.size);
    LatestSlot *slot = find(latest, hash);
    if (!slot->number) *slot = (LatestSlot){hash, ++latest->count};
    return slot->number - 1;
}

void latest_free(Latest *latest) {
    free(latest->slots);
    *latest = (Latest){0};
}
