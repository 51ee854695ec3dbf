// format_align.c - columns: the `=>` of consecutive arms, and comments behind consecutive lines.
#include "lang/format_internal.h"

#include "grammar.h"

// The arms of a run are aligned unless one of them had to be filled with more than this.
enum { MAX_FILL = 20 };

static int width_of(const Piece *piece) {
    int width = piece->after != 0;
    for (int i = 0; i < piece->length; i++) width += (piece->text[i] & 0xC0) != 0x80;
    return width;
}

// The first piece of the line behind the one of number `i`.
static int next_line(const Format *f, int i) {
    do i++;
    while (i < f->pieces.count && !format_piece(f, i)->breaks);
    return i;
}

// ---- arms ----

typedef struct Arm {
    int start; // its first piece
    int arrow; // its `=>`
    int width; // of what is before the arrow
} Arm;

typedef VEC(Arm) Arms;

static bool begins_arm(const Format *f, int i) {
    if (i == f->pieces.count) return false;
    const Piece *piece = format_piece(f, i);
    return piece->kind && piece->breaks && piece->item && piece->bracket != NO_PIECE && format_piece(f, piece->bracket)->is_match;
}

// Finds the arrow of the arm that begins at `start`. False if the arm does not end with its line.
static bool read_arm(const Format *f, int start, Arm *arm) {
    int bracket = format_piece(f, start)->bracket, end = next_line(f, start);
    *arm = (Arm){.start = start};
    for (int i = start; i < end; i++) {
        const Piece *piece = format_piece(f, i);
        if (piece->kind == T_FAT && piece->bracket == bracket) {
            arm->arrow = i;
            break;
        }
        arm->width += width_of(piece) + (i > start ? piece->space : 0);
    }
    const Piece *next = format_piece(f, format_piece(f, end)->token); // the match has an end
    bool ends = next->bracket == bracket ? next->item : next == format_piece(f, format_piece(f, bracket)->partner);
    return arm->arrow && ends;
}

static void align_arms(Format *f, const Arms *run) {
    int widest = 0, narrowest = 1 << 30;
    for (int i = 0; i < run->count; i++) {
        int width = run->items[i].width;
        if (width > widest) widest = width;
        if (width < narrowest) narrowest = width;
    }
    if (widest - narrowest > MAX_FILL) return;
    for (int i = 0; i < run->count; i++) format_piece(f, run->items[i].arrow)->space = 1 + widest - run->items[i].width;
}

// Aligns the run of arms that begins with the line of number `i`; returns the line behind it.
static int align_run_of_arms(Format *f, int i) {
    Arms run = {0};
    Arm arm;
    int bracket = format_piece(f, i)->bracket;
    while (begins_arm(f, i) && format_piece(f, i)->bracket == bracket && !(run.count && format_piece(f, i)->blank)) {
        if (!read_arm(f, i, &arm)) break;
        vec_push(f->context->arena, &run, arm);
        i = next_line(f, i);
    }
    align_arms(f, &run);
    return run.count ? i : next_line(f, i);
}

// ---- comments ----

static int line_width(const Format *f, int start, int end) {
    int width = format_piece(f, start)->indent;
    for (int i = start; i < end; i++) width += width_of(format_piece(f, i)) + (i > start ? format_piece(f, i)->space : 0);
    return width;
}

// The comment behind the line that begins at `start`, or the line itself if it is one that goes on with such a comment; else
// NO_PIECE.
static int comment_behind(const Format *f, int start) {
    if (format_piece(f, start)->under) return start;
    int last = next_line(f, start) - 1;
    return last > start && !format_piece(f, last)->kind ? last : NO_PIECE;
}

static void place_comment(Piece *comment, int column, int width) {
    if (comment->under)
        comment->indent = column;
    else
        comment->space = column - width;
}

// Comments of one run are not separated by a blank line, nor by the start or end of brackets.
static bool goes_on(const Format *f, int line) {
    const Piece *piece = format_piece(f, line), *code = format_piece(f, line - 2);
    if (piece->under) return true;
    return !piece->blank && !(piece->partner != NO_PIECE && piece->partner < line) && code->partner < line;
}

// Aligns the run of comments that begins with the line of number `i`; returns the line behind it.
static int align_run_of_comments(Format *f, int start) {
    int column = 0, end = start;
    while (end < f->pieces.count && comment_behind(f, end) != NO_PIECE && (end == start || goes_on(f, end))) {
        int width = format_piece(f, end)->under ? 0 : line_width(f, end, comment_behind(f, end)) + 1;
        if (width > column) column = width;
        end = next_line(f, end);
    }
    for (int i = start; i < end; i = next_line(f, i)) {
        int comment = comment_behind(f, i);
        place_comment(format_piece(f, comment), column, comment == i ? 0 : line_width(f, i, comment));
    }
    return end > start ? end : next_line(f, start);
}

void format_align(Format *f) {
    for (int i = 0; i < f->pieces.count;) i = begins_arm(f, i) ? align_run_of_arms(f, i) : next_line(f, i);
    for (int i = 0; i < f->pieces.count;) i = align_run_of_comments(f, i);
}
