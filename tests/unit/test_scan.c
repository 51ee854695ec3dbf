// Tokens: literals, terminators, keywords in their places, balanced brackets.
#include "tests/unit/lang_testing.h"

// The tokens of a text without their positions, separated by spaces.
static const char *tokens_of(Parsed *parsed, const char *text) {
    *parsed = (Parsed){0};
    context_init(&parsed->context, &parsed->arena);
    parsed->file = source_add(&parsed->context.sources, "t.portals", text, strlen(text), false);
    Buf dump = {0}, words = {0};
    scan_dump(&parsed->context, parsed->file, &dump);
    buf_text(&dump);
    for (char *line = dump.data, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        char *word = strchr(line, ' ') + 1;
        buf_append(&words, word, (size_t)(end - word));
        buf_putc(&words, ';');
    }
    const char *result = arena_copy_string(&parsed->arena, words.data, words.length);
    buf_free(&dump);
    buf_free(&words);
    return result;
}

typedef struct Case {
    const char *text;
    const char *expected;
} Case;

static void check(const Case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        Parsed parsed;
        const char *found = tokens_of(&parsed, cases[i].text);
        cr_expect_not_null(strstr(found, cases[i].expected), "%s\nexpected %s\nfound    %s", cases[i].text, cases[i].expected,
                           found);
        parsed_free(&parsed);
    }
}

#define CHECK(cases) check(cases, sizeof cases / sizeof *cases)
#define LINE_END "end of the line;"
#define END "end of the declaration;"

Test(scan, numbers) {
    static const Case cases[] = {
        {"let a = 1_000", "integer 1_000;"}, {"let a = 0xFF", "integer 0xFF;"},        {"let a = 1.5e-3", "number 1.5e-3;"},
        {"let a = 1e9", "number 1e9;"},      {"let a = 5.ms", "integer 5;.;name ms;"}, {"let a = 0..n", "integer 0;..;name n;"},
        {"let a = b.in", ".;name in;"},
    };
    CHECK(cases);
}

Test(scan, lines_that_end_and_lines_that_go_on) {
    static const Case cases[] = {
        {"let a = 1\nlet b = 2", "integer 1;" END "let;"},
        {"let a = 1 +\n  2", "+;integer 2;"},
        {"let a = b\n  |> c\n  .d", "name b;|>;name c;.;name d;" END},
        {"let a = b // comment\n  && c", "name b;&&;name c;"},
        {"let a = (1\n)", "integer 1;);"},
        {"let a = { 1\n 2 }", "integer 1;" LINE_END "integer 2;" LINE_END "};" END},
        {"let a = {}", "{;};" END},
        {"let a = { 1;; 2; }", "integer 1;end of the line ;;integer 2;end of the line ;;};"},
        {"let a = f(x => {\n g\n})", "name g;" LINE_END "};);" END},
        {"let a = if b { 1 }\nelse { 2 }", "};else;"},
        {"task T: A -> B\n  key k: K\n  asks p {\n}", "capitalised name B;key;name k;:;capitalised name K;asks;"},
        {"let a = b\n  then C", "name b;then;capitalised name C;"},
        {"let a =\nlet b = 1", "=;" END "let;name b;"},
    };
    CHECK(cases);
}

Test(scan, keywords_only_in_their_places) {
    static const Case cases[] = {
        {"stream task = stream", "stream;name task;=;name stream;" END},
        {"fn log() { log }", "name log;(;"},
        {"fn f() { log \"x\" }", "log;string \"x\";"},
        {"fn f() { log = 1 }", "{;name log;=;"},
        {"fn f() { log\n x }", "{;name log;" LINE_END},
        {"let f = x => fail \"y\"", "=>;fail;"},
        {"let f = x |> log", "|>;name log;"},
        {"let f = await ask p(x)", "await;ask;name p;"},
        {"let f = ask(p)", "name ask;(;"},
        {"task T: A -> B {\n state on: Int = 1\n on event state { on }\n}",
         "state;name on;:;capitalised name Int;=;integer 1;" LINE_END "on;event;name state;{;name on;"},
        {"task T: A -> B {\n state x: T = e expires 1.h\n}", "name e;expires;integer 1;"},
        {"portal p: A -> B key key => key", "key;name key;=>;name key;"},
        {"splitter on on on", "splitter;name on;on;name on;"},
        {"workflow w errors to to = x", "errors;to;name to;"},
    };
    CHECK(cases);
}

Test(scan, strings_with_interpolation) {
    static const Case cases[] = {
        {"let a = \"x\"", "string \"x\";"},
        {"let a = \"x {b} y {c}\"", "string with interpolation \"x {;name b;next part of the string } y {;name c;"
                                    "end of the interpolation }\";"},
        {"let a = \"{f(\"{b}\")}\"", "name f;(;string with interpolation \"{;name b;end of the interpolation }\";);"},
        {"let a = \"\\{b\\}\"", "string \"\\{b\\}\";"},
    };
    CHECK(cases);
}

Test(scan, escapes) {
    Parsed parsed;
    parse_text(&parsed, "let a = \"\\n\\t\\r\\0\\\\\\\"\\{\\}\\u{1F600}\"");
    const Ast *value = parsed.tree->kid[file_items]->kid[0]->kid[const_value];
    static const char expected[] = "\n\t\r\0\\\"{}\xF0\x9F\x98\x80";
    cr_expect_eq(value->length, sizeof expected - 1);
    cr_expect(!memcmp(value->text, expected, sizeof expected - 1));
    parsed_free(&parsed);
}

Test(scan, brackets_are_balanced_whatever_the_text) {
    static const char *const texts[] = {"fn f() { g(", "let a = ((1)",   "let a = [1)",    "}}}",
                                        "\"{",         "let a = \"{(\"", "fn f( {\nfn g()"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        Parsed parsed;
        const char *tokens = tokens_of(&parsed, texts[i]);
        int depth = 0;
        for (const char *t = tokens; t; t = strchr(t, ';'), t = t ? t + 1 : NULL) {
            depth += *t == '(' || *t == '[' || *t == '{' || !strncmp(t, "string with", 11);
            depth -= *t == ')' || *t == ']' || *t == '}' || !strncmp(t, "end of the interp", 17);
            cr_expect_geq(depth, 0, "%s", texts[i]);
        }
        cr_expect_eq(depth, 0, "%s\n%s", texts[i], tokens);
        cr_expect_gt(parsed.context.diags.errors, 0);
        parsed_free(&parsed);
    }
}
