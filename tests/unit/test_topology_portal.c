// The dataflow graph: what lies between tasks that ask and those that reply.
#include "lang/topology.h"
#include "tests/unit/check_testing.h"

#define REPLIER "task Reply(p: Portal[Int, Int]): Never -> Never replies p { on ask n { reply n } }\n"
#define ASKER "task Ask(p: Portal[Int, Int]): Int -> Int asks p { on event n { emit await ask p(n) } }\n"

static Topology *build(Checked *checked, const char *text) {
    check_right(checked, text);
    return topology_build(&checked->context, checked->program);
}

static const Graph *find_graph(const Topology *topology, const char *name) {
    for (int i = 0; i < topology->graphs.count; i++)
        if (strcmp(topology->graphs.items[i]->name, name) == 0) return topology->graphs.items[i];
    cr_assert(false, "there is the graph %s", name);
    return NULL;
}

static int place_of(const Topology *topology, const Graph *graph) {
    int place = 0;
    while (topology->graphs.items[place] != graph) place++;
    return place;
}

Test(topology_portal, an_ask_is_two_streams) {
    Checked checked;
    Topology *topology =
        build(&checked, "portal p: Int -> Int key n => n % 2 == 0\n" REPLIER ASKER "workflow replying = empty() |> Reply(p)\n"
                        "workflow asking = range(0, 3) |> Ask(p)\n");
    cr_assert(topology);
    cr_assert_eq(topology->portal_uses.count, 1);
    const PortalUse *use = topology->portal_uses.items[0];
    cr_expect_str_eq(use->portal->name, "p");
    cr_expect_eq(use->asking, find_graph(topology, "asking"));
    cr_expect_eq(use->replying, find_graph(topology, "replying"));
    cr_expect_eq(use->requests->graph->producer, use->asking);
    cr_expect_eq(use->replies->graph->producer, use->replying);
    cr_expect_eq(use->requests->kind, STREAM_REQUESTS);
    cr_expect_eq(use->replies->kind, STREAM_REPLIES);
    cr_expect_eq(use->asker->asked.items[0], use);
    cr_expect_eq(use->replier->replied.items[0], use);
    cr_expect_lt(place_of(topology, use->asking), place_of(topology, use->requests->graph));
    cr_expect_lt(place_of(topology, use->requests->graph), place_of(topology, use->replying));
    cr_expect_eq(topology->part_count, 0);
    release(&checked);
}

// What comes in for a task stands before it.
static void expect_inlet(const Graph *graph, NodeKind kind, const Node *task, const Stream *stream) {
    const Node *inlet = graph->nodes.items[task->id - 1];
    cr_assert_eq(inlet->kind, kind);
    cr_expect_eq(inlet->task_node, task);
    cr_expect_eq(inlet->inputs.items[0]->from, stream);
    cr_expect_eq(inlet->id, task->id - 1);
    cr_expect_null(inlet->inputs.items[0]->key);
    cr_expect_eq(stream->consumers, 1);
}

Test(topology_portal, what_comes_to_a_task_stands_before_it) {
    Checked checked;
    Topology *topology =
        build(&checked, "portal p: Int -> Int key n => n % 2 == 0\n" REPLIER ASKER "workflow replying = empty() |> Reply(p)\n"
                        "workflow asking = range(0, 3) |> key(n => \"{n}\") |> Ask(p)\n");
    cr_assert(topology);
    const PortalUse *use = topology->portal_uses.items[0];
    expect_inlet(use->asking, NODE_REPLIES, use->asker, use->replies);
    expect_inlet(use->replying, NODE_REQUESTS, use->replier, use->requests);
    const Node *requests = use->replying->nodes.items[use->replier->id - 1];
    cr_expect_eq(requests->function, use->portal->ast->kid[portal_key]);
    cr_expect_str_eq(type_text(&checked.arena, requests->key), "Bool");
    cr_expect_str_eq(type_text(&checked.arena, use->replier->state_key), "Bool");
    cr_expect(use->replier->no_events && !use->replier->needs_key);
    cr_expect_str_eq(type_text(&checked.arena, use->asker->state_key), "String");
    cr_expect(use->asker->needs_key && !use->asker->no_events);
    release(&checked);
}

// Requests lead back, replies are no edges.
Test(topology_portal, asks_form_cycles) {
    Checked checked;
    Topology *topology =
        build(&checked, "portal p: Int -> Int\nportal q: Int -> Int\n"
                        "task Each(to: Portal[Int, Int], at: Portal[Int, Int]): Int -> Int asks to replies at {\n"
                        "  on event n { emit await ask to(n) }\n  on ask n { reply n }\n}\n"
                        "workflow one = range(0, 3) |> Each(q, p)\nworkflow two = range(0, 3) |> Each(p, q)\n");
    cr_assert(topology);
    const Graph *one = find_graph(topology, "one"), *two = find_graph(topology, "two");
    cr_expect_eq(topology->part_count, 1);
    cr_expect_eq(one->part, 1);
    cr_expect_eq(two->part, 1);
    cr_expect_eq(topology->portal_uses.items[0]->requests->graph->part, 1);
    cr_expect_eq(topology->portal_uses.items[0]->replies->graph->part, 0);
    for (int i = 0; i < one->nodes.count; i++) {
        const Stream *from = one->nodes.items[i]->from;
        cr_expect_eq(one->nodes.items[i]->back, from && from->kind == STREAM_REQUESTS);
        cr_expect_not(two->nodes.items[i]->back);
    }
    release(&checked);
}

Test(topology_portal, a_parameter_stands_for_its_argument) {
    Checked checked;
    Topology *topology =
        build(&checked, "portal p: Int -> Int\nportal q: Int -> Int\n" REPLIER ASKER
                        "workflow replying = union(empty() |> Reply(p), empty() |> Reply(q))\n"
                        "workflow inner(xs: Stream[Int], of: Portal[Int, Int]) = xs |> Ask(of)\n"
                        "workflow outer(xs: Stream[Int], a: Portal[Int, Int], b: Portal[Int, Int]) = xs |> inner(b) |> inner(a)\n"
                        "workflow asking = range(0, 3) |> outer(p, q)\n");
    cr_assert(topology);
    cr_assert_eq(topology->portal_uses.count, 2);
    cr_expect_str_eq(topology->portal_uses.items[0]->portal->name, "q");
    cr_expect_str_eq(topology->portal_uses.items[1]->portal->name, "p");
    cr_expect_neq(topology->portal_uses.items[0]->asker, topology->portal_uses.items[1]->asker);
    release(&checked);
}
