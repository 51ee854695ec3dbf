// syntax_hints.c - mistakes that are known to be made, often by people who know another language.
//
// Each mistake is recognised by the wrong token, its neighbours and what could have stood there. `explain_known_mistake` finds
// those that deserve words of their own; `add_syntax_help` adds a line of help to the general words.
#include "lang/syntax_error.h"

#include <string.h>

static bool is_text(const Token *token, const char *text) {
    return token->kind == T_NAME && !strcmp(token->name, text);
}

static bool is_any_text(const Token *token, const char *const *texts) {
    for (; *texts; texts++)
        if (is_text(token, *texts)) return true;
    return false;
}

static Diag *report(const SyntaxError *e, const char *message) {
    return diag_add(e->diags, DIAG_SYNTAX, e->token->span, "%s", message);
}

static bool touches(const Token *left, const Token *right) {
    return left->span.end == right->span.start;
}

static bool is_line_end(const Token *token) {
    return token->kind == T_NL || token->kind == T_END;
}

static bool expects_expression(const SyntaxError *e) {
    return expects(e, T_INT) && expects(e, T_IF);
}

static bool expects_declaration(const SyntaxError *e) {
    return expects(e, T_TASK) && expects(e, T_FN);
}

static bool is_operator(int kind) {
    return (kind >= T_PIPE && kind <= T_MUL_WRAP) || (kind >= T_ASSIGN && kind <= T_MUL_WRAP_ASSIGN);
}

static bool is_comparison(int kind) {
    return kind >= T_EQ && kind <= T_GE;
}

static bool is_reserved(int kind) {
    return kind >= T_LET && kind <= T_AS;
}

// ---- mistakes with words of their own ----

// `if c` newline `{`, `fn f() -> Int` newline `= 1`
static bool start_on_its_own_line(const SyntaxError *e) {
    const Token *next = neighbour(e, 1);
    bool start = (next->kind == T_LBRACE && expects(e, T_LBRACE)) || (next->kind == T_ASSIGN && expects(e, T_ASSIGN));
    if (!is_line_end(e->token) || !start) return false;
    Diag *diag =
        diag_add(e->diags, DIAG_SYNTAX, next->span, "a `%s` belongs at the end of the line before", token_text(next->kind));
    diag_label(e->diags, diag, e->token->span, "here");
    diag_note(e->diags, diag, "a line end ends a declaration or statement");
    return true;
}

// `x++` and `x--`, with nothing behind
static bool increment(const SyntaxError *e) {
    const Token *sign = neighbour(e, -1), *before = neighbour(e, -2);
    bool plus = sign->kind == T_CONCAT && before->kind == T_NAME && touches(before, sign);
    bool minus = sign->kind == T_SUB && before->kind == T_SUB && touches(before, sign);
    if ((!plus && !minus) || !expects_expression(e)) return false;
    Span span = plus ? sign->span : span_join(before->span, sign->span);
    Diag *diag = diag_add(e->diags, DIAG_SYNTAX, span, "there is no operator `%s` that changes a variable", plus ? "++" : "--");
    diag_help(e->diags, diag,
              plus ? "`x += 1` adds 1 to a variable; `++` joins strings or lists" : "`x -= 1` takes 1 from a variable");
    return true;
}

// `.5`
static bool number_without_digit(const SyntaxError *e) {
    const Token *next = neighbour(e, 1);
    if (e->token->kind != T_DOT || next->kind != T_INT || !touches(e->token, next) || !expects_expression(e)) return false;
    Diag *diag = diag_add(e->diags, DIAG_SYNTAX, span_join(e->token->span, next->span), "a number begins with a digit");
    diag_help(e->diags, diag, "a digit stands on both sides of the dot, as in `0.5`");
    return true;
}

// `|x| x`, `fn(x) => x`
static bool foreign_closure(const SyntaxError *e) {
    int next = neighbour(e, 1)->kind;
    bool bars = e->token->kind == T_BAR && next == T_NAME;
    bool word = e->token->kind == T_FN && (next == T_LPAREN || neighbour(e, 2)->kind == T_FAT);
    if ((!bars && !word) || !expects_expression(e) || expects_declaration(e)) return false;
    Diag *diag = report(e, bars ? "expected an expression, found `|`" : "expected an expression, found `fn`");
    diag_help(e->diags, diag, "a closure is written `x => ...` or `(x, y) => ...`");
    return true;
}

// What two signs that touch are in another language.
static const char *foreign_operator(const Token *left, const Token *right) {
    static const struct {
        int left, right;
        const char *help;
    } signs[] = {
        {T_LT, T_GT, "`!=` is true of two values that differ"},
        {T_EQ, T_ASSIGN, "`==` compares; there is no other equality"},
        {T_NE, T_ASSIGN, "`!=` compares; there is no other equality"},
        {T_MUL, T_MUL, "there is no operator for powers"},
        {T_LT, T_LT, "there are no operators on bits"},
        {T_GT, T_GT, "there are no operators on bits"},
    };
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (signs[i].left == left->kind && signs[i].right == right->kind && touches(left, right)) return signs[i].help;
    return NULL;
}

// `1 +` at the end of a line, before `let`
static bool operator_without_operand(const SyntaxError *e) {
    const Token *sign = neighbour(e, -1);
    if (!is_operator(sign->kind) || !expects_expression(e)) return false;
    bool line_end = is_line_end(e->token);
    Diag *diag = diag_add(e->diags, DIAG_SYNTAX, line_end ? sign->span : e->token->span,
                          "expected an expression after `%s`, found %s", token_text(sign->kind), found_text(e));
    if (line_end)
        diag_here(e->diags, diag, "this needs a value on its right");
    else
        diag_label(e->diags, diag, sign->span, "this needs a value on its right");
    const char *help = foreign_operator(sign, e->token);
    if (help) diag_help(e->diags, diag, "%s", help);
    return true;
}

static bool arrow_for_fat_arrow(const SyntaxError *e) {
    if (e->token->kind != T_ARROW || !expects(e, T_FAT)) return false;
    Diag *diag = report(e, "expected `=>`, found `->`");
    diag_note(e->diags, diag, "`->` stands in types; closures and the arms of a `match` are written with `=>`");
    return true;
}

static bool fat_arrow_for_arrow(const SyntaxError *e) {
    if (e->token->kind != T_FAT || !expects(e, T_ARROW)) return false;
    Diag *diag = report(e, "expected `->`, found `=>`");
    diag_note(e->diags, diag,
              expects(e, T_ASSIGN) ? "the type of a result stands behind `->`, its value behind `=`"
                                   : "`=>` stands in closures and in the arms of a `match`");
    return true;
}

// `if x = 1 {`, `f(x = 1)`
static bool assignment_for_comparison(const SyntaxError *e) {
    if (e->token->kind != T_ASSIGN || !expects(e, T_EQ) || expects(e, T_ASSIGN) || expects(e, T_ARROW)) return false;
    Diag *diag = report(e, "an assignment cannot stand here");
    int before = neighbour(e, -2)->kind;
    if (neighbour(e, -1)->kind == T_NAME && (before == T_LPAREN || before == T_COMMA) && expects(e, T_COMMA))
        diag_help(e->diags, diag, "a named argument is written `%s: value`, a comparison `%s == value`", neighbour(e, -1)->name,
                  neighbour(e, -1)->name);
    else
        diag_help(e->diags, diag, "`==` compares");
    return true;
}

// `let x == 1`
static bool comparison_for_assignment(const SyntaxError *e) {
    if (e->token->kind != T_EQ || !expects(e, T_ASSIGN) || expects(e, T_ADD)) return false;
    Diag *diag = report(e, "expected `=`, found `==`");
    diag_note(e->diags, diag, "`==` compares, `=` gives a value to a name");
    return true;
}

static bool chained_comparison(const SyntaxError *e) {
    if (!is_comparison(e->token->kind) || expects(e, e->token->kind) || !expects(e, T_AND)) return false;
    Diag *diag = report(e, "comparisons cannot be chained");
    diag_help(e->diags, diag, "write `a < b && b < c`");
    return true;
}

static bool chained_range(const SyntaxError *e) {
    if (e->token->kind != T_DOTDOT || expects(e, T_DOTDOT) || !expects(e, T_CONCAT)) return false;
    report(e, "a range has two ends only");
    return true;
}

// "{}"
static bool empty_interpolation(const SyntaxError *e) {
    int kind = e->token->kind, before = neighbour(e, -1)->kind;
    if ((kind != T_STR_MID && kind != T_STR_END) || (before != T_STR_BEGIN && before != T_STR_MID)) return false;
    uint32_t brace = neighbour(e, -1)->span.end - 1;
    Diag *diag = diag_add(e->diags, DIAG_SYNTAX, (Span){e->token->span.file, brace, e->token->span.start + 1},
                          "an interpolation needs an expression");
    diag_help(e->diags, diag, "write `\\{` for a brace in a string");
    return true;
}

static bool interpolated_pattern(const SyntaxError *e) {
    if (e->token->kind != T_STR_BEGIN || !expects(e, T_STRING) || expects(e, T_STR_BEGIN)) return false;
    if (is_reported(e, e->token->span.end - 1)) return true; // its brace was taken for that of an interpolation
    Diag *diag = report(e, "this string must be without interpolation");
    diag_help(e->diags, diag, "write `\\{` for a brace in a string");
    return true;
}

// `List<Int>`
static bool angle_brackets(const SyntaxError *e) {
    if (e->token->kind != T_LT || neighbour(e, -1)->kind != T_CAP || expects(e, T_LT)) return false;
    Diag *diag = report(e, "type arguments are written in square brackets");
    diag_help(e->diags, diag, "write `%s[...]`", neighbour(e, -1)->name);
    return true;
}

// `fn f(x)`, `task T(n)`
static bool parameter_without_type(const SyntaxError *e) {
    if ((e->token->kind != T_COMMA && e->token->kind != T_RPAREN) || !expects(e, T_COLON) || expects(e, T_RPAREN)) return false;
    if (neighbour(e, -1)->kind != T_NAME) return false;
    Diag *diag = diag_add(e->diags, DIAG_SYNTAX, neighbour(e, -1)->span, "a parameter needs a type");
    diag_help(e->diags, diag, "write `%s: Type`", neighbour(e, -1)->name);
    return true;
}

// `(x: Int) => ...`
static bool typed_closure_parameter(const SyntaxError *e) {
    int before = neighbour(e, -2)->kind;
    if (e->token->kind != T_COLON || neighbour(e, -1)->kind != T_NAME || (before != T_LPAREN && before != T_COMMA)) return false;
    if (!expects(e, T_RPAREN) || !expects(e, T_ADD)) return false;
    Diag *diag = report(e, "the parameters of a closure have no type annotations");
    diag_note(e->diags, diag, "their types follow from where the closure is used");
    return true;
}

// `x := 1`
static bool colon_assign(const SyntaxError *e) {
    const Token *next = neighbour(e, 1);
    if (e->token->kind != T_COLON || next->kind != T_ASSIGN || !touches(e->token, next)) return false;
    Diag *diag = diag_add(e->diags, DIAG_SYNTAX, span_join(e->token->span, next->span), "there is no operator `:=`");
    diag_help(e->diags, diag, "`let x = ...` makes a name, `x = ...` changes a variable");
    return true;
}

typedef bool Mistake(const SyntaxError *);

bool explain_known_mistake(const SyntaxError *e) {
    static Mistake *const mistakes[] = {
        start_on_its_own_line,     increment,
        empty_interpolation,       number_without_digit,
        foreign_closure,           operator_without_operand,
        arrow_for_fat_arrow,       fat_arrow_for_arrow,
        chained_comparison,        assignment_for_comparison,
        comparison_for_assignment, chained_range,
        interpolated_pattern,      angle_brackets,
        parameter_without_type,    colon_assign,
        typed_closure_parameter,
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        if (mistakes[i](e)) return true;
    return false;
}

// ---- help for what is reported in general words ----

static const char *foreign_declaration(const Token *token) {
    static const char *const functions[] = {"def", "fun", "func", "function", "proc", NULL};
    static const char *const records[] = {"struct", "class", "data", "object", NULL};
    static const char *const constants[] = {"const", "val", "static", "define", NULL};
    static const char *const unions[] = {"union", "variant", "sealed", NULL};
    if (is_any_text(token, functions)) return "a function is declared with `fn`";
    if (is_any_text(token, records)) return "a type with fields is declared with `record`";
    if (is_any_text(token, constants) || token->kind == T_VAR) return "a constant is declared with `let`";
    if (is_any_text(token, unions)) return "a type with several forms is declared with `enum`";
    return NULL;
}

// `kinds`: of what could stand there, up to a 0.
static void help_with_spelling(const SyntaxError *e, Diag *diag, const int *kinds) {
    const char *words[LAST_TOKEN - FIRST_TOKEN + 1];
    int count = 0;
    for (; *kinds; kinds++) words[count++] = token_text(*kinds);
    const char *nearest = e->token->kind == T_NAME ? diag_nearest(e->token->name, words, count) : NULL;
    if (nearest) diag_help(e->diags, diag, "did you mean `%s`?", nearest);
}

// What goes on with the line above in a file.
static bool is_continuation(const Token *token) {
    int kind = token->kind;
    return kind == T_PIPE || kind == T_DOT || kind == T_AND || kind == T_OR || kind == T_ELSE;
}

static void help_declaration(const SyntaxError *e, Diag *diag) {
    const char *foreign = foreign_declaration(e->token);
    if (e->token->kind == T_ASSIGN)
        diag_help(e->diags, diag, "a `=` belongs at the end of the line before");
    else if (foreign)
        diag_help(e->diags, diag, "%s", foreign);
    else
        help_with_spelling(e, diag, declaration_tokens);
    if (e->parser->input && is_continuation(e->token))
        diag_help(e->diags, diag, "an input goes on in the next line if its line ends with `%s`, or a bracket is open",
                  token_text(e->token->kind));
    if (!diag->help && !e->parser->input)
        diag_note(e->diags, diag, "outside of all braces only declarations stand, such as `fn`, `task`, `workflow`");
}

static void help_item(const SyntaxError *e, Diag *diag) {
    if (is_text(e->token, "event") || is_text(e->token, "atom"))
        diag_help(e->diags, diag, "a handler begins with `on`: `on %s`", e->token->name);
    else if (e->token->kind == T_LET || e->token->kind == T_VAR)
        diag_help(e->diags, diag, "what a task keeps is declared by `state name: Type = value`");
    else
        help_with_spelling(e, diag, item_tokens);
    if (!diag->help) diag_note(e->diags, diag, "statements stand within handlers such as `on event`");
}

// A word of another language, which was read as a name: so the token behind it is the wrong one.
static const char *foreign_statement(const Token *word) {
    static const struct {
        const char *word, *help;
    } words[] = {
        {"elif", "write `else if`"},
        {"elsif", "write `else if`"},
        {"elseif", "write `else if`"},
        {"switch", "`match x { pattern => value, ... }` chooses by a value"},
        {"case", "an arm of a `match` is a pattern, `=>` and a value, without `case`"},
        {"throw", "`fail \"message\"` ends the run with an error"},
        {"raise", "`fail \"message\"` ends the run with an error"},
        {"const", "`let x = ...` gives a name to a value, `var x = ...` makes a variable"},
        {"val", "`let x = ...` gives a name to a value, `var x = ...` makes a variable"},
        {"int", "`let x = ...` gives a name to a value, `var x = ...` makes a variable"},
        {"mut", "`let x = ...` gives a name to a value, `var x = ...` makes a variable"},
        {"lambda", "a closure is written `x => ...` or `(x, y) => ...`"},
        {"new", "`Name(...)` makes a record or variant, without `new`"},
        {"yield", "a task puts an event out by `emit`"},
        {"def", "a function is declared with `fn`, outside of other functions"},
        {"not", "`not` is written `!`"},
        {"loop", "`while true { ... }` goes on until a `return`"},
        {"state", "a task has states; `var x = ...` makes a variable"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (is_text(word, words[i].word)) return words[i].help;
    return NULL;
}

// `Circle radius: Int`
static bool is_variant_without_parentheses(const SyntaxError *e) {
    return e->token->kind == T_NAME && neighbour(e, -1)->kind == T_CAP && expects(e, T_LPAREN) && expects(e, T_COMMA) &&
           !expects(e, T_ADD);
}

// `1 2` where several stand, and nothing is between them.
static bool comma_is_missing(const SyntaxError *e) {
    if (!expects(e, T_COMMA) || expects_expression(e)) return false;
    switch (e->token->kind) {
    case T_NAME:
    case T_CAP:
    case T_INT:
    case T_FLOAT:
    case T_STRING:
    case T_STR_BEGIN: return true;
    default: return false;
    }
}

// What stands in braces though it is no block: `{1, 2}`, `{"a": 1}`.
static bool is_in_braces(const SyntaxError *e) {
    return neighbour(e, -2)->kind == T_LBRACE && (e->token->kind == T_COMMA || e->token->kind == T_COLON) && expects(e, T_ADD);
}

// `E::A`
static bool is_double_colon(const SyntaxError *e) {
    return e->token->kind == T_COLON && neighbour(e, 1)->kind == T_COLON && touches(e->token, neighbour(e, 1));
}

static bool is_in_assert(const SyntaxError *e) {
    for (int i = -1; !is_line_end(neighbour(e, i)) && neighbour(e, i)->kind != T_LBRACE; i--)
        if (neighbour(e, i)->kind == T_ASSERT) return true;
    return false;
}

// Within the pattern of an arm.
static const char *pattern_help(const SyntaxError *e) {
    const Token *before = neighbour(e, -1);
    if (e->token->kind == T_DOT && before->kind == T_DOTDOT) return "the rest of a list is written with two dots: `..rest`";
    if (!expects(e, T_FAT) || expects(e, T_ADD)) return NULL;
    if (is_double_colon(e) && before->kind == T_NAME) return "`[first, ..rest]` takes a list apart";
    if (e->token->kind == T_COMMA) return "alternatives are separated by `|`";
    if (e->token->kind == T_DOTDOT) return "a range is tested by a guard: `n if n >= 0 && n < 9 => ...`";
    if (is_text(e->token, "when") || e->token->kind == T_AND) return "a guard is written `if`: `n if n > 0 => ...`";
    return NULL;
}

// Signs that other languages use in their own way.
static const char *sign_help(const SyntaxError *e) {
    const Token *before = neighbour(e, -1);
    const char *pattern = pattern_help(e);
    if (pattern) return pattern;
    if (is_double_colon(e)) return "a `.` stands between an enum and its variant, and between a module and its name";
    if (is_in_braces(e)) return "braces make blocks: a list is `[a, b]`, a map `[key: value]`, a set `set.of([a, b])`";
    if (e->token->kind == T_DOTDOT && before->kind == T_LBRACE)
        return "a changed copy of a record is `Name(..old, field: value)`";
    if (e->token->kind == T_LBRACE && before->kind == T_CAP && expects(e, T_LPAREN))
        return arena_printf(e->parser->arena, "a record is made by `%s(field: value, ...)`", before->name);
    if (e->token->kind == T_ASSIGN && before->kind == T_DOTDOT) return "`a..b` goes up to, not including, `b`: write `a..b + 1`";
    if (e->token->kind == T_COMMA && expects(e, T_IN)) return "a pair is taken apart in parentheses: `for (a, b) in ...`";
    if (e->token->kind == T_COMMA && (expects(e, T_NL) || expects(e, T_END)) && expects(e, T_ADD))
        return is_in_assert(e) ? "`assert` has no message: it shows its expression, and the values of both sides"
                               : "several values are a tuple, in parentheses: `(a, b)`";
    if (e->token->kind == T_NAME && before->kind == T_RPAREN && neighbour(e, 1)->kind == T_LPAREN && expects(e, T_PIPE))
        return "is a `|>` or `.` missing before this?";
    if (expects(e, T_IN)) return "`for x in xs { ... }` takes the elements, `for i in a..b { ... }` counts";
    if (e->token->kind == T_FOR && expects(e, T_RBRACK) && expects(e, T_ADD))
        return "`xs.map(x => ...)` and `xs.filter(x => ...)` make lists of lists";
    return NULL;
}

static const char *expression_help(const SyntaxError *e) {
    static const char *const else_ifs[] = {"elif", "elsif", "elseif", NULL};
    static const char *const statements[] = {"log", "fail", "assert", "reset", NULL};
    const Token *before = neighbour(e, -1);
    const char *foreign = is_line_end(e->token) || is_operator(e->token->kind) ? NULL : foreign_statement(before);
    if (foreign) return foreign;
    const char *sign = sign_help(e);
    if (sign) return sign;
    if (e->token->kind == T_FN && expects_expression(e))
        return "functions are declared outside of others; within one, `let f = x => ...` makes one";
    if (e->token->kind == T_STRING && before->kind == T_IMPORT)
        return "write `import name` for the file `name.portals` in the same directory";
    if (e->token->kind == T_MATCH && expects(e, T_ADD)) return "`match` stands before the value: `match x { ... }`";
    if (e->token->kind == T_ELSE && neighbour(e, -2)->kind == T_THEN) return "`if c { a } else { b }` chooses, without `then`";
    if (e->token->kind == T_IF && expects(e, T_ADD)) return "the condition comes first: `if c { a } else { b }`";
    if ((e->token->kind == T_STRING || e->token->kind == T_STR_BEGIN) && before->kind == T_NAME && touches(before, e->token))
        return "strings have no prefix: `{x}` in any string is the value of `x`";
    if (is_text(e->token, "and")) return "`and` is written `&&`";
    if (is_text(e->token, "or")) return "`or` is written `||`";
    if (is_any_text(e->token, else_ifs)) return "write `else if`";
    if (before->kind == T_DOT && e->token->kind == T_INT) return "a tuple is taken apart by a pattern, such as `(a, b)`";
    if (is_any_text(before, statements) && !is_line_end(e->token)) return "a statement stands in a block: `{ ... }`";
    if (e->token->kind == T_SEMI) return "`;` separates statements; arguments and elements are separated by `,`";
    if (e->token->kind == T_BAR) return "`|` separates patterns; `||` is `or`";
    if (is_variant_without_parentheses(e)) return "the fields of a variant stand in parentheses: `Name(field: Type)`";
    if (comma_is_missing(e)) return "is a `,` missing before this?";
    return NULL;
}

// What a declaration of a type looks like.
static const char *declared_type_help(const SyntaxError *e) {
    int word = neighbour(e, -2)->kind;
    if (word == T_ENUM && e->token->kind == T_ASSIGN) return "the variants of an enum stand in braces: `enum Name { A, B }`";
    if (word == T_RECORD && e->token->kind == T_LPAREN)
        return "the fields of a record stand in braces: `record Name { field: Type }`";
    if ((e->token->kind == T_RPAREN || e->token->kind == T_COMMA) && neighbour(e, -1)->kind == T_CAP && expects(e, T_COLON))
        return "a field has a name, and a type behind it: `name: Type`";
    return NULL;
}

static const char *type_help(const SyntaxError *e) {
    const char *declared = declared_type_help(e);
    if (declared) return declared;
    if (expects(e, T_CAP) && expects(e, T_LPAREN) && !expects(e, T_INT)) {
        if (e->token->kind == T_FN) return "the type of a function is written `A -> B` or `(A, B) -> C`";
        if (e->token->kind == T_LBRACE) return "the type of a map is written `Map[K, V]`";
    }
    if (e->token->kind == T_LBRACK) return "the type of a list is written `List[T]`";
    if (expects(e, T_ARROW) && expects(e, T_LBRACE) && (e->token->kind == T_COLON || e->token->kind == T_CAP))
        return "the type of the result stands behind `->`";
    if (is_line_end(e->token) && expects(e, T_ASSIGN) && neighbour(e, -2)->kind == T_COLON)
        return "what is declared has a value from the start: `name: Type = value`";
    if (!expects(e, T_COLON)) return NULL;
    if (e->token->kind == T_ASSIGN && neighbour(e, -2)->kind == T_STATE) return "a state has a type: `state name: Type = value`";
    if (e->token->kind == T_NAME && neighbour(e, -1)->kind == T_CAP) return "the name comes before the type: `name: Type`";
    if (e->token->kind == T_CAP && neighbour(e, -1)->kind == T_NAME)
        return "a `:` stands between a name and its type: `name: Type`";
    if (e->token->kind == T_LBRACE) return "a task says what it takes and what it puts out: `task Name: In -> Out { ... }`";
    return NULL;
}

static const char *block_help(const SyntaxError *e) {
    if (e->token->kind == T_LBRACE && neighbour(e, -1)->kind == T_EVENT) return "the event has a pattern: `on event _ { ... }`";
    if (!expects(e, T_LBRACE) || expects_expression(e)) return NULL;
    return expects(e, T_ADD) ? "what `if`, `for` and `while` govern is a block: `if c { ... }`" : NULL;
}

void add_syntax_help(const SyntaxError *e, Diag *diag) {
    if (expects_declaration(e)) {
        help_declaration(e, diag);
        return;
    }
    if (expects(e, T_ON) && expects(e, T_STATE)) {
        help_item(e, diag);
        return;
    }
    const char *help = stream_syntax_help(e);
    if (!help) help = type_help(e);
    if (!help) help = expression_help(e);
    if (!help) help = block_help(e);
    if (help) diag_help(e->diags, diag, "%s", help);
    if (is_reserved(e->token->kind) && (expects(e, T_NAME) && !expects_expression(e)))
        diag_note(e->diags, diag, "`%s` is a reserved word", token_text(e->token->kind));
}
