// store.h - where progress is kept: one record an epoch, with the items that changed since the last one. Keys and values are
// bytes; values are absolute. What was appended is durable, in order, after the next sync.
#ifndef VM_STORE_H
#define VM_STORE_H

#include <stddef.h>
#include <stdint.h>

typedef struct StoreBytes {
    const void *data;
    size_t size;
} StoreBytes;

typedef struct StoreItem {
    StoreBytes key;
    StoreBytes value;
} StoreItem;

typedef struct StoreRecord {
    uint64_t epoch; // greater than that of the record before
    const StoreItem *items;
    size_t count;
} StoreRecord;

typedef struct Store Store;

// Results are 0 or a negated errno value.
struct Store {
    // Copies the record.
    int (*append)(Store *store, const StoreRecord *record);
    // Makes what was appended durable. *epoch: of the last durable record.
    int (*sync)(Store *store, uint64_t *epoch);
    // Bounds what recovery reads: the durable records become one, with the last value of each key.
    int (*snapshot)(Store *store);
    // Hands the durable records over, the oldest first, until `visit` returns something else than 0, which is returned.
    int (*recover)(Store *store, int (*visit)(void *user, const StoreRecord *record), void *user);
    // The last durable value of a key, valid until the next call; -ENOENT if there is none.
    int (*get)(Store *store, StoreBytes key, StoreBytes *value);
    void (*close)(Store *store);
};

typedef enum StoreKeep {
    STORE_KEEP_LAST, // only the last record: for runs of which nothing is kept
    STORE_KEEP_ALL,
} StoreKeep;

// A store in memory, released by its close.
Store *store_memory_new(StoreKeep keep);

#endif
