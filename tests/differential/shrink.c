#include "tests/differential/shrink.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_SECONDS = 20, MAX_LINES = 5000 };

typedef struct Shrinking {
    const TrialOptions *options;
    char path[400];
    Buf text;
    const char *lines[MAX_LINES + 1]; // with their line feeds; the last one is the end
    bool out[MAX_LINES];              // left out
    int count;
} Shrinking;

static bool read_lines(Shrinking *s, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    size_t got;
    while ((got = fread(buf_reserve(&s->text, 4096), 1, 4096, file)) > 0) s->text.length += got;
    fclose(file);
    const char *at = buf_text(&s->text), *end = at + s->text.length;
    while (at < end && s->count < MAX_LINES) {
        s->lines[s->count++] = at;
        at = memchr(at, '\n', (size_t)(end - at));
        at = at ? at + 1 : end;
    }
    s->lines[s->count] = end;
    return true;
}

static void write_lines(const Shrinking *s) {
    FILE *file = fopen(s->path, "wb");
    if (!file) exit(2);
    for (int i = 0; i < s->count; i++)
        if (!s->out[i]) fwrite(s->lines[i], 1, (size_t)(s->lines[i + 1] - s->lines[i]), file);
    fclose(file);
}

// In a process of its own, which may die.
static bool still_fails(const Shrinking *s) {
    static Coverage coverage;
    write_lines(s);
    pid_t child = fork();
    if (child == 0) {
        Buf story = {0};
        trial_limit(MAX_SECONDS);
        _exit(trial_run(s->path, s->options, &coverage, &story) == TRIAL_DIFFERENT);
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) exit(2);
    return WIFSIGNALED(status) || WEXITSTATUS(status) == 1;
}

// Leaves out `size` lines from `from` on; not if they are needed.
static bool leave_out(Shrinking *s, int from, int size) {
    bool before[MAX_LINES];
    bool changes = false;
    memcpy(before, s->out, sizeof before);
    for (int i = from; i < from + size && i < s->count; i++) {
        changes = changes || !s->out[i];
        s->out[i] = true;
    }
    if (changes && still_fails(s)) return true;
    memcpy(s->out, before, sizeof before);
    return false;
}

int shrink(const char *path, const TrialOptions *options) {
    static Shrinking s;
    s.options = options;
    snprintf(s.path, sizeof s.path, "%s.small", path);
    if (!read_lines(&s, path) || !still_fails(&s)) return 1;
    for (int size = s.count / 2; size > 0; size = size > 8 ? size / 2 : size - 1) {
        for (int from = 0; from < s.count; from++)
            if (!s.out[from]) leave_out(&s, from, size);
    }
    write_lines(&s);
    printf("%s\n", s.path);
    buf_free(&s.text);
    return 0;
}
