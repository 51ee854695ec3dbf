// bitcode.c - the VM's hot paths, as bitcode within this executable, made part of the module.
#include "compiler/codegen_internal.h"
#include "compiler/embed.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/Linker.h>

// The bitcode is compiled for any machine of the architecture; within the module it takes on that of the module, without which
// LLVM would not inline it.
static void adopt_machine(LLVMValueRef function) {
    static const char *const names[] = {"target-cpu", "target-features", "tune-cpu"};
    for (int i = 0; i < 3; i++)
        LLVMRemoveStringAttributeAtIndex(function, LLVMAttributeFunctionIndex, names[i], (unsigned)strlen(names[i]));
}

// The VM has all these functions: those that are not inlined are called there.
static void set_linkage(LLVMModuleRef hot) {
    for (LLVMValueRef fn = LLVMGetFirstFunction(hot); fn; fn = LLVMGetNextFunction(fn)) {
        if (LLVMIsDeclaration(fn)) continue;
        adopt_machine(fn);
        if (LLVMGetLinkage(fn) == LLVMExternalLinkage) LLVMSetLinkage(fn, LLVMAvailableExternallyLinkage);
    }
}

bool bitcode_link(Codegen *codegen, char **error) {
    size_t size = (size_t)(embed_hot_bitcode_end - embed_hot_bitcode);
    LLVMMemoryBufferRef bytes = LLVMCreateMemoryBufferWithMemoryRangeCopy(embed_hot_bitcode, size, "hot.bc");
    LLVMModuleRef hot = NULL;
    bool failed = LLVMParseBitcodeInContext2(codegen->context, bytes, &hot);
    LLVMDisposeMemoryBuffer(bytes);
    if (!failed) {
        set_linkage(hot);
        failed = LLVMLinkModules2(codegen->module, hot);
    }
    return !failed || codegen_fail(codegen, error, "the VM's hot paths cannot be linked", codegen->error);
}
