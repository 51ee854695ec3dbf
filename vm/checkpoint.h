// checkpoint.h - epochs that another thread asks of a run: the run commits one as soon as it can, and begins a snapshot with it.
#ifndef VM_CHECKPOINT_H
#define VM_CHECKPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Runtime Runtime;

typedef struct Checkpoints {
    atomic_uint_least64_t asked; // how many, by any thread
    atomic_uint_least64_t done;  // of these; written by the run
    atomic_uint hurried;         // by how many threads
} Checkpoints;

// By any thread. Returns the number of the checkpoint.
uint64_t checkpoint_ask(Runtime *runtime);
// Whether that one is durable. HostOptions.changed is called after it has become so.
bool checkpoint_is_done(const Runtime *runtime, uint64_t number);
// As long as somebody hurries, an epoch is due whenever there is something in it.
void checkpoint_hurry(Runtime *runtime);
void checkpoint_hurry_no_more(Runtime *runtime);

// ---- by the run ----

bool checkpoint_is_hurried(const Runtime *runtime);
// Between two steps: commits what is asked for. False with a failure.
bool checkpoint_commit(Runtime *runtime);

#endif
