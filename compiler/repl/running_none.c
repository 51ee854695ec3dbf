// running_none.c - takes the place of running.c, which is yet to come: whoever brings that removes this file.
#include <stdlib.h>

#include "compiler/repl/running.h"

Running *running_new(const RunningOptions *options) {
    (void)options;
    return NULL;
}

void running_use(Running *running, Session *session) {
    (void)running, (void)session;
}

void running_free(Running *running) {
    (void)running;
}

Watched running_watch(void *running, const PtProgram *program, Buf *out) {
    (void)running, (void)program;
    buf_puts(out, "error: streams cannot be run yet\n");
    return WATCHED_FAILED;
}

bool running_is_under_way(void *running) {
    (void)running;
    return false;
}

static bool say_missing(Running *running, const char *arguments, Buf *out) {
    (void)running, (void)arguments;
    buf_puts(out, "error: streams cannot be run yet\n");
    return false;
}

#define MISSING(name)                                                                                                            \
    bool name(Running *running, const char *arguments, Buf *out) {                                                               \
        return say_missing(running, arguments, out);                                                                             \
    }
MISSING(running_run)
MISSING(running_step)
MISSING(running_back)
MISSING(running_state)
MISSING(running_pending)
MISSING(running_ask)
MISSING(running_push)
MISSING(running_seal)
MISSING(running_data)
MISSING(running_graph)
