// format_lines.c - where lines break, where blank lines stand, and which separators are written.
//
// Line breaks are the author's, but for these: a brace with a line break directly in it has one behind `{` and one before `}`;
// `)` and `]` stand on a line of their own if, and only if, a line break follows the opening bracket; `else` stands behind `}`;
// and there is no line break within empty brackets. What follows a comment is on a new line in any case.
#include "lang/format_internal.h"

#include "grammar.h"

static bool is_comment(const Format *f, int i) {
    return i >= 0 && i < f->pieces.count && !format_piece(f, i)->kind;
}

static bool is_closer(const Piece *piece, int i) {
    return piece->partner != NO_PIECE && piece->partner < i;
}

static bool is_opener(const Piece *piece, int i) {
    return piece->partner > i;
}

// ---- line breaks ----

static void break_brace(Format *f, int open, int close) {
    Piece *first = format_piece(f, open + 1), *closer = format_piece(f, close);
    bool empty = close == open + 1;
    closer->breaks = !empty && (closer->breaks || format_piece(f, open)->broken);
    if (closer->breaks && first->kind) first->breaks = true;
}

// A line break behind an opening bracket, with or without a comment before it.
static bool breaks_behind(const Format *f, int open) {
    return format_piece(f, open + 1)->breaks || is_comment(f, open + 1);
}

static void break_parentheses(Format *f, int open, int close) {
    bool empty = close == open + 1;
    format_piece(f, close)->breaks = !empty && (is_comment(f, close - 1) || breaks_behind(f, open));
}

// The `else` of blocks of several lines goes on with the line of `}`, and what follows it with its own.
static bool joins_line(const Format *f, int i) {
    const Piece *piece = format_piece(f, i), *before = format_piece(f, i - 1);
    if (piece->kind == T_ELSE) return before->kind == T_RBRACE && before->breaks;
    return piece->kind && before->kind == T_ELSE;
}

static void choose_break(Format *f, int i) {
    Piece *piece = format_piece(f, i);
    piece->breaks = i == 0 || is_comment(f, i - 1) || (piece->newlines > 0 && !joins_line(f, i));
    if (piece->kind == T_RBRACE)
        break_brace(f, piece->partner, i);
    else if (is_closer(piece, i))
        break_parentheses(f, piece->partner, i);
    else if (piece->breaks && piece->bracket != NO_PIECE)
        format_piece(f, piece->bracket)->broken = true;
}

// ---- separators ----

static int next_token(const Format *f, int i) {
    return i + 1 < f->pieces.count ? format_piece(f, i + 1)->token : f->pieces.count;
}

static bool is_empty(const Format *f, int open) {
    int next = next_token(f, open);
    return next == format_piece(f, open)->partner || format_piece(f, next)->kind == T_COLON; // the empty map
}

// Parentheses that only group have no comma, those of calls and declarations do, and so do square brackets.
static bool takes_commas(const Format *f, int open) {
    const Piece *opener = format_piece(f, open);
    if (opener->kind == T_LBRACK || opener->has_commas) return true;
    return opener->kind == T_LPAREN && open > 0 && !opener->item && ends_operand(format_piece(f, open - 1)->kind);
}

static bool has_last_comma(const Format *f, int close) {
    int open = format_piece(f, close)->partner;
    int kind = format_piece(f, close)->kind;
    if (kind != T_RPAREN && kind != T_RBRACK) return false;
    return breaks_behind(f, open) && !is_empty(f, open) && takes_commas(f, open);
}

// The separator to write behind a piece: a line break and the end of a block do without.
static char choose_separator(const Format *f, int i) {
    const Piece *piece = format_piece(f, i);
    int next = next_token(f, i);
    if (!piece->kind || next == f->pieces.count) return 0;
    const Piece *follower = format_piece(f, next);
    if (is_closer(follower, next)) return has_last_comma(f, next) ? ',' : 0;
    bool ends_line =
        piece->separator == ';' || (follower->bracket != NO_PIECE && format_piece(f, follower->bracket)->kind == T_LBRACE);
    return ends_line && follower->breaks ? 0 : piece->separator;
}

// ---- blank lines ----

// True if number `i` begins the first line in a bracket.
static bool begins_bracket(const Format *f, int i) {
    int before = i - 1;
    if (is_comment(f, before) && !format_piece(f, before)->breaks) before--;
    return is_opener(format_piece(f, before), before);
}

// Within an item there are none, and none behind or before a bracket.
static bool may_be_blank(const Format *f, int i) {
    int token = format_piece(f, i)->token;
    if (i == 0 || begins_bracket(f, i) || is_closer(format_piece(f, i), i)) return false;
    return token == f->pieces.count || format_piece(f, token)->item || is_closer(format_piece(f, token), token);
}

// The last piece that is a token before number `i`, or NO_PIECE.
static int token_before(const Format *f, int i) {
    do i--;
    while (is_comment(f, i));
    return i;
}

// Between the declarations that end before and begin at number `start` there is a blank line, before the comments of the latter.
static void separate_declarations(Format *f, int start) {
    int first = start;
    for (int i = start; i > token_before(f, start); i--) {
        const Piece *piece = format_piece(f, i);
        if (piece->blank) return;
        if (piece->breaks && !piece->under) first = i;
    }
    format_piece(f, first)->blank = true;
}

static void separate_all_declarations(Format *f) {
    bool last_is_long = false, is_long = false;
    int start = NO_PIECE;
    for (int i = 0; i <= f->pieces.count; i++) {
        const Piece *piece = i < f->pieces.count ? format_piece(f, i) : NULL;
        bool begins = piece && piece->kind && piece->item && piece->bracket == NO_PIECE && piece->breaks;
        if (piece && !begins) {
            is_long = is_long || (piece->kind && piece->breaks);
            continue;
        }
        if (start > 0 && last_is_long && is_long) separate_declarations(f, start);
        last_is_long = is_long;
        is_long = false;
        start = i;
    }
}

// Below a line of one character, such as `{`, what is indented stands in the column of a comment behind it.
static bool is_behind_one_character(const Format *f, int i) {
    const Piece *code = format_piece(f, i - 1);
    return code->breaks && code->length == 1;
}

// A comment in the column of the one behind the line above goes on with it.
static bool is_under(const Format *f, int i) {
    if (!is_comment(f, i) || !is_comment(f, i - 1)) return false;
    const Piece *comment = format_piece(f, i), *above = format_piece(f, i - 1);
    if (comment->newlines != 1 || comment->column != above->column) return false;
    return above->under || (!above->breaks && !is_behind_one_character(f, i - 1));
}

void format_lines(Format *f) {
    for (int i = 0; i < f->pieces.count; i++) choose_break(f, i);
    for (int i = 0; i < f->pieces.count; i++) {
        Piece *piece = format_piece(f, i);
        piece->after = choose_separator(f, i);
        piece->blank = piece->breaks && piece->newlines > 1 && may_be_blank(f, i);
        piece->under = is_under(f, i);
    }
    separate_all_declarations(f);
}
