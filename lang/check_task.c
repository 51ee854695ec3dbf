#include "lang/check_internal.h"

// Tasks: their signature, what their handlers and functions see, and that the handlers cover every event.

// ---- signature -------------------------------------------------------------------------------------------------------

static Def *declare_state(Checker *c, Def *task, Ast *ast) {
    Def *def = resolve_def(c, DEF_STATE, ast->name, ast, resolve_name_span(ast));
    def->owner = task;
    def->global = ast->flags & FLAG_GLOBAL;
    def->index = def->global ? task->global_count : task->member_count;
    def->type = resolve_type(c, ast->kid[state_type], STREAM_FORBIDDEN);
    ast->def = def;
    if (def->global)
        task->globals[task->global_count++] = def;
    else
        task->members[task->member_count++] = def;
    return def;
}

static Def *declare_helper(Checker *c, Def *task, Ast *ast) {
    Def *def = resolve_def(c, DEF_FN, ast->name, ast, resolve_name_span(ast));
    def->owner = task;
    ast->def = def;
    resolve_tparams(c, def, ast->kid[fn_tparams]);
    check_signature(c, def);
    if (ast->kid[fn_body]) return def;
    Diag *diag = diag_add(c->diags, DIAG_SYNTAX, def->span, "the function `%s` has no body", ast->name);
    diag_here(c->diags, diag, "only the standard library declares functions without one");
    return def;
}

static void untyped_key(Checker *c, const Ast *key) {
    bool named = key->kind == AST_p_name;
    Diag *diag = diag_add(c->diags, DIAG_BAD_ANNOTATION, key->span, named ? "the key `%s` needs a type" : "the key needs a type",
                          key->name);
    diag_here(c->diags, diag, "its type is not written");
    if (named)
        diag_help(c->diags, diag, "write it behind the name: `key %s: String`", key->name);
    else
        diag_help(c->diags, diag, "write it behind the pattern: `key (a, b): (String, Int)`");
}

// A name for the whole key is a Def of its own kind; those of any other pattern are bound where a body begins.
static void declare_key(Checker *c, Def *task) {
    Ast *key = task->ast->kid[task_key], *type = task->ast->kid[task_key_type];
    if (!key) return;
    key->type = type ? resolve_type(c, type, STREAM_FORBIDDEN) : c->error_type;
    if (type)
        infer_trait(c, TRAIT_KEY, key->type, type->span);
    else
        untyped_key(c, key);
    if (key->kind != AST_p_name) return;
    Def *def = resolve_def(c, DEF_KEY, key->name, key, key->span);
    def->owner = task;
    def->type = key->type;
    key->def = def;
}

static void declare_items(Checker *c, Def *task) {
    Ast *items = task->ast->kid[task_items];
    Map seen = {0};
    task->members = ARENA_ARRAY(c->arena, Def *, items->kid_count + 1);
    task->globals = ARENA_ARRAY(c->arena, Def *, items->kid_count + 1);
    for (int i = 0; i < items->kid_count; i++) {
        Ast *item = items->kid[i];
        if (item->kind == AST_handler) continue;
        Def *earlier = map_get(&seen, item->name);
        Def *def = item->kind == AST_fn ? declare_helper(c, task, item) : declare_state(c, task, item);
        if (earlier) report_duplicate(c, item->name, def->span, earlier->span, "name");
        map_put(c->arena, &seen, item->name, def);
    }
}

static Type *stream_of(Checker *c, Type *event) {
    return event->kind == TYPE_ERROR ? event : type_con(c->arena, c->program->stream_type, &event, 1);
}

void check_task_signature(Checker *c, Def *task) {
    Ast *ast = task->ast, *params = ast->kid[task_params];
    Type *type = type_new(c->arena, TYPE_FN, params->kid_count + 2);
    Type *input = resolve_type(c, ast->kid[task_input], STREAM_FORBIDDEN);
    type->args[0] = stream_of(c, input);
    check_parameter_types(c, params, type->args + 1, task->generator ? STREAM_FORBIDDEN : PORTAL_ALLOWED);
    type->args[params->kid_count + 1] = stream_of(c, resolve_type(c, ast->kid[task_output], STREAM_FORBIDDEN));
    task->type = type;
    if (ast->flags & FLAG_EXCLUSIVE) task->async = true;
    declare_key(c, task);
    declare_items(c, task);
    Ast *key = ast->kid[task_key_type];
    check_tparams_determined(c, task, type, key ? key->type : NULL);
}

// ---- what is in scope ------------------------------------------------------------------------------------------------

// The initial value of a state sees the static parameters and the key.
static void bind_parameters(Checker *c, Def *task) {
    Ast *key = task->ast->kid[task_key];
    check_bind_parameters(c, task->ast->kid[task_params], task->type->args + 1);
    if (!key) return;
    if (key->kind == AST_p_name)
        infer_bind(c, key->def);
    else
        check_pattern(c, key, key->type);
}

// A pattern for the key is bound in every body of the task; what is wrong with it is said here, once.
static void check_key(Checker *c, Def *task) {
    Ast *key = task->ast->kid[task_key];
    if (!key || key->kind == AST_p_name) return;
    Body body;
    int errors_before = c->diags->errors;
    infer_begin(c, &body, task, task->module);
    check_pattern(c, key, key->type);
    infer_irrefutable(c, key);
    infer_end(c);
    if (c->diags->errors > errors_before) key->type = c->error_type;
}

static void bind_items(Checker *c, Def *task) {
    Ast *items = task->ast->kid[task_items];
    bind_parameters(c, task);
    for (int i = 0; i < items->kid_count; i++)
        if (items->kid[i]->def) infer_bind(c, items->kid[i]->def);
}

static void check_state(Checker *c, Def *task, Ast *ast) {
    Body body;
    infer_begin(c, &body, task, task->module);
    bind_parameters(c, task);
    Expect expect = {.type = ast->def->type, .reason = "state's type", .why = ast->kid[state_type]->span};
    check_expr(c, ast->kid[state_value], &expect);
    infer_end(c);
}

// How long a state lasts is known before anything runs.
static void check_expires(Checker *c, Def *task, Ast *ast) {
    if (!ast->kid[state_expires]) return;
    Body body;
    infer_begin(c, &body, task, task->module);
    check_bind_parameters(c, task->ast->kid[task_params], task->type->args + 1);
    Expect expect = {.type = c->duration_type, .note = "a state expires after a Duration, such as `30.m` or `1.d`"};
    check_expr(c, ast->kid[state_expires], &expect);
    infer_end(c);
}

static void check_helper(Checker *c, Def *task, Ast *ast) {
    Body body;
    check_parameter_defaults(c, ast->def, ast->kid[fn_params]);
    infer_begin(c, &body, ast->def, task->module);
    bind_items(c, task);
    check_function_body(c, ast->def, task);
    infer_end(c);
}

// ---- handlers --------------------------------------------------------------------------------------------------------

static Type *input_of(Checker *c, const Def *task) {
    Type *stream = task->type->args[0];
    return stream->kind == TYPE_ERROR ? c->error_type : stream->args[0];
}

// `on error` takes any failure of the task's events.
static void check_failure_pattern(Checker *c, const Def *task, Ast *pattern) {
    Type *event = input_of(c, task);
    Def *failure = map_get(&c->types, report_symbol(c, "Failure"));
    check_pattern(c, pattern, event->kind == TYPE_ERROR ? event : type_con(c->arena, failure, &event, 1));
    infer_irrefutable(c, pattern);
}

static void check_handler_pattern(Checker *c, const Def *task, Ast *handler) {
    Ast *pattern = handler->kid[handler_pattern];
    if (handler->op == HANDLER_ERROR)
        check_failure_pattern(c, task, pattern);
    else if (handler->op == HANDLER_ASK)
        check_pattern(c, pattern, handler->def ? type_resolve(handler->def->type)->args[0] : c->error_type);
    else if (pattern)
        check_pattern(c, pattern, input_of(c, task));
}

// A task that takes Never has no events: it is there for what it is asked.
static bool takes_events(Checker *c, const Def *task, const Ast *handler) {
    bool about_event = handler->op == HANDLER_EVENT || handler->op == HANDLER_ERROR;
    if (!about_event || !type_is(input_of(c, task), BUILTIN_NEVER)) return true;
    Diag *diag = diag_add(c->diags, DIAG_NO_EVENTS, handler->span, "the task `%s` takes no events", task->name);
    diag_here(c->diags, diag, "this would never run");
    report_label(c, diag, task->ast->kid[task_input]->span, "its input is Never");
    diag_help(c->diags, diag, "`on ask` takes the requests of a portal in `replies`");
    return false;
}

static void check_handler(Checker *c, Def *task, Ast *handler) {
    Body body;
    Frame frame = {.ignores_result = true};
    infer_begin(c, &body, task, task->module);
    body.task = task;
    body.handler = handler;
    body.frame = &frame;
    bind_items(c, task);
    if (handler->op == HANDLER_ASK && !check_asked_portal(c, task, handler)) body.tainted = true;
    check_handler_pattern(c, task, handler);
    if (handler->kid[handler_guard]) {
        Expect expect = {.type = c->bool_type, .note = "a guard is a Bool"};
        check_expr(c, handler->kid[handler_guard], &expect);
    }
    check_ignored_body(c, handler->kid[handler_body]);
    infer_end(c);
}

static void repeated_handler(Checker *c, const Def *task, const Ast *handler, const Ast *earlier) {
    static const char *const names[] = {
        [HANDLER_ATOM] = "on atom", [HANDLER_END] = "on end", [HANDLER_ERROR] = "on error", [HANDLER_NEXT] = "on next"};
    const char *global = handler->flags & FLAG_GLOBAL ? "global " : "";
    Diag *diag = diag_add(c->diags, task->generator ? DIAG_BAD_GENERATOR : DIAG_BAD_HANDLER, handler->span,
                          "the %s has two `%s%s`", task->generator ? "generator" : "task", global, names[handler->op]);
    diag_here(c->diags, diag, "the second one");
    report_label(c, diag, earlier->span, "the first one");
    diag_help(c->diags, diag, "write one that does both");
}

static void missing_handler(Checker *c, const Def *task) {
    Diag *diag = diag_add(c->diags, DIAG_BAD_HANDLER, task->span, "the task `%s` has no `on event`", task->name);
    diag_here(c->diags, diag, "nothing happens to its events");
    diag_help(c->diags, diag, "add `on event x { ... }`");
}

static void no_events(Checker *c, const Def *task) {
    const Ast *input = task->ast->kid[task_input];
    Diag *diag =
        diag_add(c->diags, DIAG_NO_EVENTS, input->span, "the task `%s` takes no events, and replies to no portal", task->name);
    diag_here(c->diags, diag, "nothing ever comes to it");
    diag_help(c->diags, diag, "a task without events `replies` to a portal; a `generator` makes events of nothing");
}

static void check_coverage(Checker *c, Def *task, int errors_before) {
    Ast *items = task->ast->kid[task_items];
    MatchRow *rows = ARENA_ARRAY(c->arena, MatchRow, items->kid_count + 1);
    int count = 0;
    for (int i = 0; i < items->kid_count; i++) {
        Ast *item = items->kid[i];
        if (item->kind == AST_handler && item->op == HANDLER_EVENT && item->kid[handler_pattern])
            rows[count++] = (MatchRow){item->kid[handler_pattern], item->kid[handler_guard] != NULL};
    }
    if (c->diags->errors > errors_before || input_of(c, task)->kind == TYPE_ERROR) return;
    MatchSet set = {MATCH_HANDLERS, task->ast, task->span, rows, count};
    check_requests(c, task);
    if (count)
        match_check(c, &set);
    else if (!type_is(input_of(c, task), BUILTIN_NEVER))
        missing_handler(c, task);
    else if (!task->reply_count)
        no_events(c, task);
}

void check_task_body(Checker *c, Def *task) {
    int errors_before = c->diags->errors;
    Ast *items = task->ast->kid[task_items];
    Ast *first[2][HANDLER_KINDS] = {0}; // for a key, global
    c->module = task->module;
    check_parameter_defaults(c, task, task->ast->kid[task_params]);
    check_key(c, task);
    check_task_portals(c, task);
    for (int i = 0; i < items->kid_count; i++) {
        Ast *item = items->kid[i];
        if (item->kind == AST_state) check_state(c, task, item);
        if (item->kind == AST_state) check_expires(c, task, item);
        if (item->kind == AST_fn) check_helper(c, task, item);
        if (item->kind != AST_handler || !check_handler_belongs(c, task, item) || !takes_events(c, task, item)) continue;
        bool global = item->flags & FLAG_GLOBAL;
        if (global && !check_global_handler(c, task, item)) continue;
        Ast **earlier = &first[global][item->op];
        if (*earlier && item->op != HANDLER_EVENT && item->op != HANDLER_ASK) repeated_handler(c, task, item, *earlier);
        *earlier = item;
        check_handler(c, task, item);
    }
    check_globals(c, task);
    check_on_error(c, task);
    check_lost_changes(c, task);
    if (!task->generator)
        check_coverage(c, task, errors_before);
    else if (c->diags->errors == errors_before)
        check_generator(c, task, first[0][HANDLER_NEXT]);
}
