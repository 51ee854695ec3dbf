// core_verify.h - the parts of core_verify.
#ifndef COMPILER_CORE_VERIFY_H
#define COMPILER_CORE_VERIFY_H

#include "compiler/core.h"

// Checks types, globals, tasks, sources, sinks and workflows, and what functions emit in each workflow. NULL or the first fault.
const char *core_verify_graph(CoreProgram *program);
// An instruction of tasks that wait, whose operands are locals of the function (core_verify_async.c). What is missing, or NULL.
const char *core_verify_async(CoreProgram *program, const CoreFn *fn, const CoreInst *inst);

#endif
