// superstep_internal.h - what the files superstep*.c share: the superstep that is being done.
//
//   superstep.c            the whole: which atoms are taken, what becomes of their effects
//   superstep_rounds.c     rounds: slices of the atoms, up to the exchanges; where partitions have failed
//   superstep_exchange.c   what was sent through exchanges, in canonical order
//   superstep_handlers.c   `on atom`, `on end`, and what is due
//   superstep_collect.c    what goes out of all partitions
//   superstep_pace.c       whether it is worth calling the threads
#ifndef VM_SUPERSTEP_INTERNAL_H
#define VM_SUPERSTEP_INTERNAL_H

#include <stdatomic.h>

#include "vm/runtime.h"

// Events in a row, of one atom. `on atom` and `on end` have one slice without events.
typedef struct Slice {
    uint32_t atom; // number in the superstep
    int64_t first;
    int64_t count;
} Slice;

// Where a partition has failed first in the round, in canonical order.
typedef struct Failed {
    bool any;
    uint32_t slice;
    OrderWord *place; // words of a tag
    Failure failure;
} Failed;

typedef struct Superstep {
    Workflow *workflow;
    const PtInput *input; // NULL: no atom
    Atom **atoms;
    uint64_t count;
    Slice *slices; // of the round
    size_t slice_count;
    size_t slice_capacity;
    atomic_uint_fast64_t next; // of the slices that nobody has taken in phase 0
    Phase phase;               // of the handlers that run first
    uint64_t level;            // of the exchanges whose events are taken
    uint64_t task;             // whose `on atom` or `on end` runs
    uint64_t ending;           // number of the entry whose `on end` runs
    OrderWord rank;            // and its place
    uint32_t **ranks;          // by partition: of its marked entries among those of all, or its number
    Failed *failed;            // by partition
    Atom **made;               // by atom, then by channel: what goes out
    uint64_t *lines;           // by atom, then by output: bytes
    bool alone;                // its phases run on the calling thread
    uint64_t began;            // when, if it is
} Superstep;

// ---- slices and phases (superstep_rounds.c) ----

typedef void PhaseBody(void *superstep, size_t partition);

Partition *superstep_partition(const Superstep *s, size_t number);
// Runs the body for all partitions, at once if it has all threads.
void superstep_run_phase(Superstep *s, PhaseBody *body);

void superstep_add_slice(Superstep *s, Slice slice);
// Begins the round of handlers that no event has called.
void superstep_one_slice(Superstep *s);
// The partition goes over to a slice of the round.
void superstep_take_slice(const Superstep *s, Partition *partition, uint64_t number);

// The partition's failure, at its place, if no earlier one is known.
void superstep_note_failure(Superstep *s, Partition *partition, uint64_t slice);
// NULL: nothing has failed.
Failed *superstep_first_failure(const Superstep *s);
// True if the partition has failed before this slice, so that nothing in it can matter.
bool superstep_comes_too_late(const Superstep *s, const Partition *partition, uint64_t slice);

// ---- its pace (superstep_pace.c) ----

// Chooses whether it has all threads; it takes so many events.
void superstep_begin_pace(Superstep *s, uint64_t events);
// Learns from how long it has taken.
void superstep_end_pace(const Superstep *s);

// ---- its parts: false with a failure ----

// All events of all atoms.
bool superstep_run_rounds(Superstep *s);
// What was sent through the exchanges from this level on.
bool superstep_run_exchanges(Superstep *s, uint64_t first_level);
// Task by task; what comes out comes behind what all events put out.
bool superstep_run_on_atoms(Superstep *s);
// The handlers of the entries up to number `stop` run one after the other, in the order of all keys, each on its partition.
void superstep_run_on_ends(Superstep *s, uint64_t stop);
// What is due on each partition goes on; what comes out is in the order of the partitions.
void superstep_run_due(Superstep *s);
// What the partitions have put out in the round goes, in order, behind what came before.
bool superstep_collect(Superstep *s);

// If what the one atom had put out before it failed there is too much, that is what has failed.
void superstep_check_size(const Superstep *s, Failed *failed);

// What all rounds have made goes to the consumers of the streams.
void superstep_publish(Superstep *s);

#endif
