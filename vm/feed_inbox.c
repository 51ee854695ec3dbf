// Inboxes: the host puts atoms into a queue, as bytes; the run takes them out of it and makes values of them.
#include <stdlib.h>

#include "vm/atom_bytes.h"
#include "vm/error.h"
#include "vm/host_internal.h"
#include "vm/memory.h"

// ---- finding ----

Inbox *inbox_find(Runtime *runtime, const char *name) {
    Host *host = runtime->host;
    for (size_t i = 0; host && i < host->inbox_count; i++)
        if (strcmp(host->inboxes[i].source->name, name) == 0) return &host->inboxes[i];
    return NULL;
}

size_t inbox_count(const Runtime *runtime) {
    return runtime->host ? runtime->host->open_inbox_count : 0;
}

Inbox *inbox_at(Runtime *runtime, size_t number) {
    return &runtime->host->inboxes[number];
}

const char *inbox_name(const Inbox *inbox) {
    return inbox->source->name;
}

const PtDesc *inbox_desc(const Inbox *inbox) {
    return inbox->source->desc;
}

// ---- pushing ----

static uint64_t limit_of(const Inbox *inbox) {
    const RuntimeOptions *options = &inbox->host->runtime->options;
    uint64_t limit = options->host.max_inbox ? options->host.max_inbox : DEFAULT_MAX_INBOX;
    return limit < options->max_atom ? limit : options->max_atom;
}

static Pushed too_large(const Inbox *inbox, uint64_t size, uint64_t limit, Buf *message) {
    if (message)
        buf_printf(message, "the atom has %llu bytes, and `%s` takes no more than %llu", (unsigned long long)size,
                   inbox->source->name, (unsigned long long)limit);
    return PUSHED_TOO_LARGE;
}

// How many bytes the events take as values: an empty list, say, is written shorter.
static uint64_t values_of(const Inbox *inbox, const Buf *bytes) {
    Bytes front = bytes_of(bytes->data, bytes->length);
    uint64_t count, size;
    if (!bytes_take_u64(&front, &count) || __builtin_mul_overflow(count, event_stride(inbox->source->desc), &size))
        return UINT64_MAX;
    return size;
}

// What is against it, with the lock held; PUSHED: nothing.
static Pushed find_obstacle(const Inbox *inbox, uint64_t number) {
    if (number <= inbox->pushed) return PUSHED_BEFORE;
    return inbox->is_sealed ? PUSHED_SEALED : PUSHED;
}

// Waits for room, with the lock held.
static Pushed make_room(Inbox *inbox, uint64_t number, uint64_t size, uint64_t wait) {
    Deadline deadline = host_deadline(wait);
    for (;;) {
        Pushed obstacle = find_obstacle(inbox, number);
        if (obstacle != PUSHED) return obstacle;
        if (!inbox->waiting || inbox->bytes + size <= limit_of(inbox)) return PUSHED;
        if (!host_wait(inbox->host, wait, &deadline)) return PUSHED_FULL;
    }
}

static void append(Inbox *inbox, uint64_t number, Buf *bytes) {
    PushedAtom *atom = MEMORY_NEW(PushedAtom, 1);
    *atom = (PushedAtom){.number = number, .bytes = *bytes};
    *bytes = (Buf){0};
    if (inbox->last)
        inbox->last->next = atom;
    else
        inbox->first = atom;
    inbox->last = atom;
    inbox->waiting++;
    inbox->bytes += atom->bytes.length;
    inbox->pushed = number;
    inbox->host->given++;
}

Pushed inbox_push_bytes(Inbox *inbox, uint64_t number, Buf *bytes, uint64_t wait, Buf *message) {
    Host *host = inbox->host;
    uint64_t size = bytes->length;
    uint64_t values = values_of(inbox, bytes), most = host->runtime->options.max_atom;
    if (values > most) return too_large(inbox, values, most, message);
    if (size > limit_of(inbox)) return too_large(inbox, size, limit_of(inbox), message);
    host_lock(host);
    Pushed result = make_room(inbox, number, size, wait);
    if (result == PUSHED) append(inbox, number, bytes);
    host_unlock(host);
    if (result == PUSHED) host_ring(host->runtime);
    return result;
}

// Nothing is read of what would not be taken.
static Pushed look_before(const Inbox *inbox, uint64_t number) {
    host_lock(inbox->host);
    Pushed obstacle = find_obstacle(inbox, number);
    host_unlock(inbox->host);
    return obstacle;
}

static Pushed push(Inbox *inbox, uint64_t number, bool encoded, Buf *bytes, uint64_t wait, Buf *message) {
    Pushed result = encoded ? inbox_push_bytes(inbox, number, bytes, wait, message) : PUSHED_WRONG;
    buf_free(bytes);
    return result;
}

Pushed inbox_push_json(Inbox *inbox, uint64_t number, const char *text, size_t size, uint64_t wait, Buf *message) {
    Buf bytes = {0};
    Pushed obstacle = look_before(inbox, number);
    if (obstacle != PUSHED) return obstacle;
    uint64_t most = inbox->host->runtime->options.max_atom;
    if (size > most) return too_large(inbox, size, most, message);
    bool encoded = push_encode_json(inbox->host, inbox->source->desc, PUSH_EVENTS, text, size, &bytes, message);
    return push(inbox, number, encoded, &bytes, wait, message);
}

Pushed inbox_push_values(Inbox *inbox, uint64_t number, const PtDesc *desc, const void *events, size_t count, uint64_t wait,
                         Buf *message) {
    Buf bytes = {0};
    Pushed obstacle = look_before(inbox, number);
    if (obstacle != PUSHED) return obstacle;
    bool encoded = push_encode_values(inbox->host, inbox->source->desc, desc, events, count, &bytes, message);
    return push(inbox, number, encoded, &bytes, wait, message);
}

void inbox_seal(Inbox *inbox) {
    host_lock(inbox->host);
    inbox->is_sealed = true;
    inbox->host->given++;
    pthread_cond_broadcast(&inbox->host->change);
    host_unlock(inbox->host);
    host_ring(inbox->host->runtime);
}

// ---- looking ----

uint64_t inbox_pushed(const Inbox *inbox) {
    return host_number(inbox->host, &inbox->pushed);
}

uint64_t inbox_acknowledged(const Inbox *inbox) {
    return host_number(inbox->host, &inbox->acknowledged);
}

size_t inbox_waiting(const Inbox *inbox) {
    host_lock(inbox->host);
    size_t waiting = inbox->waiting;
    host_unlock(inbox->host);
    return waiting;
}

bool inbox_is_done(const Inbox *inbox) {
    host_lock(inbox->host);
    bool done = inbox->is_done;
    host_unlock(inbox->host);
    return done;
}

bool inbox_wait(Inbox *inbox, uint64_t number, uint64_t wait) {
    Deadline deadline = host_deadline(wait);
    host_lock(inbox->host);
    while (inbox->acknowledged < number && host_wait(inbox->host, wait, &deadline)) continue;
    bool is_there = inbox->acknowledged >= number;
    host_unlock(inbox->host);
    return is_there;
}

// ---- the run ----

static void free_atom(PushedAtom *atom) {
    buf_free(&atom->bytes);
    free(atom);
}

void inbox_free(Inbox *inbox) {
    for (PushedAtom *atom = inbox->first, *next; atom; atom = next) {
        next = atom->next;
        free_atom(atom);
    }
}

// The first atom of the queue; NULL if it is empty. *ended: there will be none any more.
static PushedAtom *take_first(Inbox *inbox, bool *ended) {
    host_lock(inbox->host);
    PushedAtom *atom = inbox->first;
    if (atom) {
        inbox->first = atom->next;
        if (!inbox->first) inbox->last = NULL;
        inbox->waiting--;
        inbox->bytes -= atom->bytes.length;
        pthread_cond_broadcast(&inbox->host->change);
    } else if (inbox->is_sealed) {
        inbox->has_ended = *ended = true;
    }
    host_unlock(inbox->host);
    return atom;
}

// NULL with a failure.
static Atom *read_atom(Feed *feed, const PushedAtom *pushed) {
    Runtime *runtime = feed->runtime;
    AtomRoom room;
    const char *why = "out of memory";
    Atom *atom = NULL;
    if (atom_room_open(&room, &runtime->rooms)) {
        atom = atom_read(runtime, feed->source->desc, 0, bytes_of(pushed->bytes.data, pushed->bytes.length), &room, &why);
        atom_room_close(&room);
    }
    if (!atom &&
        error_set(runtime, "cannot take atom %llu of `%s`: %s", (unsigned long long)pushed->number, feed->source->name, why))
        error_position(runtime, feed->source->position);
    return atom;
}

// An atom without events only moves the position on. One that cannot be read has not been taken: it is to be pushed again.
static FeedStatus next_pushed(Feed *feed, Atom **out) {
    for (;;) {
        bool ended = false;
        PushedAtom *pushed = take_first(feed->inbox, &ended);
        if (!pushed) return ended ? FEED_END : FEED_WAIT;
        Atom *atom = read_atom(feed, pushed);
        if (atom) feed->position = feed->inbox->taken = pushed->number;
        free_atom(pushed);
        if (!atom) return FEED_FAILED;
        *out = atom;
        if (atom->count) return FEED_ATOM;
        atom_release(&feed->runtime->atoms, atom);
    }
}

const FeedKind FEED_INBOX = {.open = feed_open_always, .next = next_pushed, .close = feed_close_nothing};
