#include "lang/check_internal.h"

// Portals: their types and keys, which of them a task asks and replies to, and portals as parameters of tasks and workflows. A
// portal has the type Portal[Request, Reply], but is no value: its name stands behind `ask`, `asks`, `replies` and `on ask`, and
// as an argument of a task or workflow. Who replies to whom is for the topology, which knows what parameters stand for.

bool check_is_portal(const Def *def) {
    switch (def->kind) {
    case DEF_PORTAL: return true;
    case DEF_USE: return def->ast->op == USE_PORTAL;
    case DEF_LOCAL: return def->type && type_is(def->type, BUILTIN_PORTAL);
    default: return false;
    }
}

// ---- declarations ----------------------------------------------------------------------------------------------------

void check_portal_signature(Checker *c, Def *portal) {
    Ast *ast = portal->ast;
    bool use = portal->kind == DEF_USE;
    Type *args[2] = {resolve_type(c, ast->kid[use ? (int)use_type : (int)portal_request], STREAM_FORBIDDEN),
                     resolve_type(c, ast->kid[use ? (int)use_reply : (int)portal_reply], STREAM_FORBIDDEN)};
    portal->type = type_con(c->arena, c->program->portal_type, args, 2);
    if (type_measure(portal->type, MAX_TYPE_SIZE) > 0) return;
    report_too_big(c, portal->span);
    portal->type = c->error_type;
}

// The key is what a function makes of a request.
void check_portal_body(Checker *c, Def *portal) {
    Ast *key = portal->ast->kid[portal_key];
    if (!key || portal->type->kind == TYPE_ERROR) return;
    Body body;
    infer_begin(c, &body, portal, portal->module);
    Type *function = type_new(c->arena, TYPE_FN, 2);
    function->args[0] = portal->type->args[0];
    function->args[1] = infer_var(c, ORIGIN_RESULT, key->span, NULL, NULL);
    Expect expect = {.type = function, .note = "the key of a portal is a function of its requests: `key request => ...`"};
    check_expr(c, key, &expect);
    infer_trait(c, TRAIT_KEY, function->args[1], key->span);
    infer_end(c);
}

// ---- names -----------------------------------------------------------------------------------------------------------

static Diag *not_a_portal(Checker *c, const Ast *name, const char *what) {
    Diag *diag = diag_add(c->diags, DIAG_NOT_A_PORTAL, name->span, "%s names a portal", what);
    bool known = name->def && name->kind == AST_name;
    if (known)
        diag_here(c->diags, diag, "`%s` is no portal", name->name);
    else
        diag_here(c->diags, diag, "expected the name of a portal");
    if (known && name->def->span.end > name->def->span.start)
        report_label(c, diag, name->def->span, "`%s` is declared here", name->name);
    return diag;
}

// What hides a portal of the same name would else be a riddle.
static void help_hidden(Checker *c, Diag *diag, const Ast *name) {
    const Def *hidden = name->kind == AST_name ? map_get(&c->module->scope, name->name) : NULL;
    if (hidden && hidden != name->def && check_is_portal(hidden))
        diag_help(c->diags, diag, "it hides the portal `%s`: give it another name", name->name);
    else
        diag_help(c->diags, diag, "a portal is declared at top level: `portal name: Request -> Reply key request => ...`");
}

Def *check_find_portal(Checker *c, Ast *name, const char *what) {
    infer_set(c, name, c->error_type);
    bool member = name->kind == AST_member && check_module_member(c, name);
    if (member && !name->def) return NULL;
    Def *def = name->kind == AST_name ? check_find_value(c, name) : NULL;
    if (name->kind == AST_name && !def) return NULL;
    if (def && def->type && def->type->kind == TYPE_ERROR) return NULL;
    if (def && check_is_portal(def)) {
        name->type = check_use(c, name, def);
        return name->type->kind == TYPE_ERROR ? NULL : def;
    }
    help_hidden(c, not_a_portal(c, name, what), name);
    return NULL;
}

// ---- what a task asks and replies to ---------------------------------------------------------------------------------

static void repeated(Checker *c, const Ast *name, const Ast *first, const char *word) {
    Diag *diag = diag_add(c->diags, DIAG_REPEATED_PORTAL, name->span, "%s names the portal `%s` twice", word, name->name);
    diag_here(c->diags, diag, "named again here");
    report_label(c, diag, first->span, "first named here");
    diag_help(c->diags, diag, "leave one of them out");
}

// The portals that a list of the header names, without those that are wrong.
static Def **find_portals(Checker *c, Ast *names, const char *word, int *count) {
    Def **portals = ARENA_ARRAY(c->arena, Def *, names->kid_count + 1);
    *count = 0;
    for (int i = 0; i < names->kid_count; i++) {
        Def *portal = check_find_portal(c, names->kid[i], word);
        int earlier = 0;
        while (portal && earlier < i && names->kid[earlier]->def != portal) earlier++;
        if (portal && earlier < i)
            repeated(c, names->kid[i], names->kid[earlier], word);
        else if (portal)
            portals[(*count)++] = portal;
    }
    return portals;
}

void check_task_portals(Checker *c, Def *task) {
    Ast *ast = task->ast, *asks = ast->kid[task_asks], *replies = ast->kid[task_replies];
    if (!asks->kid_count && !replies->kid_count) return;
    Body body;
    infer_begin(c, &body, task, task->module);
    check_bind_parameters(c, ast->kid[task_params], task->type->args + 1);
    task->asks = find_portals(c, asks, "`asks`", &task->ask_count);
    task->replies = find_portals(c, replies, "`replies`", &task->reply_count);
    task->async = true;
    infer_end(c);
}

// ---- portals are no values -------------------------------------------------------------------------------------------

void check_portal_argument(Checker *c, Ast *arg, const Expect *expect) {
    const char *what = "this argument";
    if (expect->parameter) what = arena_printf(c->arena, "the argument for `%s`", expect->parameter);
    if (arg->kind != AST_name && arg->kind != AST_member) {
        infer_set(c, arg, c->error_type);
        help_hidden(c, not_a_portal(c, arg, what), arg);
        return;
    }
    if (check_find_portal(c, arg, what)) arg->type = check_satisfies(c, arg, arg->type, expect);
}

Type *check_portal_as_value(Checker *c, const Ast *name, const Def *portal) {
    Diag *diag = diag_add(c->diags, DIAG_PORTAL_AS_VALUE, name->span, "the portal `%s` is no value", portal->name);
    diag_here(c->diags, diag, "a portal stands behind `ask`, or is an argument of a task or workflow");
    diag_help(c->diags, diag, "`ask %s(...)` asks it", portal->name);
    c->body->tainted = true;
    return c->error_type;
}

Type *check_misplaced_portal(Checker *c, Span span) {
    Diag *diag = diag_add(c->diags, DIAG_PORTAL_AS_VALUE, span, "a portal is no value");
    diag_here(c->diags, diag, "`Portal` cannot be used here");
    diag_help(c->diags, diag, "a portal can be a parameter of a task or of a workflow, which passes it on by its name");
    return c->error_type;
}
