// core_verify.h - the two halves of core_verify.
#ifndef COMPILER_CORE_VERIFY_H
#define COMPILER_CORE_VERIFY_H

#include "compiler/core.h"

// Checks types, globals, tasks, sources, sinks and workflows, and what functions emit in each workflow. NULL or the first fault.
const char *core_verify_graph(CoreProgram *program);

#endif
