// library.h - the functions of the standard library that have no body in Portals (stdlib/*.portals says what they do). Compiled
// code calls them by the conventions of abi.h; nothing in the VM does.
#ifndef VM_LIBRARY_H
#define VM_LIBRARY_H

#include "vm/abi.h"
#include "vm/id.h"
#include "vm/option.h"

// ---- number.c ----
void pt_float_floor(PtContext *context, OptionInt *out, double a);
void pt_float_round(PtContext *context, OptionInt *out, double a);
void pt_float_ceil(PtContext *context, OptionInt *out, double a);
void pt_float_trunc(PtContext *context, OptionInt *out, double a);
void pt_float_to_int(PtContext *context, OptionInt *out, double a);
double pt_float_sqrt(PtContext *context, double a);
double pt_float_exp(PtContext *context, double a);
double pt_float_ln(PtContext *context, double a);
double pt_float_log10(PtContext *context, double a);
double pt_float_pow(PtContext *context, double a, double b);
double pt_float_sin(PtContext *context, double a);
double pt_float_cos(PtContext *context, double a);
double pt_float_tan(PtContext *context, double a);
double pt_float_asin(PtContext *context, double a);
double pt_float_acos(PtContext *context, double a);
double pt_float_atan(PtContext *context, double a);
double pt_float_atan2(PtContext *context, double y, double x);
void pt_int_to_hex(PtContext *context, PtString *out, int64_t a);
double pt_int_to_float(PtContext *context, int64_t a);
void pt_string_to_int(PtContext *context, OptionInt *out, const PtString *text);
void pt_string_to_float(PtContext *context, OptionFloat *out, const PtString *text);

// ---- duration.c ----
int64_t pt_duration_to_ns(PtContext *context, int64_t duration);

// ---- chance.c ----
double pt_task_random(PtContext *context);
int64_t pt_task_random_below(PtContext *context, int64_t n);

// ---- id.c ----
void pt_id_of(PtContext *context, Id *out, const void *value, const PtDesc *t);
void pt_id_to_hex(PtContext *context, PtString *out, const Id *id);

// ---- hot.c ----
void pt_id_child(PtContext *context, Id *out, const Id *parent, int64_t number);

// ---- list.c ----
int64_t pt_list_size(PtContext *context, const PtList *list, const PtDesc *t);
void pt_list_append(PtContext *context, PtList *out, const PtList *list, const void *element, const PtDesc *t);
void pt_list_concat(PtContext *context, PtList *out, const PtList *list, const PtList *other, const PtDesc *t);
void pt_list_slice(PtContext *context, PtList *out, const PtList *list, int64_t from, int64_t to, const PtDesc *t);
void pt_list_set(PtContext *context, PtList *out, const PtList *list, int64_t i, const void *element, const PtDesc *t);
void pt_list_reverse(PtContext *context, PtList *out, const PtList *list, const PtDesc *t);
void pt_list_sort_with_keys(PtContext *context, PtList *out, const PtList *list, const PtList *keys, const PtDesc *t,
                            const PtDesc *k);

// ---- string.c ----
int64_t pt_string_size(PtContext *context, const PtString *text);
int64_t pt_string_byte_size(PtContext *context, const PtString *text);
void pt_string_split(PtContext *context, PtList *out, const PtString *text, const PtString *separator);
void pt_string_trim(PtContext *context, PtString *out, const PtString *text);
bool pt_string_contains(PtContext *context, const PtString *text, const PtString *part);
bool pt_string_starts_with(PtContext *context, const PtString *text, const PtString *prefix);
bool pt_string_ends_with(PtContext *context, const PtString *text, const PtString *suffix);
void pt_string_replace(PtContext *context, PtString *out, const PtString *text, const PtString *part, const PtString *by);
void pt_string_slice(PtContext *context, PtString *out, const PtString *text, int64_t from, int64_t to);
void pt_string_index_of(PtContext *context, OptionInt *out, const PtString *text, const PtString *part);
void pt_string_repeat(PtContext *context, PtString *out, const PtString *text, int64_t n);
void pt_string_join(PtContext *context, PtString *out, const PtList *texts, const PtString *separator);

// ---- byte_library.c ----
int64_t pt_bytes_size(PtContext *context, const PtString *bytes);
void pt_bytes_get(PtContext *context, OptionInt *out, const PtString *bytes, int64_t i);
void pt_bytes_slice(PtContext *context, PtString *out, const PtString *bytes, int64_t from, int64_t to);
void pt_bytes_concat(PtContext *context, PtString *out, const PtString *bytes, const PtString *other);
bool pt_bytes_starts_with(PtContext *context, const PtString *bytes, const PtString *prefix);
void pt_bytes_index_of(PtContext *context, OptionInt *out, const PtString *bytes, const PtString *part);
void pt_bytes_from_string(PtContext *context, PtString *out, const PtString *text);
void pt_bytes_to_string(PtContext *context, OptionText *out, const PtString *bytes);
void pt_bytes_from_hex(PtContext *context, OptionText *out, const PtString *text);
void pt_bytes_to_hex(PtContext *context, PtString *out, const PtString *bytes);
void pt_bytes_from_list(PtContext *context, OptionText *out, const PtList *list);
void pt_bytes_to_list(PtContext *context, PtList *out, const PtString *bytes);

// ---- words.c, letters.c ----
void pt_string_words(PtContext *context, PtList *out, const PtString *text);
void pt_string_lower(PtContext *context, PtString *out, const PtString *text);
void pt_string_upper(PtContext *context, PtString *out, const PtString *text);

#endif
