#ifndef _GNU_SOURCE
#define _GNU_SOURCE // memrchr
#endif
#include "vm/failure.h"

#include <string.h>

#include "vm/program.h"

static void forget(Failure *failure) {
    failure->message.length = failure->position.length = failure->details.length = 0;
    failure->key.length = failure->event.length = 0;
}

void failure_clear(Failure *failure) {
    forget(failure);
    *failure = (Failure){
        .message = failure->message,
        .position = failure->position,
        .details = failure->details,
        .key = failure->key,
        .event = failure->event,
    };
}

void failure_move(Failure *to, Failure *from) {
    Failure before = *to;
    *to = *from;
    *from = before;
    failure_clear(from);
}

static void copy(Buf *to, const Buf *from) {
    to->length = 0;
    buf_append(to, from->data, from->length);
}

void failure_copy(Failure *to, const Failure *from) {
    Failure pieces = *to;
    *to = *from;
    to->message = pieces.message;
    to->position = pieces.position;
    to->details = pieces.details;
    to->key = pieces.key;
    to->event = pieces.event;
    copy(&to->message, &from->message);
    copy(&to->position, &from->position);
    copy(&to->details, &from->details);
    copy(&to->key, &from->key);
    copy(&to->event, &from->event);
}

void failure_free(Failure *failure) {
    buf_free(&failure->message);
    buf_free(&failure->position);
    buf_free(&failure->details);
    buf_free(&failure->key);
    buf_free(&failure->event);
    *failure = (Failure){0};
}

// ---- the message ----

static void put(Buf *out, const Buf *piece) {
    buf_append(out, piece->data, piece->length);
}

static void put_workflow(const Failure *failure, Buf *out) {
    buf_printf(out, "   = in workflow `%s`", failure->workflow);
    const char *end = failure->global ? strrchr(failure->task, '.') : NULL;
    if (failure->task)
        buf_printf(out, ", task `%.*s`", (int)(end ? (size_t)(end - failure->task) : strlen(failure->task)), failure->task);
    if (failure->key.length) {
        buf_puts(out, ", key ");
        put(out, &failure->key);
    }
    const char *global = failure->global ? "global " : "";
    if (failure->phase == PHASE_ON_ATOM) buf_printf(out, ", `%son atom`", global);
    if (failure->phase == PHASE_ON_END) buf_printf(out, ", `%son end`", global);
    if (failure->phase == PHASE_WAKE) buf_puts(out, ", a timer");
    buf_putc(out, '\n');
}

// The name of a stream of requests or replies is `asker.portal.asks` or `asker.portal.replies`.
void failure_put_atom(uint64_t atom, uint64_t kind, const char *stream, Buf *out) {
    static const char *const STREAMS[] = {"of stream", "to portal", "of portal"};
    const char *end = stream + strlen(stream);
    if (kind != PT_INPUT_EVENTS) {
        end = strrchr(stream, '.');
        const char *start = memrchr(stream, '.', (size_t)(end - stream));
        stream = start + 1;
    }
    buf_printf(out, "atom %llu %s `%.*s`", (unsigned long long)atom, STREAMS[kind], (int)(end - stream), stream);
}

static void put_atom(const Failure *failure, Buf *out) {
    static const char *const EVENTS[] = {"event", "request", "reply"};
    buf_puts(out, "   = ");
    if (failure->number) buf_printf(out, "%s %llu of ", EVENTS[failure->kind], (unsigned long long)failure->number);
    failure_put_atom(failure->atom, failure->kind, failure->stream, out);
    if (failure->number) {
        buf_puts(out, ": ");
        put(out, &failure->event);
    }
    buf_putc(out, '\n');
}

void failure_render(const Failure *failure, Buf *out) {
    failure_render_as("error", failure, out);
}

void failure_render_as(const char *severity, const Failure *failure, Buf *out) {
    buf_printf(out, "%s: ", severity);
    put(out, &failure->message);
    buf_putc(out, '\n');
    if (failure->position.length) {
        buf_puts(out, "  --> ");
        put(out, &failure->position);
        buf_putc(out, '\n');
    }
    put(out, &failure->details);
    if (failure->workflow) put_workflow(failure, out);
    if (failure->workflow && failure->stream) put_atom(failure, out);
    if (failure->help) buf_printf(out, "   = help: %s\n", failure->help);
}
