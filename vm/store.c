// The items of records.
#include "vm/store.h"

#include <assert.h>
#include <string.h>

enum { OP_BITS = 2, OP_MASK = (1 << OP_BITS) - 1 };

// The bytes lie one after the other wherever the program runs: compilers make one store, or one load, of this.
static void put_u32(char *to, uint32_t value) {
    unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8), (unsigned char)(value >> 16),
                              (unsigned char)(value >> 24)};
    memcpy(to, bytes, sizeof bytes);
}

static uint32_t get_u32(const char *from) {
    unsigned char bytes[4];
    memcpy(bytes, from, sizeof bytes);
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void put_head(char *to, StoreOp op, size_t key_size, size_t value_size) {
    // An atom, and so a key or a value, is far smaller than that: see RuntimeOptions.max_atom.
    assert(key_size <= STORE_KEY_LIMIT && value_size <= UINT32_MAX);
    put_u32(to, (uint32_t)key_size << OP_BITS | (uint32_t)op);
    put_u32(to + 4, (uint32_t)value_size);
}

static char *put_bytes(char *to, StoreBytes bytes) {
    if (bytes.size) memcpy(to, bytes.data, bytes.size);
    return to + bytes.size;
}

void store_put_item(Buf *body, StoreOp op, StoreBytes key, StoreBytes value) {
    size_t size = STORE_ITEM_HEAD + key.size + value.size;
    char *to = buf_reserve(body, size);
    put_head(to, op, key.size, value.size);
    put_bytes(put_bytes(to + STORE_ITEM_HEAD, key), value);
    body->length += size;
}

size_t store_item_begin(Buf *body) {
    size_t item = body->length;
    buf_reserve(body, STORE_ITEM_HEAD);
    body->length += STORE_ITEM_HEAD;
    return item;
}

// Until the end, the head holds the size of the key.
void store_item_middle(Buf *body, size_t item) {
    size_t key_size = body->length - item - STORE_ITEM_HEAD;
    assert(key_size <= STORE_KEY_LIMIT);
    put_u32(body->data + item, (uint32_t)key_size);
}

void store_item_end(Buf *body, size_t item, StoreOp op) {
    char *head = body->data + item;
    size_t key_size = get_u32(head);
    put_head(head, op, key_size, body->length - item - STORE_ITEM_HEAD - key_size);
}

bool store_next_item(StoreBytes *rest, StoreItem *item) {
    if (rest->size < STORE_ITEM_HEAD) return false;
    const char *at = rest->data;
    uint32_t first = get_u32(at), op = first & OP_MASK;
    uint64_t key_size = first >> OP_BITS, value_size = get_u32(at + 4);
    if (op > STORE_ONCE || key_size + value_size > rest->size - STORE_ITEM_HEAD) return false;
    const char *key = at + STORE_ITEM_HEAD;
    *item = (StoreItem){(StoreOp)op, {key, key_size}, {key + key_size, value_size}};
    size_t size = STORE_ITEM_HEAD + key_size + value_size;
    *rest = (StoreBytes){at + size, rest->size - size};
    return true;
}

int store_compare(StoreBytes a, StoreBytes b) {
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common ? memcmp(a.data, b.data, common) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

bool store_begins(StoreBytes key, StoreBytes prefix) {
    return key.size >= prefix.size && (!prefix.size || memcmp(key.data, prefix.data, prefix.size) == 0);
}
