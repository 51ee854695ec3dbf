#include "lang/check_internal.h"

#include <string.h>

// `errors to`: the sequencer to which the dead letters of a workflow go. Whether the workflow's streams fit is for the topology,
// which knows them.

static void not_a_sequencer(Checker *c, const Ast *to, const Def *def) {
    Diag *diag = diag_add(c->diags, DIAG_ERRORS_TO, to->span, "`errors to` names a sequencer");
    if (!def) {
        diag_here(c->diags, diag, "expected the name of a sequencer");
    } else {
        diag_here(c->diags, diag, "`%s` is no sequencer", def->name);
        if (def->span.end > def->span.start) report_label(c, diag, def->span, "`%s` is declared here", def->name);
    }
    diag_help(c->diags, diag, "declare `sequencer dead: DeadAtom[T]`, where T is the type of the events that the workflow takes");
}

// NULL after a diagnostic.
static Def *find_sequencer(Checker *c, Ast *to) {
    if (to->kind != AST_name) {
        not_a_sequencer(c, to, NULL);
        return NULL;
    }
    Def *def = check_find_value(c, to);
    if (!def || (def->type && def->type->kind == TYPE_ERROR)) return NULL;
    if (check_is_sequencer(def)) return def;
    not_a_sequencer(c, to, def);
    return NULL;
}

static Type *dead_event(Type *stream) {
    Type *event = type_resolve(type_resolve(stream)->args[0]);
    bool dead =
        event->kind == TYPE_CON && event->def->module && event->def->module->library && strcmp(event->def->name, "DeadAtom") == 0;
    return dead ? type_resolve(event->args[0]) : NULL;
}

static void check_letters(Checker *c, const Ast *to, const Def *sequencer) {
    if (dead_event(sequencer->type)) return;
    Type *event = type_resolve(type_resolve(sequencer->type)->args[0]);
    Diag *diag = diag_add(c->diags, DIAG_DEAD_LETTERS, to->span, "dead letters are events of type DeadAtom");
    diag_here(c->diags, diag, "the events of `%s` are of type %s", sequencer->name, report_type(c, event));
    report_label(c, diag, check_sequencer_annotation(sequencer)->span, "their type is declared here");
    diag_help(c->diags, diag, "write `sequencer %s: DeadAtom[T]`, where T is the type of the events that the workflow takes",
              sequencer->name);
}

static void report_parameters(Checker *c, const Def *workflow, const Ast *to) {
    Diag *diag = diag_add(c->diags, DIAG_ERRORS_OF_PART, to->span, "a workflow with parameters has no dead letters");
    diag_here(c->diags, diag, "`%s` becomes a part of the workflows that use it", workflow->name);
    diag_note(c->diags, diag, "an atom fails as a whole, in the workflow that takes it");
    diag_help(c->diags, diag, "write `errors to` behind the names of the workflows that use `%s`", workflow->name);
}

void check_errors_to(Checker *c, Def *workflow) {
    Ast *to = workflow->ast->kid[workflow_dead];
    if (!to) return;
    Body body;
    infer_begin(c, &body, workflow, workflow->module);
    Def *sequencer = find_sequencer(c, to);
    infer_set(c, to, sequencer ? check_use(c, to, sequencer) : c->error_type);
    infer_end(c);
    if (!sequencer) return;
    check_mark_connected(sequencer);
    if (workflow->parametric)
        report_parameters(c, workflow, to);
    else
        check_letters(c, to, sequencer);
}
