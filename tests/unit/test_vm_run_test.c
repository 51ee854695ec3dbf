// Tests of programs: each in a run of its own, whatever it does.
#include <criterion/criterion.h>
#include <string.h>

#include "vm/abi.h"
#include "vm/run_test.h"

static const PtDesc int_type = {.name = "Int", .kind = PT_INT, .size = 8, .align = 8};

// The constant is 1, and the param 7; what a test makes of them is not seen by the next one.
typedef struct Globals {
    int64_t constant, param;
} Globals;

static Globals *globals(PtContext *context) {
    return pt_globals(context);
}

static void setup(PtContext *context) {
    globals(context)->constant += 1;
}

static void make_param(PtContext *context) {
    globals(context)->param = 7;
}

static void good(PtContext *context) {
    cr_expect_eq(globals(context)->constant, 1);
    cr_expect_eq(globals(context)->param, 7);
    globals(context)->constant = globals(context)->param = 100;
}

static void bad(PtContext *context) {
    int64_t left = 1, right = 2;
    pt_assert_failed(context, "x == y", &int_type, &left, &right, 1);
}

static void worse(PtContext *context) {
    pt_assert_failed(context, "x", NULL, NULL, NULL, 1);
}

static void hungry(PtContext *context) {
    for (;;) pt_alloc(context, 1 << 20);
}

// Memory that must be there, so that the compiler makes no loop of it.
__attribute__((noinline)) static int go_down(PtContext *context, int left) {
    volatile char here[4096];
    here[left & 4095] = 1;
    pt_check_stack(context, 1);
    return left ? go_down(context, left - 1) + here[left & 4095] : 0;
}

static void deep(PtContext *context) {
    go_down(context, INT32_MAX);
}

static const PtPosition positions[] = {{"t.portals", 1, 2}, {"t.portals", 3, 4}};
static const PtTest tests[] = {{"good", good, 0}, {"bad", bad, 0}, {"worse", worse, 0}, {"hungry", hungry, 0}, {"deep", deep, 0}};
static const PtParam params[] = {
    {.name = "seven", .desc = &int_type, .offset = offsetof(Globals, param), .make_default = make_param}};
static const PtProgram program = {.abi = PT_ABI,
                                  .name = "t",
                                  .global_size = sizeof(Globals),
                                  .params = params,
                                  .param_count = 1,
                                  .setup = setup,
                                  .positions = positions,
                                  .position_count = 2,
                                  .tests = tests,
                                  .test_count = sizeof tests / sizeof *tests};

static void expect(Env *env, uint64_t number, const char *said) {
    Buf message = {0};
    cr_expect_eq(run_test(&program, env, number, &message), !*said, "%s", tests[number].name);
    cr_expect_str_eq(buf_text(&message), said);
    buf_free(&message);
}

Test(run_test, each_by_itself) {
    Env *env = env_real_new();
    for (int again = 0; again < 2; again++) {
        expect(env, 0, "");
        expect(env, 1, "error: assertion failed: `x == y`\n  --> t.portals:3:4\n   = left: 1\n   = right: 2\n");
        expect(env, 2, "error: assertion failed: `x`\n  --> t.portals:3:4\n");
        expect(env, 3, "error: the test needs more than 268435456 bytes of memory\n  --> t.portals:1:2\n");
        expect(env, 4, "error: the recursion is too deep: the stack is used up\n  --> t.portals:3:4\n");
    }
    env_real_free(env);
}
