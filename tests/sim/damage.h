// damage.h - a run that was stopped, whose files are damaged before it goes on: each byte of each file, and each length. The run
// ends with what it should have put out, or with an error that says what is damaged.
#ifndef TESTS_SIM_DAMAGE_H
#define TESTS_SIM_DAMAGE_H

#include "base/buf.h"
#include "tests/sim/schedule.h"

typedef struct DamageScenes DamageScenes;

// Stopped runs, of several programs, with snapshots and without; NULL if they cannot be made as they should be.
DamageScenes *damage_prepare(void);
void damage_free(DamageScenes *scenes);
// How many ways there are to damage them.
uint64_t damage_count(const DamageScenes *scenes);
// Damages one of them in one way, and lets the run go on. See schedule_run; the losses are the runs that ended with an error.
SimTotals damage_run(const DamageScenes *scenes, uint64_t number, Buf *story);

#endif
