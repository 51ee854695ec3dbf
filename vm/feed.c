#include "vm/feed.h"

#include <stdlib.h>

#include "vm/error.h"

static const FeedKind *kind_of(PtSourceKind kind) {
    switch (kind) {
    case PT_SOURCE_FROM: return &FEED_FROM;
    case PT_SOURCE_RANGE: return &FEED_RANGE;
    case PT_SOURCE_LINES:
    case PT_SOURCE_JSON_LINES: return &FEED_LINES;
    case PT_SOURCE_CSV: return &FEED_CSV;
    case PT_SOURCE_ATOMS: return &FEED_ATOMS;
    case PT_SOURCE_EVERY: return &FEED_EVERY;
    case PT_SOURCE_STDIN: return &FEED_STDIN;
    case PT_SOURCE_NEXT: return &FEED_NEXT;
    case PT_SOURCE_INBOX: return &FEED_INBOX;
    case PT_SOURCE_EMPTY: break;
    }
    return &FEED_EMPTY;
}

void feed_init(Feed *feed, Runtime *runtime, const PtSource *source) {
    *feed = (Feed){
        .runtime = runtime,
        .source = source,
        .kind = kind_of((PtSourceKind)source->kind),
        .file = -1,
        .stat = {.kind = ENV_OTHER},
    };
}

void feed_close(Feed *feed) {
    feed->kind->close(feed);
    buf_free(&feed->rest);
    buf_free(&feed->failure);
    buf_free(&feed->header);
    free(feed->columns);
}

bool feed_check_atom(Feed *feed, int64_t atom) {
    if (atom > 0) return true;
    if (error_set(feed->runtime, "an atom of source `%s` must have at least 1 event, not %lld", feed->source->name,
                  (long long)atom))
        error_position(feed->runtime, feed->source->position);
    return false;
}

// ---- settings ----

static Feed *feed_of(PtContext *context, uint32_t source) {
    return &partition_of(context)->runtime->feeds[source];
}

void pt_config_source_int(PtContext *context, uint32_t source, uint32_t setting, int64_t value) {
    if (setting < FEED_SETTINGS) feed_of(context, source)->numbers[setting] = value;
}

void pt_config_source_string(PtContext *context, uint32_t source, uint32_t setting, const PtString *value) {
    if (setting == LINES_PATH) feed_of(context, source)->text = *value;
}

void pt_config_source_list(PtContext *context, uint32_t source, uint32_t setting, const PtList *value) {
    if (setting == FROM_LIST) feed_of(context, source)->list = *value;
}

void pt_config_source_record(PtContext *context, int64_t source, const PtDesc *desc) {
    feed_of(context, (uint32_t)source)->record = desc;
}
