// diag_json.h - diagnostics for programs that read them; L18.5 of spec/language.md says what the fields mean.
#ifndef COMPILER_DIAG_JSON_H
#define COMPILER_DIAG_JSON_H

#include "lang/diag.h"

// Puts all, sorted by file and position, each as a JSON object on a line of its own.
void diag_json(const Diags *diags, const Sources *sources, Buf *out);

#endif
