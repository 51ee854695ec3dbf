#include "compiler/lower_internal.h"

#include <string.h>

// Each branch of `steps` has a stage in front of it that passes on only the events of its atoms. Of a round of all steps, whose
// length is their sum, it has those from where it begins up to where the next one begins. What `loop` says is known only when
// the program starts; where there is none, everything is constant.

static bool is_constant(const Steps *steps) {
    for (int i = 0; i < steps->count; i++)
        if (steps->times[i]) return false;
    return true;
}

static CoreOperand arithmetic(Builder *b, CoreOp op, CoreOperand left, CoreOperand right, Span span) {
    return builder_binary(b, op, b->lower->core->integer, left, right, span);
}

// From here on what is lowered is done only if `left op right`. Returns where to go on behind that.
static CoreBlock *enter_if(Builder *b, CoreOp op, CoreOperand left, CoreOperand right, Span span) {
    CoreOperand condition = builder_binary(b, op, b->lower->core->boolean, left, right, span);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
    test->args[0] = condition;
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    return outer;
}

// ---- before the first atom ---------------------------------------------------------------------------------------------

static void fail_if(Builder *b, CoreOp op, CoreOperand left, CoreOperand right, const char *message, Span span) {
    CoreBlock *outer = enter_if(b, op, left, right, span);
    builder_inst(b, CORE_OP_FAIL, -1, 1, 0, span)->args[0] = operand_string(message, strlen(message));
    b->block = outer;
}

static CoreOperand times_of(Lower *lower, const Steps *steps, int i) {
    Ast *times = steps->times[i];
    if (!times) return operand_int(1);
    CoreOperand value = lower_static(lower, steps->within, times);
    fail_if(lower->setup, CORE_OP_LT, value, operand_int(0), "`loop` cannot take less than 0 atoms", times->span);
    return value;
}

static int set_bound(Lower *lower, const Steps *steps, CoreOperand value) {
    int global = lower_global(lower, arena_printf(lower->arena, "steps%d", steps->number), lower->core->integer);
    lower_set_global(lower->setup, global, value, steps->span);
    return global;
}

// Where each branch begins, and where the last one ends.
static int *bounds_of(Lower *lower, const Steps *steps) {
    int *bounds = lower->steps[steps->number];
    if (bounds) return bounds;
    bounds = lower->steps[steps->number] = ARENA_ARRAY(lower->arena, int, steps->count + 1);
    CoreOperand begin = operand_int(0);
    for (int i = 0; i < steps->count; i++) {
        bounds[i] = set_bound(lower, steps, begin);
        begin = arithmetic(lower->setup, CORE_OP_INT_ADD, begin, times_of(lower, steps, i), steps->span);
    }
    bounds[steps->count] = set_bound(lower, steps, begin);
    fail_if(lower->setup, CORE_OP_EQ, begin, operand_int(0), "no step of `steps` takes an atom", steps->span);
    return bounds;
}

static CoreOperand bound(Builder *b, const Steps *steps, int i) {
    if (is_constant(steps)) return operand_int(i);
    return lower_get_global(b, bounds_of(b->lower, steps)[i], steps->span);
}

// ---- for each event ------------------------------------------------------------------------------------------------------

static CoreOperand place_in_round(Builder *b, const Steps *steps, CoreOperand place) {
    return arithmetic(b, CORE_OP_INT_REM, place, bound(b, steps, steps->count), steps->span);
}

static void clamp(Builder *b, CoreOperand value, CoreOp beyond, CoreOperand limit, Span span) {
    CoreBlock *outer = enter_if(b, beyond, value, limit, span);
    builder_copy(b, value, limit, span);
    b->block = outer;
}

// How many atoms came before this one: of the stream, or of those that the branch around these steps has. What comes from another
// stream within that branch is counted as if it came with it.
static CoreOperand place_of(Builder *b, const Steps *steps) {
    Span span = steps->span;
    const Steps *outer = steps->outer;
    if (!outer) {
        CoreOperand number = builder_local(b, b->lower->core->integer, NULL);
        builder_inst(b, CORE_OP_ATOM_NUMBER, number.local, 0, 0, span);
        return arithmetic(b, CORE_OP_INT_SUB, number, operand_int(1), span);
    }
    CoreOperand place = place_of(b, outer);
    CoreOperand round = arithmetic(b, CORE_OP_INT_DIV, place, bound(b, outer, outer->count), span);
    CoreOperand begin = bound(b, outer, steps->place);
    CoreOperand width = arithmetic(b, CORE_OP_INT_SUB, bound(b, outer, steps->place + 1), begin, span);
    CoreOperand rest = arithmetic(b, CORE_OP_INT_SUB, place_in_round(b, outer, place), begin, span);
    clamp(b, rest, CORE_OP_GE, arithmetic(b, CORE_OP_INT_SUB, width, operand_int(1), span), span);
    clamp(b, rest, CORE_OP_LT, operand_int(0), span);
    return arithmetic(b, CORE_OP_INT_ADD, arithmetic(b, CORE_OP_INT_MUL, round, width, span), rest, span);
}

void lower_step(Builder *b, GraphLower *graph, Node *node, CoreOperand event, CoreOperand key) {
    const Steps *steps = node->steps;
    CoreOperand place = place_in_round(b, steps, place_of(b, steps));
    CoreBlock *outer = enter_if(b, CORE_OP_GE, place, bound(b, steps, node->step), node->span);
    enter_if(b, CORE_OP_LT, place, bound(b, steps, node->step + 1), node->span);
    lower_push(b, graph, node, event, key);
    b->block = outer;
}
