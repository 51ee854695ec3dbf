// context.h - a partition: a share of the state, and all that the thread which runs it works with. Compiled code sees the front
// of it, the PtContext (hot.h). Nothing in it is shared with other partitions but the Runtime.
#ifndef VM_CONTEXT_H
#define VM_CONTEXT_H

#include "base/buf.h"
#include "vm/atom.h"
#include "vm/csv.h"
#include "vm/escape.h"
#include "vm/failure.h"
#include "vm/heap.h"
#include "vm/hot.h"
#include "vm/limbo.h"
#include "vm/region.h"
#include "vm/scratch.h"
#include "vm/table.h"

typedef struct Runtime Runtime;
typedef struct Workflow Workflow;
typedef struct WorkflowPart WorkflowPart;

// What a partition has put into an output in the running superstep: lines, and where each ends and belongs.
typedef struct SinkPart {
    Buf bytes;
    Buf ends; // uint64_t
    Buf tags; // as in WorkflowPart
} SinkPart;

// An entry that the running step has reset.
typedef struct Drop {
    uint32_t task;
    char *entry;
} Drop;

// How often each call of `effect_key` was made in the running step (effect_key.c). Starts as all zeroes.
typedef struct CallCount {
    uint64_t low, high; // of a hash of what is known of the call
    uint64_t times;     // 0: this slot is free
} CallCount;

typedef struct CallCounts {
    CallCount *slots;
    size_t capacity; // 0, or a power of two
    size_t count;
} CallCounts;

void call_counts_clear(CallCounts *counts);
void call_counts_free(CallCounts *counts);

// Each of them once. Starts as all zeroes.
typedef struct Drops {
    Drop *items;
    size_t count;
    size_t capacity;
    bool are_committed; // all of them go, and have no values any more
} Drops;

typedef struct Partition {
    _Alignas(128) PtContext context; // first: a PtContext * is a Partition *; in cache lines of its own (memory.h)
    Runtime *runtime;
    uint32_t number;
    bool is_durable;      // what changes is noted for the epoch
    bool tracks;          // every step can be undone, not only those of workflows that need it (PtContext.tracks)
    uint64_t epoch_stamp; // of the first step of the running epoch

    // ---- memory ----
    RegionPool regions;
    Region *region;  // of the running step, and of small ones before
    Region *earlier; // where the step began, if it needed more than is left behind others; or NULL
    char *start;     // of what is the step's in `region`
    bool is_held;    // an atom that the step has made holds that
    Region *globals; // of the setup: what globals and settings refer to
    Heap heap;
    Limbo limbo;

    // ---- the running step ----
    Phase phase;
    uint64_t handled;      // PHASE_ON_ATOM, PHASE_ON_END: the task whose handlers have their turn
    Workflow *workflow;    // NULL during setup, and in a test
    const PtTest *test;    // that is running, or NULL
    WorkflowPart *part;    // of it
    SinkPart *sinks;       // by output; NULL with one partition, whose lines go to the output itself
    const Atom *input;     // or NULL
    int64_t first_event;   // of the input, that the running code counts from
    uint64_t stream;       // that the input came from
    uint64_t step;         // number, from 1
    uint64_t random_count; // random numbers of the step so far
    CallCounts calls;
    Touches touches;
    Drops drops;
    SortedEntry *sorted; // room to sort entries for on_atom
    uint64_t sorted_count;
    size_t sorted_capacity;
    char *append_end; // of the list that was appended to last: its end, and that of the room behind it (list.c)
    char *append_limit;
    uint16_t map_stamp; // of the running epoch, for marks in maps (map_node.h)
    uint64_t map_edits; // rights to change maps that have been given out (map_edit.c)
    Buf scratch;
    Scratch maps;        // of one that is read from the store
    struct Cells *cells; // NULL if no task of the program waits
    Buf record;          // what it adds to the record of the next epoch
    Buf complaint;       // what is wrong with a text that is being read
    CsvParser *csv;      // NULL: not used yet
    uint64_t *throttled; // by throttle: how many events have passed it in the running step
    Failure failure;     // of the last trap
    Failure caught;      // of the trap that pt_try came back with last
    Escape *escape;      // where a trap goes: to the running pt_try, or
    Escape *guard;       // to the running partition_guard, as one does that is no fault of the program
} Partition;

static inline Partition *partition_of(PtContext *context) {
    return (Partition *)context;
}

// False if there is no memory for it; then it must not be freed.
bool partition_init(Partition *partition, Runtime *runtime, uint32_t number);
void partition_free(Partition *partition);

typedef void PartitionBody(Partition *partition, void *argument);

// Runs `body`; false if it was left by a trap, which partition->failure tells of then.
bool partition_guard(Partition *partition, PartitionBody *body, void *argument);

// The region of the setup, with all that globals refer to, stays; the steps begin. False without memory.
bool partition_end_setup(Partition *partition);
// Begins a step, the one with this number: the context is that of no event.
void partition_begin(Partition *partition, Workflow *workflow, uint64_t step);
// Goes over to an atom, or (NULL) to none.
void partition_take(Partition *partition, Phase phase, const Atom *input, uint64_t stream);
// Sorts the entries of a task that had an event in this atom, and takes the marks back: `sorted`, by key. Returns how many there
// are.
uint64_t partition_sort_marked(Partition *partition, uint64_t task);
// Runs `on atom` for the entry number `k` of those.
void partition_run_marked(Partition *partition, uint64_t task, uint64_t k);
// Makes the state that the step has changed permanent, or traps if there is no memory for it. Until partition_end it can be
// undone.
void partition_commit(Partition *partition);
// Undoes what the step has done to state, also what this partition has committed: another one may have had no memory.
void partition_undo(Partition *partition);
// The atom, which is one that the step has made, keeps the memory of the step.
void partition_hold_memory(Partition *partition, Atom *atom);
// After a step: its region goes, or stays with the atoms that hold it; what no atom as old as `oldest` can refer to is released.
void partition_end(Partition *partition, uint64_t oldest);
// Of one that runs no steps: its memory is free again.
void partition_rewind(Partition *partition);

#endif
