// Names and types: what check_program leaves behind, and which mistakes it finds.
#include "tests/unit/check_testing.h"

#include <stdlib.h>

static Def *find(Checked *checked, const char *name) {
    Def *def = map_get(&checked->module->scope, intern_text(&checked->context.names, name));
    cr_assert(def, "%s is declared", name);
    return def;
}

static Ast *fn_value(Checked *checked, const char *name) {
    return find(checked, name)->ast->kid[fn_body];
}

static const char *text_of(Checked *checked, Type *type) {
    return type_text(&checked->arena, type);
}

// ---- types -----------------------------------------------------------------------------------------------------------

Test(types, are_shown_as_they_are_written) {
    static const char *const written[] = {"Int",
                                          "List[(Int, String)]",
                                          "()",
                                          "Int -> Int",
                                          "() -> Int",
                                          "(Int, Float) -> Bool",
                                          "((Int, Float)) -> Bool",
                                          "(Int -> Int) -> Int -> Int",
                                          "Option[List[Option[Int]]]"};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        Checked checked;
        char program[128];
        snprintf(program, sizeof program, "fn f(x: %s) { }\n", written[i]);
        check_right(&checked, program);
        cr_expect_str_eq(text_of(&checked, find(&checked, "f")->type->args[0]), written[i]);
        release(&checked);
    }
}

Test(types, know_which_contain_themselves_or_functions) {
    Checked checked;
    check_right(&checked, "record Plain { x: Int }\n"
                          "enum Tree { Leaf, Node(kids: List[Tree]) }\n"
                          "record Even { odd: Option[Odd] }\n"
                          "record Odd { even: Even, f: Int -> Int }\n"
                          "record User { plain: Plain, odd: Odd }\n"
                          "fn f(a: Plain, b: Tree, c: Even, d: Odd, e: User) { }\n");
    Type *function = find(&checked, "f")->type;
    static const bool recursive[] = {false, true, true, true, false}, functional[] = {false, false, true, true, true};
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(function->args[i]->def->recursive, recursive[i], "recursive: %d", i);
        cr_expect_eq(function->args[i]->def->functional, functional[i], "functional: %d", i);
    }
    release(&checked);
}

Test(types, substitute_and_compare) {
    Checked checked;
    check_right(&checked,
                "fn f[A, B](x: A, y: List[(B, A)]) -> B { fail \"\" }\nfn g(x: Int, y: List[(String, Int)]) -> String = \"\"\n");
    Def *generic = find(&checked, "f"), *plain = find(&checked, "g");
    Type *args[] = {plain->type->args[0], plain->type->args[2]};
    Type *instance = type_substitute(&checked.arena, generic->type, generic->tparams, args, 2);
    cr_expect(type_equal(instance, plain->type));
    cr_expect_not(type_equal(generic->type, plain->type));
    cr_expect_eq(type_measure(plain->type, 100), 100 - 7);
    release(&checked);
}

// ---- what is left behind ---------------------------------------------------------------------------------------------

static bool is_settled(Type *type) {
    type = type_resolve(type);
    if (type->kind == TYPE_VAR || type->kind == TYPE_ERROR) return false;
    for (int i = 0; i < type->arg_count; i++)
        if (!is_settled(type->args[i])) return false;
    return true;
}

static bool has_type(const Ast *node) {
    return (node->kind >= AST_int && node->kind <= AST_ask && node->kind != AST_arm) || node->kind >= AST_p_wild;
}

// The promises of check.h that every node of a checked tree keeps.
static void expect_settled(const Ast *node) {
    const char *kind = ast_kind_name(node->kind);
    cr_assert(node->kind != AST_pipe && node->kind != AST_arg && node->kind != AST_p_arg, "no %s is left", kind);
    if (has_type(node)) {
        cr_assert(node->type, "a %s has a type", kind);
        cr_assert(is_settled(node->type), "the type of a %s is known", kind);
    }
    if (node->kind == AST_name || node->kind == AST_ctor || node->kind == AST_p_name || node->kind == AST_p_as ||
        (node->kind == AST_member && !type_is(node->type, BUILTIN_DURATION)) || node->kind == AST_p_ctor)
        cr_assert(node->def, "a %s has a def", kind);
    if ((node->kind == AST_name || node->kind == AST_ctor) && node->def->tparam_count) {
        cr_assert(node->targs, "a generic %s has its type arguments", kind);
        for (int i = 0; i < node->def->tparam_count; i++) cr_assert(is_settled(node->targs[i]));
    }
    for (int i = 0; i < node->kid_count; i++)
        if (node->kid[i]) expect_settled(node->kid[i]);
}

Test(check, leaves_every_node_with_its_type) {
    Checked checked;
    check_right(&checked,
                "record User { name: String, age: Int }\n"
                "enum Tree[T] { Leaf, Node(left: Tree[T], value: T, right: Tree[T]) }\n"
                "fn size[T](tree: Tree[T]) -> Int = match tree { Leaf => 0, Node(left: l, right: r) => size(l) + size(r) + 1 }\n"
                "fn older(u: User) -> User = User(..u, age: u.age + 1)\n"
                "fn pairs(xs: List[Int]) -> List[(Int, String)] {\n"
                "  var out = []\n"
                "  for x in xs { out = out.append((x, \"{x}\")) }\n"
                "  let add = (a, b) => a + b\n"
                "  if add(1, 2) > 3 { out.size() } else { log \"x\" }\n"
                "  out.sort_by((n, text) => (-n, text))\n"
                "}\n"
                "let options = [1, 2].map(Some)\n"
                "workflow w = from([(1, \"a\")]) |> map((n, s) => s.repeat(n)) |> key(s => s) |> Count(start: 3) |> print\n"
                "task Count(start: Int, step: Int = 1): String -> Int key k: String {\n"
                "  state n: Int = start\n"
                "  fn up(by: Int) { n += by }\n"
                "  on event \"\" { }\n"
                "  on event _ { up(step)\n"
                "    emit n }\n"
                "}\n");
    for (int i = 0; i < checked.context.modules.count; i++) expect_settled(checked.context.modules.items[i]->tree);
    release(&checked);
}

Test(check, turns_pipes_and_methods_into_calls) {
    Checked checked;
    check_right(&checked, "fn add(a: Int, b: Int = 5) -> Int = a + b\n"
                          "fn piped(x: Int) -> Int = x |> add(b: 2)\n"
                          "fn bare(x: Int) -> Int = x |> add\n"
                          "fn method(x: String) -> List[String] = x.split(\" \")\n"
                          "fn gives_way() -> List[Int] = [1, 2] |> map(x => x + 1)\n");
    Ast *piped = fn_value(&checked, "piped"), *bare = fn_value(&checked, "bare");
    cr_assert_eq(piped->kind, AST_call);
    cr_expect_eq(piped->kid[call_callee]->def, find(&checked, "add"));
    cr_assert_eq(piped->kid[call_args]->kid_count, 2);
    cr_expect_eq(piped->kid[call_args]->kid[0]->kind, AST_name);
    cr_expect_eq(piped->kid[call_args]->kid[1]->int_value, 2);
    cr_expect_eq(bare->kid[call_args]->kid[1]->int_value, 5, "the default is filled in");
    Ast *method = fn_value(&checked, "method"), *way = fn_value(&checked, "gives_way");
    cr_expect_eq(method->kid[call_callee]->kind, AST_name);
    cr_expect_str_eq(method->kid[call_callee]->def->module->name, "string");
    cr_expect_str_eq(way->kid[call_callee]->def->module->name, "list");
    release(&checked);
}

Test(check, keeps_what_an_update_takes_as_null) {
    Checked checked;
    check_right(&checked, "record P { x: Int, y: Int }\nfn f(p: P) -> P = P(..p, y: 1)\n");
    Ast *args = fn_value(&checked, "f")->kid[call_args];
    cr_assert_eq(args->kid_count, 3);
    cr_expect_null(args->kid[0]);
    cr_expect_eq(args->kid[1]->int_value, 1);
    cr_expect_eq(args->kid[2]->kind, AST_spread);
    release(&checked);
}

Test(check, marks_closures_that_take_a_tuple_apart) {
    Checked checked;
    check_right(&checked, "fn f(xs: List[(Int, Int)]) -> List[Int] = xs.map((a, b) => a + b)\n");
    Ast *closure = fn_value(&checked, "f")->kid[call_args]->kid[1];
    cr_expect(closure->flags & FLAG_UNTUPLE);
    cr_expect_str_eq(text_of(&checked, closure->type), "((Int, Int)) -> Int");
    release(&checked);
}

Test(check, gives_dropped_branches_the_value_unit) {
    Checked checked;
    check_right(&checked, "fn f(xs: List[Int]) {\n  if xs.is_empty() { xs.size() } else { xs }\n  5\n  ()\n}\n");
    Ast *branch = fn_value(&checked, "f")->kid[block_stmts]->kid[0];
    cr_expect(type_is_unit(branch->type));
    cr_expect(type_is_unit(branch->kid[if_then]->type));
    cr_expect(type_is_unit(branch->kid[if_otherwise]->type));
    release(&checked);
}

Test(check, orders_constants_by_their_needs) {
    Checked checked;
    check_right(&checked, "let a = f() + b\nfn f() -> Int = c\nlet b = 1\nlet c = b * 2\n");
    int place[3] = {-1, -1, -1}, count = 0;
    for (int i = 0; i < checked.program->constants.count; i++) {
        Def *def = checked.program->constants.items[i];
        if (def->module == checked.module) place[def->name[0] - 'a'] = count++;
    }
    cr_expect_eq(count, 3);
    cr_expect(place[1] < place[2] && place[2] < place[0]);
    release(&checked);
}

// The first node of the kind in the tree, or NULL.
static const Ast *find_node(const Ast *node, AstKind kind) {
    if (node->kind == kind) return node;
    const Ast *found = NULL;
    for (int i = 0; i < node->kid_count && !found; i++)
        if (node->kid[i]) found = find_node(node->kid[i], kind);
    return found;
}

Test(check, leaves_portals_with_their_defs) {
    Checked checked;
    check_right(&checked, "portal p: Int -> String key x => x\n"
                          "portal q: () -> Int\n"
                          "task Replies(r: Portal[Int, Int]): Never -> Never asks r replies p, q {\n"
                          "  on ask p x { reply \"{await ask r(x)}\" }\n"
                          "  on ask q _ { reply 1 }\n"
                          "}\n"
                          "task Asks: Int -> Int asks p {\n"
                          "  fn note(x: Int) { spawn { await sleep(1.s) } }\n"
                          "  on event x {\n"
                          "    ask p(x)\n"
                          "    let (a, b) = await (ask p(1), spawn { x })\n"
                          "    match try await [ask p(1)] within 1.s { Ok(Some(xs)) => emit xs.size(), _ => { } }\n"
                          "    let made = promise[Int]()\n"
                          "    made.complete(b + a.size())\n"
                          "    emit await any([made.future()])\n"
                          "  }\n"
                          "}\n"
                          "exclusive task Alone: Int -> Int { on event x { emit x } }\n"
                          "task Plain: Int -> Int { on event x { emit x } }\n");
    const Ast *tree = checked.module->tree;
    expect_settled(tree);
    const Def *p = find(&checked, "p"), *q = find(&checked, "q"), *replies = find(&checked, "Replies"),
              *asks = find(&checked, "Asks");
    cr_expect_str_eq(text_of(&checked, p->type), "Portal[Int, String]");
    cr_assert(replies->reply_count == 2 && replies->replies[0] == p && replies->replies[1] == q);
    cr_assert(replies->ask_count == 1 && replies->asks[0]->kind == DEF_LOCAL);
    cr_assert(asks->ask_count == 1 && asks->asks[0] == p && asks->reply_count == 0);
    cr_expect(asks->async && replies->async && find(&checked, "Alone")->async && !find(&checked, "Plain")->async);
    cr_expect_eq(find_node(replies->ast, AST_handler)->def, p);
    cr_expect_eq(find_node(replies->ast, AST_reply)->def, p);
    const Ast *ask = find_node(asks->ast, AST_ask),
              *wanted = find_node(find_node(asks->ast, AST_await)->kid[await_value], AST_call);
    cr_expect(ask->flags & FLAG_UNWANTED && type_is_unit(ask->type));
    cr_expect_str_eq(wanted->kid[call_callee]->name, "sleep");
    cr_expect_eq(checked.program->portals.count, 2);
    release(&checked);
}

Test(check, lists_the_declarations_of_the_program) {
    Checked checked;
    check_right(&checked,
                "param n: Int = 1\nstream s = range(0, n)\nworkflow w = s |> T\ntask T: Int -> Int { on event x { emit x } }\n"
                "workflow used[A](xs: Stream[A], n: Int) = xs |> map(x => (x, n))\n");
    Program *program = checked.program;
    cr_expect_eq(program->params.count, 1);
    cr_expect_eq(program->streams.count, 1);
    cr_expect_eq(program->workflows.count, 1);
    cr_assert_eq(program->tasks.count, 1);
    cr_expect_str_eq(text_of(&checked, program->tasks.items[0]->type), "Stream[Int] -> Stream[Int]");
    cr_expect_str_eq(text_of(&checked, program->workflows.items[0]->type), "Stream[Int]");
    cr_assert_eq(program->parametric.count, 1);
    cr_expect_str_eq(text_of(&checked, program->parametric.items[0]->type), "(Stream[A], Int) -> Stream[(A, Int)]");
    cr_expect_not_null(program->option_type);
    release(&checked);
}

// ---- mistakes --------------------------------------------------------------------------------------------------------

typedef struct Mistake {
    DiagCode code;
    const char *text;
} Mistake;

// Each program has one mistake, which gives one diagnostic.
static const Mistake mistakes[] = {
    {DIAG_UNKNOWN_NAME, "fn f() -> Int = x(y => y.z)[2].size() + 1\n"},
    {DIAG_UNKNOWN_NAME, "fn f() -> Int { let a = nowhere\n  let b = a.size() + a.x\n  for c in a { log c }\n  b }\n"},
    {DIAG_UNKNOWN_TYPE, "fn f(x: Thing) -> Int = x.size() + x\n"},
    {DIAG_UNKNOWN_MEMBER, "fn f(x: Int) -> Int = x.nothing(y => y.z) + 1\n"},
    {DIAG_TYPE_MISMATCH, "let a: Int = \"\"\nfn f() -> Int = a + 1\n"},
    {DIAG_TYPE_MISMATCH, "fn f(b: Bool) -> Int = if b { 1 } else { \"\" }\n"},
    {DIAG_TYPE_MISMATCH, "fn f(o: Option[Int]) -> Int = match o { Some(x) => \"\", None => 1 }\n"},
    {DIAG_TYPE_MISMATCH, "fn f(x: Float) -> Bool = x == 1\n"},
    {DIAG_TYPE_MISMATCH, "fn f(xs: List[Int]) -> List[Int] = xs.map(x => \"{x}\")\n"},
    {DIAG_CANNOT_INFER, "fn f() { let x = []\n  log \"\" }\n"},
    {DIAG_CANNOT_INFER, "fn f() { let g = (a, b) => a + b\n  log \"\" }\n"},
    {DIAG_NO_OPERATOR, "fn f() -> String { let g = (a, b) => a + b\n  g(\"a\", \"b\") }\n"},
    {DIAG_INFINITE_TYPE, "fn f() { let g = x => x(x)\n  log \"\" }\n"},
    {DIAG_WRONG_ARGUMENTS, "fn f(x: Int) -> Int = f(1, 2)\n"},
    {DIAG_NOT_CALLABLE, "fn f(x: Int) -> Int = x(1)\n"},
    {DIAG_NOT_ASSIGNABLE, "fn f(x: Int) { x = 1 }\n"},
    {DIAG_CAPTURED_VAR, "fn f() -> Int { var x = 1\n  let g = () => x\n  g() }\n"},
    {DIAG_CYCLIC_DEFINITION, "let a = b\nlet b = a\n"},
    {DIAG_CYCLIC_DEFINITION, "let a: Int = f()\nfn f() -> Int = a\n"},
    {DIAG_CYCLIC_DEFINITION, "type A = (A, Int)\n"},
    {DIAG_STREAM_CYCLE, "workflow a = b\nworkflow b = a |> map(x => x)\n"},
    {DIAG_STREAM_CYCLE, "workflow a -> Stream[Int] = b\nworkflow b -> Stream[Int] = a\n"},
    {DIAG_NOT_COMPARABLE, "fn f(g: Int -> Int) -> Bool = [g].contains(g)\n"},
    {DIAG_NOT_COMPARABLE,
     "record R { f: () -> Int }\nfn same[T](x: T) -> Bool = [x] == [x]\nfn f(r: R) -> Bool = same(Some(r))\n"},
    {DIAG_MISPLACED, "stream s = from([1])\nfn f() { let x = s\n  log \"\" }\n"},
    {DIAG_MISPLACED, "fn f() { emit 1 }\n"},
    {DIAG_BAD_STREAM, "workflow w = 5\n"},
    {DIAG_BAD_HANDLER, "task T: Int -> Int { on atom { } }\n"},
    {DIAG_NOT_EXHAUSTIVE, "task T: Int -> Int { on event 1 { } }\n"},
    {DIAG_NOT_EXHAUSTIVE, "fn f(x: (Bool, Option[Int])) -> Int = match x { (true, _) => 1, (_, None) => 2 }\n"},
    {DIAG_REFUTABLE, "fn f(x: Option[Int]) -> Int { let Some(y) = x\n  y }\n"},
    {DIAG_UNEVEN_PATTERN, "fn f(x: (Option[Int], Int)) -> Int = match x { (Some(y), _) | (None, _) => y }\n"},
    {DIAG_DUPLICATE_NAME, "fn f() { }\nfn f() { }\n"},
    {DIAG_PORTAL_AS_VALUE, "portal p: Int -> Int\nfn f() -> Int = p + 1\n"},
    {DIAG_CANNOT_WAIT, "workflow w = range(0, 1) |> promise(2) |> map(x => x) |> print\n"},
    {DIAG_UNKNOWN_NAME, "exclusive task T: Int -> Int { on event x { emit await ask p(x) } }\nworkflow w = from([1]) |> T\n"},
};

Test(check, says_one_thing_of_one_mistake) {
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        Checked checked;
        check_text(&checked, mistakes[i].text);
        int count = checked.context.diags.items.count;
        cr_expect_null(checked.program, "wrong: %s", mistakes[i].text);
        cr_expect_eq(count, 1, "%d diagnostics: %s", count, mistakes[i].text);
        if (count)
            cr_expect_eq(checked.context.diags.items.items[0]->code, mistakes[i].code, "%d: %s",
                         checked.context.diags.items.items[0]->code, mistakes[i].text);
        release(&checked);
    }
}

// What the only diagnostic says at its caret.
static void expect_missing(const char *patterns, const char *missing) {
    Checked checked;
    char program[512];
    snprintf(program, sizeof program,
             "enum E { A, B(x: Int), C(e: Option[Bool]) }\nfn f(e: E, xs: List[Int], n: Int, b: Bool) -> Int = match %s\n",
             patterns);
    check_text(&checked, program);
    if (!missing) {
        cr_expect_eq(checked.context.diags.items.count, 0, "%s", patterns);
    } else {
        cr_assert_eq(checked.context.diags.items.count, 1, "%s", patterns);
        cr_expect_str_eq(checked.context.diags.items.items[0]->labels[0].text, missing);
    }
    release(&checked);
}

Test(match, shows_values_that_are_missed) {
    expect_missing("e { A => 1 }", "missing: `B(_)`, `C(_)`");
    expect_missing("e { A => 1, B(1) => 2, C(_) => 3 }", "missing: `B(_)`");
    expect_missing("e { A | B(_) => 1, C(Some(true)) => 2, C(None) => 3 }", "missing: `C(Some(false))`");
    expect_missing("e { A | B(_) => 1, C(Some(true | false)) => 2, C(None) => 3 }", NULL);
    expect_missing("(b, b) { (true, false) => 1, (false, _) => 2 }", "missing: `(true, true)`");
    expect_missing("xs { [] => 1, [_, _, ..] => 2 }", "missing: `[_]`");
    expect_missing("xs { [..] => 1 }", NULL);
    expect_missing("xs { [.., 1] => 1, [] => 2 }", "missing: `[_, ..]`");
    expect_missing("xs { [] => 1, [x, ..] => x }", NULL);
    expect_missing("n { 1 => 1, x if x > 1 => 2 }", "missing: `_`");
    expect_missing("b { true => 1, false => 2 }", NULL);
}

// ---- limits ----------------------------------------------------------------------------------------------------------

static void expect_code(const char *program, DiagCode code) {
    Checked checked;
    check_text(&checked, program);
    cr_assert_null(checked.program);
    cr_expect_eq(checked.context.diags.items.items[0]->code, code);
    release(&checked);
}

static void repeated(Buf *out, int from, int to, const char *format) {
    for (int i = from; i < to; i++) {
        char line[128];
        snprintf(line, sizeof line, format, i, i - 1, i - 1);
        buf_puts(out, line);
    }
}

Test(limits, types_that_grow_exponentially) {
    Buf aliases = {0}, lets = {0};
    buf_puts(&aliases, "type A0 = (Int, Int)\n");
    repeated(&aliases, 1, 60, "type A%d = (A%d, A%d)\n");
    expect_code(buf_text(&aliases), DIAG_TOO_DEEP);
    buf_puts(&lets, "fn f() {\n  let a0 = (1, 1)\n");
    repeated(&lets, 1, 60, "  let a%d = (a%d, a%d)\n");
    buf_puts(&lets, "  log \"\"\n}\n");
    expect_code(buf_text(&lets), DIAG_TOO_DEEP);
    buf_free(&aliases);
    buf_free(&lets);
}

Test(limits, long_chains_of_declarations) {
    Buf types = {0}, constants = {0};
    Checked checked;
    buf_puts(&types, "record R0 { f: Int -> Int }\n");
    for (int i = 1; i < 20000; i++) buf_printf(&types, "record R%d { a: List[R%d] }\nfn f%d() { f%d() }\n", i, i - 1, i, i - 1);
    buf_puts(&types, "fn f0() { }\n");
    check_right(&checked, buf_text(&types));
    release(&checked);
    for (int i = 0; i < 5000; i++) buf_printf(&constants, "let a%d = a%d\n", i, i + 1);
    buf_puts(&constants, "let a5000 = 1\n");
    expect_code(buf_text(&constants), DIAG_TOO_DEEP);
    buf_free(&types);
    buf_free(&constants);
}

Test(limits, patterns_that_explode) {
    enum { WIDTH = 40 };
    Buf program = {0};
    buf_puts(&program, "fn f(x: (");
    for (int i = 0; i < WIDTH; i++) buf_puts(&program, i ? ", Bool" : "Bool");
    buf_puts(&program, ")) -> Int = match x {\n  (");
    for (int i = 0; i < WIDTH; i++) buf_puts(&program, i ? ", true | false" : "true | false");
    buf_puts(&program, ") => 1\n  (");
    for (int i = 0; i < WIDTH; i++) buf_puts(&program, i ? ", false | true" : "false | true");
    buf_puts(&program, ") => 2\n}\n");
    expect_code(buf_text(&program), DIAG_TOO_DEEP);
    buf_free(&program);
}
