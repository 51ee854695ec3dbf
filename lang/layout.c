// layout.c - everything about tokens that depends on what stands around them.
//
// Terminators. Within braces and outside of all brackets a line end becomes a terminator if the line can end there and the
// next one does not go on with it; within parentheses and square brackets it never does. A terminator is NL within braces
// and END outside of them; one is also put before each `}` that closes something, so every item has its own.
//
// Keywords. Most keywords are such only in their places: at the start of a declaration, a statement, an item of a task, or
// in the header of a declaration. Everywhere else they stay names.
//
// Brackets. What comes out is balanced: where the text is not, brackets.c has marked what is wrong, and it is closed or left
// out here.
#include "lang/scan.h"

#include <string.h>

#include "grammar.h"

// A bracket that is open, or a string whose interpolation is.
typedef struct OpenBracket {
    int kind;       // T_LPAREN, T_LBRACK, T_LBRACE or T_STR_BEGIN
    int token;      // its number in the raw tokens
    bool unclosed;  // nothing in the text closes it
    bool task_body; // its items are those of a task or generator
    int item;       // task_body: the keyword that the current item begins with
} OpenBracket;

typedef struct Layout {
    Context *context;
    const Tokens *raw;
    Tokens *out;
    int next;        // the raw token behind the current one
    int declaration; // outside of braces: the keyword that the current declaration begins with
    int depth;       // open braces
    bool input;      // statements stand beside declarations
    VEC(OpenBracket) open;
} Layout;

static const Token no_token = {.kind = T_END};

static const Token *previous(const Layout *l) {
    return l->out->count ? &l->out->items[l->out->count - 1] : &no_token;
}

// The raw token `distance` tokens behind the current one.
static const Token *ahead(const Layout *l, int distance) {
    int i = l->next + distance - 1;
    return i < l->raw->count ? &l->raw->items[i] : &no_token;
}

static OpenBracket *innermost(const Layout *l) {
    return l->open.count ? &l->open.items[l->open.count - 1] : NULL;
}

static bool is_word(const Token *token) {
    return token->kind == T_NAME || token->kind == T_CAP;
}

static bool is_text(const Token *token, const char *text) {
    return token->kind == T_NAME && !strcmp(token->name, text);
}

static void put(Layout *l, const Token *token) {
    Token copy = *token;
    copy.depth = l->depth;
    vec_push(l->context->arena, l->out, copy);
}

// ---- declarations ----

typedef struct Keyword {
    const char *text;
    int kind;
} Keyword;

static int find_keyword(const Keyword *keywords, const Token *token) {
    if (token->kind != T_NAME) return 0;
    for (; keywords->text; keywords++)
        if (!strcmp(keywords->text, token->name)) return keywords->kind;
    return 0;
}

static const Keyword declaration_words[] = {
    {"app", T_APP},           {"import", T_IMPORT},       {"param", T_PARAM},   {"type", T_TYPE},
    {"record", T_RECORD},     {"enum", T_ENUM},           {"stream", T_STREAM}, {"workflow", T_WORKFLOW},
    {"task", T_TASK},         {"portal", T_PORTAL},       {"use", T_USE},       {"sequencer", T_SEQUENCER},
    {"splitter", T_SPLITTER}, {"connect", T_CONNECT},     {"local", T_LOCAL},   {"generator", T_GENERATOR},
    {"test", T_TEST},         {"exclusive", T_EXCLUSIVE}, {"extern", T_EXTERN}, {NULL, 0},
};

// True for a keyword that another one follows.
static bool second_word_follows(int kind) {
    return kind == T_EXCLUSIVE || kind == T_LOCAL || kind == T_USE;
}

bool looks_like_declaration(const Tokens *raw, int i) {
    const Token *token = &raw->items[i], *next = i + 1 < raw->count ? &raw->items[i + 1] : &no_token;
    if (next->first || is_text(next, "then")) return false;
    if (token->kind == T_FN) return is_word(next);
    if (token->kind == T_LET) return is_word(next) || next->kind == T_LPAREN;
    int kind = find_keyword(declaration_words, token);
    return kind && (is_word(next) || ((kind == T_TEST || kind == T_EXTERN) && next->kind == T_STRING));
}

// ---- terminators ----

static bool ends_item(int kind) {
    return kind == T_NL || kind == T_END;
}

// Outside of braces or directly behind one, or behind a terminator: where an item begins.
static bool at_item_start(const Layout *l) {
    int kind = previous(l)->kind;
    return ends_item(kind) || kind == T_LBRACE;
}

bool ends_operand(int kind) {
    switch (kind) {
    case T_NAME:
    case T_CAP:
    case T_INT:
    case T_FLOAT:
    case T_STRING:
    case T_STR_END:
    case T_TRUE:
    case T_FALSE:
    case T_UNDER:
    case T_RPAREN:
    case T_RBRACK:
    case T_RBRACE: return true;
    default: return false;
    }
}

static bool can_end_line(int kind) {
    return ends_operand(kind) || kind == T_RETURN || kind == T_RESET || kind == T_BAD;
}

// Reserved words that an expression can begin with, and everything else that can.
static bool begins_expression(const Token *token) {
    switch (token->kind) {
    case T_NAME:
    case T_CAP:
    case T_INT:
    case T_FLOAT:
    case T_STRING:
    case T_STR_BEGIN:
    case T_TRUE:
    case T_FALSE:
    case T_UNDER:
    case T_LPAREN:
    case T_LBRACK:
    case T_LBRACE:
    case T_SUB:
    case T_NOT:
    case T_IF:
    case T_MATCH:
    case T_AWAIT:
    case T_TRY:
    case T_SPAWN: return true;
    default: return false;
    }
}

// Directly behind `extern "library"`.
static bool follows_library(const Layout *l) {
    return previous(l)->kind == T_STRING && l->out->count > 1 && l->out->items[l->out->count - 2].kind == T_EXTERN;
}

// Words of the header of a declaration, behind the type or name that they follow.
static int header_keyword(const Layout *l, const Token *token) {
    if (previous(l)->kind == T_ERRORS) return is_text(token, "to") ? T_TO : 0;
    if (!can_end_line(previous(l)->kind)) return 0;
    switch (l->declaration) {
    case T_EXTERN: return is_text(token, "pure") && follows_library(l) ? T_PURE : 0;
    case T_TASK:
    case T_EXCLUSIVE:
        if (is_text(token, "asks")) return T_ASKS;
        if (is_text(token, "replies")) return T_REPLIES;
        return is_text(token, "key") ? T_KEY : 0;
    case T_PORTAL: return is_text(token, "key") ? T_KEY : 0;
    case T_WORKFLOW: return is_text(token, "errors") ? T_ERRORS : 0;
    case T_SPLITTER: return is_text(token, "on") ? T_ON : 0;
    default: return 0;
    }
}

static bool is_header_clause(const Token *token) {
    return is_text(token, "asks") || is_text(token, "replies") || is_text(token, "errors") || is_text(token, "key");
}

// True if a line that begins with `token` goes on with the line above.
static bool continues_line(const Layout *l, const Token *token) {
    switch (token->kind) {
    case T_PIPE:
    case T_DOT:
    case T_BAR:
    case T_AND:
    case T_OR:
    case T_ELSE: return true;
    case T_NAME:
        if (!l->open.count && is_header_clause(token)) return !l->input || header_keyword(l, token);
        return (is_text(token, "then") || is_text(token, "within")) && (is_word(ahead(l, 1)) || ahead(l, 1)->kind == T_INT);
    default: return false;
    }
}

static bool lines_end_here(const Layout *l) {
    const OpenBracket *bracket = innermost(l);
    return !bracket || bracket->kind == T_LBRACE;
}

static void put_terminator(Layout *l, Span span, bool synthetic) {
    Token token = {.kind = l->open.count ? T_NL : T_END, .span = span, .synthetic = synthetic};
    put(l, &token);
    if (!l->open.count) l->declaration = 0;
    if (innermost(l)) innermost(l)->item = 0;
}

static Span end_of(const Token *token) {
    return (Span){token->span.file, token->span.end, token->span.end};
}

static bool has_braces(int declaration) {
    switch (declaration) {
    case T_FN:
    case T_RECORD:
    case T_LOCAL:
    case T_ENUM:
    case T_WORKFLOW:
    case T_TASK:
    case T_EXCLUSIVE:
    case T_GENERATOR:
    case T_TEST: return true;
    default: return false;
    }
}

// A brace that begins a line where the header of a declaration ends belongs to it: nothing else could begin so.
static bool is_stray_brace(Layout *l, const Token *token) {
    if (token->kind != T_LBRACE || l->open.count || !has_braces(l->declaration) || previous(l)->kind == T_RBRACE) return false;
    Diags *diags = &l->context->diags;
    Diag *diag = diag_add(diags, DIAG_SYNTAX, token->span, "a `{` belongs at the end of the line before");
    diag_label(diags, diag, end_of(previous(l)), "here");
    diag_note(diags, diag, "a line end ends a declaration or statement");
    return true;
}

// True for what cannot but begin an item, even if the line before cannot end: so the mistake stays with that line.
static bool begins_item(const Layout *l, const Token *token) {
    if (at_item_start(l)) return false;
    switch (token->kind) {
    case T_LET:
    case T_VAR:
    case T_FN: return true;
    case T_FOR:
    case T_WHILE:
    case T_RETURN:
    case T_EMIT: return previous(l)->kind != T_FAT;
    default: return !l->open.count && !second_word_follows(previous(l)->kind) && looks_like_declaration(l->raw, l->next - 1);
    }
}

static void end_line(Layout *l, const Token *token) {
    if (!lines_end_here(l)) return;
    if (begins_item(l, token)) {
        put_terminator(l, end_of(previous(l)), false);
        return;
    }
    if (!can_end_line(previous(l)->kind)) return;
    if (continues_line(l, token) || is_stray_brace(l, token)) return;
    put_terminator(l, end_of(previous(l)), false);
}

// ---- keywords in their places ----

static const Keyword item_words[] = {{"state", T_STATE}, {"global", T_GLOBAL}, {"on", T_ON}, {NULL, 0}};

static const Keyword event_words[] = {
    {"event", T_EVENT},      {"ask", T_ASK},   {"atom", T_ATOM}, {"end", T_END_WORD},
    {"error", T_ERROR_WORD}, {"next", T_NEXT}, {NULL, 0},
};

static const Keyword statement_words[] = {
    {"log", T_LOG},     {"reply", T_REPLY},     {"fail", T_FAIL},           {"assert", T_ASSERT},
    {"reset", T_RESET}, {"connect", T_CONNECT}, {"sequencer", T_SEQUENCER}, {NULL, 0},
};

static int declaration_keyword(const Layout *l, const Token *token) {
    int before = previous(l)->kind;
    if (l->input && ends_item(before) && !looks_like_declaration(l->raw, l->next - 1)) return 0;
    return ends_item(before) || second_word_follows(before) ? find_keyword(declaration_words, token) : 0;
}

static int item_keyword(const Layout *l, const Token *token) {
    const OpenBracket *bracket = innermost(l);
    int before = previous(l)->kind;
    if (at_item_start(l) || before == T_GLOBAL) return find_keyword(item_words, token);
    if (before == T_ON) return find_keyword(event_words, token);
    bool state = bracket->item == T_STATE || bracket->item == T_GLOBAL;
    if (state && can_end_line(before) && is_text(token, "expires")) return T_EXPIRES;
    return 0;
}

// `reset` without a name: in a task, and nothing behind it belongs to it.
static bool is_reset_alone(const Layout *l, const Token *token, const Token *next) {
    bool task = l->declaration == T_TASK || l->declaration == T_EXCLUSIVE || l->declaration == T_GENERATOR;
    if (!task || !is_text(token, "reset")) return false;
    return next->kind == T_RBRACE || next->kind == T_SEMI || (next->first && !continues_line(l, next));
}

static int statement_keyword(const Layout *l, const Token *token) {
    if (!at_item_start(l) && previous(l)->kind != T_FAT) return 0;
    const Token *next = ahead(l, 1);
    if (is_reset_alone(l, token, next)) return T_RESET;
    if (next->first || !begins_expression(next)) return 0;
    int kind = find_keyword(statement_words, token);
    return (kind == T_RESET || kind == T_SEQUENCER) && next->kind != T_NAME ? 0 : kind;
}

static int expression_keyword(const Layout *l, const Token *token) {
    const Token *next = ahead(l, 1);
    if (is_text(token, "ask")) return next->kind == T_NAME && !next->first ? T_ASK : 0;
    if (!can_end_line(previous(l)->kind) || !begins_expression(next)) return 0;
    return is_text(token, "then") ? T_THEN : is_text(token, "within") ? T_WITHIN : 0;
}

// The kind of a word where it stands.
static int word_kind(const Layout *l, const Token *token) {
    if (token->kind != T_NAME || previous(l)->kind == T_DOT || previous(l)->kind == T_FN) return token->kind;
    int kind = 0;
    if (!l->open.count) {
        kind = declaration_keyword(l, token);
        if (!kind) kind = header_keyword(l, token);
        if (!kind && l->input) kind = statement_keyword(l, token);
    } else if (innermost(l)->task_body) {
        kind = item_keyword(l, token);
    } else if (innermost(l)->kind == T_LBRACE) {
        kind = statement_keyword(l, token);
    }
    if (!kind && previous(l)->kind == T_FAT) kind = statement_keyword(l, token);
    if (!kind) kind = expression_keyword(l, token);
    return kind ? kind : token->kind;
}

static void put_word(Layout *l, const Token *token) {
    Token word = *token;
    bool starts = at_item_start(l);
    word.kind = word_kind(l, token);
    put(l, &word);
    if (!starts) return;
    if (!l->open.count)
        l->declaration = word.kind;
    else
        innermost(l)->item = word.kind;
}

// ---- brackets ----

static int closer_of(int open) {
    return open == T_LPAREN ? T_RPAREN : open == T_LBRACK ? T_RBRACK : open == T_LBRACE ? T_RBRACE : T_STR_END;
}

static void push_bracket(Layout *l, const Token *token) {
    bool task = !l->open.count && (l->declaration == T_TASK || l->declaration == T_EXCLUSIVE || l->declaration == T_GENERATOR);
    OpenBracket bracket = {.kind = token->kind, .token = l->next - 1, .unclosed = token->mark == MARK_UNCLOSED};
    bracket.task_body = task && token->kind == T_LBRACE;
    vec_push(l->context->arena, &l->open, bracket);
    if (token->kind == T_LBRACE) l->depth++;
    put(l, token);
}

// Closes the innermost bracket with `token`, before which a block needs a terminator.
static void pop_bracket(Layout *l, const Token *token) {
    int before = previous(l)->kind;
    if (token->kind == T_RBRACE && before != T_NL && before != T_LBRACE) put_terminator(l, end_of(previous(l)), token->synthetic);
    put(l, token);
    if (token->kind == T_RBRACE) l->depth--;
    l->open.count--;
}

static void close_silently(Layout *l, Span place) {
    Token token = {.kind = closer_of(innermost(l)->kind), .span = place, .synthetic = true, .text = ""};
    pop_bracket(l, &token);
}

static bool has_opener(const Layout *l, int kind) {
    for (int i = l->open.count - 1; i >= 0; i--)
        if (l->open.items[i].kind == kind) return true;
    return false;
}

static bool has_opener_below(const Layout *l, int kind) {
    return l->open.count > 1 && l->open.items[l->open.count - 2].kind == kind;
}

static void put_closer(Layout *l, const Token *token) {
    int kind = opening_bracket(token->kind);
    if (token->mark == MARK_SURPLUS || !has_opener(l, kind)) {
        Token bad = *token;
        bad.kind = T_BAD;
        put(l, &bad);
        return;
    }
    Span place = end_of(previous(l));
    while (innermost(l)->kind != kind) close_silently(l, place);
    while (innermost(l)->unclosed && has_opener_below(l, kind)) close_silently(l, place);
    if (token->kind == T_STR_MID)
        put(l, token);
    else
        pop_bracket(l, token);
}

static void close_all(Layout *l) {
    Span place = end_of(previous(l));
    while (l->open.count) close_silently(l, place);
}

// Round and square brackets that are not closed hold no more than the rest of their line.
static void close_at_line_end(Layout *l, const Token *token) {
    if (!can_end_line(previous(l)->kind) || continues_line(l, token)) return;
    Span place = end_of(previous(l));
    while (innermost(l) && innermost(l)->unclosed && (innermost(l)->kind == T_LPAREN || innermost(l)->kind == T_LBRACK))
        close_silently(l, place);
}

static int column_of(const Layout *l, const Token *token) {
    return source_position(&l->context->sources, token->span.file, token->span.start).column;
}

// The column in which the line of token number `i` begins.
static int indent_of(const Layout *l, int i) {
    while (i > 0 && !l->raw->items[i].first) i--;
    return column_of(l, &l->raw->items[i]);
}

// Whether the text in a brace is indented cannot be seen if all of it stands behind the brace.
static bool is_indented(const Layout *l, int brace) {
    if (brace + 1 == l->raw->count) return false;
    const Token *next = &l->raw->items[brace + 1];
    return !next->first || column_of(l, next) > indent_of(l, brace);
}

// Braces that are not closed hold no more than what is indented deeper than their line.
static void close_at_indent(Layout *l, const Token *token) {
    if (token->kind == T_RBRACE) return;
    Span place = end_of(previous(l));
    while (innermost(l) && innermost(l)->unclosed && innermost(l)->kind == T_LBRACE && is_indented(l, innermost(l)->token) &&
           column_of(l, token) <= indent_of(l, innermost(l)->token))
        close_silently(l, place);
}

// ---- the whole ----

static void put_token(Layout *l, const Token *token) {
    if (token->mark == MARK_CLOSE_ALL) close_all(l);
    if (token->first) close_at_line_end(l, token);
    if (token->first) close_at_indent(l, token);
    if (token->first) end_line(l, token);
    switch (token->kind) {
    case T_SEMI:
        if (!lines_end_here(l))
            put(l, token);
        else if (!at_item_start(l))
            put_terminator(l, token->span, false);
        break;
    case T_LPAREN:
    case T_LBRACK:
    case T_LBRACE:
    case T_STR_BEGIN: push_bracket(l, token); break;
    case T_RPAREN:
    case T_RBRACK:
    case T_RBRACE:
    case T_STR_MID:
    case T_STR_END: put_closer(l, token); break;
    default: put_word(l, token); break;
    }
}

static void layout_all(Layout *l, uint32_t file) {
    for (int i = 0; i < l->raw->count; i++) {
        l->next = i + 1;
        put_token(l, &l->raw->items[i]);
    }
    close_all(l);
    if (!ends_item(previous(l)->kind)) put_terminator(l, end_of(previous(l)), false);
    uint32_t end = (uint32_t)source_file(&l->context->sources, file)->length;
    Token last = {.kind = T_YYEOF, .span = {file, end, end}};
    put(l, &last);
}

void layout_tokens(Context *context, uint32_t file, const Tokens *raw, Tokens *out) {
    layout_all(&(Layout){.context = context, .raw = raw, .out = out}, file);
}

void layout_input(Context *context, uint32_t file, const Tokens *raw, Tokens *out) {
    layout_all(&(Layout){.context = context, .raw = raw, .out = out, .input = true}, file);
}
