#include "vm/expire.h"

#include "vm/drop.h"

// How many entries of a task are looked at with each epoch: so many, and this part of all.
enum { LOOKED_AT = 4096, PART = 16 };

bool expire_is_busy(const PtTask *task, const char *entry) {
    return task->async && task->async->exclusive && *(const int64_t *)(entry + task->async->exclusive);
}

bool expire_is_over(const Runtime *runtime, const PtTask *task, const char *entry, int64_t time) {
    for (uint64_t i = 0; i < task->expiry_count; i++) {
        int64_t set = *(const int64_t *)(entry + task->expiries[i].set);
        int64_t lasts = *(const int64_t *)(runtime->globals + task->expiries[i].lasts);
        if ((int64_t)((uint64_t)time - (uint64_t)set) < lasts) return false;
    }
    return task->expiry_count > 0 && !expire_is_busy(task, entry);
}

static void expire_task(Partition *partition, uint64_t number, int64_t time) {
    Table *table = &partition->context.tables[number];
    uint32_t left = table->count < LOOKED_AT ? table->count : LOOKED_AT + table->count / PART;
    while (left-- > 0) {
        if (table->looked_at >= table->count) table->looked_at = 0;
        uint32_t place = table->looked_at++;
        char *entry = table_entry(table, place);
        if (table_has(table, place) && expire_is_over(partition->runtime, table->task, entry, time))
            drop_entry(partition, number, entry);
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
