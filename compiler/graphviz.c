#include "compiler/graphviz.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/child.h"

extern char **environ;

const char *graphviz_format(const char *path) {
    static const struct {
        const char *ending, *format;
    } formats[] = {{".svg", "svg"}, {".png", "png"}, {".pdf", "pdf"}, {".dot", "dot"}, {".gv", "dot"}};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t ending = strlen(formats[i].ending);
        if (length > ending && strcmp(path + length - ending, formats[i].ending) == 0) return formats[i].format;
    }
    return NULL;
}

static bool write_text(const Buf *graph, const char *path, char **error) {
    FILE *file = fopen(path, "wb");
    if (!file) return set_error(error, "cannot write `%s`: %s", path, strerror(errno));
    bool fine = fwrite(graph->data, 1, graph->length, file) == graph->length;
    int reason = errno;
    if (fclose(file) != 0 && fine) {
        fine = false;
        reason = errno;
    }
    return fine || set_error(error, "cannot write `%s`: %s", path, strerror(reason));
}

// Starts `dot`, which reads the graph from `input`.
static bool start(const char *path, const char *format, int input, pid_t *child, char **error) {
    char option[16];
    snprintf(option, sizeof option, "-T%s", format);
    char *const command[] = {"dot", option, "-o", (char *)path, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    int failure = posix_spawnp(child, command[0], &actions, NULL, command, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (!failure) return true;
    if (failure == ENOENT)
        return set_error(error, "a picture is made by `dot`, which is not installed: it is part of the package `graphviz`");
    return set_error(error, "cannot run `dot`: %s", strerror(failure));
}

static bool finish(pid_t child, const char *path, char **error) {
    int status;
    if (!child_wait(child, "dot", &status, error)) return false;
    return status == 0 || set_error(error, "`dot` could not write `%s` (exit status %d)", path, status);
}

// What `dot` does not read, since it has ended, is no error of its own.
static void feed(int pipe, const Buf *graph) {
    for (size_t at = 0; at < graph->length;) {
        ssize_t written = write(pipe, graph->data + at, graph->length - at);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) break;
        at += (size_t)written;
    }
    close(pipe);
}

static bool draw(const Buf *graph, const char *path, const char *format, char **error) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return set_error(error, "cannot run `dot`: %s", strerror(errno));
    pid_t child;
    bool started = start(path, format, ends[0], &child, error);
    close(ends[0]);
    if (!started) {
        close(ends[1]);
        return false;
    }
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    feed(ends[1], graph);
    signal(SIGPIPE, before);
    return finish(child, path, error);
}

bool graphviz_write(const Buf *graph, const char *path, const char *format, char **error) {
    return strcmp(format, "dot") == 0 ? write_text(graph, path, error) : draw(graph, path, format, error);
}
