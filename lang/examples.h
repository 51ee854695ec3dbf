// examples.h - examples in documentation comments: lines of the form
//
//   /// Example: `[3, 1].sort() == [1, 3]`
//
// whose expression is a Bool that shall be true. Each is parsed where it stands, so that messages point into the comment.
#ifndef LANG_EXAMPLES_H
#define LANG_EXAMPLES_H

#include "lang/context.h"

// True if a line of a documentation comment (without the `///`) is an example, whose expression is at [*start, *end) of it.
bool examples_in_line(const char *line, size_t length, size_t *start, size_t *end);

// Finds the next example in the text of a file, from `*offset` on, which is moved behind it: the place of its expression, without
// the backticks. False if there is none.
bool examples_next(const SourceFile *file, uint32_t number, uint32_t *offset, Span *expression);

// Parses the examples of a module whose tree is there, and adds them to `to->examples`: each a `test` with the one statement
// `assert (expression)`, and a title that says what it is about. Those of the library name their module.
void examples_parse(Context *context, const Module *module, Module *to);

#endif
