#include "vm/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/library.h"

bool number_parse_int(const char *text, size_t size, int64_t *out) {
    size_t at = size && (text[0] == '-' || text[0] == '+');
    bool negative = at && text[0] == '-';
    if (at == size) return false;
    int64_t value = 0; // counted down, since the smallest Int has no positive counterpart
    for (; at < size; at++) {
        if (text[at] < '0' || text[at] > '9') return false;
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_sub_overflow(value, text[at] - '0', &value)) return false;
    }
    if (negative)
        *out = value;
    else if (__builtin_sub_overflow((int64_t)0, value, out))
        return false;
    return true;
}

static size_t skip_digits(const char *text, size_t size, size_t at) {
    while (at < size && text[at] >= '0' && text[at] <= '9') at++;
    return at;
}

static size_t skip_sign(const char *text, size_t size, size_t at) {
    return at + (at < size && (text[at] == '-' || text[at] == '+'));
}

static bool is_float(const char *text, size_t size) {
    size_t start = skip_sign(text, size, 0), at = skip_digits(text, size, start);
    size_t digits = at - start;
    if (at < size && text[at] == '.') {
        start = at + 1;
        at = skip_digits(text, size, start);
        digits += at - start;
    }
    if (!digits) return false;
    if (at < size && (text[at] == 'e' || text[at] == 'E')) {
        start = skip_sign(text, size, at + 1);
        at = skip_digits(text, size, start);
        if (at == start) return false;
    }
    return at == size;
}

bool number_parse_float(const char *text, size_t size, double *out) {
    if (!is_float(text, size)) return false;
    char local[64];
    char *copy = size < sizeof local ? local : malloc(size + 1);
    if (!copy) return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    *out = strtod(copy, NULL);
    if (copy != local) free(copy);
    return true;
}

// ---- the library's functions ----

// None for what is not an Int: the largest Float below 2^63 is much smaller than it.
static OptionInt to_int(double whole) {
    if (!(whole >= -0x1p63 && whole < 0x1p63)) return OPTION_INT_NONE;
    return option_int((int64_t)whole);
}

void pt_float_floor(PtContext *context, OptionInt *out, double a) {
    (void)context;
    *out = to_int(floor(a));
}

void pt_float_round(PtContext *context, OptionInt *out, double a) {
    (void)context;
    *out = to_int(round(a));
}

void pt_float_ceil(PtContext *context, OptionInt *out, double a) {
    (void)context;
    *out = to_int(ceil(a));
}

void pt_float_trunc(PtContext *context, OptionInt *out, double a) {
    (void)context;
    *out = to_int(trunc(a));
}

void pt_float_to_int(PtContext *context, OptionInt *out, double a) {
    (void)context;
    *out = trunc(a) == a ? to_int(a) : OPTION_INT_NONE;
}

// The functions of the C library.
#define FUNCTION(name, c_function)                                                                                               \
    double pt_float_##name(PtContext *context, double a) {                                                                       \
        (void)context;                                                                                                           \
        return c_function(a);                                                                                                    \
    }
FUNCTION(sqrt, sqrt)
FUNCTION(exp, exp)
FUNCTION(ln, log)
FUNCTION(log10, log10)
FUNCTION(sin, sin)
FUNCTION(cos, cos)
FUNCTION(tan, tan)
FUNCTION(asin, asin)
FUNCTION(acos, acos)
FUNCTION(atan, atan)
#undef FUNCTION

double pt_float_pow(PtContext *context, double a, double b) {
    (void)context;
    return pow(a, b);
}

double pt_float_atan2(PtContext *context, double y, double x) {
    (void)context;
    return atan2(y, x);
}

void pt_int_to_hex(PtContext *context, PtString *out, int64_t a) {
    enum { LONGEST = 17 }; // "-8000000000000000"
    char *data = pt_alloc(context, LONGEST + 1);
    uint64_t distance = a < 0 ? -(uint64_t)a : (uint64_t)a;
    int size = snprintf(data, LONGEST + 1, "%s%llx", a < 0 ? "-" : "", (unsigned long long)distance);
    *out = (PtString){data, size};
}

double pt_int_to_float(PtContext *context, int64_t a) {
    (void)context;
    return (double)a;
}

void pt_string_to_int(PtContext *context, OptionInt *out, const PtString *text) {
    (void)context;
    int64_t value;
    *out = number_parse_int(text->data, (size_t)text->size, &value) ? option_int(value) : OPTION_INT_NONE;
}

void pt_string_to_float(PtContext *context, OptionFloat *out, const PtString *text) {
    (void)context;
    double value;
    *out = OPTION_FLOAT_NONE;
    if (number_parse_float(text->data, (size_t)text->size, &value)) *out = option_float(value);
}
