#include "lang/check_internal.h"

#include <string.h>

// A promise is completed by another event of the task. In an exclusive task that event would wait for the handler that waits for
// it, so such a task makes no promises. It gets none either: futures and promises are never sent (check_sent.c).

static bool is_promise(const Checker *c, const Ast *node) {
    const Def *def = node->kind == AST_name ? node->def : NULL;
    return def && def->kind == DEF_FN && def->module == c->task_module && strcmp(def->name, "promise") == 0;
}

static void report(Checker *c, const Def *task, const Ast *node) {
    Diag *diag = diag_add(c->diags, DIAG_EXCLUSIVE_PROMISE, node->span, "an exclusive task makes no promises");
    diag_here(c->diags, diag, "the event that completes it would wait until this handler has ended");
    report_label(c, diag, task->span, "declared `exclusive`");
    diag_help(c->diags, diag, "leave `exclusive` out, or keep what waits in a state that the later event looks at");
}

static void look(Checker *c, const Def *task, const Ast *node) {
    if (!node) return;
    if (is_promise(c, node)) report(c, task, node);
    for (int i = 0; i < node->kid_count; i++) look(c, task, node->kid[i]);
}

void check_exclusive(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++) {
        const Def *task = c->value_defs.items[i];
        if (task->kind == DEF_TASK && task->ast->flags & FLAG_EXCLUSIVE) look(c, task, task->ast->kid[task_items]);
    }
}
