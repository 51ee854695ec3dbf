#include <math.h>
#include <string.h>

#include "vm/csv.h"
#include "vm/duration.h"
#include "vm/json.h"
#include "vm/memory.h"
#include "vm/number.h"
#include "vm/option.h"
#include "vm/utf8.h"

// ---- the header ----

static int32_t find_field(const PtVariant *of, const CsvField *name) {
    for (uint64_t i = 0; i < of->field_count; i++)
        if (strlen(of->fields[i].name) == name->size && memcmp(of->fields[i].name, name->text, name->size) == 0)
            return (int32_t)i;
    return CSV_IGNORED;
}

static bool has_column(const int32_t *columns, size_t count, uint64_t field) {
    for (size_t i = 0; i < count; i++)
        if (columns[i] == (int32_t)field) return true;
    return false;
}

bool csv_match_header(const CsvField *header, size_t count, const PtDesc *desc, int32_t **columns, Buf *message) {
    const PtVariant *of = &desc->variants[0];
    *columns = MEMORY_NEW(int32_t, count);
    for (size_t i = 0; i < count; i++) {
        int32_t field = find_field(of, &header[i]);
        if (field != CSV_IGNORED && has_column(*columns, i, (uint64_t)field)) {
            buf_printf(message, "there are two columns `%s`", of->fields[field].name);
            return false;
        }
        (*columns)[i] = field;
    }
    for (uint64_t i = 0; i < of->field_count; i++) {
        if (has_column(*columns, count, i) || json_is_option(of->fields[i].desc)) continue;
        buf_printf(message, "there is no column `%s`, which %s needs", of->fields[i].name, desc->name);
        return false;
    }
    return true;
}

// ---- fields ----

enum { SHOWN = 24 }; // bytes of a field that a message shows

// Where field number `n` begins in the text.
static const char *field_start(const PtString *text, size_t n) {
    const char *at = text->data, *end = at + text->size;
    bool quoted = false;
    while (at < end && (*at == '\n' || *at == '\r')) at++;
    for (; at < end && n; at++) {
        if (*at == '"') quoted = !quoted;
        if (*at == ',' && !quoted) n--;
    }
    return at;
}

static bool expected(CsvReader *r, const CsvField *field, const char *what, const char *name) {
    r->message->length = 0;
    buf_printf(r->message, "expected %s for `%s`, found ", what, name);
    if (field->absent) {
        buf_puts(r->message, "nothing");
        return false;
    }
    size_t shown = field->size > SHOWN ? utf8_valid(field->text, SHOWN) : field->size;
    buf_putc(r->message, '`');
    buf_append(r->message, field->text, shown);
    buf_puts(r->message, shown < field->size ? "...`" : "`");
    return false;
}

static bool is_word(const CsvField *field, const char *word) {
    return field->size == strlen(word) && memcmp(field->text, word, field->size) == 0;
}

static bool read_bool(const CsvField *field, uint8_t *value) {
    *value = is_word(field, "true");
    return *value || is_word(field, "false");
}

static bool read_variant(const CsvField *field, const PtDesc *desc, int64_t *value) {
    for (uint64_t i = 0; i < desc->variant_count; i++) {
        if (!is_word(field, desc->variants[i].name)) continue;
        *value = (int64_t)i;
        return true;
    }
    return false;
}

static bool read_string(CsvReader *r, const CsvField *field, PtString *value) {
    char *data = pt_alloc(r->context, (int64_t)field->size);
    if (field->size) memcpy(data, field->text, field->size);
    *value = (PtString){data, (int64_t)field->size};
    return true;
}

static bool read_float(const CsvField *field, double *value) {
    return number_parse_float(field->text, field->size, value) && isfinite(*value);
}

static bool read_field(CsvReader *r, const CsvField *field, const PtField *of, const PtDesc *desc, char *value) {
    switch ((PtKind)desc->kind) {
    case PT_INT: return number_parse_int(field->text, field->size, (int64_t *)value) || expected(r, field, "an Int", of->name);
    case PT_FLOAT: return read_float(field, (double *)value) || expected(r, field, "a Float", of->name);
    case PT_BOOL: return read_bool(field, (uint8_t *)value) || expected(r, field, "a Bool", of->name);
    case PT_STRING: return read_string(r, field, (PtString *)value);
    case PT_DURATION:
        return duration_parse(field->text, field->size, (int64_t *)value) ||
               expected(r, field, "a Duration, like 1500ms,", of->name);
    case PT_ENUM: return read_variant(field, desc, (int64_t *)value) || expected(r, field, desc->name, of->name);
    default: return expected(r, field, "another type", of->name); // the compiler has refused it
    }
}

// Nothing between the commas is None; so is `""` where it can be nothing else.
static bool read_option(CsvReader *r, const CsvField *field, const PtField *of, char *value) {
    const PtField *content = &of->desc->variants[OPTION_SOME].fields[0];
    bool none = field->absent || (!field->size && content->desc->kind != PT_STRING);
    *(int64_t *)value = none ? OPTION_NONE : OPTION_SOME;
    return none || read_field(r, field, of, content->desc, value + content->offset);
}

static bool read_column(CsvReader *r, const CsvField *field, const PtField *of, char *value) {
    char *at = value + of->offset;
    return json_is_option(of->desc) ? read_option(r, field, of, at) : read_field(r, field, of, of->desc, at);
}

// ---- records ----

static void fill_options(const PtVariant *of, char *value) {
    for (uint64_t i = 0; i < of->field_count; i++)
        if (json_is_option(of->fields[i].desc)) *(int64_t *)(value + of->fields[i].offset) = OPTION_NONE;
}

static bool wrong_count(CsvReader *r, const PtString *text, size_t count) {
    size_t last = count < r->column_count ? count - 1 : r->column_count;
    r->wrong = field_start(text, last);
    r->message->length = 0;
    buf_printf(r->message, "expected %zu fields, as in the header, found %zu", r->column_count, count);
    return false;
}

bool csv_read(CsvReader *r, const PtString *text, const PtDesc *desc, void *value) {
    const PtVariant *of = &desc->variants[0];
    PtString line = *text; // behind line ends of empty lines
    while (line.size && (*line.data == '\n' || *line.data == '\r')) line = (PtString){line.data + 1, line.size - 1};
    size_t count;
    const char *message;
    const CsvField *fields = csv_split(r->parser, &line, &count, &r->wrong, &message);
    if (!fields) {
        r->message->length = 0;
        buf_puts(r->message, message);
        return false;
    }
    if (count != r->column_count) return wrong_count(r, text, count);
    fill_options(of, value);
    for (size_t i = 0; i < count; i++) {
        if (r->columns[i] == CSV_IGNORED || read_column(r, &fields[i], &of->fields[r->columns[i]], value)) continue;
        r->wrong = field_start(text, i);
        return false;
    }
    return true;
}
