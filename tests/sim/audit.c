#include "tests/sim/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/env_sim.h"
#include "vm/keys.h"
#include "vm/memory.h"
#include "vm/store_log.h"

static void take_output(AuditOutput *output, Bytes value) {
    uint64_t length, released, fingerprint;
    uint32_t name_size;
    if (!bytes_take_u64(&value, &length) || !bytes_take_u64(&value, &released) || !bytes_take_u64(&value, &fingerprint) ||
        !bytes_take_u32(&value, &name_size) || name_size)
        return; // a file
    output->before = output->length;
    output->length = length;
    output->released = released;
}

static void take_source(Audit *audit, Bytes value) {
    uint64_t position, line, atoms, events, fingerprint;
    uint8_t ended;
    uint32_t rest;
    if (!bytes_take_u64(&value, &position) || !bytes_take_u64(&value, &line) || !bytes_take_u64(&value, &atoms) ||
        !bytes_take_u64(&value, &events) || !bytes_take_u8(&value, &ended) || !bytes_take_u64(&value, &fingerprint) ||
        !bytes_take_u32(&value, &rest))
        return;
    audit->input = position + rest;
    audit->needs_input = !ended && !fingerprint;
}

static void take_cell(Audit *audit, StoreOp op, uint64_t id) {
    size_t at = 0;
    while (at < audit->cell_count && audit->cells[at] != id) at++;
    if (op == STORE_DELETE && at < audit->cell_count) audit->cells[at] = audit->cells[--audit->cell_count];
    if (op == STORE_DELETE || at < audit->cell_count) return;
    audit->cells = memory_grow(audit->cells, audit->cell_count, &audit->cell_capacity, sizeof *audit->cells);
    audit->cells[audit->cell_count++] = id;
}

static void take_item(Audit *audit, const StoreItem *item) {
    Key key;
    Bytes value = bytes_of(item->value.data, item->value.size);
    if (!key_parse(item->key.data, item->key.size, &key)) return;
    if (key.kind == KEY_OUTPUT) take_output(&audit->output, value);
    if (key.kind == KEY_SOURCE) take_source(audit, value);
    if (key.kind == KEY_ATOM) item->op == STORE_PUT ? audit->atoms++ : audit->atoms--;
    if (key.kind == KEY_OUTBOX && key.number) item->op == STORE_PUT ? audit->outbox_atoms++ : audit->outbox_atoms--;
    if (key.kind == KEY_CELL) take_cell(audit, item->op, key.number);
    if (key.kind == KEY_MAP) audit->map_entries += item->op == STORE_PUT;
    if (key.kind == KEY_META && item->key.size == strlen(KEY_RUN) && memcmp(item->key.data, KEY_RUN, item->key.size) == 0)
        audit->is_finished = bytes_left(&value) && *value.at == RUN_FINISHED;
}

typedef struct Reading {
    Audit *audit;
    Store *store;
} Reading;

static int take_cold(void *user, StoreBytes key, StoreBytes value) {
    take_item(((Reading *)user)->audit, &(StoreItem){STORE_PUT, key, value});
    return 0;
}

static int take_snapshot(void *user) {
    Reading *reading = user;
    return reading->store->scan(reading->store, (StoreBytes){"", 0}, take_cold, reading);
}

// The bytes of standard output are those that end where its length says so: a program here has one file and one standard output,
// and bytes come behind the length of theirs.
static int take_record(void *user, uint64_t epoch, StoreBytes body) {
    Audit *audit = ((Reading *)user)->audit;
    (void)epoch;
    uint64_t before = audit->output.length;
    uint32_t output = 0;
    bool is_output = false;
    for (StoreItem item; store_next_item(&body, &item);) {
        Key key;
        take_item(audit, &item);
        if (!key_parse(item.key.data, item.key.size, &key)) continue;
        if (key.kind == KEY_OUTPUT) {
            static const uint32_t NO_NAME;
            size_t at = 3 * sizeof(uint64_t);
            is_output =
                item.value.size == at + sizeof NO_NAME && !memcmp((const char *)item.value.data + at, &NO_NAME, sizeof NO_NAME);
            output = key.id;
        }
        if (key.kind != KEY_BYTES || !is_output || key.id != output || audit->output.has_bytes) continue;
        audit->output.has_bytes = true;
        audit->output.bytes_at = before;
    }
    return 0;
}

static int recover(Audit *audit, Store *store) {
    Reading reading = {audit, store};
    StoreVisitor visitor = {.record = take_record, .begin = take_snapshot, .user = &reading};
    int code = store->recover(store, &visitor, &audit->epoch);
    if (code) buf_puts(&audit->message, store->message(store));
    return code;
}

void audit_read(Audit *audit, SimDisk *disk, const char *path) {
    *audit = (Audit){0};
    Env *env = sim_env_new(disk, &(SimOptions){.seed = 1});
    StoreLogOptions options = {.path = path, .access = STORE_READ};
    Store *store = NULL;
    audit->code = store_log_open(env, &options, &store, &audit->message);
    if (!audit->code) audit->code = recover(audit, store);
    audit->has_dropped = store && strstr(store_log_notice(store), "is dropped");
    if (store) store->close(store);
    sim_env_free(env);
}

void audit_free(Audit *audit) {
    buf_free(&audit->message);
    free(audit->cells);
}

uint64_t audit_start(const Audit *audit) {
    const AuditOutput *output = &audit->output;
    if (!output->has_bytes || output->released == output->length) return output->length;
    return output->released > output->bytes_at ? output->released : output->bytes_at;
}
