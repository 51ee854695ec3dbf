// session_quote.c - errors while something runs tell only where they happened: here the line is put below, as in a diagnostic.
#include "compiler/repl/session_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// `  --> <7>:1:5`
typedef struct Quoted {
    char *file;
    uint32_t line, column;
} Quoted;

// The number behind the last `:`, which is cut off with it. 0 if there is none.
static uint32_t cut_number(char *text) {
    char *colon = strrchr(text, ':'), *end;
    if (!colon) return 0;
    unsigned long number = strtoul(colon + 1, &end, 10);
    if (*end || number > UINT32_MAX) return 0;
    *colon = '\0';
    return (uint32_t)number;
}

static bool read_place(const char *line, size_t length, Quoted *out) {
    static const char ARROW[] = "  --> ";
    size_t arrow = sizeof ARROW - 1;
    if (length <= arrow || memcmp(line, ARROW, arrow) != 0) return false;
    out->file = strndup(line + arrow, length - arrow);
    if (!out->file) return false;
    out->column = cut_number(out->file);
    out->line = cut_number(out->file);
    if (out->column && out->line) return true;
    free(out->file);
    return false;
}

// A diagnostic has the line already.
static bool is_quoted(const char *next, const char *end) {
    while (next < end && (*next == ' ' || (*next >= '0' && *next <= '9'))) next++;
    return next < end && *next == '|';
}

static void put_quote(const Session *session, const Text *input, const Quoted *place, bool notes_follow, Buf *out) {
    Buf line = {0};
    bool found = input && strcmp(input->file.path, place->file) == 0 ? text_line(input, place->line, &line)
                                                                     : session_line(session, place->file, place->line, &line);
    if (found) {
        diag_quote(buf_text(&line), line.length, (int)place->line, (int)place->column, out);
        if (notes_follow) buf_printf(out, "%*s|\n", snprintf(NULL, 0, " %u ", place->line), "");
    }
    buf_free(&line);
}

void session_quote(const Session *session, const Text *input, size_t from, Buf *out) {
    Buf told = {0};
    const char *end = out->data + out->length;
    if (from >= out->length) return;
    for (const char *line = out->data + from, *next; line < end; line = next) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        next = line_end ? line_end + 1 : end;
        Quoted place;
        buf_append(&told, line, (size_t)(next - line));
        if (!line_end || is_quoted(next, end) || !read_place(line, (size_t)(line_end - line), &place)) continue;
        put_quote(session, input, &place, end - next > 4 && memcmp(next, "   =", 4) == 0, &told);
        free(place.file);
    }
    out->length = from;
    buf_append(out, told.data, told.length);
    buf_free(&told);
}
