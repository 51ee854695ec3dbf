// map.h - a hash map from pointers (symbols, nodes, types) to pointers; its memory belongs to an arena.
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

#include "base/arena.h"

typedef struct MapEntry {
    const void *key;
    void *value;
} MapEntry;

// A map starts as all zeroes.
typedef struct Map {
    MapEntry *entries;
    size_t count;
    size_t capacity;
} Map;

// The value stored under `key` (not NULL), or NULL.
void *map_get(const Map *map, const void *key);
// A map with the same entries, which can be changed by itself.
Map map_copy(Arena *arena, const Map *map);
// Stores `value` (not NULL) under `key`, replacing what was there.
void map_put(Arena *arena, Map *map, const void *key, void *value);

#endif
