// parse.h - from text to syntax tree.
#ifndef LANG_PARSE_H
#define LANG_PARSE_H

#include "lang/context.h"

// Parses file number `file` of context->sources. Always returns an AST_file; what could not be parsed is left out of it
// and said in context->diags. Text that is not UTF-8 is a diagnostic, too.
Ast *parse_file(Context *context, uint32_t file);

// Parses an expression that stands somewhere in a file (which is UTF-8), as the `test` whose one statement asserts it. Its title
// is empty. NULL if it could not be parsed.
Ast *parse_example(Context *context, Span expression);

// Prints the tokens of a file, one a line (`3:5 name numbers`), for --dump=tokens.
void scan_dump(Context *context, uint32_t file, Buf *out);

#endif
