#include "vm/region.h"

#include <stdlib.h>

enum {
    CHUNK_LIMIT = 8 << 20, // how much a region without use may hold
    POOL_LIMIT = 16,       // how many regions wait
    REST_PART = 4,         // the rest of a region is worth going on with if it is at least this part of it
};

#ifdef __SANITIZE_ADDRESS__
enum { REUSE_CHUNKS = 0 }; // so that a use after the end of an atom is seen
#else
enum { REUSE_CHUNKS = 1 };
#endif

bool region_add(Region *region, size_t size) {
    size_t doubled = region->size < CHUNK_LIMIT ? region->size : CHUNK_LIMIT;
    if (size < doubled) size = doubled;
    if (size < region->pool->chunk) size = region->pool->chunk;
    RegionChunk *chunk = malloc(sizeof *chunk + size);
    if (!chunk) return false;
    chunk->older = region->chunks;
    chunk->size = size;
    region->chunks = chunk;
    region->size += size;
    return true;
}

void *region_bump(Region *region, size_t *used, uint64_t size) {
    if (size > SIZE_MAX / 4) return NULL;
    size = (size + 7) & ~(uint64_t)7;
    if (region->chunks->size - *used < size) {
        if (!region_add(region, (size_t)size)) return NULL;
        *used = 0;
    }
    void *memory = region->chunks->bytes + *used;
    *used += (size_t)size;
    return memory;
}

static void drop_chunks(RegionChunk *chunk) {
    while (chunk) {
        RegionChunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

void region_cut(Region *region, const RegionChunk *chunk) {
    while (region->chunks != chunk) {
        RegionChunk *newest = region->chunks;
        region->chunks = newest->older;
        region->size -= newest->size;
        free(newest);
    }
}

// Several chunks become one of their size, so that the next atom, which is likely to need as much, finds it at once.
void region_rewind(Region *region) {
    RegionChunk *kept = region->chunks;
    if (REUSE_CHUNKS && !kept->older && kept->size <= CHUNK_LIMIT) return;
    size_t size = region->size < CHUNK_LIMIT ? region->size : CHUNK_LIMIT;
    region->chunks = NULL;
    region->size = 0;
    if (region_add(region, size)) {
        drop_chunks(kept);
    } else { // go on with the newest
        drop_chunks(kept->older);
        kept->older = NULL;
        region->chunks = kept;
        region->size = kept->size;
    }
}

bool region_has_rest(const Region *region, size_t rest) {
    return REUSE_CHUNKS && region->size <= region->pool->chunk && rest >= region->size / REST_PART;
}

static bool has_room(const Region *region, size_t size) {
    return region->chunks->size >= size;
}

Region *region_take(RegionPool *pool, size_t size) {
    Region *region = pool->free;
    if (region && has_room(region, size)) {
        pool->free = region->next;
        pool->free_count--;
    } else {
        region = calloc(1, sizeof *region);
        if (!region) return NULL;
        region->pool = pool;
        if (!region_add(region, size)) {
            free(region);
            return NULL;
        }
    }
    region->references = 1;
    return region;
}

void region_retain(Region *region) {
    region->references++;
}

static void region_free(Region *region) {
    drop_chunks(region->chunks);
    free(region);
}

void region_release(Region *region) {
    if (--region->references) return;
    RegionPool *pool = region->pool;
    if (pool->free_count == POOL_LIMIT || !REUSE_CHUNKS || region->size > CHUNK_LIMIT) {
        region_free(region);
        return;
    }
    region_rewind(region);
    region->next = pool->free;
    pool->free = region;
    pool->free_count++;
}

void region_pool_free(RegionPool *pool) {
    while (pool->free) {
        Region *region = pool->free;
        pool->free = region->next;
        region_free(region);
    }
    pool->free_count = 0;
}
