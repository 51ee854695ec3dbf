// test_codegen_program.c - what compiled code and the VM do together: state, events, constants, files; and how good the code is.
#include "tests/unit/codegen_run.h"

// ---- state
// -------------------------------------------------------------------------------------------------------------------------

// task Count key K state(n: Int = 0, last: String = "-"); each event counts under `key` and remembers `text`; on end, key, count
// and text are printed.
static void counting_task(Builder *b, CoreOperand key, CoreOperand text) {
    CoreProgram *core = b->core;
    CoreField *fields = ARENA_ARRAY(&b->arena, CoreField, 2);
    fields[0] = (CoreField){.name = "n", .type = core->integer};
    fields[1] = (CoreField){.name = "last", .type = core->string};
    CoreTask task = {.name = "Count", .key = core_operand_type(core, b->fn, key), .fields = fields, .field_count = 2};
    CoreFn *stage = b->fn;
    CoreBlock *block = b->block;

    task.init = begin_fn(b, "Count.init", &core->entry, 1, core->unit);
    DO(b, STATE_SET, L(0), I(0));
    DO(b, STATE_SET, L(0), S("-"))->variant = 1;
    DO(b, RETURN, UNIT);

    task.on_end = begin_fn(b, "Count.on_end", &core->entry, 1, core->unit);
    CoreOperand of = GET(b, task.key, STATE_KEY, L(0)), n = GET(b, core->integer, STATE_GET, L(0)),
                last = new_local(b, core->string);
    SET(b, last, STATE_GET, L(0))->variant = 1;
    CoreOperand parts[] = {GET(b, core->string, SHOW, of), GET(b, core->string, SHOW, n)};
    print(b, GET(b, core->string, CONCAT, parts[0], S(" "), parts[1], S(" "), last));
    DO(b, RETURN, UNIT);

    b->fn = stage;
    b->block = block;
    vec_push(&b->arena, &core->tasks, task);
    vec_push(&b->arena, &core->workflows.items[0].tasks, 0);
    CoreOperand entry = GET(b, core->entry, STATE_FIND, key), count = GET(b, core->integer, STATE_GET, entry);
    SET(b, count, INT_ADD, count, I(1));
    DO(b, STATE_SET, entry, count);
    DO(b, STATE_SET, entry, text)->variant = 1;
}

static CoreOperand remainder_of_event(Builder *b, int64_t divisor) {
    return GET(b, b->core->integer, INT_REM, L(0), I(divisor));
}

Test(codegen_program, state_by_int) {
    Builder b;
    builder_open(&b, 10000);
    CoreOperand key = remainder_of_event(&b, 3);
    counting_task(&b, key, GET(&b, b.core->string, SHOW, L(0)));
    expect_output(&b, "0 3334 9999\n1 3333 9997\n2 3333 9998\n");
}

Test(codegen_program, state_by_string) {
    Builder b;
    builder_open(&b, 5);
    CoreOperand shown = GET(&b, b.core->string, SHOW, remainder_of_event(&b, 2));
    counting_task(&b, GET(&b, b.core->string, CONCAT, S("key "), shown), GET(&b, b.core->string, CONCAT, S("<"), shown, S(">")));
    expect_output(&b, "key 0 3 <0>\nkey 1 2 <1>\n");
}

Test(codegen_program, state_by_tuple) {
    Builder b;
    builder_open(&b, 5);
    CoreType *pair = tuple(&b, b.core->boolean, b.core->string);
    CoreOperand small = GET(&b, b.core->boolean, LT, L(0), I(3));
    counting_task(&b, MAKE(&b, pair, STRUCT_NEW, 0, small, S("k")), S("x"));
    expect_output(&b, "(false, \"k\") 2 x\n(true, \"k\") 3 x\n");
}

Test(codegen_program, state_without_key) {
    Builder b;
    builder_open(&b, 5);
    counting_task(&b, UNIT, S("x"));
    expect_output(&b, "() 5 x\n");
}

// ---- globals and settings
// ------------------------------------------------------------------------------------------------------------

Test(codegen_program, globals) {
    Builder b;
    builder_open(&b, 1);
    CoreType *types[] = {b.core->boolean, b.core->string, b.core->integer};
    CoreOperand values[] = {B(true), S("global"), I(-1)};
    b.fn = b.core->setup;
    b.block = b.fn->body;
    b.block->insts.count--; // the return
    for (int i = 0; i < 3; i++) {
        vec_push(&b.arena, &b.core->globals, ((CoreGlobal){.name = "g", .type = types[i]}));
        DO(&b, GLOBAL_SET, values[i])->index = i;
    }
    DO(&b, RETURN, UNIT);
    end_fn(&b);
    for (int i = 0; i < 3; i++) {
        CoreInst *get = put(&b, CORE_OP_GLOBAL_GET, -1, 0, NULL, 0);
        get->index = i;
        print(&b, with_result(&b, types[i], get));
    }
    expect_output(&b, "true\nglobal\n-1\n");
}

// ---- events
// --------------------------------------------------------------------------------------------------------------------------

// A second workflow that prints the events of the first one's stream.
static void print_stream(Builder *b, CoreType *event) {
    vec_push(&b->arena, &b->core->workflows.items[0].channels, ((CoreChannel){.event = event, .stream = 1}));
    CoreFn *stage = begin_fn(b, "print.stage", &event, 1, b->core->unit);
    print(b, L(0));
    DO(b, RETURN, UNIT);
    end_fn(b);
    CoreWorkflow workflow = {.name = "print", .span = SOMEWHERE};
    vec_push(&b->arena, &b->core->workflows, workflow);
    vec_push(&b->arena, &b->core->workflows.items[1].inputs, ((CoreInput){.stream = 1, .stage = stage}));
}

static void expect_events(CoreType *(*make)(Builder *, CoreOperand *), const char *out) {
    Builder b;
    builder_open(&b, 2);
    CoreOperand event;
    CoreType *type = make(&b, &event);
    DO(&b, EMIT, event);
    print_stream(&b, type);
    expect_output(&b, out);
}

static CoreType *make_unit(Builder *b, CoreOperand *event) {
    *event = UNIT;
    return b->core->unit;
}

static CoreType *make_bool(Builder *b, CoreOperand *event) {
    *event = GET(b, b->core->boolean, EQ, L(0), I(0));
    return b->core->boolean;
}

static CoreType *make_tuple(Builder *b, CoreOperand *event) {
    CoreOperand flag, text = GET(b, b->core->string, SHOW, L(0));
    CoreType *pair = tuple(b, make_bool(b, &flag), b->core->string);
    *event = MAKE(b, pair, STRUCT_NEW, 0, flag, text);
    return pair;
}

static CoreType *make_option(Builder *b, CoreOperand *event) {
    CoreType *maybe = option(b, "Option[Int]", b->core->integer);
    *event = MAKE(b, maybe, ENUM_NEW, 1, L(0));
    return maybe;
}

Test(codegen_program, events_of_all_sizes) {
    expect_events(make_unit, "()\n()\n");
    expect_events(make_bool, "true\nfalse\n");
    expect_events(make_tuple, "(true, \"0\")\n(false, \"1\")\n");
    expect_events(make_option, "Some(0)\nSome(1)\n");
}

// More events than a buffer has room for at first, from one event each.
Test(codegen_program, many_events) {
    Builder b;
    builder_open(&b, 3);
    CoreOperand i = new_local(&b, b.core->integer);
    CoreBlock *outer = b.block;
    CoreInst *loop = put(&b, CORE_OP_FOR_RANGE, i.local, OPERANDS(I(0), I(100000)), 1);
    b.block = loop->blocks[0];
    DO(&b, EMIT, i);
    b.block = outer;
    CoreType *event = b.core->integer;
    vec_push(&b.arena, &b.core->workflows.items[0].channels, ((CoreChannel){.event = event, .stream = 1}));
    CoreFn *stage = begin_fn(&b, "sum.stage", &event, 1, b.core->unit);
    counting_task(&b, UNIT, GET(&b, b.core->string, SHOW, L(0)));
    DO(&b, RETURN, UNIT);
    b.core->workflows.items[0].tasks.count = 0;
    b.core->tasks.items[0].workflow = 1;
    CoreWorkflow workflow = {.name = "sum", .span = SOMEWHERE};
    vec_push(&b.arena, &workflow.inputs, ((CoreInput){.stream = 1, .stage = stage}));
    vec_push(&b.arena, &workflow.tasks, 0);
    vec_push(&b.arena, &b.core->workflows, workflow);
    expect_output(&b, "() 300000 99999\n");
}

// ---- the code
// ------------------------------------------------------------------------------------------------------------------------

// numbers |> filter(n => n % 3 == 0), into a channel that leads nowhere.
static void filter(Builder *b) {
    builder_open(b, 100);
    vec_push(&b->arena, &b->core->workflows.items[0].channels, ((CoreChannel){.event = b->core->integer, .stream = -1}));
    CoreFn *keep = begin_fn(b, "main.keep", &b->core->integer, 1, b->core->boolean);
    CoreOperand rest = GET(b, b->core->integer, INT_REM, L(0), I(3));
    DO(b, RETURN, GET(b, b->core->boolean, EQ, rest, I(0)));
    end_fn(b);
    CoreInst *call = DO(b, CALL, L(0));
    call->fn = keep;
    CoreInst *test = FORK(b, IF, 2, with_result(b, b->core->boolean, call));
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    DO(b, EMIT, L(0));
    b->block = outer;
    finish(b);
}

// The text of the driver of the first workflow.
static char *driver(Codegen *codegen, Buf *text) {
    codegen_dump(codegen, text);
    char *start = strstr(buf_text(text), "@main.stage.run(ptr %0,");
    cr_assert(start, "%s", buf_text(text));
    char *end = strstr(start, "\n}");
    *end = '\0';
    return start;
}

// The text of the loop over a block of events.
static char *event_loop(char *code) {
    char *loop = strstr(code, "\nbatch:");
    if (!loop) return NULL;
    char *end = strstr(loop, "\n\n");
    if (end) *end = '\0';
    return loop;
}

Test(codegen_program, a_chain_is_one_block_in_registers) {
    Builder b;
    filter(&b);
    Codegen *codegen = compile(&b, OPTIMISE_FULLY, false);
    Buf text = {0};
    char *code = driver(codegen, &text);
    cr_expect_null(strstr(code, "alloca"), "%s", code);
    cr_expect_null(strstr(code, "@pt_channels"), "the VM is inlined: %s", code);
    char *loop = event_loop(code);
    cr_assert(loop, "%s", code);
    cr_expect_null(strstr(loop, "= load"), "no loads: %s", loop);
    cr_expect_null(strstr(loop, "call "), "no calls: %s", loop);
    char *jump = strstr(loop, "br i1");
    cr_expect(jump && !strstr(jump + 1, "br "), "no branch but that of the loop: %s", loop);
    buf_free(&text);
    codegen_free(codegen);
    builder_close(&b);
}

Test(codegen_program, assembly) {
    Builder b;
    filter(&b);
    Codegen *codegen = compile(&b, OPTIMISE_FULLY, true);
    Buf text = {0};
    cr_expect(codegen_assembly(codegen, &text));
    cr_expect(strstr(buf_text(&text), "main.stage.run:"));
    buf_free(&text);
    codegen_free(codegen);
    builder_close(&b);
}

// ---- files
// ---------------------------------------------------------------------------------------------------------------------------

static void read_command(const char *command, char *out, size_t capacity) {
    FILE *pipe = popen(command, "r");
    cr_assert(pipe);
    out[fread(out, 1, capacity - 1, pipe)] = '\0';
    cr_expect_eq(pclose(pipe), 0, "%s: %s", command, out);
}

Test(codegen_program, executables) {
    Builder b;
    builder_open(&b, 3);
    print(&b, L(0));
    finish(&b);
    Codegen *codegen = compile(&b, OPTIMISE_FULLY, true);
    char path[] = "/tmp/portals-test-XXXXXX", command[80], out[256], *error = NULL;
    cr_assert(mkdtemp(path));
    snprintf(command, sizeof command, "%s/program", path);
    cr_assert(link_program(codegen, LINK_EXECUTABLE, command, &error), "%s", error);
    read_command(command, out, sizeof out);
    cr_expect_str_eq(out, "0\n1\n2\n");
    unlink(command);
    rmdir(path);
    codegen_free(codegen);
    builder_close(&b);
}

Test(codegen_program, objects_export_two_names) {
    Builder b;
    filter(&b);
    Codegen *codegen = compile(&b, OPTIMISE_FULLY, true);
    char path[] = "/tmp/portals-test-XXXXXX", command[160], out[1024], *error = NULL;
    int file = mkstemp(path);
    cr_assert(file >= 0);
    close(file);
    cr_assert(link_object(codegen, path, &error), "%s", error);
    snprintf(command, sizeof command, "nm -g --defined-only -j %s", path);
    read_command(command, out, sizeof out);
    cr_expect_str_eq(out, "main\npt_program\n");
    unlink(path);
    codegen_free(codegen);
    builder_close(&b);
}

Test(codegen_program, errors_of_linking) {
    Builder b;
    filter(&b);
    char *error = NULL;
    Codegen *codegen = compile(&b, OPTIMISE_FULLY, true);
    cr_expect_not(link_object(codegen, "/nowhere/at/all.o", &error));
    cr_expect(error && strstr(error, "/nowhere/at/all.o"), "%s", error);
    free(error);
    cr_expect_not(link_executable("/tmp/none.o", "/nowhere/program", &error));
    cr_expect_str_eq(error, "cannot write `/nowhere/program`: No such file or directory");
    free(error);
    setenv("CC", "/no/such/compiler -O2", 1);
    cr_expect_not(link_executable("/tmp/none.o", "/tmp/portals-test-none", &error));
    cr_expect_str_eq(error, "cannot run the linker `/no/such/compiler`: No such file or directory");
    free(error);
    codegen_free(codegen);
    builder_close(&b);
}

Test(codegen_program, missing_functions_have_a_name) {
    Builder b;
    builder_open(&b, 1);
    DO(&b, CALL_BUILTIN, L(0))->text = "pt_no_such_function";
    finish(&b);
    char *error = NULL;
    Codegen *codegen = compile(&b, OPTIMISE_FULLY, false);
    cr_expect_null(jit_new(codegen, &error));
    cr_expect(error && strstr(error, "pt_no_such_function"), "%s", error);
    codegen_free(codegen);
    builder_close(&b);
}

Test(codegen_program, processors_have_known_names) {
    Builder b;
    filter(&b);
    char *error = NULL;
    cr_expect_null(codegen_new(b.core, &(CodegenOptions){.cpu = "abacus", .optimise = OPTIMISE_FULLY}, &error));
    cr_expect_str_eq(error, "LLVM knows no processor of this name: abacus");
    Codegen *codegen = codegen_new(b.core, &(CodegenOptions){.cpu = NULL, .optimise = OPTIMISE_TO_START}, &error);
    cr_expect(codegen);
    codegen_free(codegen);
    builder_close(&b);
}

// A function that calls itself and holds on to more than the stack check leaves room for.
Test(codegen_program, frames_of_recursive_functions_are_bounded) {
    enum { COUNT = 9000 };
    Builder b;
    builder_open(&b, 1);
    CoreType *list = core_type_list(b.core, b.core->string);
    CoreFn *fn = begin_fn(&b, "t.wide", &b.core->integer, 1, b.core->string);
    CoreInst *test = FORK(&b, IF, 2, GET(&b, b.core->boolean, EQ, L(0), I(0)));
    CoreBlock *outer = b.block;
    b.block = test->blocks[0];
    DO(&b, RETURN, S(""));
    b.block = outer;
    CoreOperand *texts = ARENA_ARRAY(&b.arena, CoreOperand, COUNT);
    for (int i = 0; i < COUNT; i++) {
        CoreInst *call = DO(&b, CALL, L(0));
        call->fn = fn;
        texts[i] = with_result(&b, b.core->string, call);
    }
    CoreOperand all = with_type(&b, list, 0, put(&b, CORE_OP_LIST_NEW, -1, COUNT, texts, 0));
    DO(&b, RETURN, GET(&b, b.core->string, SHOW, all));
    end_fn(&b);
    CoreInst *call = DO(&b, CALL, L(0));
    call->fn = fn;
    finish(&b);
    char *error = NULL;
    Codegen *codegen = compile(&b, OPTIMISE_NOT, false);
    cr_expect_null(jit_new(codegen, &error));
    cr_expect(error && strstr(error, "stack frame size"), "%s", error);
    codegen_free(codegen);
    builder_close(&b);
}
