#include "vm/utf8.h"

#include <string.h>
#include <utf8proc.h>

static const uint64_t HIGH_BITS = 0x8080808080808080u;

static uint64_t load64(const char *p) {
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

size_t utf8_ascii(const char *text, size_t size) {
    size_t at = 0;
    while (at + 32 <= size) {
        uint64_t bits = load64(text + at) | load64(text + at + 8) | load64(text + at + 16) | load64(text + at + 24);
        if (bits & HIGH_BITS) break;
        at += 32;
    }
    while (at + 8 <= size && !(load64(text + at) & HIGH_BITS)) at += 8;
    while (at < size && (unsigned char)text[at] < 0x80) at++;
    return at;
}

size_t utf8_valid(const char *bytes, size_t size) {
    size_t at = 0;
    while ((at += utf8_ascii(bytes + at, size - at)) < size) {
        utf8proc_int32_t code_point;
        size_t rest = size - at < 4 ? size - at : 4;
        utf8proc_ssize_t length = utf8proc_iterate((const utf8proc_uint8_t *)bytes + at, (utf8proc_ssize_t)rest, &code_point);
        if (length < 0) break;
        at += (size_t)length;
    }
    return at;
}

// Every byte but those that continue a character begins one.
size_t utf8_count(const char *text, size_t size) {
    size_t count = size, at = 0;
    for (; at + 8 <= size; at += 8) {
        uint64_t word = load64(text + at);
        count -= (size_t)__builtin_popcountll(word & HIGH_BITS & ~(word << 1));
    }
    for (; at < size; at++) count -= ((unsigned char)text[at] & 0xc0) == 0x80;
    return count;
}

uint32_t utf8_decode(const char *text, size_t *size) {
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80) {
        *size = 1;
        return s[0];
    }
    if (s[0] < 0xe0) {
        *size = 2;
        return (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu);
    }
    if (s[0] < 0xf0) {
        *size = 3;
        return (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
    }
    *size = 4;
    return (s[0] & 0x07u) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
}

size_t utf8_encode(uint32_t code_point, char *out) {
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)code_point, (utf8proc_uint8_t *)out);
}

size_t utf8_offset(const char *text, size_t size, size_t n) {
    size_t at = 0;
    while (n && at < size) {
        size_t ascii = utf8_ascii(text + at, size - at);
        if (ascii >= n) return at + n;
        at += ascii;
        n -= ascii;
        if (at == size) break;
        size_t length;
        utf8_decode(text + at, &length);
        at += length;
        n--;
    }
    return at;
}
