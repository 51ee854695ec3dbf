#include "vm/spill.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vm/bytes.h"
#include "vm/memory.h"
#include "vm/env_io.h"

// A string is a u64, its size, and its bytes. None goes over from one file to the next.

enum {
    HEAD = 8,
    FILE_BYTES = 16 << 20,   // a file with so much is full
    WRITE_BYTES = 256 << 10, // are written at once
    READ_BYTES = 256 << 10,
    BUFFER_KEPT = 1 << 20,
};

void spill_init(Spill *spill, Env *env, const char *path) {
    *spill = (Spill){.env = env, .path = path};
}

static void close_oldest(Spill *spill) {
    spill->env->close(spill->env, spill->files[0].file);
    memmove(spill->files, spill->files + 1, --spill->file_count * sizeof *spill->files);
    spill->ahead.length = 0;
    spill->ahead_at = spill->taken = 0;
}

void spill_free(Spill *spill) {
    while (spill->file_count) close_oldest(spill);
    free(spill->files);
    buf_free(&spill->pending);
    buf_free(&spill->ahead);
    *spill = (Spill){0};
}

// ---- writing ----

static SpillFile *newest(Spill *spill) {
    return &spill->files[spill->file_count - 1];
}

static int add_file(Spill *spill) {
    Env *env = spill->env;
    int file = env->open(env, spill->path, ENV_WRITE);
    if (file < 0) return file;
    int code = env->remove(env, spill->path);
    if (code < 0) {
        env->close(env, file);
        return code;
    }
    spill->files = memory_grow(spill->files, spill->file_count, &spill->file_capacity, sizeof(SpillFile));
    spill->files[spill->file_count++] = (SpillFile){.file = file};
    return 0;
}

static int write_pending(Spill *spill) {
    SpillFile *file = newest(spill);
    int code = write_all_at(spill->env, file->file, spill->pending.data, spill->pending.length, file->size);
    if (code < 0) return code;
    file->size += spill->pending.length;
    spill->pending.length = 0;
    if (spill->pending.capacity > BUFFER_KEPT) buf_free(&spill->pending);
    return 0;
}

static bool is_full(Spill *spill) {
    return newest(spill)->size + spill->pending.length >= FILE_BYTES;
}

// Makes a place for the next string: in the newest file, or in another one.
static int make_place(Spill *spill) {
    if (spill->file_count && !is_full(spill)) return 0;
    int code = spill->file_count ? write_pending(spill) : 0;
    return code < 0 ? code : add_file(spill);
}

int spill_push(Spill *spill, const char *bytes, size_t size) {
    int code = make_place(spill);
    if (code < 0) return code;
    size_t before = spill->pending.length;
    bytes_put_u64(&spill->pending, size);
    buf_append(&spill->pending, bytes, size);
    if (spill->pending.length >= WRITE_BYTES) code = write_pending(spill);
    if (code < 0) {
        spill->pending.length = before;
        return code;
    }
    spill->count++;
    spill->bytes += HEAD + size;
    return 0;
}

// ---- reading ----

static uint64_t bytes_ahead(const Spill *spill) {
    return spill->ahead_at + spill->ahead.length - spill->taken;
}

// Reads on, so that `size` bytes of the oldest file are ahead.
static int read_ahead(Spill *spill, uint64_t size) {
    if (bytes_ahead(spill) >= size) return 0;
    SpillFile *file = &spill->files[0];
    if (spill->taken + size > file->size) {
        assert(spill->file_count == 1);
        int code = write_pending(spill);
        if (code < 0) return code;
    }
    size_t rest = (size_t)bytes_ahead(spill);
    if (rest) memmove(spill->ahead.data, spill->ahead.data + spill->ahead.length - rest, rest);
    spill->ahead_at = spill->taken;
    spill->ahead.length = rest;
    uint64_t at = spill->ahead_at + rest, wanted = size - rest > READ_BYTES ? size - rest : READ_BYTES;
    if (wanted > file->size - at) wanted = file->size - at;
    int code = read_exactly_at(spill->env, file->file, buf_reserve(&spill->ahead, wanted), wanted, at);
    if (code == 0) spill->ahead.length += wanted;
    return code;
}

// The oldest file has nothing more, though others may.
static bool is_used_up(const Spill *spill) {
    return spill->file_count > 1 && spill->taken == spill->files[0].size;
}

// What was taken last may still be looked at: files go, and the buffer shrinks, when something else is asked for.
static void tidy(Spill *spill) {
    if (spill->ahead.capacity > BUFFER_KEPT && !bytes_ahead(spill)) {
        buf_free(&spill->ahead);
        spill->ahead_at = spill->taken;
    }
    while (is_used_up(spill)) close_oldest(spill);
}

int spill_pop(Spill *spill, const char **bytes, size_t *size) {
    assert(spill->count);
    tidy(spill);
    int code = read_ahead(spill, HEAD);
    if (code < 0) return code;
    uint64_t length;
    Bytes head = bytes_of(spill->ahead.data + (spill->taken - spill->ahead_at), HEAD);
    bytes_take_u64(&head, &length);
    code = read_ahead(spill, HEAD + length);
    if (code < 0) return code;
    *bytes = spill->ahead.data + (spill->taken - spill->ahead_at) + HEAD;
    *size = (size_t)length;
    spill->taken += HEAD + length;
    spill->count--;
    spill->bytes -= HEAD + length;
    return 0;
}
