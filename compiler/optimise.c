// optimise.c - the passes of LLVM that make good code of what code generation writes.
#include "compiler/codegen_internal.h"

#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>

// The time that LLVM takes for a function can be cubic in its size. Functions with more instructions than this (long literals,
// generated code) are compiled as they are.
enum { MAX_OPTIMISED = 4000 };

static bool run_passes(Codegen *codegen, const char *passes, char **error) {
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failure = LLVMRunPasses(codegen->module, passes, codegen->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!failure) return true;
    char *message = LLVMGetErrorMessage(failure);
    codegen_fail(codegen, error, "LLVM cannot optimise the program", message);
    LLVMDisposeErrorMessage(message);
    return false;
}

static bool is_large(LLVMValueRef function) {
    int count = 0;
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block; block = LLVMGetNextBasicBlock(block))
        for (LLVMValueRef inst = LLVMGetFirstInstruction(block); inst; inst = LLVMGetNextInstruction(inst))
            if (++count > MAX_OPTIMISED) return true;
    return false;
}

static void spare_large_functions(Codegen *codegen) {
    static const char *const contrary[] = {"alwaysinline", "inlinehint"};
    for (LLVMValueRef fn = LLVMGetFirstFunction(codegen->module); fn; fn = LLVMGetNextFunction(fn)) {
        if (!is_large(fn)) continue;
        for (int i = 0; i < 2; i++) {
            unsigned kind = LLVMGetEnumAttributeKindForName(contrary[i], strlen(contrary[i]));
            LLVMRemoveEnumAttributeAtIndex(fn, LLVMAttributeFunctionIndex, kind);
        }
        gen_attribute(codegen, fn, LLVMAttributeFunctionIndex, "noinline", 0);
        gen_attribute(codegen, fn, LLVMAttributeFunctionIndex, "optnone", 0);
    }
}

// Locals become registers at every level: without that, functions would need stacks of any size.
bool codegen_optimise(Codegen *codegen, char **error) {
    if (!run_passes(codegen, "always-inline,function(sroa)", error)) return false;
    if (codegen->options.optimise == 0) return true;
    spare_large_functions(codegen);
    return bitcode_link(codegen, error) &&
           run_passes(codegen, codegen->options.optimise == 1 ? "default<O1>" : "default<O2>", error);
}
