// test_core_verify.c - the verifier finds what code generation could not stand.
#include <criterion/criterion.h>

#include "tests/unit/core_builder.h"

static void expect_fault(Builder *b, const char *part) {
    const char *fault = core_verify(b->core);
    if (part)
        cr_expect(fault && strstr(fault, part), "found: %s", fault ? fault : "nothing");
    else
        cr_expect_null(fault, "%s", fault);
    builder_close(b);
}

Test(core_verify, a_good_program) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand sum = GET(&b, b.core->integer, INT_ADD, L(0), I(1));
    print(&b, sum);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, NULL);
}

Test(core_verify, types_of_operands) {
    Builder b;
    builder_open(&b, 1);
    GET(&b, b.core->integer, INT_ADD, L(0), F(1));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "main.stage: add: an operand is Float, not Int");
}

Test(core_verify, type_of_the_result) {
    Builder b;
    builder_open(&b, 1);
    GET(&b, b.core->floating, INT_ADD, L(0), I(1));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "the result is Float, not Int");
}

Test(core_verify, locals_in_range) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, LOG, L(7));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "local 7 of 1");
}

Test(core_verify, assertions) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, ASSERT, B(true))->text = "true";
    DO(&b, ASSERT, B(true), I(1), I(2))->text = "1 < 2";
    DO(&b, RETURN, UNIT);
    expect_fault(&b, NULL);
    builder_open(&b, 1);
    DO(&b, ASSERT, I(1))->text = "1";
    expect_fault(&b, "assert: an operand is Int, not Bool");
    builder_open(&b, 1);
    DO(&b, ASSERT, B(true), I(1))->text = "1 < 2";
    expect_fault(&b, "assert: its operands");
    builder_open(&b, 1);
    DO(&b, ASSERT, B(true), I(1), F(2))->text = "1 < 2.0";
    expect_fault(&b, "assert: what is compared");
}

Test(core_verify, assigned_in_one_branch_only) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand value = new_local(&b, b.core->integer);
    CoreBlock *outer = b.block;
    CoreInst *test = FORK(&b, IF, 2, B(true));
    b.block = test->blocks[0];
    SET(&b, value, COPY, I(1));
    b.block = outer;
    DO(&b, LOG, value);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "%1 may not be assigned");
}

Test(core_verify, assigned_where_control_goes_on) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand value = new_local(&b, b.core->integer);
    CoreBlock *outer = b.block;
    CoreInst *test = FORK(&b, IF, 2, B(true));
    b.block = test->blocks[0];
    SET(&b, value, COPY, I(1));
    b.block = test->blocks[1];
    DO(&b, RETURN, UNIT);
    b.block = outer;
    DO(&b, LOG, value);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, NULL);
}

static void loop_with_breaks(Builder *b, bool assign_both) {
    builder_open(b, 1);
    CoreOperand value = new_local(b, b->core->integer);
    CoreBlock *outer = b->block;
    CoreInst *loop = put(b, CORE_OP_LOOP, -1, 0, NULL, 1);
    b->block = loop->blocks[0];
    CoreInst *test = FORK(b, IF, 2, B(true));
    CoreBlock *body = b->block;
    b->block = test->blocks[0];
    if (assign_both) SET(b, value, COPY, I(1));
    put(b, CORE_OP_BREAK, -1, 0, NULL, 0);
    b->block = body;
    SET(b, value, COPY, I(2));
    put(b, CORE_OP_BREAK, -1, 0, NULL, 0);
    b->block = outer;
    DO(b, LOG, value);
    DO(b, RETURN, UNIT);
}

Test(core_verify, assigned_at_every_break) {
    Builder b;
    loop_with_breaks(&b, true);
    expect_fault(&b, NULL);
    loop_with_breaks(&b, false);
    expect_fault(&b, "%1 may not be assigned");
}

Test(core_verify, a_for_loop_may_have_no_rounds) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand i = new_local(&b, b.core->integer);
    put(&b, CORE_OP_FOR_RANGE, i.local, OPERANDS(I(0), I(3)), 1);
    DO(&b, LOG, i);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "%1 may not be assigned");
}

Test(core_verify, functions_end) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, LOG, I(1));
    expect_fault(&b, "the end of the function can be reached");
}

Test(core_verify, nothing_after_the_end) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, RETURN, UNIT);
    DO(&b, LOG, I(1));
    expect_fault(&b, "code after the end of a block");
}

Test(core_verify, breaks_are_within_loops) {
    Builder b;
    builder_open(&b, 1);
    put(&b, CORE_OP_BREAK, -1, 0, NULL, 0);
    expect_fault(&b, "a loop around it");
}

Test(core_verify, fields_exist) {
    Builder b;
    builder_open(&b, 1);
    CoreType *pair = tuple(&b, b.core->integer, b.core->integer);
    CoreOperand made = MAKE(&b, pair, STRUCT_NEW, 0, I(1), I(2));
    CoreInst *get = DO(&b, STRUCT_GET, made);
    get->index = 2;
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "field 2 of 2");
}

Test(core_verify, channels_exist) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, EMIT, I(1));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "workflow main has no channel 0 of this type");
}

Test(core_verify, channels_have_the_type_of_the_event) {
    Builder b;
    builder_open(&b, 1);
    vec_push(&b.arena, &b.core->workflows.items[0].channels, ((CoreChannel){.event = b.core->string, .stream = -1}));
    DO(&b, EMIT, I(1));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "workflow main has no channel 0 of this type");
}

Test(core_verify, arguments_of_calls) {
    Builder b;
    builder_open(&b, 1);
    CoreFn *fn = begin_fn(&b, "t.f", &b.core->string, 1, b.core->unit);
    DO(&b, RETURN, UNIT);
    end_fn(&b);
    DO(&b, CALL, I(1))->fn = fn;
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "call: an operand is Int, not String");
}

Test(core_verify, types_have_a_size) {
    Builder b;
    builder_open(&b, 1);
    CoreType *list = chain(&b);
    list->variants[1].fields[1].boxed = false;
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "Chain contains itself by value");
}

Test(core_verify, functions_are_not_compared) {
    Builder b;
    builder_open(&b, 1);
    CoreType *type = core_type_fn(b.core, NULL, 0, b.core->unit);
    CoreOperand fn = new_local(&b, type);
    put(&b, CORE_OP_ZERO, fn.local, 0, NULL, 0)->type = type;
    GET(&b, b.core->boolean, EQ, fn, fn);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "values that can be compared");
}

Test(core_verify, durations_are_no_ints) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand span = GET(&b, b.core->duration, DURATION, L(0));
    CoreOperand sum = GET(&b, b.core->duration, INT_ADD, span, span);
    print(&b, GET(&b, b.core->duration, INT_NEG, sum));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, NULL);
    builder_open(&b, 1);
    span = GET(&b, b.core->duration, DURATION, L(0));
    GET(&b, b.core->duration, INT_ADD, span, L(0));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "add: an operand is Int, not Duration");
    builder_open(&b, 1);
    span = GET(&b, b.core->duration, DURATION, L(0));
    GET(&b, b.core->duration, INT_MUL, span, span);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "mul: an operand is Duration, not Int");
}

static CoreOperand any_op(Builder *b, CoreOp op, CoreType *type, CoreType *result, CoreOperand value) {
    CoreInst *inst = put(b, op, -1, 1, &value, 0);
    inst->type = type;
    return with_result(b, result, inst);
}

Test(core_verify, anys_hold_what_they_say) {
    Builder b;
    builder_open(&b, 1);
    CoreType *integer = b.core->integer;
    CoreOperand any = any_op(&b, CORE_OP_ANY_NEW, integer, b.core->any, L(0));
    any_op(&b, CORE_OP_ANY_IS, b.core->string, b.core->boolean, any);
    print(&b, any_op(&b, CORE_OP_ANY_GET, integer, integer, any));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, NULL);
    builder_open(&b, 1);
    any_op(&b, CORE_OP_ANY_NEW, b.core->string, b.core->any, L(0));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "any: an operand is Int, not String");
    builder_open(&b, 1);
    any_op(&b, CORE_OP_ANY_GET, b.core->integer, b.core->integer, L(0));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "any_value: an operand is Int, not Any");
    builder_open(&b, 1);
    any = any_op(&b, CORE_OP_ANY_NEW, b.core->integer, b.core->any, L(0));
    GET(&b, b.core->boolean, EQ, any, any);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "values that can be compared");
}

// ---- maps ----

static CoreOperand zero_of(Builder *b, CoreType *type) {
    CoreOperand local = new_local(b, type);
    put(b, CORE_OP_ZERO, local.local, 0, NULL, 0)->type = type;
    return local;
}

Test(core_verify, keys_and_places_of_maps) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand map = zero_of(&b, core_type_map(b.core, b.core->string, b.core->integer));
    GET(&b, b.core->integer, MAP_AT, map, S("k"));
    GET(&b, b.core->string, MAP_KEY_AT, map, I(0));
    GET(&b, b.core->integer, MAP_VALUE_AT, map, I(0));
    GET(&b, b.core->boolean, MAP_HAS, map, I(1));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "has: an operand is Int, not String");
}

Test(core_verify, get_gives_an_option) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand map = zero_of(&b, core_type_map(b.core, b.core->string, b.core->integer));
    MAKE(&b, tuple(&b, b.core->integer, b.core->integer), MAP_GET, 0, map, S("k"));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "get: the Option of a value");
}

Test(core_verify, a_set_is_a_map_of_unit) {
    Builder b;
    builder_open(&b, 1);
    CoreOperand set = zero_of(&b, core_type_set(b.core, b.core->string));
    MAKE(&b, core_type_map(b.core, b.core->string, b.core->unit), MAP_RECAST, 0, set);
    MAKE(&b, core_type_map(b.core, b.core->string, b.core->integer), MAP_RECAST, 0, set);
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "recast: a set and a map of ()");
}

Test(core_verify, only_maps_are_shared) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, MAP_SHARE, zero_of(&b, core_type_set(b.core, b.core->string)));
    DO(&b, MAP_SHARE, L(0));
    DO(&b, RETURN, UNIT);
    expect_fault(&b, "share: a local with a map");
}
