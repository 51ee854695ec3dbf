// optimise.c - the passes of LLVM that make good code of what code generation writes.
#include "compiler/codegen_internal.h"

#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>

// Locals become registers at every level: without that, functions would need stacks of any size.
static const char *passes(int optimise) {
    if (optimise == 0) return "always-inline,function(sroa)";
    return optimise == 1 ? "default<O1>" : "default<O2>";
}

static bool run_passes(Codegen *codegen, char **error) {
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failure = LLVMRunPasses(codegen->module, passes(codegen->options.optimise), codegen->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!failure) return true;
    char *message = LLVMGetErrorMessage(failure);
    codegen_fail(codegen, error, "LLVM cannot optimise the program", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

bool codegen_optimise(Codegen *codegen, char **error) {
    if (codegen->options.optimise > 0 && !bitcode_link(codegen, error)) return false;
    return run_passes(codegen, error);
}
