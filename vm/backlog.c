#include "vm/backlog.h"

#include <errno.h>
#include <inttypes.h>

#include "vm/atom_bytes.h"
#include "vm/error.h"
#include "vm/keys.h"
#include "vm/progress.h"

enum {
    FILL_BYTES = 1 << 20,
    FILL_ATOMS = 1024,
    KEEP_LIMIT = 1 << 20, // how much of a buffer is kept
    LONG_QUEUE = 64,      // atoms
};

// ---- spilling ----

static bool is_too_long(const Runtime *runtime, const AtomQueue *queue, const Atom *atom) {
    return queue->count && queue_memory(queue) + atom->bytes > runtime->options.max_queue;
}

// The run ends, but a durable one has the atom in its last record.
static void cannot_spill(Runtime *runtime, uint64_t stream, int code) {
    const Stream *from = &runtime->streams[stream];
    if (code == -EDQUOT) {
        if (!error_set(runtime, "the atoms of `%s` that wait need more than %" PRIu64 " bytes on the disk", from->name,
                       runtime->options.max_spill))
            return;
        error_position(runtime, runtime_position(runtime, stream));
        error_note(runtime, "help: they come faster than they are taken; `--max-spill` sets the limit");
        return;
    }
    if (!error_set(runtime, "cannot put the atoms of `%s` that wait on the disk: %s", from->name, error_text(code))) return;
    error_position(runtime, runtime_position(runtime, stream));
    error_note(runtime, "in files without a name, in the directory of `%s`", runtime->spill_path);
}

// What the next epoch will say of the atom: in memory it is no more.
static void note_unlogged(Runtime *runtime, uint64_t number, const Atom *atom, const Buf *bytes) {
    Stream *stream = &runtime->streams[number];
    if (!runtime->epochs.store || atom->number <= stream->logged || atom->number <= stream->spilled) return;
    stream->spilled = atom->number;
    size_t item = store_item_begin(&stream->unlogged);
    key_put_atom(&stream->unlogged, progress_stream_id(runtime, number), atom->number);
    store_item_middle(&stream->unlogged, item);
    buf_append(&stream->unlogged, bytes->data, bytes->length);
    store_item_end(&stream->unlogged, item, STORE_PUT);
    runtime->unlogged += bytes->length;
}

static void spill(Runtime *runtime, uint64_t stream, AtomQueue *queue, const Atom *atom) {
    Buf *bytes = &runtime->spilling;
    bytes->length = 0;
    if (bytes->capacity > KEEP_LIMIT) buf_free(bytes);
    bytes_put_u64(bytes, atom->number);
    size_t head = bytes->length;
    atom_put(runtime->program, runtime_event(runtime, stream), atom, bytes);
    note_unlogged(runtime, stream, atom, &(Buf){bytes->data + head, bytes->length - head, 0});
    uint64_t before = queue->spill.bytes;
    int code = runtime->spilled + bytes->length > runtime->options.max_spill
                   ? -EDQUOT
                   : spill_push(&queue->spill, bytes->data, bytes->length);
    runtime->spilled += queue->spill.bytes - before;
    if (code == 0) return;
    queue->refused++;
    cannot_spill(runtime, stream, code);
}

void backlog_push(Runtime *runtime, uint64_t stream, AtomQueue *queue, Atom *atom) {
    if (!queue->spill.count && !is_too_long(runtime, queue, atom)) {
        if (queue->count >= LONG_QUEUE) atom_fit(atom, runtime_event(runtime, stream));
        queue_push(queue, atom);
        return;
    }
    if (!queue->spill.env) spill_init(&queue->spill, runtime->env, runtime->spill_path);
    spill(runtime, stream, queue, atom);
    atom_release(&runtime->atoms, atom);
}

// ---- coming back ----

static Atom *read_atom(Runtime *runtime, const PtDesc *desc, Bytes bytes, AtomRoom *room, const char **why) {
    uint64_t number;
    *why = "an atom is damaged";
    return bytes_take_u64(&bytes, &number) ? atom_read(runtime, desc, number, bytes, room, why) : NULL;
}

// NULL, or why it cannot be done.
static const char *fill(Runtime *runtime, AtomQueue *queue, const PtDesc *desc, AtomRoom *room) {
    while (queue->spill.count && queue->count < FILL_ATOMS && (!queue->count || queue->bytes < FILL_BYTES)) {
        const char *bytes, *why;
        size_t size;
        uint64_t before = queue->spill.bytes;
        int code = spill_pop(&queue->spill, &bytes, &size);
        if (code < 0) return error_text(code);
        runtime->spilled -= before - queue->spill.bytes;
        Atom *atom = read_atom(runtime, desc, bytes_of(bytes, size), room, &why);
        if (!atom) return why;
        atom_fit(atom, desc);
        queue_push(queue, atom);
    }
    return NULL;
}

bool backlog_fill(Workflow *workflow, uint64_t input) {
    Runtime *runtime = workflow->runtime;
    AtomQueue *queue = &workflow->queues[input];
    if (!queue->spill.count || queue->count) return true;
    uint64_t stream = workflow->code->inputs[input].stream;
    AtomRoom room = {0};
    bool open = atom_room_open(&room, &runtime->partitions[0].regions);
    const char *why = open ? fill(runtime, queue, runtime_event(runtime, stream), &room) : "out of memory";
    if (open) atom_room_close(&room);
    if (!why) return true;
    if (error_set(runtime, "cannot bring back the atoms of `%s` that wait on the disk: %s", runtime->streams[stream].name, why))
        error_position(runtime, runtime_position(runtime, stream));
    return false;
}

// ---- epochs ----

void backlog_put(Stream *stream, uint64_t first, Buf *body) {
    StoreBytes rest = {stream->unlogged.data, stream->unlogged.length};
    StoreItem item;
    Key key;
    while (store_next_item(&rest, &item) && key_parse(item.key.data, item.key.size, &key)) {
        if (key.number < first || key.number <= stream->logged) continue;
        store_put_item(body, STORE_PUT, item.key, item.value);
        stream->logged = key.number;
    }
    stream->unlogged.length = 0;
    if (stream->unlogged.capacity > KEEP_LIMIT) buf_free(&stream->unlogged);
}
