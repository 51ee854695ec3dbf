// repl.c - how quick the prompt is: from its start to the first prompt, the answers to lines of all kinds, and the memory that
// many lines take. Usage: repl PORTALS [LINES]. Times are shown twice: as they went by, and as the processor worked for the
// prompt, which hardly depends on what else the machine does.
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

// Milliseconds.
typedef struct Times {
    double wall, processor;
} Times;

static double processor_time(pid_t child) {
    char path[40];
    double nanoseconds = 0;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)child);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%lf", &nanoseconds) != 1) fail("there is no /proc");
    fclose(file);
    return nanoseconds / 1e6;
}

// Until the first prompt is on a terminal.
static Times start(const char *portals) {
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
    Times time = {now() - from, processor_time(child)};
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
static Times answer(const Prompt *p, const char *line) {
    char text[65536];
    double from = now(), worked = processor_time(p->child);
    if (write(p->to, line, strlen(line)) < 0 || read(p->from, text, sizeof text) <= 0) fail("there is no answer");
    return (Times){now() - from, processor_time(p->child) - worked};
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

static void show(const char *what, const Times *times, int count) {
    double *sorted = malloc(sizeof *sorted * (size_t)count);
    for (int processor = 0; processor < 2; processor++) {
        for (int i = 0; i < count; i++) sorted[i] = processor ? times[i].processor : times[i].wall;
        qsort(sorted, (size_t)count, sizeof *sorted, compare);
        printf("%-24s %-10s least %6.1f  p50 %6.1f  p95 %6.1f  most %6.1f ms\n", processor ? "" : what,
               processor ? "processor" : "went by", sorted[0], sorted[count / 2], sorted[count * 95 / 100], sorted[count - 1]);
    }
    free(sorted);
}

int main(int argc, char **argv) {
    if (argc < 2) fail("which command?");
    int lines = argc > 2 ? atoi(argv[2]) : LINES, measured = lines < MEASURED ? lines : MEASURED;
    Times starts[STARTS], times[MEASURED];
    for (int i = 0; i < STARTS; i++) starts[i] = start(argv[1]);
    show("start to prompt", starts, STARTS);
    Prompt p = open_prompt(argv[1]);
    answer(&p, "1\n"); // it has started
    for (int i = 0; i < lines; i++) {
        char line[300];
        make_line(line, sizeof line - 1);
        strcat(line, "\n");
        Times time = answer(&p, line);
        if (i < measured) times[i] = time;
    }
    show("lines after the first", times, measured);
    printf("%d lines: peak memory %ld MB, %.1f ms of the processor each\n", lines, peak_memory(p.child) / 1024,
           processor_time(p.child) / lines);
    close(p.to);
    waitpid(p.child, NULL, 0);
    return 0;
}
