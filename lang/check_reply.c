#include "lang/check_internal.h"

#include <string.h>

// Every path through an `on ask` replies exactly once. A flow analysis over the tree: what may have happened before a place is
// that nothing was replied, that there was a reply, both (on different paths), or neither (no path comes here). Paths end with
// the handler, at a `return`, and where it fails or never ends.

typedef enum TurnKind { TURN_TRUE, TURN_FALSE, TURN_CASE, TURN_LOOP_ENDS } TurnKind;

// A decision that leads to a path without a reply, and those before it.
typedef struct Turn {
    TurnKind kind;
    Span span;
    const struct Turn *before;
} Turn;

// What may have happened before a place.
typedef struct Flow {
    bool silent;        // there is a path without a reply,
    const Turn *turns;  // ... which takes these turns
    const Ast *replied; // there is one with this reply; or NULL
} Flow;

typedef struct Walk {
    Checker *c;
    const Ast *handler;
    const char *misplaced; // no reply can stand here: "in a guard"; or NULL
    int replies;           // how many have been passed
    bool told;             // that there are none, or where they cannot be
    const Ast *repeated;   // a reply that was said to be in a loop: not said of the loop around that
} Walk;

static Flow flow(Walk *walk, const Ast *node, Flow at);

// ---- diagnostics -----------------------------------------------------------------------------------------------------

// `on ask` up to its body.
static Span head_of(const Ast *handler) {
    Span span = handler->span;
    const Ast *last = handler->kid[handler_guard] ? handler->kid[handler_guard] : handler->kid[handler_pattern];
    span.end = last->span.end;
    return span;
}

static Span last_character(Span span) {
    return (Span){span.file, span.end - 1, span.end};
}

static bool has_reply(const Ast *node) {
    if (!node) return false;
    if (node->kind == AST_reply) return true;
    for (int i = 0; i < node->kid_count; i++)
        if (has_reply(node->kid[i])) return true;
    return false;
}

static void report_no_reply(Walk *walk) {
    Checker *c = walk->c;
    walk->told = true;
    Diag *diag = diag_add(c->diags, DIAG_NO_REPLY, head_of(walk->handler), "this `on ask` never replies");
    diag_here(c->diags, diag, "who asks would wait forever");
    diag_help(c->diags, diag, "answer with `reply`, or with `fail`, which makes the asker's `await` fail");
}

static const char *turn_text(TurnKind kind) {
    switch (kind) {
    case TURN_TRUE: return "if this is true";
    case TURN_FALSE: return "if this is false";
    case TURN_CASE: return "in this case";
    default: return "if the loop comes to its end";
    }
}

// All turns, if there are several.
static void note_turns(Checker *c, Diag *diag, const Turn *last) {
    enum { LONGEST = 40 };
    static const char *const ends[] = {"true", "false", "the case", "at an end"};
    if (!last || !last->before) return;
    const char *text = "";
    for (const Turn *at = last; at; at = at->before) {
        int line = source_position(&c->context->sources, at->span.file, at->span.start).line;
        const char *code = source_file(&c->context->sources, at->span.file)->text + at->span.start;
        int size = (int)strcspn(code, "\r\n"), length = (int)(at->span.end - at->span.start);
        if (size > length) size = length;
        bool whole = size == length && size <= LONGEST;
        text = arena_printf(c->arena, "`%.*s%s` in line %d is %s%s%s", whole ? size : 0, code, whole ? "" : "...", line,
                            ends[at->kind], text[0] ? ", " : "", text);
    }
    diag_note(c->diags, diag, "the path is the one where %s", text);
}

// A path that comes to its end at `end`, and on which nothing was replied.
static void report_silent(Walk *walk, const Flow *at, Span end) {
    Checker *c = walk->c;
    const Turn *last = at->turns;
    if (walk->told) return;
    if (!has_reply(walk->handler->kid[handler_body])) {
        report_no_reply(walk);
        return;
    }
    Diag *diag = diag_add(c->diags, DIAG_NO_REPLY, last ? last->span : end, "a path through this `on ask` ends without a reply");
    diag_here(c->diags, diag, "%s", last ? turn_text(last->kind) : "it ends here");
    if (last) report_label(c, diag, end, "it ends here");
    report_label(c, diag, head_of(walk->handler), "every path through this replies once");
    note_turns(c, diag, last);
    diag_help(c->diags, diag, "`reply` on this path, too, or `fail`, which makes the asker's `await` fail");
}

static void report_second(Checker *c, const Flow *at, const Ast *reply) {
    Diag *diag = diag_add(c->diags, DIAG_SECOND_REPLY, reply->span,
                          at->silent ? "this may be the second reply to one request" : "this is the second reply to one request");
    diag_here(c->diags, diag, "a request is answered once");
    report_label(c, diag, at->replied->span,
                 at->silent ? "on some paths it has been answered here" : "it has been answered here");
    diag_help(c->diags, diag, "`return` behind the first reply, or reply where it is known what with");
}

static void report_loop(Checker *c, const Ast *loop, const Ast *reply) {
    const Ast *head = loop->kid[loop->kind == AST_for ? (int)for_iterable : (int)while_condition];
    Diag *diag = diag_add(c->diags, DIAG_REPLY_IN_LOOP, reply->span, "a reply in a loop may run more than once, or not at all");
    diag_here(c->diags, diag, "a request is answered once");
    report_label(c, diag, (Span){loop->span.file, loop->span.start, head->span.end}, "in this loop");
    diag_help(c->diags, diag, "reply behind the loop, or `return` directly behind the reply");
}

static void report_misplaced(Walk *walk, const Ast *reply) {
    Checker *c = walk->c;
    walk->told = true;
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED_REPLY, reply->span, "a reply cannot stand %s", walk->misplaced);
    diag_here(c->diags, diag, "whether it runs, and when, is not known to the handler");
    report_label(c, diag, head_of(walk->handler), "the handler replies itself");
    diag_help(c->diags, diag, "let this give what is to be replied, and reply in the handler");
}

// ---- paths -----------------------------------------------------------------------------------------------------------

static Flow turn(Walk *walk, Flow at, Span span, TurnKind kind) {
    Turn *taken = ARENA_NEW(walk->c->arena, Turn);
    *taken = (Turn){kind, span, at.turns};
    at.turns = taken;
    return at;
}

// Two paths that parted at `before` come together. The turn was worth to be mentioned if there is a reply behind one of its ways.
static Flow join(const Walk *walk, Flow before, int replies, Flow a, Flow b) {
    Flow after = {.silent = a.silent || b.silent, .turns = a.silent ? a.turns : b.turns};
    after.replied = a.replied ? a.replied : b.replied;
    if (walk->replies == replies) after.turns = before.turns;
    return after;
}

static const Flow nowhere = {0};

// Code whose replies the handler cannot count on.
static Flow elsewhere(Walk *walk, const Ast *node, Flow at, const char *where) {
    const char *outer = walk->misplaced;
    walk->misplaced = where;
    flow(walk, node, nowhere);
    walk->misplaced = outer;
    return at;
}

static Flow flow_reply(Walk *walk, const Ast *node, Flow at) {
    at = flow(walk, node->kid[reply_value], at);
    if (walk->misplaced) {
        report_misplaced(walk, node);
        return at;
    }
    walk->replies++;
    if (at.replied) report_second(walk->c, &at, node);
    bool comes = at.silent || at.replied;
    return (Flow){.replied = at.replied ? at.replied : comes ? node : NULL};
}

static Flow flow_return(Walk *walk, const Ast *node, Flow at) {
    at = flow(walk, node->kid[return_value], at);
    if (at.silent) report_silent(walk, &at, node->span);
    return nowhere;
}

static Flow flow_if(Walk *walk, const Ast *node, Flow at) {
    at = flow(walk, node->kid[if_condition], at);
    int replies = walk->replies;
    Span span = node->kid[if_condition]->span;
    Flow then = flow(walk, node->kid[if_then], turn(walk, at, span, TURN_TRUE));
    Flow otherwise = flow(walk, node->kid[if_otherwise], turn(walk, at, span, TURN_FALSE));
    return join(walk, at, replies, then, otherwise);
}

static Flow flow_match(Walk *walk, const Ast *node, Flow at) {
    at = flow(walk, node->kid[match_value], at);
    int replies = walk->replies;
    const Ast *arms = node->kid[match_arms];
    Flow after = nowhere;
    for (int i = 0; i < arms->kid_count; i++) {
        const Ast *arm = arms->kid[i];
        elsewhere(walk, arm->kid[arm_guard], at, "in a guard");
        Flow end = flow(walk, arm->kid[arm_body], turn(walk, at, arm->kid[arm_pattern]->span, TURN_CASE));
        after = join(walk, at, -1, after, end);
    }
    if (walk->replies == replies) after.turns = at.turns;
    return after;
}

static bool is_endless(const Ast *loop) {
    const Ast *condition = loop->kind == AST_while ? loop->kid[while_condition] : NULL;
    return condition && condition->kind == AST_bool && condition->int_value;
}

// A reply in the body is right only if the handler ends behind it. The condition of a `while` belongs to what is repeated.
static Flow flow_loop(Walk *walk, const Ast *node, Flow at) {
    bool counts = node->kind == AST_for;
    if (counts) at = flow(walk, node->kid[for_iterable], at);
    int replies = walk->replies;
    Flow end = counts ? flow(walk, node->kid[for_body], at)
                      : flow(walk, node->kid[while_body], flow(walk, node->kid[while_condition], at));
    bool again = end.replied && !at.replied;
    if (again && end.replied != walk->repeated) report_loop(walk->c, node, end.replied);
    if (again) walk->repeated = end.replied;
    if (is_endless(node)) return nowhere;
    if (again) return (Flow){.replied = end.replied};
    const Ast *head = node->kid[counts ? (int)for_iterable : (int)while_condition];
    return walk->replies == replies ? at : turn(walk, at, head->span, TURN_LOOP_ENDS);
}

// What stands on the right runs only if the left side does not decide.
static Flow flow_binary(Walk *walk, const Ast *node, Flow at) {
    at = flow(walk, node->kid[binary_left], at);
    if (node->op != OP_AND && node->op != OP_OR) return flow(walk, node->kid[binary_right], at);
    int replies = walk->replies;
    bool both = node->op == OP_AND;
    Span span = node->kid[binary_left]->span;
    Flow right = flow(walk, node->kid[binary_right], turn(walk, at, span, both ? TURN_TRUE : TURN_FALSE));
    return join(walk, at, replies, turn(walk, at, span, both ? TURN_FALSE : TURN_TRUE), right);
}

static Flow flow_kids(Walk *walk, const Ast *node, Flow at) {
    for (int i = 0; i < node->kid_count; i++) at = flow(walk, node->kid[i], at);
    bool ends = node->kind == AST_fail || (node->kind == AST_call && type_is(node->type, BUILTIN_NEVER));
    return ends ? nowhere : at;
}

static Flow flow(Walk *walk, const Ast *node, Flow at) {
    if (!node) return at;
    switch (node->kind) {
    case AST_reply: return flow_reply(walk, node, at);
    case AST_return: return flow_return(walk, node, at);
    case AST_if: return flow_if(walk, node, at);
    case AST_match: return flow_match(walk, node, at);
    case AST_for:
    case AST_while: return flow_loop(walk, node, at);
    case AST_binary: return flow_binary(walk, node, at);
    case AST_closure: return at; // there is no reply in it
    case AST_spawn: return elsewhere(walk, node->kid[spawn_body], at, "in a `spawn` block");
    default: return flow_kids(walk, node, at);
    }
}

static void check_on_ask(Checker *c, const Ast *handler) {
    Walk walk = {.c = c, .handler = handler};
    const Ast *body = handler->kid[handler_body];
    Flow start = {.silent = true};
    elsewhere(&walk, handler->kid[handler_guard], start, "in a guard");
    Flow end = flow(&walk, body, start);
    if (end.silent) report_silent(&walk, &end, last_character(body->span));
}

void check_replies(Checker *c) {
    for (int i = 0; i < c->value_defs.count; i++) {
        const Def *task = c->value_defs.items[i];
        if (task->kind != DEF_TASK) continue;
        const Ast *items = task->ast->kid[task_items];
        for (int k = 0; k < items->kid_count; k++)
            if (items->kid[k]->kind == AST_handler && items->kid[k]->op == HANDLER_ASK) check_on_ask(c, items->kid[k]);
    }
}
