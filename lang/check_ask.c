#include "lang/check_internal.h"

// Asking and replying: `ask`, whose portal the task names behind `asks`, and `on ask` and `reply`, whose portal it names behind
// `replies`. That every request is replied to exactly once is looked at elsewhere.

static bool is_among(Def *const *portals, int count, const Def *portal) {
    for (int i = 0; i < count; i++)
        if (portals[i] == portal) return true;
    return false;
}

// A portal that the header of the task names, too, where something about it has been reported.
static bool is_wrong_in_header(const Ast *names, const Ast *name) {
    for (int i = 0; i < names->kid_count; i++)
        if (names->kid[i]->name == name->name && names->kid[i]->type->kind == TYPE_ERROR) return true;
    return false;
}

static Type *request_of(const Def *portal) {
    return type_resolve(portal->type)->args[0];
}

static Type *reply_of(const Def *portal) {
    return type_resolve(portal->type)->args[1];
}

// Where the type of the requests or replies of a portal is written.
static Span written_type(const Def *portal, bool reply) {
    switch (portal->kind) {
    case DEF_PORTAL: return portal->ast->kid[reply ? (int)portal_reply : (int)portal_request]->span;
    case DEF_USE: return portal->ast->kid[reply ? (int)use_reply : (int)use_type]->span;
    default: return portal->span;
    }
}

// ---- ask -------------------------------------------------------------------------------------------------------------

static void not_asked(Checker *c, const Ast *name, const Def *task) {
    const Ast *asks = task->ast->kid[task_asks], *replies = task->ast->kid[task_replies];
    Diag *diag =
        diag_add(c->diags, DIAG_NOT_ASKED, name->span, "the task `%s` does not say that it asks `%s`", task->name, name->name);
    diag_here(c->diags, diag, "this portal is not among those that it asks");
    Span names = task->span;
    if (asks->kid_count) names = (Span){names.file, asks->kid[0]->span.start, asks->kid[asks->kid_count - 1]->span.end};
    report_label(c, diag, names, asks->kid_count ? "it asks these" : "the task is declared here");
    if (asks->kid_count)
        diag_help(c->diags, diag, "add it to the header: `asks ..., %s`", name->name);
    else
        diag_help(c->diags, diag, "add `asks %s` to the header of the task, before %s", name->name,
                  replies->kid_count ? "`replies`" : "the `{`");
}

// The portal that is asked; NULL after a diagnostic.
static Def *find_asked(Checker *c, Ast *name) {
    const Def *task = c->body->task;
    if (is_wrong_in_header(task->ast->kid[task_asks], name)) {
        infer_set(c, name, c->error_type);
        return NULL;
    }
    Def *portal = check_find_portal(c, name, "`ask`");
    if (!portal) return NULL;
    if (is_among(task->asks, task->ask_count, portal)) return portal;
    not_asked(c, name, task);
    return NULL;
}

static void help_with_requests(Checker *c, Diag *diag, const Def *portal, int given) {
    Type *request = type_resolve(request_of(portal));
    const char *name = portal->name;
    if (given == 0 && type_is_unit(request))
        diag_help(c->diags, diag, "its requests are (): `ask %s(())`", name);
    else if (given > 1 && request->kind == TYPE_TUPLE && request->arg_count == given)
        diag_help(c->diags, diag, "its requests are tuples: `ask %s((...))`", name);
    else
        diag_help(c->diags, diag, "its requests are of type %s", report_type(c, request));
}

static bool has_one_request(Checker *c, const Ast *node, const Def *portal) {
    const Ast *args = node->kid[ask_args];
    bool plain = args->kid_count != 1 || (args->kid[0]->kind != AST_arg && args->kid[0]->kind != AST_spread);
    if (args->kid_count == 1 && plain) return true;
    Diag *diag =
        diag_add(c->diags, DIAG_BAD_ASK, plain ? node->span : args->kid[0]->span,
                 plain ? "a portal is asked with one request, but %d are given" : "a request has no name", args->kid_count);
    diag_here(c->diags, diag, "expected one request");
    report_label(c, diag, portal->span, "`%s` is declared here", portal->name);
    help_with_requests(c, diag, portal, args->kid_count);
    return false;
}

static Type *check_asked(Checker *c, Ast *node) {
    Ast *args = node->kid[ask_args];
    Def *portal = check_can_ask(c, node->span) ? find_asked(c, node->kid[ask_portal]) : NULL;
    if (!portal || !has_one_request(c, node, portal)) {
        check_arguments_alone(c, args, 0);
        return c->error_type;
    }
    Expect expect = {.type = request_of(portal), .reason = "request type", .why = written_type(portal, false)};
    check_expr(c, args->kid[0], &expect);
    Type *reply = reply_of(portal);
    return type_con(c->arena, c->program->future_type, &reply, 1);
}

static Type *unwanted(Checker *c, Ast *node) {
    node->flags |= FLAG_UNWANTED;
    return check_asked(c, node)->kind == TYPE_ERROR ? c->error_type : c->unit_type;
}

Type *check_ask(Checker *c, Ast *node, const Expect *expect) {
    return expect && type_is_unit(expect->type) ? unwanted(c, node) : check_asked(c, node);
}

Type *check_ask_only(Checker *c, Ast *node) {
    return infer_set(c, node, unwanted(c, node));
}

// ---- on ask ----------------------------------------------------------------------------------------------------------

static bool replies_to_none(Checker *c, const Def *task, const Ast *handler) {
    Diag *diag = diag_add(c->diags, DIAG_STRAY_ON_ASK, handler->span, "the task `%s` replies to no portal", task->name);
    diag_here(c->diags, diag, "nobody asks it");
    report_label(c, diag, task->span, "the task is declared here");
    diag_help(c->diags, diag, "add `replies` and the name of the portal to the header of the task");
    return false;
}

static const char *names_of(Checker *c, Def *const *portals, int count) {
    const char *text = "";
    for (int i = 0; i < count; i++) text = arena_printf(c->arena, "%s%s`%s`", text, i ? ", " : "", portals[i]->name);
    return text;
}

static bool does_not_say_which(Checker *c, const Def *task, const Ast *handler) {
    Diag *diag = diag_add(c->diags, DIAG_STRAY_ON_ASK, handler->kid[handler_pattern]->span,
                          "this `on ask` does not say which portal is asked");
    diag_here(c->diags, diag, "the name of the portal is missing before the pattern");
    diag_note(c->diags, diag, "the task replies to %s", names_of(c, task->replies, task->reply_count));
    diag_help(c->diags, diag, "write `on ask %s request { ... }`", task->replies[0]->name);
    return false;
}

static bool replies_not(Checker *c, const Def *task, const Ast *name) {
    Diag *diag =
        diag_add(c->diags, DIAG_STRAY_ON_ASK, name->span, "the task `%s` does not reply to `%s`", task->name, name->name);
    diag_here(c->diags, diag, "this portal is not in its `replies`");
    diag_note(c->diags, diag, "the task replies to %s", names_of(c, task->replies, task->reply_count));
    diag_help(c->diags, diag, "add it to the header: `replies ..., %s`", name->name);
    return false;
}

static bool check_named_portal(Checker *c, const Def *task, Ast *handler) {
    Ast *name = handler->kid[handler_portal];
    if (is_wrong_in_header(task->ast->kid[task_replies], name)) {
        infer_set(c, name, c->error_type);
        return false;
    }
    Def *portal = check_find_portal(c, name, "`on ask`");
    if (!portal) return false;
    if (!is_among(task->replies, task->reply_count, portal)) return replies_not(c, task, name);
    handler->def = portal;
    return true;
}

bool check_asked_portal(Checker *c, const Def *task, Ast *handler) {
    const Ast *names = task->ast->kid[task_replies];
    if (!names->kid_count) return replies_to_none(c, task, handler);
    if (handler->kid[handler_portal]) return check_named_portal(c, task, handler);
    if (task->reply_count != names->kid_count) return false; // the header is wrong, which has been reported
    if (task->reply_count > 1) return does_not_say_which(c, task, handler);
    handler->def = task->replies[0];
    return true;
}

static void no_on_ask(Checker *c, const Def *task, const Ast *name) {
    Diag *diag = diag_add(c->diags, DIAG_NO_ON_ASK, name->span, "the task `%s` has no `on ask` for `%s`", task->name, name->name);
    diag_here(c->diags, diag, "nobody would reply to its requests");
    if (task->reply_count > 1)
        diag_help(c->diags, diag, "add `on ask %s request { ... reply ... }`", name->name);
    else
        diag_help(c->diags, diag, "add `on ask request { ... reply ... }`");
}

void check_requests(Checker *c, Def *task) {
    const Ast *names = task->ast->kid[task_replies], *items = task->ast->kid[task_items];
    MatchRow *rows = ARENA_ARRAY(c->arena, MatchRow, items->kid_count + 1);
    for (int i = 0; i < names->kid_count; i++) {
        int count = 0;
        for (int k = 0; k < items->kid_count; k++) {
            const Ast *item = items->kid[k];
            if (item->kind == AST_handler && item->op == HANDLER_ASK && item->def == names->kid[i]->def)
                rows[count++] = (MatchRow){item->kid[handler_pattern], item->kid[handler_guard] != NULL};
        }
        MatchSet set = {MATCH_REQUESTS, names->kid[i], names->kid[i]->span, rows, count};
        if (count)
            match_check(c, &set);
        else
            no_on_ask(c, task, names->kid[i]);
    }
}

// ---- reply -----------------------------------------------------------------------------------------------------------

static Type *stray_reply(Checker *c, Ast *node) {
    const Body *body = c->body;
    Diag *diag = diag_add(c->diags, DIAG_STRAY_REPLY, node->span, "`reply` stands outside of `on ask`");
    check_expr(c, node->kid[reply_value], NULL);
    if (body->closure_depth && body->handler) {
        diag_here(c->diags, diag, "a closure does not reply");
        diag_help(c->diags, diag, "use a loop instead of the closure");
    } else if (body->task && body->owner->kind == DEF_FN) {
        diag_here(c->diags, diag, "a function of the task does not know which request this is about");
        diag_help(c->diags, diag, "return what is to be replied, and let `on ask` reply it");
    } else {
        diag_here(c->diags, diag, "there is no request to reply to");
        if (body->handler) diag_help(c->diags, diag, "`emit` puts an event out");
    }
    return c->error_type;
}

Type *check_reply(Checker *c, Ast *node) {
    const Ast *handler = c->body->handler;
    bool asked = handler && handler->op == HANDLER_ASK && !c->body->closure_depth;
    if (!asked) return stray_reply(c, node);
    node->def = handler->def;
    if (!node->def) {
        check_expr(c, node->kid[reply_value], NULL);
        return c->error_type;
    }
    Expect expect = {.type = reply_of(node->def), .reason = "reply type", .why = written_type(node->def, true)};
    check_expr(c, node->kid[reply_value], &expect);
    return c->unit_type;
}
