// trial.h - one program, compiled and run, against what the evaluator makes of it: as a plain run, and as a run that is kept in a
// data directory and ends over and over, with all its state and events written and read again.
#ifndef TESTS_DIFFERENTIAL_TRIAL_H
#define TESTS_DIFFERENTIAL_TRIAL_H

#include "compiler/codegen.h"
#include "compiler/pipeline.h"
#include "lang/ast.h"

typedef enum TrialEnd {
    TRIAL_SAME,
    TRIAL_FAILED,    // the same, and the program has a run-time error
    TRIAL_TOO_LONG,  // the evaluator gave up: nothing was compared
    TRIAL_DIFFERENT, // or something broke
    TRIAL_FAULTY,    // it does not compile
    TRIAL_ENDS,
} TrialEnd;

// How often what was met: instructions that were evaluated, nodes of the tree.
typedef struct Coverage {
    uint64_t ops[CORE_OP_COUNT];
    uint64_t asts[AST_KIND_COUNT];
} Coverage;

typedef struct TrialOptions {
    uint64_t seed; // of the chances of the runs
    Optimise optimise;
} TrialOptions;

// From now on this process may take so many seconds of a processor; then it dies of SIGPROF.
void trial_limit(unsigned seconds);
// Appends to `story` what is wrong, if something is, and adds to the coverage.
TrialEnd trial_run(const char *path, const TrialOptions *options, Coverage *coverage, Buf *story);

// ---- trial_format.c ----

// Whether the canonical layout of a program that is compiled up to the core is stable and says the same. If not, `story` is told.
bool trial_format(const char *path, const Compilation *compilation, Buf *story);

#endif
