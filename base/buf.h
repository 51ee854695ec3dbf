// buf.h - a growable byte buffer on the malloc heap.
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A buffer starts as all zeroes and is released by buf_free. `data` is not zero-terminated; see buf_text.
typedef struct Buf {
    char *data;
    size_t length;
    size_t capacity;
} Buf;

// Room for `extra` more bytes; returns where they go. Without memory it does not return (exhausted.h).
static inline char *buf_reserve(Buf *buf, size_t extra);
static inline void buf_append(Buf *buf, const void *bytes, size_t length);
void buf_puts(Buf *buf, const char *text);
void buf_putc(Buf *buf, char c);
void buf_printf(Buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(Buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
// Zero-terminates (the zero does not count in `length`) and returns the text, valid until the next change.
const char *buf_text(Buf *buf);
void buf_free(Buf *buf);
// Moves the bytes of `from` to `to`, whose bytes are gone and whose memory goes the other way, unless it is more than `keep`.
void buf_move(Buf *to, Buf *from, size_t keep);

// ---- inline: state is encoded with these, a few bytes at a time ----

// Makes room where there is none.
void buf_grow(Buf *buf, size_t extra);

static inline char *buf_reserve(Buf *buf, size_t extra) {
    if (buf->capacity - buf->length < extra) buf_grow(buf, extra);
    return buf->data + buf->length;
}

static inline void buf_append(Buf *buf, const void *bytes, size_t length) {
    if (!length) return;
    memcpy(buf_reserve(buf, length), bytes, length);
    buf->length += length;
}

#endif
