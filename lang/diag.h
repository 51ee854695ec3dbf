// diag.h - diagnostics are data: collected by every pass, sorted and rendered last.
#ifndef LANG_DIAG_H
#define LANG_DIAG_H

#include <stdbool.h>

#include "base/buf.h"
#include "lang/source.h"

typedef enum Severity { SEVERITY_ERROR, SEVERITY_WARNING } Severity;

// Stable codes; diag.def says what each means.
typedef enum DiagCode {
#define DIAG(code, name, severity, meaning) DIAG_##name = code,
#include "lang/diag.def"
#undef DIAG
} DiagCode;

// A range of source with a remark ("expected Int because of this"); the remark may be "".
typedef struct DiagLabel {
    Span span;
    const char *text;
} DiagLabel;

enum { DIAG_LABELS = 3 };

typedef struct Diag {
    DiagCode code;
    const char *message;           // one line: what is wrong
    DiagLabel labels[DIAG_LABELS]; // [0] is where it is wrong: the caret
    int label_count;
    const char *note; // what was expected and found, or why; or NULL
    const char *help; // how to mend it; or NULL
} Diag;

typedef struct Diags {
    Arena *arena;
    VEC(Diag *) items;
    int errors; // how many of them are errors
} Diags;

// Adds a diagnostic and returns it, so that labels, note and help can be added. Texts are formatted into the arena.
Diag *diag_add(Diags *diags, DiagCode code, Span span, const char *format, ...) __attribute__((format(printf, 4, 5)));
// Says something beside the caret of the diagnostic (label 0).
void diag_here(Diags *diags, Diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
// Adds a second or third range; further ones are ignored.
void diag_label(Diags *diags, Diag *diag, Span span, const char *format, ...) __attribute__((format(printf, 4, 5)));
void diag_note(Diags *diags, Diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));
void diag_help(Diags *diags, Diag *diag, const char *format, ...) __attribute__((format(printf, 3, 4)));

Severity diag_severity(DiagCode code);

// All of them (diags->items.count), sorted by file and position. The array is in the arena.
const Diag *const *diag_sorted(const Diags *diags);

// Renders all in this order, each as
//   error[E0201]: unknown name `cout`
//     --> examples/count.portals:3:12
//      |
//    3 | let n = cout + 1
//      |         ^^^^ not found in this scope
//      |
//      = note: ...
//      = help: did you mean `count`?
// `colour` adds ANSI colours.
void diag_render(const Diags *diags, const Sources *sources, bool colour, Buf *out);

// Appends a line, without its end, as a diagnostic shows it, with a caret at a column (characters, from 1 on).
void diag_quote(const char *text, size_t length, int line, int column, Buf *out);

// The candidate nearest to `name` by Damerau-Levenshtein distance, if it is near enough to be a spelling mistake of it
// (at most a third of its length, or only capitals and `_`); else NULL.
const char *diag_nearest(const char *name, const char *const *candidates, int count);

#endif
