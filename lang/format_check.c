// format_check.c - whether a formatted text is the program that it was made of.
#include "lang/format_internal.h"

#include "lang/parse.h"
#include "grammar.h"

// A text in tokens, without the separators that may come and go.
typedef struct Reader {
    const char *text;
    ScanResult raw;
    Tokens tokens;
    Tokens kept;
} Reader;

static bool is_line_end(int kind) {
    return kind == T_NL || kind == T_END;
}

// Leaves out commas at the end of brackets. Commas in braces are terminators, and of several in a row one counts.
static void keep_token(Arena *arena, Reader *reader, Token token, bool in_brace) {
    int *count = &reader->kept.count;
    bool separated = *count && is_line_end(reader->kept.items[*count - 1].kind);
    bool comma = *count && reader->kept.items[*count - 1].kind == T_COMMA;
    if (token.kind == T_COMMA && in_brace) token.kind = T_NL;
    if (is_line_end(token.kind) && separated) return;
    if ((token.kind == T_RPAREN || token.kind == T_RBRACK) && comma) --*count;
    vec_push(arena, &reader->kept, token);
}

static void keep_tokens(Arena *arena, Reader *reader) {
    VEC(int) open = {0};
    for (int i = 0; i < reader->tokens.count; i++) {
        Token token = reader->tokens.items[i];
        keep_token(arena, reader, token, open.count && open.items[open.count - 1] == T_LBRACE);
        if (token.kind == T_LPAREN || token.kind == T_LBRACK || token.kind == T_LBRACE || token.kind == T_STR_BEGIN)
            vec_push(arena, &open, token.kind);
        else if (opening_bracket(token.kind) && token.kind != T_STR_MID)
            open.count--;
    }
}

static void read_text(Context *context, uint32_t file, Reader *reader) {
    reader->text = source_file(&context->sources, file)->text;
    scan_tokens(context, file, &reader->raw);
    layout_tokens(context, file, &reader->raw.tokens, &reader->tokens);
    keep_tokens(context->arena, reader);
}

// ---- comparison ----

static bool same_text(const char *a, Span x, const char *b, Span y) {
    return x.end - x.start == y.end - y.start && !memcmp(a + x.start, b + y.start, x.end - x.start);
}

static bool same_tokens(const Reader *a, const Reader *b) {
    if (a->kept.count != b->kept.count) return false;
    for (int i = 0; i < a->kept.count; i++) {
        const Token *x = &a->kept.items[i], *y = &b->kept.items[i];
        if (x->kind != y->kind) return false;
        bool has_text = !is_line_end(x->kind) && x->kind != T_YYEOF;
        if (has_text && !same_text(a->text, x->span, b->text, y->span)) return false;
    }
    return true;
}

// The next character of a comment that counts: all but blanks and carriage returns.
static char next_character(const char *text, Span *span) {
    while (span->start < span->end) {
        char c = text[span->start++];
        if (c != ' ' && c != '\t' && c != '\r') return c;
    }
    return '\0';
}

static bool same_comment(const char *a, Span x, const char *b, Span y) {
    char c;
    do {
        c = next_character(a, &x);
        if (c != next_character(b, &y)) return false;
    } while (c);
    return true;
}

// How many tokens that are no separators stand before an offset; `*next` and `*count` go on from the offset before.
static int tokens_before(const Reader *reader, uint32_t offset, int *next, int *count) {
    const Tokens *tokens = &reader->raw.tokens;
    for (; *next < tokens->count && tokens->items[*next].span.start < offset; ++*next) {
        int kind = tokens->items[*next].kind;
        *count += kind != T_COMMA && kind != T_SEMI;
    }
    return *count;
}

static bool same_comments(const Reader *a, const Reader *b) {
    if (a->raw.comments.count != b->raw.comments.count) return false;
    int next_a = 0, next_b = 0, count_a = 0, count_b = 0;
    for (int i = 0; i < a->raw.comments.count; i++) {
        Span x = a->raw.comments.items[i], y = b->raw.comments.items[i];
        if (tokens_before(a, x.start, &next_a, &count_a) != tokens_before(b, y.start, &next_b, &count_b)) return false;
        if (!same_comment(a->text, x, b->text, y)) return false;
    }
    return true;
}

// Reads the text again, in a compilation of its own.
static bool is_same(Context *context, uint32_t file, Context *again, const Buf *formatted) {
    uint32_t copy = source_add(&again->sources, "", formatted->length ? formatted->data : "", formatted->length, false);
    parse_file(again, copy);
    if (again->diags.errors) return false;
    Reader before = {0}, after = {0};
    read_text(context, file, &before);
    read_text(again, copy, &after);
    return same_tokens(&before, &after) && same_comments(&before, &after);
}

bool format_is_same(Context *context, uint32_t file, const Buf *formatted) {
    Arena arena = {0};
    Context again;
    context_init(&again, &arena);
    bool same = is_same(context, file, &again, formatted);
    arena_free(&arena);
    return same;
}
