// stats.h - what the programs were made of.
#ifndef TESTS_DIFFERENTIAL_STATS_H
#define TESTS_DIFFERENTIAL_STATS_H

#include "tests/differential/trial.h"

// Prints how often each instruction of the core was evaluated, and which kinds of nodes the trees had.
void stats_show(const Coverage *coverage);

#endif
