#include "tests/reference/store_lmdb.h"

#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "vm/memory.h"

static const size_t MAP_SIZE = (size_t)1 << 30;

// A record that is not durable yet.
typedef struct Pending {
    uint64_t epoch;
    Buf body;
} Pending;

typedef struct StoreLmdb {
    Store store;
    MDB_env *env;
    MDB_dbi records;  // epoch -> body
    MDB_dbi snapshot; // 'k' and the key -> value; 'e' -> the epoch
    MDB_txn *found;   // what recovery saw: LMDB keeps it as it was
    Pending *pending;
    size_t count;
    size_t capacity;
    uint64_t durable;
    int code; // the last result of LMDB
    StoreStats stats;
} StoreLmdb;

static StoreLmdb *lmdb_of(const Store *store) {
    return (StoreLmdb *)(uintptr_t)store;
}

// Its errors are errno values above 0, and its own below.
static int result_of(StoreLmdb *lmdb, int code) {
    if (code) lmdb->code = code;
    return code == MDB_NOTFOUND ? -ENOENT : code > 0 ? -code : code ? -EIO : 0;
}

static MDB_val value_of(const void *data, size_t size) {
    return (MDB_val){size, (void *)(uintptr_t)data};
}

static MDB_val epoch_key(const uint64_t *epoch) {
    return value_of(epoch, sizeof *epoch);
}

// ---- records ----

static int append(Store *store, const StoreRecord *record) {
    StoreLmdb *lmdb = lmdb_of(store);
    lmdb->pending = memory_grow(lmdb->pending, lmdb->count, &lmdb->capacity, sizeof(Pending));
    Pending *pending = &lmdb->pending[lmdb->count++];
    *pending = (Pending){.epoch = record->epoch};
    for (size_t i = 0; i < record->part_count; i++) buf_append(&pending->body, record->parts[i].data, record->parts[i].size);
    lmdb->stats.records++;
    lmdb->stats.bytes += pending->body.length;
    return 0;
}

static int put_pending(StoreLmdb *lmdb, MDB_txn *txn) {
    int code = 0;
    for (size_t i = 0; i < lmdb->count && !code; i++) {
        MDB_val key = epoch_key(&lmdb->pending[i].epoch);
        MDB_val body = value_of(lmdb->pending[i].body.data, lmdb->pending[i].body.length);
        code = mdb_put(txn, lmdb->records, &key, &body, 0);
    }
    return code;
}

static int end_txn(MDB_txn *txn, int code) {
    if (!code) return mdb_txn_commit(txn);
    mdb_txn_abort(txn);
    return code;
}

static int sync_records(Store *store, uint64_t *epoch) {
    StoreLmdb *lmdb = lmdb_of(store);
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, 0, &txn);
    if (!code) code = end_txn(txn, put_pending(lmdb, txn));
    if (code) return result_of(lmdb, code);
    for (size_t i = 0; i < lmdb->count; i++) {
        lmdb->durable = lmdb->pending[i].epoch;
        buf_free(&lmdb->pending[i].body);
    }
    lmdb->count = 0;
    *epoch = lmdb->durable;
    return 0;
}

// ---- snapshots ----

static int apply_item(StoreLmdb *lmdb, MDB_txn *txn, const StoreItem *item) {
    if (item->op == STORE_ONCE) return 0;
    Buf bytes = {0};
    buf_putc(&bytes, 'k');
    buf_append(&bytes, item->key.data, item->key.size);
    MDB_val key = value_of(bytes.data, bytes.length), value = value_of(item->value.data, item->value.size);
    int code = item->op == STORE_PUT ? mdb_put(txn, lmdb->snapshot, &key, &value, 0) : mdb_del(txn, lmdb->snapshot, &key, NULL);
    buf_free(&bytes);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int move_records(StoreLmdb *lmdb, MDB_txn *txn) {
    MDB_cursor *cursor;
    int code = mdb_cursor_open(txn, lmdb->records, &cursor);
    MDB_val key, body;
    while (!code && !(code = mdb_cursor_get(cursor, &key, &body, MDB_NEXT))) {
        StoreBytes rest = {body.mv_data, body.mv_size};
        for (StoreItem item; !code && store_next_item(&rest, &item);) code = apply_item(lmdb, txn, &item);
        if (!code) code = mdb_cursor_del(cursor, 0);
    }
    mdb_cursor_close(cursor);
    return code == MDB_NOTFOUND ? 0 : code;
}

static int snapshot(Store *store) {
    StoreLmdb *lmdb = lmdb_of(store);
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, 0, &txn);
    if (code) return result_of(lmdb, code);
    code = move_records(lmdb, txn);
    MDB_val key = value_of("e", 1), epoch = value_of(&lmdb->durable, sizeof lmdb->durable);
    if (!code) code = mdb_put(txn, lmdb->snapshot, &key, &epoch, 0);
    code = end_txn(txn, code);
    lmdb->stats.snapshots += !code;
    return result_of(lmdb, code);
}

static bool is_long(const Store *store) {
    (void)store;
    return false;
}

// ---- recovery ----

static int visit_records(StoreLmdb *lmdb, const StoreVisitor *visitor) {
    MDB_cursor *cursor;
    int code = result_of(lmdb, mdb_cursor_open(lmdb->found, lmdb->records, &cursor));
    if (code) return code;
    MDB_val key, body;
    while (!code && mdb_cursor_get(cursor, &key, &body, MDB_NEXT) == 0) {
        memcpy(&lmdb->durable, key.mv_data, sizeof lmdb->durable);
        code = visitor->record(visitor->user, lmdb->durable, (StoreBytes){body.mv_data, body.mv_size});
    }
    mdb_cursor_close(cursor);
    return code;
}

static int recover(Store *store, const StoreVisitor *visitor, uint64_t *epoch) {
    StoreLmdb *lmdb = lmdb_of(store);
    int code = result_of(lmdb, mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->found));
    if (code) return code;
    MDB_val key = value_of("e", 1), value;
    if (mdb_get(lmdb->found, lmdb->snapshot, &key, &value) == 0) memcpy(&lmdb->durable, value.mv_data, sizeof lmdb->durable);
    code = visitor->begin ? visitor->begin(visitor->user) : 0;
    if (!code) code = visit_records(lmdb, visitor);
    *epoch = lmdb->durable;
    return code;
}

static int get(Store *store, StoreBytes key, StoreBytes *value) {
    StoreLmdb *lmdb = lmdb_of(store);
    Buf bytes = {0};
    buf_putc(&bytes, 'k');
    buf_append(&bytes, key.data, key.size);
    MDB_val search = value_of(bytes.data, bytes.length), found;
    int code = mdb_get(lmdb->found, lmdb->snapshot, &search, &found);
    buf_free(&bytes);
    if (!code) *value = (StoreBytes){found.mv_data, found.mv_size};
    return result_of(lmdb, code);
}

static int scan(Store *store, StoreBytes prefix, StoreScan *visit, void *user) {
    StoreLmdb *lmdb = lmdb_of(store);
    MDB_cursor *cursor;
    int code = result_of(lmdb, mdb_cursor_open(lmdb->found, lmdb->snapshot, &cursor));
    if (code) return code;
    Buf bytes = {0};
    buf_putc(&bytes, 'k');
    buf_append(&bytes, prefix.data, prefix.size);
    MDB_val key = value_of(bytes.data, bytes.length), value;
    MDB_cursor_op op = MDB_SET_RANGE;
    for (; !code && mdb_cursor_get(cursor, &key, &value, op) == 0; op = MDB_NEXT) {
        if (!store_begins((StoreBytes){key.mv_data, key.mv_size}, (StoreBytes){bytes.data, bytes.length})) break;
        code = visit(user, (StoreBytes){(char *)key.mv_data + 1, key.mv_size - 1}, (StoreBytes){value.mv_data, value.mv_size});
    }
    mdb_cursor_close(cursor);
    buf_free(&bytes);
    return code;
}

// ---- life ----

static StoreStats stats(const Store *store) {
    return lmdb_of(store)->stats;
}

static const char *message(const Store *store) {
    return mdb_strerror(lmdb_of(store)->code);
}

static void close_store(Store *store) {
    StoreLmdb *lmdb = lmdb_of(store);
    if (lmdb->found) mdb_txn_abort(lmdb->found);
    if (lmdb->env) mdb_env_close(lmdb->env);
    for (size_t i = 0; i < lmdb->count; i++) buf_free(&lmdb->pending[i].body);
    free(lmdb->pending);
    free(lmdb);
}

static int open_databases(StoreLmdb *lmdb) {
    MDB_txn *txn;
    int code = mdb_txn_begin(lmdb->env, NULL, 0, &txn);
    if (code) return code;
    code = mdb_dbi_open(txn, "records", MDB_CREATE | MDB_INTEGERKEY, &lmdb->records);
    if (!code) code = mdb_dbi_open(txn, "snapshot", MDB_CREATE, &lmdb->snapshot);
    return end_txn(txn, code);
}

Store *store_lmdb_open(const char *path) {
    StoreLmdb *lmdb = MEMORY_NEW(StoreLmdb, 1);
    lmdb->store = (Store){
        .append = append,
        .sync = sync_records,
        .is_long = is_long,
        .snapshot = snapshot,
        .recover = recover,
        .get = get,
        .scan = scan,
        .stats = stats,
        .message = message,
        .close = close_store,
    };
    mkdir(path, 0777);
    int code = mdb_env_create(&lmdb->env);
    if (!code) code = mdb_env_set_maxdbs(lmdb->env, 2);
    if (!code) code = mdb_env_set_mapsize(lmdb->env, MAP_SIZE);
    if (!code) code = mdb_env_open(lmdb->env, path, MDB_NOTLS, 0666); // a reading thread may write, too
    if (!code) code = open_databases(lmdb);
    if (!code) return &lmdb->store;
    close_store(&lmdb->store);
    return NULL;
}
