#include "compiler/jit.h"

#include <llvm-c/Error.h>

#include "compiler/codegen_internal.h"
#include "vm/abi.h"

struct Jit {
    LLVMOrcLLJITRef lljit;
    Codegen *codegen;
    const PtProgram *program;
    const char *report; // the first message of the session: which symbols are missing is said there only
};

// ---- errors ------------------------------------------------------------------------------------------------------------------

static void note_report(void *data, LLVMErrorRef error) {
    Jit *jit = data;
    char *message = LLVMGetErrorMessage(error);
    if (!jit->report) jit->report = arena_copy_string(jit->codegen->arena, message, strlen(message));
    LLVMDisposeErrorMessage(message);
}

static bool check(Jit *jit, LLVMErrorRef failure, char **error) {
    if (!failure) return true;
    char *message = LLVMGetErrorMessage(failure);
    codegen_fail(jit->codegen, error, "the program cannot be compiled", jit->report ? jit->report : message);
    LLVMDisposeErrorMessage(message);
    return false;
}

// ---- compiling ---------------------------------------------------------------------------------------------------------------

// The VM's functions are those of this process.
LLVMErrorRef jit_create(LLVMTargetMachineRef machine, LLVMOrcErrorReporterFunction report, void *data, LLVMOrcLLJITRef *lljit) {
    LLVMOrcLLJITBuilderRef builder = LLVMOrcCreateLLJITBuilder();
    LLVMOrcLLJITBuilderSetJITTargetMachineBuilder(builder, LLVMOrcJITTargetMachineBuilderCreateFromTargetMachine(machine));
    LLVMErrorRef failure = LLVMOrcCreateLLJIT(lljit, builder);
    if (failure) return failure;
    LLVMOrcExecutionSessionSetErrorReporter(LLVMOrcLLJITGetExecutionSession(*lljit), report, data);
    LLVMOrcDefinitionGeneratorRef symbols;
    char prefix = LLVMOrcLLJITGetGlobalPrefix(*lljit);
    failure = LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(&symbols, prefix, NULL, NULL);
    if (!failure) LLVMOrcJITDylibAddGenerator(LLVMOrcLLJITGetMainJITDylib(*lljit), symbols);
    return failure;
}

static bool create(Jit *jit, char **error) {
    LLVMTargetMachineRef machine = jit->codegen->machine;
    jit->codegen->machine = NULL;
    return check(jit, jit_create(machine, note_report, jit, &jit->lljit), error);
}

static bool add_module(Jit *jit, char **error) {
    LLVMOrcThreadSafeModuleRef module = LLVMOrcCreateNewThreadSafeModule(jit->codegen->module, jit->codegen->shared_context);
    jit->codegen->module = NULL;
    return check(jit, LLVMOrcLLJITAddLLVMIRModule(jit->lljit, LLVMOrcLLJITGetMainJITDylib(jit->lljit), module), error);
}

// The compilation itself.
static bool look_up(Jit *jit, char **error) {
    LLVMOrcExecutorAddress address;
    if (!check(jit, LLVMOrcLLJITLookup(jit->lljit, &address, "pt_program"), error)) return false;
    if (jit->codegen->error) return codegen_fail(jit->codegen, error, "the program cannot be compiled", jit->codegen->error);
    jit->program = (const PtProgram *)(uintptr_t)address;
    return true;
}

Jit *jit_new(Codegen *codegen, char **error) {
    Jit *jit = ARENA_NEW(codegen->arena, Jit);
    jit->codegen = codegen;
    if (create(jit, error) && add_module(jit, error) && look_up(jit, error)) return jit;
    jit_free(jit);
    return NULL;
}

const PtProgram *jit_program(const Jit *jit) {
    return jit->program;
}

void jit_free(Jit *jit) {
    if (jit->lljit) LLVMConsumeError(LLVMOrcDisposeLLJIT(jit->lljit));
    jit->lljit = NULL;
}

int jit_run(Codegen *codegen, int argc, char **argv, char **error) {
    Jit *jit = jit_new(codegen, error);
    if (!jit) return -1;
    int status = pt_main(jit->program, argc, argv);
    jit_free(jit);
    return status;
}
