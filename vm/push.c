// Events of the host as bytes: read from JSON, or copied by their type.
#include <string.h>

#include "vm/context.h"
#include "vm/encode.h"
#include "vm/host_internal.h"
#include "vm/json.h"
#include "vm/schema_internal.h"
#include "vm/utf8.h"

// ---- types ----

bool push_is_array(const PtDesc *desc) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT:
    case PT_LIST:
    case PT_SET: return true;
    case PT_MAP: return desc->elem->kind != PT_STRING;
    case PT_STRUCT: return !desc->variants[0].name;
    case PT_ENUM: // the content of an Option stands for it
        for (uint64_t i = 0; json_is_nullable(desc) && i < desc->variant_count; i++)
            if (desc->variants[i].field_count) return push_is_array(desc->variants[i].fields[0].desc);
        return false;
    default: return false;
    }
}

enum { SEEN_LIMIT = 256 }; // types within a type; one that has more is taken for one with code

typedef struct Seen {
    const PtDesc *items[SEEN_LIMIT];
    size_t count;
} Seen;

static bool holds_code(Seen *seen, const PtDesc *desc) {
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i] == desc) return false;
    if (desc->kind == PT_FN || desc->kind == PT_ANY || desc->kind == PT_FUTURE || desc->kind == PT_FRAME) return true;
    if (!desc->has_pointers) return false;
    if (seen->count == SEEN_LIMIT) return true;
    seen->items[seen->count++] = desc;
    if (desc->elem && holds_code(seen, desc->elem)) return true;
    if (desc->mapped && holds_code(seen, desc->mapped)) return true;
    for (uint64_t i = 0; i < desc->variant_count; i++)
        for (uint64_t k = 0; k < desc->variants[i].field_count; k++)
            if (holds_code(seen, desc->variants[i].fields[k].desc)) return true;
    return false;
}

bool push_holds_code(const PtDesc *desc) {
    return holds_code(&(Seen){0}, desc);
}

// ---- bytes ----

// An atom without events, as atom_put writes it; push_count sets how many there are.
static void begin_atom(Buf *out) {
    bytes_put_u64(out, 0);
    bytes_put_u64(out, 0);
    bytes_put_u8(out, 0);
}

static void set_count(Buf *out, uint64_t count) {
    Buf front = {out->data, 0, sizeof count};
    bytes_put_u64(&front, count);
}

// ---- JSON ----

typedef struct JsonPush {
    PushForm form;
    const PtProgram *program;
    const PtDesc *desc;
    const char *text;
    const char *end;
    Buf *out;
    Buf *complaint; // of the reader
    uint64_t count;
    const char *wrong; // where the mistake is
} JsonPush;

static bool is_blank(const char *at, const char *end) {
    while (at < end && strchr(" \t\r\n", *at)) at++;
    return at == end;
}

static bool read_text(Partition *desk, JsonPush *push, const char *at, const char *end, const PtDesc *desc, void *value) {
    JsonReader reader = {.context = &desk->context, .at = at, .end = end, .message = push->complaint};
    bool fine = json_read(&reader, desc, value);
    if (!fine) push->wrong = reader.wrong;
    return fine;
}

static void read_one(Partition *desk, JsonPush *push) {
    char *value = pt_alloc(&desk->context, (int64_t)push->desc->size + 1);
    if (!read_text(desk, push, push->text, push->end, push->desc, value)) return;
    encode_value(push->out, push->desc, value, push->program);
    push->count = 1;
}

static void read_lines(Partition *desk, JsonPush *push) {
    char *value = pt_alloc(&desk->context, (int64_t)push->desc->size + 1);
    for (const char *line = push->text, *stop; line < push->end && !push->wrong; line = stop + 1) {
        stop = memchr(line, '\n', (size_t)(push->end - line));
        if (!stop) stop = push->end;
        if (is_blank(line, stop)) continue;
        if (!read_text(desk, push, line, stop, push->desc, value)) return;
        encode_value(push->out, push->desc, value, push->program);
        push->count++;
    }
}

static void read_array(Partition *desk, JsonPush *push) {
    PtDesc all = {.name = "events", .elem = push->desc, .kind = PT_LIST, .size = sizeof(PtList), .align = 8, .has_pointers = 1};
    PtList events;
    if (!read_text(desk, push, push->text, push->end, &all, &events)) return;
    for (int64_t i = 0; i < events.size; i++)
        encode_value(push->out, push->desc, (const char *)events.data + (uint64_t)i * push->desc->size, push->program);
    push->count = (uint64_t)events.size;
}

static void read_events(Partition *desk, void *argument) {
    JsonPush *push = argument;
    const char *at = push->text;
    while (at < push->end && strchr(" \t\r\n", *at)) at++;
    if (push->form == PUSH_ONE)
        read_one(desk, push);
    else if (at < push->end && *at == '[' && !push_is_array(push->desc))
        read_array(desk, push);
    else
        read_lines(desk, push);
}

// "line 2, column 7: expected an Int"
static void put_place(const JsonPush *push, Buf *message) {
    uint64_t line = 1;
    const char *start = push->text;
    for (const char *at; (at = memchr(start, '\n', (size_t)(push->wrong - start))); start = at + 1) line++;
    buf_printf(message, "line %llu, column %zu: %.*s", (unsigned long long)line,
               utf8_count(start, (size_t)(push->wrong - start)) + 1, (int)push->complaint->length, push->complaint->data);
}

// The JSON of a portal is not checked by the compiler.
static bool check_type(const PtDesc *desc, Buf *message) {
    if (!push_holds_code(desc)) return true;
    if (message)
        buf_printf(message, "values of type %s cannot come from outside: there are functions, Anys or futures in them",
                   desc->name);
    return false;
}

bool push_encode_json(Host *host, const PtDesc *desc, PushForm form, const char *text, size_t size, Buf *out, Buf *message) {
    if (!check_type(desc, message)) return false;
    Buf complaint = {0};
    JsonPush push = {.form = form,
                     .program = host->runtime->program,
                     .desc = desc,
                     .text = text,
                     .end = text + size,
                     .out = out,
                     .complaint = &complaint};
    size_t valid = utf8_valid(text, size);
    if (valid < size) {
        push.wrong = text + valid;
        buf_puts(&complaint, "invalid UTF-8");
    }
    begin_atom(out);
    bool fine = push.wrong || host_at_desk(host, read_events, &push, message);
    if (push.wrong && message) put_place(&push, message);
    if (fine && !push.wrong) set_count(out, push.count);
    buf_free(&complaint);
    return fine && !push.wrong;
}

// ---- values ----

static bool is_type(const PtDesc *desc, const PtDesc *given, Buf *message) {
    Buf change = {0};
    bool same = given == desc || schema_same_type(given, desc, &change);
    if (!same && message) buf_printf(message, "the value %s", buf_text(&change));
    buf_free(&change);
    return same;
}

bool push_encode_values(Host *host, const PtDesc *desc, const PtDesc *given, const void *events, size_t count, Buf *out,
                        Buf *message) {
    if (!check_type(desc, message) || !is_type(desc, given, message)) return false;
    begin_atom(out);
    for (size_t i = 0; i < count; i++)
        encode_value(out, given, (const char *)events + i * event_stride(given), host->runtime->program);
    set_count(out, count);
    return true;
}
