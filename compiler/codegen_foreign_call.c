// codegen_foreign_call.c - direct calls of foreign functions, by the conventions of C on the machine: those of System V on
// x86-64, those of ARM (AAPCS64) on AArch64. LLVM knows them for numbers and pointers; how a struct is passed is decided here.
//
//   x86-64   a struct of up to 16 bytes is one or two words, each in a general register or, if it has nothing but floats, in a
//            vector register; if they do not both find a register, it lies on the stack, as larger ones do
//   AArch64  up to four floats of one size are passed each in a vector register of its own; else a struct of up to 16 bytes is
//            one or two general registers, and the caller makes a copy of a larger one and passes its address
//
// On x86-64 who passes a small integer widens it, and compilers rely on that; on AArch64 who gets one does, since the rest of its
// register can be anything.
//
// On both, large results go to memory whose address the caller passes.
#include "compiler/codegen_internal.h"

#include "vm/program.h"

typedef enum Machine { MACHINE_UNKNOWN, MACHINE_X86_64, MACHINE_AARCH64 } Machine;

enum { X86_INTS = 6, X86_FLOATS = 8, HFA_MOST = 4, IN_REGISTERS = 16 };

// How a struct is passed: in one or two pieces of these types, or through memory.
typedef struct Pieces {
    LLVMTypeRef types[2];
    int count;        // 0: through memory
    int ints, floats; // registers
} Pieces;

// A call under construction.
typedef struct Call {
    Codegen *g;
    Machine machine;
    int ints, floats; // registers that are left on x86-64
    VEC(LLVMValueRef) args;
    VEC(LLVMTypeRef) types;
    VEC(LLVMAttributeRef) attributes; // of each argument, or NULL
} Call;

static Machine machine_of(const Codegen *g) {
    const char *triple = LLVMGetTarget(g->module);
    if (strstr(triple, "windows") || strstr(triple, "apple") || strstr(triple, "gnux32")) return MACHINE_UNKNOWN;
    if (strncmp(triple, "x86_64-", 7) == 0) return MACHINE_X86_64;
    return strncmp(triple, "aarch64-", 8) == 0 ? MACHINE_AARCH64 : MACHINE_UNKNOWN;
}

bool gen_knows_foreign_calls(const Codegen *g) {
    return machine_of(g) != MACHINE_UNKNOWN;
}

// ---- attributes ------------------------------------------------------------------------------------------------------------

static LLVMAttributeRef attribute(Codegen *g, const char *name, uint64_t value) {
    return LLVMCreateEnumAttribute(g->context, LLVMGetEnumAttributeKindForName(name, strlen(name)), value);
}

static LLVMAttributeRef type_attribute(Codegen *g, const char *name, LLVMTypeRef type) {
    return LLVMCreateTypeAttribute(g->context, LLVMGetEnumAttributeKindForName(name, strlen(name)), type);
}

// How a small integer fills its register; NULL: the rest of that says nothing.
static LLVMAttributeRef widening(const Call *c, int kind) {
    Codegen *g = c->g;
    if (c->machine != MACHINE_X86_64) return NULL;
    if (kind == PT_FOREIGN_INT8 || kind == PT_FOREIGN_INT16 || kind == PT_FOREIGN_INT32) return attribute(g, "signext", 0);
    if (kind == PT_FOREIGN_BOOL || (kind >= PT_FOREIGN_UINT8 && kind <= PT_FOREIGN_UINT32)) return attribute(g, "zeroext", 0);
    return NULL;
}

static bool is_float(const CoreForeignType *type) {
    return type->kind == PT_FOREIGN_FLOAT32 || type->kind == PT_FOREIGN_FLOAT64;
}

static LLVMTypeRef memory_type(Codegen *g, const CoreForeignType *type) {
    return LLVMArrayType2(g->i64, (type->size + 7) / 8);
}

static void add(Call *c, LLVMValueRef value, LLVMAttributeRef attribute) {
    vec_push(c->g->arena, &c->args, value);
    vec_push(c->g->arena, &c->types, LLVMTypeOf(value));
    vec_push(c->g->arena, &c->attributes, attribute);
}

// ---- x86-64 ----------------------------------------------------------------------------------------------------------------

// Notes which words of the struct at `offset` have something else than floats in them.
static void find_whole_words(const CoreForeignType *type, uint32_t offset, bool *whole) {
    if (type->kind != PT_FOREIGN_STRUCT) {
        whole[offset / 8] |= !is_float(type);
        return;
    }
    for (int i = 0; i < type->field_count; i++) find_whole_words(type->fields[i], offset + type->offsets[i], whole);
}

static Pieces x86_pieces(Codegen *g, const CoreForeignType *type) {
    Pieces pieces = {0};
    if (type->size > IN_REGISTERS) return pieces;
    bool whole[2] = {false, false};
    find_whole_words(type, 0, whole);
    pieces.count = (int)(type->size + 7) / 8;
    for (int i = 0; i < pieces.count; i++) {
        pieces.types[i] = whole[i] ? g->i64 : g->f64;
        pieces.ints += whole[i];
        pieces.floats += !whole[i];
    }
    return pieces;
}

static void x86_struct(Call *c, const CoreForeignType *type, LLVMValueRef from) {
    Codegen *g = c->g;
    Pieces pieces = x86_pieces(g, type);
    if (!pieces.count || pieces.ints > c->ints || pieces.floats > c->floats) {
        add(c, from, type_attribute(g, "byval", memory_type(g, type)));
        return;
    }
    c->ints -= pieces.ints;
    c->floats -= pieces.floats;
    for (int i = 0; i < pieces.count; i++)
        add(c, gen_load_raw(g, pieces.types[i], gen_offset(g, from, 8 * (uint64_t)i), ACCESS_ANY), NULL);
}

// ---- AArch64 ---------------------------------------------------------------------------------------------------------------

// Whether all parts of the struct are floats of one size; *kind is that, *count goes up.
static bool is_floats(const CoreForeignType *type, int *kind, int *count) {
    if (is_float(type)) {
        if (!*kind) *kind = type->kind;
        return type->kind == *kind && ++*count <= HFA_MOST;
    }
    if (type->kind != PT_FOREIGN_STRUCT) return false;
    for (int i = 0; i < type->field_count; i++)
        if (!is_floats(type->fields[i], kind, count)) return false;
    return true;
}

// The type that stands for the struct in registers; NULL: it goes through memory.
static LLVMTypeRef arm_type(Codegen *g, const CoreForeignType *type, bool *floats) {
    int kind = 0, count = 0;
    *floats = is_floats(type, &kind, &count);
    if (*floats) return LLVMArrayType2(gen_foreign_scalar(g, kind), (uint64_t)count);
    if (type->size > IN_REGISTERS) return NULL;
    return type->size > 8 ? LLVMArrayType2(g->i64, 2) : g->i64;
}

static void arm_struct(Call *c, const CoreForeignType *type, LLVMValueRef from) {
    bool floats;
    LLVMTypeRef packed = arm_type(c->g, type, &floats);
    if (!packed)
        add(c, from, NULL);
    else
        add(c, gen_load_raw(c->g, packed, from, ACCESS_ANY), floats ? attribute(c->g, "alignstack", 8) : NULL);
}

// ---- calls -----------------------------------------------------------------------------------------------------------------

static void add_argument(Call *c, const CoreForeignType *type, LLVMValueRef from) {
    if (type->kind == PT_FOREIGN_STRUCT) {
        if (c->machine == MACHINE_X86_64)
            x86_struct(c, type, from);
        else
            arm_struct(c, type, from);
        return;
    }
    int *left = is_float(type) ? &c->floats : &c->ints;
    if (*left) --*left;
    add(c, gen_load_raw(c->g, gen_foreign_scalar(c->g, type->kind), from, ACCESS_ANY), widening(c, type->kind));
}

// What the function returns in registers; nothing if its result goes through memory.
static LLVMTypeRef returned_type(Call *c, const CoreForeignType *type) {
    Codegen *g = c->g;
    if (type->kind == PT_FOREIGN_VOID) return g->nothing;
    if (type->kind != PT_FOREIGN_STRUCT) return gen_foreign_scalar(g, type->kind);
    if (c->machine == MACHINE_AARCH64) {
        bool floats;
        LLVMTypeRef packed = arm_type(g, type, &floats);
        return packed ? packed : g->nothing;
    }
    Pieces pieces = x86_pieces(g, type);
    if (pieces.count < 2) return pieces.count ? pieces.types[0] : g->nothing;
    return LLVMStructTypeInContext(g->context, pieces.types, 2, false);
}

static LLVMValueRef load_address(Codegen *g, int number) {
    LLVMValueRef address = gen_load_raw(g, g->ptr, gen_foreign_slot(g, number), ACCESS_ANY);
    unsigned kind = LLVMGetMDKindIDInContext(g->context, "invariant.load", 14); // it is found before the program runs
    LLVMMetadataRef none = LLVMMDNodeInContext2(g->context, NULL, 0);
    LLVMSetMetadata(address, kind, LLVMMetadataAsValue(g->context, none));
    return address;
}

void gen_foreign_direct(Codegen *g, int number, LLVMValueRef *args, LLVMValueRef result) {
    const CoreForeign *foreign = &g->program->foreign.items[number];
    Call c = {.g = g, .machine = machine_of(g), .ints = X86_INTS, .floats = X86_FLOATS};
    LLVMTypeRef returned = returned_type(&c, foreign->result);
    bool to_memory = result && returned == g->nothing;
    if (to_memory) {
        add(&c, result, type_attribute(g, "sret", memory_type(g, foreign->result)));
        c.ints--;
    }
    for (int i = 0; i < foreign->param_count; i++) add_argument(&c, foreign->params[i], args[i]);
    unsigned count = (unsigned)c.args.count;
    LLVMTypeRef type = LLVMFunctionType(returned, c.types.items, count, false);
    LLVMValueRef call = LLVMBuildCall2(g->builder, type, load_address(g, number), c.args.items, count, "");
    LLVMAddCallSiteAttribute(call, LLVMAttributeFunctionIndex, attribute(g, "nounwind", 0));
    for (unsigned i = 0; i < count; i++)
        if (c.attributes.items[i]) LLVMAddCallSiteAttribute(call, i + 1, c.attributes.items[i]);
    LLVMAttributeRef widened = widening(&c, foreign->result->kind);
    if (widened) LLVMAddCallSiteAttribute(call, LLVMAttributeReturnIndex, widened);
    if (result && !to_memory) gen_store_raw(g, call, result, ACCESS_ANY);
}
