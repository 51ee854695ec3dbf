#include "lang/check_internal.h"

#include <string.h>

// Task expressions: tasks, and workflows and operators without the stream that they take, and what `then`, `steps`, `loop` and
// `wrap` make of them. They have a function type, `Stream[A] -> Stream[B]`, but are no values: they stand behind `|>`, as
// operands of one another, and as arguments of workflows.

// The types of the streams that a task takes and gives.
typedef struct Flow {
    Type *from;
    Type *to;
} Flow;

static Type *task_of(Checker *c, Flow flow) {
    Type *type = type_new(c->arena, TYPE_FN, 2);
    type->args[0] = flow.from;
    type->args[1] = flow.to;
    return type;
}

static Type *open_stream(Checker *c, Span span) {
    Type *event = infer_var(c, ORIGIN_RESULT, span, NULL, NULL);
    return type_con(c->arena, c->program->stream_type, &event, 1);
}

static void check_task(Checker *c, Ast *node, Flow flow);
static bool takes_stream(const Def *def);

// ---- what is no task -------------------------------------------------------------------------------------------------

static void give_up(Checker *c, Ast *node) {
    c->body->tainted = true;
    infer_set(c, node, c->error_type);
}

static Diag *no_task(Checker *c, const Ast *node, const char *what) {
    Diag *diag = diag_add(c->diags, DIAG_NO_TASK, node->span, "%s", what);
    diag_here(c->diags, diag, "expected a task, or a workflow or operator without the stream that it takes");
    return diag;
}

static void report_no_task(Checker *c, Ast *node, const Def *def) {
    bool choice = node->kind == AST_if || node->kind == AST_match;
    Diag *diag = no_task(c, node, choice ? "which task this is must be known when the program is compiled" : "this is no task");
    if (node->kind == AST_closure)
        diag_help(c->diags, diag, "`map(x => ...)` is a task that applies a closure to each event");
    else if (node->kind == AST_pipe)
        diag_help(c->diags, diag, "`A then B` is the task that passes what `A` puts out on to `B`");
    else if (def && (def->generator || (def->kind == DEF_FN && def->module == c->stream_module)))
        diag_help(c->diags, diag, "`%s` makes a stream, but of no other one", def->name);
    else if (def && def->kind == DEF_FN && !def->owner)
        diag_help(c->diags, diag, "`map(%s)` is a task that applies the function to each event", def->name);
    give_up(c, node);
}

Type *check_task_as_value(Checker *c, const Ast *node, const char *what) {
    Diag *diag = diag_add(c->diags, DIAG_TASK_AS_VALUE, node->span, "%s makes a task, which is no value", what);
    diag_here(c->diags, diag, "a task stands behind `|>`, or is an argument of a workflow");
    diag_help(c->diags, diag, "`xs |> (...)` applies it to the stream `xs`");
    c->body->tainted = true;
    return c->error_type;
}

static const Ast *first_operand(const Ast *then) {
    while (then->kind == AST_then) then = then->kid[then_first];
    return then;
}

// What is named there, if it is a stream, or makes one of no other.
static const Def *named_stream(Checker *c, const Ast *first) {
    if (first->kind == AST_call) first = first->kid[call_callee];
    const Def *def = first->kind == AST_name ? check_peek(c, first) : NULL;
    if (!def || def->parametric) return NULL;
    bool declared = def->kind == DEF_STREAM || def->kind == DEF_WORKFLOW || def->kind == DEF_SEQUENCER;
    bool source =
        def->kind == DEF_FN && def->module == c->stream_module && combinator_of(def) == COMBINE_NOT && !takes_stream(def);
    return declared || source || def->generator ? def : NULL;
}

Type *check_then_as_value(Checker *c, const Ast *node) {
    const Ast *first = first_operand(node);
    const Def *stream = named_stream(c, first);
    if (!stream) return check_task_as_value(c, node, "`then`");
    Diag *diag = no_task(c, first, "`then` joins tasks, and a stream is none");
    diag_help(c->diags, diag, "a stream stands before `|>`, tasks behind it: `%s%s |> A then B`", stream->name,
              stream->kind == DEF_FN || stream->generator ? "(...)" : "");
    c->body->tainted = true;
    return c->error_type;
}

Type *check_parameter_as_value(Checker *c, const Ast *name) {
    Diag *diag = diag_add(c->diags, DIAG_TASK_AS_VALUE, name->span, "`%s` is a task, which is no value", name->name);
    diag_here(c->diags, diag, "a task stands behind `|>`, or is an argument of a workflow");
    diag_help(c->diags, diag, "`xs |> %s` applies it to the stream `xs`", name->name);
    c->body->tainted = true;
    return c->error_type;
}

Type *check_inner_as_value(Checker *c, const Ast *name) {
    Diag *diag = diag_add(c->diags, DIAG_BAD_INNER, name->span, "`%s` can only be called", name->name);
    diag_here(c->diags, diag, "it is the task that is wrapped, which is no value");
    diag_help(c->diags, diag, "`%s(event)` runs its `on event` here and now", name->name);
    return c->error_type;
}

bool check_inner_is_near(Checker *c, const Ast *name) {
    const Slot *slot = infer_lookup(c, name->name);
    if (slot && slot->closure_depth == c->body->closure_depth) return true;
    Diag *diag = diag_add(c->diags, DIAG_BAD_INNER, name->span, "`%s` cannot be called within another closure", name->name);
    diag_here(c->diags, diag, "it belongs to the closure of the `wrap`");
    diag_help(c->diags, diag, "use a loop instead of the closure");
    return false;
}

// ---- a task, workflow or operator without its stream -----------------------------------------------------------------

static Ast *head_of(Ast *node) {
    if (node->kind == AST_call) node = node->kid[call_callee];
    return node->kind == AST_index ? node->kid[index_object] : node;
}

// What the name at the head means; NULL if it is no name, or after a diagnostic.
static Def *find_head(Checker *c, Ast *head) {
    if (head->kind == AST_member && check_module_member(c, head)) return head->def;
    if (head->kind == AST_ctor) return check_find_ctor(c, head, NULL);
    return head->kind == AST_name ? check_find_value(c, head) : NULL;
}

// Whether it is a function of streams whose first parameter is one.
static bool takes_stream(const Def *def) {
    if (def->kind == DEF_TASK) return !def->generator;
    if (def->kind == DEF_FN && def->module->library && strcmp(def->name, "split") == 0) return false; // it takes a splitter
    bool function = def->parametric || (def->kind == DEF_FN && !def->owner);
    Type *type = function ? def->type : NULL;
    if (def->parametric && (!type || type->kind == TYPE_ERROR)) { // not known yet: as it is written
        const Ast *first = def->ast->kid[workflow_params]->kid[0]->kid[parameter_type];
        return first->type && (type_is(first->type, BUILTIN_STREAM) || first->type->kind == TYPE_ERROR);
    }
    return type && type->kind == TYPE_FN && type->arg_count > 1 && type_is(type->args[0], BUILTIN_STREAM);
}

static void make_call(Checker *c, Ast *node) {
    if (node->kind == AST_call) return;
    Ast *callee = ARENA_NEW(c->arena, Ast);
    *callee = *node;
    Ast *call = ast_new(c->arena, AST_call, node->span);
    call->kid[call_callee] = callee;
    call->kid[call_args] = ast_list(c->arena, (Span){node->span.file, node->span.end, node->span.end});
    *node = *call;
}

// It is checked as a call with a stream in the place of the one that it lacks, which stays NULL.
static void check_lacking(Checker *c, Ast *node, Flow flow) {
    Ast *stream = ast_new(c->arena, AST_name, node->span);
    int errors = c->diags->errors;
    infer_set(c, stream, flow.from);
    make_call(c, node);
    Type *result = check_call_with(c, node, stream);
    Expect expect = {.type = flow.to, .note = "these are the events that it puts out"};
    check_satisfies(c, node, result, &expect);
    infer_set(c, node, task_of(c, flow));
    if (c->diags->errors == errors) node->kid[call_args]->kid[0] = NULL;
}

// A name that has a task for its type: a parameter of the workflow.
static void check_parameter(Checker *c, Ast *name, Def *def, Flow flow) {
    Expect expect = {.type = task_of(c, flow)};
    check_satisfies(c, name, infer_set(c, name, check_use(c, name, def)), &expect);
}

// ---- steps, loop, wrap -----------------------------------------------------------------------------------------------

static bool plain_arguments(Checker *c, const Ast *call, const char *name) {
    const Ast *args = call->kid[call_args];
    for (int i = 0; i < args->kid_count; i++) {
        if (args->kid[i]->kind != AST_arg && args->kid[i]->kind != AST_spread) continue;
        Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, args->kid[i]->span, "`%s` takes its arguments by position", name);
        diag_here(c->diags, diag, "write the task alone");
        return false;
    }
    return true;
}

static bool two_arguments(Checker *c, const Ast *call, const char *name, const char *form) {
    if (!plain_arguments(c, call, name)) return false;
    int count = call->kid[call_args]->kid_count;
    if (count == 2) return true;
    Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, call->span, "`%s` takes 2 arguments, but %d %s given", name, count,
                          count == 1 ? "is" : "are");
    diag_here(c->diags, diag, "expected `%s`", form);
    return false;
}

static bool is_loop(Checker *c, Ast *node) {
    if (node->kind != AST_call) return false;
    Ast *callee = node->kid[call_callee];
    bool name = callee->kind == AST_name && strcmp(callee->name, "loop") == 0;
    bool member = callee->kind == AST_member && strcmp(callee->name, "loop") == 0;
    if (!name && !member) return false;
    Def *def = find_head(c, callee);
    return def && combinator_of(def) == COMBINE_LOOP;
}

static void check_loop(Checker *c, Ast *node, Flow flow) {
    if (!two_arguments(c, node, "loop", "loop(times, task)")) {
        give_up(c, node);
        return;
    }
    Ast *args = node->kid[call_args];
    Expect expect = {.type = c->int_type, .note = "`loop` says for how many atoms in a row"};
    check_expr(c, args->kid[0], &expect);
    check_task(c, args->kid[1], flow);
    infer_set(c, node->kid[call_callee], task_of(c, flow));
    infer_set(c, node, task_of(c, flow));
}

static void check_steps(Checker *c, Ast *node, Flow flow) {
    Ast *args = node->kid[call_args];
    if (!plain_arguments(c, node, "steps")) {
        give_up(c, node);
        return;
    }
    if (!args->kid_count) {
        Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, node->span, "`steps` needs a task");
        diag_here(c->diags, diag, "expected one task or more");
        give_up(c, node);
    }
    for (int i = 0; i < args->kid_count; i++) {
        if (is_loop(c, args->kid[i]))
            check_loop(c, args->kid[i], flow);
        else
            check_task(c, args->kid[i], flow);
    }
}

static void stray_loop(Checker *c, Ast *node) {
    Diag *diag = diag_add(c->diags, DIAG_STRAY_LOOP, node->span, "`loop` stands only among the arguments of `steps`");
    diag_here(c->diags, diag, "there is no next step");
    diag_help(c->diags, diag, "`steps(A, loop(2, B))` gives one atom to `A`, the next two to `B`, and begins again");
    give_up(c, node);
}

static bool wraps_by_closure(Checker *c, const Ast *closure) {
    const Ast *params = closure->kind == AST_closure ? closure->kid[closure_params] : NULL;
    if (params && params->kid_count == 2 && (params->kid[0]->kind == AST_p_name || params->kid[0]->kind == AST_p_wild))
        return true;
    Diag *diag = diag_add(c->diags, DIAG_BAD_WRAP, closure->span, "`wrap` needs a closure of two parameters");
    diag_here(c->diags, diag, "expected `(inner, event) => ...`");
    diag_help(c->diags, diag, "`wrap(A, (inner, x) => { inner(x) })` is `A` itself");
    return false;
}

// The closure is a handler: it may emit what the task puts out, and call its `on event`.
static void check_wrapper(Checker *c, Ast *closure, Type *handled, Flow flow) {
    Type *inner = type_new(c->arena, TYPE_FN, 2);
    inner->args[0] = handled;
    inner->args[1] = c->unit_type;
    Type *type = type_new(c->arena, TYPE_FN, 3);
    type->args[0] = inner;
    type->args[1] = type_resolve(flow.from)->args[0];
    type->args[2] = c->unit_type;
    Wrapping wrapping = {.outer = c->body->wrapping, .depth = c->body->closure_depth + 1};
    wrapping.output = type_resolve(flow.to)->args[0];
    wrapping.inner = closure->kid[closure_params]->kid[0];
    c->body->wrapping = &wrapping;
    Expect expect = {.type = type};
    check_expr(c, closure, &expect);
    c->body->wrapping = wrapping.outer;
}

// What a parameter stands for is looked at where the workflow is used.
static void check_single(Checker *c, const Ast *task) {
    const Ast *callee = task->kind == AST_call ? task->kid[call_callee] : task;
    bool known = type_resolve(task->type)->kind != TYPE_ERROR;
    if (known && callee->def && callee->def->kind == DEF_TASK) vec_push(c->arena, &c->wrapped, (Ast *)callee);
    bool single = callee->def &&
                  (callee->def->kind == DEF_TASK || callee->def->kind == DEF_LOCAL || combinator_of(callee->def) == COMBINE_WRAP);
    if (!known || single) return;
    Diag *diag = diag_add(c->diags, DIAG_BAD_WRAP, task->span, "`wrap` takes a task by itself");
    diag_here(c->diags, diag, "this is made of operators or several tasks");
    diag_help(c->diags, diag, "wrap the task that is to handle the events, and put the rest behind it: `wrap(A, ...) then B`");
}

static void check_wrap(Checker *c, Ast *node, Flow flow) {
    Ast *args = node->kid[call_args];
    if (!two_arguments(c, node, "wrap", "wrap(task, (inner, event) => ...)") || !wraps_by_closure(c, args->kid[1])) {
        give_up(c, node);
        return;
    }
    Type *handled = open_stream(c, args->kid[0]->span);
    check_task(c, args->kid[0], (Flow){handled, flow.to});
    check_single(c, args->kid[0]);
    check_wrapper(c, args->kid[1], handled->args[0], flow);
}

static void check_combinator(Checker *c, Ast *node, const Def *def, Flow flow) {
    if (node->kind != AST_call) {
        Diag *diag = diag_add(c->diags, DIAG_WRONG_ARGUMENTS, node->span, "`%s` needs its arguments", def->name);
        diag_here(c->diags, diag, "expected `%s(...)`", def->name);
        give_up(c, node);
        return;
    }
    infer_set(c, node->kid[call_callee], task_of(c, flow));
    infer_set(c, node, task_of(c, flow));
    switch (combinator_of(def)) {
    case COMBINE_STEPS: check_steps(c, node, flow); return;
    case COMBINE_WRAP: check_wrap(c, node, flow); return;
    default: stray_loop(c, node);
    }
}

// ---- all of them -----------------------------------------------------------------------------------------------------

static void check_then(Checker *c, Ast *node, Flow flow) {
    Type *between = open_stream(c, node->kid[then_first]->span);
    check_task(c, node->kid[then_first], (Flow){flow.from, between});
    check_task(c, node->kid[then_second], (Flow){between, flow.to});
    infer_set(c, node, task_of(c, flow));
}

static void check_named(Checker *c, Ast *node, Flow flow) {
    int errors = c->diags->errors;
    Def *def = find_head(c, head_of(node));
    if (!def && c->diags->errors > errors)
        give_up(c, node);
    else if (!def)
        report_no_task(c, node, NULL);
    else if (def->kind == DEF_FN && combinator_of(def) != COMBINE_NOT)
        check_combinator(c, node, def, flow);
    else if (node->kind == AST_name && def->kind == DEF_LOCAL && type_is_task(def->type))
        check_parameter(c, node, def, flow);
    else if (takes_stream(def))
        check_lacking(c, node, flow);
    else
        report_no_task(c, node, def);
}

static void check_task_within(Checker *c, Ast *node, Flow flow) {
    switch (node->kind) {
    case AST_then: check_then(c, node, flow); return;
    case AST_name:
    case AST_ctor:
    case AST_member:
    case AST_index:
    case AST_call: check_named(c, node, flow); return;
    default: report_no_task(c, node, NULL);
    }
}

static void check_task(Checker *c, Ast *node, Flow flow) {
    if (c->depth >= MAX_DEPTH) {
        report_too_big(c, node->span);
        give_up(c, node);
        return;
    }
    c->depth++;
    check_task_within(c, node, flow);
    c->depth--;
}

void check_task_expr(Checker *c, Ast *node, const Expect *expect) {
    Type *type = type_resolve(expect->type);
    if (type_is_task(type)) check_task(c, node, (Flow){type->args[0], type->args[1]});
}

bool check_is_task(Checker *c, const Ast *node) {
    if (node->kind == AST_then) return true;
    if (node->kind != AST_call) return false;
    node = node->kid[call_callee];
    if (node->kind == AST_index) node = node->kid[index_object];
    const Def *def = node->kind == AST_ctor || node->kind == AST_name ? check_peek(c, node) : NULL;
    return def && (combinator_of(def) != COMBINE_NOT || takes_stream(def));
}

Type *check_application(Checker *c, Ast *call, int typed) {
    Ast *task = call->kid[call_callee], *stream = call->kid[call_args]->kid[0];
    Flow flow = {open_stream(c, stream->span), open_stream(c, task->span)};
    Expect expect = {.type = flow.from, .note = "a task takes a stream"};
    if (typed)
        stream->type = check_satisfies(c, stream, stream->type, &expect);
    else
        check_expr(c, stream, &expect);
    check_task(c, task, flow);
    bool wrong = type_resolve(task->type)->kind == TYPE_ERROR || type_resolve(stream->type)->kind == TYPE_ERROR;
    return wrong ? c->error_type : flow.to;
}

// It came as a call with the stream as its first argument: `steps(xs, A, B)`.
Type *check_combined(Checker *c, Ast *call, int typed) {
    Ast *args = call->kid[call_args], *rest = ast_list(c->arena, args->span), *stream = ast_list(c->arena, args->span);
    for (int i = 0; i < args->kid_count; i++) ast_append(c->arena, i ? rest : stream, args->kid[i]);
    Ast *callee = call->kid[call_callee];
    Ast *task = ast_new(c->arena, AST_call, (Span){callee->span.file, callee->span.start, call->span.end});
    task->kid[call_callee] = callee;
    task->kid[call_args] = rest;
    call->kid[call_callee] = task;
    call->kid[call_args] = stream;
    return check_application(c, call, typed);
}
