// Diagnostics: places, rendering, spelling.
#include "tests/unit/lang_testing.h"

typedef struct Setup {
    Arena arena;
    Context context;
} Setup;

static Span add_source(Setup *s, const char *path, const char *text, const char *part) {
    uint32_t file = source_add(&s->context.sources, path, text, strlen(text), false);
    const char *at = strstr(text, part);
    return (Span){file, (uint32_t)(at - text), (uint32_t)(at - text + (long)strlen(part))};
}

static void check_rendering(Setup *s, bool colour, const char *expected) {
    Buf out = {0};
    diag_render(&s->context.diags, &s->context.sources, colour, &out);
    cr_expect_str_eq(buf_text(&out), expected, "\n%s\n%s", buf_text(&out), expected);
    for (size_t i = 0; i + 1 < out.length; i++) cr_expect(out.data[i] != ' ' || out.data[i + 1] != '\n', "trailing space");
    buf_free(&out);
    arena_free(&s->arena);
}

Test(diag, positions_count_code_points_from_1) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    static const char text[] = "a\néx\r\n\nlast\n😀é.";
    uint32_t file = source_add(&s.context.sources, "f", text, strlen(text), false);
    static const struct {
        uint32_t offset;
        int line, column, utf16_column;
    } cases[] = {{0, 1, 1, 1}, {1, 1, 2, 2},  {2, 2, 1, 1},  {4, 2, 2, 2},  {7, 3, 1, 1},
                 {8, 4, 1, 1}, {12, 4, 5, 5}, {13, 5, 1, 1}, {17, 5, 2, 3}, {99, 5, 4, 5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Position position = source_position(&s.context.sources, file, cases[i].offset);
        cr_expect_eq(position.line, cases[i].line, "offset %u", cases[i].offset);
        cr_expect_eq(position.column, cases[i].column, "offset %u", cases[i].offset);
        cr_expect_eq(position.utf16_column, cases[i].utf16_column, "offset %u", cases[i].offset);
    }
    Span line = source_line(&s.context.sources, file, 2);
    cr_expect_eq(line.start, 2);
    cr_expect_eq(line.end, 5);
    arena_free(&s.arena);
}

Test(diag, all_parts) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    Diags *diags = &s.context.diags;
    Span span = add_source(&s, "count.portals", "let count = 1\n\n\nlet n = cout + 1\n", "cout");
    Diag *diag = diag_add(diags, DIAG_UNKNOWN_NAME, span, "unknown name `%s`", "cout");
    diag_here(diags, diag, "not found in this scope");
    diag_label(diags, diag, (Span){span.file, 4, 9}, "a similar name");
    diag_note(diags, diag, "names must be declared");
    diag_help(diags, diag, "did you mean `count`?");
    check_rendering(&s, false,
                    "error[E0201]: unknown name `cout`\n"
                    "  --> count.portals:4:9\n"
                    "   |\n"
                    " 1 | let count = 1\n"
                    "   |     ----- a similar name\n"
                    "...\n"
                    " 4 | let n = cout + 1\n"
                    "   |         ^^^^ not found in this scope\n"
                    "   |\n"
                    "   = note: names must be declared\n"
                    "   = help: did you mean `count`?\n");
}

Test(diag, columns_are_those_of_the_screen) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    Span span = add_source(&s, "f", "\t日本e\u0301 x\x01 bad", "bad");
    diag_add(&s.context.diags, DIAG_SYNTAX, span, "m");
    check_rendering(&s, false,
                    "error[E0101]: m\n"
                    "  --> f:1:10\n"
                    "   |\n"
                    " 1 |     日本e\u0301 x\uFFFD bad\n"
                    "   |              ^^^\n");
}

Test(diag, several_lines_underline_the_first) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    Span span = add_source(&s, "f", "one(two\nthree)", "(two\nthree)");
    diag_add(&s.context.diags, DIAG_SYNTAX, span, "m");
    check_rendering(&s, false,
                    "error[E0101]: m\n"
                    "  --> f:1:4\n"
                    "   |\n"
                    " 1 | one(two\n"
                    "   |    ^^^^\n");
}

Test(diag, sorted_by_place_and_across_files) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    Span a = add_source(&s, "a", "first", "first");
    Span b = add_source(&s, "b", "second third", "third");
    diag_add(&s.context.diags, DIAG_UNREACHABLE, b, "later");
    Diag *diag = diag_add(&s.context.diags, DIAG_SYNTAX, a, "earlier");
    diag_label(&s.context.diags, diag, b, "see here");
    cr_expect_eq(s.context.diags.errors, 1);
    check_rendering(&s, false,
                    "error[E0101]: earlier\n"
                    "  --> a:1:1\n"
                    "   |\n"
                    " 1 | first\n"
                    "   | ^^^^^\n"
                    "  ::: b:1:8\n"
                    "   |\n"
                    " 1 | second third\n"
                    "   |        ----- see here\n"
                    "\n"
                    "warning[E0403]: later\n"
                    "  --> b:1:8\n"
                    "   |\n"
                    " 1 | second third\n"
                    "   |        ^^^^^\n");
}

Test(diag, place_at_the_end_of_an_empty_file) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    Span span = add_source(&s, "f", "", "");
    diag_add(&s.context.diags, DIAG_SYNTAX, span, "m");
    check_rendering(&s, false, "error[E0101]: m\n  --> f:1:1\n   |\n 1 |\n   | ^\n");
}

Test(diag, colours) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    Span span = add_source(&s, "f", "x", "x");
    diag_add(&s.context.diags, DIAG_SYNTAX, span, "m");
    check_rendering(&s, true,
                    "\033[1;31merror[E0101]\033[0m\033[1m: m\033[0m\n"
                    "\033[1;34m  -->\033[0m f:1:1\n"
                    "\033[1;34m   |\033[0m\n"
                    "\033[1;34m 1 |\033[0m x\n"
                    "\033[1;34m   |\033[0m \033[1;31m^\033[0m\n");
}

Test(diag, of_a_long_line_a_part_is_shown) {
    Setup s = {0};
    context_init(&s.context, &s.arena);
    char text[2001];
    memset(text, 'a', 2000);
    text[2000] = '\0';
    text[1000] = '!';
    Span span = add_source(&s, "f", text, "!");
    diag_add(&s.context.diags, DIAG_SYNTAX, span, "m");
    Buf out = {0};
    diag_render(&s.context.diags, &s.context.sources, false, &out);
    cr_expect_lt(out.length, 800);
    const char *line = strstr(buf_text(&out), "… a");
    cr_assert_not_null(line);
    cr_expect_eq(strspn(line + strlen("… "), "a"), 100);
    cr_expect_eq(line[strlen("… ") + 100], '!');
    buf_free(&out);
    arena_free(&s.arena);
}

Test(diag, nearest_spelling) {
    static const char *const names[] = {"count", "map", "filter", "flat_map"};
    static const struct {
        const char *name, *nearest;
    } cases[] = {
        {"cuont", "count"}, {"coun", "count"}, {"fliter", "filter"}, {"flatmap", "flat_map"}, {"xyz", NULL},
        {"mop", "map"},     {"ma", NULL},      {"", NULL},           {"flatMap", "flat_map"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = diag_nearest(cases[i].name, names, sizeof names / sizeof *names);
        cr_expect(nearest == cases[i].nearest || (nearest && cases[i].nearest && !strcmp(nearest, cases[i].nearest)), "%s: %s",
                  cases[i].name, nearest ? nearest : "none");
    }
}
