#include "vm/desc_set.h"

#include <stdlib.h>

#include "base/hash.h"
#include "vm/memory.h"

static size_t *place_of(const DescSet *set, const PtDesc *desc) {
    size_t i = hash_u64((uint64_t)(uintptr_t)desc) & (set->place_count - 1);
    while (set->places[i] && set->items[set->places[i] - 1] != desc) i = (i + 1) & (set->place_count - 1);
    return &set->places[i];
}

static void grow(DescSet *set) {
    free(set->places);
    set->place_count = set->place_count ? 2 * set->place_count : 32;
    set->places = MEMORY_NEW(size_t, set->place_count);
    for (size_t i = 0; i < set->count; i++) *place_of(set, set->items[i]) = i + 1;
}

size_t desc_set_add(DescSet *set, const PtDesc *desc) {
    if (2 * set->count >= set->place_count) grow(set);
    size_t *place = place_of(set, desc);
    if (!*place) {
        set->items = memory_grow(set->items, set->count, &set->capacity, sizeof(PtDesc *));
        set->items[set->count++] = desc;
        *place = set->count;
    }
    return *place - 1;
}

bool desc_set_has(const DescSet *set, const PtDesc *desc) {
    return set->place_count && *place_of(set, desc);
}

void desc_set_add_parts(DescSet *set, const PtDesc *desc) {
    if (desc->elem) desc_set_add(set, desc->elem);
    if (desc->mapped) desc_set_add(set, desc->mapped);
    for (uint64_t i = 0; i < desc->variant_count; i++)
        for (uint64_t j = 0; j < desc->variants[i].field_count; j++) desc_set_add(set, desc->variants[i].fields[j].desc);
}

void desc_set_free(DescSet *set) {
    free(set->items);
    free(set->places);
    *set = (DescSet){0};
}
