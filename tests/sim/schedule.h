// schedule.h - one schedule of a campaign: a run that ends over and over, by crashes, power losses, stops and errors, at steps
// that follow from a seed, and goes on each time; it is compared with the same run without any of that.
#ifndef TESTS_SIM_SCHEDULE_H
#define TESTS_SIM_SCHEDULE_H

#include "base/buf.h"
#include "tests/sim/env_sim.h"
#include "tests/sim/run.h"

typedef struct SimTotals {
    uint64_t schedules, failures;
    uint64_t lives, steps;
    uint64_t crashes, losses, stops, errors; // losses: crashes and other ends after which unsynced writes were lost
    uint64_t epochs;
    uint64_t digest; // the same for the same schedules; add
} SimTotals;

// The totals of this schedule. Adds to the sites. `story` tells what has happened, life by life; its last line what went wrong,
// if something did.
SimTotals schedule_run(uint64_t seed, RunProgram program, SimSites *sites, Buf *story);

#endif
