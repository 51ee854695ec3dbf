// session_build.c - from definitions to a checked program: each is parsed anew where it stands in its text, and all of them
// become one module.
#include "compiler/repl/session_internal.h"

#include <string.h>

#include "compiler/foreign.h"
#include "compiler/lower.h"
#include "lang/outside.h"
#include "lang/parse.h"

// ---- life ------------------------------------------------------------------------------------------------------------

void build_begin(Session *session, Build *build) {
    *build = (Build){.session = session, .number = ++session->builds};
    context_init_on(&build->context, &build->arena, &session->library);
    build->context.prompt = true;
    build->context.effects_at_top = true;
    Module *app = ARENA_NEW(&build->arena, Module);
    app->name = intern_text(&build->context.names, "");
    app->app = app;
    app->tree = ast_new(&build->arena, AST_file, (Span){0});
    app->tree->kid[file_items] = ast_list(&build->arena, (Span){0});
    vec_push(&build->arena, &build->context.modules, app);
    build->app = app;
}

void build_end(Build *build) {
    if (build->looked_at) text_release(build->looked_at);
    arena_free(&build->arena);
}

uint32_t build_text(Build *build, Text *text) {
    if (text->build == build->number) return text->number;
    vec_push(&build->arena, &build->context.sources.files, &text->file);
    text->build = build->number;
    text->number = (uint32_t)build->context.sources.files.count - 1;
    if (!build->app->file) build->app->file = build->app->tree->span.file = text->number;
    return text->number;
}

// ---- parts -----------------------------------------------------------------------------------------------------------

void build_declare(Build *build, Ast *ast) {
    ast_append(&build->arena, build->app->tree->kid[file_items], ast);
}

void build_want(Build *build, Symbol word) {
    vec_push(&build->arena, &build->wanted, word);
}

static void want_word(void *user, Symbol word) {
    Build *build = user;
    build_want(build, session_word(build->session, word));
}

void build_want_words(Build *build, Span part) {
    parse_words(&build->context, part, want_word, build);
}

// `let name: Type = 0`, with the value that is kept instead.
static Ast *given_constant(Build *build, const Definition *definition, const KeptValue *value, uint32_t file) {
    const char *text = arena_printf(&build->arena, "let %s: %s = 0\n", value->name, value->type);
    uint32_t own = source_add(&build->context.sources, "<value>", text, strlen(text), false);
    Span all = {own, 0, (uint32_t)strlen(text)};
    Ast *ast = parse_input(&build->context, all)->kid[file_items]->kid[0];
    ast->kid[const_value] = NULL;
    ast->flags |= FLAG_GIVEN;
    // A program that stays may live longer than the definition has this value.
    ast->text = build->stays ? arena_copy_string(&build->arena, value->bytes.data, value->bytes.length) : value->bytes.data;
    ast->length = value->bytes.length;
    ast->span = (Span){file, definition->start, definition->end};
    if (definition->is_it) ast->kid[const_pattern]->name = input_it(build);
    ast->kid[const_pattern]->span = ast->kid[const_pattern]->name_span = (Span){file, value->start, value->end};
    uint32_t type = 6 + (uint32_t)strlen(value->name);
    build_want_words(build, (Span){own, type, type + (uint32_t)strlen(value->type)});
    return ast;
}

static Ast *add_given(Build *build, const Definition *definition, uint32_t file) {
    Ast *first = NULL;
    for (int i = 0; i < definition->value_count; i++) {
        Ast *ast = given_constant(build, definition, &definition->values[i], file);
        if (!first) first = ast;
        build_declare(build, ast);
    }
    return first;
}

static Ast *add_text(Build *build, const Definition *definition, uint32_t file) {
    Span span = {file, definition->start, definition->end};
    Ast *tree = parse_input(&build->context, span);
    if (definition->is_it) {
        Input input = {0};
        for (int i = 0; i < tree->kid[file_items]->kid_count; i++)
            vec_push(&build->arena, &input.statements, tree->kid[file_items]->kid[i]);
        Ast *ast = input_expression(build, &input, input_it(build), 0);
        build_declare(build, ast);
        return ast;
    }
    Ast *ast = tree->kid[file_items]->kid_count ? tree->kid[file_items]->kid[0] : NULL;
    if (ast) build_declare(build, ast);
    return ast;
}

void build_add(Build *build, Definition *definition, PartForm form) {
    if (definition->mark == build->number || definition->left_out == build->number) return;
    definition->mark = build->number;
    uint32_t file = build_text(build, definition->text);
    Part part = {definition, NULL, form};
    if (form == PART_GIVEN) {
        part.ast = add_given(build, definition, file);
    } else {
        part.ast = add_text(build, definition, file);
        if (form == PART_KEPT && part.ast) part.ast->flags |= FLAG_KEPT;
        for (int i = 0; i < definition->use_count; i++) build_want(build, definition->uses[i]);
    }
    vec_push(&build->arena, &build->parts, part);
}

PartForm build_form_of(const Definition *definition, bool values) {
    bool given = values || definition->is_fixed || definition->has_effects;
    return definition->is_kept && given ? PART_GIVEN : PART_COMPUTED;
}

void build_complete(Build *build, bool values) {
    while (build->wanted.count) {
        const Definitions *providers = session_providers(build->session, build->wanted.items[--build->wanted.count]);
        for (int i = 0; i < providers->count; i++)
            build_add(build, providers->items[i], build_form_of(providers->items[i], values));
    }
}

static bool makes_streams(const Definition *definition) {
    return definition->kind == AST_workflow || definition->kind == AST_stream || definition->kind == AST_connect ||
           definition->kind == AST_splitter;
}

// Who uses a name that is there: as what connects to it, replies to it, or puts a task that replies into a stream.
static void add_users(Build *build, const Definition *definition, Symbol name) {
    const Definitions *users = session_users(build->session, name);
    for (int i = 0; i < users->count; i++) {
        Definition *user = users->items[i];
        bool connects = user->target == name;
        bool replies = definition->kind == AST_portal && user->replies;
        bool applies = definition->replies && makes_streams(user);
        if (connects || replies || applies) build_add(build, user, build_form_of(user, true));
    }
}

void build_complete_streams(Build *build) {
    build_complete(build, true);
    for (int i = 0; i < build->parts.count; i++) { // grows meanwhile
        const Definition *definition = build->parts.items[i].definition;
        for (int k = 0; k < definition->name_count; k++) add_users(build, definition, definition->names[k].word);
        build_complete(build, true);
    }
}

// ---- passes ----------------------------------------------------------------------------------------------------------

bool build_check(Build *build) {
    if (build->context.diags.errors) return false;
    Loader loader = session_loader(build);
    load_modules(&build->context, build->app, &loader, EXAMPLES_OF_NOTHING);
    if (build->asks_from_outside && !build->context.diags.errors) outside_add(&build->context, build->app);
    if (build->context.diags.errors) return false;
    build->program = check_program(&build->context, build->app);
    if (build->asks_from_outside) outside_drop_diags(&build->context);
    return build->program && foreign_check(&build->context, build->program, build->session->options.no_ffi);
}

static bool may_call_foreign(Build *build) {
    if (!build->session->options.no_ffi || !build->core->foreign.count) return true;
    build->error =
        arena_printf(&build->arena, "`%s` is a foreign function, which --no-ffi refuses", build->core->foreign.items[0].name);
    return false;
}

bool build_lower(Build *build, TestMode tests) {
    if (tests == TESTS_ALONE) {
        build->core = lower_tests(&build->context, build->program);
    } else {
        build->topology = topology_build(&build->context, build->program);
        if (build->topology) topology_observe(build->topology);
        if (build->topology) build->core = lower_program(&build->context, build->program, build->topology);
    }
    return build->core && !build->context.diags.errors && may_call_foreign(build) && pipeline_prepare(build->core, &build->error);
}

// ---- diagnostics -----------------------------------------------------------------------------------------------------

// What was warned of before is not said again.
static void drop_old_warnings(Build *build) {
    Diags *diags = &build->context.diags;
    int kept = 0;
    for (int i = 0; i < diags->items.count; i++) {
        Diag *diag = diags->items.items[i];
        bool old = diag_severity(diag->code) == SEVERITY_WARNING && diag->labels[0].span.file != build->own;
        if (!old) diags->items.items[kept++] = diag;
    }
    diags->items.count = kept;
}

void build_say(Build *build, Buf *out) {
    drop_old_warnings(build);
    diag_render(&build->context.diags, &build->context.sources, build->session->options.colour, out);
    if (build->error) buf_printf(out, "error: %s\n", build->error);
}
