// Bytes, Duration and Any: as bytes (spec/encoding.md, E1), as text, in the heap, and on the command line.
#include <criterion/criterion.h>

#include "tests/unit/encode_testing.h"
#include "vm/duration.h"
#include "vm/show.h"

static const PtDesc BYTES = {.name = "Bytes", .kind = PT_BYTES, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc DURATION = {.name = "Duration", .kind = PT_DURATION, .size = 8, .align = 8};
static const PtDesc ANY = {.name = "Any", .kind = PT_ANY, .size = 8, .align = 8, .has_pointers = 1};
static const PtDesc ANYS = {.name = "List[Any]", .elem = &ANY, .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1};

// A function of the same number of captured values as an Any; Anys of Int, String, List[Any] and of a function.
static const PtField CAPTURED[] = {{"n", &INT, 8, 0}};
static const PtField OF_INT[] = {{NULL, &INT, 8, 0}}, OF_STRING[] = {{NULL, &STRING, 8, 0}}, OF_ANYS[] = {{NULL, &ANYS, 8, 0}},
                     OF_FUNCTION[] = {{NULL, &FUNCTION, 8, 0}};
enum { CODE, AN_INT, A_STRING, SOME_ANYS, A_FUNCTION, CLOSURE_COUNT };
static const PtClosure KINDS[CLOSURE_COUNT] = {
    {.name = "main.map1", .fields = CAPTURED, .field_count = 1, .size = 16, .id = 1, .desc = &FUNCTION},
    {.name = "Any of Int", .fields = OF_INT, .field_count = 1, .size = 16, .id = 2, .desc = &ANY},
    {.name = "Any of String", .fields = OF_STRING, .field_count = 1, .size = 24, .id = 3, .desc = &ANY},
    {.name = "Any of List[Any]", .fields = OF_ANYS, .field_count = 1, .size = 24, .id = 4, .desc = &ANY},
    {.name = "Any of Int -> Int", .fields = OF_FUNCTION, .field_count = 1, .size = 16, .id = 5, .desc = &ANY},
};
static const PtProgram PROGRAM = {.abi = PT_ABI, .name = "kinds", .closures = KINDS, .closure_count = CLOSURE_COUNT};

typedef struct IntAny {
    int64_t code;
    int64_t value;
} IntAny;

typedef struct StringAny {
    int64_t code;
    PtString value;
} StringAny;

typedef struct ListAny {
    int64_t code;
    PtList value;
} ListAny;

typedef struct FunctionAny {
    int64_t code;
    const void *value;
} FunctionAny;

// An Any of a list of Anys of everything.
typedef struct Sample {
    IntAny number, code;
    StringAny text;
    FunctionAny function;
    const void *items[3];
    ListAny all;
    const void *any;
} Sample;

static void sample_init(Sample *s) {
    *s = (Sample){
        .number = {AN_INT, -7}, .code = {CODE, 3}, .text = {A_STRING, text_of("t\"")}, .function = {A_FUNCTION, &s->code}};
    s->items[0] = &s->number;
    s->items[1] = &s->text;
    s->items[2] = &s->function;
    s->all = (ListAny){SOME_ANYS, {s->items, 3}};
    s->any = &s->all;
}

static void check_text(const PtDesc *desc, const void *value, const char *expected) {
    Buf out = {0};
    cr_assert(show_value(&out, desc, value, &PROGRAM, SHOW_PLAIN, SIZE_MAX));
    cr_assert_str_eq(buf_text(&out), expected);
    buf_free(&out);
}

// Encodes to the bytes, which decode to a value of the same bytes and text.
static void check_bytes(const PtDesc *desc, const void *value, const char *bytes, size_t size, const char *text) {
    Buf out = {0};
    Memory memory = {0};
    encode_value(&out, desc, value, &PROGRAM);
    cr_assert(out.length == size && memcmp(out.data, bytes, size) == 0, "%s: %zu bytes", text, out.length);
    char copy[16];
    Decoder decoder = decoder_of(out.data, out.length, &memory, &PROGRAM);
    cr_assert(decode_value(&decoder, desc, copy) && decoder.at == decoder.end, "%s", text);
    out.length = 0;
    encode_value(&out, desc, copy, &PROGRAM);
    cr_assert(out.length == size && memcmp(out.data, bytes, size) == 0, "%s again", text);
    check_text(desc, value, text);
    check_text(desc, copy, text);
    memory_give_back(&memory);
    buf_free(&out);
}

#define CHECK_BYTES(bytes, text, desc, ...) check_bytes((desc), (__VA_ARGS__), (bytes), sizeof(bytes) - 1, (text))

static void check_refused(const PtProgram *program, const PtDesc *desc, const char *bytes, size_t size, const char *error) {
    Memory memory = {0};
    char value[16];
    Decoder decoder = decoder_of(bytes, size, &memory, program);
    cr_assert(!decode_value(&decoder, desc, value), "%s", error);
    cr_assert_str_eq(decoder.error, error);
    memory_give_back(&memory);
}

#define CHECK_REFUSED(program, desc, bytes, error) check_refused((program), (desc), (bytes), sizeof(bytes) - 1, (error))

// ---- Bytes ----

Test(vm_kinds, bytes_are_encoded_like_texts_without_the_check) {
    CHECK_BYTES("\3\0\0\0\xff\0a", "bytes.of_hex(\"ff0061\")", &BYTES, &(PtString){"\xff\0a", 3});
    CHECK_BYTES("\0\0\0\0", "bytes.of_hex(\"\")", &BYTES, &(PtString){NULL, 0});
    CHECK_REFUSED(&PROGRAM, &BYTES, "\2\0\0\0a", "Bytes are more than the bytes that are left");
    CHECK_REFUSED(&PROGRAM, &BYTES, "\2\0\0", "the bytes end within a value");
}

Test(vm_kinds, long_bytes_are_cut_when_shown) {
    Buf out = {0};
    static const char zeroes[1000];
    cr_assert(!show_value(&out, &BYTES, &(PtString){zeroes, sizeof zeroes}, NULL, SHOW_PLAIN, 50));
    cr_assert_lt(out.length, 60);
    buf_free(&out);
}

Test(vm_kinds, bytes_are_ordered_by_byte) {
    const PtString low = {"\x7f", 1}, high = {"\x80", 1}, longer = {"\x80\0", 2};
    cr_assert(pt_compare(&BYTES, &low, &high) < 0 && pt_compare(&BYTES, &high, &longer) < 0);
    cr_assert(pt_equal(&BYTES, &high, &(PtString){"\x80", 1}));
    cr_assert_eq(pt_hash(&BYTES, &high), pt_hash(&BYTES, &(PtString){"\x80", 1}));
}

// ---- Duration ----

Test(vm_kinds, durations_are_encoded_like_ints) {
    CHECK_BYTES("\xff\xff\xff\xff\xff\xff\xff\xff", "-1.ns", &DURATION, &(int64_t){-1});
    CHECK_BYTES("\0\xca\x9a\x3b\0\0\0\0", "1.s", &DURATION, &(int64_t){1000000000});
    CHECK_REFUSED(&PROGRAM, &DURATION, "\0\0\0", "the bytes end within a value");
}

Test(vm_kinds, durations_are_shown_by_the_largest_unit_that_divides_them) {
    static const int64_t s = 1000000000;
    static const struct {
        int64_t value;
        const char *expression, *argument;
    } CASES[] = {
        {0, "0.s", "0s"},
        {999, "999.ns", "999ns"},
        {1000, "1.us", "1us"},
        {1001000, "1001.us", "1001us"},
        {1500 * (s / 1000), "1500.ms", "1500ms"},
        {59 * s, "59.s", "59s"},
        {60 * s, "1.m", "1m"},
        {-90 * 60 * s, "-90.m", "-90m"},
        {23 * 3600 * s, "23.h", "23h"},
        {48 * 3600 * s, "2.d", "2d"},
        {INT64_MAX, "9223372036854775807.ns", "9223372036854775807ns"},
        {INT64_MIN, "(-9223372036854775808).ns", "-9223372036854775808ns"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        check_text(&DURATION, &CASES[i].value, CASES[i].expression);
        Buf out = {0};
        duration_show(&out, CASES[i].value, DURATION_ARGUMENT);
        cr_assert_str_eq(buf_text(&out), CASES[i].argument);
        int64_t back;
        cr_assert(duration_parse(out.data, out.length, &back) && back == CASES[i].value, "%s", CASES[i].argument);
        buf_free(&out);
    }
}

Test(vm_kinds, arguments_that_are_no_durations_are_refused) {
    static const char *const WRONG[] = {"",   "5",    "s",    "5 s",  " 5s", "5s ", "5.s",  "1.5s",
                                        "5S", "5min", "--5s", "5s5s", "-s",  "5ss", "0x5s", "9223372036854775807us"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        int64_t value;
        cr_assert(!duration_parse(WRONG[i], strlen(WRONG[i]), &value), "%s", WRONG[i]);
    }
    int64_t value;
    cr_assert(duration_parse("+5s", 3, &value) && value == 5000000000);
}

// ---- Any ----

Test(vm_kinds, anys_are_encoded_with_the_id_of_their_type) {
    Sample s;
    sample_init(&s);
    CHECK_BYTES("\2\0\0\0\0\0\0\0\xf9\xff\xff\xff\xff\xff\xff\xff", "-7", &ANY, &s.items[0]);
    CHECK_BYTES("\4\0\0\0\0\0\0\0\3\0\0\0"
                "\2\0\0\0\0\0\0\0\xf9\xff\xff\xff\xff\xff\xff\xff"
                "\3\0\0\0\0\0\0\0\2\0\0\0t\""
                "\5\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0",
                "[-7, \"t\\\"\", <function>]", &ANY, &s.any);
}

static const char GONE[] = "an Any holds a value of a type that the program makes no Any of, or a function that it does not "
                           "have: it has changed, or its use is gone";

Test(vm_kinds, an_any_whose_type_is_gone_is_refused) {
    CHECK_REFUSED(&PROGRAM, &ANY, "\x9\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", GONE);
    CHECK_REFUSED(&PROGRAM, &ANY, "\3\0\0\0\0\0\0\0\1\0\0\0\xff", "a String is not valid UTF-8");
    CHECK_REFUSED(&PROGRAM, &ANY, "\2\0\0\0\0\0\0", "the bytes end within a value");
    CHECK_REFUSED(NULL, &ANY, "\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", GONE);
}

// A value would be called as code.
Test(vm_kinds, a_function_is_an_any_and_an_any_is_no_function) {
    Memory memory = {0};
    const int64_t *any;
    Decoder decoder = decoder_of("\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16, &memory, &PROGRAM);
    cr_assert(decode_value(&decoder, &ANY, &any));
    cr_expect_eq(*any, CODE);
    PtValue held = program_any_value(&PROGRAM, &any);
    cr_expect_eq(held.desc, &FUNCTION);
    cr_expect_eq((const void *)held.at, (const void *)&any);
    memory_give_back(&memory);
    CHECK_REFUSED(&PROGRAM, &FUNCTION, "\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                  "a function value refers to code that the program does not have: the function has changed or is gone");
}

// As a damaged schema could say: there is no value to show.
Test(vm_kinds, an_any_has_exactly_one_value) {
    PtClosure closures[] = {KINDS[AN_INT], KINDS[AN_INT]};
    closures[0].field_count = 0;
    closures[1].desc = NULL;
    PtProgram program = {.closures = closures, .closure_count = 2};
    CHECK_REFUSED(&program, &ANY, "\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", GONE);
}

Test(vm_kinds, no_cut_and_no_changed_byte_of_an_any_does_harm) {
    Sample s;
    sample_init(&s);
    Buf out = {0};
    encode_value(&out, &ANY, &s.any, &PROGRAM);
    for (size_t i = 0; i < 256 * out.length; i++) {
        char *byte = &out.data[i / 256], was = *byte;
        *byte = (char)(was ^ (char)(i % 256));
        Memory memory = {0};
        const void *any;
        Decoder decoder = decoder_of(out.data, i % 256 ? out.length : i / 256, &memory, &PROGRAM);
        if (decode_value(&decoder, &ANY, &any)) {
            Buf text = {0};
            show_value(&text, &ANY, &any, &PROGRAM, SHOW_PLAIN, 1000);
            buf_free(&text);
        } else {
            cr_assert(decoder.error);
        }
        memory_give_back(&memory);
        *byte = was;
    }
    buf_free(&out);
}

Test(vm_kinds, the_heap_owns_what_anys_hold) {
    Env *env = env_real_new();
    Heap heap;
    cr_assert(heap_init(&heap, env, KINDS, (uint64_t)1 << 30));
    Sample s;
    sample_init(&s);
    const void *any = s.any;
    cr_assert(heap_own(&heap, &ANY, &any));
    cr_assert_eq(heap.live_blocks, 7, "%llu", (unsigned long long)heap.live_blocks);
    memset(&s, 0, sizeof s);
    check_text(&ANY, &any, "[-7, \"t\\\"\", <function>]");
    heap_release(&heap, &ANY, &any);
    cr_assert_eq(heap.live_blocks, 0);
    heap_free(&heap);
    env_real_free(env);
}
