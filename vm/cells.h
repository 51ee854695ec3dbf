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
    CELL_FIRST,  // of whatever of several futures comes first: they have it as `next`
    CELL_QUEUED, // no future: what waits for an exclusive key
} CellKind;

typedef enum CellState { CELL_PENDING, CELL_DONE, CELL_FAILED } CellState;

typedef enum ActivationKind {
    ACTIVATION_EVENT, // also of `on atom` and `on end`
    ACTIVATION_REQUEST,
    ACTIVATION_SPAWN,
} ActivationKind;

// One run of a handler or a spawned block, from its beginning to its end, through all its waits.
typedef struct Activation {
    uint32_t kind;    // ActivationKind
    uint32_t portal;  // REQUEST: of PtAsync.replies
    uint64_t replied; // REQUEST: 1 when the reply has been given
    PtAddress from;   // REQUEST
    uint64_t future;  // SPAWN: that it completes
    void *start;      // the frame with which it began, if the task has `on error`; else NULL
} Activation;

typedef struct Cell {
    uint64_t id;
    uint64_t hash; // of the key
    int64_t due;   // PtContext time at which a CELL_SLEEP is done, or the continuation goes on without the value; 0: never
    uint64_t next; // a CELL_FIRST that is completed together with this one; of a CELL_QUEUED the one behind it; 0: none
    void *value;   // an Any: of what the future is, or of an `Error`; NULL while it is pending
    void *waiter;  // the innermost frame of the continuation; of a CELL_QUEUED its start frame; or NULL
    Activation activation; // of the waiter
    uint32_t task;
    uint32_t references;
    uint32_t portal; // CELL_ASK: of PtAsync.asks
    uint8_t kind;    // CellKind
    uint8_t state;   // CellState
    uint8_t flags;   // CELL_...
    char key[8];     // of the task: the key itself if it has at most so many bytes and no pointers, else a pointer to it (heap)
} Cell;

enum {
    CELL_DIRTY = 1,   // changed in the running epoch
    CELL_STORED = 2,  // the store has it
    CELL_DROPPED = 4, // it has the activation of a continuation whose code the program does not have: that is to fail
};

// ---- for those who keep cells (progress, recovery, inspection) ----

typedef struct Cells Cells;
struct Partition;

// The key of a cell, of the type of its task's key.
static inline const void *cell_key(const PtTask *task, const Cell *cell) {
    bool inside = task->key->size <= sizeof cell->key && !task->key->has_pointers;
    return inside ? (const void *)cell->key : *(void *const *)cell->key;
}

uint64_t cells_count(const Cells *cells);
// Cell number `i` of those that there are, in no order that means anything.
Cell *cells_at(const Cells *cells, uint64_t i);
// NULL if it is gone.
Cell *cells_find(const Cells *cells, uint64_t id);
// The ids of cells that have changed in the running epoch, or (cells_find finds nothing) are gone, though the store has them.
const uint64_t *cells_dirty(const Cells *cells, uint64_t *count);
// An epoch has recorded the cells that are dirty.
void cells_clean(Cells *cells);
// Room for the cell with this id that cells_restore will bring: it counts who refers to it. False without memory.
bool cells_reserve(struct Partition *partition, uint64_t id);
// A cell out of the store, for which there is room, whose value, waiter, activation and key (in the arena of the step) become the
// heap's. False without memory.
bool cells_restore(struct Partition *partition, const Cell *cell);
// Ids from this one on have not been given out yet. To be kept with the run, as the highest of all partitions.
uint64_t cells_next_id(const Cells *cells);
void cells_set_next_id(Cells *cells, uint64_t id);

// ---- for the runtime ----

Cells *cells_new(struct Partition *partition);
void cells_free(Cells *cells);
// How many replies, timers and continuations with a limit the workflow waits for in this partition: before there are none, it has
// not come to rest. Promises do not count.
uint64_t cells_outstanding(const Cells *cells, uint64_t workflow);
// When the earliest of the workflow's timers is due; 0: there is none.
int64_t cells_next_due(const Cells *cells, uint64_t workflow);
// Within a step of the workflow: whatever is due by `time` goes on, in the order of time and id, at most `limit` of them. Returns
// how many.
uint64_t cells_run_due(struct Partition *partition, uint64_t workflow, int64_t time, uint64_t limit);

// ---- for steps (context.h) ----

void cells_begin_step(Cells *cells);
// Makes what the step did to cells permanent, as touches_commit does for entries. False if the heap is full.
bool cells_commit(struct Partition *partition);
void cells_undo(struct Partition *partition);
// After a step that will not be undone: cells of which nothing can come any more go.
void cells_end_step(struct Partition *partition);
// A value that refers to the future came into the heap, or went from it.
void cells_retain(Cells *cells, uint64_t id);
void cells_release(Cells *cells, uint64_t id);

#endif
