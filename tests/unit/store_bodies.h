// store_bodies.h - what threads do with a store on disk in tests: one writes and makes snapshots, the others look values up.
// Without Criterion, so that threads.c can run the same under the thread sanitizer.
#ifndef TESTS_UNIT_STORE_BODIES_H
#define TESTS_UNIT_STORE_BODIES_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "vm/env.h"
#include "vm/store_log.h"

enum { STORE_THREADS = 3, STORE_KEYS = 3000 };

static inline int skip_body(void *user, uint64_t epoch, StoreBytes body) {
    (void)user, (void)epoch, (void)body;
    return 0;
}

// Each key has itself as its value, for ever.
static inline StoreBytes number_key(char key[16], int number) {
    snprintf(key, 16, "k%05d", number);
    return (StoreBytes){key, strlen(key)};
}

typedef struct Looking {
    Store *store;
    uint64_t wrong;
} Looking;

static inline void *look_up_all(void *user) {
    Looking *looking = user;
    char text[16];
    for (int i = 0; i < 3 * STORE_KEYS; i++) {
        StoreBytes key = number_key(text, i % STORE_KEYS), value;
        int code = looking->store->get(looking->store, key, &value);
        looking->wrong += code || store_compare(key, value) != 0;
    }
    return NULL;
}

// Epochs of `count` keys each. Returns how many failed.
static inline uint64_t write_keys(Store *store, uint64_t *epoch, int epochs, int count) {
    Buf body = {0};
    uint64_t wrong = 0, durable;
    for (int e = 0; e < epochs; e++) {
        body.length = 0;
        for (int i = 0; i < count; i++) {
            char text[16];
            StoreBytes key = number_key(text, (e * 7 + i) % STORE_KEYS);
            store_put_item(&body, STORE_PUT, key, key);
        }
        StoreBytes part = {body.data, body.length};
        wrong += store->append(store, &(StoreRecord){++*epoch, &part, 1}) != 0;
        wrong += store->sync(store, &durable) != 0 || durable != *epoch;
        if (store->is_long(store)) wrong += store->snapshot(store) != 0;
    }
    buf_free(&body);
    return wrong;
}

static inline Store *open_to_write(Env *env, const char *path, uint64_t *epoch) {
    StoreLogOptions options = {
        .path = path, .app = "app", .access = STORE_WRITE, .segment_size = 65536, .snapshot_after = 400000};
    Store *store;
    Buf message = {0};
    int code = store_log_open(env, &options, &store, &message);
    buf_free(&message);
    if (code) return NULL;
    code = store->recover(store, &(StoreVisitor){.record = skip_body}, epoch);
    if (!code) return store;
    store->close(store);
    return NULL;
}

// Makes a data directory of all keys, then looks them up in several threads while another one writes. Returns how much was wrong.
static inline uint64_t run_store(Env *env, const char *path) {
    uint64_t epoch, wrong = 0;
    Store *store = open_to_write(env, path, &epoch);
    if (!store) return 1;
    wrong += write_keys(store, &epoch, 1, STORE_KEYS);
    wrong += store->snapshot(store) != 0;
    store->close(store);
    store = open_to_write(env, path, &epoch);
    if (!store) return 1;
    Looking looking[STORE_THREADS];
    pthread_t threads[STORE_THREADS];
    for (int i = 0; i < STORE_THREADS; i++) {
        looking[i] = (Looking){.store = store};
        pthread_create(&threads[i], NULL, look_up_all, &looking[i]);
    }
    wrong += write_keys(store, &epoch, 400, 20);
    for (int i = 0; i < STORE_THREADS; i++) {
        pthread_join(threads[i], NULL);
        wrong += looking[i].wrong;
    }
    wrong += store->stats(store).snapshots == 0;
    store->close(store);
    return wrong;
}

#endif
