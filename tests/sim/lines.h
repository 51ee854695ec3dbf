// lines.h - texts whose lines may come in any order.
#ifndef TESTS_SIM_LINES_H
#define TESTS_SIM_LINES_H

#include <stdbool.h>

#include "base/buf.h"

// Whether each line of the part, but for a last one that has no end, comes in the whole at least as often.
bool lines_within(const Buf *part, const Buf *whole);
// Whether both have the same lines, each as often.
bool lines_same(const Buf *one, const Buf *other);

#endif
