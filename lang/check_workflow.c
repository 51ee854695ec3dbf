#include "lang/check_internal.h"

#include <string.h>

// Workflows with parameters: checked once, as generic functions are; the topology makes them a part of each workflow that uses
// them.

// ---- signature -------------------------------------------------------------------------------------------------------

static Type *type_of_use(Checker *c, const Def *workflow, Type *result) {
    const Ast *params = workflow->ast->kid[workflow_params];
    Type *type = type_new(c->arena, TYPE_FN, params->kid_count + 1);
    for (int i = 0; i < params->kid_count; i++) type->args[i] = params->kid[i]->kid[parameter_type]->type;
    type->args[params->kid_count] = result;
    return type_measure(type, MAX_TYPE_SIZE) > 0 ? type : c->error_type;
}

static Type *small_type_of_use(Checker *c, const Def *workflow, Type *result) {
    Type *type = type_of_use(c, workflow, result);
    if (type->kind == TYPE_ERROR) report_too_big(c, workflow->span);
    return type;
}

static bool names_stream(Checker *c, const Ast *type) {
    return type->kind == AST_t_name && !type->qualifier && type->name == c->program->stream_type->name;
}

// `f: Stream[A] -> Stream[B]` takes a task.
static bool takes_task(Checker *c, const Ast *type) {
    if (type->kind != AST_t_fn) return false;
    const Ast *params = type->kid[t_fn_params];
    for (int i = 0; i < params->kid_count; i++)
        if (names_stream(c, params->kid[i])) return true;
    return names_stream(c, type->kid[t_fn_result]);
}

static void not_a_task(Checker *c, Ast *type) {
    Diag *diag = diag_add(c->diags, DIAG_BAD_TASK_PARAMETER, type->span, "a task takes one stream and gives one");
    diag_here(c->diags, diag, "this is %s", report_type(c, type->type));
    diag_help(c->diags, diag, "write `Stream[A] -> Stream[B]`, with the types of the events for A and B");
    type->type = c->error_type;
}

static void parameter_types(Checker *c, Ast *params) {
    for (int i = 0; i < params->kid_count; i++) {
        Ast *type = params->kid[i]->kid[parameter_type];
        resolve_type(c, type, STREAM_AND_TASK);
        bool wrong = type->type->kind == TYPE_ERROR;
        if (!wrong && takes_task(c, type) && !type_is_task(type->type)) not_a_task(c, type);
    }
}

void check_workflow_signature(Checker *c, Def *workflow) {
    parameter_types(c, workflow->ast->kid[workflow_params]);
    bool wrong = workflow->type && workflow->type->kind == TYPE_ERROR;
    Type *signature = small_type_of_use(c, workflow, workflow->type ? workflow->type : c->unit_type);
    if (!wrong) check_tparams_determined(c, workflow, signature, NULL);
    if (workflow->parametric && workflow->type && !wrong) workflow->type = signature;
}

// ---- type parameters -------------------------------------------------------------------------------------------------

static bool mentions(Type *type, const Def *tparam) {
    type = type_resolve(type);
    // What is wrong may have been meant to mention it.
    if (type->kind == TYPE_ERROR || (type->kind == TYPE_PARAM && type->def == tparam)) return true;
    for (int i = 0; i < type->arg_count; i++)
        if (mentions(type->args[i], tparam)) return true;
    return false;
}

static bool is_repeated(const Def *def, int i) {
    for (int k = i + 1; k < def->tparam_count; k++)
        if (def->tparams[k]->name == def->tparams[i]->name) return true;
    return false;
}

void check_tparams_determined(Checker *c, const Def *def, Type *signature, Type *key) {
    for (int i = 0; i < def->tparam_count; i++) {
        Def *tparam = def->tparams[i];
        if (is_repeated(def, i) || mentions(signature, tparam) || (key && mentions(key, tparam))) continue;
        tparam->undetermined = true;
        Diag *diag = diag_add(c->diags, DIAG_CANNOT_INFER, tparam->span, "nothing determines the type parameter `%s` of `%s`",
                              tparam->name, def->name);
        diag_here(c->diags, diag, "%s has it in its type",
                  def->kind == DEF_TASK ? "no event, parameter or key" : "no parameter and no result");
        diag_help(c->diags, diag, "leave it out, or use it in the type of %s",
                  def->kind == DEF_TASK ? "what the task takes or puts out" : "a parameter");
    }
}

// ---- body ------------------------------------------------------------------------------------------------------------

void check_workflow_body(Checker *c, Def *workflow) {
    Ast *ast = workflow->ast, *params = ast->kid[workflow_params], *annotation = ast->kid[workflow_result];
    Ast *value = ast->kid[workflow_value];
    Type *result = workflow->type && workflow->type->kind == TYPE_FN ? annotation->type : NULL;
    Type *types = type_of_use(c, workflow, c->unit_type);
    check_parameter_defaults(c, workflow, params);
    if (types->kind == TYPE_ERROR) {
        workflow->type = types;
        return;
    }
    Body body;
    infer_begin(c, &body, workflow, workflow->module);
    check_bind_parameters(c, params, types->args);
    Expect expect = {.type = result, .reason = "annotation", .why = annotation ? annotation->span : (Span){0}};
    check_expr(c, value, result ? &expect : NULL);
    infer_end(c);
    if (workflow->type) return;
    bool stream = type_is(value->type, BUILTIN_STREAM);
    if (!stream && type_resolve(value->type)->kind != TYPE_ERROR) check_not_a_stream(c, workflow, value);
    workflow->type = stream ? small_type_of_use(c, workflow, value->type) : c->error_type;
}

// ---- recursion -------------------------------------------------------------------------------------------------------

void check_report_recursion(Checker *c, const Def *workflow, const DefList *chain) {
    Diag *diag =
        diag_add(c->diags, DIAG_RECURSIVE_WORKFLOW, workflow->span, "the workflow `%s` is used within itself", workflow->name);
    diag_here(c->diags, diag, "its graph would have no end");
    Buf text = {0};
    const char *user = workflow->name;
    for (int i = 0; i < chain->items.count; i++) {
        buf_printf(&text, "%s`%s` uses `%s`", i ? ", " : "", user, chain->items.items[i]->name);
        user = chain->items.items[i]->name;
    }
    if (chain->items.count > 1) diag_note(c->diags, diag, "%s", buf_text(&text));
    buf_free(&text);
    diag_help(c->diags, diag, "workflows are put together when the program is compiled; repeat within a function or a task");
}

Type *check_recursive_body(Checker *c, Def *workflow) {
    DefList chain = {0};
    int count = 0;
    for (const Body *body = c->body; body->owner != workflow; body = body->outer) count++;
    chain.items.items = ARENA_ARRAY(c->arena, Def *, count + 1);
    chain.items.count = count + 1;
    chain.items.items[count] = workflow;
    const Body *body = c->body;
    for (int i = count - 1; i >= 0; i--, body = body->outer) chain.items.items[i] = body->owner;
    check_report_recursion(c, workflow, &chain);
    workflow->type = c->error_type;
    return workflow->type;
}

// ---- uses ------------------------------------------------------------------------------------------------------------

Type *check_uncalled_workflow(Checker *c, const Ast *name, const Def *workflow) {
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, resolve_name_span(name), "the workflow `%s` needs its arguments",
                          workflow->name);
    diag_here(c->diags, diag, "without arguments it is no stream");
    report_label(c, diag, workflow->span, "`%s` is declared here, with parameters", workflow->name);
    const Ast *first = workflow->ast->kid[workflow_params]->kid[0]->kid[parameter_type];
    if (type_is(first->type, BUILTIN_STREAM))
        diag_help(c->diags, diag, "write `xs |> %s`, with the stream that it takes before the `|>`", workflow->name);
    else
        diag_help(c->diags, diag, "write `%s(...)`", workflow->name);
    c->body->tainted = true;
    return c->error_type;
}
