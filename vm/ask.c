// Requests of the host to portals. For the portal `p` the compiler has added an inbox `.ask.p` of pairs of a number and a
// request, a task that asks and waits, and an outbox `.reply.p` of pairs of the number and a Result (lang/outside.h).
#include "vm/ask.h"

#include <stdlib.h>

#include "base/exhausted.h"

#include "vm/context.h"
#include "vm/encode.h"
#include "vm/host_internal.h"
#include "vm/json.h"
#include "vm/memory.h"

#define ASK_PREFIX ".ask."
#define REPLY_PREFIX ".reply."

enum { RESULT_OK = 0, ERROR_MESSAGE = 0 }; // the order of variants (stdlib/result.portals) and fields (stdlib/error.portals)

// ---- life ----

static const char *portal_of(const Inbox *inbox) {
    const char *name = inbox->source->name;
    size_t size = sizeof ASK_PREFIX - 1;
    return strncmp(name, ASK_PREFIX, size) == 0 ? name + size : NULL;
}

static Outbox *replies_of(Host *host, const char *portal) {
    size_t size = sizeof REPLY_PREFIX - 1;
    for (size_t i = host->open_outbox_count; i < host->outbox_count; i++) {
        const char *name = host->outboxes[i].sink->name;
        if (strncmp(name, REPLY_PREFIX, size) == 0 && strcmp(name + size, portal) == 0) return &host->outboxes[i];
    }
    return NULL;
}

void askers_init(Host *host) {
    host->askers = MEMORY_NEW(Asker, host->inbox_count);
    for (size_t i = host->open_inbox_count; i < host->inbox_count; i++) {
        const char *portal = portal_of(&host->inboxes[i]);
        Outbox *replies = portal ? replies_of(host, portal) : NULL;
        if (!replies) continue;
        Asker *asker = &host->askers[host->asker_count++];
        *asker = (Asker){.requests = &host->inboxes[i], .replies = replies, .name = portal};
        pthread_mutex_init(&asker->sending, NULL);
        pthread_mutex_init(&asker->lock, NULL);
    }
}

void askers_free(Host *host) {
    for (size_t i = 0; i < host->asker_count; i++) {
        pthread_mutex_destroy(&host->askers[i].sending);
        pthread_mutex_destroy(&host->askers[i].lock);
        free(host->askers[i].items);
    }
    free(host->askers);
}

// ---- finding ----

Asker *ask_find(Runtime *runtime, const char *portal, Buf *message) {
    Host *host = runtime->host;
    for (size_t i = 0; host && i < host->asker_count; i++)
        if (strcmp(host->askers[i].name, portal) == 0) return &host->askers[i];
    if (!message) return NULL;
    if (!host || !host->asker_count)
        buf_puts(message, "the program has no portals that can be asked from outside");
    else
        buf_printf(message, "there is no portal `%s`", portal);
    return NULL;
}

size_t ask_count(const Runtime *runtime) {
    return runtime->host ? runtime->host->asker_count : 0;
}

Asker *ask_at(Runtime *runtime, size_t number) {
    return &runtime->host->askers[number];
}

const char *ask_name(const Asker *asker) {
    return asker->name;
}

// The second part of a pair.
static const PtField *second(const PtDesc *pair) {
    return &pair->variants[0].fields[1];
}

const PtDesc *ask_request_desc(const Asker *asker) {
    return second(asker->requests->source->desc)->desc;
}

static const PtDesc *result_of(const Asker *asker) {
    return second(asker->replies->sink->desc)->desc;
}

const PtDesc *ask_reply_desc(const Asker *asker) {
    return result_of(asker)->variants[RESULT_OK].fields[0].desc;
}

// ---- asking ----

// The request, which stands alone in the atom, gets its number in front.
static void put_number(Buf *bytes, uint64_t id) {
    Buf pair = {0};
    buf_append(&pair, bytes->data, PUSH_FRONT);
    bytes_put_u64(&pair, id);
    buf_append(&pair, bytes->data + PUSH_FRONT, bytes->length - PUSH_FRONT);
    buf_free(bytes);
    *bytes = pair;
}

static Pushed send_request(Asker *asker, uint64_t *id, Buf *bytes, uint64_t wait, Buf *message) {
    exhausted_lock(&asker->sending);
    uint64_t number = *id ? *id : inbox_pushed(asker->requests) + 1;
    put_number(bytes, number);
    Pushed result = inbox_push_bytes(asker->requests, number, bytes, wait, message);
    exhausted_unlock(&asker->sending);
    if (result == PUSHED) *id = number;
    return result;
}

Pushed ask_json(Asker *asker, uint64_t *id, const char *text, size_t size, uint64_t wait, Buf *message) {
    Buf bytes = {0};
    const PtDesc *desc = ask_request_desc(asker);
    Pushed result = PUSHED_WRONG;
    if (push_encode_json(asker->requests->host, desc, PUSH_ONE, text, size, &bytes, message))
        result = send_request(asker, id, &bytes, wait, message);
    buf_free(&bytes);
    return result;
}

Pushed ask_value(Asker *asker, uint64_t *id, PtValue request, uint64_t wait, Buf *message) {
    Buf bytes = {0};
    const PtDesc *desc = ask_request_desc(asker);
    Pushed result = PUSHED_WRONG;
    if (push_encode_values(asker->requests->host, desc, request.desc, request.at, 1, &bytes, message))
        result = send_request(asker, id, &bytes, wait, message);
    buf_free(&bytes);
    return result;
}

uint64_t ask_sent(const Asker *asker) {
    return inbox_pushed(asker->requests);
}

uint64_t ask_acknowledged(const Asker *asker) {
    return inbox_acknowledged(asker->requests);
}

void ask_seal_all(Runtime *runtime) {
    for (size_t i = 0; i < ask_count(runtime); i++) inbox_seal(ask_at(runtime, i)->requests);
}

// ---- replies: with the asker's lock ----

// All of an atom or, without memory, nothing: then it is looked at again.
static void add_replies(Asker *asker, uint64_t number, const Buf *bytes) {
    Bytes rest = bytes_of(bytes->data, bytes->length), event;
    size_t count = asker->count;
    uint64_t id;
    for (uint64_t i = 0; outbox_next_event(&rest, &event) && bytes_take_u64(&event, &id); i++) {
        asker->items = memory_grow(asker->items, count, &asker->capacity, sizeof *asker->items);
        asker->items[count++] = (Reply){.id = id, .atom = number, .event = i};
    }
    asker->count = count;
}

// Notes what has come since the last look.
static void look(Asker *asker) {
    uint64_t taken = outbox_taken(asker->replies), last = outbox_last(asker->replies);
    if (asker->seen < taken) asker->seen = taken;
    Buf bytes = {0};
    for (; asker->seen < last; asker->seen++) {
        bytes.length = 0;
        if (outbox_copy(asker->replies, asker->seen + 1, &bytes)) add_replies(asker, asker->seen + 1, &bytes);
    }
    buf_free(&bytes);
}

static Reply *find_reply(const Asker *asker, uint64_t id) {
    for (size_t i = 0; i < asker->count; i++)
        if (asker->items[i].id == id && !asker->items[i].is_read) return &asker->items[i];
    return NULL;
}

// What stands before all that has not been read is needed no more.
static void end_reply(Asker *asker, Reply *reply) {
    size_t done = 0;
    reply->is_read = true;
    while (done < asker->count && asker->items[done].is_read) done++;
    asker->count -= done;
    if (done && asker->count) memmove(asker->items, asker->items + done, asker->count * sizeof *asker->items);
    outbox_take(asker->replies, asker->count ? asker->items[0].atom - 1 : asker->seen);
}

// Returns with the lock if the reply is there.
static Reply *wait_for_reply(Asker *asker, uint64_t id, uint64_t wait) {
    Deadline deadline = host_deadline(wait);
    for (;;) {
        exhausted_lock(&asker->lock);
        look(asker);
        Reply *reply = find_reply(asker, id);
        if (reply) return reply;
        uint64_t seen = asker->seen;
        exhausted_unlock(&asker->lock);
        Host *host = asker->replies->host;
        host_lock(host);
        bool goes_on = true;
        while (goes_on && asker->replies->last <= seen) goes_on = host_wait(host, wait, &deadline);
        host_unlock(host);
        if (!goes_on) return NULL;
    }
}

typedef struct Answering {
    const Asker *asker;
    Bytes event;
    Answer answer;
    Buf *out;
    void (*take)(void *user, PtValue reply); // NULL: as JSON
    void *user;
} Answering;

static const char *content_of(const PtDesc *result, int64_t variant, const char *value) {
    const PtField *field = &result->variants[variant].fields[0];
    const char *at = value + field->offset;
    if (field->boxed) memcpy(&at, at, sizeof at);
    return at;
}

static Answer put_json(Answering *answering, const PtDesc *desc, const char *value) {
    size_t before = answering->out->length;
    JsonFault fault = json_write(answering->out, desc, value, SIZE_MAX);
    if (!fault) return ANSWER;
    answering->out->length = before;
    buf_puts(answering->out, json_fault_text(fault));
    return ANSWER_WRONG;
}

static void answer(Partition *desk, void *argument) {
    Answering *answering = argument;
    const PtDesc *pair = answering->asker->replies->sink->desc, *result = result_of(answering->asker);
    char *value = pt_alloc(&desk->context, (int64_t)pair->size);
    const char *fault = outbox_decode(desk, pair, answering->event, value);
    if (fault) {
        buf_puts(answering->out, fault);
        return;
    }
    const char *at = value + second(pair)->offset;
    int64_t variant = *(const int64_t *)at;
    const char *content = content_of(result, variant, at);
    const PtDesc *desc = result->variants[variant].fields[0].desc;
    if (variant != RESULT_OK) {
        const PtField *text = &desc->variants[0].fields[ERROR_MESSAGE];
        const PtString *message = (const PtString *)(content + text->offset);
        buf_append(answering->out, message->data, (size_t)message->size);
        answering->answer = ANSWER_ERROR;
    } else if (answering->take) {
        answering->take(answering->user, (PtValue){desc, content});
        answering->answer = ANSWER;
    } else {
        answering->answer = put_json(answering, desc, content);
    }
}

static Answer read_reply(Answering *answering, uint64_t id, uint64_t wait) {
    Asker *asker = (Asker *)answering->asker;
    Reply *reply = wait_for_reply(asker, id, wait);
    if (!reply) return ANSWER_NONE;
    Buf bytes = {0};
    outbox_copy(asker->replies, reply->atom, &bytes);
    Bytes rest = bytes_of(bytes.data, bytes.length);
    for (uint64_t i = 0; i <= reply->event; i++) outbox_next_event(&rest, &answering->event);
    bool fine = host_at_desk(asker->replies->host, answer, answering, answering->out);
    buf_free(&bytes);
    end_reply(asker, reply);
    exhausted_unlock(&asker->lock);
    return fine ? answering->answer : ANSWER_WRONG;
}

Answer ask_reply_json(Asker *asker, uint64_t id, uint64_t wait, Buf *out) {
    return read_reply(&(Answering){.asker = asker, .answer = ANSWER_WRONG, .out = out}, id, wait);
}

Answer ask_reply_value(Asker *asker, uint64_t id, uint64_t wait, void (*take)(void *user, PtValue reply), void *user, Buf *out) {
    return read_reply(&(Answering){.asker = asker, .answer = ANSWER_WRONG, .out = out, .take = take, .user = user}, id, wait);
}

uint64_t ask_next_reply(Asker *asker) {
    uint64_t least = 0;
    exhausted_lock(&asker->lock);
    look(asker);
    for (size_t i = 0; i < asker->count; i++)
        if (!asker->items[i].is_read && (!least || asker->items[i].id < least)) least = asker->items[i].id;
    exhausted_unlock(&asker->lock);
    return least;
}
