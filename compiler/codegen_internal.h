// codegen_internal.h - what the files of code generation share.
//
//   codegen.c           the module and the order in which it is filled; printing
//   codegen_machine.c   the machine that code is made for
//   codegen_type.c      types, memory, constants
//   codegen_runtime.c   calls of the VM
//   codegen_fn.c        functions, locals, operands, calls
//   codegen_inst.c      instructions: which of the following makes what
//   codegen_number.c    arithmetic
//   codegen_compare.c   comparisons
//   codegen_data.c      structs, enums, lists, strings
//   codegen_map.c       maps and sets, and the right to edit them
//   codegen_foreign.c codegen_foreign_call.c  calls of C
//   codegen_closure.c   closures and the table of their code
//   codegen_any.c       Anys and the numbers of their types
//   codegen_effect.c    globals, state, events, sinks
//   codegen_try.c       calls that the VM comes back from if they fail
//   codegen_control.c   branches and loops
//   codegen_driver.c    the functions that the VM calls
//   codegen_batch.c     chains of arithmetic, without branches
//   codegen_bounds.c    whether something in them can overflow
//   codegen_program.c   descriptors and the constant pt_program
//   codegen_frame.c     functions that wait, and the frames that they go on with
//   codegen_async.c     what tasks that wait ask of the VM
//   codegen_debug.c     where code comes from, for debuggers
//   bitcode.c optimise.c   the VM's hot paths; the passes
//
// Values of Int, Duration, Float, Bool, functions, Any and entries are scalars: SSA values of type i64, double, i1 and ptr. All
// others live in memory, in the layout of core_layout: every local has its alloca, an operand is an address, and copying is a
// memcpy. LLVM's SROA pass makes registers of all that. Whatever is passed by pointer to a function is copied to a temporary
// first, so that the address of a local goes nowhere and SROA can do so.
//
// A function takes the context, a pointer `out` for its result if that is no scalar, a pointer to the cursors of the workflow's
// channels if it can emit, then its parameters: scalars by value, others by pointer to memory that stays as it is during the
// call. One that can wait: see codegen_frame.c.
#ifndef COMPILER_CODEGEN_INTERNAL_H
#define COMPILER_CODEGEN_INTERNAL_H

#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/TargetMachine.h>

#include "base/intern.h"
#include "base/map.h"
#include "compiler/codegen.h"

typedef enum Runtime {
#define RUNTIME(name, function, result, parameters, kind) RUNTIME_##name,
#include "compiler/codegen_runtime.def"
#undef RUNTIME
    RUNTIME_COUNT
} Runtime;

// What memory a load or store is about. Events in channel buffers and scalars in states and globals are never accessed as
// anything else by code that LLVM sees, the VM's inlined functions included, and so do not alias the structures of the VM.
typedef enum Access { ACCESS_ANY, ACCESS_EVENT, ACCESS_STATE, ACCESS_GLOBAL, ACCESS_COUNT } Access;

// The code of a closure and how its captured values lie in memory, after the number of the code and, if it emits, the cursors.
typedef struct ClosureCode {
    const CoreFn *fn;
    CoreType *type;
    uint32_t *offsets;
    uint32_t size;
} ClosureCode;

// A type that Anys hold. An Any is like a closure that captured the value: its number follows those of the closures.
typedef struct AnyType {
    CoreType *type;
    Span span; // where it is first made into an Any, or taken out of one
} AnyType;

enum { ANY_VALUE = 8 }; // offset of the value

// What a frame is for, and how what it keeps lies in memory. Its number follows those of the Anys.
typedef struct FrameCode {
    const CoreFn *fn;
    const CoreWait *point; // where it goes on; NULL: it begins
    int *locals;           // of the function, that it keeps
    uint32_t *offsets;
    int count;
    uint32_t size;
} FrameCode;

struct Codegen {
    CoreProgram *program;
    Arena *arena; // the program's
    CodegenOptions options;
    char *error; // the first thing LLVM complained about

    LLVMOrcThreadSafeContextRef shared_context; // owns context
    LLVMContextRef context;
    LLVMModuleRef module;         // NULL when the JIT has taken it
    LLVMTargetMachineRef machine; // likewise
    LLVMBuilderRef builder;
    LLVMTypeRef i1, i8, i32, i64, f64, ptr, nothing;
    LLVMValueRef tbaa[ACCESS_COUNT];
    unsigned tbaa_kind;

    LLVMValueRef runtime[RUNTIME_COUNT];
    Interner names;               // of functions of the library
    Map builtins;                 // such a name -> LLVMValueRef
    Map texts;                    // zero-terminated text, by address -> LLVMValueRef
    LLVMValueRef empty;           // where values of size 0 lie
    LLVMValueRef *fns;            // by CoreFn.id
    LLVMValueRef *foreign_slots;  // by number of the foreign function, or NULL
    LLVMValueRef *descs;          // by CoreType.id, or NULL
    VEC(CoreType *) wanted_descs; // those
    LLVMValueRef *finders;        // by task: the function that finds an entry, or NULL
    LLVMValueRef *finders_beside; // the same for FIND_BESIDE
    int *closure_numbers;         // by CoreFn.id: 1 + place of its ClosureCode in `closures` or `effects`, or 0
    VEC(ClosureCode) closures;
    VEC(ClosureCode) effects; // with CoreFn.effects: the VM does not know them, and their numbers are -1, -2, ...
    int *any_numbers;         // by CoreType.id: 1 + place of its AnyType in `anys`, or 0
    VEC(AnyType) anys;
    VEC(FrameCode) frames;
    int *frame_starts;           // by CoreFn.id: 1 + place of what begins the function in `frames`, or 0
    int *frame_points;           // by CoreFn.id: place of its first point in `frames`
    LLVMValueRef function_types; // of closures: CoreType.id by number, with room for the numbers of Anys
    LLVMValueRef code_table;     // the wrappers of closures: those of `effects` backwards, then the others
    Map positions;               // place -> 1 + number
    VEC(Span) position_spans;    // by number

    LLVMDIBuilderRef debug;
    LLVMMetadataRef debug_unit, debug_fn_type;
    LLVMMetadataRef *debug_files; // by number of the source file
};

typedef struct GenLoop {
    LLVMBasicBlockRef next; // of `continue`
    LLVMBasicBlockRef exit; // of `break`
    struct GenLoop *outer;
} GenLoop;

// A function under construction.
typedef struct GenFn {
    Codegen *g;
    const CoreFn *fn;
    LLVMValueRef function;
    LLVMValueRef context;               // its parameters
    LLVMValueRef out;                   // or NULL
    LLVMValueRef cursors;               // or NULL
    LLVMValueRef *locals;               // the memory of each
    LLVMValueRef frame, outcome, value; // of one that can wait: its last parameters
    LLVMValueRef dispatch;              // and where it goes over to the place where it goes on
    LLVMValueRef awaited;               // and the memory of a pointer to what the last AWAIT has brought
    LLVMBasicBlockRef start;            // after the parameters are in their locals: where a call of itself jumps to
    GenLoop *loop;
    const CorePlace *place;
} GenFn;

// ---- codegen_machine.c ----
// Sets g->machine.
bool gen_make_machine(Codegen *g, char **error);
// Replaces it by one that makes code fast rather than fast code.
void gen_make_machine_quick(Codegen *g);

// ---- codegen_type.c ----
bool gen_is_scalar(const CoreType *type);
// Whether functions with this result return something.
bool gen_has_result(const CoreType *type);
LLVMTypeRef gen_scalar_type(Codegen *g, const CoreType *type);
LLVMValueRef gen_int(Codegen *g, int64_t value);
LLVMValueRef gen_u32(Codegen *g, uint32_t value);
// Memory for a value, in the entry block of the function at hand.
LLVMValueRef gen_alloca(Codegen *g, const CoreType *type, const char *name);
LLVMValueRef gen_alloca_bytes(Codegen *g, uint64_t size, uint32_t align);
LLVMValueRef gen_offset(Codegen *g, LLVMValueRef pointer, uint64_t offset);
// A scalar in memory.
LLVMValueRef gen_load(Codegen *g, const CoreType *type, LLVMValueRef from, Access access);
void gen_store(Codegen *g, const CoreType *type, LLVMValueRef value, LLVMValueRef to, Access access);
// Words that are not values of a core type.
LLVMValueRef gen_load_raw(Codegen *g, LLVMTypeRef type, LLVMValueRef from, Access access);
void gen_store_raw(Codegen *g, LLVMValueRef value, LLVMValueRef to, Access access);
// A value of any type.
void gen_copy(Codegen *g, const CoreType *type, LLVMValueRef to, LLVMValueRef from);
// Constants: the address of a zero-terminated text, of bytes, of a PtString, of any initialised constant.
LLVMValueRef gen_text(Codegen *g, const char *text);
LLVMValueRef gen_bytes(Codegen *g, const char *bytes, size_t length);
LLVMValueRef gen_string_value(Codegen *g, const char *bytes, size_t length);
LLVMValueRef gen_constant(Codegen *g, LLVMValueRef value, const char *name);
// Number of the place in pt_program's positions.
uint32_t gen_position(Codegen *g, Span span);
LLVMBasicBlockRef gen_block(Codegen *g, const char *name);
void gen_attribute(Codegen *g, LLVMValueRef function, LLVMAttributeIndex index, const char *name, uint64_t value);

// ---- codegen_runtime.c ----
void gen_declare_runtime(Codegen *g);
// Calls a function of the VM with as many arguments as it takes.
LLVMValueRef gen_runtime(Codegen *g, Runtime function, const LLVMValueRef *args);
// A call that does not return: ends the block.
void gen_trap(Codegen *g, Runtime function, const LLVMValueRef *args);
// Goes on in a new block unless `condition` holds; then `function` (one that does not return) is called.
void gen_trap_if(Codegen *g, LLVMValueRef condition, Runtime function, const LLVMValueRef *args);
void gen_builtin(GenFn *f, const CoreInst *inst);

// ---- codegen_fn.c ----
LLVMTypeRef gen_param_type(Codegen *g, const CoreType *type);
// Puts the parameter into its local.
void gen_set_param(GenFn *f, int local, LLVMValueRef param);
LLVMValueRef gen_add_fn(Codegen *g, const char *name, LLVMTypeRef result, LLVMTypeRef *params, int count);
void gen_declare_fns(Codegen *g);
void gen_define_fn(Codegen *g, const CoreFn *fn);
CoreType *gen_operand_type(const GenFn *f, CoreOperand operand);
// A scalar operand.
LLVMValueRef gen_value(GenFn *f, CoreOperand operand);
// Where an operand that is no scalar lies. Must not be kept beyond the next assignment, nor passed to a function.
LLVMValueRef gen_address(GenFn *f, CoreOperand operand);
// Where a copy of an operand of any type lies, which may be passed to a function.
LLVMValueRef gen_spilled(GenFn *f, CoreOperand operand);
// What is passed to a function of the program for an operand: a scalar, or a pointer.
LLVMValueRef gen_argument(GenFn *f, CoreOperand operand);
// Stores an operand of any type.
void gen_store_operand(GenFn *f, CoreOperand operand, LLVMValueRef to, Access access);
// The result of an instruction: a scalar; the address of something to be copied.
void gen_set(GenFn *f, int dst, LLVMValueRef value);
void gen_set_from(GenFn *f, int dst, LLVMValueRef address);
// Reads a value of any type from memory into a local.
void gen_set_load(GenFn *f, int dst, const CoreType *type, LLVMValueRef from, Access access);
void gen_call(GenFn *f, const CoreInst *inst);
// Calls with the arguments that follow the context and `out`; the result goes to `dst`.
void gen_call_value(GenFn *f, LLVMTypeRef type, LLVMValueRef callee, LLVMValueRef *args, int count, const CoreType *result,
                    int dst);
void gen_return(GenFn *f, CoreOperand operand);

// ---- codegen_inst.c ----
void gen_body(GenFn *f, const CoreBlock *block, CorePlace place);

// ---- the instructions ----
void gen_number(GenFn *f, const CoreInst *inst);
void gen_compare(GenFn *f, const CoreInst *inst);
void gen_struct_new(GenFn *f, const CoreInst *inst);
void gen_struct_get(GenFn *f, const CoreInst *inst);
void gen_enum_new(GenFn *f, const CoreInst *inst);
void gen_enum_tag(GenFn *f, const CoreInst *inst);
void gen_enum_get(GenFn *f, const CoreInst *inst);
void gen_list_new(GenFn *f, const CoreInst *inst);
void gen_list_size(GenFn *f, const CoreInst *inst);
void gen_list_at(GenFn *f, const CoreInst *inst);
void gen_list_part(GenFn *f, const CoreInst *inst);
LLVMValueRef gen_list_length(Codegen *g, LLVMValueRef list);
// The address of element number `index` of the list at `list`.
LLVMValueRef gen_element(Codegen *g, LLVMValueRef list, const CoreType *elem, LLVMValueRef index);
void gen_foreign(GenFn *f, const CoreInst *inst);
void gen_map(GenFn *f, const CoreInst *inst);
void gen_show(GenFn *f, const CoreInst *inst);
void gen_effect_key(GenFn *f, const CoreInst *inst);
void gen_concat(GenFn *f, const CoreInst *inst);
void gen_global(GenFn *f, const CoreInst *inst);
void gen_state(GenFn *f, const CoreInst *inst);
void gen_emit(GenFn *f, const CoreInst *inst);
void gen_send(GenFn *f, const CoreInst *inst);
void gen_effect(GenFn *f, const CoreInst *inst);
void gen_try(GenFn *f, const CoreInst *inst);
void gen_held(GenFn *f, const CoreInst *inst);
void gen_async(GenFn *f, const CoreInst *inst);
void gen_if(GenFn *f, const CoreInst *inst);
void gen_loop(GenFn *f, const CoreInst *inst);
void gen_for_range(GenFn *f, const CoreInst *inst);
void gen_for_list(GenFn *f, const CoreInst *inst);
// Ends the atom here if options.poll says so. The code comes from `span`.
void gen_poll(Codegen *g, LLVMValueRef context, Span span);

// ---- codegen_foreign.c ----
// The LLVM type of a number, Bool or pointer of C (PtForeignKind).
LLVMTypeRef gen_foreign_scalar(Codegen *g, int kind);
bool gen_foreign_is_signed(int kind);

// ---- codegen_foreign_call.c ----
bool gen_knows_foreign_calls(const Codegen *g);
// Calls foreign function number `number`: `args` are the places of its arguments as C has them, `result` that of its result, or
// NULL. They are aligned to 16, and so are their sizes.
void gen_foreign_direct(Codegen *g, int number, LLVMValueRef *args, LLVMValueRef result);

// ---- codegen_closure.c ----
// Numbers the code of all closures.
void gen_collect_closures(Codegen *g);
void gen_closure_new(GenFn *f, const CoreInst *inst);
void gen_call_closure(GenFn *f, const CoreInst *inst);
// The wrappers and their table.
void gen_define_closures(Codegen *g);

// Where a captured value of the type lies, if the ones before it end at *end, which moves on.
uint32_t gen_captured_offset(uint32_t *end, const CoreType *type);

// ---- codegen_frame.c ----
// Numbers the frames, behind the Anys.
void gen_collect_frames(Codegen *g);
LLVMValueRef gen_declare_waiting(Codegen *g, const CoreFn *fn);
// The beginning of a function that can wait, up to where its body begins.
void gen_begin_waiting(GenFn *f, unsigned first_param);
void gen_call_waiting(GenFn *f, const CoreInst *inst);
void gen_await(GenFn *f, const CoreInst *inst);
void gen_frame_new(GenFn *f, const CoreInst *inst);
// PtClosure.resume of the frame.
LLVMValueRef gen_resume(Codegen *g, const FrameCode *code);

// ---- codegen_map.c ----
bool gen_is_map(const CoreType *type);
// Takes the right to edit from the map at `place`.
void gen_drop_edit(Codegen *g, LLVMValueRef place);
// The same for one that others may look at: nothing is written unless it has the right.
void gen_drop_edit_if_any(Codegen *g, LLVMValueRef place);

// ---- codegen_any.c ----
// Numbers the types that Anys are made of, or asked for, behind the closures.
void gen_collect_anys(Codegen *g);
void gen_any_new(GenFn *f, const CoreInst *inst);
// The number of the type, in PtProgram.closures.
LLVMValueRef gen_any_number(Codegen *g, const CoreType *type);
// An Any of the operand.
LLVMValueRef gen_make_any(GenFn *f, CoreType *type, CoreOperand operand);
void gen_any_is(GenFn *f, const CoreInst *inst);
void gen_any_get(GenFn *f, const CoreInst *inst);

// ---- codegen_effect.c ----
// The value of a global that is a scalar.
LLVMValueRef gen_load_global(Codegen *g, LLVMValueRef context, int number);
// The function (context, key) -> entry of a task.
LLVMValueRef gen_finder(Codegen *g, int task);

// ---- codegen_async.c ----
// The type of the error in a Result, or of its value.
CoreType *gen_result_part(const CoreType *result, int variant);

// ---- codegen_number.c, codegen_compare.c ----
// Arithmetic but for Int's `/` and `%`. *overflow is set where the operation is checked: the condition that it failed.
LLVMValueRef gen_arithmetic(Codegen *g, CoreOp op, LLVMValueRef a, LLVMValueRef b, LLVMValueRef *overflow);
LLVMValueRef gen_compare_scalars(Codegen *g, CoreOp op, const CoreType *type, LLVMValueRef a, LLVMValueRef b);

// ---- codegen_driver.c ----
// Events number `from` up to, not including, `to` of an atom, as PtInput.run gets them.
typedef struct GenRange {
    LLVMValueRef context, events, first, from, to;
} GenRange;
// What the input's stage takes for event number `index` of the atom.
LLVMValueRef gen_load_event(Codegen *g, const CoreInput *input, const GenRange *range, LLVMValueRef index);
// The functions that the VM calls: for an input of a workflow, for a handler of a task.
// How the slots of an exchange are laid out (vm/program.h).
typedef struct GenSlot {
    uint32_t event, key; // offsets
    uint32_t size;
} GenSlot;
GenSlot gen_slot(const CoreExchange *exchange);
LLVMValueRef gen_exchange_driver(Codegen *g, const CoreWorkflow *workflow, const CoreExchange *exchange);
LLVMValueRef gen_input_driver(Codegen *g, const CoreWorkflow *workflow, const CoreInput *input);
LLVMValueRef gen_handler_driver(Codegen *g, const CoreTask *task, const CoreFn *handler);
// PtAsync.flush, fail and on_error.
LLVMValueRef gen_flush_driver(Codegen *g, const CoreFn *fn);
LLVMValueRef gen_fail_driver(Codegen *g, const CoreFn *fn);
LLVMValueRef gen_on_error_driver(Codegen *g, const CoreFn *fn);
void gen_define_main(Codegen *g);

// ---- codegen_batch.c ----
// Whether the input's stage is a chain that gen_batch can compile.
bool gen_is_batch(const Codegen *g, const CoreWorkflow *workflow, const CoreInput *input);
// How many events it takes at a time.
int64_t gen_batch_size(void);
// Takes the events of the range (at most that many, at least one) through the chain and goes to `done`; or to `exact`, with
// nothing done, if they must be taken with checks. is_range: the events are those of a range.
void gen_batch(Codegen *g, const CoreWorkflow *workflow, const CoreInput *input, const GenRange *range, bool is_range,
               LLVMBasicBlockRef done, LLVMBasicBlockRef exact);

// ---- codegen_bounds.c ----
// Goes on in a new block if nothing that the input's stage computes can overflow for the events of the range, else to `exact`.
void gen_check_bounds(Codegen *g, const CoreInput *input, const GenRange *range, bool is_range, LLVMBasicBlockRef exact);

// ---- codegen_program.c ----
// Where the address of a foreign function is found when the program runs.
LLVMValueRef gen_foreign_slot(Codegen *g, int number);
LLVMValueRef gen_desc(Codegen *g, CoreType *type);
// Defines pt_program, after everything else.
void gen_define_program(Codegen *g);

// ---- codegen_debug.c ----
void gen_debug_begin(Codegen *g);
void gen_debug_fn(Codegen *g, const CoreFn *fn, LLVMValueRef function);
void gen_debug_place(GenFn *f, Span span);
// What follows belongs to no function of the program.
void gen_debug_leave(Codegen *g);
void gen_debug_end(Codegen *g);

// ---- jit.c ----
// A JIT that has no code yet, and finds the functions of this process; what goes wrong in its session is said to `report`. The
// machine is taken. *lljit stays as it is, or is to be disposed of, on an error.
LLVMErrorRef jit_create(LLVMTargetMachineRef machine, LLVMOrcErrorReporterFunction report, void *data, LLVMOrcLLJITRef *lljit);

// ---- bitcode.c ----
// Links the VM's hot paths into the module; their definitions serve inlining only.
bool bitcode_link(Codegen *codegen, char **error);

// Stores a message in *error (in the program's arena), without a newline at its end; returns false.
bool codegen_fail(Codegen *codegen, char **error, const char *what, const char *message);

#endif
