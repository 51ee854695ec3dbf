// optimise.c - the passes of LLVM that make good code of what code generation writes.
#include "compiler/codegen_internal.h"

#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>

// The time that LLVM takes for a function can be cubic in its size. Functions with more instructions than this (long literals,
// generated code) are compiled as they are.
enum { MAX_OPTIMISED = 4000 };

// A program with more instructions than this is large: all passes would take more than a second or two.
enum { MAX_QUICK = 30000 };

// What a large program gets that shall start soon, besides a quick choice of instructions: the VM's hot paths inlined, and what
// is plainly superfluous removed.
#define LIGHT_PASSES "always-inline,function(sroa,early-cse,instcombine,simplifycfg),globaldce"

// What goes on within a loop enters it from outside: LLVM's passes for loops want one entrance.
#define WAITING_PASSES "function(lower-switch,fix-irreducible)"

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

static int count_instructions(LLVMValueRef function) {
    int count = 0;
    for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block; block = LLVMGetNextBasicBlock(block))
        for (LLVMValueRef inst = LLVMGetFirstInstruction(block); inst; inst = LLVMGetNextInstruction(inst)) count++;
    return count;
}

static void spare(Codegen *codegen, LLVMValueRef function) {
    static const char *const contrary[] = {"alwaysinline", "inlinehint"};
    for (int i = 0; i < 2; i++) {
        unsigned kind = LLVMGetEnumAttributeKindForName(contrary[i], strlen(contrary[i]));
        LLVMRemoveEnumAttributeAtIndex(function, LLVMAttributeFunctionIndex, kind);
    }
    gen_attribute(codegen, function, LLVMAttributeFunctionIndex, "noinline", 0);
    gen_attribute(codegen, function, LLVMAttributeFunctionIndex, "optnone", 0);
}

// Returns how many instructions the others have.
static int spare_large_functions(Codegen *codegen) {
    int total = 0;
    for (LLVMValueRef fn = LLVMGetFirstFunction(codegen->module); fn; fn = LLVMGetNextFunction(fn)) {
        int count = count_instructions(fn);
        if (count > MAX_OPTIMISED)
            spare(codegen, fn);
        else
            total += count;
    }
    return total;
}

static bool any_waits(const CoreProgram *program) {
    for (int i = 0; i < program->fns.count; i++)
        if (program->fns.items[i]->waits) return true;
    return false;
}

// Locals become registers at every level: without that, functions would need stacks of any size.
bool codegen_optimise(Codegen *codegen, char **error) {
    if (!run_passes(codegen, "always-inline,function(sroa)", error)) return false;
    if (codegen->options.optimise == OPTIMISE_NOT) return true;
    if (any_waits(codegen->program) && !run_passes(codegen, WAITING_PASSES, error)) return false;
    bool light = spare_large_functions(codegen) > MAX_QUICK && codegen->options.optimise == OPTIMISE_TO_START;
    if (light) gen_make_machine_quick(codegen);
    return bitcode_link(codegen, error) && run_passes(codegen, light ? LIGHT_PASSES : "default<O2>", error);
}
