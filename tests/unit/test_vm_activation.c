// Activations: their segments, what a failure goes back to, and the keys of exclusive tasks.
#include "tests/unit/cells_testing.h"

static const PtAddress NOBODY = {99, 0, 0}, SOMEBODY = {99, 0, 77};

// The handler for a request.
static bool request(Stage *stage, uint32_t task, int64_t key, const char *script, const PtAddress *from) {
    return step(stage, (Input){.task = task, .key = key, .script = script, .from = from});
}

static int64_t number(Stage *stage, uint32_t task, int64_t key) {
    const ScriptEntry *entry = pt_find_int(stage->context, task, pt_hash_int(key), key);
    return entry ? entry->number : -1;
}

static const char *stop_message(Stage *stage) {
    return buf_text(&stage->partition->failure.message);
}

// ---- requests ----

Test(vm_activation, a_request_is_replied_to_once_after_waits) {
    Stage s;
    stage_init(&s);
    request(&s, PLAIN, 1, "a0w0r", &SOMEBODY);
    STEP(&s, .answered = asked[0], .value = 6);
    check_trace("A1w6rA1");
    cr_assert_eq(last_reply.asker, 99);
    cr_assert_eq(last_reply.future, 77);
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, a_request_that_fails_is_answered_with_the_error) {
    Stage s;
    stage_init(&s);
    cr_assert(request(&s, PLAIN, 1, "+ea0x", &SOMEBODY));
    check_trace("+exF3[failed|1]A1");
    cr_assert_str_eq(put_out(&s), "");
    cr_assert_eq(number(&s, PLAIN, 1), 0);
    cr_assert_eq(last_reply.future, 77);
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, what_a_request_has_done_before_it_waited_stays) {
    Stage s;
    stage_init(&s);
    request(&s, PLAIN, 1, "+ea0w0++eex", &SOMEBODY);
    cr_assert_str_eq(put_out(&s), "0 ");
    cr_assert(STEP(&s, .answered = asked[0], .value = 6));
    check_trace("+eA1w6++eexF3[failed|1]A1");
    cr_assert_str_eq(put_out(&s), "");
    cr_assert_eq(number(&s, PLAIN, 1), 1);
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, a_failure_that_nobody_is_told_ends_the_step) {
    Stage s;
    stage_init(&s);
    cr_assert(!request(&s, PLAIN, 1, "+x", &NOBODY));
    cr_assert_str_eq(stop_message(&s), "failed");
    cr_assert(!request(&s, PLAIN, 1, "rx", &SOMEBODY) == false, "its reply is undone");
    check_trace("+xrxF3[failed|1]A1");
    request(&s, PLAIN, 1, "ra0w0x", &SOMEBODY);
    cr_assert(!STEP(&s, .answered = asked[0], .value = 1));
    cr_assert(!start(&s, PLAIN, 1, "+ex"));
    cr_assert_eq(number(&s, PLAIN, 1), 0);
    stage_free(&s);
}

Test(vm_activation, a_failed_continuation_is_dropped_where_the_run_goes_on) {
    Stage s;
    stage_init(&s);
    s.scene.runtime->workflows[0].goes_on = true;
    start(&s, EXCLUSIVE, 1, "+a0w0+ex");
    start(&s, EXCLUSIVE, 1, "e");
    check_trace("+");
    cr_assert(STEP(&s, .answered = asked[0], .value = 1));
    check_trace("w1+exe");
    cr_assert_eq(number(&s, EXCLUSIVE, 1), 1);
    const char *said = fake_text(&s.scene.fake, ENV_STDERR);
    cr_assert(strstr(said, "warning: failed") && strstr(said, "what waited is dropped"), "%s", said);
    cr_assert(!start(&s, EXCLUSIVE, 1, "+x"));
    check_empty(&s);
    stage_free(&s);
}

// ---- errors that come ----

Test(vm_activation, an_error_that_is_awaited_is_raised_or_taken) {
    Stage s;
    stage_init(&s);
    request(&s, PLAIN, 1, "a0t0r", &SOMEBODY);
    request(&s, PLAIN, 2, "a0w0r", &SOMEBODY);
    trace.length = 0;
    STEP(&s, .answered = asked[0], .failed = true);
    STEP(&s, .answered = asked[1], .failed = true);
    check_trace("[refused|]rA1F3[refused (from else:1:2)|2]A2");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, a_spawn_that_fails_tells_who_awaits_it) {
    Stage s;
    stage_init(&s);
    scripts[1] = "+a0w0++x";
    start(&s, PLAIN, 1, "+s01t0e");
    STEP(&s, .answered = asked[0], .value = 3);
    check_trace("++A1w3++x[failed|1]eA1");
    cr_assert_eq(number(&s, PLAIN, 1), 2);
    scripts[1] = "x";
    cr_assert(start(&s, PLAIN, 1, "s01"));
    check_trace("xA1");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, memory_that_a_segment_has_used_up_is_free_behind_it) {
    Stage s;
    stage_init(&s);
    for (int i = 0; i < 3; i++) cr_assert(request(&s, PLAIN, 1, "+m", &SOMEBODY));
    cr_assert(strstr(traced(), "F3[the atom needs more than 4194304 bytes of memory|1]"));
    trace.length = 0;
    check_empty(&s);
    stage_free(&s);
}

// ---- `on error` ----

Test(vm_activation, on_error_replaces_the_segment_that_failed) {
    Stage s;
    stage_init(&s);
    cr_assert(start(&s, WITH_ERROR, 4, "+ex"));
    cr_assert_str_eq(put_out(&s), "-4 ");
    start(&s, WITH_ERROR, 5, "+ea0w0ep1S1+x");
    cr_assert_str_eq(put_out(&s), "0 ");
    trace.length = 0;
    cr_assert(STEP(&s, .answered = asked[0], .value = 9));
    cr_assert_str_eq(put_out(&s), "-5 ");
    check_trace("w9e+xE11[failed]");
    cr_assert_eq(number(&s, WITH_ERROR, 4), 0);
    cr_assert_eq(number(&s, WITH_ERROR, 5), 1);
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, a_segment_that_fails_leaves_other_futures_as_they_were) {
    Stage s;
    stage_init(&s);
    scripts[1] = "e";
    start(&s, WITH_ERROR, 1, "p0S0w0+");
    start(&s, WITH_ERROR, 1, "L0c0s11a2y2S2x");
    check_trace("xE11[failed]");
    cr_assert_eq(cells_count(s.cells), 1);
    start(&s, WITH_ERROR, 1, "L0c0S1");
    check_trace("w7+");
    check_empty(&s);
    stage_free(&s);
}

// ---- exclusive keys ----

Test(vm_activation, an_exclusive_key_waits_in_order) {
    Stage s;
    stage_init(&s);
    start(&s, EXCLUSIVE, 1, "+a0w0e");
    start(&s, EXCLUSIVE, 1, "+e");
    request(&s, EXCLUSIVE, 1, "a0w0r", &SOMEBODY);
    start(&s, EXCLUSIVE, 1, "+");
    start(&s, EXCLUSIVE, 2, "e");
    check_trace("+e");
    cr_assert_eq(cells_count(s.cells), 4);
    STEP(&s, .answered = asked[0], .value = 5);
    check_trace("w5e+e");
    cr_assert_str_eq(put_out(&s), "5 0 ");
    cr_assert_eq(number(&s, EXCLUSIVE, 1), 2);
    STEP(&s, .answered = asked[1], .value = 6);
    check_trace("w6r+");
    start(&s, EXCLUSIVE, 1, "+");
    check_trace("+");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, an_exclusive_key_waits_for_what_was_spawned) {
    Stage s;
    stage_init(&s);
    scripts[1] = "a0w0";
    start(&s, EXCLUSIVE, 1, "s01+");
    start(&s, EXCLUSIVE, 1, "e");
    check_trace("+");
    STEP(&s, .answered = asked[0], .value = 5);
    check_trace("w5e");
    scripts[1] = "s02";
    scripts[2] = "e";
    start(&s, EXCLUSIVE, 1, "s01+s01");
    check_trace("+ee");
    start(&s, EXCLUSIVE, 1, "+");
    check_trace("+");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, a_queue_is_undone_with_its_step) {
    Stage s;
    stage_init(&s);
    start(&s, EXCLUSIVE, 1, "a0w0+");
    start(&s, EXCLUSIVE, 1, "e");
    uint64_t blocks = s.partition->heap.live_blocks;
    STEP(&s, .task = EXCLUSIVE, .key = 1, .script = "x", .undo = true);
    STEP(&s, .answered = asked[0], .value = 5, .undo = true);
    cr_assert_eq(cells_count(s.cells), 2);
    cr_assert_eq(s.partition->heap.live_blocks, blocks);
    trace.length = 0;
    STEP(&s, .answered = asked[0], .value = 5);
    check_trace("w5+e");
    check_empty(&s);
    stage_free(&s);
}

static PtAddress asks_from(Stage *s, int64_t key, int64_t future) {
    (void)s;
    return (PtAddress){13, (int64_t)pt_hash_int(key), future};
}

Test(vm_activation, an_exclusive_key_that_asks_itself_gets_an_error) {
    Stage s;
    stage_init(&s);
    start(&s, EXCLUSIVE, 1, "a0w0");
    PtAddress self = asks_from(&s, 1, asked[0]);
    request(&s, EXCLUSIVE, 1, "r", &self);
    check_trace("F3[the exclusive key asks itself: the request would wait for what waits for its reply|1]");
    STEP(&s, .answered = asked[0], .value = 5);
    check_trace("w5");
    check_empty(&s);
    stage_free(&s);
}

Test(vm_activation, an_exclusive_key_cannot_wait_for_what_is_behind_itself) {
    Stage s;
    stage_init(&s);
    start(&s, EXCLUSIVE, 1, "a0a1w1t0");
    PtAddress self = asks_from(&s, 1, asked[0]);
    request(&s, EXCLUSIVE, 1, "r", &self);
    check_trace("");
    cr_assert(!STEP(&s, .answered = asked[1], .value = 5));
    cr_assert_str_eq(stop_message(&s), "the exclusive key waits for its own reply: the request is behind what runs now");
    stage_free(&s);
}
