// Lower and upper case: the simple mappings of Unicode, one code point to one.
#include <string.h>
#include <utf8proc.h>

#include "vm/context.h"
#include "vm/library.h"
#include "vm/utf8.h"

typedef uint8_t Bytes __attribute__((vector_size(16)));

typedef struct Mapping {
    char first, last; // the letters of ASCII that change, by 0x20
    utf8proc_int32_t (*map)(utf8proc_int32_t code_point);
} Mapping;

static const Mapping LOWER = {'A', 'Z', utf8proc_tolower};
static const Mapping UPPER = {'a', 'z', utf8proc_toupper};

static inline char map_byte(char c, char first, char last) {
    return c >= first && c <= last ? (char)(c ^ 0x20) : c;
}

// Maps ASCII, sixteen bytes at a time; returns true if that was all.
static inline bool map_ascii(char *to, const char *from, size_t size, char first, char last) {
    Bytes seen = {0};
    size_t at = 0;
    for (; at + sizeof(Bytes) <= size; at += sizeof(Bytes)) {
        Bytes bytes;
        memcpy(&bytes, from + at, sizeof bytes);
        seen |= bytes;
        Bytes change = (Bytes)((bytes >= (uint8_t)first) & (bytes <= (uint8_t)last)) & 0x20;
        bytes ^= change;
        memcpy(to + at, &bytes, sizeof bytes);
    }
    uint8_t rest = 0;
    for (; at < size; at++) {
        rest |= (uint8_t)from[at];
        to[at] = map_byte(from[at], first, last);
    }
    uint64_t halves[2];
    memcpy(halves, &seen, sizeof halves);
    return !((halves[0] | halves[1]) & 0x8080808080808080u) && rest < 0x80;
}

// Maps any text; `to` has room for twice its size: no mapping makes a code point more than one byte longer.
static size_t map_text(char *to, const char *from, size_t size, const Mapping *mapping) {
    size_t put = 0;
    for (size_t at = 0; at < size;) {
        size_t length;
        uint32_t code_point = utf8_decode(from + at, &length);
        at += length;
        if (code_point < 0x80)
            to[put++] = map_byte((char)code_point, mapping->first, mapping->last);
        else
            put += utf8_encode((uint32_t)mapping->map((utf8proc_int32_t)code_point), to + put);
    }
    return put;
}

static void map_string(PtContext *context, PtString *out, const PtString *text, const Mapping *mapping) {
    size_t size = (size_t)text->size;
    char *data = pt_alloc(context, text->size);
    bool ascii = mapping == &LOWER ? map_ascii(data, text->data, size, 'A', 'Z') : map_ascii(data, text->data, size, 'a', 'z');
    if (!ascii) {
        context->next = data;
        data = pt_alloc(context, text->size * 2);
        size = map_text(data, text->data, size, mapping);
        context->next = data + ((size + 7) & ~(size_t)7); // gives back what was not needed
    }
    *out = (PtString){data, (int64_t)size};
}

void pt_string_lower(PtContext *context, PtString *out, const PtString *text) {
    map_string(context, out, text, &LOWER);
}

void pt_string_upper(PtContext *context, PtString *out, const PtString *text) {
    map_string(context, out, text, &UPPER);
}
