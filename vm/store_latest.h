// store_latest.h - numbers for keys, so that of many items with one key the last can be kept: a table of their hashes. XXH3 has
// 128 bits here, and two keys with the same hash are not to be met: among ten thousand million keys with a chance of 1 in 10^18.
#ifndef VM_STORE_LATEST_H
#define VM_STORE_LATEST_H

#include "base/hash.h"
#include "vm/store.h"

typedef struct LatestSlot {
    Hash128 hash;
    uint64_t number; // + 1; 0: an empty slot
} LatestSlot;

// Starts as all zeroes.
typedef struct Latest {
    LatestSlot *slots;
    size_t capacity; // a power of two
    size_t count;
} Latest;

// The number of a key: 0 for the first key that was asked for, and so on. It is new if it is the count of keys before.
size_t latest_number(Latest *latest, StoreBytes key);
void latest_free(Latest *latest);

#endif
