// The end of the log. Records go to the last segment, each with one write of an aligned buffer (large ones with several). Before
// a segment is written to it has its full length and its name is on the disk, so that a sync has nothing but the record to make
// durable.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/memory.h"
#include "vm/store_disk.h"

// How much is written at once.
enum { BUFFER_SIZE = 1 << 20 };

// ---- the next segment ----

struct SegmentJob {
    const StoreDir *dir;
    EnvJob *job;     // NULL once it has ended
    uint64_t id;     // of the segment
    uint64_t spare;  // the segment whose file it recycles; 0: none
    uint64_t wanted; // its size at least
    int file;
    uint64_t size;
    bool is_broken;
    int code;
    Buf message;
};

static int make_segment_ready(SegmentJob *job, Buf *message) {
    const StoreDir *dir = job->dir;
    Env *env = dir->env;
    StoreName name = store_name(STORE_SEGMENT, job->id);
    if (job->spare) {
        int code = store_rename(dir, store_name(STORE_SEGMENT, job->spare).text, name.text, message);
        if (code && code != -ENOENT) return code;
        job->spare = 0;
    }
    if (job->file < 0) job->file = store_open_file(dir, name.text, ENV_DIRECT, message);
    if (job->file < 0) return job->file;
    int code = store_size(env, job->file, &job->size);
    if (!code && job->size < job->wanted) {
        code = store_allocate(env, job->file, job->wanted);
        if (!code) job->size = job->wanted;
    }
    if (code) return store_fail_file(message, code, "make room for", dir, name.text);
    job->is_broken = true;
    code = store_sync_file(env, job->file);
    if (code) return store_fail_file(message, code, "sync", dir, name.text);
    code = store_sync_directory(dir, message);
    job->is_broken = code != 0;
    return code;
}

static void run_job(void *argument) {
    SegmentJob *job = argument;
    job->message.length = 0;
    job->code = make_segment_ready(job, &job->message);
}

static SegmentJob *new_job(LogWriter *writer) {
    SegmentJob *job = MEMORY_NEW(SegmentJob, 1);
    *job = (SegmentJob){.dir = writer->dir, .id = writer->next_id++, .wanted = writer->segment_size, .file = -1};
    if (writer->spare_count) job->spare = writer->spares[--writer->spare_count];
    return job;
}

static void finish_job(SegmentJob *job) {
    if (job->job) job->dir->env->finish(job->dir->env, job->job);
    job->job = NULL;
}

static void free_job(SegmentJob *job) {
    finish_job(job);
    store_close_file(job->dir, job->file);
    buf_free(&job->message);
    free(job);
}

void log_writer_prepare(LogWriter *writer) {
    if (writer->next || writer->file < 0 || writer->offset < writer->size / 2) return;
    Env *env = writer->dir->env;
    writer->next = new_job(writer);
    writer->next->job = env->start(env, run_job, writer->next);
}

// ---- segments ----

void log_writer_init(LogWriter *writer, const StoreDir *dir, uint64_t segment_size) {
    *writer = (LogWriter){.dir = dir, .segment_size = segment_size, .file = -1, .next_id = 1};
}

void log_writer_free(LogWriter *writer) {
    if (writer->next) free_job(writer->next);
    store_close_file(writer->dir, writer->file);
    free(writer->segments);
    free(writer->buffer);
}

static Segment *last_segment(LogWriter *writer) {
    return &writer->segments[writer->count - 1];
}

static StoreName last_name(LogWriter *writer) {
    return store_name(STORE_SEGMENT, last_segment(writer)->id);
}

int log_writer_resume(LogWriter *writer, const Segment *segments, size_t count, uint64_t offset, Buf *message) {
    for (size_t i = 0; i < count; i++) {
        writer->segments = memory_grow(writer->segments, writer->count, &writer->capacity, sizeof(Segment));
        writer->segments[writer->count++] = segments[i];
    }
    writer->next_id = last_segment(writer)->id + 1;
    writer->file = store_open_file(writer->dir, last_name(writer).text, ENV_DIRECT, message);
    if (writer->file < 0) return writer->file;
    writer->offset = writer->synced = offset;
    int code = store_size(writer->dir->env, writer->file, &writer->size);
    return code ? store_fail_file(message, code, "read", writer->dir, last_name(writer).text) : 0;
}

bool segment_is_spare(const StoreDir *dir, uint64_t id, uint64_t segment_size) {
    Buf message = {0};
    int file = store_open_file(dir, store_name(STORE_SEGMENT, id).text, ENV_READ, &message);
    buf_free(&message);
    if (file < 0) return false;
    uint64_t size;
    int code = store_size(dir->env, file, &size);
    store_close_file(dir, file);
    return !code && size <= segment_size;
}

void log_writer_add_spare(LogWriter *writer, uint64_t id) {
    if (writer->spare_count < SEGMENT_SPARES) writer->spares[writer->spare_count++] = id;
}

// Takes the head at `offset` away. A record that failed must not be found later, in this process or the next one: the system may
// show what it could not make durable as long as it runs, and call it synced, and lose it.
static int take_back(LogWriter *writer, uint64_t offset) {
    memset(writer->buffer, 0, DISK_BLOCK);
    return store_write(writer->dir->env, writer->file, writer->buffer, DISK_BLOCK, offset);
}

int log_writer_sync(LogWriter *writer, Buf *message) {
    if (!writer->is_dirty) return 0;
    int code = store_sync_file(writer->dir->env, writer->file);
    if (code) {
        writer->is_broken = true;
        take_back(writer, writer->synced); // those behind it prove nothing
        return store_fail_file(message, code, "sync", writer->dir, last_name(writer).text);
    }
    writer->is_dirty = false;
    writer->synced = writer->offset;
    return 0;
}

// Makes the next segment the last one, with room for `size` bytes. The one before must be synced.
static int take_next(LogWriter *writer, uint64_t size, Buf *message) {
    if (!writer->next) {
        writer->next = new_job(writer);
        writer->next->code = -EAGAIN;
    }
    SegmentJob *next = writer->next;
    finish_job(next);
    if (next->wanted < size) next->wanted = size;
    if (!next->is_broken && (next->code || next->size < size)) next->code = make_segment_ready(next, message);
    writer->is_broken = next->is_broken;
    if (next->code) return next->code; // it stays, for the next attempt
    store_close_file(writer->dir, writer->file);
    writer->segments = memory_grow(writer->segments, writer->count, &writer->capacity, sizeof(Segment));
    writer->segments[writer->count++] = (Segment){.id = next->id};
    writer->file = next->file;
    writer->size = next->size;
    writer->offset = writer->synced = 0;
    next->file = -1;
    free_job(next);
    writer->next = NULL;
    return 0;
}

int log_writer_roll(LogWriter *writer, Buf *message) {
    if (writer->file >= 0 && writer->offset == 0) return 0;
    int code = log_writer_sync(writer, message);
    return code ? code : take_next(writer, writer->segment_size, message);
}

// A record is never cut: a large one gets a large segment.
static int make_room(LogWriter *writer, uint64_t size, Buf *message) {
    if (writer->file >= 0 && size <= writer->size && writer->offset <= writer->size - size) return 0;
    int code = writer->file >= 0 ? log_writer_sync(writer, message) : 0;
    return code ? code : take_next(writer, size > writer->segment_size ? size : writer->segment_size, message);
}

// ---- records ----

// Copies the parts of a body, a buffer's worth at a time.
typedef struct Gather {
    const StoreBytes *parts;
    size_t count;
    size_t part; // what comes next
    size_t at;
} Gather;

static size_t gather(Gather *gather, char *to, size_t room) {
    size_t done = 0;
    while (done < room && gather->part < gather->count) {
        const StoreBytes *part = &gather->parts[gather->part];
        size_t left = part->size - gather->at, size = left < room - done ? left : room - done;
        if (size) memcpy(to + done, (const char *)part->data + gather->at, size);
        done += size;
        gather->at += size;
        if (gather->at < part->size) break;
        gather->part++;
        gather->at = 0;
    }
    return done;
}

static DiskHead head_of(const LogWriter *writer, uint64_t segment, const StoreRecord *record, uint64_t durable) {
    DiskHead head = disk_head_make(writer->dir, segment, record->epoch, durable);
    HashPieces pieces;
    hash_pieces_begin(&pieces);
    for (size_t i = 0; i < record->part_count; i++) {
        hash_pieces_add(&pieces, record->parts[i].data, record->parts[i].size);
        head.size += record->parts[i].size;
    }
    head.body_checksum = hash_pieces_end(&pieces);
    head.checksum = disk_checksum(&head, sizeof head);
    return head;
}

// The head, the body, and zeroes up to the end of the block.
static int write_record(LogWriter *writer, const DiskHead *head, const StoreRecord *record) {
    Gather source = {.parts = record->parts, .count = record->part_count};
    uint64_t size = disk_record_size(head->size);
    memcpy(writer->buffer, head, sizeof *head);
    size_t filled = sizeof *head;
    for (uint64_t done = 0; done < size;) {
        filled += gather(&source, writer->buffer + filled, BUFFER_SIZE - filled);
        size_t part = size - done < BUFFER_SIZE ? (size_t)(size - done) : BUFFER_SIZE;
        memset(writer->buffer + filled, 0, part - filled);
        int code = store_write(writer->dir->env, writer->file, writer->buffer, part, writer->offset + done);
        if (code) return code;
        done += part;
        filled = 0;
    }
    return 0;
}

int log_writer_append(LogWriter *writer, const StoreRecord *record, uint64_t durable, uint64_t *bytes, Buf *message) {
    uint64_t body = 0;
    for (size_t i = 0; i < record->part_count; i++) body += record->parts[i].size;
    int code = make_room(writer, disk_record_size(body), message);
    if (code) return code;
    if (!writer->buffer) writer->buffer = aligned_alloc(ENV_ALIGN, BUFFER_SIZE);
    if (!writer->buffer) return store_fail(message, -ENOMEM, "out of memory");
    Segment *segment = last_segment(writer);
    DiskHead head = head_of(writer, segment->id, record, durable);
    writer->is_dirty = true; // a part of it may be there
    code = write_record(writer, &head, record);
    if (code) {
        writer->is_broken = take_back(writer, writer->offset) != 0;
        return store_fail_file(message, code, "write", writer->dir, last_name(writer).text);
    }
    *bytes = disk_record_size(body);
    writer->offset += *bytes;
    segment->last = record->epoch;
    return 0;
}
