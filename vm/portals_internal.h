// portals_internal.h - what the files behind portals.h share; nothing else includes it.
//
//   portals_error.c    codes, messages, calls that may be left without memory
//   portals_program.c  shared objects
//   portals_start.c    options, the thread of an instance
//   portals_status.c   how the run is, waiting for that
//   portals_box.c      inboxes and outboxes
//   portals_ask.c      portals
//   portals_durable.c  checkpoints, closing
//
// An instance is a Runtime with a thread that runs it. What the run shares with the host has locks of its own (host.h); the lock
// here guards what is said about the run as a whole.
#ifndef VM_PORTALS_INTERNAL_H
#define VM_PORTALS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "vm/inbox.h"
#include "vm/params.h"
#include "vm/portals.h"

// ---- calls (portals_error.c) ----

// What a function of portals.h does: returns its code; `message` says more, or stays empty.
typedef int PortalsBody(void *argument, Buf *message);

// Calls it so that it may run out of memory, in the locale of C, and fills in *error.
int portals_call(PortalsBody *body, void *argument, PortalsError *error);
// For a call that is given something that cannot be: `argument` is the name of that, or NULL.
int portals_wrong_argument(void *argument, Buf *message);
// Appends a diagnostic as messages have it, without `error: ` and the last newline.
void portals_put_diagnostic(Buf *message, const char *text, size_t length);
// The body's message becomes this one; returns the code.
int portals_say(Buf *message, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
// The length that was given, or that of a text.
size_t portals_length(const char *text, size_t length);

// ---- time (portals_status.c) ----

// Until when a call may wait.
typedef struct PortalsDeadline {
    int64_t wait; // as it was given
    uint64_t end; // of the monotonic clock
} PortalsDeadline;

PortalsDeadline portals_deadline(int64_t wait);
// How long that still is, at most a second: who waits then looks whether the run has been left without telling anybody.
uint64_t portals_slice(const PortalsDeadline *deadline);
bool portals_is_late(const PortalsDeadline *deadline);

// ---- programs (portals_program.c) ----

typedef struct PortalsItems {
    PortalsItem *items;
    size_t count;
    size_t capacity;
} PortalsItems;

enum { PORTALS_KINDS = PORTALS_PARAM + 1 };

struct PortalsProgram {
    atomic_size_t uses; // the caller and its instances
    void *library;
    const PtProgram *code;
    PortalsItems items[PORTALS_KINDS];
};

void portals_program_use(PortalsProgram *program);
void portals_program_drop(PortalsProgram *program);
bool portals_is_name(const PortalsProgram *program, PortalsKind kind, const char *name);
// Says that there is no such name, and what there is.
int portals_no_name(const PortalsProgram *program, PortalsKind kind, const char *name, Buf *message);

// ---- instances ----

// Requests whose replies nobody waits for any more.
typedef struct Abandoned {
    size_t portal;
    uint64_t id;
} Abandoned;

struct PortalsInstance {
    PortalsProgram *program;
    PortalsOptions options;
    char **arguments; // the params
    size_t argument_count;
    Params params;
    Env *env;
    Store *store; // NULL: nothing is kept
    Runtime *runtime;
    pthread_t thread;
    bool has_thread;
    int poll; // an eventfd

    pthread_mutex_t lock; // of what follows
    pthread_cond_t changed;
    bool is_ready; // the start has succeeded or failed
    int start_code;
    Buf start_message;
    bool is_over;      // the thread will not touch the runtime any more
    bool is_left;      // without memory: nobody may
    int code;          // why it is over
    uint64_t quiet_at; // host_given when nothing was left to do; UINT64_MAX: that has not been so
    Buf failure;       // the diagnostic
    char *file;        // and where it is
    unsigned line, column;
    RuntimeCounts counts;
    uint64_t epoch;
    Abandoned *abandoned;
    size_t abandoned_count, abandoned_capacity;
    uint64_t *asked_before; // by portal: the last request of earlier runs; not changed after the start
};

// portals_start.c: reads the options, then makes what the run needs, on its own thread.
int portals_read_options(PortalsInstance *instance, const PortalsOptions *options, Buf *message);
void portals_free_instance(PortalsInstance *instance);

// portals_status.c
void portals_lock(PortalsInstance *instance);
void portals_unlock(PortalsInstance *instance);
// With the lock held: something has changed. Wakes who waits, and what polls.
void portals_changed(PortalsInstance *instance);
// PORTALS_OK as long as it goes on, or why it is over, with the message: also when it was told to stop and has not done so yet.
int portals_over(PortalsInstance *instance, Buf *message);
// Whether it has come to its end: nothing more comes.
bool portals_has_come_to_end(PortalsInstance *instance);
// Whether it ended without memory: then nobody may look at the runtime.
bool portals_is_left(PortalsInstance *instance);
// Waits for a change, at most until the deadline, and no longer than some milliseconds.
void portals_nap(PortalsInstance *instance, const PortalsDeadline *deadline);
// For HostOptions, with the instance: publishes the counts; says that something has changed; that nothing is left to do.
void portals_note_progress(void *user);
void portals_note_change(void *user);
bool portals_note_quiet(void *user);

// portals_box.c
int portals_pushed_code(Pushed pushed);

// portals_ask.c: replies to requests of earlier runs are nobody's.
void portals_note_asked(PortalsInstance *instance);

#endif
