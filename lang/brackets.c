// brackets.c - which bracket is the wrong one, in a file whose brackets do not match.
//
// Two things help to find out. A declaration that begins in column 1 stands outside of all brackets. And a `}` that begins its
// line is indented like the line of its `{`: the first pair of a declaration that is not so is the suspect if later a brace
// is missing (then its `{` is the one that was not closed) or left over (then its `}` is one too many).
#include "lang/scan.h"

#include "grammar.h"

typedef struct OpenBracket {
    int token;
    int indent;   // of its line
    bool excused; // a string that was reported swallowed what may have closed it
} OpenBracket;

typedef struct Matcher {
    Context *context;
    Tokens *raw;
    VEC(OpenBracket) open;
    int indent;       // of the current line
    int suspect_open; // token numbers of the suspect; -1
    int suspect_close;
    int first_error; // how many errors there were before
} Matcher;

static bool opens(int kind) {
    return kind == T_LPAREN || kind == T_LBRACK || kind == T_LBRACE || kind == T_STR_BEGIN;
}

int opening_bracket(int kind) {
    switch (kind) {
    case T_RPAREN: return T_LPAREN;
    case T_RBRACK: return T_LBRACK;
    case T_RBRACE: return T_LBRACE;
    case T_STR_MID:
    case T_STR_END: return T_STR_BEGIN;
    default: return 0;
    }
}

static bool is_balanced(Arena *arena, const Tokens *raw) {
    VEC(int) open = {0};
    for (int i = 0; i < raw->count; i++) {
        int kind = raw->items[i].kind;
        if (opens(kind)) {
            vec_push(arena, &open, kind);
        } else if (opening_bracket(kind)) {
            if (!open.count || open.items[open.count - 1] != opening_bracket(kind)) return false;
            if (kind != T_STR_MID) open.count--;
        }
    }
    return open.count == 0;
}

static Token *token_at(const Matcher *m, int i) {
    return &m->raw->items[i];
}

static bool too_many_errors(const Matcher *m) {
    return m->context->diags.errors - m->first_error >= MAX_SYNTAX_ERRORS;
}

static int innermost(const Matcher *m) {
    return m->open.items[m->open.count - 1].token;
}

static bool is_excused(const Matcher *m) {
    return m->open.items[m->open.count - 1].excused;
}

// ---- reports ----

// Number `i` is not closed, as is seen at `place`.
static void report_unclosed(Matcher *m, int i, Span place, const char *what) {
    Diags *diags = &m->context->diags;
    const Token *token = token_at(m, i);
    token_at(m, i)->mark = MARK_UNCLOSED;
    Diag *diag;
    if (token->kind == T_STR_BEGIN)
        diag = diag_add(diags, DIAG_UNCLOSED, token->span, "this interpolation is never closed");
    else
        diag = diag_add(diags, DIAG_UNCLOSED, token->span, "this `%s` is never closed", token_text(token->kind));
    diag_label(diags, diag, place, "%s", what);
}

static void report_suspect_open(Matcher *m, Span place, const char *what) {
    Diags *diags = &m->context->diags;
    report_unclosed(m, m->suspect_open, token_at(m, m->suspect_close)->span, "this `}` closes it, but is indented like another");
    diag_label(diags, diags->items.items[diags->items.count - 1], place, "%s", what);
    m->suspect_open = -1;
}

static void report_surplus(Matcher *m, int i) {
    Diags *diags = &m->context->diags;
    bool suspect = token_at(m, i)->kind == T_RBRACE && m->suspect_open >= 0;
    Token *token = token_at(m, suspect ? m->suspect_close : i);
    token->mark = MARK_SURPLUS;
    Diag *diag = diag_add(diags, DIAG_UNCLOSED, token->span, "this `%s` is one too many", token_text(token->kind));
    if (suspect) diag_label(diags, diag, token_at(m, m->suspect_open)->span, "it would close this, but is indented otherwise");
    m->suspect_open = -1;
}

// ---- matching ----

static bool has_opener(const Matcher *m, int kind) {
    for (int i = m->open.count - 1; i >= 0; i--)
        if (token_at(m, m->open.items[i].token)->kind == kind) return true;
    return false;
}

static void suspect_pair(Matcher *m, int close) {
    const OpenBracket *open = &m->open.items[m->open.count - 1];
    const Token *token = token_at(m, close);
    if (m->suspect_open >= 0 || token->kind != T_RBRACE || !token->first || open->indent == m->indent) return;
    m->suspect_open = open->token;
    m->suspect_close = close;
}

static bool on_one_line(const Matcher *m, int from, int to) {
    for (int i = from + 1; i <= to; i++)
        if (token_at(m, i)->first) return false;
    return true;
}

// `[1, 2)`: a closing bracket of the wrong kind, in the line of the one that it was meant for.
static bool closes_another_kind(const Matcher *m, int i) {
    if (!m->open.count) return false;
    int open = token_at(m, innermost(m))->kind;
    return (open == T_LPAREN || open == T_LBRACK) && token_at(m, i)->kind != T_RBRACE && on_one_line(m, innermost(m), i);
}

static void report_wrong_kind(Matcher *m, int i) {
    Diags *diags = &m->context->diags;
    Token *open = token_at(m, innermost(m)), *close = token_at(m, i);
    Diag *diag = diag_add(diags, DIAG_UNCLOSED, close->span, "this `%s` does not close the `%s` before it",
                          token_text(close->kind), token_text(open->kind));
    diag_label(diags, diag, open->span, "opened here");
    open->mark = MARK_UNCLOSED;
    close->mark = MARK_SURPLUS;
    m->open.count--;
}

static void match_closer(Matcher *m, int i) {
    int kind = token_at(m, i)->kind;
    if (!has_opener(m, opening_bracket(kind))) {
        if (closes_another_kind(m, i)) {
            report_wrong_kind(m, i);
            return;
        }
        report_surplus(m, i);
        return;
    }
    while (token_at(m, innermost(m))->kind != opening_bracket(kind) && !too_many_errors(m)) {
        if (is_excused(m))
            token_at(m, innermost(m))->mark = MARK_UNCLOSED;
        else
            report_unclosed(m, innermost(m), token_at(m, i)->span, "what is around it ends here");
        m->open.count--;
    }
    if (too_many_errors(m)) return;
    suspect_pair(m, i);
    if (kind != T_STR_MID) m->open.count--;
}

// Where all brackets should have been closed. Only the outermost that are not are braces, as a rule, so one suspect counts for
// the innermost of them.
static void match_nothing(Matcher *m, Span place, const char *what) {
    while (m->open.count && !too_many_errors(m)) {
        if (is_excused(m))
            token_at(m, innermost(m))->mark = MARK_UNCLOSED;
        else if (m->suspect_open > innermost(m) && token_at(m, innermost(m))->kind == T_LBRACE)
            report_suspect_open(m, place, what);
        else
            report_unclosed(m, innermost(m), place, what);
        m->open.count--;
    }
}

static bool starts_declaration(const Matcher *m, int i) {
    return token_at(m, i)->first && m->indent == 0 && looks_like_declaration(m->raw, i);
}

// What is open since the line of a string that ended with it was closed within the string, most likely.
static void excuse_line(Matcher *m, int string) {
    int line = string;
    while (line > 0 && !token_at(m, line)->first) line--;
    for (int i = m->open.count - 1; i >= 0 && m->open.items[i].token >= line; i--) m->open.items[i].excused = true;
}

static void match_token(Matcher *m, int i) {
    Token *token = token_at(m, i);
    if (token->first) m->indent = source_position(&m->context->sources, token->span.file, token->span.start).column - 1;
    if (starts_declaration(m, i)) {
        if (m->open.count) token->mark = MARK_CLOSE_ALL;
        match_nothing(m, token->span, "a new declaration begins here");
        m->suspect_open = -1;
    }
    if (opens(token->kind))
        vec_push(m->context->arena, &m->open, ((OpenBracket){i, m->indent, false}));
    else if (opening_bracket(token->kind))
        match_closer(m, i);
    if (token->cut) excuse_line(m, i);
}

void match_brackets(Context *context, Tokens *raw) {
    if (is_balanced(context->arena, raw)) return;
    Matcher matcher = {.context = context, .raw = raw, .suspect_open = -1, .first_error = context->diags.errors};
    for (int i = 0; i < raw->count && !too_many_errors(&matcher); i++) match_token(&matcher, i);
    Span last = raw->items[raw->count - 1].span;
    match_nothing(&matcher, (Span){last.file, last.end, last.end}, "the file ends here");
}
