#include "tests/sim/service.h"

#include <string.h>

static const char MARK[] = "effect ";
enum { MARK_SIZE = sizeof MARK - 1 };

static bool is_effect(const char *line, size_t size) {
    return size >= MARK_SIZE && memcmp(line, MARK, MARK_SIZE) == 0;
}

void service_hear(Buf *text, Buf *effects) {
    Buf rest = {0};
    for (size_t at = 0; at < text->length;) {
        const char *line = text->data + at, *end = memchr(line, '\n', text->length - at);
        size_t size = end ? (size_t)(end - line) + 1 : text->length - at;
        if (!is_effect(line, size))
            buf_append(&rest, line, size);
        else if (end)
            buf_append(effects, line + MARK_SIZE, size - MARK_SIZE);
        at += size;
    }
    buf_free(text);
    *text = rest;
}

// The line of what was done with this key; NULL: nothing was.
static const char *find(const Buf *done, const char *key, size_t size) {
    const char *end = done->data + done->length;
    for (const char *line = done->data; line < end; line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1)
        if ((size_t)(end - line) > size && memcmp(line, key, size) == 0) return line;
    return NULL;
}

bool service_do(Buf *done, const Buf *effects, Buf *complaint) {
    for (size_t at = 0; at < effects->length;) {
        const char *line = effects->data + at;
        size_t size = (size_t)((const char *)memchr(line, '\n', effects->length - at) - line) + 1;
        const char *space = memchr(line, ' ', size);
        const char *known = space ? find(done, line, (size_t)(space - line) + 1) : NULL;
        if (known && ((size_t)(done->data + done->length - known) < size || memcmp(known, line, size) != 0)) {
            buf_printf(complaint, "%.*s, which was %.*s", (int)size - 1, line, (int)strcspn(known, "\n"), known);
            return false;
        }
        if (!known) buf_append(done, line, size);
        at += size;
    }
    return true;
}
