// format_pieces.c - takes a text apart: see format_internal.h.
#include "lang/format_internal.h"

#include "grammar.h"

typedef struct Builder {
    Format *f;
    const ScanResult *raw;
    const char *source;
    int next_comment;
    int last_token; // the piece, or NO_PIECE
    uint32_t end;   // of what has been taken from the source
    bool item;      // the next token begins an item
    VEC(int) open;  // the pieces of brackets
} Builder;

static int innermost(const Builder *b) {
    return b->open.count ? b->open.items[b->open.count - 1] : NO_PIECE;
}

static int count_newlines(const Builder *b, uint32_t until) {
    int count = 0;
    for (uint32_t i = b->end; i < until && count < 2; i++) count += b->source[i] == '\n';
    return count;
}

static Piece *add_piece(Builder *b, Span span) {
    Format *f = b->f;
    Piece piece = {.text = b->source + span.start, .length = (int)(span.end - span.start)};
    piece.newlines = count_newlines(b, span.start);
    piece.bracket = innermost(b);
    piece.partner = NO_PIECE;
    b->end = span.end;
    vec_push(f->context->arena, &f->pieces, piece);
    return format_piece(f, f->pieces.count - 1);
}

// ---- comments ----

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// A comment without blanks at its end, and with one between the slashes and what follows, unless it has some, or more slashes
// than those of a documentation comment.
static void clean_comment(Arena *arena, Piece *piece) {
    while (is_blank(piece->text[piece->length - 1])) piece->length--;
    int slashes = 2;
    while (slashes < piece->length && piece->text[slashes] == '/') slashes++;
    if (slashes > 3 || slashes == piece->length || is_blank(piece->text[slashes])) return;
    piece->text = arena_printf(arena, "%.*s %.*s", slashes, piece->text, piece->length - slashes, piece->text + slashes);
    piece->length++;
}

static void add_comments(Builder *b, uint32_t until) {
    for (; b->next_comment < b->raw->comments.count; b->next_comment++) {
        Span span = b->raw->comments.items[b->next_comment];
        if (span.start >= until) return;
        Piece *piece = add_piece(b, span);
        piece->column = source_position(&b->f->context->sources, b->f->file, span.start).column;
        clean_comment(b->f->context->arena, piece);
    }
}

// ---- tokens ----

static bool opens(int kind) {
    return kind == T_LPAREN || kind == T_LBRACK || kind == T_LBRACE || kind == T_STR_BEGIN;
}

static bool closes(int kind) {
    return kind == T_RPAREN || kind == T_RBRACK || kind == T_RBRACE || kind == T_STR_END;
}

static void close_bracket(Builder *b, int closer) {
    int opener = b->open.items[--b->open.count];
    format_piece(b->f, opener)->partner = closer;
    format_piece(b->f, closer)->partner = opener;
    format_piece(b->f, closer)->bracket = innermost(b);
}

static void add_token(Builder *b, const Token *token) {
    add_comments(b, token->span.start);
    Piece *piece = add_piece(b, token->span);
    int number = b->f->pieces.count - 1;
    piece->kind = token->kind;
    piece->item = b->item && !closes(token->kind);
    b->item = opens(token->kind);
    b->last_token = number;
    if (opens(token->kind)) vec_push(b->f->context->arena, &b->open, number);
    if (closes(token->kind)) close_bracket(b, number);
}

// A line end may follow a comma, which then is what separates. Outside of brackets commas stand within a declaration.
static void add_separator(Builder *b, char separator) {
    b->item = separator == ';' || b->open.count;
    if (b->last_token == NO_PIECE) return;
    Piece *last = format_piece(b->f, b->last_token);
    if (!last->separator) last->separator = separator;
    if (separator == ',' && b->open.count) format_piece(b->f, innermost(b))->has_commas = true;
}

static void find_tokens(Format *f) {
    int token = f->pieces.count;
    for (int i = f->pieces.count - 1; i >= 0; i--) {
        if (format_piece(f, i)->kind) token = i;
        format_piece(f, i)->token = token;
    }
}

void format_pieces(Format *f, const ScanResult *raw, const Tokens *tokens) {
    const SourceFile *source = source_file(&f->context->sources, f->file);
    Builder builder = {.f = f, .raw = raw, .source = source->text, .last_token = NO_PIECE, .item = true};
    for (int i = 0; i < tokens->count; i++) {
        const Token *token = &tokens->items[i];
        switch (token->kind) {
        case T_YYEOF: break;
        case T_NL:
        case T_END: add_separator(&builder, ';'); break;
        case T_COMMA: add_separator(&builder, ','); break;
        default: add_token(&builder, token);
        }
    }
    add_comments(&builder, (uint32_t)source->length);
    find_tokens(f);
}
