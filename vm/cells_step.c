// What a step does to cells: it can be undone, segment by segment and as a whole; a commit gives what cells hold to the heap.
//
// A cell is copied to the journal before a segment changes it, once. Those that the step has made lie behind those that there
// were before. What only the step has seen, frames that are resumed within it above all, never reaches the heap.
#include <assert.h>
#include <stdlib.h>

#include "vm/cells_internal.h"
#include "vm/memory.h"
#include "vm/table.h"

enum { JOURNAL_KEPT = 4096, IDS_KEPT = 64 * 1024 };

static CellSlot *slot_of_id(const Cells *cells, uint64_t id) {
    return cells_look_up(&cells->partition->context.cells, id);
}

static void push_id(Buf *ids, uint64_t id) {
    buf_append(ids, &id, sizeof id);
}

// False if there is none.
static bool pop_id(Buf *ids, uint64_t *id) {
    if (!ids->length) return false;
    ids->length -= sizeof *id;
    memcpy(id, ids->data + ids->length, sizeof *id);
    return true;
}

// ---- what is left of a cell ----

// Whether another continuation waits for the future.
static bool leads_to_waiter(const Cells *cells, const Cell *cell) {
    if (cell->state != CELL_PENDING) return false;
    for (uint64_t id = cell->next; id;) {
        const Cell *link = cells_get(cells, id);
        const Cell *target = link && link->kind == CELL_FORK ? cells_get(cells, link->activation.future) : link;
        if (target && target->kind == CELL_WAIT && target->state == CELL_PENDING) return true;
        id = link && link->kind == CELL_FORK ? link->next : 0;
    }
    return false;
}

bool cells_is_alive(const Cells *cells, const Cell *cell) {
    switch ((CellKind)cell->kind) {
    case CELL_QUEUED:
    case CELL_WAIT:
    case CELL_FORK: return cell->state == CELL_PENDING;
    default: return cell->waiter || cell->flags & CELL_DROPPED || cell->references || leads_to_waiter(cells, cell);
    }
}

// ---- references ----

void cells_retain(void *user, uint64_t id) {
    Cells *cells = user;
    CellSlot *slot = slot_of_id(cells, id);
    if (!slot) {
        if (cells->is_restoring) cells_refer_early(cells, id);
        return;
    }
    if (slot->cell.references++ == 0 && cells->is_committing) push_id(&cells->revived, id);
}

void cells_release(void *user, uint64_t id) {
    Cells *cells = user;
    CellSlot *slot = slot_of_id(cells, id);
    if (slot && slot->cell.references && --slot->cell.references == 0) push_id(&cells->check, id);
}

// ---- the journal ----

void cells_journal(Cells *cells, CellSlot *slot) {
    cells->journal = memory_grow(cells->journal, cells->journal_count, &cells->journal_capacity, sizeof(CellBefore));
    cells->journal[cells->journal_count++] = (CellBefore){slot, slot->first, slot->stamp, slot->cell};
    if (slot->stamp < cells->step_stamp) {
        slot->first = (uint32_t)cells->journal_count;
        slot->cell.flags &= (uint8_t)~CELL_OWNED;
    }
    slot->stamp = cells->stamp;
}

// References are counted by what is in the heap, whatever a segment does.
void cells_go_back(Cells *cells, CellsMark mark) {
    while (cells->journal_count > mark.journal) {
        const CellBefore *before = &cells->journal[--cells->journal_count];
        uint32_t references = before->slot->cell.references;
        before->slot->cell = before->cell;
        before->slot->cell.references = references;
        before->slot->first = before->first;
        before->slot->stamp = before->stamp;
    }
    cells_truncate(cells, mark.count);
    cells->next_id = mark.next_id;
}

void cells_begin_step(Cells *cells) {
    if (!cells) return;
    cells->step_stamp = ++cells->stamp;
    cells->count_before = cells->count;
    cells->next_before = cells->next_id;
    cells->dirty_before = cells->dirty_count;
    cells->counts_before = cells->counts;
    cells->journal_count = cells->ready_count = 0;
    cells->running = NULL;
}

// Calls `body` for each cell that the step has changed or made, with what it was before: NULL if it is new. `body` may change
// others. False if a call said so.
typedef bool ChangedCell(Cells *cells, CellSlot *slot, const Cell *before);

static inline __attribute__((always_inline)) bool for_changed(Cells *cells, ChangedCell *body) {
    for (uint32_t i = cells->count_before; i < cells->count; i++)
        if (!body(cells, cells_slot(&cells->partition->context.cells, i), NULL)) return false;
    for (size_t i = 0; i < cells->journal_count; i++) {
        CellBefore before = cells->journal[i];
        if (before.stamp < cells->step_stamp && !body(cells, before.slot, &before.cell)) return false;
    }
    return true;
}

// ---- the commit ----

// The pointers of a cell, but for its key.
enum { POINTERS = 3 };

static void **pointer(Cell *cell, int i, const PtDesc **desc) {
    *desc = i == 0 ? &CELLS_ANY : &CELLS_FRAME;
    return i == 0 ? &cell->value : i == 1 ? &cell->waiter : &cell->activation.start;
}

static void *pointer_before(const Cell *before, int i) {
    const PtDesc *desc;
    return before ? *pointer((Cell *)before, i, &desc) : NULL;
}

static void drop_before(Partition *partition, const PtDesc *desc, void *old) {
    if (old) limbo_add(&partition->limbo, partition->step, desc, &old);
}

static bool own_pointers(Cells *cells, CellSlot *slot, const Cell *before) {
    Partition *partition = cells->partition;
    for (int i = 0; i < POINTERS; i++) {
        const PtDesc *desc;
        void **now = pointer(&slot->cell, i, &desc), *old = pointer_before(before, i);
        if (*now == old) continue;
        if (!heap_own(&partition->heap, desc, now)) return false;
        drop_before(partition, desc, old);
    }
    const PtDesc *key = &cells->keys[slot->cell.task].desc;
    return before || !key->size || heap_own(&partition->heap, key, slot->cell.key);
}

static bool own_if_alive(Cells *cells, CellSlot *slot, const Cell *before) {
    if (slot->cell.flags & CELL_OWNED || !cells_is_alive(cells, &slot->cell)) return true;
    slot->cell.flags |= CELL_OWNED;
    return own_pointers(cells, slot, before);
}

// What came to be referred to by what the heap has taken over now.
static bool own_revived(Cells *cells) {
    for (uint64_t id; pop_id(&cells->revived, &id);) {
        CellSlot *slot = slot_of_id(cells, id);
        if (slot->stamp < cells->step_stamp) continue;
        if (!own_if_alive(cells, slot, slot->first ? &cells->journal[slot->first - 1].cell : NULL)) return false;
    }
    return true;
}

// Forks are there for the sake of the future that they are reached from.
static void end_forks(Cells *cells, uint64_t id, bool is_step) {
    for (Cell *fork; id && (fork = cells_get(cells, id)) && fork->kind == CELL_FORK; id = fork->next) {
        if (is_step) cells_edit(cells, fork);
        fork->state = CELL_DONE;
        push_id(&cells->check, fork->id);
    }
}

// Of a dead cell nothing reaches the heap; it goes with the end of the step.
static void empty_dead(Cells *cells, CellSlot *slot, const Cell *before) {
    Cell *cell = &slot->cell;
    for (int i = 0; i < POINTERS; i++) {
        const PtDesc *desc;
        *pointer(cell, i, &desc) = NULL;
        drop_before(cells->partition, desc, pointer_before(before, i));
    }
    if (!before && cells->keys[cell->task].desc.size) memset(cell->key, 0, sizeof cell->key);
    if (cell->kind != CELL_WAIT) end_forks(cells, cell->next, true);
    cell->next = 0;
    cell->due = 0;
    cell->state = CELL_DONE;
    push_id(&cells->check, cell->id);
}

static bool finish(Cells *cells, CellSlot *slot, const Cell *before) {
    bool is_alive = slot->cell.flags & CELL_OWNED;
    if (is_alive)
        cells_note_dirty(cells, slot);
    else
        empty_dead(cells, slot, before);
    cells_count_change(cells, before, is_alive ? &slot->cell : NULL);
    return true;
}

bool cells_commit(Partition *partition) {
    Cells *cells = partition->cells;
    if (!cells) return true;
    cells->limbo = limbo_mark(&partition->limbo);
    cells->is_committing = true;
    bool ok = for_changed(cells, own_if_alive) && own_revived(cells);
    cells->is_committing = false;
    heap_forget(&partition->heap);
    if (!ok) {
        cells->revived.length = 0;
        limbo_rewind(&partition->limbo, cells->limbo);
        return false;
    }
    for_changed(cells, finish);
    return cells->is_committed = true;
}

// ---- undoing it ----

static bool release_new(Cells *cells, CellSlot *slot, const Cell *before) {
    Heap *heap = &cells->partition->heap;
    cells_count_change(cells, &slot->cell, before);
    if (!(slot->cell.flags & CELL_OWNED)) return true;
    for (int i = 0; i < POINTERS; i++) {
        const PtDesc *desc;
        void **now = pointer(&slot->cell, i, &desc);
        if (*now != pointer_before(before, i)) heap_release(heap, desc, now);
    }
    if (!before) heap_release(heap, &cells->keys[slot->cell.task].desc, slot->cell.key);
    return true;
}

void cells_undo(Partition *partition) {
    Cells *cells = partition->cells;
    if (!cells) return;
    if (cells->is_committed) {
        limbo_rewind(&partition->limbo, cells->limbo);
        for_changed(cells, release_new);
    }
    cells->is_committed = false;
    cells_go_back(cells, (CellsMark){0, cells->count_before, cells->next_before});
    cells->dirty_count = cells->dirty_before;
    cells->counts = cells->counts_before;
}

// ---- the end of a step ----

// Atoms may still refer to what the cell holds.
static bool remove_dead(Cells *cells, CellSlot *slot) {
    Partition *partition = cells->partition;
    Cell *cell = &slot->cell;
    size_t before = limbo_mark(&partition->limbo);
    for (int i = 0; i < POINTERS; i++) {
        const PtDesc *desc;
        void *value = *pointer(cell, i, &desc);
        drop_before(partition, desc, value);
    }
    const PtDesc *key = &cells->keys[cell->task].desc;
    if (key->size) limbo_add(&partition->limbo, partition->step, key, cell->key);
    if (cell->kind != CELL_WAIT) end_forks(cells, cell->next, false);
    cells_count_change(cells, cell, NULL);
    cells_remove(cells, slot);
    return limbo_mark(&partition->limbo) != before;
}

static void keep_little(Buf *ids) {
    if (ids->capacity > IDS_KEPT && !ids->length) buf_free(ids);
}

bool cells_end_step(Partition *partition) {
    Cells *cells = partition->cells;
    if (!cells) return false;
    cells->journal_count = cells->ready_count = 0;
    cells->is_committed = false;
    cells->running = NULL;
    cells_settle_timers(cells);
    bool more = false;
    for (uint64_t id; pop_id(&cells->check, &id);) {
        CellSlot *slot = slot_of_id(cells, id);
        if (slot && !cells_is_alive(cells, &slot->cell)) more |= remove_dead(cells, slot);
    }
    cells->count_before = cells->count;
    keep_little(&cells->check);
    if (cells->journal_capacity > JOURNAL_KEPT) {
        free(cells->journal);
        cells->journal = NULL;
        cells->journal_capacity = 0;
    }
    return more;
}
