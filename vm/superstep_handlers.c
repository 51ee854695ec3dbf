// The handlers that no event has called: `on atom` and `on end`, and those that have waited for their time.
#include <stdlib.h>

#include "vm/cells.h"
#include "vm/memory.h"
#include "vm/order.h"
#include "vm/superstep_internal.h"
#include "vm/timers.h"

// What a partition does in a round of one slice.
static void run_in_slice(Superstep *s, size_t number, PartitionBody *body) {
    Partition *partition = superstep_partition(s, number);
    superstep_take_slice(s, partition, 0);
    bool ok = partition_guard(partition, body, s);
    order_note_pieces(partition, 0, 0);
    if (!ok) superstep_note_failure(s, partition, 0);
}

// ---- on atom ----

static void sort_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    partition_sort_marked(superstep_partition(s, number), s->task);
}

// Numbers the marked entries of all partitions in the order of their keys. Returns how many there are.
static uint64_t rank_marked(Superstep *s) {
    uint64_t partitions = s->workflow->runtime->options.partitions, rank = 0;
    const PtDesc *key = s->workflow->runtime->program->tasks[s->task].key;
    uint64_t next[partitions];
    for (uint64_t p = 0; p < partitions; p++) {
        next[p] = 0;
        free(s->ranks[p]);
        s->ranks[p] = MEMORY_NEW(uint32_t, superstep_partition(s, p)->sorted_count);
    }
    for (;; rank++) {
        uint64_t first = partitions;
        for (uint64_t p = 0; p < partitions; p++) {
            const Partition *partition = superstep_partition(s, p);
            if (next[p] == partition->sorted_count) continue;
            if (first == partitions ||
                table_compare(key, &partition->sorted[next[p]], &superstep_partition(s, first)->sorted[next[first]]) < 0)
                first = p;
        }
        if (first == partitions) return rank;
        s->ranks[first][next[first]++] = (uint32_t)rank;
    }
}

static void run_marked(Partition *partition, void *argument) {
    const Superstep *s = argument;
    for (uint64_t k = 0; k < partition->sorted_count; k++) {
        partition->context.order = &s->ranks[partition->number][k];
        partition->context.order_next = 0;
        partition_run_marked(partition, s->task, k);
    }
}

static void on_atom_phase(void *superstep, size_t number) {
    run_in_slice(superstep, number, run_marked);
}

bool superstep_run_on_atoms(Superstep *s) {
    const PtProgram *program = s->workflow->runtime->program;
    for (uint64_t i = 0; i < s->workflow->code->task_count; i++) {
        s->task = s->workflow->code->tasks[i];
        if (!program->tasks[s->task].on_atom) continue;
        superstep_run_phase(s, sort_phase);
        if (!rank_marked(s)) continue;
        s->phase = PHASE_ON_ATOM;
        superstep_one_slice(s);
        superstep_run_phase(s, on_atom_phase);
        if (!superstep_run_exchanges(s, program->tasks[s->task].level + 1) || !superstep_collect(s)) return false;
    }
    return true;
}

// ---- on end ----

static void end_entry(Partition *partition, void *argument) {
    const Superstep *s = argument;
    char *entry = s->workflow->ending.entries[s->ending].sorted.entry;
    pt_at_entry(&partition->context, (uint32_t)s->task, entry);
    partition->runtime->program->tasks[s->task].on_end(&partition->context, entry);
}

void superstep_run_on_ends(Superstep *s, uint64_t stop) {
    Runtime *runtime = s->workflow->runtime;
    Ending *ending = &s->workflow->ending;
    for (uint64_t p = 0; p < runtime->options.partitions; p++) {
        partition_take(&runtime->partitions[p], PHASE_ON_END, NULL, 0);
        runtime->partitions[p].handled = s->task;
    }
    bool ok = true;
    for (uint64_t i = ending->next; i < stop && ok; i++) {
        Partition *partition = &runtime->partitions[ending->entries[i].partition];
        s->ending = i;
        s->rank = (OrderWord)(i - ending->next);
        partition->context.order = &s->rank;
        partition->context.order_next = 0;
        ok = partition_guard(partition, end_entry, s);
        if (!ok) superstep_note_failure(s, partition, 0);
    }
    for (uint64_t p = 0; p < runtime->options.partitions; p++) order_note_pieces(&runtime->partitions[p], 0, 0);
}

// ---- what is due ----

static void run_due(Partition *partition, void *argument) {
    const Superstep *s = argument;
    Runtime *runtime = partition->runtime;
    partition->context.order = s->ranks[partition->number];
    partition->context.order_next = 0;
    cells_run_due(partition, (uint64_t)(s->workflow - runtime->workflows), runtime_time(runtime),
                  timers_limit(s->workflow, partition->number));
}

static void due_phase(void *superstep, size_t number) {
    run_in_slice(superstep, number, run_due);
}

void superstep_run_due(Superstep *s) {
    for (uint32_t p = 0; p < s->workflow->runtime->options.partitions; p++) {
        s->ranks[p] = MEMORY_NEW(uint32_t, 1);
        *s->ranks[p] = p;
    }
    superstep_run_phase(s, due_phase);
}
