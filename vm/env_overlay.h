// env_overlay.h - an Env in which nothing is changed that was there: a file that is opened for writing is copied first, and the
// copy is what is written, and read from then on; what is removed or renamed is so only for those who look through this Env. So a
// run can go on that writes files, and leaves them as they were.
//
// The copies lie in a directory of their own beside other scratch files (Env.scratch), which is there as soon as the first file
// is copied, and goes with the Env. Files are told apart by their real paths. What is no file and no directory, such as a pipe,
// is not written to either: a copy of it is an empty file.
#ifndef VM_ENV_OVERLAY_H
#define VM_ENV_OVERLAY_H

#include "vm/env.h"

// `inner` must live longer.
Env *env_overlay_new(Env *inner);
// Removes the copies. Their files should have been closed.
void env_overlay_free(Env *env);
// How many files have been copied, or are new.
size_t env_overlay_copies(const Env *env);

#endif
