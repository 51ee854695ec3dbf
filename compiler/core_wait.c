// core_wait.c - where functions wait, and what is live there: what a frame keeps.
//
// A function waits at its AWAITs and where it calls one that can wait, unless that call ends it: then there is nothing to go on
// with. Liveness is found here, on the core, so that frames do not depend on what LLVM makes of the code.
//
// Only the first parameter of what can wait is an entry that lives on: it is found again where the function goes on. All other
// entries must be found by the code anew, since they may lie elsewhere then, or in another process.
#include "compiler/core_live.h"

typedef struct Wait {
    CoreProgram *program;
    CoreFn *fn;
    int number;  // of AWAITs and CALLs so far
    int awaited; // the number for liveness of what the last AWAIT has brought
    const char *fault;
} Wait;

static void fault(Wait *w, const char *what) {
    if (!w->fault) w->fault = arena_printf(w->program->arena, "%s: %s", w->fn->name, what);
}

// ---- points ----------------------------------------------------------------------------------------------------------------

static bool is_entry(const Wait *w, CoreOperand operand) {
    return operand.kind == OPERAND_LOCAL && operand.local == 0 && w->fn->locals.items[0].type == w->program->entry;
}

// A call that ends the function hands on what the other one says.
static bool is_point(const Wait *w, const CoreInst *inst, const CorePlace *place) {
    if (inst->op == CORE_OP_AWAIT) return true;
    if (inst->op != CORE_OP_CALL || !inst->fn->waits) return false;
    return inst->fn->result != w->fn->result || !core_returns_next(w->fn, place, inst->dst);
}

static void note_points(Wait *w, const CoreBlock *block, CorePlace place) {
    place.block = block;
    for (int i = 0; i < block->insts.count; i++) {
        CoreInst *inst = block->insts.items[i];
        place.index = i;
        if (inst->op == CORE_OP_AWAIT || inst->op == CORE_OP_CALL) w->number++;
        if (inst->op == CORE_OP_CALL && inst->fn->waits && (!inst->arg_count || !is_entry(w, inst->args[0])))
            fault(w, "a call that can wait with another entry");
        if (inst->dst == 0) fault(w, "its entry is assigned");
        if (is_point(w, inst, &place)) {
            CoreWait point = {.inst = inst, .number = w->number};
            vec_push(w->program->arena, &w->fn->points, point);
            inst->wait = w->fn->points.count;
        }
        bool loop = inst->op >= CORE_OP_LOOP && inst->op <= CORE_OP_FOR_LIST;
        CorePlace inner = {.outer = loop ? NULL : &place, .in_loop = loop};
        for (int j = 0; j < inst->block_count; j++) note_points(w, inst->blocks[j], inner);
    }
}

// ---- loops -----------------------------------------------------------------------------------------------------------------

static bool has_point(const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        if (inst->wait) return true;
        for (int j = 0; j < inst->block_count; j++)
            if (has_point(inst->blocks[j])) return true;
    }
    return false;
}

// dst = OP a, b
static CoreInst *put(Wait *w, CoreBlock *block, CoreOp op, int dst, Span span, CoreOperand a, CoreOperand b) {
    CoreInst *inst = core_inst(w->program, block, op, dst, op == CORE_OP_COPY || op == CORE_OP_LIST_SIZE ? 1 : 2, 0, span);
    inst->args[0] = a;
    if (inst->arg_count == 2) inst->args[1] = b;
    return inst;
}

static CoreOperand keep(Wait *w, CoreBlock *block, CoreOperand value, CoreType *type, Span span) {
    if (value.kind == OPERAND_INT) return value;
    int local = core_local(w->program, w->fn, type, NULL);
    put(w, block, CORE_OP_COPY, local, span, value, value);
    return operand_local(local);
}

// Makes a LOOP of a counting loop; what comes before it goes to `before`. The count goes up where a round begins, so that a
// `continue` is one to the beginning.
static void make_plain(Wait *w, CoreInst *loop, CoreBlock *before) {
    CoreProgram *program = w->program;
    bool range = loop->op == CORE_OP_FOR_RANGE;
    CoreOperand subject = loop->args[0], end = range ? loop->args[1] : operand_unit();
    CoreOperand next = operand_local(core_local(program, w->fn, program->integer, NULL));
    int going = core_local(program, w->fn, program->boolean, NULL);
    CoreBlock *body = core_block_new(program);
    put(w, before, CORE_OP_COPY, next.local, loop->span, range ? subject : operand_int(0), next);
    if (range) {
        end = keep(w, before, end, program->integer, loop->span);
    } else {
        subject = keep(w, before, subject, core_operand_type(program, w->fn, subject), loop->span);
        end = operand_local(core_local(program, w->fn, program->integer, NULL));
        put(w, body, CORE_OP_LIST_SIZE, end.local, loop->span, subject, subject);
    }
    put(w, body, CORE_OP_LT, going, loop->span, next, end);
    CoreInst *test = core_inst(program, body, CORE_OP_IF, -1, 1, 2, loop->span);
    test->args[0] = operand_local(going);
    test->blocks[0] = core_block_new(program);
    test->blocks[1] = core_block_new(program);
    core_inst(program, test->blocks[1], CORE_OP_BREAK, -1, 0, 0, loop->span);
    if (loop->dst >= 0) {
        if (range)
            put(w, body, CORE_OP_COPY, loop->dst, loop->span, next, next);
        else
            put(w, body, CORE_OP_LIST_AT, loop->dst, loop->span, subject, next);
    }
    put(w, body, CORE_OP_INT_ADD_WRAP, next.local, loop->span, next, operand_int(1));
    for (int i = 0; i < loop->blocks[0]->insts.count; i++)
        vec_push(program->arena, &body->insts, loop->blocks[0]->insts.items[i]);
    loop->blocks[0] = body;
    loop->op = CORE_OP_LOOP;
    loop->dst = -1;
    loop->arg_count = 0;
}

// From the innermost loop outwards.
static void make_loops_plain(Wait *w, CoreBlock *block) {
    CoreBlock all = {0};
    for (int i = 0; i < block->insts.count; i++) {
        CoreInst *inst = block->insts.items[i];
        for (int j = 0; j < inst->block_count; j++) make_loops_plain(w, inst->blocks[j]);
        bool counts = inst->op == CORE_OP_FOR_RANGE || inst->op == CORE_OP_FOR_LIST;
        if (counts && has_point(inst->blocks[0])) make_plain(w, inst, &all);
        vec_push(w->program->arena, &all.insts, inst);
    }
    *block = all;
}

// ---- what is live ------------------------------------------------------------------------------------------------------------

static void note_live(void *data, CoreInst *inst, const LiveSet *live) {
    Wait *w = data;
    if (!inst->wait) return;
    CoreWait *point = &w->fn->points.items[inst->wait - 1];
    point->locals = ARENA_ARRAY(w->program->arena, int, w->fn->locals.count);
    for (int i = 1; i < w->fn->locals.count; i++) {
        if (!core_live_has(live, i)) continue;
        if (w->fn->locals.items[i].type == w->program->entry) fault(w, "an entry lives on behind a wait");
        point->locals[point->local_count++] = i;
    }
    if (core_live_has(live, w->awaited)) fault(w, "what was awaited is looked at behind the next wait");
}

static void find_live(Wait *w) {
    Arena arena = {0};
    int count = w->fn->locals.count, *numbers = ARENA_ARRAY(&arena, int, count + 1);
    for (int i = 0; i < count; i++) numbers[i] = i;
    w->awaited = count;
    Live live = {.fn = w->fn, .arena = &arena, .numbers = numbers, .count = count + 1, .awaited = count};
    live.visit = note_live;
    live.data = w;
    core_live(&live);
    arena_free(&arena);
}

// A copy of a variable that is kept in its place is known by the variable's name to those who look at frames.
static void name_copies(Wait *w, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        for (int j = 0; j < inst->block_count; j++) name_copies(w, inst->blocks[j]);
        if (inst->op != CORE_OP_COPY || inst->dst < 0 || inst->args[0].kind != OPERAND_LOCAL) continue;
        CoreLocal *copy = &w->fn->locals.items[inst->dst];
        if (!copy->name) copy->name = w->fn->locals.items[inst->args[0].local].name;
    }
}

// ---- functions ---------------------------------------------------------------------------------------------------------------

static bool is_of_task(const CoreProgram *program, const CoreFn *fn) {
    if (fn->task < 1 || fn->task > program->tasks.count || !program->tasks.items[fn->task - 1].async) return false;
    return fn->param_count > 0 && fn->locals.items[0].type == program->entry;
}

static void wait_in_fn(Wait *w) {
    if (!is_of_task(w->program, w->fn)) {
        fault(w, "a function that can wait, but is of no task");
        return;
    }
    note_points(w, w->fn->body, (CorePlace){0});
    make_loops_plain(w, w->fn->body);
    find_live(w);
    name_copies(w, w->fn->body);
}

// A function that can wait is called by others that can, and begins by a frame; nobody else can wait for it.
static void check_calls(Wait *w, const CoreBlock *block) {
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        bool direct = inst->op == CORE_OP_CALL || inst->op == CORE_OP_FRAME_NEW;
        if (inst->op == CORE_OP_FRAME_NEW && !is_of_task(w->program, inst->fn)) fault(w, "a frame for a function of no task");
        if (inst->fn && inst->fn->waits && !direct) fault(w, "a closure, or what `on error` undoes, can wait");
        for (int j = 0; j < inst->block_count; j++) check_calls(w, inst->blocks[j]);
    }
}

static void check_handler(Wait *w, CoreFn *fn) {
    if (!fn || !fn->waits) return;
    w->fn = fn;
    fault(w, "what the VM calls can wait");
}

static void check_handlers(Wait *w) {
    CoreProgram *p = w->program;
    check_handler(w, p->setup);
    for (int i = 0; i < p->tasks.count; i++) {
        const CoreTask *task = &p->tasks.items[i];
        const CoreAsync *async = task->async;
        CoreFn *fns[] = {task->init, task->on_atom, task->on_end, task->touch};
        for (int j = 0; j < 4; j++) check_handler(w, fns[j]);
        CoreFn *more[] = {async ? async->flush : NULL, async ? async->fail : NULL, async ? async->on_error : NULL};
        for (int j = 0; j < 3; j++) check_handler(w, more[j]);
    }
    for (int i = 0; i < p->workflows.count; i++) {
        const CoreWorkflow *workflow = &p->workflows.items[i];
        for (int j = 0; j < workflow->inputs.count; j++) check_handler(w, workflow->inputs.items[j].stage);
        for (int j = 0; j < workflow->exchanges.count; j++) check_handler(w, workflow->exchanges.items[j]->stage);
    }
    for (int i = 0; i < p->tests.count; i++) check_handler(w, p->tests.items[i].fn);
}

const char *core_wait(CoreProgram *program) {
    Wait w = {.program = program};
    bool waits = false;
    for (int i = 0; i < program->fns.count; i++) {
        w.fn = program->fns.items[i];
        w.number = 0;
        waits |= w.fn->waits;
        if (w.fn->waits) wait_in_fn(&w);
        check_calls(&w, w.fn->body);
    }
    check_handlers(&w);
    return w.fault || !waits ? w.fault : core_verify(program);
}
