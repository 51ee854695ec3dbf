// epoch.h - epochs: cuts between atoms at which progress becomes durable and output is released.
#ifndef VM_EPOCH_H
#define VM_EPOCH_H

#include <stdbool.h>
#include <stdint.h>

#include "vm/store.h"

typedef struct Runtime Runtime;

typedef struct Epochs {
    Store *store;
    uint64_t number;  // of the last epoch
    uint64_t started; // when the one that is running began
} Epochs;

// True if the running epoch has lasted long enough, or has enough output waiting.
bool epoch_due(const Runtime *runtime);
// Ends the running epoch between two atoms: records the positions of sources and sinks, makes that durable, and releases the
// output. False with a failure.
bool epoch_commit(Runtime *runtime);

#endif
