// cells.h - what tasks wait for, and what waits: futures with their continuations, and the queues of exclusive keys.
//
// A partition has one Cells. A cell is a future, or a place in the queue of an exclusive key. Its id is unique in the run and is
// what values of the types Future and Promise are. The continuation that waits for a future lies in its cell: a chain of frames,
// the innermost first, and the activation that it belongs to. So a cell is all there is to a pending continuation, and cells are
// state: the running step can undo what it did to them, and epochs record those that changed.
//
// Segments: a handler, or a part of it from one `await` to the next, runs at one go. What a segment makes runnable (by completing
// a promise, by `spawn`, by releasing an exclusive key) runs behind it, in that order, before the next event.
//
// A cell lives as long as something can come of it: it is waited for, or a value in the state or in a frame holds its id
// (`references`, counted by the heap), or it is in a queue. After the step in which none of that is true any more it is gone, and
// what completes it later is dropped.
//
// A future has room for one continuation, of its own key and without a limit if it has a due time itself. What else depends on it
// is in cells of their own, which it leads to by `next`:
//
//   CELL_FIRST   the future of whatever of several comes first; its value is an Any of the list of these while it is pending
//   CELL_WAIT    one more continuation; its `next` is the future
//   CELL_FORK    where several depend on a future: `activation.future` is one of them, `next` leads to the others
//
// Files: cells.c (the table), cells_step.c (what a step does to them), cells_timers.c, futures.c (what compiled code does with
// futures), activation.c (running), exclusive.c (queues).
#ifndef VM_CELLS_H
#define VM_CELLS_H

#include "base/buf.h"
#include "vm/heap.h"
#include "vm/hot.h"
#include "vm/limbo.h"

typedef enum CellKind {
    CELL_ASK, // the reply of a portal
    CELL_PROMISE,
    CELL_SLEEP,
    CELL_SPAWN,
    CELL_FIRST,
    CELL_QUEUED, // no future: what waits for an exclusive key; pending until its turn has come
    CELL_WAIT,
    CELL_FORK,
} CellKind;

typedef enum CellState { CELL_PENDING, CELL_DONE, CELL_FAILED } CellState;

typedef enum ActivationKind {
    ACTIVATION_EVENT, // also of `on atom` and `on end`
    ACTIVATION_REQUEST,
    ACTIVATION_SPAWN,
} ActivationKind;

// One run of a handler or a spawned block, from its beginning to its end, through all its waits.
typedef struct Activation {
    uint16_t kind;   // ActivationKind
    uint8_t replied; // REQUEST: 1 when the reply has been given
    uint8_t late;    // 1: `on atom` or `on end` began it, or what such began: it is nothing that `on atom` comes behind
    uint32_t portal; // REQUEST: of PtAsync.replies
    union {
        PtAddress from;  // REQUEST
        uint64_t future; // SPAWN: that it completes
    };
    void *start; // the frame with which it began, if the task has `on error`; else NULL
} Activation;

typedef struct Cell {
    uint64_t id;
    uint64_t hash; // of the key
    int64_t due;   // PtContext time at which a CELL_SLEEP is done, or the continuation goes on without the value; 0: never
    uint64_t next; // what depends on it, see above; of a CELL_QUEUED the one behind it; 0: none
    void *value;   // an Any: of what the future is, or of an `Error`; NULL if that is (), and while it is pending
    void *waiter;  // the innermost frame of the continuation; of a CELL_QUEUED its start frame; or NULL
    Activation activation; // of the waiter
    uint32_t task;
    uint32_t references;
    uint32_t portal;         // CELL_ASK: of PtAsync.asks; CELL_QUEUED: 1 more than that of the one before it
    uint8_t kind;            // CellKind
    uint8_t state;           // CellState
    uint8_t flags;           // CELL_...
    _Alignas(8) char key[8]; // of the task: the key itself if it has at most so many bytes and no pointers, else a pointer to it
                             // (heap)
} Cell;

enum {
    CELL_DIRTY = 1,    // changed in the running epoch
    CELL_STORED = 2,   // the store has it
    CELL_BEHIND = 4,   // CELL_ASK: the request waits for the exclusive key that has asked
    CELL_DROPPED = 16, // its waiter was of code that the program does not have: the activation is to fail
    CELL_UNREAD = 8,   // only while cells are restored: something refers to it, and it has not been restored yet
    CELL_OWNED = 32,   // the running step has changed it, and given what it holds now to the heap
};

// What an Any of a cell holds: that lies behind the number of the type. Of NULL, which stands for (), an address that is not
// NULL.
static inline const void *cells_any_value(const void *any) {
    return (const void *)((uintptr_t)any + sizeof(int64_t));
}

// ---- where they lie ----

// A cell, and what the running step and epoch know about it.
typedef struct CellSlot {
    Cell cell;
    uint64_t stamp; // of the segment that has changed or made it last
    uint32_t first; // if the running step has changed it: 1 + the number of what it was before, in the journal; 0: it is new
    uint32_t dirty; // CELL_DIRTY: where it stands among those
} CellSlot;

enum { CELLS_SHIFT = 8 }; // log2 of the cells in a chunk

static inline CellSlot *cells_slot(const CellIndex *index, uint32_t number) {
    return (CellSlot *)index->chunks[number >> CELLS_SHIFT] + (number & ((1U << CELLS_SHIFT) - 1));
}

// Ids follow each other: so many lie in a row, as a cache line has, and the rows are spread.
enum { CELLS_ROW_SHIFT = 3 };

static inline uint64_t cells_place(const CellIndex *index, uint32_t tag) {
    uint32_t row = (tag >> CELLS_ROW_SHIFT) * 0x9e3779b1U >> index->shift;
    return (uint64_t)row << CELLS_ROW_SHIFT | (tag & ((1U << CELLS_ROW_SHIFT) - 1));
}

enum { CELLS_PARTITION_BITS = 6 }; // of an id; the others are a number that grows

static inline uint32_t cells_tag(uint64_t id) {
    return (uint32_t)(id >> CELLS_PARTITION_BITS);
}

static inline CellSlot *cells_look_up(const CellIndex *index, uint64_t id) {
    uint32_t tag = cells_tag(id);
    for (uint64_t i = cells_place(index, tag);; i = (i + 1) & index->mask) {
        Slot slot = index->slots[i];
        if (!slot.number) return NULL;
        if (slot.tag != tag) continue;
        CellSlot *found = cells_slot(index, slot.number - 1);
        if (found->cell.id == id) return found;
    }
}

// ---- for those who keep cells (progress, recovery, inspection) ----

typedef struct Cells Cells;
struct Partition;

// Whether a key of this type lies in Cell.key itself.
static inline bool cell_key_is_inside(const PtDesc *key) {
    return key->size <= sizeof((Cell *)0)->key && !key->has_pointers;
}

// The key of a cell, of the type of its task's key.
static inline const void *cell_key(const PtTask *task, const Cell *cell) {
    return cell_key_is_inside(task->key) ? (const void *)cell->key : *(void *const *)cell->key;
}

// Gives the cell this key, which outlives the step if it does not lie in the cell.
static inline void cell_set_key(Cell *cell, const PtDesc *desc, const void *key) {
    if (cell_key_is_inside(desc))
        __builtin_memcpy(cell->key, key, desc->size);
    else
        __builtin_memcpy(cell->key, &key, sizeof key);
}

// Without cells (NULL) there are none.
// What there was in this run, but for steps that were undone.
typedef struct CellCounts {
    uint64_t asks;
    uint64_t replies;     // that have come
    uint64_t resumptions; // how often a continuation went on
    uint64_t waiting;     // continuations that wait, or are in a queue
} CellCounts;

uint64_t cells_count(const Cells *cells);
CellCounts cells_counts(const Cells *cells);
// Cell number `i` of those that there are, in no order that means anything.
Cell *cells_at(const Cells *cells, uint64_t i);
// NULL if it is gone.
Cell *cells_find(const Cells *cells, uint64_t id);
// The ids of cells that have changed in the running epoch, or (cells_find finds nothing) are gone, though the store has them.
const uint64_t *cells_dirty(const Cells *cells, uint64_t *count);
// An epoch has recorded the cells that are dirty.
void cells_clean(Cells *cells);
// A cell out of the store, whose value, waiter, activation and key (in the arena of the step) become the heap's. What it says of
// references does not matter: they are counted anew. So all entries of tasks with futures in their state must be restored, too,
// before cells_end_restore. Not within a step that is undone. False without memory.
bool cells_restore(struct Partition *partition, const Cell *cell);
// All cells are there, and all entries that can refer to them.
void cells_end_restore(struct Partition *partition);
// Ids from this one on have not been given out yet. To be kept with the run, as the highest of all partitions.
uint64_t cells_next_id(const Cells *cells);
void cells_set_next_id(Cells *cells, uint64_t id);

// ---- for the runtime ----

Cells *cells_new(struct Partition *partition);
void cells_free(Cells *cells); // or NULL
// How many replies, timers and continuations with a limit the workflow waits for in this partition: before there are none, it has
// not come to rest. Promises do not count.
uint64_t cells_outstanding(const Cells *cells, uint64_t workflow);
// When the earliest of the workflow's timers is due; 0: there is none.
int64_t cells_next_due(const Cells *cells, uint64_t workflow);
// Of a workflow that has such a timer, the cell that goes on first: one that was dropped, if there is any.
uint64_t cells_next_timer(const Cells *cells, uint64_t workflow);
// Within a step of the workflow: whatever is due by `time` goes on, in the order of time and id, at most `limit` of them. Returns
// how many.
uint64_t cells_run_due(struct Partition *partition, uint64_t workflow, int64_t time, uint64_t limit);

// ---- for steps (context.h) ----

void cells_begin_step(Cells *cells);
// Makes what the step did to cells permanent, as touches_commit does for entries. False if the heap is full.
bool cells_commit(struct Partition *partition);
void cells_undo(struct Partition *partition);
// After a step that will not be undone: cells of which nothing can come any more go. True if some did: what they referred to is
// in the limbo, and others may go when that is released.
bool cells_end_step(struct Partition *partition);

#endif
