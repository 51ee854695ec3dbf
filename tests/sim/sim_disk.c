#include "tests/sim/sim_disk.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "tests/sim/sim_random.h"
#include "vm/memory.h"

struct SimDisk {
    SimNode *root;
    SimNode **nodes; // all, in the order in which they were made
    size_t count, capacity;
    uint64_t numbers; // given out so far
};

static char *copy_text(const char *text, size_t size) {
    char *copy = memory_new(size + 1, 1);
    memcpy(copy, text, size);
    return copy;
}

// ---- contents ----

static void set_length(Buf *bytes, size_t size) {
    if (size > bytes->length) memset(buf_reserve(bytes, size - bytes->length), 0, size - bytes->length);
    bytes->length = size;
}

static void put_bytes(Buf *to, const char *bytes, size_t size, uint64_t offset) {
    if (!size) return;
    if (offset + size > to->length) set_length(to, (size_t)offset + size);
    memcpy(to->data + offset, bytes, size);
}

static void apply_write(Buf *to, const SimWrite *write) {
    if (write->bytes)
        put_bytes(to, write->bytes, write->size, write->offset);
    else
        set_length(to, (size_t)write->offset);
}

static void add_write(SimNode *node, SimWrite write) {
    node->writes = memory_grow(node->writes, node->write_count, &node->write_capacity, sizeof *node->writes);
    node->writes[node->write_count++] = write;
    apply_write(&node->content, &write);
}

void sim_node_write(SimNode *node, const void *bytes, size_t size, uint64_t offset) {
    if (size) add_write(node, (SimWrite){offset, size, copy_text(bytes, size)});
}

void sim_node_resize(SimNode *node, uint64_t size) {
    add_write(node, (SimWrite){.offset = size});
}

static void forget_writes(SimNode *node) {
    for (size_t i = 0; i < node->write_count; i++) free(node->writes[i].bytes);
    node->write_count = 0;
}

void sim_node_sync(SimNode *node) {
    for (size_t i = 0; i < node->write_count; i++) apply_write(&node->safe, &node->writes[i]);
    forget_writes(node);
}

// ---- what survives of a write ----

// Which sectors of a write reach the disk: those before a place, those behind it, or any.
typedef struct Tear {
    enum { TEAR_HEAD, TEAR_TAIL, TEAR_ANY, TEAR_KINDS } kind;
    uint64_t place; // number of a sector of the file
} Tear;

static Tear choose_tear(const SimWrite *write, uint64_t *random) {
    uint64_t first = write->offset / SIM_SECTOR, end = (write->offset + write->size + SIM_SECTOR - 1) / SIM_SECTOR;
    return (Tear){(int)sim_below(random, TEAR_KINDS), first + sim_below(random, end - first + 1)};
}

static bool is_kept(const Tear *tear, uint64_t sector, uint64_t *random) {
    if (tear->kind == TEAR_ANY) return sim_coin(random);
    return (sector < tear->place) == (tear->kind == TEAR_HEAD);
}

static void put_noise(Buf *to, size_t size, uint64_t offset, uint64_t *random) {
    for (size_t i = 0; i < size; i++) to->data[offset + i] = (char)sim_random(random);
}

// Visits the parts of a write that lie in one sector each.
static void apply_sectors(Buf *to, const SimWrite *write, SimUnsynced fate, uint64_t *random) {
    Tear tear = choose_tear(write, random);
    for (uint64_t at = write->offset, end = write->offset + write->size, next; at < end; at = next) {
        next = (at / SIM_SECTOR + 1) * SIM_SECTOR < end ? (at / SIM_SECTOR + 1) * SIM_SECTOR : end;
        bool chosen = is_kept(&tear, at / SIM_SECTOR, random);
        if (chosen || fate == SIM_CORRUPTED) put_bytes(to, write->bytes + (at - write->offset), (size_t)(next - at), at);
        if (chosen && fate == SIM_CORRUPTED) put_noise(to, (size_t)(next - at), at, random);
    }
}

static bool survives(SimUnsynced fate, uint64_t *random) {
    return fate == SIM_KEPT || (fate != SIM_DROPPED && sim_coin(random));
}

// The fates that SIM_MIXED chooses from; SIM_MIXED itself means that only the length survives.
static SimUnsynced choose_fate(SimUnsynced fate, uint64_t *random) {
    return fate == SIM_MIXED ? (SimUnsynced)sim_below(random, SIM_CORRUPTED + 1) : fate;
}

static void settle_write(Buf *to, const SimWrite *write, SimUnsynced fate, uint64_t *random) {
    if (!write->bytes) {
        if (survives(fate, random)) apply_write(to, write);
        return;
    }
    switch (fate = choose_fate(fate, random)) {
    case SIM_MIXED:
        if (write->offset + write->size > to->length) set_length(to, (size_t)write->offset + write->size);
        break;
    case SIM_KEPT: apply_write(to, write); break;
    case SIM_DROPPED: break;
    case SIM_TORN:
    case SIM_CORRUPTED: apply_sectors(to, write, fate, random); break;
    }
}

// In the order in which they were made: a disk may lose the last write to a sector, but never keeps an older one instead of it.
static void settle_writes(SimNode *node, SimUnsynced unsynced, uint64_t *random) {
    for (size_t i = 0; i < node->write_count; i++) settle_write(&node->safe, &node->writes[i], unsynced, random);
    forget_writes(node);
}

void sim_node_fail_sync(SimNode *node, uint64_t *random) {
    settle_writes(node, SIM_MIXED, random);
}

// ---- names ----

static SimName *find_name(const SimNames *names, const char *name, size_t size) {
    for (size_t i = 0; i < names->count; i++)
        if (strlen(names->names[i].name) == size && memcmp(names->names[i].name, name, size) == 0) return &names->names[i];
    return NULL;
}

static void set_name(SimNames *names, const char *name, SimNode *node) {
    SimName *known = find_name(names, name, strlen(name));
    if (!known) {
        names->names = memory_grow(names->names, names->count, &names->capacity, sizeof *names->names);
        known = &names->names[names->count++];
        known->name = copy_text(name, strlen(name));
    }
    known->node = node;
}

static void drop_name(SimNames *names, const char *name) {
    SimName *known = find_name(names, name, strlen(name));
    if (!known) return;
    free(known->name);
    names->count--;
    memmove(known, known + 1, (size_t)(names->names + names->count - known) * sizeof *known);
}

static void clear_names(SimNames *names) {
    while (names->count) free(names->names[--names->count].name);
}

static void apply_rename(SimNames *names, const SimRename *rename) {
    if (rename->gone) drop_name(names, rename->gone);
    if (rename->name) set_name(names, rename->name, rename->node);
}

static void add_rename(SimNode *directory, const char *gone, const char *name, SimNode *node) {
    directory->renames =
        memory_grow(directory->renames, directory->rename_count, &directory->rename_capacity, sizeof *directory->renames);
    SimRename *rename = &directory->renames[directory->rename_count++];
    *rename = (SimRename){gone ? copy_text(gone, strlen(gone)) : NULL, name ? copy_text(name, strlen(name)) : NULL, node};
    apply_rename(&directory->names, rename);
}

static void settle_renames(SimNode *directory, SimUnsynced unsynced, uint64_t *random) {
    for (size_t i = 0; i < directory->rename_count; i++) {
        SimRename *rename = &directory->renames[i];
        if (survives(unsynced, random)) apply_rename(&directory->safe_names, rename);
        free(rename->gone);
        free(rename->name);
    }
    directory->rename_count = 0;
}

// ---- nodes ----

static SimNode *node_new(SimDisk *disk, EnvKind kind) {
    SimNode *node = MEMORY_NEW(SimNode, 1);
    node->kind = kind;
    node->number = ++disk->numbers;
    disk->nodes = memory_grow(disk->nodes, disk->count, &disk->capacity, sizeof *disk->nodes);
    disk->nodes[disk->count++] = node;
    return node;
}

static void node_free(SimNode *node) {
    uint64_t random = 0;
    forget_writes(node);
    settle_renames(node, SIM_DROPPED, &random);
    clear_names(&node->names);
    clear_names(&node->safe_names);
    buf_free(&node->content);
    buf_free(&node->safe);
    free(node->writes);
    free(node->renames);
    free(node->names.names);
    free(node->safe_names.names);
    free(node);
}

static void reach(SimNode *node) {
    if (!node || node->reached) return;
    node->reached = true;
    for (size_t i = 0; i < node->names.count; i++) reach(node->names.names[i].node);
    for (size_t i = 0; i < node->safe_names.count; i++) reach(node->safe_names.names[i].node);
    for (size_t i = 0; i < node->rename_count; i++) reach(node->renames[i].node);
}

// Frees the nodes that have no name and could not get one back by a crash.
static void sweep(SimDisk *disk) {
    for (size_t i = 0; i < disk->count; i++) disk->nodes[i]->reached = false;
    for (size_t i = 0; i < disk->count; i++)
        if (disk->nodes[i]->opened || disk->nodes[i] == disk->root) reach(disk->nodes[i]);
    size_t kept = 0;
    for (size_t i = 0; i < disk->count; i++) {
        if (disk->nodes[i]->reached)
            disk->nodes[kept++] = disk->nodes[i];
        else
            node_free(disk->nodes[i]);
    }
    disk->count = kept;
}

// ---- paths ----

// Finds the directory that `path` leads to, but for its last part, which goes to `*last`; that is empty for the root.
static int find_parent(SimDisk *disk, const char *path, SimNode **parent, const char **last) {
    SimNode *at = disk->root;
    for (;;) {
        while (*path == '/' || (*path == '.' && (path[1] == '/' || !path[1]))) path++;
        size_t size = strcspn(path, "/");
        if (!path[size]) break;
        SimName *name = find_name(&at->names, path, size);
        if (!name) return -ENOENT;
        if (name->node->kind != ENV_DIRECTORY) return -ENOTDIR;
        at = name->node;
        path += size;
    }
    *parent = at;
    *last = path;
    return 0;
}

int sim_disk_find(SimDisk *disk, const char *path, SimNode **out) {
    SimNode *parent;
    const char *last;
    int code = find_parent(disk, path, &parent, &last);
    if (code < 0) return code;
    SimName *name = *last ? find_name(&parent->names, last, strlen(last)) : NULL;
    if (*last && !name) return -ENOENT;
    *out = name ? name->node : parent;
    return 0;
}

int sim_disk_create(SimDisk *disk, const char *path, EnvKind kind, SimNode **out) {
    SimNode *parent;
    const char *last;
    int code = find_parent(disk, path, &parent, &last);
    if (code < 0) return code;
    if (!*last || find_name(&parent->names, last, strlen(last))) return -EEXIST;
    *out = node_new(disk, kind);
    add_rename(parent, NULL, last, *out);
    return 0;
}

int sim_disk_rename(SimDisk *disk, const char *from, const char *to) {
    SimNode *parent, *other_parent, *node, *replaced;
    const char *last, *other_last;
    int code = sim_disk_find(disk, from, &node);
    if (code == 0) code = find_parent(disk, from, &parent, &last);
    if (code == 0) code = find_parent(disk, to, &other_parent, &other_last);
    if (code < 0) return code;
    if (parent != other_parent) return -EXDEV;
    if (!*last || !*other_last) return -EBUSY;
    if (sim_disk_find(disk, to, &replaced) == 0) {
        if (replaced == node) return 0;
        if (replaced->kind == ENV_DIRECTORY) return -EISDIR;
    }
    add_rename(parent, last, other_last, node);
    return 0;
}

int sim_disk_remove(SimDisk *disk, const char *path) {
    SimNode *parent, *node;
    const char *last;
    int code = sim_disk_find(disk, path, &node);
    if (code == 0) code = find_parent(disk, path, &parent, &last);
    if (code < 0) return code;
    if (!*last) return -EBUSY;
    if (node->names.count) return -ENOTEMPTY;
    add_rename(parent, last, NULL, NULL);
    return 0;
}

int sim_disk_sync_directory(SimDisk *disk, const char *path) {
    SimNode *node;
    int code = sim_disk_find(disk, path, &node);
    if (code < 0) return code;
    if (node->kind != ENV_DIRECTORY) return -ENOTDIR;
    uint64_t random = 0;
    settle_renames(node, SIM_KEPT, &random);
    sweep(disk);
    return 0;
}

// ---- the whole ----

SimDisk *sim_disk_new(void) {
    SimDisk *disk = MEMORY_NEW(SimDisk, 1);
    disk->root = node_new(disk, ENV_DIRECTORY);
    return disk;
}

void sim_disk_free(SimDisk *disk) {
    for (size_t i = 0; i < disk->count; i++) node_free(disk->nodes[i]);
    free(disk->nodes);
    free(disk);
}

// Processes see again what is on the disk.
static void reload(SimNode *node) {
    node->content.length = 0;
    buf_append(&node->content, node->safe.data, node->safe.length);
    clear_names(&node->names);
    for (size_t i = 0; i < node->safe_names.count; i++)
        set_name(&node->names, node->safe_names.names[i].name, node->safe_names.names[i].node);
}

void sim_disk_crash(SimDisk *disk, uint64_t seed, SimUnsynced unsynced) {
    for (size_t i = 0; i < disk->count; i++) {
        assert(!disk->nodes[i]->opened);
        settle_writes(disk->nodes[i], unsynced, &seed);
        settle_renames(disk->nodes[i], unsynced, &seed);
    }
    for (size_t i = 0; i < disk->count; i++) reload(disk->nodes[i]);
    sweep(disk);
}

// Makes the directories that `path` is in.
static void make_parents(SimDisk *disk, const char *path) {
    for (const char *end = path; (end = strchr(end, '/')); end++) {
        char *part = copy_text(path, (size_t)(end - path));
        SimNode *node;
        int code = sim_disk_create(disk, part, ENV_DIRECTORY, &node);
        assert(code == 0 || code == -EEXIST);
        (void)code;
        free(part);
    }
}

void sim_disk_put(SimDisk *disk, const char *path, const void *bytes, size_t size) {
    SimNode *node;
    uint64_t random = 0;
    make_parents(disk, path);
    if (sim_disk_find(disk, path, &node) < 0) {
        int code = sim_disk_create(disk, path, ENV_FILE, &node);
        assert(code == 0);
        (void)code;
    }
    sim_node_resize(node, 0);
    sim_node_write(node, bytes, size, 0);
    sim_node_sync(node);
    // All names, because the directories may be new.
    for (size_t i = 0; i < disk->count; i++) settle_renames(disk->nodes[i], SIM_KEPT, &random);
}

static void copy_directory(SimDisk *to, const SimNode *directory, const char *path) {
    for (size_t i = 0; i < directory->names.count; i++) {
        const SimName *name = &directory->names.names[i];
        Buf inside = {0};
        buf_printf(&inside, "%s%s", path, name->name);
        if (name->node->kind == ENV_FILE) {
            sim_disk_put(to, buf_text(&inside), name->node->content.data, name->node->content.length);
        } else {
            buf_putc(&inside, '/');
            make_parents(to, buf_text(&inside));
            copy_directory(to, name->node, buf_text(&inside));
        }
        buf_free(&inside);
    }
}

SimDisk *sim_disk_copy(const SimDisk *disk) {
    SimDisk *copy = sim_disk_new();
    copy_directory(copy, disk->root, "");
    uint64_t random = 0;
    for (size_t i = 0; i < copy->count; i++) settle_renames(copy->nodes[i], SIM_KEPT, &random);
    return copy;
}

const Buf *sim_disk_content(SimDisk *disk, const char *path) {
    SimNode *node;
    return sim_disk_find(disk, path, &node) == 0 && node->kind == ENV_FILE ? &node->content : NULL;
}

static uint64_t digest(const SimNode *node) {
    uint64_t sum = hash_bytes(node->content.data, node->content.length) + node->kind;
    // A sum, because names have no order.
    for (size_t i = 0; i < node->names.count; i++) {
        const SimName *name = &node->names.names[i];
        sum += hash_u64(hash_bytes(name->name, strlen(name->name)) ^ hash_u64(digest(name->node)));
    }
    return sum;
}

uint64_t sim_disk_digest(SimDisk *disk) {
    return digest(disk->root);
}
