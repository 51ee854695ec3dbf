// codegen.h - from the core to LLVM: one module a program. codegen_new makes the IR, codegen_optimise improves it; then it is run
// (jit.h), made into an object file (link.h), or printed.
#ifndef COMPILER_CODEGEN_H
#define COMPILER_CODEGEN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "compiler/core.h"

// How much time code generation may take. What the program puts out is the same.
typedef enum Optimise {
    OPTIMISE_NOT,      // the code nearly as generated: to test code generation by itself
    OPTIMISE_TO_START, // fully, but a large program lightly, so that it starts within seconds
    OPTIMISE_FULLY,
} Optimise;

// How foreign functions are called.
typedef enum ForeignCalls {
    FOREIGN_BY_VM,    // through pt_foreign, which the compiler has
    FOREIGN_DIRECTLY, // by the conventions of C on this machine, at addresses that are found when the program starts
} ForeignCalls;

typedef struct CodegenOptions {
    const char *cpu; // "native", or the name of a processor as LLVM knows it; NULL: any processor of the architecture
    Optimise optimise;
    const char *symbol;                      // what the program is called; NULL: pt_program
    struct LLVMOpaqueTargetMachine *machine; // that codegen_machine made for the same `cpu` and `optimise`; NULL: a new one
    ForeignCalls foreign;
    bool no_ffi;    // the program may have no foreign functions
    bool with_main; // also make `int main(int, char **)`, which calls pt_main
    // Loops, and functions that can call themselves, look at this in every round, and leave the atom by a trap, "interrupted",
    // when it is set. Only for code that runs in this process; NULL: they don't, and nothing stops them.
    const atomic_bool *poll;
} CodegenOptions;

// The machine for a number of compilations; NULL with an error text (in the arena) if it is unknown to LLVM. To be freed by
// codegen_machine_free.
struct LLVMOpaqueTargetMachine *codegen_machine(const CodegenOptions *options, Arena *arena, char **error);
void codegen_machine_free(struct LLVMOpaqueTargetMachine *machine);

// The LLVM state of one compilation: context, module, target machine.
typedef struct Codegen Codegen;

// Makes the module of a program that core_verify, core_layout and core_analyse have seen. NULL and an error text (in the
// program's arena) if the machine is unknown to LLVM or the module is faulty. The program must outlive the result.
Codegen *codegen_new(CoreProgram *program, const CodegenOptions *options, char **error);
void codegen_free(Codegen *codegen);
// Links the VM's hot paths into the module, so that they can be inlined, and runs the passes of options.optimise.
bool codegen_optimise(Codegen *codegen, char **error);
// Appends the module as LLVM assembly.
void codegen_dump(Codegen *codegen, Buf *out);
// Appends the module as assembly of the machine, or why that cannot be. The module can only be freed after that.
bool codegen_assembly(Codegen *codegen, Buf *out);

#endif
