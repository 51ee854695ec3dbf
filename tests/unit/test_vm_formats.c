// Values as JSON and CSV: what is written is read as it was; what yajl accepts is accepted, and nothing else.
#include <criterion/criterion.h>
#include <yajl/yajl_parse.h>

#include "base/hash.h"
#include "tests/unit/formats_testing.h"
#include "vm/map.h"
#include "vm/option.h"

enum { MAX_ATOM = 64 << 20 };

// ---- values by chance ----

typedef struct Chance {
    Scene *scene;
    uint64_t state;
    int left; // how many parts there may still be
} Chance;

static uint64_t below(Chance *c, uint64_t limit) {
    c->state = hash_u64(c->state + 0x9e3779b97f4a7c15u);
    return c->state % limit;
}

static PtString make_text(Chance *c, bool utf8) {
    static const char *const pieces[] = {"a", "\"", "\\",      "\n", "\x01", ",", "\r\n", "é", "\xf0\x9f\x98\x80",
                                         " ", "{",  "\\u0041", ""};
    uint64_t count = below(c, 6);
    char *data = pt_alloc(c->scene->context, 32), *end = data;
    for (uint64_t i = 0; i < count; i++) {
        const char *piece = pieces[below(c, sizeof pieces / sizeof *pieces)];
        end = stpcpy(end, piece);
        if (!utf8) end[-(end > data)] ^= 0x40;
    }
    return (PtString){data, end - data};
}

static double make_float(Chance *c) {
    static const double odd[] = {0.0, -0.0, 1e22, 1e23, 5e-324, 1.7976931348623157e308, 0.1, -1.5};
    if (below(c, 3) == 0) return odd[below(c, sizeof odd / sizeof *odd)];
    uint64_t bits = below(c, UINT64_MAX);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value - value == 0 ? value : 1.0;
}

static int64_t make_int(Chance *c) {
    static const int64_t odd[] = {0, -1, INT64_MIN, INT64_MAX, 10};
    return below(c, 2) ? odd[below(c, 5)] : (int64_t)below(c, UINT64_MAX);
}

static void make_value(Chance *c, const PtDesc *desc, char *value);

static uint64_t make_count(Chance *c) {
    uint64_t count = c->left > 0 ? below(c, 5) : 0;
    c->left -= (int)count;
    return count;
}

static PtList make_row(Chance *c, const PtDesc *elem, uint64_t count) {
    char *data = pt_alloc(c->scene->context, (int64_t)(count * elem->size));
    for (uint64_t i = 0; i < count; i++) make_value(c, elem, data + i * elem->size);
    return (PtList){data, (int64_t)count};
}

static void make_map(Chance *c, const PtDesc *desc, PtMap *map) {
    uint64_t count = make_count(c);
    PtList keys = make_row(c, desc->elem, count), values = make_row(c, desc->mapped, count);
    pt_map_build(c->scene->context, map, &keys, desc->kind == PT_SET ? NULL : &values, desc->elem, desc->mapped);
}

static void make_fields(Chance *c, const PtVariant *of, char *value) {
    for (uint64_t i = 0; i < of->field_count; i++) {
        const PtField *field = &of->fields[i];
        char *at = value + field->offset;
        if (field->boxed) {
            char *box = pt_alloc(c->scene->context, field->desc->size);
            memcpy(at, &box, sizeof box);
            at = box;
        }
        make_value(c, field->desc, at);
    }
}

static void make_enum(Chance *c, const PtDesc *desc, char *value) {
    uint64_t tag = c->left > 0 ? below(c, desc->variant_count) : desc->variant_count - 1; // the last one ends
    c->left--;
    *(int64_t *)value = (int64_t)tag;
    make_fields(c, &desc->variants[tag], value);
}

static void make_value(Chance *c, const PtDesc *desc, char *value) {
    switch ((PtKind)desc->kind) {
    case PT_INT:
    case PT_DURATION: *(int64_t *)value = make_int(c); break;
    case PT_FLOAT: *(double *)value = make_float(c); break;
    case PT_BOOL: *(uint8_t *)value = (uint8_t)below(c, 2); break;
    case PT_STRING: *(PtString *)value = make_text(c, true); break;
    case PT_BYTES: *(PtString *)value = make_text(c, false); break;
    case PT_LIST: *(PtList *)value = make_row(c, desc->elem, make_count(c)); break;
    case PT_MAP:
    case PT_SET: make_map(c, desc, (PtMap *)value); break;
    case PT_STRUCT: make_fields(c, &desc->variants[0], value); break;
    case PT_ENUM: make_enum(c, desc, value); break;
    default: break;
    }
}

// A hundred values, and the reader's memory.
typedef void Body(Chance *chance, const PtDesc *desc, char *value);

static void with_values(const PtDesc *desc, Body *body) {
    for (uint64_t seed = 0; seed < 100; seed++) {
        Scene scene;
        scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
        Chance chance = {&scene, seed, 60};
        char *value = calloc(1, desc->size + 1);
        make_value(&chance, desc, value);
        body(&chance, desc, value);
        free(value);
        scene_free(&scene);
    }
}

// ---- what is written is read as it was ----

static void json_again(Chance *chance, const PtDesc *desc, char *value) {
    Buf text = {0}, message = {0};
    char *again = calloc(1, desc->size + 1);
    cr_assert_eq(json_write(&text, desc, value, SIZE_MAX), JSON_FINE);
    cr_assert_null(memchr(text.data, '\n', text.length));
    bool fine = read_as_json(chance->scene, (PtString){text.data, (int64_t)text.length}, desc, again, &message);
    cr_assert(fine, "%s: %s", buf_text(&text), buf_text(&message));
    cr_assert(pt_equal(desc, value, again), "%s", buf_text(&text));
    free(again);
    buf_free(&text);
    buf_free(&message);
}

Test(vm_formats, json_is_read_as_it_was_written) {
    static const PtDesc *const types[] = {&EVERYTHINGS,      &CHAIN,      &PAIRS, &COUNTS, &PAIR_FLOATS, &INT_SET, &OPTION_OF_INT,
                                          &OPTION_OF_OPTION, &UNITS_TYPE, &FLOAT, &STRING, &INT,         &UNIT,    &BYTES_TYPE};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) with_values(types[i], json_again);
}

static void csv_again(Chance *chance, const PtDesc *desc, char *value) {
    static const int32_t columns[] = {0, 1, 2, 3, 4, 5, 6, 7};
    Buf text = {0}, message = {0};
    char *again = calloc(1, desc->size + 1);
    CsvParser *parser = csv_parser_new();
    CsvReader reader = row_reader(chance->scene, parser, columns, 8, &message);
    cr_assert(csv_write_record(&text, desc, value));
    bool fine = csv_read(&reader, &(PtString){text.data, (int64_t)text.length}, desc, again);
    cr_assert(fine, "%s: %s", buf_text(&text), buf_text(&message));
    cr_assert(pt_equal(desc, value, again), "%s", buf_text(&text));
    csv_parser_free(parser);
    free(again);
    buf_free(&text);
    buf_free(&message);
}

Test(vm_formats, csv_is_read_as_it_was_written) {
    with_values(&ROW, csv_again);
}

// ---- mistakes ----

Test(vm_formats, a_text_that_is_cut_off_is_none) {
    static const char text[] = "{\"a\": [1, {\"b\": \"\\u00e9\\n\"}, true, null, -1.5e3]}";
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    Buf message = {0};
    for (size_t size = 0; size < sizeof text; size++) {
        char *part = malloc(size + 1); // of this size, for the address sanitizer
        memcpy(part, text, size);
        bool fine = read_as_json(&scene, (PtString){part, (int64_t)size}, &NOTHING_TYPE, NULL, &message);
        cr_assert_eq(fine, size == sizeof text - 1, "%.*s", (int)size, text);
        free(part);
    }
    buf_free(&message);
    scene_free(&scene);
}

Test(vm_formats, a_line_of_csv_that_fails_does_no_harm_to_the_next_one) {
    CsvParser *parser = csv_parser_new();
    size_t count;
    const char *wrong, *message;
    for (int i = 0; i < 3; i++) {
        PtString bad[] = {text_of("a\"b"), text_of("\"a"), text_of("x,\"a\"b,c")}, good = text_of("\"a,\n\"\"\",,\"\",b ");
        cr_assert_null(csv_split(parser, &bad[i], &count, &wrong, &message));
        cr_assert(wrong >= bad[i].data && wrong <= bad[i].data + bad[i].size);
        const CsvField *fields = csv_split(parser, &good, &count, &wrong, &message);
        cr_assert_eq(count, 4);
        cr_assert(text_is((PtString){fields[0].text, (int64_t)fields[0].size}, "a,\n\""));
        cr_assert(fields[1].absent && !fields[2].absent && !fields[2].size);
        cr_assert(text_is((PtString){fields[3].text, (int64_t)fields[3].size}, "b "));
    }
    csv_parser_free(parser);
}

// ---- against yajl ----

static bool yajl_accepts(const char *text, size_t size) {
    static const yajl_callbacks none;
    yajl_handle yajl = yajl_alloc(&none, NULL, NULL);
    bool fine =
        yajl_parse(yajl, (const unsigned char *)text, size) == yajl_status_ok && yajl_complete_parse(yajl) == yajl_status_ok;
    yajl_free(yajl);
    return fine;
}

// Texts that are nearly JSON. Numbers that yajl cannot convert are left to it by a callback that it has not; half surrogate
// pairs, which it accepts, cannot come about without the letter d.
Test(vm_formats, accepts_what_yajl_accepts) {
    static const char *const seeds[] = {
        "{\"a\": [1, 2.5e-3, -0, 10], \"b\": {\"c\": \"x\\n\\u00e9\\/\", \"e\": null}, \"f\": [true, false, []]}",
        "{\"a\":{\"a\":[[[]],{}],\"b\":\"\\\\\"}, \"c\" : 0.1 ,\"a\":1E+9}",
    };
    static const char letters[] = "{}[]:,\"\\ 0123456789.-+eEu/n\ttruefalsnl\x01";
    Scene scene;
    Buf message = {0};
    uint64_t accepted = 0;
    Chance chance = {&scene, 1, 0};
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    for (int i = 0; i < 200000; i++) {
        char text[128];
        size_t size = strlen(strcpy(text, seeds[below(&chance, 2)]));
        for (uint64_t changes = below(&chance, 4); changes > 0; changes--) {
            size_t at = below(&chance, size);
            if (below(&chance, 3) == 0)
                memmove(text + at, text + at + 1, --size - at);
            else
                text[at] = letters[below(&chance, sizeof letters - 1)];
        }
        bool expected = size && text[0] == '{' && yajl_accepts(text, size);
        bool fine = read_as_json(&scene, (PtString){text, (int64_t)size}, &NOTHING_TYPE, NULL, &message);
        cr_assert_eq(fine, expected, "%.*s: %s", (int)size, text, fine ? "accepted" : buf_text(&message));
        accepted += fine;
    }
    cr_assert(accepted > 1000);
    buf_free(&message);
    scene_free(&scene);
}
