#include "compiler/repl/history.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { KEPT = 2000 }; // inputs

// ---- the file --------------------------------------------------------------------------------------------------------

static char *join(const char *directory, const char *name) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

static char *path_in_state(const char *state) {
    char *directory = join(state, "portals");
    if (!directory) return NULL;
    mkdir(state, 0700);
    bool there = mkdir(directory, 0700) == 0 || errno == EEXIST;
    char *path = there ? join(directory, "history") : NULL;
    free(directory);
    return path;
}

static char *find_path(void) {
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state && *state == '/') return path_in_state(state);
    return home && *home ? join(home, ".portals_history") : NULL;
}

// What is there and is no history of libedit belongs to somebody else.
static bool is_ours(const char *path) {
    static const char cookie[] = "_HiStOrY_V2_\n";
    FILE *file = fopen(path, "r");
    if (!file) return errno == ENOENT;
    char start[sizeof cookie - 1];
    size_t length = fread(start, 1, sizeof start, file);
    fclose(file);
    return length == 0 || (length == sizeof start && memcmp(start, cookie, length) == 0);
}

// What was typed may be nobody else's business.
static FILE *open_private(const char *path, const char *mode) {
    mode_t mask = umask(077);
    FILE *file = fopen(path, mode);
    umask(mask);
    return file;
}

// Only the last inputs are wanted next time. There are `count` in the file.
static void shorten(InputHistory *h, int count) {
    if (count <= 2 * KEPT) return;
    FILE *file = open_private(h->path, "w");
    if (!file) return;
    HistEvent event;
    history(h->lines, &event, H_SAVE_FP, file);
    fclose(file);
}

// At the end of the file, as a history of its own: what other prompts have added meanwhile stays. libedit begins a file that is
// empty with a line that says what it is.
static void append(InputHistory *h, const char *text) {
    FILE *file = open_private(h->path, "a");
    if (!file) return;
    History *one = history_init();
    HistEvent event;
    if (one && history(one, &event, H_SETSIZE, 1) == 0 && history(one, &event, H_ENTER, text) > 0 &&
        fseek(file, 0, SEEK_END) == 0)
        history(one, &event, H_SAVE_FP, file);
    if (one) history_end(one);
    fclose(file);
}

// ---- life ------------------------------------------------------------------------------------------------------------

void input_history_open(InputHistory *h) {
    *h = (InputHistory){.lines = history_init(), .path = find_path()};
    if (!h->lines) return;
    HistEvent event;
    history(h->lines, &event, H_SETSIZE, (int)KEPT);
    history(h->lines, &event, H_SETUNIQUE, 1);
    if (h->path && !is_ours(h->path)) {
        free(h->path);
        h->path = NULL;
    }
    if (!h->path) return;
    shorten(h, history(h->lines, &event, H_LOAD, h->path));
}

void input_history_close(InputHistory *h) {
    if (h->lines) history_end(h->lines);
    free(h->path);
    *h = (InputHistory){0};
}

void input_history_add(InputHistory *h, const char *text) {
    HistEvent event;
    if (!h->lines || history(h->lines, &event, H_ENTER, text) <= 0 || !h->path) return;
    append(h, text);
}
