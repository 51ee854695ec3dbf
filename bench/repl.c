// repl.c - how quick the prompt is: from its start to the first prompt, the answers to lines of all kinds, and the memory that
// many lines take. Usage: repl PORTALS [LINES]
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STARTS = 20, MEASURED = 1000, LINES = 10000, NAMES = 40 };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return ((double)time.tv_sec + (double)time.tv_nsec / 1e9) * 1e3;
}

static _Noreturn void fail(const char *why) {
    fprintf(stderr, "error: %s\n", why);
    exit(1);
}

// ---- lines -------------------------------------------------------------------------------------------------------------

static uint64_t state = 1;

static unsigned chance(unsigned below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % below;
}

// What somebody may type who tries things: each kind of line with names that come again, so that definitions are replaced, and
// used by later ones. All lines answer.
static void make_line(char *line, size_t size) {
    unsigned a = chance(NAMES), b = chance(NAMES), n = chance(1000);
    switch (chance(16)) {
    case 0:
    case 1: snprintf(line, size, "%u * %u + %u", n, a, b); break;
    case 2: snprintf(line, size, "[%u, %u, %u].map(x => x * 2).sort()", n, a, b); break;
    case 3: snprintf(line, size, "\"{%u} of {[%u, %u]}\".upper()", n, a, b); break;
    case 4: snprintf(line, size, "fn f%u(x: Int) -> Int = x * %u + %u", a, b, n); break;
    case 5: snprintf(line, size, "fn g%u(xs: List[Int]) -> Int = xs.map(x => x +%% %u).sum()", a, n); break;
    case 6: snprintf(line, size, "record R%u { name: String, size: Int }", a); break;
    case 7: snprintf(line, size, "enum E%u { One, Two(value: Int), Three(text: String) }", a); break;
    case 8: snprintf(line, size, "let a%u = [%u, %u, %u]", a, n, a, b); break;
    case 9: snprintf(line, size, "let m%u = [\"k\": %u]", a, n); break;
    case 10: snprintf(line, size, "list.range(0, %u).filter(x => x %% 3 == 0).size()", n); break;
    case 11:
        snprintf(line, size, "match Some(%u) { Some(x) if x > 500 => \"large\", Some(_) => \"small\", None => \"none\" }", n);
        break;
    case 12: snprintf(line, size, "[\"b\": %u, \"a\": %u]", n, a); break;
    case 13: snprintf(line, size, "%u + \"%u\"", n, a); break; // wrong
    case 14: snprintf(line, size, ":type (x: Int) => [x, %u]", n); break;
    default: snprintf(line, size, "from([%u, %u, %u]) |> map(x => x + 1) |> filter(x => x > %u)", n, a, b, a); break;
    }
}

// ---- the prompt --------------------------------------------------------------------------------------------------------

// Until the first prompt is on a terminal.
static double start(const char *portals) {
    int terminal;
    double from = now();
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);
    if (child == 0) {
        setenv("TERM", "dumb", 1);
        execl(portals, "portals", "repl", NULL);
        _exit(127);
    }
    char text[4096];
    size_t length = 0;
    while (length < 2 || memcmp(text + length - 2, "> ", 2) != 0) {
        ssize_t got = read(terminal, text + length, sizeof text - length);
        if (got <= 0) fail("there is no prompt");
        length += (size_t)got;
    }
    double time = now() - from;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(terminal);
    return time;
}

typedef struct Prompt {
    pid_t child;
    int to, from;
} Prompt;

static Prompt open_prompt(const char *portals) {
    int in[2], out[2];
    if (pipe(in) != 0 || pipe(out) != 0) fail("there are no pipes");
    Prompt p = {fork(), in[1], out[0]};
    if (p.child == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[1]);
        close(out[0]);
        execl(portals, "portals", "repl", NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    return p;
}

// Each answer is written at once, by its end.
static double answer(const Prompt *p, const char *line) {
    char text[65536];
    double from = now();
    if (write(p->to, line, strlen(line)) < 0 || read(p->from, text, sizeof text) <= 0) fail("there is no answer");
    return now() - from;
}

static long peak_memory(pid_t child) {
    char path[40], line[200];
    long kilobytes = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)child);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) sscanf(line, "VmHWM: %ld", &kilobytes);
    if (file) fclose(file);
    return kilobytes;
}

// ---- figures -----------------------------------------------------------------------------------------------------------

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void show(const char *what, double *times, int count) {
    qsort(times, (size_t)count, sizeof *times, compare);
    printf("%-38s least %6.1f  p50 %6.1f  p95 %6.1f  most %6.1f ms\n", what, times[0], times[count / 2], times[count * 95 / 100],
           times[count - 1]);
}

int main(int argc, char **argv) {
    if (argc < 2) fail("which command?");
    int lines = argc > 2 ? atoi(argv[2]) : LINES;
    double times[STARTS > MEASURED ? STARTS : MEASURED], first = 0;
    for (int i = 0; i < STARTS; i++) times[i] = start(argv[1]);
    show("start to prompt", times, STARTS);
    Prompt p = open_prompt(argv[1]);
    for (int i = 0; i <= lines; i++) {
        char line[300];
        make_line(line, sizeof line - 1);
        strcat(line, "\n");
        double time = answer(&p, line);
        if (i == 0) first = time;
        if (i > 0 && i <= MEASURED) times[i - 1] = time;
    }
    printf("%-38s %6.1f ms\n", "first line, with the start", first);
    show("1,000 lines after that", times, lines < MEASURED ? lines : MEASURED);
    printf("%d lines %*s peak memory %ld MB", lines, 22, "", peak_memory(p.child) / 1024);
    close(p.to);
    struct rusage usage;
    wait4(p.child, NULL, 0, &usage);
    printf(", %.1f ms of the processor each\n",
           ((double)usage.ru_utime.tv_sec * 1e3 + (double)usage.ru_utime.tv_usec / 1e3) / lines);
    return 0;
}
