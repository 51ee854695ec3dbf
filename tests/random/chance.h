// chance.h - the chances that the generators of random programs take: the same from a seed on every machine.
#ifndef TESTS_RANDOM_CHANCE_H
#define TESTS_RANDOM_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

// One of `count` numbers from 0 on (xorshift, Marsaglia 2003). *random is not 0.
static inline uint32_t chance_any(uint64_t *random, uint32_t count) {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (uint32_t)(*random >> 32) % count;
}

#endif
