// Cells: what tasks wait for, and what waits.
#include "tests/unit/cells_testing.h"

Test(vm_cells, what_waits_for_a_reply_goes_on_with_it) {
    Stage s;
    stage_init(&s);
    cr_assert(start(&s, PLAIN, 5, "a0w0e"));
    check_trace("A5");
    cr_assert_eq(cells_count(s.cells), 1);
    cr_assert_eq(cells_outstanding(s.cells, 0), 1);
    cr_assert(STEP(&s, .answered = asked[0], .value = 42));
    check_trace("w42eA5");
    cr_assert_str_eq(put_out(&s), "42 ");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, a_reply_that_comes_late_or_twice_is_dropped) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "a0w0");
    STEP(&s, .answered = asked[0], .value = 1);
    STEP(&s, .answered = asked[0], .value = 2);
    STEP(&s, .answered = 12345 << 6, .value = 2);
    check_trace("A1w1A1");
    start(&s, PLAIN, 1, "a0"); // nobody will ever wait for it
    cr_assert_eq(cells_count(s.cells), 0);
    STEP(&s, .answered = asked[1], .value = 3);
    check_trace("A1");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, several_replies_are_waited_for_one_after_the_other) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "a0a1w0w1");
    cr_assert_eq(cells_count(s.cells), 2);
    STEP(&s, .answered = asked[1], .value = 2);
    check_trace("A1");
    STEP(&s, .answered = asked[0], .value = 1);
    check_trace("w1w2A1");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, functions_that_call_each_other_wait_as_a_chain) {
    Stage s;
    stage_init(&s);
    scripts[1] = "C2e";
    scripts[2] = "C3C3+";
    scripts[3] = "a0w0";
    start(&s, PLAIN, 9, "C1e");
    STEP(&s, .answered = asked[0], .value = 10);
    check_trace("A9w10C10A9");
    STEP(&s, .answered = asked[1], .value = 20);
    check_trace("w20C20+C20eC20eA9");
    cr_assert_str_eq(put_out(&s), "20 20 ");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, a_promise_in_the_state_is_completed_by_another_event_once) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "p0S0w0e");
    cr_assert_eq(cells_outstanding(s.cells, 0), 0);
    start(&s, PLAIN, 1, "L0c0c0L0e");
    check_trace("A1ew7eA1");
    cr_assert_str_eq(put_out(&s), "0 7 ");
    cr_assert_eq(cells_count(s.cells), 1); // the state has it
    start(&s, PLAIN, 1, "L0w0e");
    check_trace("w7eA1");
    start(&s, PLAIN, 1, "S2"); // no longer
    trace.length = 0;
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, what_waits_and_goes_on_within_a_step_does_not_reach_the_heap) {
    Stage s;
    stage_init(&s);
    scripts[1] = "L0c0";
    start(&s, PLAIN, 1, "+"); // the entry
    uint64_t blocks = s.partition->heap.live_blocks;
    start(&s, PLAIN, 1, "p0S0s11w0S2");
    check_trace("+A1w7A1");
    cr_assert_eq(s.partition->heap.live_blocks, blocks);
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, many_wait_for_one_future_and_go_on_in_order) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "p0S0");
    for (int i = 0; i < 20; i++) start(&s, PLAIN, 1, "L0w0+");
    start(&s, PLAIN, 1, "L0w0e");
    start(&s, PLAIN, 1, "L0l0+");
    trace.length = 0;
    start(&s, PLAIN, 1, "L0c0S2");
    check_trace("w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7el7+A1");
    check_empty(&s);
    stage_free(&s);
}

// ---- spawn ----

Test(vm_cells, what_is_spawned_runs_behind_the_segment) {
    Stage s;
    stage_init(&s);
    scripts[1] = "a0w0e";
    scripts[2] = "e+";
    start(&s, PLAIN, 1, "s01s12ew0w1");
    check_trace("ee+A1");
    STEP(&s, .answered = asked[0], .value = 3);
    check_trace("w3ew3w0A1");
    cr_assert_str_eq(put_out(&s), "3 ");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, spawns_of_spawns_do_not_grow_memory) {
    Stage s;
    stage_init(&s);
    scripts[1] = "a0w0";
    for (int i = 0; i < 100; i++) start(&s, PLAIN, i, "s01");
    cr_assert_eq(cells_count(s.cells), 100); // nobody waits for the spawns themselves
    for (int i = 0; i < 64; i++) STEP(&s, .answered = asked[i], .value = 3);
    cr_assert_eq(cells_count(s.cells), 36);
    stage_free(&s);
}

// ---- any ----

Test(vm_cells, any_takes_what_comes_first_and_forgets_the_others) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "a0z1y2w2");
    cr_assert_eq(cells_count(s.cells), 3);
    cr_assert_eq(cells_outstanding(s.cells, 0), 2);
    cr_assert_neq(cells_next_due(s.cells, 0), 0);
    STEP(&s, .answered = asked[0], .value = 5);
    check_trace("A1w5A1");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, any_of_what_is_there_already_does_not_wait) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "a0p1c1y2w2e");
    check_trace("w7eA1");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, futures_are_in_several_anys) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "p0S0");
    for (int i = 0; i < 12; i++) start(&s, PLAIN, 1, "L0a1y2w2+");
    start(&s, PLAIN, 1, "L0w0");
    trace.length = 0;
    cr_assert_eq(cells_outstanding(s.cells, 0), 12);
    STEP(&s, .answered = asked[3], .value = 4);
    check_trace("w4+A1");
    start(&s, PLAIN, 1, "L0a1y2w2+"); // in the place of the one that is done
    start(&s, PLAIN, 1, "L0c0S1");
    check_trace("A1w7w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+w7+A1");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, any_in_a_loop_does_not_grow_memory) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "p0S0");
    for (int i = 0; i < 50; i++) {
        start(&s, PLAIN, 1, "L0a1y2w2");
        STEP(&s, .answered = asked[i], .value = i);
        cr_assert_eq(cells_count(s.cells), 1);
    }
    start(&s, PLAIN, 1, "S1");
    check_empty(&s);
    stage_free(&s);
}

// ---- time ----

static int64_t due(Stage *s) {
    return cells_next_due(s->cells, 0);
}

Test(vm_cells, timers_go_off_in_order) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "z0v0e");
    int64_t first = due(&s);
    start(&s, PLAIN, 2, "z0v0+");
    cr_assert_eq(due(&s), first);
    trace.length = 0;
    STEP(&s, .time = first - 1);
    check_trace("");
    STEP(&s, .time = first);
    check_trace("veA1");
    cr_assert_gt(due(&s), first);
    STEP(&s, .time = due(&s));
    check_trace("v+A2");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, a_limit_ends_the_wait_and_not_the_future) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "a0S0l0e");
    check_trace("A1");
    cr_assert_eq(cells_outstanding(s.cells, 0), 1);
    STEP(&s, .time = due(&s));
    check_trace("~eA1");
    cr_assert_eq(due(&s), 0);
    start(&s, PLAIN, 1, "L0w0");
    STEP(&s, .answered = asked[0], .value = 8);
    check_trace("A1w8A1");
    start(&s, PLAIN, 1, "S1");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, a_reply_in_time_cancels_the_limit) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "a0l0e");
    int64_t time = due(&s);
    STEP(&s, .answered = asked[0], .value = 8);
    check_trace("A1l8eA1");
    cr_assert_eq(due(&s), 0);
    STEP(&s, .time = time);
    check_trace("");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, a_limit_of_a_sleep_is_a_wait_of_its_own) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "z0l0v0e");
    int64_t limit = due(&s);
    STEP(&s, .time = limit);
    check_trace("A1~A1");
    cr_assert_eq(cells_count(s.cells), 1);
    cr_assert_gt(due(&s), limit);
    STEP(&s, .time = due(&s));
    check_trace("veA1");
    start(&s, PLAIN, 1, "z0l0");
    STEP(&s, .time = due(&s));
    trace.length = 0;
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, timers_that_are_cancelled_do_not_stay) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 0, "z0v0");
    for (int i = 0; i < 2000; i++) {
        asked_count = 0;
        start(&s, PLAIN, 1, "a0l0");
        STEP(&s, .answered = asked[0], .value = 8);
    }
    cr_assert_eq(cells_count(s.cells), 1);
    cr_assert_eq(cells_outstanding(s.cells, 0), 1);
    STEP(&s, .time = due(&s));
    check_empty(&s);
    stage_free(&s);
}

// ---- steps that are undone ----

static uint64_t refs(Stage *s) {
    uint64_t all = 0;
    for (uint64_t i = 0; i < cells_count(s->cells); i++) all += cells_at(s->cells, i)->references;
    return all;
}

Test(vm_cells, a_step_that_is_undone_leaves_no_trace) {
    Stage s;
    stage_init(&s);
    scripts[1] = "a0w0e";
    start(&s, PLAIN, 1, "p0S0a1w1L0w0");
    start(&s, PLAIN, 2, "z0l0");
    uint64_t count = cells_count(s.cells), blocks = s.partition->heap.live_blocks, outstanding = cells_outstanding(s.cells, 0);
    uint64_t references = refs(&s), next = cells_next_id(s.cells);
    int64_t time = due(&s);
    const Input inputs[] = {
        {.task = PLAIN, .key = 1, .script = "L0c0s11S2a1w1", .undo = true},
        {.answered = asked[0], .value = 3, .undo = true},
        {.time = time, .undo = true},
        {.task = PLAIN, .key = 3, .script = "a0S0z1y2w2", .undo = true},
        {.task = PLAIN, .key = 1, .script = "L0c0x"},
        {.task = PLAIN, .key = 1, .script = "L0a1y2w2", .undo = true},
        {.task = PLAIN, .key = 1, .script = "L0w0", .undo = true},
    };
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        step(&s, inputs[i]);
        cr_assert_eq(cells_count(s.cells), count, "%zu", i);
        cr_assert_eq(cells_outstanding(s.cells, 0), outstanding, "%zu", i);
        cr_assert_eq(s.partition->heap.live_blocks, blocks, "%zu: %llu", i, (unsigned long long)s.partition->heap.live_blocks);
        cr_assert_eq(refs(&s), references, "%zu", i);
        cr_assert_eq(due(&s), time, "%zu", i);
        cr_assert_eq(cells_next_id(s.cells), next, "%zu", i);
    }
    trace.length = 0;
    STEP(&s, .answered = asked[0], .value = 3);
    start(&s, PLAIN, 1, "L0c0S2");
    check_trace("w3A1w7A1");
    for (int i = 0; i < 2; i++) STEP(&s, .time = due(&s));
    check_empty(&s);
    stage_free(&s);
}

// ---- many ----

Test(vm_cells, many_wait_at_once) {
    enum { MANY = 20000 };
    Stage s;
    stage_init(&s);
    int64_t first = 0;
    for (int64_t i = 0; i < MANY; i++) {
        asked_count = 0;
        start(&s, PLAIN, i, "a0w0");
        if (!i) first = asked[0];
    }
    cr_assert_eq(cells_count(s.cells), MANY);
    trace.length = 0;
    for (int64_t i = 0; i < MANY; i += 2) STEP(&s, .answered = first + i * 64, .value = i);
    cr_assert_eq(cells_count(s.cells), MANY / 2);
    for (int64_t i = MANY - 1; i > 0; i -= 2) STEP(&s, .answered = first + i * 64, .value = i);
    check_empty(&s);
    stage_free(&s);
}

Test(vm_cells, asks_without_end_do_not_grow_memory) {
    Stage s;
    stage_init(&s);
    scripts[1] = "a0w0";
    start(&s, PLAIN, 0, "C1C1C1C1C1+");
    for (int64_t i = 0; i < 100000; i++) {
        asked_count = asked_count ? asked_count : 1;
        int64_t future = asked[asked_count - 1];
        asked_count = 0;
        if (cells_count(s.cells))
            STEP(&s, .answered = future, .value = i);
        else
            start(&s, PLAIN, i % 10, "C1C1C1C1C1+");
        trace.length = 0;
        cr_assert_leq(cells_count(s.cells), 1);
        cr_assert_leq(s.partition->heap.live_blocks, 8);
    }
    stage_free(&s);
}

// ---- epochs ----

static bool is_dirty(Stage *s, uint64_t id) {
    uint64_t count;
    const uint64_t *ids = cells_dirty(s->cells, &count);
    for (uint64_t i = 0; i < count; i++)
        if (ids[i] == id) return true;
    return false;
}

static uint64_t dirty_count(Stage *s) {
    uint64_t count;
    cells_dirty(s->cells, &count);
    return count;
}

Test(vm_cells, what_an_epoch_must_record_is_known) {
    Stage s;
    stage_init(&s);
    start(&s, PLAIN, 1, "+");
    s.partition->is_durable = true;
    start(&s, PLAIN, 1, "a0w0a0w0");
    cr_assert(is_dirty(&s, (uint64_t)asked[0]));
    STEP(&s, .answered = asked[0], .value = 1); // the store never has to know of the first
    cr_assert(dirty_count(&s) == 1 && is_dirty(&s, (uint64_t)asked[1]));
    cells_clean(s.cells);
    cr_assert_eq(dirty_count(&s), 0);
    cr_assert_eq(cells_find(s.cells, (uint64_t)asked[1])->flags, CELL_STORED);
    STEP(&s, .answered = asked[1], .value = 1, .undo = true);
    cr_assert_eq(dirty_count(&s), 0);
    STEP(&s, .answered = asked[1], .value = 1); // but that this one is gone
    cr_assert(dirty_count(&s) == 1 && is_dirty(&s, (uint64_t)asked[1]));
    cells_clean(s.cells);
    s.partition->is_durable = false;
    trace.length = 0;
    check_empty(&s);
    stage_free(&s);
}

// The cells of one stage, as a store would give them to another one.
Test(vm_cells, cells_that_are_restored_go_on) {
    Stage from, to;
    stage_init(&from);
    start(&from, PLAIN, 1, "p0S0l0");
    start(&from, PLAIN, 1, "L0a1y2w2e");
    start(&from, EXCLUSIVE, 2, "z0v0+");
    int64_t reply = asked[0];
    uint64_t count = cells_count(from.cells), next = cells_next_id(from.cells);
    Cell *cells = calloc(count, sizeof(Cell));
    for (uint64_t i = 0; i < count; i++) cells[i] = *cells_at(from.cells, count - 1 - i);
    Buf before = trace;
    trace = (Buf){0};
    stage_init(&to);
    begin_step(&to);
    cells_set_next_id(to.cells, next);
    for (uint64_t i = 0; i < count; i++) {
        cells[i].references = 1000;
        cr_assert(cells_restore(to.partition, &cells[i]));
    }
    ScriptEntry *entry = entry_of(to.context, EXCLUSIVE, 2);
    entry->busy = 1;
    cells_end_restore(to.partition);
    partition_commit(to.partition);
    partition_end(to.partition, UINT64_MAX);
    cr_assert_eq(cells_outstanding(to.cells, 0), 3);
    trace.length = 0;
    STEP(&to, .answered = reply, .value = 3);
    for (int i = 0; i < 2; i++) STEP(&to, .time = due(&to));
    check_trace("w3eA1~A1v+");
    cr_assert_eq(cells_outstanding(to.cells, 0), 0);
    start(&to, PLAIN, 1, "p0e");
    cr_assert_geq(cells_next_id(to.cells), next);
    stage_free(&to);
    free(cells);
    trace = before;
    stage_free(&from);
}
