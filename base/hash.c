#define XXH_INLINE_ALL
#include "base/hash.h"

#include <xxhash.h>

uint64_t hash_bytes(const void *bytes, size_t length) {
    return XXH3_64bits(bytes, length);
}

Hash128 hash_bytes128(const void *bytes, size_t length) {
    XXH128_hash_t hash = XXH3_128bits(bytes, length);
    return (Hash128){hash.low64, hash.high64};
}

_Static_assert(sizeof(HashPieces) >= sizeof(XXH3_state_t), "the state of xxHash fits");
_Static_assert(_Alignof(HashPieces) >= _Alignof(XXH3_state_t), "and is aligned");

void hash_pieces_begin(HashPieces *pieces) {
    XXH3_64bits_reset((XXH3_state_t *)pieces);
}

void hash_pieces_add(HashPieces *pieces, const void *bytes, size_t length) {
    if (length) XXH3_64bits_update((XXH3_state_t *)pieces, bytes, length);
}

uint64_t hash_pieces_end(const HashPieces *pieces) {
    return XXH3_64bits_digest((const XXH3_state_t *)pieces);
}
