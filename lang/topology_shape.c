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
static void check_arguments(Context *context, const Ast *args);

// ---- splitters -------------------------------------------------------------------------------------------------------

// It may be of another application.
static bool is_splitter(const Def *def) {
    return def->kind == DEF_SPLITTER || (def->kind == DEF_USE && def->ast->op == USE_SPLITTER);
}

static void unsplit(Context *context, const Ast *name) {
    Diag *diag = diag_add(&context->diags, DIAG_BAD_SPLIT, name->span, "the splitter `%s` is no stream", name->def->name);
    diag_here(&context->diags, diag, "expected a stream");
    diag_help(&context->diags, diag, "take a part of it: `%s.split(x => ...)`", name->def->name);
}

static void check_split(Context *context, const Ast *call) {
    const Ast *splitter = call->kid[call_args]->kid[0];
    if (splitter->kind == AST_name && is_splitter(splitter->def)) return;
    Diag *diag = diag_add(&context->diags, DIAG_BAD_SPLIT, splitter->span, "`split` takes a splitter apart");
    diag_here(&context->diags, diag, "this is a stream");
    diag_help(&context->diags, diag, "use `filter`, or declare a splitter: `splitter parts on %s`",
              splitter->kind == AST_name ? splitter->def->name : "...");
}

// ---- shapes ----------------------------------------------------------------------------------------------------------

static void check_name(Context *context, const Ast *name) {
    const Def *def = name->def;
    if (is_splitter(def)) {
        unsplit(context, name);
        return;
    }
    bool declared = def->kind == DEF_STREAM || def->kind == DEF_WORKFLOW || def->kind == DEF_SEQUENCER || def->kind == DEF_USE;
    bool bound = def->kind == DEF_LOCAL && def->ast->kind == AST_p_name && type_is(def->type, BUILTIN_STREAM);
    if (!declared && !bound) bad_stream(context, name, "this is not a stream that is known when the program is compiled");
}

static void check_statement(Context *context, const Ast *stmt) {
    switch (stmt->kind) {
    case AST_sequencer: return;
    case AST_connect: check_shape(context, stmt->kid[connect_from]); return;
    case AST_let:
        if (!topology_is_static(stmt)) check_shape(context, stmt->kid[let_value]);
        return;
    default: check_shape(context, stmt);
    }
}

// Whether a statement is a stream itself.
static bool is_shaped(const Ast *stmt) {
    return stmt->kind != AST_let && stmt->kind != AST_sequencer && stmt->kind != AST_connect;
}

static void check_block(Context *context, const Ast *block) {
    const Ast *stmts = block->kid[block_stmts], *last = NULL;
    for (int i = 0; i < stmts->kid_count; i++) {
        last = stmts->kid[i];
        check_statement(context, last);
    }
    if (!last || !is_shaped(last)) bad_stream(context, block, "this block does not end with a stream");
}

// What streams stand in a task expression.
static void check_task(Context *context, const Ast *task) {
    if (task->kind == AST_then) {
        check_task(context, task->kid[then_first]);
        check_task(context, task->kid[then_second]);
    } else if (task->kind == AST_call) {
        check_arguments(context, task->kid[call_args]);
    }
}

static void check_arguments(Context *context, const Ast *args) {
    for (int i = 0; i < args->kid_count; i++) {
        const Ast *arg = args->kid[i];
        if (arg && type_is(arg->type, BUILTIN_STREAM))
            check_shape(context, arg);
        else if (arg && type_is_task(arg->type))
            check_task(context, arg);
    }
}

static void check_call(Context *context, const Ast *call) {
    if (topology_is_application(call)) {
        check_task(context, call->kid[call_callee]);
        check_arguments(context, call->kid[call_args]);
        return;
    }
    const Def *callee = call->kid[call_callee]->def;
    bool known = callee && (callee->kind == DEF_TASK || callee->parametric);
    if (!known && topology_operator(callee) == NODE_STREAM) {
        bad_stream(context, call, "this call does not build a stream");
        return;
    }
    if (!known && topology_operator(callee) == NODE_SPLIT) {
        check_split(context, call);
        return;
    }
    check_arguments(context, call->kid[call_args]);
}

static void check_shape(Context *context, const Ast *expr) {
    switch (expr->kind) {
    case AST_name: check_name(context, expr); return;
    case AST_block: check_block(context, expr); return;
    case AST_call: check_call(context, expr); return;
    case AST_ticks: return;
    case AST_if:
    case AST_match: bad_stream(context, expr, "the dataflow graph cannot depend on a condition"); return;
    default: bad_stream(context, expr, "this is not a stream");
    }
}

static void check_stream(Context *context, const Def *def) {
    const Ast *value = def->ast->kid[stream_value];
    const Def *callee = value->kind == AST_call ? value->kid[call_callee]->def : NULL;
    NodeKind kind = topology_operator(callee);
    if (callee && callee->generator) return;
    if (kind == NODE_SPLIT) check_split(context, value);
    if (kind == NODE_SPLIT || topology_is_source(kind)) return;
    Diag *diag = diag_add(&context->diags, DIAG_BAD_STREAM, value->span,
                          "a `stream` is declared by a source alone, or as a part of a splitter");
    diag_here(&context->diags, diag, "this is no source by itself");
    diag_help(&context->diags, diag, "make this a `workflow`: `workflow %s = ...`", def->name);
}

static void check_workflow(Context *context, const Def *def) {
    const Ast *params = def->ast->kid[workflow_params];
    for (int i = 0; i < params->kid_count; i++) {
        const Ast *value = params->kid[i]->kid[parameter_value];
        if (value && topology_takes_stream(def, i)) check_shape(context, value);
        if (value && topology_takes_task(def, i)) check_task(context, value);
    }
    check_shape(context, def->ast->kid[workflow_value]);
}

void topology_check_shapes(Context *context, const Program *program) {
    for (int i = 0; i < program->streams.count; i++) check_stream(context, program->streams.items[i]);
    for (int i = 0; i < program->workflows.count; i++) check_workflow(context, program->workflows.items[i]);
    for (int i = 0; i < program->parametric.count; i++) check_workflow(context, program->parametric.items[i]);
    for (int i = 0; i < program->connects.count; i++) check_shape(context, program->connects.items[i]->ast->kid[connect_from]);
    for (int i = 0; i < program->splitters.count; i++)
        check_shape(context, program->splitters.items[i]->ast->kid[splitter_stream]);
}
