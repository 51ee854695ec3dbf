// context.h - a partition: a share of the state, and all that the thread which runs it works with. Compiled code sees the front
// of it, the PtContext (hot.h). Nothing in it is shared with other partitions but the Runtime.
#ifndef VM_CONTEXT_H
#define VM_CONTEXT_H

#include <setjmp.h>

#include "base/buf.h"
#include "vm/atom.h"
#include "vm/heap.h"
#include "vm/hot.h"
#include "vm/limbo.h"
#include "vm/region.h"
#include "vm/table.h"

typedef struct Runtime Runtime;
typedef struct Workflow Workflow;

// What compiled code is being run for, for error messages.
typedef enum Phase { PHASE_SETUP, PHASE_EVENTS, PHASE_ON_ATOM, PHASE_ON_END } Phase;

typedef struct Partition {
    PtContext context; // first: a PtContext * is a Partition *
    Runtime *runtime;

    // ---- memory ----
    RegionPool regions;
    Region *region;  // of the running step
    Region *globals; // of the setup: what globals and settings refer to
    AtomPool atoms;
    Heap heap;
    Limbo limbo;

    // ---- the running step ----
    Phase phase;
    Workflow *workflow; // NULL during setup
    const Atom *input;  // or NULL
    uint64_t stream;    // that the input came from
    uint64_t step;      // number, from 1
    uint64_t put_out;   // how many events it has put into sinks
    Touches touches;
    SortedEntry *sorted; // room to sort entries for on_atom
    size_t sorted_capacity;
    char *append_end; // of the list that was appended to last: its end, and that of the room behind it (list.c)
    char *append_limit;
    Buf scratch;
    jmp_buf escape; // where a trap goes
} Partition;

static inline Partition *partition_of(PtContext *context) {
    return (Partition *)context;
}

// False if there is no memory for it; then it must not be freed.
bool partition_init(Partition *partition, Runtime *runtime);
void partition_free(Partition *partition);

typedef void PartitionBody(Partition *partition, void *argument);

// Runs `body`; false if it was left by a trap, whose message is with the runtime then.
bool partition_guard(Partition *partition, PartitionBody *body, void *argument);

// The region of the setup, with all that globals refer to, stays; the steps begin. False without memory.
bool partition_end_setup(Partition *partition);
// Begins a step: the context is that of no event.
void partition_begin(Partition *partition, Phase phase, Workflow *workflow, const Atom *input, uint64_t stream);
// After a step: its region goes, or stays with the atoms that hold it; what nobody can refer to any more is released.
void partition_end(Partition *partition);

#endif
