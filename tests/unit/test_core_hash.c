// The ids of closures (spec/encoding.md, E5): what changes them and what does not.
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "compiler/pipeline.h"

// The program that begins with `text`, as far as the core.
static void compile(Compilation *compilation, const char *text) {
    char path[] = "/tmp/test_core_hash.XXXXXX";
    int file = mkstemp(path);
    cr_assert_geq(file, 0);
    FILE *out = fdopen(file, "w");
    fprintf(out, "%s\nworkflow main = from([1]) |> map(x => (adder(x))(2)) |> print\n", text);
    fclose(out);
    CodegenOptions options = {.cpu = "native", .optimise = OPTIMISE_NOT};
    cr_assert(pipeline_open(compilation, (const char *const[]){path}, 1, options) && pipeline_run(compilation, "core"), "%s",
              text);
    unlink(path);
}

// The id of the closure that `adder` makes.
static uint64_t id_in(const char *text) {
    Compilation compilation;
    compile(&compilation, text);
    const CoreFn *code = NULL;
    for (int i = 0; i < compilation.core->fns.count; i++) {
        const CoreFn *fn = compilation.core->fns.items[i];
        if (strcmp(fn->name, "adder") != 0) continue;
        for (int j = 0; j < fn->body->insts.count; j++)
            if (fn->body->insts.items[j]->op == CORE_OP_CLOSURE_NEW) code = fn->body->insts.items[j]->fn;
    }
    cr_assert(code, "%s", text);
    uint64_t id = core_hash_closure(core_hashes_new(compilation.core), code);
    pipeline_close(&compilation);
    return id;
}

// The id that stands for the type `name` in Anys.
static uint64_t any_id_in(const char *text, const char *name) {
    Compilation compilation;
    compile(&compilation, text);
    CoreType *type = NULL;
    for (int i = 0; i < compilation.core->types.count; i++)
        if (strcmp(compilation.core->types.items[i]->name, name) == 0) type = compilation.core->types.items[i];
    cr_assert(type, "%s", name);
    uint64_t id = core_hash_any(core_hashes_new(compilation.core), type);
    pipeline_close(&compilation);
    return id;
}

#define ADDER "fn adder(n: Int) -> Int -> Int = x => x + n\n"
#define HALF "fn half(n: Int) -> Int = n / 2\n"
#define CALLER "fn adder(n: Int) -> Int -> Int = x => half(x) + n\n"

Test(core_hash, names_places_and_other_code_do_not_matter) {
    uint64_t id = id_in(ADDER);
    cr_assert_eq(id, id_in(ADDER));
    cr_assert_eq(id, id_in("// a comment\n\n" ADDER));
    cr_assert_eq(id, id_in("fn adder(number: Int) -> Int -> Int = other => other + number\n"));
    cr_assert_eq(id, id_in("fn another(n: Int) -> Int -> Int = x => x * n\nlet numbers = [1, (another(2))(3)]\n" ADDER));
    uint64_t caller = id_in(HALF CALLER);
    cr_assert_eq(caller, id_in("fn third(n: Int) -> Int = n / 2\nfn adder(n: Int) -> Int -> Int = x => third(x) + n\n"));
}

Test(core_hash, code_matters) {
    uint64_t id = id_in(ADDER);
    cr_assert_neq(id, id_in("fn adder(n: Int) -> Int -> Int = x => n + x\n"));
    cr_assert_neq(id, id_in("fn adder(n: Int) -> Int -> Int = x => x - n\n"));
    cr_assert_neq(id, id_in("fn adder(n: Int) -> Int -> Int = x => x + n + 0\n"));
}

Test(core_hash, the_code_of_what_is_called_matters) {
    uint64_t id = id_in(HALF CALLER);
    cr_assert_neq(id, id_in("fn half(n: Int) -> Int = n / 3\n" CALLER));
    cr_assert_neq(id, id_in("fn two() -> Int = 2\nfn half(n: Int) -> Int = n / two()\n" CALLER));
    cr_assert_neq(id_in("fn two() -> Int = 2\nfn half(n: Int) -> Int = n / two()\n" CALLER),
                  id_in("fn two() -> Int = 1 + 1\nfn half(n: Int) -> Int = n / two()\n" CALLER));
}

// Which of two functions calls itself, and which the other.
Test(core_hash, who_calls_whom_matters) {
#define PAIR(first, second)                                                                                                      \
    "fn a(n: Int) -> Int = if n < 1 { 0 } else { " first "(n - 1) }\n"                                                           \
    "fn b(n: Int) -> Int = if n < 1 { 0 } else { " second "(n - 1) }\n"                                                          \
    "fn adder(n: Int) -> Int -> Int = x => a(x) + b(x) + n\n"
    uint64_t ids[] = {id_in(PAIR("a", "b")), id_in(PAIR("b", "a")), id_in(PAIR("a", "a")), id_in(PAIR("b", "b"))};
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++) cr_assert_neq(ids[i], ids[j], "%d and %d", i, j);
#undef PAIR
}

// What is captured is kept in the data directory, so its parts belong to the code.
Test(core_hash, the_parts_of_captured_types_matter) {
#define BOX(fields, value)                                                                                                       \
    "record Inner { a: Int" fields " }\nrecord Outer { list: List[Inner] }\n"                                                    \
    "fn adder(n: Int) -> Int -> Int = { let o = Outer([" value "])\n x => x + o.list.size() }\n"
    cr_assert_neq(id_in(BOX("", "Inner(n)")), id_in(BOX(", b: Bool", "Inner(n, true)")));
#undef BOX
}

Test(core_hash, the_parts_of_a_type_matter_to_anys) {
#define USE ADDER "let use = [1 as Any, \"a\" as Any, 1.s as Any, Outer([]) as Any]\n"
#define TYPES(fields) "record Inner { a: Int" fields " }\nrecord Outer { list: List[Inner] }\n"
    uint64_t id = any_id_in(TYPES("") USE, "Outer");
    cr_assert_eq(id, any_id_in("let other = [1.5 as Any]\n" TYPES("") USE, "Outer"));
    cr_assert_neq(id, any_id_in(TYPES(", b: Bool") USE, "Outer"));
    cr_assert_neq(id, any_id_in(TYPES("") USE, "Inner"));
    cr_assert_neq(any_id_in(TYPES("") USE, "Int"), any_id_in(TYPES("") USE, "Duration"));
    cr_assert_eq(any_id_in(TYPES("") USE, "Int"), any_id_in(TYPES(", b: Bool") USE, "Int"));
#undef TYPES
#undef USE
}
