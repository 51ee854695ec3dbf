#include "compiler/repl/prompt.h"

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "compiler/help.h"
#include "compiler/repl/commands.h"

// ---- what is shown -----------------------------------------------------------------------------------------------------

void prompt_show(void *user, Buf *out) {
    Prompt *p = user;
    if (out->length) fwrite(out->data, 1, out->length, stdout);
    if (fflush(stdout) != 0) p->is_over = true; // there is nobody to talk to
    out->length = 0;
}

static double seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

typedef struct Times {
    double wall, user; // seconds
} Times;

static Times now(void) {
    struct timespec wall;
    struct rusage usage;
    clock_gettime(CLOCK_MONOTONIC, &wall);
    getrusage(RUSAGE_SELF, &usage);
    return (Times){(double)wall.tv_sec + (double)wall.tv_nsec / 1e9, seconds(usage.ru_utime)};
}

static void put_time(Buf *out, Times start) {
    Times end = now();
    buf_printf(out, "(%.1f ms, of which %.1f ms of the processor)\n", (end.wall - start.wall) * 1e3,
               (end.user - start.user) * 1e3);
}

// ---- inputs ----------------------------------------------------------------------------------------------------------

static bool is_blank(const Buf *text) {
    return session_is_blank(text->data, text->length);
}

static bool is_whole(Prompt *p) {
    size_t start;
    if (!commands_is_command(p->text.data, p->text.length)) return session_is_whole(p->session, p->text.data, p->text.length);
    return !commands_takes_input(p->text.data, p->text.length, &start) ||
           session_is_whole(p->session, p->text.data + start, p->text.length - start);
}

// Whether the input, which is whole, goes on nevertheless with the line that comes next, as far as that is there already.
static bool goes_on(Prompt *p) {
    size_t start = 0, length;
    const char *next = terminal_next(p->terminal, &length);
    if (!next) return false;
    bool is_command = commands_is_command(p->text.data, p->text.length);
    if (is_command && !commands_takes_input(p->text.data, p->text.length, &start)) return false;
    return session_goes_on(p->session, p->text.data + start, p->text.length - start, next, length);
}

// An input goes on with the next line until it is whole, or a line is empty that is not one within a definition.
static TerminalRead read_input(Prompt *p) {
    p->text.length = 0;
    TerminalRead read = terminal_read(p->terminal, false, &p->line);
    while (read == READ_LINE) {
        buf_append(&p->text, p->line.data, p->line.length);
        if (is_blank(&p->line) ? !(p->text.length > p->line.length && terminal_is_within(p->terminal))
                               : is_whole(p) && !goes_on(p))
            break;
        buf_putc(&p->text, '\n');
        read = terminal_read(p->terminal, true, &p->line);
    }
    if (read == READ_END && !is_blank(&p->text)) return READ_LINE; // what is wrong with it is said
    return read;
}

static void take_input(Prompt *p) {
    Times start = now();
    bool is_command = commands_is_command(p->text.data, p->text.length);
    if (is_command) {
        bool fine = commands_run(p, buf_text(&p->text), &p->out);
        if (!fine) session_quote(p->session, NULL, 0, &p->out);
        p->was_wrong |= !fine;
    } else {
        Entered entered = session_enter(p->session, p->text.data, p->text.length, &p->out);
        p->was_wrong |= entered == ENTERED_WRONG || entered == ENTERED_FAILED || entered == ENTERED_STOPPED;
    }
    if (atomic_exchange(p->stop, false)) terminal_drop(p->terminal);
    if (p->is_timed) put_time(&p->out, start);
    prompt_show(p, &p->out);
}

// What the history gives back on one line may be several.
static void remember(Prompt *p) {
    while (p->text.length && strchr("\n ", p->text.data[p->text.length - 1])) p->text.length--;
    terminal_remember(p->terminal, buf_text(&p->text));
}

bool prompt_run(Prompt *p, const char *file) {
    if (terminal_is_edited(p->terminal)) printf("Portals %s. `:help` lists the commands, Ctrl-D ends.\n", PORTALS_VERSION);
    if (file) p->was_wrong |= !session_load(p->session, file, &p->out);
    prompt_show(p, &p->out);
    TerminalRead read = READ_LINE;
    while (!p->is_over && (read = read_input(p)) != READ_END) {
        if (read == READ_DROPPED || is_blank(&p->text)) continue;
        take_input(p);
        remember(p);
    }
    return fflush(stdout) == 0 && !ferror(stdout);
}
