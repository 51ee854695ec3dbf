#include "lang/diag.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *format_text(Arena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

Diag *diag_add(Diags *diags, DiagCode code, Span span, const char *format, ...) {
    Diag *diag = ARENA_NEW(diags->arena, Diag);
    va_list args;
    va_start(args, format);
    diag->message = format_text(diags->arena, format, args);
    va_end(args);
    diag->code = code;
    diag->labels[0] = (DiagLabel){span, ""};
    diag->label_count = 1;
    vec_push(diags->arena, &diags->items, diag);
    diags->errors += diag_severity(code) == SEVERITY_ERROR;
    return diag;
}

void diag_here(Diags *diags, Diag *diag, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diag->labels[0].text = format_text(diags->arena, format, args);
    va_end(args);
}

void diag_label(Diags *diags, Diag *diag, Span span, const char *format, ...) {
    if (diag->label_count == DIAG_LABELS) return;
    va_list args;
    va_start(args, format);
    diag->labels[diag->label_count++] = (DiagLabel){span, format_text(diags->arena, format, args)};
    va_end(args);
}

void diag_note(Diags *diags, Diag *diag, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diag->note = format_text(diags->arena, format, args);
    va_end(args);
}

void diag_help(Diags *diags, Diag *diag, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diag->help = format_text(diags->arena, format, args);
    va_end(args);
}

Severity diag_severity(DiagCode code) {
    switch (code) {
#define DIAG(number, name, severity, meaning)                                                                                    \
    case DIAG_##name: return severity;
#include "lang/diag.def"
#undef DIAG
    }
    return SEVERITY_ERROR;
}

// ---- order ----

typedef struct Sorted {
    const Diag *diag;
    int number; // of its creation, which decides between diagnostics of one place
} Sorted;

static int compare(const void *left, const void *right) {
    const Sorted *a = left, *b = right;
    Span x = a->diag->labels[0].span, y = b->diag->labels[0].span;
    if (x.file != y.file) return x.file < y.file ? -1 : 1;
    if (x.start != y.start) return x.start < y.start ? -1 : 1;
    return a->number - b->number;
}

const Diag *const *diag_sorted(const Diags *diags) {
    int count = diags->items.count;
    Sorted *sorted = ARENA_ARRAY(diags->arena, Sorted, count);
    for (int i = 0; i < count; i++) sorted[i] = (Sorted){diags->items.items[i], i};
    qsort(sorted, (size_t)count, sizeof *sorted, compare);
    const Diag **result = ARENA_ARRAY(diags->arena, const Diag *, count);
    for (int i = 0; i < count; i++) result[i] = sorted[i].diag;
    return result;
}

// ---- spelling ----

enum { LONGEST_NAME = 64 };

static int smaller(int a, int b) {
    return a < b ? a : b;
}

// The least number of insertions, deletions, replacements and swaps of neighbours that make `b` of `a`
// (optimal string alignment). Both are at most LONGEST_NAME long.
static int edit_distance(const char *a, int a_length, const char *b, int b_length) {
    int rows[3][LONGEST_NAME + 1];
    int *before = rows[0], *last = rows[1], *row = rows[2];
    for (int j = 0; j <= b_length; j++) last[j] = j;
    for (int i = 1; i <= a_length; i++) {
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            row[j] = smaller(smaller(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = smaller(row[j], before[j - 2] + 1);
        }
        int *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[b_length];
}

// `toInt` and `to_int`
static bool same_but_for_case(const char *a, const char *b) {
    for (;; a++, b++) {
        while (*a == '_') a++;
        while (*b == '_') b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) return false;
        if (!*a) return true;
    }
}

// Of equally near names the one that begins more like it, or else the first by name, whatever their order.
static bool is_more_alike(const char *name, const char *candidate, const char *than) {
    size_t common = 0, common_than = 0;
    while (name[common] && name[common] == candidate[common]) common++;
    while (name[common_than] && name[common_than] == than[common_than]) common_than++;
    return common != common_than ? common > common_than : strcmp(candidate, than) < 0;
}

const char *diag_nearest(const char *name, const char *const *candidates, int count) {
    size_t length = strlen(name);
    if (length > LONGEST_NAME) return NULL;
    int nearest_distance = (int)length / 3 + 1;
    const char *nearest = NULL;
    for (int i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > LONGEST_NAME) continue;
        int distance =
            same_but_for_case(name, candidates[i]) ? 0 : edit_distance(name, (int)length, candidates[i], (int)candidate_length);
        bool better = distance < nearest_distance ||
                      (nearest && distance == nearest_distance && is_more_alike(name, candidates[i], nearest));
        if (!better) continue;
        nearest_distance = distance;
        nearest = candidates[i];
    }
    return nearest;
}
