// The library's functions on Bytes, which lie in memory as texts do. Parts share memory; new ones lie in the atom's region.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // memmem
#endif
#include <string.h>

#include "vm/error.h"
#include "vm/hex.h"
#include "vm/library.h"
#include "vm/utf8.h"

static const OptionText NO_TEXT = {OPTION_NONE, {0}};

static OptionText some_text(const void *data, int64_t size) {
    return (OptionText){OPTION_SOME, {data, size}};
}

int64_t pt_bytes_size(PtContext *context, const PtString *bytes) {
    (void)context;
    return bytes->size;
}

void pt_bytes_get(PtContext *context, OptionInt *out, const PtString *bytes, int64_t i) {
    (void)context;
    *out = i >= 0 && i < bytes->size ? option_int((unsigned char)bytes->data[i]) : OPTION_INT_NONE;
}

void pt_bytes_slice(PtContext *context, PtString *out, const PtString *bytes, int64_t from, int64_t to) {
    (void)context;
    if (from < 0) from = 0;
    if (to > bytes->size) to = bytes->size;
    *out = from < to ? (PtString){bytes->data + from, to - from} : (PtString){0};
}

void pt_bytes_concat(PtContext *context, PtString *out, const PtString *bytes, const PtString *other) {
    pt_concat(context, out, (PtString[]){*bytes, *other}, 2);
}

bool pt_bytes_starts_with(PtContext *context, const PtString *bytes, const PtString *prefix) {
    return pt_string_starts_with(context, bytes, prefix);
}

void pt_bytes_index_of(PtContext *context, OptionInt *out, const PtString *bytes, const PtString *part) {
    (void)context;
    *out = option_int(0);
    if (!part->size) return;
    const char *at = bytes->size ? memmem(bytes->data, (size_t)bytes->size, part->data, (size_t)part->size) : NULL;
    *out = at ? option_int(at - bytes->data) : OPTION_INT_NONE;
}

// ---- conversions ----

void pt_bytes_from_string(PtContext *context, PtString *out, const PtString *text) {
    (void)context;
    *out = *text;
}

void pt_bytes_to_string(PtContext *context, OptionText *out, const PtString *bytes) {
    (void)context;
    bool valid = !bytes->size || utf8_valid(bytes->data, (size_t)bytes->size) == (size_t)bytes->size;
    *out = valid ? some_text(bytes->data, bytes->size) : NO_TEXT;
}

void pt_bytes_from_hex(PtContext *context, OptionText *out, const PtString *text) {
    *out = NO_TEXT;
    if (text->size % 2) return;
    char *data = pt_alloc(context, text->size / 2);
    for (int64_t i = 0; i < text->size; i += 2) {
        int high = hex_digit(text->data[i]), low = hex_digit(text->data[i + 1]);
        if (high < 0 || low < 0) return;
        data[i / 2] = (char)(high << 4 | low);
    }
    *out = some_text(data, text->size / 2);
}

void pt_bytes_to_hex(PtContext *context, PtString *out, const PtString *bytes) {
    int64_t size;
    if (__builtin_mul_overflow(bytes->size, 2, &size)) trap_memory(partition_of(context));
    char *data = pt_alloc(context, size);
    for (int64_t i = 0; i < bytes->size; i++) hex_put(&data[2 * i], (unsigned char)bytes->data[i]);
    *out = (PtString){data, size};
}

void pt_bytes_from_list(PtContext *context, OptionText *out, const PtList *list) {
    const int64_t *numbers = list->data;
    *out = NO_TEXT;
    char *data = pt_alloc(context, list->size);
    for (int64_t i = 0; i < list->size; i++) {
        if (numbers[i] < 0 || numbers[i] > 255) return;
        data[i] = (char)numbers[i];
    }
    *out = some_text(data, list->size);
}

void pt_bytes_to_list(PtContext *context, PtList *out, const PtString *bytes) {
    int64_t size;
    if (__builtin_mul_overflow(bytes->size, (int64_t)sizeof(int64_t), &size)) trap_memory(partition_of(context));
    int64_t *numbers = pt_alloc(context, size);
    for (int64_t i = 0; i < bytes->size; i++) numbers[i] = (unsigned char)bytes->data[i];
    *out = (PtList){numbers, bytes->size};
}
