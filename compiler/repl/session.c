// session.c - the session as a whole: its life, and the way of an input.
#include "compiler/repl/session_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/parse.h"
#include "vm/memory.h"

// ---- life ------------------------------------------------------------------------------------------------------------

static bool check_the_library(Session *session) {
    context_init(&session->library, &session->library_arena);
    pipeline_add_library(&session->library);
    for (int i = 0; i < session->library.modules.count; i++) {
        Module *module = session->library.modules.items[i];
        module->tree = parse_file(&session->library, module->file);
    }
    return !session->library.diags.errors && check_library(&session->library);
}

Session *session_new(const SessionOptions *options, char **error) {
    *error = NULL;
    Session *session = MEMORY_NEW(Session, 1);
    session->options = *options;
    session->words.arena = &session->arena;
    if (!check_the_library(session)) *error = strdup("the standard library is wrong, please report it");
    if (!*error && code_begin(session, error)) return session;
    session_free(session);
    return NULL;
}

void session_free(Session *session) {
    for (int i = 0; i < session->all.count; i++) definition_free(session->all.items[i]);
    free(session->all.items);
    lists_free(&session->providers);
    lists_free(&session->users);
    session_forget_modules(session);
    code_end(session);
    arena_free(&session->arena);
    arena_free(&session->library_arena);
    free(session);
}

uint64_t session_version(const Session *session) {
    return session->version;
}

void session_list(const Session *session, Buf *out) {
    for (int i = 0; i < session->all.count; i++) {
        const Definition *definition = session->all.items[i];
        if (definition->is_it) continue;
        buf_append(out, definition->text->file.text + definition->start, definition->end - definition->start);
        buf_putc(out, '\n');
    }
}

// ---- inputs ----------------------------------------------------------------------------------------------------------

bool session_is_whole(Session *session, const char *text, size_t length) {
    Arena arena = {0};
    Context context;
    context_init(&context, &arena);
    context.names.base = &session->library.names;
    bool whole = parse_is_whole(&context, source_add(&context.sources, "<input>", text, length, false));
    arena_free(&arena);
    return whole;
}

bool session_goes_on(Session *session, const char *text, size_t length, const char *next, size_t next_length) {
    Arena arena = {0};
    Context context;
    Buf both = {0};
    context_init(&context, &arena);
    context.names.base = &session->library.names;
    buf_append(&both, text, length);
    buf_putc(&both, '\n');
    buf_append(&both, next, next_length);
    uint32_t file = source_add(&context.sources, "<input>", both.data, both.length, false);
    bool goes_on = parse_goes_on(&context, file, (uint32_t)length + 1);
    buf_free(&both);
    arena_free(&arena);
    return goes_on;
}

typedef enum Contents { CONTENTS_NONE, CONTENTS_WRONG, CONTENTS_DECLARATIONS, CONTENTS_STATEMENTS, CONTENTS_BOTH } Contents;

static Contents look_into(Session *session, Text *text, Buf *out) {
    Build build;
    Input input;
    build_begin(session, &build);
    Contents contents = CONTENTS_WRONG;
    if (input_parse(&build, text, &input)) {
        contents = input.declarations.count ? CONTENTS_DECLARATIONS : CONTENTS_NONE;
        if (input.statements.count) contents = input.declarations.count ? CONTENTS_BOTH : CONTENTS_STATEMENTS;
    }
    build_say(&build, out);
    build_end(&build);
    return contents;
}

static Entered enter_both(Session *session, Text *text, Buf *out) {
    Entered entered = session_define(session, text, NULL, out);
    return entered == ENTERED_DEFINITION ? session_evaluate_input(session, text, out) : entered;
}

static Entered enter(Session *session, Text *text, Buf *out) {
    switch (look_into(session, text, out)) {
    case CONTENTS_NONE: return ENTERED_NOTHING;
    case CONTENTS_DECLARATIONS: return session_define(session, text, NULL, out);
    case CONTENTS_STATEMENTS: return session_evaluate_input(session, text, out);
    case CONTENTS_BOTH: return enter_both(session, text, out);
    case CONTENTS_WRONG: break;
    }
    return ENTERED_WRONG;
}

bool session_is_blank(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r\n", text[i]) || !text[i]) return false;
    return true;
}

Entered session_enter(Session *session, const char *text, size_t length, Buf *out) {
    if (session_is_blank(text, length)) return ENTERED_NOTHING;
    char path[32];
    snprintf(path, sizeof path, "<%llu>", (unsigned long long)++session->inputs);
    Text *input = text_new(path, text, length);
    size_t from = out->length;
    Entered entered = enter(session, input, out);
    if (entered == ENTERED_FAILED) session_quote(session, input, from < out->length ? from : 0, out);
    text_release(input);
    return entered;
}
