// sim_random.h - the chance of a simulation: numbers that follow from a seed.
#ifndef TESTS_SIM_RANDOM_H
#define TESTS_SIM_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

// The next number (SplitMix64); the seed is the first state.
static inline uint64_t sim_random(uint64_t *state) {
    return hash_u64(*state += 0x9e3779b97f4a7c15ULL);
}

// From 0 to limit - 1; `limit` is at least 1.
static inline uint64_t sim_below(uint64_t *state, uint64_t limit) {
    return sim_random(state) % limit;
}

static inline bool sim_coin(uint64_t *state) {
    return sim_random(state) & 1;
}

// The numbers below `count` in any order.
static inline void sim_shuffle(uint64_t *state, size_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t at = (size_t)sim_below(state, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
}

#endif
