// sink.h - what goes out of a program: `print` and `write`. Events become lines as they come; a line is released, that is
// handed to the system, when its atom is committed and the epoch with it is durable. Sinks that write to the same place share
// an Output, so that lines come in the order of events.
#ifndef VM_SINK_H
#define VM_SINK_H

#include "base/buf.h"
#include "vm/env.h"
#include "vm/program.h"

typedef struct Runtime Runtime;

typedef struct Output {
    char *name; // of the file, or NULL: standard output
    int file;
    uint64_t position; // in the program
    Buf bytes;         // not yet released: first those of committed atoms, then those of the running one
    size_t committed;
    uint64_t released; // how many bytes have gone out
    bool empties;      // what the file holds before the run goes
    bool broken;       // a write has failed
} Output;

typedef struct Sinks {
    Output *outputs;
    uint64_t output_count;
    Output **by_sink;
    PtString *paths; // settings, by sink
} Sinks;

void sinks_init(Runtime *runtime);
void sinks_free(Runtime *runtime);
// Opens and empties the files. Must come after the sources are open, so that none of them is emptied. False with a failure, or
// without after a stop signal.
bool sinks_open(Runtime *runtime);
// The running atom succeeded: its lines may go with the next epoch.
void sinks_commit(Runtime *runtime);
// It failed.
void sinks_abort(Runtime *runtime);
// How many bytes of committed atoms wait.
uint64_t sinks_waiting(const Runtime *runtime);
// Releases what is committed. False with a failure.
bool sinks_release(Runtime *runtime);
// Closes the files. False with a failure.
bool sinks_close(Runtime *runtime);

// Writes all of `bytes`; 0 or a negated errno value.
int write_all(Env *env, int file, const char *bytes, size_t size);

#endif
