// The cells of a store: all are read at once, since ends and timers depend on them.
#include <string.h>

#include "vm/cell_bytes.h"
#include "vm/cells_internal.h"
#include "vm/error.h"
#include "vm/keys.h"
#include "vm/recover_internal.h"

typedef struct CellReading {
    Runtime *runtime;
    uint64_t next; // id of a cell
    uint64_t dropped;
    bool asked; // a cell is of a task that the program does not have
    uint64_t id;
    StoreBytes value;
} CellReading;

// ---- one cell ----

static bool is_name(const char *name, StoreBytes text) {
    return strlen(name) == text.size && memcmp(name, text.data, text.size) == 0;
}

static uint32_t number_of_portal(Partition *first, const char *const *names, uint64_t count, StoreBytes name) {
    for (uint64_t i = 0; i < count; i++)
        if (is_name(names[i], name)) return (uint32_t)i;
    trap_store(first, "a continuation is about a portal that its task does not have any more");
}

// What is known by number in the program, and by name in the store.
static void find_portals(Partition *first, uint64_t task, CellItem *item) {
    Cell *cell = &item->cell;
    const PtAsync *async = cell_async(first->runtime->program, task);
    if (!async) trap_store(first, "a task has continuations, but does not wait for anything");
    if (cell->kind == CELL_ASK) cell->portal = number_of_portal(first, async->asks, async->ask_count, item->portal);
    if (item->requested.size)
        cell->activation.portal = number_of_portal(first, async->replies, async->reply_count, item->requested);
}

static const char WAS_DROPPED[] = "its value was dropped: the program does not have its type any more";

// A future whose value the program cannot have has failed. That of one which is pending is there for the sake of others.
static void lose_value(Partition *first, CellItem *item) {
    const PtProgram *program = first->runtime->program;
    uint64_t code = cell_async(program, item->cell.task)->error;
    const PtDesc *desc = program->closures[code].fields->desc;
    item->cell.value = NULL;
    if (item->cell.state == CELL_PENDING) return;
    PtString *error = pt_alloc(&first->context, desc->size);
    memset(error, 0, desc->size);
    error[0] = (PtString){WAS_DROPPED, sizeof WAS_DROPPED - 1};
    item->cell.state = CELL_FAILED;
    item->cell.value = futures_any(&first->context, code, desc, error);
}

// A continuation that refers to code which the program does not have is left out; the cell says so.
static void read_parts(Partition *first, CellReading *reading, CellItem *item) {
    Cell *cell = &item->cell;
    Decoder decoder = recover_decoder(first, NULL, 0);
    bool drops = first->runtime->options.drop_frames;
    if (!cell_take_part(item, PART_VALUE, &decoder)) {
        if (!drops) trap_store(first, decoder.error);
        lose_value(first, item);
    }
    bool whole = cell_take_part(item, PART_WAITER, &decoder) && cell_take_part(item, PART_START, &decoder);
    if (whole && cell->waiter && !cell_frames_fit(first->runtime->program, cell->waiter)) {
        decoder.error = "the frames of a continuation do not fit together";
        whole = false;
    }
    if (whole) return;
    if (!drops) trap_store(first, decoder.error);
    cell->waiter = cell->activation.start = NULL;
    cell->flags |= CELL_DROPPED;
    reading->dropped++;
}

// Decodes in the first partition, whose region takes what is decoded; the cell goes to the partition that owns its key.
static void read_cell(Partition *first, void *argument) {
    CellReading *reading = argument;
    Runtime *runtime = reading->runtime;
    CellItem item;
    Bytes bytes = bytes_of(reading->value.data, reading->value.size);
    const char *error;
    if (!cell_take_front(&item, reading->id, &bytes, &error)) trap_store(first, error);
    uint64_t number = recover_task(runtime, item.cell.task);
    if (number == runtime->program->task_count) {
        reading->asked = true;
        trap_store(first, "a task that has continuations is gone");
    }
    const PtTask *task = &runtime->program->tasks[number];
    char *key = pt_alloc(&first->context, task->key->size);
    Decoder decoder = recover_decoder(first, bytes.at, bytes_left(&bytes));
    if (!cell_take_key(&item, task->key, key, &decoder)) trap_store(first, decoder.error);
    Cell *cell = &item.cell;
    cell->task = (uint32_t)number;
    cell->hash = cells_hash(task->key, key);
    if (item.parts & CELL_IS_DROPPED) cell->flags |= CELL_DROPPED;
    Partition *owner = &runtime->partitions[pt_owner_of(task, cell->hash, runtime->options.partitions)];
    find_portals(first, number, &item);
    cell_set_key(cell, task->key, key);
    uint64_t dropped = reading->dropped;
    read_parts(first, reading, &item);
    if (!cells_restore(owner, cell)) trap_heap(first);
    if (reading->dropped > dropped) cells_note_dirty(owner->cells, cells_slot_of(cells_find(owner->cells, cell->id)));
}

// ---- all ----

static int visit_cell(void *user, StoreBytes bytes, StoreBytes value) {
    CellReading *reading = user;
    Runtime *runtime = reading->runtime;
    Partition *first = &runtime->partitions[0];
    Key key;
    if (!key_parse(bytes.data, bytes.size, &key) || !key.number || key.number >= reading->next) {
        recover_damaged(runtime, "there is a continuation with an id that was never given out");
        return -EIO;
    }
    reading->id = key.number;
    reading->value = value;
    bool ok = partition_guard(first, read_cell, reading);
    if (reading->asked) recover_asked(runtime);
    if (!ok) error_take(runtime, first);
    partition_end(first, 0); // each may need as much memory as an atom
    return ok ? 0 : -EIO;
}

static bool scan_cells(CellReading *reading, const State *items) {
    Runtime *runtime = reading->runtime;
    char prefix = KEY_CELL;
    int code = state_scan(items, (StoreBytes){&prefix, 1}, visit_cell, reading);
    if (!code) return true;
    return recover_damaged(runtime, items->store->message(items->store));
}

bool recover_cells(Runtime *runtime, const State *items, uint64_t next) {
    CellReading reading = {.runtime = runtime, .next = next};
    for (uint64_t i = 0; i < runtime->options.partitions; i++)
        if (runtime->partitions[i].cells) cells_set_next_id(runtime->partitions[i].cells, next);
    if (!next) return true; // there has never been one
    if (!scan_cells(&reading, items)) return false;
    runtime->dropped_frames = reading.dropped;
    return true;
}
