#ifndef _GNU_SOURCE
#define _GNU_SOURCE // qsort_r
#endif
#include "vm/table.h"

#include <stdlib.h>
#include <string.h>

#include "vm/context.h"
#include "vm/memory.h"

enum {
    MARK = sizeof(uint64_t),
    CHUNK_BYTES = 32 * 1024,
    FIRST_SLOTS = 16,
    COUNT_LIMIT = 1 << 30, // the place of a key comes from 32 bits of its hash
    KEEP_LIMIT = 4 << 20,  // how much memory for old values is kept for the next step
};

void table_init(Table *table, const PtTask *task) {
    *table = (Table){.key = task->key, .task = task};
    table->stride = (uint32_t)(MARK + ((task->entry_size + 7) & ~(uint64_t)7));
    if (task->key->kind != PT_UNIT)
        while ((uint64_t)table->stride << (table->shift + 1) <= CHUNK_BYTES) table->shift++;
    table->slots = MEMORY_NEW(Slot, FIRST_SLOTS);
    table->mask = FIRST_SLOTS - 1;
}

void table_free(Table *table) {
    for (uint32_t i = 0; i < table->chunk_count; i++) free(table->chunks[i] - MARK);
    free(table->chunks);
    free(table->slots);
    free(table->marked);
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
    for (uint64_t i = 0; i <= old_mask; i++)
        if (table->slots[i].number) put_slot(slots, mask, table->slots[i]);
    free(table->slots);
    table->slots = slots;
    table->mask = mask;
    return true;
}

static bool add_chunk(Table *table) {
    if (table->chunk_count == table->chunk_capacity) {
        uint32_t capacity = table->chunk_capacity ? table->chunk_capacity * 2 : 8;
        char **chunks = realloc(table->chunks, capacity * sizeof(char *));
        if (!chunks) return false;
        table->chunks = chunks;
        table->chunk_capacity = capacity;
    }
    char *chunk = calloc((size_t)1 << table->shift, table->stride);
    if (!chunk) return false;
    table->chunks[table->chunk_count++] = chunk + MARK;
    return true;
}

char *table_insert(Table *table, uint64_t hash, const void *key) {
    if (table->count >= COUNT_LIMIT) return NULL;
    if (2 * (uint64_t)table->count > table->mask && !grow_slots(table)) return NULL;
    if (table->count == (uint64_t)table->chunk_count << table->shift && !add_chunk(table)) return NULL;
    char *entry = table_entry(table, table->count);
    if (table->key->size) memcpy(entry, key, table->key->size);
    table->count++;
    put_slot(table->slots, table->mask, (Slot){.tag = (uint32_t)hash, .number = table->count});
    return entry;
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
    if (key->kind == PT_INT) prefix = *(const uint64_t *)entry ^ (uint64_t)1 << 63;
    if (key->kind == PT_STRING) prefix = text_prefix((const PtString *)entry);
    return (SortedEntry){prefix, entry};
}

static int compare_entries(const void *a, const void *b, void *key) {
    const SortedEntry *left = a, *right = b;
    if (left->prefix != right->prefix) return left->prefix < right->prefix ? -1 : 1;
    return pt_compare(key, left->entry, right->entry);
}

void table_sort(const PtDesc *key, SortedEntry *entries, uint64_t count) {
    if (count) qsort_r(entries, count, sizeof *entries, compare_entries, (void *)key);
}

// ---- what a step does ----

void pt_table_touch(PtContext *context, uint32_t task, void *entry) {
    Touches *touches = &partition_of(context)->touches;
    uint64_t *mark = entry_mark(entry);
    *mark = (*mark >= context->stamp ? *mark : context->stamp) | ENTRY_TOUCHED;
    touches->items = memory_grow(touches->items, touches->count, &touches->capacity, sizeof(Touch));
    touches->items[touches->count++] = (Touch){task, entry, touches->old.length};
    buf_append(&touches->old, entry, context->tables[task].task->entry_size);
}

void pt_table_mark(PtContext *context, uint32_t task, void *entry) {
    Table *table = &context->tables[task];
    uint64_t *mark = entry_mark(entry);
    *mark = (*mark >= context->stamp ? *mark : context->stamp) | ENTRY_MARKED;
    table->marked = memory_grow(table->marked, table->marked_count, &table->marked_capacity, sizeof(char *));
    table->marked[table->marked_count++] = entry;
}

static bool commit_entry(const Touch *touch, const char *old, const PtTask *task, Heap *heap, Limbo *limbo, uint64_t step) {
    for (uint64_t i = 0; i < task->field_count; i++) {
        const PtField *field = &task->fields[i];
        if (!field->desc->has_pointers) continue;
        char *value = touch->entry + field->offset;
        if (memcmp(value, old + field->offset, field->desc->size) == 0) continue;
        if (!heap_own(heap, field->desc, value)) return false;
        limbo_add(limbo, step, field->desc, old + field->offset);
    }
    return true;
}

bool touches_commit(Touches *touches, Table *tables, Heap *heap, Limbo *limbo, uint64_t step) {
    for (size_t i = 0; i < touches->count; i++) {
        const Touch *touch = &touches->items[i];
        if (!commit_entry(touch, touches->old.data + touch->old, tables[touch->task].task, heap, limbo, step)) return false;
    }
    touches->count = 0;
    touches->old.length = 0;
    if (touches->old.capacity > KEEP_LIMIT) touches_free(touches);
    heap_forget(heap);
    return true;
}

void touches_free(Touches *touches) {
    free(touches->items);
    buf_free(&touches->old);
    *touches = (Touches){0};
}
