// codegen_foreign.c - calls of foreign functions: values become what C takes, and what it gives becomes values again. This is the
// same however the function is called; all that crosses lies in memory as C has it, aligned to 16 and a multiple of that.
#include "compiler/codegen_internal.h"

#include <math.h>
#include <stddef.h>

#include "vm/program.h"

// One argument or result on its way.
typedef struct Crossing {
    GenFn *f;
    Codegen *g;
    LLVMValueRef what, position; // for messages
} Crossing;

LLVMTypeRef gen_foreign_scalar(Codegen *g, int kind) {
    switch (kind) {
    case PT_FOREIGN_BOOL:
    case PT_FOREIGN_INT8:
    case PT_FOREIGN_UINT8: return g->i8;
    case PT_FOREIGN_INT16:
    case PT_FOREIGN_UINT16: return LLVMInt16TypeInContext(g->context);
    case PT_FOREIGN_INT32:
    case PT_FOREIGN_UINT32: return g->i32;
    case PT_FOREIGN_FLOAT32: return LLVMFloatTypeInContext(g->context);
    case PT_FOREIGN_FLOAT64: return g->f64;
    case PT_FOREIGN_POINTER: return g->ptr;
    default: return g->i64;
    }
}

bool gen_foreign_is_signed(int kind) {
    return kind >= PT_FOREIGN_INT8 && kind <= PT_FOREIGN_INT64;
}

static const char *number_name(int kind) {
    static const char *const names[] = {
#define C_NUMBER(NAME, name, bytes) [PT_FOREIGN_##NAME] = name,
#include "lang/c_numbers.def"
#undef C_NUMBER
    };
    return names[kind];
}

static void trap_number(const Crossing *c, LLVMValueRef condition, LLVMValueRef number, const char *type) {
    LLVMValueRef args[] = {c->f->context, number, gen_text(c->g, type), c->what, c->position};
    gen_trap_if(c->g, condition, RUNTIME_TRAP_FOREIGN_INT, args);
}

// A copy that a function of the VM may be given the address of.
static LLVMValueRef spill(const Crossing *c, const CoreType *type, LLVMValueRef from) {
    LLVMValueRef copy = gen_alloca(c->g, type, NULL);
    gen_copy(c->g, type, copy, from);
    return copy;
}

// Where a field of a value lies.
static LLVMValueRef field_place(Codegen *g, const CoreField *field, LLVMValueRef value) {
    LLVMValueRef place = gen_offset(g, value, field->offset);
    return field->boxed ? gen_load_raw(g, g->ptr, place, ACCESS_ANY) : place;
}

// ---- to C ----------------------------------------------------------------------------------------------------------------

static LLVMValueRef whole_to_c(const Crossing *c, int kind, LLVMValueRef value) {
    Codegen *g = c->g;
    if (kind == PT_FOREIGN_INT64) return value;
    if (kind == PT_FOREIGN_UINT64) {
        LLVMValueRef negative = LLVMBuildICmp(g->builder, LLVMIntSLT, value, gen_int(g, 0), "");
        trap_number(c, negative, value, number_name(kind));
        return value;
    }
    LLVMValueRef narrow = LLVMBuildTrunc(g->builder, value, gen_foreign_scalar(g, kind), "");
    LLVMValueRef wide = gen_foreign_is_signed(kind) ? LLVMBuildSExt(g->builder, narrow, g->i64, "")
                                                    : LLVMBuildZExt(g->builder, narrow, g->i64, "");
    trap_number(c, LLVMBuildICmp(g->builder, LLVMIntNE, wide, value, ""), value, number_name(kind));
    return narrow;
}

// A finite number must not become an infinite one.
static LLVMValueRef float32_to_c(const Crossing *c, LLVMValueRef value) {
    Codegen *g = c->g;
    LLVMValueRef narrow = LLVMBuildFPTrunc(g->builder, value, gen_foreign_scalar(g, PT_FOREIGN_FLOAT32), "");
    LLVMValueRef wide = LLVMBuildFPExt(g->builder, narrow, g->f64, "");
    LLVMValueRef above = LLVMBuildFCmp(g->builder, LLVMRealOEQ, wide, LLVMConstReal(g->f64, INFINITY), "");
    LLVMValueRef below = LLVMBuildFCmp(g->builder, LLVMRealOEQ, wide, LLVMConstReal(g->f64, -INFINITY), "");
    LLVMValueRef infinite = LLVMBuildOr(g->builder, above, below, "");
    LLVMValueRef changed = LLVMBuildFCmp(g->builder, LLVMRealONE, wide, value, "");
    LLVMValueRef args[] = {c->f->context, value, c->what, c->position};
    gen_trap_if(g, LLVMBuildAnd(g->builder, infinite, changed, ""), RUNTIME_TRAP_FOREIGN_FLOAT, args);
    return narrow;
}

static LLVMValueRef scalar_to_c(const Crossing *c, const CoreForeignType *type, LLVMValueRef value) {
    switch (type->kind) {
    case PT_FOREIGN_BOOL: return LLVMBuildZExt(c->g->builder, value, c->g->i8, "");
    case PT_FOREIGN_FLOAT32: return float32_to_c(c, value);
    case PT_FOREIGN_FLOAT64: return value;
    default: return whole_to_c(c, type->kind, value);
    }
}

static LLVMValueRef text_to_c(const Crossing *c, LLVMValueRef from) {
    LLVMValueRef args[] = {c->f->context, spill(c, c->g->program->string, from), c->what, c->position};
    return gen_runtime(c->g, RUNTIME_FOREIGN_TEXT, args);
}

// Never NULL.
static LLVMValueRef data_to_c(const Crossing *c, LLVMValueRef from) {
    Codegen *g = c->g;
    LLVMValueRef data = gen_load_raw(g, g->ptr, from, ACCESS_ANY);
    return LLVMBuildSelect(g->builder, LLVMBuildIsNull(g->builder, data, ""), g->empty, data, "");
}

static void bytes_to_c(const Crossing *c, LLVMValueRef from, LLVMValueRef to) {
    Codegen *g = c->g;
    gen_store_raw(g, data_to_c(c, from), to, ACCESS_ANY);
    LLVMValueRef size = gen_load_raw(g, g->i64, gen_offset(g, from, offsetof(PtString, size)), ACCESS_ANY);
    gen_store_raw(g, size, gen_offset(g, to, 8), ACCESS_ANY);
}

// The value that is, or (one that is no scalar) lies at, `from`.
static void to_c(const Crossing *c, const CoreForeignType *type, LLVMValueRef from, LLVMValueRef to) {
    Codegen *g = c->g;
    if (gen_is_scalar(type->type)) {
        gen_store_raw(g, scalar_to_c(c, type, from), to, ACCESS_ANY);
    } else if (type->kind == PT_FOREIGN_POINTER) {
        bool text = type->type->kind == CORE_STRING;
        gen_store_raw(g, text ? text_to_c(c, from) : data_to_c(c, from), to, ACCESS_ANY);
    } else if (type->type->kind == CORE_BYTES) {
        bytes_to_c(c, from, to);
    } else {
        for (int i = 0; i < type->field_count; i++) {
            const CoreField *field = &type->type->variants[0].fields[i];
            LLVMValueRef place = field_place(g, field, from);
            if (gen_is_scalar(field->type)) place = gen_load(g, field->type, place, ACCESS_ANY);
            to_c(c, type->fields[i], place, gen_offset(g, to, type->offsets[i]));
        }
    }
}

// ---- from C --------------------------------------------------------------------------------------------------------------

static LLVMValueRef scalar_from_c(const Crossing *c, const CoreForeignType *type, LLVMValueRef from) {
    Codegen *g = c->g;
    LLVMValueRef value = gen_load_raw(g, gen_foreign_scalar(g, type->kind), from, ACCESS_ANY);
    switch (type->kind) {
    case PT_FOREIGN_BOOL: return LLVMBuildICmp(g->builder, LLVMIntNE, value, LLVMConstInt(g->i8, 0, false), "");
    case PT_FOREIGN_FLOAT32: return LLVMBuildFPExt(g->builder, value, g->f64, "");
    case PT_FOREIGN_INT64:
    case PT_FOREIGN_FLOAT64: return value;
    case PT_FOREIGN_UINT64: {
        LLVMValueRef large = LLVMBuildICmp(g->builder, LLVMIntSLT, value, gen_int(g, 0), "");
        trap_number(c, large, value, "Int");
        return value;
    }
    default:
        return gen_foreign_is_signed(type->kind) ? LLVMBuildSExt(g->builder, value, g->i64, "")
                                                 : LLVMBuildZExt(g->builder, value, g->i64, "");
    }
}

static void text_from_c(const Crossing *c, LLVMValueRef text, LLVMValueRef to) {
    Codegen *g = c->g;
    LLVMValueRef copy = gen_alloca(g, g->program->string, NULL);
    LLVMValueRef args[] = {c->f->context, copy, text, c->what, c->position};
    gen_runtime(g, RUNTIME_FOREIGN_STRING, args);
    gen_copy(g, g->program->string, to, copy);
}

static void bytes_from_c(const Crossing *c, LLVMValueRef from, LLVMValueRef to) {
    Codegen *g = c->g;
    LLVMValueRef copy = gen_alloca(g, g->program->bytes, NULL);
    LLVMValueRef data = gen_load_raw(g, g->ptr, from, ACCESS_ANY);
    LLVMValueRef size = gen_load_raw(g, g->i64, gen_offset(g, from, 8), ACCESS_ANY);
    LLVMValueRef args[] = {c->f->context, copy, data, size, c->what, c->position};
    gen_runtime(g, RUNTIME_FOREIGN_BYTES, args);
    gen_copy(g, g->program->bytes, to, copy);
}

// An Option[String]: None for NULL.
static void option_from_c(const Crossing *c, const CoreType *option, LLVMValueRef text, LLVMValueRef to) {
    Codegen *g = c->g;
    int some = option->variants[0].field_count ? 0 : 1;
    LLVMBasicBlockRef given = gen_block(g, "given"), none = gen_block(g, "none"), next = gen_block(g, "");
    LLVMBuildCondBr(g->builder, LLVMBuildIsNull(g->builder, text, ""), none, given);
    LLVMPositionBuilderAtEnd(g->builder, none);
    gen_store_raw(g, gen_int(g, 1 - some), to, ACCESS_ANY);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, given);
    gen_store_raw(g, gen_int(g, some), to, ACCESS_ANY);
    text_from_c(c, text, gen_offset(g, to, option->variants[some].fields[0].offset));
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
}

static void from_c(const Crossing *c, const CoreForeignType *type, LLVMValueRef from, LLVMValueRef to);

static void fields_from_c(const Crossing *c, const CoreForeignType *type, LLVMValueRef from, LLVMValueRef to) {
    Codegen *g = c->g;
    for (int i = 0; i < type->field_count; i++) {
        const CoreField *field = &type->type->variants[0].fields[i];
        LLVMValueRef place = gen_offset(g, to, field->offset);
        if (field->boxed) {
            LLVMValueRef args[] = {c->f->context, gen_int(g, field->type->size)};
            LLVMValueRef box = gen_runtime(g, RUNTIME_ALLOC, args);
            gen_store_raw(g, box, place, ACCESS_ANY);
            place = box;
        }
        from_c(c, type->fields[i], gen_offset(g, from, type->offsets[i]), place);
    }
}

// Makes the value at `to` of what C has put at `from`.
static void from_c(const Crossing *c, const CoreForeignType *type, LLVMValueRef from, LLVMValueRef to) {
    Codegen *g = c->g;
    if (gen_is_scalar(type->type)) {
        gen_store(g, type->type, scalar_from_c(c, type, from), to, ACCESS_ANY);
    } else if (type->kind == PT_FOREIGN_POINTER) {
        LLVMValueRef text = gen_load_raw(g, g->ptr, from, ACCESS_ANY);
        if (type->type->kind == CORE_ENUM)
            option_from_c(c, type->type, text, to);
        else
            text_from_c(c, text, to);
    } else if (type->type->kind == CORE_BYTES) {
        bytes_from_c(c, from, to);
    } else {
        fields_from_c(c, type, from, to);
    }
}

// ---- calls ---------------------------------------------------------------------------------------------------------------

static LLVMValueRef memory_for(Codegen *g, const CoreForeignType *type) {
    return gen_alloca_bytes(g, (type->size + 15) / 16 * 16, 16);
}

static void call_by_vm(GenFn *f, int number, LLVMValueRef *args, int count, LLVMValueRef result) {
    Codegen *g = f->g;
    LLVMValueRef list = gen_alloca_bytes(g, 8 * (uint64_t)(count ? count : 1), 8);
    for (int i = 0; i < count; i++) gen_store_raw(g, args[i], gen_offset(g, list, 8 * (uint64_t)i), ACCESS_ANY);
    LLVMValueRef all[] = {f->context, gen_u32(g, (uint32_t)number), list, result ? result : LLVMConstNull(g->ptr)};
    gen_runtime(g, RUNTIME_FOREIGN, all);
}

static const char *argument_text(Codegen *g, const CoreForeign *foreign, int i) {
    if (foreign->param_names[i])
        return arena_printf(g->arena, "the argument `%s` of `%s`", foreign->param_names[i], foreign->name);
    return arena_printf(g->arena, "argument %d of `%s`", i + 1, foreign->name);
}

void gen_foreign(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const CoreForeign *foreign = &g->program->foreign.items[inst->index];
    Crossing c = {.f = f, .g = g, .position = gen_u32(g, gen_position(g, inst->span))};
    LLVMValueRef *args = ARENA_ARRAY(g->arena, LLVMValueRef, inst->arg_count + 1);
    for (int i = 0; i < inst->arg_count; i++) {
        const CoreForeignType *type = foreign->params[i];
        c.what = gen_text(g, argument_text(g, foreign, i));
        args[i] = memory_for(g, type);
        to_c(&c, type, gen_is_scalar(type->type) ? gen_value(f, inst->args[i]) : gen_address(f, inst->args[i]), args[i]);
    }
    LLVMValueRef result = foreign->result->size ? memory_for(g, foreign->result) : NULL;
    if (g->options.foreign == FOREIGN_DIRECTLY)
        gen_foreign_direct(g, inst->index, args, result);
    else
        call_by_vm(f, inst->index, args, inst->arg_count, result);
    if (inst->dst < 0) return;
    c.what = gen_text(g, arena_printf(g->arena, "the result of `%s`", foreign->name));
    LLVMValueRef value = gen_alloca(g, foreign->result->type, NULL);
    from_c(&c, foreign->result, result, value);
    gen_set_load(f, inst->dst, foreign->result->type, value, ACCESS_ANY);
}
