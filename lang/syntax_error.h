// syntax_error.h - what to say when the grammar cannot go on. Private to the parser.
#ifndef LANG_SYNTAX_ERROR_H
#define LANG_SYNTAX_ERROR_H

#include "lang/parser.h"
#include "grammar.h"

enum { FIRST_TOKEN = T_NAME, FIRST_WORD = T_LET, LAST_TOKEN = T_FILE_START - 1 };

// The tokens that could stand where an error is.
typedef struct Expected {
    bool set[LAST_TOKEN - FIRST_TOKEN + 1];
} Expected;

// Reports the token parser->tokens.items[parser->position], unless it only follows from what has been reported, and tells
// the parser where to go on.
void syntax_error(Parser *parser, const Expected *expected);

// An error while it is being explained.
typedef struct SyntaxError {
    Parser *parser;
    Diags *diags;
    const Expected *expected;
    const Token *token; // that could not be
} SyntaxError;

// What can stand where declarations, and where items of a task begin, up to a 0.
extern const int declaration_tokens[], item_tokens[];

bool expects(const SyntaxError *error, int kind);
// The token `distance` tokens before or behind the wrong one; an END where there is none.
const Token *neighbour(const SyntaxError *error, int distance);
// "`let`", "the end of the line", ...: what stands there.
const char *found_text(const SyntaxError *error);

// Whether what is wrong at this place was said already.
bool is_reported(const SyntaxError *error, uint32_t place);
// Reports a mistake that is known to be made, in its own words; false if it is none of those (syntax_hints.c).
bool explain_known_mistake(const SyntaxError *error);
// Adds help to what is reported in general words (syntax_hints.c).
void add_syntax_help(const SyntaxError *error, Diag *diag);
// Help for what is written about streams; NULL if there is none (syntax_hints_stream.c).
const char *stream_syntax_help(const SyntaxError *error);

#endif
