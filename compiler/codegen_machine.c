// codegen_machine.c - the machine that code is made for: this one, or any processor of its architecture.
#include "compiler/codegen_internal.h"

#include <fcntl.h>
#include <llvm-c/Target.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

// If none is asked for, the least that is still in use: of x86-64, what all have since about 2009; else what LLVM takes for that.
static const char *processor(const Codegen *g, const char *triple) {
    if (g->options.cpu) return g->options.cpu;
    return strncmp(triple, "x86_64-", 7) == 0 ? "x86-64-v2" : "generic";
}

static LLVMTargetMachineRef create(const Codegen *g, LLVMTargetRef target, const char *triple, LLVMCodeGenOptLevel level) {
    const char *wanted = processor(g, triple);
    bool native = strcmp(wanted, "native") == 0;
    char *cpu = native ? LLVMGetHostCPUName() : LLVMCreateMessage(wanted);
    char *features = native ? LLVMGetHostCPUFeatures() : LLVMCreateMessage("");
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(target, triple, cpu, features, level, LLVMRelocPIC, LLVMCodeModelDefault);
    LLVMDisposeMessage(cpu);
    LLVMDisposeMessage(features);
    return machine;
}

// LLVM takes any name for a processor; that it does not know one it only says on standard error, again and again. So what it
// writes there the first time is caught, and decides. Returns NULL if there was anything.
static LLVMTargetMachineRef create_known(const Codegen *g, LLVMTargetRef target, const char *triple) {
    int catch = memfd_create("portals-cpu", MFD_CLOEXEC), stderr_copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    bool caught = catch >= 0 && stderr_copy >= 0 && dup2(catch, STDERR_FILENO) >= 0;
    LLVMCodeGenOptLevel level = g->options.optimise == OPTIMISE_NOT ? LLVMCodeGenLevelNone : LLVMCodeGenLevelDefault;
    LLVMTargetMachineRef machine = create(g, target, triple, level);
    if (caught) {
        dup2(stderr_copy, STDERR_FILENO);
        if (lseek(catch, 0, SEEK_END) > 0) {
            LLVMDisposeTargetMachine(machine);
            machine = NULL;
        }
    }
    if (catch >= 0) close(catch);
    if (stderr_copy >= 0) close(stderr_copy);
    return machine;
}

struct LLVMOpaqueTargetMachine *codegen_machine(const CodegenOptions *options, Arena *arena, char **error) {
    Codegen g = {.arena = arena, .options = *options};
    return gen_make_machine(&g, error) ? g.machine : NULL;
}

void codegen_machine_free(struct LLVMOpaqueTargetMachine *machine) {
    LLVMDisposeTargetMachine(machine);
}

bool gen_make_machine(Codegen *g, char **error) {
    g->machine = g->options.machine;
    if (g->machine) return true;
    LLVMInitializeNativeTarget();
    LLVMInitializeNativeAsmPrinter();
    LLVMInitializeNativeAsmParser();
    char *triple = LLVMGetDefaultTargetTriple(), *message = NULL;
    LLVMTargetRef target;
    if (LLVMGetTargetFromTriple(triple, &target, &message)) {
        codegen_fail(g, error, "LLVM cannot compile for this machine", message);
        LLVMDisposeMessage(message);
    } else {
        g->machine = create_known(g, target, triple);
        if (!g->machine) codegen_fail(g, error, "LLVM knows no processor of this name", processor(g, triple));
    }
    LLVMDisposeMessage(triple);
    return g->machine;
}

void gen_make_machine_quick(Codegen *g) {
    LLVMTargetRef target = LLVMGetTargetMachineTarget(g->machine);
    char *triple = LLVMGetTargetMachineTriple(g->machine);
    LLVMDisposeTargetMachine(g->machine);
    g->machine = create(g, target, triple, LLVMCodeGenLevelNone);
    LLVMDisposeMessage(triple);
}
