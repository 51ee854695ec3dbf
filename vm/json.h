// json.h - values as JSON, by the descriptors of their types. What type has what form is in section L11.9 of the specification.
//
// The reader builds the value where it will be, in one pass over the text, with nothing in between; Strings without escapes are
// parts of the text. The writer writes what the reader reads.
#ifndef VM_JSON_H
#define VM_JSON_H

#include "base/buf.h"
#include "vm/abi.h"

enum { JSON_NESTING = 500 }; // arrays and objects within each other, and values that are written as such

typedef struct JsonReader {
    PtContext *context; // whose memory the value gets
    const char *at;
    const char *end;
    const char *field; // of a record, that what is being read belongs to; or NULL
    uint32_t depth;
    const char *wrong; // where the mistake is
    Buf *message;      // what it is; outlives a trap
} JsonReader;

// Reads a text that is one value, and blanks; it is valid UTF-8. False with `wrong` and `message`. Traps without memory.
bool json_read(JsonReader *reader, const PtDesc *desc, void *value);

typedef enum JsonFault {
    JSON_FINE,
    JSON_NOT_FINITE, // a Float that JSON has no number for
    JSON_TOO_DEEP,
    JSON_TOO_LARGE, // more than the limit
} JsonFault;

// Appends the value, on one line; stops when `out` is longer than `limit`.
JsonFault json_write(Buf *out, const PtDesc *desc, const void *value, size_t limit);
// What is wrong, in words.
const char *json_fault_text(JsonFault fault);

// The library's Option, which is null or absent where it is None, unless its content may be null, too.
bool json_is_option(const PtDesc *desc);
bool json_is_nullable(const PtDesc *desc);

#endif
