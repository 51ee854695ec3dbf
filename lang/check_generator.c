#include "lang/check_internal.h"

// Generators: tasks whose one handler is `on next`, and `seal`.

bool check_handler_belongs(Checker *c, const Def *task, const Ast *handler) {
    if ((handler->op == HANDLER_NEXT) == task->generator) return true;
    const char *what =
        task->generator ? "the generator `%s` has a handler that is not `on next`" : "the task `%s` has an `on next`";
    Diag *diag = diag_add(c->diags, DIAG_BAD_GENERATOR, handler->span, what, task->name);
    if (task->generator) {
        diag_here(c->diags, diag, "nothing comes to a generator");
        diag_help(c->diags, diag, "a `task` behind it, `%s(...) |> Name`, may have this handler", task->name);
    } else {
        diag_here(c->diags, diag, "only a generator is asked for what is next");
        diag_help(c->diags, diag, "a task takes events, by `on event`; `generator name: T { ... }` declares a generator");
    }
    return false;
}

void check_generator(Checker *c, const Def *generator, const Ast *next) {
    if (next) return;
    Diag *diag = diag_add(c->diags, DIAG_BAD_GENERATOR, generator->span, "the generator `%s` has no `on next`", generator->name);
    diag_here(c->diags, diag, "nothing ever comes of it");
    diag_help(c->diags, diag, "add `on next { ... }`, which emits the events of the next atom");
}

Type *check_uncalled_generator(Checker *c, const Ast *name, const Def *generator) {
    bool plain = generator->ast->kid[task_params]->kid_count == 0;
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED, name->span, "the generator `%s` is no value", generator->name);
    diag_here(c->diags, diag, plain ? "it is a source when it is called" : "with its arguments it is a source");
    diag_help(c->diags, diag, plain ? "write `%s()`" : "write `%s(...)`", generator->name);
    c->body->tainted = true;
    return c->error_type;
}

// ---- seal ------------------------------------------------------------------------------------------------------------

static Type *misplaced_seal(Checker *c, const Ast *name, const char *where, const char *help) {
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED_SEAL, name->span, "`seal` stands outside of `on next`");
    diag_here(c->diags, diag, "%s", where);
    if (help) diag_help(c->diags, diag, "%s", help);
    c->body->tainted = true;
    return c->error_type;
}

Type *check_seal(Checker *c, Ast *name) {
    const Body *body = c->body;
    bool within = body->task && body->task->generator;
    if (!within) return misplaced_seal(c, name, "only the `on next` of a generator ends a stream", NULL);
    if (body->owner != body->task)
        return misplaced_seal(c, name, "a function of the generator does not end its stream",
                              "return a Bool that says so, and let `on next` do it");
    if (body->closure_depth) return misplaced_seal(c, name, "a closure does not end the stream", "use a loop instead");
    name->kind = AST_seal;
    return c->unit_type;
}

void check_called_seal(Checker *c, const Ast *name) {
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED_SEAL, name->span, "`seal` is no function");
    diag_here(c->diags, diag, "it stands alone");
    diag_help(c->diags, diag, "write `seal`, or `return seal` to end `on next`, too");
}
