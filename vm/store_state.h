// store_state.h - the state that a store holds: its snapshot, and over it what the log says since then. Only the latter is held
// in memory.
#ifndef VM_STORE_STATE_H
#define VM_STORE_STATE_H

#include <stdbool.h>

#include "base/arena.h"
#include "vm/store.h"

typedef struct StateItem {
    StoreBytes key;
    StoreBytes value; // its data is NULL: the key has been deleted
    size_t room;      // for a value that takes its place
    uint64_t hash;    // of the key
} StateItem;

typedef struct State {
    Store *store;
    uint64_t epoch;
    uint64_t records; // of the log that were read
    uint64_t once;    // bytes of items that are there only as long as their record is
    Arena arena;
    StateItem *items; // by their keys, once all are there
    size_t count;
    size_t capacity;
    size_t *places; // a hash table of 1 + numbers of items, until then
    size_t place_count;
    const char *error; // why a record could not be read
} State;

// In steps: an item of the log, items that come later take the place of those before; then all are there. Starts as all zeroes
// but for the store.
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
