// The table of cells: they lie in chunks, in a row, and never move within a step. The place of one that goes is taken by the
// last.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vm/cells_internal.h"
#include "vm/memory.h"
#include "vm/runtime.h"

enum { FIRST_SLOTS_SHIFT = 6, CHUNK = 1 << CELLS_SHIFT };

static const uint64_t ID_STEP = 1 << CELLS_PARTITION_BITS;
_Static_assert(PARTITION_LIMIT <= 1 << CELLS_PARTITION_BITS, "an id names its partition");

const PtDesc CELLS_ANY = {.name = "Any", .kind = PT_ANY, .size = 8, .align = 8, .has_pointers = 1};
const PtDesc CELLS_FRAME = {.name = "Frame", .kind = PT_FRAME, .size = 8, .align = 8, .has_pointers = 1};

// ---- life ----

static void find_async(Cells *cells, const PtProgram *program) {
    cells->async = MEMORY_NEW(const PtAsync *, program->task_count);
    cells->on_atom = MEMORY_NEW(bool, program->task_count);
    for (uint64_t i = 0; i < program->task_count; i++) {
        const PtAsync *async = program->tasks[i].async;
        if (!async) continue;
        cells->async[i] = async;
        cells->on_atom[i] = program->tasks[i].on_atom || (async->globals && program->tasks[async->globals - 1].on_atom);
    }
}

static void find_workflows(Cells *cells, const PtProgram *program) {
    cells->workflow_of = MEMORY_NEW(uint32_t, program->task_count);
    for (uint64_t w = 0; w < program->workflow_count; w++)
        for (uint64_t i = 0; i < program->workflows[w].task_count; i++)
            cells->workflow_of[program->workflows[w].tasks[i]] = (uint32_t)w;
}

static void find_keys(Cells *cells, const PtProgram *program) {
    cells->keys = MEMORY_NEW(KeyBox, program->task_count);
    for (uint64_t i = 0; i < program->task_count; i++) {
        KeyBox *box = &cells->keys[i];
        if (cell_key_is_inside(program->tasks[i].key)) continue;
        box->field = (PtField){.desc = program->tasks[i].key, .boxed = 1};
        box->variant = (PtVariant){.fields = &box->field, .field_count = 1};
        box->desc =
            (PtDesc){.variants = &box->variant, .variant_count = 1, .kind = PT_STRUCT, .size = 8, .align = 8, .has_pointers = 1};
    }
}

static void new_slots(CellIndex *index, uint32_t log) {
    index->slots = MEMORY_NEW(Slot, (size_t)1 << log);
    index->mask = ((uint64_t)1 << log) - 1;
    index->shift = 32 + CELLS_ROW_SHIFT - log;
}

Cells *cells_new(Partition *partition) {
    const PtProgram *program = partition->runtime->program;
    Cells *cells = MEMORY_NEW_APART(Cells, 1);
    cells->partition = partition;
    cells->next_id = ID_STEP | partition->number;
    cells->stamp = cells->step_stamp = 1;
    cells->of = MEMORY_NEW(CellsOf, program->workflow_count);
    cells->result_any = MEMORY_NEW(uint64_t, program->closure_count);
    find_async(cells, program);
    find_workflows(cells, program);
    find_keys(cells, program);
    new_slots(&partition->context.cells, FIRST_SLOTS_SHIFT);
    partition->heap.futures = (HeapFutures){cells_retain, cells_release, cells};
    return cells;
}

void cells_free(Cells *cells) {
    if (!cells) return;
    CellIndex *index = &cells->partition->context.cells;
    for (uint32_t i = 0; i < cells->chunk_count; i++) free(index->chunks[i]);
    free(index->chunks);
    free(index->slots);
    *index = (CellIndex){0};
    cells->partition->heap.futures = (HeapFutures){0};
    for (uint64_t i = 0; i < cells->partition->runtime->program->workflow_count; i++) free(cells->of[i].timers);
    free(cells->of);
    free(cells->journal);
    buf_free(&cells->revived);
    buf_free(&cells->check);
    buf_free(&cells->settling);
    buf_free(&cells->taken);
    buf_free(&cells->saved);
    free(cells->ready);
    free(cells->dirty);
    free(cells->async);
    free(cells->on_atom);
    free(cells->workflow_of);
    free(cells->keys);
    free(cells->result_any);
    free(cells);
}

// ---- the index ----

static void put_slot(CellIndex *index, Slot slot) {
    uint64_t i = cells_place(index, slot.tag);
    while (index->slots[i].number) i = (i + 1) & index->mask;
    index->slots[i] = slot;
}

static void grow_index(CellIndex *index) {
    Slot *old = index->slots;
    uint64_t size = index->mask + 1;
    new_slots(index, 33 + CELLS_ROW_SHIFT - index->shift);
    for (uint64_t i = 0; i < size; i++)
        if (old[i].number) put_slot(index, old[i]);
    free(old);
}

// Where a cell that is there stands in the index.
static uint64_t find_slot(const CellIndex *index, const CellSlot *slot) {
    uint64_t i = cells_place(index, cells_tag(slot->cell.id));
    while (cells_slot(index, index->slots[i].number - 1) != slot) i = (i + 1) & index->mask;
    return i;
}

// Those behind it that would not be found any more move up.
static void take_slot(CellIndex *index, uint64_t hole) {
    for (uint64_t i = (hole + 1) & index->mask; index->slots[i].number; i = (i + 1) & index->mask) {
        uint64_t wanted = cells_place(index, index->slots[i].tag);
        if (((i - wanted) & index->mask) < ((i - hole) & index->mask)) continue;
        index->slots[hole] = index->slots[i];
        hole = i;
    }
    index->slots[hole] = (Slot){0};
}

// ---- cells ----

static void add_chunk(Cells *cells, CellIndex *index) {
    size_t capacity = cells->chunk_capacity;
    index->chunks = memory_grow(index->chunks, cells->chunk_count, &capacity, sizeof(char *));
    cells->chunk_capacity = (uint32_t)capacity;
    index->chunks[cells->chunk_count++] = (char *)MEMORY_NEW(CellSlot, CHUNK);
}

// Field by field: as a whole it is zeroed by an instruction that takes longer than all else about a new cell.
static void clear(Cell *cell) {
    cell->hash = cell->next = 0;
    cell->due = 0;
    cell->value = cell->waiter = NULL;
    cell->activation = (Activation){0};
    cell->task = cell->references = cell->portal = 0;
    cell->kind = cell->state = cell->flags = 0;
    memset(cell->key, 0, sizeof cell->key);
}

static CellSlot *add(Cells *cells, uint64_t id) {
    CellIndex *index = &cells->partition->context.cells;
    uint32_t number = cells->count++;
    if (number == cells->chunk_count * CHUNK) add_chunk(cells, index);
    if ((uint64_t)cells->count * 2 > index->mask) grow_index(index);
    put_slot(index, (Slot){cells_tag(id), number + 1});
    CellSlot *slot = cells_slot(index, number);
    clear(&slot->cell);
    slot->cell.id = id;
    slot->stamp = cells->stamp;
    slot->first = slot->dirty = 0;
    return slot;
}

// The entry outlives the step.
Cell *cells_add(Partition *partition, uint32_t task, void *entry, CellKind kind) {
    Cells *cells = partition->cells;
    const PtDesc *key = partition->runtime->program->tasks[task].key;
    CellSlot *slot = add(cells, cells->next_id);
    cells->next_id += ID_STEP;
    slot->cell.kind = (uint8_t)kind;
    slot->cell.task = task;
    slot->cell.hash = cells_hash(key, entry);
    cell_set_key(&slot->cell, key, entry);
    return &slot->cell;
}

void cells_note_dirty(Cells *cells, CellSlot *slot) {
    if (!cells->partition->is_durable || slot->cell.flags & CELL_DIRTY) return;
    cells->dirty = memory_grow(cells->dirty, cells->dirty_count, &cells->dirty_capacity, sizeof *cells->dirty);
    slot->cell.flags |= CELL_DIRTY;
    slot->dirty = (uint32_t)cells->dirty_count;
    cells->dirty[cells->dirty_count++] = slot->cell.id;
}

// What the store has must be taken out of it; of what it does not have it need not know.
static void note_gone(Cells *cells, CellSlot *slot) {
    if (slot->cell.flags & CELL_STORED) {
        cells_note_dirty(cells, slot);
    } else if (slot->cell.flags & CELL_DIRTY) {
        uint64_t last = cells->dirty[--cells->dirty_count];
        cells->dirty[slot->dirty] = last;
        CellSlot *moved = cells_look_up(&cells->partition->context.cells, last);
        if (moved) moved->dirty = slot->dirty;
    }
}

void cells_remove(Cells *cells, CellSlot *slot) {
    CellIndex *index = &cells->partition->context.cells;
    note_gone(cells, slot);
    uint64_t at = find_slot(index, slot);
    uint32_t last = cells->count - 1, number = index->slots[at].number - 1;
    CellSlot *moved = cells_slot(index, last);
    take_slot(index, at);
    if (moved != slot) {
        index->slots[find_slot(index, moved)].number = number + 1;
        *slot = *moved;
    }
    cells->count = last;
}

void cells_truncate(Cells *cells, uint32_t count) {
    CellIndex *index = &cells->partition->context.cells;
    for (; cells->count > count; cells->count--) take_slot(index, find_slot(index, cells_slot(index, cells->count - 1)));
}

// ---- keys ----

uint64_t cells_hash(const PtDesc *key, const void *value) {
    return key->kind == PT_UNIT ? 0 : pt_hash(key, value);
}

bool cells_is_of_key(const Cell *cell, const Segment *segment) {
    const PtTask *task = &segment->partition->runtime->program->tasks[segment->task];
    return cell->task == segment->task && pt_equal(task->key, cell_key(task, cell), segment->entry);
}

static void *find_entry(PtContext *context, uint32_t task, const PtDesc *desc, uint64_t hash, const void *key) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT: return pt_find_unit(context, task);
    case PT_INT: return pt_find_int(context, task, hash, *(const int64_t *)key);
    case PT_STRING: return pt_find_string(context, task, hash, key);
    default: return pt_find_key(context, task, hash, key);
    }
}

void *cells_entry(Partition *partition, uint32_t task, uint64_t hash, const char key[8]) {
    const PtDesc *desc = partition->runtime->program->tasks[task].key;
    const void *outside;
    memcpy(&outside, key, sizeof outside);
    const void *value = cell_key_is_inside(desc) ? key : outside;
    void *entry = find_entry(&partition->context, task, desc, hash, value);
    if (!entry) return pt_insert(&partition->context, task, hash, value);
    uint64_t gone = partition->runtime->program->tasks[task].gone;
    if (gone && ((const char *)entry)[gone]) pt_revive(&partition->context, task, entry);
    return entry;
}

// ---- for those who keep them ----

CellCounts cells_counts(const Cells *cells) {
    return cells->counts;
}

uint64_t cells_count(const Cells *cells) {
    return cells ? cells->count : 0;
}

Cell *cells_at(const Cells *cells, uint64_t i) {
    return &cells_slot(&cells->partition->context.cells, (uint32_t)i)->cell;
}

Cell *cells_find(const Cells *cells, uint64_t id) {
    CellSlot *slot = cells ? cells_look_up(&cells->partition->context.cells, id) : NULL;
    return slot ? &slot->cell : NULL;
}

const uint64_t *cells_dirty(const Cells *cells, uint64_t *count) {
    *count = cells ? cells->dirty_count : 0;
    return cells ? cells->dirty : NULL;
}

void cells_clean(Cells *cells) {
    for (size_t i = 0; cells && i < cells->dirty_count; i++) {
        Cell *cell = cells_find(cells, cells->dirty[i]);
        if (cell) cell->flags = (uint8_t)((cell->flags & ~(CELL_DIRTY | CELL_OWNED)) | CELL_STORED);
    }
    if (cells) cells->dirty_count = 0;
}

uint64_t cells_next_id(const Cells *cells) {
    return cells ? cells->next_id & ~(ID_STEP - 1) : 0;
}

void cells_set_next_id(Cells *cells, uint64_t id) {
    if (cells && id >= cells->next_id) cells->next_id = ((id + ID_STEP - 1) & ~(ID_STEP - 1)) | cells->partition->number;
}

// ---- restoring ----

static bool own(Partition *partition, Cell *cell) {
    Heap *heap = &partition->heap;
    const PtDesc *key = &partition->cells->keys[cell->task].desc;
    bool ok = heap_own(heap, key, cell->key) && heap_own(heap, &CELLS_ANY, &cell->value) &&
              heap_own(heap, &CELLS_FRAME, &cell->waiter) && heap_own(heap, &CELLS_FRAME, &cell->activation.start);
    heap_forget(heap);
    return ok;
}

bool cells_restore(Partition *partition, const Cell *cell) {
    Cells *cells = partition->cells;
    cells->is_restoring = true;
    CellSlot *slot = cells_look_up(&partition->context.cells, cell->id);
    if (!slot) slot = add(cells, cell->id);
    uint32_t references = slot->cell.references;
    *slot = (CellSlot){.cell = *cell};
    slot->cell.references = references;
    slot->cell.flags = (uint8_t)((cell->flags & ~(CELL_DIRTY | CELL_UNREAD)) | CELL_STORED);
    Cell owned = slot->cell;
    if (!own(partition, &owned)) return false;
    slot = cells_look_up(&partition->context.cells, cell->id);
    owned.references = slot->cell.references;
    slot->cell = owned;
    cells->count_before = cells->count;
    cells_count_change(cells, NULL, &slot->cell);
    return true;
}

void cells_refer_early(Cells *cells, uint64_t id) {
    CellSlot *slot = add(cells, id);
    slot->cell.flags = CELL_UNREAD;
    slot->cell.references = 1;
}

// What has still not been read is a future that is gone.
void cells_end_restore(Partition *partition) {
    Cells *cells = partition->cells;
    if (!cells) return;
    cells->is_restoring = false;
    for (uint32_t i = cells->count; i-- > 0;) {
        CellSlot *slot = cells_slot(&partition->context.cells, i);
        if (slot->cell.flags & CELL_UNREAD)
            cells_remove(cells, slot);
        else if (!cells_is_alive(cells, &slot->cell))
            buf_append(&cells->check, &slot->cell.id, sizeof slot->cell.id);
    }
    cells->count_before = cells->count;
}
