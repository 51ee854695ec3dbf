// trace.h - looking on while a run takes its steps: what each of them took, what it did to state, what came out of it. Of a run
// with one partition. Nobody looks on in a run that is not one of the prompt; that costs one branch a step.
#ifndef VM_TRACE_H
#define VM_TRACE_H

#include "vm/runtime.h"

// An entry that a step has touched, as it was before or is after.
typedef struct TraceEntry {
    const PtTask *task;
    const char *entry; // the key at 0, then the fields
    size_t number;     // the same for both
    bool is_there;     // else only the key is to be looked at
} TraceEntry;

// What a step did to what waits. All zeroes if the program has no tasks that wait.
typedef struct TraceWaits {
    uint64_t resumed; // continuations that went on
    uint64_t before;  // that waited before the step
    uint64_t after;   // and after it
} TraceWaits;

// Events of a stream.
typedef struct TraceEvents {
    uint64_t stream;    // its number
    uint64_t number;    // of the atom, from 1
    const char *events; // in a row, of the type runtime_event; NULL: the integers from `first` on
    int64_t first;
    int64_t count;
} TraceEvents;

// Called when a step has been done, and could still be undone, in this order: what it took, for each entry before, for each entry
// after, what waits, for each channel what it put out, for each output its lines. What is handed over lives no longer than the
// call. NULL: that is not wanted.
struct Trace {
    // `taken`: NULL if the step took no atom, but the time came for something (PHASE_WAKE), or for `on end`.
    void (*took)(void *user, const Workflow *workflow, const TraceEvents *taken);
    void (*before)(void *user, const TraceEntry *entry);
    void (*after)(void *user, const TraceEntry *entry);
    void (*waits)(void *user, const TraceWaits *waits);
    void (*put)(void *user, const TraceEvents *events); // of a stream of requests or replies, too: Stream.kind says what it is
    void (*lines)(void *user, const Output *output, const char *bytes, size_t size);
    // After `took`, instead of all else: it has failed, and is undone.
    void (*failed)(void *user, const Failure *failure);
    void *user;
};

// ---- for step.c ----

// A step of the workflow is done; `input`: the atom that it took, or NULL.
void trace_step(Workflow *workflow, const Atom *input);
void trace_failure(Workflow *workflow, const Atom *input);

#endif
