// foreign_type.h - the number types of C that have a name of their own in the signature of a foreign function. To everything else
// they are Int and Float.
#ifndef LANG_FOREIGN_TYPE_H
#define LANG_FOREIGN_TYPE_H

#include <stdbool.h>

typedef enum CNumber {
    C_NONE, // it is what Portals calls it: an Int is an int64_t
#define C_NUMBER(NAME, name, bytes) C_##NAME,
#include "lang/c_numbers.def"
#undef C_NUMBER
} CNumber;

// Whether it is an Int to Portals, not a Float.
static inline bool foreign_is_whole(int number) {
    return number != C_FLOAT32;
}

// The most numbers, Strings and Bytes that one argument or result can consist of.
enum { FOREIGN_MOST_PARTS = 256 };

#endif
