#include "vm/drop.h"

#include <string.h>

#include "vm/dropped.h"
#include "vm/encode.h"
#include "vm/expire.h"
#include "vm/keys.h"
#include "vm/map_items.h"
#include "vm/memory.h"
#include "vm/runtime.h"

// ---- what a step does ----

void pt_reset(PtContext *context, uint32_t task, void *entry) {
    Partition *partition = partition_of(context);
    Drops *drops = &partition->drops;
    if (!touches_note_reset(partition, entry)) return;
    drops->items = memory_grow(drops->items, drops->count, &drops->capacity, sizeof(Drop));
    drops->items[drops->count++] = (Drop){task, entry};
}

void pt_revive(PtContext *context, uint32_t task, void *entry) {
    context->tables[task].task->init(context, entry);
    pt_at_entry(context, task, entry);
}

// How far `on end` of a task has come is counted in entries.
static bool is_ending(const Partition *partition, uint64_t task) {
    const Workflow *workflow = partition->workflow;
    const Ending *ending = &workflow->ending;
    return workflow->state == WORKFLOW_ENDING && ending->started && workflow->code->tasks[ending->task] == task;
}

// The memory of an entry that stays has the byte 0 again: it is asked for only within a step.
static bool goes(const Partition *partition, const Drop *drop) {
    const PtTask *task = partition->context.tables[drop->task].task;
    bool gone = drop->entry[task->gone];
    drop->entry[task->gone] = 0;
    return gone && !expire_is_busy(task, drop->entry) && !is_ending(partition, drop->task);
}

void drops_commit(Partition *partition) {
    Drops *drops = &partition->drops;
    size_t count = 0;
    for (size_t i = 0; i < drops->count; i++) {
        const Drop *drop = &drops->items[i];
        const PtTask *task = partition->context.tables[drop->task].task;
        if (!goes(partition, drop)) continue;
        memset(drop->entry + task->key->size, 0, task->entry_size - task->key->size);
        drops->items[count++] = *drop;
    }
    drops->count = count;
    drops->are_committed = true;
}

void drops_end(Partition *partition) {
    Drops *drops = &partition->drops;
    for (size_t i = 0; i < drops->count && drops->are_committed; i++)
        drop_entry(partition, drops->items[i].task, drops->items[i].entry);
    drops_undo(partition);
}

void drops_undo(Partition *partition) {
    partition->drops.count = 0;
    partition->drops.are_committed = false;
}

// ---- one entry ----

// Of the Maps and Sets that the store has by entry, nothing is left there.
static void note_maps(Partition *partition, uint64_t number, char *entry, StoreBytes key) {
    const Runtime *runtime = partition->runtime;
    const Table *table = &partition->context.tables[number];
    Buf front = {0};
    for (uint32_t i = 0; i < table->map_count; i++) {
        const PtField *field = &table->task->fields[table->maps[i].field];
        KeptMap *kept = &table_kept(table, entry)[i];
        if (!*kept) continue;
        front.length = 0;
        key_put_map(&front, runtime->epochs.ids.task[number], key, table->maps[i].field);
        const MapItems items = {
            .front = {front.data, front.length},
            .desc = field->desc,
            .program = runtime->program,
            .exact = table->maps[i].exact,
            .stamp = partition->map_stamp,
        };
        map_items_put(&items, *kept, NULL, &partition->record);
        table_keep(kept, NULL, field->desc, &partition->heap);
    }
    buf_free(&front);
}

static void note_drop(Partition *partition, uint64_t number, char *entry) {
    const Runtime *runtime = partition->runtime;
    Table *table = &partition->context.tables[number];
    Buf key = {0};
    encode_key(&key, table->key, entry, runtime->program);
    const StoreBytes bytes = {key.data, key.length};
    Buf *record = &partition->record;
    size_t item = store_item_begin(record);
    key_put(record, KEY_ENTRY, runtime->epochs.ids.task[number]);
    buf_append(record, key.data, key.length);
    store_item_middle(record, item);
    store_item_end(record, item, STORE_DELETE);
    note_maps(partition, number, entry, bytes);
    if (*entry_mark(entry) & ENTRY_COLD) dropped_add(&table->dropped, bytes);
    buf_free(&key);
}

// Atoms may still refer to what the entry held.
static void drop_value(Partition *partition, const PtDesc *desc, const char *value) {
    if (desc->has_pointers) limbo_add(&partition->limbo, partition->runtime->step, desc, value);
}

void drop_entry(Partition *partition, uint64_t number, char *entry) {
    Table *table = &partition->context.tables[number];
    const PtTask *task = table->task;
    if (*entry_mark(entry) & ENTRY_STORED) note_drop(partition, number, entry);
    uint64_t hash = pt_hash(task->key, entry);
    drop_value(partition, task->key, entry);
    for (uint64_t i = 0; i < task->field_count; i++) drop_value(partition, task->fields[i].desc, entry + task->fields[i].offset);
    table_remove(table, entry, hash);
}
