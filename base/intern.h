// intern.h - names as symbols: equal texts are the same pointer.
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stddef.h>

#include "base/arena.h"

// A zero-terminated text that is unique within its interner: compare symbols with ==.
typedef const char *Symbol;

typedef struct Interner {
    Arena *arena;                // set by the owner; keeps the texts and the table
    const struct Interner *base; // what it has, this one has; only read, and it must live longer. NULL: nothing
    Symbol *slots;
    size_t count;
    size_t capacity;
} Interner;

Symbol intern(Interner *interner, const char *text, size_t length);
Symbol intern_text(Interner *interner, const char *zero_terminated);

#endif
