// text_order.h - the order of texts and of Bytes: by their bytes, a prefix before what it is a prefix of. Of UTF-8 that is the
// order of code points. Most texts differ in their first word.
#ifndef VM_TEXT_ORDER_H
#define VM_TEXT_ORDER_H

#include <endian.h>
#include <string.h>

#include "vm/value.h"

static inline uint64_t text_first_word(const char *text) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return be64toh(word);
}

// Less than, equal to or greater than 0.
static inline __attribute__((always_inline)) int text_order(const PtString *a, const PtString *b) {
    int64_t common = a->size < b->size ? a->size : b->size;
    if (common >= 8) {
        uint64_t x = text_first_word(a->data), y = text_first_word(b->data);
        if (x != y) return x < y ? -1 : 1;
    }
    int order = common ? memcmp(a->data, b->data, (size_t)common) : 0;
    return order ? order : (a->size > b->size) - (a->size < b->size);
}

#endif
