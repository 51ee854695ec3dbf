// What a step does to state: which entries it touches, what they held before, which become dirty for the epoch. A commit gives
// the new values to the heap; an undo brings the old ones back.
#include <stdlib.h>
#include <string.h>

#include "vm/context.h"
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
    return is_dirty(partition, mark) ? stamp | ENTRY_DIRTY : stamp;
}

void pt_table_touch(PtContext *context, uint32_t task, void *entry) {
    Partition *partition = partition_of(context);
    Touches *touches = &partition->touches;
    Table *table = &context->tables[task];
    uint64_t *mark = entry_mark(entry);
    touches->items = memory_grow(touches->items, touches->count, &touches->capacity, sizeof(Touch));
    touches->items[touches->count++] = (Touch){task, entry, touches->old.length, *mark};
    buf_append(&touches->old, entry, table->task->entry_size);
    *mark = renewed(partition, *mark) | ENTRY_TOUCHED;
    if (!partition->is_durable || is_dirty(partition, *mark)) return;
    *mark |= ENTRY_DIRTY;
    table->dirty = memory_grow(table->dirty, table->dirty_count, &table->dirty_capacity, sizeof(char *));
    table->dirty[table->dirty_count++] = entry;
}

void pt_table_mark(PtContext *context, uint32_t task, void *entry) {
    Table *table = &context->tables[task];
    uint64_t *mark = entry_mark(entry);
    *mark = renewed(partition_of(context), *mark) | ENTRY_MARKED;
    table->marked = memory_grow(table->marked, table->marked_count, &table->marked_capacity, sizeof(char *));
    table->marked[table->marked_count++] = entry;
}

// ---- the end of a step ----

void table_begin_step(Table *table) {
    table->count_before = table->count;
    table->dirty_before = table->dirty_count;
}

static void clear(Touches *touches) {
    touches->count = 0;
    touches->old.length = 0;
    if (touches->old.capacity > KEEP_LIMIT) touches_free(touches);
}

// Calls `body` for each field of the first `count` touched entries whose value may have to move to the heap: it has pointers, and
// its bytes have changed. False if a call says so; *done is how many fields were good before.
typedef bool ChangedField(void *user, const PtDesc *desc, char *value, const char *old);

static bool for_changed(const Touches *touches, const Table *tables, ChangedField *body, void *user) {
    for (size_t i = 0; i < touches->count; i++) {
        const Touch *touch = &touches->items[i];
        const PtTask *task = tables[touch->task].task;
        for (uint64_t f = 0; f < task->field_count; f++) {
            const PtField *field = &task->fields[f];
            if (!field->desc->has_pointers) continue;
            char *value = touch->entry + field->offset;
            const char *old = touches->old.data + touch->old + field->offset;
            if (memcmp(value, old, field->desc->size) != 0 && !body(user, field->desc, value, old)) return false;
        }
    }
    return true;
}

typedef struct Owning {
    Heap *heap;
    Limbo *limbo;
    uint64_t step;
    uint64_t owned; // fields
} Owning;

static bool own_field(void *user, const PtDesc *desc, char *value, const char *old) {
    (void)old;
    Owning *owning = user;
    if (!heap_own(owning->heap, desc, value)) return false;
    owning->owned++;
    return true;
}

// Takes back what was owned before the heap was full, and leaves the old values.
static bool disown_field(void *user, const PtDesc *desc, char *value, const char *old) {
    Owning *owning = user;
    if (owning->owned) {
        heap_release(owning->heap, desc, value);
        owning->owned--;
    }
    memcpy(value, old, desc->size);
    return true;
}

static bool drop_old(void *user, const PtDesc *desc, char *value, const char *old) {
    (void)value;
    Owning *owning = user;
    limbo_add(owning->limbo, owning->step, desc, old);
    return true;
}

bool touches_commit(Touches *touches, Table *tables, Heap *heap, Limbo *limbo, uint64_t step) {
    Owning owning = {heap, limbo, step, 0};
    bool ok = for_changed(touches, tables, own_field, &owning);
    if (ok) {
        for_changed(touches, tables, drop_old, &owning);
        clear(touches);
    } else {
        for_changed(touches, tables, disown_field, &owning);
    }
    heap_forget(heap);
    return ok;
}

void touches_undo(Touches *touches, Table *tables, uint64_t table_count, Heap *heap) {
    for (size_t i = touches->count; i-- > 0;) {
        const Touch *touch = &touches->items[i];
        memcpy(touch->entry, touches->old.data + touch->old, tables[touch->task].task->entry_size);
        *entry_mark(touch->entry) = touch->mark;
    }
    for (uint64_t i = 0; i < table_count; i++) {
        table_truncate(&tables[i], tables[i].count_before, heap);
        tables[i].dirty_count = tables[i].dirty_before;
        tables[i].marked_count = 0;
    }
    clear(touches);
}

void touches_free(Touches *touches) {
    free(touches->items);
    buf_free(&touches->old);
    *touches = (Touches){0};
}
