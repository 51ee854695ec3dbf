// entry.h - the main function of a program, with the system as an argument.
#ifndef VM_ENTRY_H
#define VM_ENTRY_H

#include "vm/env.h"
#include "vm/program.h"
#include "vm/store.h"

typedef struct Runtime Runtime;

// What a simulation makes smaller, so that a short run meets everything: see StoreLogOptions. 0: the default.
typedef struct EntrySizes {
    uint64_t segment_size, snapshot_after;
} EntrySizes;

// What pt_main does, in any environment: reads the command line, runs, writes messages to standard error.
// Returns the exit status: 0; 1 if the run failed; 2 for a wrong command line; 128 + the number of a stop signal.
int entry_main(const PtProgram *program, Env *env, int argc, char **argv);
// The same with other sizes.
int entry_main_sized(const PtProgram *program, Env *env, const EntrySizes *sizes, int argc, char **argv);

// ---- what other ways to run a program share ----

// Opens the data directory of the program at `path`. 0, or a negated errno value and why, without `error:` in front.
int entry_open_store(const PtProgram *program, Env *env, const EntrySizes *sizes, const char *path, Store **store, Buf *message);
// After runtime_setup: appends what is to be said about a run that goes on, and what recovery has to tell although it succeeded.
void entry_show_notes(Runtime *runtime, Buf *out);

#endif
