#include "vm/cbor.h"

#include <stdlib.h>
#include <string.h>

#include "vm/bytes.h"
#include "vm/memory.h"
#include "vm/utf8.h"

// The first byte of an item: the major type above, and below a number up to 23, or how many bytes it takes.
enum { MAJOR_UINT = 0, MAJOR_TEXT = 3, MAJOR_ARRAY = 4, MAJOR_MAP = 5 };
enum { IN_PLACE = 24, ONE_BYTE = 24, EIGHT_BYTES = 27 };

// ---- writing ----

static void put_head(Buf *out, int major, uint64_t number) {
    char *to = buf_reserve(out, 9);
    int code = number < IN_PLACE ? (int)number : number <= 0xff ? 24 : number <= 0xffff ? 25 : number <= 0xffffffff ? 26 : 27;
    int size = code < ONE_BYTE ? 0 : 1 << (code - ONE_BYTE);
    to[0] = (char)(major << 5 | code);
    for (int i = 1; i <= size; i++) to[i] = (char)(number >> 8 * (size - i));
    out->length += 1 + (size_t)size;
}

void cbor_put_uint(Buf *out, uint64_t value) {
    put_head(out, MAJOR_UINT, value);
}

void cbor_put_text(Buf *out, const char *text) {
    put_head(out, MAJOR_TEXT, strlen(text));
    buf_puts(out, text);
}

void cbor_put_array(Buf *out, uint64_t count) {
    put_head(out, MAJOR_ARRAY, count);
}

void cbor_put_map(Buf *out, uint64_t count) {
    put_head(out, MAJOR_MAP, count);
}

// ---- reading ----

// An array or map that is being read.
typedef struct Open {
    size_t item;
    uint64_t missing; // items
    Bytes last_key;   // of a map
    bool at_key;      // a key comes next
} Open;

typedef struct Reader {
    Bytes bytes;
    CborItem *items;
    size_t count;
    size_t capacity;
    Open open[CBOR_DEPTH];
    int depth;
    const char *error;
} Reader;

static bool fail(Reader *r, const char *error) {
    r->error = error;
    return false;
}

static bool take_head(Reader *r, int *major, uint64_t *number) {
    uint8_t first, byte;
    if (!bytes_take_u8(&r->bytes, &first)) return fail(r, "the bytes end too early");
    *major = first >> 5;
    *number = first & 0x1f;
    if (*number < IN_PLACE) return true;
    if (*number > EIGHT_BYTES) return fail(r, "an item has no length");
    int size = 1 << (*number - ONE_BYTE);
    *number = 0;
    for (int i = 0; i < size; i++) {
        if (!bytes_take_u8(&r->bytes, &byte)) return fail(r, "the bytes end too early");
        *number = *number << 8 | byte;
    }
    uint64_t least = size == 1 ? IN_PLACE : (uint64_t)1 << 4 * size;
    return *number >= least || fail(r, "a number is longer than it must be");
}

static bool take_text(Reader *r, CborItem *item) {
    if (item->number > bytes_left(&r->bytes)) return fail(r, "a text is longer than the bytes that are left");
    size_t size = (size_t)item->number;
    item->text = r->bytes.at;
    r->bytes.at += size;
    if (utf8_valid(item->text, size) != size) return fail(r, "a text is not valid UTF-8");
    return !memchr(item->text, '\0', size) || fail(r, "there is a zero in a text");
}

static bool enter(Reader *r, const CborItem *item) {
    uint64_t most = bytes_left(&r->bytes) >> (item->kind == CBOR_MAP);
    if (item->number > most) return fail(r, "there are fewer items than there must be");
    if (r->depth == CBOR_DEPTH) return fail(r, "items are nested too deeply");
    bool map = item->kind == CBOR_MAP;
    r->open[r->depth++] = (Open){.item = r->count - 1, .missing = item->number << map, .at_key = map};
    return true;
}

static bool take_item(Reader *r) {
    r->items = memory_grow(r->items, r->count, &r->capacity, sizeof(CborItem));
    CborItem *item = &r->items[r->count++];
    int major;
    *item = (CborItem){.next = 1};
    if (!take_head(r, &major, &item->number)) return false;
    switch (major) {
    case MAJOR_UINT: return true;
    case MAJOR_TEXT: item->kind = CBOR_TEXT; return take_text(r, item);
    case MAJOR_ARRAY: item->kind = CBOR_ARRAY; return enter(r, item);
    case MAJOR_MAP: item->kind = CBOR_MAP; return enter(r, item);
    default: return fail(r, "an item is of a kind that schemas do not have");
    }
}

// The order is that of the bytes as they are encoded, so the longer text is the greater.
static bool is_greater(const Bytes *a, const Bytes *b) {
    size_t x = bytes_left(a), y = bytes_left(b);
    return x != y ? x > y : memcmp(a->at, b->at, x) > 0;
}

// A key of the innermost map comes next.
static bool take_key(Reader *r, Open *map) {
    if (!take_item(r)) return false;
    const CborItem *item = &r->items[r->count - 1];
    if (item->kind != CBOR_TEXT) return fail(r, "a key is no text");
    Bytes key = bytes_of(item->text, (size_t)item->number);
    if (map->last_key.at && !is_greater(&key, &map->last_key)) return fail(r, "keys are not in order");
    map->last_key = key;
    return true;
}

static bool take_next(Reader *r) {
    Open *open = &r->open[r->depth - 1];
    if (!open->missing) {
        r->items[open->item].next = (uint32_t)(r->count - open->item);
        r->depth--;
        return true;
    }
    open->missing--;
    bool key = open->at_key;
    if (r->items[open->item].kind == CBOR_MAP) open->at_key = !key;
    return key ? take_key(r, open) : take_item(r);
}

CborItem *cbor_read(StoreBytes bytes, const char **error) {
    Reader r = {.bytes = bytes_of(bytes.data, bytes.size)};
    bool fine = bytes.size < UINT32_MAX || fail(&r, "it is too large");
    fine = fine && take_item(&r);
    while (fine && r.depth) fine = take_next(&r);
    if (fine && bytes_left(&r.bytes)) fine = fail(&r, "there are bytes behind its end");
    if (fine) return r.items;
    *error = r.error;
    free(r.items);
    return NULL;
}

const CborItem *cbor_find(const CborItem *map, const char *key) {
    if (map->kind != CBOR_MAP) return NULL;
    size_t size = strlen(key);
    const CborItem *item = map + 1;
    for (uint64_t i = 0; i < map->number; i++) {
        const CborItem *value = cbor_next(item);
        if (item->number == size && memcmp(item->text, key, size) == 0) return value;
        item = cbor_next(value);
    }
    return NULL;
}
