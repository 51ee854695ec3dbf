// session_define.c - declarations: what they replace, and what depends on that. All of it is checked and computed before anything
// changes.
#include "compiler/repl/session_internal.h"

#include <stdlib.h>
#include <string.h>

#include "lang/parse.h"

// A change of the session under way.
typedef struct Change {
    Session *session;
    Build build;
    Input input;
    Symbol path;
    VEC(Definition *) added;    // by number of the declaration
    VEC(Definition *) replaced; // are gone afterwards
    VEC(Definition *) affected; // depend on what is added or replaced, and stay
    bool types;                 // one of the replaced, or an affected one, is a type
    uint64_t search;
    Buf *out;
} Change;

// ---- what is replaced ------------------------------------------------------------------------------------------------

static bool is_type(const Definition *definition) {
    return definition->kind == AST_record || definition->kind == AST_enum || definition->kind == AST_alias;
}

static void replace(Change *change, Definition *definition) {
    if (definition->left_out == change->build.number) return;
    definition->left_out = change->build.number;
    vec_push(&change->build.arena, &change->replaced, definition);
}

// Types and tasks are both written with a capital: one takes the place of the other.
static bool clash(NameKind a, NameKind b) {
    return a != NAME_PART && b != NAME_PART;
}

static void replace_names(Change *change, const Definition *added) {
    for (int n = 0; n < added->name_count; n++) {
        const DeclaredName *name = &added->names[n];
        const Definitions *providers = session_providers(change->session, name->word);
        for (int i = 0; i < providers->count; i++) {
            Definition *earlier = providers->items[i];
            bool same_import = added->kind == AST_import && earlier->kind == AST_import && earlier->names[0].word == name->word;
            for (int k = 0; k < earlier->name_count; k++)
                if (earlier->names[k].word == name->word && clash(earlier->names[k].kind, name->kind)) replace(change, earlier);
            if (same_import && n == 0) replace(change, earlier);
        }
    }
}

// The same connection again is no second one; a session is one application.
static void replace_nameless(Change *change, const Definition *added) {
    if (added->kind != AST_app && added->kind != AST_connect) return;
    const char *text = added->text->file.text + added->start;
    size_t length = added->end - added->start;
    for (int i = 0; i < change->session->all.count; i++) {
        Definition *earlier = change->session->all.items[i];
        if (earlier->kind != added->kind) continue;
        bool same = earlier->end - earlier->start == length && !memcmp(earlier->text->file.text + earlier->start, text, length);
        if (added->kind == AST_app || same) replace(change, earlier);
    }
}

static void replace_file(Change *change) {
    for (int i = 0; change->path && i < change->session->all.count; i++)
        if (change->session->all.items[i]->path == change->path) replace(change, change->session->all.items[i]);
}

// Of an expression nothing depends on the value that it had.
static void affect(Change *change, Definition *definition) {
    bool gone = definition->left_out == change->build.number;
    if (gone || definition->mark == change->search) return;
    definition->mark = change->search;
    vec_push(&change->build.arena, &change->affected, definition);
}

static void affect_users(Change *change, const Definition *of) {
    for (int n = 0; n < of->name_count; n++) {
        const Definitions *users = session_users(change->session, of->names[n].word);
        for (int i = 0; i < users->count; i++) affect(change, users->items[i]);
    }
}

static void find_affected(Change *change) {
    change->search = ++change->session->builds;
    for (int i = 0; i < change->added.count; i++) affect_users(change, change->added.items[i]);
    for (int i = 0; i < change->replaced.count; i++) affect_users(change, change->replaced.items[i]);
    for (int i = 0; i < change->affected.count; i++) // grows meanwhile
        if (!change->affected.items[i]->is_it && !change->affected.items[i]->is_fixed)
            affect_users(change, change->affected.items[i]);
    for (int i = 0; i < change->added.count; i++) change->types |= is_type(change->added.items[i]);
    for (int i = 0; i < change->replaced.count; i++) change->types |= is_type(change->replaced.items[i]);
}

// ---- the program that shows whether all fits -------------------------------------------------------------------------

static void add_declarations(Change *change) {
    Session *session = change->session;
    Build *build = &change->build;
    for (int i = 0; i < change->input.declarations.count; i++) {
        Ast *ast = change->input.declarations.items[i];
        Definition *definition = definition_new(change->input.text, ast, &session->words);
        definition->path = change->path;
        vec_push(&build->arena, &change->added, definition);
        if (ast->kind == AST_const) ast->flags |= FLAG_KEPT;
        build_declare(build, ast);
        build_want_words(build, ast->span);
        replace_names(change, definition);
        replace_nameless(change, definition);
    }
    replace_file(change);
}

static void report_fixed(Change *change, const Definition *definition) {
    Diags *diags = &change->build.context.diags;
    Span span = {build_text(&change->build, definition->text), definition->start, definition->end};
    Diag *diag = diag_add(diags, DIAG_NOT_COMPUTED_AGAIN, span, "`%s` cannot be computed again", definition_name(definition));
    diag_here(diags, diag, "it was made of an `it` that is gone, and a type that it may have changes");
    diag_help(diags, diag, "define `%s` anew, and then the type", definition_name(definition));
}

static void add_affected(Change *change) {
    Build *build = &change->build;
    for (int i = 0; i < change->affected.count; i++) {
        Definition *definition = change->affected.items[i];
        if (definition->is_it) {
            if (change->types) definition->left_out = build->number;
        } else if (definition->is_fixed && change->types) {
            report_fixed(change, definition);
        } else if (!definition->is_fixed) {
            build_add(build, definition, definition->kind == AST_const ? PART_KEPT : PART_COMPUTED);
        }
    }
}

static bool uses_it(Change *change, const Definition *definition) {
    Symbol it = session_word(change->session, "it");
    return definition_uses(definition, it) && session_providers(change->session, it)->count;
}

static void report_it(Change *change, const Ast *ast) {
    Diags *diags = &change->build.context.diags;
    Diag *diag = diag_add(diags, DIAG_IT_KEPT, ast->span, "a definition cannot need `it`");
    diag_here(diags, diag,
              ast->kind == AST_const ? "its value is not kept, since its type holds functions or Anys"
                                     : "`it` is something else after the next expression");
    diag_help(diags, diag, "give the value a name first: `let x = it`");
}

// After the check: which words each declaration uses.
static void find_uses(Change *change) {
    for (int i = 0; i < change->added.count; i++) {
        Definition *definition = change->added.items[i];
        Ast *ast = change->input.declarations.items[i];
        definition_set_uses(change->session, definition, &change->build.context, ast);
        definition->is_fixed = uses_it(change, definition);
        definition->has_effects = ast->kind == AST_const && ast->def->effects;
        bool kept = ast->kind == AST_const && type_can_be_kept(ast->def->type);
        if (definition->is_fixed && !kept) report_it(change, ast);
    }
}

// What an import brings into scope: all that the module declares.
static void find_imported(Change *change) {
    const Module *app = change->build.app;
    for (int i = 0; i < change->added.count; i++) {
        Definition *import = change->added.items[i];
        for (int k = 0; import->kind == AST_import && k < app->imports.count; k++) {
            if (app->imports.items[k].ast != change->input.declarations.items[i] || !app->imports.items[k].module) continue;
            definition_add_imported(import, &change->session->words, app->imports.items[k].module->tree);
        }
    }
}

// Statements beside the declarations are evaluated later; that they are right is seen now.
static void add_statements(Change *change) {
    Build *build = &change->build;
    if (!change->input.statements.count) return;
    Ast *ast = input_expression(build, &change->input, intern_text(&build->context.names, "(input)"), FLAG_PROMPT);
    build_declare(build, ast);
    build_want_words(build, ast->span);
}

static void drop_statements(Build *build) {
    Program *program = build->program;
    int kept = 0;
    for (int i = 0; i < program->constants.count; i++) {
        const Def *def = program->constants.items[i];
        if (!(def->ast->flags & FLAG_PROMPT)) program->constants.items[kept++] = program->constants.items[i];
    }
    program->constants.count = kept;
}

static bool check_change(Change *change) {
    Build *build = &change->build;
    add_declarations(change);
    add_statements(change);
    find_affected(change);
    add_affected(change);
    build_complete(build, true);
    if (!build_check(build)) return false;
    drop_statements(build);
    find_uses(change);
    find_imported(change);
    return !build->context.diags.errors;
}

// ---- values ----------------------------------------------------------------------------------------------------------

static int count_of(const Change *change, AstKind kind) {
    int count = 0;
    for (int i = 0; i < change->added.count; i++) count += change->added.items[i]->kind == kind;
    for (int i = 0; kind == AST_const && i < change->build.parts.count; i++)
        count += change->build.parts.items[i].form == PART_KEPT;
    return count;
}

static void say_change(Change *change, const PtProgram *program, const char *globals);

// From here on nothing can go wrong.
static void take_values(void *user, const PtProgram *program, const char *globals) {
    Change *change = user;
    Build *build = &change->build;
    for (int i = 0; i < change->added.count; i++)
        if (change->added.items[i]->kind == AST_const)
            keep_values(build, change->added.items[i], change->input.declarations.items[i], program, globals);
    for (int i = 0; i < build->parts.count; i++) {
        const Part *part = &build->parts.items[i];
        if (part->form == PART_KEPT && part->ast) keep_values(build, part->definition, part->ast, program, globals);
    }
    say_change(change, program, globals);
}

static Entered run_tests(Change *change, const PtProgram *program) {
    Entered entered = ENTERED_VALUE;
    for (uint64_t i = 0; i < program->test_count && entered != ENTERED_STOPPED; i++) {
        Entered result = run_test_of(&change->session->options, program, i, change->out);
        if (result != ENTERED_VALUE) entered = result;
    }
    return entered;
}

static Entered run_code(Change *change, const PtProgram *program) {
    Entered entered = run_tests(change, program);
    return entered == ENTERED_VALUE ? run_constants(&change->session->options, program, take_values, change, change->out)
                                    : entered;
}

static Entered compute(Change *change) {
    Build *build = &change->build;
    bool tests = !change->path && count_of(change, AST_test);
    if (!tests && !count_of(change, AST_const)) {
        say_change(change, NULL, NULL);
        return ENTERED_DEFINITION;
    }
    SessionCode code = {0};
    Entered entered = ENTERED_WRONG;
    if (change->path) build->program->tests.count = 0;
    if (build_lower(build, TESTS_ALONE) && code_make(change->session, build->core, OPTIMISE_NOT, &code, &build->error))
        entered = run_code(change, code.program);
    code_drop(&code);
    return entered == ENTERED_VALUE ? ENTERED_DEFINITION : entered;
}

// ---- what changes ----------------------------------------------------------------------------------------------------

static uint64_t order_of(const Change *change, const Definition *added) {
    for (int i = 0; i < change->replaced.count; i++) {
        const Definition *replaced = change->replaced.items[i];
        for (int n = 0; n < added->name_count; n++)
            if (definition_declares(replaced, added->names[n].word, added->names[n].kind)) return replaced->order;
    }
    return 0;
}

// Tests are run, and then gone.
static void put_in(Change *change) {
    Session *session = change->session;
    if (session->it && session->it->left_out == change->build.number) session_remove_definition(session, session->it);
    for (int i = 0; i < change->added.count; i++) change->added.items[i]->order = order_of(change, change->added.items[i]);
    for (int i = 0; i < change->replaced.count; i++) session_remove_definition(session, change->replaced.items[i]);
    for (int i = 0; i < change->added.count; i++) {
        Definition *definition = change->added.items[i];
        if (definition->kind == AST_test)
            definition_free(definition);
        else
            session_add_definition(session, definition);
    }
    session->version++;
}

// ---- what is said ----------------------------------------------------------------------------------------------------

static bool is_again(const Change *change, const Definition *added) {
    for (int i = 0; i < change->replaced.count; i++)
        for (int n = 0; n < added->name_count; n++)
            for (int k = 0; k < change->replaced.items[i]->name_count; k++)
                if (change->replaced.items[i]->names[k].word == added->names[n].word) return true;
    return false;
}

enum { SHOWN_USERS = 5 };

static void say_users(const Change *change, const Definition *added, Buf *out) {
    int count = 0, more = 0;
    for (int i = 0; i < change->affected.count; i++) {
        const Definition *user = change->affected.items[i];
        bool uses = false;
        for (int n = 0; n < added->name_count && !user->is_it; n++) uses |= definition_uses(user, added->names[n].word);
        if (!uses) continue;
        if (count < SHOWN_USERS)
            buf_printf(out, "%s%s", count ? ", " : "; ", definition_name(user));
        else
            more++;
        count++;
    }
    if (more) buf_printf(out, " and %d more", more);
    if (count) buf_puts(out, count == 1 ? " uses the new one" : " use the new one");
}

static void say_again(const Change *change, const Definition *added) {
    Buf *out = change->out;
    Session *session = change->session;
    bool running = session->options.is_running && session->options.is_running(session->options.user);
    if (!is_again(change, added)) return;
    buf_puts(out, " (again");
    say_users(change, added, out);
    if (running) buf_puts(out, "; the run keeps the old one until :run");
    buf_putc(out, ')');
}

typedef struct Saying {
    Change *change;
    const PtProgram *program;
    const char *globals;
    const Definition *definition;
} Saying;

static void say_constant(void *data, Ast *name) {
    const Saying *saying = data;
    Type *type = name->def ? name->def->type : name->type;
    PtValue value = run_value(saying->program, saying->globals, name->name);
    show_constant(saying->change->session, name->name, type, value, saying->program, saying->change->out);
    say_again(saying->change, saying->definition);
    buf_putc(saying->change->out, '\n');
}

static void say_change(Change *change, const PtProgram *program, const char *globals) {
    for (int i = 0; i < change->added.count; i++) {
        const Ast *ast = change->input.declarations.items[i];
        if (ast->kind == AST_test) continue;
        if (ast->kind == AST_const) {
            Saying saying = {change, program, globals, change->added.items[i]};
            pattern_names(ast->kid[const_pattern], say_constant, &saying);
            continue;
        }
        show_declared(change->session, ast, change->out);
        say_again(change, change->added.items[i]);
        buf_putc(change->out, '\n');
    }
}

// ---- the whole -------------------------------------------------------------------------------------------------------

static void forget(Change *change) {
    for (int i = 0; i < change->added.count; i++) definition_free(change->added.items[i]);
}

// Statements have their turn later (session.c), but in a file there are none.
static bool only_declares(Change *change) {
    if (!change->path || !change->input.statements.count) return true;
    Diags *diags = &change->build.context.diags;
    Diag *diag = diag_add(diags, DIAG_SYNTAX, change->input.statements.items[0]->span, "a file consists of declarations");
    diag_here(diags, diag, "this is a statement");
    return false;
}

Entered session_define(Session *session, Text *text, Symbol path, Buf *out) {
    Change change = {.session = session, .path = path, .out = out};
    Entered entered = ENTERED_WRONG;
    build_begin(session, &change.build);
    bool right = input_parse(&change.build, text, &change.input) && only_declares(&change) && check_change(&change);
    if (right) entered = compute(&change);
    build_say(&change.build, out);
    if (entered == ENTERED_DEFINITION)
        put_in(&change);
    else
        forget(&change);
    build_end(&change.build);
    return entered;
}
