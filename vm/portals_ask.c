// Asking portals. A reply that nobody waits for any more, since the time was over or the host has died, is read all the same when
// it comes, and dropped: else it would be kept for ever.
#include "vm/ask.h"

#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"
#include "vm/portals_internal.h"

typedef struct AskCall {
    PortalsInstance *instance;
    const char *portal;
    const char *json;
    size_t length;
    PortalsDeadline deadline;
    Buf reply;
    size_t number; // of the portal
} AskCall;

// ---- replies that are nobody's ----

void portals_note_asked(PortalsInstance *instance) {
    size_t count = ask_count(instance->runtime);
    instance->asked_before = MEMORY_NEW(uint64_t, count);
    for (size_t i = 0; i < count; i++) instance->asked_before[i] = ask_sent(ask_at(instance->runtime, i));
}

// Takes the request out of the list if it is there.
static bool take_abandoned(PortalsInstance *instance, size_t portal, uint64_t id) {
    bool found = false;
    portals_lock(instance);
    for (size_t i = 0; i < instance->abandoned_count && !found; i++) {
        found = instance->abandoned[i].portal == portal && instance->abandoned[i].id == id;
        if (found) instance->abandoned[i] = instance->abandoned[--instance->abandoned_count];
    }
    portals_unlock(instance);
    return found;
}

static void sweep(PortalsInstance *instance, size_t portal) {
    Asker *asker = ask_at(instance->runtime, portal);
    Buf reply = {0};
    for (uint64_t id; (id = ask_next_reply(asker));) {
        if (id > instance->asked_before[portal] && !take_abandoned(instance, portal, id)) break;
        ask_reply_json(asker, id, ENV_POLL, &reply);
        reply.length = 0;
    }
    buf_free(&reply);
}

static void abandon(PortalsInstance *instance, size_t portal, uint64_t id) {
    Abandoned *grown = NULL;
    portals_lock(instance);
    if (instance->abandoned_count == instance->abandoned_capacity) {
        size_t capacity = instance->abandoned_capacity ? instance->abandoned_capacity * 2 : 16;
        grown = realloc(instance->abandoned, capacity * sizeof *grown);
        if (grown) {
            instance->abandoned = grown;
            instance->abandoned_capacity = capacity;
        }
    }
    // Without memory the reply is kept until the next start.
    if (instance->abandoned_count < instance->abandoned_capacity)
        instance->abandoned[instance->abandoned_count++] = (Abandoned){portal, id};
    portals_unlock(instance);
}

// ---- asking ----

static int find_portal(AskCall *call, Buf *message) {
    if (!call->instance) return portals_wrong_argument("instance", message);
    if (!call->portal) return portals_wrong_argument("portal", message);
    if (portals_is_left(call->instance)) return PORTALS_E_MEMORY;
    Runtime *runtime = call->instance->runtime;
    for (call->number = 0; call->number < ask_count(runtime); call->number++)
        if (strcmp(ask_name(ask_at(runtime, call->number)), call->portal) == 0) return PORTALS_OK;
    return portals_no_name(call->instance->program, PORTALS_PORTAL, call->portal, message);
}

static int send(AskCall *call, uint64_t *id, Buf *message) {
    Asker *asker = ask_at(call->instance->runtime, call->number);
    int code;
    do {
        code = portals_over(call->instance, message);
        if (code) return code;
        *id = 0;
        code = portals_pushed_code(ask_json(asker, id, call->json, call->length, portals_slice(&call->deadline), message));
    } while (code == PORTALS_TIMEOUT && !portals_is_late(&call->deadline));
    return code == PORTALS_E_SEALED ? PORTALS_ENDED : code;
}

static int receive(AskCall *call, uint64_t id, Buf *message) {
    PortalsInstance *instance = call->instance;
    Asker *asker = ask_at(instance->runtime, call->number);
    for (;;) {
        bool at_end = portals_has_come_to_end(instance);
        if (portals_is_left(instance)) return PORTALS_E_MEMORY;
        call->reply.length = 0;
        Answer answer = ask_reply_json(asker, id, portals_slice(&call->deadline), &call->reply);
        if (answer == ANSWER) return PORTALS_OK;
        if (answer != ANSWER_NONE) buf_append(message, call->reply.data, call->reply.length);
        if (answer != ANSWER_NONE) return answer == ANSWER_ERROR ? PORTALS_E_REPLY : PORTALS_E_VALUE;
        if (at_end) return portals_over(instance, message);
        if (portals_is_late(&call->deadline)) return PORTALS_TIMEOUT;
        portals_nap(instance, &call->deadline);
    }
}

static int ask(void *argument, Buf *message) {
    AskCall *call = argument;
    int code = find_portal(call, message);
    if (code) return code;
    if (!call->json) return portals_wrong_argument("json", message);
    sweep(call->instance, call->number);
    uint64_t id;
    code = send(call, &id, message);
    if (code) return code;
    code = receive(call, id, message);
    if (code == PORTALS_TIMEOUT) abandon(call->instance, call->number, id);
    if (code == PORTALS_OK) buf_text(&call->reply);
    return code;
}

int portals_ask(PortalsInstance *instance, const char *portal, const char *json, size_t json_length, int64_t wait, char **reply,
                size_t *length, PortalsError *error) {
    if (reply) *reply = NULL;
    if (!reply) return portals_call(portals_wrong_argument, "reply", error);
    AskCall call = {.instance = instance,
                    .portal = portal,
                    .json = json,
                    .length = portals_length(json, json_length),
                    .deadline = portals_deadline(wait)};
    int code = portals_call(ask, &call, error);
    if (code == PORTALS_OK) {
        *reply = call.reply.data;
        if (length) *length = call.reply.length;
    } else {
        buf_free(&call.reply);
    }
    return code;
}
