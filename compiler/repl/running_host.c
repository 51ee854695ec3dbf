// running_host.c - what comes from the prompt: requests to portals, atoms for inboxes, and the end of both; and what goes out to
// it, the atoms of outboxes.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/repl/running_internal.h"
#include "vm/ask.h"
#include "vm/memory.h"
#include "vm/show.h"

enum { VALUE_LONGEST = 1 << 16 };

static void put_value(const Running *running, PtValue value, Buf *out) {
    const PtProgram *program = running->program.program;
    if (!show_value(out, value.desc, value.at, program, SHOW_LITERAL, out->length + VALUE_LONGEST)) buf_puts(out, "...");
}

// ---- outboxes ----

// Where the next event of an atom goes.
typedef struct Events {
    const Running *running;
    const char *between;
    Buf *out;
} Events;

static void put_event(void *user, PtValue event) {
    Events *events = user;
    buf_puts(events->out, events->between);
    put_value(events->running, event, events->out);
    events->between = ", ";
}

void running_take_outboxes(Running *running, Buf *out) {
    for (size_t i = 0; running->runtime && i < outbox_count(running->runtime); i++) {
        Outbox *outbox = outbox_at(running->runtime, i);
        for (uint64_t number = outbox_taken(outbox) + 1; number <= outbox_last(outbox); number++) {
            Events events = {running, "", out};
            buf_printf(out, "atom %llu of outbox `%s`: [", (unsigned long long)number, outbox_name(outbox));
            outbox_read_values(outbox, number, put_event, &events, NULL);
            buf_puts(out, "]\n");
            outbox_take(outbox, number);
        }
    }
}

// ---- names ----

static bool say_none(const char *what, const char *name, const char *const *names, int count, Buf *out) {
    buf_printf(out, "error: the run has no %s `%s`\n", what, name);
    running_help_names(name, names, count, out);
    return false;
}

// What the word at the front is; `rest`: what is behind it.
static char *take_name(const char *text, const char **rest) {
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_' || text[length] == '.') length++;
    *rest = text + length;
    while (isspace((unsigned char)**rest)) ++*rest;
    return strndup(text, length);
}

// ---- :ask ----

typedef struct Asking {
    Running *running;
    Asker *asker;
    uint64_t id; // 0: the request was not sent
    Buf message;
    Buf *out;
} Asking;

static void send_request(void *user, const PtProgram *program, PtValue request) {
    Asking *asking = user;
    (void)program;
    if (ask_value(asking->asker, &asking->id, request, ENV_POLL, &asking->message) != PUSHED) asking->id = 0;
}

static void take_reply(void *user, PtValue reply) {
    Asking *asking = user;
    put_value(asking->running, reply, asking->out);
    buf_printf(asking->out, ": %s\n", reply.desc->name);
}

// Runs until the reply is there, or cannot come now.
static Went wait_for_reply(Asking *asking, Answer *answer, uint64_t *steps) {
    Running *running = asking->running;
    Went went = WENT_STEP;
    *answer = ANSWER_NONE;
    while (went == WENT_STEP && *answer == ANSWER_NONE) {
        went = running_go(running, asking->out);
        *steps += went == WENT_STEP;
        if (running->runtime && !running_commit(running, asking->out)) return WENT_FAILED;
        running_take_outboxes(running, asking->out);
        if (went != WENT_STOPPED && running->runtime)
            *answer = ask_reply_value(asking->asker, asking->id, ENV_POLL, take_reply, asking, asking->out);
    }
    return went;
}

static bool say_answer(Asking *asking, Answer answer, Went went, uint64_t steps) {
    Buf *out = asking->out;
    switch (answer) {
    case ANSWER: return true;
    case ANSWER_ERROR: buf_puts(out, "\n  = the portal has failed with this error\n"); return false;
    case ANSWER_WRONG: buf_puts(out, "\n"); return false;
    case ANSWER_NONE: break;
    }
    running_say(asking->running, went, steps, out);
    if (went == WENT_FAILED || went == WENT_ENDED) return false;
    buf_puts(out, "there is no reply yet; what waits:\n");
    return running_pending(asking->running, "", out);
}

static bool ask(Asking *asking, const char *request, size_t length) {
    Running *running = asking->running;
    const char *type = ask_request_desc(asking->asker)->name;
    if (session_is_blank(request, length))
        return running_complain(asking->out, NULL, "portal `%s` takes a request of type %s", ask_name(asking->asker), type);
    const ValueText value = {.text = request, .length = length, .type = type};
    if (!session_evaluate(running->session, &value, send_request, asking, asking->out)) return false;
    if (!asking->id) return running_complain(asking->out, NULL, "the request cannot be sent: %s", buf_text(&asking->message));
    uint64_t steps = 0;
    Answer answer;
    Went went = wait_for_reply(asking, &answer, &steps);
    return say_answer(asking, answer, went, steps);
}

static Asker *find_asker(Running *running, const char *name, Buf *out) {
    Buf message = {0};
    Asker *asker = ask_find(running->runtime, name, &message);
    buf_free(&message);
    size_t count = ask_count(running->runtime);
    const char **names = MEMORY_NEW(const char *, count + 1);
    for (size_t i = 0; i < count; i++) names[i] = ask_name(ask_at(running->runtime, i));
    if (!asker) say_none("portal", name, names, (int)count, out);
    free(names);
    return asker;
}

// The request stands between the first `(` and the last `)`.
static bool ask_as_written(Running *running, const char *name, const char *rest, Buf *out) {
    size_t length = strlen(rest);
    if (!*name || *rest != '(' || rest[length - 1] != ')')
        return running_complain(out, NULL, "write `:ask PORTAL(REQUEST)`, such as `:ask inventory(Get(3))`");
    Asking asking = {.running = running, .asker = find_asker(running, name, out), .out = out};
    bool fine = asking.asker && ask(&asking, rest + 1, length - 2);
    buf_free(&asking.message);
    return fine;
}

bool running_ask(Running *running, const char *arguments, Buf *out) {
    running_begin_command(running, out);
    if (!running_is_on(running, out)) return false;
    const char *rest;
    char *name = take_name(arguments, &rest);
    bool fine = ask_as_written(running, name, rest, out);
    free(name);
    return fine;
}

// ---- :push ----

typedef struct Pushing {
    Inbox *inbox;
    Pushed pushed;
    int64_t count;
    Buf message;
} Pushing;

static void push_events(void *user, const PtProgram *program, PtValue list) {
    Pushing *pushing = user;
    const PtList *events = (const PtList *)list.at;
    (void)program;
    pushing->count = events->size;
    pushing->pushed = inbox_push_values(pushing->inbox, inbox_pushed(pushing->inbox) + 1, list.desc->elem, events->data,
                                        (size_t)events->size, ENV_POLL, &pushing->message);
}

static bool say_pushed(const Pushing *pushing, const char *name, Buf *out) {
    switch (pushing->pushed) {
    case PUSHED:
        running_count(out, (uint64_t)pushing->count, "event");
        buf_printf(out, " for `%s`: `:step` or `:run` takes %s\n", name, pushing->count == 1 ? "it" : "them");
        return true;
    case PUSHED_SEALED: return running_complain(out, NULL, "`%s` has ended", name);
    case PUSHED_FULL: return running_complain(out, "`:run` takes some", "there is no room in `%s`", name);
    default: return running_complain(out, NULL, "this cannot be pushed into `%s`: %s", name, buf_text((Buf *)&pushing->message));
    }
}

static bool push(Running *running, Inbox *inbox, const char *values, Buf *out) {
    Pushing pushing = {.inbox = inbox};
    Buf type = {0};
    buf_printf(&type, "List[%s]", inbox_desc(inbox)->name);
    const ValueText events = {.text = values, .length = strlen(values), .type = buf_text(&type), .is_elements = true};
    bool fine =
        session_evaluate(running->session, &events, push_events, &pushing, out) && say_pushed(&pushing, inbox_name(inbox), out);
    buf_free(&type);
    buf_free(&pushing.message);
    return fine;
}

static bool say_no_inbox(Running *running, const char *name, Buf *out) {
    size_t count = inbox_count(running->runtime);
    const char **names = MEMORY_NEW(const char *, count + 1);
    for (size_t i = 0; i < count; i++) names[i] = inbox_name(inbox_at(running->runtime, i));
    say_none("inbox", name, names, (int)count, out);
    if (!count) buf_puts(out, "  = help: `stream orders: Order = inbox()` makes one\n");
    free(names);
    return false;
}

bool running_push(Running *running, const char *arguments, Buf *out) {
    running_begin_command(running, out);
    if (!running_is_on(running, out)) return false;
    const char *values;
    char *name = take_name(arguments, &values);
    Inbox *inbox = inbox_find(running->runtime, name);
    bool fine = inbox && *values;
    if (!*name || (inbox && !*values))
        running_complain(out, NULL, "write `:push %s VALUE, ...`", *name ? name : "STREAM");
    else if (!inbox)
        say_no_inbox(running, name, out);
    if (fine) fine = push(running, inbox, values, out);
    free(name);
    return fine;
}

// ---- :end ----

bool running_seal(Running *running, const char *arguments, Buf *out) {
    (void)arguments;
    running_begin_command(running, out);
    if (!running_has(running, out) || !running_is_on(running, out)) return false;
    for (size_t i = 0; i < inbox_count(running->runtime); i++) inbox_seal(inbox_at(running->runtime, i));
    ask_seal_all(running->runtime);
    buf_puts(out, "nothing more is pushed or asked: `:run` or `:step` goes on to the end\n");
    return true;
}
