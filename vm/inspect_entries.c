// The entries of a task, in the order of their keys. A store has them in the order of their bytes, and there may be more of them
// than there is memory. So they are gone through several times, and each time those with the smallest keys that have not been
// shown yet, as many as there is room for, are collected, sorted and shown.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/hot.h"
#include "vm/inspect_internal.h"
#include "vm/memory.h"

static const size_t SORT_MEMORY = 64 << 20;

enum { MUCH_OUTPUT = 64 << 10 };

typedef struct Row {
    const char *key; // decoded
    StoreBytes item; // what the store has for it
    StoreBytes value;
} Row;

// Rows with keys above those that have been shown, the smallest there are.
typedef struct Batch {
    Inspection *in;
    const PtTask *task;
    const PtDesc *key_desc;
    Row *rows;
    size_t count;
    size_t capacity;
    size_t most; // rows that are wanted at all
    size_t room; // bytes
    size_t used;
    Scratch memory[2]; // of the rows, in turn: what is kept moves over when the others go
    int turn;
    const char *bound; // the greatest key that was kept when others were left for the next batch, or NULL: none were
    const char *shown; // the last key that was, or NULL
    Scratch shown_memory;
    char *entry; // the one that is being shown
    uint64_t shown_count;
} Batch;

static int by_key(const void *a, const void *b, void *desc) {
    return pt_compare(desc, ((const Row *)a)->key, ((const Row *)b)->key);
}

static void sort(Batch *batch) {
    if (batch->count) qsort_r(batch->rows, batch->count, sizeof(Row), by_key, (void *)batch->key_desc);
}

static int no_memory(Batch *batch) {
    return inspect_fail(batch->in, "there is not enough memory to sort the entries of task `%s`", batch->task->name);
}

// ---- collecting ----

// Sizes that decoded values take are a few times those of their bytes.
static size_t cost_of(StoreBytes key, StoreBytes value) {
    return sizeof(Row) + 4 * key.size + value.size;
}

static bool copy_bytes(Scratch *memory, StoreBytes from, StoreBytes *to) {
    char *copy = scratch_take(memory, from.size + 1);
    if (!copy) return false;
    if (from.size) memcpy(copy, from.data, from.size);
    *to = (StoreBytes){copy, from.size};
    return true;
}

static int read_key(Batch *batch, StoreBytes key, StoreBytes value, char *to, Scratch *memory) {
    Bytes key_bytes = bytes_of(key.data, key.size), bytes = bytes_of(value.data, value.size);
    return inspect_read_key(batch->in, batch->task, &key_bytes, &bytes, to, memory);
}

static int add_row(Batch *batch, StoreBytes key, StoreBytes value, Scratch *memory) {
    Row row;
    char *decoded = scratch_take(memory, batch->key_desc->size + 1);
    if (!decoded || !copy_bytes(memory, key, &row.item) || !copy_bytes(memory, value, &row.value)) return no_memory(batch);
    row.key = decoded;
    int code = read_key(batch, key, value, decoded, memory);
    if (code) return code;
    batch->rows = memory_grow(batch->rows, batch->count, &batch->capacity, sizeof(Row));
    batch->rows[batch->count++] = row;
    batch->used += cost_of(key, value);
    return 0;
}

// Of what is there, keeps the smaller half, or no more than are wanted.
static int shrink(Batch *batch) {
    sort(batch);
    size_t count = batch->count, kept = (count + 1) / 2 < batch->most ? (count + 1) / 2 : batch->most;
    Scratch *memory = &batch->memory[!batch->turn];
    batch->count = batch->used = 0;
    for (size_t i = 0; i < kept; i++) {
        int code = add_row(batch, batch->rows[i].item, batch->rows[i].value, memory);
        if (code) return code;
    }
    scratch_rewind(&batch->memory[batch->turn]);
    batch->turn = !batch->turn;
    batch->bound = batch->rows[kept - 1].key;
    return 0;
}

static bool is_full(const Batch *batch) {
    return batch->count > 1 && (batch->used > batch->room || batch->count / 2 > batch->most);
}

static int collect(void *user, StoreBytes key, StoreBytes value) {
    Batch *batch = user;
    Inspection *in = batch->in;
    key = (StoreBytes){(const char *)key.data + KEY_FRONT, key.size - KEY_FRONT};
    scratch_rewind(&in->scratch);
    char *decoded = scratch_take(&in->scratch, batch->key_desc->size + 1);
    if (!decoded) return no_memory(batch);
    int code = read_key(batch, key, value, decoded, &in->scratch);
    if (code) return code;
    if (batch->shown && pt_compare(batch->key_desc, decoded, batch->shown) <= 0) return 0;
    if (batch->bound && pt_compare(batch->key_desc, decoded, batch->bound) >= 0) return 0;
    code = add_row(batch, key, value, &batch->memory[batch->turn]);
    if (code || !is_full(batch)) return code;
    return shrink(batch);
}

// ---- showing ----

static int show_entry(Batch *batch, StoreBytes key, StoreBytes value) {
    Inspection *in = batch->in;
    scratch_rewind(&in->scratch);
    int code = inspect_read_entry(in, batch->task, key, value, batch->entry, &in->scratch);
    if (code) return code;
    PRINT(in, entry, batch->task, batch->entry);
    batch->shown_count++;
    inspect_flush(in, MUCH_OUTPUT);
    return in->stopped ? INSPECT_STOP : 0;
}

// The last key is kept when its batch goes.
static int keep_shown(Batch *batch, const Row *row) {
    scratch_rewind(&batch->shown_memory);
    char *key = scratch_take(&batch->shown_memory, batch->key_desc->size + 1);
    if (!key) return no_memory(batch);
    batch->shown = key;
    return read_key(batch, row->item, row->value, key, &batch->shown_memory);
}

static int show_batch(Batch *batch) {
    sort(batch);
    int code = 0;
    for (size_t i = 0; !code && i < batch->count && i < batch->most; i++)
        code = show_entry(batch, batch->rows[i].item, batch->rows[i].value);
    return code || !batch->count ? code : keep_shown(batch, &batch->rows[batch->count - 1]);
}

static StoreBytes prefix_of(uint64_t task, Buf *prefix) {
    key_put(prefix, KEY_ENTRY, (uint32_t)task);
    return (StoreBytes){prefix->data, prefix->length};
}

static int show_sorted(Batch *batch, StoreBytes prefix) {
    uint64_t limit = batch->in->options->limit;
    int code = 0;
    do {
        batch->count = batch->used = 0;
        batch->bound = NULL;
        batch->most = (size_t)(limit - batch->shown_count);
        if (!batch->most) break;
        code = state_scan(&batch->in->state, prefix, collect, batch);
        if (!code) code = show_batch(batch);
        for (int i = 0; i < 2; i++) scratch_rewind(&batch->memory[i]);
    } while (!code && batch->bound);
    return code;
}

static int show_single(Batch *batch, StoreBytes prefix) {
    StoreBytes key = batch->in->options->key, value;
    Buf whole = {0};
    buf_append(&whole, prefix.data, prefix.size);
    buf_append(&whole, key.data, key.size);
    int code = state_get(&batch->in->state, (StoreBytes){whole.data, whole.length}, &value);
    if (!code) code = show_entry(batch, key, value);
    buf_free(&whole);
    return code == -ENOENT ? 0 : code;
}

static int show_unsorted(void *user, StoreBytes key, StoreBytes value) {
    return show_entry(user, (StoreBytes){(const char *)key.data + KEY_FRONT, key.size - KEY_FRONT}, value);
}

static int count_entry(void *user, StoreBytes key, StoreBytes value) {
    (void)key, (void)value;
    ++*(uint64_t *)user;
    return 0;
}

int inspect_count_entries(Inspection *in, uint64_t task, uint64_t *count) {
    Buf prefix = {0};
    *count = 0;
    int code = state_scan(&in->state, prefix_of(task, &prefix), count_entry, count);
    buf_free(&prefix);
    return code;
}

int inspect_entries(Inspection *in, uint64_t number, uint64_t *shown) {
    const PtTask *task = &in->program->tasks[number];
    size_t room = in->options->sort_memory ? in->options->sort_memory : SORT_MEMORY;
    Batch batch = {.in = in, .task = task, .key_desc = task->key, .room = room};
    for (int i = 0; i < 2; i++) scratch_init(&batch.memory[i]);
    scratch_init(&batch.shown_memory);
    batch.entry = memory_new(1, task->entry_size + 1);
    Buf prefix = {0};
    StoreBytes front = prefix_of(number, &prefix);
    int code;
    if (in->options->format == INSPECT_CHECK)
        code = state_scan(&in->state, front, show_unsorted, &batch);
    else
        code = in->options->key.data ? show_single(&batch, front) : show_sorted(&batch, front);
    *shown = batch.shown_count;
    buf_free(&prefix);
    free(batch.entry);
    free(batch.rows);
    for (int i = 0; i < 2; i++) scratch_free(&batch.memory[i]);
    scratch_free(&batch.shown_memory);
    return code;
}
