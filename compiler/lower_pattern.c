#include "compiler/lower_internal.h"

#include <assert.h>

// Patterns become nested ifs: a test opens an `if` and what follows goes into it. So `b->block` after lower_pattern is the
// place where the pattern has matched, and the caller, who remembers where it began, goes back there for the next arm.

static void lower_pattern(Builder *b, Ast *pattern, CoreOperand value);

static void enter_if(Builder *b, CoreOperand condition, Span span) {
    CoreInst *inst = builder_inst(b, CORE_OP_IF, -1, 1, 2, span);
    inst->args[0] = condition;
    b->block = inst->blocks[0];
}

static void bind_name(Builder *b, Ast *name, CoreOperand value) {
    int local = unbox_number(map_get(&b->locals, name->def));
    if (local < 0) {
        local = core_local(b->lower->core, b->fn, core_operand_type(b->lower->core, b->fn, value), name->name);
        map_put(b->lower->arena, &b->locals, name->def, box_number(local));
    }
    builder_copy(b, operand_local(local), value, name->span);
}

static bool looks_at_value(const Ast *pattern) {
    return pattern && pattern->kind != AST_p_wild;
}

static void lower_fields(Builder *b, Ast *pattern, CoreOperand value, CoreType *type, int variant) {
    Ast *args = pattern->kid[pattern->kind == AST_p_tuple ? (int)p_tuple_elems : (int)p_ctor_args];
    for (int i = 0; i < args->kid_count; i++) {
        if (!looks_at_value(args->kid[i])) continue;
        CoreOp op = type->kind == CORE_STRUCT ? CORE_OP_STRUCT_GET : CORE_OP_ENUM_GET;
        CoreOperand field = builder_local(b, type->variants[variant].fields[i].type, NULL);
        CoreInst *inst = builder_inst(b, op, field.local, 1, 0, args->kid[i]->span);
        inst->args[0] = value;
        inst->variant = variant;
        inst->index = i;
        lower_pattern(b, args->kid[i], field);
    }
}

static void lower_ctor_pattern(Builder *b, Ast *pattern, CoreOperand value) {
    CoreType *type = lower_type_of(b, pattern);
    int variant = pattern->def->index;
    if (type->kind == CORE_ENUM && type->variant_count > 1) {
        CoreOperand tag = builder_unary(b, CORE_OP_ENUM_TAG, b->lower->core->integer, value, pattern->span);
        enter_if(b, builder_binary(b, CORE_OP_EQ, b->lower->core->boolean, tag, operand_int(variant), pattern->span),
                 pattern->span);
    }
    lower_fields(b, pattern, value, type, type->kind == CORE_STRUCT ? 0 : variant);
}

static void lower_rest_pattern(Builder *b, Ast *rest, CoreOperand list, CoreOperand size, int before, int after) {
    if (!rest->name) return;
    CoreType *integer = b->lower->core->integer;
    CoreOperand part = builder_local(b, core_operand_type(b->lower->core, b->fn, list), NULL);
    CoreOperand end = builder_binary(b, CORE_OP_INT_SUB_WRAP, integer, size, operand_int(after), rest->span);
    CoreInst *inst = builder_inst(b, CORE_OP_LIST_PART, part.local, 3, 0, rest->span);
    inst->args[0] = list;
    inst->args[1] = operand_int(before);
    inst->args[2] = end;
    bind_name(b, rest, part);
}

static void lower_list_pattern(Builder *b, Ast *pattern, CoreOperand list) {
    CoreProgram *core = b->lower->core;
    Ast *elems = pattern->kid[p_list_elems];
    CoreType *elem = core_operand_type(core, b->fn, list)->elem;
    int rest = -1;
    for (int i = 0; i < elems->kid_count; i++)
        if (elems->kid[i]->kind == AST_p_rest) rest = i;
    int least = elems->kid_count - (rest >= 0);
    CoreOperand size = builder_unary(b, CORE_OP_LIST_SIZE, core->integer, list, pattern->span);
    if (rest < 0 || least > 0)
        enter_if(b, builder_binary(b, rest < 0 ? CORE_OP_EQ : CORE_OP_GE, core->boolean, size, operand_int(least), pattern->span),
                 pattern->span);
    for (int i = 0; i < elems->kid_count; i++) {
        int after = elems->kid_count - 1 - i; // how many elements follow this one
        if (i == rest) {
            lower_rest_pattern(b, elems->kid[i], list, size, i, after);
        } else if (looks_at_value(elems->kid[i])) {
            CoreOperand place = operand_int(i);
            if (rest >= 0 && i > rest)
                place = builder_binary(b, CORE_OP_INT_SUB_WRAP, core->integer, size, operand_int(after + 1), pattern->span);
            lower_pattern(b, elems->kid[i], builder_binary(b, CORE_OP_LIST_AT, elem, list, place, pattern->span));
        }
    }
}

// All alternatives bind the same definitions, but in ifs, so that these need a value on the paths where none matches.
static void declare_name(void *data, Ast *name) {
    Builder *b = data;
    CoreType *type = lower_type(b, name->def->type);
    int local = core_local(b->lower->core, b->fn, type, name->name);
    map_put(b->lower->arena, &b->locals, name->def, box_number(local));
    builder_inst(b, CORE_OP_ZERO, local, 0, 0, name->span)->type = type;
}

static void lower_or_pattern(Builder *b, Ast *pattern, CoreOperand value) {
    Ast *alternatives = pattern->kid[p_or_alternatives];
    CoreType *boolean = b->lower->core->boolean;
    CoreOperand matched = builder_local(b, boolean, NULL);
    builder_copy(b, matched, operand_bool(false), pattern->span);
    pattern_names(pattern, declare_name, b);
    CoreBlock *outer = b->block;
    for (int i = 0; i < alternatives->kid_count; i++) {
        if (i > 0) enter_if(b, builder_unary(b, CORE_OP_NOT, boolean, matched, pattern->span), pattern->span);
        lower_pattern(b, alternatives->kid[i], value);
        builder_copy(b, matched, operand_bool(true), pattern->span);
        b->block = outer;
    }
    enter_if(b, matched, pattern->span);
}

static void lower_pattern(Builder *b, Ast *pattern, CoreOperand value) {
    switch (pattern->kind) {
    case AST_p_wild: break;
    case AST_p_name: bind_name(b, pattern, value); break;
    case AST_p_as:
        bind_name(b, pattern, value);
        lower_pattern(b, pattern->kid[p_as_pattern], value);
        break;
    case AST_p_literal: {
        CoreOperand literal = lower_expr(b, pattern->kid[p_literal_value]);
        enter_if(b, builder_binary(b, CORE_OP_EQ, b->lower->core->boolean, value, literal, pattern->span), pattern->span);
        break;
    }
    case AST_p_ctor: lower_ctor_pattern(b, pattern, value); break;
    case AST_p_tuple:
        if (pattern->kid[p_tuple_elems]->kid_count > 0) lower_fields(b, pattern, value, lower_type_of(b, pattern), 0);
        break;
    case AST_p_list: lower_list_pattern(b, pattern, value); break;
    case AST_p_or: lower_or_pattern(b, pattern, value); break;
    default: assert(!"not a pattern");
    }
}

// The pattern matches every value: where one of the ifs that it went into from `start` on does not hold, control never gets.
static void close_otherwise(Builder *b, CoreBlock *start, Span span) {
    for (CoreBlock *block = start; block != b->block;) {
        const CoreInst *test = block->insts.items[block->insts.count - 1];
        core_inst(b->lower->core, test->blocks[1], CORE_OP_UNREACHABLE, -1, 0, 0, span);
        block = test->blocks[0];
    }
}

void lower_bind(Builder *b, Ast *pattern, CoreOperand value) {
    CoreBlock *start = b->block;
    bool dead = core_block_ends(start);
    lower_pattern(b, pattern, value);
    if (!dead) close_otherwise(b, start, pattern->span);
}

void lower_arms(Builder *b, CoreOperand value, const Arm *arms, int count, Target target, Span span) {
    CoreInst *loop = builder_inst(b, CORE_OP_LOOP, -1, 0, 1, span);
    CoreBlock *outer = b->block;
    for (int i = 0; i < count; i++) {
        b->block = loop->blocks[0];
        lower_pattern(b, arms[i].pattern, value);
        if (arms[i].guard) enter_if(b, lower_expr(b, arms[i].guard), arms[i].guard->span);
        lower_into(b, arms[i].body, target);
        if (!core_block_ends(b->block)) builder_inst(b, CORE_OP_BREAK, -1, 0, 0, arms[i].body->span);
    }
    b->block = loop->blocks[0];
    if (!core_block_ends(b->block)) builder_inst(b, CORE_OP_UNREACHABLE, -1, 0, 0, span);
    b->block = outer;
}
