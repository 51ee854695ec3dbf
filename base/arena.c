#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/exhausted.h"

enum { CHUNK_SIZE = 64 * 1024, ALIGNMENT = 16 };

struct ArenaChunk {
    _Alignas(ALIGNMENT) ArenaChunk *older;
};

static void add_chunk(Arena *arena, size_t payload) {
    ArenaChunk *chunk = calloc(1, sizeof(ArenaChunk) + payload);
    if (!chunk) exhausted();
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    arena->next = (char *)(chunk + 1);
    arena->end = arena->next + payload;
}

void *arena_alloc(Arena *arena, size_t size) {
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if ((size_t)(arena->end - arena->next) < size) add_chunk(arena, size > CHUNK_SIZE ? size : CHUNK_SIZE);
    void *result = arena->next;
    arena->next += size;
    return result;
}

char *arena_copy_string(Arena *arena, const char *text, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, text, length);
    return copy;
}

char *arena_printf(Arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(arena, (size_t)length + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void arena_free(Arena *arena) {
    for (ArenaChunk *chunk = arena->chunks; chunk;) {
        ArenaChunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    *arena = (Arena){0};
}
