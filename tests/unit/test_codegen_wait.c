// test_codegen_wait.c - functions that wait: they go on where they were, with what they knew.
#include "tests/unit/wait_builder.h"

static void print_pair(Builder *b, CoreOperand first, CoreOperand second) {
    CoreOperand texts[] = {GET(b, b->core->string, SHOW, first), GET(b, b->core->string, SHOW, second)};
    DO(b, SINK, GET(b, b->core->string, CONCAT, texts[0], S(" "), texts[1]));
}

// The program that `fill` makes prints this, whether it waits or not.
static void expect_waiting(void (*fill)(Waiting *), int64_t events, const char *out) {
    for (int ready = 0; ready < 2; ready++) {
        Waiting w = {.ready = ready};
        open_waiting(&w, events);
        fill(&w);
        DO(&w.b, RETURN, UNIT);
        expect_output(&w.b, out);
    }
}

// sum = 0; for i in 1..4 { sum += await; print i sum }
static void fill_in_a_counting_loop(Waiting *w) {
    Builder *b = &w->b;
    CoreOperand sum = GET(b, b->core->integer, COPY, I(0)), i = new_local(b, b->core->integer);
    CoreInst *loop = put(b, CORE_OP_FOR_RANGE, i.local, 2, (CoreOperand[]){I(1), I(4)}, 1);
    b->block = loop->blocks[0];
    CoreOperand value = wait_here(w);
    SET(b, sum, INT_ADD, sum, value);
    print_pair(b, i, sum);
    b->block = b->fn->body;
    print(b, S("end"));
}

Test(codegen_wait, in_a_counting_loop) {
    expect_waiting(fill_in_a_counting_loop, 5, "1 1\n2 3\n3 6\nend\n");
}

// for text in ["a", "b", "c", "d"] { if text == "b" { continue }; print text await; if text == "c" { break } }
static void fill_in_a_loop_over_a_list(Waiting *w) {
    Builder *b = &w->b;
    CoreType *texts = core_type_list(b->core, b->core->string);
    CoreOperand list = MAKE(b, texts, LIST_NEW, 0, S("a"), S("b"), S("c"), S("d")), text = new_local(b, b->core->string);
    CoreInst *loop = put(b, CORE_OP_FOR_LIST, text.local, 1, &list, 1);
    b->block = loop->blocks[0];
    CoreInst *skip = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, text, S("b")));
    put(&(Builder){.core = b->core, .block = skip->blocks[0]}, CORE_OP_CONTINUE, -1, 0, NULL, 0);
    print_pair(b, text, wait_here(w));
    CoreInst *leave = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, text, S("c")));
    put(&(Builder){.core = b->core, .block = leave->blocks[0]}, CORE_OP_BREAK, -1, 0, NULL, 0);
    b->block = b->fn->body;
    print(b, S("end"));
}

Test(codegen_wait, in_a_loop_over_a_list) {
    expect_waiting(fill_in_a_loop_over_a_list, 5, "a 1\nc 2\nend\n");
}

// Everything that a local can be lives on, in whatever branch.
static void fill_in_branches_with_locals_of_all_kinds(Waiting *w) {
    Builder *b = &w->b;
    CoreProgram *core = b->core;
    CoreType *pair = tuple(b, core->boolean, core->string), *maybe = option(b, "Maybe", pair);
    CoreOperand flag = GET(b, core->boolean, EQ, L(1), I(0)), half = GET(b, core->floating, FLOAT_DIV, F(1), F(2));
    CoreOperand shown = GET(b, core->string, SHOW, L(1)), text = GET(b, core->string, CONCAT, S("<"), shown, S(">"));
    CoreOperand both = MAKE(b, pair, STRUCT_NEW, 0, flag, text), some = MAKE(b, maybe, ENUM_NEW, 1, both);
    CoreOperand result = GET(b, core->integer, COPY, I(0));
    for (int i = 0; i < 2; i++) {
        CoreInst *test = FORK(b, IF, 2, flag);
        b->block = test->blocks[i];
        SET(b, result, INT_ADD, result, wait_here(w));
        b->block = test->blocks[1 - i];
        SET(b, result, INT_ADD, result, I(100));
        b->block = b->fn->body;
        SET(b, flag, NOT, flag);
    }
    SET(b, result, INT_ADD, result, wait_here(w));
    CoreOperand values[] = {flag, half, text, both, some, result};
    for (int i = 0; i < 6; i++) print(b, values[i]);
}

Test(codegen_wait, in_branches_with_locals_of_all_kinds) {
    expect_waiting(fill_in_branches_with_locals_of_all_kinds, 4, "true\n0.5\n<0>\n(true, \"<0>\")\nSome((true, \"<0>\"))\n6\n");
}

// fn ask(n) -> String = "n:await"; print ask(7) ask(8)
static void fill_in_what_is_called(Waiting *w) {
    Builder *b = &w->b;
    CoreFn *helper = begin_task_fn(w, "Work.ask", b->core->integer, b->core->string);
    CoreOperand value = wait_here(w), texts[] = {GET(b, b->core->string, SHOW, L(1)), GET(b, b->core->string, SHOW, value)};
    DO(b, RETURN, GET(b, b->core->string, CONCAT, texts[0], S(":"), texts[1]));
    b->fn = w->handler;
    b->block = w->handler->body;
    CoreOperand first = call(w, helper, I(7)), second = call(w, helper, I(8));
    print_pair(b, first, second);
}

Test(codegen_wait, in_what_is_called) {
    expect_waiting(fill_in_what_is_called, 3, "7:1 8:2\n");
}

// fn down(n) = if n == 0 { await } else { down(n - 1) + n }
static CoreFn *recursive_fn(Waiting *w) {
    Builder *b = &w->b;
    CoreFn *fn = begin_task_fn(w, "Work.down", b->core->integer, b->core->integer);
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, L(1), I(0)));
    b->block = test->blocks[0];
    DO(b, RETURN, wait_here(w));
    b->block = test->blocks[1];
    CoreOperand below = call(w, fn, GET(b, b->core->integer, INT_SUB, L(1), I(1)));
    DO(b, RETURN, GET(b, b->core->integer, INT_ADD, below, L(1)));
    b->fn = w->handler;
    b->block = w->handler->body;
    return fn;
}

static void fill_in_recursion(Waiting *w) {
    Builder *b = &w->b;
    CoreFn *fn = recursive_fn(w);
    print(b, call(w, fn, I(1000)));
    print(b, call(w, fn, I(0)));
}

Test(codegen_wait, in_recursion) {
    expect_waiting(fill_in_recursion, 3, "500501\n2\n");
}

// fn even(n) = if n == 0 { "even" } else { await; odd(n - 1) }, and the other way round; fn same(n), which calls itself
Test(codegen_wait, calls_that_end_a_function_keep_nothing) {
    Waiting w = {0};
    open_waiting(&w, 9);
    Builder *b = &w.b;
    static const char *const names[] = {"Work.even", "Work.odd", "Work.same"};
    static const int next[] = {1, 0, 2};
    CoreFn *fns[3];
    for (int i = 0; i < 3; i++) fns[i] = begin_task_fn(&w, names[i], b->core->integer, b->core->string);
    for (int i = 0; i < 3; i++) {
        b->fn = fns[i];
        b->block = fns[i]->body;
        CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, L(1), I(0)));
        b->block = test->blocks[0];
        DO(b, RETURN, S("end"));
        b->block = test->blocks[1];
        wait_here(&w);
        CoreOperand result = call(&w, fns[next[i]], GET(b, b->core->integer, INT_SUB, L(1), I(1)));
        DO(b, RETURN, GET(b, b->core->string, COPY, result));
    }
    b->fn = w.handler;
    b->block = w.handler->body;
    print(b, call(&w, fns[0], I(3)));
    print(b, call(&w, fns[1], I(3)));
    print(b, call(&w, fns[2], I(2)));
    DO(b, RETURN, UNIT);
    finish(b);
    for (int i = 0; i < 3; i++) cr_expect_eq(fns[i]->points.count, 1, "%s waits at its await only", names[i]);
    cr_expect_eq(w.handler->points.count, 3);
    for (int i = 0; i < 2; i++) {
        Outcome outcome;
        run(b, i ? OPTIMISE_FULLY : OPTIMISE_NOT, &outcome);
        cr_expect_str_eq(outcome.out, "end\nend\nend\n", "%s", outcome.err);
    }
    builder_close(b);
}
