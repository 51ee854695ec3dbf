#include "lang/check_internal.h"

// Waiting: `await`, `try`, `spawn`, and in which code they can stand. A task is `async` if something in it waits, asks, replies,
// or makes a future.

// ---- where code can wait ---------------------------------------------------------------------------------------------

static Diag *cannot_wait(Checker *c, Span span, const char *what, const char *where, const char *here) {
    Diag *diag = diag_add(c->diags, DIAG_CANNOT_WAIT, span, "%s stands %s", what, where);
    diag_here(c->diags, diag, "%s", here);
    return diag;
}

// A task that somebody else has written may run it.
static bool in_closure_of_function(Checker *c, Span span, const char *what) {
    Diag *diag = cannot_wait(c, span, what, "within a closure", "a closure may be called where nothing can wait");
    diag_help(c->diags, diag, "go on when the answer comes as an event or message of its own, or do this in a task");
    return false;
}

static bool outside_of_tasks(Checker *c, Span span, const char *what) {
    const Def *owner = c->body->owner;
    Diag *diag = cannot_wait(c, span, what, "outside of the code of a task", "this is not in a handler or function of a task");
    if (owner->kind == DEF_FN)
        diag_help(c->diags, diag, "declare `%s` within the task that calls it, between its `{` and `}`", owner->name);
    else if (owner->kind == DEF_TASK)
        diag_help(c->diags, diag, "what a state begins with is there at once: do this in a handler, and keep what comes of it");
    else
        diag_help(c->diags, diag, "do it in a task, and pass on what comes of it");
    return false;
}

// Whether it can begin something that takes time; that it waits for it is another matter.
static bool check_can_begin(Checker *c, Span span, const char *what) {
    Body *body = c->body;
    if (body->cannot_wait) return false;
    if (body->wrapping) {
        Diag *diag = cannot_wait(c, span, what, "within `wrap`", "what is wrapped handles its events at once");
        diag_help(c->diags, diag, "do it in a task of its own, before or behind this one: `A then wrap(...)`");
        return false;
    }
    if (!body->task && body->closure_depth && body->owner->kind == DEF_FN) return in_closure_of_function(c, span, what);
    if (!body->task) return outside_of_tasks(c, span, what);
    if (body->task->generator) {
        Diag *diag = cannot_wait(c, span, what, "within a generator", "a generator puts out its next atom at once");
        diag_help(c->diags, diag, "a task behind it, `%s(...) |> Name`, can wait", body->task->name);
        return false;
    }
    body->task->async = true;
    return true;
}

bool check_can_ask(Checker *c, Span span) {
    return check_can_begin(c, span, "`ask`");
}

bool check_can_wait(Checker *c, Span span, const char *what) {
    if (!check_can_begin(c, span, what)) return false;
    if (!c->body->closure_depth) return true;
    Diag *diag = cannot_wait(c, span, what, "within a closure", "a closure may be called where nothing can wait");
    diag_help(c->diags, diag, "use a loop instead of the closure");
    return false;
}

// ---- await -----------------------------------------------------------------------------------------------------------

static void help_not_a_future(Checker *c, Diag *diag, const Ast *value, Type *type) {
    if (type_is(type, BUILTIN_PROMISE))
        diag_help(c->diags, diag, "`.future()` is the future of a promise: `await %s.future()`",
                  value->kind == AST_name ? value->name : "(...)");
    else if (type->kind == TYPE_CON && type->def == c->program->option_type && type_is(type->args[0], BUILTIN_FUTURE))
        diag_help(c->diags, diag, "there may be none: `match` on it, and await the future in `Some(f)`");
    else if (type_is(type, BUILTIN_DURATION))
        diag_help(c->diags, diag, "`await sleep(...)` waits for a time");
    else
        diag_help(c->diags, diag,
                  "only a future is waited for, such as `ask p(...)` and `spawn { ... }` give, or a tuple or list of futures");
}

static Type *not_a_future(Checker *c, const Ast *value, Type *type) {
    bool several = type_is(type, BUILTIN_LIST) || (type->kind == TYPE_TUPLE && type->arg_count);
    Diag *diag = diag_add(c->diags, DIAG_NOT_A_FUTURE, value->span, "`await` waits for a future, found %s", report_type(c, type));
    diag_here(c->diags, diag, several ? "there is something else than futures in this" : "the value of this is there already");
    help_not_a_future(c, diag, value, type);
    return c->error_type;
}

// What an unknown type becomes when it is that of a future; NULL if it is none.
static Type *value_of_future(Checker *c, const Ast *value, Type *type) {
    type = type_resolve(type);
    if (type_is(type, BUILTIN_FUTURE)) return type->args[0];
    if (type->kind == TYPE_ERROR) return type;
    if (type->kind != TYPE_VAR) return NULL;
    Type *result = infer_var(c, ORIGIN_RESULT, value->span, NULL, NULL);
    unify(c, type, type_con(c->arena, c->program->future_type, &result, 1));
    return result;
}

static Type *values_of_tuple(Checker *c, const Ast *value, Type *type) {
    Type *values = type_new(c->arena, TYPE_TUPLE, type->arg_count);
    for (int i = 0; i < type->arg_count; i++) {
        values->args[i] = value_of_future(c, value, type->args[i]);
        if (!values->args[i]) return NULL;
    }
    return type->arg_count ? values : NULL;
}

// What waiting for a value of the type gives: a future, or a tuple or list of futures.
static Type *awaited(Checker *c, const Ast *value, Type *type) {
    type = type_resolve(type);
    Type *found = NULL;
    if (type->kind == TYPE_TUPLE) {
        found = values_of_tuple(c, value, type);
    } else if (type_is(type, BUILTIN_LIST)) {
        found = value_of_future(c, value, type->args[0]);
        if (found) found = type_con(c->arena, c->program->list_type, &found, 1);
    } else {
        found = value_of_future(c, value, type);
    }
    return found ? found : not_a_future(c, value, type);
}

static Type *option_of(Checker *c, Type *type) {
    return type_con(c->arena, c->program->option_type, &type, 1);
}

Type *check_await(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    Ast *value = node->kid[await_value], *within = node->kid[await_within];
    bool possible = check_can_wait(c, node->span, "`await`"), reported = c->body->cannot_wait;
    c->body->cannot_wait = !possible;
    Type *type = check_expr(c, value, NULL);
    c->body->cannot_wait = reported;
    type = possible ? awaited(c, value, type) : c->error_type;
    if (!within) return type;
    Expect limit = {.type = c->duration_type, .note = "`within` says in a Duration how long to wait: `await f within 5.s`"};
    check_expr(c, within, &limit);
    return type->kind == TYPE_ERROR ? type : option_of(c, type);
}

Type *check_try(Checker *c, Ast *node, const Expect *expect) {
    (void)expect;
    Def *result = map_get(&c->types, report_symbol(c, "Result")), *error = map_get(&c->types, report_symbol(c, "Error"));
    Type *args[2] = {check_expr(c, node->kid[try_value], NULL), error->type};
    return args[0]->kind == TYPE_ERROR ? c->error_type : type_con(c->arena, result, args, 2);
}

// ---- spawn -----------------------------------------------------------------------------------------------------------

static Type *future_of(Checker *c, Type *type) {
    return type_con(c->arena, c->program->future_type, &type, 1);
}

// What the block is checked in: it ends by itself, and what is around it goes on meanwhile.
static void enter(Checker *c, Frame *frame) {
    frame->outer = c->body->frame;
    c->body->frame = frame;
    c->body->spawn_depth++;
}

static void leave(Checker *c, const Frame *frame) {
    c->body->spawn_depth--;
    c->body->frame = frame->outer;
}

// The type that is expected of what the block gives, or NULL.
static Type *expected_value(const Expect *expect) {
    Type *type = expect ? type_resolve(expect->type) : NULL;
    return type && type_is(type, BUILTIN_FUTURE) ? type->args[0] : NULL;
}

Type *check_spawn_only(Checker *c, Ast *node) {
    Ast **block = &node->kid[spawn_body];
    Frame frame = {.ignores_result = true};
    bool possible = check_can_wait(c, node->span, "`spawn`");
    enter(c, &frame);
    Type *type = check_ignored(c, *block);
    leave(c, &frame);
    bool wrong = !possible || type_resolve(type)->kind == TYPE_ERROR;
    if (!wrong) *block = check_drop_value(c, *block);
    return infer_set(c, node, wrong ? c->error_type : future_of(c, c->unit_type));
}

// Where () is expected, it is a statement: `spawn { ... }` becomes `{ spawn { ... }; () }`.
static Type *spawn_as_statement(Checker *c, Ast *node) {
    Ast *spawn = ARENA_NEW(c->arena, Ast);
    *spawn = *node;
    if (check_spawn_only(c, spawn)->kind == TYPE_ERROR) return c->error_type;
    *node = *check_drop_value(c, spawn);
    return c->unit_type;
}

Type *check_spawn(Checker *c, Ast *node, const Expect *expect) {
    if (expect && type_is_unit(expect->type)) return spawn_as_statement(c, node);
    Type *value = expected_value(expect);
    Frame frame = {.result = {.type = value ? value : infer_var(c, ORIGIN_RESULT, node->span, NULL, NULL)}};
    bool possible = check_can_wait(c, node->span, "`spawn`");
    enter(c, &frame);
    check_expr(c, node->kid[spawn_body], &frame.result);
    leave(c, &frame);
    return possible ? future_of(c, frame.result.type) : c->error_type;
}

// ---- futures that are dropped ----------------------------------------------------------------------------------------

static bool is_called(const Ast *call, const char *name) {
    const Def *def = call->kid[call_callee]->def;
    return def && def_is_of_library(def, "task", name);
}

void check_dropped(Checker *c, const Ast *stmt, Type *type) {
    bool promise = type_is(type, BUILTIN_PROMISE);
    if (stmt->kind != AST_call || (!promise && !type_is(type, BUILTIN_FUTURE))) return;
    if (is_called(stmt, "sleep")) {
        Diag *diag = diag_add(c->diags, DIAG_UNUSED_FUTURE, stmt->span, "nothing waits for this `sleep`");
        diag_here(c->diags, diag, "it gives a future, which is dropped");
        diag_help(c->diags, diag, "write `await sleep(...)`");
        return;
    }
    Diag *diag =
        diag_add(c->diags, DIAG_UNUSED_FUTURE, stmt->span, "the %s that this gives is not used", promise ? "promise" : "future");
    diag_here(c->diags, diag, "this is %s, which is dropped", report_type(c, type));
    if (promise)
        diag_help(c->diags, diag, "keep it in a state, so that another event can complete it");
    else
        diag_help(c->diags, diag, "`await` waits for it; `let _ = ...` says that nobody does");
}

// ---- wrap ------------------------------------------------------------------------------------------------------------

void check_wrapped(Checker *c) {
    for (int i = 0; i < c->wrapped.count; i++) {
        const Ast *name = c->wrapped.items[i];
        if (!name->def->async) continue;
        Diag *diag = diag_add(c->diags, DIAG_WAITING_WRAPPED, name->span, "the task `%s` cannot be wrapped", name->def->name);
        diag_here(c->diags, diag, "it asks, replies, waits or is exclusive");
        report_label(c, diag, name->def->span, "the task is declared here");
        diag_help(c->diags, diag, "put it behind what `wrap` does: `wrap(...) then %s`", name->def->name);
    }
}
