// A snapshot that is read: mapped, and looked at only where something is looked for. Its index says where the blocks are, which
// have the items in the order of their keys.
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/memory.h"
#include "vm/store_disk.h"

// ---- opening ----

// What a checksum cannot promise: that the program that wrote it was right.
static bool index_fits(const Snapshot *snapshot, uint64_t index_offset, uint64_t keys_size) {
    const DiskIndex *index = snapshot->index;
    if (index[0].block != 0 || index[0].key != 0) return false;
    for (uint64_t i = 0; i < snapshot->blocks; i++)
        if (index[i + 1].block <= index[i].block || index[i + 1].key < index[i].key) return false;
    return index[snapshot->blocks].block <= index_offset && index[snapshot->blocks].key == keys_size;
}

static bool take_footer(Snapshot *snapshot, const StoreDir *dir, uint64_t epoch) {
    DiskFooter footer;
    if (snapshot->size < sizeof footer) return false;
    uint64_t end = snapshot->size - sizeof footer;
    memcpy(&footer, snapshot->bytes + end, sizeof footer);
    if (memcmp(footer.magic, DISK_SNAPSHOT_MAGIC, DISK_MAGIC) != 0 || footer.checksum != disk_checksum(&footer, sizeof footer))
        return false;
    if (footer.identity != dir->identity || footer.epoch != epoch) return false;
    if (footer.index > end || footer.index % sizeof(uint64_t) != 0) return false;
    if (footer.blocks >= (end - footer.index) / sizeof(DiskIndex)) return false;
    snapshot->epoch = footer.epoch;
    snapshot->segment = footer.segment;
    snapshot->items = footer.items;
    snapshot->blocks = footer.blocks;
    snapshot->index = (const DiskIndex *)(snapshot->bytes + footer.index);
    snapshot->keys = (const char *)(snapshot->index + footer.blocks + 1);
    uint64_t keys_size = (uint64_t)(snapshot->bytes + end - snapshot->keys), blocks_end = snapshot->index[footer.blocks].block;
    if (blocks_end > footer.index) return false;
    if (hash_bytes(snapshot->bytes + blocks_end, end - blocks_end) != footer.index_checksum) return false;
    return index_fits(snapshot, footer.index, keys_size);
}

static int map_file(Snapshot *snapshot, const StoreDir *dir, const char *name, Buf *message) {
    int file = store_open_file(dir, name, ENV_READ, message);
    if (file < 0) return file;
    int code = store_size(dir->env, file, &snapshot->size);
    const void *bytes = NULL;
    if (!code && snapshot->size) code = dir->env->map(dir->env, file, snapshot->size, &bytes);
    snapshot->bytes = bytes;
    store_close_file(dir, file);
    return code ? store_fail_file(message, code, "map", dir, name) : 0;
}

int snapshot_open(Snapshot **out, const StoreDir *dir, uint64_t epoch, Buf *message) {
    *out = NULL;
    Snapshot *snapshot = MEMORY_NEW(Snapshot, 1);
    snapshot->env = dir->env;
    StoreName name = store_name(STORE_SNAPSHOT, epoch);
    int code = map_file(snapshot, dir, name.text, message);
    if (!code && !take_footer(snapshot, dir, epoch))
        code = store_fail(message, -EIO, "snapshot %" PRIu64 ": %s/%s is damaged", epoch, dir->path, name.text);
    if (code) {
        snapshot_close(snapshot);
        return code;
    }
    snapshot->checked = memory_new(snapshot->blocks / 64 + 1, sizeof *snapshot->checked);
    *out = snapshot;
    return 0;
}

void snapshot_close(Snapshot *snapshot) {
    if (!snapshot) return;
    if (snapshot->bytes) snapshot->env->unmap(snapshot->env, snapshot->bytes, snapshot->size);
    free(snapshot->checked);
    free(snapshot);
}

// ---- blocks ----

int snapshot_fail(const Snapshot *snapshot, Buf *message) {
    uint64_t block = atomic_load(&snapshot->damaged) - 1;
    return store_fail(message, -EIO, "snapshot %" PRIu64 ", offset %" PRIu64 ": block %" PRIu64 " is damaged", snapshot->epoch,
                      snapshot->index[block].block, block);
}

static int damaged(Snapshot *snapshot, uint64_t block) {
    atomic_store(&snapshot->damaged, block + 1);
    return -EIO;
}

// The bits order nothing: threads that miss one another verify a block twice, which does no harm.
int snapshot_block(Snapshot *snapshot, uint64_t block, StoreBytes *out) {
    const DiskIndex *entry = &snapshot->index[block];
    *out = (StoreBytes){snapshot->bytes + entry->block, entry[1].block - entry->block};
    uint64_t bit = (uint64_t)1 << block % 64;
    if (atomic_load_explicit(&snapshot->checked[block / 64], memory_order_relaxed) & bit) return 0;
    if (hash_bytes(out->data, out->size) != entry->checksum) return damaged(snapshot, block);
    atomic_fetch_or_explicit(&snapshot->checked[block / 64], bit, memory_order_relaxed);
    return 0;
}

static StoreBytes first_key(const Snapshot *snapshot, uint64_t block) {
    const DiskIndex *entry = &snapshot->index[block];
    return (StoreBytes){snapshot->keys + entry->key, entry[1].key - entry->key};
}

// The last block whose first key is not above `key`; the first one if all are.
static uint64_t find_block(const Snapshot *snapshot, StoreBytes key) {
    uint64_t low = 0, high = snapshot->blocks;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (store_compare(first_key(snapshot, middle), key) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

int snapshot_get(Snapshot *snapshot, StoreBytes key, StoreBytes *value) {
    if (!snapshot->blocks) return -ENOENT;
    StoreBytes rest;
    uint64_t block = find_block(snapshot, key);
    int code = snapshot_block(snapshot, block, &rest);
    if (code) return code;
    for (StoreItem item; store_next_item(&rest, &item);) {
        int order = store_compare(item.key, key);
        if (order > 0) return -ENOENT;
        if (order < 0) continue;
        *value = item.value;
        return 0;
    }
    return rest.size ? damaged(snapshot, block) : -ENOENT;
}

int snapshot_scan(Snapshot *snapshot, StoreBytes prefix, StoreScan *visit, void *user) {
    if (!snapshot->blocks) return 0;
    for (uint64_t block = find_block(snapshot, prefix); block < snapshot->blocks; block++) {
        StoreBytes rest;
        int code = snapshot_block(snapshot, block, &rest);
        if (code) return code;
        for (StoreItem item; store_next_item(&rest, &item);) {
            if (store_compare(item.key, prefix) < 0) continue;
            if (!store_begins(item.key, prefix)) return 0;
            code = visit(user, item.key, item.value);
            if (code) return code;
        }
        if (rest.size) return damaged(snapshot, block);
    }
    return 0;
}

// ---- verifying ----

static int verify_block(Snapshot *snapshot, uint64_t block, StoreBytes *last, uint64_t *items) {
    StoreBytes rest;
    int code = snapshot_block(snapshot, block, &rest);
    if (code) return code;
    bool is_first = true;
    for (StoreItem item; store_next_item(&rest, &item); is_first = false) {
        if (item.op != STORE_PUT || (*items && store_compare(*last, item.key) >= 0)) return damaged(snapshot, block);
        if (is_first && store_compare(first_key(snapshot, block), item.key) != 0) return damaged(snapshot, block);
        *last = item.key;
        ++*items;
    }
    return rest.size ? damaged(snapshot, block) : 0;
}

int snapshot_verify(Snapshot *snapshot, Buf *message) {
    StoreBytes last = {0};
    uint64_t items = 0;
    for (uint64_t block = 0; block < snapshot->blocks; block++)
        if (verify_block(snapshot, block, &last, &items)) return snapshot_fail(snapshot, message);
    if (items == snapshot->items) return 0;
    return store_fail(message, -EIO, "snapshot %" PRIu64 ": it has %" PRIu64 " items instead of %" PRIu64, snapshot->epoch, items,
                      snapshot->items);
}
