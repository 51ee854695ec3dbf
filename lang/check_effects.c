#include "lang/check_internal.h"

// Closures with effects: they emit, ask, or call a function of the task, and so belong to the handler that makes them. Nothing
// may keep them. They stand where nobody can: in a field of a local record that is declared as a function, or where a function
// that cannot keep it takes one. What such a field holds is called, or passed on to a place like these.

static bool is_helper(const Ast *node) {
    const Def *def = node->kind == AST_name ? node->def : NULL;
    return def && def->kind == DEF_FN && def->owner;
}

// A key stands for a call in the code of this task.
static bool is_effect_key(const Ast *node) {
    return node->kind == AST_name && node->def && def_is_effect_key(node->def);
}

bool check_is_local_function(const Ast *node) {
    if (node->kind != AST_member || !node->def || !check_is_local_record(node->kid[member_object]->type)) return false;
    return type_resolve(node->def->type)->kind == TYPE_FN;
}

bool check_is_passing(const Ast *part) {
    return check_is_second_class(part->type) || part->flags & FLAG_EFFECTS || check_is_local_function(part);
}

// The first effect within the node, those of closures in it included; NULL if there is none.
static const Ast *find_effect(const Ast *node) {
    if (!node) return NULL;
    if (node->kind == AST_emit || node->kind == AST_ask || is_helper(node) || is_effect_key(node)) return node;
    for (int i = 0; i < node->kid_count; i++) {
        const Ast *found = find_effect(node->kid[i]);
        if (found) return found;
    }
    return NULL;
}

// ---- diagnostics -----------------------------------------------------------------------------------------------------

static const char *effect_text(Checker *c, const Ast *effect) {
    if (effect->kind == AST_emit) return "emits";
    if (effect->kind == AST_ask) return "asks";
    return arena_printf(c->arena, "calls `%s`, a function of the task", effect->name);
}

// `made`: the closure, or the name of a function of the task.
static void report_kept(Checker *c, const Ast *made, const Ast *effect) {
    bool name = made == effect;
    Diag *diag =
        name ? diag_add(c->diags, DIAG_EFFECTS_KEPT, made->span, "`%s`, a function of the task, could be kept here", made->name)
             : diag_add(c->diags, DIAG_EFFECTS_KEPT, made->span, "this closure %s, and could be kept here",
                        effect_text(c, effect));
    diag_here(c->diags, diag, name ? "passed on, not called" : "it belongs to the handler that makes it");
    if (!name)
        report_label(c, diag, effect->span,
                     effect->kind == AST_emit  ? "it emits here"
                     : effect->kind == AST_ask ? "it asks here"
                                               : "this belongs to the task");
    diag_note(c->diags, diag, "it works only while the handler runs, so nothing may keep it");
    diag_help(
        c->diags, diag,
        "write it directly as the argument of a function field of a `local record`, or of a function that gives no function, "
        "such as `list.map`; or use a loop");
}

static void report_wait(Checker *c, const Ast *name, const Ast *wait) {
    Diag *diag = diag_add(c->diags, DIAG_CANNOT_WAIT, name->span, "a closure cannot call `%s`, which waits", name->name);
    diag_here(c->diags, diag, "a closure may be called where nothing can wait");
    report_label(c, diag, wait->span, "it waits here");
    diag_help(c->diags, diag, "wait in the handler, before or behind this; or let the function `spawn` what waits");
}

static void report_read(Checker *c, const Ast *node, const Def *field) {
    Diag *diag = diag_add(c->diags, DIAG_EFFECTS_READ, node->span, "the function in `%s` can only be called", field->name);
    diag_here(c->diags, diag, node->kind == AST_member ? "read, and not called" : "bound to a name");
    report_label(c, diag, field->span, "this field is of a `local record`");
    diag_note(c->diags, diag, "it may emit or ask, which works only while the handler runs, so nothing may keep it");
    const Ast *object = node->kind == AST_member ? node->kid[member_object] : NULL;
    diag_help(
        c->diags, diag,
        "call it: `(%s.%s)(...)`; or pass it directly to a function field of a `local record`, or to a function that gives no "
        "function, such as `list.map`",
        object && object->kind == AST_name ? object->name : "x", field->name);
}

// ---- what is made ----------------------------------------------------------------------------------------------------

// That no function of the task that is called there waits.
static void check_waits(Checker *c, const Ast *node) {
    if (!node || node->kind == AST_spawn) return;
    const Ast *wait = is_helper(node) ? check_find_wait(c, node->def->owner, node) : NULL;
    if (wait) report_wait(c, node, wait);
    for (int i = 0; i < node->kid_count; i++) check_waits(c, node->kid[i]);
}

// `outer`: it is not within another closure with effects, of which that was said.
static void check_made(Checker *c, Ast *made, bool stays, bool outer) {
    const Ast *effect = find_effect(made);
    if (!effect) return;
    made->flags |= FLAG_EFFECTS;
    c->effects = true;
    if (outer) check_waits(c, made);
    if (!stays) report_kept(c, made, effect);
}

// ---- patterns --------------------------------------------------------------------------------------------------------

static const Ast *find_binding(const Ast *pattern) {
    if (pattern->kind == AST_p_name || pattern->kind == AST_p_as) return pattern;
    for (int i = 0; i < pattern->kid_count; i++) {
        const Ast *found = find_binding(pattern->kid[i]);
        if (found) return found;
    }
    return NULL;
}

static void check_pattern_of(Checker *c, const Ast *pattern) {
    const Def *ctor = pattern->def;
    if (!ctor || !check_is_local_record(pattern->type)) return;
    const Ast *args = pattern->kid[p_ctor_args];
    for (int i = 0; i < args->kid_count; i++) {
        const Ast *binding = type_resolve(ctor->members[i]->type)->kind == TYPE_FN ? find_binding(args->kid[i]) : NULL;
        if (binding) report_read(c, binding, ctor->members[i]);
    }
}

// ---- all of it -------------------------------------------------------------------------------------------------------

// How a value is used.
typedef enum Use { USE_ANY, USE_CALLED, USE_PASSED } Use;

static void look(Checker *c, Ast *node, Use use, bool outer) {
    if (!node) return;
    bool closure = node->kind == AST_closure && !(node->flags & FLAG_WRAPPER);
    if (closure || ((is_helper(node) || is_effect_key(node)) && use != USE_CALLED)) check_made(c, node, use == USE_PASSED, outer);
    if (use == USE_ANY && check_is_local_function(node)) report_read(c, node, node->def);
    if (node->kind == AST_p_ctor) check_pattern_of(c, node);
    outer &= !(closure && node->flags & FLAG_EFFECTS);
    for (int i = 0; i < node->kid_count; i++) {
        Ast *kid = node->kid[i];
        bool args = node->kind == AST_call && i == call_args;
        for (int k = 0; args && k < kid->kid_count; k++) look(c, kid->kid[k], check_stays(node, k) ? USE_PASSED : USE_ANY, outer);
        if (!args) look(c, kid, node->kind == AST_call && i == call_callee ? USE_CALLED : USE_ANY, outer);
    }
}

void check_effects(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++) look(c, c->value_defs.items[i]->ast, USE_ANY, true);
}
