// stuck.h - a run in which nothing is left to do, although continuations wait: for replies that cannot come since those who
// should give them wait themselves, or for promises that nobody can complete any more. It ends with an error that says who waits,
// where, and for whom.
#ifndef VM_STUCK_H
#define VM_STUCK_H

#include "vm/runtime.h"

// Whether a continuation waits, when nothing can happen any more.
bool stuck_look(const Runtime *runtime);
// Sets the failure of the run.
void stuck_report(Runtime *runtime);

#endif
