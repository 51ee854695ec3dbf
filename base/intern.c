#include "base/intern.h"

#include <string.h>

#include "base/hash.h"

static Symbol *find_slot(Symbol *slots, size_t capacity, const char *text, size_t length) {
    size_t i = hash_bytes(text, length) & (capacity - 1);
    while (slots[i] && !(strncmp(slots[i], text, length) == 0 && slots[i][length] == '\0')) i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void grow(Interner *interner) {
    size_t capacity = interner->capacity ? interner->capacity * 2 : 512;
    Symbol *slots = ARENA_ARRAY(interner->arena, Symbol, capacity);
    for (size_t i = 0; i < interner->capacity; i++)
        if (interner->slots[i]) *find_slot(slots, capacity, interner->slots[i], strlen(interner->slots[i])) = interner->slots[i];
    interner->slots = slots;
    interner->capacity = capacity;
}

static Symbol find(const Interner *interner, const char *text, size_t length) {
    for (; interner; interner = interner->base) {
        Symbol symbol = interner->capacity ? *find_slot(interner->slots, interner->capacity, text, length) : NULL;
        if (symbol) return symbol;
    }
    return NULL;
}

Symbol intern(Interner *interner, const char *text, size_t length) {
    Symbol known = find(interner->base, text, length);
    if (known) return known;
    if (interner->count * 2 >= interner->capacity) grow(interner);
    Symbol *slot = find_slot(interner->slots, interner->capacity, text, length);
    if (!*slot) {
        *slot = arena_copy_string(interner->arena, text, length);
        interner->count++;
    }
    return *slot;
}

Symbol intern_text(Interner *interner, const char *zero_terminated) {
    return intern(interner, zero_terminated, strlen(zero_terminated));
}
