// diag_render.c - diagnostics as text for people.
//
// Columns are what a terminal shows: a tab is printed as spaces, wide characters count two, combining ones none, and what
// would not print (control characters, broken UTF-8) is shown as U+FFFD. Of a long line only the part around the caret is
// shown.
#include "lang/diag.h"

#include <stdio.h>
#include <utf8proc.h>

enum {
    TAB_WIDTH = 4,
    LONG_LINE = 240,    // bytes; a longer line is cut ...
    BEFORE_CARET = 100, // ... to this many bytes before the caret
    AFTER_CARET = 120,  // ... and after it
};

typedef struct Renderer {
    const Sources *sources;
    const Diag *diag;
    Buf *out;
    bool colour;
    int gutter;         // columns before the `|`
    const char *accent; // the colour of the severity
} Renderer;

static const char bold[] = "\033[1m";
static const char red[] = "\033[1;31m";
static const char yellow[] = "\033[1;33m";
static const char blue[] = "\033[1;34m";

static void paint(Renderer *r, const char *colour) {
    if (r->colour) buf_puts(r->out, colour);
}

static void unpaint(Renderer *r) {
    if (r->colour) buf_puts(r->out, "\033[0m");
}

static void pad(Renderer *r, int columns) {
    for (int i = 0; i < columns; i++) buf_putc(r->out, ' ');
}

// ---- characters ----

typedef struct Glyph {
    int bytes;        // how many it takes in the source
    int columns;      // how many it takes on the screen
    const char *text; // what is printed for it; NULL: the source itself
} Glyph;

static Glyph next_glyph(const char *text, size_t length) {
    static const char replacement[] = "\xEF\xBF\xBD";
    if (*text == '\t') return (Glyph){1, TAB_WIDTH, "    "};
    utf8proc_int32_t character;
    utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &character);
    if (bytes <= 0) return (Glyph){1, 1, replacement};
    utf8proc_category_t category = utf8proc_category(character);
    if (category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_ZL ||
        category == UTF8PROC_CATEGORY_ZP)
        return (Glyph){(int)bytes, 1, replacement};
    return (Glyph){(int)bytes, utf8proc_charwidth(character), NULL};
}

// Prints the bytes [start, end) of a text.
static void put_text(Renderer *r, const char *text, uint32_t start, uint32_t end) {
    for (uint32_t i = start; i < end;) {
        Glyph glyph = next_glyph(text + i, end - i);
        if (glyph.text)
            buf_puts(r->out, glyph.text);
        else
            buf_append(r->out, text + i, (size_t)glyph.bytes);
        i += (uint32_t)glyph.bytes;
    }
}

static int count_columns(const char *text, uint32_t start, uint32_t end) {
    int columns = 0;
    for (uint32_t i = start; i < end;) {
        Glyph glyph = next_glyph(text + i, end - i);
        columns += glyph.columns;
        i += (uint32_t)glyph.bytes;
    }
    return columns;
}

// ---- source lines ----

// What is shown of a line.
typedef struct Excerpt {
    const char *text; // of the file
    Span line;
    uint32_t start;
    uint32_t end;
} Excerpt;

static bool within_character(const char *text, uint32_t offset) {
    return ((unsigned char)text[offset] & 0xC0) == 0x80;
}

static Excerpt excerpt_of(const char *text, Span span, uint32_t caret) {
    Excerpt excerpt = {text, span, span.start, span.end};
    if (span.end - span.start <= LONG_LINE) return excerpt;
    if (caret - span.start > BEFORE_CARET) excerpt.start = caret - BEFORE_CARET;
    if (span.end > caret && span.end - caret > AFTER_CARET) excerpt.end = caret + AFTER_CARET;
    while (excerpt.start < span.end && within_character(excerpt.text, excerpt.start)) excerpt.start++;
    while (excerpt.end < span.end && within_character(excerpt.text, excerpt.end)) excerpt.end++;
    return excerpt;
}

static Excerpt make_excerpt(Renderer *r, uint32_t file, int line, uint32_t caret) {
    return excerpt_of(source_file(r->sources, file)->text, source_line(r->sources, file, line), caret);
}

static uint32_t clamp(uint32_t offset, uint32_t low, uint32_t high) {
    return offset < low ? low : offset > high ? high : offset;
}

static void put_gutter(Renderer *r, int line) {
    paint(r, blue);
    if (line)
        buf_printf(r->out, "%*d |", r->gutter - 1, line);
    else
        buf_printf(r->out, "%*s|", r->gutter, "");
    unpaint(r);
}

static void put_source_line(Renderer *r, const Excerpt *excerpt, int line) {
    put_gutter(r, line);
    uint32_t end = excerpt->end;
    while (end > excerpt->start && (excerpt->text[end - 1] == ' ' || excerpt->text[end - 1] == '\t')) end--;
    if (end > excerpt->start) {
        buf_putc(r->out, ' ');
        if (excerpt->start > excerpt->line.start) buf_puts(r->out, "… ");
        put_text(r, excerpt->text, excerpt->start, end);
        if (end < excerpt->line.end && excerpt->end < excerpt->line.end) buf_puts(r->out, " …");
    }
    buf_putc(r->out, '\n');
}

// Where a place in an excerpt is shown.
static int columns_before(const Excerpt *excerpt, uint32_t offset) {
    return count_columns(excerpt->text, excerpt->start, offset) + (excerpt->start > excerpt->line.start ? 2 : 0);
}

// The carets under a label, up to the end of its first line, and its remark.
static void put_underline(Renderer *r, const Excerpt *excerpt, const DiagLabel *label) {
    bool primary = label == &r->diag->labels[0];
    uint32_t start = clamp(label->span.start, excerpt->start, excerpt->end);
    uint32_t end = clamp(label->span.end, start, excerpt->end);
    int width = count_columns(excerpt->text, start, end);
    put_gutter(r, 0);
    pad(r, columns_before(excerpt, start) + 1);
    paint(r, primary ? r->accent : blue);
    for (int i = 0; i < (width ? width : 1); i++) buf_putc(r->out, primary ? '^' : '-');
    if (*label->text) buf_printf(r->out, " %s", label->text);
    unpaint(r);
    buf_putc(r->out, '\n');
}

// ---- one diagnostic ----

static int label_line(Renderer *r, const DiagLabel *label) {
    return source_position(r->sources, label->span.file, label->span.start).line;
}

static void put_place(Renderer *r, const char *arrow, Span span) {
    Position position = source_position(r->sources, span.file, span.start);
    paint(r, blue);
    buf_printf(r->out, "%*s%s", r->gutter - 1, "", arrow);
    unpaint(r);
    buf_printf(r->out, " %s:%d:%d\n", source_file(r->sources, span.file)->path, position.line, position.column);
}

// The labels in one file, in the order of their lines; those of one line in the order they were added.
static int labels_of_file(Renderer *r, uint32_t file, const DiagLabel **labels) {
    int count = 0;
    for (int i = 0; i < r->diag->label_count; i++) {
        const DiagLabel *label = &r->diag->labels[i];
        if (label->span.file != file) continue;
        int at = count++;
        for (; at > 0 && label_line(r, labels[at - 1]) > label_line(r, label); at--) labels[at] = labels[at - 1];
        labels[at] = label;
    }
    return count;
}

// Between two lines that are shown: the one that is missing, or `...` for several.
static void put_gap(Renderer *r, uint32_t file, int last, int line) {
    if (line - last == 2) {
        Excerpt excerpt = make_excerpt(r, file, last + 1, source_line(r->sources, file, last + 1).start);
        put_source_line(r, &excerpt, last + 1);
    } else if (line - last > 2) {
        paint(r, blue);
        buf_puts(r->out, "...\n");
        unpaint(r);
    }
}

static void put_file(Renderer *r, uint32_t file) {
    const DiagLabel *labels[DIAG_LABELS];
    int count = labels_of_file(r, file, labels);
    put_place(r, file == r->diag->labels[0].span.file ? "-->" : ":::",
              file == r->diag->labels[0].span.file ? r->diag->labels[0].span : labels[0]->span);
    put_gutter(r, 0);
    buf_putc(r->out, '\n');
    Excerpt excerpt = {0};
    for (int i = 0, last = 0; i < count; i++) {
        int line = label_line(r, labels[i]);
        if (line != last) {
            if (last) put_gap(r, file, last, line);
            excerpt = make_excerpt(r, file, line, labels[i]->span.start);
            put_source_line(r, &excerpt, line);
        }
        put_underline(r, &excerpt, labels[i]);
        last = line;
    }
}

static void put_remark(Renderer *r, const char *kind, const char *text) {
    paint(r, blue);
    buf_printf(r->out, "%*s= ", r->gutter, "");
    unpaint(r);
    paint(r, bold);
    buf_printf(r->out, "%s:", kind);
    unpaint(r);
    buf_putc(r->out, ' ');
    for (const char *c = text; *c; c++) {
        buf_putc(r->out, *c);
        if (*c == '\n') pad(r, r->gutter + (int)strlen(kind) + 4);
    }
    buf_putc(r->out, '\n');
}

// Room for the longest line number, a space before it and one behind.
static int gutter_width(Renderer *r) {
    int longest = 0;
    for (int i = 0; i < r->diag->label_count; i++) {
        int digits = snprintf(NULL, 0, "%d", label_line(r, &r->diag->labels[i]));
        if (digits > longest) longest = digits;
    }
    return longest + 2;
}

static void put_headline(Renderer *r) {
    bool error = diag_severity(r->diag->code) == SEVERITY_ERROR;
    paint(r, r->accent);
    buf_printf(r->out, "%s[E%04d]", error ? "error" : "warning", (int)r->diag->code);
    unpaint(r);
    paint(r, bold);
    buf_printf(r->out, ": %s", r->diag->message);
    unpaint(r);
    buf_putc(r->out, '\n');
}

static bool shown_before(const Diag *diag, int label) {
    for (int i = 0; i < label; i++)
        if (diag->labels[i].span.file == diag->labels[label].span.file) return true;
    return false;
}

static void put_diag(Renderer *r) {
    r->accent = diag_severity(r->diag->code) == SEVERITY_ERROR ? red : yellow;
    r->gutter = gutter_width(r);
    put_headline(r);
    for (int i = 0; i < r->diag->label_count; i++)
        if (!shown_before(r->diag, i)) put_file(r, r->diag->labels[i].span.file);
    if (!r->diag->note && !r->diag->help) return;
    put_gutter(r, 0);
    buf_putc(r->out, '\n');
    if (r->diag->note) put_remark(r, "note", r->diag->note);
    if (r->diag->help) put_remark(r, "help", r->diag->help);
}

// ---- all of them ----

void diag_render(const Diags *diags, const Sources *sources, bool colour, Buf *out) {
    const Diag *const *sorted = diag_sorted(diags);
    for (int i = 0; i < diags->items.count; i++) {
        if (i) buf_putc(out, '\n');
        Renderer renderer = {.sources = sources, .diag = sorted[i], .out = out, .colour = colour};
        put_diag(&renderer);
    }
}

// ---- places without a diagnostic ----

void diag_quote(const char *text, size_t length, int line, int column, Buf *out) {
    Renderer r = {.out = out, .gutter = snprintf(NULL, 0, " %d ", line)};
    uint32_t caret = 0;
    for (; caret < length && column > 1; column--) {
        caret++;
        while (caret < length && within_character(text, caret)) caret++;
    }
    Excerpt excerpt = excerpt_of(text, (Span){0, 0, (uint32_t)length}, caret);
    put_gutter(&r, 0);
    buf_putc(out, '\n');
    put_source_line(&r, &excerpt, line);
    put_gutter(&r, 0);
    pad(&r, columns_before(&excerpt, caret) + 1);
    buf_puts(out, "^\n");
}
