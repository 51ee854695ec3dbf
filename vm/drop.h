// drop.h - entries that go: what `reset` does to them, and how they leave memory and the data directory.
//
// `reset` gives an entry its initial values, sets its byte at PtTask.gone and lists it here. The byte is a part of the entry:
// what takes back what a handler did takes it back, too; setting a state clears it, and so does a handler for the key that begins
// (pt_revive). What is still gone at the end of a step is dropped.
#ifndef VM_DROP_H
#define VM_DROP_H

#include "vm/context.h"

// Removes the entry, and notes in the record of the epoch that it is gone if the store has it. What it refers to goes to the
// limbo. Not amid a step.
void drop_entry(Partition *partition, uint64_t task, char *entry);
// At the commit: finds those of the entries that the step has reset which are to go. They have no more values then.
void drops_commit(Partition *partition);
// At the end of the step: drops those.
void drops_end(Partition *partition);
// None of them goes.
void drops_undo(Partition *partition);

#endif
