#include "lang/topology_internal.h"

#include <string.h>

// Sinks that write one file, as far as the program shows it, and outboxes of one workflow.

// Two literals, or the same param or constant, however many parameters of workflows they are given to on the way.
static bool is_same_path(const Node *sink, const Node *earlier) {
    WorkflowUse *within = sink->within, *earlier_within = earlier->within;
    Ast *a = topology_argument(&within, sink->args[0]), *b = topology_argument(&earlier_within, earlier->args[0]);
    if (a->kind == AST_string && b->kind == AST_string) return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
    bool same_name = a->kind == AST_name && b->kind == AST_name && a->def == b->def;
    return same_name && (a->def->kind != DEF_LOCAL || within == earlier_within); // each use has `let`s of its own
}

static void report_same_path(Builder *b, const Node *sink, const Node *earlier) {
    Diags *diags = &b->context->diags;
    Span span = sink->args[0]->span;
    Diag *diag = diag_add(diags, DIAG_DUPLICATE_SINK, span, "two sinks write to one file");
    if (earlier->args[0] == sink->args[0]) { // of one workflow that is used twice
        diag_here(diags, diag, "written here, once for each use of the workflow");
        topology_label_uses(b->context, diag, earlier->within, sink->within);
    } else {
        diag_here(diags, diag, "written here");
        diag_label(diags, diag, earlier->args[0]->span, "and here");
        topology_label_use(b->context, diag, sink->within);
    }
    diag_help(diags, diag, "write to two files, or `union` the streams before one `write`");
}

// An outbox is known by its workflow.
static void report_outbox(Builder *b, const Outlet *outbox, const Node *earlier) {
    Diags *diags = &b->context->diags;
    const Node *node = outbox->node;
    Diag *diag = diag_add(diags, DIAG_SEVERAL_OUTBOXES, node->span, "the workflow `%s` has two outboxes", outbox->graph->name);
    if (earlier->span.start == node->span.start && earlier->span.file == node->span.file) { // of one that is used twice
        diag_here(diags, diag, "one for each use of the workflow that it is written in");
        topology_label_uses(b->context, diag, earlier->within, node->within);
    } else {
        diag_here(diags, diag, "the second one");
        diag_label(diags, diag, earlier->span, "the first one");
        topology_label_use(b->context, diag, node->within);
    }
    diag_help(
        diags, diag,
        "an outbox is found by the name of its workflow: put the other one into a workflow of its own, or `union` the streams");
}

static void check_outboxes(Builder *b) {
    for (int i = 0; i < b->outboxes.count; i++)
        for (int j = 0; j < i; j++) {
            if (b->outboxes.items[i].graph != b->outboxes.items[j].graph) continue;
            report_outbox(b, &b->outboxes.items[i], b->outboxes.items[j].node);
            break;
        }
}

void topology_check_sinks(Builder *b) {
    check_outboxes(b);
    for (int i = 0; i < b->writes.count; i++)
        for (int j = 0; j < i; j++) {
            if (!is_same_path(b->writes.items[i], b->writes.items[j])) continue;
            report_same_path(b, b->writes.items[i], b->writes.items[j]);
            break;
        }
}
