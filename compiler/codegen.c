#include "compiler/codegen_internal.h"

#include <assert.h>
#include <llvm-c/Analysis.h>
#include <llvm-c/Orc.h>

// ---- errors ------------------------------------------------------------------------------------------------------------------

bool codegen_fail(Codegen *codegen, char **error, const char *what, const char *message) {
    size_t length = message ? strlen(message) : 0;
    while (length && message[length - 1] == '\n') length--;
    *error = arena_printf(codegen->arena, "%s%s%.*s", what, length ? ": " : "", (int)length, length ? message : "");
    return false;
}

// Without a handler LLVM would end the process. A recursive function whose frame is too large (codegen_fn.c) is a warning to
// LLVM.
static void note_diagnostic(LLVMDiagnosticInfoRef info, void *data) {
    Codegen *g = data;
    char *text = LLVMGetDiagInfoDescription(info);
    bool serious = LLVMGetDiagInfoSeverity(info) == LLVMDSError || strstr(text, "stack frame size");
    if (serious && !g->error) g->error = arena_copy_string(g->arena, text, strlen(text));
    LLVMDisposeMessage(text);
}

// ---- the module --------------------------------------------------------------------------------------------------------------

static void make_types(Codegen *g) {
    g->i1 = LLVMInt1TypeInContext(g->context);
    g->i8 = LLVMInt8TypeInContext(g->context);
    g->i32 = LLVMInt32TypeInContext(g->context);
    g->i64 = LLVMInt64TypeInContext(g->context);
    g->f64 = LLVMDoubleTypeInContext(g->context);
    g->ptr = LLVMPointerTypeInContext(g->context, 0);
    g->nothing = LLVMVoidTypeInContext(g->context);
}

static LLVMMetadataRef tbaa_type(Codegen *g, const char *name, LLVMMetadataRef parent) {
    LLVMMetadataRef offset = LLVMValueAsMetadata(gen_int(g, 0));
    LLVMMetadataRef operands[] = {LLVMMDStringInContext2(g->context, name, strlen(name)), parent, offset};
    return LLVMMDNodeInContext2(g->context, operands, parent ? 3 : 1);
}

// Types of accesses below those that clang gives to the VM's functions, with which they are compared.
static void make_tbaa(Codegen *g) {
    static const char *const names[] = {NULL, "portals event", "portals state", "portals global"};
    LLVMMetadataRef bytes = tbaa_type(g, "omnipotent char", tbaa_type(g, "Simple C/C++ TBAA", NULL));
    g->tbaa_kind = LLVMGetMDKindIDInContext(g->context, "tbaa", 4);
    for (int i = ACCESS_EVENT; i < ACCESS_COUNT; i++) {
        LLVMMetadataRef type = tbaa_type(g, names[i], bytes);
        LLVMMetadataRef tag[] = {type, type, LLVMValueAsMetadata(gen_int(g, 0))};
        g->tbaa[i] = LLVMMetadataAsValue(g->context, LLVMMDNodeInContext2(g->context, tag, 3));
    }
}

static void make_module(Codegen *g) {
    g->shared_context = LLVMOrcCreateNewThreadSafeContext();
    g->context = LLVMOrcThreadSafeContextGetContext(g->shared_context);
    LLVMContextSetDiagnosticHandler(g->context, note_diagnostic, g);
    g->module = LLVMModuleCreateWithNameInContext(g->program->name ? g->program->name : "program", g->context);
    g->builder = LLVMCreateBuilderInContext(g->context);
    char *triple = LLVMGetTargetMachineTriple(g->machine);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(g->machine);
    LLVMSetTarget(g->module, triple);
    LLVMSetModuleDataLayout(g->module, layout);
    LLVMDisposeTargetData(layout);
    LLVMDisposeMessage(triple);
    make_types(g);
    make_tbaa(g);
}

static void fill_module(Codegen *g) {
    CoreProgram *program = g->program;
    g->names.arena = g->arena;
    g->foreign_slots = ARENA_ARRAY(g->arena, LLVMValueRef, program->foreign.count + 1);
    g->descs = ARENA_ARRAY(g->arena, LLVMValueRef, program->types.count);
    g->finders = ARENA_ARRAY(g->arena, LLVMValueRef, program->tasks.count);
    g->finders_beside = ARENA_ARRAY(g->arena, LLVMValueRef, program->tasks.count);
    g->empty = gen_constant(g, LLVMConstInt(g->i64, 0, false), "empty");
    gen_declare_runtime(g);
    gen_debug_begin(g);
    gen_declare_fns(g);
    gen_collect_closures(g);
    gen_collect_anys(g);
    gen_collect_frames(g);
    for (int i = 0; i < program->fns.count; i++) gen_define_fn(g, program->fns.items[i]);
    gen_debug_leave(g);
    gen_define_closures(g);
    gen_define_program(g);
    if (g->options.with_main) gen_define_main(g);
    gen_debug_end(g);
}

static bool verify(Codegen *g, char **error) {
    char *message = NULL;
    bool faulty = LLVMVerifyModule(g->module, LLVMReturnStatusAction, &message);
    if (faulty) codegen_fail(g, error, "the compiler made faulty LLVM code, please report it", message);
    LLVMDisposeMessage(message);
    return !faulty;
}

static bool can_call_foreign(Codegen *g, char **error) {
    if (g->options.foreign != FOREIGN_DIRECTLY || !g->program->foreign.count || gen_knows_foreign_calls(g)) return true;
    return codegen_fail(g, error, "the compiler does not know how C is called on this machine; `portals run` can call it",
                        LLVMGetTarget(g->module));
}

Codegen *codegen_new(CoreProgram *program, const CodegenOptions *options, char **error) {
    Codegen *g = ARENA_NEW(program->arena, Codegen);
    g->program = program;
    g->arena = program->arena;
    g->options = *options;
    bool good = gen_make_machine(g, error);
    if (good) {
        make_module(g);
        good = can_call_foreign(g, error);
    }
    if (good) {
        fill_module(g);
        good = verify(g, error);
    }
    if (good) return g;
    codegen_free(g);
    return NULL;
}

void codegen_free(Codegen *codegen) {
    if (codegen->builder) LLVMDisposeBuilder(codegen->builder);
    if (codegen->module) LLVMDisposeModule(codegen->module);
    if (codegen->machine && codegen->machine != codegen->options.machine) LLVMDisposeTargetMachine(codegen->machine);
    if (codegen->shared_context) LLVMOrcDisposeThreadSafeContext(codegen->shared_context);
}

// ---- printing ----------------------------------------------------------------------------------------------------------------

void codegen_dump(Codegen *codegen, Buf *out) {
    char *text = LLVMPrintModuleToString(codegen->module);
    buf_puts(out, text);
    LLVMDisposeMessage(text);
}

bool codegen_assembly(Codegen *codegen, Buf *out) {
    char *message = NULL;
    LLVMMemoryBufferRef text = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(codegen->machine, codegen->module, LLVMAssemblyFile, &message, &text)) {
        buf_printf(out, "LLVM cannot print the code: %s\n", message);
        LLVMDisposeMessage(message);
        return false;
    }
    buf_append(out, LLVMGetBufferStart(text), LLVMGetBufferSize(text));
    LLVMDisposeMemoryBuffer(text);
    return true;
}
