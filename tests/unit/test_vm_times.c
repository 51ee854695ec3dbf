// Percentiles of times, of which only the latest are kept.
#include <criterion/criterion.h>

#include "vm/times.h"

Test(vm_times, percentiles) {
    Times times = {0};
    cr_assert_eq(times_percentile(&times, 0.5), 0);
    for (uint64_t i = 0; i < 100; i++) times_add(&times, (i * 37 + 5) % 100);
    cr_assert_eq(times_percentile(&times, 0.5), 50);
    cr_assert_eq(times_percentile(&times, 0.99), 99);
    cr_assert_eq(times_percentile(&times, 1), 99);
    times_free(&times);
}

Test(vm_times, only_the_latest_are_kept) {
    Times times = {0};
    for (uint64_t i = 0; i < 3 * TIMES_LIMIT + 7; i++) times_add(&times, i);
    cr_assert_eq(times.count, TIMES_LIMIT);
    cr_assert_leq(times.capacity, TIMES_LIMIT);
    cr_assert_eq(times_percentile(&times, 0), 2 * TIMES_LIMIT + 7);
    cr_assert_eq(times_percentile(&times, 1), 3 * TIMES_LIMIT + 6);
    times_free(&times);
}
