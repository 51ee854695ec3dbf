// The library's functions on texts, lists and numbers.
#include <criterion/criterion.h>

#include "tests/unit/vm_testing.h"
#include "vm/show.h"
#include "vm/utf8.h"

enum { MAX_ATOM = 1 << 20 };

// Checks a list of texts against what it shows.
static void check_texts(PtList list, const char *expected) {
    Buf out = {0};
    cr_assert(show_value(&out, &STRINGS, &list, NULL, SHOW_PLAIN, SIZE_MAX));
    cr_assert_str_eq(buf_text(&out), expected);
    buf_free(&out);
}

// ---- texts ----

Test(vm_library, words_are_runs_of_letters_digits_and_marks) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    static const struct {
        const char *text, *words;
    } CASES[] = {
        {"", "[]"},
        {" .,;", "[]"},
        {"a", "[\"a\"]"},
        {"In the beginning God", "[\"In\", \"the\", \"beginning\", \"God\"]"},
        {"it's 42nd_street", "[\"it\", \"s\", \"42nd\", \"street\"]"},
        {"@`[{/:~", "[]"},
        {"\xc3\x84pfel und \xc3\x96l\xe2\x80\x94ja", "[\"\xc3\x84pfel\", \"und\", \"\xc3\x96l\", \"ja\"]"},
        {"e\xcc\x81te\xcc\x81 \xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87",
         "[\"e\xcc\x81te\xcc\x81\", \"\xe0\xa4\xa8\xe0\xa4\xae\xe0\xa4\xb8\xe0\xa5\x8d\xe0\xa4\xa4\xe0\xa5\x87\"]"},
        {"x\xc2\xbdy \xf0\x9f\x98\x80z \xd9\xa1\xd9\xa2", "[\"x\", \"y\", \"z\", \"\xd9\xa1\xd9\xa2\"]"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        PtList words;
        PtString text = text_of(CASES[i].text);
        pt_string_words(scene.context, &words, &text);
        check_texts(words, CASES[i].words);
    }
    scene_free(&scene);
}

// The same words, found a code point at a time; `is_word` knows the few characters of the text below.
static int64_t words_slowly(const char *text, int64_t size, PtString *words) {
    int64_t count = 0, start = -1;
    for (int64_t at = 0; at < size;) {
        size_t length;
        uint32_t c = utf8_decode(text + at, &length);
        bool is_word = c == 'a' || c == 'Z' || c == '5' || c == 0xe4 || c == 0x4e2d || c == 0x10400;
        if (is_word && start < 0) start = at;
        if (!is_word && start >= 0) {
            words[count++] = (PtString){text + start, at - start};
            start = -1;
        }
        at += (int64_t)length;
    }
    if (start >= 0) words[count++] = (PtString){text + start, size - start};
    return count;
}

Test(vm_library, words_are_the_same_at_every_place_of_a_block) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    static const char *const PIECES[] = {"a", "Z", "5", " ", "-", "\xc3\xa4", "\xe4\xb8\xad", "\xf0\x90\x90\x80", "\xe2\x80\x94"};
    uint64_t random = 1;
    char text[700];
    PtString expected[700];
    for (int round = 0; round < 3000; round++) {
        int64_t size = 0, limit = round % 300;
        while (size < limit) {
            const char *piece = PIECES[(random = random * 6364136223846793005u + 1442695040888963407u) >> 33 % 31 & 7];
            if ((random >> 60) == 0) piece = PIECES[8];
            memcpy(text + size, piece, strlen(piece));
            size += (int64_t)strlen(piece);
        }
        char *exact = malloc((size_t)size + 1); // so that a sanitizer sees what is read beyond
        memcpy(exact, text, (size_t)size);
        exact = realloc(exact, (size_t)size ? (size_t)size : 1);
        PtList words;
        pt_string_words(scene.context, &words, &(PtString){exact, size});
        cr_assert_eq(words.size, words_slowly(exact, size, expected));
        for (int64_t i = 0; i < words.size; i++) {
            const PtString *word = (const PtString *)words.data + i;
            cr_assert(word->data == expected[i].data && word->size == expected[i].size);
        }
        free(exact);
        if (round % 100 == 0) partition_end(&scene.runtime->partitions[0], UINT64_MAX);
    }
    scene_free(&scene);
}

Test(vm_library, long_texts_have_room_for_all_words) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    enum { SIZE = 100001 };
    char *text = malloc(SIZE);
    for (int i = 0; i < SIZE; i++) text[i] = i % 2 ? ' ' : 'w';
    PtList words;
    pt_string_words(scene.context, &words, &(PtString){text, SIZE});
    cr_assert_eq(words.size, SIZE / 2 + 1);
    free(text);
    scene_free(&scene);
}

Test(vm_library, case_is_unicode) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    static const struct {
        const char *text, *lower, *upper;
    } CASES[] = {
        {"", "", ""},
        {"@AZ[`az{ Hello, WORLD 123 and more", "@az[`az{ hello, world 123 and more", "@AZ[`AZ{ HELLO, WORLD 123 AND MORE"},
        {"\xc3\x84\xc3\xb6 \xce\xa3", "\xc3\xa4\xc3\xb6 \xcf\x83", "\xc3\x84\xc3\x96 \xce\xa3"},
        {"\xc8\xba\xc8\xba\xc8\xba", "\xe2\xb1\xa5\xe2\xb1\xa5\xe2\xb1\xa5", "\xc8\xba\xc8\xba\xc8\xba"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        PtString text = text_of(CASES[i].text), lower, upper;
        pt_string_lower(scene.context, &lower, &text);
        pt_string_upper(scene.context, &upper, &text);
        cr_assert(text_is(lower, CASES[i].lower) && text_is(upper, CASES[i].upper), "case %zu", i);
    }
    scene_free(&scene);
}

Test(vm_library, parts_of_texts) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    PtContext *context = scene.context;
    PtString text = text_of("na\xc3\xafve \xf0\x9f\x98\x80 caf\xc3\xa9"), out;
    cr_assert_eq(pt_string_size(context, &text), 12);
    cr_assert_eq(pt_string_byte_size(context, &text), 17);
    static const struct {
        int64_t from, to;
        const char *part;
    } SLICES[] = {{0, 5, "na\xc3\xafve"},
                  {2, 3, "\xc3\xaf"},
                  {6, 7, "\xf0\x9f\x98\x80"},
                  {8, 100, "caf\xc3\xa9"},
                  {-5, 2, "na"},
                  {5, 5, ""},
                  {9, 2, ""},
                  {100, 200, ""},
                  {INT64_MIN, INT64_MAX, "na\xc3\xafve \xf0\x9f\x98\x80 caf\xc3\xa9"}};
    for (size_t i = 0; i < sizeof SLICES / sizeof *SLICES; i++) {
        pt_string_slice(context, &out, &text, SLICES[i].from, SLICES[i].to);
        cr_assert(text_is(out, SLICES[i].part), "slice %zu", i);
    }
    OptionInt at;
    pt_string_index_of(context, &at, &text, &(PtString){"caf", 3});
    cr_assert(at.tag == OPTION_SOME && at.value == 8);
    pt_string_index_of(context, &at, &text, &(PtString){"tea", 3});
    cr_assert(at.tag == OPTION_NONE);
    pt_string_index_of(context, &at, &text, &(PtString){NULL, 0});
    cr_assert(at.tag == OPTION_SOME && at.value == 0);
    PtString spaces = text_of(" \t\n\xc2\xa0 x y\xe3\x80\x80\r\n");
    pt_string_trim(context, &out, &spaces);
    cr_assert(text_is(out, "x y"));
    PtString only = text_of("  \xe2\x80\x83 ");
    pt_string_trim(context, &out, &only);
    cr_assert_eq(out.size, 0);
    scene_free(&scene);
}

Test(vm_library, splitting_and_joining) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    PtContext *context = scene.context;
    static const struct {
        const char *text, *separator, *parts;
    } CASES[] = {{"a,b,,c", ",", "[\"a\", \"b\", \"\", \"c\"]"},
                 {"", ",", "[\"\"]"},
                 {"abc", "abc", "[\"\", \"\"]"},
                 {"aaaa", "aa", "[\"\", \"\", \"\"]"},
                 {"", "", "[]"},
                 {"a\xc3\xa4z", "", "[\"a\", \"\xc3\xa4\", \"z\"]"},
                 {"ab", "abc", "[\"ab\"]"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        PtString text = text_of(CASES[i].text), separator = text_of(CASES[i].separator), joined;
        PtList parts;
        pt_string_split(context, &parts, &text, &separator);
        check_texts(parts, CASES[i].parts);
        pt_string_join(context, &joined, &parts, &separator);
        cr_assert(text_is(joined, CASES[i].text));
    }
    PtString text = text_of("one two two"), out;
    pt_string_replace(context, &out, &text, &(PtString){"two", 3}, &(PtString){"three", 5});
    cr_assert(text_is(out, "one three three"));
    pt_string_replace(context, &out, &text, &(PtString){NULL, 0}, &(PtString){"x", 1});
    cr_assert(text_is(out, "one two two"));
    pt_string_repeat(context, &out, &(PtString){"ab", 2}, 3);
    cr_assert(text_is(out, "ababab"));
    pt_string_repeat(context, &out, &(PtString){"ab", 2}, -3);
    cr_assert_eq(out.size, 0);
    const PtString parts[] = {text_of("a"), {NULL, 0}, text_of("bc")};
    pt_concat(context, &out, parts, 3);
    cr_assert(text_is(out, "abc"));
    cr_assert(pt_string_starts_with(context, &text, &(PtString){"one", 3}));
    cr_assert(!pt_string_starts_with(context, &text, &(PtString){"one two two!", 12}));
    cr_assert(pt_string_ends_with(context, &text, &(PtString){"two", 3}) &&
              pt_string_ends_with(context, &text, &(PtString){NULL, 0}));
    cr_assert(pt_string_contains(context, &text, &(PtString){"e t", 3}) &&
              !pt_string_contains(context, &text, &(PtString){"x", 1}));
    scene_free(&scene);
}

// ---- memory ----

static void repeat_too_often(Partition *partition, void *argument) {
    PtString out;
    pt_string_repeat(&partition->context, &out, &(PtString){"ab", 2}, *(int64_t *)argument);
}

Test(vm_library, too_much_memory_ends_the_atom) {
    static const int64_t TIMES[] = {INT64_MAX, INT64_MAX / 2, (int64_t)1 << 40, 4 << 20};
    for (size_t i = 0; i < sizeof TIMES / sizeof *TIMES; i++) {
        Scene scene;
        scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
        cr_assert(!partition_guard(&scene.runtime->partitions[0], repeat_too_often, (void *)&TIMES[i]));
        Buf message = {0};
        failure_render(&scene.runtime->partitions[0].failure, &message);
        cr_assert_str_eq(buf_text(&message), "error: the atom needs more than 4194304 bytes of memory\n"
                                             "   = help: `--max-atom` sets the limit, at 4 times its value\n");
        buf_free(&message);
        scene_free(&scene);
    }
}

// ---- lists ----

Test(vm_library, appending_leaves_the_old_list_as_it_was) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    PtContext *context = scene.context;
    PtList list = {NULL, 0}, half = {NULL, 0};
    for (int64_t i = 0; i < 10000; i++) {
        pt_list_append(context, &list, &list, &i, &INT);
        if (i == 4999) half = list;
    }
    PtList other;
    pt_list_append(context, &other, &half, &(int64_t){-1}, &INT);
    cr_assert_eq(((const int64_t *)list.data)[5000], 5000);
    cr_assert_eq(((const int64_t *)other.data)[5000], -1);
    for (int64_t i = 0; i < 10000; i++) cr_assert_eq(((const int64_t *)list.data)[i], i);
    PtList units = {NULL, 0};
    for (int i = 0; i < 10; i++) pt_list_append(context, &units, &units, "", &UNIT);
    cr_assert_eq(pt_list_size(context, &units, &UNIT), 10);

    // They need no memory, so a list of them may have none: what is in state has none.
    PtList bare = {NULL, 3}, made;
    pt_list_append(context, &made, &bare, "", &UNIT);
    cr_assert_eq(made.size, 4);
    pt_list_concat(context, &made, &bare, &bare, &UNIT);
    cr_assert_eq(made.size, 6);
    pt_list_reverse(context, &made, &bare, &UNIT);
    cr_assert_eq(made.size, 3);
    pt_list_sort_with_keys(context, &made, &bare, &bare, &UNIT, &UNIT);
    cr_assert_eq(made.size, 3);
    scene_free(&scene);
}

Test(vm_library, sorting_keeps_equal_elements_in_place) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    enum { SIZE = 1000 };
    int64_t keys[SIZE];
    Pair pairs[SIZE];
    for (int64_t i = 0; i < SIZE; i++) {
        keys[i] = i * 7919 % 13;
        pairs[i] = (Pair){i, {NULL, 0}};
    }
    PtList sorted;
    pt_list_sort_with_keys(scene.context, &sorted, &(PtList){pairs, SIZE}, &(PtList){keys, SIZE}, &PAIR, &INT);
    const Pair *at = sorted.data;
    for (int64_t i = 1; i < SIZE; i++) {
        int64_t before = keys[at[i - 1].number], key = keys[at[i].number];
        cr_assert(before < key || (before == key && at[i - 1].number < at[i].number));
    }
    pt_list_sort_with_keys(scene.context, &sorted, &(PtList){NULL, 0}, &(PtList){NULL, 0}, &PAIR, &INT);
    cr_assert_eq(sorted.size, 0);
    scene_free(&scene);
}

Test(vm_library, parts_of_lists) {
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    const int64_t numbers[] = {1, 2, 3, 4};
    PtList list = {numbers, 4}, out;
    pt_list_slice(scene.context, &out, &list, 1, 3, &INT);
    cr_assert(out.data == numbers + 1 && out.size == 2);
    pt_list_slice(scene.context, &out, &list, -1, 100, &INT);
    cr_assert(out.data == numbers && out.size == 4);
    pt_list_slice(scene.context, &out, &list, 3, 1, &INT);
    cr_assert_eq(out.size, 0);
    pt_list_reverse(scene.context, &out, &list, &INT);
    cr_assert_eq(((const int64_t *)out.data)[0], 4);
    pt_list_concat(scene.context, &out, &list, &list, &INT);
    cr_assert(out.size == 8 && ((const int64_t *)out.data)[4] == 1);
    pt_list_concat(scene.context, &out, &list, &(PtList){NULL, 0}, &INT);
    cr_assert(out.data == numbers && out.size == 4);
    scene_free(&scene);
}

// ---- numbers ----

Test(vm_library, numbers_are_read_strictly) {
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } INTEGERS[] = {{"0", true, 0},
                    {"-12", true, -12},
                    {"+7", true, 7},
                    {"9223372036854775807", true, INT64_MAX},
                    {"-9223372036854775808", true, INT64_MIN},
                    {"9223372036854775808", false, 0},
                    {"-9223372036854775809", false, 0},
                    {"", false, 0},
                    {"-", false, 0},
                    {" 1", false, 0},
                    {"1 ", false, 0},
                    {"0x10", false, 0},
                    {"1.0", false, 0}};
    OptionInt integer;
    for (size_t i = 0; i < sizeof INTEGERS / sizeof *INTEGERS; i++) {
        PtString text = text_of(INTEGERS[i].text);
        pt_string_to_int(NULL, &integer, &text);
        cr_assert_eq(integer.tag == OPTION_SOME, INTEGERS[i].ok, "%s", INTEGERS[i].text);
        cr_assert_eq(integer.value, INTEGERS[i].value);
    }
    static const struct {
        const char *text;
        bool ok;
        double value;
    } FLOATS[] = {{"1", true, 1},    {"-1.5e3", true, -1500}, {".5", true, .5}, {"5.", true, 5},  {"1e400", true, 1.0 / 0.0},
                  {"", false, 0},    {".", false, 0},         {"e5", false, 0}, {"1e", false, 0}, {"nan", false, 0},
                  {"inf", false, 0}, {"0x1p3", false, 0},     {" 1", false, 0}};
    OptionFloat floating;
    for (size_t i = 0; i < sizeof FLOATS / sizeof *FLOATS; i++) {
        PtString text = text_of(FLOATS[i].text);
        pt_string_to_float(NULL, &floating, &text);
        cr_assert_eq(floating.tag == OPTION_SOME, FLOATS[i].ok, "%s", FLOATS[i].text);
        cr_assert_eq(floating.value, FLOATS[i].value);
    }
    pt_float_floor(NULL, &integer, -1.5);
    cr_assert(integer.tag == OPTION_SOME && integer.value == -2);
    pt_float_round(NULL, &integer, 2.5);
    cr_assert(integer.tag == OPTION_SOME && integer.value == 3);
    pt_float_floor(NULL, &integer, 0x1p63);
    cr_assert(integer.tag == OPTION_NONE);
    pt_float_floor(NULL, &integer, -0x1p63);
    cr_assert(integer.tag == OPTION_SOME && integer.value == INT64_MIN);
    pt_float_round(NULL, &integer, 0.0 / 0.0);
    cr_assert(integer.tag == OPTION_NONE);
}

Test(vm_library, utf8_is_checked_to_the_byte) {
    static const struct {
        const char *text;
        size_t size, valid;
    } CASES[] = {{"", 0, 0},
                 {"abc", 3, 3},
                 {"\0\x7f", 2, 2},
                 {"ab\xff", 3, 2},
                 {"\xc3\xa4\xc3", 3, 2},
                 {"\xed\xa0\x80", 3, 0},
                 {"\xc0\x80", 2, 0},
                 {"\xf4\x90\x80\x80", 4, 0},
                 {"\xf0\x9f\x98\x80!", 5, 5},
                 {"0123456789012345678901234567890123456789\x80", 41, 40}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        cr_assert_eq(utf8_valid(CASES[i].text, CASES[i].size), CASES[i].valid, "case %zu", i);
}
