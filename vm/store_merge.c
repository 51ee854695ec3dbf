// A snapshot is made: the items of the log are sorted and merged with the snapshot before. It reads only files that do not change
// any more, and so runs beside the log.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/memory.h"
#include "vm/store_disk.h"
#include "vm/store_last.h"

enum {
    BLOCK_SIZE = 4096,     // of items; a larger one has a block of its own
    BUFFER_SIZE = 1 << 20, // how much is written at once
    SYNC_EVERY = 16 << 20, // how much is written before a sync, so that those of the log never wait for much more
};

// ---- writing ----

typedef struct SnapshotWriter {
    Env *env;
    int file;
    Buf out;         // what is to be written
    uint64_t offset; // of it
    uint64_t unsynced;
    Buf block;
    uint64_t blocks_end;
    Buf index;
    Buf keys;
    uint64_t items, blocks;
} SnapshotWriter;

static int flush(SnapshotWriter *writer) {
    int code = store_write(writer->env, writer->file, writer->out.data, writer->out.length, writer->offset);
    writer->offset += writer->out.length;
    writer->unsynced += writer->out.length;
    writer->out.length = 0;
    if (code || writer->unsynced < SYNC_EVERY) return code;
    writer->unsynced = 0;
    return store_sync_file(writer->env, writer->file);
}

static int put(SnapshotWriter *writer, const void *bytes, size_t size) {
    buf_append(&writer->out, bytes, size);
    return writer->out.length < BUFFER_SIZE ? 0 : flush(writer);
}

static int end_block(SnapshotWriter *writer) {
    Buf *block = &writer->block;
    if (!block->length) return 0;
    StoreBytes rest = {block->data, block->length};
    StoreItem first;
    store_next_item(&rest, &first);
    DiskIndex entry = {writer->blocks_end, hash_bytes(block->data, block->length), writer->keys.length};
    buf_append(&writer->index, &entry, sizeof entry);
    buf_append(&writer->keys, first.key.data, first.key.size);
    writer->blocks++;
    writer->blocks_end += block->length;
    int code = put(writer, block->data, block->length);
    block->length = 0;
    return code;
}

static int put_value(SnapshotWriter *writer, StoreBytes key, StoreBytes value) {
    size_t size = STORE_ITEM_HEAD + key.size + value.size;
    int code = writer->block.length + size > BLOCK_SIZE ? end_block(writer) : 0;
    if (code) return code;
    store_put_item(&writer->block, STORE_PUT, key, value);
    writer->items++;
    return 0;
}

// The index, the first keys and the footer.
static int end_snapshot(SnapshotWriter *writer, const SnapshotJob *job) {
    int code = end_block(writer);
    if (code) return code;
    static const char ZEROES[sizeof(uint64_t)];
    DiskIndex end = {.block = writer->blocks_end, .key = writer->keys.length};
    Buf tail = {0};
    buf_append(&tail, ZEROES, -writer->blocks_end % sizeof(uint64_t));
    uint64_t index = writer->blocks_end + tail.length;
    buf_append(&tail, writer->index.data, writer->index.length);
    buf_append(&tail, &end, sizeof end);
    buf_append(&tail, writer->keys.data, writer->keys.length);
    DiskFooter footer = {.identity = job->dir->identity,
                         .epoch = job->epoch,
                         .segment = job->segment,
                         .items = writer->items,
                         .blocks = writer->blocks,
                         .index = index,
                         .index_checksum = hash_bytes(tail.data, tail.length)};
    memcpy(footer.magic, DISK_SNAPSHOT_MAGIC, DISK_MAGIC);
    footer.checksum = disk_checksum(&footer, sizeof footer);
    buf_append(&tail, &footer, sizeof footer);
    code = put(writer, tail.data, tail.length);
    buf_free(&tail);
    if (!code) code = flush(writer);
    return code ? code : store_sync_file(writer->env, writer->file);
}

static void free_writer(SnapshotWriter *writer) {
    buf_free(&writer->out);
    buf_free(&writer->block);
    buf_free(&writer->index);
    buf_free(&writer->keys);
}

// ---- the items of the log ----

typedef struct LogItems {
    SnapshotJob *job;
    MappedSegment *segments;
    LastItems last;
    uint64_t epoch; // of the last record that was taken; 0: none
} LogItems;

static int fail_at(LogItems *log, size_t segment, uint64_t offset) {
    return store_fail(&log->job->message, -EIO,
                      "segment %" PRIu64 ", offset %" PRIu64 ": the record of epoch %" PRIu64 " is damaged",
                      log->job->segments.items[segment], offset, log->epoch + 1);
}

static int take_items(LogItems *log, size_t segment, uint64_t offset, StoreBytes body) {
    for (StoreItem item; store_next_item(&body, &item);)
        if (item.op != STORE_ONCE) last_items_put(&log->last, &item);
    return body.size ? fail_at(log, segment, offset) : 0;
}

// The records of a segment that belong into the snapshot. They have been synced: only what follows them may be damaged.
static int take_segment(LogItems *log, size_t segment) {
    const SnapshotJob *job = log->job;
    const MappedSegment *map = &log->segments[segment];
    for (uint64_t offset = 0; offset + DISK_BLOCK <= map->size;) {
        DiskHead head;
        memcpy(&head, map->bytes + offset, sizeof head);
        if (!disk_is_head_of(&head, job->dir, job->segments.items[segment]) || !disk_head_is_whole(&head)) break;
        if (head.epoch > job->epoch || head.size > map->size - offset - sizeof head) break;
        StoreBytes body = {map->bytes + offset + sizeof head, head.size};
        if (hash_bytes(body.data, body.size) != head.body_checksum) break;
        if (head.epoch > job->base) {
            if (head.epoch != log->epoch + 1) return fail_at(log, segment, offset);
            int code = take_items(log, segment, offset, body);
            if (code) return code;
            log->epoch = head.epoch;
        }
        offset += disk_record_size(head.size);
    }
    return 0;
}

static int take_log(LogItems *log) {
    SnapshotJob *job = log->job;
    int code = 0;
    for (size_t i = 0; i < job->segments.count && !code; i++) {
        code = segment_map(&log->segments[i], job->dir, job->segments.items[i], &job->message);
        if (!code) code = take_segment(log, i);
    }
    if (!code && log->epoch != job->epoch)
        code = store_fail(&job->message, -EIO, "the record of epoch %" PRIu64 " is damaged", log->epoch + 1);
    if (!code) last_items_sort(&log->last);
    return code;
}

static void free_log(LogItems *log) {
    for (size_t i = 0; i < log->job->segments.count; i++) segment_unmap(&log->segments[i], log->job->dir);
    last_items_free(&log->last);
    free(log->segments);
}

static bool next_of_log(const LogItems *log, size_t *at, StoreItem *item) {
    if (*at == log->last.count) return false;
    *item = last_item_at(log->last.items[(*at)++].at);
    return true;
}

// ---- merging ----

typedef struct OldItems {
    Snapshot *snapshot; // NULL: there is none
    uint64_t block;     // that comes after `rest`
    StoreBytes rest;
} OldItems;

static int next_of_old(OldItems *old, StoreItem *item, bool *is_there, Buf *message) {
    *is_there = false;
    while (old->snapshot && !(*is_there = store_next_item(&old->rest, item))) {
        if (old->block == old->snapshot->blocks) return 0;
        if (snapshot_block(old->snapshot, old->block++, &old->rest)) return snapshot_fail(old->snapshot, message);
    }
    return 0;
}

static int merge(SnapshotJob *job, OldItems *old, const LogItems *log, SnapshotWriter *writer) {
    size_t at = 0;
    StoreItem a, b;
    bool has_a;
    int code = next_of_old(old, &a, &has_a, &job->message);
    bool has_b = next_of_log(log, &at, &b);
    while (!code && (has_a || has_b)) {
        int order = !has_b ? -1 : !has_a ? 1 : store_compare(a.key, b.key);
        const StoreItem *item = order < 0 ? &a : &b;
        if (item->op == STORE_PUT && (code = put_value(writer, item->key, item->value)))
            return store_fail_file(&job->message, code, "write", job->dir, STORE_SNAPSHOT_TEMPORARY);
        if (order <= 0) code = next_of_old(old, &a, &has_a, &job->message);
        if (order >= 0) has_b = next_of_log(log, &at, &b);
    }
    return code;
}

static int write_snapshot(SnapshotJob *job, OldItems *old, const LogItems *log) {
    const StoreDir *dir = job->dir;
    SnapshotWriter writer = {.env = dir->env};
    writer.file = store_open_file(dir, STORE_SNAPSHOT_TEMPORARY, ENV_WRITE, &job->message);
    if (writer.file < 0) return writer.file;
    int code = dir->env->resize(dir->env, writer.file, 0);
    if (code) {
        store_fail_file(&job->message, code, "write", dir, STORE_SNAPSHOT_TEMPORARY);
    } else if (!(code = merge(job, old, log, &writer))) {
        code = end_snapshot(&writer, job);
        if (code) store_fail_file(&job->message, code, "write", dir, STORE_SNAPSHOT_TEMPORARY);
    }
    job->size = writer.offset;
    free_writer(&writer);
    store_close_file(dir, writer.file);
    return code;
}

// ---- the job ----

static int make_file(SnapshotJob *job) {
    OldItems old = {0};
    LogItems log = {.job = job, .segments = MEMORY_NEW(MappedSegment, job->segments.count), .epoch = job->base};
    int code = job->base ? snapshot_open(&old.snapshot, job->dir, job->base, &job->message) : 0;
    if (!code) code = take_log(&log);
    if (!code) code = write_snapshot(job, &old, &log);
    free_log(&log);
    snapshot_close(old.snapshot);
    return code;
}

// Without the snapshot before, and with fewer files, the disk has room again.
static int remove_covered(SnapshotJob *job) {
    Buf *message = &job->message;
    int code = job->base ? store_remove(job->dir, store_name(STORE_SNAPSHOT, job->base).text, message) : 0;
    for (size_t i = 0; i < job->covered && !code; i++) {
        uint64_t id = job->segments.items[i];
        if (job->spares.count < job->keep && segment_is_spare(job->dir, id, job->segment_size))
            store_numbers_add(&job->spares, id);
        else
            code = store_remove(job->dir, store_name(STORE_SEGMENT, id).text, message);
    }
    return code;
}

// The new name must be on the disk before anything that it replaces is removed. If that fails, nobody knows which name is there.
static int publish(SnapshotJob *job) {
    int code = store_rename(job->dir, STORE_SNAPSHOT_TEMPORARY, store_name(STORE_SNAPSHOT, job->epoch).text, &job->message);
    if (code) return code;
    code = store_sync_directory(job->dir, &job->message);
    job->sync_failed = code != 0;
    job->is_made = code == 0;
    return code;
}

void snapshot_make(void *argument) {
    SnapshotJob *job = argument;
    job->code = make_file(job);
    if (!job->code) job->code = publish(job);
    if (job->is_made) {
        job->code = remove_covered(job);
    } else if (!job->sync_failed) {
        Buf ignored = {0};
        store_remove(job->dir, STORE_SNAPSHOT_TEMPORARY, &ignored);
        buf_free(&ignored);
    }
}

void snapshot_job_free(SnapshotJob *job) {
    free(job->segments.items);
    free(job->spares.items);
    buf_free(&job->message);
    free(job);
}
