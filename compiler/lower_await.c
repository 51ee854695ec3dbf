#include "compiler/lower_internal.h"

#include <assert.h>
#include <string.h>

// `await`, `spawn`, and what makes and completes futures. To wait for a tuple or list is to wait for one after the other;
// `within` is then about what is left until all of them must have come.

enum { VALUE, FAILURE, TIMEOUT }; // as PtOutcome

// One `await`, perhaps of several futures.
typedef struct Waiting {
    Builder *b;
    Span span;
    CoreType *type;       // of the whole
    CoreType *error_type; // `try`: of an Error; else NULL
    bool limited;         // `within`
    CoreOperand limit;    // the duration; with `several`, the time by which all must have come
    bool several;
    int depth;           // how many loops over lists are around it
    CoreOperand outcome; // in such a loop: how the last one came out
    CoreOperand error;   // ... and its error
    CoreOperand result;  // what the whole is
} Waiting;

static CoreProgram *core_of(const Waiting *w) {
    return w->b->lower->core;
}

static CoreOperand make(Waiting *w, CoreOp op, CoreType *type, int variant, const CoreOperand *values, int count) {
    CoreOperand made = builder_local(w->b, type, NULL);
    CoreInst *inst = builder_inst(w->b, op, made.local, count, 0, w->span);
    inst->type = type;
    inst->index = variant;
    for (int i = 0; i < count; i++) inst->args[i] = values[i];
    return made;
}

// From here on what is lowered is done only if `left` is `right`. Returns where to go on behind that.
static CoreBlock *enter_if(Waiting *w, CoreOp op, CoreOperand left, CoreOperand right) {
    CoreOperand condition = builder_binary(w->b, op, core_of(w)->boolean, left, right, w->span);
    CoreInst *test = builder_inst(w->b, CORE_OP_IF, -1, 1, 2, w->span);
    test->args[0] = condition;
    CoreBlock *outer = w->b->block;
    w->b->block = test->blocks[0];
    return outer;
}

// ---- how it comes out ----------------------------------------------------------------------------------------------------

static CoreType *payload(const CoreType *type, int variant) {
    return type->variants[variant].fields[0].type;
}

// The whole, when all have come, or (NULL) the time is over.
static void finish(Waiting *w, const CoreOperand *value) {
    CoreType *inner = w->error_type ? payload(w->type, RESULT_OK) : w->type;
    CoreOperand whole = value ? *value : operand_unit();
    if (w->limited) whole = make(w, CORE_OP_ENUM_NEW, inner, value ? OPTION_SOME : OPTION_NONE, value, value ? 1 : 0);
    if (w->error_type) whole = make(w, CORE_OP_ENUM_NEW, w->type, RESULT_OK, &whole, 1);
    builder_copy(w->b, w->result, whole, w->span);
    builder_inst(w->b, CORE_OP_BREAK, -1, 0, 0, w->span);
}

static CoreOperand awaited(Waiting *w, CoreType *type) {
    if (type == core_of(w)->never) builder_inst(w->b, CORE_OP_UNREACHABLE, -1, 0, 0, w->span);
    if (type == core_of(w)->never || type == core_of(w)->unit) return operand_unit();
    return make(w, CORE_OP_AWAITED, type, 0, NULL, 0);
}

// One of them has failed.
static void failed(Waiting *w, CoreOperand error) {
    if (!w->error_type) {
        builder_inst(w->b, CORE_OP_RAISE, -1, 1, 0, w->span)->args[0] = error;
    } else if (w->depth) {
        builder_copy(w->b, w->error, error, w->span);
        builder_inst(w->b, CORE_OP_BREAK, -1, 0, 0, w->span);
    } else {
        CoreOperand whole = make(w, CORE_OP_ENUM_NEW, w->type, RESULT_ERR, &error, 1);
        builder_copy(w->b, w->result, whole, w->span);
        builder_inst(w->b, CORE_OP_BREAK, -1, 0, 0, w->span);
    }
}

static void timed_out(Waiting *w) {
    if (w->depth)
        builder_inst(w->b, CORE_OP_BREAK, -1, 0, 0, w->span);
    else
        finish(w, NULL);
}

static CoreType *error_type(Waiting *w) {
    return w->error_type ? w->error_type : lower_error_type(w->b->lower);
}

// ---- waiting ---------------------------------------------------------------------------------------------------------------

static CoreOperand now(Waiting *w) {
    return lower_call_library(w->b, "task", "now", NULL, NULL, 0, core_of(w)->duration, w->span);
}

// How long it may take: nothing that is negative, which would stand for no limit.
static CoreOperand time_left(Waiting *w) {
    CoreType *duration = core_of(w)->duration;
    CoreOperand left = builder_local(w->b, duration, NULL), zero = builder_local(w->b, duration, NULL);
    builder_inst(w->b, CORE_OP_DURATION, zero.local, 1, 0, w->span)->args[0] = operand_int(0);
    builder_copy(w->b, left, w->limit, w->span);
    if (w->several) builder_copy(w->b, left, builder_binary(w->b, CORE_OP_INT_SUB, duration, w->limit, now(w), w->span), w->span);
    CoreBlock *outer = enter_if(w, CORE_OP_LT, left, zero);
    builder_copy(w->b, left, zero, w->span);
    w->b->block = outer;
    return left;
}

static CoreOperand wait_for_one(Waiting *w, CoreOperand future, CoreType *elem) {
    CoreOperand left = w->limited ? time_left(w) : operand_unit(), outcome = builder_local(w->b, core_of(w)->integer, NULL);
    CoreInst *await = builder_inst(w->b, CORE_OP_AWAIT, outcome.local, w->limited ? 2 : 1, 0, w->span);
    await->args[0] = future;
    if (w->limited) await->args[1] = left;
    if (w->depth) builder_copy(w->b, w->outcome, outcome, w->span);
    CoreBlock *outer = enter_if(w, CORE_OP_EQ, outcome, operand_int(FAILURE));
    failed(w, awaited(w, error_type(w)));
    w->b->block = outer;
    if (w->limited) {
        outer = enter_if(w, CORE_OP_EQ, outcome, operand_int(TIMEOUT));
        timed_out(w);
        w->b->block = outer;
    }
    CoreOperand value = awaited(w, elem);
    lower_refresh(w->b);
    return value;
}

static CoreOperand wait_for(Waiting *w, CoreOperand value);

static CoreOperand wait_for_tuple(Waiting *w, CoreOperand tuple, CoreType *type) {
    int count = type->variants[0].field_count;
    CoreOperand *values = ARENA_ARRAY(w->b->lower->arena, CoreOperand, count);
    CoreType **types = ARENA_ARRAY(w->b->lower->arena, CoreType *, count);
    for (int i = 0; i < count; i++) {
        values[i] = wait_for(w, lower_field(w->b, tuple, i, w->span));
        types[i] = core_operand_type(core_of(w), w->b->fn, values[i]);
    }
    return make(w, CORE_OP_STRUCT_NEW, core_type_tuple(core_of(w), types, count), 0, values, count);
}

// Behind a loop over a list, which may have been left because of one that has not come.
static void leave_if_over(Waiting *w) {
    CoreBlock *outer = w->b->block;
    if (w->error_type) {
        enter_if(w, CORE_OP_EQ, w->outcome, operand_int(FAILURE));
        failed(w, w->error);
        w->b->block = outer;
    }
    if (w->limited) {
        enter_if(w, CORE_OP_EQ, w->outcome, operand_int(TIMEOUT));
        timed_out(w);
        w->b->block = outer;
    }
}

// What its elements are when they have come.
static CoreType *awaited_type(Waiting *w, CoreType *type) {
    if (type->kind == CORE_FUTURE) return type->elem;
    if (type->kind == CORE_LIST) return core_type_list(core_of(w), awaited_type(w, type->elem));
    int count = type->variants[0].field_count;
    CoreType **types = ARENA_ARRAY(w->b->lower->arena, CoreType *, count);
    for (int i = 0; i < count; i++) types[i] = awaited_type(w, type->variants[0].fields[i].type);
    return core_type_tuple(core_of(w), types, count);
}

static CoreOperand wait_for_list(Waiting *w, CoreOperand list, CoreType *type) {
    Builder *b = w->b;
    CoreType *result = awaited_type(w, type), *integer = core_of(w)->integer;
    CoreOperand values = make(w, CORE_OP_LIST_NEW, result, 0, NULL, 0), place = builder_local(b, integer, NULL);
    CoreOperand size = builder_unary(b, CORE_OP_LIST_SIZE, integer, list, w->span);
    builder_copy(b, place, operand_int(0), w->span);
    builder_copy(b, w->outcome, operand_int(VALUE), w->span);
    CoreInst *loop = builder_inst(b, CORE_OP_LOOP, -1, 0, 1, w->span);
    CoreBlock *outer = b->block;
    b->block = loop->blocks[0];
    CoreBlock *body = enter_if(w, CORE_OP_GE, place, size);
    builder_inst(b, CORE_OP_BREAK, -1, 0, 0, w->span);
    b->block = body;
    w->depth++;
    CoreOperand value = wait_for(w, builder_binary(b, CORE_OP_LIST_AT, type->elem, list, place, w->span));
    w->depth--;
    CoreOperand args[] = {values, value};
    builder_copy(b, values, lower_call_library(b, "list", "append", &result->elem, args, 2, result, w->span), w->span);
    builder_copy(b, place, builder_binary(b, CORE_OP_INT_ADD, integer, place, operand_int(1), w->span), w->span);
    b->block = outer;
    leave_if_over(w);
    return values;
}

static CoreOperand wait_for(Waiting *w, CoreOperand value) {
    CoreType *type = core_operand_type(core_of(w), w->b->fn, value);
    if (type->kind == CORE_LIST) return wait_for_list(w, value, type);
    if (type->kind == CORE_STRUCT) return wait_for_tuple(w, value, type);
    if (type->kind == CORE_UNIT) return value;
    assert(type->kind == CORE_FUTURE);
    return wait_for_one(w, value, type->elem);
}

// What a loop over a list leaves behind.
static void make_locals(Waiting *w) {
    w->outcome = builder_local(w->b, core_of(w)->integer, NULL);
    builder_copy(w->b, w->outcome, operand_int(VALUE), w->span);
    if (w->error_type) w->error = make(w, CORE_OP_ZERO, w->error_type, 0, NULL, 0);
}

CoreOperand lower_await(Builder *b, Ast *expr) {
    bool try = expr->kind == AST_try;
    Ast *await = try ? expr->kid[try_value] : expr, *within = await->kid[await_within];
    Waiting w = {.b = b, .span = await->span, .type = lower_type_of(b, expr), .limited = within};
    CoreOperand value = lower_expr(b, await->kid[await_value]);
    CoreType *type = core_operand_type(b->lower->core, b->fn, value);
    if (type == b->lower->core->never) return operand_unit();
    if (try) w.error_type = payload(w.type, RESULT_ERR);
    w.several = type->kind != CORE_FUTURE;
    if (within) w.limit = lower_expr(b, within);
    if (within && w.several) w.limit = builder_binary(b, CORE_OP_INT_ADD, b->lower->core->duration, now(&w), w.limit, w.span);
    if (w.several) make_locals(&w);
    if (!within && !try) return wait_for(&w, value);
    w.result = builder_local(b, w.type, NULL);
    CoreInst *loop = builder_inst(b, CORE_OP_LOOP, -1, 0, 1, w.span); // which is left with the result
    CoreBlock *outer = b->block;
    b->block = loop->blocks[0];
    CoreOperand all = wait_for(&w, value);
    finish(&w, &all);
    b->block = outer;
    return w.result;
}

// ---- spawn -----------------------------------------------------------------------------------------------------------------

// The block as a function of the task, which gets what it captures; states and the key it looks at when it runs.
static Builder *begin_block(Builder *b, Ast *spawn) {
    int line = source_position(&b->lower->context->sources, spawn->span.file, spawn->span.start).line;
    const char *name = arena_printf(b->lower->arena, "%s.spawn%d_%d", b->fn->name, line, b->lower->core->fns.count);
    Builder *block = builder_new(b->lower, core_fn_new(b->lower->core, name, b->lower->core->unit, spawn->span));
    block->substitution = b->substitution;
    block->scope = b->scope;
    block->task = b->task;
    block->global = b->global;
    block->fn->task = b->fn->task;
    block->fn->spawned = true;
    block->fn->title = arena_printf(b->lower->arena, "spawn in %s", b->fn->title);
    block->entry = builder_param(block, b->lower->core->entry, "entry").local;
    return block;
}

CoreOperand lower_spawn(Builder *b, Ast *spawn) {
    Lower *lower = b->lower;
    CoreType *future = lower_type_of(b, spawn);
    Captures captures = {.outer = b};
    lower_find_captures(&captures, spawn->kid[spawn_body]);
    Builder *block = begin_block(b, spawn);
    CoreOperand *captured = ARENA_ARRAY(lower->arena, CoreOperand, captures.names.count + 1);
    for (int i = 0; i < captures.names.count; i++) {
        Ast *name = captures.names.items[i];
        captured[i] = lower_expr(b, name);
        CoreOperand param = builder_param(block, core_operand_type(lower->core, b->fn, captured[i]), name->name);
        map_put(lower->arena, &block->locals, name->def, box_number(param.local));
    }
    block->fn->result = future->elem;
    lower_bind_key(block);
    lower_fn_body(block, spawn->kid[spawn_body]);
    CoreOperand frame = lower_frame(b, block->fn, captured, captures.names.count, spawn->span);
    CoreOperand value = builder_local(b, future, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_SPAWN, value.local, 2, 0, spawn->span);
    inst->type = future;
    inst->index = lower_task_at_hand(b);
    inst->args[0] = operand_local(b->entry);
    inst->args[1] = frame;
    return value;
}

// ---- the library -------------------------------------------------------------------------------------------------------------

typedef struct AsyncFn {
    const char *module, *name;
    CoreOp op;
    bool of_task; // it makes a future of the task: the entry comes first
} AsyncFn;

static const AsyncFn *async_fn(const Def *def) {
    static const AsyncFn fns[] = {
        {"task", "any", CORE_OP_FIRST_OF, true},    {"task", "promise", CORE_OP_PROMISE, true},
        {"task", "sleep", CORE_OP_SLEEP, true},     {"promise", "complete", CORE_OP_COMPLETE, false},
        {"promise", "future", CORE_OP_COPY, false},
    };
    if (!def->module->library) return NULL;
    for (size_t i = 0; i < sizeof fns / sizeof *fns; i++)
        if (strcmp(fns[i].module, def->module->name) == 0 && strcmp(fns[i].name, def->name) == 0) return &fns[i];
    return NULL;
}

bool lower_async_call(Builder *b, const Def *def, const CoreOperand *args, CoreType *result, Span span, CoreOperand *value) {
    const AsyncFn *fn = async_fn(def);
    if (!fn) return false;
    int before = fn->of_task, count = before + def->type->arg_count - 1;
    bool nothing = result == b->lower->core->unit;
    *value = nothing ? operand_unit() : builder_local(b, result, NULL);
    CoreInst *inst = builder_inst(b, fn->op, nothing ? -1 : value->local, count, 0, span);
    inst->type = result;
    if (fn->of_task) {
        inst->index = lower_task_at_hand(b);
        inst->args[0] = operand_local(b->entry);
    }
    for (int i = before; i < count; i++) inst->args[i] = args[i - before];
    return true;
}
