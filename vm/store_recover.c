// The log as it is found. It ends where the next record is not there or not whole; that is so after a crash, too, as long as
// nothing proves that there was a record that had been acknowledged. Proof is what the anchor says, and what whole heads say that
// were written later.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"
#include "vm/store_disk.h"

// ---- what there is ----

static void note_anchor(LogFound *log, AnchorState state, const DiskAnchor *anchor) {
    log->acknowledged = anchor->epoch;
    bool is_new = !log->listing.segments.count && !log->listing.snapshots.count;
    if (state == ANCHOR_READ || (state == ANCHOR_MISSING && is_new)) return;
    buf_printf(&log->notice, "%s/%s is %s: if records at the end of the log are lost, it cannot tell", log->dir->path,
               STORE_ANCHOR_FILE, state == ANCHOR_MISSING ? "missing" : "damaged");
}

static int open_newest_snapshot(LogFound *log, Buf *message) {
    const StoreNumbers *snapshots = &log->listing.snapshots;
    if (!snapshots->count) return 0;
    int code = snapshot_open(&log->snapshot, log->dir, snapshots->items[snapshots->count - 1], message);
    if (!code) log->epoch = log->snapshot->epoch;
    return code;
}

static int fail_missing(LogFound *log, uint64_t id, Buf *message) {
    uint64_t first = log->listing.segments.count ? log->listing.segments.items[0] : 0;
    if (!log->snapshot && id == 1 && first > 1)
        return store_fail(message, -EIO, "%s: a snapshot is missing, or the segments 1 to %" PRIu64, log->dir->path, first - 1);
    return store_fail(message, -EIO, "%s: segment %" PRIu64 " (%s) is missing", log->dir->path, id,
                      store_name(STORE_SEGMENT, id).text);
}

// The segments that the snapshot does not cover must all be there.
static int take_segments(LogFound *log, Buf *message) {
    const StoreNumbers *all = &log->listing.segments;
    uint64_t next = log->snapshot ? log->snapshot->segment : 1;
    log->segments = MEMORY_NEW(Segment, all->count);
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i] < next) continue;
        if (all->items[i] > next) return fail_missing(log, next, message);
        log->segments[log->segment_count++] = (Segment){.id = next++};
    }
    return log->snapshot && !log->segment_count ? fail_missing(log, next, message) : 0;
}

// ---- records ----

// The next record, or one that the snapshot covers.
static bool fits(const LogFound *log, const DiskHead *head) {
    uint64_t covered = log->snapshot ? log->snapshot->epoch : 0;
    return head->epoch == log->epoch + 1 || (head->epoch <= covered && log->epoch == covered);
}

static int fail_shorter(const LogFound *log, size_t segment, Buf *message) {
    return store_fail(message, -EIO, "segment %" PRIu64 " has become shorter while it was read", log->segments[segment].id);
}

// Takes the records of a segment up to the first one that is not the next.
static int take_records(LogFound *log, size_t segment, SegmentReader *reader, const StoreVisitor *visitor, Buf *message) {
    const MappedSegment *map = log->maps ? &log->maps[segment] : NULL;
    for (;;) {
        bool is_whole;
        DiskHead head;
        StoreBytes body;
        uint64_t offset = reader->offset;
        int code = segment_reader_next(reader, &is_whole, &head, &body, message);
        if (code || !is_whole || !fits(log, &head)) return code;
        log->segments[segment].last = head.epoch;
        log->last = segment;
        log->offset = reader->offset;
        if (head.epoch <= log->epoch) continue;
        log->epoch = head.epoch;
        log->bytes += reader->offset - offset;
        if (map && offset + sizeof head + body.size > map->size) return fail_shorter(log, segment, message);
        if (map) body.data = map->bytes + offset + sizeof head;
        code = visitor->record(visitor->user, head.epoch, body);
        if (code) return code;
    }
}

static int take_log(LogFound *log, const StoreVisitor *visitor, Buf *message) {
    int code = 0;
    for (size_t i = 0; i < log->segment_count && !code; i++) {
        SegmentReader reader;
        code = segment_reader_open(&reader, log->dir, log->segments[i].id, message);
        if (!code && log->maps) code = segment_map(&log->maps[i], log->dir, log->segments[i].id, message);
        if (!code) code = take_records(log, i, &reader, visitor, message);
        segment_reader_close(&reader);
    }
    return code;
}

// ---- the end ----

// What lies behind the end: heads, which are of records that were lost or never complete, and what they prove.
static int look_behind(LogFound *log, Buf *message) {
    log->rest = MEMORY_NEW(StoreNumbers, log->segment_count);
    int code = 0;
    for (size_t i = log->last; i < log->segment_count && !code; i++) {
        SegmentReader reader;
        code = segment_reader_open(&reader, log->dir, log->segments[i].id, message);
        if (!code && i == log->last) reader.offset = log->offset;
        if (!code) code = segment_reader_rest(&reader, &log->acknowledged, &log->rest[i], message);
        segment_reader_close(&reader);
    }
    return code;
}

static void note_dropped(LogFound *log) {
    for (size_t i = log->last; i < log->segment_count; i++) {
        if (!log->rest[i].count) continue;
        if (log->notice.length) buf_puts(&log->notice, "; ");
        buf_printf(&log->notice,
                   "segment %" PRIu64 ", offset %" PRIu64 ": the record of epoch %" PRIu64
                   " was never complete and is dropped: the run goes on behind epoch %" PRIu64,
                   log->segments[i].id, log->rest[i].items[0], log->epoch + 1, log->epoch);
        return;
    }
}

static int judge_end(LogFound *log, Buf *message) {
    if (log->acknowledged <= log->epoch) {
        note_dropped(log);
        return 0;
    }
    if (!log->segment_count) return fail_missing(log, 1, message);
    const StoreNumbers *rest = &log->rest[log->last];
    bool has_head = rest->count && rest->items[0] == log->offset;
    return store_fail(
        message, -EIO,
        "segment %" PRIu64 ", offset %" PRIu64 ": the record of epoch %" PRIu64 " is %s, but epoch %" PRIu64 " was acknowledged",
        log->segments[log->last].id, log->offset, log->epoch + 1, has_head ? "damaged" : "damaged or missing", log->acknowledged);
}

int log_find(LogFound *out, const StoreDir *dir, LogBodies bodies, const StoreVisitor *visitor, Buf *message) {
    *out = (LogFound){.dir = dir};
    // The anchor first: while another process writes, what it says is then not newer than the log.
    DiskAnchor anchor;
    AnchorState state = store_anchor_read(dir, &anchor);
    int code = store_list(dir, &out->listing, message);
    if (code) return code;
    note_anchor(out, state, &anchor);
    code = open_newest_snapshot(out, message);
    if (!code && visitor->begin) code = visitor->begin(visitor->user);
    if (!code) code = take_segments(out, message);
    if (!code && bodies == LOG_BODIES_STAY) out->maps = MEMORY_NEW(MappedSegment, out->segment_count);
    if (!code) code = take_log(out, visitor, message);
    if (!code) code = look_behind(out, message);
    return code ? code : judge_end(out, message);
}

void log_unmap(MappedSegment *maps, size_t count, const StoreDir *dir) {
    for (size_t i = 0; maps && i < count; i++) segment_unmap(&maps[i], dir);
    free(maps);
}

void log_found_free(LogFound *found) {
    log_unmap(found->maps, found->segment_count, found->dir);
    store_listing_free(&found->listing);
    snapshot_close(found->snapshot);
    for (size_t i = 0; found->rest && i < found->segment_count; i++) free(found->rest[i].items);
    free(found->rest);
    free(found->segments);
    buf_free(&found->notice);
}

// ---- repair ----

// Removes what the snapshot has taken the place of.
static int remove_covered(const LogFound *log, uint64_t segment_size, StoreNumbers *spares, Buf *message) {
    const StoreDir *dir = log->dir;
    int code = store_remove_temporary(dir, message);
    for (size_t i = 0; i + 1 < log->listing.snapshots.count && !code; i++)
        code = store_remove(dir, store_name(STORE_SNAPSHOT, log->listing.snapshots.items[i]).text, message);
    size_t covered = log->listing.segments.count - log->segment_count;
    for (size_t i = 0; i < covered && !code; i++) {
        uint64_t id = log->listing.segments.items[i];
        if (spares->count < SEGMENT_SPARES && segment_is_spare(dir, id, segment_size))
            store_numbers_add(spares, id);
        else
            code = store_remove(dir, store_name(STORE_SEGMENT, id).text, message);
    }
    return code;
}

// Overwrites heads behind the end, so that what is appended there cannot bring the records behind it back; then syncs.
static int wipe(const LogFound *log, size_t segment, Buf *message) {
    const StoreDir *dir = log->dir;
    StoreName name = store_name(STORE_SEGMENT, log->segments[segment].id);
    int file = store_open_file(dir, name.text, ENV_DIRECT, message);
    if (file < 0) return file;
    char *zeroes = aligned_alloc(ENV_ALIGN, DISK_BLOCK);
    int code = zeroes ? 0 : -ENOMEM;
    if (zeroes) memset(zeroes, 0, DISK_BLOCK);
    for (size_t i = 0; i < log->rest[segment].count && !code; i++)
        code = store_write(dir->env, file, zeroes, DISK_BLOCK, log->rest[segment].items[i]);
    if (!code) code = store_sync_file(dir->env, file);
    free(zeroes);
    store_close_file(dir, file);
    return code ? store_fail_file(message, code, "write", dir, name.text) : 0;
}

int log_repair(LogFound *found, uint64_t segment_size, StoreNumbers *spares, Buf *message) {
    int code = store_sync_directory(found->dir, message); // before anything goes that a new name has taken the place of
    if (!code) code = remove_covered(found, segment_size, spares, message);
    // The last ones first: what a crash leaves is then still the end of the log. Also what is removed, since it may come back.
    for (size_t i = found->segment_count; i-- > found->last && !code;) {
        if (i == found->last || found->rest[i].count) code = wipe(found, i, message);
        if (!code && i > found->last + 1)
            code = store_remove(found->dir, store_name(STORE_SEGMENT, found->segments[i].id).text, message);
    }
    return code;
}
