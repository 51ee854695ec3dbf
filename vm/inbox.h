// inbox.h - streams into which the host pushes atoms: `stream orders: Order = inbox()`. See host.h for who may call these.
//
// The host numbers its atoms: each with a number greater than that of the one before, the first with 1 or more. What an inbox has
// taken is known by the number alone:
//
//   pushed        the last number that came in; what comes again with that or a smaller one is a duplicate, which is ignored
//   acknowledged  the last number whose atom is durable: it has been taken in an epoch that is on the disk (without a data
//                 directory: that has ended). The run will never need it again.
//
// After a crash `pushed` is what was durable; the host pushes again what is behind it. An atom is lost only if it was not
// acknowledged, and never comes twice.
#ifndef VM_INBOX_H
#define VM_INBOX_H

#include "base/buf.h"
#include "vm/host.h"

typedef struct Inbox Inbox;

// The inbox of the stream with this name (of several applications `App.name`); NULL if there is none. It lives as long as the
// runtime.
Inbox *inbox_find(Runtime *runtime, const char *name);
// Those that are written in the program, by number.
size_t inbox_count(const Runtime *runtime);
Inbox *inbox_at(Runtime *runtime, size_t number);
const char *inbox_name(const Inbox *inbox);
// The type of its events.
const PtDesc *inbox_desc(const Inbox *inbox);

typedef enum Pushed {
    PUSHED,           // it is in the queue
    PUSHED_BEFORE,    // the number is not greater than the last one: nothing was done
    PUSHED_FULL,      // there was no room for it within the time
    PUSHED_SEALED,    // the stream has ended
    PUSHED_WRONG,     // no events of this stream; `message` says what is wrong
    PUSHED_TOO_LARGE, // it could never be taken: more than RuntimeOptions.max_atom or HostOptions.max_inbox; see `message`
} Pushed;

// Pushes an atom, whose events are written as JSON: one value a line, or one array of them. (Where an event is an array itself,
// as a List or a tuple is, it is one a line.) Nothing of an atom that is wrong is taken. `wait`: how long to wait for room, in
// nanoseconds; ENV_POLL, ENV_BLOCK. The thread of the run itself must not wait. `message` (or NULL) gets, without "error:" and
// newline, what is wrong: "line 2, column 17: expected an Int".
Pushed inbox_push_json(Inbox *inbox, uint64_t number, const char *text, size_t size, uint64_t wait, Buf *message);
// The same with `count` values of the type `desc`, each at a multiple of its size behind the one before. They are copied. The
// type must be equal in name and shape to that of the inbox, and hold no functions, Anys or futures.
Pushed inbox_push_values(Inbox *inbox, uint64_t number, const PtDesc *desc, const void *events, size_t count, uint64_t wait,
                         Buf *message);

// There will be no more atoms: when those in the queue are taken, the stream ends. May be repeated. That it has ended is durable
// when inbox_is_done.
void inbox_seal(Inbox *inbox);

uint64_t inbox_pushed(const Inbox *inbox);
uint64_t inbox_acknowledged(const Inbox *inbox);
// How many atoms wait in its queue.
size_t inbox_waiting(const Inbox *inbox);
// Whether it is known, durably, that the stream has ended.
bool inbox_is_done(const Inbox *inbox);
// Waits until the atom of this number is acknowledged. False if the time is over before, or the run.
bool inbox_wait(Inbox *inbox, uint64_t number, uint64_t wait);

#endif
