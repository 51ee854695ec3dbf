// codegen_driver.c - the functions that the VM calls. A driver takes a whole atom through the first stage of a workflow, in one
// loop into which LLVM inlines the stages; while it runs, it keeps the ends of the channels' buffers in registers.
#include "compiler/codegen_internal.h"

#include <stddef.h>

#include "vm/abi.h"

// ---- cursors
// ---------------------------------------------------------------------------------------------------------------------

// Copies of all channels' cursors, on the stack; NULL if the function does not emit.
static LLVMValueRef open_cursors(Codegen *g, const CoreWorkflow *workflow, const CoreFn *fn, LLVMValueRef context) {
    if (!fn->emits) return NULL;
    uint64_t size = sizeof(PtCursor) * (uint64_t)workflow->channels.count;
    LLVMValueRef cursors = gen_alloca_bytes(g, size, _Alignof(PtCursor));
    LLVMValueRef channels = gen_runtime(g, RUNTIME_CHANNELS, &context);
    LLVMBuildMemCpy(g->builder, cursors, _Alignof(PtCursor), channels, _Alignof(PtCursor), gen_int(g, (int64_t)size));
    return cursors;
}

// Tells the VM how far the buffers are filled. It knows their ends itself.
static void close_cursors(Codegen *g, const CoreWorkflow *workflow, LLVMValueRef cursors, LLVMValueRef context) {
    if (!cursors) return;
    LLVMValueRef channels = gen_runtime(g, RUNTIME_CHANNELS, &context);
    for (int i = 0; i < workflow->channels.count; i++) {
        uint64_t offset = sizeof(PtCursor) * (uint64_t)i + offsetof(PtCursor, next);
        LLVMValueRef next = gen_load_raw(g, g->ptr, gen_offset(g, cursors, offset), ACCESS_ANY);
        gen_store_raw(g, next, gen_offset(g, channels, offset), ACCESS_ANY);
    }
}

static void call_handler(Codegen *g, const CoreFn *fn, LLVMValueRef context, LLVMValueRef cursors, const LLVMValueRef *params,
                         int param_count) {
    LLVMValueRef args[6], callee = g->fns[fn->id];
    unsigned count = 0;
    args[count++] = context;
    if (cursors) args[count++] = cursors;
    for (int i = 0; i < param_count; i++) args[count++] = params[i];
    LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(callee), callee, args, count, "");
}

static LLVMValueRef begin(Codegen *g, const char *name, LLVMTypeRef *params, int count) {
    LLVMValueRef function = gen_add_fn(g, name, g->nothing, params, count);
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, function, "entry"));
    return function;
}

// ---- inputs
// ----------------------------------------------------------------------------------------------------------------------

// Whether its events are numbers in a row, which are never stored.
static bool is_range(const CoreProgram *program, int stream) {
    if (stream >= program->sources.count) return false;
    CoreSourceKind kind = program->sources.items[stream].kind;
    return kind == SOURCE_RANGE || kind == SOURCE_EVERY;
}

LLVMValueRef gen_load_event(Codegen *g, const CoreInput *input, const GenRange *range, LLVMValueRef index) {
    const CoreType *type = input->stage->locals.items[0].type;
    if (is_range(g->program, input->stream)) return LLVMBuildNSWAdd(g->builder, range->first, index, "event");
    LLVMTypeRef bytes = LLVMArrayType2(g->i8, type->size ? type->size : 1);
    LLVMValueRef place = LLVMBuildInBoundsGEP2(g->builder, bytes, range->events, &index, 1, "event");
    return gen_is_scalar(type) ? gen_load(g, type, place, ACCESS_ANY) : place;
}

static void make_stage_inline(Codegen *g, const CoreFn *stage) {
    if (!stage->recursive) gen_attribute(g, g->fns[stage->id], LLVMAttributeFunctionIndex, "alwaysinline", 0);
}

// A loop from `from` up to `to`.
typedef struct EventLoop {
    LLVMValueRef index;
    LLVMValueRef to;
    LLVMBasicBlockRef body, end;
} EventLoop;

static EventLoop begin_loop(Codegen *g, LLVMValueRef from, LLVMValueRef to) {
    LLVMBasicBlockRef before = LLVMGetInsertBlock(g->builder);
    EventLoop loop = {.to = to, .body = gen_block(g, "event"), .end = gen_block(g, "end")};
    LLVMBuildCondBr(g->builder, LLVMBuildICmp(g->builder, LLVMIntSLT, from, to, ""), loop.body, loop.end);
    LLVMPositionBuilderAtEnd(g->builder, loop.body);
    loop.index = LLVMBuildPhi(g->builder, g->i64, "index");
    LLVMAddIncoming(loop.index, &from, &before, 1);
    return loop;
}

// The next round begins with event number `next`.
static void end_loop(Codegen *g, const EventLoop *loop, LLVMValueRef next) {
    LLVMBasicBlockRef here = LLVMGetInsertBlock(g->builder);
    LLVMAddIncoming(loop->index, &next, &here, 1);
    LLVMBuildCondBr(g->builder, LLVMBuildICmp(g->builder, LLVMIntSLT, next, loop->to, ""), loop->body, loop->end);
    LLVMPositionBuilderAtEnd(g->builder, loop->end);
}

static LLVMValueRef add(Codegen *g, LLVMValueRef number, int64_t more) {
    return LLVMBuildNSWAdd(g->builder, number, gen_int(g, more), "");
}

// Takes each event of the range through the stage.
static void take_events(Codegen *g, const CoreWorkflow *workflow, const CoreInput *input, const GenRange *range) {
    make_stage_inline(g, input->stage);
    LLVMValueRef cursors = open_cursors(g, workflow, input->stage, range->context);
    EventLoop loop = begin_loop(g, range->from, range->to);
    gen_poll(g, range->context, input->stage->span);
    if (input->stage->can_fail || workflow->exchanges.count)
        gen_runtime(g, RUNTIME_AT_EVENT, (LLVMValueRef[]){range->context, loop.index});
    LLVMValueRef event = gen_load_event(g, input, range, loop.index);
    call_handler(g, input->stage, range->context, cursors, &event, 1);
    end_loop(g, &loop, add(g, loop.index, 1));
    close_cursors(g, workflow, cursors, range->context);
}

static GenRange range_of(LLVMValueRef function, LLVMValueRef from, LLVMValueRef to) {
    return (GenRange){LLVMGetParam(function, 0), LLVMGetParam(function, 1), LLVMGetParam(function, 2), from, to};
}

// (context, events, first, from, to): the exact form of a chain.
static LLVMValueRef exact_form(Codegen *g, const CoreWorkflow *workflow, const CoreInput *input) {
    LLVMTypeRef params[] = {g->ptr, g->ptr, g->i64, g->i64, g->i64};
    LLVMValueRef function = begin(g, arena_printf(g->arena, "%s.exact", input->stage->name), params, 5);
    gen_attribute(g, function, LLVMAttributeFunctionIndex, "cold", 0);
    GenRange range = range_of(function, LLVMGetParam(function, 3), LLVMGetParam(function, 4));
    take_events(g, workflow, input, &range);
    LLVMBuildRetVoid(g->builder);
    return function;
}

// Block by block: by the fast form, or by the exact one where that must be.
static void take_batches(Codegen *g, const CoreWorkflow *workflow, const CoreInput *input, LLVMValueRef exact, LLVMValueRef run) {
    LLVMValueRef count = LLVMGetParam(run, 3);
    EventLoop loop = begin_loop(g, gen_int(g, 0), count);
    gen_poll(g, LLVMGetParam(run, 0), input->stage->span);
    LLVMValueRef full = add(g, loop.index, gen_batch_size());
    LLVMValueRef is_last = LLVMBuildICmp(g->builder, LLVMIntSLT, count, full, "");
    GenRange range = range_of(run, loop.index, LLVMBuildSelect(g->builder, is_last, count, full, ""));
    LLVMBasicBlockRef again = gen_block(g, "exact"), done = gen_block(g, "done");
    gen_batch(g, workflow, input, &range, is_range(g->program, input->stream), done, again);
    LLVMPositionBuilderAtEnd(g->builder, again);
    LLVMValueRef args[] = {range.context, range.events, range.first, range.from, range.to};
    LLVMBuildCall2(g->builder, LLVMGlobalGetValueType(exact), exact, args, 5, "");
    LLVMBuildBr(g->builder, done);
    LLVMPositionBuilderAtEnd(g->builder, done);
    end_loop(g, &loop, full);
}

// (context, events, first, count), as PtInput.run.
LLVMValueRef gen_input_driver(Codegen *g, const CoreWorkflow *workflow, const CoreInput *input) {
    LLVMTypeRef params[] = {g->ptr, g->ptr, g->i64, g->i64};
    bool batch = gen_is_batch(g, workflow, input);
    LLVMValueRef exact = batch ? exact_form(g, workflow, input) : NULL;
    LLVMValueRef function = begin(g, arena_printf(g->arena, "%s.run", input->stage->name), params, 4);
    GenRange range = range_of(function, gen_int(g, 0), LLVMGetParam(function, 3));
    if (batch)
        take_batches(g, workflow, input, exact, function);
    else
        take_events(g, workflow, input, &range);
    LLVMBuildRetVoid(g->builder);
    return function;
}

// ---- exchanges
// -------------------------------------------------------------------------------------------------------------------

static uint32_t padded(uint32_t size) {
    return (size + 7) & ~7U;
}

GenSlot gen_slot(const CoreExchange *exchange) {
    GenSlot slot = {.event = PT_SLOT_ORDER + PT_ORDER_SIZE((uint32_t)exchange->level)};
    slot.size = slot.event + padded(exchange->event->size);
    slot.key = exchange->key_is_event ? slot.event : slot.size;
    if (!exchange->key_is_event) slot.size += padded(exchange->key->size);
    return slot;
}

static LLVMValueRef load_part(Codegen *g, const CoreType *type, LLVMValueRef slot, uint32_t offset) {
    LLVMValueRef place = gen_offset(g, slot, offset);
    return gen_is_scalar(type) ? gen_load(g, type, place, ACCESS_ANY) : place;
}

// Where the first pointer lies in values of the type that a handler will most likely follow; -1: nowhere.
static int64_t pointer_in(const CoreType *type) {
    if (type->kind != CORE_STRUCT && type->kind != CORE_ENUM) return type->has_pointers && type->kind != CORE_FUTURE ? 0 : -1;
    for (int i = 0; i < type->variant_count; i++)
        for (int j = 0; j < type->variants[i].field_count; j++) {
            const CoreField *field = &type->variants[i].fields[j];
            int64_t inside = field->boxed ? 0 : pointer_in(field->type);
            if (inside >= 0) return field->offset + inside;
        }
    return -1;
}

static int64_t pointer_in_states(const CoreTask *task) {
    for (int i = 0; i < task->field_count; i++) {
        int64_t inside = pointer_in(task->fields[i].type);
        if (inside >= 0) return task->fields[i].offset + inside;
    }
    return -1;
}

// (context, slots, count), as PtExchange.run.
LLVMValueRef gen_exchange_driver(Codegen *g, const CoreWorkflow *workflow, const CoreExchange *exchange) {
    const CoreFn *stage = exchange->stage;
    GenSlot layout = gen_slot(exchange);
    LLVMTypeRef params[] = {g->ptr, g->ptr, g->i64};
    LLVMValueRef function = begin(g, arena_printf(g->arena, "%s.receive", stage->name), params, 3);
    LLVMValueRef context = LLVMGetParam(function, 0);
    make_stage_inline(g, stage);
    LLVMValueRef cursors = open_cursors(g, workflow, stage, context);
    EventLoop loop = begin_loop(g, gen_int(g, 0), LLVMGetParam(function, 2));
    LLVMTypeRef bytes = LLVMArrayType2(g->i8, layout.size);
    LLVMValueRef slot = LLVMBuildInBoundsGEP2(g->builder, bytes, LLVMGetParam(function, 1), &loop.index, 1, "slot");
    const CoreType *key = exchange->key;
    LLVMValueRef text = gen_int(g, key->kind == CORE_STRING ? (int64_t)layout.key : -1);
    LLVMValueRef state = gen_int(g, pointer_in_states(&g->program->tasks.items[exchange->task]));
    LLVMValueRef rows[] = {context,
                           gen_u32(g, (uint32_t)exchange->task),
                           LLVMGetParam(function, 1),
                           loop.index,
                           loop.to,
                           gen_int(g, layout.size),
                           text,
                           state};
    gen_runtime(g, RUNTIME_PREFETCH, rows);
    gen_runtime(g, RUNTIME_AT_SLOT, (LLVMValueRef[]){context, slot});
    LLVMValueRef args[] = {load_part(g, exchange->event, slot, layout.event), load_part(g, exchange->key, slot, layout.key)};
    call_handler(g, stage, context, cursors, args, stage->param_count);
    end_loop(g, &loop, add(g, loop.index, 1));
    close_cursors(g, workflow, cursors, context);
    LLVMBuildRetVoid(g->builder);
    return function;
}

// ---- handlers
// --------------------------------------------------------------------------------------------------------------------

// (context, entry), as PtTask.on_end. What does not emit can be called as it is.
LLVMValueRef gen_handler_driver(Codegen *g, const CoreTask *task, const CoreFn *handler) {
    if (!handler->emits) return g->fns[handler->id];
    const CoreWorkflow *workflow = &g->program->workflows.items[task->workflow];
    LLVMTypeRef params[] = {g->ptr, g->ptr};
    LLVMValueRef function = begin(g, arena_printf(g->arena, "%s.run", handler->name), params, 2);
    LLVMValueRef context = LLVMGetParam(function, 0);
    LLVMValueRef cursors = open_cursors(g, workflow, handler, context);
    call_handler(g, handler, context, cursors, (LLVMValueRef[]){LLVMGetParam(function, 1)}, 1);
    close_cursors(g, workflow, cursors, context);
    LLVMBuildRetVoid(g->builder);
    return function;
}

// ---- tasks that wait
// --------------------------------------------------------------------------------------------------------------

// The VM hands cursors over even where they are not needed.
static LLVMValueRef begin_async(Codegen *g, const CoreFn *fn, LLVMTypeRef *params, int count, LLVMValueRef *cursors) {
    LLVMValueRef function = begin(g, arena_printf(g->arena, "%s.run", fn->name), params, count);
    *cursors = fn->emits ? LLVMGetParam(function, 1) : NULL;
    return function;
}

// (context, cursors, entry), as PtAsync.flush.
LLVMValueRef gen_flush_driver(Codegen *g, const CoreFn *fn) {
    LLVMTypeRef params[] = {g->ptr, g->ptr, g->ptr};
    LLVMValueRef cursors, function = begin_async(g, fn, params, 3, &cursors);
    call_handler(g, fn, LLVMGetParam(function, 0), cursors, (LLVMValueRef[]){LLVMGetParam(function, 2)}, 1);
    LLVMBuildRetVoid(g->builder);
    return function;
}

// (context, cursors, entry, portal, to, error), as PtAsync.fail.
LLVMValueRef gen_fail_driver(Codegen *g, const CoreFn *fn) {
    LLVMTypeRef params[] = {g->ptr, g->ptr, g->ptr, g->i64, g->ptr, g->ptr};
    LLVMValueRef cursors, function = begin_async(g, fn, params, 6, &cursors), args[4];
    for (unsigned i = 0; i < 4; i++) args[i] = LLVMGetParam(function, i + 2);
    call_handler(g, fn, LLVMGetParam(function, 0), cursors, args, 4);
    LLVMBuildRetVoid(g->builder);
    return function;
}

// (context, cursors, entry, start), as PtAsync.on_error: the event is what the frame has kept.
LLVMValueRef gen_on_error_driver(Codegen *g, const CoreFn *fn) {
    LLVMTypeRef params[] = {g->ptr, g->ptr, g->ptr, g->ptr};
    LLVMValueRef cursors, function = begin_async(g, fn, params, 4, &cursors);
    const CoreType *event = fn->locals.items[1].type;
    uint32_t end = PT_FRAME_CALLER + sizeof(void *);
    LLVMValueRef args[] = {LLVMGetParam(function, 2),
                           load_part(g, event, LLVMGetParam(function, 3), gen_captured_offset(&end, event))};
    call_handler(g, fn, LLVMGetParam(function, 0), cursors, args, 2);
    LLVMBuildRetVoid(g->builder);
    return function;
}

// ---- main
// ------------------------------------------------------------------------------------------------------------------------

// int main(int argc, char **argv) { return pt_main(&pt_program, argc, argv); }
void gen_define_main(Codegen *g) {
    LLVMTypeRef start_params[] = {g->ptr, g->i32, g->ptr};
    LLVMTypeRef start_type = LLVMFunctionType(g->i32, start_params, 3, false);
    LLVMValueRef start = LLVMAddFunction(g->module, "pt_main", start_type);
    LLVMValueRef function = LLVMAddFunction(g->module, "main", LLVMFunctionType(g->i32, start_params + 1, 2, false));
    LLVMPositionBuilderAtEnd(g->builder, LLVMAppendBasicBlockInContext(g->context, function, "entry"));
    LLVMValueRef args[] = {LLVMGetNamedGlobal(g->module, "pt_program"), LLVMGetParam(function, 0), LLVMGetParam(function, 1)};
    LLVMBuildRet(g->builder, LLVMBuildCall2(g->builder, start_type, start, args, 3, ""));
}
