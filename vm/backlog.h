// backlog.h - queues that may become longer than memory is large: those that lead back in a cycle never hold their producer up.
// Behind the atoms in memory are then those of a spill, which come back as the queue gets shorter.
#ifndef VM_BACKLOG_H
#define VM_BACKLOG_H

#include "vm/runtime.h"

// Appends an atom of the stream with this number, and takes over the reference. If it cannot be spilled, runtime->failure says
// so.
void backlog_push(Runtime *runtime, uint64_t stream, AtomQueue *queue, Atom *atom);
// Brings back spilled atoms of an input if there are none in memory before them. False with a failure.
bool backlog_fill(Workflow *workflow, uint64_t input);
// Appends the items of the stream's atoms that were spilled since the last epoch, from number `first` on and behind
// stream->logged, which goes along.
void backlog_put(Stream *stream, uint64_t first, Buf *body);

#endif
