// run_test.h - runs the tests of a program that was compiled for that: each by itself, with constants made anew and params at
// their defaults, and with memory of its own, of which there are 256 MiB. Nothing that one does is seen by another.
#ifndef VM_RUN_TEST_H
#define VM_RUN_TEST_H

#include "base/buf.h"
#include "vm/env.h"
#include "vm/program.h"

// Runs test number `number`. False if it failed; then `message` says why, as for a run that fails.
bool run_test(const PtProgram *program, Env *env, uint64_t number, Buf *message);

#endif
