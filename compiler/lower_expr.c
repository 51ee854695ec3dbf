#include "compiler/lower_internal.h"

#include <assert.h>
#include <string.h>

#include "lang/duration.h"

// ---- names and fields -------------------------------------------------------------------------------------------------

static bool is_literal(const Ast *value) {
    return value->kind == AST_int || value->kind == AST_float || value->kind == AST_bool || value->kind == AST_string;
}

// A constant that is another one is what that is.
Ast *lower_literal_of(const Def *constant) {
    while (constant && constant->kind == DEF_CONST && constant->ast->kind == AST_const &&
           constant->ast->kid[const_pattern]->kind == AST_p_name) {
        Ast *value = constant->ast->kid[const_value];
        if (!value) return NULL; // it is given
        bool negative = value->kind == AST_unary && value->op == OP_NEG;
        if (is_literal(negative ? value->kid[unary_value] : value)) return value;
        constant = value->kind == AST_name ? value->def : NULL;
    }
    return NULL;
}

// Tests are not given params, nor are expressions at the prompt.
static CoreOperand lower_missing_param(Builder *b, Ast *name) {
    const char *what = b->lower->context->prompt ? "it has no value at the prompt" : "a test cannot use it";
    const char *text = arena_printf(b->lower->arena, "the param `%s` has no default, so %s", name->name, what);
    builder_inst(b, CORE_OP_FAIL, -1, 1, 0, name->span)->args[0] = operand_string(text, strlen(text));
    return builder_local(b, lower_type_of(b, name), NULL);
}

static CoreOperand lower_name(Builder *b, Ast *name) {
    Def *def = name->def;
    int local = unbox_number(map_get(&b->locals, def));
    if (local >= 0) {
        if (!def->mutable) return operand_local(local);
        CoreOperand now = builder_local(b, b->fn->locals.items[local].type, NULL); // a later assignment must not change it
        builder_copy(b, now, operand_local(local), name->span);
        return now;
    }
    if (def->kind == DEF_FN || def->kind == DEF_CTOR) return lower_function_value(b, name);
    if (def->kind == DEF_STATE) return lower_state_get(b, def, name->span);
    if (def->kind == DEF_KEY) return lower_key(b, name->span);
    if (def->kind == DEF_CONST && lower_literal_of(def)) return lower_expr(b, lower_literal_of(def));
    if (!b->lower->topology && def->kind == DEF_PARAM && !def->ast->kid[param_value]) return lower_missing_param(b, name);
    int global = unbox_number(map_get(&b->scope->params, def));
    if (global < 0) global = unbox_number(map_get(&b->lower->globals, def));
    assert(global >= 0);
    return lower_get_global(b, global, name->span);
}

CoreOperand lower_field(Builder *b, CoreOperand object, int index, Span span) {
    CoreType *type = core_operand_type(b->lower->core, b->fn, object);
    CoreOperand field = builder_local(b, type->variants[0].fields[index].type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_STRUCT_GET, field.local, 1, 0, span);
    inst->args[0] = object;
    inst->index = index;
    return field;
}

static int field_number(const CoreVariant *variant, Symbol name) {
    for (int i = 0; i < variant->field_count; i++)
        if (variant->fields[i].name == name) return i;
    assert(!"every variant has the field");
    return -1;
}

// A field that all variants of an enum share, at whatever place each has it.
static CoreOperand lower_shared_field(Builder *b, Ast *member, CoreOperand object, CoreType *type) {
    CoreOperand tag = builder_unary(b, CORE_OP_ENUM_TAG, b->lower->core->integer, object, member->span);
    CoreOperand result = builder_local(b, lower_type_of(b, member), NULL);
    CoreBlock *outer = b->block;
    for (int i = 0; i < type->variant_count; i++) {
        CoreBlock *otherwise = NULL;
        if (i < type->variant_count - 1) {
            CoreOperand is = builder_binary(b, CORE_OP_EQ, b->lower->core->boolean, tag, operand_int(i), member->span);
            CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, member->span);
            test->args[0] = is;
            if (i == 0) outer = b->block;
            b->block = test->blocks[0];
            otherwise = test->blocks[1];
        }
        CoreInst *get = builder_inst(b, CORE_OP_ENUM_GET, result.local, 1, 0, member->span);
        get->args[0] = object;
        get->variant = i;
        get->index = field_number(&type->variants[i], member->name);
        if (otherwise) b->block = otherwise;
    }
    if (type->variant_count > 1) b->block = outer;
    return result;
}

// `5.s`: a number of nanoseconds; the product is checked.
static CoreOperand lower_duration(Builder *b, Ast *member) {
    CoreProgram *core = b->lower->core;
    Ast *count = member->kid[member_object];
    int64_t unit = duration_unit(member->name), product;
    CoreOperand nanoseconds;
    if (count->kind == AST_int && !__builtin_mul_overflow(count->int_value, unit, &product))
        nanoseconds = operand_int(product);
    else
        nanoseconds = builder_binary(b, CORE_OP_INT_MUL, core->integer, lower_expr(b, count), operand_int(unit), member->span);
    return builder_unary(b, CORE_OP_DURATION, core->duration, nanoseconds, member->span);
}

static CoreOperand lower_member(Builder *b, Ast *member) {
    if (!member->def) return lower_duration(b, member);
    CoreOperand object = lower_expr(b, member->kid[member_object]);
    CoreType *type = core_operand_type(b->lower->core, b->fn, object);
    if (type->kind == CORE_STRUCT) return lower_field(b, object, field_number(&type->variants[0], member->name), member->span);
    return lower_shared_field(b, member, object, type);
}

// ---- literals ----------------------------------------------------------------------------------------------------------

static CoreOperand lower_list_of(Builder *b, CoreType *type, const CoreOperand *elems, int count, Span span) {
    CoreOperand list = builder_local(b, type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_LIST_NEW, list.local, count, 0, span);
    inst->type = type;
    for (int i = 0; i < count; i++) inst->args[i] = elems[i];
    return list;
}

static CoreOperand lower_list_call(Builder *b, const char *name, CoreType *type, CoreOperand list, CoreOperand other, Span span) {
    CoreOperand args[] = {list, other};
    return lower_call_library(b, "list", name, &type->elem, args, 2, type, span);
}

// [a, b, ..c, d]: the elements before the first spread make a list, the rest is appended to it.
static CoreOperand lower_list(Builder *b, Ast *literal) {
    Ast *elems = literal->kid[list_lit_elems];
    CoreType *type = lower_type_of(b, literal);
    CoreOperand *values = ARENA_ARRAY(b->lower->arena, CoreOperand, elems->kid_count + 1);
    int first = 0;
    for (; first < elems->kid_count && elems->kid[first]->kind != AST_spread; first++)
        values[first] = lower_expr(b, elems->kid[first]);
    CoreOperand list = operand_unit();
    bool started = first > 0 || elems->kid_count == 0;
    if (started) list = lower_list_of(b, type, values, first, literal->span);
    for (int i = first; i < elems->kid_count; i++) {
        bool spread = elems->kid[i]->kind == AST_spread;
        CoreOperand value = lower_expr(b, spread ? elems->kid[i]->kid[spread_value] : elems->kid[i]);
        if (!started)
            list = value;
        else
            list = lower_list_call(b, spread ? "concat" : "append", type, list, value, literal->span);
        started = true;
    }
    return list;
}

static CoreOperand lower_show(Builder *b, Ast *value) {
    CoreOperand operand = lower_expr(b, value);
    CoreType *string = b->lower->core->string;
    if (core_operand_type(b->lower->core, b->fn, operand) == string) return operand;
    return builder_unary(b, CORE_OP_SHOW, string, operand, value->span);
}

static CoreOperand lower_interpolation(Builder *b, Ast *interp) {
    Ast *parts = interp->kid[interp_parts];
    CoreOperand *texts = ARENA_ARRAY(b->lower->arena, CoreOperand, parts->kid_count + 1);
    for (int i = 0; i < parts->kid_count; i++) texts[i] = lower_show(b, parts->kid[i]);
    CoreOperand whole = builder_local(b, b->lower->core->string, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CONCAT, whole.local, parts->kid_count, 0, interp->span);
    for (int i = 0; i < parts->kid_count; i++) inst->args[i] = texts[i];
    return whole;
}

static CoreOperand lower_tuple(Builder *b, Ast *tuple) {
    Ast *elems = tuple->kid[tuple_elems];
    if (elems->kid_count == 0) return operand_unit();
    CoreType *type = lower_type_of(b, tuple);
    CoreOperand *values = ARENA_ARRAY(b->lower->arena, CoreOperand, elems->kid_count);
    for (int i = 0; i < elems->kid_count; i++) values[i] = lower_expr(b, elems->kid[i]);
    CoreOperand result = builder_local(b, type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_STRUCT_NEW, result.local, elems->kid_count, 0, tuple->span);
    inst->type = type;
    for (int i = 0; i < elems->kid_count; i++) inst->args[i] = values[i];
    return result;
}

// ---- operators ---------------------------------------------------------------------------------------------------------

static CoreOp arithmetic_op(Operator op, bool floating) {
    switch (op) {
    case OP_ADD: return floating ? CORE_OP_FLOAT_ADD : CORE_OP_INT_ADD;
    case OP_SUB: return floating ? CORE_OP_FLOAT_SUB : CORE_OP_INT_SUB;
    case OP_MUL: return floating ? CORE_OP_FLOAT_MUL : CORE_OP_INT_MUL;
    case OP_DIV: return floating ? CORE_OP_FLOAT_DIV : CORE_OP_INT_DIV;
    case OP_REM: return CORE_OP_INT_REM;
    case OP_ADD_WRAP: return CORE_OP_INT_ADD_WRAP;
    case OP_SUB_WRAP: return CORE_OP_INT_SUB_WRAP;
    case OP_MUL_WRAP: return CORE_OP_INT_MUL_WRAP;
    case OP_EQ: return CORE_OP_EQ;
    case OP_NE: return CORE_OP_NE;
    case OP_LT: return CORE_OP_LT;
    case OP_LE: return CORE_OP_LE;
    case OP_GT: return CORE_OP_GT;
    case OP_GE: return CORE_OP_GE;
    default: assert(!"not an arithmetic operator"); return CORE_OP_COPY;
    }
}

CoreOperand lower_operation(Builder *b, Operator op, CoreOperand left, CoreOperand right, CoreType *result, Span span) {
    CoreProgram *core = b->lower->core;
    CoreType *type = core_operand_type(core, b->fn, left);
    if (op != OP_CONCAT) return builder_binary(b, arithmetic_op(op, type == core->floating), result, left, right, span);
    if (type->kind == CORE_LIST) return lower_list_call(b, "concat", type, left, right, span);
    if (type->kind == CORE_BYTES) {
        CoreOperand args[] = {left, right};
        return lower_call_library(b, "bytes", "concat", NULL, args, 2, type, span);
    }
    return builder_binary(b, CORE_OP_CONCAT, result, left, right, span);
}

// left && right, left || right: the right side is evaluated only where it decides.
static CoreOperand lower_logic(Builder *b, Ast *binary) {
    CoreOperand result = builder_local(b, b->lower->core->boolean, NULL);
    builder_copy(b, result, lower_expr(b, binary->kid[binary_left]), binary->span);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, binary->span);
    test->args[0] = result;
    CoreBlock *outer = b->block;
    b->block = test->blocks[binary->op == OP_AND ? 0 : 1];
    builder_copy(b, result, lower_expr(b, binary->kid[binary_right]), binary->span);
    b->block = outer;
    return result;
}

static CoreOperand lower_binary(Builder *b, Ast *binary) {
    if (binary->op == OP_AND || binary->op == OP_OR) return lower_logic(b, binary);
    CoreOperand left = lower_expr(b, binary->kid[binary_left]);
    CoreOperand right = lower_expr(b, binary->kid[binary_right]);
    return lower_operation(b, binary->op, left, right, lower_type_of(b, binary), binary->span);
}

static CoreOperand lower_unary(Builder *b, Ast *unary) {
    CoreProgram *core = b->lower->core;
    Ast *value = unary->kid[unary_value];
    if (unary->op == OP_NOT) return builder_unary(b, CORE_OP_NOT, core->boolean, lower_expr(b, value), unary->span);
    if (value->kind == AST_int) return operand_int((int64_t)(0 - (uint64_t)value->int_value)); // also the smallest Int
    if (value->kind == AST_float) return operand_float(-value->float_value);
    CoreType *type = lower_type_of(b, unary);
    return builder_unary(b, type == core->floating ? CORE_OP_FLOAT_NEG : CORE_OP_INT_NEG, type, lower_expr(b, value),
                         unary->span);
}

// ---- Any ---------------------------------------------------------------------------------------------------------------

static CoreOperand lower_any(Builder *b, CoreOp op, CoreType *type, CoreType *result, CoreOperand value, Span span) {
    CoreOperand dst = builder_local(b, result, NULL);
    CoreInst *inst = builder_inst(b, op, dst.local, 1, 0, span);
    inst->args[0] = value;
    inst->type = type;
    return dst;
}

static void set_option(Builder *b, CoreOperand option, int variant, const CoreOperand *value, Span span) {
    CoreType *type = core_operand_type(b->lower->core, b->fn, option);
    CoreInst *inst = builder_inst(b, CORE_OP_ENUM_NEW, option.local, value ? 1 : 0, 0, span);
    inst->type = type;
    inst->index = variant;
    if (value) inst->args[0] = *value;
}

// `a as T`: Some(value) if the Any holds a T.
static CoreOperand lower_take_out(Builder *b, Ast *cast, CoreOperand any) {
    CoreProgram *core = b->lower->core;
    CoreType *type = lower_type(b, cast->kid[cast_type]->type);
    CoreOperand option = builder_local(b, lower_type_of(b, cast), NULL);
    CoreOperand is = lower_any(b, CORE_OP_ANY_IS, type, core->boolean, any, cast->span);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, cast->span);
    test->args[0] = is;
    CoreBlock *outer = b->block;
    b->block = test->blocks[0];
    CoreOperand value = lower_any(b, CORE_OP_ANY_GET, type, type, any, cast->span);
    set_option(b, option, OPTION_SOME, &value, cast->span);
    b->block = test->blocks[1];
    set_option(b, option, OPTION_NONE, NULL, cast->span);
    b->block = outer;
    return option;
}

// What a type parameter stands for makes no difference: of an Any that is cast as a T, it makes an Any of an Any.
static CoreOperand lower_cast(Builder *b, Ast *cast) {
    CoreOperand value = lower_expr(b, cast->kid[cast_value]);
    if (!type_is(cast->type, BUILTIN_ANY)) return lower_take_out(b, cast, value);
    CoreType *type = lower_type_of(b, cast->kid[cast_value]);
    if (type == b->lower->core->never) return operand_unit();
    return lower_any(b, CORE_OP_ANY_NEW, type, b->lower->core->any, value, cast->span);
}

// ---- control -----------------------------------------------------------------------------------------------------------

// Where the value of an expression with several branches goes; the unit operand where it has none.
static CoreOperand branch_result(Builder *b, Ast *expr) {
    CoreType *type = lower_type_of(b, expr);
    bool empty = type == b->lower->core->unit || type == b->lower->core->never;
    return empty ? operand_unit() : builder_local(b, type, NULL);
}

static void lower_branch(Builder *b, CoreBlock *block, Ast *body, Target target) {
    CoreBlock *outer = b->block;
    b->block = block;
    lower_into(b, body, target);
    b->block = outer;
}

static void lower_if(Builder *b, Ast *expr, Target target) {
    CoreOperand condition = lower_expr(b, expr->kid[if_condition]);
    CoreInst *inst = builder_inst(b, CORE_OP_IF, -1, 1, 2, expr->span);
    inst->args[0] = condition;
    lower_branch(b, inst->blocks[0], expr->kid[if_then], target);
    if (expr->kid[if_otherwise])
        lower_branch(b, inst->blocks[1], expr->kid[if_otherwise], target);
    else if (target.returns)
        builder_return(b, operand_unit(), expr->span);
}

static void lower_match(Builder *b, Ast *match, Target target) {
    Ast *arms = match->kid[match_arms];
    CoreOperand value = lower_expr(b, match->kid[match_value]);
    Arm *list = ARENA_ARRAY(b->lower->arena, Arm, arms->kid_count + 1);
    for (int i = 0; i < arms->kid_count; i++) {
        Ast *arm = arms->kid[i];
        list[i] = (Arm){arm->kid[arm_pattern], arm->kid[arm_guard], arm->kid[arm_body]};
    }
    lower_arms(b, value, list, arms->kid_count, target, match->span);
}

static void lower_block(Builder *b, Ast *block, Target target) {
    Ast *stmts = block->kid[block_stmts];
    for (int i = 0; i < stmts->kid_count - 1; i++) lower_expr(b, stmts->kid[i]);
    if (stmts->kid_count > 0)
        lower_into(b, stmts->kid[stmts->kid_count - 1], target);
    else if (target.returns)
        builder_return(b, operand_unit(), block->span);
}

void lower_into(Builder *b, Ast *expr, Target target) {
    switch (expr->kind) {
    case AST_if: lower_if(b, expr, target); return;
    case AST_match: lower_match(b, expr, target); return;
    case AST_block: lower_block(b, expr, target); return;
    default: break;
    }
    CoreOperand value = lower_expr(b, expr);
    if (target.returns)
        builder_return(b, value, expr->span);
    else if (target.local.kind == OPERAND_LOCAL && !core_block_ends(b->block))
        builder_copy(b, target.local, value, expr->span);
}

void lower_fn_body(Builder *b, Ast *body) {
    lower_into(b, body, (Target){.local = operand_unit(), .returns = true});
    builder_return(b, operand_unit(), body->span); // where the body does not end, it has no value
}

// An expression with branches, as a value.
static CoreOperand lower_branching(Builder *b, Ast *expr) {
    Target target = {.local = branch_result(b, expr)};
    lower_into(b, expr, target);
    return target.local;
}

// Both containers and ranges are evaluated before the first round.
static void lower_for(Builder *b, Ast *loop) {
    Ast *iterable = loop->kid[for_iterable];
    bool range = iterable->kind == AST_range;
    CoreOperand from = lower_expr(b, range ? iterable->kid[range_from] : iterable);
    CoreOperand to = range ? lower_expr(b, iterable->kid[range_to]) : operand_unit();
    CoreType *type = core_operand_type(b->lower->core, b->fn, from);
    if (type->kind == CORE_MAP) {
        lower_for_entries(b, loop, from);
        return;
    }
    if (type->kind == CORE_SET) from = lower_set_elements(b, from, iterable->span);
    if (!range) type = type->elem;
    CoreOperand variable = builder_local(b, type, NULL);
    CoreInst *inst = builder_inst(b, range ? CORE_OP_FOR_RANGE : CORE_OP_FOR_LIST, variable.local, range ? 2 : 1, 1, loop->span);
    inst->args[0] = from;
    if (range) inst->args[1] = to;
    CoreBlock *outer = b->block;
    b->block = inst->blocks[0];
    lower_bind(b, loop->kid[for_pattern], variable);
    lower_expr(b, loop->kid[for_body]);
    b->block = outer;
}

static void lower_while(Builder *b, Ast *loop) {
    CoreInst *inst = builder_inst(b, CORE_OP_LOOP, -1, 0, 1, loop->span);
    CoreBlock *outer = b->block;
    b->block = inst->blocks[0];
    CoreOperand condition = lower_expr(b, loop->kid[while_condition]);
    CoreInst *test = builder_inst(b, CORE_OP_IF, -1, 1, 2, loop->span);
    test->args[0] = condition;
    CoreBlock *body = b->block;
    b->block = test->blocks[1];
    builder_inst(b, CORE_OP_BREAK, -1, 0, 0, loop->span);
    b->block = body;
    lower_expr(b, loop->kid[while_body]);
    b->block = outer;
}

// ---- statements --------------------------------------------------------------------------------------------------------

static void lower_var(Builder *b, Ast *var) {
    CoreOperand value = lower_expr(b, var->kid[var_value]);
    int local = core_local(b->lower->core, b->fn, lower_type(b, var->def->type), var->name);
    map_put(b->lower->arena, &b->locals, var->def, box_number(local));
    builder_copy(b, operand_local(local), value, var->span);
}

static void lower_effect(Builder *b, CoreOp op, CoreOperand value, Span span) {
    builder_inst(b, op, -1, 1, 0, span)->args[0] = value;
}

static void lower_reset(Builder *b, Ast *reset) {
    if (!reset->name) {
        lower_reset_all(b, reset->span);
        return;
    }
    lower_state_set(b, reset->def, lower_expr(b, reset->def->ast->kid[state_value]), reset->span);
}

static bool is_comparison(const Ast *expr) {
    return expr->kind == AST_binary && expr->op >= OP_EQ && expr->op <= OP_GE;
}

// The text of an expression, on one line.
static const char *source_text(Builder *b, Span span) {
    const char *source = source_file(&b->lower->context->sources, span.file)->text;
    Buf text = {0};
    for (uint32_t i = span.start; i < span.end; i++) {
        bool blank = source[i] == '\n' || source[i] == '\r';
        while (blank && i + 1 < span.end && strchr(" \t\r\n", source[i + 1])) i++;
        buf_putc(&text, blank ? ' ' : source[i]);
    }
    const char *copy = arena_copy_string(b->lower->arena, text.data, text.length);
    buf_free(&text);
    return copy;
}

// A failure shows the two sides of a comparison.
static void lower_assert(Builder *b, Ast *stmt) {
    Ast *condition = stmt->kid[assert_value];
    bool compares = is_comparison(condition);
    CoreOperand sides[2] = {operand_unit(), operand_unit()}, holds;
    if (compares) {
        for (int i = 0; i < 2; i++) sides[i] = lower_expr(b, condition->kid[i]);
        holds = lower_operation(b, condition->op, sides[0], sides[1], b->lower->core->boolean, condition->span);
    } else {
        holds = lower_expr(b, condition);
    }
    CoreInst *inst = builder_inst(b, CORE_OP_ASSERT, -1, compares ? 3 : 1, 0, stmt->span);
    inst->text = source_text(b, condition->span);
    inst->args[0] = holds;
    if (compares) inst->args[1] = sides[0], inst->args[2] = sides[1];
}

// With a text, or with an Error that has happened before.
static void lower_fail(Builder *b, Ast *stmt) {
    CoreOperand value = lower_expr(b, stmt->kid[fail_value]);
    bool again = core_operand_type(b->lower->core, b->fn, value)->kind == CORE_STRUCT;
    lower_effect(b, again ? CORE_OP_RAISE : CORE_OP_FAIL, value, stmt->span);
}

void lower_stmt(Builder *b, Ast *stmt) {
    switch (stmt->kind) {
    case AST_let: lower_bind(b, stmt->kid[let_pattern], lower_expr(b, stmt->kid[let_value])); break;
    case AST_var: lower_var(b, stmt); break;
    case AST_assign: lower_assign(b, stmt); break;
    case AST_for: lower_for(b, stmt); break;
    case AST_while: lower_while(b, stmt); break;
    case AST_emit: lower_emit(b, lower_expr(b, stmt->kid[emit_value])); break;
    case AST_log: lower_effect(b, CORE_OP_LOG, lower_expr(b, stmt->kid[log_value]), stmt->span); break;
    case AST_fail: lower_fail(b, stmt); break;
    case AST_assert: lower_assert(b, stmt); break;
    case AST_reset: lower_reset(b, stmt); break;
    case AST_reply: lower_reply(b, stmt); break;
    case AST_seal: lower_set_sealed(b, true, stmt->span); break;
    case AST_return: {
        Ast *value = stmt->kid[return_value];
        lower_effect(b, CORE_OP_RETURN, value ? lower_expr(b, value) : operand_unit(), stmt->span);
        break;
    }
    default: assert(!"not a statement of this version");
    }
}

CoreOperand lower_expr(Builder *b, Ast *expr) {
    switch (expr->kind) {
    case AST_int: return operand_int(expr->int_value);
    case AST_float: return operand_float(expr->float_value);
    case AST_bool: return operand_bool(expr->int_value);
    case AST_string: return operand_string(expr->text, expr->length);
    case AST_interp: return lower_interpolation(b, expr);
    case AST_name: return lower_name(b, expr);
    case AST_ctor: return lower_nullary(b, expr);
    case AST_tuple: return lower_tuple(b, expr);
    case AST_list_lit: return lower_list(b, expr);
    case AST_map_lit: return lower_map(b, expr);
    case AST_call: return lower_call(b, expr);
    case AST_member: return lower_member(b, expr);
    case AST_cast: return lower_cast(b, expr);
    case AST_index: {
        CoreOperand object = lower_expr(b, expr->kid[index_object]);
        return lower_element(b, object, lower_expr(b, expr->kid[index_items]->kid[0]), expr->span);
    }
    case AST_unary: return lower_unary(b, expr);
    case AST_binary: return lower_binary(b, expr);
    case AST_closure: return lower_closure(b, expr);
    case AST_ask: return lower_ask(b, expr);
    case AST_await:
    case AST_try: return lower_await(b, expr);
    case AST_spawn: return lower_spawn(b, expr);
    case AST_block:
    case AST_if:
    case AST_match: return lower_branching(b, expr);
    default: lower_stmt(b, expr); return operand_unit();
    }
}
