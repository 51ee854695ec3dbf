// A program with its host in one thread: what is pushed, taken and asked (tests/sim/boxes.portals). Crashes are for `make sim`.
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/env_sim.h"
#include "vm/ask.h"
#include "vm/params.h"
#include "vm/store.h"

extern const PtProgram sim_boxes, sim_boxes_alone; // the second one cannot be asked from outside

typedef struct Stage {
    SimDisk *disk;
    Env *env;
    Store *store;
    Params params;
    Runtime *runtime;
    int phase;
    bool (*act)(struct Stage *stage);
} Stage;

static bool act(void *stage) {
    return ((Stage *)stage)->act(stage);
}

static void begin(Stage *stage, const PtProgram *program, HostOptions options) {
    char *argv[] = {"boxes", "--text=text", "--counts=counts", "--sums=sums", NULL};
    Buf message = {0};
    if (!stage->disk) {
        stage->disk = sim_disk_new();
        sim_disk_put(stage->disk, "text", "a b\n", 4);
        stage->store = store_memory_new(STORE_KEEP_ALL);
    }
    stage->env = sim_env_new(stage->disk, &(SimOptions){.seed = 1});
    cr_assert_eq(params_parse(&stage->params, program, 4, argv, &message), PARAMS_RUN);
    stage->params.options.host = options;
    if (stage->act) stage->params.options.host.quiet = act;
    stage->params.options.host.user = stage;
    stage->runtime = runtime_new(program, stage->env, stage->store, &stage->params.options);
    cr_assert_eq(params_apply(&stage->params, stage->runtime, &message), PARAMS_RUN);
}

static void end_life(Stage *stage) {
    runtime_free(stage->runtime);
    params_free(&stage->params);
    sim_env_free(stage->env);
    stage->phase = 0;
}

static void end(Stage *stage) {
    end_life(stage);
    stage->store->close(stage->store);
    sim_disk_free(stage->disk);
}

static Pushed push(const Stage *stage, uint64_t number, const char *text, Buf *message) {
    return inbox_push_json(inbox_find(stage->runtime, "sales"), number, text, strlen(text), ENV_POLL, message);
}

#define SALE "{\"item\": 1, \"price\": 2, \"note\": \"n\"}"

static void expect_wrong(const Stage *stage, const char *text, const char *message) {
    Buf said = {0};
    cr_assert_eq(push(stage, 9, text, &said), PUSHED_WRONG);
    cr_assert_str_eq(buf_text(&said), message);
    buf_free(&said);
}

// S14.1, S14.2
Test(host, wrong_atoms) {
    Stage stage = {0};
    begin(&stage, &sim_boxes, (HostOptions){0});
    cr_assert(runtime_setup(stage.runtime));
    expect_wrong(&stage, SALE "\n{\"item\": 1}", "line 2, column 1: the field `price` of Sale is missing");
    expect_wrong(&stage, "[" SALE ", 7]", "line 1, column 40: expected an object (Sale), found `7`");
    expect_wrong(&stage, "\xff", "line 1, column 1: invalid UTF-8");
    Inbox *inbox = inbox_find(stage.runtime, "sales");
    int64_t number = 1;
    static const PtDesc integer = {.name = "Int", .kind = PT_INT, .size = 8, .align = 8, .words = 1};
    cr_assert_eq(inbox_push_values(inbox, 9, &integer, &number, 1, ENV_POLL, NULL), PUSHED_WRONG);
    cr_assert_eq(inbox_pushed(inbox), 0);
    cr_assert_eq(push(&stage, 4, "", NULL), PUSHED);
    cr_assert_eq(push(&stage, 4, SALE, NULL), PUSHED_BEFORE);
    cr_assert_eq(push(&stage, 3, SALE, NULL), PUSHED_BEFORE);
    cr_assert_eq(push(&stage, 7, "[" SALE ", " SALE "]", NULL), PUSHED);
    cr_assert_eq(inbox_waiting(inbox), 2);
    cr_assert_eq(inbox_acknowledged(inbox), 0);
    inbox_seal(inbox);
    cr_assert_eq(push(&stage, 8, SALE, NULL), PUSHED_SEALED);
    cr_assert_null(ask_find(stage.runtime, "stock", NULL));
    end(&stage);
}

// Takes one atom a time, and ends when nothing comes any more.
static bool take_slowly(Stage *stage) {
    Outbox *totals = outbox_find(stage->runtime, "totals");
    Inbox *inbox = inbox_find(stage->runtime, "sales");
    cr_assert_leq(outbox_last(totals) - outbox_taken(totals), 1);
    cr_assert_lt(stage->phase++, 100);
    if (outbox_last(totals) > outbox_taken(totals)) {
        outbox_take(totals, outbox_taken(totals) + 1);
    } else if (!inbox_waiting(inbox)) {
        inbox_seal(inbox);
        ask_seal_all(stage->runtime);
    }
    for (size_t i = 0; i < outbox_count(stage->runtime); i++) {
        Outbox *outbox = outbox_at(stage->runtime, i);
        if (outbox != totals) outbox_take(outbox, outbox_last(outbox));
    }
    return true;
}

// S14.9
Test(host, full_boxes) {
    Stage stage = {.act = take_slowly};
    begin(&stage, &sim_boxes, (HostOptions){.max_inbox = 400, .max_outbox = 1});
    cr_assert(runtime_setup(stage.runtime));
    uint64_t number = 1;
    while (push(&stage, number, SALE, NULL) == PUSHED) number++;
    cr_assert(number > 3 && number < 20);
    cr_assert_eq(push(&stage, number, SALE, NULL), PUSHED_FULL);
    cr_assert(runtime_run(stage.runtime), "%s", buf_text(&stage.runtime->failure));
    cr_assert_eq(outbox_last(outbox_find(stage.runtime, "totals")), number); // and what comes at the end
    cr_assert_eq(inbox_acknowledged(inbox_find(stage.runtime, "sales")), number - 1);
    cr_assert(inbox_is_done(inbox_find(stage.runtime, "sales")));
    end(&stage);
}

static bool ask_at_end(Stage *stage) {
    Asker *asker = ask_find(stage->runtime, "tax", NULL);
    Buf reply = {0};
    uint64_t id = 0;
    cr_assert(host_is_quiet(stage->runtime));
    switch (stage->phase++) {
    case 0:
        cr_assert_not(host_only_asks(stage->runtime));
        inbox_seal(inbox_find(stage->runtime, "sales"));
        return true;
    case 1: // all else has ended, and what came of that is there; the replier has not
        cr_assert(host_only_asks(stage->runtime));
        cr_assert_eq(outbox_last(outbox_find(stage->runtime, "totals")), 2);
        cr_assert_eq(outbox_last(outbox_find(stage->runtime, "taxes")), 0);
        cr_assert_eq(ask_json(asker, &id, "2000", 4, ENV_POLL, NULL), PUSHED);
        cr_assert_eq(id, 1);
        return true;
    default:
        cr_assert_eq(ask_reply_json(asker, 1, ENV_POLL, &reply), ANSWER);
        cr_assert_str_eq(buf_text(&reply), "2000001");
        cr_assert_eq(ask_reply_json(asker, 1, ENV_POLL, &reply), ANSWER_NONE);
        buf_free(&reply);
        ask_seal_all(stage->runtime);
        return true;
    }
}

// S14.10, S14.11
Test(host, asks_end) {
    Stage stage = {.act = ask_at_end};
    begin(&stage, &sim_boxes, (HostOptions){0});
    cr_assert(runtime_setup(stage.runtime));
    cr_assert_eq(push(&stage, 1, SALE, NULL), PUSHED);
    cr_assert_eq(ask_count(stage.runtime), 1);
    cr_assert(runtime_run(stage.runtime), "%s", buf_text(&stage.runtime->failure));
    cr_assert_eq(outbox_last(outbox_find(stage.runtime, "taxes")), 1);
    end(&stage);
}

static bool stop(Stage *stage) {
    (void)stage;
    return false;
}

// S14.12, S14.13
Test(host, with_and_without_askers) {
    Stage stage = {.act = stop};
    uint64_t id = 0;
    begin(&stage, &sim_boxes, (HostOptions){0});
    cr_assert(runtime_setup(stage.runtime));
    push(&stage, 1, SALE, NULL);
    cr_assert_eq(ask_json(ask_find(stage.runtime, "tax", NULL), &id, "5", 1, ENV_POLL, NULL), PUSHED);
    runtime_run(stage.runtime);
    end_life(&stage);
    begin(&stage, &sim_boxes_alone, (HostOptions){0});
    cr_assert(runtime_setup(stage.runtime), "%s", buf_text(&stage.runtime->failure));
    cr_assert_eq(inbox_pushed(inbox_find(stage.runtime, "sales")), 1);
    cr_assert_eq(outbox_last(outbox_find(stage.runtime, "totals")), 1);
    push(&stage, 2, SALE, NULL);
    runtime_run(stage.runtime);
    end_life(&stage);
    begin(&stage, &sim_boxes, (HostOptions){0});
    cr_assert(runtime_setup(stage.runtime), "%s", buf_text(&stage.runtime->failure));
    Buf reply = {0};
    cr_assert_eq(ask_next_reply(ask_find(stage.runtime, "tax", NULL)), 1);
    cr_assert_eq(ask_reply_json(ask_find(stage.runtime, "tax", NULL), 1, ENV_POLL, &reply), ANSWER);
    cr_assert_str_eq(buf_text(&reply), "5001");
    buf_free(&reply);
    cr_assert_eq(outbox_last(outbox_find(stage.runtime, "totals")), 2);
    end(&stage);
}

// A request that has been taken, and not been answered.
Test(host, request_under_way) {
    Stage stage = {0};
    uint64_t id = 0;
    begin(&stage, &sim_boxes, (HostOptions){0});
    cr_assert(runtime_setup(stage.runtime));
    Asker *asker = ask_find(stage.runtime, "tax", NULL);
    cr_assert_eq(ask_json(asker, &id, "5", 1, ENV_POLL, NULL), PUSHED);
    while (ask_acknowledged(asker) < id) {
        cr_assert_eq(runtime_turn(stage.runtime, ENV_POLL), TURN_DONE);
        epoch_commit(stage.runtime, EPOCH_WAIT);
    }
    cr_assert_eq(ask_next_reply(asker), 0);
    end_life(&stage);
    begin(&stage, &sim_boxes_alone, (HostOptions){0});
    cr_assert_not(runtime_setup(stage.runtime));
    cr_assert(strstr(buf_text(&stage.runtime->failure), "requests from outside are under way"));
    end(&stage);
}
