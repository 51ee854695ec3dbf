#include "lang/check_internal.h"

// Sequencers, connections and splitters. A sequencer and a splitter are names of streams; a connection is a stream expression of
// the type that the sequencer says.

// ---- sequencers ------------------------------------------------------------------------------------------------------

Type *check_sequencer_type(Checker *c, Ast *ast) {
    Ast *annotation = ast->kid[sequencer_type];
    Type *type = resolve_type(c, annotation, STREAM_ALLOWED);
    if (type->kind == TYPE_ERROR) return type;
    if (!type_is(type, BUILTIN_STREAM)) return type_con(c->arena, c->program->stream_type, &type, 1);
    Diag *diag =
        diag_add(c->diags, DIAG_BAD_ANNOTATION, annotation->span, "a `sequencer` is annotated with the type of its events");
    diag_here(c->diags, diag, "this is %s", report_type(c, type));
    diag_help(c->diags, diag, "write `%s`", report_type(c, type_resolve(type)->args[0]));
    return c->error_type;
}

// Whether sequencers may be declared and connected where the checker is: in the block of a workflow.
static bool is_in_workflow(Checker *c, const Ast *stmt) {
    const Body *body = c->body;
    if (body->owner->kind == DEF_WORKFLOW && body->closure_depth == 0) return true;
    bool connect = stmt->kind == AST_connect;
    Diag *diag = diag_add(c->diags, DIAG_MISPLACED, stmt->span, "`%s` belongs to streams, which are no values",
                          connect ? "connect" : "sequencer");
    diag_here(c->diags, diag, "not within a function, task, closure or value");
    diag_help(c->diags, diag, "%s",
              connect ? "connect at top level, or in the block of a `workflow`"
                      : "declare it at top level, or in the block of a `workflow`");
    return false;
}

Type *check_sequencer(Checker *c, Ast *ast) {
    Def *def = resolve_def(c, DEF_SEQUENCER, ast->name, ast, resolve_name_span(ast));
    def->type = is_in_workflow(c, ast) ? check_sequencer_type(c, ast) : c->error_type;
    def->state = DONE;
    ast->def = def;
    infer_bind(c, def);
    vec_push(c->arena, &c->sequencers, def);
    return c->unit_type;
}

void check_connected(Checker *c) {
    if (c->context->prompt) return;
    for (int i = 0; i < c->sequencers.count; i++) {
        const Def *def = c->sequencers.items[i];
        if (def->connected) continue;
        Diag *diag = diag_add(c->diags, DIAG_UNCONNECTED, def->span, "nothing is connected to the sequencer `%s`", def->name);
        diag_here(c->diags, diag, "it would never have an event");
        diag_help(c->diags, diag, "connect a stream: `connect xs -> %s`", def->name);
    }
}

// ---- connections -----------------------------------------------------------------------------------------------------

static void not_a_sequencer(Checker *c, const Ast *to, const Def *def) {
    Diag *diag = diag_add(c->diags, DIAG_BAD_CONNECTION, to->span, "a connection leads to a sequencer");
    if (!def) {
        diag_here(c->diags, diag, "expected the name of a sequencer");
        return;
    }
    diag_here(c->diags, diag, "`%s` is no sequencer", def->name);
    if (def->span.end > def->span.start) report_label(c, diag, def->span, "`%s` is declared here", def->name);
    bool stream = def->type && type_is(def->type, BUILTIN_STREAM);
    const char *event = stream ? report_type(c, type_resolve(def->type)->args[0]) : "Int";
    diag_help(c->diags, diag, "only a sequencer has several producers: `sequencer merged: %s`", event);
}

bool check_is_sequencer(const Def *def) {
    return def->kind == DEF_SEQUENCER || (def->kind == DEF_USE && def->ast->op == USE_SEQUENCER);
}

Ast *check_sequencer_annotation(const Def *sequencer) {
    return sequencer->ast->kid[sequencer->kind == DEF_USE ? (int)use_type : (int)sequencer_type];
}

void check_mark_connected(Def *sequencer) {
    sequencer->connected = true;
    if (sequencer->provider) sequencer->provider->connected = true;
}

// The sequencer that stands behind `->`; NULL after a diagnostic.
static Def *find_sequencer(Checker *c, Ast *to) {
    if (to->kind != AST_name) {
        not_a_sequencer(c, to, NULL);
        infer_set(c, to, c->error_type);
        return NULL;
    }
    Def *def = check_find_value(c, to);
    bool known = def && !(def->type && def->type->kind == TYPE_ERROR);
    if (known && !check_is_sequencer(def)) not_a_sequencer(c, to, def);
    if (known && check_is_sequencer(def)) {
        infer_set(c, to, check_use(c, to, def));
        return def;
    }
    if (def && check_is_sequencer(def)) check_mark_connected(def);
    infer_set(c, to, c->error_type);
    return NULL;
}

static void connect(Checker *c, Ast *ast) {
    Ast *from = ast->kid[connect_from];
    Def *sequencer = find_sequencer(c, ast->kid[connect_to]);
    if (!sequencer) {
        check_expr(c, from, NULL);
        return;
    }
    check_mark_connected(sequencer);
    Span type = check_sequencer_annotation(sequencer)->span;
    Expect expect = {.type = sequencer->type, .reason = "event type", .why = type};
    check_expr(c, from, &expect);
}

Type *check_connect(Checker *c, Ast *ast) {
    if (is_in_workflow(c, ast)) {
        connect(c, ast);
    } else {
        infer_set(c, ast->kid[connect_to], c->error_type);
        infer_set(c, ast->kid[connect_from], c->error_type);
    }
    return c->unit_type;
}

void check_connect_body(Checker *c, Def *def) {
    Body body;
    infer_begin(c, &body, def, def->module);
    connect(c, def->ast);
    infer_end(c);
}

void check_help_cycle(Checker *c, Diag *diag, const Def *def) {
    if (def->kind == DEF_SPLITTER) {
        diag_help(c->diags, diag, "a splitter is declared on a stream that there is without it");
        return;
    }
    diag_note(c->diags, diag, "a cycle goes through a sequencer, whose type is written and whose streams are connected to it");
    diag_help(c->diags, diag, "declare `sequencer again: T`, write `connect %s -> again`, and take `again` instead of `%s`",
              def->name, def->name);
}

// ---- splitters -------------------------------------------------------------------------------------------------------

void check_splitter_body(Checker *c, Def *def) {
    Ast *value = def->ast->kid[splitter_stream];
    Body body;
    int errors = c->diags->errors;
    infer_begin(c, &body, def, def->module);
    Type *type = check_expr(c, value, NULL);
    infer_end(c);
    bool stream = type_is(type, BUILTIN_STREAM);
    if (!stream && c->diags->errors == errors && type_resolve(type)->kind != TYPE_ERROR) {
        Diag *diag = diag_add(c->diags, DIAG_BAD_STREAM, value->span, "the splitter `%s` takes a stream apart, found %s",
                              def->name, report_type(c, type));
        diag_here(c->diags, diag, "this is %s", report_type(c, type));
    }
    if (!def->type) def->type = stream ? type : c->error_type; // else it needs itself, which has been reported
}
