// foreign.h - foreign functions in the compiler: whether they are there, before anything runs, and their calls by code that the
// command itself runs (pt_foreign of vm/abi.h).
#ifndef COMPILER_FOREIGN_H
#define COMPILER_FOREIGN_H

#include "lang/check.h"

// Looks for all foreign functions that the program, checked without mistakes, declares; loads their libraries. `refused`: there
// must be none (`--no-ffi`); nothing is loaded then. False after diagnostics.
bool foreign_check(Context *context, const Program *program, bool refused);

#endif
