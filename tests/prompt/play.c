// play.c - plays a transcript: somebody at a terminal, and what is on the screen. Usage: play TRANSCRIPT, with the command
// `portals` in the PATH; prints nothing and exits with 0 if everything came as it should. See README.md.
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/prompt/screen.h"

enum { WIDTH = 120, HEIGHT = 50 };
enum { LIMIT = 100 }; // seconds that something may take; nothing is decided by time but that it will not come any more

typedef struct Play {
    const char *path;
    int line; // of the transcript, at hand
    int terminal;
    pid_t child;
    bool has_ended;
    bool changes; // the next line of an input takes the place of the last one: keys have been pressed in it
    Screen screen;
    Buf expected; // what the screen must show, all in all
} Play;

// ---- comparing ---------------------------------------------------------------------------------------------------------

static const char ANYTHING[] = "…"; // in a line: any text; as a line: any lines

static bool matches(const char *pattern, const char *text);

static bool matches_from(const char *pattern, const char *text, bool with_lines) {
    for (;; text++) {
        if (matches(pattern, text)) return true;
        if (!*text || (*text == '\n' && !with_lines)) return false;
    }
}

static bool matches(const char *pattern, const char *text) {
    bool at_start = true;
    size_t length = sizeof ANYTHING - 1;
    while (*pattern) {
        if (strncmp(pattern, ANYTHING, length) == 0) {
            bool is_line = at_start && pattern[length] == '\n';
            return matches_from(pattern + length + is_line, text, is_line);
        }
        at_start = *pattern == '\n';
        if (*pattern++ != *text++) return false;
    }
    return !*text;
}

// With these lines behind what is expected so far.
static bool is_shown(Play *p, const char *more) {
    char *text = screen_text(&p->screen);
    size_t length = p->expected.length;
    buf_puts(&p->expected, more);
    bool is = matches(buf_text(&p->expected), text);
    p->expected.length = length;
    free(text);
    return is;
}

static _Noreturn void fail(Play *p, const char *why) {
    char *text = screen_text(&p->screen);
    fprintf(stderr, "%s:%d: %s\n---- expected:\n%s---- on the screen:\n%s----\n", p->path, p->line, why, buf_text(&p->expected),
            text);
    if (p->child > 0) kill(p->child, SIGKILL);
    exit(1);
}

// ---- the program -------------------------------------------------------------------------------------------------------

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void end(Play *p) {
    int status;
    waitpid(p->child, &status, 0);
    p->child = 0;
    p->has_ended = true;
    char text[40];
    if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "\r\n[signal %d]\r\n", WTERMSIG(status));
    else
        snprintf(text, sizeof text, "%s[status %d]\r\n", p->screen.column ? "\r\n" : "", WEXITSTATUS(status));
    screen_put(&p->screen, text, strlen(text));
}

// Takes what the program puts out, for some milliseconds at most.
static void take_output(Play *p, int time) {
    char bytes[4096];
    struct pollfd input = {.fd = p->terminal, .events = POLLIN};
    if (p->has_ended || poll(&input, 1, time) <= 0) return;
    ssize_t got = read(p->terminal, bytes, sizeof bytes);
    if (got > 0)
        screen_put(&p->screen, bytes, (size_t)got);
    else if (got == 0 || errno != EINTR)
        end(p); // a terminal that nobody has open any more is an error to Linux
}

static void wait_for_screen(Play *p, const char *more, const char *or_more) {
    double limit = now() + LIMIT;
    while (!is_shown(p, more) && !is_shown(p, or_more)) {
        if (p->has_ended) fail(p, "the program has ended, and this has not come");
        if (now() > limit) fail(p, "this has not come");
        take_output(p, 50);
    }
}

// Until Ctrl-C is a signal: something runs. Between the end of a line and that, the terminal echoes for a moment, as it does for
// long only while a program reads it.
static void wait_for_running(Play *p) {
    double start = now(), limit = start + LIMIT;
    struct termios modes;
    while (tcgetattr(p->terminal, &modes) == 0 && (modes.c_cc[VINTR] != 3 || (modes.c_lflag & ECHO && now() < start + 3))) {
        if (now() > limit) fail(p, "nothing runs that Ctrl-C could stop");
        take_output(p, 5);
    }
}

// `command` is one of the shell, which becomes the program.
static void start(Play *p, const char *command) {
    wait_for_screen(p, "", ""); // the program before it has ended
    struct winsize size = {.ws_row = HEIGHT, .ws_col = WIDTH};
    if (p->terminal > 0) close(p->terminal);
    p->has_ended = false;
    p->child = forkpty(&p->terminal, NULL, NULL, &size);
    if (p->child < 0) fail(p, "there is no terminal");
    if (p->child == 0) {
        char *line = NULL;
        setenv("TERM", "xterm-256color", 0);
        if (asprintf(&line, "exec env %s", command) > 0) execl("/bin/sh", "sh", "-c", line, NULL);
        _exit(127);
    }
}

// ---- keys --------------------------------------------------------------------------------------------------------------

typedef struct Key {
    const char *name;
    const char *bytes;
} Key;

static const Key KEYS[] = {
    {"TAB", "\t"},      {"ENTER", "\r"},        {"ESC", "\033"},         {"UP", "\033[A"},  {"DOWN", "\033[B"},
    {"LEFT", "\033[D"}, {"RIGHT", "\033[C"},    {"HOME", "\033[H"},      {"END", "\033[F"}, {"BACKSPACE", "\177"},
    {"DEL", "\033[3~"}, {"PASTE", "\033[200~"}, {"PASTED", "\033[201~"}, {"NL", "\n"},      {"LESS", "<"},
};

static void send_bytes(Play *p, const char *bytes, size_t length) {
    while (length) {
        ssize_t sent = write(p->terminal, bytes, length < 256 ? length : 256);
        if (sent < 0) fail(p, "nobody reads what is typed");
        bytes += sent;
        length -= (size_t)sent;
        take_output(p, 0); // a program that writes, and is not read, does not read
    }
}

static void resize(Play *p, const char *width) {
    struct winsize size = {.ws_row = HEIGHT, .ws_col = (unsigned short)atoi(width)};
    p->screen.width = size.ws_col;
    ioctl(p->terminal, TIOCSWINSZ, &size);
}

// What is between < and >.
static void press(Play *p, const char *name, size_t length) {
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (strlen(KEYS[i].name) == length && strncmp(KEYS[i].name, name, length) == 0) {
            send_bytes(p, KEYS[i].bytes, strlen(KEYS[i].bytes));
            return;
        }
    if (length == 6 && strncmp(name, "CTRL-", 5) == 0) {
        send_bytes(p, (char[]){(char)(name[5] & 31)}, 1);
    } else if (length == 9 && strncmp(name, "INTERRUPT", 9) == 0) {
        wait_for_running(p);
        send_bytes(p, "\003", 1);
    } else if (strncmp(name, "WIDTH ", 6) == 0) {
        resize(p, name + 6);
    } else {
        fail(p, "there is no such key");
    }
}

static void type(Play *p, const char *text) {
    while (*text) {
        const char *close = *text == '<' ? strchr(text, '>') : NULL;
        if (close && text[1] >= 'A' && text[1] <= 'Z') {
            press(p, text + 1, (size_t)(close - text - 1));
            text = close + 1;
        } else {
            send_bytes(p, text++, 1);
        }
    }
}

// ---- transcripts -------------------------------------------------------------------------------------------------------

static void run_shell(Play *p, const char *command) {
    if (system(command) != 0) fail(p, "the command has failed");
}

// What has been said must be on the screen, with the prompt behind it; then the line is typed, and stands there.
static void take_typed(Play *p, const char *line) {
    const char prompt[] = {line[0], '\n', '\0'};
    wait_for_screen(p, prompt, prompt);
    buf_printf(&p->expected, "%s\n", line);
    type(p, line + 2);
    send_bytes(p, "\r", 1);
}

// Presses keys behind a prompt, or in the line that has been begun.
static void take_keys(Play *p, const char *keys, bool is_new) {
    bool styled = p->screen.has_styles;
    if (is_new)
        wait_for_screen(p, styled ? "[1;36m]>[m]\n" : ">\n", styled ? "[36m].[m]\n" : ".\n");
    else
        wait_for_screen(p, "", "");
    type(p, keys);
    p->changes = !is_new;
}

static void drop_last_line(Play *p) {
    Buf *expected = &p->expected;
    if (expected->length) expected->length--;
    while (expected->length && expected->data[expected->length - 1] != '\n') expected->length--;
}

static void expect(Play *p, const char *line) {
    bool is_edited = line[0] == '|';
    if (is_edited && p->changes) drop_last_line(p);
    p->changes = p->changes && !is_edited;
    buf_printf(&p->expected, "%s\n", line + is_edited);
}

static void take_line(Play *p, char *line) {
    size_t length = strlen(line);
    while (length && (line[length - 1] == ' ' || line[length - 1] == '\n')) line[--length] = '\0';
    if (line[0] == '#') return;
    if (strncmp(line, "! ", 2) == 0)
        run_shell(p, line + 2);
    else if (strcmp(line, "[styles]") == 0)
        p->screen.has_styles = true;
    else if (strncmp(line, "$ ", 2) == 0)
        start(p, line + 2);
    else if (strncmp(line, "> ", 2) == 0 || strncmp(line, ". ", 2) == 0)
        take_typed(p, line);
    else if (strncmp(line, "@ ", 2) == 0)
        take_keys(p, line + 2, true);
    else if (strncmp(line, "& ", 2) == 0)
        take_keys(p, line + 2, false);
    else
        expect(p, line);
}

int main(int argc, char **argv) {
    Play p = {.path = argv[1]};
    FILE *transcript = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (!transcript) {
        fputs("usage: play TRANSCRIPT\n", stderr);
        return 2;
    }
    screen_init(&p.screen, WIDTH);
    char *line = NULL;
    for (size_t size = 0; getline(&line, &size, transcript) > 0;) {
        p.line++;
        take_line(&p, line);
    }
    wait_for_screen(&p, "", "");
    if (p.child > 0) kill(p.child, SIGKILL);
    fclose(transcript);
    buf_free(&p.expected);
    free(line);
    screen_free(&p.screen);
    return 0;
}
