// format_space.c - the blanks between the tokens of a line.
#include "lang/format_internal.h"

#include "grammar.h"

// `on ask p (a, b)`: the pattern begins behind the portal.
static bool is_asked_portal(const Format *f, int i) {
    while (i > 1 && format_piece(f, i)->kind == T_NAME && format_piece(f, i - 1)->kind == T_DOT) i -= 2;
    return i > 1 && format_piece(f, i)->kind == T_NAME && format_piece(f, i - 1)->kind == T_ASK &&
           format_piece(f, i - 2)->kind == T_ON;
}

static bool is_prefix(const Format *f, int i) {
    const Piece *piece = format_piece(f, i);
    if (piece->kind == T_NOT) return true;
    return piece->kind == T_SUB && (piece->item || i == 0 || !ends_operand(format_piece(f, i - 1)->kind));
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

// A dot directly behind a number makes a field of it, as in `5.s`, only if the name follows at once; else it would be read as a
// part of the number.
static bool stands_alone(const Format *f, int dot) {
    int before = format_piece(f, dot - 1)->kind;
    if (before != T_INT && before != T_FLOAT) return false;
    return dot + 1 == f->pieces.count || format_piece(f, dot + 1)->breaks || !format_piece(f, dot + 1)->kind;
}

static bool needs_space_before(const Format *f, int i) {
    const Piece *piece = format_piece(f, i);
    bool follows = !piece->item && ends_operand(format_piece(f, i - 1)->kind);
    switch (piece->kind) {
    case T_RPAREN:
    case T_RBRACK:
    case T_STR_MID:
    case T_STR_END:
    case T_COLON: return false;
    case T_DOT: return stands_alone(f, i);
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
