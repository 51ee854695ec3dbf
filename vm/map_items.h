// map_items.h - Maps and Sets that are kept by entry. A state whose type is one is written among the states of its entry as long
// as it is small. A large one has an item for each of its entries instead ('E' of keys.h), so that an epoch records those that
// have changed, and not all; what stands for it among the states says how many there are.
#ifndef VM_MAP_ITEMS_H
#define VM_MAP_ITEMS_H

#include "vm/encode.h"
#include "vm/map_node.h"
#include "vm/scratch.h"
#include "vm/store.h"

enum {
    MAP_ITEMS_OVER = 64,  // a map with more entries goes over to items of its own,
    MAP_ITEMS_UNDER = 32, // and back when it has less than that
};

// Whether states of this type are kept so.
static inline bool map_items_are_for(const PtDesc *desc) {
    return desc->kind == PT_MAP || desc->kind == PT_SET;
}

// The items of one map.
typedef struct MapItems {
    StoreBytes front; // what their keys begin with: key_put_map
    const PtDesc *desc;
    const PtProgram *program;
    const Rebindings *rebindings; // as in a Decoder
    bool exact;                   // encode_key_is_exact of its keys
    uint16_t stamp;               // of the epoch that is recorded, see MapChanges
} MapItems;

// ---- what stands among the states ----

void map_items_put_count(Buf *out, uint64_t count);
// True if it is that, which is taken then; false if it is not, also if it is damaged: then nothing is taken.
bool map_items_take_count(Decoder *decoder, uint64_t *count);

// ---- items ----

// Appends the items that make of a map another one; NULL is the empty one.
void map_items_put(const MapItems *items, const MapNode *before, const MapNode *after, Buf *body);

// Where items are looked for: `scan` is as in store.h.
typedef struct MapSource {
    int (*scan)(void *from, StoreBytes prefix, StoreScan *visit, void *user);
    void *from;
} MapSource;

// Makes a map of its items, which must be `count`; it is in `memory`. Cost: their number times its logarithm. 0, a result of the
// scan below 0, or MAP_ITEMS_DAMAGED with the reason in words.
enum { MAP_ITEMS_DAMAGED = 1 };
int map_items_read(const MapItems *items, const MapSource *source, uint64_t count, Scratch *memory, PtMap *map,
                   const char **error);

#endif
