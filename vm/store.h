// store.h - where progress is kept: one record an epoch, with what changed since the last one. A record is a sequence of items:
// keys and values are bytes, values are absolute.
#ifndef VM_STORE_H
#define VM_STORE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

typedef struct StoreBytes {
    const void *data;
    size_t size;
} StoreBytes;

typedef enum StoreOp {
    STORE_PUT,    // the key has this value from now on
    STORE_DELETE, // it has none
    STORE_ONCE,   // recovery hands it over as long as its record is in the log; a snapshot drops it
} StoreOp;

typedef struct StoreItem {
    StoreOp op;
    StoreBytes key;
    StoreBytes value;
} StoreItem;

// ---- items in the body of a record: u32 size of the key * 4 + op, u32 size of the value (little-endian), key, value ----

enum { STORE_ITEM_HEAD = 8, STORE_KEY_LIMIT = (1 << 30) - 1 };

// Appends an item.
void store_put_item(Buf *body, StoreOp op, StoreBytes key, StoreBytes value);
// The same in three steps, for keys and values that are encoded in place: begin, append the key, middle, append the value, end.
// `begin` returns the item's offset in `body`, which the others take.
static inline size_t store_item_begin(Buf *body);
static inline void store_item_middle(Buf *body, size_t item);
static inline void store_item_end(Buf *body, size_t item, StoreOp op);
// Takes the next item off the front of `rest`. False at the end; rest->size is not 0 then if what is left is no item.
bool store_next_item(StoreBytes *rest, StoreItem *item);

// The order of keys: below, at, or above 0 by their bytes; a key comes before those that it begins.
int store_compare(StoreBytes a, StoreBytes b);
bool store_begins(StoreBytes key, StoreBytes prefix);
// Of `count` things in the order of their keys, of which `first` is that of the first one, and the others follow at a distance of
// `stride` bytes each: the number of the first one whose key is not below `key`, or `count`.
size_t store_lower_bound(const StoreBytes *first, size_t stride, size_t count, StoreBytes key);

typedef struct StoreRecord {
    uint64_t epoch;          // one more than that of the record before, the first 1
    const StoreBytes *parts; // the body: items; no item crosses from one part to the next
    size_t part_count;
} StoreRecord;

typedef struct StoreStats {
    uint64_t records;
    uint64_t bytes; // written to the log, with heads and padding
    uint64_t snapshots;
    uint64_t snapshot_bytes;
} StoreStats;

// What recovery hands over. Results other than 0 stop it and are returned.
typedef struct StoreVisitor {
    int (*record)(void *user, uint64_t epoch, StoreBytes body); // the body stays until the store is written to, or closed
    int (*begin)(void *user); // called before the first record, when `get` and `scan` work; or NULL
    void *user;
} StoreVisitor;

typedef int StoreScan(void *user, StoreBytes key, StoreBytes value);

typedef struct Store Store;

// Results are 0 or a negated errno value; message() says more about the last failure. `recover` comes first, once. `get` and
// `scan` may be called by any thread at any time after it; the others by one thread at a time.
struct Store {
    uint64_t identity; // a number that no other store has; 0: the first run draws one
    // Writes the record.
    int (*append)(Store *store, const StoreRecord *record);
    // Makes what was appended durable. *epoch: of the last durable record.
    int (*sync)(Store *store, uint64_t *epoch);
    // True if enough has been logged since the last snapshot for a new one, and none is being made.
    bool (*is_long)(const Store *store);
    // Begins to bound what recovery reads: what the durable records hold becomes a snapshot, in the background, and then they are
    // dropped, with their STORE_ONCE items: what these caused elsewhere must be durable before. A failure shows in a later sync.
    int (*snapshot)(Store *store);
    // Hands the records behind the snapshot over, the oldest first. *epoch: of the last one, or of the snapshot; 0 if the store
    // is new.
    int (*recover)(Store *store, const StoreVisitor *visitor, uint64_t *epoch);
    // The value that a key has in the snapshot that recovery found (later records and snapshots do not show), valid until close;
    // -ENOENT if there is none.
    int (*get)(Store *store, StoreBytes key, StoreBytes *value);
    // Calls `visit` for all keys of that snapshot that begin with `prefix`, in the order of their bytes, until it returns
    // something else than 0, which is returned.
    int (*scan)(Store *store, StoreBytes prefix, StoreScan *visit, void *user);
    StoreStats (*stats)(const Store *store);
    // What went wrong last, in words, without `error:` in front: "segment 3, offset 8192: the record of epoch 7 is damaged".
    const char *(*message)(const Store *store);
    void (*close)(Store *store);
};

typedef enum StoreKeep {
    STORE_KEEP_LAST, // only the last record: for runs of which nothing is kept
    STORE_KEEP_ALL,
} StoreKeep;

// A store in memory, released by its close. It can be recovered any number of times; each recovery sees what was durable.
Store *store_memory_new(StoreKeep keep);

// ---- inline: every change of state goes through these ----

enum { STORE_OP_BITS = 2 };

// The bytes lie one after the other wherever the program runs: compilers make one store, or one load, of this.
static inline void store_put_u32(char *to, uint32_t value) {
    unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8), (unsigned char)(value >> 16),
                              (unsigned char)(value >> 24)};
    memcpy(to, bytes, sizeof bytes);
}

static inline uint32_t store_get_u32(const char *from) {
    unsigned char bytes[4];
    memcpy(bytes, from, sizeof bytes);
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static inline void store_put_head(char *to, StoreOp op, size_t key_size, size_t value_size) {
    // An atom, and so a key or a value, is far smaller than that: see RuntimeOptions.max_atom.
    assert(key_size <= STORE_KEY_LIMIT && value_size <= UINT32_MAX);
    store_put_u32(to, (uint32_t)key_size << STORE_OP_BITS | (uint32_t)op);
    store_put_u32(to + 4, (uint32_t)value_size);
}

static inline size_t store_item_begin(Buf *body) {
    size_t item = body->length;
    buf_reserve(body, STORE_ITEM_HEAD);
    body->length += STORE_ITEM_HEAD;
    return item;
}

// Until the end, the head holds the size of the key.
static inline void store_item_middle(Buf *body, size_t item) {
    size_t key_size = body->length - item - STORE_ITEM_HEAD;
    assert(key_size <= STORE_KEY_LIMIT);
    store_put_u32(body->data + item, (uint32_t)key_size);
}

static inline void store_item_end(Buf *body, size_t item, StoreOp op) {
    char *head = body->data + item;
    size_t key_size = store_get_u32(head);
    store_put_head(head, op, key_size, body->length - item - STORE_ITEM_HEAD - key_size);
}

#endif
