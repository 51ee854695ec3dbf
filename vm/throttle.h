// throttle.h - workflows that take their atoms no faster than they may. Each `throttle` counts the events that pass it; the
// workflow takes its next atom when the time that these may take at least has gone by. Nothing is dropped, and what waits is
// bounded: nobody asks the sources meanwhile.
#ifndef VM_THROTTLE_H
#define VM_THROTTLE_H

#include "vm/context.h"

typedef struct Throttle {
    uint64_t workflow; // its number
    int64_t events;    // that may pass
    int64_t per;       // in so many nanoseconds
} Throttle;

typedef struct Throttles {
    Throttle *items;
    size_t count;
    size_t capacity;
} Throttles;

// After the setup. False, with a failure, if a setting makes no sense.
bool throttles_open(Runtime *runtime);
void throttles_free(Runtime *runtime);
// A step of the partition begins.
void throttles_begin(Partition *partition);
// Whether the workflow may take an atom now.
bool throttle_allows(const Workflow *workflow);
// The workflow has taken an atom: when it may take the next one.
void throttle_note(Workflow *workflow, uint64_t taken);
// The time at which the first workflow may go on that has something to take and may not yet; 0: there is none.
uint64_t throttles_wake(const Runtime *runtime);

// ---- called by compiled code ----

// During setup: throttle number `number`, from 0 on, is in this workflow.
void pt_config_throttle(PtContext *context, int64_t number, int64_t workflow, int64_t events, int64_t per);
// An event passes.
void pt_throttle(PtContext *context, int64_t number);

#endif
