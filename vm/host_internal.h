// host_internal.h - what the files behind host.h share, and what the run itself calls of them.
//
//   host.c        the bell, the waiting, whether a run has news for its host
//   push.c        events of the host as bytes
//   feed_inbox.c  inboxes
//   outbox.c      outboxes, as the run fills them
//   outbox_read.c outboxes, as the host reads them
//   ask.c         requests to portals
//
// Two locks: `lock` guards the queues and numbers of all inboxes and outboxes of a run and is held for moments; `desk_lock`
// guards a partition of its own, in which values of the host are read and decoded. Who needs both takes `desk_lock` first.
#ifndef VM_HOST_INTERNAL_H
#define VM_HOST_INTERNAL_H

#include <pthread.h>

#include "vm/ask.h"
#include "vm/bytes.h"
#include "vm/runtime.h"

// An atom in the queue of an inbox.
typedef struct PushedAtom {
    struct PushedAtom *next;
    uint64_t number;
    Buf bytes; // atom_put
} PushedAtom;

struct Inbox {
    struct Host *host;
    const PtSource *source;
    PushedAtom *first, *last;
    size_t waiting;
    uint64_t bytes;        // of those
    uint64_t pushed;       // the number of the last one
    uint64_t taken;        // the same of those that the run has; only the run looks at it
    bool is_sealed;        // nothing more can be pushed
    bool has_ended;        // the run knows
    uint64_t cut;          // `taken` when the last epoch was cut
    bool cut_ended;        // and `has_ended`
    uint64_t acknowledged; // `taken` in the last durable epoch
    bool is_done;          // and `has_ended`
};

// An atom that waits in an outbox: for each event a u32 size and encode_value.
typedef struct OutboxAtom {
    uint64_t number;
    char *bytes;
    size_t size;
} OutboxAtom;

// Where the committed atoms of an epoch end in the bytes of an output.
typedef struct AtomEnds {
    size_t *items;
    size_t count;
    size_t capacity;
} AtomEnds;

struct Outbox {
    struct Host *host;
    const PtSink *sink;
    // of the run:
    AtomEnds ends;     // of the running epoch
    uint64_t made;     // the number of the last atom of the epochs before
    uint64_t recorded; // the last number that has been taken, as far as a record says
    // of the job that writes the epoch on its way:
    AtomEnds cut_ends;
    uint64_t cut_made; // the number of the last atom before them
    // guarded by the lock:
    OutboxAtom *atoms; // that can be read, from `head` on
    size_t head, count, capacity;
    uint64_t bytes; // of these, and of those that are on their way
    uint64_t last, taken;
};

// A reply that is there to be read.
typedef struct Reply {
    uint64_t id;
    uint64_t atom;  // of the outbox
    uint64_t event; // which of the atom
    bool is_read;
} Reply;

struct Asker {
    Inbox *requests;
    Outbox *replies;
    const char *name;        // of the portal
    pthread_mutex_t sending; // one request after the other
    pthread_mutex_t lock;    // of what follows; taken before the locks of the host
    uint64_t seen;           // the last atom of the outbox whose replies are in the list
    Reply *items;            // by atom and event
    size_t count, capacity;
};

typedef struct Host {
    Runtime *runtime;
    Inbox *inboxes;                       // hidden ones behind the others
    size_t inbox_count, open_inbox_count; // open: not hidden
    Outbox *outboxes;
    size_t outbox_count, open_outbox_count;
    Asker *askers;
    size_t asker_count;
    int bell;
    pthread_mutex_t lock;
    pthread_cond_t change; // of anything that the host may wait for
    uint64_t given;        // how often the host has pushed, sealed or taken something
    bool is_over;          // the run will do nothing more
    uint64_t quiet_step;   // 1 + the step after which nothing could be done; 0: none
    pthread_mutex_t desk_lock;
    struct Partition *desk; // NULL: not needed yet
} Host;

// ---- host.c ----

// NULL for a program without inboxes and outboxes.
Host *host_new(Runtime *runtime);
void host_free(Host *host);
// Before the sources are opened. False with a failure.
bool host_open(Runtime *runtime);
// After the store has been read: what has been taken, pushed and so on before.
void host_recovered(Runtime *runtime);
// Whether an epoch would tell the host something, or the store something of the host, although no step was made.
bool host_has_news(const Runtime *runtime);
// An epoch is cut; it is durable (by the thread that writes it).
void host_cut(Runtime *runtime);
void host_durable(Runtime *runtime);
// Nothing can be done until something comes; `others`: also other things than the host can bring that about. False: the run is to
// end here.
bool host_rest(Runtime *runtime, bool others);
// The run does nothing more.
void host_end(Runtime *runtime);
// Whether an outbox that is full keeps a workflow from going on.
bool host_holds_back(const Runtime *runtime);

// A time of the host's clock, until which to wait.
typedef struct Deadline {
    bool is_never;
    struct timespec time;
} Deadline;

Deadline host_deadline(uint64_t wait);
// With the lock held: waits for a change. False if the time is over, or the run.
bool host_wait(Host *host, uint64_t wait, const Deadline *deadline);
void host_lock(const Host *host);
void host_unlock(const Host *host);
// One of the numbers that the lock guards.
uint64_t host_number(const Host *host, const uint64_t *number);

// Runs `body` at the desk, whose memory is gone after. False with a message, if it was left by a trap or there is no memory.
typedef void DeskBody(struct Partition *desk, void *argument);
bool host_at_desk(Host *host, DeskBody *body, void *argument, Buf *message);

// ---- push.c ----

typedef enum PushForm {
    PUSH_EVENTS, // one a line, or an array
    PUSH_ONE,    // one value is the whole text
} PushForm;

// The events as bytes (atom_put), of which so many stand in front of the events. False with a message.
enum { PUSH_FRONT = 17 };
bool push_encode_json(Host *host, const PtDesc *desc, PushForm form, const char *text, size_t size, Buf *out, Buf *message);
bool push_encode_values(Host *host, const PtDesc *desc, const PtDesc *given, const void *events, size_t count, Buf *out,
                        Buf *message);
// Whether a value of the type can have functions, Anys or futures in it.
bool push_holds_code(const PtDesc *desc);
// Whether a text that begins with `[` is one value of this type.
bool push_is_array(const PtDesc *desc);

// ---- feed_inbox.c ----

// Takes the memory of the bytes over if it is PUSHED.
Pushed inbox_push_bytes(Inbox *inbox, uint64_t number, Buf *bytes, uint64_t wait, Buf *message);
void inbox_free(Inbox *inbox);

// ---- outbox.c: by the run ----

// That of the sink with this number, which is of its kind; NULL otherwise.
Outbox *outbox_of_sink(const Runtime *runtime, uint64_t sink);

// An event goes to the outbox: its bytes are appended. False if they are more than the limit.
bool outbox_put_event(struct Partition *partition, const PtSink *sink, const void *event, Buf *to, uint64_t limit);
// The atom is committed whose bytes end there, if it has put something out.
void outbox_end_atom(Outbox *outbox, size_t end);
// Whether it has as much as it may have, with these bytes of the running epoch.
bool outbox_is_full(const Outbox *outbox, size_t committed);
// The items of the record of an epoch: what is new, what has been taken.
void outbox_put(Outbox *outbox, uint32_t id, const Buf *bytes, Buf *body);
// The epoch is cut, and `bytes` of it are on their way.
void outbox_cut(Outbox *outbox, size_t bytes);
// They can be read.
void outbox_release(Outbox *outbox, const Buf *bytes);
// What a store says: how far it is, and the atoms, in order. False if that cannot be.
bool outbox_restore(Outbox *outbox, Bytes numbers);
bool outbox_restore_atom(Outbox *outbox, uint64_t number, const char *bytes, size_t size);
void outbox_forget_atom(Outbox *outbox, uint64_t number);
bool outbox_has_news(const Outbox *outbox);
void outbox_free(Outbox *outbox);

// ---- outbox_read.c ----

// With desk_lock and no other: the atom's bytes, copied. False if it is not there.
bool outbox_copy(Outbox *outbox, uint64_t number, Buf *out);
// Takes the bytes of the next event off the front. False at the end.
bool outbox_next_event(Bytes *rest, Bytes *event);

// At the desk: the value that the bytes of an event are. NULL, or what is wrong with them.
const char *outbox_decode(struct Partition *desk, const PtDesc *desc, Bytes event, void *value);

// ---- ask.c ----

void askers_init(Host *host);
void askers_free(Host *host);

#endif
