// The entries of tasks, out of the items of a store.
#include <stdlib.h>
#include <string.h>

#include "vm/dropped.h"
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
        .rebindings = &partition->runtime->rebindings,
    };
}

// ---- Maps and Sets that are kept by entry ----

static int scan_snapshot(void *store, StoreBytes prefix, StoreScan *visit, void *user) {
    return ((Store *)store)->scan(store, prefix, visit, user);
}

// What an entry consists of, as it is read.
typedef struct EntryItem {
    const Table *table;
    uint32_t id;    // of the task
    StoreBytes key; // encode_key of its key
    const MapSource *maps;
} EntryItem;

static StoreBytes front_of(Scratch *memory, const EntryItem *item, uint32_t field) {
    Buf front = {0};
    key_put_map(&front, item->id, item->key, field);
    StoreBytes copy = {scratch_take(memory, front.length), front.length};
    if (copy.data) memcpy((char *)copy.data, front.data, front.length);
    buf_free(&front);
    return copy;
}

// The number of the map is that in table->maps. It is in partition->maps until that is rewound.
static bool read_map(Partition *partition, Decoder *decoder, const EntryItem *item, uint32_t number, uint64_t count, PtMap *map) {
    const MapField *field = &item->table->maps[number];
    MapItems items = {
        .front = front_of(&partition->maps, item, field->field),
        .desc = item->table->task->fields[field->field].desc,
        .program = partition->runtime->program,
        .rebindings = &partition->runtime->rebindings,
        .exact = field->exact,
    };
    if (!items.front.data) return false;
    int code = map_items_read(&items, item->maps, count, &partition->maps, map, &decoder->error);
    if (code < 0) decoder->error = partition->runtime->epochs.store->message(partition->runtime->epochs.store);
    return !code;
}

// ---- fields ----

// Reads the fields of an entry into `fields`, which lies like an entry; of the maps that are kept by entry, the KeptMap is then
// not NULL. What they refer to is in the partition's region, or in partition->maps.
static bool decode_fields(Partition *partition, Decoder *decoder, const EntryItem *item, char *fields) {
    const Table *table = item->table;
    const PtTask *task = table->task;
    uint32_t map = 0;
    for (uint64_t i = 0; i < task->field_count; i++) {
        const PtField *field = &task->fields[i];
        char *value = fields + field->offset;
        KeptMap *kept = map < table->map_count && table->maps[map].field == i ? &table_kept(table, fields)[map++] : NULL;
        uint64_t count;
        if (kept && map_items_take_count(decoder, &count)) {
            if (!read_map(partition, decoder, item, map - 1, count, (PtMap *)value)) return false;
            *kept = ((PtMap *)value)->root;
        } else if (!decode_value(decoder, field->desc, value)) {
            return false;
        }
    }
    if (decoder->at == decoder->end) return true;
    decoder->error = "there are bytes behind the last field";
    return false;
}

// Room for decode_fields.
static char *new_fields(Partition *partition, const Table *table) {
    char *fields = pt_alloc(&partition->context, table->stride);
    scratch_rewind(&partition->maps);
    memset(fields, 0, table->stride);
    return fields;
}

static void keep_maps(Partition *partition, const Table *table, char *entry, char *fields) {
    for (uint32_t i = 0; i < table->map_count; i++) {
        const PtField *field = &table->task->fields[table->maps[i].field];
        KeptMap root = table_kept(table, fields)[i] ? ((PtMap *)(entry + field->offset))->root : NULL;
        table_keep(&table_kept(table, entry)[i], root, field->desc, &partition->heap);
    }
}

// Moves decoded fields into an entry; what it held before is released.
static bool replace_fields(Partition *partition, const Table *table, char *entry, char *fields) {
    const PtTask *task = table->task;
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
    keep_maps(partition, table, entry, fields);
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

// What the entries of a table have been read at the start for.
static bool are_all_there(const Table *table) {
    return table->task->expiry_count || table->has_futures;
}

static StoreBytes front_less(StoreBytes key) {
    return (StoreBytes){(const char *)key.data + KEY_FRONT, key.size - KEY_FRONT};
}

// The key stays as the program gave it: it is equal to the one in the store.
bool recover_entry(Partition *partition, uint32_t number, char *entry) {
    Store *store = partition->runtime->epochs.store;
    const Table *table = &partition->context.tables[number];
    if (!partition->runtime->epochs.resumed || are_all_there(table)) return false;
    StoreBytes value, key = entry_key(partition, number, entry);
    if (dropped_has(table->dropped, front_less(key))) return false;
    int code = store->get(store, key, &value);
    if (code == -ENOENT) return false;
    if (code) trap_store(partition, store->message(store));
    char *fields = new_fields(partition, table);
    Decoder decoder = recover_decoder(partition, value.data, value.size);
    const EntryItem item = {
        .table = table,
        .id = partition->runtime->epochs.ids.task[number],
        .key = front_less(key),
        .maps = &(MapSource){scan_snapshot, store},
    };
    if (!decode_exact_key(&decoder, table->task, fields) || !decode_fields(partition, &decoder, &item, fields))
        trap_store(partition, decoder.error);
    if (!replace_fields(partition, table, entry, fields)) trap_heap(partition);
    return true;
}

// ---- entries in a row ----

typedef struct Loading {
    Runtime *runtime;
    uint64_t task;
    bool all; // also those that are there already: records are newer than what was read before
    StoreBytes key, value;
    const MapSource *maps;
} Loading;

// A new entry of `owner`; what fails does so in `first`, which the guard is for.
static char *insert(Partition *first, Partition *owner, const Loading *loading, uint64_t hash, const void *key) {
    Table *table = &owner->context.tables[loading->task];
    char *owned = pt_alloc(&first->context, table->key->size);
    if (table->key->size) memcpy(owned, key, table->key->size);
    if (!heap_own(&owner->heap, table->key, owned)) trap_heap(first);
    char *entry = table_insert(table, hash, owned);
    if (!entry) trap_heap(first);
    return entry;
}

static Partition *owner_of(const Loading *loading, uint64_t hash) {
    Runtime *runtime = loading->runtime;
    const PtTask *task = &runtime->program->tasks[loading->task];
    return &runtime->partitions[pt_owner_of(task, hash, runtime->options.partitions)];
}

// Decodes in the first partition, whose region takes what is decoded; the entry goes to the partition that owns it.
static void load(Partition *first, void *argument) {
    const Loading *loading = argument;
    Runtime *runtime = loading->runtime;
    const PtTask *task = &runtime->program->tasks[loading->task];
    const EntryItem item = {
        .table = &first->context.tables[loading->task],
        .id = runtime->epochs.ids.task[loading->task],
        .key = loading->key,
        .maps = loading->maps,
    };
    char *fields = new_fields(first, item.table);
    Decoder keys = recover_decoder(first, loading->key.data, loading->key.size);
    Decoder values = recover_decoder(first, loading->value.data, loading->value.size);
    bool ok = encode_key_is_exact(task->key) ? decode_value(&keys, task->key, fields) : decode_value(&values, task->key, fields);
    if (!ok) trap_store(first, keys.error ? keys.error : values.error);
    uint64_t hash = pt_hash(task->key, fields);
    Partition *owner = owner_of(loading, hash);
    char *entry = pt_find_key(&owner->context, (uint32_t)loading->task, hash, fields);
    if (!loading->all && (entry || dropped_has(owner->context.tables[loading->task].dropped, loading->key))) return;
    if (!decode_fields(first, &values, &item, fields)) trap_store(first, values.error);
    if (!entry) entry = insert(first, owner, loading, hash, fields);
    table_note_stored(entry);
    if (!replace_fields(owner, item.table, entry, fields)) trap_heap(first);
}

// Nothing refers to what was read before but the entry itself. The snapshot may have it, too.
static void forget(Partition *first, void *argument) {
    const Loading *loading = argument;
    const PtTask *task = &loading->runtime->program->tasks[loading->task];
    char *key = pt_alloc(&first->context, (int64_t)task->key->size);
    Decoder decoder = recover_decoder(first, loading->key.data, loading->key.size);
    if (!decode_value(&decoder, task->key, key)) trap_store(first, decoder.error);
    uint64_t hash = pt_hash(task->key, key);
    Partition *owner = owner_of(loading, hash);
    char *entry = pt_find_key(&owner->context, (uint32_t)loading->task, hash, key);
    owner->context.entry = NULL;
    Table *table = &owner->context.tables[loading->task];
    if (!are_all_there(table)) dropped_add(&table->dropped, loading->key);
    if (!entry) return;
    heap_release(&owner->heap, task->key, entry);
    for (uint64_t i = 0; i < task->field_count; i++)
        heap_release(&owner->heap, task->fields[i].desc, entry + task->fields[i].offset);
    table_remove(table, entry, hash);
}

static bool run_guarded(Loading *loading, PartitionBody *body) {
    Partition *first = &loading->runtime->partitions[0];
    bool ok = partition_guard(first, body, loading);
    if (!ok) error_take(loading->runtime, first);
    first->context.entry = NULL;
    partition_end(first, 0); // each entry may need as much memory as an atom
    return ok;
}

bool recover_waits_for_log(const Runtime *runtime, uint64_t task) {
    const Table *table = &runtime->partitions[0].context.tables[task];
    return table->map_count || table->has_futures;
}

bool recover_has_futures(const Runtime *runtime, uint64_t task) {
    return runtime->partitions[0].context.tables[task].has_futures;
}

bool recover_load_entry(Runtime *runtime, uint64_t task, StoreBytes key, StoreBytes value, const MapSource *maps) {
    Loading loading = {.runtime = runtime, .task = task, .all = true, .key = key, .value = value, .maps = maps};
    return run_guarded(&loading, load);
}

bool recover_drop_entry(Runtime *runtime, uint64_t task, StoreBytes key) {
    Loading loading = {.runtime = runtime, .task = task, .key = key};
    return run_guarded(&loading, forget);
}

static int load_cold(void *user, StoreBytes key, StoreBytes value) {
    Loading *loading = user;
    loading->key = front_less(key);
    loading->value = value;
    return run_guarded(loading, load) ? 0 : -EIO;
}

static int scan_state(void *state, StoreBytes prefix, StoreScan *visit, void *user) {
    return state_scan(state, prefix, visit, user);
}

static bool load_all(Runtime *runtime, uint64_t task, const MapSource *source) {
    Loading loading = {.runtime = runtime, .task = task, .maps = source};
    Buf prefix = {0};
    key_put(&prefix, KEY_ENTRY, runtime->epochs.ids.task[task]);
    int code = source->scan(source->from, (StoreBytes){prefix.data, prefix.length}, load_cold, &loading);
    buf_free(&prefix);
    if (code) {
        Store *store = runtime->epochs.store;
        error_set(runtime, "cannot read the state of `%s`: %s", runtime->options.data, store->message(store));
    }
    return !code;
}

static bool load_snapshot(Runtime *runtime, uint64_t task) {
    return load_all(runtime, task, &(MapSource){scan_snapshot, runtime->epochs.store});
}

bool recover_load_entries(Runtime *runtime, uint64_t task, const State *items) {
    return load_all(runtime, task, &(MapSource){scan_state, (void *)items});
}

bool recover_all_entries(Runtime *runtime, uint64_t task) {
    return are_all_there(&runtime->partitions[0].context.tables[task]) || load_snapshot(runtime, task);
}

bool recover_expiring_entries(Runtime *runtime) {
    bool ok = true;
    for (uint64_t i = 0; i < runtime->program->task_count && ok; i++)
        if (runtime->program->tasks[i].expiry_count && !recover_has_futures(runtime, i)) ok = load_snapshot(runtime, i);
    return ok;
}
