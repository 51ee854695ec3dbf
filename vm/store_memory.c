// A store in memory: for runs of which nothing is kept, for the prompt, and for tests.
#include "vm/store_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"

// How much is logged before a snapshot is due.
static const uint64_t SNAPSHOT_AFTER = 64 << 20;

typedef struct Kept {
    uint64_t epoch;
    size_t size;
    char body[];
} Kept;

// The last value of each key, in the order of the keys.
typedef struct Picture {
    struct Picture *older;
    uint64_t epoch;
    StoreItem *items;
    size_t count;
    Buf bytes; // what the items point to
} Picture;

typedef struct StoreMemory {
    Store store;
    StoreKeep keep;
    Kept **records; // behind the last picture, the oldest first
    size_t count;
    size_t capacity;
    size_t durable;       // how many of them
    uint64_t logged;      // bytes of them
    Picture *pictures;    // the last one first
    const Picture *found; // by recovery: what `get` returns lies there
    Store *base;          // that this one goes on from, or NULL
    bool has_base;        // it has been recovered,
    uint64_t base_at;     // and ends with this epoch
    StoreStats stats;
} StoreMemory;

// ---- records ----

static int append(Store *store, const StoreRecord *record) {
    StoreMemory *memory = (StoreMemory *)store;
    size_t size = 0;
    for (size_t i = 0; i < record->part_count; i++) size += record->parts[i].size;
    Kept *kept = memory_new(1, sizeof(Kept) + size);
    *kept = (Kept){.epoch = record->epoch, .size = size};
    char *to = kept->body;
    for (size_t i = 0; i < record->part_count; i++) {
        if (record->parts[i].size) memcpy(to, record->parts[i].data, record->parts[i].size);
        to += record->parts[i].size;
    }
    memory->records = memory_grow(memory->records, memory->count, &memory->capacity, sizeof(Kept *));
    memory->records[memory->count++] = kept;
    memory->logged += size;
    memory->stats.records++;
    memory->stats.bytes += size;
    return 0;
}

// Frees the first `count` records.
static void drop_first(StoreMemory *memory, size_t count) {
    for (size_t i = 0; i < count; i++) {
        memory->logged -= memory->records[i]->size;
        free(memory->records[i]);
    }
    memory->count -= count;
    memory->durable -= count;
    memmove(memory->records, memory->records + count, memory->count * sizeof(Kept *));
}

static uint64_t durable_epoch(const StoreMemory *memory) {
    if (memory->durable) return memory->records[memory->durable - 1]->epoch;
    return memory->pictures ? memory->pictures->epoch : memory->base_at;
}

static int sync_records(Store *store, uint64_t *epoch) {
    StoreMemory *memory = (StoreMemory *)store;
    memory->durable = memory->count;
    if (memory->keep == STORE_KEEP_LAST && memory->count > 1) drop_first(memory, memory->count - 1);
    *epoch = durable_epoch(memory);
    return 0;
}

// ---- snapshots ----

// An item, and where it stands in what has been collected.
typedef struct Collected {
    StoreItem item;
    size_t place;
} Collected;

typedef struct Collection {
    Collected *items;
    size_t count;
    size_t capacity;
} Collection;

static void collect(Collection *collection, StoreItem item) {
    collection->items = memory_grow(collection->items, collection->count, &collection->capacity, sizeof(Collected));
    collection->items[collection->count] = (Collected){item, collection->count};
    collection->count++;
}

static bool collect_all(const StoreMemory *memory, Collection *collection) {
    if (memory->pictures)
        for (size_t i = 0; i < memory->pictures->count; i++) collect(collection, memory->pictures->items[i]);
    for (size_t r = 0; r < memory->durable; r++) {
        StoreBytes rest = {memory->records[r]->body, memory->records[r]->size};
        for (StoreItem item; store_next_item(&rest, &item);)
            if (item.op != STORE_ONCE) collect(collection, item);
        if (rest.size) return false;
    }
    return true;
}

static int compare_collected(const void *left, const void *right) {
    const Collected *a = left, *b = right;
    int order = store_compare(a->item.key, b->item.key);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static void free_picture(Picture *picture) {
    free(picture->items);
    buf_free(&picture->bytes);
    free(picture);
}

// Of items that are sorted, those that are the last of their key and have a value.
static Picture *take_picture(const Collection *collection, uint64_t epoch) {
    Picture *picture = MEMORY_NEW(Picture, 1);
    picture->epoch = epoch;
    for (size_t i = 0; i < collection->count; i++) {
        const StoreItem *item = &collection->items[i].item;
        bool is_last = i + 1 == collection->count || store_compare(item->key, collection->items[i + 1].item.key) != 0;
        if (!is_last || item->op == STORE_DELETE) continue;
        store_put_item(&picture->bytes, STORE_PUT, item->key, item->value);
        picture->count++;
    }
    picture->items = MEMORY_NEW(StoreItem, picture->count);
    StoreBytes rest = {picture->bytes.data, picture->bytes.length};
    for (size_t i = 0; i < picture->count; i++) store_next_item(&rest, &picture->items[i]);
    return picture;
}

enum { PICTURES_KEPT = 4 };

// Those that nobody can want any more: it is far to go back to them, and what `get` gave is of another one.
static void drop_pictures(StoreMemory *memory) {
    Picture **place = &memory->pictures;
    for (int i = 0; *place; i++) {
        Picture *picture = *place;
        if (i < PICTURES_KEPT || picture == memory->found) {
            place = &picture->older;
        } else {
            *place = picture->older;
            free_picture(picture);
        }
    }
}

static int snapshot(Store *store) {
    StoreMemory *memory = (StoreMemory *)store;
    if (!memory->durable || memory->keep == STORE_KEEP_LAST || memory->base) return 0;
    Collection collection = {0};
    bool ok = collect_all(memory, &collection);
    if (ok) {
        if (collection.count) qsort(collection.items, collection.count, sizeof(Collected), compare_collected);
        Picture *picture = take_picture(&collection, durable_epoch(memory));
        picture->older = memory->pictures;
        memory->pictures = picture;
        memory->stats.snapshots++;
        memory->stats.snapshot_bytes += picture->bytes.length;
        drop_first(memory, memory->durable);
        drop_pictures(memory);
    }
    free(collection.items);
    return ok ? 0 : -EINVAL;
}

static bool is_long(const Store *store) {
    const StoreMemory *memory = (const StoreMemory *)store;
    uint64_t last = memory->pictures ? memory->pictures->bytes.length : 0;
    uint64_t due = last > SNAPSHOT_AFTER ? last : SNAPSHOT_AFTER;
    return memory->keep == STORE_KEEP_ALL && !memory->base && memory->logged >= due;
}

// ---- recovery ----

static void drop_not_durable(StoreMemory *memory) {
    while (memory->count > memory->durable) {
        Kept *last = memory->records[--memory->count];
        memory->logged -= last->size;
        free(last);
    }
}

static int keep_record(void *store, uint64_t epoch, StoreBytes body) {
    return append(store, &(StoreRecord){epoch, &body, 1});
}

static int recover_base(StoreMemory *memory) {
    if (!memory->base || memory->has_base) return 0;
    const StoreVisitor keeper = {.record = keep_record, .user = memory};
    int code = memory->base->recover(memory->base, &keeper, &memory->base_at);
    memory->has_base = !code;
    memory->durable = memory->count;
    return code;
}

// Hands over what is behind the picture, up to an epoch.
static int hand_over(const StoreMemory *memory, uint64_t last, const StoreVisitor *visitor) {
    int code = visitor->begin ? visitor->begin(visitor->user) : 0;
    for (size_t r = 0; r < memory->durable && !code && memory->records[r]->epoch <= last; r++) {
        const Kept *kept = memory->records[r];
        code = visitor->record(visitor->user, kept->epoch, (StoreBytes){kept->body, kept->size});
    }
    return code;
}

static int recover(Store *store, const StoreVisitor *visitor, uint64_t *epoch) {
    StoreMemory *memory = (StoreMemory *)store;
    int code = recover_base(memory);
    if (code) return code;
    drop_not_durable(memory);
    memory->found = memory->pictures;
    *epoch = durable_epoch(memory);
    return hand_over(memory, *epoch, visitor);
}

static size_t lower_bound(const Picture *picture, StoreBytes key) {
    return picture->count ? store_lower_bound(&picture->items->key, sizeof *picture->items, picture->count, key) : 0;
}

static int get_of(const Picture *picture, Store *base, StoreBytes key, StoreBytes *value) {
    if (base) return base->get(base, key, value);
    size_t i = picture ? lower_bound(picture, key) : 0;
    if (!picture || i == picture->count || store_compare(picture->items[i].key, key) != 0) return -ENOENT;
    *value = picture->items[i].value;
    return 0;
}

static int scan_of(const Picture *picture, Store *base, StoreBytes prefix, StoreScan *visit, void *user) {
    if (base) return base->scan(base, prefix, visit, user);
    int code = 0;
    for (size_t i = picture ? lower_bound(picture, prefix) : 0; picture && i < picture->count && !code; i++) {
        const StoreItem *item = &picture->items[i];
        if (!store_begins(item->key, prefix)) break;
        code = visit(user, item->key, item->value);
    }
    return code;
}

static int get(Store *store, StoreBytes key, StoreBytes *value) {
    const StoreMemory *memory = (StoreMemory *)store;
    return get_of(memory->found, memory->base, key, value);
}

static int scan(Store *store, StoreBytes prefix, StoreScan *visit, void *user) {
    const StoreMemory *memory = (StoreMemory *)store;
    return scan_of(memory->found, memory->base, prefix, visit, user);
}

// ---- going back ----

// The newest picture that is not younger than the epoch; NULL: that is the beginning.
static Picture *picture_at(const StoreMemory *memory, uint64_t epoch) {
    Picture *picture = memory->pictures;
    while (picture && picture->epoch > epoch) picture = picture->older;
    return picture;
}

uint64_t store_memory_first(const Store *store) {
    const StoreMemory *memory = (const StoreMemory *)store;
    if (memory->base) return memory->base_at;
    return memory->pictures ? memory->pictures->epoch : 0;
}

uint64_t store_memory_last(const Store *store) {
    return durable_epoch((const StoreMemory *)store);
}

// What lies between two pictures has been dropped.
bool store_memory_has(const Store *store, uint64_t epoch) {
    const StoreMemory *memory = (const StoreMemory *)store;
    if (epoch > durable_epoch(memory) || epoch < memory->base_at || (memory->base && !memory->has_base)) return false;
    if (memory->pictures && epoch < memory->pictures->epoch) {
        const Picture *picture = picture_at(memory, epoch);
        return picture && picture->epoch == epoch;
    }
    return true;
}

void store_memory_rewind(Store *store, uint64_t epoch) {
    StoreMemory *memory = (StoreMemory *)store;
    while (memory->pictures && memory->pictures->epoch > epoch) {
        Picture *picture = memory->pictures;
        memory->pictures = picture->older;
        free_picture(picture);
    }
    memory->found = memory->pictures;
    while (memory->durable && memory->records[memory->durable - 1]->epoch > epoch) memory->durable--;
    drop_not_durable(memory);
}

// ---- a view ----

typedef struct StoreView {
    Store store;
    const StoreMemory *memory;
    const Picture *picture;
    uint64_t epoch;
} StoreView;

static int view_recover(Store *store, const StoreVisitor *visitor, uint64_t *epoch) {
    const StoreView *view = (StoreView *)store;
    *epoch = view->epoch;
    bool behind = !view->memory->pictures || view->picture == view->memory->pictures;
    return hand_over(view->memory, behind ? view->epoch : 0, visitor);
}

static int view_get(Store *store, StoreBytes key, StoreBytes *value) {
    const StoreView *view = (StoreView *)store;
    return get_of(view->picture, view->memory->base, key, value);
}

static int view_scan(Store *store, StoreBytes prefix, StoreScan *visit, void *user) {
    const StoreView *view = (StoreView *)store;
    return scan_of(view->picture, view->memory->base, prefix, visit, user);
}

static const char *view_message(const Store *store) {
    const Store *memory = &((const StoreView *)store)->memory->store;
    return memory->message(memory);
}

static void view_close(Store *store) {
    free(store);
}

Store *store_memory_at(Store *store, uint64_t epoch) {
    StoreMemory *memory = (StoreMemory *)store;
    StoreView *view = MEMORY_NEW(StoreView, 1);
    *view = (StoreView){
        .store = {.recover = view_recover, .get = view_get, .scan = view_scan, .message = view_message, .close = view_close},
        .memory = memory,
        .picture = picture_at(memory, epoch),
        .epoch = epoch,
    };
    return &view->store;
}

// ---- life ----

static StoreStats stats(const Store *store) {
    return ((const StoreMemory *)store)->stats;
}

static const char *message(const Store *store) {
    Store *base = ((const StoreMemory *)store)->base;
    const char *said = base ? base->message(base) : "";
    return *said ? said : "a record is no sequence of items"; // all that can go wrong
}

static void close_store(Store *store) {
    StoreMemory *memory = (StoreMemory *)store;
    for (size_t r = 0; r < memory->count; r++) free(memory->records[r]);
    free(memory->records);
    for (Picture *picture = memory->pictures; picture;) {
        Picture *older = picture->older;
        free_picture(picture);
        picture = older;
    }
    if (memory->base) memory->base->close(memory->base);
    free(memory);
}

Store *store_memory_new(StoreKeep keep) {
    StoreMemory *memory = MEMORY_NEW(StoreMemory, 1);
    memory->store = (Store){
        .append = append,
        .sync = sync_records,
        .is_long = is_long,
        .snapshot = snapshot,
        .recover = recover,
        .get = get,
        .scan = scan,
        .stats = stats,
        .message = message,
        .close = close_store,
    };
    memory->keep = keep;
    return &memory->store;
}

Store *store_memory_over(Store *base) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    ((StoreMemory *)store)->base = base;
    return store;
}
