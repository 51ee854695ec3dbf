// huge.h - memory in large pages, where that is looked up at random: with small ones most of the time goes to finding out where a
// page is.
#ifndef VM_HUGE_H
#define VM_HUGE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

// Asks for large pages for what lies between `start` and `start + size`, as far as whole ones fit. The system may refuse, which
// changes nothing but the speed.
static inline void huge_pages(void *start, size_t size) {
    uintptr_t from = ((uintptr_t)start + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t to = ((uintptr_t)start + size) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (from < to) madvise((char *)start + (from - (uintptr_t)start), to - from, MADV_HUGEPAGE);
}

#endif
