#include "lang/check_internal.h"

// `s += await f` reads the state `s`, waits, and assigns: what other events of the key have made of `s` meanwhile is lost. That
// is hardly ever meant, and there is a warning. In an exclusive task no other event of the key comes, but those of other keys do,
// which may change a global state.

static const Def *state_of(const Ast *target) {
    while (target->kind == AST_index) target = target->kid[index_object];
    return target->kind == AST_name && target->def && target->def->kind == DEF_STATE ? target->def : NULL;
}

static bool reads(const Ast *node, const Def *state) {
    if (!node || node->kind == AST_spawn) return false;
    if (node->kind == AST_name && node->def == state) return true;
    for (int i = 0; i < node->kid_count; i++)
        if (reads(node->kid[i], state)) return true;
    return false;
}

// The place in a chain of operators that waits when the state has been read to the left of it, or NULL.
static const Ast *late_wait(Checker *c, const Def *task, const Ast *value, const Def *state) {
    if (value->kind != AST_binary) return NULL;
    const Ast *left = value->kid[binary_left];
    const Ast *found = late_wait(c, task, left, state);
    return found || !reads(left, state) ? found : check_find_wait(c, task, value->kid[binary_right]);
}

static const Ast *lost_wait(Checker *c, const Def *task, const Ast *assign) {
    const Def *state = state_of(assign->kid[assign_target]);
    bool alone = task->ast->flags & FLAG_EXCLUSIVE;
    if (!state || (alone && !(state->ast->flags & FLAG_GLOBAL))) return NULL;
    const Ast *value = assign->kid[assign_value];
    return assign->op == OP_NONE ? late_wait(c, task, value, state) : check_find_wait(c, task, value);
}

static void warn(Checker *c, const Ast *assign, const Ast *wait) {
    const Ast *target = assign->kid[assign_target];
    Diag *diag =
        diag_add(c->diags, DIAG_LOST_CHANGE, target->span, "the state `%s` is read before this waits", state_of(target)->name);
    diag_here(c->diags, diag, "what other handlers make of it meanwhile is lost");
    report_label(c, diag, wait->span, "it waits here");
    diag_help(c->diags, diag, "wait first: `let x = await ...`, and use `x` here");
}

static void look(Checker *c, const Def *task, const Ast *node) {
    if (!node) return;
    const Ast *wait = node->kind == AST_assign ? lost_wait(c, task, node) : NULL;
    if (wait) warn(c, node, wait);
    for (int i = 0; i < node->kid_count; i++) look(c, task, node->kid[i]);
}

void check_lost_changes(Checker *c, const Def *task) {
    if (task->async) look(c, task, task->ast->kid[task_items]);
}
