// duration.h - durations as text: as they are written in a program, `5.s`, and on the command line, `5s`.
#ifndef VM_DURATION_H
#define VM_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

typedef enum DurationStyle { DURATION_EXPRESSION, DURATION_ARGUMENT } DurationStyle;

// Appends a number and the largest unit that divides the duration; of 0, seconds.
void duration_show(Buf *out, int64_t nanoseconds, DurationStyle style);
// Reads what the command line has: decimal digits, possibly with a sign, and a unit. False if it is none, or out of range.
bool duration_parse(const char *text, size_t size, int64_t *nanoseconds);

#endif
