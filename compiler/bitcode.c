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

// The VM has all these functions: what is not inlined is called there. They were chosen for being inlined wherever they are
// called, which LLVM by itself would not do with the larger ones.
static void make_inlined(LLVMContextRef context, LLVMModuleRef hot) {
    unsigned kind = LLVMGetEnumAttributeKindForName("alwaysinline", strlen("alwaysinline"));
    LLVMAttributeRef always_inline = LLVMCreateEnumAttribute(context, kind, 0);
    for (LLVMValueRef fn = LLVMGetFirstFunction(hot); fn; fn = LLVMGetNextFunction(fn)) {
        if (LLVMIsDeclaration(fn)) continue;
        adopt_machine(fn);
        if (LLVMGetLinkage(fn) != LLVMExternalLinkage) continue;
        LLVMSetLinkage(fn, LLVMAvailableExternallyLinkage);
        LLVMAddAttributeAtIndex(fn, LLVMAttributeFunctionIndex, always_inline);
    }
}

bool bitcode_link(Codegen *codegen, char **error) {
    size_t size = (size_t)(embed_hot_bitcode_end - embed_hot_bitcode);
    LLVMMemoryBufferRef bytes = LLVMCreateMemoryBufferWithMemoryRangeCopy(embed_hot_bitcode, size, "hot.bc");
    LLVMModuleRef hot = NULL;
    bool failed = LLVMParseBitcodeInContext2(codegen->context, bytes, &hot);
    LLVMDisposeMemoryBuffer(bytes);
    if (!failed) {
        make_inlined(codegen->context, hot);
        failed = LLVMLinkModules2(codegen->module, hot);
    }
    return !failed || codegen_fail(codegen, error, "the VM's hot paths cannot be linked", codegen->error);
}
