#include "lang/topology_internal.h"

// Looks at every stream expression as it is written, those of workflows that nobody uses, too, so that each mistake is said
// once, however often a workflow with parameters is used.

bool topology_is_static(const Ast *let) {
    return !type_is(let->kid[let_value]->type, BUILTIN_STREAM);
}

static Diag *bad_stream(Context *context, const Ast *expr, const char *what) {
    Diag *diag = diag_add(&context->diags, DIAG_BAD_STREAM, expr->span, "%s", what);
    diag_here(&context->diags, diag, "a source, a stream, a workflow, or operators and tasks applied to one is expected");
    return diag;
}

static void check_shape(Context *context, const Ast *expr);

static void check_name(Context *context, const Ast *name) {
    const Def *def = name->def;
    bool declared = def->kind == DEF_STREAM || def->kind == DEF_WORKFLOW || def->kind == DEF_USE;
    bool bound = def->kind == DEF_LOCAL && def->ast->kind == AST_p_name && type_is(def->type, BUILTIN_STREAM);
    if (!declared && !bound) bad_stream(context, name, "this is not a stream that is known when the program is compiled");
}

static void check_block(Context *context, const Ast *block) {
    const Ast *stmts = block->kid[block_stmts], *last = NULL;
    for (int i = 0; i < stmts->kid_count; i++) {
        last = stmts->kid[i];
        if (last->kind != AST_let)
            check_shape(context, last);
        else if (!topology_is_static(last))
            check_shape(context, last->kid[let_value]);
    }
    if (!last || last->kind == AST_let) bad_stream(context, block, "this block does not end with a stream");
}

static void check_call(Context *context, const Ast *call) {
    const Def *callee = call->kid[call_callee]->def;
    bool known = callee && (callee->kind == DEF_TASK || callee->parametric);
    if (!known && topology_operator(callee) == NODE_STREAM) {
        bad_stream(context, call, "this call does not build a stream");
        return;
    }
    const Ast *args = call->kid[call_args];
    for (int i = 0; i < args->kid_count; i++)
        if (type_is(args->kid[i]->type, BUILTIN_STREAM)) check_shape(context, args->kid[i]);
}

static void check_shape(Context *context, const Ast *expr) {
    switch (expr->kind) {
    case AST_name: check_name(context, expr); return;
    case AST_block: check_block(context, expr); return;
    case AST_call: check_call(context, expr); return;
    case AST_if:
    case AST_match: bad_stream(context, expr, "the dataflow graph cannot depend on a condition"); return;
    default: bad_stream(context, expr, "this is not a stream");
    }
}

static void check_stream(Context *context, const Def *def) {
    const Ast *value = def->ast->kid[stream_value];
    if (value->kind == AST_call && topology_is_source(topology_operator(value->kid[call_callee]->def))) return;
    Diag *diag = bad_stream(context, value, "a `stream` is declared by a source alone");
    diag_help(&context->diags, diag, "make this a `workflow`: `workflow %s = ...`", def->name);
}

static void check_workflow(Context *context, const Def *def) {
    const Ast *params = def->ast->kid[workflow_params];
    for (int i = 0; i < params->kid_count; i++) {
        const Ast *value = params->kid[i]->kid[parameter_value];
        if (value && topology_takes_stream(def, i)) check_shape(context, value);
    }
    check_shape(context, def->ast->kid[workflow_value]);
}

void topology_check_shapes(Context *context, const Program *program) {
    for (int i = 0; i < program->streams.count; i++) check_stream(context, program->streams.items[i]);
    for (int i = 0; i < program->workflows.count; i++) check_workflow(context, program->workflows.items[i]);
    for (int i = 0; i < program->parametric.count; i++) check_workflow(context, program->parametric.items[i]);
}
