// core_verify_async.c - the shape of what tasks that wait are made of: the instructions from FRAME_NEW to RAISE.
#include "compiler/core_verify.h"

typedef struct Check {
    CoreProgram *program;
    const CoreFn *fn;
    const CoreInst *inst;
} Check;

static CoreType *arg_type(const Check *c, int i) {
    return core_operand_type(c->program, c->fn, c->inst->args[i]);
}

static bool arg_is(const Check *c, int i, const CoreType *type) {
    return arg_type(c, i) == type;
}

// Results need not be kept.
static bool gives(const Check *c, const CoreType *type) {
    return c->inst->dst < 0 || c->fn->locals.items[c->inst->dst].type == type;
}

static bool gives_address(const Check *c) {
    return gives(c, core_type_address(c->program));
}

// The result, of the type that the instruction names.
static bool gives_future(const Check *c, const CoreType *elem) {
    const CoreType *type = c->inst->type;
    return type && type->kind == CORE_FUTURE && (!elem || type->elem == elem) && gives(c, type);
}

static bool is_result(const CoreType *type) {
    if (type->kind != CORE_ENUM || type->variant_count != 2) return false;
    return type->variants[0].field_count == 1 && type->variants[1].field_count == 1;
}

// ---- instructions ----------------------------------------------------------------------------------------------------------

// The arguments follow the entry.
static const char *check_frame(const Check *c) {
    const CoreFn *fn = c->inst->fn;
    if (!fn || fn->param_count < 1 || fn->locals.items[0].type != c->program->entry) return "a function of a task";
    if (c->inst->arg_count != fn->param_count - 1) return "one operand a parameter but for the entry";
    for (int i = 0; i < c->inst->arg_count; i++)
        if (!arg_is(c, i, fn->locals.items[i + 1].type)) return "operands of the types of its parameters";
    return gives(c, c->program->frame) ? NULL : "a frame";
}

static const char *check_await(const Check *c) {
    if (c->inst->arg_count < 1 || c->inst->arg_count > 2 || arg_type(c, 0)->kind != CORE_FUTURE) return "a future";
    if (c->inst->arg_count == 2 && !arg_is(c, 1, c->program->duration)) return "a limit that is a Duration";
    if (c->fn->param_count < 1 || c->fn->locals.items[0].type != c->program->entry) return "a function of a task";
    return gives(c, c->program->integer) ? NULL : "an outcome";
}

static const char *check_value(const Check *c) {
    const CoreInst *inst = c->inst;
    switch (inst->op) {
    case CORE_OP_FRAME_NEW: return check_frame(c);
    case CORE_OP_ANSWER:
        return arg_is(c, 0, core_type_address(c->program)) && is_result(arg_type(c, 1)) ? NULL : "an address and a result";
    case CORE_OP_FUTURE_OF:
        return arg_is(c, 0, core_type_address(c->program)) && gives_future(c, NULL) ? NULL : "an address, and a future";
    case CORE_OP_REPLY_TO: return gives_address(c) ? NULL : "an address";
    case CORE_OP_COMPLETE: {
        const CoreType *promise = arg_type(c, 0);
        return promise->kind == CORE_FUTURE && arg_is(c, 1, promise->elem) ? NULL : "a promise and its value";
    }
    case CORE_OP_AWAIT: return check_await(c);
    case CORE_OP_AWAITED: return inst->type && gives(c, inst->type) ? NULL : "the type of what was awaited";
    default: return arg_type(c, 0)->kind == CORE_STRUCT ? NULL : "an Error"; // RAISE
    }
}

// What names a task and takes its entry first.
static const char *check_of_task(const Check *c) {
    const CoreInst *inst = c->inst;
    CoreProgram *program = c->program;
    if (inst->index < 0 || inst->index >= program->tasks.count) return "a task";
    const CoreAsync *async = program->tasks.items[inst->index].async;
    if (!async) return "a task that waits";
    if (!arg_is(c, 0, program->entry)) return "an entry";
    switch (inst->op) {
    case CORE_OP_START: return arg_is(c, 1, program->frame) ? NULL : "a frame";
    case CORE_OP_REQUEST:
        if (inst->variant < 0 || inst->variant >= async->reply_count) return "a portal that it replies to";
        return arg_is(c, 1, program->frame) && arg_is(c, 2, core_type_address(c->program)) ? NULL : "a frame and an address";
    case CORE_OP_ASK:
    case CORE_OP_ASK_ONLY:
        if (inst->variant < 0 || inst->variant >= async->ask_count) return "a portal that it asks";
        return gives_address(c) ? NULL : "an address";
    case CORE_OP_PROMISE: return gives_future(c, NULL) ? NULL : "a future";
    case CORE_OP_SLEEP:
        return arg_is(c, 1, program->duration) && gives(c, core_type_future(program, program->unit)) ? NULL : "a Duration";
    case CORE_OP_SPAWN: return arg_is(c, 1, program->frame) && gives_future(c, NULL) ? NULL : "a frame, and a future";
    default: { // FIRST_OF
        const CoreType *list = arg_type(c, 1);
        return list->kind == CORE_LIST && list->elem == inst->type && gives_future(c, NULL) ? NULL : "a list of futures";
    }
    }
}

const char *core_verify_async(CoreProgram *program, const CoreFn *fn, const CoreInst *inst) {
    Check c = {program, fn, inst};
    switch (inst->op) {
    case CORE_OP_START:
    case CORE_OP_REQUEST:
    case CORE_OP_ASK:
    case CORE_OP_ASK_ONLY:
    case CORE_OP_PROMISE:
    case CORE_OP_SLEEP:
    case CORE_OP_SPAWN:
    case CORE_OP_FIRST_OF: return check_of_task(&c);
    default: return check_value(&c);
    }
}
