// A store in memory: for runs of which nothing is kept, and for tests.
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"
#include "vm/store.h"

// A record and a copy of its bytes, in one piece of memory.
typedef struct Kept {
    StoreRecord record;
    StoreItem items[];
} Kept;

typedef struct StoreMemory {
    Store store;
    StoreKeep keep;
    Kept **records; // the oldest first
    size_t count;
    size_t capacity;
    size_t durable; // how many of them
} StoreMemory;

static char *copy_bytes(char *to, StoreBytes *bytes) {
    if (bytes->size) memcpy(to, bytes->data, bytes->size);
    bytes->data = to;
    return to + bytes->size;
}

static Kept *copy_record(const StoreRecord *record) {
    size_t size = 0;
    for (size_t i = 0; i < record->count; i++) size += record->items[i].key.size + record->items[i].value.size;
    Kept *kept = memory_new(1, sizeof(Kept) + record->count * sizeof(StoreItem) + size);
    kept->record = (StoreRecord){record->epoch, kept->items, record->count};
    char *to = (char *)(kept->items + record->count);
    for (size_t i = 0; i < record->count; i++) {
        kept->items[i] = record->items[i];
        to = copy_bytes(to, &kept->items[i].key);
        to = copy_bytes(to, &kept->items[i].value);
    }
    return kept;
}

static int append(Store *store, const StoreRecord *record) {
    StoreMemory *memory = (StoreMemory *)store;
    memory->records = memory_grow(memory->records, memory->count, &memory->capacity, sizeof(Kept *));
    memory->records[memory->count++] = copy_record(record);
    return 0;
}

// Frees the first `count` records.
static void drop(StoreMemory *memory, size_t count) {
    for (size_t i = 0; i < count; i++) free(memory->records[i]);
    memory->count -= count;
    memory->durable -= count;
    memmove(memory->records, memory->records + count, memory->count * sizeof(Kept *));
}

static int sync_records(Store *store, uint64_t *epoch) {
    StoreMemory *memory = (StoreMemory *)store;
    memory->durable = memory->count;
    if (memory->keep == STORE_KEEP_LAST && memory->count > 1) drop(memory, memory->count - 1);
    *epoch = memory->count ? memory->records[memory->count - 1]->record.epoch : 0;
    return 0;
}

static bool equal(StoreBytes a, StoreBytes b) {
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

// The last value of a key in the durable records from number `first` on, or NULL.
static const StoreItem *find_item(const StoreMemory *memory, size_t first, StoreBytes key) {
    for (size_t r = memory->durable; r-- > first;) {
        const StoreRecord *record = &memory->records[r]->record;
        for (size_t i = record->count; i-- > 0;)
            if (equal(record->items[i].key, key)) return &record->items[i];
    }
    return NULL;
}

static int get(Store *store, StoreBytes key, StoreBytes *value) {
    const StoreItem *item = find_item((StoreMemory *)store, 0, key);
    if (!item) return -ENOENT;
    *value = item->value;
    return 0;
}

static int snapshot(Store *store) {
    StoreMemory *memory = (StoreMemory *)store;
    if (memory->durable < 2) return 0;
    size_t total = 0;
    for (size_t r = 0; r < memory->durable; r++) total += memory->records[r]->record.count;
    StoreItem *items = MEMORY_NEW(StoreItem, total);
    StoreRecord all = {memory->records[memory->durable - 1]->record.epoch, items, 0};
    for (size_t r = 0; r < memory->durable; r++) {
        const StoreRecord *record = &memory->records[r]->record;
        for (size_t i = 0; i < record->count; i++)
            if (find_item(memory, r, record->items[i].key) == &record->items[i]) items[all.count++] = record->items[i];
    }
    Kept *kept = copy_record(&all);
    free(items);
    drop(memory, memory->durable - 1);
    free(memory->records[0]);
    memory->records[0] = kept;
    return 0;
}

static int recover(Store *store, int (*visit)(void *user, const StoreRecord *record), void *user) {
    StoreMemory *memory = (StoreMemory *)store;
    int code = 0;
    for (size_t r = 0; r < memory->durable && !code; r++) code = visit(user, &memory->records[r]->record);
    return code;
}

static void close_store(Store *store) {
    StoreMemory *memory = (StoreMemory *)store;
    for (size_t r = 0; r < memory->count; r++) free(memory->records[r]);
    free(memory->records);
    free(memory);
}

Store *store_memory_new(StoreKeep keep) {
    StoreMemory *memory = MEMORY_NEW(StoreMemory, 1);
    memory->store = (Store){
        .append = append,
        .sync = sync_records,
        .snapshot = snapshot,
        .recover = recover,
        .get = get,
        .close = close_store,
    };
    memory->keep = keep;
    return &memory->store;
}
