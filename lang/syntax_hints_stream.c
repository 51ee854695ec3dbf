// syntax_hints_stream.c - help for mistakes in what is written about streams: their declarations, tasks and generators.
#include "lang/syntax_error.h"

#include <string.h>

static bool is_end(const Token *token) {
    return token->kind == T_NL || token->kind == T_END;
}

// How far before the wrong token its line, or its block, begins.
static int line_start(const SyntaxError *e) {
    int i = -1;
    while (!is_end(neighbour(e, i)) && neighbour(e, i)->kind != T_LBRACE && neighbour(e, i)->kind != T_RBRACE) i--;
    return i + 1;
}

// A declaration in a block, where its first word was read as a name.
static const char *declaration_in_block(const SyntaxError *e) {
    static const struct {
        const char *word, *help;
    } words[] = {
        {"stream", "within a workflow, `let xs = range(0, 9)` gives a stream a name"},
        {"splitter", "a splitter is declared outside of all braces; within a workflow, `filter` takes a part of a stream"},
        {"workflow", "a workflow is declared outside of all braces; with parameters, it is used as `xs |> name(...)`"},
        {"task", "a task is declared outside of all braces, and used as `xs |> Name`"},
        {"generator", "a generator is declared outside of all braces, and used as `name(...)`"},
        {"record", "a record is declared outside of all braces"},
        {"enum", "an enum is declared outside of all braces"},
        {"type", "a type is declared outside of all braces"},
        {"param", "a param is declared outside of all braces"},
    };
    const Token *word = neighbour(e, -1);
    if (word->kind != T_NAME || line_start(e) != -1 || (e->token->kind != T_NAME && e->token->kind != T_CAP)) return NULL;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(word->name, words[i].word)) return words[i].help;
    return NULL;
}

static const char *sequencer_help(const SyntaxError *e) {
    if (expects(e, T_COLON)) return "a sequencer says what its events are: `sequencer name: Type`";
    return e->token->kind == T_ASSIGN ? "streams are connected to a sequencer: `connect xs -> name`" : NULL;
}

static const char *generator_help(const SyntaxError *e) {
    bool colon = expects(e, T_COLON) && (e->token->kind == T_LBRACE || e->token->kind == T_ARROW);
    if (colon) return "a generator says what its events are: `generator name(...): Type { ... }`";
    return e->token->kind == T_NAME && expects(e, T_LBRACE) ? "what a generator puts out has no key: `name(...) |> key(...)`"
                                                            : NULL;
}

static const char *workflow_help(const SyntaxError *e) {
    if (neighbour(e, -1)->kind == T_ERRORS) return "dead letters go to a sequencer: `errors to name`";
    if (e->token->kind == T_ARROW && neighbour(e, -2)->kind == T_TO) return "the type of the stream stands before `errors to`";
    return NULL;
}

static const char *task_help(const SyntaxError *e) {
    bool arrow = expects(e, T_ARROW) && e->token->kind == T_LBRACE;
    if (e->token->kind == T_ASKS) return "`asks` stands before `replies`";
    if (e->token->kind == T_KEY) return "the key stands before `asks` and `replies`";
    return arrow ? "a task says what it takes and what it puts out: `task Name: In -> Out { ... }`" : NULL;
}

static const char *exclusive_help(const SyntaxError *e) {
    if (neighbour(e, -1)->kind != T_EXCLUSIVE) return task_help(e);
    return "only a task is exclusive: while one of its events or requests waits, others of the same key do, too";
}

// By the word that the declaration begins with.
static const char *declaration_help(const SyntaxError *e) {
    switch (neighbour(e, line_start(e))->kind) {
    case T_SEQUENCER: return sequencer_help(e);
    case T_CONNECT: return expects(e, T_ARROW) ? "`connect xs -> name` connects the stream `xs` to the sequencer `name`" : NULL;
    case T_PORTAL:
        return "a portal says what it is asked and what is replied: `portal name: Request -> Reply key request => ...`";
    case T_SPLITTER: return expects(e, T_ON) ? "`splitter name on xs` takes the stream `xs` apart" : NULL;
    case T_GENERATOR: return generator_help(e);
    case T_WORKFLOW: return workflow_help(e);
    case T_TASK: return task_help(e);
    case T_EXCLUSIVE: return exclusive_help(e);
    default: return NULL;
    }
}

static const char *handler_help(const SyntaxError *e) {
    for (int i = -1; i > -4; i--)
        if (neighbour(e, i)->kind == T_ERROR_WORD && neighbour(e, i - 1)->kind == T_ON)
            return "`on error e { ... }` runs for each error of `on event`; `e` is a name, or a pattern that cannot fail";
    return NULL;
}

// `on event x { ... } on end { ... }`
static bool is_behind_another(const SyntaxError *e) {
    bool item = e->token->kind == T_NAME && (!strcmp(e->token->name, "on") || !strcmp(e->token->name, "state"));
    return item && neighbour(e, -1)->kind == T_RBRACE && expects(e, T_NL);
}

const char *stream_syntax_help(const SyntaxError *e) {
    if (neighbour(e, -1)->kind == T_ON && expects(e, T_EVENT)) return "`on event pattern`, `on atom` and `on end` begin handlers";
    const char *help = declaration_in_block(e);
    if (!help) help = declaration_help(e);
    if (!help) help = handler_help(e);
    if (!help && is_behind_another(e)) help = "what follows stands on a line of its own, or behind a `;`";
    return help;
}
