// The ids of stdlib/id.portals: which they are, for ever, and that they are as if drawn at random.
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/unit/vm_testing.h"
#include "vm/library.h"

enum { MAX_ATOM = 1 << 20 };

static Id child(Id parent, int64_t number) {
    Id id;
    pt_id_child(NULL, &id, &parent, number);
    return id;
}

static uint64_t *word_of(Id *parent, int64_t *number, int bit) {
    return bit < 64 ? (uint64_t *)&parent->high : bit < 128 ? (uint64_t *)&parent->low : (uint64_t *)number;
}

// These are part of what every version keeps.
Test(vm_id, known_ids) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    Id id;
    PtString text = text_of("a"), hex;
    pt_id_of(scene.context, &id, &text, &STRING);
    pt_id_to_hex(scene.context, &hex, &id);
    cr_assert(text_is(hex, "11a7721c705222583cdb5a3e3b9b29cb"));
    id = child(id, 1);
    pt_id_to_hex(scene.context, &hex, &id);
    cr_assert(text_is(hex, "72557d7184e198c824ee3476d3c3fa18"));
    scene_free(&scene);
}

Test(vm_id, each_bit_changes_half_of_the_bits) {
    enum { INPUT_BITS = 192, BITS = 128, ROUNDS = 4096 };
    static int changed[INPUT_BITS][BITS];
    Id parent = {1, 2};
    for (int round = 0; round < ROUNDS; round++) {
        // Numbers count up from 0 in practice.
        Id id = child(parent, round);
        for (int bit = 0; bit < INPUT_BITS; bit++) {
            Id other_parent = parent;
            int64_t other_number = round;
            *word_of(&other_parent, &other_number, bit) ^= (uint64_t)1 << bit % 64;
            Id other = child(other_parent, other_number);
            for (int i = 0; i < 64; i++) {
                changed[bit][i] += (int)((uint64_t)(id.high ^ other.high) >> i & 1);
                changed[bit][64 + i] += (int)((uint64_t)(id.low ^ other.low) >> i & 1);
            }
        }
        parent = id;
    }
    // The standard deviation is ROUNDS / 128; of 24,576 places none is expected beyond 5 of them.
    for (int bit = 0; bit < INPUT_BITS; bit++)
        for (int i = 0; i < BITS; i++)
            cr_assert(abs(changed[bit][i] - ROUNDS / 2) < 6 * ROUNDS / 128, "bit %d changes bit %d in %d of %d", bit, i,
                      changed[bit][i], ROUNDS);
}

static int compare_words(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// Half an id is enough to tell a million children of a thousand parents, which are children of one.
Test(vm_id, children_differ) {
    enum { PARENTS = 1 << 10, CHILDREN = 1 << 10, IDS = PARENTS * CHILDREN };
    uint64_t *high = calloc(IDS, sizeof *high), *low = calloc(IDS, sizeof *low);
    size_t count = 0;
    for (int i = 0; i < PARENTS; i++) {
        Id parent = child((Id){0, 0}, i);
        for (int k = 0; k < CHILDREN; k++) {
            Id id = child(parent, k);
            high[count] = (uint64_t)id.high;
            low[count++] = (uint64_t)id.low;
        }
    }
    qsort(high, IDS, sizeof *high, compare_words);
    qsort(low, IDS, sizeof *low, compare_words);
    for (size_t i = 1; i < IDS; i++) cr_assert(high[i] != high[i - 1] && low[i] != low[i - 1]);
    free(high);
    free(low);
}
