#include "vm/expire.h"

#include "vm/encode.h"
#include "vm/keys.h"

// How many entries of a task are looked at with each epoch: so many, and this part of all.
enum { LOOKED_AT = 4096, PART = 16 };

// What waits for the key, or is under way there, is known by the entry.
static bool is_busy(const PtTask *task, const char *entry) {
    return task->async && task->async->exclusive && *(const int64_t *)(entry + task->async->exclusive);
}

bool expire_is_over(const Runtime *runtime, const PtTask *task, const char *entry, int64_t time) {
    for (uint64_t i = 0; i < task->expiry_count; i++) {
        int64_t set = *(const int64_t *)(entry + task->expiries[i].set);
        int64_t lasts = *(const int64_t *)(runtime->globals + task->expiries[i].lasts);
        if ((int64_t)((uint64_t)time - (uint64_t)set) < lasts) return false;
    }
    return task->expiry_count > 0 && !is_busy(task, entry);
}

static void note_drop(Partition *partition, uint64_t number, const char *entry) {
    const Runtime *runtime = partition->runtime;
    Buf *record = &partition->record;
    size_t item = store_item_begin(record);
    const PtDesc *key = runtime->program->tasks[number].key;
    key_put(record, KEY_ENTRY, runtime->epochs.ids.task[number]);
    encode_key(record, key, entry, runtime->program);
    store_item_middle(record, item);
    if (!encode_key_is_exact(key)) encode_value(record, key, entry, runtime->program);
    store_item_end(record, item, STORE_DELETE);
}

// Atoms may still refer to what the entry held.
static void drop_value(Partition *partition, const PtDesc *desc, const char *value) {
    if (desc->has_pointers) limbo_add(&partition->limbo, partition->runtime->step, desc, value);
}

static void drop(Partition *partition, uint64_t number, char *entry) {
    Table *table = &partition->context.tables[number];
    const PtTask *task = table->task;
    if (partition->is_durable) note_drop(partition, number, entry);
    uint64_t hash = pt_hash(task->key, entry);
    drop_value(partition, task->key, entry);
    for (uint64_t i = 0; i < task->field_count; i++) drop_value(partition, task->fields[i].desc, entry + task->fields[i].offset);
    table_remove(table, entry, hash);
}

// A dropped entry's place is taken by the last one, which is looked at next.
static void expire_task(Partition *partition, uint64_t number, int64_t time) {
    Table *table = &partition->context.tables[number];
    uint32_t left = table->count < LOOKED_AT ? table->count : LOOKED_AT + table->count / PART;
    while (left-- > 0 && table->count) {
        if (table->looked_at >= table->count) table->looked_at = 0;
        char *entry = table_entry(table, table->looked_at);
        if (expire_is_over(partition->runtime, table->task, entry, time))
            drop(partition, number, entry);
        else
            table->looked_at++;
    }
}

void expire_some(Partition *partition) {
    Runtime *runtime = partition->runtime;
    const PtProgram *program = runtime->program;
    if (!runtime->epochs.drops) return;
    for (uint64_t w = 0; w < program->workflow_count; w++) {
        const Workflow *workflow = &runtime->workflows[w];
        if (workflow->state != WORKFLOW_OPEN) continue;
        for (uint64_t i = 0; i < workflow->code->task_count; i++) {
            uint64_t task = workflow->code->tasks[i];
            if (program->tasks[task].expiry_count) expire_task(partition, task, runtime_time(runtime));
        }
    }
}
