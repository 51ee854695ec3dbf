#include "vm/progress.h"

#include "vm/atom_bytes.h"
#include "vm/backlog.h"
#include "vm/encode.h"
#include "vm/host_internal.h"
#include "vm/keys.h"
#include "vm/settled.h"

// ---- sources ----

static void put_source(const Runtime *runtime, uint64_t number, Buf *body) {
    const Feed *feed = &runtime->feeds[number];
    size_t item = store_item_begin(body);
    key_put(body, KEY_SOURCE, runtime->epochs.ids.source[number]);
    store_item_middle(body, item);
    bytes_put_u64(body, feed->position);
    bytes_put_u64(body, feed->lines ? feed->lines_taken : feed->events);
    bytes_put_u64(body, runtime->streams[number].produced);
    bytes_put_u64(body, feed->events);
    bytes_put_u8(body, feed->ended);
    bytes_put_u64(body, feed->kind->fingerprint ? feed->kind->fingerprint((Feed *)feed) : 0);
    size_t size = body->length;
    bytes_put_u32(body, 0);
    if (feed->kind->put_rest) feed->kind->put_rest(feed, body);
    uint32_t rest = (uint32_t)(body->length - size - sizeof(uint32_t));
    Buf patch = {body->data + size, 0, sizeof rest};
    bytes_put_u32(&patch, rest);
    store_item_end(body, item, STORE_PUT);
}

// ---- outputs ----

uint32_t progress_output_id(const Runtime *runtime, const Output *output) {
    uint64_t sink = 0;
    while (runtime->sinks.by_sink[sink] != output) sink++;
    return runtime->epochs.ids.sink[sink];
}

enum { BYTES_LIMIT = 1 << 30 }; // of an output in one item

static void put_output_bytes(uint32_t id, uint64_t offset, const char *bytes, uint64_t size, Buf *body) {
    while (size) {
        uint64_t part = size < BYTES_LIMIT ? size : BYTES_LIMIT;
        size_t item = store_item_begin(body);
        key_put_bytes(body, id, offset);
        store_item_middle(body, item);
        buf_append(body, bytes, part);
        store_item_end(body, item, STORE_ONCE);
        bytes += part;
        offset += part;
        size -= part;
    }
}

static void put_output(const Runtime *runtime, const Output *output, Buf *body) {
    uint32_t id = progress_output_id(runtime, output);
    if (output->outbox) {
        outbox_put(output->outbox, id, &output->bytes, body);
        return;
    }
    uint64_t before = output->length, size = output->committed;
    size_t item = store_item_begin(body);
    key_put(body, KEY_OUTPUT, id);
    store_item_middle(body, item);
    bytes_put_u64(body, before + size);
    bytes_put_u64(body, output->released);
    bytes_put_u64(body, output->name ? output_fingerprint(output) : 0);
    size_t name_size = output->name ? strlen(output->name) : 0;
    bytes_put_u32(body, (uint32_t)name_size);
    buf_append(body, output->name, name_size);
    store_item_end(body, item, STORE_PUT);
    put_output_bytes(id, before, output->bytes.data, size, body);
}

// ---- atoms that wait ----

// The number of the first atom that a consumer of the stream has not taken.
static uint64_t first_waiting(const Stream *stream) {
    uint64_t waiting = 0;
    for (size_t i = 0; i < stream->consumer_count; i++)
        if (queue_waiting(stream->consumers[i].queue) > waiting) waiting = queue_waiting(stream->consumers[i].queue);
    return stream->produced + 1 - waiting;
}

static void put_waiting_atom(const Runtime *runtime, uint32_t id, const PtDesc *desc, const Atom *atom, Buf *body) {
    size_t item = store_item_begin(body);
    key_put_atom(body, id, atom->number);
    store_item_middle(body, item);
    atom_put(runtime->program, desc, atom, body);
    store_item_end(body, item, STORE_PUT);
}

static void drop_atom(uint32_t id, uint64_t number, Buf *body) {
    size_t item = store_item_begin(body);
    key_put_atom(body, id, number);
    store_item_middle(body, item);
    store_item_end(body, item, STORE_DELETE);
}

uint32_t progress_stream_id(const Runtime *runtime, uint64_t stream) {
    const SchemaIds *ids = &runtime->epochs.ids;
    uint64_t sources = runtime->program->source_count;
    return stream < sources ? ids->source[stream] : STREAM_OF_WORKFLOW | ids->workflow[stream - sources];
}

// An atom is recorded once, and again when nobody waits for it any more. All that wait are in the longest queue, the last of them
// perhaps not in memory.
static void put_waiting(Runtime *runtime, uint64_t number, Buf *body) {
    Stream *stream = &runtime->streams[number];
    uint32_t id = progress_stream_id(runtime, number);
    uint64_t first = first_waiting(stream);
    for (; stream->kept_from < first && stream->kept_from <= stream->logged; stream->kept_from++)
        drop_atom(id, stream->kept_from, body);
    if (stream->logged < first - 1) stream->logged = first - 1;
    stream->kept_from = first;
    const AtomQueue *longest = NULL;
    for (size_t i = 0; i < stream->consumer_count; i++)
        if (!longest || queue_waiting(stream->consumers[i].queue) > queue_waiting(longest)) longest = stream->consumers[i].queue;
    for (size_t i = 0; longest && i < longest->count; i++) {
        const Atom *atom = queue_at(longest, i);
        if (atom->number <= stream->logged) continue;
        put_waiting_atom(runtime, id, runtime_event(runtime, number), atom, body);
        stream->logged = atom->number;
    }
    backlog_put(stream, first, body);
}

// ---- workflows ----

static void put_input(const Runtime *runtime, uint64_t number, uint64_t input, Buf *body) {
    const Workflow *workflow = &runtime->workflows[number];
    const Stream *stream = &runtime->streams[workflow->code->inputs[input].stream];
    size_t item = store_item_begin(body);
    key_put_input(body, runtime->epochs.ids.workflow[number], (uint32_t)input);
    store_item_middle(body, item);
    bytes_put_u64(body, stream->produced + 1 - queue_waiting(&workflow->queues[input]));
    store_item_end(body, item, STORE_PUT);
}

static void put_workflow(const Runtime *runtime, uint64_t number, Buf *body) {
    Workflow *workflow = &runtime->workflows[number];
    const Ending *ending = &workflow->ending;
    bool under_way = workflow->state == WORKFLOW_ENDING && ending->task < workflow->code->task_count;
    size_t item = store_item_begin(body);
    key_put(body, KEY_WORKFLOW, runtime->epochs.ids.workflow[number]);
    store_item_middle(body, item);
    bytes_put_u64(body, workflow->stream->produced);
    bytes_put_u8(body, (uint8_t)workflow->state);
    bytes_put_u32(body, under_way ? runtime->epochs.ids.task[workflow->code->tasks[ending->task]] : NO_TASK);
    bytes_put_u64(body, under_way ? ending->next : 0);
    settled_put(workflow, body);
    store_item_end(body, item, STORE_PUT);
    for (uint64_t i = 0; i < workflow->code->input_count; i++) put_input(runtime, number, i, body);
}

// ---- all ----

static StoreBytes text(const char *text) {
    return (StoreBytes){text, strlen(text)};
}

static void put_run(const Runtime *runtime, Buf *body) {
    size_t item = store_item_begin(body);
    buf_puts(body, KEY_RUN);
    store_item_middle(body, item);
    key_put_run(body, runtime->epochs.finished ? RUN_FINISHED : RUN_GOES_ON, progress_next_cell(runtime));
    store_item_end(body, item, STORE_PUT);
}

void progress_put(Runtime *runtime, Buf *body) {
    const PtProgram *program = runtime->program;
    Epochs *epochs = &runtime->epochs;
    if (epochs->schema.length)
        store_put_item(body, STORE_PUT, text(KEY_SCHEMA), (StoreBytes){epochs->schema.data, epochs->schema.length});
    epochs->schema.length = 0;
    put_run(runtime, body);
    for (uint64_t i = 0; i < program->source_count; i++) put_source(runtime, i, body);
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) put_output(runtime, &runtime->sinks.outputs[i], body);
    for (uint64_t i = 0; i < program->workflow_count; i++) put_workflow(runtime, i, body);
    for (uint64_t i = 0; i < program->source_count + program->workflow_count; i++) put_waiting(runtime, i, body);
    runtime->unlogged = 0;
    epochs->unsaid = 0;
}
