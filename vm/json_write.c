#include "vm/json.h"

#include <math.h>

#include "vm/duration.h"
#include "vm/hex.h"
#include "vm/map.h"
#include "vm/option.h"
#include "vm/show.h"

typedef struct Writer {
    Buf *out;
    size_t limit;
    uint32_t depth;
} Writer;

static JsonFault write_value(Writer *w, const PtDesc *desc, const char *value);

const char *json_fault_text(JsonFault fault) {
    switch (fault) {
    case JSON_FINE: break;
    case JSON_NOT_FINITE: return "there is no number for a Float that is infinite or none";
    case JSON_TOO_DEEP: return "the value is nested deeper than JSON may be";
    case JSON_TOO_LARGE: return "the value is too large";
    }
    return "";
}

// ---- strings ----

static void put_control(Buf *out, unsigned char byte) {
    static const char letters[] = "btn?fr"; // 8 to 13
    if (byte >= 8 && byte <= 13 && byte != 11) {
        buf_putc(out, '\\');
        buf_putc(out, letters[byte - 8]);
        return;
    }
    char digits[2];
    hex_put(digits, byte);
    buf_puts(out, "\\u00");
    buf_append(out, digits, sizeof digits);
}

static void put_string(Buf *out, const PtString *text) {
    const char *at = text->data, *end = at + text->size, *plain = at;
    buf_putc(out, '"');
    for (; at < end; at++) {
        unsigned char byte = (unsigned char)*at;
        if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
        buf_append(out, plain, (size_t)(at - plain));
        plain = at + 1;
        if (byte < 0x20) {
            put_control(out, byte);
        } else {
            buf_putc(out, '\\');
            buf_putc(out, (char)byte);
        }
    }
    buf_append(out, plain, (size_t)(end - plain));
    buf_putc(out, '"');
}

static void put_name(Buf *out, const char *name) {
    buf_putc(out, '"');
    buf_puts(out, name);
    buf_putc(out, '"');
}

static void put_bytes(Buf *out, const PtString *bytes) {
    char *to = buf_reserve(out, 2 * (size_t)bytes->size + 2);
    *to++ = '"';
    for (int64_t i = 0; i < bytes->size; i++, to += 2) hex_put(to, (unsigned char)bytes->data[i]);
    *to = '"';
    out->length += 2 * (size_t)bytes->size + 2;
}

static void put_duration(Buf *out, int64_t duration) {
    buf_putc(out, '"');
    duration_show(out, duration, DURATION_ARGUMENT);
    buf_putc(out, '"');
}

static JsonFault put_float(Buf *out, double value) {
    if (!isfinite(value)) return JSON_NOT_FINITE;
    show_float(out, value);
    return JSON_FINE;
}

// ---- parts ----

static JsonFault enter(Writer *w, char bracket) {
    buf_putc(w->out, bracket);
    return ++w->depth > JSON_NESTING ? JSON_TOO_DEEP : JSON_FINE;
}

static void leave(Writer *w, char bracket) {
    buf_putc(w->out, bracket);
    w->depth--;
}

static JsonFault write_field(Writer *w, const PtField *field, const char *value) {
    const char *at = value + field->offset;
    if (field->boxed) memcpy(&at, at, sizeof at);
    return write_value(w, field->desc, at);
}

static bool is_none(const PtField *field, const char *value) {
    const char *at = value + field->offset;
    if (!json_is_option(field->desc)) return false;
    if (field->boxed) memcpy(&at, at, sizeof at);
    return *(const int64_t *)at == OPTION_NONE;
}

// Fields that are None are left out.
static JsonFault write_fields(Writer *w, const PtVariant *of, const char *value) {
    JsonFault fault = enter(w, '{');
    bool first = true;
    for (uint64_t i = 0; i < of->field_count && !fault; i++) {
        if (is_none(&of->fields[i], value)) continue;
        if (!first) buf_puts(w->out, ", ");
        first = false;
        put_name(w->out, of->fields[i].name);
        buf_puts(w->out, ": ");
        fault = write_field(w, &of->fields[i], value);
    }
    leave(w, '}');
    return fault;
}

static JsonFault write_tuple(Writer *w, const PtVariant *of, const char *value) {
    JsonFault fault = enter(w, '[');
    for (uint64_t i = 0; i < of->field_count && !fault; i++) {
        if (i) buf_puts(w->out, ", ");
        fault = write_field(w, &of->fields[i], value);
    }
    leave(w, ']');
    return fault;
}

static JsonFault write_struct(Writer *w, const PtDesc *desc, const char *value) {
    const PtVariant *of = &desc->variants[0];
    return of->field_count && !of->fields[0].name ? write_tuple(w, of, value) : write_fields(w, of, value);
}

static JsonFault write_enum(Writer *w, const PtDesc *desc, const char *value) {
    const PtVariant *variant = &desc->variants[*(const int64_t *)value];
    if (json_is_option(desc) && variant == &desc->variants[OPTION_NONE]) {
        buf_puts(w->out, "null");
        return JSON_FINE;
    }
    if (json_is_nullable(desc)) return write_field(w, &variant->fields[0], value);
    if (!variant->field_count) {
        put_name(w->out, variant->name);
        return JSON_FINE;
    }
    JsonFault fault = enter(w, '{');
    put_name(w->out, variant->name);
    buf_puts(w->out, ": ");
    if (!fault) fault = write_fields(w, variant, value);
    leave(w, '}');
    return fault;
}

static JsonFault write_list(Writer *w, const PtDesc *elem, const PtList *list) {
    JsonFault fault = enter(w, '[');
    for (int64_t i = 0; i < list->size && !fault; i++) {
        if (i) buf_puts(w->out, ", ");
        fault = write_value(w, elem, (const char *)list->data + (uint64_t)i * elem->size);
    }
    leave(w, ']');
    return fault;
}

// ---- maps ----

typedef enum MapForm { MAP_AS_OBJECT, MAP_AS_PAIRS, MAP_AS_SET } MapForm;

static MapForm form_of(const PtDesc *desc) {
    if (desc->kind == PT_SET) return MAP_AS_SET;
    return desc->elem->kind == PT_STRING ? MAP_AS_OBJECT : MAP_AS_PAIRS;
}

static JsonFault write_entry(Writer *w, const PtDesc *desc, MapForm form, const char *key, const char *value) {
    if (form == MAP_AS_SET) return write_value(w, desc->elem, key);
    if (form == MAP_AS_OBJECT) {
        put_string(w->out, (const PtString *)key);
        buf_puts(w->out, ": ");
        return write_value(w, desc->mapped, value);
    }
    JsonFault fault = enter(w, '[');
    if (!fault) fault = write_value(w, desc->elem, key);
    buf_puts(w->out, ", ");
    if (!fault) fault = write_value(w, desc->mapped, value);
    leave(w, ']');
    return fault;
}

static JsonFault write_map(Writer *w, const PtDesc *desc, const PtMap *map) {
    MapForm form = form_of(desc);
    const PtDesc *k = desc->elem, *v = desc->mapped;
    JsonFault fault = enter(w, form == MAP_AS_OBJECT ? '{' : '[');
    uint64_t size = map_size(map), count;
    for (uint64_t place = 0; place < size && !fault; place += count) {
        const void *key, *value;
        count = map_run(map, place, k, v, &key, &value);
        for (uint64_t i = 0; i < count && !fault; i++) {
            if (place + i) buf_puts(w->out, ", ");
            fault = write_entry(w, desc, form, (const char *)key + i * k->size, (const char *)value + i * v->size);
        }
    }
    leave(w, form == MAP_AS_OBJECT ? '}' : ']');
    return fault;
}

// ---- all ----

static JsonFault write_value(Writer *w, const PtDesc *desc, const char *value) {
    if (w->out->length > w->limit) return JSON_TOO_LARGE;
    switch ((PtKind)desc->kind) {
    case PT_UNIT: buf_puts(w->out, "[]"); break;
    case PT_INT: show_int(w->out, *(const int64_t *)value); break;
    case PT_FLOAT: return put_float(w->out, *(const double *)value);
    case PT_BOOL: buf_puts(w->out, *value ? "true" : "false"); break;
    case PT_STRING: put_string(w->out, (const PtString *)value); break;
    case PT_LIST: return write_list(w, desc->elem, (const PtList *)value);
    case PT_STRUCT: return write_struct(w, desc, value);
    case PT_ENUM: return write_enum(w, desc, value);
    case PT_BYTES: put_bytes(w->out, (const PtString *)value); break;
    case PT_DURATION: put_duration(w->out, *(const int64_t *)value); break;
    case PT_MAP:
    case PT_SET: return write_map(w, desc, (const PtMap *)value);
    case PT_FN:
    case PT_FUTURE:
    case PT_FRAME:
    case PT_ANY: break; // the compiler has refused it
    }
    return JSON_FINE;
}

JsonFault json_write(Buf *out, const PtDesc *desc, const void *value, size_t limit) {
    Writer w = {out, limit, 0};
    JsonFault fault = write_value(&w, desc, value);
    return fault || out->length <= limit ? fault : JSON_TOO_LARGE;
}
