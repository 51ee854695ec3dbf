// Items, and the store in memory.
#include "tests/unit/store_testing.h"

// ---- items ----

static void check_item(StoreBytes *rest, StoreOp op, const char *key, const char *value) {
    StoreItem item;
    cr_assert(store_next_item(rest, &item));
    cr_assert_eq(item.op, op);
    cr_assert(item.key.size == strlen(key) && !memcmp(item.key.data, key, item.key.size));
    cr_assert(item.value.size == strlen(value) && !memcmp(item.value.data, value, item.value.size));
}

Test(vm_store, items_come_back) {
    Buf body = {0};
    store_put_item(&body, STORE_PUT, bytes_of("key"), bytes_of("value"));
    store_put_item(&body, STORE_DELETE, bytes_of(""), (StoreBytes){0});
    size_t item = store_item_begin(&body);
    buf_puts(&body, "in place");
    store_item_middle(&body, item);
    for (int i = 0; i < 300; i++) buf_putc(&body, 'v'); // grows the buffer
    store_item_end(&body, item, STORE_ONCE);
    StoreBytes rest = bytes_of_buf(&body);
    check_item(&rest, STORE_PUT, "key", "value");
    check_item(&rest, STORE_DELETE, "", "");
    StoreItem last;
    cr_assert(store_next_item(&rest, &last));
    cr_assert(last.op == STORE_ONCE && last.key.size == 8 && last.value.size == 300);
    cr_assert(!store_next_item(&rest, &last));
    cr_assert_eq(rest.size, 0);
    buf_free(&body);
}

Test(vm_store, items_have_the_documented_bytes) {
    Buf body = {0};
    store_put_item(&body, STORE_DELETE, bytes_of("abc"), bytes_of("de"));
    static const char EXPECTED[] = "\x0d\0\0\0\x02\0\0\0abcde";
    cr_assert(body.length == sizeof EXPECTED - 1 && !memcmp(body.data, EXPECTED, body.length));
    buf_free(&body);
}

Test(vm_store, what_is_no_item_is_left) {
    Buf body = {0};
    put_items(&body, "key=value");
    for (size_t size = 1; size < body.length; size++) {
        // In memory of its own, so that a sanitizer sees what is read behind it.
        char *copy = malloc(size);
        memcpy(copy, body.data, size);
        StoreBytes rest = {copy, size};
        StoreItem item;
        cr_assert(!store_next_item(&rest, &item));
        cr_assert_eq(rest.size, size);
        free(copy);
    }
    body.data[0] |= 3; // no such operation
    StoreBytes rest = bytes_of_buf(&body);
    StoreItem item;
    cr_assert(!store_next_item(&rest, &item));
    memset(body.data, 0xfc, STORE_ITEM_HEAD); // sizes that add up to more than 4 GiB
    cr_assert(!store_next_item(&rest, &item));
    buf_free(&body);
}

Test(vm_store, keys_are_in_the_order_of_their_bytes) {
    cr_assert_lt(store_compare(bytes_of(""), bytes_of("a")), 0);
    cr_assert_lt(store_compare(bytes_of("a"), bytes_of("aa")), 0);
    cr_assert_lt(store_compare(bytes_of("ab"), bytes_of("b")), 0);
    cr_assert_gt(store_compare(bytes_of("\xff"), bytes_of("z")), 0);
    cr_assert_eq(store_compare(bytes_of("same"), bytes_of("same")), 0);
    cr_assert(store_begins(bytes_of("abc"), bytes_of("ab")) && store_begins(bytes_of("abc"), bytes_of("")));
    cr_assert(!store_begins(bytes_of("ab"), bytes_of("abc")) && !store_begins(bytes_of("abc"), bytes_of("b")));
}

// ---- in memory ----

Test(vm_store, what_is_not_synced_is_not_there) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    check_recovers(store, 0, "");
    sync_to(store, 0);
    commit(store, 1, "a=1 b=2");
    append(store, 2, "a=3");
    check_recovers(store, 1, "a=1 b=2");
    commit(store, 2, "b- c!4");
    check_recovers(store, 2, "a=1 c!4");
    store->close(store);
}

Test(vm_store, a_snapshot_keeps_the_last_values) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    commit(store, 1, "a=1 b=2 d=4");
    commit(store, 2, "a=5 c!3 d-");
    append(store, 3, "e=6");
    cr_assert_eq(store->snapshot(store), 0);
    check_value(store, "a", NULL); // recovery has not found it
    sync_to(store, 3);
    check_recovers(store, 3, "a=5 b=2 e=6");
    check_value(store, "a", "5");
    check_value(store, "c", NULL);
    check_value(store, "d", NULL);
    check_value(store, "e", NULL);
    check_scan(store, "", "a=5 b=2");
    check_scan(store, "b", "b=2");
    commit(store, 4, "a=7");
    cr_assert_eq(store->snapshot(store), 0);
    check_value(store, "a", "5");
    check_recovers(store, 4, "a=7 b=2 e=6");
    check_value(store, "a", "7");
    cr_assert_eq(store->stats(store).snapshots, 2);
    store->close(store);
}

static int refuse(void *user, uint64_t epoch, StoreBytes body) {
    (void)user, (void)body;
    return epoch == 2 ? -EIO : 0;
}

Test(vm_store, a_visitor_stops_recovery) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    for (uint64_t epoch = 1; epoch < 4; epoch++) commit(store, epoch, "a=1");
    uint64_t epoch;
    cr_assert_eq(store->recover(store, &(StoreVisitor){.record = refuse}, &epoch), -EIO);
    store->close(store);
}

Test(vm_store, a_run_without_data_keeps_one_record) {
    Store *store = store_memory_new(STORE_KEEP_LAST);
    commit(store, 1, "a=1");
    commit(store, 2, "b=2");
    cr_assert_eq(store->snapshot(store), 0);
    cr_assert(!store->is_long(store));
    check_recovers(store, 2, "b=2");
    store->close(store);
}
