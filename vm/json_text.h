// json_text.h - the tokens of JSON, for json_read.c: blanks, strings, numbers, and what to say where there is something else.
#ifndef VM_JSON_TEXT_H
#define VM_JSON_TEXT_H

#include "vm/json.h"

enum { JSON_END = -1 };

// The next byte behind blanks, which are skipped, or JSON_END.
static inline int json_peek(JsonReader *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r')) r->at++;
    return r->at < r->end ? (unsigned char)*r->at : JSON_END;
}

// The string whose opening quote is next. Where it has no escapes, it is a part of the text. All below: false with a message.
bool json_take_string(JsonReader *r, PtString *out);
// The number that is next.
bool json_take_int(JsonReader *r, int64_t *out);
bool json_take_float(JsonReader *r, double *out);
// Skips one of null, true and false; false, without a message, if there is none.
bool json_take_word(JsonReader *r, const char *word);
// Skips the number that is next, if it is one.
bool json_skip_number(JsonReader *r);

// Notes what is wrong at `at`, and returns false.
bool json_fail(JsonReader *r, const char *at, const char *format, ...) __attribute__((format(printf, 3, 4), cold));
// Notes that there is something else than `what` at the next byte, for the field that is being read; of this type; or for none.
bool json_expected(JsonReader *r, const char *what) __attribute__((cold));
bool json_expected_of(JsonReader *r, const char *what, const PtDesc *desc) __attribute__((cold));
bool json_expected_token(JsonReader *r, const char *what) __attribute__((cold));

#endif
