#include "tests/differential/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const Value *value_int(Arena *arena, int64_t value) {
    Value *made = ARENA_NEW(arena, Value);
    made->integer = value;
    return made;
}

const Value *value_float(Arena *arena, double value) {
    Value *made = ARENA_NEW(arena, Value);
    made->floating = value;
    return made;
}

const Value *value_string(Arena *arena, const char *text, size_t size) {
    Value *made = ARENA_NEW(arena, Value);
    made->text = size ? arena_copy_string(arena, text, size) : "";
    made->size = (int64_t)size;
    return made;
}

Value *value_items(Arena *arena, int64_t size) {
    Value *made = ARENA_NEW(arena, Value);
    made->size = size;
    made->items = ARENA_ARRAY(arena, const Value *, size + 1);
    return made;
}

// ---- order -------------------------------------------------------------------------------------------------------------

static int compare_ints(int64_t a, int64_t b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

static int compare_floats(double a, double b) {
    if (isnan(a) || isnan(b)) return (isnan(a) ? 1 : 0) - (isnan(b) ? 1 : 0);
    return a < b ? -1 : a > b ? 1 : 0;
}

// The order of code points is that of the bytes of UTF-8.
static int compare_texts(const Value *a, const Value *b) {
    for (int64_t i = 0; i < a->size && i < b->size; i++)
        if (a->text[i] != b->text[i]) return (unsigned char)a->text[i] < (unsigned char)b->text[i] ? -1 : 1;
    return compare_ints(a->size, b->size);
}

static int compare_lists(const CoreType *elem, const Value *a, const Value *b) {
    for (int64_t i = 0; i < a->size && i < b->size; i++) {
        int order = value_compare(elem, a->items[i], b->items[i]);
        if (order) return order;
    }
    return compare_ints(a->size, b->size);
}

static int compare_maps(const CoreType *type, const Value *a, const Value *b) {
    for (int64_t i = 0; i < 2 * a->size && i < 2 * b->size; i++) {
        int order = value_compare(i % 2 ? type->mapped : type->elem, a->items[i], b->items[i]);
        if (order) return order;
    }
    return compare_ints(a->size, b->size);
}

static int compare_fields(const CoreVariant *variant, const Value *a, const Value *b) {
    for (int i = 0; i < variant->field_count; i++) {
        int order = value_compare(variant->fields[i].type, a->items[i], b->items[i]);
        if (order) return order;
    }
    return 0;
}

int value_compare(const CoreType *type, const Value *a, const Value *b) {
    switch (type->kind) {
    case CORE_UNIT: return 0;
    case CORE_FLOAT: return compare_floats(a->floating, b->floating);
    case CORE_BYTES:
    case CORE_STRING: return compare_texts(a, b);
    case CORE_LIST: return compare_lists(type->elem, a, b);
    case CORE_MAP:
    case CORE_SET: return compare_maps(type, a, b);
    case CORE_STRUCT: return compare_fields(&type->variants[0], a, b);
    case CORE_ENUM:
        if (a->integer != b->integer) return compare_ints(a->integer, b->integer);
        return compare_fields(&type->variants[a->integer], a, b);
    default: return compare_ints(a->integer, b->integer);
    }
}

// ---- text --------------------------------------------------------------------------------------------------------------

static void show_float(Buf *out, double value) {
    if (isnan(value)) {
        buf_puts(out, "nan");
        return;
    }
    if (isinf(value)) {
        buf_puts(out, value > 0 ? "inf" : "-inf");
        return;
    }
    char text[64];
    int digits = 15;
    do snprintf(text, sizeof text, "%.*g", digits, value);
    while (strtod(text, NULL) != value && ++digits <= 17);
    buf_puts(out, text);
    if (!strchr(text, '.') && !strchr(text, 'e')) buf_puts(out, ".0");
}

// One character of a quoted text; returns how many bytes it has.
static int show_character(Buf *out, const unsigned char *at, int64_t left) {
    unsigned code = *at;
    bool is_long = code == 0xc2 && left > 1 && at[1] < 0xa0; // U+0080 to U+009F
    if (is_long) code = at[1];
    if (code == '"' || code == '\\' || code == '{')
        buf_printf(out, "\\%c", code);
    else if (code == '\n')
        buf_puts(out, "\\n");
    else if (code == '\t')
        buf_puts(out, "\\t");
    else if (code == '\r')
        buf_puts(out, "\\r");
    else if (code < 0x20 || code == 0x7f || is_long)
        buf_printf(out, "\\u{%x}", code);
    else
        buf_putc(out, (char)code);
    return is_long ? 2 : 1;
}

static void show_quoted(Buf *out, const Value *value) {
    buf_putc(out, '"');
    for (int64_t i = 0; i < value->size;) i += show_character(out, (const unsigned char *)value->text + i, value->size - i);
    buf_putc(out, '"');
}

static void show_bytes(Buf *out, const Value *value) {
    buf_puts(out, "bytes.of_hex(\"");
    for (int64_t i = 0; i < value->size; i++) buf_printf(out, "%02x", (unsigned char)value->text[i]);
    buf_puts(out, "\")");
}

// By the largest unit that divides it.
static void show_duration(Buf *out, int64_t value) {
    static const struct {
        const char *name;
        int64_t size;
    } UNITS[] = {{"d", 86400000000000}, {"h", 3600000000000}, {"m", 60000000000}, {"s", 1000000000},
                 {"ms", 1000000},       {"us", 1000},         {"ns", 1}};
    int unit = 0;
    while (value % UNITS[unit].size) unit++;
    if (value == 0) unit = 3;
    if (value == INT64_MIN)
        buf_puts(out, "(-9223372036854775808).ns");
    else
        buf_printf(out, "%lld.%s", (long long)(value / UNITS[unit].size), UNITS[unit].name);
}

static void show_fields(Buf *out, const CoreVariant *variant, const Value *value, size_t limit) {
    if (variant->name) buf_puts(out, variant->name);
    for (int i = 0; i < variant->field_count; i++) {
        buf_puts(out, i ? ", " : "(");
        value_show(out, variant->fields[i].type, value->items[i], VALUE_LITERAL, limit);
    }
    if (variant->field_count) buf_putc(out, ')');
}

static void show_list(Buf *out, const CoreType *elem, const Value *value, size_t limit) {
    buf_putc(out, '[');
    for (int64_t i = 0; i < value->size; i++) {
        if (i) buf_puts(out, ", ");
        value_show(out, elem, value->items[i], VALUE_LITERAL, limit);
    }
    buf_putc(out, ']');
}

static void show_map(Buf *out, const CoreType *type, const Value *map, size_t limit) {
    bool is_set = type->kind == CORE_SET;
    buf_puts(out, is_set ? "set.of([" : map->size ? "[" : "[:");
    for (int64_t i = 0; i < map->size; i++) {
        if (i) buf_puts(out, ", ");
        value_show(out, type->elem, map->items[2 * i], VALUE_LITERAL, limit);
        if (is_set) continue;
        buf_puts(out, ": ");
        value_show(out, type->mapped, map->items[2 * i + 1], VALUE_LITERAL, limit);
    }
    buf_puts(out, is_set ? "])" : "]");
}

void value_show(Buf *out, const CoreType *type, const Value *value, ValueStyle style, size_t limit) {
    if (out->length > limit) return;
    switch (type->kind) {
    case CORE_UNIT: buf_puts(out, "()"); break;
    case CORE_INT: buf_printf(out, "%lld", (long long)value->integer); break;
    case CORE_FLOAT: show_float(out, value->floating); break;
    case CORE_BOOL: buf_puts(out, value->integer ? "true" : "false"); break;
    case CORE_STRING:
        if (style == VALUE_PLAIN)
            buf_append(out, value->text, (size_t)value->size);
        else
            show_quoted(out, value);
        break;
    case CORE_LIST: show_list(out, type->elem, value, limit); break;
    case CORE_MAP:
    case CORE_SET: show_map(out, type, value, limit); break;
    case CORE_STRUCT: show_fields(out, &type->variants[0], value, limit); break;
    case CORE_ENUM: show_fields(out, &type->variants[value->integer], value, limit); break;
    case CORE_BYTES: show_bytes(out, value); break;
    case CORE_DURATION: show_duration(out, value->integer); break;
    case CORE_ANY: value_show(out, value->type, value->items[0], VALUE_LITERAL, limit); break;
    case CORE_FN: buf_puts(out, "<function>"); break;
    default: buf_puts(out, "<no text>"); break;
    }
}

void value_show_cut(Buf *out, const CoreType *type, const Value *value) {
    enum { VALUE_LIMIT = 200 };
    Buf text = {0};
    value_show(&text, type, value, VALUE_LITERAL, SIZE_MAX);
    size_t end = text.length;
    if (end > VALUE_LIMIT)
        for (end = VALUE_LIMIT; ((unsigned char)text.data[end] & 0xc0) == 0x80;) end--;
    buf_append(out, text.data, end);
    if (text.length > VALUE_LIMIT) buf_puts(out, "...");
    buf_free(&text);
}

// ---- size --------------------------------------------------------------------------------------------------------------

static uint64_t count_fields(const CoreField *fields, int count, const Value *value, uint64_t limit) {
    uint64_t sum = 1;
    for (int i = 0; i < count && sum < limit; i++) sum += value_count(fields[i].type, value->items[i], limit - sum);
    return sum;
}

// Of a closure: with what it captured.
static uint64_t count_captured(const Value *value, uint64_t limit) {
    uint64_t sum = 1;
    for (int i = 0; i < value->fn->captured && sum < limit; i++)
        sum += value_count(value->fn->locals.items[i].type, value->items[i], limit - sum);
    return sum;
}

uint64_t value_count(const CoreType *type, const Value *value, uint64_t limit) {
    uint64_t sum = 1;
    switch (type->kind) {
    case CORE_BYTES:
    case CORE_STRING: return 1 + (uint64_t)value->size / 8;
    case CORE_STRUCT: return count_fields(type->variants[0].fields, type->variants[0].field_count, value, limit);
    case CORE_ENUM: {
        const CoreVariant *variant = &type->variants[value->integer];
        return count_fields(variant->fields, variant->field_count, value, limit);
    }
    case CORE_ANY: return 1 + value_count(value->type, value->items[0], limit);
    case CORE_MAP:
    case CORE_SET:
        for (int64_t i = 0; i < 2 * value->size && sum < limit; i++)
            sum += value_count(i % 2 ? type->mapped : type->elem, value->items[i], limit - sum);
        return sum;
    case CORE_FN: return count_captured(value, limit);
    case CORE_LIST:
        for (int64_t i = 0; i < value->size && sum < limit; i++) sum += value_count(type->elem, value->items[i], limit - sum);
        return sum;
    default: return 1;
    }
}
