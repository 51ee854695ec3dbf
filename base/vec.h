// vec.h - growable arrays whose memory belongs to an arena.
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <string.h>

#include "base/arena.h"

// A vector starts as all zeroes. `VEC(int) numbers = {0}; vec_push(arena, &numbers, 7); numbers.items[0];`
#define VEC(T)                                                                                                                   \
    struct {                                                                                                                     \
        T *items;                                                                                                                \
        int count;                                                                                                               \
        int capacity;                                                                                                            \
    }

#define vec_push(arena, vec, item) (vec_reserve((arena), (vec)), (vec)->items[(vec)->count++] = (item))

#define vec_reserve(arena, vec)                                                                                                  \
    ((vec)->count < (vec)->capacity                                                                                              \
         ? (void)0                                                                                                               \
         : (void)((vec)->items = vec_grow((arena), (vec)->items, &(vec)->capacity, sizeof *(vec)->items)))

// Doubles an array. The old memory stays with the arena.
static inline void *vec_grow(Arena *arena, void *items, int *capacity, size_t item_size) {
    int bigger = *capacity ? *capacity * 2 : 4;
    void *grown = arena_alloc(arena, item_size * (size_t)bigger);
    if (items) memcpy(grown, items, item_size * (size_t)*capacity);
    *capacity = bigger;
    return grown;
}

#endif
