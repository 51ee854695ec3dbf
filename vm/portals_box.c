// Inboxes and outboxes, for the host's threads: the numbers and queues are in inbox.h and outbox.h.
#include <stdlib.h>
#include <string.h>

#include "vm/ask.h"
#include "vm/portals_internal.h"

// What the calls are given, and what they find.
typedef struct BoxCall {
    PortalsInstance *instance;
    const char *name;
    uint64_t number;
    const char *json;
    size_t length;
    PortalsDeadline deadline;
    PortalsAtom *atom;
    uint64_t *out;
    Inbox *inbox;
    Outbox *outbox;
} BoxCall;

// A run that was left without memory has nothing that can be looked at.
static int check(const BoxCall *call, Buf *message) {
    if (!call->instance) return portals_wrong_argument("instance", message);
    if (portals_is_left(call->instance)) return PORTALS_E_MEMORY;
    return PORTALS_OK;
}

// The boxes that the compiler has added can be found by name, too, but are none of the program's.
static int check_name(const BoxCall *call, PortalsKind kind, Buf *message) {
    int code = check(call, message);
    if (code) return code;
    if (!call->name) return portals_wrong_argument(kind == PORTALS_INBOX ? "inbox" : "outbox", message);
    const PortalsProgram *program = call->instance->program;
    return portals_is_name(program, kind, call->name) ? PORTALS_OK : portals_no_name(program, kind, call->name, message);
}

static int find_inbox(BoxCall *call, Buf *message) {
    int code = check_name(call, PORTALS_INBOX, message);
    if (!code) call->inbox = inbox_find(call->instance->runtime, call->name);
    return code;
}

static int find_outbox(BoxCall *call, Buf *message) {
    int code = check_name(call, PORTALS_OUTBOX, message);
    if (!code) call->outbox = outbox_find(call->instance->runtime, call->name);
    return code;
}

// ---- pushing ----

int portals_pushed_code(Pushed pushed) {
    switch (pushed) {
    case PUSHED: return PORTALS_OK;
    case PUSHED_BEFORE: return PORTALS_DUPLICATE;
    case PUSHED_FULL: return PORTALS_TIMEOUT;
    case PUSHED_SEALED: return PORTALS_E_SEALED;
    case PUSHED_WRONG: return PORTALS_E_VALUE;
    case PUSHED_TOO_LARGE: return PORTALS_E_TOO_LARGE;
    }
    return PORTALS_E_ARGUMENT;
}

static int push(void *argument, Buf *message) {
    BoxCall *call = argument;
    int code = find_inbox(call, message);
    if (code) return code;
    if (!call->json && call->length) return portals_wrong_argument("json", message);
    if (!call->number) return portals_say(message, PORTALS_E_ARGUMENT, "atoms have numbers from 1 on");
    do {
        code = portals_over(call->instance, message);
        // Who sends again what a run had that has ended meanwhile need not know about its end.
        if (code == PORTALS_ENDED && call->number <= inbox_pushed(call->inbox)) return PORTALS_DUPLICATE;
        if (code) return code;
        Pushed pushed = inbox_push_json(call->inbox, call->number, call->json ? call->json : "", call->length,
                                        portals_slice(&call->deadline), message);
        code = portals_pushed_code(pushed);
    } while (code == PORTALS_TIMEOUT && !portals_is_late(&call->deadline));
    return code;
}

int portals_push(PortalsInstance *instance, const char *inbox, uint64_t number, const char *json, size_t length, int64_t wait,
                 PortalsError *error) {
    BoxCall call = {.instance = instance,
                    .name = inbox,
                    .number = number,
                    .json = json,
                    .length = portals_length(json, length),
                    .deadline = portals_deadline(wait)};
    return portals_call(push, &call, error);
}

static int look_acknowledged(void *argument, Buf *message) {
    BoxCall *call = argument;
    int code = find_inbox(call, message);
    if (code) return code;
    if (!call->out) return portals_wrong_argument("number", message);
    *call->out = inbox_acknowledged(call->inbox);
    return PORTALS_OK;
}

int portals_acknowledged(PortalsInstance *instance, const char *inbox, uint64_t *number, PortalsError *error) {
    return portals_call(look_acknowledged, &(BoxCall){.instance = instance, .name = inbox, .out = number}, error);
}

static int wait_acknowledged(void *argument, Buf *message) {
    BoxCall *call = argument;
    int code = find_inbox(call, message);
    if (code) return code;
    if (call->number > inbox_pushed(call->inbox))
        return portals_say(message, PORTALS_E_ARGUMENT, "no atom %llu was pushed", (unsigned long long)call->number);
    for (;;) {
        bool at_end = portals_has_come_to_end(call->instance);
        if (portals_is_left(call->instance)) return PORTALS_E_MEMORY;
        if (inbox_wait(call->inbox, call->number, portals_slice(&call->deadline))) return PORTALS_OK;
        if (at_end) return portals_over(call->instance, message);
        if (portals_is_late(&call->deadline)) return PORTALS_TIMEOUT;
        portals_nap(call->instance, &call->deadline);
    }
}

int portals_wait_acknowledged(PortalsInstance *instance, const char *inbox, uint64_t number, int64_t wait, PortalsError *error) {
    BoxCall call = {.instance = instance, .name = inbox, .number = number, .deadline = portals_deadline(wait)};
    return portals_call(wait_acknowledged, &call, error);
}

static int seal(void *argument, Buf *message) {
    BoxCall *call = argument;
    int code = call->name ? find_inbox(call, message) : check(call, message);
    if (code) return code;
    Runtime *runtime = call->instance->runtime;
    if (call->name) inbox_seal(call->inbox);
    for (size_t i = 0; !call->name && i < inbox_count(runtime); i++) inbox_seal(inbox_at(runtime, i));
    if (!call->name) ask_seal_all(runtime);
    return PORTALS_OK;
}

int portals_seal(PortalsInstance *instance, const char *inbox, PortalsError *error) {
    return portals_call(seal, &(BoxCall){.instance = instance, .name = inbox}, error);
}

// ---- reading ----

// The atom's memory is used while the text is being appended, and has it after.
static Read read_into(const BoxCall *call, uint64_t number, Buf *message) {
    PortalsAtom *atom = call->atom;
    Buf text = {.data = (char *)atom->json, .capacity = atom->capacity};
    *atom = (PortalsAtom){0}; // should there be no memory, it is lost
    Read read = outbox_read_json(call->outbox, number, &text, message);
    atom->json = buf_text(&text);
    atom->capacity = text.capacity;
    if (read != READ) return read;
    atom->number = number;
    atom->length = text.length;
    for (const char *at = text.data, *end = at + text.length; (at = memchr(at, '\n', (size_t)(end - at))); at++) atom->events++;
    return READ;
}

// PORTALS_TIMEOUT: it is not there yet.
static int read_next(const BoxCall *call, uint64_t *next, Buf *message) {
    uint64_t taken = outbox_taken(call->outbox);
    *next = (call->number > taken ? call->number : taken) + 1;
    if (*next > outbox_last(call->outbox)) return PORTALS_TIMEOUT;
    Read read = read_into(call, *next, message);
    return read == READ ? PORTALS_OK : read == READ_WRONG ? PORTALS_E_VALUE : PORTALS_TIMEOUT;
}

static int read_atom(void *argument, Buf *message) {
    BoxCall *call = argument;
    int code = find_outbox(call, message);
    if (code) return code;
    if (!call->atom) return portals_wrong_argument("atom", message);
    for (;;) {
        uint64_t next;
        bool at_end = portals_has_come_to_end(call->instance);
        if (portals_is_left(call->instance)) return PORTALS_E_MEMORY;
        code = read_next(call, &next, message);
        if (code != PORTALS_TIMEOUT) return code;
        if (at_end) return portals_over(call->instance, message);
        if (portals_is_late(&call->deadline)) return PORTALS_TIMEOUT;
        if (!outbox_wait(call->outbox, next, portals_slice(&call->deadline))) portals_nap(call->instance, &call->deadline);
    }
}

int portals_read(PortalsInstance *instance, const char *outbox, uint64_t after, PortalsAtom *atom, int64_t wait,
                 PortalsError *error) {
    BoxCall call = {.instance = instance, .name = outbox, .number = after, .atom = atom, .deadline = portals_deadline(wait)};
    return portals_call(read_atom, &call, error);
}

void portals_atom_free(PortalsAtom *atom) {
    if (!atom) return;
    free((char *)atom->json);
    *atom = (PortalsAtom){0};
}

static int take(void *argument, Buf *message) {
    BoxCall *call = argument;
    int code = find_outbox(call, message);
    if (code) return code;
    uint64_t taken = outbox_taken(call->outbox), last = outbox_last(call->outbox);
    if (call->number < taken || call->number > last)
        return portals_say(message, PORTALS_E_ARGUMENT, "atom %llu of `%s` is not there: %llu have been taken, the last is %llu",
                           (unsigned long long)call->number, call->name, (unsigned long long)taken, (unsigned long long)last);
    outbox_take(call->outbox, call->number);
    return PORTALS_OK;
}

int portals_taken(PortalsInstance *instance, const char *outbox, uint64_t number, PortalsError *error) {
    return portals_call(take, &(BoxCall){.instance = instance, .name = outbox, .number = number}, error);
}
