// Outboxes, as the host reads them.
#include <stdlib.h>

#include "vm/context.h"
#include "vm/encode.h"
#include "vm/host_internal.h"
#include "vm/json.h"
#include "vm/memory.h"

// ---- finding ----

Outbox *outbox_find(Runtime *runtime, const char *name) {
    Host *host = runtime->host;
    for (size_t i = 0; host && i < host->outbox_count; i++)
        if (strcmp(host->outboxes[i].sink->name, name) == 0) return &host->outboxes[i];
    return NULL;
}

size_t outbox_count(const Runtime *runtime) {
    return runtime->host ? runtime->host->open_outbox_count : 0;
}

Outbox *outbox_at(Runtime *runtime, size_t number) {
    return &runtime->host->outboxes[number];
}

const char *outbox_name(const Outbox *outbox) {
    return outbox->sink->name;
}

const PtDesc *outbox_desc(const Outbox *outbox) {
    return outbox->sink->desc;
}

// ---- looking ----

uint64_t outbox_last(const Outbox *outbox) {
    return host_number(outbox->host, &outbox->last);
}

uint64_t outbox_taken(const Outbox *outbox) {
    return host_number(outbox->host, &outbox->taken);
}

bool outbox_wait(Outbox *outbox, uint64_t number, uint64_t wait) {
    Deadline deadline = host_deadline(wait);
    host_lock(outbox->host);
    while (outbox->last < number && host_wait(outbox->host, wait, &deadline)) continue;
    bool is_there = outbox->last >= number;
    host_unlock(outbox->host);
    return is_there;
}

// ---- reading ----

bool outbox_copy(Outbox *outbox, uint64_t number, Buf *out) {
    host_lock(outbox->host);
    const OutboxAtom *found = NULL;
    if (outbox->head < outbox->count) { // they follow each other
        uint64_t first = outbox->atoms[outbox->head].number;
        if (number >= first && number - first < outbox->count - outbox->head)
            found = &outbox->atoms[outbox->head + (number - first)];
    }
    if (found) buf_append(out, found->bytes, found->size);
    host_unlock(outbox->host);
    return found;
}

// The events of an atom, one after the other, at the desk.
typedef struct Reading {
    const PtSink *sink;
    Bytes rest;
    Buf *json; // or NULL
    void (*take)(void *user, PtValue event);
    void *user;
    const char *fault;
} Reading;

static void *take_memory(void *context, uint64_t size) {
    return pt_alloc(context, (int64_t)size);
}

const char *outbox_decode(Partition *desk, const PtDesc *desc, Bytes event, void *value) {
    Decoder decoder = {.at = event.at,
                       .end = event.end,
                       .alloc = take_memory,
                       .user = &desk->context,
                       .program = desk->runtime->program,
                       .rebindings = &desk->runtime->rebindings};
    return decode_value(&decoder, desc, value) ? NULL : decoder.error;
}

static void read_event(Partition *desk, Reading *reading, Bytes event) {
    char *value = pt_alloc(&desk->context, (int64_t)reading->sink->desc->size + 1);
    reading->fault = outbox_decode(desk, reading->sink->desc, event, value);
    if (reading->fault) return;
    if (reading->json) {
        JsonFault fault = json_write(reading->json, reading->sink->desc, value, SIZE_MAX);
        if (fault) reading->fault = json_fault_text(fault);
        buf_putc(reading->json, '\n');
    } else {
        reading->take(reading->user, (PtValue){reading->sink->desc, value});
    }
}

static void read_events(Partition *desk, void *argument) {
    Reading *reading = argument;
    Bytes event;
    while (!reading->fault && outbox_next_event(&reading->rest, &event)) read_event(desk, reading, event);
}

static Read read_atom(Outbox *outbox, uint64_t number, Reading *reading, Buf *message) {
    Buf bytes = {0};
    if (!outbox_copy(outbox, number, &bytes)) return READ_NOTHING;
    reading->rest = bytes_of(bytes.data, bytes.length);
    bool fine = host_at_desk(outbox->host, read_events, reading, message);
    if (fine && reading->fault && message)
        buf_printf(message, "atom %llu of `%s`: %s", (unsigned long long)number, outbox->sink->name, reading->fault);
    buf_free(&bytes);
    return fine && !reading->fault ? READ : READ_WRONG;
}

Read outbox_read_json(Outbox *outbox, uint64_t number, Buf *out, Buf *message) {
    size_t before = out->length;
    Read result = read_atom(outbox, number, &(Reading){.sink = outbox->sink, .json = out}, message);
    if (result != READ) out->length = before;
    return result;
}

Read outbox_read_values(Outbox *outbox, uint64_t number, void (*take)(void *user, PtValue event), void *user, Buf *message) {
    return read_atom(outbox, number, &(Reading){.sink = outbox->sink, .take = take, .user = user}, message);
}

void outbox_take(Outbox *outbox, uint64_t number) {
    host_lock(outbox->host);
    if (number > outbox->last) number = outbox->last;
    if (number > outbox->taken) {
        outbox_forget_atom(outbox, number);
        outbox->taken = number;
        outbox->host->given++;
    }
    host_unlock(outbox->host);
    host_ring(outbox->host->runtime); // what waits for room goes on
}
