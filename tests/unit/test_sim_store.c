// The store on a disk that crashes: lives that end at any I/O step, with what was not synced lost, torn or changed. What was
// acknowledged is there in the next life, and nothing else but what may be.
#include "tests/sim/env_sim.h"
#include "tests/sim/sim_random.h"
#include "tests/unit/store_testing.h"
#include "vm/store_log.h"

enum { SEGMENT_SIZE = 16384, MAX_EPOCHS = 400, KEYS = 8 };

// What the lives have written so far.
typedef struct History {
    SimDisk *disk;
    uint64_t random;
    uint64_t life;
    char *items[MAX_EPOCHS + 1]; // of the epochs, as the last life to write them did
    uint64_t acknowledged;       // the last epoch that was
    uint64_t appended;
    uint64_t limit; // of epochs; 0: MAX_EPOCHS
} History;

static void history_free(History *history) {
    for (size_t i = 0; i <= MAX_EPOCHS; i++) free(history->items[i]);
    sim_disk_free(history->disk);
}

static void print_expected(const History *history, uint64_t epoch, Buf *out) {
    State state = {0};
    for (uint64_t e = 1; e <= epoch; e++) {
        Buf body = {0};
        put_items(&body, history->items[e]);
        StoreBytes rest = bytes_of_buf(&body);
        for (StoreItem item; store_next_item(&rest, &item);) state_apply(&state, &item);
        buf_free(&body);
    }
    state_print(&state, out);
    state_free(&state);
}

// Items of a new epoch; no other life writes the same. Some are large.
static char *make_items(History *history) {
    Buf text = {0};
    for (uint64_t i = sim_below(&history->random, 4); i-- > 0;) {
        buf_printf(&text, "k%u", (unsigned)sim_below(&history->random, KEYS));
        if (sim_below(&history->random, 4) == 0) {
            buf_puts(&text, "- ");
            continue;
        }
        buf_printf(&text, "=%u.%u", (unsigned)history->life, (unsigned)sim_below(&history->random, 1000));
        if (sim_below(&history->random, 6) == 0)
            for (uint64_t x = sim_below(&history->random, 24000); x-- > 0;) buf_putc(&text, 'x');
        buf_putc(&text, ' ');
    }
    if (text.length) text.length--;
    char *result = strdup(buf_text(&text));
    buf_free(&text);
    return result;
}

static int append_next(History *history, Store *store, uint64_t *last) {
    uint64_t epoch = *last + 1;
    free(history->items[epoch]);
    history->items[epoch] = make_items(history);
    if (epoch > history->appended) history->appended = epoch; // also if it fails: perhaps it is there all the same
    int code = try_append(store, epoch, history->items[epoch]);
    if (!code) *last = epoch;
    return code;
}

// Appends, syncs, and sometimes makes a snapshot. *last: the last epoch that was appended.
static int write_one(History *history, Store *store, uint64_t *last) {
    int code = append_next(history, store, last);
    if (!code && sim_below(&history->random, 4) == 0) code = append_next(history, store, last);
    uint64_t epoch = 0;
    if (!code) code = store->sync(store, &epoch);
    if (epoch > history->acknowledged) history->acknowledged = epoch;
    if (!code && (store->is_long(store) || sim_below(&history->random, 20) == 0)) code = store->snapshot(store);
    return code;
}

// After an error it goes on, if it can. (Of what a crash stopped nobody knows whether it is there.)
static int write_some(History *history, const Env *env, Store *store, uint64_t last) {
    int code = 0, errors = 0;
    while (errors < 4 && !sim_env_crashed(env) && last + 3 <= (history->limit ? history->limit : MAX_EPOCHS) &&
           sim_below(&history->random, 60) != 0) {
        int result = write_one(history, store, &last);
        errors += result != 0;
        if (result) code = result;
    }
    return code;
}

static void check_found(const History *history, uint64_t epoch, Buf *text, const char *notice) {
    cr_assert(epoch >= history->acknowledged && epoch <= history->appended, "life %lu: epoch %lu instead of %lu to %lu (%s)",
              (unsigned long)history->life, (unsigned long)epoch, (unsigned long)history->acknowledged,
              (unsigned long)history->appended, notice);
    Buf expected = {0};
    print_expected(history, epoch, &expected);
    cr_assert_str_eq(buf_text(text), buf_text(&expected), "life %lu, epoch %lu", (unsigned long)history->life,
                     (unsigned long)epoch);
    buf_free(&expected);
}

// Recovers and writes. A result other than 0 comes from the env, or is an error of the store.
static int live(History *history, Env *env, Buf *message) {
    StoreLogOptions options = {
        .path = "data", .app = "app", .access = STORE_WRITE, .segment_size = SEGMENT_SIZE, .snapshot_after = 6 * SEGMENT_SIZE};
    Store *store;
    int code = store_log_open(env, &options, &store, message);
    if (code) return code;
    Buf text = {0};
    uint64_t epoch;
    code = recover_text(store, &epoch, &text);
    if (!code) {
        check_found(history, epoch, &text, store_log_notice(store));
        history->acknowledged = history->appended = epoch;
        code = write_some(history, env, store, epoch);
    }
    message->length = 0;
    buf_puts(message, store->message(store));
    store->close(store);
    buf_free(&text);
    return code;
}

// Who only looks sees what the next life will find, and changes nothing.
static void look(const History *history) {
    Env *env = sim_env_new(history->disk, &(SimOptions){.seed = 1});
    uint64_t before = sim_disk_digest(history->disk);
    Store *store;
    Buf message = {0}, text = {0};
    uint64_t epoch;
    if (store_log_open(env, &(StoreLogOptions){.path = "data", .access = STORE_READ}, &store, &message) == 0) {
        cr_assert_eq(recover_text(store, &epoch, &text), 0, "%s", store->message(store));
        check_found(history, epoch, &text, store_log_notice(store));
        int code = store_log_verify(store);
        cr_assert(!code || strstr(store->message(store), "anchor is damaged"), "%s", store->message(store));
        store->close(store);
    } else {
        cr_assert_eq(history->acknowledged, 0, "%s", buf_text(&message));
    }
    cr_assert_eq(sim_disk_digest(history->disk), before);
    sim_env_free(env);
    buf_free(&message);
    buf_free(&text);
}

typedef enum Faults { FAULT_CRASHES, FAULT_ERRORS } Faults;

// Many lives on one disk. All but what the env did must succeed.
static uint64_t run_lives(uint64_t seed, Faults faults, uint64_t lives) {
    History history = {.disk = sim_disk_new(), .random = seed};
    for (history.life = 1; history.life <= lives; history.life++) {
        uint64_t at = 1 + sim_below(&history.random, sim_below(&history.random, 3) ? 60 : 600);
        bool has_error = faults == FAULT_ERRORS && sim_below(&history.random, 3) == 0;
        SimOptions options = {.seed = sim_below(&history.random, UINT64_MAX),
                              .crash_at = has_error ? 0 : at,
                              .fail_at = has_error ? at : 0,
                              .code = sim_coin(&history.random) ? -EIO : -ENOSPC,
                              .short_one_in = sim_coin(&history.random) ? 5 : 0};
        Env *env = sim_env_new(history.disk, &options);
        Buf message = {0};
        int code = live(&history, env, &message);
        bool excused = sim_env_crashed(env) || (has_error && sim_env_steps(env) >= at);
        cr_assert(!code || excused, "seed %lu, life %lu: %s", (unsigned long)seed, (unsigned long)history.life,
                  buf_text(&message));
        buf_free(&message);
        sim_env_free(env);
        if (sim_coin(&history.random)) sim_disk_crash(history.disk, sim_below(&history.random, UINT64_MAX), SIM_MIXED);
        if (sim_below(&history.random, 4) == 0) look(&history);
    }
    uint64_t epochs = history.acknowledged;
    history_free(&history);
    return epochs;
}

Test(sim_store, crashes_lose_nothing) {
    uint64_t epochs = 0;
    for (uint64_t seed = 1; seed <= 300; seed++) epochs += run_lives(seed, FAULT_CRASHES, 20);
    cr_assert_gt(epochs, 10000);
}

Test(sim_store, errors_lose_nothing) {
    uint64_t epochs = 0;
    for (uint64_t seed = 1001; seed <= 1300; seed++) epochs += run_lives(seed, FAULT_ERRORS, 20);
    cr_assert_gt(epochs, 10000);
}

// A life that ends at each of its steps, then one that looks, and one that is told nothing.
static bool crash_at(uint64_t seed, uint64_t step, SimUnsynced unsynced) {
    History history = {.disk = sim_disk_new(), .random = seed, .life = 1, .limit = 40};
    Env *env = sim_env_new(history.disk, &(SimOptions){.seed = seed, .crash_at = step});
    Buf message = {0};
    live(&history, env, &message);
    bool crashed = sim_env_crashed(env);
    sim_env_free(env);
    sim_disk_crash(history.disk, seed + step, unsynced);
    look(&history);
    history.life = 2;
    env = sim_env_new(history.disk, &(SimOptions){.seed = seed});
    message.length = 0;
    cr_assert_eq(live(&history, env, &message), 0, "seed %lu, step %lu: %s", (unsigned long)seed, (unsigned long)step,
                 buf_text(&message));
    sim_env_free(env);
    buf_free(&message);
    history_free(&history);
    return crashed;
}

Test(sim_store, a_crash_at_each_step) {
    static const SimUnsynced UNSYNCED[] = {SIM_KEPT, SIM_DROPPED, SIM_TORN, SIM_CORRUPTED, SIM_MIXED};
    uint64_t steps = 0;
    for (size_t i = 0; i < sizeof UNSYNCED / sizeof *UNSYNCED; i++)
        for (uint64_t seed = 1; seed <= 3; seed++)
            for (uint64_t step = 1; crash_at(seed, step, UNSYNCED[i]); step++) steps++;
    cr_assert_gt(steps, 1000);
}
