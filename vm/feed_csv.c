// The header of a source of CSV. It is kept with the source: a run that goes on in the middle of the file, or of a pipe, reads
// the records as those before.
#include <stdlib.h>

#include "vm/bytes.h"
#include "vm/error.h"

static bool fail(Feed *feed, uint64_t number, uint64_t column, const char *what) {
    if (error_set(feed->runtime, "%s:%llu:%llu: %s", feed_file_name(feed), (unsigned long long)number, (unsigned long long)column,
                  what))
        error_position(feed->runtime, feed->source->position);
    return false;
}

static bool match(Feed *feed, CsvParser *parser, uint64_t number) {
    PtString line = {feed->header.data, (int64_t)feed->header.length};
    const char *wrong, *message;
    size_t count;
    const CsvField *fields = csv_split(parser, &line, &count, &wrong, &message);
    if (!fields) return fail(feed, number, (uint64_t)(wrong - line.data) + 1, message);
    Buf missing = {0};
    int32_t *columns;
    bool fine = csv_match_header(fields, count, feed->record, &columns, &missing) || fail(feed, number, 1, buf_text(&missing));
    buf_free(&missing);
    if (fine) {
        feed->columns = columns;
        feed->column_count = count;
    } else {
        free(columns);
    }
    return fine;
}

bool feed_take_header(Feed *feed, const PtString *line, uint64_t number) {
    static const char mark[] = "\xef\xbb\xbf";
    size_t skip = (size_t)line->size >= strlen(mark) && memcmp(line->data, mark, strlen(mark)) == 0 ? strlen(mark) : 0;
    feed->header.length = 0;
    buf_reserve(&feed->header, 1);
    buf_append(&feed->header, line->data + skip, (size_t)line->size - skip);
    CsvParser *parser = csv_parser_new();
    bool fine = match(feed, parser, number);
    csv_parser_free(parser);
    return fine;
}

// A file that nothing has been taken of is read again from its beginning.
void feed_put_header(const Feed *feed, Buf *out) {
    bool taken = feed->columns && (feed->position || feed->stat.kind != ENV_FILE);
    bytes_put_u8(out, taken);
    if (!taken) return;
    bytes_put_u32(out, (uint32_t)feed->header.length);
    buf_append(out, feed->header.data, feed->header.length);
}

bool feed_restore_header(Feed *feed) {
    Bytes rest = bytes_of(feed->rest.data, feed->rest.length);
    uint8_t there;
    uint32_t size;
    if (!bytes_left(&rest) || !bytes_take_u8(&rest, &there)) return true; // the first run
    bool fine = !there || (bytes_take_u32(&rest, &size) && size <= bytes_left(&rest));
    if (fine && there) {
        PtString line = {rest.at, (int64_t)size};
        fine = feed_take_header(feed, &line, 1);
        rest.at += size;
    }
    if (!fine) {
        error_set(feed->runtime, "cannot resume from `%s`: the header of a source is damaged", feed->runtime->options.data);
        return false;
    }
    size_t left = bytes_left(&rest);
    if (left) memmove(feed->rest.data, rest.at, left);
    feed->rest.length = left;
    return true;
}
