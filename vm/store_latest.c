#include "vm/store_latest.h"

#include <stdlib.h>

#include "vm/memory.h"

enum { FIRST_CAPACITY = 1024 };

static LatestSlot *find(const Latest *latest, uint64_t low, uint32_t high) {
    size_t mask = latest->capacity - 1, i = low & mask;
    while (latest->slots[i].number && (latest->slots[i].low != low || latest->slots[i].high != high)) i = (i + 1) & mask;
    return &latest->slots[i];
}

static void grow(Latest *latest) {
    LatestSlot *old = latest->slots;
    size_t old_capacity = latest->capacity;
    latest->capacity = old_capacity ? 2 * old_capacity : FIRST_CAPACITY;
    latest->slots = MEMORY_NEW(LatestSlot, latest->capacity);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].number) *find(latest, old[i].low, old[i].high) = old[i];
    free(old);
}

size_t latest_number(Latest *latest, Hash128 hash) {
    if (2 * latest->count >= latest->capacity) grow(latest);
    LatestSlot *slot = find(latest, hash.low, (uint32_t)hash.high);
    if (!slot->number) *slot = (LatestSlot){hash.low, (uint32_t)hash.high, (uint32_t)++latest->count};
    return slot->number - 1;
}

void latest_free(Latest *latest) {
    free(latest->slots);
    *latest = (Latest){0};
}
