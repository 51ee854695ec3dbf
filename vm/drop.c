#include "vm/drop.h"

#include <string.h>

#include "vm/expire.h"
#include "vm/memory.h"
#include "vm/progress.h"

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

// Atoms may still refer to what the entry held.
static void drop_value(Partition *partition, const PtDesc *desc, const char *value) {
    if (desc->has_pointers) limbo_add(&partition->limbo, partition->runtime->step, desc, value);
}

void drop_entry(Partition *partition, uint64_t number, char *entry) {
    Table *table = &partition->context.tables[number];
    const PtTask *task = table->task;
    if (*entry_mark(entry) & ENTRY_STORED) progress_put_gone(partition, number, entry);
    uint64_t hash = pt_hash(task->key, entry);
    drop_value(partition, task->key, entry);
    for (uint64_t i = 0; i < task->field_count; i++) drop_value(partition, task->fields[i].desc, entry + task->fields[i].offset);
    table_remove(table, entry, hash);
}
