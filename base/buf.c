#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/exhausted.h"

void buf_grow(Buf *buf, size_t extra) {
    size_t capacity = buf->capacity ? buf->capacity * 2 : 256;
    while (capacity - buf->length < extra) capacity *= 2;
    char *grown = realloc(buf->data, capacity);
    if (!grown) exhausted();
    buf->data = grown;
    buf->capacity = capacity;
}

void buf_puts(Buf *buf, const char *text) {
    buf_append(buf, text, strlen(text));
}

void buf_putc(Buf *buf, char c) {
    *buf_reserve(buf, 1) = c;
    buf->length++;
}

void buf_vprintf(Buf *buf, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    vsnprintf(buf_reserve(buf, (size_t)length + 1), (size_t)length + 1, format, args);
    buf->length += (size_t)length;
}

void buf_printf(Buf *buf, const char *format, ...) {
    va_list args;
    va_start(args, format);
    buf_vprintf(buf, format, args);
    va_end(args);
}

const char *buf_text(Buf *buf) {
    *buf_reserve(buf, 1) = '\0';
    return buf->data;
}

void buf_free(Buf *buf) {
    free(buf->data);
    *buf = (Buf){0};
}

void buf_move(Buf *to, Buf *from, size_t keep) {
    Buf spare = *to;
    *to = *from;
    *from = spare;
    from->length = 0;
    if (from->capacity > keep) buf_free(from);
}
