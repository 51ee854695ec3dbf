// The store on disk, the one in memory and one on LMDB are told the same, at random, and must say the same.
#include "tests/reference/store_lmdb.h"
#include "tests/sim/sim_random.h"
#include "tests/unit/store_directory.h"

enum { STORES = 3, SEEDS = 12, STEPS = 250, KEYS = 40 };

typedef struct Trio {
    Scratch scratch;
    char lmdb_path[96];
    Store *memory;
    Store *stores[STORES]; // on disk, in memory, on LMDB
    uint64_t random;
    uint64_t epoch;    // the last that was appended
    uint64_t durable;  // that was synced
    uint64_t snapshot; // that is in a snapshot
} Trio;

static const char *const NAMES[STORES] = {"log", "memory", "lmdb"};

// "" or up to three letters, of which some begin others; some have a zero or a large byte.
static StoreBytes random_key(Trio *trio, char bytes[8]) {
    static const char LETTERS[] = {'a', 'b', 0, (char)255};
    size_t size = (size_t)sim_below(&trio->random, 4);
    for (size_t i = 0; i < size; i++) bytes[i] = LETTERS[sim_below(&trio->random, 4)];
    return (StoreBytes){bytes, size};
}

static void add_random_item(Trio *trio, Buf *body) {
    char key[8], value[6000];
    StoreOp op = (StoreOp)(sim_below(&trio->random, 10) < 7 ? STORE_PUT : sim_coin(&trio->random) ? STORE_DELETE : STORE_ONCE);
    size_t size =
        sim_below(&trio->random, 20) ? (size_t)sim_below(&trio->random, 100) : (size_t)sim_below(&trio->random, sizeof value);
    memset(value, (int)sim_below(&trio->random, 256), sizeof value);
    store_put_item(body, op, random_key(trio, key), (StoreBytes){value, op == STORE_DELETE ? 0 : size});
}

static void append_random(Trio *trio) {
    Buf body = {0};
    size_t count = (size_t)sim_below(&trio->random, 8);
    for (size_t i = 0; i < count; i++) add_random_item(trio, &body);
    trio->epoch++;
    for (size_t i = 0; i < STORES; i++) cr_assert_eq(try_append_body(trio->stores[i], trio->epoch, bytes_of_buf(&body)), 0);
    buf_free(&body);
}

static void sync_all(Trio *trio) {
    for (size_t i = 0; i < STORES; i++) sync_to(trio->stores[i], trio->epoch);
    trio->durable = trio->epoch;
}

// Also with records that are not durable, and so not in it.
static void snapshot_all(Trio *trio) {
    uint64_t before = trio->stores[0]->stats(trio->stores[0]).snapshots;
    for (size_t i = 0; i < STORES; i++) cr_assert_eq(trio->stores[i]->snapshot(trio->stores[i]), 0);
    bool is_new = trio->durable > trio->snapshot;
    trio->snapshot = trio->durable;
    do sync_all(trio);
    while (is_new && trio->stores[0]->stats(trio->stores[0]).snapshots == before);
}

static void open_all(Trio *trio) {
    trio->stores[0] = open_store(&trio->scratch, STORE_WRITE);
    trio->stores[1] = trio->memory;
    trio->stores[2] = store_lmdb_open(trio->lmdb_path);
    cr_assert_not_null(trio->stores[2]);
}

static int keep_value(void *user, StoreBytes key, StoreBytes value) {
    store_put_item(user, STORE_PUT, key, value);
    return 0;
}

static void check_equal(const Buf said[STORES], const char *what) {
    for (size_t i = 1; i < STORES; i++)
        cr_assert(said[0].length == said[i].length && !memcmp(said[0].data, said[i].data, said[0].length), "%s: log and %s", what,
                  NAMES[i]);
}

static void compare_records(Trio *trio) {
    Buf said[STORES] = {0};
    for (size_t i = 0; i < STORES; i++) {
        uint64_t epoch = 0;
        buf_reserve(&said[i], 1);
        cr_assert_eq(trio->stores[i]->recover(trio->stores[i], &(StoreVisitor){.record = keep_body, .user = &said[i]}, &epoch), 0,
                     "%s: %s", NAMES[i], trio->stores[i]->message(trio->stores[i]));
        cr_assert_eq(epoch, trio->epoch, "%s", NAMES[i]);
    }
    check_equal(said, "records");
    for (size_t i = 0; i < STORES; i++) buf_free(&said[i]);
}

static void compare_values(Trio *trio) {
    for (int k = 0; k < KEYS; k++) {
        char bytes[8];
        StoreBytes key = random_key(trio, bytes);
        Buf found[STORES] = {0}, scanned[STORES] = {0};
        for (size_t i = 0; i < STORES; i++) {
            Store *store = trio->stores[i];
            StoreBytes value = {0};
            int code = store->get(store, key, &value);
            buf_append(&found[i], &code, sizeof code);
            if (!code) buf_append(&found[i], value.data, value.size);
            buf_reserve(&scanned[i], 1);
            cr_assert_eq(store->scan(store, key, keep_value, &scanned[i]), 0);
        }
        check_equal(found, "a value");
        check_equal(scanned, "a scan");
        for (size_t i = 0; i < STORES; i++) buf_free(&found[i]), buf_free(&scanned[i]);
    }
}

static void reopen_all(Trio *trio) {
    sync_all(trio);
    trio->stores[0]->close(trio->stores[0]);
    trio->stores[2]->close(trio->stores[2]);
    open_all(trio);
    compare_records(trio);
    compare_values(trio);
}

static void run(uint64_t seed) {
    Trio trio = {.scratch = scratch_new(), .memory = store_memory_new(STORE_KEEP_ALL), .random = seed};
    snprintf(trio.lmdb_path, sizeof trio.lmdb_path, "%s/lmdb", trio.scratch.root);
    open_all(&trio);
    compare_records(&trio);
    for (int step = 0; step < STEPS; step++) {
        uint64_t what = sim_below(&trio.random, 20);
        if (what < 10) append_random(&trio);
        if (what >= 10 && what < 16) sync_all(&trio);
        if (what == 16) snapshot_all(&trio);
        if (what == 17) compare_values(&trio); // of what was found, whatever came later
        if (what == 18) reopen_all(&trio);
    }
    reopen_all(&trio);
    for (size_t i = 0; i < STORES; i++) trio.stores[i]->close(trio.stores[i]);
    scratch_free(&trio.scratch);
}

Test(reference_store, all_say_the_same) {
    for (uint64_t seed = 1; seed <= SEEDS; seed++) run(seed);
}
