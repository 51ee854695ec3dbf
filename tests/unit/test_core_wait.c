// test_core_wait.c - where functions wait and what is live there; what is wrong with programs that wait.
#include "tests/unit/wait_builder.h"

// The fault of the whole, or NULL.
static const char *fault_of(Waiting *w) {
    Builder *b = &w->b;
    end_fn(b);
    if (!core_block_ends(b->block)) DO(b, RETURN, UNIT);
    const char *fault = core_verify(b->core);
    if (fault) return fault;
    core_layout(b->core);
    core_analyse(b->core);
    return core_wait(b->core);
}

static void expect_fault(Waiting *w, const char *part) {
    const char *fault = fault_of(w);
    cr_expect(fault && strstr(fault, part), "found: %s", fault ? fault : "nothing");
    builder_close(&w->b);
}

// The handler at place `place` keeps these locals.
static void expect_kept(Waiting *w, int place, int count, const CoreOperand *locals) {
    const CoreWait *point = &w->handler->points.items[place];
    cr_expect_eq(point->local_count, count, "%d: %d locals", place, point->local_count);
    for (int i = 0; i < count && i < point->local_count; i++)
        cr_expect_eq(point->locals[i], locals[i].local, "%d: %%%d", place, point->locals[i]);
}

// let a = n + 1; let b = await; let c = await; print a b c
Test(core_wait, what_is_used_later_is_kept) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    CoreOperand first = GET(b, b->core->integer, INT_ADD, L(1), I(1)), second = wait_here(&w), third = wait_here(&w);
    print(b, first);
    print(b, second);
    print(b, third);
    DO(b, RETURN, UNIT);
    const char *fault = fault_of(&w);
    cr_assert_null(fault, "%s", fault);
    cr_assert_eq(w.handler->points.count, 2);
    expect_kept(&w, 0, 1, &first);
    expect_kept(&w, 1, 2, (CoreOperand[]){first, second});
    cr_expect_eq(w.handler->points.items[0].number, 1);
    cr_expect_eq(w.handler->points.items[1].number, 2);
    cr_expect(w.handler->waits);
    cr_expect_not(w.complete->waits);
    builder_close(b);
}

// What the loop needs in its next round is kept, also its counter and its end; what only the other branch needs is not.
Test(core_wait, what_the_next_round_uses_is_kept) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    CoreOperand end = GET(b, b->core->integer, INT_ADD, L(1), I(3)), sum = GET(b, b->core->integer, COPY, I(0));
    CoreOperand unused = GET(b, b->core->integer, COPY, I(0)), i = new_local(b, b->core->integer);
    CoreInst *loop = put(b, CORE_OP_FOR_RANGE, i.local, 2, (CoreOperand[]){I(0), end}, 1);
    b->block = loop->blocks[0];
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, i, I(1)));
    b->block = test->blocks[0];
    print(b, unused);
    SET(b, unused, COPY, I(0));
    b->block = test->blocks[1];
    SET(b, sum, INT_ADD, sum, wait_here(&w));
    b->block = b->fn->body;
    print(b, sum);
    DO(b, RETURN, UNIT);
    const char *fault = fault_of(&w);
    cr_assert_null(fault, "%s", fault);
    cr_expect_eq(loop->op, CORE_OP_LOOP);
    CoreOperand counter = operand_local(w.handler->locals.count - 3), kept_end = operand_local(w.handler->locals.count - 1);
    expect_kept(&w, 0, 4, (CoreOperand[]){sum, unused, counter, kept_end});
    builder_close(b);
}

Test(core_wait, loops_that_do_not_wait_stay_as_they_are) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    CoreInst *loop = FORK(b, FOR_RANGE, 1, I(0), I(3));
    wait_here(&w);
    DO(b, RETURN, UNIT);
    const char *fault = fault_of(&w);
    cr_assert_null(fault, "%s", fault);
    cr_expect_eq(loop->op, CORE_OP_FOR_RANGE);
    builder_close(b);
}

Test(core_wait, an_entry_that_lives_on) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    CoreInst *find = DO(b, STATE_FIND, UNIT);
    find->variant = FIND_BESIDE;
    CoreOperand other = with_result(b, b->core->entry, find);
    wait_here(&w);
    CoreInst *get = DO(b, STATE_GET, other);
    get->variant = WAITS;
    print(b, with_result(b, b->core->integer, get));
    DO(b, RETURN, UNIT);
    expect_fault(&w, "Work.on_event: an entry lives on behind a wait");
}

Test(core_wait, what_was_awaited_is_looked_at_at_once) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    CoreOperand first = wait_here(&w);
    CoreFn *helper = begin_task_fn(&w, "Work.ask", b->core->integer, b->core->integer);
    DO(b, RETURN, wait_here(&w));
    b->fn = w.handler;
    b->block = w.handler->body;
    call(&w, helper, first);
    CoreInst *value = put(b, CORE_OP_AWAITED, -1, 0, NULL, 0);
    print(b, with_type(b, b->core->integer, 0, value));
    DO(b, RETURN, UNIT);
    expect_fault(&w, "what was awaited is looked at behind the next wait");
}

Test(core_wait, another_entry) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    CoreFn *helper = begin_task_fn(&w, "Work.ask", b->core->integer, b->core->integer);
    DO(b, RETURN, wait_here(&w));
    b->fn = w.handler;
    b->block = w.handler->body;
    CoreOperand copy = GET(b, b->core->entry, COPY, L(0));
    CoreInst *inst = DO(b, CALL, copy, L(1));
    inst->fn = helper;
    DO(b, RETURN, UNIT);
    expect_fault(&w, "a call that can wait with another entry");
}

Test(core_wait, a_stage_that_waits) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    wait_here(&w);
    DO(b, RETURN, UNIT);
    end_fn(b);
    CoreOperand entry = GET(b, b->core->entry, STATE_FIND, UNIT);
    CoreInst *inst = DO(b, CALL, entry, L(0));
    inst->fn = w.handler;
    expect_fault(&w, "main.stage");
}

Test(core_wait, operands_of_what_waits) {
    Waiting w = {0};
    open_waiting(&w, 1);
    GET(&w.b, w.b.core->integer, AWAIT, I(1));
    expect_fault(&w, "await: a future");
    open_waiting(&w, 1);
    CoreInst *make = DO(&w.b, PROMISE, L(1));
    with_type(&w.b, w.future, 0, make);
    expect_fault(&w, "promise: an entry");
    open_waiting(&w, 1);
    DO(&w.b, ASK, L(0));
    expect_fault(&w, "ask: a portal that it asks");
    open_waiting(&w, 1);
    make = DO(&w.b, FRAME_NEW, S("text"));
    make->fn = w.handler;
    expect_fault(&w, "frame: operands of the types of its parameters");
    open_waiting(&w, 1);
    DO(&w.b, RAISE, I(1));
    expect_fault(&w, "raise: an Error");
}

// The three Ints of an exclusive task are never at 0, which says that there are none.
Test(core_wait, what_an_exclusive_task_counts_has_a_place) {
    Waiting w = {0};
    open_waiting(&w, 1);
    Builder *b = &w.b;
    DO(b, RETURN, UNIT);
    CoreTask *task = &b->core->tasks.items[0];
    CoreField *fields = ARENA_ARRAY(&b->arena, CoreField, 5);
    for (int i = 0; i < 3; i++) fields[i] = (CoreField){.name = ".busy", .type = b->core->integer};
    fields[3] = task->fields[0];
    fields[4] = task->fields[1];
    task->fields = fields;
    task->field_count = 5;
    ((CoreAsync *)task->async)->busy = 0;
    core_layout(b->core);
    cr_expect_eq(fields[0].offset, 8);
    builder_close(b);
}
