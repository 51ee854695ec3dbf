// What a step does to state: which entries it touches, what they held before, which become dirty for the epoch. A commit gives
// the new values to the heap; an undo brings the old ones back.
#include <stdlib.h>
#include <string.h>

#include "vm/context.h"
#include "vm/map_items.h"
#include "vm/memory.h"
#include "vm/table.h"

enum { KEEP_LIMIT = 4 << 20 }; // how much memory for old values is kept for the next step

// ---- marks ----

static bool is_dirty(const Partition *partition, uint64_t mark) {
    return mark >= partition->epoch_stamp && mark & ENTRY_DIRTY;
}

// The mark of an entry that has been touched or marked before in this step keeps what that said.
static uint64_t renewed(const Partition *partition, uint64_t mark) {
    uint64_t stamp = partition->context.stamp;
    if (mark >= stamp) return mark;
    uint64_t known = mark & (ENTRY_STORED | ENTRY_COLD);
    return is_dirty(partition, mark) ? stamp | known | ENTRY_DIRTY : stamp | known;
}

// So many that it is not worth a list: this part of all entries, and at least so many.
enum { DIRTY_PART = 4, DIRTY_MINIMUM = 1024 };

static void list_dirty(Table *table, void *entry) {
    if (table->dirty_count == table->dirty_capacity) {
        if (table->dirty_count >= DIRTY_MINIMUM && table->dirty_count >= table->count / DIRTY_PART) {
            table->dirty_overflows = true;
            return;
        }
        table->dirty = memory_grow(table->dirty, table->dirty_count, &table->dirty_capacity, sizeof(char *));
    }
    table->dirty[table->dirty_count] = entry;
}

void pt_table_touch(PtContext *context, uint32_t task, void *entry) {
    Partition *partition = partition_of(context);
    Touches *touches = &partition->touches;
    Table *table = &context->tables[task];
    uint64_t *mark = entry_mark(entry);
    if (touches->count == touches->capacity)
        touches->items = memory_grow(touches->items, touches->count, &touches->capacity, sizeof(Touch));
    touches->items[touches->count++] = (Touch){task, entry, touches->old.length, *mark};
    buf_append(&touches->old, entry, table->task->entry_size);
    touches->has_pointers |= table->has_pointers;
    *mark = renewed(partition, *mark) | ENTRY_TOUCHED;
    if (!partition->is_durable || is_dirty(partition, *mark)) return;
    *mark |= ENTRY_DIRTY;
    if (!table->dirty_overflows) list_dirty(table, entry);
    table->dirty_count++;
}

void pt_table_mark(PtContext *context, uint32_t task, void *entry) {
    Table *table = &context->tables[task];
    uint64_t *mark = entry_mark(entry);
    *mark = renewed(partition_of(context), *mark) | ENTRY_MARKED;
    table->marked = memory_grow(table->marked, table->marked_count, &table->marked_capacity, sizeof(char *));
    table->marked[table->marked_count++] = entry;
}

bool touches_note_reset(Partition *partition, char *entry) {
    uint64_t *mark = entry_mark(entry), now = renewed(partition, *mark);
    *mark = now | ENTRY_RESET;
    return !(now & ENTRY_RESET);
}

// ---- changes in place ----

static uint64_t padded(uint64_t size) {
    return (size + 7) & ~(uint64_t)7;
}

void touches_note_edit(Touches *touches, char *place, uint64_t size) {
    Buf *edits = &touches->edits;
    const TouchEdit edit = {place, size};
    char *to = buf_reserve(edits, padded(size) + sizeof edit);
    memcpy(to, place, size);
    memcpy(to + padded(size), &edit, sizeof edit);
    edits->length += padded(size) + sizeof edit;
}

// The newest first: a place may have changed more than once.
static void undo_edits(Touches *touches) {
    Buf *edits = &touches->edits;
    while (edits->length) {
        TouchEdit edit;
        edits->length -= sizeof edit;
        memcpy(&edit, edits->data + edits->length, sizeof edit);
        edits->length -= padded(edit.size);
        memcpy(edit.place, edits->data + edits->length, edit.size);
    }
}

static void swap_bytes(char *a, char *b, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
        char byte = a[i];
        a[i] = b[i];
        b[i] = byte;
    }
}

static void swap_edit(Touches *touches, size_t end) {
    TouchEdit edit;
    memcpy(&edit, touches->edits.data + end - sizeof edit, sizeof edit);
    swap_bytes(edit.place, touches->edits.data + end - sizeof edit - padded(edit.size), edit.size);
}

// A place may have changed more than once: the way there goes from the newest to the oldest, the way back the other way round.
void touches_swap_edits(Touches *touches, bool old) {
    size_t *ends = NULL, count = 0, capacity = 0;
    for (size_t end = touches->edits.length; end;) {
        TouchEdit edit;
        ends = memory_grow(ends, count, &capacity, sizeof *ends);
        ends[count++] = end;
        memcpy(&edit, touches->edits.data + end - sizeof edit, sizeof edit);
        end -= sizeof edit + padded(edit.size);
    }
    for (size_t i = 0; i < count; i++) swap_edit(touches, ends[old ? i : count - 1 - i]);
    free(ends);
}

// ---- the end of a step ----

void table_begin_step(Table *table) {
    table->count_before = table->count;
    table->dirty_before = table->dirty_count;
}

// Values with pointers are words, and few.
static bool differ(const char *a, const char *b, uint64_t size) {
    uint64_t difference = 0;
    for (uint64_t i = 0; i < size; i += sizeof difference) {
        uint64_t one, other;
        memcpy(&one, a + i, sizeof one);
        memcpy(&other, b + i, sizeof other);
        difference |= one ^ other;
    }
    return difference;
}

// Calls `body` for each field of the touched entries whose value may have to move to the heap: it has pointers, and its bytes
// have changed. Only `limit` fields with pointers are looked at. Returns how many of these came before the one for which a call
// said that it failed, or ALL_FIELDS.
typedef bool ChangedField(void *user, const PtDesc *desc, char *value, const char *old);

static const uint64_t ALL_FIELDS = UINT64_MAX;

enum { ENTRIES_AHEAD = 8 }; // so many entries before it is looked at, one is fetched

static void fetch_entry(const Touches *touches, const Table *tables, size_t i) {
    if (i >= touches->count) return;
    const Touch *touch = &touches->items[i];
    __builtin_prefetch(touch->entry, 1);
    __builtin_prefetch(touch->entry + tables[touch->task].kept - 1, 1);
}

static uint64_t for_changed(const Touches *touches, const Table *tables, uint64_t limit, ChangedField *body, void *user) {
    uint64_t number = 0;
    for (size_t i = 0; touches->has_pointers && i < touches->count; i++) {
        const Touch *touch = &touches->items[i];
        const PtTask *task = tables[touch->task].task;
        fetch_entry(touches, tables, i + ENTRIES_AHEAD);
        for (uint64_t f = 0; f < task->field_count; f++) {
            const PtField *field = &task->fields[f];
            if (!field->desc->has_pointers) continue;
            if (number == limit) return ALL_FIELDS;
            char *value = touch->entry + field->offset;
            const char *old = touches->old.data + touch->old + field->offset;
            if (differ(value, old, field->desc->size) && !body(user, field->desc, value, old)) return number;
            number++;
        }
    }
    return ALL_FIELDS;
}

typedef struct Committing {
    Heap *heap;
    Limbo *limbo;
    uint64_t step;
} Committing;

// A state keeps the right to edit: the nodes of its map bear the number in the heap, too.
static bool own_field(Heap *heap, const PtDesc *desc, char *value) {
    uint64_t edit = map_items_are_for(desc) ? ((const PtMap *)value)->edit : 0;
    if (!heap_own(heap, desc, value)) return false;
    if (edit) ((PtMap *)value)->edit = edit;
    return true;
}

// Of a new entry, whose values are all zero, nothing is to be released.
static bool is_zero(const char *value, uint64_t size) {
    uint64_t any = 0, word;
    for (uint64_t i = 0; i < size; i += sizeof word) {
        memcpy(&word, value + i, sizeof word);
        any |= word;
    }
    return !any;
}

// Both at once: what the heap takes over may have other bytes than before, even those of the old value.
static bool commit_field(void *user, const PtDesc *desc, char *value, const char *old) {
    const Committing *committing = user;
    if (!own_field(committing->heap, desc, value)) return false;
    if (!is_zero(old, desc->size)) limbo_add(committing->limbo, committing->step, desc, old);
    return true;
}

static bool release_new(void *heap, const PtDesc *desc, char *value, const char *old) {
    (void)old;
    heap_release(heap, desc, value);
    return true;
}

static bool restore_old(void *user, const PtDesc *desc, char *value, const char *old) {
    (void)user;
    memcpy(value, old, desc->size);
    return true;
}

bool touches_commit(Touches *touches, Table *tables, Heap *heap, Limbo *limbo, uint64_t step) {
    Committing committing = {heap, limbo, step};
    touches->limbo = limbo_mark(limbo);
    uint64_t done = for_changed(touches, tables, ALL_FIELDS, commit_field, &committing);
    heap_forget(heap);
    touches->is_committed = done == ALL_FIELDS;
    if (touches->is_committed) return true;
    limbo_rewind(limbo, touches->limbo);
    for_changed(touches, tables, done, release_new, heap);
    for_changed(touches, tables, ALL_FIELDS, restore_old, NULL);
    return false;
}

void touches_clear(Touches *touches) {
    touches->count = 0;
    touches->old.length = touches->edits.length = 0;
    touches->is_committed = touches->has_pointers = false;
    if (touches->old.capacity > KEEP_LIMIT || touches->edits.capacity > KEEP_LIMIT) touches_free(touches);
}

void touches_undo(Touches *touches, Table *tables, uint64_t table_count, Heap *heap, Limbo *limbo) {
    if (touches->is_committed) {
        limbo_rewind(limbo, touches->limbo);
        for_changed(touches, tables, ALL_FIELDS, release_new, heap);
    }
    undo_edits(touches);
    for (size_t i = touches->count; i-- > 0;) {
        const Touch *touch = &touches->items[i];
        uint64_t size = tables[touch->task].task->entry_size;
        if (size) memcpy(touch->entry, touches->old.data + touch->old, size);
        *entry_mark(touch->entry) = touch->mark;
        if (touch->mark & ENTRY_FREE) table_take_back(&tables[touch->task], touch->entry, heap);
    }
    for (uint64_t i = 0; i < table_count; i++) {
        table_truncate(&tables[i], tables[i].count_before, heap);
        tables[i].dirty_count = tables[i].dirty_before;
        tables[i].marked_count = 0;
    }
    touches_clear(touches);
}

void touches_free(Touches *touches) {
    free(touches->items);
    buf_free(&touches->old);
    buf_free(&touches->edits);
    *touches = (Touches){0};
}
