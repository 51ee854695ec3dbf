// parse.h - from text to syntax tree.
#ifndef LANG_PARSE_H
#define LANG_PARSE_H

#include "lang/context.h"

// Parses file number `file` of context->sources. Always returns an AST_file; what could not be parsed is left out of it
// and said in context->diags. Text that is not UTF-8 is a diagnostic, too.
Ast *parse_file(Context *context, uint32_t file);

// The same with what is typed at the prompt, or a part of it, in a file that parse_check_input accepts: declarations, and
// statements beside them, in kid[file_items]. `let` and `fn` are declarations.
Ast *parse_input(Context *context, Span part);
// Parses values with commas between them as the elements of one list, which is all there is in kid[file_items] then. The text has
// no brackets around them.
Ast *parse_elements(Context *context, Span part);
// Whether the text of the file is UTF-8, and not too long; else says so.
bool parse_check_input(Context *context, uint32_t file);
// Whether the file is an input that can end here: what the grammar does not accept about it, if anything, is not that more should
// follow. Leaves diagnostics behind, which mean nothing.
bool parse_is_whole(Context *context, uint32_t file);
// Whether the line that begins at byte `next` of the file, an input, goes on with what stands above it: `|> ...`. Leaves
// diagnostics behind, which mean nothing.
bool parse_goes_on(Context *context, uint32_t file, uint32_t next);
// Calls `visit` with each name in a part of a file, also within interpolations, in order, as often as they occur.
void parse_words(Context *context, Span part, void (*visit)(void *user, Symbol word), void *user);
// The words of the grammar, reserved ones first; NULL behind the last.
const char *parse_keyword(int i);

// Parses an expression that stands somewhere in a file (which is UTF-8), as the `test` whose one statement asserts it. Its title
// is empty. NULL if it could not be parsed.
Ast *parse_example(Context *context, Span expression);

// Prints the tokens of a file, one a line (`3:5 name numbers`), for --dump=tokens.
void scan_dump(Context *context, uint32_t file, Buf *out);

#endif
