// Byte strings that wait on the disk: first in, first out, whatever their sizes; and what happens when the disk says no.
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/env.h"
#include "vm/memory.h"
#include "vm/spill.h"

// An Env whose writes fail when it is told so.
typedef struct FullEnv {
    Env env; // first
    Env *real;
    bool full;
} FullEnv;

static int64_t write_at(Env *env, int file, const void *bytes, size_t size, uint64_t offset) {
    FullEnv *full = (FullEnv *)env;
    return full->full ? -ENOSPC : full->real->write_at(full->real, file, bytes, size, offset);
}

static void begin(FullEnv *full, Spill *spill) {
    full->real = env_real_new();
    full->env = *full->real;
    full->env.write_at = write_at;
    full->full = false;
    spill_init(spill, &full->env, full->env.scratch);
}

static void end(FullEnv *full, Spill *spill) {
    spill_free(spill);
    env_real_free(full->real);
}

// String number `n`, of a size between 0 and `most`.
static void make(Buf *to, uint64_t n, uint64_t most) {
    uint64_t size = hash_u64(n) % (most + 1);
    to->length = 0;
    for (uint64_t i = 0; i < size; i++) buf_putc(to, (char)(n * 31 + i));
}

static void push(Spill *spill, uint64_t n, uint64_t most) {
    Buf text = {0};
    make(&text, n, most);
    cr_assert_eq(spill_push(spill, text.data, text.length), 0);
    buf_free(&text);
}

static void pop(Spill *spill, uint64_t n, uint64_t most) {
    Buf text = {0};
    const char *bytes;
    size_t size;
    make(&text, n, most);
    cr_assert_eq(spill_pop(spill, &bytes, &size), 0);
    cr_assert_eq(size, text.length, "string %llu has %zu bytes, not %zu", (unsigned long long)n, size, text.length);
    cr_assert(size == 0 || memcmp(bytes, text.data, size) == 0, "string %llu", (unsigned long long)n);
    buf_free(&text);
}

// More and fewer strings wait, up to many files of them.
static void come_and_go(uint64_t most, uint64_t rounds) {
    FullEnv full;
    Spill spill;
    begin(&full, &spill);
    uint64_t pushed = 0, popped = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        for (uint64_t i = hash_u64(round) % 500; i > 0; i--) push(&spill, pushed++, most);
        for (uint64_t i = hash_u64(round + 7777) % 450; i > 0 && popped < pushed; i--) pop(&spill, popped++, most);
        cr_assert_eq(spill.count, pushed - popped);
    }
    while (popped < pushed) pop(&spill, popped++, most);
    cr_expect_eq(spill.count, 0);
    cr_expect_eq(spill.bytes, 0);
    cr_expect_eq(spill.file_count, 1, "what was taken is given back");
    end(&full, &spill);
}

Test(spill, gives_strings_back_in_order) {
    come_and_go(100, 200);
}

Test(spill, goes_through_many_files) {
    come_and_go(20000, 60);
}

Test(spill, takes_strings_larger_than_a_file) {
    FullEnv full;
    Spill spill;
    begin(&full, &spill);
    size_t size = 40 << 20;
    char *large = MEMORY_NEW(char, size);
    memset(large, 'x', size);
    push(&spill, 1, 10);
    cr_assert_eq(spill_push(&spill, large, size), 0);
    push(&spill, 2, 10);
    pop(&spill, 1, 10);
    const char *bytes;
    size_t got;
    cr_assert_eq(spill_pop(&spill, &bytes, &got), 0);
    cr_assert_eq(got, size);
    cr_assert_eq(memcmp(bytes, large, size), 0);
    pop(&spill, 2, 10);
    free(large);
    end(&full, &spill);
}

Test(spill, is_as_it_was_if_the_disk_is_full) {
    FullEnv full;
    Spill spill;
    begin(&full, &spill);
    uint64_t pushed = 0;
    Buf text = {0};
    full.full = true;
    for (;; pushed++) {
        make(&text, pushed, 1000);
        if (spill_push(&spill, text.data, text.length) < 0) break;
    }
    cr_expect(pushed > 0, "so much is written at once");
    cr_expect_eq(spill.count, pushed);
    full.full = false;
    push(&spill, pushed++, 1000);
    for (uint64_t i = 0; i < pushed; i++) pop(&spill, i, 1000);
    buf_free(&text);
    end(&full, &spill);
}

Test(spill, does_not_lose_what_it_cannot_write_before_it_is_read) {
    FullEnv full;
    Spill spill;
    const char *bytes;
    size_t size;
    begin(&full, &spill);
    push(&spill, 1, 100);
    full.full = true;
    cr_expect_eq(spill_pop(&spill, &bytes, &size), -ENOSPC);
    cr_expect_eq(spill.count, 1);
    full.full = false;
    pop(&spill, 1, 100);
    end(&full, &spill);
}
