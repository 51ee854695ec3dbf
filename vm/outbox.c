// Outboxes, as the run fills them: committed atoms go with the epoch to the store, an item an atom, and when that is durable to
// where the host reads them.
#include "vm/outbox.h"

#include <stdlib.h>

#include "vm/encode.h"
#include "vm/error.h"
#include "vm/host_internal.h"
#include "vm/json.h"
#include "vm/keys.h"
#include "vm/memory.h"

Outbox *outbox_of_sink(const Runtime *runtime, uint64_t sink) {
    const Host *host = runtime->host;
    for (size_t i = 0; host && i < host->outbox_count; i++)
        if (host->outboxes[i].sink == &runtime->program->sinks[sink]) return &host->outboxes[i];
    return NULL;
}

// ---- events ----

// What the host could not read as JSON is an error here, where it can be said what it is of.
static bool check_json(Partition *partition, const PtSink *sink, const void *event, Buf *to, uint64_t limit) {
    size_t before = to->length;
    JsonFault fault = host_is_hidden(sink->name) ? JSON_FINE : json_write(to, sink->desc, event, limit);
    to->length = before;
    if (fault && fault != JSON_TOO_LARGE) trap_unwritable(partition, sink->position, "JSON", json_fault_text(fault));
    return !fault;
}

bool outbox_put_event(Partition *partition, const PtSink *sink, const void *event, Buf *to, uint64_t limit) {
    if (!check_json(partition, sink, event, to, limit)) return false;
    size_t at = to->length;
    bytes_put_u32(to, 0);
    encode_value(to, sink->desc, event, partition->runtime->program);
    if (to->length >= limit) return false;
    Buf front = {to->data + at, 0, sizeof(uint32_t)};
    bytes_put_u32(&front, (uint32_t)(to->length - at - sizeof(uint32_t)));
    return true;
}

bool outbox_next_event(Bytes *rest, Bytes *event) {
    uint32_t size;
    if (!bytes_take_u32(rest, &size) || bytes_left(rest) < size) return false;
    *event = bytes_of(rest->at, size);
    rest->at += size;
    return true;
}

// ---- atoms of the running epoch ----

void outbox_end_atom(Outbox *outbox, size_t end) {
    AtomEnds *ends = &outbox->ends;
    if (end == (ends->count ? ends->items[ends->count - 1] : 0)) return;
    ends->items = memory_grow(ends->items, ends->count, &ends->capacity, sizeof *ends->items);
    ends->items[ends->count++] = end;
}

static uint64_t limit_of(const Outbox *outbox) {
    uint64_t limit = outbox->host->runtime->options.host.max_outbox;
    return limit ? limit : DEFAULT_MAX_OUTBOX;
}

bool outbox_is_full(const Outbox *outbox, size_t committed) {
    host_lock(outbox->host);
    bool full = outbox->bytes + committed >= limit_of(outbox);
    host_unlock(outbox->host);
    return full;
}

// ---- records ----

static size_t begin_atom_item(Buf *body, uint32_t id, uint64_t number) {
    size_t item = store_item_begin(body);
    key_put_outbox(body, id, number);
    store_item_middle(body, item);
    return item;
}

static void put_numbers(uint32_t id, uint64_t last, uint64_t taken, Buf *body) {
    size_t item = begin_atom_item(body, id, 0);
    bytes_put_u64(body, last);
    bytes_put_u64(body, taken);
    store_item_end(body, item, STORE_PUT);
}

void outbox_put(Outbox *outbox, uint32_t id, const Buf *bytes, Buf *body) {
    uint64_t taken = outbox_taken(outbox);
    put_numbers(id, outbox->made + outbox->ends.count, taken, body);
    for (uint64_t number = outbox->recorded + 1; number <= taken; number++)
        store_item_end(body, begin_atom_item(body, id, number), STORE_DELETE);
    outbox->recorded = taken;
    for (size_t i = 0, from = 0; i < outbox->ends.count; from = outbox->ends.items[i++]) {
        size_t item = begin_atom_item(body, id, outbox->made + i + 1);
        buf_append(body, bytes->data + from, outbox->ends.items[i] - from);
        store_item_end(body, item, STORE_PUT);
    }
}

void outbox_cut(Outbox *outbox, size_t bytes) {
    AtomEnds cut = outbox->cut_ends;
    outbox->cut_ends = outbox->ends;
    outbox->cut_made = outbox->made;
    outbox->made += outbox->ends.count;
    cut.count = 0;
    outbox->ends = cut;
    host_lock(outbox->host);
    outbox->bytes += bytes;
    host_unlock(outbox->host);
}

static void append(Outbox *outbox, uint64_t number, const char *bytes, size_t size) {
    outbox->atoms = memory_grow(outbox->atoms, outbox->count, &outbox->capacity, sizeof *outbox->atoms);
    char *copy = MEMORY_NEW(char, size); // there may be no memory, and the host still looks
    memcpy(copy, bytes, size);
    outbox->atoms[outbox->count++] = (OutboxAtom){number, copy, size};
    outbox->last = number;
}

void outbox_release(Outbox *outbox, const Buf *bytes) {
    host_lock(outbox->host);
    for (size_t i = 0, from = 0; i < outbox->cut_ends.count; from = outbox->cut_ends.items[i++])
        append(outbox, outbox->cut_made + i + 1, bytes->data + from, outbox->cut_ends.items[i] - from);
    outbox->cut_ends.count = 0;
    pthread_cond_broadcast(&outbox->host->change);
    host_unlock(outbox->host);
}

// ---- going on ----

bool outbox_restore(Outbox *outbox, Bytes numbers) {
    if (!bytes_take_u64(&numbers, &outbox->made) || !bytes_take_u64(&numbers, &outbox->taken) || bytes_left(&numbers))
        return false;
    outbox->recorded = outbox->taken;
    return outbox->taken <= outbox->made;
}

static bool is_atom(const Outbox *outbox, uint64_t number, Bytes bytes) {
    if (outbox->count && outbox->atoms[outbox->count - 1].number + 1 != number) return false;
    Bytes event;
    bool any = false;
    while (outbox_next_event(&bytes, &event)) any = true;
    return any && !bytes_left(&bytes);
}

bool outbox_restore_atom(Outbox *outbox, uint64_t number, const char *bytes, size_t size) {
    if (!is_atom(outbox, number, bytes_of(bytes, size))) return false;
    append(outbox, number, bytes, size);
    outbox->bytes += size;
    return true;
}

void outbox_forget_atom(Outbox *outbox, uint64_t number) {
    while (outbox->head < outbox->count && outbox->atoms[outbox->head].number <= number) {
        OutboxAtom *atom = &outbox->atoms[outbox->head++];
        outbox->bytes -= atom->size;
        free(atom->bytes);
    }
    if (outbox->head < outbox->count) return;
    outbox->head = outbox->count = 0;
}

bool outbox_has_news(const Outbox *outbox) {
    return outbox->taken != outbox->recorded && outbox->host->runtime->epochs.store;
}

void outbox_free(Outbox *outbox) {
    for (size_t i = outbox->head; i < outbox->count; i++) free(outbox->atoms[i].bytes);
    free(outbox->atoms);
    free(outbox->ends.items);
    free(outbox->cut_ends.items);
}
