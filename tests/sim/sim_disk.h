// sim_disk.h - a disk in memory, with files and directories, that remembers what is safe on it and what would be lost. It
// outlives the simulated processes that use it (env_sim.h).
//
// A file is what was last synced, and the list of what was done to it since: a crash decides for each of these by itself whether
// it happened, in any combination that a disk without write order could produce. So it is with the names in a directory. What was
// synced never changes. To sync a file does not make its name safe; sync_directory does.
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "vm/env.h"

enum { SIM_SECTOR = 512 };

// What a crash does to a write that was not synced. Names and lengths are kept or dropped.
typedef enum SimUnsynced {
    SIM_MIXED, // one of the following, or only the length of the file survives, chosen for each write
    SIM_KEPT,
    SIM_DROPPED,
    SIM_TORN,      // some sectors are kept, the others dropped
    SIM_CORRUPTED, // kept, with noise in some of its sectors
} SimUnsynced;

typedef struct SimDisk SimDisk;

SimDisk *sim_disk_new(void);
void sim_disk_free(SimDisk *disk);
// Another disk that has the same, as processes see it. All of it is safe.
SimDisk *sim_disk_copy(const SimDisk *disk);

// Power is lost: `seed` and `unsynced` decide what of the unsynced data is found later. No env may be there any more.
void sim_disk_crash(SimDisk *disk, uint64_t seed, SimUnsynced unsynced);

// Makes a file that is safe, with the directories it is in, or replaces its content.
void sim_disk_put(SimDisk *disk, const char *path, const void *bytes, size_t size);
// The content of a file as a process sees it, valid until it is changed; NULL if there is none.
const Buf *sim_disk_content(SimDisk *disk, const char *path);
// A hash over all names and contents that a process sees.
uint64_t sim_disk_digest(SimDisk *disk);

// ---- for env_sim.c; results as in env.h ----

typedef struct SimNode SimNode;

typedef struct SimName {
    char *name;
    SimNode *node;
} SimName;

typedef struct SimNames {
    SimName *names;
    size_t count, capacity;
} SimNames;

// Something that was done and is not synced.
typedef struct SimWrite {
    uint64_t offset;
    size_t size;
    char *bytes; // NULL: the file was made `offset` bytes long
} SimWrite;

// At once: `gone` is no name any more, `name` is one of `node`; each may be NULL.
typedef struct SimRename {
    char *gone, *name;
    SimNode *node;
} SimRename;

// A file or a directory.
struct SimNode {
    EnvKind kind; // ENV_FILE or ENV_DIRECTORY
    uint64_t number;
    size_t opened;    // by so many; kept until all have closed it
    const void *lock; // whose it is; NULL: nobody's
    bool reached;
    Buf content, safe; // of a file: as processes see it; what is sure to survive
    SimWrite *writes;
    size_t write_count, write_capacity;
    SimNames names, safe_names; // of a directory, the same
    SimRename *renames;
    size_t rename_count, rename_capacity;
};

int sim_disk_find(SimDisk *disk, const char *path, SimNode **out);
int sim_disk_create(SimDisk *disk, const char *path, EnvKind kind, SimNode **out);
int sim_disk_rename(SimDisk *disk, const char *from, const char *to); // within a directory
int sim_disk_remove(SimDisk *disk, const char *path);
int sim_disk_sync_directory(SimDisk *disk, const char *path);

void sim_node_write(SimNode *node, const void *bytes, size_t size, uint64_t offset);
void sim_node_resize(SimNode *node, uint64_t size);
void sim_node_sync(SimNode *node);
// Some of the unsynced writes become safe, and the others are forgotten although they can still be read, as after a sync that
// failed.
void sim_node_fail_sync(SimNode *node, uint64_t *random);

#endif
