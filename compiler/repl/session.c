// session.c - the session as a whole: its life, and the way of an input.
#include "compiler/repl/session.h"

#include <stdlib.h>

struct Session {
    SessionOptions options;
    uint64_t version;
};

Session *session_new(const SessionOptions *options, char **error) {
    *error = NULL;
    Session *session = calloc(1, sizeof *session);
    session->options = *options;
    return session;
}

void session_free(Session *session) {
    free(session);
}

bool session_is_whole(Session *session, const char *text, size_t length) {
    (void)session;
    return !length || text[length - 1] != '\\';
}

static void say_missing(Buf *out) {
    buf_puts(out, "error: inputs cannot be taken yet\n");
}

Entered session_enter(Session *session, const char *text, size_t length, Buf *out) {
    (void)session, (void)text, (void)length;
    say_missing(out);
    return ENTERED_WRONG;
}

bool session_load(Session *session, const char *path, Buf *out) {
    (void)session, (void)path;
    say_missing(out);
    return false;
}

bool session_type(Session *session, const char *text, size_t length, Buf *out) {
    (void)session, (void)text, (void)length;
    say_missing(out);
    return false;
}

uint64_t session_version(const Session *session) {
    return session->version;
}

void session_list(const Session *session, Buf *out) {
    (void)session, (void)out;
}

void name_list_free(NameList *list) {
    for (size_t i = 0; i < list->count; i++) free(list->items[i]);
    free(list->items);
    *list = (NameList){0};
}

void session_names(Session *session, const char *text, size_t cursor, NameList *out) {
    (void)session, (void)text;
    out->start = cursor;
}

bool session_compile(Session *session, const char *extra, const SessionCompile *how, SessionProgram *out, Buf *complaint) {
    (void)session, (void)extra, (void)how;
    *out = (SessionProgram){0};
    say_missing(complaint);
    return false;
}

void session_program_free(SessionProgram *program) {
    *program = (SessionProgram){0};
}

bool session_evaluate(Session *session, const char *text, size_t length, const char *type,
                      void (*take)(void *user, const PtProgram *program, PtValue value), void *user, Buf *out) {
    (void)session, (void)text, (void)length, (void)type, (void)take, (void)user;
    say_missing(out);
    return false;
}
