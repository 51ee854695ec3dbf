// The library's functions on texts. Parts of a text share its memory; new ones lie in the atom's region.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // memmem
#endif
#include <string.h>

#include "vm/context.h"
#include "vm/error.h"
#include "vm/library.h"
#include "vm/utf8.h"

// Where `part`, which is not empty, occurs in the text from `from` on, or -1.
static int64_t find_part(const PtString *text, const PtString *part, int64_t from) {
    if (part->size > text->size - from) return -1;
    const char *at = memmem(text->data + from, (size_t)(text->size - from), part->data, (size_t)part->size);
    return at ? at - text->data : -1;
}

static char *new_text(PtContext *context, int64_t size) {
    return pt_alloc(context, size);
}

static char *put(char *to, const char *bytes, int64_t size) {
    if (size) memcpy(to, bytes, (size_t)size);
    return to + size;
}

int64_t pt_string_size(PtContext *context, const PtString *text) {
    (void)context;
    return (int64_t)utf8_count(text->data, (size_t)text->size);
}

int64_t pt_string_byte_size(PtContext *context, const PtString *text) {
    (void)context;
    return text->size;
}

// ---- tests ----

bool pt_string_contains(PtContext *context, const PtString *text, const PtString *part) {
    (void)context;
    return !part->size || find_part(text, part, 0) >= 0;
}

bool pt_string_starts_with(PtContext *context, const PtString *text, const PtString *prefix) {
    (void)context;
    if (!prefix->size) return true;
    return prefix->size <= text->size && memcmp(text->data, prefix->data, (size_t)prefix->size) == 0;
}

bool pt_string_ends_with(PtContext *context, const PtString *text, const PtString *suffix) {
    (void)context;
    if (!suffix->size) return true;
    return suffix->size <= text->size && memcmp(text->data + text->size - suffix->size, suffix->data, (size_t)suffix->size) == 0;
}

void pt_string_index_of(PtContext *context, OptionInt *out, const PtString *text, const PtString *part) {
    (void)context;
    int64_t at = part->size ? find_part(text, part, 0) : 0;
    *out = at < 0 ? OPTION_INT_NONE : option_int((int64_t)utf8_count(text->data, (size_t)at));
}

// ---- parts ----

// The separators of Unicode, and the control characters that are white space.
static bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
           c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

// Where the last code point of a text begins.
static int64_t last_code_point(const char *text, int64_t size) {
    do size--;
    while (((unsigned char)text[size] & 0xc0) == 0x80);
    return size;
}

void pt_string_trim(PtContext *context, PtString *out, const PtString *text) {
    (void)context;
    const char *data = text->data;
    int64_t size = text->size;
    size_t length;
    while (size && is_space(utf8_decode(data, &length))) {
        data += length;
        size -= (int64_t)length;
    }
    while (size) {
        int64_t last = last_code_point(data, size);
        if (!is_space(utf8_decode(data + last, &length))) break;
        size = last;
    }
    *out = (PtString){data, size};
}

void pt_string_slice(PtContext *context, PtString *out, const PtString *text, int64_t from, int64_t to) {
    (void)context;
    if (from < 0) from = 0;
    if (to <= from) {
        *out = (PtString){text->data, 0};
        return;
    }
    size_t start = utf8_offset(text->data, (size_t)text->size, (size_t)from);
    size_t size = utf8_offset(text->data + start, (size_t)text->size - start, (size_t)(to - from));
    *out = (PtString){text->data + start, (int64_t)size};
}

static void split_code_points(PtContext *context, PtList *out, const PtString *text) {
    int64_t count = pt_string_size(context, text);
    PtString *parts = pt_alloc(context, count * (int64_t)sizeof(PtString));
    const char *at = text->data;
    for (int64_t i = 0; i < count; i++) {
        size_t length;
        utf8_decode(at, &length);
        parts[i] = (PtString){at, (int64_t)length};
        at += length;
    }
    *out = (PtList){parts, count};
}

static int64_t count_parts(const PtString *text, const PtString *part) {
    int64_t count = 0;
    for (int64_t at = 0; (at = find_part(text, part, at)) >= 0; at += part->size) count++;
    return count;
}

void pt_string_split(PtContext *context, PtList *out, const PtString *text, const PtString *separator) {
    if (!separator->size) {
        split_code_points(context, out, text);
        return;
    }
    int64_t count = count_parts(text, separator) + 1;
    PtString *parts = pt_alloc(context, count * (int64_t)sizeof(PtString));
    int64_t start = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t end = i + 1 < count ? find_part(text, separator, start) : text->size;
        parts[i] = (PtString){text->data + start, end - start};
        start = end + separator->size;
    }
    *out = (PtList){parts, count};
}

// ---- new texts ----

// The size of `count` times `unit` more bytes than `base`; traps if there cannot be so many.
static int64_t checked_size(PtContext *context, int64_t base, int64_t count, int64_t unit) {
    int64_t size;
    if (__builtin_mul_overflow(count, unit, &size) || __builtin_add_overflow(size, base, &size))
        trap_memory(partition_of(context));
    return size;
}

void pt_concat(PtContext *context, PtString *out, const PtString *parts, int64_t count) {
    int64_t size = 0;
    for (int64_t i = 0; i < count; i++) size = checked_size(context, size, 1, parts[i].size);
    char *data = new_text(context, size), *at = data;
    for (int64_t i = 0; i < count; i++) at = put(at, parts[i].data, parts[i].size);
    *out = (PtString){data, size};
}

void pt_string_replace(PtContext *context, PtString *out, const PtString *text, const PtString *part, const PtString *by) {
    int64_t count = part->size ? count_parts(text, part) : 0;
    if (!count) {
        *out = *text;
        return;
    }
    int64_t size = checked_size(context, text->size - count * part->size, count, by->size);
    char *data = new_text(context, size), *to = data;
    int64_t start = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t at = find_part(text, part, start);
        to = put(to, text->data + start, at - start);
        to = put(to, by->data, by->size);
        start = at + part->size;
    }
    put(to, text->data + start, text->size - start);
    *out = (PtString){data, size};
}

void pt_string_repeat(PtContext *context, PtString *out, const PtString *text, int64_t n) {
    if (n < 0 || !text->size) n = 0;
    int64_t size = checked_size(context, 0, n, text->size);
    char *data = new_text(context, size), *to = data;
    for (int64_t i = 0; i < n; i++) to = put(to, text->data, text->size);
    *out = (PtString){data, size};
}

void pt_string_join(PtContext *context, PtString *out, const PtList *texts, const PtString *separator) {
    const PtString *parts = texts->data;
    int64_t size = texts->size ? checked_size(context, 0, texts->size - 1, separator->size) : 0;
    for (int64_t i = 0; i < texts->size; i++) size = checked_size(context, size, 1, parts[i].size);
    char *data = new_text(context, size), *to = data;
    for (int64_t i = 0; i < texts->size; i++) {
        if (i) to = put(to, separator->data, separator->size);
        to = put(to, parts[i].data, parts[i].size);
    }
    *out = (PtString){data, size};
}
