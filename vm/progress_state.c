// The state that an epoch has changed, by the entries that it has changed, and of large maps by theirs.
#include "vm/dropped.h"
#include "vm/encode.h"
#include "vm/expire.h"
#include "vm/keys.h"
#include "vm/map.h"
#include "vm/map_items.h"
#include "vm/progress.h"

// What is the same for all entries of a task.
typedef struct EntryKind {
    Partition *partition;
    const PtProgram *program;
    const Table *table;
    uint32_t id;
    bool has_exact_key; // apart from the item's key
} EntryKind;

// ---- Maps and Sets ----

static bool is_large(const PtMap *map, KeptMap kept) {
    uint64_t size = map_size(map);
    return kept ? size >= MAP_ITEMS_UNDER : size > MAP_ITEMS_OVER;
}

static const PtField *map_field(const Table *table, uint32_t number) {
    return &table->task->fields[table->maps[number].field];
}

// What has changed since the last epoch of those states that are kept by entry, or were, behind the item of the entry, whose key
// is in the record.
static void put_maps(const EntryKind *kind, char *entry, size_t key, size_t key_size) {
    const Table *table = kind->table;
    Partition *partition = kind->partition;
    Buf *front = &partition->scratch;
    for (uint32_t i = 0; i < table->map_count; i++) {
        const PtField *field = map_field(table, i);
        const PtMap *map = (const PtMap *)(entry + field->offset);
        KeptMap *kept = &table_kept(table, entry)[i], now = is_large(map, *kept) ? map->root : NULL;
        if (!now && !*kept) continue;
        front->length = 0;
        key_put_map(front, kind->id, (StoreBytes){partition->record.data + key, key_size}, table->maps[i].field);
        const MapItems items = {
            .front = {front->data, front->length},
            .desc = field->desc,
            .program = kind->program,
            .exact = table->maps[i].exact,
            .stamp = partition->map_stamp,
        };
        map_items_put(&items, *kept, now, &partition->record);
        table_keep(kept, now, field->desc, &partition->heap);
    }
}

// ---- entries ----

static void put_states(const EntryKind *kind, char *entry, Buf *body) {
    const Table *table = kind->table;
    const PtTask *task = table->task;
    uint32_t maps = 0;
    for (uint64_t i = 0; i < task->field_count; i++) {
        const PtField *field = &task->fields[i];
        const char *value = entry + field->offset;
        bool is_map = maps < table->map_count && table->maps[maps].field == i;
        if (is_map && is_large((const PtMap *)value, table_kept(table, entry)[maps++]))
            map_items_put_count(body, map_size((const PtMap *)value));
        else
            encode_value(body, field->desc, value, kind->program);
    }
}

static EntryKind kind_of(Partition *partition, uint64_t number) {
    const Runtime *runtime = partition->runtime;
    const Table *table = &partition->context.tables[number];
    return (EntryKind){
        .partition = partition,
        .program = runtime->program,
        .table = table,
        .id = runtime->epochs.ids.task[number],
        .has_exact_key = !encode_key_is_exact(table->key),
    };
}

// The item of an entry, as far as its key.
typedef struct EntryItem {
    size_t start;
    size_t key; // where the key of the entry is in the record
    size_t key_size;
} EntryItem;

static EntryItem begin_entry(const EntryKind *kind, const char *entry) {
    Buf *body = &kind->partition->record;
    EntryItem item = {.start = store_item_begin(body)};
    key_put(body, KEY_ENTRY, kind->id);
    item.key = body->length;
    encode_key(body, kind->table->key, entry, kind->program);
    item.key_size = body->length - item.key;
    store_item_middle(body, item.start);
    return item;
}

static void end_entry(const EntryKind *kind, char *entry, const EntryItem *item, StoreOp op) {
    store_item_end(&kind->partition->record, item->start, op);
    if (kind->table->map_count) put_maps(kind, entry, item->key, item->key_size);
}

static void put_entry(const EntryKind *kind, char *entry) {
    Buf *body = &kind->partition->record;
    const EntryItem item = begin_entry(kind, entry);
    if (kind->has_exact_key) encode_value(body, kind->table->key, entry, kind->program);
    put_states(kind, entry, body);
    end_entry(kind, entry, &item, STORE_PUT);
    *entry_mark(entry) |= ENTRY_STORED;
}

void progress_put_gone(Partition *partition, uint64_t number, char *entry) {
    const EntryKind kind = kind_of(partition, number);
    const EntryItem item = begin_entry(&kind, entry);
    const StoreBytes key = {partition->record.data + item.key, item.key_size};
    if (*entry_mark(entry) & ENTRY_COLD) dropped_add(&partition->context.tables[number].dropped, key);
    end_entry(&kind, entry, &item, STORE_DELETE);
}

static bool is_dirty(const Partition *partition, char *entry) {
    uint64_t mark = *entry_mark(entry);
    if (mark & ENTRY_FREE) return false; // nothing is to be said of it, or that has been done
    return mark >= partition->epoch_stamp && mark & ENTRY_DIRTY;
}

enum { SCAN_RATIO = 4 };

// Where a good part of the entries has changed, going through all of them in a row is faster than from one to another.
static void put_table(Partition *partition, uint64_t number) {
    Table *table = &partition->context.tables[number];
    if (!table->dirty_count) return;
    const EntryKind kind = kind_of(partition, number);
    if (!table->dirty_overflows && table->dirty_count * SCAN_RATIO < table->count) {
        for (uint64_t i = 0; i < table->dirty_count; i++)
            if (is_dirty(partition, table->dirty[i])) put_entry(&kind, table->dirty[i]);
    } else {
        for (uint32_t i = 0; i < table->count; i++) {
            char *entry = table_entry(table, i);
            if (is_dirty(partition, entry)) put_entry(&kind, entry);
        }
    }
    table->dirty_count = 0;
    table->dirty_overflows = false;
}

void progress_put_state(Partition *partition) {
    for (uint64_t i = 0; i < partition->runtime->program->task_count; i++) put_table(partition, i);
    progress_put_cells(partition);
    expire_some(partition);
    partition->epoch_stamp = (partition->runtime->step + 1) * STAMP_STEP;
    if (!++partition->map_stamp) partition->map_stamp = 1; // an old mark that counts again repeats what the store has
}
