// test_codegen.c - compiled code computes what the core says: values, data, control, calls. See test_codegen_program.c for state,
// events and files.
#include <math.h>

#include "tests/unit/codegen_run.h"

// ---- numbers
// -------------------------------------------------------------------------------------------------------------------

// Constants would be folded by LLVM: operands come through locals that depend on the event, which is 0.
static CoreOperand number(Builder *b, int64_t value) {
    return GET(b, b->core->integer, INT_ADD_WRAP, I(value), L(0));
}

Test(codegen, integers) {
    Builder b;
    builder_open(&b, 1);
    CoreType *integer = b.core->integer;
    print(&b, GET(&b, integer, INT_ADD, number(&b, 40), I(2)));
    print(&b, GET(&b, integer, INT_SUB, number(&b, 40), I(42)));
    print(&b, GET(&b, integer, INT_MUL, number(&b, -6), I(7)));
    print(&b, GET(&b, integer, INT_NEG, number(&b, 5)));
    print(&b, GET(&b, integer, INT_DIV, number(&b, -7), I(2)));
    print(&b, GET(&b, integer, INT_REM, number(&b, -7), I(2)));
    print(&b, GET(&b, integer, INT_DIV, number(&b, -7), number(&b, -2)));
    print(&b, GET(&b, integer, INT_REM, number(&b, INT64_MIN), number(&b, -1)));
    print(&b, GET(&b, integer, INT_REM, number(&b, 7), I(-1)));
    print(&b, GET(&b, integer, INT_ADD_WRAP, number(&b, INT64_MAX), I(1)));
    print(&b, GET(&b, integer, INT_SUB_WRAP, number(&b, INT64_MIN), I(1)));
    print(&b, GET(&b, integer, INT_MUL_WRAP, number(&b, INT64_MAX), I(2)));
    expect_output(&b, "42\n-2\n-42\n-5\n-3\n-1\n3\n0\n0\n-9223372036854775808\n9223372036854775807\n-2\n");
}

static void expect_arithmetic_failure(CoreOp op, int64_t left, int64_t right, const char *message) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand args[] = {number(&b, left), number(&b, right)};
    print(&b, with_result(&b, b.core->integer, put(&b, op, -1, op == CORE_OP_INT_NEG ? 1 : 2, args, 0)));
    expect_failure(&b, message);
}

Test(codegen, what_does_not_fit_is_an_error) {
    expect_arithmetic_failure(CORE_OP_INT_ADD, INT64_MAX, 1, "integer overflow");
    expect_arithmetic_failure(CORE_OP_INT_SUB, INT64_MIN, 1, "integer overflow");
    expect_arithmetic_failure(CORE_OP_INT_MUL, INT64_MIN, -1, "integer overflow");
    expect_arithmetic_failure(CORE_OP_INT_NEG, INT64_MIN, 0, "integer overflow");
    expect_arithmetic_failure(CORE_OP_INT_DIV, INT64_MIN, -1, "integer overflow");
    expect_arithmetic_failure(CORE_OP_INT_DIV, 1, 0, "division by zero");
    expect_arithmetic_failure(CORE_OP_INT_REM, 1, 0, "division by zero");
}

Test(codegen, floats) {
    Builder b;
    builder_open(&b, 1);
    CoreType *floating = b.core->floating;
    CoreOperand x = GET(&b, floating, FLOAT_DIV, F(1), F(4));
    print(&b, GET(&b, floating, FLOAT_ADD, x, F(2)));
    print(&b, GET(&b, floating, FLOAT_MUL, x, F(-2)));
    print(&b, GET(&b, floating, FLOAT_SUB, x, F(1)));
    print(&b, GET(&b, floating, FLOAT_NEG, x));
    print(&b, GET(&b, floating, FLOAT_DIV, x, F(0)));
    expect_output(&b, "2.25\n-0.5\n-0.75\n-0.25\ninf\n");
}

// ---- comparisons
// -----------------------------------------------------------------------------------------------------------------

// Prints six letters: the results of == != < <= > >=.
static void compare(Builder *b, CoreOperand left, CoreOperand right) {
    CoreOperand row = S("");
    for (int op = CORE_OP_EQ; op <= CORE_OP_GE; op++) {
        CoreOperand args[] = {left, right};
        CoreOperand holds = with_result(b, b->core->boolean, put(b, (CoreOp)op, -1, 2, args, 0));
        CoreOperand next = new_local(b, b->core->string);
        CoreInst *test = FORK(b, IF, 2, holds);
        CoreBlock *outer = b->block;
        b->block = test->blocks[0];
        SET(b, next, CONCAT, row, S("T"));
        b->block = test->blocks[1];
        SET(b, next, CONCAT, row, S("."));
        b->block = outer;
        row = next;
    }
    DO(b, SINK, row);
}

static CoreOperand copy(Builder *b, CoreType *type, CoreOperand value) {
    return GET(b, type, COPY, value);
}

Test(codegen, comparisons_of_scalars) {
    Builder b;
    builder_open(&b, 1);
    compare(&b, number(&b, -1), number(&b, 1));
    compare(&b, copy(&b, b.core->boolean, B(true)), copy(&b, b.core->boolean, B(false)));
    compare(&b, copy(&b, b.core->floating, F(1.5)), copy(&b, b.core->floating, F(1.5)));
    compare(&b, copy(&b, b.core->floating, F(-0.0)), copy(&b, b.core->floating, F(0.0)));
    compare(&b, copy(&b, b.core->floating, F(NAN)), copy(&b, b.core->floating, F(-NAN)));
    compare(&b, copy(&b, b.core->floating, F(INFINITY)), copy(&b, b.core->floating, F(NAN)));
    compare(&b, UNIT, UNIT);
    expect_output(&b, ".TTT..\n.T..TT\nT..T.T\nT..T.T\nT..T.T\n.TTT..\nT..T.T\n");
}

Test(codegen, comparisons_of_data) {
    Builder b;
    builder_open(&b, 1);
    CoreType *pair = tuple(&b, b.core->integer, b.core->floating), *texts = tuple(&b, b.core->string, b.core->string);
    CoreType *maybe = option(&b, "Option[Int]", b.core->integer);
    bool made;
    CoreType *color = core_type_named(b.core, CORE_ENUM, "Color", &made);
    add_variant(&b, color, "Red", NULL, 0);
    add_variant(&b, color, "Blue", NULL, 0);
    compare(&b, copy(&b, b.core->string, S("abc")), S("abd"));
    compare(&b, MAKE(&b, pair, STRUCT_NEW, 0, I(1), F(NAN)), MAKE(&b, pair, STRUCT_NEW, 0, I(1), F(NAN)));
    compare(&b, MAKE(&b, texts, STRUCT_NEW, 0, S("a"), S("b")), MAKE(&b, texts, STRUCT_NEW, 0, S("a"), S("a")));
    CoreOperand none = with_type(&b, maybe, 0, put(&b, CORE_OP_ENUM_NEW, -1, 0, NULL, 0));
    compare(&b, none, MAKE(&b, maybe, ENUM_NEW, 1, I(-3)));
    CoreOperand red = with_type(&b, color, 0, put(&b, CORE_OP_ENUM_NEW, -1, 0, NULL, 0));
    CoreOperand blue = with_type(&b, color, 1, put(&b, CORE_OP_ENUM_NEW, -1, 0, NULL, 0));
    compare(&b, red, blue);
    compare(&b, blue, blue);
    expect_output(&b, ".TTT..\nT..T.T\n.T..TT\n.TTT..\n.TTT..\nT..T.T\n");
}

// ---- data
// ------------------------------------------------------------------------------------------------------------------------

Test(codegen, structs) {
    Builder b;
    builder_open(&b, 1);
    CoreType *inner = tuple(&b, b.core->boolean, b.core->string), *outer = tuple(&b, b.core->boolean, inner);
    CoreOperand small = MAKE(&b, inner, STRUCT_NEW, 0, B(true), S("text"));
    CoreOperand large = MAKE(&b, outer, STRUCT_NEW, 0, B(false), small);
    print(&b, large);
    CoreOperand again = new_local(&b, inner);
    SET(&b, again, STRUCT_GET, large)->index = 1;
    print(&b, again);
    CoreOperand text = new_local(&b, b.core->string);
    SET(&b, text, STRUCT_GET, again)->index = 1;
    print(&b, text);
    CoreOperand empty = new_local(&b, outer);
    put(&b, CORE_OP_ZERO, empty.local, 0, NULL, 0)->type = outer;
    print(&b, empty);
    expect_output(&b, "(false, (true, \"text\"))\n(true, \"text\")\ntext\n(false, (false, \"\"))\n");
}

// A local that is both operand and result.
Test(codegen, swap) {
    Builder b;
    builder_open(&b, 1);
    CoreType *pair = tuple(&b, b.core->integer, b.core->integer);
    CoreOperand both = MAKE(&b, pair, STRUCT_NEW, 0, I(1), I(2));
    CoreOperand first = new_local(&b, b.core->integer), second = new_local(&b, b.core->integer);
    SET(&b, first, STRUCT_GET, both)->index = 0;
    SET(&b, second, STRUCT_GET, both)->index = 1;
    SET(&b, both, STRUCT_NEW, second, first)->type = pair;
    print(&b, both);
    expect_output(&b, "(2, 1)\n");
}

static CoreOperand field(Builder *b, CoreType *type, CoreOperand value, int variant, int index) {
    CoreInst *get = DO(b, ENUM_GET, value);
    get->variant = variant;
    get->index = index;
    return with_result(b, type, get);
}

Test(codegen, enums) {
    Builder b;
    builder_open(&b, 1);
    bool made;
    CoreType *shape = core_type_named(b.core, CORE_ENUM, "Shape", &made);
    CoreField fields[] = {{.type = b.core->boolean}, {.type = b.core->floating}, {.type = b.core->string}};
    add_variant(&b, shape, "Dot", NULL, 0);
    add_variant(&b, shape, "All", fields, 3);
    CoreOperand value = MAKE(&b, shape, ENUM_NEW, 1, B(true), F(0.5), S("s"));
    print(&b, value);
    CoreOperand tag = GET(&b, b.core->integer, ENUM_TAG, value);
    CoreInst *which = FORK(&b, IF, 2, GET(&b, b.core->boolean, EQ, tag, I(0)));
    CoreBlock *outer = b.block;
    b.block = which->blocks[0];
    print(&b, S("a dot"));
    b.block = which->blocks[1];
    print(&b, field(&b, b.core->boolean, value, 1, 0));
    print(&b, field(&b, b.core->floating, value, 1, 1));
    print(&b, field(&b, b.core->string, value, 1, 2));
    b.block = outer;
    print(&b, with_type(&b, shape, 0, put(&b, CORE_OP_ENUM_NEW, -1, 0, NULL, 0)));
    expect_output(&b, "All(true, 0.5, \"s\")\ntrue\n0.5\ns\nDot\n");
}

// A list of boxed links, made longer in a loop: the local is its own operand.
Test(codegen, boxed_fields) {
    Builder b;
    builder_open(&b, 1);
    CoreType *list = chain(&b);
    CoreOperand all = with_type(&b, list, 0, put(&b, CORE_OP_ENUM_NEW, -1, 0, NULL, 0)), i = new_local(&b, b.core->integer);
    CoreBlock *outer = b.block;
    CoreInst *loop = put(&b, CORE_OP_FOR_RANGE, i.local, OPERANDS(I(0), I(3)), 1);
    b.block = loop->blocks[0];
    CoreInst *link = SET(&b, all, ENUM_NEW, i, all);
    link->type = list;
    link->index = 1;
    b.block = outer;
    print(&b, all);
    SET(&b, all, ENUM_GET, all)->variant = 1;
    outer->insts.items[outer->insts.count - 1]->index = 1;
    print(&b, all);
    expect_output(&b, "Link(2, Link(1, Link(0, End)))\nLink(1, Link(0, End))\n");
}

Test(codegen, large_records) {
    Builder b;
    builder_open(&b, 1);
    CoreType *type = b.core->string;
    CoreOperand value = copy(&b, type, S("x"));
    for (int i = 0; i < 7; i++) {
        type = tuple(&b, type, type);
        value = MAKE(&b, type, STRUCT_NEW, 0, value, value);
    }
    CoreOperand same = GET(&b, b.core->boolean, EQ, value, value);
    print(&b, same);
    for (int i = 0; i < 7; i++) {
        type = type->variants[0].fields[1].type;
        CoreOperand part = new_local(&b, type);
        SET(&b, part, STRUCT_GET, value)->index = 1;
        value = part;
    }
    print(&b, value);
    expect_output(&b, "true\nx\n");
}

Test(codegen, lists) {
    Builder b;
    builder_open(&b, 1);
    CoreType *numbers = core_type_list(b.core, b.core->integer), *texts = core_type_list(b.core, b.core->string);
    CoreType *units = core_type_list(b.core, b.core->unit);
    CoreOperand fixed = MAKE(&b, numbers, LIST_NEW, 0, I(1), I(2), I(3));
    CoreOperand made = MAKE(&b, numbers, LIST_NEW, 0, number(&b, 4), I(5));
    print(&b, fixed);
    print(&b, made);
    print(&b, MAKE(&b, texts, LIST_NEW, 0, S("a"), S("")));
    print(&b, MAKE(&b, core_type_list(b.core, b.core->boolean), LIST_NEW, 0, B(true), B(false)));
    print(&b, MAKE(&b, units, LIST_NEW, 0, UNIT, UNIT));
    print(&b, with_type(&b, texts, 0, put(&b, CORE_OP_LIST_NEW, -1, 0, NULL, 0)));
    print(&b, GET(&b, b.core->integer, LIST_SIZE, fixed));
    print(&b, GET(&b, b.core->integer, LIST_AT, made, I(1)));
    print(&b, GET(&b, numbers, LIST_PART, fixed, I(1), I(3)));
    expect_output(&b, "[1, 2, 3]\n[4, 5]\n[\"a\", \"\"]\n[true, false]\n[(), ()]\n[]\n3\n5\n[2, 3]\n");
}

static void expect_index_failure(int64_t index, const char *message) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand list = MAKE(&b, core_type_list(b.core, b.core->integer), LIST_NEW, 0, I(1), I(2), I(3));
    print(&b, GET(&b, b.core->integer, LIST_AT, list, number(&b, index)));
    expect_failure(&b, message);
}

Test(codegen, indices_are_checked) {
    expect_index_failure(3, "3");
    expect_index_failure(-1, "-1");
}

Test(codegen, failure) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand text = GET(&b, b.core->string, CONCAT, S("no "), S("luck"));
    DO(&b, FAIL, text);
    expect_failure(&b, "no luck");
}

// ---- control
// -----------------------------------------------------------------------------------------------------------------------

Test(codegen, loops) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand sum = copy(&b, b.core->integer, I(0)), i = new_local(&b, b.core->integer), test;
    CoreBlock *outer = b.block, *body;
    CoreInst *loop = put(&b, CORE_OP_FOR_RANGE, i.local, OPERANDS(number(&b, 1), I(100)), 1);
    b.block = body = loop->blocks[0];
    test = GET(&b, b.core->boolean, EQ, GET(&b, b.core->integer, INT_REM, i, I(2)), I(0));
    CoreInst *even = FORK(&b, IF, 2, test);
    b.block = even->blocks[0];
    put(&b, CORE_OP_CONTINUE, -1, 0, NULL, 0);
    b.block = body;
    test = GET(&b, b.core->boolean, GT, i, I(7));
    CoreInst *far = FORK(&b, IF, 2, test);
    b.block = far->blocks[0];
    put(&b, CORE_OP_BREAK, -1, 0, NULL, 0);
    b.block = body;
    SET(&b, sum, INT_ADD, sum, i);
    b.block = outer;
    print(&b, sum); // 1 + 3 + 5 + 7
    CoreInst *endless = put(&b, CORE_OP_LOOP, -1, 0, NULL, 1);
    b.block = body = endless->blocks[0];
    SET(&b, sum, INT_SUB, sum, I(5));
    test = GET(&b, b.core->boolean, LT, sum, I(0));
    CoreInst *below = FORK(&b, IF, 2, test);
    b.block = below->blocks[0];
    print(&b, sum);
    DO(&b, RETURN, UNIT);
    b.block = outer;
    expect_output(&b, "16\n-4\n");
}

// The list is the one from before the loop.
Test(codegen, loop_over_a_list_that_changes) {
    Builder b;
    builder_open(&b, 1);
    CoreType *texts = core_type_list(b.core, b.core->string);
    CoreOperand list = MAKE(&b, texts, LIST_NEW, 0, S("a"), S("b")), text = new_local(&b, b.core->string);
    CoreBlock *outer = b.block;
    CoreInst *loop = put(&b, CORE_OP_FOR_LIST, text.local, OPERANDS(list), 1);
    b.block = loop->blocks[0];
    put(&b, CORE_OP_LIST_NEW, list.local, 0, NULL, 0)->type = texts;
    print(&b, text);
    b.block = outer;
    print(&b, list);
    expect_output(&b, "a\nb\n[]\n");
}

// ---- calls
// -------------------------------------------------------------------------------------------------------------------------

static CoreOperand call(Builder *b, CoreFn *fn, int count, const CoreOperand *args) {
    CoreInst *inst = put(b, CORE_OP_CALL, -1, count, args, 0);
    inst->fn = fn;
    return fn->result == b->core->unit ? UNIT : with_result(b, fn->result, inst);
}

Test(codegen, calls_of_all_kinds_of_values) {
    Builder b;
    builder_open(&b, 1);
    CoreType *pair = tuple(&b, b.core->integer, b.core->string);
    CoreType *params[] = {b.core->boolean, pair, b.core->unit, b.core->floating};
    CoreFn *fn = begin_fn(&b, "t.f", params, 4, pair);
    CoreOperand shown[] = {GET(&b, b.core->string, SHOW, L(0)), GET(&b, b.core->string, SHOW, L(1)),
                           GET(&b, b.core->string, SHOW, L(2)), GET(&b, b.core->string, SHOW, L(3))};
    CoreOperand text = GET(&b, b.core->string, CONCAT, shown[0], shown[1], shown[2], shown[3]);
    DO(&b, RETURN, MAKE(&b, pair, STRUCT_NEW, 0, I(7), text));
    end_fn(&b);
    CoreOperand value = MAKE(&b, pair, STRUCT_NEW, 0, I(1), S("x"));
    print(&b, call(&b, fn, OPERANDS(B(true), value, UNIT, F(2))));
    print(&b, value);
    expect_output(&b, "(7, \"true(1, \\\"x\\\")()2.0\")\n(1, \"x\")\n");
}

// fn sum(n, to) = if n == 0 { to } else { sum(n - 1, to + n) }, through locals as lowering makes them.
Test(codegen, calls_of_itself_at_the_end_take_no_stack) {
    Builder b;
    builder_open(&b, 1);
    CoreType *params[] = {b.core->integer, b.core->integer};
    CoreFn *sum = begin_fn(&b, "t.sum", params, 2, b.core->integer);
    CoreOperand done = GET(&b, b.core->boolean, EQ, L(0), I(0)), result = new_local(&b, b.core->integer);
    CoreInst *test = FORK(&b, IF, 2, done);
    CoreBlock *outer = b.block;
    b.block = test->blocks[0];
    SET(&b, result, COPY, L(1));
    b.block = test->blocks[1];
    CoreOperand less = GET(&b, b.core->integer, INT_SUB, L(0), I(1)), more = GET(&b, b.core->integer, INT_ADD, L(1), L(0));
    SET(&b, result, COPY, call(&b, sum, OPERANDS(less, more)));
    b.block = outer;
    DO(&b, RETURN, result);
    end_fn(&b);
    print(&b, call(&b, sum, OPERANDS(I(10000000), I(0))));
    expect_output(&b, "50000005000000\n");
}

// fn depth(n) = depth(n + 1) + 1
Test(codegen, recursion_is_bounded) {
    Builder b;
    builder_open(&b, 1);
    CoreFn *depth = begin_fn(&b, "t.depth", &b.core->integer, 1, b.core->integer);
    CoreOperand deeper = call(&b, depth, OPERANDS(GET(&b, b.core->integer, INT_ADD, L(0), I(1))));
    DO(&b, RETURN, GET(&b, b.core->integer, INT_ADD, deeper, I(1)));
    end_fn(&b);
    print(&b, call(&b, depth, OPERANDS(I(0))));
    expect_failure(&b, "too deep");
}

// ---- interrupts
// ------------------------------------------------------------------------------------------------------------------

static int count_polls(Builder *b, const atomic_bool *flag) {
    Codegen *codegen = compile_with(b, &(CodegenOptions){.cpu = "native", .poll = flag});
    Buf text = {0};
    codegen_dump(codegen, &text);
    int count = 0;
    for (const char *p = buf_text(&text); (p = strstr(p, "load volatile i8")); p++) count++;
    buf_free(&text);
    codegen_free(codegen);
    return count;
}

// A program with a loop, a counting loop, and a function that calls itself; and the loop over its events.
static void make_loops(Builder *b) {
    builder_open(b, 1);
    CoreFn *depth = begin_fn(b, "t.depth", &b->core->integer, 1, b->core->integer);
    CoreInst *end = FORK(b, IF, 2, GET(b, b->core->boolean, EQ, L(0), I(0)));
    CoreBlock *outer = b->block;
    b->block = end->blocks[0];
    DO(b, RETURN, I(0));
    b->block = outer;
    CoreOperand rest = call(b, depth, OPERANDS(GET(b, b->core->integer, INT_SUB, L(0), I(1))));
    DO(b, RETURN, GET(b, b->core->integer, INT_ADD, rest, I(1)));
    end_fn(b);
    print(b, call(b, depth, OPERANDS(I(3))));
    outer = b->block;
    CoreOperand i = new_local(b, b->core->integer);
    b->block = put(b, CORE_OP_FOR_RANGE, i.local, OPERANDS(number(b, 1), I(3)), 1)->blocks[0];
    print(b, i);
    b->block = outer;
    b->block = put(b, CORE_OP_LOOP, -1, 0, NULL, 1)->blocks[0];
    put(b, CORE_OP_BREAK, -1, 0, NULL, 0);
    b->block = outer;
    finish(b);
}

Test(codegen, what_can_go_on_without_end_looks_at_a_flag) {
    Builder b;
    atomic_bool flag = false;
    make_loops(&b);
    cr_expect_eq(count_polls(&b, NULL), 0);
    cr_expect_eq(count_polls(&b, &flag), 4, "%d", count_polls(&b, &flag));
    CodegenOptions options = {.cpu = "native", .optimise = OPTIMISE_FULLY, .poll = &flag};
    Outcome outcome;
    run_with(&b, &options, &outcome);
    cr_expect_str_eq(outcome.out, "3\n1\n2\n");
    flag = true;
    run_with(&b, &options, &outcome);
    cr_expect_eq(outcome.status, 1);
    cr_expect(strstr(outcome.err, "error: interrupted\n  --> test.portals:2:3"), "%s", outcome.err);
    builder_close(&b);
}

Test(codegen, builtins) {
    Builder b;
    builder_open(&b, 1);
    CoreType *flags = core_type_list(b.core, b.core->boolean);
    CoreOperand list = MAKE(&b, flags, LIST_NEW, 0, B(false));
    CoreInst *append = DO(&b, CALL_BUILTIN, list, B(true));
    append->text = "pt_list_append";
    append->types = &b.core->boolean;
    append->type_count = 1;
    append->generic = (bool[]){false, true, false};
    print(&b, with_result(&b, flags, append));
    CoreInst *lower = DO(&b, CALL_BUILTIN, S("ABC"));
    lower->text = "pt_string_lower";
    print(&b, with_result(&b, b.core->string, lower));
    CoreInst *starts = DO(&b, CALL_BUILTIN, S("abc"), S("ab"));
    starts->text = "pt_string_starts_with";
    print(&b, with_result(&b, b.core->boolean, starts));
    expect_output(&b, "[false, true]\nabc\ntrue\n");
}

// ---- closures
// ------------------------------------------------------------------------------------------------------------------------

Test(codegen, closures) {
    Builder b;
    builder_open(&b, 1);
    CoreType *type = core_type_fn(b.core, &b.core->string, 1, b.core->string);
    CoreType *params[] = {b.core->boolean, b.core->string, b.core->floating, b.core->string};
    CoreFn *code = begin_fn(&b, "t.code", params, 4, b.core->string);
    code->captured = 3;
    CoreOperand flag = GET(&b, b.core->string, SHOW, L(0)), value = GET(&b, b.core->string, SHOW, L(2));
    DO(&b, RETURN, GET(&b, b.core->string, CONCAT, flag, L(1), value, L(3)));
    CoreFn *plain = begin_fn(&b, "t.plain", &b.core->string, 1, b.core->string);
    DO(&b, RETURN, GET(&b, b.core->string, CONCAT, S("plain "), L(0)));
    end_fn(&b);
    CoreOperand closure = new_local(&b, type);
    CoreInst *test = FORK(&b, IF, 2, GET(&b, b.core->boolean, EQ, L(0), I(0)));
    CoreBlock *outer = b.block;
    b.block = test->blocks[0];
    CoreInst *make = SET(&b, closure, CLOSURE_NEW, B(true), S(" captured "), F(0.25));
    make->type = type;
    make->fn = code;
    b.block = test->blocks[1];
    make = put(&b, CORE_OP_CLOSURE_NEW, closure.local, 0, NULL, 0);
    make->type = type;
    make->fn = plain;
    b.block = outer;
    b.core->setup->body->insts.items[SETTING_RANGE_TO]->args[0] = I(2); // two events
    print(&b, GET(&b, b.core->string, CALL_CLOSURE, closure, S("!")));
    expect_output(&b, "true captured 0.25!\nplain !\n");
}
