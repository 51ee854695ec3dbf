// screen.h - what somebody at a terminal sees: the lines that a program has made by its output, escape sequences included. There
// is no upper end: lines that have been seen stay.
#ifndef TESTS_PROMPT_SCREEN_H
#define TESTS_PROMPT_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Cell {
    char bytes[5];  // a character, zero-terminated; or "", behind a wide one
    char style[16]; // as between ESC [ and m; "" is plain
} Cell;

typedef struct Line {
    Cell *cells;
    size_t count;
} Line;

typedef struct Screen {
    Line *lines;
    size_t count;
    size_t row, column; // of the cursor
    size_t width;
    char style[16];
    char pending[64]; // an escape sequence or character that has not come to its end
    size_t pending_length;
    bool has_styles; // styles are shown in screen_text, as [1;36m]
} Screen;

void screen_init(Screen *screen, size_t width);
void screen_free(Screen *screen);
// Takes what the program has put out.
void screen_put(Screen *screen, const char *bytes, size_t length);
// All lines, each with its line end, without white space at their ends and without empty lines at the end. To be freed.
char *screen_text(const Screen *screen);

#endif
