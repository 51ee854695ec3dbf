// region.h - memory that is filled from one end and released as a whole: where an atom's transient values live, and the blocks of
// text that sources read. A region is counted by the atoms that may refer to it.
#ifndef VM_REGION_H
#define VM_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Region Region;
typedef struct RegionChunk RegionChunk;

// Regions that wait to be used again. Starts as {.chunk = size of a region's first chunk}.
typedef struct RegionPool {
    size_t chunk;
    Region *free;
    uint32_t free_count;
} RegionPool;

struct Region {
    RegionPool *pool;
    Region *next;        // in the pool
    RegionChunk *chunks; // the newest first; never NULL
    size_t size;         // of all chunks
    uint32_t references;
};

struct RegionChunk {
    RegionChunk *older;
    size_t size;
    _Alignas(16) char bytes[];
};

// An empty region with one reference, whose one chunk has room for `size` bytes or more; NULL without memory.
Region *region_take(RegionPool *pool, size_t size);
// Adds a chunk with room for `size` bytes or more, as the new first of region->chunks; false without memory.
bool region_add(Region *region, size_t size);
// Gives the chunks back that are newer than `chunk`, which must be one of the region's.
void region_cut(Region *region, const RegionChunk *chunk);
// `size` bytes, aligned to 8, of the newest chunk, of which `*used` have been taken, or of a new one; NULL without memory.
void *region_bump(Region *region, size_t *used, uint64_t size);
// Makes the region empty again, with one chunk. Nothing may refer to it. The chunk may be another one than before.
void region_rewind(Region *region);
// Whether it is worth going on behind what others refer to, with the `rest` of its memory that nobody has used.
bool region_has_rest(const Region *region, size_t rest);
void region_retain(Region *region);
// Takes a reference back; without references the region goes to its pool.
void region_release(Region *region);
// Frees the regions that wait. All others must have been released.
void region_pool_free(RegionPool *pool);

#endif
