// A data directory: whose it is, who may write to it, and what was acknowledged at least.
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/memory.h"
#include "vm/store_disk.h"

static const char FORMAT_MAGIC[DISK_MAGIC] = "PtFormat", ANCHOR_MAGIC[DISK_MAGIC] = "PtAnchor";

// ---- the format ----

// The format of a new directory. Its identity need not be secret, only another one than that of other directories.
static int make_format(StoreDir *dir, const char *app, int lock, Buf *message) {
    EnvStat stat;
    int code = dir->env->stat(dir->env, lock, &stat);
    if (code) return store_fail_file(message, code, "look at", dir, STORE_LOCK_FILE);
    uint64_t seed[] = {dir->env->now(dir->env), stat.device, stat.inode, hash_bytes(dir->path, strlen(dir->path))};
    DiskFormat head = {.version = DISK_VERSION, .name_size = (uint32_t)strlen(app), .identity = hash_bytes(seed, sizeof seed)};
    memcpy(head.magic, FORMAT_MAGIC, DISK_MAGIC);
    Buf bytes = {0};
    buf_append(&bytes, &head, sizeof head);
    buf_append(&bytes, app, head.name_size);
    uint64_t checksum = hash_bytes(bytes.data, bytes.length);
    buf_append(&bytes, &checksum, sizeof checksum);
    code = store_replace(dir, STORE_FORMAT_FILE, bytes.data, bytes.length, message);
    buf_free(&bytes);
    dir->identity = head.identity;
    return code;
}

static int read_whole(const StoreDir *dir, const char *name, Buf *out, Buf *message) {
    int file = store_open_file(dir, name, ENV_READ, message);
    if (file < 0) return file;
    uint64_t size;
    int code = store_size(dir->env, file, &size);
    int64_t got = code ? code : read_all_at(dir->env, file, buf_reserve(out, size), size, 0);
    store_close_file(dir, file);
    if (got < 0) return store_fail_file(message, (int)got, "read", dir, name);
    out->length = (size_t)got;
    return 0;
}

static int check_format(StoreDir *dir, const Buf *bytes, const char *app, char **name, Buf *message) {
    const char *file = STORE_FORMAT_FILE;
    DiskFormat head;
    uint64_t checksum;
    if (bytes->length < sizeof head + sizeof checksum) return store_fail(message, -EIO, "%s/%s is damaged", dir->path, file);
    memcpy(&head, bytes->data, sizeof head);
    memcpy(&checksum, bytes->data + bytes->length - sizeof checksum, sizeof checksum);
    if (memcmp(head.magic, FORMAT_MAGIC, DISK_MAGIC) != 0)
        return store_fail(message, -EINVAL, "%s is not a data directory, or %s/%s is damaged", dir->path, dir->path, file);
    if (checksum != hash_bytes(bytes->data, bytes->length - sizeof checksum))
        return store_fail(message, -EIO, "%s/%s is damaged", dir->path, file);
    if (head.version != DISK_VERSION)
        return store_fail(message, -ENOTSUP,
                          "%s has format %" PRIu32 ", but this program knows only format %d: use a newer version", dir->path,
                          head.version, DISK_VERSION);
    if (head.name_size != bytes->length - sizeof head - sizeof checksum)
        return store_fail(message, -EIO, "%s/%s is damaged", dir->path, file);
    dir->identity = head.identity;
    *name = memory_new(head.name_size + 1, 1);
    memcpy(*name, bytes->data + sizeof head, head.name_size);
    if (!app || strcmp(*name, app) == 0) return 0;
    int code = store_fail(message, -EINVAL, "%s belongs to the app %s, not to %s: choose another directory, or remove this one",
                          dir->path, *name, app);
    free(*name);
    *name = NULL;
    return code;
}

static int read_format(StoreDir *dir, const char *app, char **name, Buf *message) {
    Buf bytes = {0};
    int code = read_whole(dir, STORE_FORMAT_FILE, &bytes, message);
    if (!code) code = check_format(dir, &bytes, app, name, message);
    buf_free(&bytes);
    return code;
}

// ---- opening ----

// Whether there is a format. Fails if there is none, but something else.
static int look(const StoreDir *dir, bool *has_format, Buf *message) {
    StoreListing listing;
    int code = store_list(dir, &listing, message);
    *has_format = listing.has_format;
    bool is_empty = !listing.has_others && !listing.segments.count && !listing.snapshots.count;
    store_listing_free(&listing);
    if (code || *has_format || is_empty) return code;
    return store_fail(message, -EINVAL,
                      "%s is not a data directory: it has files, but no `%s`; choose a new or an empty directory", dir->path,
                      STORE_FORMAT_FILE);
}

// The directory that `path` is in, to be freed.
static char *parent_of(const char *path) {
    char *parent = memory_new(strlen(path) + 2, 1);
    strcpy(parent, path);
    size_t length = strlen(parent);
    while (length > 1 && parent[length - 1] == '/') length--;
    while (length > 0 && parent[length - 1] != '/') length--;
    while (length > 1 && parent[length - 1] == '/') length--;
    parent[length] = '\0';
    if (!length) strcpy(parent, ".");
    return parent;
}

static int make_directory(const StoreDir *dir, Buf *message) {
    int code = dir->env->make_directory(dir->env, dir->path);
    const char *why = code == -ENOTDIR  ? "there is a file of this name, or on the way to it; choose another name"
                      : code == -ENOENT ? "the directory that it is to be in is not there; make that first"
                                        : strerror(-code);
    return code ? store_fail(message, code, "cannot make the directory %s: %s", dir->path, why) : 0;
}

// Also one that was there: the life that made it may have ended before it did this.
static int sync_parent(const StoreDir *dir, Buf *message) {
    char *parent = parent_of(dir->path);
    int code = dir->env->sync_directory(dir->env, parent);
    if (code) store_fail(message, code, "cannot sync the directory %s: %s", parent, strerror(-code));
    free(parent);
    return code;
}

static int take_lock(const StoreDir *dir, int *lock, Buf *message) {
    *lock = store_open_file(dir, STORE_LOCK_FILE, ENV_WRITE, message);
    if (*lock < 0) return *lock;
    int code = dir->env->lock(dir->env, *lock);
    if (code == -EAGAIN)
        return store_fail(message, -EBUSY, "%s is in use by another process or instance: only one run can write to it",
                          dir->path);
    return code ? store_fail_file(message, code, "lock", dir, STORE_LOCK_FILE) : 0;
}

// A directory without a format is new: nothing else can be in it.
static int make_new(StoreDir *dir, const StoreLogOptions *options, int lock, char **app, Buf *message) {
    if (!options->app) return store_fail(message, -EINVAL, "a new data directory needs the name of an app");
    int code = make_format(dir, options->app, lock, message);
    if (code) return code;
    *app = memory_new(strlen(options->app) + 1, 1);
    strcpy(*app, options->app);
    return 0;
}

static int open_to_write(StoreDir *dir, const StoreLogOptions *options, int *lock, char **app, Buf *message) {
    bool has_format;
    int code = make_directory(dir, message);
    if (!code) code = look(dir, &has_format, message); // before a lock is put among someone else's files
    if (!code) code = take_lock(dir, lock, message);
    if (!code) code = look(dir, &has_format, message); // what another process may have done in between
    if (!code) code = sync_parent(dir, message);
    if (code) return code;
    return has_format ? read_format(dir, options->app, app, message) : make_new(dir, options, *lock, app, message);
}

static int open_to_read(StoreDir *dir, const StoreLogOptions *options, char **app, Buf *message) {
    bool has_format;
    int code = look(dir, &has_format, message);
    if (code) return code;
    if (!has_format) return store_fail(message, -ENOENT, "%s is empty: no run has written to it", dir->path);
    return read_format(dir, options->app, app, message);
}

int store_dir_open(StoreDir *dir, const StoreLogOptions *options, int *lock, char **app, Buf *message) {
    *lock = -1;
    *app = NULL;
    return options->access == STORE_WRITE ? open_to_write(dir, options, lock, app, message)
                                          : open_to_read(dir, options, app, message);
}

// ---- the anchor ----

DiskAnchor store_anchor_make(const StoreDir *dir, uint64_t epoch, uint64_t segment) {
    DiskAnchor anchor = {.identity = dir->identity, .epoch = epoch, .segment = segment};
    memcpy(anchor.magic, ANCHOR_MAGIC, DISK_MAGIC);
    anchor.checksum = disk_checksum(&anchor, sizeof anchor);
    return anchor;
}

AnchorState store_anchor_read(const StoreDir *dir, DiskAnchor *out) {
    *out = (DiskAnchor){0};
    Buf bytes = {0}, message = {0};
    int code = read_whole(dir, STORE_ANCHOR_FILE, &bytes, &message);
    DiskAnchor anchor;
    bool is_whole = !code && bytes.length == sizeof anchor;
    if (is_whole) {
        memcpy(&anchor, bytes.data, sizeof anchor);
        is_whole = memcmp(anchor.magic, ANCHOR_MAGIC, DISK_MAGIC) == 0 && anchor.identity == dir->identity &&
                   anchor.checksum == disk_checksum(&anchor, sizeof anchor);
    }
    if (is_whole) *out = anchor;
    buf_free(&bytes);
    buf_free(&message);
    return is_whole ? ANCHOR_READ : code == -ENOENT ? ANCHOR_MISSING : ANCHOR_DAMAGED;
}
