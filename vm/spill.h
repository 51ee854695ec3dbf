// spill.h - byte strings that wait on the disk, first in, first out: what of a queue does not fit into memory. They lie in files
// that lose their names as soon as they are open, so nothing of them is left when the process ends, however it does.
#ifndef VM_SPILL_H
#define VM_SPILL_H

#include "base/buf.h"
#include "vm/env.h"

// A file of a spill, which is filled from its start and given back when everything in it has been taken.
typedef struct SpillFile {
    int file;
    uint64_t size; // bytes that were written
} SpillFile;

typedef struct Spill {
    Env *env;
    const char *path; // where its files are made; the same for all spills of a process
    SpillFile *files; // the oldest first
    size_t file_count;
    size_t file_capacity;
    Buf pending;       // behind what was written to the newest file
    Buf ahead;         // what was read of the oldest one,
    uint64_t ahead_at; // from there on
    uint64_t taken;    // bytes of the oldest file that have been taken
    uint64_t count;    // strings that wait
    uint64_t bytes;    // that they take on the disk
} Spill;

// An empty spill, which takes no room. `env` and `path` must live longer.
void spill_init(Spill *spill, Env *env, const char *path);
// Gives everything back.
void spill_free(Spill *spill);
// Appends a string. 0 or a negated errno value; then the spill is as it was.
int spill_push(Spill *spill, const char *bytes, size_t size);
// Takes the oldest string, of which there must be one: *bytes are valid until the next call. 0 or a negated errno value; then it
// is still there.
int spill_pop(Spill *spill, const char **bytes, size_t *size);

#endif
