// graphviz.h - pictures of graphs, by the program `dot`.
#ifndef COMPILER_GRAPHVIZ_H
#define COMPILER_GRAPHVIZ_H

#include <stdbool.h>

#include "base/buf.h"

// The format that the ending of a file's name asks for: `svg`, `png` or `pdf`, or `dot` for the text itself; NULL if it is none
// of these.
const char *graphviz_format(const char *path);
// Writes the graph to a file, as a picture that `dot` makes of it or as it is. False, with a message (of one line, to be freed),
// if that fails.
bool graphviz_write(const Buf *graph, const char *path, const char *format, char **error);

#endif
