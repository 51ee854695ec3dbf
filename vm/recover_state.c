// The entries of tasks, out of the items of a store.
#include <stdlib.h>
#include <string.h>

#include "vm/encode.h"
#include "vm/error.h"
#include "vm/keys.h"
#include "vm/memory.h"
#include "vm/recover_internal.h"

static void *take_memory(void *user, uint64_t size) {
    return pt_alloc(user, (int64_t)size);
}

Decoder recover_decoder(Partition *partition, const void *data, size_t size) {
    const char *at = data;
    return (Decoder){
        .at = at,
        .end = size ? at + size : at,
        .alloc = take_memory,
        .user = &partition->context,
        .program = partition->runtime->program,
    };
}

// Reads the fields of an entry into `fields`, which lies like an entry. What they refer to is in the partition's region.
static bool decode_fields(Decoder *decoder, const PtTask *task, char *fields) {
    for (uint64_t i = 0; i < task->field_count; i++)
        if (!decode_value(decoder, task->fields[i].desc, fields + task->fields[i].offset)) return false;
    if (decoder->at == decoder->end) return true;
    decoder->error = "there are bytes behind the last field";
    return false;
}

// Moves decoded fields into an entry; what it held before is released.
static bool replace_fields(Partition *partition, const PtTask *task, char *entry, const char *fields) {
    for (uint64_t i = 0; i < task->field_count; i++) {
        const PtField *field = &task->fields[i];
        char *value = entry + field->offset;
        heap_release(&partition->heap, field->desc, value);
        memcpy(value, fields + field->offset, field->desc->size);
        if (heap_own(&partition->heap, field->desc, value)) continue;
        memset(value, 0, field->desc->size); // half done: nobody may release it
        return false;
    }
    heap_forget(&partition->heap);
    return true;
}

// The value of an item begins with the key where that cannot be had from the item's key.
static bool decode_exact_key(Decoder *decoder, const PtTask *task, void *key) {
    return encode_key_is_exact(task->key) || decode_value(decoder, task->key, key);
}

// ---- one entry, when it is looked for ----

static StoreBytes entry_key(Partition *partition, uint32_t task, const char *entry) {
    const Runtime *runtime = partition->runtime;
    Buf *key = &partition->scratch;
    key->length = 0;
    key_put(key, KEY_ENTRY, runtime->epochs.ids.task[task]);
    encode_key(key, runtime->program->tasks[task].key, entry, runtime->program);
    return (StoreBytes){key->data, key->length};
}

// The key stays as the program gave it: it is equal to the one in the store.
bool recover_entry(Partition *partition, uint32_t number, char *entry) {
    Store *store = partition->runtime->epochs.store;
    const PtTask *task = &partition->runtime->program->tasks[number];
    if (task->expiry_count) return false; // all of them are there
    StoreBytes value;
    int code = store->get(store, entry_key(partition, number, entry), &value);
    if (code == -ENOENT) return false;
    if (code) trap_store(partition, store->message(store));
    char *fields = pt_alloc(&partition->context, (int64_t)task->entry_size);
    Decoder decoder = recover_decoder(partition, value.data, value.size);
    if (!decode_exact_key(&decoder, task, fields) || !decode_fields(&decoder, task, fields)) trap_store(partition, decoder.error);
    if (!replace_fields(partition, task, entry, fields)) trap_heap(partition);
    return true;
}

// ---- entries in a row ----

typedef struct Loading {
    Runtime *runtime;
    uint64_t task;
    bool all; // also those that are there already: records are newer than what was read before
    StoreBytes key, value;
} Loading;

// In the tables of `owner`; what fails does so in `first`, which the guard is for.
static char *find_or_insert(Partition *first, Partition *owner, const Loading *loading, const void *key, bool *found) {
    Table *table = &owner->context.tables[loading->task];
    uint64_t hash = pt_hash(table->key, key);
    char *entry = pt_find_key(&owner->context, (uint32_t)loading->task, hash, key);
    *found = entry;
    if (entry) return entry;
    char *owned = pt_alloc(&first->context, table->key->size);
    if (table->key->size) memcpy(owned, key, table->key->size);
    if (!heap_own(&owner->heap, table->key, owned)) trap_heap(first);
    entry = table_insert(table, hash, owned);
    if (!entry) trap_heap(first);
    return entry;
}

static Partition *owner_of(const Loading *loading, const void *key) {
    Runtime *runtime = loading->runtime;
    const PtTask *task = &runtime->program->tasks[loading->task];
    return &runtime->partitions[pt_owner_of(task, pt_hash(task->key, key), runtime->options.partitions)];
}

// Decodes in the first partition, whose region takes what is decoded; the entry goes to the partition that owns it.
static void load(Partition *first, void *argument) {
    const Loading *loading = argument;
    Runtime *runtime = loading->runtime;
    const PtTask *task = &runtime->program->tasks[loading->task];
    char *fields = pt_alloc(&first->context, (int64_t)task->entry_size);
    Decoder keys = recover_decoder(first, loading->key.data, loading->key.size);
    Decoder values = recover_decoder(first, loading->value.data, loading->value.size);
    bool ok = encode_key_is_exact(task->key) ? decode_value(&keys, task->key, fields) : decode_value(&values, task->key, fields);
    if (!ok || !decode_fields(&values, task, fields)) trap_store(first, keys.error ? keys.error : values.error);
    Partition *owner = owner_of(loading, fields);
    bool found;
    char *entry = find_or_insert(first, owner, loading, fields, &found);
    if (found && !loading->all) return;
    if (!replace_fields(owner, task, entry, fields)) trap_heap(first);
}

// Nothing refers to what was read before but the entry itself.
static void forget(Partition *first, void *argument) {
    const Loading *loading = argument;
    const PtTask *task = &loading->runtime->program->tasks[loading->task];
    char *key = pt_alloc(&first->context, (int64_t)task->key->size);
    StoreBytes bytes = encode_key_is_exact(task->key) ? loading->key : loading->value;
    Decoder decoder = recover_decoder(first, bytes.data, bytes.size);
    if (!decode_value(&decoder, task->key, key)) trap_store(first, decoder.error);
    Partition *owner = owner_of(loading, key);
    uint64_t hash = pt_hash(task->key, key);
    char *entry = pt_find_key(&owner->context, (uint32_t)loading->task, hash, key);
    owner->context.entry = NULL;
    if (!entry) return;
    heap_release(&owner->heap, task->key, entry);
    for (uint64_t i = 0; i < task->field_count; i++)
        heap_release(&owner->heap, task->fields[i].desc, entry + task->fields[i].offset);
    table_remove(&owner->context.tables[loading->task], entry, hash);
}

static bool run_guarded(Loading *loading, PartitionBody *body) {
    Partition *first = &loading->runtime->partitions[0];
    bool ok = partition_guard(first, body, loading);
    if (!ok) error_take(loading->runtime, first);
    first->context.entry = NULL;
    partition_end(first, 0); // each entry may need as much memory as an atom
    return ok;
}

bool recover_load_entry(Runtime *runtime, uint64_t task, StoreBytes key, StoreBytes value) {
    Loading loading = {.runtime = runtime, .task = task, .all = true, .key = key, .value = value};
    return run_guarded(&loading, load);
}

bool recover_drop_entry(Runtime *runtime, uint64_t task, StoreBytes key, StoreBytes value) {
    Loading loading = {.runtime = runtime, .task = task, .key = key, .value = value};
    return run_guarded(&loading, forget);
}

static int load_cold(void *user, StoreBytes key, StoreBytes value) {
    Loading *loading = user;
    const size_t head = 1 + sizeof(uint32_t);
    loading->key = (StoreBytes){(const char *)key.data + head, key.size - head};
    loading->value = value;
    return run_guarded(loading, load) ? 0 : -EIO;
}

static bool load_snapshot(Runtime *runtime, uint64_t task) {
    Store *store = runtime->epochs.store;
    Loading loading = {.runtime = runtime, .task = task};
    Buf prefix = {0};
    key_put(&prefix, KEY_ENTRY, runtime->epochs.ids.task[task]);
    int code = store->scan(store, (StoreBytes){prefix.data, prefix.length}, load_cold, &loading);
    buf_free(&prefix);
    if (code) error_set(runtime, "cannot read the state of `%s`: %s", runtime->options.data, store->message(store));
    return !code;
}

bool recover_all_entries(Runtime *runtime, uint64_t task) {
    return runtime->program->tasks[task].expiry_count || load_snapshot(runtime, task);
}

bool recover_expiring_entries(Runtime *runtime) {
    bool ok = true;
    for (uint64_t i = 0; i < runtime->program->task_count && ok; i++)
        if (runtime->program->tasks[i].expiry_count) ok = load_snapshot(runtime, i);
    return ok;
}
