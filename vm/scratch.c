#include "vm/scratch.h"

#include <stdint.h>

enum { CHUNK = 64 << 10 };

void scratch_init(Scratch *scratch) {
    *scratch = (Scratch){.pool = {.chunk = CHUNK}};
}

void *scratch_take(void *user, uint64_t size) {
    Scratch *scratch = user;
    if (size > SIZE_MAX / 4) return NULL;
    size = (size + 7) & ~(uint64_t)7;
    if (!scratch->region) {
        scratch->region = region_take(&scratch->pool, CHUNK);
        scratch->used = 0;
    }
    if (!scratch->region) return NULL;
    if (scratch->region->chunks->size - scratch->used < size) {
        if (!region_add(scratch->region, (size_t)size)) return NULL;
        scratch->used = 0;
    }
    void *memory = scratch->region->chunks->bytes + scratch->used;
    scratch->used += (size_t)size;
    return memory;
}

void scratch_rewind(Scratch *scratch) {
    if (scratch->region) region_rewind(scratch->region);
    scratch->used = 0;
}

void scratch_free(Scratch *scratch) {
    if (scratch->region) region_release(scratch->region);
    region_pool_free(&scratch->pool);
    *scratch = (Scratch){0};
}
