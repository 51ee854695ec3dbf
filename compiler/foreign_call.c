// foreign_call.c - calls of foreign functions by code that the command itself runs, through libffi: pt_foreign. What crosses has
// been converted by the code that calls, which is the same as in executables; only these call directly (codegen_foreign_call.c).
#include <ffi.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/foreign.h"
#include "vm/memory.h"
#include "vm/runtime.h"

// A function, prepared to be called.
typedef struct Call {
    ffi_cif cif;
    ffi_type **params;
    ffi_type *result;
} Call;

// Those of a run: made when the first one is called, by any of its threads, and never changed.
struct ForeignTable {
    Call *calls; // by number in PtProgram.externs
    uint64_t count;
};

// ---- types ----

static ffi_type *scalar_of(uint64_t kind) {
    switch ((PtForeignKind)kind) {
    case PT_FOREIGN_VOID: return &ffi_type_void;
    case PT_FOREIGN_BOOL:
    case PT_FOREIGN_UINT8: return &ffi_type_uint8;
    case PT_FOREIGN_INT8: return &ffi_type_sint8;
    case PT_FOREIGN_INT16: return &ffi_type_sint16;
    case PT_FOREIGN_INT32: return &ffi_type_sint32;
    case PT_FOREIGN_INT64: return &ffi_type_sint64;
    case PT_FOREIGN_UINT16: return &ffi_type_uint16;
    case PT_FOREIGN_UINT32: return &ffi_type_uint32;
    case PT_FOREIGN_UINT64: return &ffi_type_uint64;
    case PT_FOREIGN_FLOAT32: return &ffi_type_float;
    case PT_FOREIGN_FLOAT64: return &ffi_type_double;
    case PT_FOREIGN_POINTER: return &ffi_type_pointer;
    case PT_FOREIGN_STRUCT: return NULL;
    }
    return NULL;
}

// libffi itself finds out sizes and alignments, by the same rules as C.
static ffi_type *type_of(const PtForeignType *type) {
    ffi_type *scalar = scalar_of(type->kind);
    if (scalar) return scalar;
    ffi_type *made = MEMORY_NEW(ffi_type, 1);
    made->type = FFI_TYPE_STRUCT;
    made->elements = MEMORY_NEW(ffi_type *, type->field_count + 1);
    for (uint64_t i = 0; i < type->field_count; i++) made->elements[i] = type_of(type->fields[i]);
    return made;
}

static void free_type(ffi_type *type) {
    if (type->type != FFI_TYPE_STRUCT) return;
    for (ffi_type **element = type->elements; *element; element++) free_type(*element);
    free(type->elements);
    free(type);
}

// ---- functions ----

static void prepare(Call *call, const PtForeign *foreign) {
    call->params = MEMORY_NEW(ffi_type *, foreign->param_count + 1);
    for (uint64_t i = 0; i < foreign->param_count; i++) call->params[i] = type_of(foreign->params[i]);
    call->result = type_of(foreign->result);
    ffi_status status = ffi_prep_cif(&call->cif, FFI_DEFAULT_ABI, (unsigned)foreign->param_count, call->result, call->params);
    assert(status == FFI_OK); // the checker lets no other types through
    (void)status;
}

static void free_calls(struct ForeignTable *calls) {
    for (uint64_t i = 0; i < calls->count; i++) {
        ffi_type **params = calls->calls[i].params;
        for (unsigned k = 0; k < calls->calls[i].cif.nargs; k++) free_type(params[k]);
        free_type(calls->calls[i].result);
        free(params);
    }
    free(calls->calls);
    free(calls);
}

static struct ForeignTable *prepare_all(const PtProgram *program) {
    struct ForeignTable *calls = MEMORY_NEW(struct ForeignTable, 1);
    calls->count = program->extern_count;
    calls->calls = MEMORY_NEW(Call, calls->count);
    for (uint64_t i = 0; i < calls->count; i++) prepare(&calls->calls[i], &program->externs[i]);
    return calls;
}

// Pairs with the exchange below: who finds them, finds them complete.
static const struct ForeignTable *calls_of(Runtime *runtime) {
    struct ForeignTable *calls = atomic_load_explicit(&runtime->foreign_calls, memory_order_acquire), *made;
    if (calls) return calls;
    made = prepare_all(runtime->program);
    runtime->free_foreign_calls = free_calls;
    if (atomic_compare_exchange_strong_explicit(&runtime->foreign_calls, &calls, made, memory_order_acq_rel,
                                                memory_order_acquire))
        return made;
    free_calls(made); // another partition was first
    return calls;
}

void pt_foreign(PtContext *context, uint32_t number, const void *const *args, void *result) {
    Runtime *runtime = partition_of(context)->runtime;
    const Call *call = &calls_of(runtime)->calls[number];
    void *address = *runtime->program->externs[number].address;
    ffi_call((ffi_cif *)&call->cif, FFI_FN(address), result, (void **)args);
}
