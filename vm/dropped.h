// dropped.h - keys whose entries have been dropped although the snapshot that recovery found has them: for them nothing is looked
// for there any more. A snapshot has each key once, so there are never more of them than it has entries.
#ifndef VM_DROPPED_H
#define VM_DROPPED_H

#include <stdbool.h>

#include "base/buf.h"
#include "vm/store.h"

// A hash table of keys as encode_key writes them: equal keys have equal bytes. NULL: there are none.
typedef struct DroppedKeys {
    Buf bytes;       // of each key its size, a uint32_t, and then itself
    uint64_t *slots; // 1 + where in `bytes`, in the low 40 bits; above them a part of the hash. 0: nothing
    size_t capacity;
    size_t count;
} DroppedKeys;

void dropped_add(DroppedKeys **dropped, StoreBytes key);
bool dropped_has(const DroppedKeys *dropped, StoreBytes key);
void dropped_free(DroppedKeys *dropped);

#endif
