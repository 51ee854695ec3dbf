// session_code.c - machine code in this process: one JIT for the session, from which each program is taken out again.
#include "compiler/repl/session_internal.h"

#include <llvm-c/Error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/codegen_internal.h"

// ---- the session's machines ------------------------------------------------------------------------------------------

static bool took(LLVMErrorRef failure, char **error) {
    if (!failure) return true;
    char *message = LLVMGetErrorMessage(failure);
    *error = session_copy(message, strlen(message));
    LLVMDisposeErrorMessage(message);
    return false;
}

static CodegenOptions options_of(const Session *session, Optimise optimise) {
    return (CodegenOptions){.cpu = "native", .optimise = optimise, .poll = session->options.stop};
}

static bool make_machine(Session *session, Optimise optimise, char **error) {
    CodegenOptions options = options_of(session, optimise);
    char *message = NULL;
    LLVMTargetMachineRef machine = codegen_machine(&options, &session->arena, &message);
    if (!machine) *error = session_copy(message, strlen(message));
    session->machines[optimise != OPTIMISE_NOT] = machine;
    return machine;
}

static void note_report(void *data, LLVMErrorRef failure);

// The JIT takes a machine of its own.
static bool make_jit(Session *session, Optimise optimise, char **error) {
    CodegenOptions options = options_of(session, optimise);
    char *message = NULL;
    LLVMTargetMachineRef machine = codegen_machine(&options, &session->arena, &message);
    return took(jit_create(machine, note_report, session, &session->jits[optimise != OPTIMISE_NOT]), error);
}

static bool make_ready(Session *session, Optimise optimise, char **error) {
    if (session->jits[optimise != OPTIMISE_NOT]) return true;
    return make_machine(session, optimise, error) && make_jit(session, optimise, error);
}

bool code_begin(Session *session, char **error) {
    return make_ready(session, OPTIMISE_NOT, error);
}

void code_end(Session *session) {
    for (int i = 0; i < 2; i++) {
        if (session->jits[i]) LLVMConsumeError(LLVMOrcDisposeLLJIT(session->jits[i]));
        if (session->machines[i]) codegen_machine_free(session->machines[i]);
    }
}

// ---- programs --------------------------------------------------------------------------------------------------------

// Which symbols are missing is said only here.
static void note_report(void *data, LLVMErrorRef failure) {
    Session *session = data;
    char *message = LLVMGetErrorMessage(failure);
    if (session->reporting && !session->report)
        session->report = arena_copy_string(session->reporting->codegen->arena, message, strlen(message));
    LLVMDisposeErrorMessage(message);
}

static bool failed(SessionCode *code, LLVMErrorRef failure, char **error) {
    if (!failure) return false;
    char *message = LLVMGetErrorMessage(failure);
    codegen_fail(code->codegen, error, "this cannot be compiled", code->session->report ? code->session->report : message);
    LLVMDisposeErrorMessage(message);
    return true;
}

static bool add_module(SessionCode *code, char **error) {
    Codegen *codegen = code->codegen;
    LLVMOrcThreadSafeModuleRef module = LLVMOrcCreateNewThreadSafeModule(codegen->module, codegen->shared_context);
    codegen->module = NULL;
    code->tracker = LLVMOrcJITDylibCreateResourceTracker(LLVMOrcLLJITGetMainJITDylib(code->jit));
    return !failed(code, LLVMOrcLLJITAddLLVMIRModuleWithRT(code->jit, code->tracker, module), error);
}

static bool look_up(SessionCode *code, const char *symbol, char **error) {
    LLVMOrcExecutorAddress address;
    if (failed(code, LLVMOrcLLJITLookup(code->jit, &address, symbol), error)) return false;
    if (code->codegen->error) return codegen_fail(code->codegen, error, "this cannot be compiled", code->codegen->error);
    code->program = (const PtProgram *)(uintptr_t)address;
    return true;
}

// Programs that do not stay have one name, one after the other: the JIT never forgets a name.
static const char *symbol_of(Session *session, const SessionCode *code, char *room, size_t size) {
    if (!code->stays) return "pt_program.line";
    snprintf(room, size, "pt_program.%llu", (unsigned long long)++session->programs);
    return room;
}

bool code_make(Session *session, CoreProgram *core, Optimise optimise, SessionCode *code, char **error) {
    char room[40], *message = NULL;
    if (!make_ready(session, optimise, &message)) {
        *error = arena_printf(core->arena, "%s", message);
        free(message);
        return false;
    }
    CodegenOptions options = options_of(session, optimise);
    options.machine = session->machines[optimise != OPTIMISE_NOT];
    options.symbol = symbol_of(session, code, room, sizeof room);
    code->jit = session->jits[optimise != OPTIMISE_NOT];
    code->session = session;
    session->reporting = code;
    session->report = NULL;
    code->codegen = codegen_new(core, &options, error);
    bool made = code->codegen && codegen_optimise(code->codegen, error) && add_module(code, error) &&
                look_up(code, options.symbol, error);
    session->reporting = NULL;
    if (!made) code_drop(code);
    return made;
}

void code_drop(SessionCode *code) {
    if (code->tracker) {
        LLVMConsumeError(LLVMOrcResourceTrackerRemove(code->tracker));
        LLVMOrcReleaseResourceTracker(code->tracker);
    }
    if (code->codegen) codegen_free(code->codegen);
    code->tracker = NULL;
    code->codegen = NULL;
    code->program = NULL;
}
