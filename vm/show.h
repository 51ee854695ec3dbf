// show.h - values as text: as they are written in a program.
#ifndef VM_SHOW_H
#define VM_SHOW_H

#include "base/buf.h"
#include "vm/program.h"

typedef enum ShowStyle {
    SHOW_PLAIN,   // a String on its own is raw
    SHOW_LITERAL, // a String is quoted
} ShowStyle;

// Appends the value to `out`. Stops, and returns false, when `out` is longer than `limit`. `program` says what Anys hold; NULL if
// the type has none.
bool show_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program, ShowStyle style, size_t limit);
void show_int(Buf *out, int64_t value);
// The shortest digits that read back as `value`, with a point or an exponent.
void show_float(Buf *out, double value);

#endif
