#include "vm/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/exhausted.h"

static void *check(void *memory) {
    if (!memory) exhausted();
    return memory;
}

void *memory_new(size_t count, size_t size) {
    return check(calloc(count ? count : 1, size));
}

void *memory_new_apart(size_t count, size_t size) {
    enum { LINES = 128 }; // processors fetch lines in pairs
    size_t bytes = (count * size + LINES) & ~(size_t)(LINES - 1);
    return memset(check(aligned_alloc(LINES, bytes)), 0, bytes);
}

void *memory_double(void *array, size_t *capacity, size_t size) {
    *capacity = *capacity ? *capacity * 2 : 16;
    return check(realloc(array, *capacity * size));
}
