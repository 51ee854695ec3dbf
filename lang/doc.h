// doc.h - documentation as Markdown, from the tree of a module and its comments. Needs no check: what is written is shown.
#ifndef LANG_DOC_H
#define LANG_DOC_H

#include "lang/context.h"

// The page of a module: `title`, the comment at the head of its file, and each declaration with its documentation.
void doc_module(const Context *context, const Module *module, const char *title, Buf *out);
// The part about one declaration, or about what an enum or task of this name is; false if there is none.
bool doc_declaration(const Context *context, const Module *module, const char *name, Buf *out);
// A list of the modules of the library, with links to the pages `NAME.md`.
void doc_index(const Context *context, Buf *out);
// The names of what the module declares and documents, in order, in the arena of the context; `*count` is set.
const char **doc_names(const Context *context, const Module *module, int *count);

#endif
