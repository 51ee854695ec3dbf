#include "tests/sim/lines.h"

#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"

typedef struct Line {
    const char *start;
    size_t length; // with its end
} Line;

typedef struct Lines {
    Line *lines;
    size_t count, capacity;
} Lines;

static int compare(const void *a, const void *b) {
    const Line *one = a, *other = b;
    if (one->length != other->length) return one->length < other->length ? -1 : 1;
    return memcmp(one->start, other->start, one->length);
}

static Lines sorted_lines(const Buf *text) {
    Lines lines = {0};
    const char *at = text->data, *end = at + text->length;
    for (const char *stop; at < end && (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1) {
        lines.lines = memory_grow(lines.lines, lines.count, &lines.capacity, sizeof *lines.lines);
        lines.lines[lines.count++] = (Line){at, (size_t)(stop + 1 - at)};
    }
    if (lines.count) qsort(lines.lines, lines.count, sizeof *lines.lines, compare);
    return lines;
}

bool lines_within(const Buf *part, const Buf *whole) {
    Lines some = sorted_lines(part), all = sorted_lines(whole);
    size_t found = 0;
    for (size_t i = 0; i < all.count && found < some.count; i++) found += compare(&some.lines[found], &all.lines[i]) == 0;
    bool is_within = found == some.count;
    free(some.lines);
    free(all.lines);
    return is_within;
}

bool lines_same(const Buf *one, const Buf *other) {
    return one->length == other->length && lines_within(one, other) && lines_within(other, one);
}
