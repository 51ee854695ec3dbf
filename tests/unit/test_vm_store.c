// The store in memory.
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "vm/store.h"

static StoreBytes bytes_of(const char *text) {
    return (StoreBytes){text, strlen(text)};
}

static void append(Store *store, uint64_t epoch, const char *key, const char *value) {
    const StoreItem items[] = {{bytes_of(key), bytes_of(value)}, {bytes_of("always"), bytes_of(key)}};
    cr_assert_eq(store->append(store, &(StoreRecord){epoch, items, 2}), 0);
}

static void check(Store *store, const char *key, const char *expected) {
    StoreBytes value;
    int code = store->get(store, bytes_of(key), &value);
    cr_assert_eq(code, expected ? 0 : -ENOENT, "%s", key);
    if (expected) cr_assert(value.size == strlen(expected) && memcmp(value.data, expected, value.size) == 0, "%s", key);
}

static int count_items(void *user, const StoreRecord *record) {
    *(size_t *)user += record->count;
    return 0;
}

static int refuse(void *user, const StoreRecord *record) {
    (void)user;
    return record->epoch == 2 ? -EIO : 0;
}

Test(vm_store, what_is_not_synced_is_not_there) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    uint64_t epoch = 7;
    cr_assert_eq(store->sync(store, &epoch), 0);
    cr_assert_eq(epoch, 0);
    append(store, 1, "a", "1");
    check(store, "a", NULL);
    cr_assert_eq(store->sync(store, &epoch), 0);
    cr_assert_eq(epoch, 1);
    check(store, "a", "1");
    append(store, 2, "a", "2");
    check(store, "a", "1");
    store->close(store);
}

Test(vm_store, a_snapshot_keeps_the_last_values) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    uint64_t epoch;
    append(store, 1, "a", "1");
    append(store, 2, "b", "2");
    append(store, 3, "a", "3");
    store->sync(store, &epoch);
    append(store, 4, "c", "4");
    size_t count = 0;
    cr_assert_eq(store->recover(store, count_items, &count), 0);
    cr_assert_eq(count, 6);
    cr_assert_eq(store->recover(store, refuse, NULL), -EIO);
    cr_assert_eq(store->snapshot(store), 0);
    count = 0;
    store->recover(store, count_items, &count);
    cr_assert_eq(count, 3);
    check(store, "a", "3");
    check(store, "b", "2");
    check(store, "always", "a");
    check(store, "c", NULL);
    store->sync(store, &epoch);
    check(store, "c", "4");
    store->close(store);
}

Test(vm_store, a_run_without_data_keeps_one_record) {
    Store *store = store_memory_new(STORE_KEEP_LAST);
    uint64_t epoch;
    append(store, 1, "a", "1");
    store->sync(store, &epoch);
    append(store, 2, "b", "2");
    store->sync(store, &epoch);
    cr_assert_eq(epoch, 2);
    check(store, "a", NULL);
    check(store, "b", "2");
    store->close(store);
}
