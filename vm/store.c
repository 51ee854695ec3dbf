// The items of records.
#include "vm/store.h"

#include <string.h>

enum { OP_MASK = (1 << STORE_OP_BITS) - 1 };

static char *put_bytes(char *to, StoreBytes bytes) {
    if (bytes.size) memcpy(to, bytes.data, bytes.size);
    return to + bytes.size;
}

void store_put_item(Buf *body, StoreOp op, StoreBytes key, StoreBytes value) {
    size_t size = STORE_ITEM_HEAD + key.size + value.size;
    char *to = buf_reserve(body, size);
    store_put_head(to, op, key.size, value.size);
    put_bytes(put_bytes(to + STORE_ITEM_HEAD, key), value);
    body->length += size;
}

bool store_next_item(StoreBytes *rest, StoreItem *item) {
    if (rest->size < STORE_ITEM_HEAD) return false;
    const char *at = rest->data;
    uint32_t first = store_get_u32(at), op = first & OP_MASK;
    uint64_t key_size = first >> STORE_OP_BITS, value_size = store_get_u32(at + 4);
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

size_t store_lower_bound(const StoreBytes *first, size_t stride, size_t count, StoreBytes key) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store_compare(*(const StoreBytes *)((const char *)first + middle * stride), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
