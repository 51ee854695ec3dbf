// program.h - a whole program by the evaluator: sources, atoms, workflows, ends, and what comes out (spec/semantics.md).
#ifndef TESTS_DIFFERENTIAL_PROGRAM_H
#define TESTS_DIFFERENTIAL_PROGRAM_H

#include "tests/differential/eval.h"

typedef struct Expected {
    EvalEnd end;
    Buf out; // of all sinks
    Buf err; // what `log` says, then the message
    uint64_t ops[CORE_OP_COUNT];
} Expected;

// Runs the program with the defaults of its params, which must have some. `fuel`: how much work it may be.
// EVAL_BROKEN: expected->err says why.
void program_run(const CoreProgram *program, uint64_t fuel, Expected *expected);
void program_free(Expected *expected);

#endif
