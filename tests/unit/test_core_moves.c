// test_core_moves.c - where the right to edit a map goes: how often it is taken away, and how states are read.
#include <criterion/criterion.h>

#include "tests/unit/core_builder.h"

// A function of one Map[Int, Int], %0, to be filled in.
static CoreType *open_map(Builder *b) {
    builder_open(b, 1);
    CoreType *map = core_type_map(b->core, b->core->integer, b->core->integer);
    begin_fn(b, "t.f", &map, 1, map);
    return map;
}

static int count_op(const CoreBlock *block, CoreOp op) {
    int count = 0;
    for (int i = 0; i < block->insts.count; i++) {
        const CoreInst *inst = block->insts.items[i];
        count += inst->op == op;
        for (int j = 0; j < inst->block_count; j++) count += count_op(inst->blocks[j], op);
    }
    return count;
}

// Runs the pass and says how often the function at hand takes the right away.
static int shares(Builder *b) {
    CoreFn *fn = b->fn;
    end_fn(b);
    DO(b, RETURN, UNIT);
    const char *fault = core_verify(b->core);
    cr_assert_null(fault, "%s", fault);
    cr_assert(core_moves(b->core));
    fault = core_verify(b->core);
    cr_assert_null(fault, "%s", fault);
    return count_op(fn->body, CORE_OP_MAP_SHARE);
}

static void expect_shares(Builder *b, int count) {
    int found = shares(b);
    cr_expect_eq(found, count, "%d instead of %d", found, count);
    builder_close(b);
}

// Editing calls of the VM: `dst` = `map` with an entry.
static void insert_to(Builder *b, CoreOperand dst, CoreOperand map) {
    CoreInst *inst = SET(b, dst, CALL_BUILTIN, map, I(1), I(2));
    inst->text = "pt_map_insert";
    static const bool generic[] = {false, true, true, false};
    inst->generic = generic;
}

static CoreOperand insert(Builder *b, CoreOperand map) {
    CoreOperand dst = new_local(b, core_operand_type(b->core, b->fn, map));
    insert_to(b, dst, map);
    return dst;
}

static CoreOperand has(Builder *b, CoreOperand map) {
    return GET(b, b->core->boolean, MAP_HAS, map, I(1));
}

Test(core_moves, nothing_to_do_without_maps) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, RETURN, UNIT);
    cr_expect_not(core_moves(b.core));
    builder_close(&b);
}

Test(core_moves, the_last_use_moves_the_right) {
    Builder b;
    open_map(&b);
    has(&b, L(0));
    DO(&b, RETURN, insert(&b, insert(&b, L(0))));
    expect_shares(&b, 0);
}

Test(core_moves, a_later_look_keeps_the_old_map) {
    Builder b;
    open_map(&b);
    CoreOperand new = insert(&b, L(0));
    has(&b, L(0));
    DO(&b, RETURN, new);
    expect_shares(&b, 1);
}

Test(core_moves, what_is_stored_never_has_the_right) {
    Builder b;
    CoreType *map = open_map(&b);
    CoreType *pair = tuple(&b, map, b.core->integer);
    CoreOperand made = MAKE(&b, pair, STRUCT_NEW, 0, L(0), I(1));
    DO(&b, RETURN, GET(&b, map, STRUCT_GET, made));
    expect_shares(&b, 1);
}

Test(core_moves, both_arguments_of_a_call) {
    Builder b;
    CoreType *map = open_map(&b);
    CoreFn *outer = b.fn;
    CoreType *maps[] = {map, map};
    CoreFn *callee = begin_fn(&b, "t.both", maps, 2, map);
    has(&b, L(0));
    DO(&b, RETURN, L(1));
    b.fn = outer;
    b.block = outer->body;
    CoreOperand result = new_local(&b, map);
    SET(&b, result, CALL, L(0), L(0))->fn = callee;
    DO(&b, RETURN, result);
    expect_shares(&b, 1);
}

Test(core_moves, a_parameter_that_is_only_looked_at) {
    Builder b;
    CoreType *map = open_map(&b);
    CoreFn *outer = b.fn;
    CoreFn *callee = begin_fn(&b, "t.look", &map, 1, b.core->boolean);
    CoreOperand name = GET(&b, map, COPY, L(0));
    DO(&b, RETURN, has(&b, name));
    b.fn = outer;
    b.block = outer->body;
    GET(&b, b.core->boolean, CALL, L(0));
    b.block->insts.items[0]->fn = callee;
    DO(&b, RETURN, insert(&b, L(0)));
    expect_shares(&b, 0);
}

Test(core_moves, a_loop_that_does_not_renew_the_map) {
    Builder b;
    open_map(&b);
    CoreInst *loop = FORK(&b, FOR_RANGE, 1, I(0), I(3));
    b.block = loop->blocks[0];
    insert(&b, L(0));
    b.block = b.fn->body;
    CoreOperand empty = new_local(&b, b.fn->result);
    put(&b, CORE_OP_ZERO, empty.local, 0, NULL, 0)->type = b.fn->result;
    DO(&b, RETURN, empty);
    expect_shares(&b, 1);
}

Test(core_moves, a_loop_that_renews_the_map) {
    Builder b;
    open_map(&b);
    CoreInst *loop = FORK(&b, FOR_RANGE, 1, I(0), I(3));
    b.block = loop->blocks[0];
    insert_to(&b, L(0), L(0));
    b.block = b.fn->body;
    DO(&b, RETURN, L(0));
    expect_shares(&b, 0);
}

// One branch moves the map on and leaves the loop, behind which it is looked at.
static void leave_loop(Builder *b, CoreOp op) {
    CoreInst *loop = FORK(b, FOR_RANGE, 1, I(0), I(3));
    b->block = loop->blocks[0];
    CoreInst *test = FORK(b, IF, 2, B(true));
    b->block = test->blocks[0];
    insert(b, L(0));
    put(b, op, -1, 0, NULL, 0);
    b->block = loop->blocks[0];
    CoreOperand empty = new_local(b, b->fn->result);
    put(b, CORE_OP_ZERO, empty.local, 0, NULL, 0)->type = b->fn->result;
    SET(b, L(0), COPY, empty);
    b->block = b->fn->body;
}

Test(core_moves, used_behind_the_loop) {
    Builder b;
    open_map(&b);
    leave_loop(&b, CORE_OP_BREAK);
    DO(&b, RETURN, L(0));
    expect_shares(&b, 1);
}

Test(core_moves, used_in_the_next_round) {
    Builder b;
    CoreType *map = open_map(&b);
    leave_loop(&b, CORE_OP_CONTINUE);
    CoreOperand empty = new_local(&b, map);
    put(&b, CORE_OP_ZERO, empty.local, 0, NULL, 0)->type = map;
    DO(&b, RETURN, empty);
    expect_shares(&b, 1);
}

Test(core_moves, a_copy_to_look_at) {
    Builder b;
    CoreType *map = open_map(&b);
    has(&b, GET(&b, map, COPY, L(0)));
    DO(&b, RETURN, insert(&b, L(0)));
    expect_shares(&b, 0);
}

Test(core_moves, a_copy_that_is_looked_at_too_late) {
    Builder b;
    CoreType *map = open_map(&b);
    CoreOperand copy = GET(&b, map, COPY, L(0)), new = insert(&b, L(0));
    has(&b, copy);
    DO(&b, RETURN, new);
    expect_shares(&b, 1);
}

Test(core_moves, a_copy_of_a_copy_that_is_looked_at_too_late) {
    Builder b;
    CoreType *map = open_map(&b);
    CoreOperand copy = GET(&b, map, COPY, L(0)), again = GET(&b, map, COPY, copy), new = insert(&b, L(0));
    has(&b, again);
    DO(&b, RETURN, new);
    expect_shares(&b, 1);
}

// ---- states ----

// A task with one state of type Map[Int, Int], and a handler (Entry) -> (), to be filled in.
static CoreType *open_state(Builder *b) {
    builder_open(b, 1);
    CoreType *map = core_type_map(b->core, b->core->integer, b->core->integer);
    CoreField *field = ARENA_NEW(&b->arena, CoreField);
    *field = (CoreField){.name = "m", .type = map};
    CoreTask task = {.name = "T", .key = b->core->unit, .fields = field, .field_count = 1};
    task.init = begin_fn(b, "T.init", &b->core->entry, 1, b->core->unit);
    CoreOperand empty = new_local(b, map);
    put(b, CORE_OP_ZERO, empty.local, 0, NULL, 0)->type = map;
    DO(b, STATE_SET, L(0), empty);
    DO(b, RETURN, UNIT);
    vec_push(&b->arena, &b->core->tasks, task);
    vec_push(&b->arena, &b->core->workflows.items[0].tasks, 0);
    begin_fn(b, "T.handler", &b->core->entry, 1, b->core->unit);
    return map;
}

static CoreInst *get(Builder *b, CoreType *map) {
    GET(b, map, STATE_GET, L(0));
    return b->block->insts.items[b->block->insts.count - 1];
}

static void expect_ops(Builder *b, const CoreInst *first, CoreOp op, const CoreInst *second, CoreOp other) {
    DO(b, RETURN, UNIT);
    shares(b);
    cr_expect_eq(first->op, op);
    if (second) cr_expect_eq(second->op, other);
    builder_close(b);
}

Test(core_moves, a_state_that_is_looked_at) {
    Builder b;
    CoreType *map = open_state(&b);
    CoreInst *look = get(&b, map);
    has(&b, L(look->dst));
    expect_ops(&b, look, CORE_OP_STATE_LOOK, NULL, 0);
}

Test(core_moves, a_state_that_is_changed) {
    Builder b;
    CoreType *map = open_state(&b);
    CoreInst *take = get(&b, map), *look = get(&b, map);
    has(&b, L(look->dst));
    DO(&b, STATE_SET, L(0), insert(&b, L(take->dst)));
    expect_ops(&b, take, CORE_OP_STATE_TAKE, look, CORE_OP_STATE_LOOK);
}

Test(core_moves, a_look_that_lasts_beyond_the_change) {
    Builder b;
    CoreType *map = open_state(&b);
    CoreInst *old = get(&b, map), *take = get(&b, map);
    CoreOperand new = insert(&b, L(take->dst));
    has(&b, L(old->dst));
    DO(&b, STATE_SET, L(0), new);
    expect_ops(&b, old, CORE_OP_STATE_GET, take, CORE_OP_STATE_TAKE);
}

Test(core_moves, a_look_at_what_is_half_changed) {
    Builder b;
    CoreType *map = open_state(&b);
    CoreInst *first = get(&b, map);
    CoreOperand new = insert(&b, L(first->dst));
    CoreInst *second = get(&b, map);
    has(&b, L(second->dst));
    DO(&b, STATE_SET, L(0), new);
    expect_ops(&b, first, CORE_OP_STATE_GET, second, CORE_OP_STATE_LOOK);
}

Test(core_moves, a_change_that_may_not_come_about) {
    Builder b;
    CoreType *map = open_state(&b);
    CoreInst *first = get(&b, map);
    CoreOperand new = insert(&b, L(first->dst));
    CoreInst *test = FORK(&b, IF, 2, B(true));
    b.block = test->blocks[0];
    DO(&b, RETURN, UNIT);
    b.block = b.fn->body;
    DO(&b, STATE_SET, L(0), new);
    expect_ops(&b, first, CORE_OP_STATE_GET, NULL, 0);
}

Test(core_moves, a_change_while_a_helper_reads) {
    Builder b;
    CoreType *map = open_state(&b);
    CoreFn *handler = b.fn;
    CoreFn *helper = begin_fn(&b, "T.helper", &b.core->entry, 1, b.core->unit);
    has(&b, L(get(&b, map)->dst));
    DO(&b, RETURN, UNIT);
    b.fn = handler;
    b.block = handler->body;
    CoreInst *first = get(&b, map);
    CoreOperand new = insert(&b, L(first->dst));
    DO(&b, CALL, L(0))->fn = helper;
    DO(&b, STATE_SET, L(0), new);
    expect_ops(&b, first, CORE_OP_STATE_GET, NULL, 0);
}
