// Numbers in JSON: as many as a log has of them are read here, so that those that are short are read without the C library.
#include <math.h>

#include "vm/json_text.h"
#include "vm/number.h"

typedef struct Number {
    const char *start, *end;
    uint64_t digits; // the first of them, as a whole number
    int64_t scale;   // times ten to this
    bool negative;
    bool exact; // these are all digits
    bool whole; // it has neither a point nor an exponent
} Number;

static bool is_digit(const JsonReader *r, const char *at) {
    return at < r->end && *at >= '0' && *at <= '9';
}

enum { EXACT_DIGITS = 19 }; // fit into 64 bits

static const char *take_digits(const JsonReader *r, const char *at, Number *number, int *count) {
    for (; is_digit(r, at); at++) {
        if (++*count > EXACT_DIGITS)
            number->exact = false;
        else
            number->digits = number->digits * 10 + (uint64_t)(*at - '0');
    }
    return at;
}

static const char *take_exponent(const JsonReader *r, const char *at, Number *number) {
    int64_t exponent = 0;
    bool negative = at < r->end && *at == '-';
    if (at < r->end && (*at == '-' || *at == '+')) at++;
    if (!is_digit(r, at)) return NULL;
    for (; is_digit(r, at); at++)
        if (exponent < 100000) exponent = exponent * 10 + (*at - '0');
    number->scale += negative ? -exponent : exponent;
    return at;
}

// As JSON has them: no digit before a leading zero, and one on both sides of a point. False without a message.
static bool take_number(JsonReader *r, Number *number) {
    const char *at = r->at;
    *number = (Number){.start = at, .exact = true, .whole = true};
    int count = 0;
    number->negative = at < r->end && *at == '-';
    at += number->negative;
    if (!is_digit(r, at) || (*at == '0' && is_digit(r, at + 1))) return false;
    at = take_digits(r, at, number, &count);
    if (at < r->end && *at == '.') {
        const char *point = at + 1;
        if (!is_digit(r, point)) return false;
        at = take_digits(r, point, number, &count);
        number->scale = -(at - point);
        number->whole = false;
    }
    if (at < r->end && (*at == 'e' || *at == 'E')) {
        at = take_exponent(r, at + 1, number);
        number->whole = false;
    }
    if (!at) return false;
    number->end = at;
    return true;
}

bool json_skip_number(JsonReader *r) {
    Number number;
    if (!take_number(r, &number)) return json_expected(r, "a value");
    r->at = number.end;
    return true;
}

bool json_take_int(JsonReader *r, int64_t *out) {
    Number number;
    if (!take_number(r, &number) || !number.whole) return json_expected(r, "an Int");
    uint64_t most = (uint64_t)INT64_MAX + number.negative;
    if (!number.exact || number.digits > most) return json_expected(r, "an Int of 64 bits");
    *out = (int64_t)(number.negative ? -number.digits : number.digits);
    r->at = number.end;
    return true;
}

// Both the digits and the power of ten are Floats, so that one operation rounds once, to the nearest.
static bool convert_short(const Number *number, double *out) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    enum { LARGEST = sizeof powers / sizeof *powers - 1 };
    if (!number->exact || number->digits > (uint64_t)1 << 53 || number->scale > LARGEST || number->scale < -LARGEST) return false;
    double value = (double)number->digits;
    value = number->scale < 0 ? value / powers[-number->scale] : value * powers[number->scale];
    *out = number->negative ? -value : value;
    return true;
}

bool json_take_float(JsonReader *r, double *out) {
    Number number;
    if (!take_number(r, &number)) return json_expected(r, "a Float");
    if (!convert_short(&number, out)) number_parse_float(number.start, (size_t)(number.end - number.start), out);
    if (isinf(*out)) return json_expected(r, "a number that a Float can be");
    r->at = number.end;
    return true;
}
