#include "vm/recover.h"

#include <stdlib.h>
#include <string.h>

#include "vm/backlog.h"
#include "vm/cells.h"
#include "vm/error.h"
#include "vm/host_internal.h"
#include "vm/keys.h"
#include "vm/memory.h"
#include "vm/progress.h"
#include "vm/recover_internal.h"
#include "vm/settled.h"
#include "vm/store_state.h"

typedef struct Recovery {
    Runtime *runtime;
    bool has_schema;
    bool has_snapshot;
    SavedAtoms atoms;
    uint64_t *next;        // by workflow and input: the atom to be taken next
    uint64_t *first_input; // by workflow: where its inputs begin in `next`
    uint64_t next_cell;    // its id; 0: there has never been one
    Schema *schema;        // the last one in the store
    State states;          // what the log says of the entries of tasks that have Maps, Sets or futures
    State cells;           // and of cells
} Recovery;

// ---- ids ----

// The number of what has this id; `count` if nothing has.
static uint64_t number_of(const uint32_t *ids, uint64_t count, uint32_t id) {
    uint64_t number = 0;
    while (number < count && ids[number] != id) number++;
    return number;
}

uint64_t recover_task(const Runtime *runtime, uint32_t id) {
    return number_of(runtime->epochs.ids.task, runtime->program->task_count, id);
}

// ---- items ----

static bool take_bytes(Bytes *value, Bytes *out) {
    uint32_t size;
    if (!bytes_take_u32(value, &size) || bytes_left(value) < size) return false;
    *out = bytes_of(value->at, size);
    value->at += size;
    return true;
}

static void keep_bytes(Buf *to, const Bytes *bytes) {
    to->length = 0;
    buf_append(to, bytes->at, bytes_left(bytes));
}

static bool take_source(Recovery *r, const Key *key, Bytes value) {
    Runtime *runtime = r->runtime;
    uint64_t number = number_of(runtime->epochs.ids.source, runtime->program->source_count, key->id);
    if (number == runtime->program->source_count) return true; // the program no longer has it
    Feed *feed = &runtime->feeds[number];
    uint8_t ended;
    Bytes rest;
    if (!bytes_take_u64(&value, &feed->position) || !bytes_take_u64(&value, &feed->lines_taken) ||
        !bytes_take_u64(&value, &runtime->streams[number].produced) || !bytes_take_u64(&value, &feed->events) ||
        !bytes_take_u8(&value, &ended) || !bytes_take_u64(&value, &feed->expected) || !take_bytes(&value, &rest))
        return recover_damaged(runtime, "the position of a source is damaged");
    feed->ended = ended;
    keep_bytes(&feed->rest, &rest);
    return true;
}

static bool take_output(Recovery *r, const Key *key, Bytes value, bool from_snapshot) {
    Runtime *runtime = r->runtime;
    SavedOutput *saved = sinks_saved(runtime, key->id);
    Bytes name;
    if (!bytes_take_u64(&value, &saved->length) || !bytes_take_u64(&value, &saved->released) ||
        !bytes_take_u64(&value, &saved->fingerprint) || !take_bytes(&value, &name))
        return recover_damaged(runtime, "the position of an output is damaged");
    keep_bytes(&saved->name, &name);
    if (from_snapshot) {
        saved->base = saved->length;
        saved->base_fingerprint = saved->fingerprint;
    }
    return true;
}

static bool take_output_bytes(Recovery *r, const Key *key, Bytes value) {
    SavedOutput *saved = sinks_saved(r->runtime, key->id);
    if (!saved->bytes.length) saved->bytes_at = key->number;
    if (saved->bytes_at + saved->bytes.length != key->number)
        return recover_damaged(r->runtime, "the bytes of an output are not in a row");
    buf_append(&saved->bytes, value.at, bytes_left(&value));
    return true;
}

// One that the program does not have any more keeps what waits in it, for a program that has it again.
static bool take_outbox_atom(Recovery *r, const Key *key, StoreOp op, Bytes value) {
    Runtime *runtime = r->runtime;
    uint64_t number = number_of(runtime->epochs.ids.sink, runtime->program->sink_count, key->id);
    Outbox *outbox = number < runtime->program->sink_count ? outbox_of_sink(runtime, number) : NULL;
    if (!outbox) return true;
    bool fine = true;
    if (!key->number)
        fine = outbox_restore(outbox, value);
    else if (op == STORE_DELETE)
        outbox_forget_atom(outbox, key->number);
    else
        fine = outbox_restore_atom(outbox, key->number, value.at, bytes_left(&value));
    return fine || recover_damaged(runtime, "what waits in an outbox is damaged");
}

static bool take_workflow(Recovery *r, const Key *key, Bytes value) {
    Runtime *runtime = r->runtime;
    uint64_t number = number_of(runtime->epochs.ids.workflow, runtime->program->workflow_count, key->id);
    if (number == runtime->program->workflow_count) return true;
    Workflow *workflow = &runtime->workflows[number];
    uint8_t state;
    uint32_t task;
    uint64_t done;
    if (!bytes_take_u64(&value, &workflow->stream->produced) || !bytes_take_u8(&value, &state) || state > WORKFLOW_ENDED ||
        !bytes_take_u32(&value, &task) || !bytes_take_u64(&value, &done) || !settled_read(workflow, &value))
        return recover_damaged(runtime, "the state of a workflow is damaged");
    workflow->state = (WorkflowState)state;
    workflow->stream->sealed = state == WORKFLOW_ENDED;
    uint64_t place = 0;
    while (place < workflow->code->task_count && runtime->epochs.ids.task[workflow->code->tasks[place]] != task) place++;
    workflow->ending = (Ending){.task = state == WORKFLOW_ENDING ? place : 0, .next = done};
    return true;
}

// The input of the program that takes the stream which the stored one took by its input of this number; input_count if there is
// none. Those that are added for requests from outside come and go.
static uint64_t find_input(const Recovery *r, uint64_t workflow, const Key *key) {
    const PtProgram *is = r->runtime->program, *was = r->schema ? schema_program(r->schema) : NULL;
    const PtWorkflow *code = &is->workflows[workflow];
    if (!was || key->id >= was->workflow_count || key->number >= was->workflows[key->id].input_count)
        return key->number < code->input_count ? key->number : code->input_count;
    uint64_t stream = was->workflows[key->id].inputs[key->number].stream;
    uint32_t id = stream < was->source_count ? (uint32_t)stream : STREAM_OF_WORKFLOW | (uint32_t)(stream - was->source_count);
    uint64_t input = 0;
    while (input < code->input_count && progress_stream_id(r->runtime, code->inputs[input].stream) != id) input++;
    return input;
}

static bool take_input(Recovery *r, const Key *key, Bytes value) {
    Runtime *runtime = r->runtime;
    uint64_t number = number_of(runtime->epochs.ids.workflow, runtime->program->workflow_count, key->id);
    if (number == runtime->program->workflow_count) return true;
    uint64_t input = find_input(r, number, key);
    if (input == runtime->program->workflows[number].input_count) return true;
    if (!bytes_take_u64(&value, &r->next[r->first_input[number] + input]))
        return recover_damaged(runtime, "the position of a workflow is damaged");
    return true;
}

// ---- atoms that wait ----

// The number of the stream with this id; that behind the last one if the program does not have it any more.
static uint64_t stream_of(const Runtime *runtime, uint32_t id) {
    const PtProgram *program = runtime->program;
    const SchemaIds *ids = &runtime->epochs.ids;
    if (!(id & STREAM_OF_WORKFLOW)) {
        uint64_t source = number_of(ids->source, program->source_count, id);
        return source < program->source_count ? source : program->source_count + program->workflow_count;
    }
    return program->source_count + number_of(ids->workflow, program->workflow_count, id & ~STREAM_OF_WORKFLOW);
}

static bool take_atom(Recovery *r, const Key *key, StoreOp op, Bytes value) {
    return saved_atoms_add(&r->atoms, stream_of(r->runtime, key->id), key->number, op, value);
}

// Queues the atom for all that have not taken it.
static void queue_atom(void *recovery, Atom *atom, uint64_t stream) {
    Recovery *r = recovery;
    Runtime *runtime = r->runtime;
    for (uint64_t w = 0; w < runtime->program->workflow_count; w++) {
        Workflow *workflow = &runtime->workflows[w];
        for (uint64_t i = 0; i < workflow->code->input_count; i++) {
            if (workflow->code->inputs[i].stream != stream || atom->number < r->next[r->first_input[w] + i]) continue;
            atom_retain(atom);
            backlog_push(runtime, stream, &workflow->queues[i], atom);
        }
    }
}

static bool restore_streams(Recovery *r) {
    Runtime *runtime = r->runtime;
    const PtProgram *program = runtime->program;
    for (uint64_t i = 0; i < program->source_count + program->workflow_count; i++)
        runtime->streams[i].kept_from = runtime->streams[i].produced + 1;
    for (uint64_t i = 0; i < program->source_count; i++) {
        runtime->streams[i].sealed = runtime->feeds[i].ended;
        runtime->counts.events += runtime->feeds[i].events;
        runtime->counts.events_before = runtime->counts.events;
    }
    return saved_atoms_restore(&r->atoms, queue_atom, r);
}

// ---- entries ----

static bool load_entry(Runtime *runtime, uint64_t task, const Key *key, StoreBytes value, const MapSource *maps) {
    return recover_load_entry(runtime, task, (StoreBytes){key->rest.at, bytes_left(&key->rest)}, value, maps);
}

static bool forget_entry(Runtime *runtime, uint64_t task, const Key *key) {
    return recover_drop_entry(runtime, task, (StoreBytes){key->rest.at, bytes_left(&key->rest)});
}

static bool take_entry(Recovery *r, const Key *key, const StoreItem *item) {
    Runtime *runtime = r->runtime;
    uint64_t task = recover_task(runtime, key->id);
    if (task == runtime->program->task_count) return true;
    if (recover_waits_for_log(runtime, task)) {
        state_put(&r->states, item);
        return true;
    }
    if (key->kind == KEY_MAP) return true;
    if (item->op == STORE_DELETE) return forget_entry(runtime, task, key);
    return load_entry(runtime, task, key, item->value, NULL);
}

static int scan_states(void *states, StoreBytes prefix, StoreScan *visit, void *user) {
    return state_scan(states, prefix, visit, user);
}

static bool restore_entry(Recovery *r, const StoreItem *item) {
    Runtime *runtime = r->runtime;
    Key key;
    if (!key_parse(item->key.data, item->key.size, &key) || key.kind != KEY_ENTRY) return true;
    uint64_t task = recover_task(runtime, key.id);
    if (recover_has_futures(runtime, task)) return true;                                        // those are read all at once
    if (item->op == STORE_DELETE) return !r->has_snapshot || forget_entry(runtime, task, &key); // else it was never there
    return load_entry(runtime, task, &key, item->value, &(MapSource){scan_states, &r->states});
}

// What waits for all that the log says: cells, and then the entries that may refer to them, and others.
static bool restore_states(Recovery *r) {
    Runtime *runtime = r->runtime;
    state_sort(&r->cells);
    state_sort(&r->states);
    if (r->next_cell && !recover_check_code(runtime, schema_program(r->schema), &r->cells)) return false;
    bool ok = recover_cells(runtime, &r->cells, r->next_cell);
    for (uint64_t i = 0; i < runtime->program->task_count && ok; i++)
        if (recover_has_futures(runtime, i)) ok = recover_load_entries(runtime, i, &r->states);
    for (size_t i = 0; i < r->states.items.count && ok; i++) {
        StoreItem item = last_item_at(r->states.items.items[i].at);
        ok = restore_entry(r, &item);
    }
    for (uint64_t i = 0; i < runtime->options.partitions; i++) cells_end_restore(&runtime->partitions[i]);
    return ok;
}

// ---- items, by their keys ----

static bool take_run(Recovery *r, Bytes value) {
    uint8_t state;
    if (!key_take_run(value, &state, &r->next_cell)) return recover_damaged(r->runtime, "the state of the run is damaged");
    r->runtime->epochs.finished = state == RUN_FINISHED;
    return true;
}

// Those of the snapshot are found when all that the log says is known.
static bool take_cell(Recovery *r, const StoreItem *item, bool from_snapshot) {
    if (!from_snapshot) state_put(&r->cells, item);
    return true;
}

static bool take_item(Recovery *r, const StoreItem *item, bool from_snapshot) {
    Runtime *runtime = r->runtime;
    Key key;
    if (!key_parse(item->key.data, item->key.size, &key))
        return recover_damaged(runtime, "there is a key of a kind that is not known");
    if (!r->has_schema) return recover_damaged(runtime, "its first record has no schema");
    Bytes value = bytes_of(item->value.data, item->value.size);
    switch (key.kind) {
    case KEY_META:
        return item->key.size != strlen(KEY_RUN) || memcmp(item->key.data, KEY_RUN, item->key.size) != 0 || take_run(r, value);
    case KEY_SOURCE: return take_source(r, &key, value);
    case KEY_OUTPUT: return take_output(r, &key, value, from_snapshot);
    case KEY_BYTES: return take_output_bytes(r, &key, value);
    case KEY_OUTBOX: return take_outbox_atom(r, &key, item->op, value);
    case KEY_WORKFLOW: return take_workflow(r, &key, value);
    case KEY_INPUT: return take_input(r, &key, value);
    case KEY_ATOM: return take_atom(r, &key, item->op, value);
    case KEY_ENTRY:
    case KEY_MAP: return from_snapshot || take_entry(r, &key, item); // those are read when they are looked for
    case KEY_CELL: return take_cell(r, item, from_snapshot);
    }
    return true;
}

// ---- the schema ----
//
// Everything is known by the ids of the schema, so it comes first: in the snapshot, in the first record of a directory, and in
// the first record of each changed program. A newer schema only adds to an older one.

static bool match_schema(Recovery *r, StoreBytes bytes) {
    Runtime *runtime = r->runtime;
    Epochs *epochs = &runtime->epochs;
    Buf message = {0};
    Schema *schema = bytes.size ? schema_decode(bytes, &message) : NULL;
    bool ok = schema || !bytes.size;
    schema_ids_free(&epochs->ids);
    epochs->schema.length = 0;
    ok = ok && schema_match(schema, runtime->program, &epochs->ids, &epochs->schema, &message);
    if (!ok) {
        buf_puts(&runtime->failure, "error: ");
        buf_append(&runtime->failure, message.data, message.length);
        if (message.length && message.data[message.length - 1] != '\n') buf_putc(&runtime->failure, '\n');
    } else if (epochs->schema.length == bytes.size && bytes.size && memcmp(epochs->schema.data, bytes.data, bytes.size) == 0) {
        epochs->schema.length = 0; // nothing new
    }
    if (schema) {
        rebind_compare(&runtime->rebindings, schema_program(schema), runtime->program, runtime->options.rebind);
        schema_free(r->schema);
        r->schema = schema;
    }
    buf_free(&message);
    r->has_schema = true;
    return ok;
}

static bool is_schema(StoreBytes key) {
    return key.size == strlen(KEY_SCHEMA) && memcmp(key.data, KEY_SCHEMA, key.size) == 0;
}

static int take_schema(void *user, StoreBytes key, StoreBytes value) {
    return !is_schema(key) || match_schema(user, value) ? 0 : -EIO;
}

// ---- the store ----

static int take_cold(void *user, StoreBytes key, StoreBytes value) {
    StoreItem item = {STORE_PUT, key, value};
    return take_item(user, &item, true) ? 0 : -EIO;
}

static int take_snapshot(void *user) {
    static const char kinds[] = {KEY_META, KEY_SOURCE, KEY_OUTPUT, KEY_OUTBOX, KEY_WORKFLOW, KEY_INPUT, KEY_ATOM};
    Recovery *r = user;
    Store *store = r->runtime->epochs.store;
    int code = store->scan(store, (StoreBytes){&kinds[0], 1}, take_schema, r);
    r->has_snapshot = r->has_schema;
    for (size_t i = 0; i < sizeof kinds && !code; i++) code = store->scan(store, (StoreBytes){&kinds[i], 1}, take_cold, r);
    return code || !r->has_schema || recover_expiring_entries(r->runtime) ? code : -EIO;
}

static int take_record(void *user, uint64_t epoch, StoreBytes body) {
    Recovery *r = user;
    StoreItem item;
    (void)epoch;
    while (store_next_item(&body, &item)) {
        if (is_schema(item.key) && !match_schema(r, item.value)) return -EIO;
        if (!take_item(r, &item, false)) return -EIO;
    }
    if (!body.size) return 0;
    recover_damaged(r->runtime, "a record has something else than items");
    return -EIO;
}

static bool read_store(Recovery *r) {
    Store *store = r->runtime->epochs.store;
    StoreVisitor visitor = {.record = take_record, .begin = take_snapshot, .user = r};
    int code = store->recover(store, &visitor, &r->runtime->epochs.number);
    if (code) {
        const char *message = store->message(store);
        return recover_damaged(r->runtime, *message ? message : "it cannot be read");
    }
    return r->has_schema || match_schema(r, (StoreBytes){NULL, 0});
}

// ---- all ----

static void number_inputs(Recovery *r) {
    const PtProgram *program = r->runtime->program;
    uint64_t inputs = 0;
    r->first_input = MEMORY_NEW(uint64_t, program->workflow_count);
    for (uint64_t i = 0; i < program->workflow_count; i++) {
        r->first_input[i] = inputs;
        inputs += program->workflows[i].input_count;
    }
    r->next = MEMORY_NEW(uint64_t, inputs);
}

bool recover_run(Runtime *runtime) {
    Recovery r = {
        .runtime = runtime,
        .atoms = {.runtime = runtime, .file = -1},
        .states = {.store = runtime->epochs.store},
        .cells = {.store = runtime->epochs.store},
    };
    number_inputs(&r);
    bool ok = read_store(&r) && restore_states(&r) && restore_streams(&r);
    state_free(&r.states);
    state_free(&r.cells);
    schema_free(r.schema);
    saved_atoms_free(&r.atoms);
    free(r.next);
    free(r.first_input);
    runtime->epochs.resumed = ok && runtime->epochs.number;
    return ok;
}

bool recover_files(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->program->source_count; i++) {
        Feed *feed = &runtime->feeds[i];
        if (feed->kind->resume && !feed->ended && !feed->kind->resume(feed)) return false;
    }
    return sinks_resume(runtime);
}
