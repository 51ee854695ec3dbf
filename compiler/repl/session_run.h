// session_run.h - runs a small program in this process, and finds its values. Knows nothing of the compiler.
#ifndef COMPILER_REPL_SESSION_RUN_H
#define COMPILER_REPL_SESSION_RUN_H

#include "compiler/repl/session.h"

typedef void TakeGlobals(void *user, const PtProgram *program, const char *globals);

// Computes the constants of a program, and calls `take` while their values live. ENTERED_VALUE; or, with the error in `out`,
// ENTERED_FAILED or _STOPPED.
Entered run_constants(const SessionOptions *options, const PtProgram *program, TakeGlobals *take, void *user, Buf *out);
// The same with a test: says how it went.
Entered run_test_of(const SessionOptions *options, const PtProgram *program, uint64_t number, Buf *out);
// The place of a constant that is kept; NULL if there is none of the name.
PtValue run_value(const PtProgram *program, const char *globals, const char *name);

#endif
