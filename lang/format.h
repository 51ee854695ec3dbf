// format.h - the canonical layout of a program (L19 of spec/language.md).
#ifndef LANG_FORMAT_H
#define LANG_FORMAT_H

#include "lang/context.h"

typedef enum FormatResult {
    FORMAT_DONE,
    FORMAT_ERRORS, // the file does not follow the grammar: see context->diags
    FORMAT_FAULTY, // a mistake of the formatter: the result would have been another program
} FormatResult;

// Appends file number `file` of context->sources, in the canonical layout, to `out`; nothing unless FORMAT_DONE. The result has
// the tokens and comments of the file and is its own canonical layout.
FormatResult format_file(Context *context, uint32_t file, Buf *out);

#endif
