// skip.h - `--skip-atom FILE`: the first atom of a run that fails for good is appended to a file, and passed over.
//
//   // atom 7 of stream `lines` failed in workflow `numbers`: integer overflow (prog.portals:12:9)
//   "9223372036854775807 1"
//   "2 3"
#ifndef VM_SKIP_H
#define VM_SKIP_H

#include "vm/runtime.h"

// Returns when the atom is in the file for certain, and says so on standard error. False, with a failure of the run, if it cannot
// be written.
bool skip_atom(Runtime *runtime, const Failure *failure, uint64_t stream, const Atom *atom);

#endif
