#include "lang/check_internal.h"

#include <assert.h>

// Statements. Each has type (), or Never if it does not come to an end.

// ---- bindings --------------------------------------------------------------------------------------------------------

// The value of a `let` or `var`, against its annotation if there is one.
static Type *check_bound_value(Checker *c, Ast *annotation, Ast *value) {
    if (!annotation) return check_expr(c, value, NULL);
    bool streams = c->body->owner_streams && c->body->closure_depth == 0;
    Type *type = resolve_type(c, annotation, streams ? STREAM_ALLOWED : STREAM_FORBIDDEN);
    Expect expect = {.type = type, .reason = "annotation", .why = annotation->span};
    check_expr(c, value, &expect);
    return expect.type;
}

static Type *check_let(Checker *c, Ast *node) {
    Type *type = check_bound_value(c, node->kid[let_type], node->kid[let_value]);
    check_pattern(c, node->kid[let_pattern], type);
    infer_irrefutable(c, node->kid[let_pattern]);
    return c->unit_type;
}

static Type *check_var(Checker *c, Ast *node) {
    Type *type = check_bound_value(c, node->kid[var_type], node->kid[var_value]);
    Def *def = resolve_def(c, DEF_LOCAL, node->name, node, resolve_name_span(node));
    def->type = type;
    def->mutable = true;
    node->def = def;
    infer_bind(c, def);
    return c->unit_type;
}

// ---- assignment ------------------------------------------------------------------------------------------------------

static const char *why_not_assignable(const Def *def) {
    switch (def->kind) {
    case DEF_KEY: return "the key of a task never changes";
    case DEF_PARAM: return "a `param` is set on the command line";
    case DEF_CONST: return "a top-level `let` never changes";
    case DEF_LOCAL: return "what is bound by `let`, a pattern or a parameter never changes";
    default: return "it is not a variable";
    }
}

static Type *not_assignable(Checker *c, const Ast *target, const Def *def) {
    Diag *diag = diag_add(c->diags, DIAG_NOT_ASSIGNABLE, target->span, "`%s` cannot be assigned to", target->name);
    diag_here(c->diags, diag, "%s", why_not_assignable(def));
    report_label(c, diag, def->span, "declared here");
    if (def->kind == DEF_LOCAL) diag_help(c->diags, diag, "declare it with `var` to change it");
    return c->error_type;
}

static void help_state_in_closure(Checker *c, Diag *diag) {
    diag_help(c->diags, diag,
              "closures capture the value that a state has when they are made: call a function of the task that assigns it, or "
              "use a loop");
}

static Type *state_in_closure(Checker *c, const Ast *target, const Def *def) {
    Diag *diag = diag_add(c->diags, DIAG_NOT_ASSIGNABLE, target->span, "a closure cannot change the state `%s`", target->name);
    diag_here(c->diags, diag, "assigned within a closure");
    report_label(c, diag, def->span, "declared here");
    help_state_in_closure(c, diag);
    return c->error_type;
}

static Type *assignable_name(Checker *c, Ast *target) {
    Def *def = check_find_value(c, target);
    if (!def) {
        Diag *diag = c->diags->items.items[c->diags->items.count - 1];
        if (!diag->help) diag_help(c->diags, diag, "`let %s = ...` makes a new name", target->name);
        return c->error_type;
    }
    if (def->type && def->type->kind == TYPE_ERROR) return c->error_type;
    if (def->kind == DEF_STATE) return c->body->closure_depth ? state_in_closure(c, target, def) : def->type;
    return def->kind == DEF_LOCAL && def->mutable ? def->type : not_assignable(c, target, def);
}

static Type *tuple_target(Checker *c, Ast *target) {
    Ast *elems = target->kid[tuple_elems];
    Type *type = type_new(c->arena, TYPE_TUPLE, elems->kid_count);
    for (int i = 0; i < elems->kid_count; i++) type->args[i] = check_target(c, elems->kid[i]);
    return type;
}

Type *check_target(Checker *c, Ast *target) {
    Type *type = c->error_type;
    if (target->kind == AST_name)
        type = assignable_name(c, target);
    else if (target->kind == AST_tuple)
        type = tuple_target(c, target);
    else if (target->kind == AST_index) // else the parser has said that nothing can be assigned to it
        type = check_element_target(c, target);
    return infer_set(c, target, type);
}

static Type *check_assign(Checker *c, Ast *node) {
    Ast *target = node->kid[assign_target];
    Type *type = check_target(c, target);
    if (node->op != OP_NONE) {
        check_compound(c, node);
        return c->unit_type;
    }
    Expect expect = {.type = type};
    if (target->kind == AST_name && target->def)
        expect = (Expect){.type = type, .reason = "declaration", .why = target->def->span};
    check_expr(c, node->kid[assign_value], &expect);
    return c->unit_type;
}

static Type *no_states_to_reset(Checker *c, const Ast *node, const Def *task) {
    const char *has = task->global_count ? "only has global states" : "has no state";
    Diag *diag = diag_add(c->diags, DIAG_NOTHING_TO_RESET, node->span, "`%s` %s", task->name, has);
    diag_here(c->diags, diag, "there is nothing to reset");
    if (task->global_count) diag_help(c->diags, diag, "`reset %s` resets the global state", task->globals[0]->name);
    return c->error_type;
}

// `reset` without a name.
static Type *check_reset_all(Checker *c, Ast *node) {
    Def *task = c->body->task;
    if (!task || c->body->wrapping) {
        Diag *diag = diag_add(c->diags, DIAG_MISPLACED, node->span, "`reset` stands outside of the code of a task");
        diag_here(c->diags, diag, "only the handlers and functions of a task have states");
        return c->error_type;
    }
    if (!task->member_count) return no_states_to_reset(c, node, task);
    if (c->body->closure_depth) {
        Diag *diag = diag_add(c->diags, DIAG_NOT_ASSIGNABLE, node->span, "a closure cannot change the states of a task");
        diag_here(c->diags, diag, "they are reset within a closure");
        help_state_in_closure(c, diag);
        return c->error_type;
    }
    task->drops = true;
    return c->unit_type;
}

static Type *check_reset(Checker *c, Ast *node) {
    if (!node->name) return check_reset_all(c, node);
    Slot *slot = infer_lookup(c, node->name);
    Span span = resolve_name_span(node);
    if (slot && slot->def->kind == DEF_STATE) {
        node->def = slot->def;
        if (c->body->closure_depth) state_in_closure(c, node, slot->def);
        return c->unit_type;
    }
    if (!slot && !map_get(&c->module->scope, node->name)) {
        report_unknown_value(c, node->name, span);
        return c->unit_type;
    }
    Diag *diag = diag_add(c->diags, DIAG_NOT_ASSIGNABLE, span, "`%s` is no state", node->name);
    diag_here(c->diags, diag, "`reset` returns a `state` of the task to its initial value");
    return c->unit_type;
}

// ---- loops -----------------------------------------------------------------------------------------------------------

static Type *check_range(Checker *c, Ast *range) {
    Expect expect = {.type = c->int_type, .note = "a range goes from one Int up to, not including, another"};
    check_expr(c, range->kid[range_from], &expect);
    check_expr(c, range->kid[range_to], &expect);
    infer_set(c, range, c->int_type);
    return c->int_type;
}

static Type *not_iterable(Checker *c, Ast *iterable, Type *type) {
    Diag *diag = diag_add(c->diags, DIAG_TYPE_MISMATCH, iterable->span, "`for` goes over a List, Map, Set or range, found %s",
                          report_type(c, type));
    diag_here(c->diags, diag, "this is %s", report_type(c, type));
    if (type_is(type, BUILTIN_STRING)) diag_help(c->diags, diag, "`.chars()` gives its characters, `.words()` its words");
    if (type_is(type, BUILTIN_INT)) diag_help(c->diags, diag, "`0..n` counts up to `n`");
    if (type_is(type, BUILTIN_STREAM)) diag_help(c->diags, diag, "the events of a stream are seen by `map`, `filter`, or a task");
    return c->error_type;
}

// What a map consists of: pairs of key and value.
static Type *entry_of(Checker *c, Type *map) {
    Type *pair = type_new(c->arena, TYPE_TUPLE, 2);
    pair->args[0] = map->args[0];
    pair->args[1] = map->args[1];
    return pair;
}

static Type *check_iterable(Checker *c, Ast *iterable) {
    if (iterable->kind == AST_range) return check_range(c, iterable);
    Type *type = type_resolve(check_expr(c, iterable, NULL));
    if (type->kind == TYPE_ERROR) return type;
    if (type_is(type, BUILTIN_SET)) return type->args[0];
    if (type_is(type, BUILTIN_MAP)) return entry_of(c, type);
    Type *element = infer_var(c, ORIGIN_ELEMENT, iterable->span, NULL, NULL);
    Type *list = type_con(c->arena, c->program->list_type, &element, 1);
    if (unify(c, list, type) == UNIFY_OK) return element;
    element->link = c->error_type;
    return not_iterable(c, iterable, type);
}

static Type *check_for(Checker *c, Ast *node) {
    Type *element = check_iterable(c, node->kid[for_iterable]);
    int mark = infer_open(c);
    check_pattern(c, node->kid[for_pattern], element);
    infer_irrefutable(c, node->kid[for_pattern]);
    check_ignored_body(c, node->kid[for_body]);
    infer_close(c, mark);
    return c->unit_type;
}

static Type *check_while(Checker *c, Ast *node) {
    Expect expect = {.type = c->bool_type, .note = "the condition of a `while` is a Bool"};
    check_expr(c, node->kid[while_condition], &expect);
    check_ignored_body(c, node->kid[while_body]);
    return c->unit_type;
}

// ---- leaving ---------------------------------------------------------------------------------------------------------

static Type *misplaced(Checker *c, Ast *node, const char *what, const char *where) {
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED, node->span, "%s", what);
    diag_here(c->diags, diag, "%s", where);
    return c->error_type;
}

static Type *value_from_handler(Checker *c, Ast *value) {
    bool test = c->body->owner->kind == DEF_TEST, spawned = c->body->spawn_depth;
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED, value->span, "a %s gives no value",
                          test      ? "test"
                          : spawned ? "`spawn` for which nobody waits"
                                    : "handler");
    diag_here(c->diags, diag, "this would be dropped");
    if (test) return c->never_type;
    diag_help(c->diags, diag, "`emit` puts an event out; `return` alone ends the %s", spawned ? "block" : "handler");
    return c->never_type;
}

static Type *check_return(Checker *c, Ast *node) {
    Frame *frame = c->body->frame;
    Ast *value = node->kid[return_value];
    if (!frame) return misplaced(c, node, "`return` stands outside of a function", "there is nothing to return from");
    if (frame->ignores_result) {
        if (value) check_expr(c, value, NULL);
        return value && value->kind != AST_seal ? value_from_handler(c, value) : c->never_type;
    }
    if (value)
        check_expr(c, value, &frame->result);
    else
        check_satisfies(c, node, c->unit_type, &frame->result);
    return c->never_type;
}

static Type *check_emit(Checker *c, Ast *node) {
    Ast *value = node->kid[emit_value];
    Def *task = c->body->task;
    const Wrapping *wrapping = c->body->wrapping;
    if (!task && !wrapping) {
        check_expr(c, value, NULL);
        return misplaced(c, node, "`emit` stands outside of a task", "only the handlers and functions of a task put events out");
    }
    if (wrapping) {
        Expect output = {.type = wrapping->output, .note = "the closure of a `wrap` emits what its task does"};
        check_expr(c, value, &output);
        return c->unit_type;
    }
    Type *stream = task->type->args[task->type->arg_count - 1];
    if (stream->kind == TYPE_ERROR) c->body->tainted = true;
    Expect expect = {.type = stream->kind == TYPE_ERROR ? stream : stream->args[0],
                     .reason = "output type",
                     .why = task->ast->kid[task_output]->span};
    check_expr(c, value, &expect);
    return c->unit_type;
}

static Type *check_log(Checker *c, Ast *node) {
    Type *type = check_expr(c, node->kid[log_value], NULL);
    infer_trait(c, TRAIT_SHOWN, type, node->kid[log_value]->span);
    return c->unit_type;
}

static bool is_error(Checker *c, const Type *type) {
    return type->kind == TYPE_CON && type->def == map_get(&c->types, report_symbol(c, "Error"));
}

static Type *check_fail(Checker *c, Ast *node) {
    Expect expect = {.type = c->string_type, .note = "`fail` says in a String what is wrong, or fails with an Error again"};
    Ast *value = node->kid[fail_value];
    Type *type = check_expr(c, value, NULL);
    if (!is_error(c, type_resolve(type))) check_satisfies(c, value, type, &expect);
    return c->never_type;
}

static Type *check_assert(Checker *c, Ast *node) {
    Expect expect = {.type = c->bool_type, .note = "`assert` takes a Bool, and fails if it is false"};
    check_expr(c, node->kid[assert_value], &expect);
    return c->unit_type;
}

static Type *check_any_stmt(Checker *c, Ast *node) {
    switch (node->kind) {
    case AST_let: return check_let(c, node);
    case AST_var: return check_var(c, node);
    case AST_assign: return check_assign(c, node);
    case AST_for: return check_for(c, node);
    case AST_while: return check_while(c, node);
    case AST_return: return check_return(c, node);
    case AST_emit: return check_emit(c, node);
    case AST_log: return check_log(c, node);
    case AST_reply: return check_reply(c, node);
    case AST_reset: return check_reset(c, node);
    case AST_sequencer: return check_sequencer(c, node);
    case AST_connect: return check_connect(c, node);
    case AST_fail: return check_fail(c, node);
    case AST_assert: return check_assert(c, node);
    default: assert(!"a statement"); return c->error_type;
    }
}

Type *check_stmt(Checker *c, Ast *node) {
    return infer_set(c, node, check_any_stmt(c, node));
}
