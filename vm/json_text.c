#include "vm/json_text.h"

#include <stdarg.h>

#include "vm/hex.h"
#include "vm/utf8.h"

// ---- mistakes ----

bool json_fail(JsonReader *r, const char *at, const char *format, ...) {
    r->wrong = at;
    r->message->length = 0;
    va_list args;
    va_start(args, format);
    buf_vprintf(r->message, format, args);
    va_end(args);
    return false;
}

enum { SHOWN = 24 }; // bytes of what was found that a message shows

static bool ends_word(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ':' || c == ']' || c == '}' || c == '"';
}

// What is there: a string or another word, the beginning of it if it is long.
static void put_found(JsonReader *r) {
    Buf *out = r->message;
    const char *at = r->at, *end = at + 1;
    if (at == r->end) {
        buf_puts(out, "the end");
        return;
    }
    if (*at == '{' || *at == '[') {
        buf_puts(out, *at == '{' ? "an object" : "an array");
        return;
    }
    bool string = *at == '"';
    while (end < r->end && (string ? *end != '"' : !ends_word(*end))) end += *end == '\\' && end + 1 < r->end ? 2 : 1;
    end += string && end < r->end;
    size_t size = (size_t)(end - at), shown = size;
    if (size > SHOWN) shown = utf8_valid(at, SHOWN);
    if (!string) buf_putc(out, '`');
    buf_append(out, at, shown);
    if (shown < size) buf_puts(out, string ? "...\"" : "...");
    if (!string) buf_putc(out, '`');
}

static bool expected(JsonReader *r, const char *what, const char *type, const char *field) {
    json_peek(r);
    json_fail(r, r->at, "expected %s", what);
    if (type) buf_printf(r->message, " (%s)", type);
    if (field) buf_printf(r->message, " for `%s`", field);
    buf_puts(r->message, ", found ");
    put_found(r);
    return false;
}

bool json_expected(JsonReader *r, const char *what) {
    return expected(r, what, NULL, r->field);
}

bool json_expected_of(JsonReader *r, const char *what, const PtDesc *desc) {
    return expected(r, what, desc->name, r->field);
}

bool json_expected_token(JsonReader *r, const char *what) {
    return expected(r, what, NULL, NULL);
}

bool json_take_word(JsonReader *r, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size) != 0) return false;
    if (r->at + size < r->end && !ends_word(r->at[size])) return false;
    r->at += size;
    return true;
}

// ---- strings ----

static const uint64_t ONES = 0x0101010101010101;

static bool is_special(char c) {
    return c == '"' || c == '\\' || (unsigned char)c < 0x20;
}

// The first byte that a string cannot have as it is. Eight at a time, by their high bits: those of the lowest one that is set,
// and of it alone, tell the truth.
static const char *find_special(const char *at, const char *end) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        uint64_t quote = word ^ ONES * '"', slash = word ^ ONES * '\\';
        uint64_t hits = ((quote - ONES) & ~quote) | ((slash - ONES) & ~slash) | ((word - ONES * 0x20) & ~word);
        hits &= ONES * 0x80;
        if (hits) return at + __builtin_ctzll(hits) / 8;
    }
#endif
    while (at < end && !is_special(*at)) at++;
    return at;
}

// Four hexadecimal digits, or -1.
static int32_t take_hex(const char *at, const char *end) {
    int32_t value = 0;
    if (end - at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

// What `\u` at `*at` stands for, and perhaps the one behind it; -1 with a message.
static int32_t take_unicode(JsonReader *r, const char **at, const char *end) {
    const char *start = *at;
    int32_t first = take_hex(start + 2, end);
    if (first < 0) return json_fail(r, start, "`\\u` must be followed by 4 hexadecimal digits") - 1;
    *at = start + 6;
    if (first < 0xd800 || first > 0xdfff) return first;
    int32_t second = first < 0xdc00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' ? take_hex(*at + 2, end) : -1;
    if (second < 0xdc00 || second > 0xdfff)
        return json_fail(r, start, "`%.6s` is half of a surrogate pair, which is no character", start) - 1;
    *at += 6;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

// The byte that a letter behind `\` stands for; 0: none.
static char escaped(char letter) {
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? bytes[found - letters] : 0;
}

// Writes what stands between `at` and `end`; the end of it, or NULL with a message.
static char *unescape(JsonReader *r, const char *at, const char *end, char *out) {
    while (at < end) {
        const char *next = find_special(at, end);
        memcpy(out, at, (size_t)(next - at));
        out += next - at;
        at = next;
        if (at == end) break;
        if (at[1] == 'u') {
            int32_t code = take_unicode(r, &at, end);
            if (code < 0) return NULL;
            out += utf8_encode((uint32_t)code, out);
            continue;
        }
        char byte = escaped(at[1]);
        if (!byte) {
            json_fail(r, at, "there is no escape `\\%.*s`", (int)(utf8_offset(at + 1, (size_t)(end - at - 1), 1)), at + 1);
            return NULL;
        }
        *out++ = byte;
        at += 2;
    }
    return out;
}

// Where the string ends that has a `\` at `at`: at its closing quote; NULL with a message.
static const char *find_quote(JsonReader *r, const char *start, const char *at) {
    while (at < r->end && *at != '"') {
        if (*at != '\\') {
            json_fail(r, at, "a string cannot have the control character 0x%02x as it is", (unsigned char)*at);
            return NULL;
        }
        at = at + 1 < r->end ? find_special(at + 2, r->end) : r->end;
    }
    if (at < r->end) return at;
    json_fail(r, start, "this string does not end");
    return NULL;
}

bool json_take_string(JsonReader *r, PtString *out) {
    const char *start = r->at + 1, *special = find_special(start, r->end), *end = special;
    if (end == r->end || *end != '"') end = find_quote(r, r->at, special);
    if (!end) return false;
    r->at = end + 1;
    *out = (PtString){start, end - start};
    if (end == special) return true;
    char *data = pt_alloc(r->context, end - start);
    char *last = unescape(r, start, end, data);
    if (last) *out = (PtString){data, last - data};
    return last;
}
