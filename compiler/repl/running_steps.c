// running_steps.c - what a step did, in words:
//
//   `orders` takes atom 1 of `operations`: [AddToCart(1, 3)]
//     Cart, key 1: items = [] -> [3]
//     asks portal `inventory`: [Get(3)]
//     1 continuation waits
#include <stdlib.h>
#include <string.h>

#include "compiler/repl/running_internal.h"
#include "vm/host.h"
#include "vm/memory.h"
#include "vm/schema_internal.h"
#include "vm/show.h"

enum {
    VALUE_LONGEST = 1000,  // bytes of a value that are shown, roughly
    EVENTS_LONGEST = 2000, // of the events of an atom
    EVENTS_MOST = 20,
    LINES_MOST = 20,
    ENTRIES_MOST = 20, // of a step
};

struct StepText {
    Trace trace;
    Runtime *runtime;
    Buf *out;
    Buf *before; // by number of the entry: the texts of its fields, each with a zero behind it; empty: it was not there
    size_t count;
    size_t capacity;
    uint64_t changed; // entries
};

// ---- values ----

static void put_value(const Runtime *runtime, PtValue value, Buf *out) {
    size_t limit = out->length + VALUE_LONGEST;
    if (!show_value(out, value.desc, value.at, runtime->program, SHOW_LITERAL, limit)) buf_puts(out, "...");
}

static void put_event(const Runtime *runtime, const TraceEvents *events, int64_t i, Buf *out) {
    if (!events->events) {
        show_int(out, (int64_t)((uint64_t)events->first + (uint64_t)i));
        return;
    }
    const char *event = events->events + (uint64_t)i * event_stride(runtime_event(runtime, events->stream));
    put_value(runtime, runtime_shown(runtime, events->stream, event), out);
}

void running_put_events(const Runtime *runtime, const TraceEvents *events, Buf *out) {
    size_t limit = out->length + EVENTS_LONGEST;
    buf_putc(out, '[');
    for (int64_t i = 0; i < events->count; i++) {
        if (i) buf_puts(out, ", ");
        if (i == EVENTS_MOST || out->length > limit) {
            buf_printf(out, "... %lld more", (long long)(events->count - i));
            break;
        }
        put_event(runtime, events, i, out);
    }
    buf_putc(out, ']');
}

// ---- what it took ----

static void put_atom_name(const Runtime *runtime, const TraceEvents *events, Buf *out) {
    const Stream *stream = &runtime->streams[events->stream];
    failure_put_atom(events->number, stream->kind, stream->name, out);
}

static void took(void *user, const Workflow *workflow, const TraceEvents *taken) {
    const StepText *text = user;
    Buf *out = text->out;
    buf_printf(out, "`%s` ", workflow->code->name);
    if (taken) {
        buf_puts(out, "takes ");
        put_atom_name(text->runtime, taken, out);
        buf_puts(out, ": ");
        running_put_events(text->runtime, taken, out);
    } else if (workflow->wakes) {
        buf_puts(out, "goes on: the time has come");
    } else {
        buf_puts(out, "ends: `on end`");
    }
    buf_putc(out, '\n');
}

// ---- state ----

static void put_field(const StepText *text, const TraceEntry *entry, uint64_t i, Buf *out) {
    const PtField *field = &entry->task->fields[i];
    put_value(text->runtime, (PtValue){field->desc, entry->entry + field->offset}, out);
}

static void before(void *user, const TraceEntry *entry) {
    StepText *text = user;
    while (text->count <= entry->number) {
        text->before = memory_grow(text->before, text->count, &text->capacity, sizeof(Buf));
        text->before[text->count++] = (Buf){0};
    }
    Buf *fields = &text->before[entry->number];
    fields->length = 0;
    for (uint64_t i = 0; entry->is_there && i < entry->task->field_count; i++) {
        put_field(text, entry, i, fields);
        buf_putc(fields, '\0');
    }
}

static void put_entry_name(const StepText *text, const TraceEntry *entry) {
    buf_printf(text->out, "  %s", entry->task->name);
    if (entry->task->key->kind == PT_UNIT) return;
    buf_puts(text->out, ", key ");
    put_value(text->runtime, (PtValue){entry->task->key, entry->entry}, text->out);
}

// The fields that are not what they were. False if there are none.
static bool put_changes(const StepText *text, const TraceEntry *entry, Buf *out) {
    const Buf *was = &text->before[entry->number];
    const char *at = was->data, *between = "";
    for (uint64_t i = 0; i < entry->task->field_count && schema_is_own_state(&entry->task->fields[i]); i++) {
        Buf now = {0};
        put_field(text, entry, i, &now);
        bool same = was->length && strcmp(at, buf_text(&now)) == 0;
        if (!same) {
            buf_printf(out, "%s%s = ", between, entry->task->fields[i].name);
            if (was->length) buf_printf(out, "%s -> ", at);
            buf_append(out, now.data, now.length);
            between = ", ";
        }
        if (was->length) at += strlen(at) + 1;
        buf_free(&now);
    }
    return *between;
}

static void after(void *user, const TraceEntry *entry) {
    StepText *text = user;
    const Buf *was = &text->before[entry->number];
    Buf changes = {0};
    if (host_is_hidden(entry->task->name)) return;
    if (!entry->is_there) {
        if (was->length) buf_puts(&changes, "gone");
    } else {
        put_changes(text, entry, &changes);
    }
    if (changes.length && ++text->changed <= ENTRIES_MOST) {
        put_entry_name(text, entry);
        buf_puts(text->out, !was->length && entry->is_there ? ", new: " : ": ");
        buf_append(text->out, changes.data, changes.length);
        buf_putc(text->out, '\n');
    }
    buf_free(&changes);
}

static void put_rest(StepText *text) {
    if (text->changed > ENTRIES_MOST) {
        buf_puts(text->out, "  ... and ");
        running_count(text->out, text->changed - ENTRIES_MOST, "other change");
        buf_putc(text->out, '\n');
    }
    text->changed = 0;
}

static void waits(void *user, const TraceWaits *waits) {
    StepText *text = user;
    Buf *out = text->out;
    put_rest(text);
    if (!waits->resumed && waits->before == waits->after) return;
    buf_puts(out, "  ");
    if (waits->resumed) {
        running_count(out, waits->resumed, "continuation");
        buf_puts(out, " went on; ");
    }
    running_count(out, waits->after, "continuation");
    buf_printf(out, " wait%s now\n", waits->after == 1 ? "s" : "");
}

// ---- what it put out ----

// The streams of requests and replies are called by who asks: `orders.inventory.asks`.
static void put_portal(const char *stream, Buf *out) {
    const char *end = strrchr(stream, '.'), *start = end ? end : stream;
    while (start > stream && start[-1] != '.') start--;
    buf_printf(out, "portal `%.*s`: ", end ? (int)(end - start) : (int)strlen(stream), start);
}

static void put(void *user, const TraceEvents *events) {
    const StepText *text = user;
    const Stream *stream = &text->runtime->streams[events->stream];
    Buf *out = text->out;
    if (host_is_hidden(stream->name)) return;
    switch ((PtInputKind)stream->kind) {
    case PT_INPUT_REQUESTS:
        buf_puts(out, "  asks ");
        put_portal(stream->name, out);
        break;
    case PT_INPUT_REPLIES:
        buf_puts(out, "  replies of ");
        put_portal(stream->name, out);
        break;
    case PT_INPUT_EVENTS:
        buf_puts(out, "  emits ");
        put_atom_name(text->runtime, events, out);
        buf_puts(out, ": ");
    }
    running_put_events(text->runtime, events, out);
    buf_putc(out, '\n');
}

static void put_lines(const char *bytes, size_t size, Buf *out) {
    const char *end = bytes + size;
    for (int i = 0; bytes < end; i++) {
        const char *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
        if (!line_end) line_end = end;
        if (i == LINES_MOST) {
            buf_puts(out, "    ... and more\n");
            return;
        }
        buf_printf(out, "    %.*s\n", (int)(line_end - bytes), bytes);
        bytes = line_end + 1;
    }
}

static void lines(void *user, const Output *output, const char *bytes, size_t size) {
    const StepText *text = user;
    if (output->name)
        buf_printf(text->out, "  writes to `%s`:\n", output->name);
    else
        buf_puts(text->out, "  prints:\n");
    put_lines(bytes, size, text->out);
}

static void failed(void *user, const Failure *failure) {
    const StepText *text = user;
    buf_puts(text->out, "  fails, and is undone: ");
    buf_append(text->out, failure->message.data, failure->message.length);
    buf_putc(text->out, '\n');
}

// ---- life ----

StepText *running_trace_new(Runtime *runtime, Buf *out, const Trace **trace) {
    StepText *text = MEMORY_NEW(StepText, 1);
    *text = (StepText){
        .trace = {took, before, after, waits, put, lines, failed, text},
        .runtime = runtime,
        .out = out,
    };
    *trace = &text->trace;
    return text;
}

void running_trace_free(StepText *text) {
    for (size_t i = 0; i < text->count; i++) buf_free(&text->before[i]);
    free(text->before);
    free(text);
}
