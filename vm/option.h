// option.h - Options (stdlib/option.portals) of Int, Float, String and Bytes as the library's functions return them.
#ifndef VM_OPTION_H
#define VM_OPTION_H

#include "vm/value.h"

enum { OPTION_SOME = 0, OPTION_NONE = 1 }; // the order of the variants

typedef struct OptionInt {
    int64_t tag;
    int64_t value;
} OptionInt;

typedef struct OptionFloat {
    int64_t tag;
    double value;
} OptionFloat;

typedef struct OptionText { // of a String, or of Bytes
    int64_t tag;
    PtString value;
} OptionText;

static const OptionInt OPTION_INT_NONE = {OPTION_NONE, 0};
static const OptionFloat OPTION_FLOAT_NONE = {OPTION_NONE, 0};

static inline OptionInt option_int(int64_t value) {
    return (OptionInt){OPTION_SOME, value};
}

static inline OptionFloat option_float(double value) {
    return (OptionFloat){OPTION_SOME, value};
}

#endif
