#include "vm/times.h"

#include <stdlib.h>

#include "vm/memory.h"

void times_add(Times *times, uint64_t time) {
    if (times->count == TIMES_LIMIT) {
        times->items[times->next] = time;
        times->next = (times->next + 1) % TIMES_LIMIT;
        return;
    }
    times->items = memory_grow(times->items, times->count, &times->capacity, sizeof *times->items);
    times->items[times->count++] = time;
}

static int compare_times(const void *a, const void *b) {
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

uint64_t times_percentile(Times *times, double part) {
    if (!times->count) return 0;
    qsort(times->items, times->count, sizeof *times->items, compare_times);
    size_t place = (size_t)(part * (double)times->count);
    return times->items[place < times->count ? place : times->count - 1];
}

void times_free(Times *times) {
    free(times->items);
    *times = (Times){0};
}
