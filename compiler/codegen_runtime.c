// codegen_runtime.c - calls of the VM: the functions of vm/abi.h and those of the standard library.
#include "compiler/codegen_internal.h"

#include <assert.h>

typedef enum Kind { PLAIN, READS, COLD, TRAP } Kind;

typedef struct Signature {
    const char *name;
    const char *result;
    const char *parameters;
    Kind kind;
} Signature;

static const Signature *signature(Runtime function) {
    static const Signature signatures[] = {
#define RUNTIME(name, function, result, parameters, kind) {function, result, parameters, kind},
#include "compiler/codegen_runtime.def"
#undef RUNTIME
    };
    return &signatures[function];
}

// ---- declarations ----------------------------------------------------------------------------------------------------------

static LLVMTypeRef type_of_letter(Codegen *g, char letter) {
    switch (letter) {
    case 'p': return g->ptr;
    case 'i': return g->i64;
    case 'u':
    case 's': return g->i32;
    case 'd': return g->f64;
    case 'b': return g->i1;
    default: assert(letter == 'v'); return g->nothing;
    }
}

// LLVM's encoding of memory(read): two bits a kind of memory.
static const uint64_t MEMORY_READ = 1 | 1 << 2 | 1 << 4;

static void set_kind(Codegen *g, LLVMValueRef function, Kind kind) {
    gen_attribute(g, function, LLVMAttributeFunctionIndex, "nounwind", 0);
    if (kind == READS) {
        gen_attribute(g, function, LLVMAttributeFunctionIndex, "memory", MEMORY_READ);
        gen_attribute(g, function, LLVMAttributeFunctionIndex, "willreturn", 0);
    }
    if (kind == COLD || kind == TRAP) gen_attribute(g, function, LLVMAttributeFunctionIndex, "cold", 0);
    if (kind == TRAP) gen_attribute(g, function, LLVMAttributeFunctionIndex, "noreturn", 0);
}

// The C compiler that made the VM expects and returns a bool widened to a byte.
static void widen_bools(Codegen *g, LLVMValueRef function, LLVMTypeRef type) {
    LLVMTypeRef params[LLVMCountParamTypes(type) + 1];
    LLVMGetParamTypes(type, params);
    for (unsigned i = 0; i < LLVMCountParamTypes(type); i++)
        if (params[i] == g->i1) gen_attribute(g, function, i + 1, "zeroext", 0);
    if (LLVMGetReturnType(type) == g->i1) gen_attribute(g, function, LLVMAttributeReturnIndex, "zeroext", 0);
}

void gen_declare_runtime(Codegen *g) {
    for (int i = 0; i < RUNTIME_COUNT; i++) {
        const Signature *s = signature((Runtime)i);
        LLVMTypeRef params[8];
        unsigned count = 0;
        for (const char *p = s->parameters; *p; p++) params[count++] = type_of_letter(g, *p);
        LLVMTypeRef type = LLVMFunctionType(type_of_letter(g, s->result[0]), params, count, false);
        g->runtime[i] = LLVMAddFunction(g->module, s->name, type);
        set_kind(g, g->runtime[i], s->kind);
        widen_bools(g, g->runtime[i], type);
    }
}

// ---- calls -------------------------------------------------------------------------------------------------------------------

LLVMValueRef gen_runtime(Codegen *g, Runtime function, const LLVMValueRef *args) {
    LLVMValueRef callee = g->runtime[function];
    unsigned count = (unsigned)strlen(signature(function)->parameters);
    return LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(callee), callee, (LLVMValueRef *)args, count, "");
}

void gen_trap(Codegen *g, Runtime function, const LLVMValueRef *args) {
    assert(signature(function)->kind == TRAP);
    gen_runtime(g, function, args);
    LLVMBuildUnreachable(g->builder);
}

void gen_trap_if(Codegen *g, LLVMValueRef condition, Runtime function, const LLVMValueRef *args) {
    LLVMBasicBlockRef trap = gen_block(g, "trap"), next = gen_block(g, "");
    LLVMBuildCondBr(g->builder, condition, trap, next);
    LLVMPositionBuilderAtEnd(g->builder, trap);
    gen_trap(g, function, args);
    LLVMPositionBuilderAtEnd(g->builder, next);
}

// ---- functions of the standard library ---------------------------------------------------------------------------------

static const CoreType *builtin_result(const GenFn *f, const CoreInst *inst) {
    if (inst->dst >= 0) return f->fn->locals.items[inst->dst].type;
    return inst->type ? inst->type : f->g->program->unit;
}

static bool is_generic(const CoreInst *inst, int i) {
    return inst->generic && inst->generic[i];
}

// `function` by its name, declared at its first use with the types of the arguments there.
static LLVMValueRef builtin_function(Codegen *g, const char *name, LLVMTypeRef type) {
    Symbol symbol = intern_text(&g->names, name);
    LLVMValueRef function = map_get(&g->builtins, symbol);
    if (!function) function = LLVMGetNamedFunction(g->module, name); // one that code generation calls by itself, too
    if (function) return function;
    function = LLVMAddFunction(g->module, name, type);
    gen_attribute(g, function, LLVMAttributeFunctionIndex, "nounwind", 0);
    widen_bools(g, function, type);
    map_put(g->arena, &g->builtins, symbol, function);
    return function;
}

// (context, out?, arguments..., descriptors of the type arguments...)
void gen_builtin(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreType *result = builtin_result(f, inst);
    bool by_value = gen_is_scalar(result) && !is_generic(inst, inst->arg_count);
    LLVMValueRef args[2 + inst->arg_count + inst->type_count];
    LLVMTypeRef types[2 + inst->arg_count + inst->type_count];
    int count = 0;
    args[count++] = f->context;
    LLVMValueRef out =
        !by_value && (gen_has_result(result) || is_generic(inst, inst->arg_count)) ? gen_alloca(g, result, NULL) : NULL;
    if (out) args[count++] = out;
    for (int i = 0; i < inst->arg_count; i++)
        args[count++] = is_generic(inst, i) ? gen_spilled(f, inst->args[i]) : gen_argument(f, inst->args[i]);
    for (int i = 0; i < inst->type_count; i++) args[count++] = gen_desc(g, inst->types[i]);
    for (int i = 0; i < count; i++) types[i] = LLVMTypeOf(args[i]);
    LLVMTypeRef returned = by_value ? gen_scalar_type(g, result) : g->nothing;
    LLVMTypeRef type = LLVMFunctionType(returned, types, (unsigned)count, false);
    LLVMValueRef callee = builtin_function(g, inst->text, type);
    LLVMValueRef value = LLVMBuildCall2(g->builder, type, callee, args, (unsigned)count, "");
    if (by_value)
        gen_set(f, inst->dst, value);
    else if (out)
        gen_set_load(f, inst->dst, result, out, ACCESS_ANY);
}
