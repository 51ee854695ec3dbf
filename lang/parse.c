// parse.c - from text to tree: checks the text, scans it, lays it out, and pushes the tokens into the grammar.
#include "lang/parse.h"

#include <stdio.h>
#include <utf8proc.h>

#include "lang/parser.h"
#include "lang/syntax_error.h"
#include "grammar.h"

enum {
    MAX_DEPTH = 1000,      // levels of the tree, since later passes recurse
    MAX_LENGTH = 64 << 20, // bytes of a source file
};

// ---- the text ----

// True if the text can be scanned; else says why not. `what` it is: "file".
static bool check_text(Context *context, uint32_t file, const char *what) {
    const SourceFile *source = source_file(&context->sources, file);
    if (source->length > MAX_LENGTH) {
        diag_add(&context->diags, DIAG_TOO_DEEP, (Span){file, 0, 0}, "this %s is larger than 64 MiB", what);
        return false;
    }
    for (size_t i = 0; i < source->length;) {
        utf8proc_int32_t character;
        utf8proc_ssize_t bytes =
            utf8proc_iterate((const utf8proc_uint8_t *)source->text + i, (utf8proc_ssize_t)(source->length - i), &character);
        Span span = {file, (uint32_t)i, (uint32_t)i + 1};
        if (bytes <= 0) {
            Diag *diag = diag_add(&context->diags, DIAG_BAD_CHARACTER, span, "this %s is not UTF-8 text", what);
            diag_here(&context->diags, diag, "the byte 0x%02X is not part of a character", (unsigned char)source->text[i]);
            return false;
        }
        if (character == 0) {
            diag_add(&context->diags, DIAG_BAD_CHARACTER, span, "this %s contains a zero byte, so it is not text", what);
            return false;
        }
        i += (size_t)bytes;
    }
    return true;
}

static bool too_many_errors(const Context *context, int first_error) {
    return context->diags.errors - first_error >= MAX_SYNTAX_ERRORS;
}

// Makes the tokens that the grammar reads; none if there are too many errors to go on.
static void scan(Context *context, uint32_t file, ScanResult *raw, Tokens *tokens) {
    int first_error = context->diags.errors;
    scan_tokens(context, file, raw);
    if (!too_many_errors(context, first_error)) match_brackets(context, &raw->tokens, "the file ends here");
    if (!too_many_errors(context, first_error)) layout_tokens(context, file, &raw->tokens, tokens);
}

// ---- the grammar ----

static bool is_hidden(Parser *p, const Token *token) {
    if (p->sync_depth < 0 || token->kind == T_YYEOF) return false;
    if (token->depth > p->sync_depth) return true;
    if (token->kind == T_NL || token->kind == T_END) p->sync_depth = -1;
    return false;
}

static void push_tokens(Parser *p) {
    yypstate *grammar = yypstate_new();
    int first_error = p->context->diags.errors;
    int status = YYPUSH_MORE;
    int start = p->input ? T_INPUT_START : T_FILE_START;
    status = yypush_parse(grammar, start, &(YYSTYPE){.token = NULL}, &p->tree->span, p);
    for (p->position = 0; status == YYPUSH_MORE && p->position < p->tokens.count; p->position++) {
        Token *token = &p->tokens.items[p->position];
        if (is_hidden(p, token)) continue;
        YYSTYPE value = {.token = token};
        Span span = token->span;
        status = yypush_parse(grammar, token->kind, &value, &span, p);
        if (too_many_errors(p->context, first_error)) break;
    }
    yypstate_delete(grammar);
}

// ---- the depth of the tree ----

typedef struct Visit {
    const Ast *node;
    int depth;
} Visit;

// The first node found that is deeper than MAX_DEPTH, or NULL. Does not recurse.
static const Ast *find_too_deep(Arena *arena, const Ast *root) {
    VEC(Visit) stack = {0};
    vec_push(arena, &stack, ((Visit){root, 1}));
    while (stack.count) {
        Visit visit = stack.items[--stack.count];
        if (visit.depth > MAX_DEPTH) return visit.node;
        for (int i = 0; i < visit.node->kid_count; i++) {
            const Ast *kid = visit.node->kid[i];
            if (kid) vec_push(arena, &stack, ((Visit){kid, visit.depth + 1}));
        }
    }
    return NULL;
}

// Takes declarations that are too deep out of the file.
static void limit_depth(Parser *p) {
    Ast *items = p->tree->kid[file_items];
    int kept = 0;
    for (int i = 0; i < items->kid_count; i++) {
        const Ast *deep = find_too_deep(p->arena, items->kid[i]);
        if (!deep) {
            items->kid[kept++] = items->kid[i];
            continue;
        }
        Diags *diags = &p->context->diags;
        Diag *diag = diag_add(diags, DIAG_TOO_DEEP, deep->span, "this expression is nested more than %d levels deep", MAX_DEPTH);
        diag_help(diags, diag, "give parts of it names with `let`");
    }
    items->kid_count = kept;
}

// `errors`: how many there were before the text was scanned.
static void parse_tokens(Parser *p, int errors) {
    push_tokens(p);
    if (p->context->diags.errors == errors) report_leftovers(p);
    replace_leftovers(p);
    limit_depth(p);
}

Ast *parse_file(Context *context, uint32_t file) {
    Span whole = {file, 0, (uint32_t)source_file(&context->sources, file)->length};
    Parser parser = {.context = context, .arena = context->arena, .file = file, .sync_depth = -1};
    parser.tree = make(&parser, AST_file, whole, KIDS(ast_list(context->arena, whole)));
    if (!check_text(context, file, "file")) return parser.tree;
    int errors = context->diags.errors;
    scan(context, file, &parser.scan, &parser.tokens);
    parse_tokens(&parser, errors);
    return parser.tree;
}

// ---- inputs ----

static void scan_input(Parser *p, Span part) {
    Context *context = p->context;
    int first_error = context->diags.errors;
    scan_part(context, part, &p->scan);
    if (!too_many_errors(context, first_error)) match_brackets(context, &p->scan.tokens, "the input ends here");
    if (!too_many_errors(context, first_error)) layout_input(context, part.file, &p->scan.tokens, &p->tokens);
}

static Parser input_parser(Context *context, Span part) {
    Parser parser = {.context = context, .arena = context->arena, .file = part.file, .sync_depth = -1, .input = true};
    parser.tree = make(&parser, AST_file, part, KIDS(ast_list(context->arena, part)));
    return parser;
}

bool parse_check_input(Context *context, uint32_t file) {
    return check_text(context, file, "input");
}

Ast *parse_input(Context *context, Span part) {
    Parser parser = input_parser(context, part);
    int errors = context->diags.errors;
    scan_input(&parser, part);
    parse_tokens(&parser, errors);
    return parser.tree;
}

// Brackets that nobody has written, around all tokens.
static void put_brackets(Parser *p, Span part) {
    Tokens all = {0};
    const Token open = {.kind = T_LBRACK, .span = {part.file, part.start, part.start}};
    const Token close = {.kind = T_RBRACK, .span = {part.file, part.end, part.end}};
    vec_push(p->arena, &all, open);
    for (int i = 0; i < p->scan.tokens.count; i++) vec_push(p->arena, &all, p->scan.tokens.items[i]);
    vec_push(p->arena, &all, close);
    p->scan.tokens = all;
}

Ast *parse_elements(Context *context, Span part) {
    Parser parser = input_parser(context, part);
    int errors = context->diags.errors;
    scan_part(context, part, &parser.scan);
    match_brackets(context, &parser.scan.tokens, "the input ends here");
    if (context->diags.errors > errors) return parser.tree;
    put_brackets(&parser, part);
    layout_input(context, part.file, &parser.scan.tokens, &parser.tokens);
    parse_tokens(&parser, errors);
    return parser.tree;
}

static bool opens(int kind) {
    return kind == T_LPAREN || kind == T_LBRACK || kind == T_LBRACE || kind == T_STR_BEGIN;
}

// Whether all that is wrong with the brackets is that some are not closed yet.
static bool is_open(Arena *arena, const Tokens *raw) {
    VEC(int) open = {0};
    for (int i = 0; i < raw->count; i++) {
        int kind = raw->items[i].kind, opener = opening_bracket(kind);
        if (opens(kind)) vec_push(arena, &open, kind);
        if (!opener) continue;
        if (!open.count || open.items[open.count - 1] != opener) return false;
        if (kind != T_STR_MID) open.count--;
    }
    return open.count > 0;
}

bool parse_is_whole(Context *context, uint32_t file) {
    Span all = {file, 0, (uint32_t)source_file(&context->sources, file)->length};
    Parser parser = input_parser(context, all);
    if (!check_text(context, file, "input")) return true;
    scan_tokens(context, file, &parser.scan);
    const Tokens *raw = &parser.scan.tokens;
    if (context->diags.errors) return true;
    if (is_open(context->arena, raw) || (!raw->count && parser.scan.docs.count)) return false;
    match_brackets(context, &parser.scan.tokens, "the input ends here");
    layout_input(context, file, raw, &parser.tokens);
    push_tokens(&parser);
    return !parser.wants_more;
}

bool parse_goes_on(Context *context, uint32_t file, uint32_t next) {
    Parser parser = input_parser(context, (Span){file, 0, (uint32_t)source_file(&context->sources, file)->length});
    if (!check_text(context, file, "input")) return false;
    scan_input(&parser, parser.tree->span);
    const Tokens *tokens = &parser.tokens;
    int i = 0;
    while (i < tokens->count && tokens->items[i].span.start < next) i++;
    // There is a terminator between them if it does not go on.
    return i > 0 && i < tokens->count && tokens->items[i].kind != T_YYEOF && ends_operand(tokens->items[i - 1].kind);
}

void parse_words(Context *context, Span part, void (*visit)(void *user, Symbol word), void *user) {
    ScanResult scanned = {0};
    scan_part(context, part, &scanned);
    for (int i = 0; i < scanned.tokens.count; i++) {
        const Token *token = &scanned.tokens.items[i];
        if (token->kind == T_NAME || token->kind == T_CAP) visit(user, token->name);
    }
}

const char *parse_keyword(int i) {
    return FIRST_WORD + i <= LAST_TOKEN ? token_text(FIRST_WORD + i) : NULL;
}

// ---- examples ----

// test "" { assert (EXPRESSION) }: as if this stood there.
static void put_example(Context *context, Span place, const Tokens *expression, Tokens *out) {
    Span start = {place.file, place.start, place.start}, end = {place.file, place.end, place.end};
    const Token before[] = {
        {.kind = T_NAME, .span = start, .name = intern_text(&context->names, "test")},
        {.kind = T_STRING, .span = start, .text = ""},
        {.kind = T_LBRACE, .span = start},
        {.kind = T_NAME, .span = start, .name = intern_text(&context->names, "assert")},
        {.kind = T_LPAREN, .span = start},
    };
    const Token after[] = {{.kind = T_RPAREN, .span = end}, {.kind = T_RBRACE, .span = end}};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) vec_push(context->arena, out, before[i]);
    for (int i = 0; i < expression->count; i++) {
        Token token = expression->items[i];
        token.first = false;
        vec_push(context->arena, out, token);
    }
    for (size_t i = 0; i < sizeof after / sizeof *after; i++) vec_push(context->arena, out, after[i]);
}

Ast *parse_example(Context *context, Span expression) {
    Parser parser = {.context = context, .arena = context->arena, .file = expression.file, .sync_depth = -1};
    parser.tree = make(&parser, AST_file, expression, KIDS(ast_list(context->arena, expression)));
    int errors = context->diags.errors;
    ScanResult part = {0};
    Tokens raw = {0};
    scan_part(context, expression, &part);
    if (context->diags.errors == errors) match_brackets(context, &part.tokens, "the example ends here");
    put_example(context, expression, &part.tokens, &raw);
    if (context->diags.errors == errors) layout_tokens(context, expression.file, &raw, &parser.tokens);
    if (context->diags.errors == errors) push_tokens(&parser);
    if (context->diags.errors == errors) report_leftovers(&parser);
    replace_leftovers(&parser);
    limit_depth(&parser);
    const Ast *items = parser.tree->kid[file_items];
    if (context->diags.errors > errors || items->kid_count != 1) return NULL;
    items->kid[0]->flags |= FLAG_EXAMPLE;
    return items->kid[0];
}

// ---- tokens as text ----

// `name count`, `integer 12`, `task`, `end of the line`: what the grammar calls the token, and its text if that says more.
static void dump_token(const Token *token, const char *text, Buf *out) {
    const char *kind = token_text(token->kind);
    static const char *const articles[] = {"a ", "an ", "the "};
    bool prose = false;
    for (size_t i = 0; i < sizeof articles / sizeof *articles && !prose; i++) {
        prose = !strncmp(kind, articles[i], strlen(articles[i]));
        if (prose) kind += strlen(articles[i]);
    }
    buf_puts(out, kind);
    bool says_more = prose && token->span.end > token->span.start;
    if (says_more) buf_printf(out, " %.*s", (int)(token->span.end - token->span.start), text + token->span.start);
    buf_putc(out, '\n');
}

void scan_dump(Context *context, uint32_t file, Buf *out) {
    if (!check_text(context, file, "file")) return;
    ScanResult raw = {0};
    Tokens tokens = {0};
    scan(context, file, &raw, &tokens);
    const char *text = source_file(&context->sources, file)->text;
    for (int i = 0; i < tokens.count; i++) {
        Position position = source_position(&context->sources, file, tokens.items[i].span.start);
        buf_printf(out, "%d:%d ", position.line, position.column);
        dump_token(&tokens.items[i], text, out);
    }
}
