// savepoint.h - what calls that can be undone have in common: the memory that they take from the atom's region, and how their
// failures become values.
#ifndef VM_SAVEPOINT_H
#define VM_SAVEPOINT_H

#include "vm/context.h"

// How far the region is used.
typedef struct MemoryMark {
    const RegionChunk *chunk;
    char *next;
    char *end;
    char *start; // of the step's part
} MemoryMark;

static inline MemoryMark savepoint_memory(const Partition *partition) {
    return (MemoryMark){partition->region->chunks, partition->context.next, partition->context.end, partition->start};
}

// What has been allocated since is of no use to anybody: a handler that has used the memory of its atom up must leave some to
// whatever comes of its failure.
void savepoint_drop_memory(Partition *partition, const MemoryMark *mark);

// A piece of a failure as a String in the arena.
PtString savepoint_text(PtContext *context, const Buf *text);

#endif
