// Trees: what the grammar makes of texts, recovery, and limits.
#include <stdio.h>

#include "tests/unit/lang_testing.h"

typedef struct Case {
    const char *text;
    const char *expected;
} Case;

// The tree of an expression as text without line ends: `binary + left: int 1 right: int 2`.
static const char *shape_of(Parsed *parsed, const Ast *node) {
    Buf dump = {0}, flat = {0};
    ast_dump(node, &dump);
    for (size_t i = 0; i < dump.length; i++) {
        char c = dump.data[i] == '\n' ? ' ' : dump.data[i];
        if (c != ' ' || (flat.length && flat.data[flat.length - 1] != ' ')) buf_putc(&flat, c);
    }
    if (flat.length) flat.length--;
    const char *shape = arena_copy_string(&parsed->arena, flat.data, flat.length);
    buf_free(&dump);
    buf_free(&flat);
    return shape;
}

static void check_expressions(const Case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        Parsed parsed;
        char text[512];
        snprintf(text, sizeof text, "let it = %s", cases[i].text);
        parse_text(&parsed, text);
        cr_assert_str_empty(first_message(&parsed), "%s: %s", text, first_message(&parsed));
        const char *shape = shape_of(&parsed, parsed.tree->kid[file_items]->kid[0]->kid[const_value]);
        cr_expect_str_eq(shape, cases[i].expected, "%s\nexpected %s\nfound    %s", text, cases[i].expected, shape);
        parsed_free(&parsed);
    }
}

#define CHECK(cases) check_expressions(cases, sizeof cases / sizeof *cases)

Test(parse, precedence) {
    static const Case cases[] = {
        {"1 + 2 * 3", "binary + left: int 1 right: binary * left: int 2 right: int 3"},
        {"1 - 2 - 3", "binary - left: binary - left: int 1 right: int 2 right: int 3"},
        {"-a.b", "unary - value: member name=b object: name name=a"},
        {"a |> b then c", "pipe left: name name=a right: then first: name name=b second: name name=c"},
        {"a || b && c", "binary || left: name name=a right: binary && left: name name=b right: name name=c"},
        {"0..n + 1", "range from: int 0 to: binary + left: name name=n right: int 1"},
        {"a ++ b == c", "binary == left: binary ++ left: name name=a right: name name=b right: name name=c"},
        {"!a as Int", "cast value: unary ! value: name name=a type: t_name name=Int"},
        {"x => x + 1", "closure params: p_name name=x body: binary + left: name name=x right: int 1"},
    };
    CHECK(cases);
}

Test(parse, what_is_read_as_one_thing_and_is_another) {
    static const Case cases[] = {
        {"(a, _) => a", "closure params: p_name name=a p_wild body: name name=a"},
        {"((a, b)) => a", "closure params: p_tuple elems: p_name name=a p_name name=b body: name name=a"},
        {"() => ()", "closure body: tuple"},
        {"([x, ..r]) => r", "closure params: p_list elems: p_name name=x p_rest name=r body: name name=r"},
        {"(R(f: x), -1) => x",
         "closure params: p_ctor name=R args: p_arg name=f pattern: p_name name=x p_literal value: unary - value: int 1 "
         "body: name name=x"},
        {"x => n = x", "closure params: p_name name=x body: block stmts: assign = target: name name=n value: name name=x"},
        {"[:]", "map_lit"},
        {"[1: 2, ..m]", "map_lit entries: entry key: int 1 value: int 2 spread value: name name=m"},
        {"f[A -> B](x)",
         "call callee: index object: name name=f items: type_arg type: t_fn params: t_name name=A result: t_name name=B args: "
         "name name=x"},
        {"f[(List[A], B) -> C](x)",
         "call callee: index object: name name=f items: type_arg type: t_fn params: t_name name=List args: t_name name=A "
         "t_name name=B result: t_name name=C args: name name=x"},
        {"(r.f)(x)", "call callee: member name=f parens object: name name=r args: name name=x"},
        {"Enum.Variant(1)", "call callee: ctor name=Enum.Variant args: int 1"},
        {"R(..old, f: 1)", "call callee: ctor name=R args: spread value: name name=old arg name=f value: int 1"},
        {"-9223372036854775808", "int -9223372036854775808"},
        {"\"a{b}\"", "interp parts: string \"a\" name name=b"},
        {"await f within 5.s", "await value: name name=f within: member name=s object: int 5"},
        {"try await ask m.p(x)", "try value: await value: ask portal: member name=p object: name name=m args: name name=x"},
    };
    CHECK(cases);
}

Test(parse, documentation_belongs_to_what_follows) {
    Parsed parsed;
    parse_text(&parsed,
               "/// One.\n/// Two.\nrecord R {\n  /// Field.\n  x: Int\n}\n// no documentation\nlet a = 1\n/// of nothing\n");
    const Ast *items = parsed.tree->kid[file_items];
    cr_expect_str_eq(items->kid[0]->doc, "One.\nTwo.");
    cr_expect_str_eq(items->kid[0]->kid[record_fields]->kid[0]->doc, "Field.");
    cr_expect_null(items->kid[1]->doc);
    cr_expect_eq(parsed.context.diags.items.count, 0);
    parsed_free(&parsed);
}

Test(parse, an_error_spoils_one_item_only) {
    static const struct {
        const char *text;
        int errors;
        int items;
    } cases[] = {
        {"let a = )\nlet b = 1", 1, 1},
        {"fn f() { let a = { 1 ) + [2, }\n b }\nlet c = 1", 2, 2},
        {"fn f() { x y\n z w\n }\nlet c = 1", 2, 2},
        {"fn f() { if a b { c\n d }\n e }\nlet c = 1", 1, 2},
        {"enum E { A, b c, D }\nlet c = 1", 1, 2},
        {"task T: A -> B {\n state x\n on event { }\n on end { }\n}", 2, 1},
        {"fn f() { g(a\n h(b\n}\nlet c = 1", 2, 2},
        {"fn f() {\n if a {\n  b\n}\nlet c = 1", 1, 2},
        {"fn f() {\n a\n }\n}\nlet c = 1", 1, 2},
        {"x\ny\nz()\nlet c = 1\nw", 2, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Parsed parsed;
        parse_text(&parsed, cases[i].text);
        cr_expect_eq(parsed.context.diags.errors, cases[i].errors, "%s: %d errors, %s", cases[i].text,
                     parsed.context.diags.errors, first_message(&parsed));
        cr_expect_eq(parsed.tree->kid[file_items]->kid_count, cases[i].items, "%s: %d items", cases[i].text,
                     parsed.tree->kid[file_items]->kid_count);
        parsed_free(&parsed);
    }
}

static void append_times(Buf *text, const char *part, int times) {
    for (int i = 0; i < times; i++) buf_puts(text, part);
}

Test(parse, depth_is_limited) {
    static const struct {
        const char *open, *middle, *close;
    } cases[] = {
        {"(", "1", ")"},
        {"[", "1", "]"},
        {"{", "1", "}"},
        {"-", "1", ""},
        {"1 + ", "1", ""},
        {"\"{", "1", "}\""},
        {"x => ", "1", ""},
        {"f(", "1", ")"},
        {"", "x", ".y"},
        {"", "x", "(1)"},
        {"if a { b } else ", "if a { b }", ""},
        {"a |> ", "b", ""},
        {"match a { B => ", "1", "}"},
        {"x[A -> ", "B", "]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Buf text = {0};
        buf_puts(&text, "let a = 1\nlet it = ");
        append_times(&text, cases[i].open, 20000);
        buf_puts(&text, cases[i].middle);
        append_times(&text, cases[i].close, 20000);
        Parsed parsed;
        parse_bytes(&parsed, text.data, text.length);
        cr_assert_eq(parsed.context.diags.items.count, 1, "%s: %s", cases[i].open, first_message(&parsed));
        cr_expect_eq(parsed.context.diags.items.items[0]->code, DIAG_TOO_DEEP, "%s", cases[i].open);
        parsed_free(&parsed);
        buf_free(&text);
    }
}

Test(parse, errors_are_limited) {
    static const char *const lines[] = {"let x = )\n", "$\n",           "let x = \"a\n", "(", ")",
                                        "\"{",         "let x = 1 2\n", "let x = _\n",   "{"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        Buf text = {0};
        append_times(&text, lines[i], 20000);
        Parsed parsed;
        parse_bytes(&parsed, text.data, text.length);
        cr_expect_gt(parsed.context.diags.errors, 0, "%s", lines[i]);
        cr_expect_leq(parsed.context.diags.errors, 100, "%s", lines[i]);
        parsed_free(&parsed);
        buf_free(&text);
    }
}

Test(parse, text_must_be_text) {
    static const struct {
        const char *text;
        size_t length;
        const char *message;
    } cases[] = {
        {"let a = 1\0", 10, "this file contains a zero byte, so it is not text"},
        {"let a = \"\xE9\"", 11, "this file is not UTF-8 text"},
        {"// \xC0\x80", 5, "this file is not UTF-8 text"},
        {"// \xE2\x82", 5, "this file is not UTF-8 text"},
        {"\xEF\xBB\xBFlet a = 1", 12, ""},
        {"", 0, ""},
        {"let a = 1\r\nlet b = 2\r\n", 22, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Parsed parsed;
        parse_bytes(&parsed, cases[i].text, cases[i].length);
        cr_expect_str_eq(first_message(&parsed), cases[i].message, "case %zu: %s", i, first_message(&parsed));
        parsed_free(&parsed);
    }
}

Test(parse, verify_finds_a_wrong_shape) {
    Parsed parsed;
    parse_text(&parsed, "let a = 1 + 2");
    Ast *sum = parsed.tree->kid[file_items]->kid[0]->kid[const_value];
    Ast *left = sum->kid[binary_left];
    sum->kid[binary_left] = NULL;
    cr_expect_str_eq(ast_verify(&parsed.arena, parsed.tree), "binary.left is missing");
    sum->kid[binary_left] = parsed.tree->kid[file_items]->kid[0];
    cr_expect_str_eq(ast_verify(&parsed.arena, parsed.tree), "binary.left is a const, but should be EXPR");
    sum->kid[binary_left] = left;
    cr_expect_null(ast_verify(&parsed.arena, parsed.tree));
    parsed_free(&parsed);
}
