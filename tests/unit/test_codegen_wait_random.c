// test_codegen_wait_random.c - random functions that wait, with loops, branches, calls and maps: what they compute is the same
// whether they wait or find everything there. For more of them: SEED=1000 COUNT=500 build/tests/unit/test_codegen_wait_random
#include "tests/unit/wait_builder.h"

enum { NUMBERS = 3, HELPERS = 3, MAX_DEPTH = 3, MAX_WAITS = 400 };

typedef struct Random {
    Waiting w;
    Builder *b;
    uint64_t state;
    CoreFn *helpers[HELPERS]; // each may call those before it
    int helper_count;
    CoreOperand numbers[NUMBERS], text, map; // of the function at hand
    int depth;
    int loops; // around the place at hand
} Random;

static int draw(Random *r, int below) {
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return (int)((r->state >> 33) % (uint64_t)below);
}

static CoreOperand a_number(Random *r) {
    return r->numbers[draw(r, NUMBERS)];
}

static CoreType *map_type(Random *r) {
    return core_type_map(r->b->core, r->b->core->integer, r->b->core->integer);
}

static void fill_block(Random *r, CoreBlock *block, int count);

// ---- statements ------------------------------------------------------------------------------------------------------------

static CoreOperand remainder_of(Random *r, CoreOperand number, int64_t divisor) {
    CoreOperand rest = GET(r->b, r->b->core->integer, INT_REM, number, I(divisor));
    return rest;
}

static void put_sum(Random *r) {
    CoreOperand product = GET(r->b, r->b->core->integer, INT_MUL_WRAP, a_number(r), I(draw(r, 9) - 4));
    SET(r->b, a_number(r), INT_ADD_WRAP, a_number(r), product);
}

// Waits, unless that was often enough.
static void put_wait(Random *r) {
    Builder *b = r->b;
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, LT, get_state(b, WAITS), I(MAX_WAITS)));
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    SET(b, a_number(r), INT_ADD_WRAP, a_number(r), wait_here(&r->w));
    b->block = outer;
}

static CoreOperand put_test(Random *r) {
    return GET(r->b, r->b->core->boolean, EQ, remainder_of(r, a_number(r), 2 + draw(r, 2)), I(0));
}

static void put_branches(Random *r) {
    CoreInst *test = FORK(r->b, IF, 2, put_test(r));
    for (int i = 0; i < 2; i++) fill_block(r, test->blocks[i], draw(r, 4));
}

static void put_loop(Random *r) {
    Builder *b = r->b;
    r->loops++;
    CoreOperand dst = new_local(b, b->core->integer);
    CoreInst *loop;
    if (draw(r, 2)) {
        loop = put(b, CORE_OP_FOR_RANGE, dst.local, 2, (CoreOperand[]){I(0), I(1 + draw(r, 3))}, 1);
    } else {
        CoreType *list = core_type_list(b->core, b->core->integer);
        CoreOperand items = MAKE(b, list, LIST_NEW, 0, a_number(r), a_number(r), a_number(r));
        loop = put(b, CORE_OP_FOR_LIST, dst.local, 1, &items, 1);
    }
    CoreBlock *outer = b->block;
    b->block = loop->blocks[0];
    SET(b, a_number(r), INT_ADD_WRAP, a_number(r), dst);
    b->block = outer;
    fill_block(r, loop->blocks[0], 1 + draw(r, 4));
    r->loops--;
}

static void put_leave(Random *r) {
    if (!r->loops) return;
    CoreInst *test = FORK(r->b, IF, 2, put_test(r));
    CoreBlock *outer = r->b->block;
    r->b->block = test->blocks[0];
    put(r->b, draw(r, 2) ? CORE_OP_BREAK : CORE_OP_CONTINUE, -1, 0, NULL, 0);
    r->b->block = outer;
}

static void put_call(Random *r) {
    if (!r->helper_count) return;
    CoreOperand result = call(&r->w, r->helpers[draw(r, r->helper_count)], remainder_of(r, a_number(r), 4));
    SET(r->b, a_number(r), COPY, result);
}

static void put_text(Random *r) {
    CoreOperand shown = GET(r->b, r->b->core->string, SHOW, remainder_of(r, a_number(r), 100));
    SET(r->b, r->text, CONCAT, shown, S("."), r->text);
}

static void insert(Random *r, CoreOperand to, CoreOperand map, CoreOperand key, CoreOperand value) {
    static const bool generic[] = {false, true, true, false};
    CoreInst *inst = SET(r->b, to, CALL_BUILTIN, map, key, value);
    inst->text = "pt_map_insert";
    inst->generic = generic;
    inst->type_count = 2;
    inst->types = ARENA_ARRAY(&r->b->arena, CoreType *, 2);
    inst->types[0] = inst->types[1] = r->b->core->integer;
}

// Of a copy, which may be edited while the other one is not, or the other way round.
static void put_map(Random *r) {
    Builder *b = r->b;
    CoreOperand key = remainder_of(r, a_number(r), 7), copy = GET(b, map_type(r), COPY, r->map);
    bool edits_copy = draw(r, 3) == 0;
    insert(r, edits_copy ? copy : r->map, edits_copy ? copy : r->map, key, a_number(r));
    if (draw(r, 2)) put_wait(r);
    CoreOperand looked_at = draw(r, 2) ? copy : r->map;
    CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, MAP_HAS, looked_at, key));
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    SET(b, a_number(r), INT_ADD_WRAP, a_number(r), GET(b, b->core->integer, MAP_AT, looked_at, key));
    b->block = outer;
}

static void put_statement(Random *r) {
    bool deep = r->depth >= MAX_DEPTH;
    switch (draw(r, 10)) {
    case 0: put_sum(r); break;
    case 1:
    case 2: put_wait(r); break;
    case 3:
    case 4:
        if (!deep) put_branches(r);
        break;
    case 5:
        if (!deep && r->loops < 2) put_loop(r);
        break;
    case 6:
        if (r->loops < 2) put_call(r);
        break;
    case 7: put_text(r); break;
    case 8: put_map(r); break;
    default: put_leave(r); break;
    }
}

static void fill_block(Random *r, CoreBlock *block, int count) {
    CoreBlock *outer = r->b->block;
    r->b->block = block;
    r->depth++;
    for (int i = 0; i < count; i++) put_statement(r);
    r->depth--;
    r->b->block = outer;
}

// ---- functions -------------------------------------------------------------------------------------------------------------

static void fill_fn(Random *r, int count) {
    Builder *b = r->b;
    for (int i = 0; i < NUMBERS; i++) r->numbers[i] = GET(b, b->core->integer, INT_ADD_WRAP, L(1), I(i));
    r->text = GET(b, b->core->string, COPY, S(""));
    CoreInst *none = put(b, CORE_OP_ZERO, -1, 0, NULL, 0);
    r->map = with_type(b, map_type(r), 0, none);
    fill_block(r, b->block, count);
}

// Some end with a call, of themselves or others.
static void fill_helper(Random *r, int number) {
    static const char *const names[] = {"Work.a", "Work.b", "Work.c"};
    Builder *b = r->b;
    CoreFn *fn = begin_task_fn(&r->w, names[number], b->core->integer, b->core->integer);
    fill_fn(r, 4);
    int end = draw(r, 3);
    if (end && (end == 1 || r->helper_count)) {
        CoreInst *test = FORK(b, IF, 2, GET(b, b->core->boolean, GT, L(1), I(0)));
        b->block = test->blocks[0];
        CoreFn *next = end == 1 ? fn : r->helpers[draw(r, r->helper_count)];
        CoreOperand below = GET(b, b->core->integer, INT_SUB, L(1), I(1));
        DO(b, RETURN, call(&r->w, next, below));
        b->block = fn->body;
    }
    DO(b, RETURN, GET(b, b->core->integer, INT_ADD_WRAP, r->numbers[0], r->numbers[1]));
    r->helpers[r->helper_count++] = fn;
}

static void make_program(Random *r, uint64_t seed, bool ready) {
    *r = (Random){.w = {.ready = ready}, .state = seed * 2654435761u + 1};
    r->b = &r->w.b;
    open_waiting(&r->w, 2 * MAX_WAITS);
    for (int i = 0; i < HELPERS; i++) fill_helper(r, i);
    r->b->fn = r->w.handler;
    r->b->block = r->w.handler->body;
    fill_fn(r, 12);
    for (int i = 0; i < NUMBERS; i++) print(r->b, r->numbers[i]);
    print(r->b, r->text);
    print(r->b, r->map);
    print(r->b, get_state(r->b, WAITS));
    DO(r->b, RETURN, UNIT);
    end_fn(r->b);
    DO(r->b, RETURN, UNIT);
    cr_assert(core_moves(r->b->core));
    finish(r->b);
}

static void run_program(uint64_t seed, bool ready, Optimise optimise, Outcome *outcome) {
    Random r;
    make_program(&r, seed, ready);
    run(r.b, optimise, outcome);
    builder_close(r.b);
    cr_assert_eq(outcome->status, 0, "seed %lu: status %d: %s", seed, outcome->status, outcome->err);
}

static uint64_t number_of(const char *variable, uint64_t otherwise) {
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

Test(codegen_wait_random, waiting_makes_no_difference) {
    uint64_t first = number_of("SEED", 1), count = number_of("COUNT", 5);
    for (uint64_t seed = first; seed < first + count; seed++) {
        static Outcome ready, waited;
        run_program(seed, true, OPTIMISE_NOT, &ready);
        for (int i = 0; i < 2; i++) {
            run_program(seed, false, i ? OPTIMISE_FULLY : OPTIMISE_NOT, &waited);
            cr_assert_str_eq(waited.out, ready.out, "seed %lu, O%d", seed, i);
        }
    }
}
