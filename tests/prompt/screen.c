#include "tests/prompt/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

void screen_init(Screen *s, size_t width) {
    *s = (Screen){.width = width};
}

static void clear_line(Line *line, size_t from) {
    if (line->count > from) line->count = from;
}

void screen_free(Screen *s) {
    for (size_t i = 0; i < s->count; i++) free(s->lines[i].cells);
    free(s->lines);
}

// ---- cells -------------------------------------------------------------------------------------------------------------

static Line *line_at(Screen *s, size_t row) {
    if (row >= s->count) {
        s->lines = realloc(s->lines, (row + 1) * sizeof *s->lines);
        while (s->count <= row) s->lines[s->count++] = (Line){0};
    }
    return &s->lines[row];
}

// Makes the line at least so long, with blanks.
static void fill(Line *line, size_t count) {
    if (line->count >= count) return;
    line->cells = realloc(line->cells, count * sizeof *line->cells);
    while (line->count < count) line->cells[line->count++] = (Cell){.bytes = " "};
}

static size_t width_of(const char *bytes, size_t length) {
    utf8proc_int32_t character;
    utf8proc_iterate((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)length, &character);
    return character >= 0 && utf8proc_charwidth(character) == 2 ? 2 : 1;
}

// A wide one takes two cells, and goes to the next line if there is only one left.
static void put_character(Screen *s, const char *bytes, size_t length) {
    size_t width = width_of(bytes, length);
    if (s->column + width > s->width) {
        s->row++;
        s->column = 0;
    }
    Line *line = line_at(s, s->row);
    fill(line, s->column + width);
    memset(&line->cells[s->column], 0, width * sizeof(Cell));
    Cell *cell = &line->cells[s->column];
    s->column += width;
    memcpy(cell->bytes, bytes, length);
    strcpy(cell->style, s->style);
}

static void remove_cells(Screen *s, size_t count) {
    Line *line = line_at(s, s->row);
    if (s->column >= line->count) return;
    if (count > line->count - s->column) count = line->count - s->column;
    memmove(line->cells + s->column, line->cells + s->column + count, (line->count - s->column - count) * sizeof *line->cells);
    line->count -= count;
}

static void insert_cells(Screen *s, size_t count) {
    Line *line = line_at(s, s->row);
    if (s->column >= line->count) return;
    size_t old = line->count;
    fill(line, old + count);
    memmove(line->cells + s->column + count, line->cells + s->column, (old - s->column) * sizeof *line->cells);
    for (size_t i = 0; i < count; i++) line->cells[s->column + i] = (Cell){.bytes = " "};
}

// ---- escape sequences --------------------------------------------------------------------------------------------------

// What is below goes, too.
static void clear_below(Screen *s) {
    clear_line(line_at(s, s->row), s->column);
    for (size_t i = s->row + 1; i < s->count; i++) clear_line(&s->lines[i], 0);
}

static void obey(Screen *s, char command, const char *arguments) {
    size_t count = strtoul(arguments, NULL, 10), steps = count ? count : 1;
    switch (command) {
    case 'A': s->row -= steps < s->row ? steps : s->row; break;
    case 'B': s->row += steps; break;
    case 'C': s->column += steps; break;
    case 'D': s->column -= steps < s->column ? steps : s->column; break;
    case 'G': s->column = steps - 1; break;
    case 'J': clear_below(s); break;
    case 'K': clear_line(line_at(s, s->row), s->column); break;
    case 'P': remove_cells(s, steps); break;
    case '@': insert_cells(s, steps); break;
    case 'm': snprintf(s->style, sizeof s->style, "%s", strcmp(arguments, "0") == 0 ? "" : arguments); break;
    default: break; // modes of the terminal, which are not seen
    }
}

// How many bytes the character has that begins with this one.
static size_t character_length(unsigned char first) {
    return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool is_final(char c) {
    return c >= '@' && c <= '~';
}

// Whether what is pending is whole; then it has been obeyed.
static bool finish_pending(Screen *s) {
    char *p = s->pending;
    size_t length = s->pending_length;
    p[length] = '\0';
    if (p[0] != '\033') {
        if (length < character_length((unsigned char)p[0])) return false;
        put_character(s, p, length);
        return true;
    }
    if (length < 2) return false;
    if (p[1] != '[') return p[1] != '(' || length == 3; // the choice of a character set has one byte more
    if (length < 3 || !is_final(p[length - 1])) return length == sizeof s->pending - 1;
    char command = p[length - 1];
    p[length - 1] = '\0';
    obey(s, command, p + 2);
    return true;
}

static void put_byte(Screen *s, char byte) {
    if (!s->pending_length) {
        switch (byte) {
        case '\r': s->column = 0; return;
        case '\n':
            s->row++;
            line_at(s, s->row);
            return;
        case '\b':
            if (s->column) s->column--;
            return;
        case '\a': return;
        default: break;
        }
    }
    s->pending[s->pending_length++] = byte;
    if (finish_pending(s)) s->pending_length = 0;
}

void screen_put(Screen *s, const char *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) put_byte(s, bytes[i]);
}

// ---- text --------------------------------------------------------------------------------------------------------------

static size_t visible(const Line *line) {
    size_t count = line->count;
    while (count && strcmp(line->cells[count - 1].bytes, " ") == 0) count--;
    return count;
}

static void write_line(const Screen *s, const Line *line, FILE *out) {
    const char *style = "";
    size_t count = visible(line);
    for (size_t i = 0; i < count; i++) {
        if (s->has_styles && strcmp(style, line->cells[i].style) != 0) fprintf(out, "[%sm]", style = line->cells[i].style);
        fputs(line->cells[i].bytes, out);
    }
    if (*style) fputs("[m]", out);
    fputc('\n', out);
}

char *screen_text(const Screen *s) {
    char *text = NULL;
    size_t length, count = s->count;
    FILE *out = open_memstream(&text, &length);
    while (count && visible(&s->lines[count - 1]) == 0) count--;
    for (size_t i = 0; i < count; i++) write_line(s, &s->lines[i], out);
    fclose(out);
    return text;
}
