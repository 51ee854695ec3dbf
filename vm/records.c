#include "vm/records.h"

#include "vm/csv.h"
#include "vm/error.h"
#include "vm/json.h"
#include "vm/utf8.h"

// ---- places ----

// The records of CSV may have line ends of their own.
static uint64_t count_lines(const char *text, const char *end) {
    uint64_t lines = 0;
    while (text < end && (text = memchr(text, '\n', (size_t)(end - text)))) {
        lines++;
        text++;
    }
    return lines;
}

// The number of the first line of the running event.
static uint64_t first_line(const Partition *partition, bool one_each) {
    const Atom *atom = partition->input;
    uint64_t event = (uint64_t)error_running_event(partition), line = (uint64_t)atom->first;
    if (one_each) return line + event;
    const PtString *records = (const PtString *)atom->events;
    for (uint64_t i = 0; i < event; i++) line += 1 + count_lines(records[i].data, records[i].data + records[i].size);
    return line;
}

static InputPlace place_in(const Partition *partition, uint64_t source, const PtString *text, const char *at) {
    const Feed *feed = &partition->runtime->feeds[source];
    bool json = feed->source->kind == PT_SOURCE_JSON_LINES;
    const char *line = text->data;
    for (const char *next = line; !json && (next = memchr(line, '\n', (size_t)(at - line)));) line = next + 1;
    return (InputPlace){feed_file_name(feed), first_line(partition, json) + count_lines(text->data, line),
                        utf8_count(line, (size_t)(at - line)) + 1};
}

// ---- lines and records ----

typedef bool ReadRecord(Partition *partition, const PtString *text, uint64_t source, const PtDesc *desc, void *value,
                        const char **wrong);

static const char BYTE_ORDER_MARK[] = "\xef\xbb\xbf";

// Only a file begins with a byte order mark, which is nothing else there.
static const char *skip_mark(const Partition *partition, const PtString *line) {
    size_t size = sizeof BYTE_ORDER_MARK - 1;
    bool there = (size_t)line->size >= size && memcmp(line->data, BYTE_ORDER_MARK, size) == 0;
    return there && first_line(partition, true) == 1 ? line->data + size : line->data;
}

static bool read_json(Partition *partition, const PtString *line, uint64_t source, const PtDesc *desc, void *value,
                      const char **wrong) {
    (void)source;
    const char *start = line->size && (unsigned char)*line->data == 0xef ? skip_mark(partition, line) : line->data;
    JsonReader reader = {
        .context = &partition->context, .at = start, .end = line->data + line->size, .message = &partition->complaint};
    bool fine = json_read(&reader, desc, value);
    *wrong = reader.wrong;
    return fine;
}

static CsvParser *parser_of(Partition *partition) {
    if (!partition->csv) partition->csv = csv_parser_new();
    return partition->csv;
}

static bool read_csv(Partition *partition, const PtString *record, uint64_t source, const PtDesc *desc, void *value,
                     const char **wrong) {
    const Feed *feed = &partition->runtime->feeds[source];
    CsvReader reader = {.context = &partition->context,
                        .parser = parser_of(partition),
                        .columns = feed->columns,
                        .column_count = feed->column_count,
                        .message = &partition->complaint};
    bool fine = csv_read(&reader, record, desc, value);
    *wrong = reader.wrong;
    return fine;
}

static void read_or_trap(PtContext *context, ReadRecord *read, void *out, const PtString *text, int64_t source,
                         const PtDesc *desc) {
    Partition *partition = partition_of(context);
    const char *wrong;
    if (read(partition, text, (uint64_t)source, desc, out, &wrong)) return;
    InputPlace place = place_in(partition, (uint64_t)source, text, wrong);
    trap_input(partition, partition->runtime->program->sources[source].position, &place, &partition->complaint);
}

void pt_json_line(PtContext *context, void *out, const PtString *line, int64_t source, const PtDesc *desc) {
    read_or_trap(context, read_json, out, line, source, desc);
}

void pt_csv_record(PtContext *context, void *out, const PtString *record, int64_t source, const PtDesc *desc) {
    read_or_trap(context, read_csv, out, record, source, desc);
}

// ---- mistakes as values ----

enum { RESULT_OK = 0, RESULT_ERR = 1 };                             // the order of the variants (stdlib/result.portals)
enum { ERROR_MESSAGE = 0, ERROR_POSITION, ERROR_KEY, ERROR_EVENT }; // of the fields (stdlib/error.portals)

// Where the content of a variant goes that has one field.
static char *content_of(PtContext *context, const PtDesc *desc, int64_t variant, char *value) {
    const PtField *field = &desc->variants[variant].fields[0];
    *(int64_t *)value = variant;
    if (!field->boxed) return value + field->offset;
    char *box = pt_alloc(context, field->desc->size);
    memcpy(value + field->offset, &box, sizeof box);
    return box;
}

static PtString text_of(PtContext *context, const Buf *text) {
    char *data = pt_alloc(context, (int64_t)text->length);
    if (text->length) memcpy(data, text->data, text->length);
    return (PtString){data, (int64_t)text->length};
}

static void put_text(char *record, const PtDesc *desc, int field, PtString text) {
    memcpy(record + desc->variants[0].fields[field].offset, &text, sizeof text);
}

static void read_or_err(PtContext *context, ReadRecord *read, void *out, const PtString *text, int64_t source,
                        const PtDesc *desc) {
    Partition *partition = partition_of(context);
    const char *wrong;
    char *ok = content_of(context, desc, RESULT_OK, out);
    if (read(partition, text, (uint64_t)source, desc->variants[RESULT_OK].fields[0].desc, ok, &wrong)) return;
    const PtDesc *error = desc->variants[RESULT_ERR].fields[0].desc;
    char *err = content_of(context, desc, RESULT_ERR, out);
    put_text(err, error, ERROR_MESSAGE, text_of(context, &partition->complaint));
    InputPlace place = place_in(partition, (uint64_t)source, text, wrong);
    partition->complaint.length = 0;
    buf_printf(&partition->complaint, "%s:%llu:%llu", place.file, (unsigned long long)place.line,
               (unsigned long long)place.column);
    put_text(err, error, ERROR_POSITION, text_of(context, &partition->complaint));
    put_text(err, error, ERROR_KEY, (PtString){NULL, 0});
    put_text(err, error, ERROR_EVENT, *text);
}

void pt_json_line_or_error(PtContext *context, void *out, const PtString *line, int64_t source, const PtDesc *desc) {
    read_or_err(context, read_json, out, line, source, desc);
}

void pt_csv_record_or_error(PtContext *context, void *out, const PtString *record, int64_t source, const PtDesc *desc) {
    read_or_err(context, read_csv, out, record, source, desc);
}

// ---- the module `json` ----

void pt_json_parse(PtContext *context, void *out, const PtString *text, const PtDesc *t, const PtDesc *result) {
    Partition *partition = partition_of(context);
    JsonReader reader = {.context = context, .at = text->data, .end = text->data + text->size, .message = &partition->complaint};
    if (json_read(&reader, t, content_of(context, result, RESULT_OK, out))) return;
    const char *line = text->data;
    for (const char *next = line; (next = memchr(line, '\n', (size_t)(reader.wrong - line)));) line = next + 1;
    Buf place = {0};
    buf_printf(&place, "%llu:%llu: ", (unsigned long long)count_lines(text->data, line) + 1,
               (unsigned long long)utf8_count(line, (size_t)(reader.wrong - line)) + 1);
    PtString head = {place.data, (int64_t)place.length};
    PtString parts[] = {head, {partition->complaint.data, (int64_t)partition->complaint.length}}, message;
    pt_concat(context, &message, parts, 2);
    buf_free(&place);
    memcpy(content_of(context, result, RESULT_ERR, out), &message, sizeof message);
}

void pt_json_to_string(PtContext *context, PtString *out, const void *value, const PtDesc *t) {
    Partition *partition = partition_of(context);
    Buf *text = &partition->scratch;
    text->length = 0;
    JsonFault fault = json_write(text, t, value, partition->runtime->options.max_atom);
    if (fault) trap_unwritable(partition, NO_POSITION, "JSON", json_fault_text(fault));
    *out = text_of(context, text);
}
