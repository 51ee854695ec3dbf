// store_state.h - the state that a store holds: its snapshot, and over it what the log says since then. It is there until the
// store is written to, or closed.
#ifndef VM_STORE_STATE_H
#define VM_STORE_STATE_H

#include <stdbool.h>

#include "vm/store_last.h"

typedef struct State {
    Store *store;
    uint64_t epoch;
    uint64_t records;  // of the log that were read
    uint64_t once;     // bytes of items that are there only as long as their record is
    LastItems items;   // of the log, which lie where the store has them
    const char *error; // why a record could not be read
} State;

// In steps: an item of the log, as a record that the store handed over has it, items that come later take the place of those
// before; then all are there, in the order of their keys. Starts as all zeroes but for the store.
void state_put(State *state, const StoreItem *item);
void state_sort(State *state);
// All at once: recovers the store. 0, or a negated errno value with state->error, or the store's message.
int state_read(State *state, Store *store);
void state_free(State *state);

// Calls `visit` for all keys that begin with `prefix`, in the order of their bytes, until it returns something else than 0, which
// is returned.
int state_scan(const State *state, StoreBytes prefix, StoreScan *visit, void *user);
// The value of a key; -ENOENT if it has none.
int state_get(const State *state, StoreBytes key, StoreBytes *value);

#endif
