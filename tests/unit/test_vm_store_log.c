// The store on disk: what comes back, who may use a directory, what a disk that fails leaves.
#include <pthread.h>
#include <stdatomic.h>

#include "tests/unit/store_bodies.h"
#include "tests/unit/store_directory.h"

static const char *const FIRST_SEGMENT = "log-0000000001";

// ---- what comes back ----

Test(vm_store_log, a_new_directory_is_empty) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    cr_assert_str_eq(store_log_app(store), "app");
    check_value(store, "a", NULL);
    check_scan(store, "", "");
    sync_to(store, 0);
    cr_assert_eq(store->snapshot(store), 0); // of nothing
    store->close(store);
    check_content(&scratch, 0, "");
    scratch_free(&scratch);
}

Test(vm_store_log, epochs_come_back) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1 b=2");
    append(store, 2, "");
    append(store, 3, "a- c!4");
    sync_to(store, 3);
    store->close(store);
    check_content(&scratch, 3, "b=2 c!4");
    store = reopen(&scratch, STORE_WRITE, 3, "b=2 c!4");
    cr_assert_str_eq(store_log_notice(store), "");
    commit(store, 4, "d=5");
    store->close(store);
    check_content(&scratch, 4, "b=2 d=5 c!4");
    scratch_free(&scratch);
}

Test(vm_store_log, a_body_can_come_in_parts_and_be_large) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1");
    Buf parts[3] = {0};
    char *large = memory_new(3 << 20, 1);
    memset(large, 'x', 3 << 20);
    store_put_item(&parts[0], STORE_PUT, bytes_of("large"), (StoreBytes){large, 3 << 20});
    put_items(&parts[2], "z=1");
    StoreBytes bytes[] = {bytes_of_buf(&parts[0]), bytes_of_buf(&parts[1]), bytes_of_buf(&parts[2])};
    cr_assert_eq(store->append(store, &(StoreRecord){2, bytes, 3}), 0);
    sync_to(store, 2);
    commit(store, 3, "a=2");
    store->close(store);
    Buf expected = {0};
    buf_printf(&expected, "a=2 large=%.*s z=1", 3 << 20, large);
    check_content(&scratch, 3, buf_text(&expected));
    store = reopen(&scratch, STORE_WRITE, 3, buf_text(&expected));
    snapshot_now(store);
    store->close(store);
    check_content(&scratch, 3, buf_text(&expected));
    for (int i = 0; i < 3; i++) buf_free(&parts[i]);
    buf_free(&expected);
    free(large);
    scratch_free(&scratch);
}

Test(vm_store_log, epochs_that_do_not_follow_are_refused) {
    Scratch scratch = scratch_new();
    Store *store = open_store(&scratch, STORE_WRITE);
    cr_assert_eq(try_append(store, 1, ""), -EINVAL); // not recovered
    check_recovers(store, 0, "");
    cr_assert_eq(try_append(store, 2, ""), -EINVAL);
    commit(store, 1, "a=1");
    uint64_t epoch;
    cr_assert_eq(store->recover(store, &(StoreVisitor){0}, &epoch), -EINVAL); // once
    store->close(store);
    store = reopen(&scratch, STORE_READ, 1, "a=1");
    cr_assert_eq(try_append(store, 2, ""), -EBADF);
    store->close(store);
    scratch_free(&scratch);
}

Test(vm_store_log, segments_follow_one_another) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    for (uint64_t epoch = 1; epoch <= 20; epoch++) commit(store, epoch, epoch % 2 ? "a=1 b=2" : "a=3 c=4");
    store->close(store);
    cr_assert(has_file(&scratch, FIRST_SEGMENT) && has_file(&scratch, "log-0000000005"));
    check_content(&scratch, 20, "a=3 b=2 c=4");
    store = reopen(&scratch, STORE_WRITE, 20, "a=3 b=2 c=4");
    commit(store, 21, "d=1");
    store->close(store);
    check_content(&scratch, 21, "a=3 b=2 c=4 d=1");
    scratch_free(&scratch);
}

// ---- snapshots ----

Test(vm_store_log, a_snapshot_takes_the_place_of_the_log) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1 b=2 once!1");
    commit(store, 2, "a=3 c=4 gone=5 c!6"); // what comes once replaces nothing
    commit(store, 3, "gone- once!2");
    snapshot_now(store);
    check_value(store, "a", NULL); // recovery has not found it
    commit(store, 4, "a=6 once!3");
    store->close(store);
    cr_assert(has_file(&scratch, "snapshot-0000000003"));
    check_content(&scratch, 4, "a=6 b=2 c=4 once!3");
    store = reopen(&scratch, STORE_WRITE, 4, "a=6 b=2 c=4 once!3");
    check_value(store, "a", "3");
    check_value(store, "gone", NULL);
    check_value(store, "once", NULL);
    commit(store, 5, "b- e=7");
    snapshot_now(store);
    check_value(store, "b", "2"); // what recovery found stays
    check_value(store, "e", NULL);
    store->close(store);
    cr_assert(!has_file(&scratch, "snapshot-0000000003"));
    check_content(&scratch, 5, "a=6 c=4 e=7");
    scratch_free(&scratch);
}

Test(vm_store_log, a_snapshot_can_be_of_nothing) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1");
    commit(store, 2, "a-");
    snapshot_now(store);
    store->close(store);
    check_content(&scratch, 2, "");
    store = reopen(&scratch, STORE_WRITE, 2, "");
    check_value(store, "a", NULL);
    check_scan(store, "", "");
    commit(store, 3, "a=2");
    store->close(store);
    check_content(&scratch, 3, "a=2");
    scratch_free(&scratch);
}

Test(vm_store_log, a_snapshot_has_only_what_is_durable) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1 once!1");
    append(store, 2, "b=2 once!2");
    cr_assert_eq(store->snapshot(store), 0);
    append(store, 3, "c=3");
    sync_to(store, 3);
    store->close(store); // waits for it
    cr_assert(has_file(&scratch, "snapshot-0000000001"));
    check_content(&scratch, 3, "a=1 b=2 c=3 once!2");
    scratch_free(&scratch);
}

enum { MANY = 5000 };

static void name_key(char key[16], int i) {
    snprintf(key, 16, "k%05d", i);
}

// So many keys that there are many blocks; values of different lengths, some longer than a block.
static Store *store_many(const Scratch *scratch) {
    Store *store = new_store(scratch);
    Buf body = {0};
    char key[16], *value = memory_new(10000, 1);
    memset(value, 'v', 10000);
    for (int i = 0; i < MANY; i++) {
        name_key(key, i * 7919 % MANY * 2);
        store_put_item(&body, STORE_PUT, bytes_of(key), (StoreBytes){value, i % 500 == 0 ? 10000 : (size_t)i % 60});
    }
    cr_assert_eq(try_append_body(store, 1, bytes_of_buf(&body)), 0);
    sync_to(store, 1);
    snapshot_now(store);
    store->close(store);
    buf_free(&body);
    free(value);
    return open_store(scratch, STORE_READ);
}

static int count_value(void *user, StoreBytes key, StoreBytes value) {
    (void)value;
    char expected[16];
    size_t *count = user;
    name_key(expected, (int)*count * 2);
    ++*count;
    return key.size == 6 && !memcmp(key.data, expected, 6) ? 0 : -EPROTO;
}

static int stop_at(void *user, StoreBytes key, StoreBytes value) {
    (void)key, (void)value;
    return --*(int *)user ? 0 : 7;
}

Test(vm_store_log, values_are_found_in_many_blocks) {
    Scratch scratch = scratch_new();
    scratch.segment_size = 1 << 20;
    Store *store = store_many(&scratch);
    uint64_t epoch;
    Buf text = {0};
    cr_assert_eq(recover_text(store, &epoch, &text), 0);
    char key[16];
    for (int i = 0; i < 2 * MANY; i++) {
        StoreBytes value;
        name_key(key, i);
        cr_assert_eq(store->get(store, bytes_of(key), &value), i % 2 ? -ENOENT : 0, "%s", key);
    }
    check_value(store, "", NULL);
    check_value(store, "a", NULL);
    check_value(store, "z", NULL);
    size_t count = 0;
    cr_assert_eq(store->scan(store, bytes_of("k"), count_value, &count), 0);
    cr_assert_eq(count, MANY);
    int left = 10;
    cr_assert_eq(store->scan(store, bytes_of("k0012"), stop_at, &left), 0); // k00120, 2, 4, 6, 8
    cr_assert_eq(left, 5);
    cr_assert_eq(store->scan(store, bytes_of("k"), stop_at, &left), 7);
    check_scan(store, "a", "");
    check_scan(store, "z", "");
    cr_assert_eq(store_log_verify(store), 0);
    buf_free(&text);
    store->close(store);
    scratch_free(&scratch);
}

Test(vm_store_log, several_threads_can_look) {
    Scratch scratch = scratch_new();
    cr_assert_eq(run_store(scratch.env, scratch.path), 0);
    scratch_free(&scratch);
}

Test(vm_store_log, the_log_does_not_grow_for_ever) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    uint64_t most = 0;
    char items[64];
    for (uint64_t epoch = 1; epoch <= 3000; epoch++) {
        snprintf(items, sizeof items, "a=%lu k%lu=%lu", (unsigned long)epoch, (unsigned long)(epoch % 100), (unsigned long)epoch);
        commit(store, epoch, items);
        if (store->is_long(store)) cr_assert_eq(store->snapshot(store), 0);
        uint64_t use = disk_use(&scratch);
        if (use > most) most = use;
        if (epoch % 500) continue;
        store->close(store); // a life is not long
        store = open_store(&scratch, STORE_WRITE);
        uint64_t found;
        cr_assert_eq(store->recover(store, &(StoreVisitor){.record = skip_body}, &found), 0);
        cr_assert_eq(found, epoch);
    }
    store->close(store);
    // What is due is 8 segments; it may be logged 4 times more until a snapshot is waited for. Spares, snapshots, and the next
    // segment.
    cr_assert_lt(most, (8 * 6 + 4 + 4) * scratch.segment_size);
    scratch_free(&scratch);
}

// Lives in which there is time for one epoch.
Test(vm_store_log, short_lives_do_not_grow_the_log) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    store->close(store);
    for (uint64_t epoch = 1; epoch <= 200; epoch++) {
        store = open_store(&scratch, STORE_WRITE);
        uint64_t found;
        cr_assert_eq(store->recover(store, &(StoreVisitor){.record = skip_body}, &found), 0);
        cr_assert_eq(found, epoch - 1);
        commit(store, epoch, "a=1");
        if (store->is_long(store)) cr_assert_eq(store->snapshot(store), 0);
        store->close(store);
    }
    cr_assert_lt(disk_use(&scratch), 16 * scratch.segment_size);
    scratch_free(&scratch);
}

static int look_at_a(void *user) {
    Store *store = user;
    StoreBytes value;
    return store->get(store, bytes_of("a"), &value) ? -EPROTO : 0;
}

static int expect_begun(void *user, uint64_t epoch, StoreBytes body) {
    (void)epoch, (void)body;
    return look_at_a(user);
}

Test(vm_store_log, the_snapshot_comes_before_the_records) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1");
    snapshot_now(store);
    commit(store, 2, "b=1");
    store->close(store);
    for (int access = STORE_WRITE; access <= STORE_READ; access++) {
        uint64_t epoch;
        store = open_store(&scratch, (StoreAccess)access);
        cr_assert_eq(store->recover(store, &(StoreVisitor){.record = expect_begun, .begin = look_at_a, .user = store}, &epoch),
                     0);
        cr_assert_eq(epoch, 2);
        store->close(store);
    }
    scratch_free(&scratch);
}

// ---- the bytes, as spec/storage.md has them ----

static uint64_t number_at(const Buf *bytes, size_t offset, size_t size) {
    cr_assert_leq(offset + size, bytes->length);
    uint64_t number = 0;
    for (size_t i = size; i-- > 0;) number = number << 8 | (unsigned char)bytes->data[offset + i];
    return number;
}

static void check_checksum(const Buf *bytes, size_t offset, size_t from, size_t to) {
    cr_assert_eq(number_at(bytes, offset, 8), hash_bytes(bytes->data + from, to - from));
}

static void check_magic(const Buf *bytes, size_t offset, const char *magic, uint64_t identity) {
    cr_assert(!memcmp(bytes->data + offset, magic, 8));
    cr_assert_eq(number_at(bytes, offset + (strcmp(magic, "PtFormat") ? 8 : 16), 8), identity);
}

static void check_snapshot_bytes(const Buf *snapshot, uint64_t identity) {
    static const char ITEMS[] = "\x04\0\0\0\x01\0\0\0a1\x08\0\0\0\x02\0\0\0bb22";
    size_t end = sizeof ITEMS - 1, index = 24, keys = index + 2 * 24, footer = keys + 1;
    cr_assert(!memcmp(snapshot->data, ITEMS, end));
    cr_assert_eq(number_at(snapshot, index, 8), 0);
    check_checksum(snapshot, index + 8, 0, end);
    cr_assert_eq(number_at(snapshot, index + 24, 8), end);
    cr_assert_eq(number_at(snapshot, index + 24 + 16, 8), 1);
    cr_assert_eq(snapshot->data[keys], 'a');
    check_magic(snapshot, footer, "PtSnapsh", identity);
    static const uint64_t NUMBERS[] = {1, 2, 2, 1, 24}; // epoch, segment, items, blocks, index
    for (size_t i = 0; i < 5; i++) cr_assert_eq(number_at(snapshot, footer + 16 + 8 * i, 8), NUMBERS[i]);
    check_checksum(snapshot, footer + 56, end, footer);
    check_checksum(snapshot, footer + 64, footer, footer + 64);
    cr_assert_eq(snapshot->length, footer + 72);
}

Test(vm_store_log, files_have_the_documented_bytes) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1 bb=22");
    snapshot_now(store);
    commit(store, 2, "");
    commit(store, 3, "c-");
    store->close(store);
    Buf format = read_file(&scratch, "format"), anchor = read_file(&scratch, "anchor");
    Buf log = read_file(&scratch, "log-0000000002"), snapshot = read_file(&scratch, "snapshot-0000000001");
    uint64_t identity = number_at(&format, 16, 8);
    check_magic(&format, 0, "PtFormat", identity);
    cr_assert(number_at(&format, 8, 4) == 1 && number_at(&format, 12, 4) == 3 && !memcmp(format.data + 24, "app", 3));
    check_checksum(&format, 27, 0, 27);
    cr_assert_eq(format.length, 35);
    check_magic(&anchor, 0, "PtAnchor", identity);
    cr_assert(number_at(&anchor, 16, 8) == 3 && number_at(&anchor, 24, 8) == 2);
    check_checksum(&anchor, 32, 0, 32);
    check_magic(&log, 4096, "PtRecord", identity);  // the second record
    static const uint64_t NUMBERS[] = {2, 3, 2, 9}; // segment, epoch, acknowledged, size
    for (size_t i = 0; i < 4; i++) cr_assert_eq(number_at(&log, 4096 + 16 + 8 * i, 8), NUMBERS[i]);
    check_checksum(&log, 4096 + 48, 4096 + 64, 4096 + 64 + 9);
    check_checksum(&log, 4096 + 56, 4096, 4096 + 56);
    cr_assert(!memcmp(log.data + 4096 + 64, "\x05\0\0\0\0\0\0\0c", 9));
    check_snapshot_bytes(&snapshot, identity);
    buf_free(&format);
    buf_free(&anchor);
    buf_free(&log);
    buf_free(&snapshot);
    scratch_free(&scratch);
}

// ---- who may use it ----

Test(vm_store_log, one_run_at_a_time) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1");
    check_refused(&scratch, STORE_WRITE, -EBUSY, "in use by another process or instance");
    check_content(&scratch, 1, "a=1");
    store->close(store);
    store = reopen(&scratch, STORE_WRITE, 1, "a=1");
    store->close(store);
    scratch_free(&scratch);
}

Test(vm_store_log, a_directory_belongs_to_an_app) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1");
    store->close(store);
    Buf message = {0};
    StoreLogOptions other = {.path = scratch.path, .app = "other", .access = STORE_WRITE};
    cr_assert_eq(store_log_open(scratch.env, &other, &store, &message), -EINVAL);
    check_says(buf_text(&message), "belongs to the app app, not to other");
    buf_free(&message);
    StoreLogOptions any = {.path = scratch.path, .access = STORE_READ};
    cr_assert_eq(store_log_open(scratch.env, &any, &store, &message), 0);
    cr_assert_str_eq(store_log_app(store), "app");
    store->close(store);
    check_content(&scratch, 1, "a=1");
    scratch_free(&scratch);
}

Test(vm_store_log, not_a_data_directory) {
    Scratch scratch = scratch_new();
    check_refused(&scratch, STORE_READ, -ENOENT, "No such file");
    mkdir(scratch.path, 0777);
    check_refused(&scratch, STORE_READ, -ENOENT, "is empty");
    write_file(&scratch, "letter.txt", "Dear", 4);
    check_refused(&scratch, STORE_READ, -EINVAL, "is not a data directory");
    check_refused(&scratch, STORE_WRITE, -EINVAL, "is not a data directory");
    cr_assert(!has_file(&scratch, "lock"));
    remove_file(&scratch, "letter.txt");
    write_file(&scratch, "format", "something else that is long enough", 34);
    check_refused(&scratch, STORE_WRITE, -EINVAL, "is not a data directory");
    remove_tree(scratch.path);
    FILE *file = fopen(scratch.path, "w");
    fclose(file);
    check_refused(&scratch, STORE_WRITE, -ENOTDIR, "cannot make the directory");
    scratch_free(&scratch);
}

Test(vm_store_log, a_newer_format_is_refused) {
    Scratch scratch = scratch_new();
    Store *store = new_store(&scratch);
    store->close(store);
    Buf format = read_file(&scratch, "format");
    format.data[8] = 2;
    uint64_t checksum = hash_bytes(format.data, format.length - 8);
    memcpy(format.data + format.length - 8, &checksum, 8);
    write_file(&scratch, "format", format.data, format.length);
    check_refused(&scratch, STORE_WRITE, -ENOTSUP, "has format 2, but this program knows only format 1");
    check_refused(&scratch, STORE_READ, -ENOTSUP, "use a newer version");
    buf_free(&format);
    scratch_free(&scratch);
}

Test(vm_store_log, what_was_begun_is_removed) {
    Scratch scratch = scratch_new();
    mkdir(scratch.path, 0777);
    write_file(&scratch, "lock", "", 0);
    write_file(&scratch, "format.tmp", "PtF", 3);
    Store *store = new_store(&scratch);
    commit(store, 1, "a=1");
    snapshot_now(store);
    store->close(store);
    write_file(&scratch, "snapshot.tmp", "half of it", 10);
    write_file(&scratch, "snapshot-0000000000", "older", 5);
    store = reopen(&scratch, STORE_WRITE, 1, "a=1");
    cr_assert(!has_file(&scratch, "snapshot.tmp") && !has_file(&scratch, "snapshot-0000000000"));
    store->close(store);
    scratch_free(&scratch);
}

// ---- reading beside a writer ----

typedef struct Writing {
    Store *store;
    _Atomic bool stop;
    _Atomic uint64_t durable, snapshots;
    int code; // of the writer, once it has ended
} Writing;

static int write_epoch(Store *store, uint64_t epoch) {
    char items[64];
    snprintf(items, sizeof items, "a=%lu b%lu=%lu", (unsigned long)epoch, (unsigned long)(epoch % 10), (unsigned long)epoch);
    uint64_t durable;
    int code = try_append(store, epoch, items);
    if (!code) code = store->sync(store, &durable);
    return !code && store->is_long(store) ? store->snapshot(store) : code;
}

static void *write_on(void *user) {
    Writing *writing = user;
    for (uint64_t epoch = 1; !writing->code && !atomic_load(&writing->stop); epoch++) {
        writing->code = write_epoch(writing->store, epoch);
        atomic_store(&writing->durable, epoch);
        atomic_store(&writing->snapshots, writing->store->stats(writing->store).snapshots);
    }
    return NULL;
}

// Nothing but the values that belong to the epoch.
static void check_written(uint64_t epoch, const char *text) {
    Buf expected = {0};
    if (epoch) buf_printf(&expected, "a=%lu", (unsigned long)epoch);
    for (uint64_t i = 0; i < 10; i++) {
        uint64_t last = epoch - (epoch + 10 - i) % 10;
        if (last >= 1 && last <= epoch) buf_printf(&expected, " b%lu=%lu", (unsigned long)i, (unsigned long)last);
    }
    cr_assert_str_eq(text, buf_text(&expected));
    buf_free(&expected);
}

Test(vm_store_log, readers_see_whole_epochs_while_a_run_writes) {
    Scratch scratch = scratch_new();
    Writing writing = {.store = new_store(&scratch)};
    pthread_t thread;
    pthread_create(&thread, NULL, write_on, &writing);
    for (int i = 0; i < 300 || atomic_load(&writing.snapshots) < 10; i++) {
        uint64_t durable = atomic_load(&writing.durable), epoch;
        Store *store = open_store(&scratch, STORE_READ);
        Buf text = {0};
        cr_assert_eq(recover_text(store, &epoch, &text), 0, "%s", store->message(store));
        cr_assert_geq(epoch, durable);
        check_written(epoch, buf_text(&text));
        buf_free(&text);
        store->close(store);
    }
    atomic_store(&writing.stop, true);
    pthread_join(thread, NULL);
    cr_assert_eq(writing.code, 0);
    writing.store->close(writing.store);
    scratch_free(&scratch);
}

// ---- a disk that fails ----

// Wraps the real env: calls fail when they are told to.
typedef struct FailingEnv {
    Env env;
    Env *real;
    int allocate_code, sync_code, write_code;
    int writes_left; // that fail
} FailingEnv;

static int failing_allocate(Env *env, int file, uint64_t size) {
    FailingEnv *failing = (FailingEnv *)env;
    return failing->allocate_code ? failing->allocate_code : failing->real->allocate(failing->real, file, size);
}

static int failing_sync(Env *env, int file) {
    FailingEnv *failing = (FailingEnv *)env;
    return failing->sync_code ? failing->sync_code : failing->real->sync(failing->real, file);
}

static int64_t failing_write_at(Env *env, int file, const void *bytes, size_t size, uint64_t offset) {
    FailingEnv *failing = (FailingEnv *)env;
    if (failing->write_code && failing->writes_left-- > 0) return failing->write_code;
    return failing->real->write_at(failing->real, file, bytes, size, offset);
}

static FailingEnv fail_env(Env *real) {
    FailingEnv failing = {.env = *real, .real = real};
    failing.env.allocate = failing_allocate;
    failing.env.sync = failing_sync;
    failing.env.write_at = failing_write_at;
    return failing;
}

Test(vm_store_log, a_full_disk_is_an_error_until_there_is_room) {
    Scratch scratch = scratch_new();
    FailingEnv failing = fail_env(scratch.env);
    Scratch full = scratch;
    full.env = &failing.env;
    Store *store = new_store(&full);
    uint64_t epoch = 0;
    commit(store, ++epoch, "a=1");
    failing.allocate_code = -ENOSPC;
    while (try_append(store, epoch + 1, "b=1") == 0) sync_to(store, ++epoch);
    cr_assert_eq(epoch, 4); // a segment's worth
    check_says(store->message(store), "No space left on device");
    check_content(&scratch, 4, "a=1 b=1");
    cr_assert_eq(try_append(store, epoch + 1, "b=1"), -ENOSPC);
    failing.allocate_code = 0;
    commit(store, ++epoch, "c=1");
    store->close(store);
    check_content(&scratch, 5, "a=1 b=1 c=1");
    scratch_free(&scratch);
}

Test(vm_store_log, a_snapshot_on_a_full_disk_fails_and_can_be_made_later) {
    Scratch scratch = scratch_new();
    FailingEnv failing = fail_env(scratch.env);
    Scratch full = scratch;
    full.env = &failing.env;
    Store *store = new_store(&full);
    commit(store, 1, "a=1");
    cr_assert_eq(store->snapshot(store), 0);
    store->close(store);
    store = reopen(&full, STORE_WRITE, 1, "a=1");
    commit(store, 2, "b=2");
    failing.write_code = -ENOSPC;
    failing.writes_left = 1;
    cr_assert_eq(store->snapshot(store), 0);
    uint64_t epoch;
    int code = 0;
    while (!code) code = store->sync(store, &epoch);
    cr_assert_eq(code, -ENOSPC);
    cr_assert_eq(epoch, 2);
    check_says(store->message(store), "cannot make a snapshot: cannot write");
    cr_assert(!has_file(&scratch, "snapshot.tmp"));
    failing.write_code = 0;
    commit(store, 3, "c=3");
    snapshot_now(store);
    store->close(store);
    check_content(&scratch, 3, "a=1 b=2 c=3");
    scratch_free(&scratch);
}

Test(vm_store_log, after_a_failed_sync_nothing_goes_on) {
    Scratch scratch = scratch_new();
    FailingEnv failing = fail_env(scratch.env);
    Scratch broken = scratch;
    broken.env = &failing.env;
    Store *store = new_store(&broken);
    commit(store, 1, "a=1");
    append(store, 2, "a=2");
    failing.sync_code = -EIO;
    uint64_t epoch;
    cr_assert_eq(store->sync(store, &epoch), -EIO);
    cr_assert_eq(epoch, 1);
    check_says(store->message(store), "cannot sync");
    failing.sync_code = 0;
    cr_assert_eq(store->sync(store, &epoch), -EIO);
    cr_assert_eq(try_append(store, 3, "a=3"), -EIO);
    cr_assert_eq(store->snapshot(store), -EIO);
    check_says(store->message(store), "cannot sync");
    store->close(store);
    check_content(&scratch, 1, "a=1");
    scratch_free(&scratch);
}

Test(vm_store_log, what_could_not_be_written_is_written_again) {
    Scratch scratch = scratch_new();
    FailingEnv failing = fail_env(scratch.env);
    Scratch broken = scratch;
    broken.env = &failing.env;
    Store *store = new_store(&broken);
    commit(store, 1, "a=1");
    failing.write_code = -EIO;
    failing.writes_left = 1;
    cr_assert_eq(try_append(store, 2, "a=2"), -EIO);
    check_says(store->message(store), "cannot write");
    commit(store, 2, "a=3");
    failing.writes_left = 2; // what is there now is not known
    cr_assert_eq(try_append(store, 3, "a=4"), -EIO);
    cr_assert_eq(try_append(store, 3, "a=5"), -EIO);
    store->close(store);
    check_content(&scratch, 2, "a=3");
    scratch_free(&scratch);
}
