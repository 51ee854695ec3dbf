// heap.h - the memory of a partition's state: counted blocks in one reserved range of addresses.
//
//   base                                                                                          base + reserved
//   | page 64 KiB | page | page page page | page | ...  used so far  | ... only reserved ...      |
//     blocks of     ...    a run: one
//     one size             large block
//
// Whether a pointer leads into the heap is one subtraction and a comparison. A string or list may be a part of a block, so
// pointers may lead into the middle of one; the table of pages says where it begins.
//
// Values are immutable and acyclic, so counting is all it takes. Who reads never counts: what is dropped waits in a Limbo until
// no atom can refer to it (limbo.h).
#ifndef VM_HEAP_H
#define VM_HEAP_H

#include <assert.h>

#include "vm/env.h"
#include "vm/program.h"

enum { HEAP_CLASSES = 40 };

// What stands before every block's payload.
typedef struct HeapBlock {
    uint32_t references; // UINT32_MAX: too many to count, never freed
    uint32_t size;       // of the payload
} HeapBlock;

typedef enum HeapPageKind { PAGE_BLOCKS, PAGE_RUN, PAGE_FREE } HeapPageKind;

// Of the pages of a run only the first and the last one count, for PAGE_FREE; for PAGE_RUN all know the first.
typedef struct HeapPage {
    uint32_t kind;       // HeapPageKind
    uint32_t block_size; // PAGE_BLOCKS: with header
    uint32_t first;      // of the run
    uint32_t count;      // pages of the run, in its first page
    uint32_t older;      // PAGE_FREE: neighbours in the list of free runs, as page number + 1; 0: none
    uint32_t newer;
} HeapPage;

// Blocks of one size.
typedef struct HeapClass {
    void *free; // linked through their payload
    char *next; // the rest of the newest page
    char *end;
} HeapClass;

// A value whose pointers are still to be visited: `count` of them in a row. A count of 0 stands for a node of a Map or Set, a
// NULL descriptor for a block to be freed when everything above it in the stack is done.
typedef struct HeapTask {
    const PtDesc *desc;
    char *values;
    uint64_t count;
} HeapTask;

// Where a part of an atom's memory has been copied to.
typedef struct HeapForward {
    const void *from;
    uint32_t size;
    uint32_t turn; // the slot is empty unless it is Heap.forward_turn
    void *to;
} HeapForward;

// Who counts how many values refer to a future (cells.h). Called for each that comes or goes.
typedef struct HeapFutures {
    void (*retain)(void *user, uint64_t future);
    void (*release)(void *user, uint64_t future);
    void *user;
} HeapFutures;

typedef struct Heap {
    char *base;
    uint64_t reserved;
    uint64_t committed;
    HeapPage *pages;
    uint32_t page_count;
    uint32_t page_capacity;
    uint32_t free_runs; // page number + 1 of the first one; 0: none
    HeapClass classes[HEAP_CLASSES];
    uint64_t live_blocks;
    Env *env;
    const PtClosure *closures; // of the program
    HeapFutures futures;       // retain is NULL: nobody counts
    HeapTask *tasks;
    size_t task_count;
    size_t task_capacity;
    HeapForward *forwards; // a hash table
    size_t forward_count;
    size_t forward_capacity;
    uint32_t forward_turn; // how often heap_forget has emptied the table, and 1
} Heap;

// Reserves the range, as large as the system allows up to `size`. False if it allows none.
bool heap_init(Heap *heap, Env *env, const PtClosure *closures, uint64_t size);
void heap_free(Heap *heap);

static inline bool heap_has(const Heap *heap, const void *pointer) {
    return (uint64_t)((const char *)pointer - heap->base) < heap->reserved;
}

// ---- blocks ----

// A block with one reference, its payload not zeroed; NULL if the heap is full or `size` is over 4 GiB.
void *heap_new(Heap *heap, uint64_t size);
// The block around a pointer into its payload.
HeapBlock *heap_block(const Heap *heap, const void *inside);
static inline void heap_retain(HeapBlock *block) {
    assert(block->references);
    if (block->references != UINT32_MAX) block->references++;
}
// Takes a reference back; true if it was the last one and heap_delete must follow.
static inline bool heap_drop(HeapBlock *block) {
    assert(block->references);
    return block->references != UINT32_MAX && --block->references == 0;
}
void heap_delete(Heap *heap, HeapBlock *block);

// ---- values (heap_value.c) ----

// Makes the heap the owner of everything the value refers to: `value` holds one reference to each block it points to afterwards.
// What is in the heap already is shared, everything else copied; what several values share is copied once, until heap_forget.
// False if the heap is full; then `value` is half done and must not be used again.
bool heap_own(Heap *heap, const PtDesc *desc, void *value);
// The values owned from now on do not come from the same atom as those before.
void heap_forget(Heap *heap);
// Takes back the references that `value` holds. Values that are all zeroes hold none.
void heap_release(Heap *heap, const PtDesc *desc, void *value);

#endif
