// parser.h - what the grammar's actions work with. Private to the parser (grammar.y, build.c, cover.c, syntax_error.c, parse.c).
#ifndef LANG_PARSER_H
#define LANG_PARSER_H

#include "lang/scan.h"

typedef struct Parser {
    Context *context;
    Arena *arena;
    uint32_t file;
    Ast *tree;           // the AST_file under construction
    ScanResult scan;     // tokens as they stand in the text, and documentation comments
    Tokens tokens;       // those after layout, which the grammar reads
    int position;        // the token that is being pushed
    int sync_depth;      // after a syntax error: tokens in deeper braces are hidden until the next terminator; else -1
    bool input;          // of the prompt, not a file
    bool wants_more;     // the first syntax error was at the end: more tokens could follow
    bool lost;           // a declaration could not be recognised: what follows it is not reported until one can
    VEC(Ast *) wilds;    // `_` in expressions: an error unless it turns out to be in a pattern
    VEC(Ast *) minimums; // integers 2^63: an error unless `-` stands before it
} Parser;

// Two children that one rule makes.
typedef struct AstPair {
    Ast *first;
    Ast *second;
} AstPair;

#define KIDS(...) ((Ast *[]){__VA_ARGS__})

// ---- build.c: nodes of the tree ----

// A node with its declared children.
Ast *make(Parser *parser, AstKind kind, Span span, Ast *const *kids);
// A node with a name, which stands at `name`.
Ast *make_named(Parser *parser, AstKind kind, Span span, const Token *name, Ast *const *kids);
// Gives a declaration, field or variant the documentation comment that stands before it.
Ast *with_doc(Parser *parser, Ast *node);
Ast *with_flag(Ast *node, int flag, Span span);
Ast *with_op(Ast *node, int op);
// A list of one, or of none if `item` is NULL; `list_with` adds an item. Both return the list.
Ast *list_of(Parser *parser, Span span, Ast *item);
Ast *list_with(Parser *parser, Ast *list, Ast *item);

Ast *make_int(Parser *parser, const Token *token);
Ast *make_float(Parser *parser, const Token *token);
Ast *make_bool(Parser *parser, Span span, int value);
Ast *make_string(Parser *parser, const Token *token);
Ast *make_wild(Parser *parser, Span span);
Ast *make_negative(Parser *parser, Span span, Ast *value);
Ast *make_binary(Parser *parser, Span span, Operator op, Ast *left, Ast *right);
// object.name, which is a constructor when it is Enum.Variant or module.Variant.
Ast *make_member(Parser *parser, Span span, Ast *object, const Token *name);
// (a), (a, b), (): a parenthesised expression or type is itself, with FLAG_PARENS.
Ast *make_tuple(Parser *parser, AstKind tuple, Span span, Ast *elems);
Ast *make_list_or_map(Parser *parser, Span span, Ast *elems);
Ast *make_pattern_list(Parser *parser, Span span, Ast *elems);
Ast *make_fn_type(Parser *parser, Span span, Ast *left, Ast *result);
Ast *make_or(Parser *parser, Span span, Ast *left, Ast *right);
// The function `fn`, which the library (a string) has. What is written like a body is the name that C knows it by.
Ast *make_foreign(Parser *parser, Span span, Ast *library, int flags, Ast *fn);
// Reports a name that begins with the wrong kind of letter; `what` is "a function".
const Token *check_capital(Parser *parser, const Token *name, const char *what);
const Token *check_small(Parser *parser, const Token *name, const char *what);
// Reports what was taken for a value and is none: `_` outside of patterns, 2^63 without `-`.
void report_leftovers(Parser *parser);
// Makes `()` of each such `_`, so that the tree keeps its shape.
void replace_leftovers(Parser *parser);

// ---- cover.c: what was read as an expression and turns out to be something else ----

// expression => body. The parameters are reported if they cannot be some.
Ast *make_closure(Parser *parser, Span span, Ast *parameters, Ast *body);
// target op= value. The target is reported if nothing can be assigned to it.
Ast *make_assign(Parser *parser, Span span, Ast *target, Operator op, Ast *value);
// expression -> type, within the brackets of a type application.
Ast *make_type_arg(Parser *parser, Span span, Ast *expression, Ast *result);

#endif
