// formats_testing.h - types of all kinds that JSON and CSV have forms for, for tests of both.
#ifndef TESTS_UNIT_FORMATS_TESTING_H
#define TESTS_UNIT_FORMATS_TESTING_H

#include "tests/unit/vm_testing.h"
#include "vm/csv.h"
#include "vm/json.h"

static const PtDesc BYTES_TYPE = {.name = "Bytes", .kind = PT_BYTES, .size = 16, .align = 8, .has_pointers = 1};
static const PtDesc DURATION_TYPE = {.name = "Duration", .kind = PT_DURATION, .size = 8, .align = 8};

#define LIST_OF(text, of) {.name = (text), .elem = &(of), .kind = PT_LIST, .size = 16, .align = 8, .has_pointers = 1}
#define SET_OF(text, of)                                                                                                         \
    {.name = (text), .elem = &(of), .mapped = &UNIT, .kind = PT_SET, .size = 16, .align = 8, .has_pointers = 1}
#define MAP_OF(text, k, v)                                                                                                       \
    {.name = (text), .elem = &(k), .mapped = &(v), .kind = PT_MAP, .size = 16, .align = 8, .has_pointers = 1}
#define OPTION_OF(text, fields, bytes)                                                                                           \
    {.name = (text),                                                                                                             \
     .variants = (const PtVariant[]){{"Some", (fields), 1}, {"None", NULL, 0}},                                                  \
     .variant_count = 2,                                                                                                         \
     .kind = PT_ENUM,                                                                                                            \
     .size = (bytes),                                                                                                            \
     .align = 8,                                                                                                                 \
     .has_pointers = 1}

static const PtField SOME_INT[] = {{"value", &INT, 8, 0}}, SOME_STRING[] = {{"value", &STRING, 8, 0}},
                     SOME_FLOAT[] = {{"value", &FLOAT, 8, 0}};
static const PtDesc OPTION_OF_INT = OPTION_OF("Option[Int]", SOME_INT, 16);
static const PtDesc OPTION_OF_STRING = OPTION_OF("Option[String]", SOME_STRING, 24);
static const PtDesc OPTION_OF_FLOAT = OPTION_OF("Option[Float]", SOME_FLOAT, 16);
static const PtField SOME_OPTION[] = {{"value", &OPTION_OF_INT, 8, 0}};
static const PtDesc OPTION_OF_OPTION = OPTION_OF("Option[Option[Int]]", SOME_OPTION, 24);

static const PtDesc UNITS_TYPE = LIST_OF("List[()]", UNIT);
static const PtDesc INT_SET = SET_OF("Set[Int]", INT);
static const PtDesc COUNTS = MAP_OF("Map[String, Int]", STRING, INT);
static const PtDesc PAIR_FLOATS = MAP_OF("Map[(Int, String), Float]", PAIR, FLOAT);

// enum Colour { Red, Green }
static const PtDesc COLOUR = {.name = "Colour",
                              .variants = (const PtVariant[]){{"Red", NULL, 0}, {"Green", NULL, 0}},
                              .variant_count = 2,
                              .kind = PT_ENUM,
                              .size = 8,
                              .align = 8};

static const PtField EVERYTHING_FIELDS[] = {
    {"int", &INT, 0, 0},
    {"float", &FLOAT, 8, 0},
    {"bool", &BOOL, 16, 0},
    {"text", &STRING, 24, 0},
    {"wait", &DURATION_TYPE, 40, 0},
    {"bytes", &BYTES_TYPE, 48, 0},
    {"unit", &UNIT, 64, 0},
    {"pairs", &PAIRS, 64, 0},
    {"chain", &CHAIN, 80, 0},
    {"units", &UNITS_TYPE, 104, 0},
    {"set", &INT_SET, 120, 0},
    {"counts", &COUNTS, 136, 0},
    {"floats", &PAIR_FLOATS, 152, 0},
    {"maybe", &OPTION_OF_INT, 168, 1},
    {"nested", &OPTION_OF_OPTION, 176, 0},
    {"colour", &COLOUR, 200, 0},
};
static const PtDesc EVERYTHING = {.name = "Everything",
                                  .variants = (const PtVariant[]){{"Everything", EVERYTHING_FIELDS, 16}},
                                  .variant_count = 1,
                                  .kind = PT_STRUCT,
                                  .size = 208,
                                  .align = 8,
                                  .has_pointers = 1};
static const PtDesc EVERYTHINGS = LIST_OF("List[Everything]", EVERYTHING);

// record Row(int, float, bool, text, wait, colour, maybe: Option[Float], note: Option[String])
static const PtField ROW_FIELDS[] = {
    {"int", &INT, 0, 0},
    {"float", &FLOAT, 8, 0},
    {"bool", &BOOL, 16, 0},
    {"text", &STRING, 24, 0},
    {"wait", &DURATION_TYPE, 40, 0},
    {"colour", &COLOUR, 48, 0},
    {"maybe", &OPTION_OF_FLOAT, 56, 0},
    {"note", &OPTION_OF_STRING, 72, 0},
};
static const PtDesc ROW = {.name = "Row",
                           .variants = (const PtVariant[]){{"Row", ROW_FIELDS, 8}},
                           .variant_count = 1,
                           .kind = PT_STRUCT,
                           .size = 96,
                           .align = 8,
                           .has_pointers = 1};

// record Nothing { }: skips what is in the object.
static const PtDesc NOTHING_TYPE = {
    .name = "Nothing", .variants = (const PtVariant[]){{"Nothing", NULL, 0}}, .variant_count = 1, .kind = PT_STRUCT, .align = 1};

static inline bool read_as_json(Scene *scene, PtString text, const PtDesc *desc, void *value, Buf *message) {
    JsonReader reader = {.context = scene->context, .at = text.data, .end = text.data + text.size, .message = message};
    bool fine = json_read(&reader, desc, value);
    if (!fine && (reader.wrong < text.data || reader.wrong > text.data + text.size || !message->length)) abort();
    return fine;
}

// The columns of a file that has all fields of the record, in order.
static inline CsvReader row_reader(Scene *scene, CsvParser *parser, const int32_t *columns, size_t count, Buf *message) {
    return (CsvReader){
        .context = scene->context, .parser = parser, .columns = columns, .column_count = count, .message = message};
}

#endif
