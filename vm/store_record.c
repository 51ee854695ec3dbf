// Records as they are read from a segment, of which nothing is believed before it is checked.
#include <string.h>

#include "base/hash.h"
#include "vm/store_disk.h"

// How much is read at once while heads are looked for.
enum { SEARCH_SIZE = 256 * 1024 };

static const char RECORD_MAGIC[DISK_MAGIC] = "PtRecord";

DiskHead disk_head_make(const StoreDir *dir, uint64_t segment, uint64_t epoch, uint64_t durable) {
    DiskHead head = {.identity = dir->identity, .segment = segment, .epoch = epoch, .durable = durable};
    memcpy(head.magic, RECORD_MAGIC, DISK_MAGIC);
    return head;
}

bool disk_is_head_of(const DiskHead *head, const StoreDir *dir, uint64_t segment) {
    return memcmp(head->magic, RECORD_MAGIC, DISK_MAGIC) == 0 && head->identity == dir->identity && head->segment == segment;
}

bool disk_head_is_whole(const DiskHead *head) {
    return head->checksum == disk_checksum(head, sizeof *head);
}

uint64_t disk_record_size(uint64_t body_size) {
    return (sizeof(DiskHead) + body_size + DISK_BLOCK - 1) / DISK_BLOCK * DISK_BLOCK;
}

int segment_reader_open(SegmentReader *reader, const StoreDir *dir, uint64_t id, Buf *message) {
    *reader = (SegmentReader){.dir = dir, .id = id};
    StoreName name = store_name(STORE_SEGMENT, id);
    reader->file = store_open_file(dir, name.text, ENV_READ, message);
    if (reader->file < 0) return reader->file;
    int code = store_size(dir->env, reader->file, &reader->size);
    return code ? store_fail_file(message, code, "read", dir, name.text) : 0;
}

void segment_reader_close(SegmentReader *reader) {
    store_close_file(reader->dir, reader->file);
    buf_free(&reader->buffer);
    *reader = (SegmentReader){.dir = reader->dir, .file = -1};
}

// Fills the buffer up to `size` bytes. False if the file ends before.
static int fill(SegmentReader *reader, size_t size, bool *is_there, Buf *message) {
    Buf *buffer = &reader->buffer;
    const StoreDir *dir = reader->dir;
    size_t more = size - buffer->length;
    int64_t got = read_all_at(dir->env, reader->file, buf_reserve(buffer, more), more, reader->offset + buffer->length);
    if (got < 0) return store_fail_file(message, (int)got, "read", dir, store_name(STORE_SEGMENT, reader->id).text);
    buffer->length += (size_t)got;
    *is_there = got == (int64_t)more;
    return 0;
}

// The first block has the head, and all of a small record.
static int read_body(SegmentReader *reader, const DiskHead *head, bool *is_whole, Buf *message) {
    if (head->size > reader->size - reader->offset - sizeof *head) return 0;
    size_t size = sizeof *head + head->size;
    bool is_there = true;
    int code = size > DISK_BLOCK ? fill(reader, size, &is_there, message) : 0;
    if (code || !is_there) return code;
    *is_whole = hash_bytes(reader->buffer.data + sizeof *head, head->size) == head->body_checksum;
    return 0;
}

int segment_reader_next(SegmentReader *reader, bool *is_whole, DiskHead *head, StoreBytes *body, Buf *message) {
    *is_whole = false;
    if (reader->size < DISK_BLOCK || reader->offset > reader->size - DISK_BLOCK) return 0;
    reader->buffer.length = 0;
    bool is_there;
    int code = fill(reader, DISK_BLOCK, &is_there, message);
    if (code || !is_there) return code;
    memcpy(head, reader->buffer.data, sizeof *head);
    if (!disk_is_head_of(head, reader->dir, reader->id) || !disk_head_is_whole(head)) return 0;
    code = read_body(reader, head, is_whole, message);
    if (code || !*is_whole) return code;
    *body = (StoreBytes){reader->buffer.data + sizeof *head, head->size};
    reader->offset += disk_record_size(head->size);
    return 0;
}

static void note_head(const SegmentReader *reader, uint64_t offset, const char *block, uint64_t *durable, StoreNumbers *heads) {
    DiskHead head;
    memcpy(&head, block, sizeof head);
    if (!disk_is_head_of(&head, reader->dir, reader->id)) return;
    store_numbers_add(heads, offset);
    if (disk_head_is_whole(&head) && head.durable > *durable) *durable = head.durable;
}

int segment_reader_rest(SegmentReader *reader, uint64_t *durable, StoreNumbers *heads, Buf *message) {
    while (reader->offset < reader->size) {
        uint64_t left = reader->size - reader->offset;
        reader->buffer.length = 0;
        bool is_there;
        int code = fill(reader, left < SEARCH_SIZE ? (size_t)left : SEARCH_SIZE, &is_there, message);
        if (code) return code;
        for (size_t at = 0; at + sizeof(DiskHead) <= reader->buffer.length; at += DISK_BLOCK)
            note_head(reader, reader->offset + at, reader->buffer.data + at, durable, heads);
        reader->offset += SEARCH_SIZE;
    }
    return 0;
}

// ---- mapped ----

int segment_map(MappedSegment *out, const StoreDir *dir, uint64_t id, Buf *message) {
    StoreName name = store_name(STORE_SEGMENT, id);
    *out = (MappedSegment){0};
    int file = store_open_file(dir, name.text, ENV_READ, message);
    if (file < 0) return file;
    uint64_t size;
    const void *bytes = NULL;
    int code = store_size(dir->env, file, &size);
    if (!code && size) code = dir->env->map(dir->env, file, size, &bytes);
    store_close_file(dir, file);
    if (code) return store_fail_file(message, code, "map", dir, name.text);
    *out = (MappedSegment){bytes, bytes ? size : 0};
    return 0;
}

void segment_unmap(MappedSegment *segment, const StoreDir *dir) {
    if (segment->bytes) dir->env->unmap(dir->env, segment->bytes, segment->size);
    *segment = (MappedSegment){0};
}
