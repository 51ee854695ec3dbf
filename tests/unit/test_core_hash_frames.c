// test_core_hash_frames.c - the ids of frames (spec/decisions/0043): what changes them and what does not.
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compiler/pipeline.h"

// A program of these helpers, and a task with these helpers and this handler, behind this stage.
typedef struct Text {
    const char *helpers; // outside of the task
    const char *within;  // and in it
    const char *handler;
    const char *stages; // before it
    const char *event;  // its type; NULL: Int
} Text;

static void compile(Compilation *compilation, const Text *text) {
    char path[] = "/tmp/test_core_hash_frames.XXXXXX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    FILE *out = fdopen(file, "w");
    fprintf(out, "portal stock: Int -> Int key n => n\nportal other: Int -> Int key n => n\n");
    fprintf(out, "task Stock: Never -> Never replies stock { on ask n { reply n } }\n");
    fprintf(out, "task Other: Never -> Never replies other { on ask n { reply n } }\n");
    fprintf(out, "%s\n", text->helpers ? text->helpers : "");
    fprintf(out, "task Cart: %s -> Int asks stock, other {\n  state seen: Map[Int, Int] = [:]\n%s\n",
            text->event ? text->event : "Int", text->within ? text->within : "");
    fprintf(out, "  on event n {\n%s\n  }\n}\n", text->handler);
    fprintf(out, "workflow stocks = empty() |> Stock\nworkflow others = empty() |> Other\n");
    fprintf(out, "workflow main = from([1]) %s |> Cart |> print\n", text->stages ? text->stages : "");
    fclose(out);
    CodegenOptions options = {.cpu = "native", .optimise = OPTIMISE_NOT};
    cr_assert(pipeline_open(compilation, (const char *const[]){path}, 1, options) && pipeline_run(compilation, "core"), "%s: %s",
              text->handler, compilation->error ? compilation->error : "");
    unlink(path);
}

static bool ends_with(const char *name, const char *end) {
    size_t length = strlen(name), wanted = strlen(end);
    return length >= wanted && strcmp(name + length - wanted, end) == 0;
}

enum { MAX_IDS = 8 };

typedef struct Ids {
    int count;
    uint64_t begin;
    uint64_t points[MAX_IDS];
} Ids;

// Of the frames of the task's handler.
static Ids ids_of(Text text) {
    Compilation compilation;
    compile(&compilation, &text);
    Ids ids = {.count = -1};
    for (int i = 0; i < compilation.core->fns.count; i++) {
        const CoreFn *fn = compilation.core->fns.items[i];
        if (!strstr(fn->name, ".Cart") || !ends_with(fn->name, ".on_event")) continue;
        CoreHashes *hashes = core_hashes_new(compilation.core);
        ids.count = fn->points.count;
        cr_assert_leq(ids.count, MAX_IDS);
        ids.begin = core_hash_frame(hashes, fn, NULL);
        for (int j = 0; j < ids.count; j++) ids.points[j] = core_hash_frame(hashes, fn, &fn->points.items[j]);
    }
    pipeline_close(&compilation);
    cr_assert_geq(ids.count, 0);
    return ids;
}

static void expect_same(Text a, Text b) {
    Ids first = ids_of(a), second = ids_of(b);
    cr_expect_eq(first.count, second.count, "%s", b.handler);
    cr_expect_eq(first.begin, second.begin, "%s", b.handler);
    for (int i = 0; i < first.count; i++) cr_expect_eq(first.points[i], second.points[i], "%s: %d", b.handler, i);
}

// What has not begun begins in the new code.
static void expect_different(Text a, Text b) {
    Ids first = ids_of(a), second = ids_of(b);
    cr_expect_eq(first.begin, second.begin, "%s", b.handler);
    for (int i = 0; i < first.count; i++)
        for (int j = 0; j < second.count; j++) cr_expect_neq(first.points[i], second.points[j], "%s: %d %d", b.handler, i, j);
}

#define TWICE                                                                                                                    \
    "    let a = await ask stock(n)\n"                                                                                           \
    "    let b = await ask stock(n + 1)\n"                                                                                       \
    "    emit a + b\n"

Test(core_hash_frames, each_place_has_one) {
    Ids ids = ids_of((Text){.handler = TWICE});
    cr_assert_eq(ids.count, 2);
    cr_expect_neq(ids.points[0], ids.points[1]);
    cr_expect_neq(ids.points[0], ids.begin);
    cr_expect_neq(ids.points[1], ids.begin);
}

Test(core_hash_frames, names_places_and_the_graph_do_not_matter) {
    Text text = {.handler = TWICE};
    expect_same(text, (Text){.handler = "    // a comment\n\n    let first = await ask stock(n)\n"
                                        "    let second = await ask stock(n + 1)\n    emit first + second\n"});
    expect_same(text, (Text){.handler = TWICE, .stages = "|> map(n => n + 1) |> filter(n => n > 0)"});
    expect_same(
        text, (Text){.handler = TWICE, .helpers = "fn unused(n: Int) -> Int = n\n", .within = "  fn also(n: Int) -> Int { n }"});
}

Test(core_hash_frames, code_and_what_is_asked_matter) {
    Text text = {.handler = TWICE};
    expect_different(text,
                     (Text){.handler = "    let a = await ask stock(n)\n    let b = await ask stock(n + 2)\n    emit a + b\n"});
    expect_different(text,
                     (Text){.handler = "    let a = await ask stock(n)\n    let b = await ask other(n + 1)\n    emit a + b\n"});
}

#define CALLS(name) "    let a = await ask stock(n)\n    emit " name "(a)\n"

Test(core_hash_frames, the_code_of_what_is_called_does_not_matter) {
    expect_same((Text){.handler = CALLS("half"), .helpers = "fn half(n: Int) -> Int = n / 2"},
                (Text){.handler = CALLS("half"), .helpers = "fn half(n: Int) -> Int = n / 3"});
    expect_same((Text){.handler = CALLS("half"), .within = "  fn half(n: Int) -> Int { n / 2 }"},
                (Text){.handler = CALLS("half"), .within = "  fn half(n: Int) -> Int { seen[n] = 1\n    n / 3 }"});
}

Test(core_hash_frames, what_is_called_matters) {
    static const char both[] = "fn half(n: Int) -> Int = n / 2\nfn twice(n: Int) -> Int = n * 2";
    expect_different((Text){.handler = CALLS("half"), .helpers = both}, (Text){.handler = CALLS("twice"), .helpers = both});
    expect_different((Text){.handler = "    let a = await ask stock(n)\n    emit to_int(half(a))\n",
                            .helpers = "fn half(n: Int) -> Int = n / 2\nfn to_int(n: Int) -> Int = n"},
                     (Text){.handler = "    let a = await ask stock(n)\n    emit to_int(half(a))\n",
                            .helpers = "fn half(n: Int) -> Float = 0.5\nfn to_int(n: Float) -> Int = 1"});
}

// A called function that begins to wait is one more place; the others stay what they were.
Test(core_hash_frames, a_called_function_that_begins_to_wait) {
    static const char handler[] = "    let a = price(n)\n    let b = await ask stock(n)\n    emit a + b\n";
    Ids before = ids_of((Text){.handler = handler, .within = "  fn price(n: Int) -> Int { n }"});
    Ids after = ids_of((Text){.handler = handler, .within = "  fn price(n: Int) -> Int { await ask stock(n) }"});
    cr_assert_eq(before.count, 1);
    cr_assert_eq(after.count, 2);
    cr_expect_eq(before.points[0], after.points[1]);
    cr_expect_neq(before.points[0], after.points[0]);
}

Test(core_hash_frames, the_parts_of_types_matter) {
#define PAIR(fields, value)                                                                                                      \
    (Text){.helpers = "record Pair { a: Int" fields " }", .handler = "    let p = Pair(" value ")\n" TWICE "    emit p.a\n"}
    expect_different(PAIR("", "n"), PAIR(", b: Int", "n, 2"));
#undef PAIR
}

// Closures and spawned blocks are written in the function.
Test(core_hash_frames, what_is_written_in_it_matters) {
#define LIST(body) (Text){.handler = "    let a = await ask stock(n)\n    emit [a].map(x => " body ").size()\n"}
    expect_different(LIST("x + 1"), LIST("x + 2"));
#undef LIST
#define SPAWN(body) (Text){.handler = "    let f = spawn { await ask stock(" body ") }\n    emit await f\n"}
    expect_different(SPAWN("n"), SPAWN("1"));
#undef SPAWN
}

// What closures with effects do by functions of the task does not matter. L23.59
Test(core_hash_frames, what_effects_call_does_not_matter) {
#define CONTEXT(body, count)                                                                                                     \
    (Text) {                                                                                                                     \
        .helpers = "local record Ctx { post: Int -> (), next: () -> Int }\n"                                                     \
                   "fn use(c: Ctx, n: Int) { (c.post)(n + (c.next)()) }\n",                                                      \
        .within = "  fn count() -> Int { " count " }\n", .handler = "    use(Ctx(x => " body ", () => count()), n)\n" TWICE      \
    }
    expect_same(CONTEXT("emit x", "seen.size()"), CONTEXT("emit x", "seen[1] = 2\n    seen.size() + 1"));
    expect_different(CONTEXT("emit x", "1"), CONTEXT("emit x + 1", "1"));
    expect_different(CONTEXT("emit x", "1"), CONTEXT("emit x + count()", "1"));
#undef CONTEXT
}

// Where a handler begins only what it is given matters. E5.12
Test(core_hash_frames, what_begins_is_known_by_its_types) {
#define GIVEN(record, stage)                                                                                                     \
    ids_of((Text){.helpers = record, .event = "E", .stages = stage, .handler = "    emit await ask stock(n.a)\n"}).begin
    uint64_t id = GIVEN("record E { a: Int }", "|> map(n => E(n))");
    cr_expect_eq(id, GIVEN("record E { a: Int }", "|> filter(n => n > 1) |> map(n => E(n))"));
    cr_expect_neq(id, GIVEN("record E { a: Int, b: Int }", "|> map(n => E(n, n))"));
    cr_expect_neq(id, GIVEN("record E { b: Int, a: Int }", "|> map(n => E(n, n))"));
#undef GIVEN
}
