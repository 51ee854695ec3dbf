// Values as bytes and back (spec/encoding.md, E1 and E2).
#include <criterion/criterion.h>
#include <math.h>

#include "tests/unit/encode_testing.h"
#include "vm/encode_size.h"
#include "vm/keys.h"

static const PtProgram *const PROGRAM = &WITH_CLOSURES;

static void check_bytes(const PtDesc *desc, const void *value, const char *bytes, size_t size) {
    Buf out = {0};
    encode_value(&out, desc, value, PROGRAM);
    cr_assert_eq(out.length, size, "%s: %zu bytes", desc->name, out.length);
    cr_assert(!size || memcmp(out.data, bytes, size) == 0, "%s", desc->name);
    buf_free(&out);
}

#define CHECK_BYTES(bytes, desc, ...) check_bytes((desc), (__VA_ARGS__), (bytes), sizeof(bytes) - 1)

// Decoding gives a value that encodes to the same bytes, and takes all of them.
static void check_round_trip(const PtDesc *desc, const void *value) {
    Buf first = {0}, second = {0};
    Memory memory = {0};
    encode_value(&first, desc, value, PROGRAM);
    void *copy = malloc(desc->size);
    Decoder decoder = decoder_of(first.data, first.length, &memory, PROGRAM);
    cr_assert(decode_value(&decoder, desc, copy), "%s: %s", desc->name, decoder.error);
    cr_assert_eq(decoder.at, decoder.end);
    encode_value(&second, desc, copy, PROGRAM);
    cr_assert_eq(first.length, second.length);
    cr_assert(!first.length || memcmp(first.data, second.data, first.length) == 0);
    free(copy);
    memory_give_back(&memory);
    buf_free(&first);
    buf_free(&second);
}

static void check_refused(const PtDesc *desc, const char *bytes, size_t size, const char *error) {
    Memory memory = {0};
    void *value = malloc(desc->size + 1);
    Decoder decoder = decoder_of(bytes, size, &memory, PROGRAM);
    cr_assert(!decode_value(&decoder, desc, value), "%s", error);
    cr_assert_str_eq(decoder.error, error);
    free(value);
    memory_give_back(&memory);
}

#define CHECK_REFUSED(desc, bytes, error) check_refused((desc), (bytes), sizeof(bytes) - 1, (error))

// A value of type All, and what it refers to.
typedef struct Sample {
    Chain links[3];
    PtString names[3];
    Pair pairs[2];
    Adder adder;
    All all;
} Sample;

static void sample_init(Sample *s) {
    *s = (Sample){
        .links = {{CHAIN_LINK, 1, &s->links[1]}, {CHAIN_LINK, INT64_MIN, &s->links[2]}, {.tag = CHAIN_END}},
        .names = {text_of("ä"), text_of(""), text_of("a text that is longer than a word, \xf0\x9f\x8c\x8a")},
        .pairs = {{-1, text_of("x")}, {INT64_MAX, text_of("y\0z")}},
        .adder = {1, 1, text_of("captured")},
    };
    s->all = all_new(s->links, s->names, s->pairs, &s->adder);
}

// ---- E1: what values look like ----

Test(vm_encode, values_of_each_kind_have_the_bytes_of_the_table) {
    CHECK_BYTES("", &UNIT, "");
    CHECK_BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff", &INT, &(int64_t){-2});
    CHECK_BYTES("\0\0\0\0\0\0\xf0\x3f", &FLOAT, &(double){1.0});
    CHECK_BYTES("\0\0\0\0\0\0\0\x80", &FLOAT, &(double){-0.0});
    CHECK_BYTES("\1", &BOOL, &(uint8_t){1});
    CHECK_BYTES("\3\0\0\0abc", &STRING, &(PtString){"abc", 3});
    CHECK_BYTES("\0\0\0\0", &STRING, &(PtString){NULL, 0});
    CHECK_BYTES("\5\0\0\0", &UNITS, &(PtList){NULL, 5});
    CHECK_BYTES("\1\0\0\0\0\0\0\0\1\0\0\0a", &PAIR, &(Pair){1, {"a", 1}});
    Chain end = {.tag = CHAIN_END};
    CHECK_BYTES("\1", &CHAIN, &end);
    CHECK_BYTES("\0\3\0\0\0\0\0\0\0\1", &CHAIN, &((Chain){CHAIN_LINK, 3, &end}));
    Adder adder = {1, 1, {"t", 1}};
    CHECK_BYTES("\x22\x22\x22\x22\x22\x22\x22\x22\1\1\0\0\0t", &FUNCTION, &(void *){&adder});
}

Test(vm_encode, texts_of_all_sizes_come_back) {
    char text[40];
    for (int size = 0; size <= 40; size++) {
        char *exact = malloc((size_t)size); // so that a read behind its end is seen
        for (int i = 0; i < size; i++) exact[i] = text[i] = (char)('a' + i % 26);
        Buf out = {0};
        encode_value(&out, &STRING, &(PtString){exact, size}, NULL);
        cr_assert_eq(out.length, (size_t)size + 4);
        cr_assert(!size || memcmp(out.data + 4, text, (size_t)size) == 0);
        buf_free(&out);
        check_round_trip(&STRING, &(PtString){exact, size});
        free(exact);
    }
}

Test(vm_encode, enums_of_more_than_256_variants_have_wide_numbers) {
    static PtVariant variants[257];
    for (int i = 0; i < 257; i++) variants[i] = (PtVariant){"V", NULL, 0};
    PtDesc wide = {.name = "Wide", .variants = variants, .variant_count = 257, .kind = PT_ENUM, .size = 8, .align = 8};
    CHECK_BYTES("\0\1\0\0", &wide, &(int64_t){256});
    CHECK_REFUSED(&wide, "\1\1\0\0", "an enum has no variant of that number");
    check_round_trip(&wide, &(int64_t){256});
    PtDesc narrow = wide;
    narrow.variant_count = 256;
    CHECK_BYTES("\xff", &narrow, &(int64_t){255});
    check_round_trip(&narrow, &(int64_t){255});
}

Test(vm_encode, what_is_decoded_encodes_to_the_same_bytes) {
    Sample s;
    sample_init(&s);
    const int64_t ints[] = {1, -1, 0};
    const double floats[] = {NAN, -0.0, 1e300};
    const All alls[] = {s.all, s.all};
    check_round_trip(&UNIT, "");
    check_round_trip(&INT, ints);
    check_round_trip(&INTS, &(PtList){ints, 3});
    check_round_trip(&FLOATS, &(PtList){floats, 3});
    check_round_trip(&STRINGS, &(PtList){s.names, 3});
    check_round_trip(&PAIRS, &(PtList){s.pairs, 2});
    check_round_trip(&UNITS, &(PtList){NULL, 1000000});
    check_round_trip(&CHAINS, &(PtList){s.links, 3});
    check_round_trip(&ALL, &s.all);
    check_round_trip(&ALLS, &(PtList){alls, 2});
    check_round_trip(&FUNCTION, &(void *){&(int64_t){0}});
}

Test(vm_encode, deep_values_need_no_stack) {
    enum { DEPTH = 1000000 };
    Chain *chain = chain_new(DEPTH);
    check_round_trip(&CHAIN, chain);
    Buf out = {0};
    Memory memory = {0};
    encode_value(&out, &CHAIN, chain, NULL);
    Chain copy;
    Decoder decoder = decoder_of(out.data, out.length, &memory, NULL);
    cr_assert(decode_value(&decoder, &CHAIN, &copy));
    cr_assert(pt_equal(&CHAIN, chain, &copy));
    memory_give_back(&memory);
    buf_free(&out);
    free(chain);
}

// enum Tree { Fork(left: Tree, value: Int), Leaf }: what is left to do after the deep part.
Test(vm_encode, values_that_are_deep_in_the_middle_need_no_stack) {
    typedef struct Tree {
        int64_t tag;
        struct Tree *left;
        int64_t value;
    } Tree;
    enum { DEPTH = 200000 };
    PtField fields[2];
    PtVariant variants[] = {{"Fork", fields, 2}, {"Leaf", NULL, 0}};
    PtDesc tree = {
        .name = "Tree", .variants = variants, .variant_count = 2, .kind = PT_ENUM, .size = 24, .align = 8, .has_pointers = 1};
    fields[0] = (PtField){"left", &tree, 8, 1};
    fields[1] = (PtField){"value", &INT, 16, 0};
    Tree *nodes = calloc(DEPTH + 1, sizeof(Tree));
    for (int i = 0; i < DEPTH; i++) nodes[i] = (Tree){0, &nodes[i + 1], i};
    nodes[DEPTH].tag = 1;
    check_round_trip(&tree, nodes);
    free(nodes);
}

// ---- E2: keys ----

static void check_same_key(const PtDesc *desc, const void *a, const void *b) {
    Buf x = {0}, y = {0};
    encode_key(&x, desc, a, PROGRAM);
    encode_key(&y, desc, b, PROGRAM);
    bool same = x.length == y.length && (!x.length || memcmp(x.data, y.data, x.length) == 0);
    cr_assert_eq(same, pt_equal(desc, a, b));
    buf_free(&x);
    buf_free(&y);
}

Test(vm_encode, equal_keys_have_equal_bytes) {
    const double floats[] = {0.0, -0.0, NAN, -NAN, 1.0, -1.0, INFINITY};
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++) {
            check_same_key(&FLOAT, &floats[i], &floats[j]);
            check_same_key(&FLOATS, &(PtList){&floats[i], 1}, &(PtList){&floats[j], 1});
        }
    char text[] = "text";
    check_same_key(&STRING, &(PtString){"text", 4}, &(PtString){text, 4});
    check_same_key(&STRING, &(PtString){"text", 4}, &(PtString){text, 3});
    check_same_key(&PAIR, &(Pair){1, {"text", 4}}, &(Pair){1, {text, 4}});
    check_same_key(&PAIR, &(Pair){1, {"text", 4}}, &(Pair){2, {text, 4}});
}

Test(vm_encode, only_keys_with_floats_are_not_exact) {
    cr_assert(encode_key_is_exact(&UNIT));
    cr_assert(encode_key_is_exact(&INT));
    cr_assert(encode_key_is_exact(&PAIRS));
    cr_assert(encode_key_is_exact(&CHAIN));
    cr_assert(encode_key_is_exact(&NEST));
    PtDesc ratios = WORD_COUNTS;
    ratios.mapped = &FLOATS;
    cr_assert(!encode_key_is_exact(&ratios));
    cr_assert(!encode_key_is_exact(&FLOAT));
    cr_assert(!encode_key_is_exact(&FLOATS));
    cr_assert(!encode_key_is_exact(&ALLS));
}

Test(vm_encode, keys_of_items_come_apart_again) {
    Buf out = {0};
    Key key;
    key_put(&out, KEY_ENTRY, 7);
    encode_key(&out, &STRING, &(PtString){"k", 1}, NULL);
    cr_assert(key_parse(out.data, out.length, &key));
    cr_assert(key.kind == KEY_ENTRY && key.id == 7 && bytes_left(&key.rest) == 5);
    out.length = 0;
    key_put_atom(&out, STREAM_OF_WORKFLOW + 1, 258);
    cr_assert_eq(memcmp(out.data, "A\1\0\0\x80\0\0\0\0\0\0\1\2", 13), 0);
    cr_assert(key_parse(out.data, out.length, &key));
    cr_assert(key.kind == KEY_ATOM && key.id == STREAM_OF_WORKFLOW + 1 && key.number == 258);
    for (size_t size = 0; size < out.length; size++) cr_assert(!key_parse(out.data, size, &key));
    cr_assert(!key_parse("X\0\0\0\0", 5, &key));
    buf_free(&out);
}

// ---- E1.6: what is refused ----

Test(vm_encode, bytes_that_are_no_value_are_refused_in_words) {
    CHECK_REFUSED(&INT, "\0\0\0\0\0\0\0", "the bytes end within a value");
    CHECK_REFUSED(&BOOL, "\2", "a Bool is neither 0 nor 1");
    CHECK_REFUSED(&STRING, "\1\0\0\0", "a String is longer than the bytes that are left");
    CHECK_REFUSED(&STRING, "\1\0\0\0\xff", "a String is not valid UTF-8");
    CHECK_REFUSED(&STRING, "\2\0\0\0\xed\xa0", "a String is not valid UTF-8");
    CHECK_REFUSED(&STRING, "\xff\xff\xff\xff\1\0\0\0\0\0\0\0a", "a size is not written as it must be");
    CHECK_REFUSED(&INTS, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "a size is not written as it must be");
    CHECK_REFUSED(&INTS, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "a List is longer than the bytes that are left");
    CHECK_REFUSED(&INTS, "\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "a List is longer than the bytes that are left");
    CHECK_REFUSED(&CHAIN, "\2", "an enum has no variant of that number");
    CHECK_REFUSED(&FUNCTION, "\x33\x33\x33\x33\x33\x33\x33\x33",
                  "a function value refers to code that the program does not have: the function has changed or is gone");
}

Test(vm_encode, maps_whose_keys_do_not_ascend_are_refused) {
    static const char unordered[] = "the keys of a Map or Set are not in order",
                      longer[] = "a Map or Set is longer than the bytes that are left";
    CHECK_REFUSED(&WORD_SET, "\2\0\0\0\1\0\0\0b\1\0\0\0a", unordered);
    CHECK_REFUSED(&WORD_SET, "\2\0\0\0\1\0\0\0b\1\0\0\0b", unordered);
    CHECK_REFUSED(&WORD_SET, "\3\0\0\0\1\0\0\0a\1\0\0\0b", longer);
    CHECK_REFUSED(&WORD_SET, "\2\0\0\0\1\0\0\0a\2\0\0\0b", "a String is longer than the bytes that are left");
    CHECK_REFUSED(&WORD_COUNTS, "\1\0\0\0\1\0\0\0a\1\0\0\0\0\0", longer);
    CHECK_REFUSED(&WORD_COUNTS, "\1\0\0\0\1\0\0\0a\1\0\0\0\0\0\0", "the bytes end within a value");
    CHECK_REFUSED(&WORD_COUNTS, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", longer);
    PtDesc units = WORD_SET, functions = WORD_SET;
    units.elem = &UNIT;
    functions.elem = &FUNCTION; // which have no order: no program has such a type
    CHECK_REFUSED(&units, "\2\0\0\0", unordered);
    CHECK_REFUSED(&functions, "\2\0\0\0\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11", unordered);
}

// Code of another type must not be called as if it were of this one.
Test(vm_encode, a_function_of_another_type_is_refused) {
    PtDesc other = FUNCTION;
    other.name = "(String) -> Int";
    CHECK_REFUSED(&other, "\x11\x11\x11\x11\x11\x11\x11\x11",
                  "a function value refers to code that the program does not have: the function has changed or is gone");
}

// record Self(next: Self): no program can make one, but bytes could claim that there is.
Test(vm_encode, a_record_of_itself_ends) {
    PtField fields[1];
    PtVariant variants[] = {{"Self", fields, 1}};
    PtDesc self = {
        .name = "Self", .variants = variants, .variant_count = 1, .kind = PT_STRUCT, .size = 8, .align = 8, .has_pointers = 1};
    fields[0] = (PtField){"next", &self, 0, 1};
    CHECK_REFUSED(&self, "\1\1\1\1", "a value contains itself");
    CHECK_REFUSED(&self, "", "the bytes end within a value");
}

Test(vm_encode, without_memory_decoding_fails) {
    Buf out = {0};
    Sample s;
    sample_init(&s);
    encode_value(&out, &ALL, &s.all, PROGRAM);
    for (uint64_t limit = 1; limit < 300; limit++) {
        Memory memory = {.limit = limit};
        All copy;
        Decoder decoder = decoder_of(out.data, out.length, &memory, PROGRAM);
        if (!decode_value(&decoder, &ALL, &copy)) cr_assert_str_eq(decoder.error, "there is no memory for a value");
        memory_give_back(&memory);
    }
    buf_free(&out);
}

// ---- bytes that may be anything ----

// Decodes; what succeeds must encode to the bytes that were read.
static bool try(const PtDesc *desc, const char *bytes, size_t size) {
    Memory memory = {0};
    char *exact = malloc(size);
    if (size) memcpy(exact, bytes, size);
    void *value = malloc(desc->size + 1);
    Decoder decoder = decoder_of(exact, size, &memory, PROGRAM);
    bool fine = decode_value(&decoder, desc, value);
    cr_assert_eq(fine, !decoder.error);
    cr_assert_leq(memory.size, 64 * (size + 1) + (fine ? 0 : 4097 * desc->size), "%llu bytes for %zu",
                  (unsigned long long)memory.size, size);
    if (fine) {
        Buf again = {0};
        encode_value(&again, desc, value, PROGRAM);
        cr_assert_eq(again.length, (size_t)(decoder.at - exact));
        cr_assert(!again.length || memcmp(again.data, exact, again.length) == 0);
        buf_free(&again);
    }
    free(value);
    free(exact);
    memory_give_back(&memory);
    return fine;
}

static void try_changes(const PtDesc *desc, char *bytes, size_t length) {
    for (size_t size = 0; size < length; size++) cr_assert(!try(desc, bytes, size));
    for (size_t i = 0; i < length; i++) {
        char was = bytes[i];
        for (int flip = 1; flip < 256; flip++) {
            bytes[i] = (char)(was ^ flip);
            try(desc, bytes, length);
        }
        bytes[i] = was;
    }
}

static void try_all(const PtDesc *desc, const void *value) {
    Buf out = {0};
    encode_value(&out, desc, value, PROGRAM);
    try_changes(desc, out.data, out.length);
    buf_free(&out);
}

Test(vm_encode, no_cut_and_no_changed_byte_does_harm) {
    Sample s;
    sample_init(&s);
    const All alls[] = {s.all, s.all};
    try_all(&ALLS, &(PtList){alls, 2});
    try_all(&CHAINS, &(PtList){s.links, 3});
    try_all(&STRINGS, &(PtList){s.names, 3});
    try_all(&INTS, &(PtList){(int64_t[]){1, 2, 3}, 3});
    char counts[] = "\3\0\0\0\1\0\0\0a\1\0\0\0\0\0\0\0\2\0\0\0ab\2\0\0\0\0\0\0\0\1\0\0\0c\3\0\0\0\0\0\0\0";
    cr_assert(try(&WORD_COUNTS, counts, sizeof counts - 1));
    try_changes(&WORD_COUNTS, counts, sizeof counts - 1);
    char nest[] = "\0\2\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0a\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0b\0\0\0\0\0";
    cr_assert(try(&NEST, nest, sizeof nest - 1));
    try_changes(&NEST, nest, sizeof nest - 1);
}

Test(vm_encode, random_bytes_do_no_harm) {
    static const PtDesc *const types[] = {&INT,  &FLOATS, &STRINGS,  &PAIRS,    &CHAIN,       &CHAINS, &ALL,
                                          &ALLS, &UNITS,  &FUNCTION, &WORD_SET, &WORD_COUNTS, &NESTS};
    uint64_t random = 88172645463325252u;
    char bytes[200];
    for (int round = 0; round < 100000; round++) {
        for (size_t i = 0; i < sizeof bytes; i++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // mostly small numbers, since all others end at once
            bytes[i] = (char)(random & 0x100 ? random & 0xff : random >> 16 & 3 ? 0 : random >> 20 & 7);
        }
        try(types[random >> 33 & 7 ? (random >> 40) % 13 : 7], bytes, random % sizeof bytes);
    }
}
