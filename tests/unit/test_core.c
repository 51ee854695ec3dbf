// test_core.c - making, laying out, analysing and printing core programs.
#include <criterion/criterion.h>

#include "tests/unit/core_builder.h"

Test(core, types_are_shared_by_structure) {
    Builder b;
    builder_open(&b, 1);
    CoreProgram *core = b.core;
    CoreType *pair = tuple(&b, core->integer, core->string);
    cr_expect_eq(pair, tuple(&b, core->integer, core->string));
    cr_expect_neq(pair, tuple(&b, core->string, core->integer));
    cr_expect_str_eq(pair->name, "(Int, String)");
    cr_expect_str_eq(core_type_list(core, pair)->name, "List[(Int, String)]");
    cr_expect_eq(core_type_list(core, pair), core_type_list(core, pair));
    cr_expect_str_eq(core_type_tuple(core, &pair, 1)->name, "((Int, String),)");
    cr_expect_eq(core_type_tuple(core, NULL, 0), core->unit);
    CoreType *fn = core_type_fn(core, &core->integer, 1, core->boolean);
    cr_expect_str_eq(fn->name, "Int -> Bool");
    cr_expect_str_eq(core_type_fn(core, &fn, 1, fn)->name, "(Int -> Bool) -> Int -> Bool");
    cr_expect_str_eq(core_type_fn(core, &pair, 1, core->unit)->name, "((Int, String)) -> ()");
    cr_expect_str_eq(core_type_fn(core, NULL, 0, core->unit)->name, "() -> ()");
    bool made;
    CoreType *user = core_type_named(core, CORE_STRUCT, "Int", &made);
    cr_expect(made);
    cr_expect_neq(core_type_list(core, user), core_type_list(core, core->integer), "a record called Int is no Int");
    cr_expect_eq(core_type_named(core, CORE_STRUCT, "Int", &made), user);
    cr_expect_not(made);
    builder_close(&b);
}

Test(core, blocks_end) {
    Builder b;
    builder_open(&b, 1);
    CoreBlock *outer = b.block;
    cr_expect_not(core_block_ends(outer));
    CoreInst *test = FORK(&b, IF, 2, B(true));
    b.block = test->blocks[0];
    DO(&b, RETURN, UNIT);
    cr_expect_not(core_block_ends(outer), "one branch goes on");
    b.block = test->blocks[1];
    put(&b, CORE_OP_UNREACHABLE, -1, 0, NULL, 0);
    cr_expect(core_block_ends(outer));
    b.block = outer;
    CoreInst *loop = put(&b, CORE_OP_LOOP, -1, 0, NULL, 1);
    cr_expect(core_block_ends(outer), "a loop without a break");
    b.block = loop->blocks[0];
    CoreInst *inner = FORK(&b, IF, 2, B(true));
    b.block = inner->blocks[0];
    CoreInst *nested = put(&b, CORE_OP_LOOP, -1, 0, NULL, 1);
    b.block = nested->blocks[0];
    put(&b, CORE_OP_BREAK, -1, 0, NULL, 0);
    cr_expect(core_block_ends(outer), "a break of an inner loop");
    b.block = inner->blocks[0];
    put(&b, CORE_OP_BREAK, -1, 0, NULL, 0);
    cr_expect_not(core_block_ends(outer));
    builder_close(&b);
}

static void expect_layout(const CoreType *type, uint32_t size, uint32_t align, bool has_pointers) {
    cr_expect(type->laid_out, "%s", type->name);
    cr_expect_eq(type->size, size, "%s: size %u", type->name, type->size);
    cr_expect_eq(type->align, align, "%s: align %u", type->name, type->align);
    cr_expect_eq(type->has_pointers, has_pointers, "%s", type->name);
}

Test(core, layout_is_that_of_value_h) {
    Builder b;
    builder_open(&b, 1);
    CoreProgram *core = b.core;
    CoreType *small = tuple(&b, core->boolean, core->integer), *bits = tuple(&b, core->boolean, core->boolean);
    CoreType *nested = tuple(&b, core->boolean, bits), *text = tuple(&b, core->string, core->boolean);
    CoreType *maybe = option(&b, "Option[Bool]", core->boolean), *list = chain(&b);
    CoreType *nothing = tuple(&b, core->unit, core->unit);
    core_layout(core);
    expect_layout(core->unit, 0, 1, false);
    expect_layout(core->boolean, 1, 1, false);
    expect_layout(core->string, 16, 8, true);
    expect_layout(small, 16, 8, false);
    expect_layout(bits, 2, 1, false);
    expect_layout(nested, 3, 1, false);
    expect_layout(text, 24, 8, true);
    expect_layout(maybe, 16, 8, false);
    expect_layout(list, 24, 8, true);
    expect_layout(nothing, 0, 1, false);
    cr_expect_eq(small->variants[0].fields[1].offset, 8);
    cr_expect_eq(maybe->variants[1].fields[0].offset, 8);
    cr_expect_eq(list->variants[1].fields[1].offset, 16);
    builder_close(&b);
}

Test(core, layout_of_tasks_and_globals) {
    Builder b;
    builder_open(&b, 1);
    CoreField fields[] = {{.name = "on", .type = b.core->boolean}, {.name = "n", .type = b.core->integer}};
    CoreTask task = {.name = "Count", .key = b.core->boolean, .fields = fields, .field_count = 2};
    vec_push(&b.arena, &b.core->tasks, task);
    vec_push(&b.arena, &b.core->globals, ((CoreGlobal){.name = "a", .type = b.core->boolean}));
    vec_push(&b.arena, &b.core->globals, ((CoreGlobal){.name = "b", .type = b.core->string}));
    core_layout(b.core);
    cr_expect_eq(fields[0].offset, 1);
    cr_expect_eq(fields[1].offset, 8);
    cr_expect_eq(b.core->tasks.items[0].entry_size, 16);
    cr_expect_eq(b.core->globals.items[1].offset, 8);
    cr_expect_eq(b.core->global_size, 24);
    builder_close(&b);
}

// A pair of pairs of pairs ... would double in size with every level.
Test(core, large_fields_are_boxed) {
    Builder b;
    builder_open(&b, 1);
    CoreType *type = b.core->integer;
    for (int i = 0; i < 5000; i++) type = tuple(&b, type, type);
    core_layout(b.core);
    cr_expect_leq(type->size, 512);
    cr_expect(type->has_pointers);
    builder_close(&b);
}

// Puts a call of `fn` without arguments.
static void call(Builder *b, CoreFn *fn) {
    put(b, CORE_OP_CALL, -1, 0, NULL, 0)->fn = fn;
}

Test(core, analysis_follows_calls) {
    Builder b;
    builder_open(&b, 1);
    CoreFn *even = begin_fn(&b, "t.even", NULL, 0, b.core->unit), *odd = begin_fn(&b, "t.odd", NULL, 0, b.core->unit);
    CoreFn *leaf = begin_fn(&b, "t.leaf", NULL, 0, b.core->unit), *calm = begin_fn(&b, "t.calm", NULL, 0, b.core->unit);
    b.block = even->body;
    call(&b, odd);
    b.block = odd->body;
    call(&b, even);
    call(&b, leaf);
    b.block = leaf->body;
    DO(&b, EMIT, I(1));
    end_fn(&b);
    call(&b, even);
    core_analyse(b.core);
    cr_expect(even->recursive && odd->recursive);
    cr_expect(even->emits && odd->emits && leaf->emits && b.stage->emits);
    cr_expect(even->can_fail && b.stage->can_fail, "the stack has an end");
    cr_expect_not(leaf->can_fail || leaf->recursive || calm->can_fail || calm->emits || b.stage->recursive);
    builder_close(&b);
}

Test(core, analysis_follows_closures) {
    Builder b;
    builder_open(&b, 1);
    CoreType *type = core_type_fn(b.core, &b.core->integer, 1, b.core->integer);
    CoreType *other = core_type_fn(b.core, &b.core->integer, 1, b.core->unit);
    CoreFn *code = begin_fn(&b, "t.code", &b.core->integer, 1, b.core->integer);
    CoreOperand self = MAKE(&b, type, CLOSURE_NEW, 0, UNIT);
    CoreInst *make = b.block->insts.items[0];
    make->fn = code;
    make->arg_count = 0;
    CoreOperand result = GET(&b, b.core->integer, CALL_CLOSURE, self, L(0));
    DO(&b, RETURN, result);
    CoreFn *unrelated = begin_fn(&b, "t.unrelated", &other, 1, b.core->unit);
    DO(&b, CALL_CLOSURE, L(0), I(1));
    DO(&b, RETURN, UNIT);
    core_analyse(b.core);
    cr_expect(code->recursive);
    cr_expect_not(unrelated->recursive);
    builder_close(&b);
}

// As long a chain of calls as one likes.
Test(core, analysis_needs_no_stack) {
    Builder b;
    builder_open(&b, 1);
    CoreFn *callee = begin_fn(&b, "t.0", NULL, 0, b.core->unit), *first = callee;
    DO(&b, INT_ADD, I(1), I(2));
    for (int i = 1; i < 200000; i++) {
        CoreFn *caller = begin_fn(&b, "t.n", NULL, 0, b.core->unit);
        call(&b, callee);
        callee = caller;
    }
    core_analyse(b.core);
    cr_expect(callee->can_fail && first->can_fail);
    cr_expect_not(callee->recursive);
    builder_close(&b);
}

Test(core, dump) {
    Builder b;
    builder_open(&b, 1);
    CoreType *pair = tuple(&b, b.core->integer, b.core->string);
    CoreOperand made = MAKE(&b, pair, STRUCT_NEW, 0, L(0), S("a\n\"b\""));
    CoreOperand number = GET(&b, b.core->integer, STRUCT_GET, made);
    CoreOperand big = GET(&b, b.core->boolean, GT, number, I(3));
    CoreInst *test = FORK(&b, IF, 2, big);
    CoreBlock *outer = b.block;
    b.block = test->blocks[0];
    GET(&b, b.core->floating, COPY, F(1));
    b.block = outer;
    DO(&b, RETURN, UNIT);
    Buf out = {0};
    core_dump(b.core, &out);
    const char *stage = strstr(buf_text(&out), "fn main.stage");
    cr_assert_str_eq(stage, "fn main.stage(%0: Int) -> ()\n"
                            "  %1: (Int, String) = struct (Int, String) %0, \"a\\n\\\"b\\\"\"\n"
                            "  %2: Int = field .0 %1\n"
                            "  %3: Bool = gt %2, 3\n"
                            "  if %3 {\n"
                            "    %4: Float = copy 1.0\n"
                            "  }\n"
                            "  return ()\n");
    buf_free(&out);
    builder_close(&b);
}
