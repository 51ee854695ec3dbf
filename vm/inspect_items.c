// Items of a store, read again. What they say is held against the schema: a directory may be damaged.
#include <string.h>

#include "vm/inspect_internal.h"
#include "vm/map_items.h"
#include "vm/settled.h"

// ---- names ----

const char *const INSPECT_WORKFLOW_STATES[] = {"open", "ending", "ended"};

const char *inspect_app(const Inspection *in) {
    return in->options->app ? in->options->app : in->program->name;
}

const char *inspect_stream_name(const PtProgram *program, uint64_t stream) {
    if (stream < program->source_count) return program->sources[stream].name;
    return program->workflows[stream - program->source_count].name;
}

// ---- positions ----

static int damaged(Inspection *in, const char *what, uint64_t id) {
    return inspect_fail(in, "damaged: the item of %s %llu is not what it must be", what, (unsigned long long)id);
}

static int unknown(Inspection *in, const char *what, uint64_t id) {
    return inspect_fail(in, "damaged: there is an item of %s %llu, which the schema does not have", what, (unsigned long long)id);
}

int inspect_read_source(Inspection *in, const Key *key, StoreBytes value, SourceItem *item) {
    if (key->id >= in->program->source_count) return unknown(in, "source", key->id);
    Bytes bytes = bytes_of(value.data, value.size);
    uint64_t fingerprint;
    uint32_t unread;
    uint8_t ended;
    *item = (SourceItem){.source = &in->program->sources[key->id]};
    bool fine = bytes_take_u64(&bytes, &item->position) && bytes_take_u64(&bytes, &item->line) &&
                bytes_take_u64(&bytes, &item->atoms) && bytes_take_u64(&bytes, &item->events) && bytes_take_u8(&bytes, &ended) &&
                bytes_take_u64(&bytes, &fingerprint) && bytes_take_u32(&bytes, &unread);
    if (!fine || ended > 1 || bytes_left(&bytes) != unread) return damaged(in, "source", key->id);
    item->ended = ended;
    item->unread = unread;
    return 0;
}

int inspect_read_output(Inspection *in, const Key *key, StoreBytes value, OutputItem *item) {
    Bytes bytes = bytes_of(value.data, value.size);
    uint64_t fingerprint;
    uint32_t size;
    bool fine = bytes_take_u64(&bytes, &item->committed) && bytes_take_u64(&bytes, &item->released) &&
                bytes_take_u64(&bytes, &fingerprint) && bytes_take_u32(&bytes, &size);
    if (!fine || bytes_left(&bytes) != size) return damaged(in, "output", key->id);
    item->path = (StoreBytes){bytes.at, size};
    return 0;
}

int inspect_read_outbox(Inspection *in, const Key *key, StoreBytes value, OutboxItem *item) {
    if (key->id >= in->program->sink_count || in->program->sinks[key->id].kind != PT_SINK_OUTBOX)
        return unknown(in, "outbox", key->id);
    Bytes bytes = bytes_of(value.data, value.size);
    *item = (OutboxItem){.sink = &in->program->sinks[key->id]};
    bool fine = bytes_take_u64(&bytes, &item->last) && bytes_take_u64(&bytes, &item->taken) && !bytes_left(&bytes);
    return fine && item->taken <= item->last ? 0 : damaged(in, "outbox", key->id);
}

int inspect_read_workflow(Inspection *in, const Key *key, StoreBytes value, WorkflowItem *item) {
    if (key->id >= in->program->workflow_count) return unknown(in, "workflow", key->id);
    Bytes bytes = bytes_of(value.data, value.size);
    uint32_t task;
    Settled settled;
    *item = (WorkflowItem){.workflow = &in->program->workflows[key->id]};
    bool fine = bytes_take_u64(&bytes, &item->atoms) && bytes_take_u8(&bytes, &item->state) && bytes_take_u32(&bytes, &task) &&
                bytes_take_u64(&bytes, &item->keys) && settled_parse(&bytes, &settled);
    if (!fine || item->state > 2 || (task != NO_TASK && task >= in->program->task_count)) return damaged(in, "workflow", key->id);
    if (task != NO_TASK) item->ending = &in->program->tasks[task];
    return 0;
}

int inspect_read_input(Inspection *in, const Key *key, StoreBytes value, uint64_t *next) {
    if (key->id >= in->program->workflow_count) return unknown(in, "workflow", key->id);
    Bytes bytes = bytes_of(value.data, value.size);
    if (key->number >= in->program->workflows[key->id].input_count) return unknown(in, "input", key->number);
    return bytes_take_u64(&bytes, next) && !bytes_left(&bytes) ? 0 : damaged(in, "input", key->number);
}

// ---- values ----

static Decoder decoder_of(Inspection *in, Bytes bytes, Scratch *memory) {
    return (Decoder){.at = bytes.at, .end = bytes.end, .alloc = scratch_take, .user = memory, .program = in->program};
}

// The stream of a source or workflow, and the type of its events; NULL if it has none.
static const PtDesc *stream_of(const PtProgram *program, uint32_t id, const char **name) {
    if (id < program->source_count) {
        *name = program->sources[id].name;
        return program->sources[id].desc;
    }
    uint64_t number = id - STREAM_OF_WORKFLOW;
    if (id < STREAM_OF_WORKFLOW || number >= program->workflow_count) return NULL;
    const PtChannel *channel = program_channel(program, program->source_count + number);
    *name = program->workflows[number].name;
    return channel ? channel->desc : NULL;
}

// Events of no bytes are counted without being looked at: there may be more than there is time for.
static bool read_events(Inspection *in, const PtDesc *desc, uint64_t count, Decoder *decoder) {
    char *event = scratch_take(&in->scratch, desc->size + 1);
    bool fine = event != NULL;
    for (uint64_t i = 0; fine && desc->size && i < count; i++) fine = decode_value(decoder, desc, event);
    if (fine && decoder->at != decoder->end) decoder->error = "there are bytes behind the last event";
    return fine && !decoder->error;
}

int inspect_read_atom(Inspection *in, const Key *key, StoreBytes value, QueueItem *item) {
    const PtDesc *desc = stream_of(in->program, key->id, &item->stream);
    if (!desc) return unknown(in, "stream", key->id);
    Bytes bytes = bytes_of(value.data, value.size);
    uint64_t first;
    uint8_t plain;
    item->first = item->last = key->number;
    bool fine = bytes_take_u64(&bytes, &item->events) && bytes_take_u64(&bytes, &first) && bytes_take_u8(&bytes, &plain);
    if (!fine || plain > 1 || (plain && (desc->kind != PT_INT || bytes_left(&bytes))))
        return damaged(in, "an atom of stream", key->id);
    if (plain) return 0;
    scratch_rewind(&in->scratch);
    Decoder decoder = decoder_of(in, bytes, &in->scratch);
    if (read_events(in, desc, item->events, &decoder)) return 0;
    return inspect_fail(in, "damaged: atom %llu of stream `%s`: %s", (unsigned long long)key->number, item->stream,
                        decoder.error ? decoder.error : "there is no memory for it");
}

int inspect_read_outbox_atom(Inspection *in, const Key *key, StoreBytes value, const OutboxItem *outbox) {
    const PtDesc *desc = outbox->sink->desc;
    Bytes bytes = bytes_of(value.data, value.size);
    uint32_t size;
    bool fine = key->number > outbox->taken && key->number <= outbox->last;
    scratch_rewind(&in->scratch);
    while (fine && bytes_left(&bytes)) {
        fine = bytes_take_u32(&bytes, &size) && size <= bytes_left(&bytes);
        if (!fine) break;
        Decoder decoder = decoder_of(in, bytes_of(bytes.at, size), &in->scratch);
        char *event = scratch_take(&in->scratch, desc->size + 1);
        fine = event && decode_value(&decoder, desc, event) && decoder.at == decoder.end;
        bytes.at += size;
    }
    return fine ? 0 : damaged(in, "an atom of outbox", key->id);
}

// ---- entries ----

static int entry_damaged(Inspection *in, const PtTask *task, const char *part, const char *error) {
    return inspect_fail(in, "damaged: an entry of task `%s`: its %s: %s", task->name, part, error);
}

// Takes a value off the front.
static bool take(Inspection *in, Bytes *bytes, const PtDesc *desc, void *to, Scratch *memory, const char **error) {
    Decoder decoder = decoder_of(in, *bytes, memory);
    bool fine = decode_value(&decoder, desc, to);
    bytes->at = decoder.at;
    *error = decoder.error;
    return fine;
}

int inspect_read_key(Inspection *in, const PtTask *task, Bytes *key, Bytes *value, char *entry, Scratch *memory) {
    const char *error;
    bool exact = in->exact[task - in->program->tasks];
    if (!take(in, exact ? key : value, task->key, entry, memory, &error)) return entry_damaged(in, task, "key", error);
    if (exact) return bytes_left(key) ? entry_damaged(in, task, "key", "there are bytes behind its end") : 0;
    Buf again = {0};
    encode_key(&again, task->key, entry, in->program);
    bool same = again.length == bytes_left(key) && (!again.length || memcmp(again.data, key->at, again.length) == 0);
    buf_free(&again);
    return same ? 0 : entry_damaged(in, task, "key", "it is not the one it is kept under");
}

static int scan_state(void *state, StoreBytes prefix, StoreScan *visit, void *user) {
    return state_scan(state, prefix, visit, user);
}

// A map that is kept by entry.
static int read_map(Inspection *in, const PtTask *task, const PtField *field, StoreBytes key, uint64_t count, PtMap *map,
                    Scratch *memory) {
    Buf front = {0};
    key_put_map(&front, (uint32_t)(task - in->program->tasks), key, (uint32_t)(field - task->fields));
    const MapItems items = {
        .front = {front.data, front.length},
        .desc = field->desc,
        .program = in->program,
        .exact = encode_key_is_exact(field->desc->elem),
    };
    const char *error;
    int code = map_items_read(&items, &(MapSource){scan_state, &in->state}, count, memory, map, &error);
    buf_free(&front);
    in->sums.map_items += count;
    return code == MAP_ITEMS_DAMAGED ? entry_damaged(in, task, field->name, error) : code;
}

static int read_field(Inspection *in, const PtTask *task, const PtField *field, StoreBytes key, Bytes *bytes, char *value,
                      Scratch *memory) {
    Decoder decoder = decoder_of(in, *bytes, memory);
    uint64_t count;
    const char *error;
    if (map_items_are_for(field->desc) && map_items_take_count(&decoder, &count)) {
        bytes->at = decoder.at;
        return read_map(in, task, field, key, count, (PtMap *)value, memory);
    }
    return take(in, bytes, field->desc, value, memory, &error) ? 0 : entry_damaged(in, task, field->name, error);
}

int inspect_read_entry(Inspection *in, const PtTask *task, StoreBytes key, StoreBytes value, char *entry, Scratch *memory) {
    Bytes key_bytes = bytes_of(key.data, key.size), bytes = bytes_of(value.data, value.size);
    int code = inspect_read_key(in, task, &key_bytes, &bytes, entry, memory);
    if (code) return code;
    for (uint64_t i = 0; i < task->field_count; i++) {
        const PtField *field = &task->fields[i];
        code = read_field(in, task, field, key, &bytes, entry + field->offset, memory);
        if (code) return code;
    }
    return bytes_left(&bytes) ? entry_damaged(in, task, "value", "there are bytes behind its end") : 0;
}
