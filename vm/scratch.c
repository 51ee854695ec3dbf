#include "vm/scratch.h"

#include <stdint.h>

enum { CHUNK = 64 << 10 };

void scratch_init(Scratch *scratch) {
    *scratch = (Scratch){.pool = {.chunk = CHUNK}};
}

void *scratch_take(void *user, uint64_t size) {
    Scratch *scratch = user;
    if (!scratch->region) {
        scratch->region = region_take(&scratch->pool, CHUNK);
        scratch->used = 0;
    }
    return scratch->region ? region_bump(scratch->region, &scratch->used, size) : NULL;
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
