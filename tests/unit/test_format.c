// The formatter, on all programs of the repository: whatever the blanks between tokens were, one layout comes out. And that it
// notices when its result is another program.
#include "tests/unit/lang_testing.h"

#include <glob.h>
#include <stdio.h>

#include "lang/format_internal.h"
#include "grammar.h"

static FormatResult format_text(const char *text, size_t length, Buf *out) {
    Arena arena = {0};
    Context context;
    context_init(&context, &arena);
    uint32_t file = source_add(&context.sources, "t.portals", text, length, false);
    FormatResult result = format_file(&context, file, out);
    arena_free(&arena);
    return result;
}

static void read_file(const char *path, Buf *out) {
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    size_t got;
    while ((got = fread(buf_reserve(out, 4096), 1, 4096, file)) > 0) out->length += got;
    fclose(file);
}

static void find_programs(glob_t *found) {
    static const char *const patterns[] = {"examples/*/*.portals", "stdlib/*.portals", "bench/*.portals", "tests/*/*.portals",
                                           "tests/golden/*/*.portals"};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) glob(patterns[i], i ? GLOB_APPEND : 0, NULL, found);
    cr_assert_gt(found->gl_pathc, 100, "the tests run from the root of the repository");
}

// ---- other blanks ----

typedef enum ShakeMode {
    SHAKE_BLANKS, // in ways that do not count
    SHAKE_LINES,  // line breaks and comments anywhere: the result may be another program, or none
} ShakeMode;

// Changes the blanks of a text.
typedef struct Shaker {
    ShakeMode mode;
    const char *text;
    size_t length;
    uint64_t seed;
    uint32_t end;  // of what has been copied
    int last_kind; // of the token that ends there, or 0
    bool crlf;
    Buf *out;
} Shaker;

static unsigned roll(Shaker *s, unsigned sides) {
    s->seed = s->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(s->seed >> 33) % sides;
}

static void put_blanks(Shaker *s, unsigned most) {
    for (unsigned i = roll(s, most + 1); i > 0; i--) buf_putc(s->out, roll(s, 4) ? ' ' : '\t');
}

static bool is_opener(int kind) {
    return kind == T_LPAREN || kind == T_LBRACK || kind == T_LBRACE;
}

static bool is_closer(int kind) {
    return kind == T_RPAREN || kind == T_RBRACK || kind == T_RBRACE;
}

// Line ends: one stays one, except where blank lines are dropped; more than one are two or more.
static void shake_lines(Shaker *s, int newlines, int kind) {
    unsigned count = newlines > 1 ? 2 + roll(s, 3) : 1;
    if (is_opener(s->last_kind) || is_closer(kind)) count += roll(s, 3);
    for (unsigned i = 0; i < count; i++) {
        put_blanks(s, 2);
        buf_puts(s->out, s->crlf ? "\r\n" : "\n");
    }
    put_blanks(s, 9);
}

// Blanks within a line: they can go where a bracket or comma keeps tokens apart, and can come except behind the dot of `5.s`.
static void shake_blanks(Shaker *s, bool some, int kind) {
    bool apart =
        is_opener(s->last_kind) || is_closer(s->last_kind) || s->last_kind == T_COMMA || is_opener(kind) || is_closer(kind);
    if (some && !apart) buf_putc(s->out, ' ');
    if (s->last_kind != T_DOT) put_blanks(s, 2);
}

static void put_break(Shaker *s) {
    static const char *const breaks[] = {"\n", "\n\n", " // c\n", "\n//d\n", " // e\n    // f\n", "\n\n/// g\n", ";\n", ",\n"};
    buf_puts(s->out, breaks[roll(s, sizeof breaks / sizeof *breaks)]);
}

static void shake_gap(Shaker *s, uint32_t until, int kind) {
    int newlines = 0;
    for (uint32_t i = s->end; i < until; i++) newlines += s->text[i] == '\n';
    if (s->mode == SHAKE_LINES && !roll(s, 30)) put_break(s);
    if (s->mode == SHAKE_LINES && kind && !roll(s, 30))
        buf_putc(s->out, ' '); // a line break less
    else if (newlines)
        shake_lines(s, newlines, kind);
    else
        shake_blanks(s, until > s->end, kind);
}

// A comma at the end of brackets may go.
static bool is_dropped(Shaker *s, int kind, int next_kind) {
    return kind == T_COMMA && is_closer(next_kind) && next_kind != T_RBRACE && roll(s, 2);
}

static void shake_piece(Shaker *s, Span span, int kind, bool dropped) {
    shake_gap(s, span.start, kind);
    if (!dropped) buf_append(s->out, s->text + span.start, span.end - span.start);
    s->end = span.end;
    s->last_kind = kind;
}

static void shake(Shaker *s) {
    Parsed parsed;
    ScanResult raw = {0};
    parse_bytes(&parsed, s->text, s->length);
    scan_tokens(&parsed.context, parsed.file, &raw);
    int comment = 0;
    for (int i = 0; i < raw.tokens.count; i++) {
        const Token *token = &raw.tokens.items[i];
        for (; comment < raw.comments.count && raw.comments.items[comment].start < token->span.start; comment++)
            shake_piece(s, raw.comments.items[comment], 0, false);
        int next_kind = i + 1 < raw.tokens.count ? raw.tokens.items[i + 1].kind : 0;
        shake_piece(s, token->span, token->kind, is_dropped(s, token->kind, next_kind));
    }
    for (; comment < raw.comments.count; comment++) shake_piece(s, raw.comments.items[comment], 0, false);
    buf_puts(s->out, roll(s, 2) ? "\n\n" : "");
    parsed_free(&parsed);
}

// True if a comment behind a line has another one on the line below: there its column counts.
static bool columns_count(const char *text, size_t length) {
    Parsed parsed;
    ScanResult raw = {0};
    parse_bytes(&parsed, text, length);
    scan_tokens(&parsed.context, parsed.file, &raw);
    bool found = false;
    for (int i = 1; i < raw.comments.count && !found; i++) {
        uint32_t above = raw.comments.items[i - 1].end, start = raw.comments.items[i].start;
        found = strspn(text + above, " \t\r\n") == start - above;
        uint32_t line = raw.comments.items[i - 1].start;
        while (line > 0 && (text[line - 1] == ' ' || text[line - 1] == '\t')) line--;
        found = found && line > 0 && text[line - 1] != '\n';
    }
    parsed_free(&parsed);
    return found;
}

static void check_shaken(const char *path, const Buf *formatted, uint64_t seed) {
    Buf shaken = {0}, again = {0};
    Shaker shaker = {.text = formatted->data, .length = formatted->length, .seed = seed, .crlf = seed % 2, .out = &shaken};
    shake(&shaker);
    cr_assert_eq(format_text(buf_text(&shaken), shaken.length, &again), FORMAT_DONE, "%s, seed %d\n%s", path, (int)seed,
                 shaken.data);
    cr_assert_str_eq(buf_text(&again), formatted->data, "%s, seed %d\n%s", path, (int)seed, shaken.data);
    buf_free(&shaken);
    buf_free(&again);
}

// However lines break: if the text follows the grammar, its layout is final. True if it does.
static bool check_stable(const char *path, const Buf *formatted, uint64_t seed) {
    Buf shaken = {0}, once = {0}, twice = {0};
    Shaker shaker = {.mode = SHAKE_LINES, .text = formatted->data, .length = formatted->length, .seed = seed, .out = &shaken};
    shake(&shaker);
    FormatResult result = format_text(buf_text(&shaken), shaken.length, &once);
    cr_assert_neq(result, FORMAT_FAULTY, "%s, seed %d\n%s", path, (int)seed, shaken.data);
    if (result == FORMAT_DONE) {
        cr_assert_eq(format_text(buf_text(&once), once.length, &twice), FORMAT_DONE, "%s, seed %d\n%s", path, (int)seed,
                     once.data);
        cr_assert_str_eq(buf_text(&twice), once.data, "%s, seed %d\n%s", path, (int)seed, shaken.data);
    }
    buf_free(&shaken);
    buf_free(&once);
    buf_free(&twice);
    return result == FORMAT_DONE;
}

static bool check_program(const char *path, int *stable) {
    Buf text = {0}, formatted = {0}, again = {0};
    read_file(path, &text);
    buf_text(&text);
    FormatResult result = format_text(text.data, text.length, &formatted);
    cr_assert_neq(result, FORMAT_FAULTY, "%s", path);
    bool shaken = false;
    if (result == FORMAT_DONE) {
        cr_assert_eq(format_text(buf_text(&formatted), formatted.length, &again), FORMAT_DONE);
        cr_assert_str_eq(buf_text(&again), formatted.data, "%s: formatted again, it changes", path);
        shaken = !columns_count(formatted.data, formatted.length);
        for (uint64_t seed = 1; shaken && seed <= 10; seed++) check_shaken(path, &formatted, seed);
        for (uint64_t seed = 1; seed <= 30; seed++) *stable += check_stable(path, &formatted, seed);
    }
    buf_free(&text);
    buf_free(&formatted);
    buf_free(&again);
    return shaken;
}

Test(format, all_programs) {
    glob_t programs;
    find_programs(&programs);
    int shaken = 0, stable = 0;
    for (size_t i = 0; i < programs.gl_pathc; i++) shaken += check_program(programs.gl_pathv[i], &stable);
    cr_assert_gt(shaken, 100);
    cr_assert_gt(stable, 500);
    globfree(&programs);
}

// ---- another program ----

static bool is_same(const char *text, const char *formatted) {
    Parsed parsed;
    parse_text(&parsed, text);
    Buf buf = {0};
    buf_puts(&buf, formatted);
    bool same = format_is_same(&parsed.context, parsed.file, &buf);
    buf_free(&buf);
    parsed_free(&parsed);
    return same;
}

Test(format, another_program_is_noticed) {
    cr_expect(is_same("let a=f(1,2,) //b", "let a = f(1, 2) // b\n"));
    cr_expect(is_same("record R { a: A, b: B }", "record R {\n  a: A\n  b: B,\n}\n"));
    cr_expect(is_same("fn f() { a; b; }", "fn f() {\n  a\n  b\n}\n"));

    cr_expect_not(is_same("let a = 1", "let a = 2\n"), "another token");
    cr_expect_not(is_same("let a = 1", "let a = 1_\n"), "a syntax error");
    cr_expect_not(is_same("let a = 1", "let a = 1 // b\n"), "one comment more");
    cr_expect_not(is_same("let a = 1 // b", "let a = 1\n"), "one comment less");
    cr_expect_not(is_same("let a = 1 // b", "let a = 1 // c\n"), "another comment");
    cr_expect_not(is_same("let a = 1 // b", "// b\nlet a = 1\n"), "a comment in another place");
    cr_expect_not(is_same("let a = f(1, 2)", "let a = f(1 + 2)\n"), "another separator");
    cr_expect_not(is_same("fn f() { a; -b }", "fn f() { a - b }\n"), "a line end less");
    cr_expect_not(is_same("fn f() { a -b }", "fn f() {\n  a\n  -b\n}\n"), "a line end more");
    cr_expect_not(is_same("fn f() { log \"a\" }", "fn f() { log\n  \"a\" }\n"), "a keyword that is a name now");
}

Test(format, errors_leave_nothing) {
    Buf out = {0};
    cr_expect_eq(format_text("let a = ", 8, &out), FORMAT_ERRORS);
    cr_expect_eq(format_text("let a = \xFF", 9, &out), FORMAT_ERRORS);
    cr_expect_eq(format_text("let \0 = 1", 9, &out), FORMAT_ERRORS);
    cr_expect_eq(out.length, 0);
    buf_free(&out);
}
