// Whether the keys of a type keep all of a value: looks for a Float in the graph that types are.
#include <stdlib.h>

#include "base/hash.h"
#include "vm/encode.h"
#include "vm/memory.h"

// The types that have been found, each once; those from `done` on have not been looked at.
typedef struct Found {
    const PtDesc **items;
    size_t count;
    size_t capacity;
    size_t done;
    const PtDesc **places; // a hash table of them, at most half full
    size_t place_count;
} Found;

static const PtDesc **place_of(const Found *found, const PtDesc *desc) {
    size_t i = hash_u64((uint64_t)(uintptr_t)desc) & (found->place_count - 1);
    while (found->places[i] && found->places[i] != desc) i = (i + 1) & (found->place_count - 1);
    return &found->places[i];
}

static void grow(Found *found) {
    free(found->places);
    found->place_count = found->place_count ? 2 * found->place_count : 32;
    found->places = MEMORY_NEW(const PtDesc *, found->place_count);
    for (size_t i = 0; i < found->count; i++) *place_of(found, found->items[i]) = found->items[i];
}

static void add(Found *found, const PtDesc *desc) {
    if (2 * found->count >= found->place_count) grow(found);
    const PtDesc **place = place_of(found, desc);
    if (*place) return;
    *place = desc;
    found->items = memory_grow(found->items, found->count, &found->capacity, sizeof(PtDesc *));
    found->items[found->count++] = desc;
}

static void add_parts(Found *found, const PtDesc *desc) {
    if (desc->elem) add(found, desc->elem);
    for (uint64_t i = 0; i < desc->variant_count; i++)
        for (uint64_t j = 0; j < desc->variants[i].field_count; j++) add(found, desc->variants[i].fields[j].desc);
}

bool encode_key_is_exact(const PtDesc *desc) {
    if (desc->kind == PT_INT || desc->kind == PT_STRING || desc->kind == PT_BOOL || desc->kind == PT_UNIT) return true;
    Found found = {0};
    bool exact = true;
    add(&found, desc);
    while (exact && found.done < found.count) {
        desc = found.items[found.done++];
        exact = desc->kind != PT_FLOAT;
        if (exact) add_parts(&found, desc);
    }
    free(found.items);
    free(found.places);
    return exact;
}
