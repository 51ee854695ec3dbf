// What descriptors let the VM do with values: compare, hash, show.
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "tests/unit/vm_testing.h"
#include "vm/show.h"

// ---- comparing and hashing ----

static void check_order(const PtDesc *desc, const void *smaller, const void *larger) {
    cr_assert_lt(pt_compare(desc, smaller, larger), 0);
    cr_assert_gt(pt_compare(desc, larger, smaller), 0);
    cr_assert_eq(pt_compare(desc, smaller, smaller), 0);
    cr_assert(!pt_equal(desc, smaller, larger));
}

static void check_equal(const PtDesc *desc, const void *a, const void *b) {
    cr_assert_eq(pt_compare(desc, a, b), 0);
    cr_assert(pt_equal(desc, a, b));
    cr_assert_eq(pt_hash(desc, a), pt_hash(desc, b));
}

Test(vm_values, floats_have_a_total_order) {
    const double order[] = {-INFINITY, -1e300, -1.0, -1e-300, 0.0, 1e-300, 1.0, 1e300, INFINITY, NAN};
    for (size_t i = 0; i + 1 < sizeof order / sizeof *order; i++) check_order(&FLOAT, &order[i], &order[i + 1]);
    check_equal(&FLOAT, &(double){0.0}, &(double){-0.0});
    check_equal(&FLOAT, &(double){NAN}, &(double){-NAN});
}

Test(vm_values, texts_lists_and_records_order_from_the_left) {
    check_order(&STRING, &(PtString){"ab", 2}, &(PtString){"abc", 3});
    check_order(&STRING, &(PtString){"ab\0", 3}, &(PtString){"ab\1", 3});
    check_order(&STRING, &(PtString){"z", 1}, &(PtString){"\xc3\xa4", 2});
    check_order(&STRING, &(PtString){NULL, 0}, &(PtString){"", 1});
    check_equal(&STRING, &(PtString){NULL, 0}, &(PtString){"x", 0});
    const int64_t numbers[] = {1, 2, 3, 1, 2, 4};
    check_order(&INTS, &(PtList){numbers, 3}, &(PtList){numbers + 3, 3});
    check_order(&INTS, &(PtList){numbers, 2}, &(PtList){numbers + 3, 3});
    check_order(&INTS, &(PtList){NULL, 0}, &(PtList){numbers, 1});
    check_equal(&INTS, &(PtList){numbers, 2}, &(PtList){numbers + 3, 2});
    check_order(&PAIR, &(Pair){1, {"z", 1}}, &(Pair){2, {"a", 1}});
    check_order(&PAIR, &(Pair){2, {"a", 1}}, &(Pair){2, {"b", 1}});
    check_equal(&PAIR, &(Pair){2, {"ab", 2}}, &(Pair){2, {"abc", 2}});
    check_order(&BOOL, &(uint8_t){0}, &(uint8_t){1});
    check_equal(&UNIT, "", "x");
}

typedef struct Triple {
    int64_t words[3];
} Triple;

static const PtField TRIPLE_FIELDS[] = {{"a", &INT, 0, 0}, {"b", &INT, 8, 0}, {"c", &INT, 16, 0}};
static const PtVariant TRIPLE_VARIANT[] = {{"Triple", TRIPLE_FIELDS, 3}};
static const PtDesc TRIPLE = {
    .name = "Triple", .variants = TRIPLE_VARIANT, .variant_count = 1, .kind = PT_STRUCT, .size = 24, .align = 8, .words = 3};

Test(vm_values, words_order_as_fields_do) {
    PtDesc by_fields = TRIPLE;
    by_fields.words = 0;
    static const Triple ORDER[] = {{{INT64_MIN, 5, 5}}, {{-1, INT64_MAX, 5}}, {{0, -1, 0}},        {{0, 0, -1}},
                                   {{0, 0, 0}},         {{0, 0, 1}},          {{1, INT64_MIN, 0}}, {{256, 0, 0}}};
    for (size_t i = 0; i + 1 < sizeof ORDER / sizeof *ORDER; i++) {
        check_order(&TRIPLE, &ORDER[i], &ORDER[i + 1]);
        check_order(&by_fields, &ORDER[i], &ORDER[i + 1]);
        Triple same = ORDER[i];
        check_equal(&TRIPLE, &ORDER[i], &same);
        cr_assert_neq(pt_hash(&TRIPLE, &ORDER[i]), pt_hash(&TRIPLE, &ORDER[i + 1]));
    }
}

static int compare_hashes(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

// The keys that programs have: small numbers beside each other. The high byte is the key's group, the low half its place.
Test(vm_values, hashes_of_words_are_spread) {
    enum { SIDE = 1024, COUNT = SIDE * SIDE, GROUP = COUNT / 256 };
    uint64_t *hashes = calloc(COUNT, sizeof *hashes);
    int groups[256] = {0}, places[256] = {0};
    for (int64_t i = 0; i < COUNT; i++) {
        hashes[i] = pt_hash_words((const uint64_t[]){(uint64_t)(i % SIDE), (uint64_t)(i / SIDE)}, 2);
        groups[hashes[i] >> 56]++;
        places[hashes[i] & 255]++;
    }
    for (int i = 0; i < 256; i++) // 5 standard deviations
        cr_assert(abs(groups[i] - GROUP) < 5 * 64 && abs(places[i] - GROUP) < 5 * 64, "group or place %d", i);
    qsort(hashes, COUNT, sizeof *hashes, compare_hashes);
    for (int i = 1; i < COUNT; i++) cr_assert_neq(hashes[i], hashes[i - 1]);
    free(hashes);
}

Test(vm_values, deep_values_need_no_stack) {
    enum { DEPTH = 1000000 };
    Chain *a = chain_new(DEPTH), *b = chain_new(DEPTH);
    check_equal(&CHAIN, a, b);
    b[DEPTH - 1].value++;
    check_order(&CHAIN, a, b);
    cr_assert_neq(pt_hash(&CHAIN, a), pt_hash(&CHAIN, b));
    Buf out = {0};
    cr_assert(show_value(&out, &CHAIN, a, NULL, SHOW_PLAIN, SIZE_MAX));
    cr_assert_eq(memcmp(out.data, "Link(0, Link(1, Link(2, ", 24), 0);
    buf_free(&out);
    cr_assert(!show_value(&out, &CHAIN, a, NULL, SHOW_PLAIN, 100));
    cr_assert_leq(out.length, 200);
    buf_free(&out);
    free(a);
    free(b);
}

Test(vm_values, hashes_are_those_of_the_inlined_functions) {
    char text[64];
    for (size_t size = 0; size < sizeof text; size++) {
        text[size] = (char)('a' + size % 26);
        PtString string = {text, (int64_t)size};
        cr_assert_eq(pt_hash_string(&string), hash_bytes(text, size));
        cr_assert_eq(pt_hash(&STRING, &string), hash_bytes(text, size));
        char copy[64];
        memcpy(copy, text, size);
        cr_assert(pt_equal_string(&string, &(PtString){copy, (int64_t)size}));
        for (size_t i = 0; i < size; i++) {
            copy[i] ^= 1;
            cr_assert(!pt_equal_string(&string, &(PtString){copy, (int64_t)size}), "size %zu, byte %zu", size, i);
            copy[i] ^= 1;
        }
    }
    cr_assert_eq(pt_hash(&INT, &(int64_t){7}), pt_hash_int(7));
}

// ---- showing ----

static void check_show(const PtDesc *desc, const void *value, ShowStyle style, const char *expected) {
    Buf out = {0};
    cr_assert(show_value(&out, desc, value, NULL, style, SIZE_MAX));
    cr_assert_str_eq(buf_text(&out), expected);
    buf_free(&out);
}

Test(vm_values, numbers_show_shortest) {
    static const struct {
        int64_t value;
        const char *text;
    } INTEGERS[] = {{0, "0"},
                    {7, "7"},
                    {-7, "-7"},
                    {10, "10"},
                    {99, "99"},
                    {100, "100"},
                    {-12345, "-12345"},
                    {INT64_MAX, "9223372036854775807"},
                    {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof INTEGERS / sizeof *INTEGERS; i++)
        check_show(&INT, &INTEGERS[i].value, SHOW_PLAIN, INTEGERS[i].text);
    static const struct {
        double value;
        const char *text;
    } FLOATS[] = {{0, "0.0"},         {-0.0, "-0.0"},       {1, "1.0"},          {0.1, "0.1"}, {0.1 + 0.2, "0.30000000000000004"},
                  {1e100, "1e+100"},  {100000, "100000.0"}, {1.5e-7, "1.5e-07"}, {NAN, "nan"}, {INFINITY, "inf"},
                  {-INFINITY, "-inf"}};
    for (size_t i = 0; i < sizeof FLOATS / sizeof *FLOATS; i++) check_show(&FLOAT, &FLOATS[i].value, SHOW_PLAIN, FLOATS[i].text);
}

Test(vm_values, values_show_as_they_are_written) {
    check_show(&UNIT, "", SHOW_PLAIN, "()");
    check_show(&BOOL, &(uint8_t){1}, SHOW_PLAIN, "true");
    PtString text = text_of("a\"b\\c{d}\n\t\r\x01\x7f\xc2\x85\xc3\xa4");
    check_show(&STRING, &text, SHOW_PLAIN, text.data);
    check_show(&STRING, &text, SHOW_LITERAL, "\"a\\\"b\\\\c\\{d}\\n\\t\\r\\u{1}\\u{7f}\\u{85}\xc3\xa4\"");
    check_show(&PAIR, &(Pair){-1, {"x", 1}}, SHOW_PLAIN, "(-1, \"x\")");
    const Pair pairs[] = {{1, {"a", 1}}, {2, {"", 0}}};
    check_show(&PAIRS, &(PtList){pairs, 2}, SHOW_PLAIN, "[(1, \"a\"), (2, \"\")]");
    check_show(&PAIRS, &(PtList){NULL, 0}, SHOW_PLAIN, "[]");
    Chain *chain = chain_new(2);
    check_show(&CHAIN, chain, SHOW_PLAIN, "Link(0, Link(1, End))");
    free(chain);
    static const PtDesc function = {.name = "() -> ()", .kind = PT_FN, .size = 8, .align = 8, .has_pointers = 1};
    check_show(&function, &(void *){NULL}, SHOW_PLAIN, "<function>");
}
