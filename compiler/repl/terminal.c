// terminal.c - the way of lines: pasted, edited, or plain.
#include "compiler/repl/terminal_internal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char FIRST[] = "> ", FURTHER[] = ". ";
// The bytes 1 tell libedit that what is between them takes no room.
static const char FIRST_COLOURED[] = "\1\033[1;36m\1>\1\033[0m\1 ", FURTHER_COLOURED[] = "\1\033[36m\1.\1\033[0m\1 ";

// ---- life ------------------------------------------------------------------------------------------------------------

static bool is_dumb(void) {
    const char *term = getenv("TERM");
    return !term || !*term || strcmp(term, "dumb") == 0;
}

static bool wants_colour(void) {
    const char *no = getenv("NO_COLOR");
    return !(no && *no) && !is_dumb();
}

Terminal *terminal_new(const TerminalOptions *options) {
    Terminal *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->options = *options;
    bool is_typed = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && tcgetattr(STDIN_FILENO, &t->found) == 0;
    if (is_typed && !editor_open(t)) {
        terminal_free(t);
        return NULL;
    }
    t->colour = t->edit && wants_colour();
    t->marks_pastes = t->edit && !is_dumb();
    return t;
}

// The terminal as it was found.
static void hand_over(Terminal *t) {
    if (t->edit && !t->is_lent) tcsetattr(STDIN_FILENO, TCSADRAIN, &t->found);
    t->is_lent = true;
}

void terminal_free(Terminal *t) {
    if (t->edit) {
        hand_over(t);
        editor_close(t);
    }
    buf_free(&t->pasted);
    buf_free(&t->rest);
    free(t);
}

bool terminal_is_edited(const Terminal *t) {
    return t->edit;
}

bool terminal_has_colour(const Terminal *t) {
    return t->colour;
}

// ---- lines -----------------------------------------------------------------------------------------------------------

static bool has_pasted(const Terminal *t) {
    return t->given < t->pasted.length;
}

// A line that was pasted is shown when its turn comes, as if it were typed.
static void read_pasted(Terminal *t, Buf *line) {
    const char *start = t->pasted.data + t->given;
    size_t length = (size_t)((const char *)memchr(start, '\n', t->pasted.length - t->given) - start);
    buf_append(line, start, length);
    t->given += length + 1;
    for (const char *p = t->prompt; *p; p++)
        if (*p != 1) putchar(*p);
    fwrite(start, 1, length + 1, stdout);
    fflush(stdout);
}

// Lines that are not edited: reads on, or is false at the end.
static bool fill(Terminal *t) {
    enum { CHUNK = 1 << 16 };
    if (!has_pasted(t)) t->pasted.length = t->given = 0;
    ssize_t got;
    do {
        got = read(STDIN_FILENO, buf_reserve(&t->pasted, CHUNK), CHUNK);
    } while (got < 0 && errno == EINTR);
    if (got > 0) t->pasted.length += (size_t)got;
    return got > 0;
}

// What there is from byte `at` of what was read, up to the next line end.
static size_t line_length(const Terminal *t, size_t at, bool *is_line) {
    size_t length = t->pasted.length - at;
    const char *start = t->pasted.data + at, *end = length ? memchr(start, '\n', length) : NULL;
    *is_line = end;
    return end ? (size_t)(end - start) + 1 : length;
}

static TerminalRead read_plain(Terminal *t, Buf *line) {
    bool is_line;
    size_t length;
    do {
        length = line_length(t, t->given, &is_line);
    } while (!is_line && fill(t));
    if (!length) return READ_END;
    buf_append(line, t->pasted.data + t->given, length);
    t->given += length;
    return READ_LINE;
}

static void cut_line_end(Buf *line) {
    if (line->length && line->data[line->length - 1] == '\n') line->length--;
    if (line->length && line->data[line->length - 1] == '\r') line->length--;
}

TerminalRead terminal_read(Terminal *t, bool goes_on, Buf *line) {
    line->length = 0;
    t->prompt = t->colour ? (goes_on ? FURTHER_COLOURED : FIRST_COLOURED) : (goes_on ? FURTHER : FIRST);
    TerminalRead result = READ_LINE;
    if (!t->edit)
        result = read_plain(t, line);
    else if (has_pasted(t))
        read_pasted(t, line);
    else
        result = editor_read(t, line);
    cut_line_end(line);
    if (t->edit) {
        t->is_lent = false;
        editor_mute(t);
    }
    return result;
}

// An empty line may be followed by others.
static bool is_inner(int c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '}' || c == ')' || c == ']';
}

static bool is_readable(void) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0;
}

bool terminal_is_within(Terminal *t) {
    // Terminals that do not say what is pasted send it all at once.
    if (t->edit && !has_pasted(t)) return is_readable();
    return (has_pasted(t) || fill(t)) && is_inner(t->pasted.data[t->given]);
}

static bool is_comment(const char *line, size_t length) {
    size_t i = 0;
    while (i < length && (line[i] == ' ' || line[i] == '\t')) i++;
    return length - i >= 2 && line[i] == '/' && line[i + 1] == '/';
}

const char *terminal_next(Terminal *t, size_t *length) {
    size_t skipped = 0;
    bool is_line;
    while (true) {
        if (!has_pasted(t) && (t->edit || !is_readable() || !fill(t))) return NULL;
        *length = line_length(t, t->given + skipped, &is_line);
        if (!is_line && !t->edit && is_readable() && fill(t)) continue;
        if (!*length) return NULL;
        if (!is_comment(t->pasted.data + t->given + skipped, *length)) return t->pasted.data + t->given + skipped;
        skipped += *length;
    }
}

void terminal_drop(Terminal *t) {
    t->pasted.length = t->given = t->rest.length = 0;
}

void terminal_remember(Terminal *t, const char *text) {
    if (t->edit) input_history_add(&t->history, text);
}

// ---- others that read --------------------------------------------------------------------------------------------------

static int64_t env_read(Env *env, int file, void *to, size_t size) {
    if (file == ENV_STDIN) hand_over((Terminal *)env);
    return env_inner(env)->read(env_inner(env), file, to, size);
}

static int env_wait_readable(Env *env, const int *files, size_t count, uint64_t time) {
    for (size_t i = 0; i < count; i++)
        if (files[i] == ENV_STDIN) hand_over((Terminal *)env);
    return env_inner(env)->wait_readable(env_inner(env), files, count, time);
}

Env *terminal_env(Terminal *t, Env *inner) {
    env_wrap_init(&t->env, inner);
    t->env.env.read = env_read;
    t->env.env.wait_readable = env_wait_readable;
    return &t->env.env;
}
