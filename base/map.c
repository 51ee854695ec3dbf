#include "base/map.h"

#include <stdint.h>
#include <string.h>

#include "base/hash.h"

static MapEntry *find(MapEntry *entries, size_t capacity, const void *key) {
    size_t i = hash_u64((uint64_t)(uintptr_t)key) & (capacity - 1);
    while (entries[i].key && entries[i].key != key) i = (i + 1) & (capacity - 1);
    return &entries[i];
}

void *map_get(const Map *map, const void *key) {
    return map->capacity ? find(map->entries, map->capacity, key)->value : NULL;
}

Map map_copy(Arena *arena, const Map *map) {
    Map copy = *map;
    if (!map->capacity) return copy;
    copy.entries = ARENA_ARRAY(arena, MapEntry, map->capacity);
    memcpy(copy.entries, map->entries, sizeof *copy.entries * map->capacity);
    return copy;
}

void map_put(Arena *arena, Map *map, const void *key, void *value) {
    if (map->count * 2 >= map->capacity) {
        size_t capacity = map->capacity ? map->capacity * 2 : 16;
        MapEntry *entries = ARENA_ARRAY(arena, MapEntry, capacity);
        for (size_t i = 0; i < map->capacity; i++)
            if (map->entries[i].key) *find(entries, capacity, map->entries[i].key) = map->entries[i];
        map->entries = entries;
        map->capacity = capacity;
    }
    MapEntry *entry = find(map->entries, map->capacity, key);
    if (!entry->key) map->count++;
    *entry = (MapEntry){key, value};
}
