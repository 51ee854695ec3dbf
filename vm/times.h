// times.h - how long something took each time, for percentiles. Only the latest times are kept, so that a run that goes on for
// ever takes no more memory.
#ifndef VM_TIMES_H
#define VM_TIMES_H

#include <stddef.h>
#include <stdint.h>

enum { TIMES_LIMIT = 16 * 1024 };

// Starts as all zeroes.
typedef struct Times {
    uint64_t *items; // nanoseconds
    size_t count;
    size_t capacity;
    size_t next; // once there are TIMES_LIMIT of them: the oldest one, which makes room
} Times;

void times_add(Times *times, uint64_t time);
// The time that `part` (0 to 1) of the times do not exceed; 0 without any. No more can be added after that.
uint64_t times_percentile(Times *times, double part);
void times_free(Times *times);

#endif
