// generate.h - random programs, well typed and sure to end, the same for the same seed.
#ifndef TESTS_DIFFERENTIAL_GENERATE_H
#define TESTS_DIFFERENTIAL_GENERATE_H

#include "base/buf.h"

// Appends the text of a program. It has one sink, the file of the param `out`; the lines of `log` begin with LOG_MARK, and
// contain no line feed.
void generate(uint64_t seed, Buf *out);

#define LOG_MARK "(\"log\", "

#endif
