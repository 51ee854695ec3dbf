// desc_set.h - a set of descriptors that keeps their order: to go through types once each, although they refer to each other.
#ifndef VM_DESC_SET_H
#define VM_DESC_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "vm/value.h"

// Starts as all zeroes.
typedef struct DescSet {
    const PtDesc **items; // in the order in which they were added
    size_t count;
    size_t capacity;
    size_t *places; // a hash table of 1 + their numbers, at most half full
    size_t place_count;
} DescSet;

// The number of the descriptor, which is added if it is not there.
size_t desc_set_add(DescSet *set, const PtDesc *desc);
// True if it is there.
bool desc_set_has(const DescSet *set, const PtDesc *desc);
// Adds what the type consists of.
void desc_set_add_parts(DescSet *set, const PtDesc *desc);
void desc_set_free(DescSet *set);

#endif
