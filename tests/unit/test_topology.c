// The dataflow graph: what becomes of workflows with parameters and of generic tasks.
#include "lang/topology.h"
#include "tests/unit/check_testing.h"

static Topology *build(Checked *checked, const char *text) {
    check_right(checked, text);
    return topology_build(&checked->context, checked->program);
}

static const Node *find_node(const Graph *graph, NodeKind kind) {
    for (int i = 0; i < graph->nodes.count; i++)
        if (graph->nodes.items[i]->kind == kind) return graph->nodes.items[i];
    cr_assert(false, "the graph has such a node");
    return NULL;
}

static const char task_text[] = "task Count[T]: T -> (T, Int) { state n: Int = 0; on event x { n += 1; emit (x, n) } }\n";

Test(topology, a_use_is_a_part_of_the_graph_that_uses_it) {
    Checked checked;
    Buf text = {0};
    buf_puts(&text, task_text);
    buf_puts(&text, "workflow inner[T](xs: Stream[T], n: Int) = xs |> Count |> map((x, k) => (x, k + n))\n"
                    "workflow outer[A](xs: Stream[A], n: Int) = xs |> inner(n + 1) |> inner(n: 2)\n"
                    "workflow main = range(0, 3) |> outer(5)\n");
    Topology *topology = build(&checked, buf_text(&text));
    cr_assert(topology);
    cr_assert_eq(topology->graphs.count, 1);
    cr_assert_eq(topology->use_count, 3);
    const Graph *graph = topology->graphs.items[0];
    cr_assert_eq(graph->nodes.count, 5);
    cr_expect_str_eq(graph->nodes.items[1]->name, "Count[Int]");
    cr_expect_str_eq(graph->nodes.items[3]->name, "Count[(Int, Int)]");
    cr_expect_str_eq(type_text(&checked.arena, graph->result->event), "((Int, Int), Int)");
    const WorkflowUse *first = graph->nodes.items[1]->within, *second = graph->nodes.items[3]->within;
    cr_expect_neq(first, second);
    cr_expect_eq(first->outer, second->outer);
    cr_expect_null(first->outer->outer);
    cr_expect_null(graph->nodes.items[0]->within);
    buf_free(&text);
    release(&checked);
}

Test(topology, outer_uses_come_before_what_is_within_them) {
    Checked checked;
    Topology *topology = build(&checked, "workflow inner(xs: Stream[Int], n: Int) = xs |> map(x => x + n)\n"
                                         "workflow outer(xs: Stream[Int], n: Int) {\n  let k = n * 2\n  xs |> inner(k)\n}\n"
                                         "workflow main = range(0, 3) |> inner(1) |> outer(2)\n");
    cr_assert(topology);
    const char *const order[] = {"outer", "inner", "let", "inner"};
    cr_assert_eq(topology->statics.count, 4);
    for (int i = 0; i < 4; i++) {
        const Static *value = &topology->statics.items[i];
        cr_expect_str_eq(value->let ? "let" : value->use->def->name, order[i]);
    }
    cr_expect_eq(topology->statics.items[2].use, topology->statics.items[0].use);
    cr_expect_eq(topology->statics.items[3].use->outer, topology->statics.items[0].use);
    release(&checked);
}

// So a closure that is passed through workflows is applied without a call of a value.
Test(topology, a_function_parameter_stands_for_its_argument) {
    Checked checked;
    Topology *topology =
        build(&checked, "workflow inner(xs: Stream[Int], f: Int -> Int) = xs |> map(f)\n"
                        "workflow outer(xs: Stream[Int], g: Int -> Int) = xs |> inner(g) |> filter(x => g(x) > 0)\n"
                        "workflow main = range(0, 3) |> outer(x => x + 1)\n");
    cr_assert(topology);
    const Node *map = find_node(topology->graphs.items[0], NODE_MAP), *filter = find_node(topology->graphs.items[0], NODE_FILTER);
    cr_expect_eq(map->function->kind, AST_closure);
    cr_expect_null(map->within, "it is written in the workflow that uses the others");
    cr_expect_str_eq(filter->within->def->name, "outer");
    release(&checked);
}

static void expect_too_deep(const char *text) {
    Checked checked;
    cr_expect_null(build(&checked, text));
    cr_expect_eq(checked.context.diags.errors, 1);
    cr_expect_eq(checked.context.diags.items.items[0]->code, DIAG_TOO_DEEP);
    release(&checked);
}

// A chain of workflows, each of which uses the one before it.
static void expect_chain_too_deep(const char *first, const char *format, int count) {
    Buf text = {0};
    buf_puts(&text, first);
    for (int i = 1; i <= count; i++) {
        char line[160];
        snprintf(line, sizeof line, format, i, i - 1, i - 1);
        buf_puts(&text, line);
    }
    buf_printf(&text, "workflow main = range(0, 3) |> w%d\n", count);
    expect_too_deep(buf_text(&text));
    buf_free(&text);
}

Test(topology, limits_what_workflows_become) {
    const char *first = "workflow w0[T](xs: Stream[T]) -> Stream[Int] = xs |> map(_ => 1)\n";
    expect_chain_too_deep(first, "workflow w%d[T](xs: Stream[T]) -> Stream[Int] = xs |> w%d\n", 5000);
    expect_chain_too_deep(first, "workflow w%d[T](xs: Stream[T]) -> Stream[Int] = union(xs |> w%d, xs |> w%d)\n", 60);
    expect_chain_too_deep(first, "workflow w%d[T](xs: Stream[T]) -> Stream[Int] = xs |> map(x => (x, x)) |> w%d\n", 60);
}
