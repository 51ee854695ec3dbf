// scan.h - from text to the tokens that the grammar reads. Private to the parser and the formatter.
//
// There are three steps. `scan_tokens` (scan.l) cuts the text into words, literals and signs. `match_brackets` (brackets.c)
// finds brackets that do not belong together, if there are any. `layout_tokens` (layout.c) then decides everything that
// depends on what stands around a token: which line ends end something, which words are keywords here, and where brackets
// that were never closed should have been. What comes out is always balanced: the grammar never sees a missing or surplus
// bracket, and every declaration, statement and item is followed by a terminator.
#ifndef LANG_SCAN_H
#define LANG_SCAN_H

#include "lang/context.h"

// What brackets.c has found out about a token.
typedef enum Mark {
    MARK_NONE,
    MARK_UNCLOSED,  // an opening bracket that nothing closes
    MARK_SURPLUS,   // a closing bracket that closes nothing
    MARK_CLOSE_ALL, // the start of a declaration, before which all brackets should have been closed
} Mark;

// The kinds of tokens are those of the grammar (grammar.h, made by bison).
typedef struct Token {
    int kind;
    Mark mark;
    Span span;
    int depth;        // how many braces are open around it; `{` and `}` count as inside themselves (set by layout)
    bool first;       // the first of its line
    bool cut;         // a string that ended with its line: it may have swallowed closing brackets
    bool synthetic;   // put in to balance brackets after a diagnostic: an error here is no news
    Symbol name;      // of a word
    uint64_t integer; // of an integer, at most 2^63, which only `-` makes valid; 0 after a diagnostic
    double real;      // of a floating point number
    const char *text; // of a string or a part of one, escapes resolved
    size_t length;
} Token;

typedef VEC(Token) Tokens;

// A documentation comment and the offset of the token behind it.
typedef struct DocComment {
    uint32_t offset;
    const char *text;
} DocComment;

typedef struct ScanResult {
    Tokens tokens; // without an end-of-file token
    VEC(DocComment) docs;
    VEC(Span) comments; // all, in order, from their first slash to the end of their line
} ScanResult;

// Each step stops at this many errors: the rest would be noise.
enum { MAX_SYNTAX_ERRORS = 50 };

// Cuts a file into tokens; whatever cannot be one becomes a diagnostic and a BAD token. The text must be valid UTF-8
// without zero bytes.
void scan_tokens(Context *context, uint32_t file, ScanResult *result);
// The same with a part of the file.
void scan_part(Context *context, Span part, ScanResult *result);

// The kind of opening bracket that a closing one belongs to; 0 for any other token.
int opening_bracket(int kind);

// Reports brackets that do not match, and marks them. `end` says what ends behind the last token: "the file ends here".
void match_brackets(Context *context, Tokens *raw, const char *end);

// True if a declaration seems to begin at token number `i`: a word that begins one, and behind it, in the same line, what it
// declares (layout.c).
bool looks_like_declaration(const Tokens *raw, int i);

// True for a kind of token that an operand can end with, so that what follows it is an operator, a call or an index (layout.c).
bool ends_operand(int kind);

// Adds terminators, turns words into keywords where they are, and balances brackets; see above. The result ends with
// an end-of-file token.
void layout_tokens(Context *context, uint32_t file, const Tokens *raw, Tokens *out);
// The same for an input of the prompt, where statements stand beside declarations.
void layout_input(Context *context, uint32_t file, const Tokens *raw, Tokens *out);

#endif
