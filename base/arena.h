// arena.h - bump allocation for the compiler: everything a compilation makes lives until arena_free.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

typedef struct ArenaChunk ArenaChunk;

// An arena starts as all zeroes: `Arena arena = {0};`.
typedef struct Arena {
    ArenaChunk *chunks;
    char *next;
    char *end;
} Arena;

// `size` zeroed bytes, aligned for any type. Never NULL: without memory it does not return (exhausted.h).
void *arena_alloc(Arena *arena, size_t size);

// A zero-terminated copy of `length` bytes.
char *arena_copy_string(Arena *arena, const char *text, size_t length);

// Formats like printf into the arena.
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Releases everything that was allocated; the arena can be used again.
void arena_free(Arena *arena);

#define ARENA_NEW(arena, T) ((T *)arena_alloc((arena), sizeof(T)))
#define ARENA_ARRAY(arena, T, n) ((T *)arena_alloc((arena), sizeof(T) * (size_t)(n)))

#endif
