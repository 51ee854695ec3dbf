// Lines of CSV taken apart by libcsv. What it hands out is copied at once: nothing of ours is called from within it that could
// leave it by a trap.
#include <csv.h>
#include <stdlib.h>

#include "vm/csv.h"
#include "vm/memory.h"

typedef struct Part {
    size_t from, to; // in `text`
    bool absent;
} Part;

struct CsvParser {
    struct csv_parser library;
    Buf text; // of all fields of the record
    Part *parts;
    size_t count;
    size_t capacity;
    CsvField *fields;
    size_t field_capacity;
    int rows;
};

// Blanks belong to fields; only a line feed ends a line.
static int is_blank(unsigned char c) {
    (void)c;
    return 0;
}

static int is_line_end(unsigned char c) {
    return c == '\n';
}

static void start(CsvParser *parser) {
    csv_init(&parser->library, CSV_STRICT | CSV_STRICT_FINI | CSV_EMPTY_IS_NULL); // fails only without a place for it
    csv_set_space_func(&parser->library, is_blank);
    csv_set_term_func(&parser->library, is_line_end);
}

CsvParser *csv_parser_new(void) {
    CsvParser *parser = MEMORY_NEW(CsvParser, 1);
    start(parser);
    return parser;
}

void csv_parser_free(CsvParser *parser) {
    if (!parser) return;
    csv_free(&parser->library);
    buf_free(&parser->text);
    free(parser->parts);
    free(parser->fields);
    free(parser);
}

static void take_field(void *bytes, size_t size, void *data) {
    CsvParser *parser = data;
    parser->parts = memory_grow(parser->parts, parser->count, &parser->capacity, sizeof(Part));
    size_t from = parser->text.length;
    if (size) buf_append(&parser->text, bytes, size);
    parser->parts[parser->count++] = (Part){from, parser->text.length, !bytes};
}

static void take_row(int end, void *data) {
    (void)end;
    ((CsvParser *)data)->rows++;
}

// After a mistake the library is within a record.
static const CsvField *fail(CsvParser *parser, const char *at, const char *what, const char **wrong, const char **message) {
    csv_free(&parser->library);
    start(parser);
    *wrong = at;
    *message = what;
    return NULL;
}

static const CsvField *finish(CsvParser *parser, size_t *count) {
    while (parser->field_capacity < parser->count)
        parser->fields = memory_grow(parser->fields, parser->field_capacity, &parser->field_capacity, sizeof(CsvField));
    for (size_t i = 0; i < parser->count; i++) {
        const Part *part = &parser->parts[i];
        parser->fields[i] = (CsvField){parser->text.data + part->from, part->to - part->from, part->absent};
    }
    *count = parser->count;
    return parser->fields;
}

// What is left of a line that ends within quotes: from the quote that opens them.
static const char *open_quote(const PtString *text) {
    const char *open = text->data;
    bool quoted = false;
    for (const char *at = text->data; at < text->data + text->size; at++) {
        if (*at != '"') continue;
        if (!quoted) open = at;
        quoted = !quoted;
    }
    return open;
}

const CsvField *csv_split(CsvParser *parser, const PtString *text, size_t *count, const char **wrong, const char **message) {
    parser->count = parser->text.length = 0;
    parser->rows = 0;
    buf_reserve(&parser->text, 1); // so that fields without text have an address
    size_t size = (size_t)text->size, done = csv_parse(&parser->library, text->data, size, take_field, take_row, parser);
    if (done < size) return fail(parser, text->data + done, "a quote must be written twice, within quotes", wrong, message);
    if (csv_fini(&parser->library, take_field, take_row, parser) != 0)
        return fail(parser, open_quote(text), "the quotes that begin here do not end", wrong, message);
    if (!parser->count) take_field(NULL, 0, parser); // a line without anything is a field without anything
    return finish(parser, count);
}
