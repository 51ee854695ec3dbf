// Damage: each byte of each file of a directory changed, each file cut off at each length. Recovery says the truth, or that it
// cannot.
#include "tests/unit/store_directory.h"

enum { EPOCHS = 14, SNAPSHOT_EPOCH = 6, SEGMENT_SIZE = 16384, BLOCK = 4096 };

typedef struct Directory {
    Scratch scratch;
    char *states[EPOCHS + 1];

} Directory;

static void items_of(uint64_t epoch, char out[64]) {
    snprintf(out, 64, "a=%lu k%lu=%lu k%lu-", (unsigned long)epoch, (unsigned long)epoch, (unsigned long)(epoch * epoch),
             (unsigned long)(epoch / 2));
}

static char *state_at(uint64_t epoch) {
    State state = {0};
    for (uint64_t e = 1; e <= epoch; e++) {
        char items[64];
        Buf body = {0};
        items_of(e, items);
        put_items(&body, items);
        StoreBytes rest = bytes_of_buf(&body);
        for (StoreItem item; store_next_item(&rest, &item);) state_apply(&state, &item);
        buf_free(&body);
    }
    Buf text = {0};
    state_print(&state, &text);
    char *result = strdup(buf_text(&text));
    buf_free(&text);
    state_free(&state);
    return result;
}

// A snapshot of 6 epochs, and 8 more in two segments.
static Directory directory_new(void) {
    Directory directory = {.scratch = scratch_new()};
    Store *store = new_store(&directory.scratch);
    for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++) {
        char items[64];
        items_of(epoch, items);
        commit(store, epoch, items);
        if (epoch == SNAPSHOT_EPOCH) snapshot_now(store);
    }
    store->close(store);
    for (uint64_t epoch = 0; epoch <= EPOCHS; epoch++) directory.states[epoch] = state_at(epoch);
    check_content(&directory.scratch, EPOCHS, directory.states[EPOCHS]);
    return directory;
}

static void directory_free(Directory *directory) {
    for (uint64_t epoch = 0; epoch <= EPOCHS; epoch++) free(directory->states[epoch]);
    scratch_free(&directory->scratch);
}

// What recovery makes of it.
typedef struct Outcome {
    int code;
    uint64_t epoch;
    bool has_notice;
    int verify_code;
    char message[256];
} Outcome;

// What recovery finds is right, if it finds anything.
static Outcome recover_as_it_is(const Directory *directory, StoreAccess access) {
    Outcome outcome = {0};
    Store *store = NULL;
    Buf message = {0}, text = {0};
    outcome.code = outcome.verify_code = try_open(&directory->scratch, access, &store, &message);
    if (store) {
        outcome.verify_code = store_log_verify(store);
        outcome.code = recover_text(store, &outcome.epoch, &text);
        outcome.has_notice = store_log_notice(store)[0] != '\0';
        if (outcome.code) buf_puts(&message, store->message(store));
    }
    snprintf(outcome.message, sizeof outcome.message, "%s", buf_text(&message));
    cr_assert_eq(outcome.code != 0, message.length > 0);
    if (!outcome.code) {
        cr_assert_leq(outcome.epoch, EPOCHS);
        cr_assert_str_eq(buf_text(&text), directory->states[outcome.epoch]);
    }
    if (store) store->close(store);
    buf_free(&message);
    buf_free(&text);
    return outcome;
}

// Bytes of a file that mean something; of what is between them only some are tried.
static bool is_worth_trying(const char *name, const Buf *bytes, size_t offset) {
    return strncmp(name, "log-", 4) != 0 || bytes->data[offset] || offset % BLOCK < 64 || offset % 101 == 0;
}

typedef void Judge(const Directory *directory, const char *name, size_t offset, const Outcome *outcome);

static size_t flip_all(const Directory *directory, const char *name, Judge *judge) {
    Buf bytes = read_file(&directory->scratch, name);
    size_t tried = 0;
    for (size_t offset = 0; offset < bytes.length; offset++) {
        if (!is_worth_trying(name, &bytes, offset)) continue;
        flip_byte(&directory->scratch, name, offset);
        Outcome outcome = recover_as_it_is(directory, STORE_READ);
        judge(directory, name, offset, &outcome);
        flip_byte(&directory->scratch, name, offset);
        tried++;
    }
    buf_free(&bytes);
    return tried;
}

static void truncate_all(const Directory *directory, const char *name, size_t step, Judge *judge) {
    Buf bytes = read_file(&directory->scratch, name);
    for (size_t size = 0; size < bytes.length; size += step) {
        truncate_file(&directory->scratch, name, size);
        Outcome outcome = recover_as_it_is(directory, STORE_READ);
        judge(directory, name, size, &outcome);
        write_file(&directory->scratch, name, bytes.data, bytes.length);
    }
    buf_free(&bytes);
}

// ---- judges ----

static void judge_refused(const Directory *directory, const char *name, size_t offset, const Outcome *outcome) {
    (void)directory;
    cr_assert(outcome->code && outcome->verify_code, "%s, offset %zu", name, offset);
}

static void judge_noticed(const Directory *directory, const char *name, size_t offset, const Outcome *outcome) {
    (void)directory;
    cr_assert(!outcome->code && outcome->epoch == EPOCHS && outcome->has_notice && outcome->verify_code, "%s, offset %zu: %s",
              name, offset, outcome->message);
}

// All of it is covered by the anchor: what has been damaged is refused, and what has not is all there.
static void judge_log(const Directory *directory, const char *name, size_t offset, const Outcome *outcome) {
    (void)directory;
    if (!outcome->code) {
        cr_assert(outcome->epoch == EPOCHS && !outcome->has_notice && !outcome->verify_code, "%s, offset %zu", name, offset);
        cr_assert(offset % BLOCK >= 64 || offset / BLOCK >= 4, "%s, offset %zu", name, offset);
    } else {
        check_says(outcome->message, "segment ");
        check_says(outcome->message, ", offset ");
        check_says(outcome->message, ": the record of epoch ");
    }
}

// Without the anchor the last record may be lost, but with a word about it unless nothing shows that it was there.
static void judge_log_alone(const Directory *directory, const char *name, size_t offset, const Outcome *outcome) {
    (void)directory, (void)name, (void)offset;
    if (!outcome->code) cr_assert_geq(outcome->epoch, EPOCHS - 1);
}

// Nothing but the anchor tells of records that were cut off.
static void judge_end_alone(const Directory *directory, const char *name, size_t offset, const Outcome *outcome) {
    (void)directory, (void)name;
    cr_assert(!outcome->code && outcome->epoch >= EPOCHS - 4 && outcome->has_notice, "%zu: %s", offset, outcome->message);
}

// ---- tests ----

static const char *const SNAPSHOT = "snapshot-0000000006", *const FIRST = "log-0000000003", *const SECOND = "log-0000000004";

Test(vm_store_damage, every_byte_of_format_and_anchor) {
    Directory directory = directory_new();
    cr_assert_gt(flip_all(&directory, "format", judge_refused), 30);
    cr_assert_eq(flip_all(&directory, "anchor", judge_noticed), 40);
    truncate_all(&directory, "format", 1, judge_refused);
    truncate_all(&directory, "anchor", 1, judge_noticed);
    directory_free(&directory);
}

Test(vm_store_damage, every_byte_of_a_snapshot) {
    Directory directory = directory_new();
    cr_assert_gt(flip_all(&directory, SNAPSHOT, judge_refused), 150);
    truncate_all(&directory, SNAPSHOT, 1, judge_refused);
    directory_free(&directory);
}

Test(vm_store_damage, every_byte_of_the_log) {
    Directory directory = directory_new();
    cr_assert_gt(flip_all(&directory, FIRST, judge_log), 300);
    cr_assert_gt(flip_all(&directory, SECOND, judge_log), 300);
    directory_free(&directory);
}

Test(vm_store_damage, every_length_of_the_log) {
    Directory directory = directory_new();
    truncate_all(&directory, FIRST, 13, judge_log);
    truncate_all(&directory, SECOND, 13, judge_log);
    truncate_all(&directory, FIRST, 512, judge_log);
    truncate_all(&directory, SECOND, 512, judge_log);
    directory_free(&directory);
}

Test(vm_store_damage, the_log_without_its_anchor) {
    Directory directory = directory_new();
    remove_file(&directory.scratch, "anchor");
    flip_all(&directory, FIRST, judge_log_alone);
    flip_all(&directory, SECOND, judge_log_alone);
    truncate_all(&directory, FIRST, 512, judge_log_alone);
    truncate_all(&directory, SECOND, 512, judge_end_alone);
    directory_free(&directory);
}

Test(vm_store_damage, files_that_are_missing) {
    Directory directory = directory_new();
    static const struct {
        const char *name, *says;
    } FILES[] = {{"format", "no `format`"},
                 {SNAPSHOT, "a snapshot is missing, or the segments 1 to 2"},
                 {FIRST, "segment 3 (log-0000000003) is missing"},
                 {SECOND, "segment 4 (log-0000000004) is missing"}};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        Buf bytes = read_file(&directory.scratch, FILES[i].name);
        remove_file(&directory.scratch, FILES[i].name);
        Outcome outcome = recover_as_it_is(&directory, STORE_READ);
        cr_assert(outcome.code);
        check_says(outcome.message, FILES[i].says);
        write_file(&directory.scratch, FILES[i].name, bytes.data, bytes.length);
        buf_free(&bytes);
    }
    check_content(&directory.scratch, EPOCHS, directory.states[EPOCHS]);
    directory_free(&directory);
}

Test(vm_store_damage, segments_of_another_directory_are_not_taken) {
    Directory directory = directory_new(), other = directory_new();
    Buf bytes = read_file(&other.scratch, SECOND);
    write_file(&directory.scratch, SECOND, bytes.data, bytes.length);
    cr_assert(recover_as_it_is(&directory, STORE_READ).code);
    buf_free(&bytes);
    directory_free(&directory);
    directory_free(&other);
}

// A last record that is torn and was never acknowledged: it is dropped, and the log goes on in its place for good.
Test(vm_store_damage, a_torn_record_is_dropped_for_good) {
    Directory directory = directory_new();
    Scratch *scratch = &directory.scratch;
    remove_file(scratch, "anchor");
    flip_byte(scratch, SECOND, 3 * BLOCK + 70); // in the body of the last one
    Store *store = reopen(scratch, STORE_WRITE, EPOCHS - 1, directory.states[EPOCHS - 1]);
    check_says(store_log_notice(store), "the record of epoch 14 was never complete and is dropped");
    store->close(store);
    flip_byte(scratch, SECOND, 3 * BLOCK + 70); // whole again, but for its head
    store = reopen(scratch, STORE_WRITE, EPOCHS - 1, directory.states[EPOCHS - 1]);
    cr_assert_str_eq(store_log_notice(store), "");
    char items[64];
    items_of(EPOCHS, items);
    commit(store, EPOCHS, items);
    store->close(store);
    check_content(scratch, EPOCHS, directory.states[EPOCHS]);
    directory_free(&directory);
}

// Blocks are looked at only when something is looked for in them.
Test(vm_store_damage, a_damaged_block_shows_when_it_is_used) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    Buf body = {0};
    char key[16], value[1000];
    memset(value, 'v', sizeof value);
    for (int i = 0; i < 40; i++) {
        snprintf(key, sizeof key, "k%02d", i);
        store_put_item(&body, STORE_PUT, bytes_of(key), (StoreBytes){value, sizeof value});
    }
    cr_assert_eq(try_append_body(store, 1, bytes_of_buf(&body)), 0);
    sync_to(store, 1);
    snapshot_now(store);
    store->close(store);
    flip_byte(&scratch, "snapshot-0000000001", 20 * 1000);
    store = open_store(&scratch, STORE_WRITE);
    uint64_t epoch;
    StoreBytes found;
    cr_assert_eq(store->recover(store, &(StoreVisitor){.record = keep_body, .user = &body}, &epoch), 0);
    cr_assert_eq(store->get(store, bytes_of("k01"), &found), 0);
    cr_assert_eq(store->get(store, bytes_of("k39"), &found), 0);
    cr_assert_eq(store->get(store, bytes_of("k19"), &found), -EIO);
    check_says(store->message(store), "snapshot 1, offset ");
    check_says(store->message(store), " is damaged");
    // A new snapshot would make it look right.
    commit(store, 2, "k00=1");
    cr_assert_eq(store->snapshot(store), 0);
    int code = 0;
    while (!code) code = store->sync(store, &epoch);
    cr_assert_eq(code, -EIO);
    store->close(store);
    cr_assert(has_file(&scratch, "snapshot-0000000001") && !has_file(&scratch, "snapshot-0000000002"));
    buf_free(&body);
    scratch_free(&scratch);
}
