#ifndef _GNU_SOURCE
#define _GNU_SOURCE // qsort_r
#endif
#include "vm/table.h"

#include <stdlib.h>
#include <string.h>

#include "vm/context.h"
#include "vm/desc_set.h"
#include "vm/dropped.h"
#include "vm/encode.h"
#include "vm/huge.h"
#include "vm/map_items.h"
#include "vm/memory.h"

enum {
    MARK = sizeof(uint64_t),
    CHUNK_BYTES = 32 * 1024,
    GROUP = 256, // so many chunks of a large table are one piece of memory
    FIRST_SLOTS = 16,
    COUNT_LIMIT = 1 << 30, // the place of a key comes from 32 bits of its hash
};

// Entries that are dropped when they have expired have one item each: there is nothing else to delete.
static void list_maps(Table *table, const PtTask *task) {
    if (task->expiry_count) return;
    table->maps = MEMORY_NEW(MapField, task->field_count);
    for (uint64_t i = 0; i < task->field_count; i++) {
        const PtDesc *desc = task->fields[i].desc;
        if (!map_items_are_for(desc)) continue;
        table->maps[table->map_count++] = (MapField){(uint32_t)i, encode_key_is_exact(desc->elem)};
    }
}

static bool has_futures(const PtTask *task) {
    DescSet types = {0};
    bool found = false;
    for (uint64_t i = 0; i < task->field_count; i++) desc_set_add(&types, task->fields[i].desc);
    for (size_t i = 0; i < types.count && !found; i++) { // grows meanwhile
        found = types.items[i]->kind == PT_FUTURE;
        desc_set_add_parts(&types, types.items[i]);
    }
    desc_set_free(&types);
    return found;
}

void table_init(Table *table, const PtTask *task) {
    *table = (Table){.key = task->key, .task = task, .has_futures = has_futures(task)};
    list_maps(table, task);
    table->kept = (uint32_t)((task->entry_size + 7) & ~(uint64_t)7);
    table->stride = (uint32_t)(MARK + table->kept + table->map_count * sizeof(KeptMap));
    if (task->key->kind != PT_UNIT)
        while ((uint64_t)table->stride << (table->shift + 1) <= CHUNK_BYTES) table->shift++;
    for (uint64_t i = 0; i < task->field_count; i++) table->has_pointers |= task->fields[i].desc->has_pointers;
    table->slots = MEMORY_NEW(Slot, FIRST_SLOTS);
    table->mask = FIRST_SLOTS - 1;
}

void table_free(Table *table) {
    for (uint32_t i = 0; i < table->chunk_count; i++)
        if (i < GROUP || i % GROUP == 0) free(table->chunks[i] - MARK);
    free(table->chunks);
    free(table->slots);
    free(table->maps);
    free(table->marked);
    free(table->dirty);
    free(table->free);
    dropped_free(table->dropped);
    *table = (Table){0};
}

static void put_slot(Slot *slots, uint64_t mask, Slot slot) {
    uint64_t i = slot.tag & mask;
    while (slots[i].number) i = (i + 1) & mask;
    slots[i] = slot;
}

static bool grow_slots(Table *table) {
    uint64_t old_mask = table->mask;
    uint64_t mask = 2 * old_mask + 1;
    Slot *slots = calloc(mask + 1, sizeof(Slot));
    if (!slots) return false;
    huge_pages(slots, (mask + 1) * sizeof(Slot));
    for (uint64_t i = 0; i <= old_mask; i++)
        if (table->slots[i].number) put_slot(slots, mask, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = mask;
    return true;
}

// Memory for the next chunk; NULL if there is none.
static char *new_chunk(const Table *table) {
    size_t size = (size_t)table->stride << table->shift;
    uint32_t number = table->chunk_count;
    if (number < GROUP) return calloc(1, size);
    if (number % GROUP) return table->chunks[number - 1] - MARK + size;
    char *group = calloc(GROUP, size);
    if (group) huge_pages(group, GROUP * size);
    return group;
}

static bool add_chunk(Table *table) {
    if (table->chunk_count == table->chunk_capacity) {
        uint32_t capacity = table->chunk_capacity ? table->chunk_capacity * 2 : 8;
        char **chunks = realloc(table->chunks, capacity * sizeof(char *));
        if (!chunks) return false;
        table->chunks = chunks;
        table->chunk_capacity = capacity;
    }
    char *chunk = new_chunk(table);
    if (!chunk) return false;
    table->chunks[table->chunk_count++] = chunk + MARK;
    return true;
}

static bool add_place(Table *table) {
    if (table->count >= COUNT_LIMIT) return false;
    if (2 * (uint64_t)table->count > table->mask && !grow_slots(table)) return false;
    if (table->count == (uint64_t)table->chunk_count << table->shift && !add_chunk(table)) return false;
    table->count++;
    return true;
}

char *table_insert(Table *table, uint64_t hash, const void *key) {
    if (!table->free_count && !add_place(table)) return NULL;
    uint32_t number = table->free_count ? table->free[--table->free_count] : table->count - 1;
    char *entry = table_entry(table, number);
    if (table->key->size) memcpy(entry, key, table->key->size);
    put_slot(table->slots, table->mask, (Slot){.tag = (uint32_t)hash, .number = number + 1});
    return entry;
}

// Closes the gap that an empty slot leaves in the rows of slots behind it (Knuth, The Art of Computer Programming 3, 6.4, R).
static void remove_slot(Table *table, uint64_t gap) {
    uint64_t mask = table->mask;
    for (uint64_t i = (gap + 1) & mask; table->slots[i].number; i = (i + 1) & mask) {
        uint64_t home = table->slots[i].tag & mask;
        if (((i - home) & mask) < ((i - gap) & mask)) continue; // between its home and here there is no gap
        table->slots[gap] = table->slots[i];
        gap = i;
    }
    table->slots[gap] = (Slot){0};
}

// Where the entry stands in the index.
static uint64_t slot_of(const Table *table, const char *entry, uint64_t hash) {
    uint64_t i = (uint32_t)hash & table->mask;
    while (table_entry(table, table->slots[i].number - 1) != entry) i = (i + 1) & table->mask;
    return i;
}

// It stays among the dirty ones, so that it is listed once, whatever comes to its place.
void table_remove(Table *table, char *entry, uint64_t hash) {
    uint64_t slot = slot_of(table, entry, hash), *mark = entry_mark(entry);
    uint32_t number = table->slots[slot].number - 1;
    remove_slot(table, slot);
    memset(entry, 0, table->stride - MARK);
    *mark = (*mark & ~(uint64_t)(STAMP_STEP - 1)) | (*mark & ENTRY_DIRTY) | ENTRY_FREE;
    table->free = memory_grow(table->free, table->free_count, &table->free_capacity, sizeof *table->free);
    table->free[table->free_count++] = number;
}

void table_keep(KeptMap *kept, MapNode *root, const PtDesc *map, Heap *heap) {
    if (*kept == root) return;
    if (root) heap_retain(heap_block(heap, root));
    heap_release(heap, map, &(PtMap){.root = *kept});
    *kept = root;
}

static void release_entry(const Table *table, char *entry, Heap *heap) {
    const PtTask *task = table->task;
    heap_release(heap, table->key, entry);
    for (uint64_t i = 0; i < task->field_count; i++) heap_release(heap, task->fields[i].desc, entry + task->fields[i].offset);
    for (uint32_t i = 0; i < table->map_count; i++)
        table_keep(&table_kept(table, entry)[i], NULL, task->fields[table->maps[i].field].desc, heap);
}

void table_take_back(Table *table, char *entry, Heap *heap) {
    uint64_t hash = pt_hash(table->key, entry);
    release_entry(table, entry, heap);
    table_remove(table, entry, hash);
}

void table_truncate(Table *table, uint32_t count, Heap *heap) {
    while (table->count > count) {
        char *entry = table_entry(table, table->count - 1);
        remove_slot(table, slot_of(table, entry, pt_hash(table->key, entry)));
        release_entry(table, entry, heap);
        memset(entry - MARK, 0, table->stride);
        table->count--;
    }
}

// ---- order of keys ----

static uint64_t text_prefix(const PtString *text) {
    unsigned char bytes[8] = {0};
    if (text->size) memcpy(bytes, text->data, text->size < 8 ? (size_t)text->size : 8);
    uint64_t prefix = 0;
    for (int i = 0; i < 8; i++) prefix = prefix << 8 | bytes[i];
    return prefix;
}

SortedEntry table_sortable(const PtDesc *key, char *entry) {
    uint64_t prefix = 0;
    if (key->kind == PT_INT || key->words) prefix = *(const uint64_t *)entry ^ (uint64_t)1 << 63;
    if (key->kind == PT_STRING) prefix = text_prefix((const PtString *)entry);
    return (SortedEntry){prefix, entry};
}

int table_compare(const PtDesc *key, const SortedEntry *a, const SortedEntry *b) {
    if (a->prefix != b->prefix) return a->prefix < b->prefix ? -1 : 1;
    return pt_compare(key, a->entry, b->entry);
}

static int compare_entries(const void *a, const void *b, void *key) {
    return table_compare(key, a, b);
}

void table_sort(const PtDesc *key, SortedEntry *entries, uint64_t count) {
    if (count) qsort_r(entries, count, sizeof *entries, compare_entries, (void *)key);
}
