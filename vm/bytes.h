// bytes.h - numbers in bytes, little-endian and without padding: what records, keys and encoded values are made of.
#ifndef VM_BYTES_H
#define VM_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"

// Appends `size` bytes, to be filled in.
static inline char *bytes_add(Buf *out, size_t size) {
    char *to = buf_reserve(out, size);
    out->length += size;
    return to;
}

static inline void bytes_put_u8(Buf *out, uint8_t value) {
    *bytes_add(out, 1) = (char)value;
}

static inline void bytes_put_u32(Buf *out, uint32_t value) {
    value = htole32(value);
    memcpy(bytes_add(out, sizeof value), &value, sizeof value);
}

static inline void bytes_put_u64(Buf *out, uint64_t value) {
    value = htole64(value);
    memcpy(bytes_add(out, sizeof value), &value, sizeof value);
}

// What is still to be read.
typedef struct Bytes {
    const char *at;
    const char *end;
} Bytes;

static inline Bytes bytes_of(const void *data, size_t size) {
    return (Bytes){(const char *)data, size ? (const char *)data + size : (const char *)data};
}

static inline size_t bytes_left(const Bytes *bytes) {
    return (size_t)(bytes->end - bytes->at);
}

// These take a number off the front; false, and nothing is taken, if too few bytes are left.
static inline bool bytes_take_u8(Bytes *bytes, uint8_t *value) {
    if (bytes->at == bytes->end) return false;
    *value = (uint8_t)*bytes->at++;
    return true;
}

static inline bool bytes_take_u32(Bytes *bytes, uint32_t *value) {
    if (bytes_left(bytes) < sizeof *value) return false;
    memcpy(value, bytes->at, sizeof *value);
    *value = le32toh(*value);
    bytes->at += sizeof *value;
    return true;
}

static inline bool bytes_take_u64(Bytes *bytes, uint64_t *value) {
    if (bytes_left(bytes) < sizeof *value) return false;
    memcpy(value, bytes->at, sizeof *value);
    *value = le64toh(*value);
    bytes->at += sizeof *value;
    return true;
}

#endif
