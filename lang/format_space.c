// format_space.c - the blanks between the tokens of a line.
#include "lang/format_internal.h"

#include "grammar.h"

bool format_ends_operand(int kind) {
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

// `on ask p (a, b)`: the pattern begins behind the portal.
static bool is_asked_portal(const Format *f, int i) {
    while (i > 1 && format_piece(f, i)->kind == T_NAME && format_piece(f, i - 1)->kind == T_DOT) i -= 2;
    return i > 1 && format_piece(f, i)->kind == T_NAME && format_piece(f, i - 1)->kind == T_ASK &&
           format_piece(f, i - 2)->kind == T_ON;
}

static bool is_prefix(const Format *f, int i) {
    const Piece *piece = format_piece(f, i);
    if (piece->kind == T_NOT) return true;
    return piece->kind == T_SUB && (piece->item || i == 0 || !format_ends_operand(format_piece(f, i - 1)->kind));
}

static bool needs_space_after(const Format *f, int i) {
    switch (format_piece(f, i)->kind) {
    case T_LPAREN:
    case T_LBRACK:
    case T_STR_BEGIN:
    case T_STR_MID:
    case T_DOT:
    case T_DOTDOT: return false;
    default: return !is_prefix(f, i);
    }
}

static bool needs_space_before(const Format *f, int i) {
    const Piece *piece = format_piece(f, i);
    bool follows = !piece->item && format_ends_operand(format_piece(f, i - 1)->kind);
    switch (piece->kind) {
    case T_RPAREN:
    case T_RBRACK:
    case T_STR_MID:
    case T_STR_END:
    case T_DOT:
    case T_COLON: return false;
    case T_LPAREN:
    case T_LBRACK: return !follows || is_asked_portal(f, i - 1);
    case T_DOTDOT: return !follows;
    default: return true;
    }
}

void format_space(Format *f) {
    for (int i = 1; i < f->pieces.count; i++) {
        Piece *piece = format_piece(f, i);
        bool between_items = format_piece(f, i - 1)->after != 0;
        piece->space = !piece->kind || between_items || (needs_space_after(f, i - 1) && needs_space_before(f, i));
    }
}
