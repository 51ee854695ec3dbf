// epoch.h - epochs: cuts between atoms at which progress becomes durable and output is released. While a job writes one epoch to
// the disk and then releases its output, the run goes on with the next.
#ifndef VM_EPOCH_H
#define VM_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "vm/env.h"
#include "vm/schema.h"
#include "vm/store.h"
#include "vm/times.h"

typedef struct Runtime Runtime;

// An epoch on its way to the disk. While `handle` is set, it belongs to the job alone.
typedef struct EpochJob {
    Runtime *runtime;
    EnvJob *handle; // NULL: there is none
    uint64_t epoch;
    uint64_t began;    // when the first of its atoms could be committed
    bool snapshots;    // begins a snapshot, whatever the length of the log
    Buf head;          // what is recorded besides state
    Buf *states;       // by partition
    StoreBytes *parts; // all of that
    Buf *outputs;      // by output: what is released
    int code;          // of the store: 0 or a negated errno value
    int *codes;        // by output, of its release
    uint64_t done;     // when it was released
} EpochJob;

typedef struct Epochs {
    Store *store;     // NULL: nothing is kept
    SchemaIds ids;    // in the store
    Buf schema;       // to be recorded with the next epoch; empty: it is there
    uint64_t number;  // of the last epoch
    uint64_t started; // when the one that is running began
    bool drops;       // the program has tasks whose entries expire
    bool broken;      // the store or an output has failed: there will be no other epoch
    bool resumed;     // the run goes on from an epoch of an earlier one
    bool finished;    // the last epoch says that the run has ended
    uint64_t step;    // the last one, when the last epoch was cut
    uint64_t unsaid;  // bytes that went out elsewhere than to files, which no epoch says
    EpochJob job;
    Times pauses; // how long the run stood still for each epoch
    Times lags;   // from when the first atom of an epoch could be committed to the release of its output
} Epochs;

typedef enum EpochWait {
    EPOCH_GO_ON,    // the epoch becomes durable, and its output is released, some time later
    EPOCH_WAIT,     // when the call returns
    EPOCH_SNAPSHOT, // as above, and the store begins a snapshot
} EpochWait;

// The store must have been set.
void epochs_init(Runtime *runtime);
void epochs_free(Runtime *runtime);
// True if the running epoch has lasted long enough, or has enough output waiting.
bool epoch_due(Runtime *runtime);
// Ends the running epoch between two atoms. False with a failure, perhaps of an epoch before.
bool epoch_commit(Runtime *runtime, EpochWait wait);
// The last epoch of the run; `ended`: there is nothing left to do. All output is released. False with a failure.
bool epochs_end(Runtime *runtime, bool ended);

#endif
