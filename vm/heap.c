// Blocks of the heap: sizes in steps of 8 bytes up to 64, then four steps to each doubling up to 16 KiB, then whole pages.
#include "vm/heap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"

enum {
    PAGE = 64 * 1024,
    HEADER = sizeof(HeapBlock),
    SMALL_LIMIT = 16 * 1024, // the largest block of a class
    COMMIT_STEP = 1 << 20,   // how much memory is asked for at a time
    LARGE_STEP = 16 << 20,   // the same of a heap that is as large as that
    DISCARD_LIMIT = 1 << 20, // from which size on the memory of a free run is given back
    SEARCH_LIMIT = 64,       // how many free runs are looked at
    RESERVE_MINIMUM = 64 << 20,
};

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
static void poison(void *start, size_t size) {
    __asan_poison_memory_region(start, size);
}
static void unpoison(void *start, size_t size) {
    __asan_unpoison_memory_region(start, size);
}
#else
static void poison(void *start, size_t size) {
    (void)start, (void)size;
}
static void unpoison(void *start, size_t size) {
    (void)start, (void)size;
}
#endif

// ---- pages ----

bool heap_init(Heap *heap, Env *env, const PtClosure *closures, uint64_t size) {
    *heap = (Heap){.env = env, .closures = closures, .forward_turn = 1};
    for (; size >= RESERVE_MINIMUM; size /= 4) {
        heap->base = env->reserve(env, size);
        if (!heap->base) continue;
        heap->reserved = size;
        return true;
    }
    return false;
}

void heap_free(Heap *heap) {
    if (heap->base) {
        unpoison(heap->base, heap->committed);
        heap->env->unreserve(heap->env, heap->base, heap->reserved);
    }
    free(heap->pages);
    free(heap->tasks);
    free(heap->forwards);
    *heap = (Heap){0};
}

static bool commit(Heap *heap, uint64_t size) {
    if (size <= heap->committed) return true;
    uint64_t step = heap->committed < LARGE_STEP ? COMMIT_STEP : LARGE_STEP;
    uint64_t target = (size + step - 1) & ~(step - 1);
    if (target > heap->reserved) target = heap->reserved;
    if (size > target) return false;
    if (!heap->env->commit(heap->env, heap->base + heap->committed, target - heap->committed)) return false;
    heap->committed = target;
    return true;
}

static void unlink_run(Heap *heap, uint32_t first) {
    HeapPage *page = &heap->pages[first];
    if (page->older) heap->pages[page->older - 1].newer = page->newer;
    *(page->newer ? &heap->pages[page->newer - 1].older : &heap->free_runs) = page->older;
}

static void link_run(Heap *heap, uint32_t first, uint32_t count) {
    heap->pages[first + count - 1] = (HeapPage){.kind = PAGE_FREE, .first = first};
    heap->pages[first] = (HeapPage){.kind = PAGE_FREE, .first = first, .count = count, .older = heap->free_runs};
    if (heap->free_runs) heap->pages[heap->free_runs - 1].newer = first + 1;
    heap->free_runs = first + 1;
}

// Of the free runs that are large enough, the smallest, without looking for long; UINT32_MAX if none was found.
static uint32_t find_run(const Heap *heap, uint32_t count) {
    uint32_t best = UINT32_MAX, looks = SEARCH_LIMIT;
    for (uint32_t run = heap->free_runs; run && looks; run = heap->pages[run - 1].older, looks--) {
        uint32_t size = heap->pages[run - 1].count;
        if (size >= count && (best == UINT32_MAX || size < heap->pages[best].count)) best = run - 1;
        if (size == count) break;
    }
    return best;
}

// `count` pages at the end of those used so far.
static uint32_t add_pages(Heap *heap, uint32_t count) {
    uint64_t end = (uint64_t)heap->page_count + count;
    if (end >= UINT32_MAX || !commit(heap, end * PAGE)) return UINT32_MAX;
    if (end > heap->page_capacity) {
        uint64_t capacity = heap->page_capacity ? 2 * (uint64_t)heap->page_capacity : 64;
        if (capacity < end) capacity = end;
        HeapPage *pages = realloc(heap->pages, capacity * sizeof(HeapPage));
        if (!pages) return UINT32_MAX;
        heap->pages = pages;
        heap->page_capacity = (uint32_t)capacity;
    }
    uint32_t first = heap->page_count;
    heap->page_count = (uint32_t)end;
    return first;
}

// The number of the first of `count` pages in a row; UINT32_MAX if the heap is full.
static uint32_t take_pages(Heap *heap, uint32_t count) {
    uint32_t first = find_run(heap, count);
    if (first == UINT32_MAX) return add_pages(heap, count);
    uint32_t size = heap->pages[first].count;
    unlink_run(heap, first);
    if (size > count) link_run(heap, first + count, size - count);
    return first;
}

// Free neighbours become one run.
static void free_pages(Heap *heap, uint32_t first, uint32_t count) {
    uint64_t size = (uint64_t)count * PAGE;
    if (size >= DISCARD_LIMIT) heap->env->discard(heap->env, heap->base + (uint64_t)first * PAGE, size);
    uint32_t after = first + count;
    if (after < heap->page_count && heap->pages[after].kind == PAGE_FREE) {
        count += heap->pages[after].count;
        unlink_run(heap, after);
    }
    if (first && heap->pages[first - 1].kind == PAGE_FREE) {
        uint32_t before = heap->pages[first - 1].first;
        count += heap->pages[before].count;
        unlink_run(heap, before);
        first = before;
    }
    link_run(heap, first, count);
}

// ---- blocks ----

static uint32_t class_of(uint64_t size) {
    if (size <= 64) return (uint32_t)((size - 1) / 8);
    uint32_t log = 63 - (uint32_t)__builtin_clzll(size - 1); // 2^log <= size - 1
    uint32_t quarter = (uint32_t)((size - 1) >> (log - 2)) & 3;
    return 8 + (log - 6) * 4 + quarter;
}

static uint32_t class_size(uint32_t number) {
    if (number < 8) return (number + 1) * 8;
    uint32_t log = 6 + (number - 8) / 4;
    return (5 + (number - 8) % 4) << (log - 2);
}

static bool add_page(Heap *heap, uint32_t number) {
    uint32_t first = take_pages(heap, 1);
    if (first == UINT32_MAX) return false;
    uint32_t size = class_size(number);
    heap->pages[first] = (HeapPage){.kind = PAGE_BLOCKS, .block_size = size};
    HeapClass *blocks = &heap->classes[number];
    blocks->next = heap->base + (uint64_t)first * PAGE;
    blocks->end = blocks->next + PAGE / size * size;
    poison(blocks->next, PAGE);
    return true;
}

static HeapBlock *new_small(Heap *heap, uint64_t size) {
    uint32_t number = class_of(size);
    HeapClass *blocks = &heap->classes[number];
    HeapBlock *block = blocks->free;
    if (block) {
        unpoison(block, size);
        memcpy(&blocks->free, block + 1, sizeof(void *));
        __builtin_prefetch(blocks->free, 1); // after a while they lie anywhere
        return block;
    }
    if (blocks->next == blocks->end && !add_page(heap, number)) return NULL;
    block = (HeapBlock *)blocks->next;
    blocks->next += class_size(number);
    unpoison(block, size);
    return block;
}

static HeapBlock *new_large(Heap *heap, uint64_t size) {
    uint32_t count = (uint32_t)((size + PAGE - 1) / PAGE);
    uint32_t first = take_pages(heap, count);
    if (first == UINT32_MAX) return NULL;
    for (uint32_t i = 0; i < count; i++) heap->pages[first + i] = (HeapPage){.kind = PAGE_RUN, .first = first};
    heap->pages[first].count = count;
    char *start = heap->base + (uint64_t)first * PAGE;
    unpoison(start, size);
    return (HeapBlock *)start;
}

void *heap_new(Heap *heap, uint64_t size) {
    if (size < sizeof(void *)) size = sizeof(void *); // a free block is linked through its payload
    if (size > UINT32_MAX) return NULL;
    uint64_t whole = size + HEADER;
    HeapBlock *block = whole <= SMALL_LIMIT ? new_small(heap, whole) : new_large(heap, whole);
    if (!block) return NULL;
    *block = (HeapBlock){.references = 1, .size = (uint32_t)size};
    heap->live_blocks++;
    return block + 1;
}

HeapBlock *heap_block(const Heap *heap, const void *inside) {
    uint64_t offset = (uint64_t)((const char *)inside - heap->base);
    uint64_t page = offset / PAGE;
    const HeapPage *info = &heap->pages[page];
    if (info->kind == PAGE_RUN) return (HeapBlock *)(heap->base + (uint64_t)info->first * PAGE);
    uint32_t place = (uint32_t)(offset % PAGE) / info->block_size * info->block_size;
    return (HeapBlock *)(heap->base + page * PAGE + place);
}

void heap_delete(Heap *heap, HeapBlock *block) {
    heap->live_blocks--;
    uint64_t whole = block->size + (uint64_t)HEADER;
    if (whole <= SMALL_LIMIT) {
        HeapClass *blocks = &heap->classes[class_of(whole)];
        memcpy(block + 1, &blocks->free, sizeof(void *));
        blocks->free = block;
        poison(block, whole);
        // The link is read again by new_small, which unpoisons first.
    } else {
        uint32_t first = (uint32_t)(((char *)block - heap->base) / PAGE);
        poison(block, whole);
        free_pages(heap, first, heap->pages[first].count);
    }
}
