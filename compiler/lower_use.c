#include "compiler/lower_internal.h"

// A workflow with parameters has no code of its own: each use of it has a scope, in whose terms the functions and settings of
// its nodes are lowered. Static parameters are globals, so that closures and stages need not carry them.

Scope *lower_scope(Lower *lower, const WorkflowUse *use) {
    return use ? &lower->uses[use->number] : &lower->top;
}

Substitution lower_types(Lower *lower, Def **params, Type *const *types, int count) {
    Substitution substitution = {params, ARENA_ARRAY(lower->arena, CoreType *, count + 1), count};
    for (int i = 0; i < count; i++) substitution.types[i] = lower_type(lower->setup, types[i]);
    return substitution;
}

// The names that an expression or pattern binds have other types in another scope, so that their locals are not used again.
static void enter_setup(Lower *lower, Scope *scope) {
    lower->setup->locals = (Map){0};
    builder_enter(lower->setup, scope);
}

CoreOperand lower_static(Lower *lower, const WorkflowUse *within, Ast *expr) {
    return lower_static_in(lower, lower_scope(lower, within), expr);
}

CoreOperand lower_static_in(Lower *lower, Scope *scope, Ast *expr) {
    enter_setup(lower, scope);
    CoreOperand value = lower_expr(lower->setup, expr);
    enter_setup(lower, &lower->top);
    return value;
}

void lower_bind_static(Lower *lower, Scope *scope, Ast *pattern, CoreOperand value) {
    enter_setup(lower, scope);
    lower_bind_globals(lower->setup, &scope->params, pattern, value);
    enter_setup(lower, &lower->top);
}

static void lower_arguments(Lower *lower, const WorkflowUse *use) {
    Ast *params = use->def->ast->kid[workflow_params];
    Scope *scope = lower_scope(lower, use);
    scope->types = lower_types(lower, use->def->tparams, use->types, use->def->tparam_count);
    for (int i = 0; i < params->kid_count; i++) {
        if (topology_takes_stream(use->def, i) || topology_takes_task(use->def, i) || topology_takes_portal(use->def, i))
            continue;
        CoreOperand value = lower_static(lower, use->outer, use->args[i]);
        lower_bind_static(lower, scope, params->kid[i]->kid[parameter_pattern], value);
    }
}

static void lower_let(Lower *lower, const WorkflowUse *within, const Ast *let) {
    CoreOperand value = lower_static(lower, within, let->kid[let_value]);
    lower_bind_static(lower, lower_scope(lower, within), let->kid[let_pattern], value);
}

void lower_statics(Lower *lower) {
    const Topology *topology = lower->topology;
    lower->uses = ARENA_ARRAY(lower->arena, Scope, topology->use_count + 1);
    lower->steps = ARENA_ARRAY(lower->arena, int *, topology->steps_count + 1);
    for (int i = 0; i < topology->statics.count; i++) {
        const Static *value = &topology->statics.items[i];
        if (value->let)
            lower_let(lower, value->use, value->let);
        else
            lower_arguments(lower, value->use);
    }
}
