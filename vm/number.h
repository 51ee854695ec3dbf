// number.h - numbers written in decimal.
#ifndef VM_NUMBER_H
#define VM_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// An optional sign, then digits. False if it is something else or does not fit.
bool number_parse_int(const char *text, size_t size, int64_t *out);
// An optional sign, digits with an optional point among or around them, an optional exponent. False if it is something else.
bool number_parse_float(const char *text, size_t size, double *out);

#endif
