// hash.h - the one hash of the project: XXH3 (xxHash, BSD-2), whose values are the same on every machine.
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

// 64-bit XXH3 of `length` bytes.
uint64_t hash_bytes(const void *bytes, size_t length);

// The 128-bit variant.
typedef struct Hash128 {
    uint64_t low, high;
} Hash128;

Hash128 hash_bytes128(const void *bytes, size_t length);

// The 64 bits of bytes that come in pieces: begin, add each, end.
typedef struct HashPieces {
    _Alignas(64) uint64_t state[72]; // of xxHash
} HashPieces;

void hash_pieces_begin(HashPieces *pieces);
void hash_pieces_add(HashPieces *pieces, const void *bytes, size_t length);
uint64_t hash_pieces_end(const HashPieces *pieces);

// A bijective mix of a 64-bit integer (the finaliser of MurmurHash3, public domain).
static inline uint64_t hash_u64(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    x ^= x >> 33;
    return x;
}

#endif
