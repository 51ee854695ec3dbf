// The last item of each key, in the order of the keys.
#include "vm/store_last.h"
#include "tests/unit/store_testing.h"

// Takes the items of a record, and sorts them.
static void take(LastItems *items, const Buf *record) {
    StoreBytes rest = bytes_of_buf(record);
    for (StoreItem item; store_next_item(&rest, &item);) last_items_put(items, &item);
    cr_assert_eq(rest.size, 0);
    last_items_sort(items);
}

static void check_sorted(const LastItems *items, size_t count) {
    cr_assert_eq(items->count, count);
    for (size_t i = 0; i < count; i++) {
        StoreBytes key = last_item_at(items->items[i].at).key;
        cr_assert(!i || store_compare(last_item_at(items->items[i - 1].at).key, key) < 0, "item %zu", i);
        cr_assert_eq(last_items_find(items, key), i);
    }
}

Test(vm_store_last, the_last_item_of_a_key_is_kept) {
    Buf record = {0};
    LastItems items = {0};
    put_items(&record, "b=1 a=2 c=3 a=4 c- d=5 b=6 a=7");
    take(&items, &record);
    check_sorted(&items, 4);
    static const char *const VALUES[] = {"7", "6", "", "5"};
    for (size_t i = 0; i < 4; i++) {
        StoreItem item = last_item_at(items.items[i].at);
        cr_assert_eq(item.op, i == 2 ? STORE_DELETE : STORE_PUT);
        cr_assert_eq(store_compare(item.value, bytes_of(VALUES[i])), 0);
    }
    cr_assert_eq(last_items_find(&items, bytes_of("")), 0);
    cr_assert_eq(last_items_find(&items, bytes_of("bb")), 2);
    cr_assert_eq(last_items_find(&items, bytes_of("e")), 4);
    last_items_free(&items);
    buf_free(&record);
}

Test(vm_store_last, there_may_be_none) {
    LastItems items = {0};
    last_items_sort(&items);
    check_sorted(&items, 0);
    cr_assert_eq(last_items_find(&items, bytes_of("a")), 0);
    last_items_free(&items);
}

// Keys are compared in steps of some bytes: where they differ, where they end, and that they end in zeroes makes no difference.
Test(vm_store_last, keys_with_much_in_common_are_sorted) {
    enum { LONGEST = 90, ENDINGS = 4 };
    static const char LAST[ENDINGS] = {'\0', 'a', 'b', '\xff'};
    char key[LONGEST + 1];
    Buf record = {0};
    LastItems items = {0};
    memset(key, 'x', sizeof key);
    for (int i = 0; i <= LONGEST; i++) { // in no order
        size_t size = (size_t)i * 37 % (LONGEST + 1);
        for (int j = ENDINGS; j > 0; j--) {
            key[size] = LAST[j % ENDINGS];
            store_put_item(&record, STORE_PUT, (StoreBytes){key, size + 1}, bytes_of("1"));
        }
        key[size] = 'x';
        store_put_item(&record, STORE_PUT, (StoreBytes){key, size}, bytes_of("2"));
    }
    take(&items, &record);
    check_sorted(&items, (LONGEST + 1) * (ENDINGS + 1));
    last_items_free(&items);
    buf_free(&record);
}
