// fuzz_formats.c - for libFuzzer: texts as JSON and as CSV. Whatever they are, reading them does no harm; and what can be read is
// written as a text that is read as the same value.
//
// An input is a byte that says which type, and the text.
#include "tests/unit/formats_testing.h"
#include "vm/utf8.h"

enum { MAX_ATOM = 16 << 20 };

static void require(bool fact) {
    if (!fact) abort();
}

// Comparing Strings looks at whole words around them, as memory of the VM allows: a text with room on both sides.
enum { ROOM = 16 };

static PtString with_room(Buf *buffer, PtString text) {
    static const char room[ROOM];
    buf_append(buffer, room, ROOM);
    buf_append(buffer, text.data, (size_t)text.size);
    buf_append(buffer, room, ROOM);
    return (PtString){buffer->data + ROOM, text.size};
}

static void read_json_again(Scene *scene, const PtDesc *desc, const void *value, Buf *message) {
    Buf text = {0}, roomy = {0};
    void *again = malloc(desc->size + 1);
    require(json_write(&text, desc, value, SIZE_MAX) == JSON_FINE);
    require(read_as_json(scene, with_room(&roomy, (PtString){text.data, (int64_t)text.length}), desc, again, message));
    require(pt_equal(desc, value, again));
    free(again);
    buf_free(&text);
    buf_free(&roomy);
}

static void check_json(Scene *scene, PtString text, const PtDesc *desc) {
    Buf message = {0}, roomy = {0};
    void *value = malloc(desc->size + 1);
    if (read_as_json(scene, text, desc, value, &message)) {
        require(read_as_json(scene, with_room(&roomy, text), desc, value, &message));
        read_json_again(scene, desc, value, &message);
    }
    free(value);
    buf_free(&message);
    buf_free(&roomy);
}

static void read_csv_again(CsvReader *reader, const void *value) {
    Buf text = {0};
    void *again = malloc(ROW.size);
    require(csv_write_record(&text, &ROW, value));
    require(csv_read(reader, &(PtString){text.data, (int64_t)text.length}, &ROW, again));
    require(pt_equal(&ROW, value, again));
    free(again);
    buf_free(&text);
}

static void check_csv(Scene *scene, PtString text) {
    static const int32_t columns[] = {0, 1, 2, 3, 4, 5, 6, 7};
    Buf message = {0};
    void *value = malloc(ROW.size);
    CsvParser *parser = csv_parser_new();
    CsvReader reader = row_reader(scene, parser, columns, 8, &message);
    if (csv_read(&reader, &text, &ROW, value))
        read_csv_again(&reader, value);
    else
        require(message.length && reader.wrong >= text.data && reader.wrong <= text.data + text.size);
    csv_parser_free(parser);
    free(value);
    buf_free(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const PtDesc *const types[] = {&EVERYTHINGS,  &EVERYTHING,       &CHAIN,         &PAIRS, &COUNTS, &PAIR_FLOATS,
                                          &INT_SET,      &OPTION_OF_OPTION, &OPTION_OF_INT, &FLOAT, &STRING, &INT,
                                          &NOTHING_TYPE, &UNITS_TYPE};
    enum { TYPES = sizeof types / sizeof *types };
    if (!size || utf8_valid((const char *)data + 1, size - 1) != size - 1) return 0;
    Scene scene;
    scene_init(&scene, &NO_PROGRAM, MAX_ATOM);
    char *copy = malloc(size); // of this size, for the address sanitizer
    memcpy(copy, data + 1, size - 1);
    PtString text = {copy, (int64_t)size - 1};
    size_t type = data[0] % (TYPES + 1);
    if (type == TYPES)
        check_csv(&scene, text);
    else
        check_json(&scene, text, types[type]);
    free(copy);
    scene_free(&scene);
    return 0;
}
