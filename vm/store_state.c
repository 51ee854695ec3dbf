#include "vm/store_state.h"

#include <errno.h>

// ---- reading the log: the last value of each key ----

void state_put(State *state, const StoreItem *change) {
    if (change->op == STORE_ONCE)
        state->once += change->value.size;
    else
        last_items_put(&state->items, change);
}

void state_sort(State *state) {
    last_items_sort(&state->items);
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

int state_read(State *state, Store *store) {
    *state = (State){.store = store};
    const StoreVisitor visitor = {.record = read_record, .user = state};
    int code = store->recover(store, &visitor, &state->epoch);
    state_sort(state);
    return code;
}

void state_free(State *state) {
    last_items_free(&state->items);
    *state = (State){0};
}

// ---- looking at both ----

typedef struct Scan {
    const State *state;
    size_t next; // item of the log
    size_t end;
    StoreScan *visit;
    void *user;
} Scan;

static int visit_item(Scan *scan) {
    StoreItem item = last_item_at(scan->state->items.items[scan->next++].at);
    return item.op == STORE_PUT ? scan->visit(scan->user, item.key, item.value) : 0;
}

// A key of the snapshot. Those of the log below it come first, and one that is the same takes its place.
static int visit_found(void *user, StoreBytes key, StoreBytes value) {
    Scan *scan = user;
    while (scan->next < scan->end) {
        int order = store_compare(last_item_at(scan->state->items.items[scan->next].at).key, key);
        if (order > 0) break;
        int code = visit_item(scan);
        if (code || order == 0) return code;
    }
    return scan->visit(scan->user, key, value);
}

int state_scan(const State *state, StoreBytes prefix, StoreScan *visit, void *user) {
    const LastItems *items = &state->items;
    Scan scan = {state, last_items_find(items, prefix), 0, visit, user};
    scan.end = scan.next;
    while (scan.end < items->count && store_begins(last_item_at(items->items[scan.end].at).key, prefix)) scan.end++;
    int code = state->store->scan(state->store, prefix, visit_found, &scan);
    while (!code && scan.next < scan.end) code = visit_item(&scan);
    return code;
}

int state_get(const State *state, StoreBytes key, StoreBytes *value) {
    const LastItems *items = &state->items;
    size_t i = last_items_find(items, key);
    if (i == items->count) return state->store->get(state->store, key, value);
    StoreItem item = last_item_at(items->items[i].at);
    if (store_compare(item.key, key) != 0) return state->store->get(state->store, key, value);
    *value = item.value;
    return item.op == STORE_PUT ? 0 : -ENOENT;
}
