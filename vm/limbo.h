// limbo.h - values that the state no longer has, but that atoms may still refer to. They are released in the order in which they
// were dropped, as soon as no atom is as old as the step that dropped them.
#ifndef VM_LIMBO_H
#define VM_LIMBO_H

#include "base/buf.h"
#include "vm/heap.h"

// Starts as all zeroes.
typedef struct Limbo {
    Buf records; // LimboRecord and the value, one after the other
    size_t head; // the first one that has not been released
} Limbo;

// `value` was dropped by `step`, which is not less than that of any value before. Takes over its references.
void limbo_add(Limbo *limbo, uint64_t step, const PtDesc *desc, const void *value);
// What is added from now on can be taken out again, until the next limbo_release.
static inline size_t limbo_mark(const Limbo *limbo) {
    return limbo->records.length;
}
// The values added since then are those of the caller again.
static inline void limbo_rewind(Limbo *limbo, size_t mark) {
    limbo->records.length = mark;
}
// Releases what was dropped by steps before `step`.
void limbo_release(Limbo *limbo, Heap *heap, uint64_t step);
void limbo_free(Limbo *limbo);

#endif
