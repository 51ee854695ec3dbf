// store_latest.h - numbers for keys, so that of many items with one key the last can be kept: a table of their hashes. Of XXH3's
// 128 bits it keeps 96, and two keys with the same hash are not to be met: among a thousand million keys with a chance of 1 in
// 10^11.
#ifndef VM_STORE_LATEST_H
#define VM_STORE_LATEST_H

#include "base/hash.h"
#include "vm/store.h"

typedef struct LatestSlot {
    uint64_t low;
    uint32_t high;
    uint32_t number; // + 1; 0: an empty slot
} LatestSlot;

// Starts as all zeroes.
typedef struct Latest {
    LatestSlot *slots;
    size_t capacity; // a power of two
    size_t count;
} Latest;

// Fetches what a key with this hash will be looked up in: the table is larger than the caches.
static inline void latest_prefetch(const Latest *latest, Hash128 hash) {
    if (latest->capacity) __builtin_prefetch(&latest->slots[hash.low & (latest->capacity - 1)]);
}

// The number of a key by its hash: 0 for the first key that was asked for, and so on. It is new if it is the count of keys
// before.
size_t latest_number(Latest *latest, Hash128 hash);
void latest_free(Latest *latest);

#endif
