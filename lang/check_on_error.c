#include "lang/check_internal.h"

// `on error` puts something in the place of what failed, at once: it cannot wait, nor call a function of the task that does. What
// it spawns can.

static const Def *helper_of(const Def *task, const Ast *node) {
    bool helper = node->kind == AST_name && node->def && node->def->kind == DEF_FN && node->def->owner == task;
    return helper ? node->def : NULL;
}

// `seen`: functions that have been looked at.
static const Ast *find_await(Checker *c, const Def *task, Map *seen, const Ast *node) {
    if (!node || node->kind == AST_spawn) return NULL;
    if (node->kind == AST_await) return node;
    const Def *helper = helper_of(task, node);
    const Ast *found = NULL;
    if (helper && !map_get(seen, helper)) {
        map_put(c->arena, seen, helper, (void *)helper);
        found = find_await(c, task, seen, helper->ast->kid[fn_body]);
    }
    for (int i = 0; i < node->kid_count && !found; i++) found = find_await(c, task, seen, node->kid[i]);
    return found;
}

const Ast *check_find_wait(Checker *c, const Def *task, const Ast *node) {
    Map seen = {0};
    return find_await(c, task, &seen, node);
}

static void report_wait(Checker *c, const Ast *node, const Def *helper, const Ast *await) {
    Diag *diag = diag_add(c->diags, DIAG_WAITS_ON_ERROR, node->span,
                          helper ? "`on error` cannot call `%s`" : "`on error` cannot wait", helper ? helper->name : "");
    diag_here(c->diags, diag, helper ? "this function waits" : "what failed is replaced at once");
    if (helper) report_label(c, diag, await->span, "it waits here");
    diag_help(c->diags, diag, "`spawn { ... }` goes on beside it, and can wait");
}

// Reports every one in the handler itself.
static void look(Checker *c, const Def *task, const Ast *node) {
    if (!node || node->kind == AST_spawn) return;
    const Def *helper = helper_of(task, node);
    const Ast *await = helper ? check_find_wait(c, task, node) : NULL;
    if (node->kind == AST_await)
        report_wait(c, node, NULL, node);
    else if (await)
        report_wait(c, node, helper, await);
    for (int i = 0; i < node->kid_count; i++) look(c, task, node->kid[i]);
}

void check_on_error(Checker *c, const Def *task) {
    const Ast *items = task->ast->kid[task_items];
    for (int i = 0; task->async && i < items->kid_count; i++)
        if (items->kid[i]->kind == AST_handler && items->kid[i]->op == HANDLER_ERROR)
            look(c, task, items->kid[i]->kid[handler_body]);
}
