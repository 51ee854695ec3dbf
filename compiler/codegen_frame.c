// codegen_frame.c - functions that wait, and the frames that they go on with.
//
// A function that can wait (CoreFn.waits) returns NULL when it has ended, with its result at `out`, whatever its type; or else
// the place for the frame of its caller in the frame that it has made:
//
//     ptr fn(context, out, cursors, entry, other parameters..., frame, point, outcome, value)
//
// `point` is 0 in calls. To go on behind its point number n, it is called with n, the frame of that point, and what it waited
// for: then it takes nothing from its parameters but the entry. A switch at its beginning leads to a block that loads what is
// live from the frame and goes on behind the point. So locals are registers as in other functions, and nothing is stored unless
// it waits.
#include "compiler/codegen_internal.h"

#include "vm/program.h"

enum { FIRST_KEPT = PT_FRAME_CALLER + 8 };
enum { CONTEXT, OUT, CURSORS, FIRST_PARAM };             // parameters
enum { FRAME, POINT, OUTCOME, VALUE, WAIT_PARAM_COUNT }; // behind those of the function

// ---- numbering ---------------------------------------------------------------------------------------------------------------

static void add_frame(Codegen *g, const CoreFn *fn, const CoreWait *point, int *locals, int count) {
    FrameCode code = {.fn = fn, .point = point, .locals = locals, .count = count};
    code.offsets = ARENA_ARRAY(g->arena, uint32_t, count);
    uint32_t end = FIRST_KEPT;
    for (int i = 0; i < count; i++) code.offsets[i] = gen_captured_offset(&end, fn->locals.items[locals[i]].type);
    code.size = (end + 7) & ~7u;
    vec_push(g->arena, &g->frames, code);
}

static void add_start(Codegen *g, const CoreFn *fn) {
    if (g->frame_starts[fn->id]) return;
    int *locals = ARENA_ARRAY(g->arena, int, fn->param_count);
    for (int i = 1; i < fn->param_count; i++) locals[i - 1] = i;
    add_frame(g, fn, NULL, locals, fn->param_count - 1);
    g->frame_starts[fn->id] = g->frames.count;
}

static void collect_starts(Codegen *g, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->op == CORE_OP_FRAME_NEW) add_start(g, inst->fn);
        for (int j = 0; j < inst->block_count; j++) collect_starts(g, inst->blocks[j]);
    }
}

void gen_collect_frames(Codegen *g) {
    g->frame_starts = ARENA_ARRAY(g->arena, int, g->program->fns.count);
    g->frame_points = ARENA_ARRAY(g->arena, int, g->program->fns.count);
    for (int i = 0; i < g->program->fns.count; i++) {
        const CoreFn *fn = g->program->fns.items[i];
        collect_starts(g, fn->body);
        g->frame_points[i] = g->frames.count;
        for (int j = 0; j < fn->points.count; j++) {
            const CoreWait *point = &fn->points.items[j];
            add_frame(g, fn, point, point->locals, point->local_count);
        }
    }
}

static LLVMValueRef number_of(Codegen *g, const FrameCode *code) {
    return gen_int(g, g->closures.count + g->anys.count + (code - g->frames.items));
}

// ---- functions ---------------------------------------------------------------------------------------------------------------

LLVMValueRef gen_declare_waiting(Codegen *g, const CoreFn *fn) {
    LLVMTypeRef *params = ARENA_ARRAY(g->arena, LLVMTypeRef, FIRST_PARAM + fn->param_count + WAIT_PARAM_COUNT);
    int count = 0;
    while (count < FIRST_PARAM) params[count++] = g->ptr;
    for (int i = 0; i < fn->param_count; i++) params[count++] = gen_param_type(g, fn->locals.items[i].type);
    LLVMTypeRef wait[] = {g->ptr, g->i32, g->i64, g->ptr};
    for (int i = 0; i < WAIT_PARAM_COUNT; i++) params[count++] = wait[i];
    return gen_add_fn(g, fn->name, g->ptr, params, count);
}

void gen_begin_waiting(GenFn *f, unsigned first_param) {
    Codegen *g = f->g;
    unsigned wait = first_param + (unsigned)f->fn->param_count;
    f->frame = LLVMGetParam(f->function, wait + FRAME);
    f->outcome = LLVMGetParam(f->function, wait + OUTCOME);
    f->value = LLVMGetParam(f->function, wait + VALUE);
    f->awaited = gen_alloca_bytes(g, sizeof(void *), sizeof(void *));
    gen_set_param(f, 0, LLVMGetParam(f->function, first_param));
    LLVMBasicBlockRef begin = gen_block(g, "begin");
    LLVMValueRef point = LLVMGetParam(f->function, wait + POINT);
    f->dispatch = LLVMBuildSwitch(g->builder, point, begin, (unsigned)f->fn->points.count);
    LLVMPositionBuilderAtEnd(g->builder, begin);
    for (int i = 1; i < f->fn->param_count; i++) gen_set_param(f, i, LLVMGetParam(f->function, first_param + (unsigned)i));
}

// ---- waiting -----------------------------------------------------------------------------------------------------------------

static const FrameCode *code_of(const GenFn *f, const CoreInst *inst) {
    return &f->g->frames.items[f->g->frame_points[f->fn->id] + inst->wait - 1];
}

// A frame without a caller yet.
static LLVMValueRef make_frame(GenFn *f, const FrameCode *code) {
    Codegen *g = f->g;
    LLVMValueRef frame = gen_runtime(g, RUNTIME_ALLOC, (LLVMValueRef[]){f->context, gen_int(g, code->size)});
    gen_store_raw(g, number_of(g, code), frame, ACCESS_ANY);
    gen_store_raw(g, LLVMConstNull(g->ptr), gen_offset(g, frame, PT_FRAME_CALLER), ACCESS_ANY);
    return frame;
}

// Maps that others may look at lose the right to edit.
static void keep(GenFn *f, const FrameCode *code, int i, CoreOperand value, LLVMValueRef frame) {
    LLVMValueRef place = gen_offset(f->g, frame, code->offsets[i]);
    gen_store_operand(f, value, place, ACCESS_ANY);
    if (gen_is_map(f->fn->locals.items[code->locals[i]].type)) gen_drop_edit(f->g, place);
}

static LLVMValueRef keep_all(GenFn *f, const FrameCode *code) {
    LLVMValueRef frame = make_frame(f, code);
    for (int i = 0; i < code->count; i++) keep(f, code, i, operand_local(code->locals[i]), frame);
    return frame;
}

static void return_place(GenFn *f, LLVMValueRef frame) {
    LLVMBuildRet(f->g->builder, gen_offset(f->g, frame, PT_FRAME_CALLER));
}

// Begins the block in which the function goes on with the frame.
static void begin_resumption(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    const FrameCode *code = code_of(f, inst);
    LLVMBasicBlockRef block = gen_block(g, "resume");
    LLVMAddCase(f->dispatch, gen_u32(g, (uint32_t)inst->wait), block);
    LLVMPositionBuilderAtEnd(g->builder, block);
    for (int i = 0; i < code->count; i++) {
        const CoreType *type = f->fn->locals.items[code->locals[i]].type;
        gen_set_load(f, code->locals[i], type, gen_offset(g, f->frame, code->offsets[i]), ACCESS_ANY);
    }
}

// Tests whether `waits` is NULL: begins the block for when it is not, and returns the one where it goes on.
static LLVMBasicBlockRef begin_waiting(Codegen *g, LLVMValueRef goes_on, LLVMBasicBlockRef *ready) {
    LLVMBasicBlockRef wait = gen_block(g, "wait"), next = gen_block(g, "");
    *ready = gen_block(g, "ready");
    LLVMBuildCondBr(g->builder, goes_on, *ready, wait);
    LLVMPositionBuilderAtEnd(g->builder, wait);
    return next;
}

static LLVMValueRef *arguments(GenFn *f, const CoreInst *inst, LLVMValueRef out, unsigned *count) {
    Codegen *g = f->g;
    LLVMValueRef *args = ARENA_ARRAY(g->arena, LLVMValueRef, FIRST_PARAM + inst->arg_count + WAIT_PARAM_COUNT);
    *count = 0;
    args[(*count)++] = f->context;
    args[(*count)++] = out;
    args[(*count)++] = f->cursors;
    for (int i = 0; i < inst->arg_count; i++) args[(*count)++] = gen_argument(f, inst->args[i]);
    LLVMValueRef none = LLVMConstNull(g->ptr), wait[] = {none, gen_u32(g, 0), gen_int(g, 0), none};
    for (int i = 0; i < WAIT_PARAM_COUNT; i++) args[(*count)++] = wait[i];
    return args;
}

static LLVMValueRef call(GenFn *f, const CoreInst *inst, LLVMValueRef out) {
    unsigned count;
    LLVMValueRef *args = arguments(f, inst, out, &count), callee = f->g->fns[inst->fn->id];
    return LLVMBuildCall2(f->g->builder, LLVMGlobalGetValueType(callee), callee, args, count, "");
}

// A call that ends the function hands on what the other one says, be that a result or a place. So recursion in such calls makes
// no chain of frames.
void gen_call_waiting(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    if (!inst->wait) {
        LLVMBuildRet(g->builder, call(f, inst, f->out));
        return;
    }
    const CoreType *result = inst->fn->result;
    bool has_result = gen_has_result(result);
    LLVMValueRef out = has_result ? gen_alloca(g, result, NULL) : LLVMConstNull(g->ptr);
    LLVMValueRef place = call(f, inst, out);
    LLVMBasicBlockRef ready, next = begin_waiting(g, LLVMBuildIsNull(g->builder, place, ""), &ready);
    LLVMValueRef frame = keep_all(f, code_of(f, inst));
    gen_store_raw(g, frame, place, ACCESS_ANY);
    return_place(f, frame);
    LLVMPositionBuilderAtEnd(g->builder, ready);
    if (has_result) gen_set_load(f, inst->dst, result, out, ACCESS_ANY);
    LLVMBuildBr(g->builder, next);
    begin_resumption(f, inst);
    if (has_result) gen_set_load(f, inst->dst, result, f->value, ACCESS_ANY);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
}

void gen_await(GenFn *f, const CoreInst *inst) {
    Codegen *g = f->g;
    LLVMValueRef future = gen_value(f, inst->args[0]), outcome = gen_alloca(g, g->program->integer, NULL);
    LLVMValueRef limit = inst->arg_count == 2 ? gen_value(f, inst->args[1]) : gen_int(g, -1);
    LLVMValueRef args[] = {f->context, future, outcome, gen_u32(g, gen_position(g, inst->span))};
    LLVMValueRef value = gen_runtime(g, RUNTIME_AWAIT, args);
    LLVMBasicBlockRef ready, next = begin_waiting(g, LLVMBuildIsNotNull(g->builder, value, ""), &ready);
    LLVMValueRef frame = keep_all(f, code_of(f, inst));
    gen_runtime(g, RUNTIME_SUSPEND, (LLVMValueRef[]){f->context, future, frame, limit});
    return_place(f, frame);
    LLVMPositionBuilderAtEnd(g->builder, ready);
    gen_set(f, inst->dst, gen_load_raw(g, g->i64, outcome, ACCESS_ANY));
    gen_store_raw(g, value, f->awaited, ACCESS_ANY);
    LLVMBuildBr(g->builder, next);
    begin_resumption(f, inst);
    gen_set(f, inst->dst, f->outcome);
    gen_store_raw(g, f->value, f->awaited, ACCESS_ANY);
    LLVMBuildBr(g->builder, next);
    LLVMPositionBuilderAtEnd(g->builder, next);
}

// ---- frames that begin -------------------------------------------------------------------------------------------------------

void gen_frame_new(GenFn *f, const CoreInst *inst) {
    const FrameCode *code = &f->g->frames.items[f->g->frame_starts[inst->fn->id] - 1];
    LLVMValueRef frame = make_frame(f, code);
    for (int i = 0; i < inst->arg_count; i++)
        gen_store_operand(f, inst->args[i], gen_offset(f->g, frame, code->offsets[i]), ACCESS_ANY);
    gen_set(f, inst->dst, frame);
}

// ---- PtClosure.resume --------------------------------------------------------------------------------------------------------

enum { RESUME_CONTEXT, RESUME_CURSORS, RESUME_FRAME, RESUME_ENTRY, RESUME_OUTCOME, RESUME_VALUE, RESUME_OUT, RESUME_COUNT };

static LLVMValueRef load_kept(Codegen *g, const FrameCode *code, int i, LLVMValueRef frame) {
    const CoreType *type = code->fn->locals.items[code->locals[i]].type;
    LLVMValueRef place = gen_offset(g, frame, code->offsets[i]);
    return gen_is_scalar(type) ? gen_load(g, type, place, ACCESS_ANY) : place;
}

// A function that does not wait begins, and ends.
static void begin_plain(Codegen *g, const FrameCode *code, LLVMValueRef function) {
    const CoreFn *fn = code->fn;
    LLVMValueRef *args = ARENA_ARRAY(g->arena, LLVMValueRef, fn->param_count + 3), callee = g->fns[fn->id];
    unsigned count = 0;
    bool by_value = gen_is_scalar(fn->result);
    args[count++] = LLVMGetParam(function, RESUME_CONTEXT);
    if (!by_value && gen_has_result(fn->result)) args[count++] = LLVMGetParam(function, RESUME_OUT);
    if (fn->emits) args[count++] = LLVMGetParam(function, RESUME_CURSORS);
    args[count++] = LLVMGetParam(function, RESUME_ENTRY);
    for (int i = 0; i < code->count; i++) args[count++] = load_kept(g, code, i, LLVMGetParam(function, RESUME_FRAME));
    LLVMValueRef value = LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(callee), callee, args, count, "");
    if (by_value) gen_store(g, fn->result, value, LLVMGetParam(function, RESUME_OUT), ACCESS_ANY);
    LLVMBuildRet(g->builder, LLVMConstNull(g->ptr));
}

// One that can wait begins with what the frame has kept, or goes on: then all parameters but the entry do not matter.
static void enter_waiting(Codegen *g, const FrameCode *code, LLVMValueRef function) {
    const CoreFn *fn = code->fn;
    LLVMValueRef *args = ARENA_ARRAY(g->arena, LLVMValueRef, FIRST_PARAM + fn->param_count + WAIT_PARAM_COUNT);
    LLVMValueRef callee = g->fns[fn->id], frame = LLVMGetParam(function, RESUME_FRAME);
    unsigned count = 0;
    args[count++] = LLVMGetParam(function, RESUME_CONTEXT);
    args[count++] = LLVMGetParam(function, RESUME_OUT);
    args[count++] = LLVMGetParam(function, RESUME_CURSORS);
    args[count++] = LLVMGetParam(function, RESUME_ENTRY);
    for (int i = 1; i < fn->param_count; i++)
        args[count++] =
            code->point ? LLVMGetUndef(gen_param_type(g, fn->locals.items[i].type)) : load_kept(g, code, i - 1, frame);
    int64_t point = code->point ? code->point - fn->points.items + 1 : 0;
    args[count++] = frame;
    args[count++] = gen_u32(g, (uint32_t)point);
    args[count++] = LLVMGetParam(function, RESUME_OUTCOME);
    args[count++] = LLVMGetParam(function, RESUME_VALUE);
    LLVMBuildRet(g->builder, LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(callee), callee, args, count, ""));
}

LLVMValueRef gen_resume(Codegen *g, const FrameCode *code) {
    LLVMTypeRef params[RESUME_COUNT] = {g->ptr, g->ptr, g->ptr, g->ptr, g->i64, g->ptr, g->ptr};
    const char *role = code->point ? "resume" : "start";
    LLVMValueRef function = gen_add_fn(g, arena_printf(g->arena, "%s.%s", code->fn->name, role), g->ptr, params, RESUME_COUNT);
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, function, "entry"));
    if (code->fn->waits)
        enter_waiting(g, code, function);
    else
        begin_plain(g, code, function);
    return function;
}
