#include "vm/store_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/memory.h"

// ---- reading the log: the last value of each key ----

static bool same(StoreBytes a, StoreBytes b) {
    return a.size == b.size && (!a.size || memcmp(a.data, b.data, a.size) == 0);
}

static size_t *place_of(const State *state, StoreBytes key, uint64_t hash) {
    size_t i = hash & (state->place_count - 1);
    for (; state->places[i]; i = (i + 1) & (state->place_count - 1)) {
        const StateItem *item = &state->items[state->places[i] - 1];
        if (item->hash == hash && same(item->key, key)) break;
    }
    return &state->places[i];
}

static void grow(State *state) {
    free(state->places);
    state->place_count = state->place_count ? 2 * state->place_count : 1024;
    state->places = MEMORY_NEW(size_t, state->place_count);
    for (size_t i = 0; i < state->count; i++) {
        size_t place = state->items[i].hash & (state->place_count - 1);
        while (state->places[place]) place = (place + 1) & (state->place_count - 1); // they are all different
        state->places[place] = i + 1;
    }
}

static StoreBytes copy(State *state, StoreBytes bytes) {
    return (StoreBytes){arena_copy_string(&state->arena, bytes.data, bytes.size), bytes.size};
}

static StateItem *item_of(State *state, StoreBytes key) {
    if (2 * state->count >= state->place_count) grow(state);
    uint64_t hash = hash_bytes(key.data, key.size);
    size_t *place = place_of(state, key, hash);
    if (!*place) {
        state->items = memory_grow(state->items, state->count, &state->capacity, sizeof(StateItem));
        state->items[state->count++] = (StateItem){.key = copy(state, key), .hash = hash};
        *place = state->count;
    }
    return &state->items[*place - 1];
}

void state_put(State *state, const StoreItem *change) {
    if (change->op == STORE_ONCE) {
        state->once += change->value.size;
        return;
    }
    StateItem *item = item_of(state, change->key);
    if (change->op == STORE_DELETE) {
        *item = (StateItem){.key = item->key, .hash = item->hash};
    } else if (item->value.data && change->value.size <= item->room) {
        if (change->value.size) memcpy((char *)item->value.data, change->value.data, change->value.size);
        item->value.size = change->value.size;
    } else {
        item->value = copy(state, change->value);
        item->room = change->value.size;
    }
}

static int read_record(void *user, uint64_t epoch, StoreBytes body) {
    (void)epoch;
    State *state = user;
    StoreItem item;
    state->records++;
    while (store_next_item(&body, &item)) state_put(state, &item);
    if (!body.size) return 0;
    state->error = "a record does not consist of items";
    return -EINVAL;
}

static int compare_items(const void *a, const void *b) {
    return store_compare(((const StateItem *)a)->key, ((const StateItem *)b)->key);
}

void state_sort(State *state) {
    free(state->places);
    state->places = NULL;
    size_t sorted = 1; // what has its key from a counter comes in order
    while (sorted < state->count && compare_items(&state->items[sorted - 1], &state->items[sorted]) < 0) sorted++;
    if (sorted < state->count) qsort(state->items, state->count, sizeof(StateItem), compare_items);
}

int state_read(State *state, Store *store) {
    *state = (State){.store = store};
    const StoreVisitor visitor = {.record = read_record, .user = state};
    int code = store->recover(store, &visitor, &state->epoch);
    state_sort(state);
    return code;
}

void state_free(State *state) {
    free(state->items);
    free(state->places);
    arena_free(&state->arena);
    *state = (State){0};
}

// ---- looking at both ----

static size_t find(const State *state, StoreBytes key) {
    return state->count ? store_lower_bound(&state->items->key, sizeof *state->items, state->count, key) : 0;
}

typedef struct Scan {
    const State *state;
    size_t next; // item of the log
    size_t end;
    StoreScan *visit;
    void *user;
} Scan;

static int visit_item(Scan *scan) {
    const StateItem *item = &scan->state->items[scan->next++];
    return item->value.data ? scan->visit(scan->user, item->key, item->value) : 0;
}

// A key of the snapshot. Those of the log below it come first, and one that is the same takes its place.
static int visit_found(void *user, StoreBytes key, StoreBytes value) {
    Scan *scan = user;
    while (scan->next < scan->end) {
        int order = store_compare(scan->state->items[scan->next].key, key);
        if (order > 0) break;
        int code = visit_item(scan);
        if (code || order == 0) return code;
    }
    return scan->visit(scan->user, key, value);
}

int state_scan(const State *state, StoreBytes prefix, StoreScan *visit, void *user) {
    Scan scan = {state, find(state, prefix), 0, visit, user};
    scan.end = scan.next;
    while (scan.end < state->count && store_begins(state->items[scan.end].key, prefix)) scan.end++;
    int code = state->store->scan(state->store, prefix, visit_found, &scan);
    while (!code && scan.next < scan.end) code = visit_item(&scan);
    return code;
}

int state_get(const State *state, StoreBytes key, StoreBytes *value) {
    size_t i = find(state, key);
    if (i == state->count || !same(state->items[i].key, key)) return state->store->get(state->store, key, value);
    *value = state->items[i].value;
    return value->data ? 0 : -ENOENT;
}
