// duration.h - the units of durations: `5.s` is a Duration, and `s` one of these.
#ifndef LANG_DURATION_H
#define LANG_DURATION_H

#include <stdint.h>

// The name of a unit, from the smallest one, number 0, up; NULL behind the last.
const char *duration_unit_name(unsigned number);
// How many nanoseconds the unit stands for; 0 if there is no such unit.
int64_t duration_unit(const char *name);

#endif
