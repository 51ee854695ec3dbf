// lower.h - from the checked program and its dataflow graph to the core.
#ifndef COMPILER_LOWER_H
#define COMPILER_LOWER_H

#include "compiler/core.h"
#include "lang/topology.h"

// Expects what check.h and topology.h promise. Specialises generic functions, makes closures and the stages of the dataflow
// graph explicit. NULL if a limit was met (in context->diags).
CoreProgram *lower_program(Context *context, Program *program, Topology *topology);

// The tests of the program instead: its params, constants and functions, without streams.
CoreProgram *lower_tests(Context *context, Program *program);

#endif
