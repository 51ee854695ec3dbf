// format_internal.h - what the steps of the formatter work on. Private to format*.c.
//
// A text is taken apart into pieces: its tokens and comments in order, without what only separates them (commas, `;`, line
// ends), which becomes a mark of the piece before. Each step decides one thing about all pieces; format.c then writes them down.
#ifndef LANG_FORMAT_INTERNAL_H
#define LANG_FORMAT_INTERNAL_H

#include "lang/format.h"
#include "lang/scan.h"

enum {
    NO_PIECE = -1,
    INDENT = 2, // columns of one step
};

typedef struct Piece {
    // What it is (format_pieces.c).
    int kind;         // of the token; 0 for a comment
    const char *text; // as it is written, which for a comment may differ from the source
    int length;
    int newlines;    // before it in the source, at most 2
    int column;      // of a comment, in the source
    int bracket;     // the piece of the bracket that it stands in, or NO_PIECE; brackets stand in what is around them
    int token;       // the piece itself or, for a comment, the next one that is a token; or the number of pieces
    int partner;     // of a bracket: its other half, else NO_PIECE
    bool item;       // begins a declaration, statement, item, arm, element, ...
    bool has_commas; // of an opening bracket: commas stand directly in it
    char separator;  // what ends the item that it is the last piece of: ',' or ';', which is a line end, too; else 0

    // How it is written.
    bool breaks; // on a new line (format_lines.c)
    bool blank;  // below a blank line
    bool under;  // a comment of its own line that goes on with the one behind the line above
    char after;  // the separator that is written: ',' or ';', or 0
    int indent;  // columns before it, if it is on a new line (format_indent.c)
    int space;   // columns before it, if not (format_space.c, format_align.c)

    // Of an opening bracket.
    bool broken;   // a line break stands directly in it
    bool is_match; // the arms of a `match` are in it (format_indent.c)
} Piece;

typedef struct Format {
    Context *context;
    uint32_t file;
    VEC(Piece) pieces;
} Format;

static inline Piece *format_piece(const Format *f, int i) {
    return &f->pieces.items[i];
}

void format_pieces(Format *f, const ScanResult *raw, const Tokens *tokens);
void format_lines(Format *f);
void format_indent(Format *f);
void format_space(Format *f);
void format_align(Format *f);

// True if `formatted` is a program without syntax errors that has the tokens and comments of the file, but for separators.
bool format_is_same(Context *context, uint32_t file, const Buf *formatted);

#endif
