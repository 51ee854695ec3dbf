// shrink.h - makes a program that fails smaller.
#ifndef TESTS_DIFFERENTIAL_SHRINK_H
#define TESTS_DIFFERENTIAL_SHRINK_H

#include "tests/differential/trial.h"

// Leaves out lines of the file as long as the program goes on to compile and to be different, or to kill the process. Writes
// FILE.small and returns 0; 1 if the program does not fail.
int shrink(const char *path, const TrialOptions *options);

#endif
