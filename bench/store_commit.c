// store_commit.c - what it costs to make an epoch durable: `store_commit DIRECTORY [EPOCHS]` compares append and sync of epochs
// with one entry with a bare write and fdatasync of as much, in turns on the same disk, and measures how long a million entries
// take to encode and to append.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm/env.h"
#include "vm/store_log.h"

enum { ENTRIES = 1000000, ENTRY_KEY = 9, ENTRY_VALUE = 16, ROUNDS = 3, BLOCK = 4096, BARE_SIZE = 16 << 20 };

static int fail(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    return 1;
}

static int compare_times(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void print_times(const char *what, uint64_t *times, size_t count) {
    qsort(times, count, sizeof *times, compare_times);
    printf("%-28s p50 %7.1f us   p99 %7.1f us\n", what, (double)times[count / 2] / 1000, (double)times[count * 99 / 100] / 1000);
}

// ---- small epochs ----

// A file as a log would have it: its blocks written before, past the page cache.
static int open_bare(const char *directory, char *block) {
    char path[4096];
    snprintf(path, sizeof path, "%s/bare", directory);
    int file = open(path, O_RDWR | O_CREAT | O_DIRECT, 0666);
    if (file < 0) return -1;
    for (off_t offset = 0; offset < BARE_SIZE; offset += BLOCK)
        if (pwrite(file, block, BLOCK, offset) != BLOCK) return -1;
    return fdatasync(file) < 0 ? -1 : file;
}

static int commit(Store *store, uint64_t epoch, const Buf *body) {
    StoreBytes part = {body->data, body->length};
    uint64_t durable;
    int code = store->append(store, &(StoreRecord){epoch, &part, 1});
    return code ? code : store->sync(store, &durable);
}

static int compare_commits(Env *env, Store *store, const char *directory, size_t count, uint64_t *epoch) {
    char *block = aligned_alloc(BLOCK, BLOCK);
    uint64_t *bare = calloc(count, sizeof *bare), *stored = calloc(count, sizeof *stored);
    memset(block, 1, BLOCK);
    int file = open_bare(directory, block);
    if (file < 0) return fail(directory, "cannot write");
    Buf body = {0};
    store_put_item(&body, STORE_PUT, (StoreBytes){"position", 8}, (StoreBytes){"12345678", 8});
    for (size_t i = 0; i < count; i++) {
        uint64_t start = env->now(env);
        if (pwrite(file, block, BLOCK, (off_t)(i * BLOCK % BARE_SIZE)) != BLOCK || fdatasync(file) < 0)
            return fail(directory, "cannot write");
        uint64_t middle = env->now(env);
        if (commit(store, ++*epoch, &body)) return fail(directory, store->message(store));
        bare[i] = middle - start;
        stored[i] = env->now(env) - middle;
    }
    print_times("write and fdatasync", bare, count);
    print_times("append and sync", stored, count);
    printf("%-28s p50 %7.2f      p99 %7.2f\n", "ratio", (double)stored[count / 2] / (double)bare[count / 2],
           (double)stored[count * 99 / 100] / (double)bare[count * 99 / 100]);
    close(file);
    free(block);
    free(bare);
    free(stored);
    buf_free(&body);
    return 0;
}

// ---- large epochs ----

static void encode(Buf *body) {
    for (uint64_t i = 0; i < ENTRIES; i++) {
        size_t item = store_item_begin(body);
        char key[ENTRY_KEY] = {3};
        memcpy(key + 1, &i, sizeof i);
        buf_append(body, key, sizeof key);
        store_item_middle(body, item);
        uint64_t value[2] = {i, i * i};
        buf_append(body, value, ENTRY_VALUE);
        store_item_end(body, item, STORE_PUT);
    }
}

static int measure_entries(Env *env, Store *store, uint64_t *epoch) {
    Buf body = {0};
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = env->now(env), durable;
        body.length = 0;
        encode(&body);
        uint64_t encoded = env->now(env);
        StoreBytes part = {body.data, body.length};
        if (store->append(store, &(StoreRecord){++*epoch, &part, 1})) return fail("append", store->message(store));
        uint64_t appended = env->now(env);
        if (store->sync(store, &durable)) return fail("sync", store->message(store));
        uint64_t synced = env->now(env);
        printf("1 M entries of %d bytes       encode %.1f ns, append %.1f ns, sync %.1f ns an entry\n", ENTRY_KEY + ENTRY_VALUE,
               (double)(encoded - start) / ENTRIES, (double)(appended - encoded) / ENTRIES,
               (double)(synced - appended) / ENTRIES);
    }
    buf_free(&body);
    return 0;
}

static int measure_snapshot(Env *env, Store *store) {
    uint64_t start = env->now(env), durable;
    if (store->snapshot(store)) return fail("snapshot", store->message(store));
    while (!store->stats(store).snapshots)
        if (store->sync(store, &durable) || usleep(1000) < 0) return fail("snapshot", store->message(store));
    printf("snapshot of 3 M items        %.0f ms, %.1f MiB\n", (double)(env->now(env) - start) / 1e6,
           (double)store->stats(store).snapshot_bytes / (1 << 20));
    return 0;
}

static int skip(void *user, uint64_t epoch, StoreBytes body) {
    (void)user, (void)epoch, (void)body;
    return 0;
}

int main(int argc, char **argv) {
    if (argc < 2) return fail("usage", "store_commit DIRECTORY [EPOCHS]");
    size_t count = argc > 2 ? (size_t)strtoull(argv[2], NULL, 10) : 4000;
    char path[4096];
    snprintf(path, sizeof path, "%s/data", argv[1]);
    Env *env = env_real_new();
    Store *store;
    Buf message = {0};
    if (store_log_open(env, &(StoreLogOptions){.path = path, .app = "bench", .access = STORE_WRITE}, &store, &message))
        return fail(path, buf_text(&message));
    uint64_t epoch;
    if (store->recover(store, &(StoreVisitor){.record = skip}, &epoch)) return fail(path, store->message(store));
    int status = compare_commits(env, store, argv[1], count, &epoch);
    if (!status) status = measure_entries(env, store, &epoch);
    if (!status) status = measure_snapshot(env, store);
    // Now in segments that are recycled.
    if (!status) status = compare_commits(env, store, argv[1], count, &epoch);
    store->close(store);
    env_real_free(env);
    return status;
}
