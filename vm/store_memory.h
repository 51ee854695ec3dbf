// store_memory.h - a store in memory that can be gone back in: for the prompt, whose runs are undone by recovery at an earlier
// epoch. store_memory_new is in store.h.
#ifndef VM_STORE_MEMORY_H
#define VM_STORE_MEMORY_H

#include "vm/store.h"

// A store in memory that goes on from another one, to which nothing is ever written: its first recovery recovers that one, keeps
// its records, and looks its snapshot up there. It makes no snapshots. Takes over `base`, which has not been recovered.
Store *store_memory_over(Store *base);

// The first epoch that can be gone back to, and the last one. 0: nothing has been recorded, or (of what goes on from another
// store) recovered yet.
uint64_t store_memory_first(const Store *memory);
uint64_t store_memory_last(const Store *memory);
// Whether an epoch can be gone back to: it has a record of its own, or a snapshot. 0, the beginning, can if there is no base and
// the first record is there.
bool store_memory_has(const Store *memory, uint64_t epoch);

// The store as it was at the end of an epoch that it has: to be recovered and read, not written. It may be used while somebody
// else works with the store itself, in the same thread, and is to be closed before that changes.
Store *store_memory_at(Store *memory, uint64_t epoch);

// Forgets what came behind an epoch that the store has. It must be recovered then before anything else is done with it, and what
// `get` and `scan` gave is gone.
void store_memory_rewind(Store *memory, uint64_t epoch);

#endif
