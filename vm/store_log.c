// The store on disk: what store.h and store_log.h promise, put together from its parts (see vm/store_disk.h).
#include "vm/store_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"
#include "vm/store_disk.h"

enum { SNAPSHOT_FACTOR = 2 }; // so many times its size may be logged after a snapshot
static const uint64_t SEGMENT_SIZE = 16 << 20, SNAPSHOT_AFTER = 128 << 20;

enum {
    READ_ATTEMPTS = 10, // of a reader that a writer moves the log away from
    WAIT_FACTOR = 4,    // how many times what is due for a snapshot may be logged until it is waited for
};

typedef struct LogStore {
    Store store;
    StoreDir dir;
    StoreAccess access;
    uint64_t snapshot_after;
    char *app;
    Buf message, notice;
    int failed; // the error after which nothing more is written
    int lock, anchor;
    bool is_recovered;
    LogWriter writer;
    uint64_t appended;   // the last epoch that was
    uint64_t durable;    // the last epoch that was acknowledged
    Snapshot *found;     // by recovery; NULL: none
    MappedSegment *maps; // the records that recovery has handed over, until something is written
    size_t map_count;
    Buf kept;                               // the same for a reader: of each record its epoch, its size and its body
    uint64_t snapshot_epoch, snapshot_size; // of the newest one; 0: none
    uint64_t logged;                        // bytes behind it
    SnapshotJob *job;                       // makes the next one; NULL: none is made
    StoreStats stats;
} LogStore;

static LogStore *log_of(Store *store) {
    return (LogStore *)store;
}

// ---- appending ----

static int check_writable(LogStore *log) {
    if (log->failed) return log->failed; // the message says why
    if (log->access == STORE_READ) return store_fail(&log->message, -EBADF, "%s is open for reading only", log->dir.path);
    return log->is_recovered ? 0 : store_fail(&log->message, -EINVAL, "%s has not been recovered", log->dir.path);
}

// After a sync that failed the system may have forgotten what it could not write, and the next one would succeed without it.
static int note_failure(LogStore *log, int code) {
    if (code && log->writer.is_broken) log->failed = code;
    return code;
}

// The records that recovery has handed over.
static void let_go(LogStore *log) {
    log_unmap(log->maps, log->map_count, &log->dir);
    log->maps = NULL;
    buf_free(&log->kept);
}

static int append(Store *store, const StoreRecord *record) {
    LogStore *log = log_of(store);
    int code = check_writable(log);
    if (code) return code;
    if (record->epoch != log->appended + 1)
        return store_fail(&log->message, -EINVAL, "epoch %" PRIu64 " cannot follow epoch %" PRIu64, record->epoch, log->appended);
    let_go(log);
    uint64_t bytes;
    code = log_writer_append(&log->writer, record, log->durable, &bytes, &log->message);
    if (code) return note_failure(log, code);
    log->appended = record->epoch;
    log->logged += bytes;
    log->stats.records++;
    log->stats.bytes += bytes;
    return 0;
}

// ---- snapshots ----

static uint64_t snapshot_due(const LogStore *log) {
    uint64_t due = SNAPSHOT_FACTOR * log->snapshot_size;
    return due > log->snapshot_after ? due : log->snapshot_after;
}

static bool is_long(const Store *store) {
    const LogStore *log = (const LogStore *)store;
    return !log->job && log->logged >= snapshot_due(log);
}

static SnapshotJob *new_job(const LogStore *log) {
    const LogWriter *writer = &log->writer;
    SnapshotJob *job = MEMORY_NEW(SnapshotJob, 1);
    *job = (SnapshotJob){.dir = &log->dir, .base = log->snapshot_epoch, .epoch = log->durable, .logged = log->logged};
    job->keep = SEGMENT_SPARES - writer->spare_count;
    job->segment_size = writer->segment_size;
    for (size_t i = 0; i + 1 < writer->count; i++) store_numbers_add(&job->segments, writer->segments[i].id);
    while (job->covered < job->segments.count && writer->segments[job->covered].last <= job->epoch) job->covered++;
    job->segment = writer->segments[job->covered].id;
    return job;
}

// Takes over what the job has made, once it has.
static int end_snapshot(LogStore *log) {
    SnapshotJob *job = log->job;
    log->dir.env->finish(log->dir.env, job->job);
    log->job = NULL;
    int code = job->code;
    if (job->is_made) {
        LogWriter *writer = &log->writer;
        writer->count -= job->covered;
        memmove(writer->segments, writer->segments + job->covered, writer->count * sizeof(Segment));
        for (size_t i = 0; i < job->spares.count; i++) log_writer_add_spare(writer, job->spares.items[i]);
        log->snapshot_epoch = job->epoch;
        log->snapshot_size = job->size;
        log->logged -= job->logged;
        log->stats.snapshots++;
        log->stats.snapshot_bytes += job->size;
    }
    if (code) store_fail(&log->message, code, "cannot make a snapshot: %s", buf_text(&job->message));
    if (job->sync_failed) log->failed = code;
    snapshot_job_free(job);
    return code;
}

// A log that grows faster than snapshots are made, or that is never allowed to make one to the end, must not grow for ever.
static int look_after_snapshot(LogStore *log) {
    if (!log->job) return 0;
    Env *env = log->dir.env;
    bool must_wait =
        log->logged - log->job->logged >= WAIT_FACTOR * snapshot_due(log) || log->job->logged >= WAIT_FACTOR * snapshot_due(log);
    return must_wait || env->is_done(env, log->job->job) ? end_snapshot(log) : 0;
}

static int snapshot(Store *store) {
    LogStore *log = log_of(store);
    int code = check_writable(log);
    if (code || log->job || log->durable == log->snapshot_epoch) return code;
    code = log_writer_roll(&log->writer, &log->message);
    if (code) return note_failure(log, code);
    log->job = new_job(log);
    log->job->job = log->dir.env->start(log->dir.env, snapshot_make, log->job);
    return 0;
}

// ---- syncing ----

// Not synced: the anchor is a lower bound. That it cannot be written costs no more than the bound.
static void put_anchor(LogStore *log) {
    uint64_t segment = log->writer.count ? log->writer.segments[log->writer.count - 1].id : 0;
    DiskAnchor anchor = store_anchor_make(&log->dir, log->durable, segment);
    store_write(log->dir.env, log->anchor, &anchor, sizeof anchor, 0);
}

static int sync_log(Store *store, uint64_t *epoch) {
    LogStore *log = log_of(store);
    *epoch = log->durable;
    int code = check_writable(log);
    if (!code) code = note_failure(log, log_writer_sync(&log->writer, &log->message));
    if (code) return code;
    bool is_new = log->durable < log->appended;
    *epoch = log->durable = log->appended;
    if (is_new) put_anchor(log);
    log_writer_prepare(&log->writer);
    return look_after_snapshot(log);
}

// ---- recovery ----

static int open_anchor(LogStore *log) {
    DiskAnchor anchor;
    if (store_anchor_read(&log->dir, &anchor) != ANCHOR_READ) {
        anchor = store_anchor_make(&log->dir, 0, 0);
        int code = store_replace(&log->dir, STORE_ANCHOR_FILE, &anchor, sizeof anchor, &log->message);
        if (code) return code;
    }
    log->anchor = store_open_file(&log->dir, STORE_ANCHOR_FILE, ENV_WRITE, &log->message);
    if (log->anchor < 0) return log->anchor;
    put_anchor(log);
    return 0;
}

// The log goes on where it was found to end.
static int resume(LogStore *log, LogFound *found) {
    StoreNumbers spares = {0};
    int code = log_repair(found, log->writer.segment_size, &spares, &log->message);
    for (size_t i = 0; i < spares.count; i++) log_writer_add_spare(&log->writer, spares.items[i]);
    free(spares.items);
    if (code) return code;
    if (found->segment_count) {
        code = log_writer_resume(&log->writer, found->segments, found->last + 1, found->offset, &log->message);
        if (code) return code;
    }
    return open_anchor(log);
}

static void take_found(LogStore *log, LogFound *found) {
    log->found = found->snapshot;
    if (found->snapshot) {
        log->snapshot_epoch = found->snapshot->epoch;
        log->snapshot_size = found->snapshot->size;
    }
    found->snapshot = NULL;
    log->maps = found->maps;
    log->map_count = found->segment_count;
    found->maps = NULL;
    log->appended = log->durable = found->epoch;
    log->logged = found->bytes;
    log->notice.length = 0;
    buf_append(&log->notice, found->notice.data, found->notice.length);
}

// What is found is handed over at once, the snapshot first.
typedef struct Handing {
    LogStore *log;
    LogFound *found;
    const StoreVisitor *visitor;
} Handing;

static int hand_record(void *user, uint64_t epoch, StoreBytes body) {
    const StoreVisitor *visitor = ((Handing *)user)->visitor;
    return visitor->record(visitor->user, epoch, body);
}

static int hand_snapshot(void *user) {
    const Handing *handing = user;
    handing->log->found = handing->found->snapshot;
    return handing->visitor->begin ? handing->visitor->begin(handing->visitor->user) : 0;
}

static int recover_to_write(LogStore *log, const StoreVisitor *visitor) {
    LogFound found;
    Handing handing = {log, &found, visitor};
    int code = log_find(&found, &log->dir, LOG_BODIES_STAY, &(StoreVisitor){hand_record, hand_snapshot, &handing}, &log->message);
    log->found = NULL;
    if (!code) {
        take_found(log, &found);
        code = resume(log, &found);
    } else if (found.snapshot && atomic_load(&found.snapshot->damaged)) {
        snapshot_fail(found.snapshot, &log->message); // before it is gone
    }
    log_found_free(&found);
    return code;
}

// A reader keeps what it finds until it has found everything: while it reads, segments may get other records, and then it begins
// anew.
static int keep_record(void *user, uint64_t epoch, StoreBytes body) {
    Buf *kept = user;
    uint64_t head[] = {epoch, body.size};
    buf_append(kept, head, sizeof head);
    buf_append(kept, body.data, body.size);
    return 0;
}

static int visit_kept(const Buf *kept, const StoreVisitor *visitor) {
    int code = 0;
    for (size_t at = 0; at < kept->length && !code;) {
        uint64_t head[2];
        memcpy(head, kept->data + at, sizeof head);
        at += sizeof head;
        code = visitor->record(visitor->user, head[0], (StoreBytes){kept->data + at, head[1]});
        at += head[1];
    }
    return code;
}

static int recover_to_read(LogStore *log, const StoreVisitor *visitor) {
    const StoreVisitor keeper = {.record = keep_record, .user = &log->kept};
    LogFound found;
    int code = -EAGAIN;
    for (int i = 0; i < READ_ATTEMPTS && code; i++) {
        log->kept.length = 0;
        code = log_find(&found, &log->dir, LOG_BODIES_PASS, &keeper, &log->message);
        if (!code) take_found(log, &found);
        log_found_free(&found);
    }
    if (!code && visitor->begin) code = visitor->begin(visitor->user);
    return code ? code : visit_kept(&log->kept, visitor);
}

static int recover(Store *store, const StoreVisitor *visitor, uint64_t *epoch) {
    LogStore *log = log_of(store);
    *epoch = 0;
    if (log->is_recovered || log->failed) return store_fail(&log->message, -EINVAL, "%s was recovered already", log->dir.path);
    int code = log->access == STORE_WRITE ? recover_to_write(log, visitor) : recover_to_read(log, visitor);
    *epoch = log->durable;
    log->is_recovered = code == 0;
    log->failed = code; // the writer is not there, or not whole
    return code;
}

static int get(Store *store, StoreBytes key, StoreBytes *value) {
    LogStore *log = log_of(store);
    return log->found ? snapshot_get(log->found, key, value) : -ENOENT;
}

static int scan(Store *store, StoreBytes prefix, StoreScan *visit, void *user) {
    LogStore *log = log_of(store);
    return log->found ? snapshot_scan(log->found, prefix, visit, user) : 0;
}

// ---- the rest ----

static StoreStats stats(const Store *store) {
    return ((const LogStore *)store)->stats;
}

// `get` and `scan` of other threads leave only the number of a damaged block.
static const char *message(const Store *store) {
    LogStore *log = (LogStore *)store;
    if (log->found && atomic_load(&log->found->damaged)) snapshot_fail(log->found, &log->message);
    return buf_text(&log->message);
}

static void close_log(Store *store) {
    LogStore *log = log_of(store);
    if (log->job) end_snapshot(log);
    if (log->anchor >= 0 && !log->failed) store_sync_file(log->dir.env, log->anchor);
    let_go(log);
    log_writer_free(&log->writer);
    store_close_file(&log->dir, log->anchor);
    store_close_file(&log->dir, log->lock);
    snapshot_close(log->found);
    buf_free(&log->message);
    buf_free(&log->notice);
    free(log->app);
    free(log->dir.path);
    free(log);
}

int store_log_open(Env *env, const StoreLogOptions *options, Store **out, Buf *message_out) {
    *out = NULL;
    LogStore *log = MEMORY_NEW(LogStore, 1);
    log->store = (Store){
        .append = append,
        .sync = sync_log,
        .is_long = is_long,
        .snapshot = snapshot,
        .recover = recover,
        .get = get,
        .scan = scan,
        .stats = stats,
        .message = message,
        .close = close_log,
    };
    log->dir = (StoreDir){.env = env, .path = memory_new(strlen(options->path) + 1, 1)};
    strcpy(log->dir.path, options->path);
    log->access = options->access;
    log->snapshot_after = options->snapshot_after ? options->snapshot_after : SNAPSHOT_AFTER;
    log->anchor = log->lock = -1;
    log_writer_init(&log->writer, &log->dir, options->segment_size ? options->segment_size : SEGMENT_SIZE);
    int code = store_dir_open(&log->dir, options, &log->lock, &log->app, message_out);
    if (code) {
        close_log(&log->store);
    } else {
        log->store.identity = log->dir.identity;
        *out = &log->store;
    }
    return code;
}

const char *store_log_app(const Store *store) {
    return ((const LogStore *)store)->app;
}

const char *store_log_notice(const Store *store) {
    return buf_text(&((LogStore *)store)->notice);
}

// ---- verifying ----

static int check_items(void *user, uint64_t epoch, StoreBytes body) {
    StoreItem item;
    while (store_next_item(&body, &item)) {
    }
    return body.size ? store_fail(user, -EIO, "the record of epoch %" PRIu64 " has something else than items", epoch) : 0;
}

static int verify_once(LogStore *log) {
    const StoreVisitor checker = {.record = check_items, .user = &log->message};
    LogFound found;
    int code = log_find(&found, &log->dir, LOG_BODIES_PASS, &checker, &log->message);
    DiskAnchor anchor;
    if (!code && found.snapshot) code = snapshot_verify(found.snapshot, &log->message);
    if (!code && store_anchor_read(&log->dir, &anchor) == ANCHOR_DAMAGED)
        code = store_fail(&log->message, -EIO, "%s/%s is damaged", log->dir.path, STORE_ANCHOR_FILE);
    log_found_free(&found);
    return code;
}

int store_log_verify(Store *store) {
    LogStore *log = log_of(store);
    int code = -EAGAIN;
    int attempts = log->access == STORE_READ ? READ_ATTEMPTS : 1;
    for (int i = 0; i < attempts && code; i++) code = verify_once(log);
    return code;
}
