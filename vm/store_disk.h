// store_disk.h - the inside of the store on disk: what its files hold, and what its parts share. Only vm/store_*.c include it.
//
//   store_log.c       the store: what store.h and store_log.h promise
//   store_open.c      the directory: whose it is, and who may write to it; the anchor
//   store_files.c     names, whole reads and writes, files that are replaced
//   store_segment.c   the end of the log: records are appended to segments, of which the next one is made ready ahead
//   store_record.c    records as they are read
//   store_recover.c   the log as it is found
//   store_snapshot.c  a snapshot that is read
//   store_merge.c     a snapshot that is made
//
// Functions return 0 or a negated errno value, and set a message when they fail.
#ifndef VM_STORE_DISK_H
#define VM_STORE_DISK_H

#include "base/buf.h"
#include "vm/env_io.h"
#include "vm/store.h"
#include "vm/store_log.h"

// ---- on the disk: see spec/storage.md ----

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the files are little-endian, and are read and written as they are");

enum { DISK_VERSION = 1, DISK_BLOCK = 4096, DISK_MAGIC = 8 };
_Static_assert((int)DISK_BLOCK == (int)ENV_ALIGN, "a record can be written past the page cache");

// Each structure ends with the checksum of what is before it. `identity` is that of the directory, so that nothing of another one
// is taken for its own.

typedef struct DiskFormat {
    char magic[DISK_MAGIC];
    uint32_t version;
    uint32_t name_size; // of the app; the name follows, and then a checksum of all of it
    uint64_t identity;
} DiskFormat;

typedef struct DiskAnchor {
    char magic[DISK_MAGIC];
    uint64_t identity;
    uint64_t epoch;   // was acknowledged
    uint64_t segment; // where its record is, or was
    uint64_t checksum;
} DiskAnchor;

typedef struct DiskHead {
    char magic[DISK_MAGIC];
    uint64_t identity;
    uint64_t segment; // its id: stale records in a recycled file have another
    uint64_t epoch;
    uint64_t durable; // the last epoch that was durable when this was written: no later damage can make it less
    uint64_t size;    // of the body
    uint64_t body_checksum;
    uint64_t checksum;
} DiskHead;

typedef struct DiskIndex {
    uint64_t block;    // the offset of a block, which ends where the next one begins
    uint64_t checksum; // of the block
    uint64_t key;      // where its first key begins among the keys behind the index
} DiskIndex;

typedef struct DiskFooter {
    char magic[DISK_MAGIC];
    uint64_t identity;
    uint64_t epoch;   // of the last record in it
    uint64_t segment; // where the records behind it begin
    uint64_t items;
    uint64_t blocks;
    uint64_t index;          // its offset
    uint64_t index_checksum; // from the end of the blocks up to the footer
    uint64_t checksum;
} DiskFooter;

static const char DISK_SNAPSHOT_MAGIC[DISK_MAGIC] __attribute__((unused)) = "PtSnapsh";

_Static_assert(sizeof(DiskFormat) == 24 && sizeof(DiskAnchor) == 40 && sizeof(DiskHead) == 64, "no padding");
_Static_assert(sizeof(DiskIndex) == 24 && sizeof(DiskFooter) == 72, "no padding");

// The checksum of a structure that ends with it.
uint64_t disk_checksum(const void *structure, size_t size);

// ---- files (store_files.c) ----

// A data directory. Jobs share it; it does not change while they run.
typedef struct StoreDir {
    Env *env;
    char *path;
    uint64_t identity;
} StoreDir;

typedef enum StoreFileKind { STORE_SEGMENT, STORE_SNAPSHOT } StoreFileKind;

typedef struct StoreName {
    char text[40];
} StoreName;

StoreName store_name(StoreFileKind kind, uint64_t number);

typedef struct StoreNumbers {
    uint64_t *items; // in order
    size_t count;
    size_t capacity;
} StoreNumbers;

// What is in a directory.
typedef struct StoreListing {
    StoreNumbers segments;  // their ids
    StoreNumbers snapshots; // their epochs
    bool has_format;
    bool has_others; // files that none of this wrote
} StoreListing;

int store_list(const StoreDir *dir, StoreListing *out, Buf *message);
void store_listing_free(StoreListing *listing);

// Sets the message and returns `code`.
int store_fail(Buf *message, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
// "cannot write data/log-0000000001: No space left on device"
int store_fail_file(Buf *message, int code, const char *what, const StoreDir *dir, const char *name);

// A file number, or an error.
int store_open_file(const StoreDir *dir, const char *name, EnvOpen mode, Buf *message);
void store_close_file(const StoreDir *dir, int file); // also -1
// All, in steps that are aligned if the beginning is. Without a message, as those that follow.
int store_write(Env *env, int file, const void *bytes, size_t size, uint64_t offset);
int store_sync_file(Env *env, int file);
int store_allocate(Env *env, int file, uint64_t size);
int store_size(Env *env, int file, uint64_t *size);
int store_rename(const StoreDir *dir, const char *from, const char *to, Buf *message);
int store_remove(const StoreDir *dir, const char *name, Buf *message); // 0 also if it is not there
int store_sync_directory(const StoreDir *dir, Buf *message);
// The file has these bytes then, for good: under a temporary name at first.
int store_replace(const StoreDir *dir, const char *name, const void *bytes, size_t size, Buf *message);
// Removes what was left under temporary names.
int store_remove_temporary(const StoreDir *dir, Buf *message);

#define STORE_FORMAT_FILE "format"
#define STORE_LOCK_FILE "lock"
#define STORE_ANCHOR_FILE "anchor"
#define STORE_SNAPSHOT_TEMPORARY "snapshot.tmp"

// ---- the directory (store_open.c) ----

// Reads or, for STORE_WRITE, makes the directory and its format, and locks it. *lock: the locked file, or -1. *app: to be freed.
int store_dir_open(StoreDir *dir, const StoreLogOptions *options, int *lock, char **app, Buf *message);

typedef enum AnchorState { ANCHOR_READ, ANCHOR_MISSING, ANCHOR_DAMAGED } AnchorState;

AnchorState store_anchor_read(const StoreDir *dir, DiskAnchor *out);
DiskAnchor store_anchor_make(const StoreDir *dir, uint64_t epoch, uint64_t segment);

// ---- records, as they are read (store_record.c) ----

typedef struct SegmentReader {
    const StoreDir *dir;
    int file;
    uint64_t id;
    uint64_t size;
    uint64_t offset; // where the next record is looked for
    Buf buffer;      // has the last record
} SegmentReader;

int segment_reader_open(SegmentReader *reader, const StoreDir *dir, uint64_t id, Buf *message);
void segment_reader_close(SegmentReader *reader);
// Reads the record at `offset`, and goes behind it if it is whole; if not, or if none is there, *is_whole is false. The body is
// valid until the next call.
int segment_reader_next(SegmentReader *reader, bool *is_whole, DiskHead *head, StoreBytes *body, Buf *message);
// What is left of this segment from `offset` on: the last epoch that a whole head says was durable, and where there is a head,
// whole or not.
int segment_reader_rest(SegmentReader *reader, uint64_t *durable, StoreNumbers *heads, Buf *message);

// A segment that is looked at where it lies.
typedef struct MappedSegment {
    const char *bytes; // NULL: not mapped, or empty
    uint64_t size;
} MappedSegment;

int segment_map(MappedSegment *out, const StoreDir *dir, uint64_t id, Buf *message);
void segment_unmap(MappedSegment *segment, const StoreDir *dir);

DiskHead disk_head_make(const StoreDir *dir, uint64_t segment, uint64_t epoch, uint64_t durable); // without size and checksums
bool disk_is_head_of(const DiskHead *head, const StoreDir *dir, uint64_t segment);                // whole or not
bool disk_head_is_whole(const DiskHead *head);
// The size of a record with padding.
uint64_t disk_record_size(uint64_t body_size);

// ---- the end of the log (store_segment.c) ----

typedef struct Segment {
    uint64_t id;
    uint64_t last; // the epoch of its last record; 0: it has none
} Segment;

typedef struct SegmentJob SegmentJob;

enum { SEGMENT_SPARES = 4 };

typedef struct LogWriter {
    const StoreDir *dir;
    uint64_t segment_size;
    Segment *segments; // those with records behind the snapshot, the oldest first; the last one is written to
    size_t count;
    size_t capacity;
    int file;        // of the last one; -1: there is none yet
    uint64_t size;   // of it
    uint64_t offset; // where its next record goes
    uint64_t synced; // its records are durable up to here
    bool is_dirty;   // something was written behind that
    bool is_broken;  // nothing may follow: a sync failed, and what the system has kept then is not known
    char *buffer;
    SegmentJob *next; // makes the next one ready; NULL: not begun
    uint64_t next_id;
    uint64_t spares[SEGMENT_SPARES]; // ids of files that can be recycled
    size_t spare_count;
} LogWriter;

void log_writer_init(LogWriter *writer, const StoreDir *dir, uint64_t segment_size);
void log_writer_free(LogWriter *writer);
// Goes on at `offset` of the last one of these segments.
int log_writer_resume(LogWriter *writer, const Segment *segments, size_t count, uint64_t offset, Buf *message);
// *bytes: how much was written.
int log_writer_append(LogWriter *writer, const StoreRecord *record, uint64_t durable, uint64_t *bytes, Buf *message);
int log_writer_sync(LogWriter *writer, Buf *message);
// Ends the segment: what is appended next goes to a new one. Syncs it.
int log_writer_roll(LogWriter *writer, Buf *message);
// Begins to make the next segment ready, if the last one is half full.
void log_writer_prepare(LogWriter *writer);
void log_writer_add_spare(LogWriter *writer, uint64_t id);
// True if the file of a segment that is not needed any more can become another one; a larger one only takes room.
bool segment_is_spare(const StoreDir *dir, uint64_t id, uint64_t segment_size);

// ---- snapshots (store_snapshot.c) ----

typedef struct Snapshot {
    Env *env;
    const char *bytes; // the mapped file
    uint64_t size;
    uint64_t epoch, segment, items, blocks; // of the footer
    const DiskIndex *index;
    const char *keys;
    _Atomic uint64_t *checked; // a bit for each block whose checksum has been verified
    _Atomic uint64_t damaged;  // number of a block that is damaged, plus 1
} Snapshot;

// Maps the snapshot and checks all but its blocks.
int snapshot_open(Snapshot **out, const StoreDir *dir, uint64_t epoch, Buf *message);
void snapshot_close(Snapshot *snapshot); // also NULL
int snapshot_get(Snapshot *snapshot, StoreBytes key, StoreBytes *value);
int snapshot_scan(Snapshot *snapshot, StoreBytes prefix, StoreScan *visit, void *user);
// A block, verified: -EIO if it is damaged.
int snapshot_block(Snapshot *snapshot, uint64_t block, StoreBytes *out);
int snapshot_fail(const Snapshot *snapshot, Buf *message); // says which block is damaged
// Checks all blocks.
int snapshot_verify(Snapshot *snapshot, Buf *message);

// ---- making one (store_merge.c) ----

typedef struct SnapshotJob {
    const StoreDir *dir;
    EnvJob *job;
    uint64_t base;         // the epoch of the snapshot before; 0: there is none
    uint64_t epoch;        // of the last record in it
    uint64_t segment;      // where the records behind it begin
    StoreNumbers segments; // what it is made from, the oldest first
    size_t covered;        // how many of them are not needed any more then
    size_t keep;           // how many of these stay to be recycled
    uint64_t segment_size; // at most so large
    uint64_t logged;       // bytes of the log that it takes the place of
    // what came of it
    bool is_made;
    bool sync_failed; // of the directory
    int code;
    Buf message;
    uint64_t size;
    StoreNumbers spares;
} SnapshotJob;

// The body of a job: makes the snapshot, then removes the one before and the segments that are covered.
void snapshot_make(void *job);
void snapshot_job_free(SnapshotJob *job);

// ---- recovery (store_recover.c) ----

// The log as it was found.
typedef struct LogFound {
    const StoreDir *dir;
    StoreListing listing;
    Snapshot *snapshot; // NULL: none
    uint64_t epoch;     // of the last record or the snapshot
    uint64_t bytes;     // of the records behind the snapshot
    Segment *segments;  // that the snapshot does not cover
    size_t segment_count;
    size_t last;           // which of them the log ends in
    uint64_t offset;       // and where
    StoreNumbers *rest;    // of each segment: offsets of heads behind the end
    MappedSegment *maps;   // of each segment, if its bodies are to stay; else NULL
    uint64_t acknowledged; // this epoch was acknowledged at least
    Buf notice;
} LogFound;

typedef enum LogBodies {
    LOG_BODIES_PASS, // the body of a record is there until the next one is read
    LOG_BODIES_STAY, // it stays as long as LogFound.maps: only if nobody else can write to the log meanwhile
} LogBodies;

// Finds the snapshot and the records behind it, and hands these to the visitor.
int log_find(LogFound *out, const StoreDir *dir, LogBodies bodies, const StoreVisitor *visitor, Buf *message);
// Lets the log go on where it ends: nothing that was dropped can be taken for valid from then on, and what was kept is durable.
// What is not needed is removed, but for some files that can be recycled: their ids go to `spares`.
int log_repair(LogFound *found, uint64_t segment_size, StoreNumbers *spares, Buf *message);
void log_found_free(LogFound *found); // also closes its snapshot and the maps, if these were not taken
void log_unmap(MappedSegment *maps, size_t count, const StoreDir *dir);

void store_numbers_add(StoreNumbers *numbers, uint64_t number);

#endif
