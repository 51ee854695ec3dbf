// progress.h - what the record of an epoch says, in the items of keys.h: the state that has changed, how far sources, workflows
// and outputs have got, what was put out, and the atoms that wait for a workflow.
#ifndef VM_PROGRESS_H
#define VM_PROGRESS_H

#include "vm/runtime.h"

// Moves the partition's changed entries to its record, and begins the next epoch for it. By any thread, when no step is running.
void progress_put_state(Partition *partition);
// Adds to the record that an entry is gone which the store has. Its Maps and Sets are empty by now.
void progress_put_gone(Partition *partition, uint64_t task, char *entry);
// Moves its changed cells there; progress_put_state does it.
void progress_put_cells(Partition *partition);
// The next id of a cell, of all partitions; 0: the program has none.
uint64_t progress_next_cell(const Runtime *runtime);
// Appends everything else. Output that is waiting must not have been cut yet.
void progress_put(Runtime *runtime, Buf *body);
// The id of a stream in the store.
uint32_t progress_stream_id(const Runtime *runtime, uint64_t stream);
// The id of an output in the store.
uint32_t progress_output_id(const Runtime *runtime, const Output *output);

#endif
