// recover.h - taking up a run where its store left it.
#ifndef VM_RECOVER_H
#define VM_RECOVER_H

#include "vm/runtime.h"

// Reads what the store says, after the setup and before sources and sinks are opened: matches the program with the schema, and
// brings back streams, workflows and the state that is in the log. State that is only in the snapshot is read when it is looked
// for. runtime->epochs.number is 0 if the run begins anew. False with a failure.
bool recover_run(Runtime *runtime);
// After sources and sinks have been opened: the sources go on where they were; what outputs have not got yet goes out. False with
// a failure.
bool recover_files(Runtime *runtime);

// Fills in a new entry, which has its key, from the store. False if the store does not have it. Traps if it cannot be read.
bool recover_entry(Partition *partition, uint32_t task, char *entry);
// Brings back all entries of a task. False with a failure.
bool recover_all_entries(Runtime *runtime, uint64_t task);

#endif
