// cells_internal.h - what the files about cells share (cells.h): the cells of a partition, and the segment that is running.
#ifndef VM_CELLS_INTERNAL_H
#define VM_CELLS_INTERNAL_H

#include "vm/cells.h"
#include "vm/context.h"

// What a cell was before a segment changed it.
typedef struct CellBefore {
    CellSlot *slot;
    uint32_t first; // as in its slot
    uint64_t stamp;
    Cell cell;
} CellBefore;

typedef struct Timer {
    int64_t due;
    uint64_t id;
} Timer;

// What waits in the cells of one workflow, as of the last commit.
typedef struct CellsOf {
    uint64_t outstanding;
    uint64_t timed;   // cells that have a due time
    uint64_t dropped; // continuations that are to fail before anything else
    Timer *timers;    // a heap; what is no longer due then is passed over
    size_t timer_count;
    size_t timer_capacity;
} CellsOf;

// What runs behind the running segment.
typedef struct Ready {
    void *frame;
    const void *value; // by the outcome
    uint64_t outcome;  // PtOutcome
    uint64_t hash;     // of the key
    char key[8];       // as in its cell
    uint32_t task;
    bool begins;     // it is a start frame
    bool is_counted; // as in a Segment
    bool is_refused; // the same
    Activation activation;
} Ready;

// A handler, or a part of it, that runs at one go.
typedef struct Segment {
    Partition *partition;
    PtCursor *cursors; // or NULL: it emits nothing
    const PtAsync *async;
    void *entry;
    uint32_t task;
    bool begins;     // its frame is a start frame
    bool is_counted; // by its exclusive key, as one of the activations under way
    bool has_ended;  // its activation has
    bool is_refused; // it fails at once, as Workflow.refusal says
    uint64_t outcome;
    void *frame;
    const void *value;
    Activation activation;
} Segment;

// The type of what Cell.key is, if that is a pointer to the key; else all zeroes.
typedef struct KeyBox {
    PtDesc desc;
    PtVariant variant;
    PtField field;
} KeyBox;

struct Cells {
    Partition *partition;
    uint32_t count;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    uint64_t next_id;

    // ---- the running step ----
    uint64_t stamp;        // of the running segment
    uint64_t step_stamp;   // of the first one of the step
    uint32_t count_before; // cells when it began: those from this number on are new
    uint64_t next_before;
    CellBefore *journal;
    size_t journal_count;
    size_t journal_capacity;
    bool is_committing;
    bool is_committed;
    size_t limbo;     // from here on it has what the commit has dropped
    Buf revived;      // ids of cells that values of other ones refer to now, in a commit
    Buf check;        // ids of cells of which perhaps nothing can come any more
    Buf settling;     // ids of futures that are being completed
    Buf taken;        // Timers that have been taken from the heap
    bool has_timers;  // there is a timer in some heap
    Segment *running; // or NULL
    Ready *ready;     // what runs behind it; those of callers come before
    size_t ready_count;
    size_t ready_capacity;
    Buf saved; // what the running savepoint goes back to

    CellCounts counts;
    CellCounts counts_before; // the running step

    // ---- the running epoch ----
    uint64_t *dirty; // ids
    size_t dirty_count;
    size_t dirty_capacity;
    size_t dirty_before; // when the running step began

    // ---- of the program ----
    const PtAsync **async; // by task
    uint32_t *workflow_of; // by task
    KeyBox *keys;          // by task
    uint64_t *result_any;  // by closure: 1 + the number of the Any for its result; 0: not looked for yet
    bool *on_atom;         // by task: it has `on atom`, or the companion with its global states has
    CellsOf *of;           // by workflow
    bool is_restoring;
};

extern const PtDesc CELLS_ANY, CELLS_FRAME;

// ---- cells.c ----

// A new cell of the key that the entry belongs to.
Cell *cells_add(Partition *partition, uint32_t task, void *entry, CellKind kind);
// Another cell takes its place.
void cells_remove(Cells *cells, CellSlot *slot);
// Removes the newest cells, so that `count` are left.
void cells_truncate(Cells *cells, uint32_t count);
// The hash of a key of this type, as compiled code has it.
uint64_t cells_hash(const PtDesc *key, const void *value);
// Whether the cell belongs to the key that the segment runs for.
bool cells_is_of_key(const Cell *cell, const Segment *segment);
// The entry with the key that a cell has, or something like a cell.
void *cells_entry(Partition *partition, uint32_t task, uint64_t hash, const char key[8]);
// A value refers to a future that has not been restored yet.
void cells_refer_early(Cells *cells, uint64_t id);
// Notes that an epoch must record the cell.
void cells_note_dirty(Cells *cells, CellSlot *slot);
static inline CellSlot *cells_slot_of(const Cell *cell) {
    return (CellSlot *)cell;
}

// cells_find, inlined.
static inline Cell *cells_get(const Cells *cells, uint64_t id) {
    return (Cell *)cells_look_up(&cells->partition->context.cells, id);
}

// ---- cells_step.c ----

// Must come before a change of a cell in a step.
static inline void cells_edit(Cells *cells, Cell *cell);
void cells_journal(Cells *cells, CellSlot *slot);
// A segment begins: what is changed from now on can be undone up to here.
typedef struct CellsMark {
    size_t journal;
    uint32_t count;
    uint64_t next_id;
} CellsMark;
static inline CellsMark cells_mark(Cells *cells) {
    cells->stamp++;
    return (CellsMark){cells->journal_count, cells->count, cells->next_id};
}
void cells_go_back(Cells *cells, CellsMark mark);
// Whether something can still come of the cell.
bool cells_is_alive(const Cells *cells, const Cell *cell);
// A value that refers to the future came into the heap, or went from it.
void cells_retain(void *cells, uint64_t id);
void cells_release(void *cells, uint64_t id);

static inline void cells_edit(Cells *cells, Cell *cell) {
    CellSlot *slot = cells_slot_of(cell);
    if (slot->stamp != cells->stamp) cells_journal(cells, slot);
}

// ---- cells_timers.c ----

// The first cell from `*at` on whose continuation was dropped, not in a queue, which then begins behind it; NULL: there is none.
Cell *cells_next_dropped(const Cells *cells, uint64_t workflow, uint64_t *at);
// The first cell that is due by `time`, taken from the heap; 0: there is none.
uint64_t cells_take_due(Cells *cells, uint64_t workflow, int64_t time);
// A cell is what it is now for good, after it was something else. NULL: nothing.
void cells_count_change(Cells *cells, const Cell *before, const Cell *after);
// Puts back what a step has taken from the heaps, and drops what is no longer due first.
void cells_settle_timers(Cells *cells);

// ---- futures.c ----

// The future is completed, with whatever depends on it; what waits for it becomes runnable. Nothing happens if it is not pending,
// or gone (NULL).
void futures_settle(Cells *cells, Cell *cell, CellState state, void *value);
// An Any of the number `code` with a copy of the value in the arena.
void *futures_any(PtContext *context, uint64_t code, const PtDesc *desc, const void *value);
// The continuation of the cell runs behind the running segment.
void futures_wake(Cells *cells, Cell *cell, PtOutcome outcome, const void *value);

// ---- activation.c ----

// To be filled in: it runs behind what is ready already.
Ready *activation_new_ready(Cells *cells);
// If the workflow refuses, what became ready since there were `base` of them is to fail.
void activation_refuse_ready(Partition *partition, size_t base);
// Runs what became ready since there were `base` of them.
void activation_run_ready(Partition *partition, PtCursor *cursors, size_t base);
void activation_run(Segment *segment);
// The activation has failed, and what its last segment did is undone: partition->failure says why.
void activation_fail(Segment *segment);

// ---- activation_save.c ----

// Runs `body`; false if that failed, and nothing of what it did remains.
bool activation_try(Segment *segment, void (*body)(Segment *));
// The entry of the global states.
void *activation_find_globals(Partition *partition, uint64_t task);

// ---- exclusive.c ----

// Whether the handler has to wait for its key; then it is in the queue, or has failed.
bool exclusive_waits(Segment *segment);
// One more activation of the key is under way. Not for tasks that are not exclusive, nor are the others.
void exclusive_enter(Partition *partition, uint32_t task, void *entry);
// It has ended: if it was the last, what waits for the key becomes runnable, the first of the queue.
void exclusive_leave(Partition *partition, uint32_t task, void *entry);

#endif
