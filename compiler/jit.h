// jit.h - runs a program within this process.
#ifndef COMPILER_JIT_H
#define COMPILER_JIT_H

#include "compiler/codegen.h"
#include "vm/program.h"

// A program as machine code in memory.
typedef struct Jit Jit;

// Compiles the module, which is gone then (also on errors; the Codegen itself stays to be freed after the Jit). NULL and an error
// text (in the arena of the core program) if that fails.
Jit *jit_new(Codegen *codegen, char **error);
const PtProgram *jit_program(const Jit *jit);
void jit_free(Jit *jit);

// Compiles, runs pt_main with the arguments, and returns its status; -1 and an error text if the program cannot be compiled.
int jit_run(Codegen *codegen, int argc, char **argv, char **error);

#endif
