// editor.c - editing of a line, by libedit: which keys there are, and what those do that it does not know.
#include "compiler/repl/terminal_internal.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

enum { CTRL_C = 3, ESCAPE = 27 };

// Terminals that know of it mark what is pasted by these two, if they are told to.
static const char PASTE_ON[] = "\033[?2004h", PASTE_OFF[] = "\033[?2004l", PASTE_END[] = "\033[201~";
// The key that puts the rest of what was pasted into the line; no terminal has it.
static const char REST_KEY[] = "\033[2999~";

static Terminal *terminal_of(EditLine *edit) {
    Terminal *t = NULL;
    el_get(edit, EL_CLIENTDATA, &t);
    return t;
}

// ---- the screen ------------------------------------------------------------------------------------------------------

static struct winsize size_of_screen(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col) size = (struct winsize){.ws_col = 80, .ws_row = 24};
    return size;
}

// How many columns the character has that begins a text, as libedit sees it; `*bytes` is how many bytes. The text is UTF-8 of the
// locale; what is not, such as a name of a file, counts as one.
static size_t character_width(const char *text, size_t length, size_t *bytes) {
    wchar_t c;
    mbstate_t state = {0};
    *bytes = mbrtowc(&c, text, length, &state);
    if (*bytes > length || *bytes == 0) {
        *bytes = 1;
        return 1;
    }
    int width = wcwidth(c);
    return width < 0 ? 1 : (size_t)width;
}

static size_t text_width(const char *text) {
    size_t width = 0, length = strlen(text), bytes;
    for (size_t i = 0; i < length; i += bytes) width += character_width(text + i, length - i, &bytes);
    return width;
}

// How many rows a line takes, behind a prompt of two columns. A wide character that does not fit stands in the next row.
static size_t rows_of(const char *line, size_t length, size_t across) {
    size_t rows = 1, column = 2, bytes;
    for (size_t i = 0; i < length; i += bytes) {
        size_t width = character_width(line + i, length - i, &bytes);
        if (line[i] == '\n' || column + width > across) {
            rows++;
            column = 0;
        }
        if (line[i] != '\n') column += width;
    }
    return column < across ? rows : rows + 1; // the cursor stands behind it
}

// ---- characters ------------------------------------------------------------------------------------------------------

// Signals interrupt the reading of a character: the window has another size, or the prompt is in the foreground again, where
// others have changed the terminal meanwhile.
static volatile sig_atomic_t is_resized, is_continued;

static void note_signal(int signal) {
    if (signal == SIGWINCH) is_resized = 1;
    if (signal == SIGCONT) is_continued = 1;
}

static void listen(int signal) {
    struct sigaction action = {.sa_handler = note_signal};
    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

// Ctrl-C is a key while a line is edited; libedit does not remember that from line to line.
static void take_terminal(EditLine *edit) {
    el_set(edit, EL_PREP_TERM, 1);
    el_set(edit, EL_SETTY, "-d", "intr=", NULL);
}

// Where the line begins now depends on whether the terminal has broken it anew; if not everything of it can be cleared, some of
// it stays above.
static void take_size(EditLine *edit) {
    Terminal *t = terminal_of(edit);
    struct winsize size = size_of_screen();
    if (size.ws_col == t->size.ws_col && size.ws_row == t->size.ws_row) return;
    const LineInfo *line = el_line(edit);
    size_t length = (size_t)(line->cursor - line->buffer);
    size_t above = rows_of(line->buffer, length, size.ws_col) - 1, was = rows_of(line->buffer, length, t->size.ws_col) - 1;
    if (was < above) above = was;
    t->size = size;
    fputs(t->marks_pastes ? "\r" : "\n", stdout);
    if (t->marks_pastes && above) printf("\033[%zuA", above);
    if (t->marks_pastes) fputs("\033[J", stdout);
    fflush(stdout);
    el_resize(edit); // believes that nothing is on the screen
    el_set(edit, EL_REFRESH);
}

static void look_at_signals(EditLine *edit) {
    if (is_resized) {
        is_resized = 0;
        take_size(edit);
    }
    if (is_continued) {
        is_continued = 0;
        el_set(edit, EL_PREP_TERM, 0);
        take_terminal(edit);
        el_set(edit, EL_REFRESH);
    }
}

// The next byte, or -1 at the end.
static int read_byte(EditLine *edit) {
    Terminal *t = terminal_of(edit);
    if (t->ahead && *t->ahead) return (unsigned char)*t->ahead++;
    unsigned char byte;
    ssize_t got;
    look_at_signals(edit);
    while ((got = read(STDIN_FILENO, &byte, 1)) < 0 && errno == EINTR) {
        if (atomic_exchange(t->options.stop, false)) return CTRL_C;
        look_at_signals(edit);
    }
    return got == 1 ? byte : -1;
}

// What is no UTF-8 is read as U+FFFD.
static int read_character(EditLine *edit, wchar_t *out) {
    int byte = read_byte(edit);
    if (byte < 0) return 0;
    int more = byte < 0xc2 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : byte < 0xf5 ? 3 : 0;
    uint32_t c = (uint32_t)byte & (more == 0 ? 0xff : 0x3fU >> more);
    bool is_good = byte < 0x80 || more;
    for (; more; more--) {
        if ((byte = read_byte(edit)) < 0) return 0;
        is_good &= (byte & 0xc0) == 0x80;
        c = c << 6 | ((uint32_t)byte & 0x3f);
    }
    is_good &= c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    *out = is_good ? (wchar_t)c : 0xfffd;
    return 1;
}

// ---- keys ------------------------------------------------------------------------------------------------------------

static unsigned char drop_line(EditLine *edit, int key) {
    (void)key;
    Terminal *t = terminal_of(edit);
    t->is_dropped = true;
    fputs("^C\n", stdout);
    return CC_EOF;
}

static size_t common_prefix(const NameList *names) {
    size_t length = strlen(names->items[0]);
    for (size_t i = 1; i < names->count; i++) {
        size_t same = 0;
        while (same < length && names->items[i][same] == names->items[0][same]) same++;
        length = same;
    }
    while (length && ((unsigned char)names->items[0][length] & 0xc0) == 0x80) length--; // not within a character
    return length;
}

// In columns, from above to below. The line is shown again below, where libedit clears as many rows as it had.
static void list_names(const NameList *names, size_t rows_of_line) {
    size_t width = 0, across = 1, columns = size_of_screen().ws_col;
    for (size_t i = 0; i < names->count; i++)
        if (text_width(names->items[i]) > width) width = text_width(names->items[i]);
    if (columns > width + 2) across = columns / (width + 2);
    size_t rows = (names->count + across - 1) / across;
    for (size_t row = 0; row < rows; row++) {
        putchar('\n');
        for (size_t i = row; i < names->count; i += rows) {
            int rest = i + rows < names->count ? (int)(width + 2 - text_width(names->items[i])) : 0;
            printf("%s%*s", names->items[i], rest, "");
        }
    }
    for (size_t i = 0; i < rows_of_line; i++) putchar('\n');
    fflush(stdout);
}

static bool is_blank(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ' && text[i] != '\t') return false;
    return true;
}

static unsigned char complete_name(Terminal *t, const LineInfo *line, size_t cursor) {
    NameList names = {.start = cursor};
    unsigned char result = CC_ERROR;
    t->options.complete(t->options.user, line->buffer, cursor, &names);
    size_t length = names.count ? common_prefix(&names) : 0, there = cursor - names.start;
    if (length > there) {
        names.items[0][length] = '\0';
        el_insertstr(t->edit, names.items[0] + there);
        result = CC_REFRESH;
    } else if (names.count > 1) {
        list_names(&names, rows_of(line->buffer, (size_t)(line->lastchar - line->buffer), size_of_screen().ws_col));
        result = CC_REDISPLAY;
    } else if (names.count == 1) {
        result = CC_NORM;
    }
    name_list_free(&names);
    return result;
}

// Where there is nothing to complete, it indents.
static unsigned char complete(EditLine *edit, int key) {
    (void)key;
    const LineInfo *line = el_line(edit);
    size_t cursor = (size_t)(line->cursor - line->buffer);
    if (!is_blank(line->buffer, cursor)) return complete_name(terminal_of(edit), line, cursor);
    el_insertstr(edit, "  ");
    return CC_REFRESH;
}

// ---- pasting ---------------------------------------------------------------------------------------------------------

static void read_paste(EditLine *edit, Buf *text) {
    size_t end = sizeof PASTE_END - 1;
    int byte;
    while ((byte = read_byte(edit)) >= 0) {
        if (byte != 0) buf_putc(text, byte == '\r' ? '\n' : (char)byte);
        if (text->length >= end && memcmp(text->data + text->length - end, PASTE_END, end) == 0) {
            text->length -= end;
            return;
        }
    }
}

// The running line becomes the first of those that were pasted; the others wait for their turn.
static void take_lines(Terminal *t, const Buf *text) {
    const char *first = memchr(text->data, '\n', text->length), *last = memrchr(text->data, '\n', text->length);
    const LineInfo *line = el_line(t->edit);
    terminal_drop(t);
    buf_append(&t->pasted, first + 1, (size_t)(last - first));
    buf_append(&t->rest, last + 1, (size_t)(text->data + text->length - last - 1));
    buf_append(&t->rest, line->cursor, (size_t)(line->lastchar - line->cursor));
    Buf whole = {0};
    buf_append(&whole, line->buffer, (size_t)(line->cursor - line->buffer));
    buf_append(&whole, text->data, (size_t)(first - text->data));
    el_replacestr(t->edit, buf_text(&whole));
    buf_free(&whole);
    t->ahead = "\r";
}

static unsigned char paste(EditLine *edit, int key) {
    (void)key;
    Terminal *t = terminal_of(edit);
    Buf text = {0};
    read_paste(edit, &text);
    if (text.length && memchr(text.data, '\n', text.length))
        take_lines(t, &text);
    else
        el_insertstr(edit, buf_text(&text));
    buf_free(&text);
    return CC_REFRESH;
}

static unsigned char insert_rest(EditLine *edit, int key) {
    (void)key;
    Terminal *t = terminal_of(edit);
    el_insertstr(edit, buf_text(&t->rest));
    t->rest.length = 0;
    return CC_REFRESH;
}

// ---- life ------------------------------------------------------------------------------------------------------------

static char *show_prompt(EditLine *edit) {
    return (char *)terminal_of(edit)->prompt;
}

static void bind_keys(EditLine *edit) {
    static const char *const known[][2] = {
        {"^R", "em-inc-search-prev"}, {"\\e[3~", "ed-delete-next-char"}, {"\\e[1;5C", "em-next-word"},
        {"\\e[1;5D", "ed-prev-word"}, {"\\e[H", "ed-move-to-beg"},       {"\\e[F", "ed-move-to-end"},
        {"\\eOH", "ed-move-to-beg"},  {"\\eOF", "ed-move-to-end"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) el_set(edit, EL_BIND, known[i][0], known[i][1], NULL);
    el_set(edit, EL_ADDFN, "portals-complete", "completes a name, or lists those that there are", complete);
    el_set(edit, EL_ADDFN, "portals-drop", "drops the input", drop_line);
    el_set(edit, EL_ADDFN, "portals-paste", "takes lines that are pasted", paste);
    el_set(edit, EL_ADDFN, "portals-rest", "takes the rest of them", insert_rest);
    el_set(edit, EL_BIND, "^I", "portals-complete", NULL);
    el_set(edit, EL_BIND, "^C", "portals-drop", NULL);
    el_set(edit, EL_BIND, "\\e[200~", "portals-paste", NULL);
    el_set(edit, EL_BIND, REST_KEY, "portals-rest", NULL);
}

// libedit works with the characters of the locale; those of programs are of UTF-8.
static void choose_characters(void) {
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0) setlocale(LC_CTYPE, "C.UTF-8");
}

bool editor_open(Terminal *t) {
    choose_characters();
    t->edit = el_init("portals", stdin, stdout, stderr);
    if (!t->edit) return false;
    input_history_open(&t->history);
    el_set(t->edit, EL_CLIENTDATA, t);
    el_set(t->edit, EL_EDITOR, "emacs");
    el_set(t->edit, EL_PROMPT_ESC, show_prompt, 1);
    el_set(t->edit, EL_GETCFN, read_character);
    if (t->history.lines) el_set(t->edit, EL_HIST, history, t->history.lines);
    el_source(t->edit, NULL);
    bind_keys(t->edit);
    listen(SIGWINCH);
    listen(SIGCONT);
    return true;
}

void editor_close(Terminal *t) {
    input_history_close(&t->history);
    el_end(t->edit);
    t->edit = NULL;
}

TerminalRead editor_read(Terminal *t, Buf *line) {
    int count;
    t->is_dropped = false;
    t->ahead = t->rest.length ? REST_KEY : NULL;
    t->size = size_of_screen();
    is_resized = 0;
    take_terminal(t->edit);               // before the prompt: what is typed from then on is not echoed by the terminal
    atomic_store(t->options.stop, false); // from now on Ctrl-C is a key, and when the line has ended it is about what that does
    if (t->marks_pastes) fputs(PASTE_ON, stdout);
    const char *text = el_gets(t->edit, &count);
    if (t->marks_pastes) fputs(PASTE_OFF, stdout);
    fflush(stdout);
    if (t->is_dropped) return READ_DROPPED;
    if (!text || count <= 0) {
        putchar('\n'); // behind the ^D
        return READ_END;
    }
    buf_append(line, text, (size_t)count);
    return READ_LINE;
}

// In the background the terminal is somebody else's.
void terminal_leave(void *terminal) {
    const Terminal *t = terminal;
    if (!t->edit || tcgetpgrp(STDIN_FILENO) != getpgrp()) return;
    if (t->marks_pastes && write(STDOUT_FILENO, PASTE_OFF, sizeof PASTE_OFF - 1) < 0) return; // there is no terminal any more
    tcsetattr(STDIN_FILENO, TCSANOW, &t->found);
}

void editor_mute(Terminal *t) {
    struct termios muted = t->found;
    muted.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    muted.c_cc[VMIN] = 1;
    muted.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &muted);
}
