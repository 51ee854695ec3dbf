// encode_size.h - what encode.c and decode.c must agree about.
#ifndef VM_ENCODE_SIZE_H
#define VM_ENCODE_SIZE_H

#include "vm/value.h"

// Where a size says that a u64 with the size follows.
#define SIZE_IS_LARGE 0xffffffffu
// Every NaN in a key.
#define FLOAT_NAN_BITS 0x7ff8000000000000u

// How many bytes the number of an enum's variant takes.
static inline uint32_t encode_tag_size(const PtDesc *desc) {
    return desc->variant_count <= 256 ? 1 : 4;
}

#endif
