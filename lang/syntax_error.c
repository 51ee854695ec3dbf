// syntax_error.c - the general words of a syntax error: what was expected, in terms of the language, and what was found.
#include "lang/syntax_error.h"

#include <string.h>

bool expects(const SyntaxError *e, int kind) {
    return e->expected->set[kind - FIRST_TOKEN];
}

const Token *neighbour(const SyntaxError *e, int distance) {
    static const Token none = {.kind = T_END};
    int i = e->parser->position + distance;
    return i >= 0 && i < e->parser->tokens.count ? &e->parser->tokens.items[i] : &none;
}

static const char *end_text(const SyntaxError *e) {
    return e->parser->input ? "the end of the input" : "the end of the file";
}

const char *found_text(const SyntaxError *e) {
    enum { LONGEST = 30 };
    const Token *token = e->token;
    const SourceFile *file = source_file(&e->parser->context->sources, token->span.file);
    uint32_t length = token->span.end - token->span.start;
    switch (token->kind) {
    case T_NL:
    case T_END:
        if (length) return "`;`";
        return neighbour(e, 1)->kind == T_YYEOF ? end_text(e) : "the end of the line";
    case T_YYEOF: return end_text(e);
    case T_STRING:
    case T_STR_BEGIN: return "a string";
    case T_STR_MID:
    case T_STR_END: return token_text(token->kind);
    default:
        if (!length)
            return e->parser->input ? end_text(e) : "the end of the example"; // a bracket that nobody has written (parse.c)
        return arena_printf(e->parser->arena, "`%.*s%s`", length > LONGEST ? LONGEST : (int)length,
                            file->text + token->span.start, length > LONGEST ? "..." : "");
    }
}

// ---- what was expected ----

// Tokens that messages call by one name, or (NULL) leave out, where both marks could stand.
typedef struct Group {
    const char *name;
    int mark;
    int other_mark;
    const int *members;
} Group;

const int declaration_tokens[] = {T_APP,    T_IMPORT,   T_PARAM,     T_LET,       T_FN,       T_TYPE, T_RECORD,  T_ENUM,
                                  T_STREAM, T_WORKFLOW, T_TASK,      T_PORTAL,    T_SPLITTER, T_USE,  T_CONNECT, T_SEQUENCER,
                                  T_TEST,   T_LOCAL,    T_EXCLUSIVE, T_GENERATOR, T_EXTERN,   0};
const int item_tokens[] = {T_STATE, T_ON, T_FN, T_GLOBAL, T_RBRACE, 0};
#define EXPRESSION_TOKENS                                                                                                        \
    T_NAME, T_CAP, T_INT, T_FLOAT, T_STRING, T_STR_BEGIN, T_TRUE, T_FALSE, T_LPAREN, T_LBRACK, T_LBRACE, T_IF, T_MATCH, T_SPAWN, \
        T_SUB, T_NOT, T_AWAIT, T_TRY, T_ASK, T_UNDER
static const int expression_tokens[] = {EXPRESSION_TOKENS, 0};
static const int statement_tokens[] = {
    EXPRESSION_TOKENS, T_LET,   T_VAR,   T_FOR,     T_WHILE,     T_RETURN, T_EMIT, T_LOG, T_FAIL,
    T_ASSERT,          T_REPLY, T_RESET, T_CONNECT, T_SEQUENCER, T_RBRACE, 0};
static const int pattern_tokens[] = {T_NAME, T_CAP,    T_INT,    T_FLOAT, T_STRING, T_TRUE, T_FALSE,
                                     T_SUB,  T_LPAREN, T_LBRACK, T_UNDER, T_RBRACE, 0};
static const int name_tokens[] = {T_NAME, T_CAP, 0};
static const int type_tokens[] = {T_NAME, T_CAP, T_LPAREN, 0};
static const int operator_tokens[] = {T_PIPE,     T_THEN,   T_OR,  T_AND,    T_EQ,       T_NE,       T_LT,     T_LE,  T_GT,
                                      T_GE,       T_ADD,    T_SUB, T_MUL,    T_ADD_WRAP, T_SUB_WRAP, T_DIV,    T_REM, T_AS,
                                      T_MUL_WRAP, T_CONCAT, T_DOT, T_LPAREN, T_LBRACK,   T_DOTDOT,   T_WITHIN, T_FAT, 0};
static const int assignment_tokens[] = {T_ASSIGN,
                                        T_ADD_ASSIGN,
                                        T_SUB_ASSIGN,
                                        T_MUL_ASSIGN,
                                        T_DIV_ASSIGN,
                                        T_REM_ASSIGN,
                                        T_ADD_WRAP_ASSIGN,
                                        T_SUB_WRAP_ASSIGN,
                                        T_MUL_WRAP_ASSIGN,
                                        T_CONCAT_ASSIGN,
                                        0};

static const int pattern_end_tokens[] = {T_FAT, T_IN, T_ASSIGN, T_COLON, T_BAR, T_AS, T_IF, T_DOT, T_LPAREN, 0};
static const int alternative_tokens[] = {T_BAR, T_AS, T_DOT, T_LPAREN, 0};

// In this order: what one group takes, the later ones don't see.
static const Group groups[] = {
    {"a declaration", T_TASK, T_FN, declaration_tokens},
    {"`state`, `on` or `fn`", T_ON, T_STATE, item_tokens},
    {"a statement", T_LET, T_INT, statement_tokens},
    {"an expression", T_INT, T_IF, expression_tokens},
    {"a pattern", T_INT, T_UNDER, pattern_tokens},
    {"a type", T_CAP, T_LPAREN, type_tokens},
    {"a name", T_CAP, T_NAME, name_tokens},
    {"`=>`", T_FAT, T_BAR, pattern_end_tokens},
    {"`in`", T_IN, T_BAR, pattern_end_tokens},
    {"`=`", T_ASSIGN, T_BAR, pattern_end_tokens},
    {"`:`", T_COLON, T_BAR, pattern_end_tokens},
    {NULL, T_BAR, T_AS, alternative_tokens},
    {NULL, T_ASSIGN, T_ADD_ASSIGN, assignment_tokens},
    {NULL, T_ADD, T_MUL, operator_tokens},
};

enum { MAX_NAMES = 5 };

typedef struct Names {
    const char *items[MAX_NAMES];
    int count;
    bool too_many;
} Names;

static void add_name(Names *names, const char *name) {
    if (names->count < MAX_NAMES)
        names->items[names->count++] = name;
    else
        names->too_many = true;
}

static bool in_set(const Expected *set, int kind) {
    return set->set[kind - FIRST_TOKEN];
}

static void take_groups(Expected *left, Names *names) {
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        const Group *group = &groups[i];
        if (!in_set(left, group->mark) || !in_set(left, group->other_mark)) continue;
        if (group->name) add_name(names, group->name);
        for (const int *kind = group->members; *kind; kind++) left->set[*kind - FIRST_TOKEN] = false;
    }
}

static void add_tokens(const SyntaxError *e, const Expected *left, Names *names) {
    for (int kind = FIRST_TOKEN; kind <= LAST_TOKEN; kind++) {
        if (!in_set(left, kind) || kind == T_BAD || kind == T_SEMI || kind == T_NL || kind == T_END) continue;
        const char *text = token_text(kind);
        bool prose = !strncmp(text, "a ", 2) || !strncmp(text, "an ", 3) || !strncmp(text, "the ", 4);
        add_name(names, prose ? text : arena_printf(e->parser->arena, "`%s`", text));
    }
}

// "`,` or `)`"; NULL if there is nothing to say, or too much.
static const char *expected_text(const SyntaxError *e) {
    Expected left = *e->expected;
    Names names = {0};
    take_groups(&left, &names);
    add_tokens(e, &left, &names);
    if (!names.count && (expects(e, T_NL) || expects(e, T_END))) return "the end of the line";
    if (names.too_many || !names.count) return NULL;
    const char *text = names.items[0];
    for (int i = 1; i < names.count; i++)
        text = arena_printf(e->parser->arena, "%s%s%s", text, i + 1 < names.count ? ", " : " or ", names.items[i]);
    return text;
}

// ---- the report ----

bool is_reported(const SyntaxError *e, uint32_t place) {
    for (int i = 0; i < e->diags->items.count; i++) {
        Span span = e->diags->items.items[i]->labels[0].span;
        if (span.file == e->token->span.file && span.start == place) return true;
    }
    return false;
}

// Hides what stands in deeper braces up to the terminator where the parser goes on.
static void synchronise(Parser *p, const Token *token) {
    if (token->kind == T_NL || token->kind == T_END) return;
    bool brace = token->kind == T_LBRACE || token->kind == T_RBRACE;
    p->sync_depth = brace ? token->depth - 1 : token->depth;
}

static bool is_word(const Token *token) {
    return token->kind == T_NAME || token->kind == T_CAP;
}

// After something that is no declaration at all, the next such thing probably belongs to it.
static bool still_lost(const SyntaxError *e) {
    if (!expects(e, T_TASK) || !expects(e, T_FN)) return false;
    bool lost = e->parser->lost;
    e->parser->lost = true;
    return lost && !(is_word(e->token) && is_word(neighbour(e, 1)));
}

static void explain(const SyntaxError *e) {
    if (explain_known_mistake(e)) return;
    const char *expected = expected_text(e), *found = found_text(e);
    Diag *diag = expected ? diag_add(e->diags, DIAG_SYNTAX, e->token->span, "expected %s, found %s", expected, found)
                          : diag_add(e->diags, DIAG_SYNTAX, e->token->span, "unexpected %s", found);
    add_syntax_help(e, diag);
}

// What ends the text is put in behind it, and empty.
static bool is_at_end(const Parser *p) {
    return p->position + 2 >= p->tokens.count && p->tokens.items[p->position].span.start == p->tokens.items[p->position].span.end;
}

void syntax_error(Parser *p, const Expected *expected) {
    const Token *token = &p->tokens.items[p->position];
    if (is_at_end(p)) p->wants_more = !p->context->diags.errors;
    SyntaxError error = {p, &p->context->diags, expected, token};
    synchronise(p, token);
    if (token->kind == T_BAD || token->synthetic || still_lost(&error) || is_reported(&error, token->span.start)) return;
    explain(&error);
}
