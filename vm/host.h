// host.h - what a run and the program that embeds it have in common: the streams that go in (inbox.h) and out (outbox.h), the
// requests of the host to portals (ask.h), and a bell that wakes the run when something has come.
//
// Any thread of the host may use these at any time between runtime_new and runtime_free, also while the run goes on in another
// thread, and none needs to. A Runtime itself belongs to one thread at a time. How much has been taken, pushed and so on in an
// earlier run of the same data directory is known after runtime_setup.
#ifndef VM_HOST_H
#define VM_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vm/program.h"

typedef struct Runtime Runtime;

// What RuntimeOptions says of the host. All zeroes: the defaults, and a run that waits for the host.
typedef struct HostOptions {
    uint64_t max_inbox;  // how many bytes of atoms wait in one inbox; 0: DEFAULT_MAX_INBOX
    uint64_t max_outbox; // how many bytes of atoms wait in one outbox, before what leads there stands still; 0: the default
    // Called, by the thread of the run, whenever nothing can be done until the host pushes, takes or seals something, or the next
    // timer or input comes; what is committed is durable by then. False: the run ends here, as by a stop signal, and goes on
    // later from its data directory. NULL: the run waits. It may push, take, seal and ask, after which it should return true.
    bool (*quiet)(void *user);
    // Called, by the thread of the run, when an epoch ends; then, by any thread of the run, when it is durable and what the host
    // may wait for has changed: what is acknowledged, what can be read. They must not call functions of inbox.h, outbox.h and
    // ask.h. Or NULL.
    void (*progress)(void *user);
    void (*changed)(void *user);
    void *user;
} HostOptions;

enum { DEFAULT_MAX_INBOX = 16 << 20, DEFAULT_MAX_OUTBOX = 64 << 20 };

// Whether a program can only be run by a host: it has an inbox or an outbox that is written in it. Then *name is that of the
// first one (of a stream, or of the workflow of an outbox) and *position where it is (in program->positions).
bool host_is_needed(const PtProgram *program, const char **name, uint64_t *position);

// Whether a stream, workflow or task is one that the compiler has added so that portals can be asked from outside. What is shown
// to people leaves such ones out.
static inline bool host_is_hidden(const char *name) {
    return *name == '.';
}

// Whether nothing can be done, or will be, until the host pushes, takes, asks or seals something: nothing is on its way, no timer
// runs, and all sources that have not ended are inboxes without atoms. By the thread of the run, between steps.
bool host_is_quiet(const Runtime *runtime);
// The same, and only hidden inboxes are open: without them the run would have ended.
bool host_only_asks(const Runtime *runtime);

// Whether the run has all that the host has pushed and sealed. *given counts that, and what the host has taken: it is another
// number as soon as there is something new.
bool host_has_all(const Runtime *runtime, uint64_t *given);
uint64_t host_given(const Runtime *runtime);
// Whether it is durable that those inboxes end which have been sealed, hidden ones too.
bool host_has_kept_ends(const Runtime *runtime);

// Makes the run look at its inboxes, outboxes and the stop signal of its Env when it waits. By any thread.
void host_ring(Runtime *runtime);

// Makes durable what has been taken from outboxes since the last epoch. Only when the run is not going on: after runtime_run, or
// after a runtime_setup that has said that the run has ended. False with runtime->failure. Without a data directory it does
// nothing.
bool host_settle(Runtime *runtime);

#endif
