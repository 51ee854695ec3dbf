// test_codegen_wait.c - functions that wait: they go on where they were, with what they knew.
//
// All programs have one task, without a key. Its state `promises` is a list of Future[Int] with at most one promise, for which
// the handler of event 0 waits, or what it calls. The other events each complete the promise that is there with their number.
#include "tests/unit/codegen_run.h"

typedef struct Waiting {
    Builder b;
    CoreType *future, *futures;
    CoreFn *handler;  // (Entry, Int): of event 0; to be filled in
    CoreFn *complete; // (Entry, Int): of the others
} Waiting;

static CoreType *error_type(Builder *b) {
    bool made;
    CoreType *type = core_type_named(b->core, CORE_STRUCT, "Error", &made);
    static const char *const names[] = {"message", "position", "key", "event"};
    CoreField fields[4];
    for (int i = 0; i < 4; i++) fields[i] = (CoreField){.name = names[i], .type = b->core->string};
    add_variant(b, type, "Error", fields, 4);
    return type;
}

static void add_task(Waiting *w) {
    Builder *b = &w->b;
    CoreField *field = ARENA_NEW(&b->arena, CoreField);
    *field = (CoreField){.name = "promises", .type = w->futures};
    CoreAsync *async = ARENA_NEW(&b->arena, CoreAsync);
    *async = (CoreAsync){.busy = -1, .globals = -1, .held = -1, .error = error_type(b)};
    CoreTask task = {.name = "Work", .key = b->core->unit, .fields = field, .field_count = 1, .async = async};
    task.init = begin_fn(b, "Work.init", &b->core->entry, 1, b->core->unit);
    CoreInst *none = put(b, CORE_OP_LIST_NEW, -1, 0, NULL, 0);
    DO(b, STATE_SET, L(0), with_type(b, w->futures, 0, none));
    DO(b, RETURN, UNIT);
    vec_push(&b->arena, &b->core->tasks, task);
    vec_push(&b->arena, &b->core->workflows.items[0].tasks, 0);
}

static CoreFn *begin_task_fn(Waiting *w, const char *name, CoreType *param, CoreType *result) {
    CoreType *params[] = {w->b.core->entry, param};
    return begin_fn(&w->b, name, params, 2, result);
}

static void fill_complete(Waiting *w) {
    Builder *b = &w->b;
    w->complete = begin_task_fn(w, "Work.complete", b->core->integer, b->core->unit);
    CoreOperand promises = GET(b, w->futures, STATE_GET, L(0)), size = GET(b, b->core->integer, LIST_SIZE, promises);
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, size, I(1)));
    b->block = test->blocks[0];
    DO(b, COMPLETE, GET(b, w->future, LIST_AT, promises, I(0)), L(1));
    b->block = b->fn->body;
    DO(b, RETURN, UNIT);
}

static void start(Waiting *w, CoreFn *fn, CoreOperand entry, CoreOperand event) {
    CoreInst *make = DO(&w->b, FRAME_NEW, event);
    make->fn = fn;
    DO(&w->b, START, entry, with_result(&w->b, w->b.core->frame, make));
}

static void fill_stage(Waiting *w) {
    Builder *b = &w->b;
    end_fn(b);
    CoreOperand entry = GET(b, b->core->entry, STATE_FIND, UNIT);
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, L(0), I(0)));
    b->block = test->blocks[0];
    start(w, w->handler, entry, L(0));
    b->block = test->blocks[1];
    start(w, w->complete, entry, L(0));
    end_fn(b);
}

// With so many events, the first of which begins the handler that is to be filled in.
static void open_waiting(Waiting *w, int64_t events) {
    builder_open(&w->b, events);
    w->future = core_type_future(w->b.core, w->b.core->integer);
    w->futures = core_type_list(w->b.core, w->future);
    add_task(w);
    fill_complete(w);
    w->handler = begin_task_fn(w, "Work.on_event", w->b.core->integer, w->b.core->unit);
    fill_stage(w);
    w->b.fn = w->handler;
    w->b.block = w->handler->body;
}

// Waits for a new promise in the function at hand: what it was completed with.
static CoreOperand wait_here(Waiting *w) {
    Builder *b = &w->b;
    CoreInst *make = DO(b, PROMISE, L(0));
    CoreOperand promise = with_type(b, w->future, 0, make);
    DO(b, STATE_SET, L(0), MAKE(b, w->futures, LIST_NEW, 0, promise));
    GET(b, b->core->integer, AWAIT, promise);
    CoreInst *value = put(b, CORE_OP_AWAITED, -1, 0, NULL, 0);
    return with_type(b, b->core->integer, 0, value);
}

static CoreOperand call(Waiting *w, CoreFn *fn, CoreOperand arg) {
    CoreInst *inst = DO(&w->b, CALL, L(0), arg);
    inst->fn = fn;
    return with_result(&w->b, fn->result, inst);
}

static void print_pair(Builder *b, CoreOperand first, CoreOperand second) {
    CoreOperand texts[] = {GET(b, b->core->string, SHOW, first), GET(b, b->core->string, SHOW, second)};
    DO(b, SINK, GET(b, b->core->string, CONCAT, texts[0], S(" "), texts[1]));
}

// sum = 0; for i in 1..4 { sum += await; print i sum }
Test(codegen_wait, in_a_counting_loop) {
    Waiting w;
    open_waiting(&w, 5);
    Builder *b = &w.b;
    CoreOperand sum = GET(b, b->core->integer, COPY, I(0)), i = new_local(b, b->core->integer);
    CoreInst *loop = put(b, CORE_OP_FOR_RANGE, i.local, 2, (CoreOperand[]){I(1), I(4)}, 1);
    b->block = loop->blocks[0];
    CoreOperand value = wait_here(&w);
    SET(b, sum, INT_ADD, sum, value);
    print_pair(b, i, sum);
    b->block = b->fn->body;
    print(b, S("end"));
    DO(b, RETURN, UNIT);
    expect_output(b, "1 1\n2 3\n3 6\nend\n");
}

// for text in ["a", "b", "c", "d"] { if text == "b" { continue }; print text await; if text == "c" { break } }
Test(codegen_wait, in_a_loop_over_a_list) {
    Waiting w;
    open_waiting(&w, 5);
    Builder *b = &w.b;
    CoreType *texts = core_type_list(b->core, b->core->string);
    CoreOperand list = MAKE(b, texts, LIST_NEW, 0, S("a"), S("b"), S("c"), S("d")), text = new_local(b, b->core->string);
    CoreInst *loop = put(b, CORE_OP_FOR_LIST, text.local, 1, &list, 1);
    b->block = loop->blocks[0];
    CoreInst *skip = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, text, S("b")));
    put(&(Builder){.core = b->core, .block = skip->blocks[0]}, CORE_OP_CONTINUE, -1, 0, NULL, 0);
    print_pair(b, text, wait_here(&w));
    CoreInst *leave = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, text, S("c")));
    put(&(Builder){.core = b->core, .block = leave->blocks[0]}, CORE_OP_BREAK, -1, 0, NULL, 0);
    b->block = b->fn->body;
    print(b, S("end"));
    DO(b, RETURN, UNIT);
    expect_output(b, "a 1\nc 2\nend\n");
}

// Everything that a local can be lives on, in whatever branch.
Test(codegen_wait, in_branches_with_locals_of_all_kinds) {
    Waiting w;
    open_waiting(&w, 4);
    Builder *b = &w.b;
    CoreProgram *core = b->core;
    CoreType *pair = tuple(b, core->boolean, core->string), *maybe = option(b, "Maybe", pair);
    CoreOperand flag = GET(b, core->boolean, EQ, L(1), I(0)), half = GET(b, core->floating, FLOAT_DIV, F(1), F(2));
    CoreOperand shown = GET(b, core->string, SHOW, L(1)), text = GET(b, core->string, CONCAT, S("<"), shown, S(">"));
    CoreOperand both = MAKE(b, pair, STRUCT_NEW, 0, flag, text), some = MAKE(b, maybe, ENUM_NEW, 1, both);
    CoreOperand result = GET(b, core->integer, COPY, I(0));
    for (int i = 0; i < 2; i++) {
        CoreInst *test = FORK(b, IF, 2, flag);
        b->block = test->blocks[i];
        SET(b, result, INT_ADD, result, wait_here(&w));
        b->block = test->blocks[1 - i];
        SET(b, result, INT_ADD, result, I(100));
        b->block = b->fn->body;
        SET(b, flag, NOT, flag);
    }
    SET(b, result, INT_ADD, result, wait_here(&w));
    CoreOperand values[] = {flag, half, text, both, some, result};
    for (int i = 0; i < 6; i++) print(b, values[i]);
    DO(b, RETURN, UNIT);
    expect_output(b, "true\n0.5\n<0>\n(true, \"<0>\")\nSome((true, \"<0>\"))\n6\n");
}

// fn ask(n) -> String = "n:await"; print ask(7) ask(8)
Test(codegen_wait, in_what_is_called) {
    Waiting w;
    open_waiting(&w, 3);
    Builder *b = &w.b;
    CoreFn *helper = begin_task_fn(&w, "Work.ask", b->core->integer, b->core->string);
    CoreOperand value = wait_here(&w), texts[] = {GET(b, b->core->string, SHOW, L(1)), GET(b, b->core->string, SHOW, value)};
    DO(b, RETURN, GET(b, b->core->string, CONCAT, texts[0], S(":"), texts[1]));
    b->fn = w.handler;
    b->block = w.handler->body;
    CoreOperand first = call(&w, helper, I(7)), second = call(&w, helper, I(8));
    print_pair(b, first, second);
    DO(b, RETURN, UNIT);
    expect_output(b, "7:1 8:2\n");
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

Test(codegen_wait, in_recursion) {
    Waiting w;
    open_waiting(&w, 3);
    Builder *b = &w.b;
    CoreFn *fn = recursive_fn(&w);
    print(b, call(&w, fn, I(1000)));
    print(b, call(&w, fn, I(0)));
    DO(b, RETURN, UNIT);
    expect_output(b, "500501\n2\n");
}

// fn even(n) = if n == 0 { "even" } else { await; odd(n - 1) }, and the other way round; fn same(n), which calls itself
Test(codegen_wait, calls_that_end_a_function_keep_nothing) {
    Waiting w;
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

// A future that has been completed is no wait: let p = promise; p.complete(5); await p
Test(codegen_wait, not_for_what_is_there) {
    Waiting w;
    open_waiting(&w, 1);
    Builder *b = &w.b;
    CoreInst *make = DO(b, PROMISE, L(0));
    CoreOperand promise = with_type(b, w.future, 0, make), sum = GET(b, b->core->integer, COPY, I(0));
    DO(b, COMPLETE, promise, I(5));
    CoreInst *loop = FORK(b, FOR_RANGE, 1, I(0), I(10));
    loop->dst = new_local(b, b->core->integer).local;
    b->block = loop->blocks[0];
    GET(b, b->core->integer, AWAIT, promise);
    CoreInst *value = put(b, CORE_OP_AWAITED, -1, 0, NULL, 0);
    SET(b, sum, INT_ADD, sum, with_type(b, b->core->integer, 0, value));
    b->block = b->fn->body;
    print(b, sum);
    DO(b, RETURN, UNIT);
    expect_output(b, "50\n");
}
