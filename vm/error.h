// error.h - why a run fails. The first failure counts; its message is written to Runtime.failure. That of a trap is written to
// Partition.failure first, in pieces (failure.h), since another partition may have failed earlier.
#ifndef VM_ERROR_H
#define VM_ERROR_H

#include "vm/runtime.h"

// Sets the message, if there is none yet, and returns true then: more lines may follow.
bool error_set(Runtime *runtime, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Adds the line that names a place in the program.
void error_position(Runtime *runtime, uint64_t position);
// Adds a line.
void error_note(Runtime *runtime, const char *format, ...) __attribute__((format(printf, 2, 3)));
// The message becomes that of the run, if there is none yet. error_take: that of the partition, which is taken away.
void error_copy(Runtime *runtime, const Buf *message);
void error_fail(Runtime *runtime, const Failure *failure);
void error_take(Runtime *runtime, Partition *partition);
// Writes that what comes of an atom (or, without one, of `on end`) is too large. It does not say of which event: partitions that
// have worked on different events do not know.
void error_atom_too_large(const Workflow *workflow, const Atom *input, uint64_t stream, Failure *failure);
// The number of the running event in its atom, or -1.
int64_t error_running_event(const Partition *partition);
// The text of a negated errno value.
const char *error_text(int64_t code);

// Where a trap does not say where it happened: then it is said of the workflow or test.
static const uint64_t NO_POSITION = UINT64_MAX;

// Goes on with the failure of the running step, which somebody has looked at.
_Noreturn void trap_again(Partition *partition);
// The failure of what is running, without leaving it.
void failure_here(Partition *partition, const char *message);

// Ends the running step, when it needs more memory than it may have, or than there is.
_Noreturn void trap_memory(Partition *partition);
_Noreturn void trap_output(Partition *partition);
// The same of all that comes of an atom.
_Noreturn void trap_atom_too_large(Partition *partition);
_Noreturn void trap_heap(Partition *partition);
// What a source has read is not what it must be. `position` is that of the source in the program.
typedef struct InputPlace {
    const char *file;
    uint64_t line;
    uint64_t column;
} InputPlace;

_Noreturn void trap_input(Partition *partition, uint64_t position, const InputPlace *place, const Buf *message);
// Nor is what is to be put out.
_Noreturn void trap_unwritable(Partition *partition, uint64_t position, const char *format, const char *why);
// With a message of the format, at that position of the program.
_Noreturn void trap_foreign(Partition *partition, uint32_t position, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void trap_store(Partition *partition, const char *why);

#endif
