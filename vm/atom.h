// atom.h - atoms at run time: events in a row, and what they refer to. An atom is made by one producer, never changes after that,
// and is counted by the queues and the atoms that refer to it.
#ifndef VM_ATOM_H
#define VM_ATOM_H

#include "vm/program.h"
#include "vm/region.h"
#include "vm/spill.h"

typedef struct Atom Atom;

struct Atom {
    const char *events; // `count` events; NULL: the integers from `first` on
    int64_t first;      // or, of a source of text, the number of the line that the first event begins on
    int64_t count;
    uint64_t number; // in its stream, from 1
    uint64_t bytes;  // what it holds in memory, roughly
    char *buffer;    // memory of its own for events, kept when the atom is used again
    size_t capacity;
    Region **regions; // what events refer to, one reference each
    size_t region_count;
    size_t region_capacity;
    Atom **inputs; // events may also refer to what these refer to, one reference each
    size_t input_count;
    size_t input_capacity;
    uint64_t step; // the step that made it, if events may refer to state; else 0
    Atom *older;   // in AtomPool: those with a step
    Atom *newer;
    Atom *next; // in AtomPool: those that wait to be used again
    uint32_t references;
    uint32_t depth; // how many atoms hold each other in a row, this one the last
};

// Starts as all zeroes.
typedef struct AtomPool {
    Atom *free;
    uint32_t free_count;
    uint64_t limit; // of what an atom puts out: those without use keep no larger buffer
    Atom *oldest;   // of the atoms that may refer to state
    Atom *newest;
} AtomPool;

// The distance between events: those of type () take a byte too, so that they can be counted.
static inline uint64_t event_stride(const PtDesc *desc) {
    return desc->size ? desc->size : 1;
}

// An atom without events and with one reference.
Atom *atom_new(AtomPool *pool);
// Makes the buffer large enough for `needed` bytes, which `limit` must allow, and more if it may; it may move. NULL if it cannot.
char *atom_grow(Atom *atom, uint64_t needed, uint64_t limit);
// Gives back the part of the buffer that its events, of this type, do not need, where it is worth it: the atom may wait long.
// Nothing may refer to its events yet.
void atom_fit(Atom *atom, const PtDesc *desc);
// The atom keeps `region`, or `input`, for as long as it lives.
void atom_hold_region(Atom *atom, Region *region);
void atom_hold_input(Atom *atom, Atom *input);
// An atom with one reference that has the events of this one, whose reference it takes over: the atom itself, if that was the
// last one.
Atom *atom_again(AtomPool *pool, Atom *atom);
// The events may refer to state as it was in `step`, which is not less than that of any atom before.
void atom_hold_state(AtomPool *pool, Atom *atom, uint64_t step);
void atom_retain(Atom *atom);
void atom_release(AtomPool *pool, Atom *atom);
// The step of the oldest living atom that may refer to state; UINT64_MAX if there is none.
uint64_t atom_oldest_step(const AtomPool *pool);
// Frees the atoms that wait. All others must have been released.
void atom_pool_free(AtomPool *pool);

// Atoms on their way to one consumer, first in, first out. Starts as all zeroes.
typedef struct AtomQueue {
    Atom **atoms; // a ring
    size_t capacity;
    size_t head;
    size_t count; // in memory
    uint64_t bytes;
    bool unbounded;   // never full: of an edge that leads back, since who waits for room there may wait for himself
    Spill spill;      // those behind, on the disk (backlog.h)
    uint64_t refused; // those behind that could not be put there: the run is about to end
} AtomQueue;

// How many atoms wait.
static inline uint64_t queue_waiting(const AtomQueue *queue) {
    return queue->count + queue->spill.count + queue->refused;
}

// What the atoms in memory take, roughly, however small they are.
static inline uint64_t queue_memory(const AtomQueue *queue) {
    enum { ATOM_BYTES = 256 };
    return queue->bytes + queue->count * ATOM_BYTES;
}

// The atom number `i` of those that wait, from 0. The reference stays with the queue.
static inline Atom *queue_at(const AtomQueue *queue, size_t i) {
    return queue->atoms[(queue->head + i) & (queue->capacity - 1)];
}

// Takes over a reference.
void queue_push(AtomQueue *queue, Atom *atom);
// Hands the reference over. The queue must not be empty.
Atom *queue_pop(AtomQueue *queue);
// Puts back what was popped last.
void queue_unpop(AtomQueue *queue, Atom *atom);
// True if a producer should wait before it adds more.
bool queue_is_full(const AtomQueue *queue);
// True if there is much in it, whether it can be full or not.
bool queue_is_long(const AtomQueue *queue);
// Releases what is in the queue, and the queue.
void queue_free(AtomQueue *queue, AtomPool *pool);

#endif
