// session_evaluate.c - expressions, streams and tests: what an input does that declares nothing.
#include "compiler/repl/session_internal.h"

#include <string.h>

#include "lang/parse.h"

// ---- what an input consists of ---------------------------------------------------------------------------------------

static bool is_statement(const Ast *item) {
    return ast_is_expression(item->kind) || (item->kind >= AST_let && item->kind <= AST_fail);
}

// Behind a `var` of the same input, `let` binds a local name as it does in a block: it may use the variable.
static Ast *as_statement(Build *build, Ast *constant) {
    Ast *let = ast_new(&build->arena, AST_let, constant->span);
    let->kid[let_pattern] = constant->kid[const_pattern];
    let->kid[let_type] = constant->kid[const_type];
    let->kid[let_value] = constant->kid[const_value];
    return let;
}

static void take_item(Build *build, Input *input, Ast *item) {
    bool variables = false;
    for (int i = 0; i < input->statements.count; i++) variables |= input->statements.items[i]->kind == AST_var;
    if (item->kind == AST_const && variables) item = as_statement(build, item);
    if (is_statement(item))
        vec_push(&build->arena, &input->statements, item);
    else
        vec_push(&build->arena, &input->declarations, item);
}

static bool parse_with(Build *build, Text *text, Ast *(*parse)(Context *context, Span part), Input *input) {
    *input = (Input){.text = text};
    build->own = build_text(build, text);
    if (!parse_check_input(&build->context, build->own)) return false;
    Span all = {build->own, 0, (uint32_t)text->file.length};
    const Ast *items = parse(&build->context, all)->kid[file_items];
    if (build->context.diags.errors) return false;
    for (int i = 0; i < items->kid_count; i++) take_item(build, input, items->kid[i]);
    return true;
}

bool input_parse(Build *build, Text *text, Input *input) {
    return parse_with(build, text, parse_input, input);
}

// One statement that is an expression is its own value; else they are a block.
static Ast *input_value(Build *build, const Input *input) {
    Ast *first = input->statements.items[0], *last = input->statements.items[input->statements.count - 1];
    if (input->statements.count == 1 && ast_is_expression(first->kind)) return first;
    Span span = span_join(first->span, last->span);
    Ast *block = ast_new(&build->arena, AST_block, span);
    block->kid[block_stmts] = ast_list(&build->arena, span);
    for (int i = 0; i < input->statements.count; i++)
        ast_append(&build->arena, block->kid[block_stmts], input->statements.items[i]);
    return block;
}

// `it` is the value of an earlier input where another thing is called so in the program.
static Symbol other_it(Build *build) {
    return intern_text(&build->context.names, "(it)");
}

static void rename_it(Build *build, Ast *node, Symbol it) {
    if (!node) return;
    if (node->name == it) node->name = other_it(build);
    for (int i = 0; i < node->kid_count; i++) rename_it(build, node->kid[i], it);
}

Symbol input_it(Build *build) {
    return build->has_other_it ? other_it(build) : intern_text(&build->context.names, "it");
}

Ast *input_expression(Build *build, const Input *input, Symbol called, int flags) {
    Ast *value = input_value(build, input);
    Ast *ast = ast_new(&build->arena, AST_const, value->span);
    Ast *name = ast_new(&build->arena, AST_p_name, value->span);
    name->name = called;
    ast->kid[const_pattern] = name;
    ast->kid[const_value] = value;
    ast->flags |= (uint16_t)flags;
    return ast;
}

// ---- expressions -----------------------------------------------------------------------------------------------------

// The new meaning of `it`.
static Definition *new_it(Build *build, const Input *input, Ast *ast) {
    Session *session = build->session;
    Symbol called = ast->kid[const_pattern]->name;
    ast->kid[const_pattern]->name = session_word(session, "it");
    Definition *it = definition_new(input->text, ast, &session->words);
    ast->kid[const_pattern]->name = called;
    it->is_it = true;
    definition_set_uses(session, it, &build->context, ast);
    return it;
}

typedef struct Taking {
    Build *build;
    Ast *ast;
    Definition *it;
    Buf *out;
} Taking;

static void take_it(void *user, const PtProgram *program, const char *globals) {
    Taking *taking = user;
    Type *type = taking->ast->def->type;
    PtValue value = run_value(program, globals, taking->ast->kid[const_pattern]->name);
    if (!type_is_unit(type) && value.desc) show_typed(taking->build->session, type, value, program, taking->out);
    keep_values(taking->build, taking->it, taking->ast, program, globals);
}

// What has no value that can be kept is computed again where it is used, unless it was made of the `it` before.
static void set_it(Session *session, Definition *it) {
    if (session->it) session_remove_definition(session, session->it);
    bool lost = !it->is_kept && definition_uses(it, session_word(session, "it"));
    if (lost) {
        definition_free(it);
        return;
    }
    it->is_fixed = it->is_kept;
    session_add_definition(session, it);
    session->it = it;
}

static Entered run_expression(Build *build, const Input *input, Ast *ast, Buf *out) {
    Session *session = build->session;
    SessionCode code = {0};
    Entered entered = ENTERED_WRONG;
    Taking taking = {build, ast, new_it(build, input, ast), out};
    if (build_lower(build, TESTS_ALONE) && code_make(session, build->core, OPTIMISE_NOT, &code, &build->error))
        entered = run_constants(&session->options, code.program, take_it, &taking, out);
    code_drop(&code);
    if (entered == ENTERED_VALUE && !type_is_unit(ast->def->type))
        set_it(session, taking.it);
    else
        definition_free(taking.it);
    return entered;
}

// ---- streams ---------------------------------------------------------------------------------------------------------

// The same input as `workflow it = INPUT`.
static Ast *as_workflow(Build *build, const Input *input) {
    Ast *value = input_value(build, input);
    Ast *ast = ast_new(&build->arena, AST_workflow, value->span);
    ast->name = intern_text(&build->context.names, "it");
    ast->kid[workflow_tparams] = ast_list(&build->arena, value->span);
    ast->kid[workflow_params] = ast_list(&build->arena, value->span);
    ast->kid[workflow_value] = value;
    rename_it(build, value, ast->name);
    return ast;
}

// Compiled as any line is, not as what `:run` runs: most streams at the prompt are over before LLVM would be done with them.
static Entered watch(Build *build, Buf *out) {
    static const Entered entered[] = {
        [WATCHED_TO_THE_END] = ENTERED_STREAM, [WATCHED_FAILED] = ENTERED_FAILED, [WATCHED_STOPPED] = ENTERED_STOPPED};
    Session *session = build->session;
    SessionCode code = {0};
    if (!session->options.watch) return ENTERED_STREAM;
    if (!code_make(session, build->core, OPTIMISE_NOT, &code, &build->error)) return ENTERED_WRONG;
    Watched watched = session->options.watch(session->options.user, code.program, out);
    code_drop(&code);
    return entered[watched];
}

// The input is parsed again: checking it has changed its tree.
static Entered evaluate_stream(Session *session, Text *text, Buf *out) {
    Build build;
    Input input;
    Entered entered = ENTERED_WRONG;
    build_begin(session, &build);
    if (input_parse(&build, text, &input)) {
        build.has_other_it = true; // the workflow has its name
        build_declare(&build, as_workflow(&build, &input));
        build_want_words(&build, (Span){build.own, 0, (uint32_t)text->file.length});
        build_complete_streams(&build);
        if (build_check(&build) && build_lower(&build, TESTS_LEFT_OUT)) entered = watch(&build, out);
    }
    build_say(&build, out);
    build_end(&build);
    return entered;
}

// ---- the whole -------------------------------------------------------------------------------------------------------

// Adds the statements of the input to the build, with what they need, and checks it; NULL if it is wrong.
static Ast *check_expression(Build *build, const Input *input, int flags) {
    Ast *ast = input_expression(build, input, intern_text(&build->context.names, "(input)"), FLAG_PROMPT | flags);
    build_declare(build, ast);
    build_want_words(build, ast->span);
    build_complete(build, true);
    return build_check(build) ? ast : NULL;
}

Entered session_evaluate_input(Session *session, Text *text, Buf *out) {
    Build build;
    Input input;
    Entered entered = ENTERED_WRONG;
    bool stream = false;
    build_begin(session, &build);
    Ast *ast = input_parse(&build, text, &input) ? check_expression(&build, &input, FLAG_KEPT) : NULL;
    if (ast) {
        stream = type_is(ast->def->type, BUILTIN_STREAM);
        if (!stream) entered = run_expression(&build, &input, ast, out);
    }
    if (!stream) build_say(&build, out);
    build_end(&build);
    return stream ? evaluate_stream(session, text, out) : entered;
}

static bool is_one_expression(Build *build, const Input *input) {
    const Ast *first = input->statements.count ? input->statements.items[0] : NULL;
    if (first && input->statements.count == 1 && !input->declarations.count && ast_is_expression(first->kind)) return true;
    Diags *diags = &build->context.diags;
    Diag *diag =
        diag_add(diags, DIAG_SYNTAX, (Span){build->own, 0, (uint32_t)input->text->file.length}, "expected one expression");
    diag_here(diags, diag, "this has no value");
    return false;
}

Type *session_type_of(Session *session, Build *build, const char *text, size_t length) {
    Input input;
    build_begin(session, build);
    build->looked_at = text_new("<type>", text, length);
    if (!input_parse(build, build->looked_at, &input) || !is_one_expression(build, &input)) return NULL;
    const Ast *ast = check_expression(build, &input, 0);
    return ast ? ast->def->type : NULL;
}

bool session_type(Session *session, const char *text, size_t length, Buf *out) {
    Build build;
    Type *type = session_type_of(session, &build, text, length);
    if (type) {
        type_show(type, out);
        buf_putc(out, '\n');
    }
    build_say(&build, out);
    build_end(&build);
    return type;
}

// ---- values for commands ---------------------------------------------------------------------------------------------

typedef struct Handing {
    void (*take)(void *user, const PtProgram *program, PtValue value);
    void *user;
} Handing;

static void hand_over(void *user, const PtProgram *program, const char *globals) {
    Handing *handing = user;
    PtValue value = run_value(program, globals, "(input)");
    handing->take(handing->user, program, value);
}

static bool parse_type(Build *build, const char *type, Ast **out) {
    if (!type) return true;
    const char *text = arena_printf(&build->arena, "let it: %s = 0\n", type);
    uint32_t file = source_add(&build->context.sources, "<type>", text, strlen(text), false);
    const Ast *items = parse_input(&build->context, (Span){file, 0, (uint32_t)strlen(text)})->kid[file_items];
    if (build->context.diags.errors || !items->kid_count) return false;
    *out = items->kid[0]->kid[const_type];
    build_want_words(build, (*out)->span);
    return true;
}

// What is expected because of the type needs no label: nobody has written it.
static void hide_annotation(Build *build, const Ast *annotation) {
    for (int i = 0; i < build->context.diags.items.count; i++) {
        Diag *diag = build->context.diags.items.items[i];
        int kept = 0;
        for (int k = 0; k < diag->label_count; k++)
            if (k == 0 || diag->labels[k].span.file != annotation->span.file) diag->labels[kept++] = diag->labels[k];
        diag->label_count = kept;
    }
}

static Ast *check_typed(Build *build, Text *text, const ValueText *value) {
    Input input;
    Ast *annotation = NULL;
    if (!parse_with(build, text, value->is_elements ? parse_elements : parse_input, &input) ||
        !is_one_expression(build, &input) || !parse_type(build, value->type, &annotation))
        return NULL;
    Ast *ast = input_expression(build, &input, intern_text(&build->context.names, "(input)"), FLAG_KEPT);
    ast->kid[const_type] = annotation;
    build_declare(build, ast);
    build_want_words(build, ast->span);
    build_complete(build, true);
    if (build_check(build)) return ast;
    if (annotation) hide_annotation(build, annotation);
    return NULL;
}

bool session_evaluate(Session *session, const ValueText *value, void (*take)(void *user, const PtProgram *program, PtValue value),
                      void *user, Buf *out) {
    Build build;
    SessionCode code = {0};
    Handing handing = {take, user};
    Entered entered = ENTERED_WRONG;
    build_begin(session, &build);
    Text *own = text_new("<value>", value->text, value->length);
    size_t from = out->length;
    if (check_typed(&build, own, value) && build_lower(&build, TESTS_ALONE) &&
        code_make(session, build.core, OPTIMISE_NOT, &code, &build.error))
        entered = run_constants(&session->options, code.program, hand_over, &handing, out);
    build_say(&build, out);
    code_drop(&code);
    build_end(&build);
    if (entered == ENTERED_FAILED) session_quote(session, own, from, out);
    text_release(own);
    return entered == ENTERED_VALUE;
}
