#include "vm/atom.h"

#include <assert.h>
#include <stdlib.h>

#include "vm/memory.h"

enum {
    FIRST_BUFFER = 4 * 1024,
    BUFFER_LIMIT = 1 << 20, // how much an atom without use may hold
    POOL_LIMIT = 64,        // how many atoms wait
    QUEUE_ATOMS = 64,       // when a queue is full
    QUEUE_BYTES = 16 << 20,
};

#ifdef __SANITIZE_ADDRESS__
enum { REUSE_BUFFERS = 0 }; // so that a use after the end of an atom is seen
#else
enum { REUSE_BUFFERS = 1 };
#endif

Atom *atom_new(AtomPool *pool) {
    Atom *atom = pool->free;
    if (atom) {
        pool->free = atom->next;
        pool->free_count--;
    } else {
        atom = MEMORY_NEW(Atom, 1);
    }
    atom->references = 1;
    return atom;
}

char *atom_grow(Atom *atom, uint64_t needed, uint64_t limit) {
    uint64_t capacity = 2 * atom->capacity < FIRST_BUFFER ? FIRST_BUFFER : 2 * atom->capacity;
    if (capacity > limit) capacity = limit;
    if (capacity < needed) capacity = needed;
    char *buffer = needed <= limit ? realloc(atom->buffer, capacity) : NULL;
    if (!buffer) return NULL;
    atom->buffer = buffer;
    atom->capacity = capacity;
    return buffer;
}

void atom_fit(Atom *atom, const PtDesc *desc) {
    uint64_t used = (uint64_t)atom->count * event_stride(desc);
    if (atom->events != atom->buffer || used == 0 || atom->capacity <= 2 * used) return;
    char *buffer = realloc(atom->buffer, used);
    if (!buffer) return;
    atom->events = atom->buffer = buffer;
    atom->capacity = used;
}

void atom_hold_region(Atom *atom, Region *region) {
    atom->regions = memory_grow(atom->regions, atom->region_count, &atom->region_capacity, sizeof(Region *));
    atom->regions[atom->region_count++] = region;
    atom->bytes += region->size;
    region_retain(region);
}

void atom_hold_input(Atom *atom, Atom *input) {
    atom->inputs = memory_grow(atom->inputs, atom->input_count, &atom->input_capacity, sizeof(Atom *));
    atom->inputs[atom->input_count++] = input;
    if (atom->depth <= input->depth) atom->depth = input->depth + 1;
    atom_retain(input);
}

Atom *atom_again(AtomPool *pool, Atom *atom) {
    if (atom->references == 1) return atom;
    Atom *again = atom_new(pool);
    again->events = atom->events;
    again->first = atom->first;
    again->count = atom->count;
    again->bytes = atom->bytes;
    atom_hold_input(again, atom);
    again->depth = atom->depth; // with nothing of its own
    atom_release(pool, atom);
    return again;
}

void atom_hold_state(AtomPool *pool, Atom *atom, uint64_t step) {
    assert(!pool->newest || pool->newest->step <= step);
    atom->step = step;
    atom->older = pool->newest;
    *(pool->newest ? &pool->newest->newer : &pool->oldest) = atom;
    pool->newest = atom;
}

void atom_retain(Atom *atom) {
    atom->references++;
}

static void unlink_step(AtomPool *pool, Atom *atom) {
    *(atom->older ? &atom->older->newer : &pool->oldest) = atom->newer;
    *(atom->newer ? &atom->newer->older : &pool->newest) = atom->older;
}

static void atom_free(Atom *atom) {
    free(atom->buffer);
    free(atom->regions);
    free(atom->inputs);
    free(atom);
}

// All but the memory that the next use finds. Field by field: as a whole it is zeroed by an instruction that takes longer than
// the rest of a small atom's life.
static void forget(Atom *atom) {
    atom->events = NULL;
    atom->first = atom->count = 0;
    atom->number = atom->bytes = atom->step = 0;
    atom->region_count = atom->input_count = 0;
    atom->older = atom->newer = NULL;
    atom->depth = 0;
}

static void recycle(AtomPool *pool, Atom *atom) {
    if (pool->free_count == POOL_LIMIT || !REUSE_BUFFERS) {
        atom_free(atom);
        return;
    }
    if (atom->capacity > BUFFER_LIMIT || atom->capacity > pool->limit) {
        free(atom->buffer);
        atom->buffer = NULL;
        atom->capacity = 0;
    }
    forget(atom);
    atom->next = pool->free;
    pool->free = atom;
    pool->free_count++;
}

// An atom may be the last to hold its inputs, and so on, as deep as workflows follow each other.
void atom_release(AtomPool *pool, Atom *atom) {
    if (--atom->references) return;
    if (atom->step) unlink_step(pool, atom);
    for (size_t i = 0; i < atom->region_count; i++) region_release(atom->regions[i]);
    for (size_t i = 0; i < atom->input_count; i++) atom_release(pool, atom->inputs[i]);
    recycle(pool, atom);
}

uint64_t atom_oldest_step(const AtomPool *pool) {
    return pool->oldest ? pool->oldest->step : UINT64_MAX;
}

void atom_pool_free(AtomPool *pool) {
    while (pool->free) {
        Atom *atom = pool->free;
        pool->free = atom->next;
        atom_free(atom);
    }
    pool->free_count = 0;
}

// ---- queues ----

static void queue_grow(AtomQueue *queue) {
    size_t capacity = queue->capacity ? queue->capacity * 2 : 16; // a power of two
    Atom **atoms = MEMORY_NEW(Atom *, capacity);
    for (size_t i = 0; i < queue->count; i++) atoms[i] = queue->atoms[(queue->head + i) & (queue->capacity - 1)];
    free(queue->atoms);
    queue->atoms = atoms;
    queue->capacity = capacity;
    queue->head = 0;
}

void queue_push(AtomQueue *queue, Atom *atom) {
    if (queue->count == queue->capacity) queue_grow(queue);
    queue->atoms[(queue->head + queue->count) & (queue->capacity - 1)] = atom;
    queue->count++;
    queue->bytes += atom->bytes;
}

Atom *queue_pop(AtomQueue *queue) {
    assert(queue->count);
    Atom *atom = queue->atoms[queue->head];
    queue->head = (queue->head + 1) & (queue->capacity - 1);
    queue->count--;
    queue->bytes -= atom->bytes;
    return atom;
}

void queue_unpop(AtomQueue *queue, Atom *atom) {
    if (queue->count == queue->capacity) queue_grow(queue);
    queue->head = (queue->head + queue->capacity - 1) & (queue->capacity - 1);
    queue->atoms[queue->head] = atom;
    queue->count++;
    queue->bytes += atom->bytes;
}

bool queue_is_long(const AtomQueue *queue) {
    return queue_waiting(queue) >= QUEUE_ATOMS || queue->bytes >= QUEUE_BYTES;
}

bool queue_is_full(const AtomQueue *queue) {
    return !queue->unbounded && queue_is_long(queue);
}

void queue_free(AtomQueue *queue, AtomPool *pool) {
    while (queue->count) atom_release(pool, queue_pop(queue));
    spill_free(&queue->spill);
    free(queue->atoms);
    *queue = (AtomQueue){0};
}
