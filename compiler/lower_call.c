#include "compiler/lower_internal.h"

#include <assert.h>

// ---- calls of known functions ----------------------------------------------------------------------------------------

static CoreType **lower_type_args(Builder *b, const Ast *name, const Def *def) {
    CoreType **types = ARENA_ARRAY(b->lower->arena, CoreType *, def->tparam_count + 1);
    for (int i = 0; i < def->tparam_count; i++) types[i] = lower_type(b, name->targs[i]);
    return types;
}

static bool is_type_param(Type *type) {
    return type_resolve(type)->kind == TYPE_PARAM;
}

// The layout of an enum with a type parameter in it is not known from that alone: its type comes behind the others.
static void add_result_type(Builder *b, CoreInst *inst, CoreType *result) {
    CoreType **types = ARENA_ARRAY(b->lower->arena, CoreType *, inst->type_count + 1);
    for (int i = 0; i < inst->type_count; i++) types[i] = inst->types[i];
    types[inst->type_count++] = result;
    inst->types = types;
}

// Arguments whose declared type is a type parameter pass by pointer: which, the instruction tells.
static CoreOperand lower_builtin(Builder *b, Def *def, CoreType **types, CoreOperand *args, int count, CoreType *result,
                                 Span span) {
    Arena *arena = b->lower->arena;
    CoreOperand dst = builder_local(b, result, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CALL_BUILTIN, dst.local, count, 0, span);
    inst->text = arena_printf(arena, "pt_%s_%s", def->module->name, def->name);
    inst->types = types;
    inst->type_count = def->tparam_count;
    if (def->tparam_count && result->kind == CORE_ENUM) add_result_type(b, inst, result);
    bool *generic = ARENA_ARRAY(arena, bool, count + 1);
    inst->generic = generic;
    for (int i = 0; i < count; i++) {
        inst->args[i] = args[i];
        generic[i] = is_type_param(def->type->args[i]);
    }
    generic[count] = is_type_param(def->type->args[count]);
    return dst;
}

static CoreOperand lower_call_fn(Builder *b, CoreFn *fn, const CoreOperand *args, int count, Span span) {
    bool nothing = fn->result == b->lower->core->unit || fn->result == b->lower->core->never;
    CoreOperand dst = nothing ? operand_unit() : builder_local(b, fn->result, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CALL, nothing ? -1 : dst.local, count, 0, span);
    inst->fn = fn;
    for (int i = 0; i < count; i++) inst->args[i] = args[i];
    if (fn->result == b->lower->core->never) builder_inst(b, CORE_OP_UNREACHABLE, -1, 0, 0, span);
    return dst;
}

static CoreOperand construct(Builder *b, Def *ctor, CoreType *type, const CoreOperand *args, int count, Span span) {
    CoreOperand dst = builder_local(b, type, NULL);
    CoreInst *inst =
        builder_inst(b, type->kind == CORE_STRUCT ? CORE_OP_STRUCT_NEW : CORE_OP_ENUM_NEW, dst.local, count, 0, span);
    inst->type = type;
    inst->index = ctor->index;
    for (int i = 0; i < count; i++) inst->args[i] = args[i];
    return dst;
}

static CoreOperand lower_op(Builder *b, CoreOp op, const CoreOperand *args, int count, CoreType *result, Span span) {
    CoreOperand dst = builder_local(b, result, NULL);
    CoreInst *inst = builder_inst(b, op, dst.local, count, 0, span);
    inst->type = result;
    for (int i = 0; i < count; i++) inst->args[i] = args[i];
    return dst;
}

// A top-level function or one of the library; those without a body are instructions or functions of the VM.
static CoreOperand call_def(Builder *b, Def *def, CoreType **types, CoreOperand *args, int count, CoreType *result, Span span) {
    if (def->foreign) return lower_call_foreign(b, def, args, count, span);
    if (def->ast->kid[fn_body]) return lower_call_fn(b, lower_instance(b->lower, def, types), args, count, span);
    CoreOperand value;
    if (lower_async_call(b, def, args, result, span, &value)) return value;
    CoreOp op = lower_library_op(def);
    if (op != CORE_OP_COUNT) return lower_op(b, op, args, count, result, span);
    return lower_builtin(b, def, types, args, count, result, span);
}

static Def *library_fn(Lower *lower, const char *module, const char *name) {
    for (int i = 0; i < lower->context->modules.count; i++) {
        Module *candidate = lower->context->modules.items[i];
        if (candidate->library && candidate->name == intern_text(&lower->context->names, module))
            return map_get(&candidate->scope, intern_text(&lower->context->names, name));
    }
    return NULL;
}

CoreOperand lower_call_library(Builder *b, const char *module, const char *name, CoreType **types, CoreOperand *args, int count,
                               CoreType *result, Span span) {
    return call_def(b, library_fn(b->lower, module, name), types, args, count, result, span);
}

// What `name` (a function or constructor) makes of the arguments.
static CoreOperand call_named(Builder *b, Ast *name, CoreOperand *args, int count, CoreType *result, Span span) {
    Def *def = name->def;
    if (def->kind == DEF_CTOR) return construct(b, def, result, args, count, span);
    CoreType **types = lower_type_args(b, name, def);
    if (def_is_effect_key(def)) return lower_effect_key(b, span);
    if (def->owner && def->owner->kind == DEF_TASK) return lower_call_helper(b, def, types, args, count, span);
    return call_def(b, def, types, args, count, result, span);
}

static bool is_named_function(const Ast *function) {
    bool name = function->kind == AST_name || function->kind == AST_ctor;
    return name && function->def && (function->def->kind == DEF_FN || function->def->kind == DEF_CTOR);
}

static CoreOperand call_closure(Builder *b, CoreOperand closure, const CoreOperand *args, int count, Span span) {
    CoreType *result = core_operand_type(b->lower->core, b->fn, closure)->result;
    CoreOperand dst = builder_local(b, result, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CALL_CLOSURE, dst.local, count + 1, 0, span);
    inst->args[0] = closure;
    for (int i = 0; i < count; i++) inst->args[i + 1] = args[i];
    return dst;
}

// R(..old, x: 1): the fields that are not given are those of `old`.
static CoreOperand lower_update(Builder *b, Ast *call) {
    Ast *args = call->kid[call_args];
    int count = args->kid_count - 1;
    CoreOperand old = lower_expr(b, args->kid[count]->kid[spread_value]);
    CoreOperand *values = ARENA_ARRAY(b->lower->arena, CoreOperand, count + 1);
    for (int i = 0; i < count; i++) values[i] = args->kid[i] ? lower_expr(b, args->kid[i]) : lower_field(b, old, i, call->span);
    return construct(b, call->kid[call_callee]->def, lower_type_of(b, call), values, count, call->span);
}

CoreOperand lower_call(Builder *b, Ast *call) {
    Ast *callee = call->kid[call_callee], *args = call->kid[call_args];
    int count = args->kid_count;
    if (count > 0 && args->kid[count - 1] && args->kid[count - 1]->kind == AST_spread) return lower_update(b, call);
    if (b->inner && callee->kind == AST_name && callee->def == b->inner)
        return lower_call_inner(b, lower_expr(b, args->kid[0]), call->span);
    bool named = is_named_function(callee);
    CoreOperand closure = named ? operand_unit() : lower_expr(b, callee);
    CoreOperand *values = ARENA_ARRAY(b->lower->arena, CoreOperand, count + 1);
    for (int i = 0; i < count; i++) values[i] = lower_expr(b, args->kid[i]);
    if (!named) return call_closure(b, closure, values, count, call->span);
    return call_named(b, callee, values, count, lower_type_of(b, call), call->span);
}

CoreOperand lower_nullary(Builder *b, Ast *ctor) {
    if (ctor->def->member_count > 0) return lower_function_value(b, ctor);
    return construct(b, ctor->def, lower_type_of(b, ctor), NULL, 0, ctor->span);
}

// ---- closures ---------------------------------------------------------------------------------------------------------

static bool is_captured(const Captures *captures, const Def *def) {
    if (def->kind == DEF_STATE || def->kind == DEF_KEY) return captures->state;
    return def->kind == DEF_LOCAL && unbox_number(map_get(&captures->outer->locals, def)) >= 0;
}

void lower_find_captures(Captures *captures, Ast *node) {
    if (!node) return;
    if (node->kind == AST_name && node->def && is_captured(captures, node->def)) {
        for (int i = 0; i < captures->names.count; i++)
            if (captures->names.items[i]->def == node->def) return;
        vec_push(captures->outer->lower->arena, &captures->names, node);
        return;
    }
    for (int i = 0; i < node->kid_count; i++) lower_find_captures(captures, node->kid[i]);
}

void lower_bind_params(Builder *b, Ast *closure, CoreOperand *args, int count) {
    Ast *params = closure->kid[closure_params];
    bool untuple = closure->flags & FLAG_UNTUPLE;
    assert(untuple ? count == 1 : count == params->kid_count);
    for (int i = 0; i < params->kid_count; i++)
        lower_bind(b, params->kid[i], untuple ? lower_field(b, args[0], i, params->kid[i]->span) : args[i]);
    (void)count;
}

// A closure or function value as a function of its own, in the same terms. A directory knows it by its name, too (vm/rebind.h),
// in which nothing is that changes with other code.
static Builder *closure_builder(Builder *outer, Ast *closure, CoreType *type) {
    const char *name = arena_printf(outer->lower->arena, "%s.closure%d", outer->fn->name, outer->fn->closures++);
    Builder *inner = builder_new(outer->lower, core_fn_new(outer->lower->core, name, type->result, closure->span));
    inner->substitution = outer->substitution;
    inner->scope = outer->scope;
    inner->task = outer->task;
    return inner;
}

// What has effects belongs to the handler that makes it: first of all it captures what functions of the task are about. Returns
// how many values that are.
static int capture_context(Builder *outer, Builder *inner, CoreOperand *captured) {
    CoreProgram *core = outer->lower->core;
    int count = lower_context_args(outer, captured);
    inner->fn->effects = true;
    inner->global = outer->global;
    if (!count) return 0;
    bool entry = outer->entry >= 0;
    int param = builder_param(inner, core_operand_type(core, outer->fn, captured[0]), entry ? "entry" : "key").local;
    *(entry ? &inner->entry : &inner->key) = param;
    inner->fn->task = outer->fn->task;
    return 1;
}

static CoreOperand closure_value(Builder *b, CoreFn *fn, CoreType *type, const CoreOperand *captured, int count, Span span) {
    fn->captured = count;
    CoreOperand dst = builder_local(b, type, NULL);
    CoreInst *inst = builder_inst(b, CORE_OP_CLOSURE_NEW, dst.local, count, 0, span);
    inst->type = type;
    inst->fn = fn;
    for (int i = 0; i < count; i++) inst->args[i] = captured[i];
    return dst;
}

CoreOperand lower_closure(Builder *b, Ast *closure) {
    Lower *lower = b->lower;
    CoreType *type = lower_type_of(b, closure);
    Captures captures = {.outer = b, .state = true};
    lower_find_captures(&captures, closure->kid[closure_body]);
    Builder *inner = closure_builder(b, closure, type);
    CoreOperand *captured = ARENA_ARRAY(lower->arena, CoreOperand, captures.names.count + 1);
    int count = closure->flags & FLAG_EFFECTS ? capture_context(b, inner, captured) : 0;
    for (int i = 0; i < captures.names.count; i++) {
        Ast *name = captures.names.items[i];
        captured[count] = lower_expr(b, name);
        CoreOperand param = builder_param(inner, core_operand_type(lower->core, b->fn, captured[count++]), name->name);
        map_put(lower->arena, &inner->locals, name->def, box_number(param.local));
    }
    CoreOperand *args = ARENA_ARRAY(lower->arena, CoreOperand, type->param_count + 1);
    for (int i = 0; i < type->param_count; i++) args[i] = builder_param(inner, type->params[i], NULL);
    lower_bind_params(inner, closure, args, type->param_count);
    lower_fn_body(inner, closure->kid[closure_body]);
    return closure_value(b, inner->fn, type, captured, count, closure->span);
}

// A function that only passes its arguments on makes a value of a function that has no code of its own.
CoreOperand lower_function_value(Builder *b, Ast *name) {
    CoreType *type = lower_type_of(b, name);
    Builder *inner = closure_builder(b, name, type);
    CoreOperand captured[1];
    int count = name->flags & FLAG_EFFECTS ? capture_context(b, inner, captured) : 0;
    CoreOperand *args = ARENA_ARRAY(b->lower->arena, CoreOperand, type->param_count + 1);
    for (int i = 0; i < type->param_count; i++) args[i] = builder_param(inner, type->params[i], NULL);
    builder_return(inner, call_named(inner, name, args, type->param_count, type->result, name->span), name->span);
    return closure_value(b, inner->fn, type, captured, count, name->span);
}

// ---- application in the dataflow graph ---------------------------------------------------------------------------------

// A `return` in a closure leaves only the closure, so that such a body cannot be unfolded into its caller.
bool lower_contains_return(const Ast *node) {
    if (!node) return false;
    if (node->kind == AST_return) return true;
    for (int i = 0; i < node->kid_count; i++)
        if (lower_contains_return(node->kid[i])) return true;
    return false;
}

bool lower_applies_directly(const Ast *function) {
    return function->kind == AST_closure || is_named_function(function);
}

CoreOperand lower_apply(Builder *b, Ast *function, CoreOperand *args, int count, Span span) {
    if (function->kind == AST_closure && !lower_contains_return(function->kid[closure_body])) {
        lower_bind_params(b, function, args, count);
        return lower_expr(b, function->kid[closure_body]);
    }
    if (is_named_function(function)) return call_named(b, function, args, count, lower_type_of(b, function)->result, span);
    return call_closure(b, lower_expr(b, function), args, count, span);
}
