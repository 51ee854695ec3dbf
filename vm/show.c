#include "vm/show.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/bytes.h"
#include "vm/duration.h"
#include "vm/hex.h"
#include "vm/map.h"
#include "vm/memory.h"

enum { LOCAL = 24 };

// ---- scalars ----

static const char DIGITS[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

void show_int(Buf *out, int64_t value) {
    char text[20];
    char *at = text + sizeof text;
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
    while (rest >= 100) {
        memcpy(at -= 2, &DIGITS[rest % 100 * 2], 2);
        rest /= 100;
    }
    if (rest >= 10)
        memcpy(at -= 2, &DIGITS[rest * 2], 2);
    else
        *--at = (char)('0' + rest);
    if (value < 0) *--at = '-';
    buf_append(out, at, (size_t)(text + sizeof text - at));
}

void show_float(Buf *out, double value) {
    if (!isfinite(value)) {
        buf_puts(out, isnan(value) ? "nan" : value < 0 ? "-inf" : "inf");
        return;
    }
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    buf_puts(out, text);
    if (!strpbrk(text, ".e")) buf_puts(out, ".0");
}

// ---- texts ----

// Below: what follows the backslash; 1 for \u{..}; 0 for characters that stand for themselves.
static char escape_of(unsigned char c) {
    switch (c) {
    case '"':
    case '\\':
    case '{': return (char)c;
    case '\n': return 'n';
    case '\t': return 't';
    case '\r': return 'r';
    default: return c < 0x20 || c == 0x7f ? 1 : 0;
    }
}

// C1 control characters are the only other ones to be escaped: 0xc2 0x80 to 0xc2 0x9f.
static bool is_c1(const unsigned char *at, const unsigned char *end) {
    return *at == 0xc2 && at + 1 < end && at[1] < 0xa0;
}

// Stops soon after `limit`.
static void show_quoted(Buf *out, const PtString *string, size_t limit) {
    const unsigned char *at = (const unsigned char *)string->data, *end = at + string->size, *plain = at;
    buf_putc(out, '"');
    for (; at < end && out->length <= limit; at++) {
        char escape = escape_of(*at);
        bool c1 = is_c1(at, end);
        if (!escape && !c1) {
            if ((size_t)(at - plain) > limit) break;
            continue;
        }
        buf_append(out, plain, (size_t)(at - plain));
        if (escape > 1)
            buf_append(out, (const char[]){'\\', escape}, 2);
        else
            buf_printf(out, "\\u{%x}", c1 ? *++at : *at);
        plain = at + 1;
    }
    buf_append(out, plain, (size_t)(at - plain));
    buf_putc(out, '"');
}

// Stops soon after `limit`.
static void show_bytes(Buf *out, const PtString *bytes, size_t limit) {
    buf_puts(out, "bytes.of_hex(\"");
    for (int64_t i = 0; i < bytes->size && out->length <= limit; i++) hex_put(bytes_add(out, 2), (unsigned char)bytes->data[i]);
    buf_puts(out, "\")");
}

// ---- values ----

// What is still to be shown, the next on top: a text, values in a row with commas between them, or one value; or entries of a
// map.
typedef struct Task {
    const PtDesc *desc; // NULL: `values` is a text
    const char *values;
    uint64_t count;
    uint64_t end; // not 0: the entries of a map from number `count` on, up to this one
} Task;

typedef struct Showing {
    Buf *out;
    const PtProgram *program;
    size_t limit;
    Task *items; // local or on the heap
    size_t count;
    size_t capacity;
    Task local[LOCAL];
} Showing;

static void push_task(Showing *s, Task task) {
    if (s->count == s->capacity) {
        Task *items = memory_new(2 * s->capacity, sizeof(Task));
        memcpy(items, s->items, s->count * sizeof(Task));
        if (s->items != s->local) free(s->items);
        s->items = items;
        s->capacity *= 2;
    }
    s->items[s->count++] = task;
}

static void push(Showing *s, const PtDesc *desc, const char *values, uint64_t count) {
    push_task(s, (Task){desc, values, count, 0});
}

static void show_list(Showing *s, const PtDesc *elem, const PtList *list) {
    buf_putc(s->out, '[');
    push(s, NULL, "]", 0);
    if (list->size) push(s, elem, list->data, (uint64_t)list->size);
}

static void show_map(Showing *s, const PtDesc *desc, const PtMap *map) {
    uint64_t size = map_size(map);
    bool is_set = desc->kind == PT_SET;
    buf_puts(s->out, is_set ? "set.of([" : size ? "[" : "[:");
    push(s, NULL, is_set ? "])" : "]", 0);
    if (size) push_task(s, (Task){desc, (const char *)map, 0, size});
}

// The next entry of the map on top.
static void show_entry(Showing *s, Task map) {
    const PtDesc *k = map.desc->elem, *v = map.desc->mapped;
    const void *key, *value;
    map_run((const PtMap *)map.values, map.count, k, v, &key, &value);
    if (map.count + 1 == map.end)
        s->count--;
    else
        s->items[s->count - 1].count++;
    if (map.count) buf_puts(s->out, ", ");
    if (map.desc->kind == PT_MAP) {
        push(s, v, value, 1);
        push(s, NULL, ": ", 0);
    }
    push(s, k, key, 1);
}

static void show_fields(Showing *s, const PtVariant *variant, const char *value) {
    if (variant->name) buf_puts(s->out, variant->name);
    if (!variant->field_count) return;
    buf_putc(s->out, '(');
    push(s, NULL, ")", 0);
    for (uint64_t i = variant->field_count; i-- > 0;) {
        const PtField *field = &variant->fields[i];
        const char *at = value + field->offset;
        if (field->boxed) memcpy(&at, at, sizeof at);
        push(s, field->desc, at, 1);
        if (i) push(s, NULL, ", ", 0);
    }
}

static void show_one(Showing *s, const PtDesc *desc, const char *value) {
    switch ((PtKind)desc->kind) {
    case PT_UNIT: buf_puts(s->out, "()"); break;
    case PT_INT: show_int(s->out, *(const int64_t *)value); break;
    case PT_FLOAT: show_float(s->out, *(const double *)value); break;
    case PT_BOOL: buf_puts(s->out, *value ? "true" : "false"); break;
    case PT_STRING: show_quoted(s->out, (const PtString *)value, s->limit); break;
    case PT_LIST: show_list(s, desc->elem, (const PtList *)value); break;
    case PT_STRUCT: show_fields(s, &desc->variants[0], value); break;
    case PT_ENUM: show_fields(s, &desc->variants[*(const int64_t *)value], value); break;
    case PT_DURATION: duration_show(s->out, *(const int64_t *)value, DURATION_EXPRESSION); break;
    case PT_BYTES: show_bytes(s->out, (const PtString *)value, s->limit); break;
    case PT_MAP:
    case PT_SET: show_map(s, desc, (const PtMap *)value); break;
    case PT_ANY: {
        PtValue held = program_any_value(s->program, value);
        push(s, held.desc, held.at, 1);
        break;
    }
    case PT_FN: buf_puts(s->out, "<function>"); break;
    case PT_FUTURE: buf_puts(s->out, "<future>"); break;
    case PT_FRAME: buf_puts(s->out, "<continuation>"); break;
    }
}

static void show_next(Showing *s) {
    Task *top = &s->items[s->count - 1];
    Task task = *top;
    if (!task.desc) {
        s->count--;
        buf_puts(s->out, task.values);
        return;
    }
    if (task.end) {
        show_entry(s, task);
        return;
    }
    if (task.count == 1) {
        s->count--;
    } else {
        *top = (Task){task.desc, task.values + task.desc->size, task.count - 1, 0};
        push(s, NULL, ", ", 0);
    }
    show_one(s, task.desc, task.values);
}

bool show_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program, ShowStyle style, size_t limit) {
    while (desc->kind == PT_ANY && style == SHOW_PLAIN) { // it is shown as what it holds would be
        PtValue held = program_any_value(program, value);
        desc = held.desc;
        value = held.at;
    }
    if (desc->kind == PT_STRING && style == SHOW_PLAIN) {
        const PtString *string = value;
        buf_append(out, string->data, (size_t)string->size);
        return out->length <= limit;
    }
    Showing s; // not initialised as a whole: clearing `local` would cost more than showing a number
    s.out = out;
    s.program = program;
    s.limit = limit;
    s.items = s.local;
    s.count = 0;
    s.capacity = LOCAL;
    show_one(&s, desc, value);
    while (s.count && out->length <= limit) show_next(&s);
    if (s.items != s.local) free(s.items);
    return out->length <= limit;
}
