// outbox.h - streams that the host reads: `workflow sums = numbers |> Sum |> outbox`. See host.h for who may call these.
//
// What goes there is kept, atom by atom, until the host says that it has taken it. The atoms are numbered from 1, in an order
// that is that of the workflow's output; atoms without events have no number. Only atoms of durable epochs can be read (without a
// data directory: of epochs that have ended), so what was read never changes.
//
//   last    the number of the last atom that can be read
//   taken   the last number that the host has taken: durable with the next epoch
//
// After a crash `taken` is what was durable, and the host can read again what is behind it: it knows that by the numbers.
//
// Atoms that wait are kept in memory and in the data directory. When they are more than HostOptions.max_outbox in one outbox,
// what leads there takes no more atoms until the host has taken some; everything else goes on.
#ifndef VM_OUTBOX_H
#define VM_OUTBOX_H

#include "base/buf.h"
#include "vm/host.h"

typedef struct Outbox Outbox;

// The outbox of the workflow with this name (of several applications `App.name`); NULL if there is none. It lives as long as the
// runtime.
Outbox *outbox_find(Runtime *runtime, const char *name);
// Those that are written in the program, by number.
size_t outbox_count(const Runtime *runtime);
Outbox *outbox_at(Runtime *runtime, size_t number);
const char *outbox_name(const Outbox *outbox);
// The type of its events.
const PtDesc *outbox_desc(const Outbox *outbox);

uint64_t outbox_last(const Outbox *outbox);
uint64_t outbox_taken(const Outbox *outbox);
// Waits until the atom of this number can be read. False if the time (nanoseconds; ENV_POLL, ENV_BLOCK) is over before, or the
// run. The thread of the run itself must not wait.
bool outbox_wait(Outbox *outbox, uint64_t number, uint64_t wait);

typedef enum Read {
    READ,
    READ_NOTHING, // there is no atom of that number: it has been taken, or is not there yet
    READ_WRONG,   // it cannot be written as JSON, or there is no memory: see `message`
} Read;

// Appends the events of the atom, in JSON, one a line. `message` (or NULL): as in inbox.h.
Read outbox_read_json(Outbox *outbox, uint64_t number, Buf *out, Buf *message);
// Hands the events of the atom, one after the other, to `take`, while they live; it must not call functions of this header, nor
// of inbox.h or ask.h.
Read outbox_read_values(Outbox *outbox, uint64_t number, void (*take)(void *user, PtValue event), void *user, Buf *message);
// The host needs the atoms up to this number no more. They must have been there to be read.
void outbox_take(Outbox *outbox, uint64_t number);

#endif
