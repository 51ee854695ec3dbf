// store_testing.h - what the tests of stores share: records in short, and what a store says after recovery as one text.
#ifndef TESTS_UNIT_STORE_TESTING_H
#define TESTS_UNIT_STORE_TESTING_H

#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "vm/memory.h"
#include "vm/store.h"

static inline StoreBytes bytes_of(const char *text) {
    return (StoreBytes){text, strlen(text)};
}

static inline StoreBytes bytes_of_buf(const Buf *buf) {
    return (StoreBytes){buf->data, buf->length};
}

// ---- writing ----

// "a=1 b- c!2": puts a, deletes b, puts c once.
static inline void put_items(Buf *body, const char *text) {
    while (*text) {
        size_t key = strcspn(text, "=-!"), value = strcspn(text + key + 1, " ");
        StoreOp op = text[key] == '-' ? STORE_DELETE : text[key] == '!' ? STORE_ONCE : STORE_PUT;
        store_put_item(body, op, (StoreBytes){text, key}, (StoreBytes){text + key + 1, value});
        text += key + 1 + value;
        text += *text == ' ';
    }
}

static inline int try_append_body(Store *store, uint64_t epoch, StoreBytes body) {
    return store->append(store, &(StoreRecord){epoch, &body, 1});
}

static inline int try_append(Store *store, uint64_t epoch, const char *items) {
    Buf body = {0};
    put_items(&body, items);
    int code = try_append_body(store, epoch, bytes_of_buf(&body));
    buf_free(&body);
    return code;
}

static inline void append(Store *store, uint64_t epoch, const char *items) {
    cr_assert_eq(try_append(store, epoch, items), 0, "%s", store->message(store));
}

static inline void sync_to(Store *store, uint64_t expected) {
    uint64_t epoch = 0;
    cr_assert_eq(store->sync(store, &epoch), 0, "%s", store->message(store));
    cr_assert_eq(epoch, expected);
}

static inline void commit(Store *store, uint64_t epoch, const char *items) {
    append(store, epoch, items);
    sync_to(store, epoch);
}

// Makes a snapshot and waits until it is there.
static inline void snapshot_now(Store *store) {
    uint64_t before = store->stats(store).snapshots, epoch;
    cr_assert_eq(store->snapshot(store), 0, "%s", store->message(store));
    while (store->stats(store).snapshots == before) cr_assert_eq(store->sync(store, &epoch), 0, "%s", store->message(store));
}

// ---- reading ----

// What keys have, in their order.
typedef struct State {
    StoreItem *items; // copies
    size_t count;
    size_t capacity;
    Buf once; // what came once, in order
    uint64_t epoch;
} State;

static inline StoreBytes copy_bytes(StoreBytes bytes) {
    char *copy = memory_new(bytes.size + 1, 1);
    if (bytes.size) memcpy(copy, bytes.data, bytes.size);
    return (StoreBytes){copy, bytes.size};
}

static inline void free_item(StoreItem *item) {
    free((void *)(uintptr_t)item->key.data);
    free((void *)(uintptr_t)item->value.data);
}

static inline void state_apply(State *state, const StoreItem *item) {
    if (item->op == STORE_ONCE) {
        buf_printf(&state->once, " %.*s!%.*s", (int)item->key.size, (const char *)item->key.data, (int)item->value.size,
                   (const char *)item->value.data);
        return;
    }
    size_t at = 0;
    while (at < state->count && store_compare(state->items[at].key, item->key) < 0) at++;
    if (at < state->count && store_compare(state->items[at].key, item->key) == 0) {
        free_item(&state->items[at]);
        memmove(&state->items[at], &state->items[at + 1], (--state->count - at) * sizeof(StoreItem));
    }
    if (item->op == STORE_DELETE) return;
    state->items = memory_grow(state->items, state->count, &state->capacity, sizeof(StoreItem));
    memmove(&state->items[at + 1], &state->items[at], (state->count++ - at) * sizeof(StoreItem));
    state->items[at] = (StoreItem){STORE_PUT, copy_bytes(item->key), copy_bytes(item->value)};
}

static inline int state_apply_record(void *user, uint64_t epoch, StoreBytes body) {
    State *state = user;
    if (state->epoch && epoch != state->epoch + 1) return -ERANGE;
    state->epoch = epoch;
    for (StoreItem item; store_next_item(&body, &item);) state_apply(state, &item);
    return body.size ? -EPROTO : 0;
}

static inline int state_apply_value(void *user, StoreBytes key, StoreBytes value) {
    state_apply(user, &(StoreItem){STORE_PUT, key, value});
    return 0;
}

static inline void state_free(State *state) {
    for (size_t i = 0; i < state->count; i++) free_item(&state->items[i]);
    free(state->items);
    buf_free(&state->once);
    *state = (State){0};
}

static inline void state_print(const State *state, Buf *out) {
    for (size_t i = 0; i < state->count; i++) {
        if (i) buf_putc(out, ' ');
        buf_append(out, state->items[i].key.data, state->items[i].key.size);
        buf_putc(out, '=');
        buf_append(out, state->items[i].value.data, state->items[i].value.size);
    }
    buf_append(out, state->once.data, state->once.length);
}

static inline int keep_body(void *user, uint64_t epoch, StoreBytes body) {
    uint64_t head[] = {epoch, body.size};
    buf_append(user, head, sizeof head);
    buf_append(user, body.data, body.size);
    return 0;
}

// Recovers, and prints what there is then: what the snapshot has with the records on top. "a=1 b=2 c!3".
static inline int recover_text(Store *store, uint64_t *epoch, Buf *out) {
    Buf records = {0};
    State state = {0};
    int code = store->recover(store, &(StoreVisitor){.record = keep_body, .user = &records}, epoch);
    if (!code) code = store->scan(store, (StoreBytes){0}, state_apply_value, &state);
    for (size_t at = 0; at < records.length && !code;) {
        uint64_t head[2];
        memcpy(head, records.data + at, sizeof head);
        at += sizeof head;
        code = state_apply_record(&state, head[0], (StoreBytes){records.data + at, head[1]});
        at += head[1];
    }
    if (!code && state.epoch && state.epoch != *epoch) code = -ERANGE;
    if (!code) state_print(&state, out);
    buf_free(&records);
    state_free(&state);
    return code;
}

static inline void check_recovers(Store *store, uint64_t epoch, const char *expected) {
    Buf text = {0};
    uint64_t found = 0;
    cr_assert_eq(recover_text(store, &found, &text), 0, "%s", store->message(store));
    cr_assert_eq(found, epoch, "epoch %lu instead of %lu", (unsigned long)found, (unsigned long)epoch);
    cr_assert_str_eq(buf_text(&text), expected);
    buf_free(&text);
}

// NULL: it has none.
static inline void check_value(Store *store, const char *key, const char *expected) {
    StoreBytes value = {0};
    int code = store->get(store, bytes_of(key), &value);
    cr_assert_eq(code, expected ? 0 : -ENOENT, "%s: %d", key, code);
    if (expected) cr_assert(value.size == strlen(expected) && !memcmp(value.data, expected, value.size), "%s", key);
}

static inline int print_value(void *user, StoreBytes key, StoreBytes value) {
    Buf *out = user;
    if (out->length) buf_putc(out, ' ');
    buf_append(out, key.data, key.size);
    buf_putc(out, '=');
    buf_append(out, value.data, value.size);
    return 0;
}

static inline void check_scan(Store *store, const char *prefix, const char *expected) {
    Buf text = {0};
    cr_assert_eq(store->scan(store, bytes_of(prefix), print_value, &text), 0);
    cr_assert_str_eq(buf_text(&text), expected);
    buf_free(&text);
}

#endif
