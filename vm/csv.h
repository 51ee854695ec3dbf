// csv.h - flat records as lines of text between commas (RFC 4180). What type has what form is in section L11.9 of the
// specification.
#ifndef VM_CSV_H
#define VM_CSV_H

#include "base/buf.h"
#include "vm/abi.h"

// A field of a line, without its quotes.
typedef struct CsvField {
    const char *text;
    size_t size;
    bool absent; // there is nothing between the commas, not even quotes
} CsvField;

// Takes lines apart, one after the other.
typedef struct CsvParser CsvParser;

CsvParser *csv_parser_new(void);
void csv_parser_free(CsvParser *parser); // or NULL
// The fields of a record, valid until the next call; its line end is not part of `text`. NULL with *wrong and *message.
const CsvField *csv_split(CsvParser *parser, const PtString *text, size_t *count, const char **wrong, const char **message);

// Which field of the record each column is; CSV_IGNORED: none. *columns is to be freed. False with a message: a column for a
// field is missing, or there are two.
enum { CSV_IGNORED = -1 };
bool csv_match_header(const CsvField *header, size_t count, const PtDesc *desc, int32_t **columns, Buf *message);

typedef struct CsvReader {
    PtContext *context; // whose memory the value gets
    CsvParser *parser;
    const int32_t *columns;
    size_t column_count;
    const char *wrong; // where the mistake is
    Buf *message;      // what it is; outlives a trap
} CsvReader;

// Reads a record of valid UTF-8. False with `wrong` and `message`. Traps without memory.
bool csv_read(CsvReader *reader, const PtString *text, const PtDesc *desc, void *value);

// Appends the names of the fields, or a record, without a line end. False if it has a Float that is infinite or none.
void csv_write_header(Buf *out, const PtDesc *desc);
bool csv_write_record(Buf *out, const PtDesc *desc, const void *value);

#endif
