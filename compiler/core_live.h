// core_live.h - which locals are live where: whose values may still be looked at. Backwards over the structured code, for loops
// in rounds until nothing changes.
#ifndef COMPILER_CORE_LIVE_H
#define COMPILER_CORE_LIVE_H

#include "compiler/core.h"

typedef struct LiveSet LiveSet;

// The locals of a function that matter are numbered from 0.
typedef struct Live {
    const CoreFn *fn;
    Arena *arena;       // what is made here goes there
    const int *numbers; // by local; -1: it does not matter
    int count;          // of the numbers
    int awaited;        // the number of what the last AWAIT has brought, as if it were a local; -1: it does not matter

    // Called for each instruction once everything is known, from the end of each block to its beginning. `live` is what is live
    // behind it, but for its result; of an instruction with blocks, what is live at their beginning.
    void (*visit)(void *data, CoreInst *inst, const LiveSet *live);
    void *data;

    // ---- for core_live.c ----
    size_t words; // of a set
    LiveSet *free;
    Map heads;    // loop -> what is live at the beginning of a round
    bool changed; // a head has grown
    bool known;   // heads are final
} Live;

void core_live(Live *live);
bool core_live_has(const LiveSet *set, int number);

#endif
