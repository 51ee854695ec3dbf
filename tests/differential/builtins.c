// builtins.c - the functions of the standard library that are C in the VM, as stdlib/*.portals describes them, in the plainest
// way. A function that is not in the table cannot be evaluated.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/differential/eval.h"

// What a function gets: its arguments, evaluated, and its types.
typedef struct Call {
    Eval *eval;
    const CoreInst *inst;
    const Value **args;
} Call;

typedef const Value *Builtin(const Call *call);

static int64_t int_arg(const Call *call, int i) {
    return call->args[i]->integer;
}

static const Value *boolean(const Call *call, bool value) {
    return value_int(call->eval->arena, value);
}

// The variants of Option in stdlib/option.portals.
enum { SOME = 0, NONE = 1 };

static const Value *some(const Call *call, const Value *value) {
    Value *option = value_items(call->eval->arena, 1);
    option->integer = SOME;
    option->items[0] = value;
    return option;
}

static const Value *none(const Call *call) {
    Value *option = value_items(call->eval->arena, 0);
    option->integer = NONE;
    return option;
}

// ---- numbers -----------------------------------------------------------------------------------------------------------

static const Value *whole(const Call *call, double value) {
    if (isnan(value) || value < -9223372036854775808.0 || value >= 9223372036854775808.0) return none(call);
    return some(call, value_int(call->eval->arena, (int64_t)value));
}

static const Value *float_floor(const Call *call) {
    return whole(call, floor(call->args[0]->floating));
}

static const Value *float_round(const Call *call) {
    return whole(call, round(call->args[0]->floating));
}

static const Value *float_ceil(const Call *call) {
    return whole(call, ceil(call->args[0]->floating));
}

static const Value *float_trunc(const Call *call) {
    return whole(call, trunc(call->args[0]->floating));
}

static const Value *float_to_int(const Call *call) {
    double value = call->args[0]->floating;
    return value == trunc(value) ? whole(call, value) : none(call);
}

static const Value *float_sqrt(const Call *call) {
    return value_float(call->eval->arena, sqrt(call->args[0]->floating));
}

static const Value *duration_to_ns(const Call *call) {
    return call->args[0];
}

static const Value *int_to_hex(const Call *call) {
    char text[32];
    int64_t value = int_arg(call, 0);
    int size = snprintf(text, sizeof text, "%s%llx", value < 0 ? "-" : "",
                        value < 0 ? -(unsigned long long)value : (unsigned long long)value);
    return value_string(call->eval->arena, text, (size_t)size);
}

static const Value *int_to_float(const Call *call) {
    return value_float(call->eval->arena, (double)int_arg(call, 0));
}

static const Value *string_to_int(const Call *call) {
    const Value *text = call->args[0];
    __int128 value = 0;
    int64_t at = text->size && (text->text[0] == '-' || text->text[0] == '+');
    if (at == text->size) return none(call);
    for (; at < text->size; at++) {
        if (text->text[at] < '0' || text->text[at] > '9') return none(call);
        value = value * 10 + (text->text[at] - '0');
        if (value > (__int128)1 << 64) return none(call);
    }
    if (text->text[0] == '-') value = -value;
    if (value < INT64_MIN || value > INT64_MAX) return none(call);
    return some(call, value_int(call->eval->arena, (int64_t)value));
}

// ---- lists -------------------------------------------------------------------------------------------------------------

// A new list, charged for; NULL if that is too much.
static Value *new_list(const Call *call, int64_t size) {
    return eval_spend(call->eval, (uint64_t)size) ? value_items(call->eval->arena, size) : NULL;
}

static const Value *list_size(const Call *call) {
    return value_int(call->eval->arena, call->args[0]->size);
}

static const Value *list_append(const Call *call) {
    const Value *list = call->args[0];
    Value *made = new_list(call, list->size + 1);
    if (!made) return NULL;
    for (int64_t i = 0; i < list->size; i++) made->items[i] = list->items[i];
    made->items[list->size] = call->args[1];
    return made;
}

static const Value *list_concat(const Call *call) {
    const Value *a = call->args[0], *b = call->args[1];
    Value *made = new_list(call, a->size + b->size);
    if (!made) return NULL;
    for (int64_t i = 0; i < a->size; i++) made->items[i] = a->items[i];
    for (int64_t i = 0; i < b->size; i++) made->items[a->size + i] = b->items[i];
    return made;
}

static const Value *list_slice(const Call *call) {
    const Value *list = call->args[0];
    int64_t from = int_arg(call, 1) < 0 ? 0 : int_arg(call, 1);
    int64_t to = int_arg(call, 2) > list->size ? list->size : int_arg(call, 2);
    Value *made = new_list(call, from < to ? to - from : 0);
    if (!made) return NULL;
    for (int64_t i = 0; i < made->size; i++) made->items[i] = list->items[from + i];
    return made;
}

static const Value *list_set(const Call *call) {
    const Value *list = call->args[0];
    Value *made = new_list(call, list->size);
    if (!made) return NULL;
    for (int64_t i = 0; i < list->size; i++) made->items[i] = i == int_arg(call, 1) ? call->args[2] : list->items[i];
    return made;
}

static const Value *list_reverse(const Call *call) {
    const Value *list = call->args[0];
    Value *made = new_list(call, list->size);
    if (!made) return NULL;
    for (int64_t i = 0; i < list->size; i++) made->items[i] = list->items[list->size - 1 - i];
    return made;
}

// By insertion: an element goes behind all whose keys are not greater.
static const Value *list_sort_with_keys(const Call *call) {
    const Value *list = call->args[0], *keys = call->args[1];
    int64_t size = list->size < keys->size ? list->size : keys->size;
    Value *made = new_list(call, size), *sorted = new_list(call, size);
    if (!made || !sorted || !eval_spend(call->eval, (uint64_t)size * (uint64_t)size)) return NULL;
    for (int64_t i = 0; i < size; i++) {
        int64_t at = i;
        for (; at > 0 && value_compare(call->inst->types[1], sorted->items[at - 1], keys->items[i]) > 0; at--) {
            sorted->items[at] = sorted->items[at - 1];
            made->items[at] = made->items[at - 1];
        }
        sorted->items[at] = keys->items[i];
        made->items[at] = list->items[i];
    }
    return made;
}

// ---- texts -------------------------------------------------------------------------------------------------------------

static const Value *part_of(const Call *call, const Value *text, int64_t from, int64_t to) {
    return value_string(call->eval->arena, text->text + from, (size_t)(to - from));
}

static const Value *text_of(const Call *call, Buf *text) {
    const Value *made = eval_spend(call->eval, text->length) ? value_string(call->eval->arena, text->data, text->length) : NULL;
    buf_free(text);
    return made;
}

static bool is_at(const Value *text, int64_t at, const Value *part) {
    for (int64_t i = 0; i < part->size; i++)
        if (at + i >= text->size || text->text[at + i] != part->text[i]) return false;
    return true;
}

// Where `part` is found from `at` on, or -1.
static int64_t find(const Value *text, int64_t at, const Value *part) {
    for (; at + part->size <= text->size; at++)
        if (is_at(text, at, part)) return at;
    return -1;
}

static bool begins_code_point(const Value *text, int64_t at) {
    return ((unsigned char)text->text[at] & 0xc0) != 0x80;
}

static int64_t count_code_points(const Value *text, int64_t end) {
    int64_t count = 0;
    for (int64_t i = 0; i < end; i++) count += begins_code_point(text, i);
    return count;
}

// Where code point number n begins, or the end.
static int64_t offset_of(const Value *text, int64_t n) {
    int64_t at = 0;
    for (; at < text->size; at++)
        if (begins_code_point(text, at) && n-- <= 0) break;
    return at;
}

static const Value *string_size(const Call *call) {
    return value_int(call->eval->arena, count_code_points(call->args[0], call->args[0]->size));
}

static const Value *string_byte_size(const Call *call) {
    return value_int(call->eval->arena, call->args[0]->size);
}

static const Value *string_contains(const Call *call) {
    return boolean(call, find(call->args[0], 0, call->args[1]) >= 0);
}

static const Value *string_starts_with(const Call *call) {
    return boolean(call, is_at(call->args[0], 0, call->args[1]));
}

static const Value *string_ends_with(const Call *call) {
    const Value *text = call->args[0], *part = call->args[1];
    return boolean(call, text->size >= part->size && is_at(text, text->size - part->size, part));
}

static const Value *string_index_of(const Call *call) {
    int64_t at = find(call->args[0], 0, call->args[1]);
    return at < 0 ? none(call) : some(call, value_int(call->eval->arena, count_code_points(call->args[0], at)));
}

static const Value *string_slice(const Call *call) {
    const Value *text = call->args[0];
    int64_t from = int_arg(call, 1) < 0 ? 0 : int_arg(call, 1), to = int_arg(call, 2);
    if (to <= from) return value_string(call->eval->arena, "", 0);
    return part_of(call, text, offset_of(text, from), offset_of(text, to));
}

static const Value *string_repeat(const Call *call) {
    Buf text = {0};
    for (int64_t i = 0; i < int_arg(call, 1) && call->args[0]->size && text.length <= call->eval->fuel; i++)
        buf_append(&text, call->args[0]->text, (size_t)call->args[0]->size);
    return text_of(call, &text);
}

static const Value *string_replace(const Call *call) {
    const Value *from = call->args[0], *part = call->args[1], *by = call->args[2];
    if (!part->size) return from;
    Buf text = {0};
    for (int64_t at = 0; at < from->size;) {
        bool found = is_at(from, at, part);
        if (found)
            buf_append(&text, by->text, (size_t)by->size);
        else
            buf_putc(&text, from->text[at]);
        at += found ? part->size : 1;
    }
    return text_of(call, &text);
}

static const Value *string_join(const Call *call) {
    Buf text = {0};
    for (int64_t i = 0; i < call->args[0]->size && text.length <= call->eval->fuel; i++) {
        if (i) buf_append(&text, call->args[1]->text, (size_t)call->args[1]->size);
        buf_append(&text, call->args[0]->items[i]->text, (size_t)call->args[0]->items[i]->size);
    }
    return text_of(call, &text);
}

// The end of the part that begins at `at`, and -1 behind the last one; without a separator each code point is a part.
static int64_t part_end(const Value *text, int64_t at, const Value *separator) {
    if (separator->size) return find(text, at, separator);
    do at++;
    while (at < text->size && !begins_code_point(text, at));
    return at < text->size ? at : -1;
}

static const Value *string_split(const Call *call) {
    const Value *text = call->args[0], *separator = call->args[1];
    Value *parts = new_list(call, text->size + 1);
    if (!parts) return NULL;
    parts->size = 0;
    if (!text->size && !separator->size) return parts;
    for (int64_t at = 0; at >= 0;) {
        int64_t end = part_end(text, at, separator);
        parts->items[parts->size++] = part_of(call, text, at, end < 0 ? text->size : end);
        at = end < 0 ? -1 : end + separator->size;
    }
    return parts;
}

// White space of ASCII only: that is all the generator writes.
static bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const Value *string_trim(const Call *call) {
    const Value *text = call->args[0];
    int64_t from = 0, to = text->size;
    while (from < to && is_space(text->text[from])) from++;
    while (to > from && is_space(text->text[to - 1])) to--;
    return part_of(call, text, from, to);
}

// ---- all of them -------------------------------------------------------------------------------------------------------

static const struct {
    const char *name;
    Builtin *function;
} BUILTINS[] = {
    {"pt_duration_to_ns", duration_to_ns},
    {"pt_float_ceil", float_ceil},
    {"pt_float_floor", float_floor},
    {"pt_float_round", float_round},
    {"pt_float_sqrt", float_sqrt},
    {"pt_float_to_int", float_to_int},
    {"pt_float_trunc", float_trunc},
    {"pt_int_to_float", int_to_float},
    {"pt_int_to_hex", int_to_hex},
    {"pt_list_append", list_append},
    {"pt_list_concat", list_concat},
    {"pt_list_reverse", list_reverse},
    {"pt_list_set", list_set},
    {"pt_list_size", list_size},
    {"pt_list_slice", list_slice},
    {"pt_list_sort_with_keys", list_sort_with_keys},
    {"pt_string_byte_size", string_byte_size},
    {"pt_string_contains", string_contains},
    {"pt_string_ends_with", string_ends_with},
    {"pt_string_index_of", string_index_of},
    {"pt_string_join", string_join},
    {"pt_string_repeat", string_repeat},
    {"pt_string_replace", string_replace},
    {"pt_string_size", string_size},
    {"pt_string_slice", string_slice},
    {"pt_string_split", string_split},
    {"pt_string_starts_with", string_starts_with},
    {"pt_string_to_int", string_to_int},
    {"pt_string_trim", string_trim},
};

const Value *eval_builtin(Eval *eval, const CoreInst *inst, const Value **args, int count) {
    if (!eval_spend(eval, (uint64_t)count)) return NULL;
    const Call call = {eval, inst, args};
    for (size_t i = 0; i < sizeof BUILTINS / sizeof *BUILTINS; i++)
        if (strcmp(BUILTINS[i].name, inst->text) == 0) return BUILTINS[i].function(&call);
    if (strncmp(inst->text, "pt_map_", 7) == 0) return eval_map_builtin(eval, inst, args);
    return strncmp(inst->text, "pt_bytes_", 9) == 0 ? eval_bytes_builtin(eval, inst, args) : NULL;
}
