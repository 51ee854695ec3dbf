// format_indent.c - how far lines are indented.
//
// What stands in brackets is indented by one step from the line that they open on, and their end is not. What goes on with an
// item is indented by one step from it. The body of `if a &&`, a line break, `b {` belongs to the line of the `if`.
#include "lang/format_internal.h"

#include "grammar.h"

// What is known about the current item of an open bracket, or of the file.
typedef struct Level {
    int indent;       // of its closing bracket
    int items;        // of its items
    bool braces;      // or no bracket at all
    bool item_breaks; // the item began on a new line
    int header;       // a keyword of the item whose brace has not come yet, or 0
    int header_line;  // the indentation of the line it stands on
    int else_line;    // the indentation of an `else` that begins a line
} Level;

typedef struct Indenter {
    Format *f;
    Arena *arena;
    int line; // the indentation of the current line
    VEC(Level) levels;
} Indenter;

static Level *innermost(const Indenter *d) {
    return &d->levels.items[d->levels.count - 1];
}

static bool is_closer(const Piece *piece) {
    return piece->kind == T_RPAREN || piece->kind == T_RBRACK || piece->kind == T_RBRACE || piece->kind == T_STR_END;
}

static bool is_opener(const Piece *piece) {
    return piece->kind == T_LPAREN || piece->kind == T_LBRACK || piece->kind == T_LBRACE || piece->kind == T_STR_BEGIN;
}

// A comment is indented like the token that follows it, or like an item at the end of brackets.
static int line_indent(const Indenter *d, int i) {
    const Format *f = d->f;
    const Piece *piece = format_piece(f, i), *token = piece->token < f->pieces.count ? format_piece(f, piece->token) : NULL;
    const Level *level = innermost(d);
    if (is_closer(piece)) return level->indent;
    if (token && token->kind == T_ELSE) return level->else_line;
    if (!token || is_closer(token) || token->item) return level->items;
    return level->items + (level->braces || level->item_breaks ? INDENT : 0);
}

// Words that a brace belongs to, wherever on the following lines it stands.
static bool has_brace(int kind) {
    switch (kind) {
    case T_IF:
    case T_MATCH:
    case T_FOR:
    case T_WHILE:
    case T_SPAWN:
    case T_FN:
    case T_RECORD:
    case T_ENUM:
    case T_WORKFLOW:
    case T_TASK:
    case T_GENERATOR:
    case T_TEST:
    case T_ON: return true;
    default: return false;
    }
}

// An `else` stands below its `if`, or is indented if that does not begin its line. Of `else if` the first counts.
static void follow_if(Indenter *d, int i) {
    if (i > 0 && format_piece(d->f, i - 1)->kind == T_ELSE) return;
    innermost(d)->else_line = d->line + (format_piece(d->f, i)->breaks ? 0 : INDENT);
}

static void follow_item(Indenter *d, int i) {
    const Piece *piece = format_piece(d->f, i);
    Level *level = innermost(d);
    if (piece->item) level->item_breaks = piece->breaks;
    if (piece->item || piece->kind == T_FAT || piece->kind == T_ASSIGN) level->header = 0;
    if (piece->kind == T_IF) follow_if(d, i);
    if (!has_brace(piece->kind)) return;
    level->header = piece->kind;
    level->header_line = d->line;
}

static void open_bracket(Indenter *d, Piece *piece) {
    Level *around = innermost(d);
    Level level = {.indent = d->line, .braces = piece->kind == T_LBRACE};
    if (level.braces && around->header) {
        level.indent = around->header_line;
        piece->is_match = around->header == T_MATCH;
        around->header = 0;
    }
    level.items = level.indent + INDENT;
    vec_push(d->arena, &d->levels, level);
}

void format_indent(Format *f) {
    Indenter indenter = {.f = f, .arena = f->context->arena};
    vec_push(indenter.arena, &indenter.levels, ((Level){.braces = true}));
    for (int i = 0; i < f->pieces.count; i++) {
        Piece *piece = format_piece(f, i);
        if (piece->breaks) indenter.line = piece->indent = line_indent(&indenter, i);
        if (is_closer(piece)) indenter.levels.count--;
        if (piece->kind) follow_item(&indenter, i);
        if (is_opener(piece)) open_bracket(&indenter, piece);
    }
}
