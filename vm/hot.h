// hot.h - the structures behind the functions that are inlined into compiled code (hot.c): the front of a partition's context and
// the state tables. Everything else of a partition is in context.h, which compiled code never sees.
#ifndef VM_HOT_H
#define VM_HOT_H

#include "vm/abi.h"

// A slot of a table's index: the low half of the key's hash and the entry's number + 1; 0 where there is no entry. The place of
// a key is its tag modulo the size of the index, so the index can grow without looking at entries.
typedef struct Slot {
    uint32_t tag;
    uint32_t number;
} Slot;

// The state of one task:
//
//   slots   [tag|number] [tag|number] ...            linear probing, at most half full
//   chunks  *---> [mark][key][fields][kept] [mark][key][fields][kept] ...     entries never move, their places are used again
//
// A chunk's address is that of its first entry's key; the mark lies in the 8 bytes before the key. `kept` is a KeptMap (table.h)
// for each field that is a Map or Set.
typedef struct Table {
    Slot *slots;
    uint64_t mask; // slots - 1
    char **chunks;
    uint32_t shift;  // log2 of the entries in a chunk
    uint32_t stride; // from one entry to the next
    uint32_t count;  // entries, and places of such that are gone
    const PtDesc *key;
    const PtTask *task;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    char **dirty; // entries that changed in the running epoch, if the run is durable
    uint64_t dirty_count;
    uint64_t dirty_capacity;
    struct MapField *maps; // the fields that are Maps or Sets
    uint32_t map_count;
    uint32_t kept;         // from an entry to its KeptMaps
    bool dirty_overflows;  // there are more than are listed: so many that all entries will be gone through
    bool has_pointers;     // a field's type has
    bool has_futures;      // and futures, perhaps
    uint32_t count_before; // entries, and dirty ones, when the running step began
    uint64_t dirty_before;
    uint32_t looked_at; // how far expire.c has come
    uint32_t *free;     // numbers of entries that are gone: the places of new ones, the last one first
    size_t free_count;
    size_t free_capacity;
    struct DroppedKeys *dropped; // what is not looked for in the store any more; NULL: nothing
    char **marked;               // entries that had an event in the running atom, if the task has on_atom
    uint64_t marked_count;
    uint64_t marked_capacity;
} Table;

// An entry's mark: the stamp of the last step that changed, marked or reset it, what that step did to it, and what is known of
// the entry.
enum {
    ENTRY_TOUCHED = 1,
    ENTRY_MARKED = 2,
    ENTRY_RESET = 4,
    ENTRY_DIRTY = 8,   // it is among the dirty entries of the epoch, if that step belongs to the running epoch
    ENTRY_STORED = 16, // the store has it
    ENTRY_COLD = 32,   // the snapshot that recovery found may have it
    ENTRY_FREE = 64,   // it is gone: this is the place of a new one, and all of it is zero
    STAMP_STEP = 128,
};

enum { ENTRY_KNOWN = ENTRY_DIRTY | ENTRY_STORED | ENTRY_COLD }; // what is of no concern to the running step

// What a partition sends to another one (or to itself) through one exchange: slots in a row.
typedef struct Lane {
    char *next;
    char *end;
    char *start;
} Lane;

// Where the cells of a partition lie, and how they are found by their ids (cells.h): linear probing, at most half full.
typedef struct CellIndex {
    Slot *slots;
    uint64_t mask;  // slots - 1
    uint32_t shift; // 32 - log2 of the rows of slots
    char **chunks;
} CellIndex;

// A word of an event's place in the canonical order (PT_ORDER_SIZE).
typedef uint32_t __attribute__((may_alias)) OrderWord;

// What compiled code works with, the most used first.
struct PtContext {
    char *next; // where the running atom's region goes on, and where its chunk ends
    char *end;
    Table *tables;      // of all tasks, by number
    char *entry;        // the entry found last in this event, or NULL
    uint64_t task;      // its task
    int64_t event;      // number of the event in its atom, from 0; -1: none
    uint64_t stamp;     // number of the running step times STAMP_STEP
    PtCursor *channels; // of the running workflow
    char *globals;
    char *stack_limit;   // the stack may not grow below
    uint32_t partitions; // how many share the state
    uint32_t exchanges;  // in the running step events go through exchanges
    uint32_t tracks;     // every change of state is noted: to be undone, or for an epoch
    Lane *lanes;         // of the running workflow, by exchange, then by partition
    uint64_t hash;       // of the key of an event that came through an exchange
    // The place of the running event in the canonical order: `order_count` words. Then comes, for what it puts out or sends, a
    // number.
    const OrderWord *order;
    uint32_t order_count;
    uint32_t order_next;
    int64_t time; // of the running step, if anything has asked for it, else 0
    CellIndex cells;
};

static inline uint64_t *entry_mark(void *entry) {
    return (uint64_t *)entry - 1;
}

static inline char *table_entry(const Table *table, uint32_t number) {
    uint32_t in_chunk = number & ((1U << table->shift) - 1);
    return table->chunks[number >> table->shift] + (uint64_t)in_chunk * table->stride;
}

static inline bool table_has(const Table *table, uint32_t number) {
    return !(*entry_mark(table_entry(table, number)) & ENTRY_FREE);
}

// The partition that owns a key with this hash: that of the key's group, the high byte.
static inline uint64_t pt_owner(uint64_t hash, uint32_t partitions) {
    return (hash >> 56) * partitions >> 8;
}

// The partition of the key (), whose hash is 0, and of all entries of a task that is PT_TASK_SINGLE.
enum { PT_SINGLE_OWNER = 0 };

// The partition that has the task's entry of a key with this hash.
static inline uint64_t pt_owner_of(const PtTask *task, uint64_t hash, uint32_t partitions) {
    return task->flags & PT_TASK_SINGLE ? PT_SINGLE_OWNER : pt_owner(hash, partitions);
}

// The rare halves of the inlined functions.
uint64_t pt_hash_long_string(const PtString *key);
void *pt_region_extend(PtContext *context, uint64_t size);
void pt_table_touch(PtContext *context, uint32_t task, void *entry);
void pt_table_mark(PtContext *context, uint32_t task, void *entry);
void pt_lane_grow(PtContext *context, Lane *lane, uint64_t size);
int64_t pt_step_time(PtContext *context);
const void *pt_await_other(PtContext *context, int64_t future, uint64_t *outcome, uint32_t position);

#endif
