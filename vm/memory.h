// memory.h - small allocations of the VM's own structures. Without memory they do not return (exhausted.h): there is nothing left
// to go on with. Memory whose size a program decides (regions, the heap, atoms) is allocated elsewhere and fails its atom.
#ifndef VM_MEMORY_H
#define VM_MEMORY_H

#include <stddef.h>

// `count` zeroed values of `size` bytes; released by free. Not NULL, also for 0.
void *memory_new(size_t count, size_t size);
// The rare half of memory_grow.
void *memory_double(void *array, size_t *capacity, size_t size);
// Makes room for one more in an array of `count` values of `size` bytes; *capacity is how many fit.
static inline void *memory_grow(void *array, size_t count, size_t *capacity, size_t size) {
    return count < *capacity ? array : memory_double(array, capacity, size);
}

// The same, in cache lines of its own: what one thread writes all the time must not lie beside what another one uses.
void *memory_new_apart(size_t count, size_t size);

#define MEMORY_NEW_APART(T, n) ((T *)memory_new_apart((n), sizeof(T)))
#define MEMORY_NEW(T, n) ((T *)memory_new((n), sizeof(T)))

#endif
