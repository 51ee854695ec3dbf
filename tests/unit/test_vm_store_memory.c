// Stores in memory that go back, and that go on from others.
#include "vm/store_memory.h"
#include "tests/unit/store_testing.h"

static Store *three_epochs(void) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    check_recovers(store, 0, "");
    commit(store, 1, "a=1 b=2");
    commit(store, 2, "a=3 c!4");
    commit(store, 3, "b- d=5");
    return store;
}

static void check_view(Store *store, uint64_t epoch, const char *expected) {
    Store *view = store_memory_at(store, epoch);
    check_recovers(view, epoch, expected);
    view->close(view);
}

Test(vm_store_memory, a_view_is_the_store_at_an_epoch) {
    Store *store = three_epochs();
    check_view(store, 1, "a=1 b=2");
    check_view(store, 2, "a=3 b=2 c!4");
    check_view(store, 3, "a=3 d=5 c!4");
    check_view(store, 0, "");
    store->close(store);
}

Test(vm_store_memory, what_was_rewound_is_forgotten) {
    Store *store = three_epochs();
    cr_assert(store_memory_has(store, 2) && store_memory_has(store, 0) && !store_memory_has(store, 4));
    store_memory_rewind(store, 1);
    cr_assert_eq(store_memory_last(store), 1);
    check_recovers(store, 1, "a=1 b=2");
    commit(store, 2, "e=6");
    check_recovers(store, 2, "a=1 b=2 e=6");
    store->close(store);
}

Test(vm_store_memory, snapshots_are_kept_to_go_back_to) {
    Store *store = three_epochs();
    cr_assert_eq(store->snapshot(store), 0);
    commit(store, 4, "a=7");
    cr_assert_eq(store->snapshot(store), 0);
    commit(store, 5, "a=8");
    cr_assert(store_memory_has(store, 3) && store_memory_has(store, 4) && store_memory_has(store, 5));
    cr_assert(!store_memory_has(store, 2), "it has become a part of a snapshot");
    Store *view = store_memory_at(store, 3);
    check_recovers(view, 3, "a=3 d=5");
    check_value(view, "a", "3");
    check_value(view, "b", NULL);
    view->close(view);
    store_memory_rewind(store, 4);
    check_recovers(store, 4, "a=7 d=5");
    check_value(store, "a", "7");
    store->close(store);
}

Test(vm_store_memory, only_the_newest_snapshots_are_kept) {
    Store *store = store_memory_new(STORE_KEEP_ALL);
    check_recovers(store, 0, "");
    for (uint64_t epoch = 1; epoch <= 10; epoch++) {
        commit(store, epoch, "a=1");
        cr_assert_eq(store->snapshot(store), 0);
    }
    cr_assert(store_memory_has(store, 10) && store_memory_has(store, 7) && !store_memory_has(store, 6));
    store->close(store);
}

Test(vm_store_memory, another_store_is_gone_on_from_and_left_alone) {
    Store *base = store_memory_new(STORE_KEEP_ALL);
    check_recovers(base, 0, "");
    commit(base, 1, "a=1 b=2");
    cr_assert_eq(base->snapshot(base), 0);
    commit(base, 2, "a=3");
    Store *store = store_memory_over(base);
    cr_assert(!store_memory_has(store, 2), "it has not been recovered");
    check_recovers(store, 2, "a=3 b=2");
    commit(store, 3, "c=4");
    check_recovers(store, 3, "a=3 b=2 c=4");
    check_value(store, "b", "2"); // from the snapshot of the base
    cr_assert(store_memory_first(store) == 2 && store_memory_last(store) == 3);
    cr_assert(!store_memory_has(store, 1) && store_memory_has(store, 2));
    cr_assert_eq(store->snapshot(store), 0);
    check_view(store, 2, "a=3 b=2");
    store_memory_rewind(store, 2);
    check_recovers(store, 2, "a=3 b=2");
    cr_assert_eq(base->stats(base).records, 2, "nothing was appended there");
    store->close(store);
}
