// What a segment that fails goes back to. A handler works on the entry of its key and that of the global states of its task; what
// it emits waits in a channel, what it asks in others; so that, with the cells, is all there is to save.
#include <string.h>

#include "vm/cells_internal.h"
#include "vm/runtime.h"
#include "vm/savepoint.h"

typedef struct Saved {
    MemoryMark memory;
    CellsMark cells;
    size_t ready;
    uint8_t replied; // of its activation, which changes nothing else about it
    void *globals;   // the entry of the task's global states, or NULL
    uint64_t task, global_task;
    uint32_t order_next;
} Saved;

// An edit in place would change the maps to which the entry may go back.
static void drop_edits(const Table *table, char *entry) {
    for (uint32_t i = 0; i < table->map_count; i++)
        ((PtMap *)(entry + table->task->fields[table->maps[i].field].offset))->edit = 0;
}

static void save_entry(Partition *partition, uint64_t task, void *entry) {
    if (!entry) return; // of no task
    const Table *table = &partition->context.tables[task];
    drop_edits(table, entry);
    buf_append(&partition->cells->saved, entry, table->task->entry_size);
}

static const char *restore_entry(Partition *partition, uint64_t task, void *entry, const char *from) {
    uint64_t size = entry ? partition->context.tables[task].task->entry_size : 0;
    if (size) memcpy(entry, from, size);
    return from + size;
}

// How far a channel is filled, and its tags.
typedef struct ChannelEnd {
    uint64_t bytes;
    uint64_t tags;
} ChannelEnd;

static void save_channels(const Segment *segment) {
    Partition *partition = segment->partition;
    const WorkflowPart *part = partition->part;
    uint64_t count = segment->cursors ? partition->workflow->code->channel_count : 0;
    for (uint64_t i = 0; i < count; i++) {
        const ChannelEnd end = {(uint64_t)(segment->cursors[i].next - part->outputs[i]->buffer), part->tags[i].length};
        buf_append(&partition->cells->saved, &end, sizeof end);
    }
}

// The buffers may have moved.
static void restore_channels(const Segment *segment, const char *from) {
    const Partition *partition = segment->partition;
    WorkflowPart *part = partition->part;
    uint64_t count = segment->cursors ? partition->workflow->code->channel_count : 0;
    for (uint64_t i = 0; i < count; i++) {
        ChannelEnd end;
        memcpy(&end, from + i * sizeof end, sizeof end);
        const Atom *atom = part->outputs[i];
        char *buffer = atom->buffer; // or none yet
        segment->cursors[i] = (PtCursor){buffer ? buffer + end.bytes : NULL, buffer ? buffer + atom->capacity : NULL};
        part->tags[i].length = end.tags;
    }
}

// The entry must be there before: a new one would not be undone.
void *activation_find_globals(Partition *partition, uint64_t task) {
    void *entry = pt_find_beside(&partition->context, (uint32_t)task);
    return entry ? entry : pt_insert_beside(&partition->context, (uint32_t)task);
}

// In place: what is copied just after it was written takes long.
static void save(Segment *segment, Saved *saved) {
    Partition *partition = segment->partition;
    Cells *cells = partition->cells;
    uint64_t globals = segment->async->globals;
    saved->task = segment->task;
    saved->global_task = globals - 1;
    saved->globals = globals && globals - 1 != segment->task ? activation_find_globals(partition, globals - 1) : NULL;
    saved->memory = savepoint_memory(partition);
    saved->cells = cells_mark(cells);
    saved->ready = cells->ready_count;
    saved->replied = segment->activation.replied;
    saved->order_next = partition->context.order_next;
    cells->saved.length = 0;
    save_entry(partition, saved->task, segment->entry);
    save_entry(partition, saved->global_task, saved->globals);
    save_channels(segment);
}

static void go_back(Segment *segment, const Saved *saved) {
    Partition *partition = segment->partition;
    Cells *cells = partition->cells;
    const char *bytes = restore_entry(partition, saved->task, segment->entry, cells->saved.data);
    restore_channels(segment, restore_entry(partition, saved->global_task, saved->globals, bytes));
    cells_go_back(cells, saved->cells);
    cells->ready_count = saved->ready;
    cells->settling.length = 0;
    segment->activation.replied = saved->replied;
    partition->context.order_next = saved->order_next;
    savepoint_drop_memory(partition, &saved->memory);
    pt_at_entry(&partition->context, segment->task, segment->entry);
}

bool activation_try(Segment *segment, void (*body)(Segment *)) {
    Partition *partition = segment->partition;
    Saved saved;
    save(segment, &saved);
    Escape here, *outer = partition->escape;
    partition->escape = &here;
    if (ESCAPE_SET(&here)) {
        partition->escape = outer;
        go_back(segment, &saved);
        return false;
    }
    body(segment);
    partition->escape = outer;
    return true;
}
