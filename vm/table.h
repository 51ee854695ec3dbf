// table.h - the keyed state of a task: making entries, and what a step did to them. Finding them is in hot.c, with the layout.
#ifndef VM_TABLE_H
#define VM_TABLE_H

#include "base/buf.h"
#include "vm/heap.h"
#include "vm/hot.h"
#include "vm/limbo.h"

// An entry that the running step has touched. What it held before lies in Touches.old.
typedef struct Touch {
    uint32_t task;
    char *entry;
    size_t old; // offset of the entry's bytes, the key included
    uint64_t mark;
} Touch;

// The entries that the running step has touched: what a commit makes permanent. Starts as all zeroes.
typedef struct Touches {
    Touch *items;
    size_t count;
    size_t capacity;
    Buf old;
    Buf edits;         // what was changed within nodes of maps in the heap: TouchEdit behind the bytes that were there
    bool has_pointers; // a touched entry's fields may
    bool is_committed; // the new values are those of the heap, the old ones are in the limbo,
    size_t limbo;      // from here on
} Touches;

typedef struct TouchEdit {
    char *place;
    uint64_t size; // of the bytes; they take a multiple of 8
} TouchEdit;

// An entry in the order of keys.
typedef struct SortedEntry {
    uint64_t prefix; // orders like the key, as far as it goes
    char *entry;
} SortedEntry;

// A field whose type is a Map or Set. A large one is kept by entry (map_items.h).
typedef struct MapField {
    uint32_t field; // its number
    bool exact;     // encode_key_is_exact of its keys
} MapField;

// What the store has of such a field of an entry: the version that the last epoch has recorded by entry, which is held until the
// next one says what has changed since; NULL: it is recorded with the entry.
typedef struct MapNode *KeptMap;

// One for each of table->maps.
static inline KeptMap *table_kept(const Table *table, char *entry) {
    return (KeptMap *)(entry + table->kept);
}

// The version takes the place of the one that was kept before, both may be NULL. It lies in the heap.
void table_keep(KeptMap *kept, struct MapNode *root, const PtDesc *map, Heap *heap);

void table_init(Table *table, const PtTask *task);
void table_free(Table *table);
// Removes the newest entries, so that `count` are left.
void table_truncate(Table *table, uint32_t count, Heap *heap);
// Removes one that is new, in the place of another one that is gone.
void table_take_back(Table *table, char *entry, Heap *heap);
// A new entry, zeroed but for the key, whose bytes are copied as they are. NULL if the table is full. In the place of one that is
// gone it has the mark of that, until it is touched, or this is called.
char *table_insert(Table *table, uint64_t hash, const void *key);
static inline void table_note_new(char *entry) {
    *entry_mark(entry) &= ~(uint64_t)ENTRY_FREE;
}
// The same for one that comes from the store.
static inline void table_note_stored(char *entry) {
    *entry_mark(entry) = (*entry_mark(entry) & ~(uint64_t)ENTRY_FREE) | ENTRY_STORED | ENTRY_COLD;
}
// Removes an entry, whose key has this hash; nothing that it holds is released. Its place is free.
void table_remove(Table *table, char *entry, uint64_t hash);
// How many entries there are.
static inline uint64_t table_entries(const Table *table) {
    return table->count - table->free_count;
}
// The order of two keys.
int table_compare(const PtDesc *key, const SortedEntry *a, const SortedEntry *b);
// Sorts by key.
void table_sort(const PtDesc *key, SortedEntry *entries, uint64_t count);
// Fills in an item for table_sort.
SortedEntry table_sortable(const PtDesc *key, char *entry);

// ---- what a step did (touch.c) ----

// How much may be noted in a step: who would change more copies it first.
enum { TOUCHES_EDITS_MOST = 2 << 20 };
// Notes bytes of the heap that the running step is about to change where they lie, so that touches_undo brings them back.
void touches_note_edit(Touches *touches, char *place, uint64_t size);
// Exchanges those bytes with what the step has made of them: all is as it was before the step (`old`), and then again as it is
// now. Nothing may change in between.
void touches_swap_edits(Touches *touches, bool old);
struct Partition;
// Notes that the running step has reset the entry. False if that is known.
bool touches_note_reset(struct Partition *partition, char *entry);
// Before a step that may have to be undone.
void table_begin_step(Table *table);
// Gives the new values of all touched entries to the heap, and their old values to the limbo. False if the heap is full; then the
// fields that it was for have their old values.
bool touches_commit(Touches *touches, Table *tables, Heap *heap, Limbo *limbo, uint64_t step);
// Undoes what a step did, committed or not: entries are what they were, new ones are gone. Every change must have been noted
// (PtContext.tracks).
void touches_undo(Touches *touches, Table *tables, uint64_t table_count, Heap *heap, Limbo *limbo);
// After a step that will not be undone.
void touches_clear(Touches *touches);
void touches_free(Touches *touches);

#endif
