// recover_internal.h - what the files recover*.c share.
#ifndef VM_RECOVER_INTERNAL_H
#define VM_RECOVER_INTERNAL_H

#include <errno.h>

#include "vm/bytes.h"
#include "vm/encode.h"
#include "vm/map_items.h"
#include "vm/recover.h"
#include "vm/store_state.h"

// Sets the failure, and returns false.
bool recover_damaged(Runtime *runtime, const char *what);
// The same, because something waits for what only a program has that can be asked from outside. All else of which something waits
// the program is known to have (schema_change.c).
bool recover_asked(Runtime *runtime);

// ---- atoms that wait (recover_atoms.c) ----

// An atom that a record says is there, or is no more.
typedef struct SavedAtom {
    uint64_t stream;
    uint64_t number;
    uint64_t order; // of what was said of atoms
    bool is_there;
    char *bytes; // NULL: in the file, from `at` on
    uint64_t at;
    size_t size;
} SavedAtom;

typedef struct SavedAtoms {
    Runtime *runtime;
    SavedAtom *items;
    size_t count;
    size_t capacity;
    uint64_t bytes; // in memory
    int file;       // of those for which there is no room in memory, or -1
    uint64_t file_size;
} SavedAtoms;

// Notes what a record says of an atom. False with a failure.
bool saved_atoms_add(SavedAtoms *atoms, uint64_t stream, uint64_t number, StoreOp op, Bytes value);
// Makes the atoms that are there, stream by stream in order, and hands them over. False with a failure.
typedef void TakeAtom(void *user, Atom *atom, uint64_t stream);
bool saved_atoms_restore(SavedAtoms *atoms, TakeAtom *take, void *user);
void saved_atoms_free(SavedAtoms *atoms);

// A decoder of these bytes, into the partition's region.
Decoder recover_decoder(Partition *partition, const void *data, size_t size);
// Whether all that the log says of the task must be known before its entries are read: they may have items besides their own, or
// refer to cells.
bool recover_waits_for_log(const Runtime *runtime, uint64_t task);
// Brings back one entry, of which `key` is encode_key's bytes; its Maps and Sets that are kept by entry come from there. False
// with a failure.
bool recover_load_entry(Runtime *runtime, uint64_t task, StoreBytes key, StoreBytes value, const MapSource *maps);
// Removes the entry that a record says has been dropped. False with a failure.
bool recover_drop_entry(Runtime *runtime, uint64_t task, StoreBytes key);
// Before the records are read: brings back, from the snapshot, all entries of tasks whose entries are dropped when they have
// expired. Nothing of these tasks is looked for in the snapshot later: what has been dropped since might be there. False with a
// failure.
bool recover_expiring_entries(Runtime *runtime);

// The number of the task with this id in the store; task_count if there is none any more.
uint64_t recover_task(const Runtime *runtime, uint32_t id);
// Whether all entries of the task are read at once: its states may have futures in them, whose cells are kept as long as a value
// refers to them.
bool recover_has_futures(const Runtime *runtime, uint64_t task);
// Brings back all entries of such a task. False with a failure.
bool recover_load_entries(Runtime *runtime, uint64_t task, const State *items);

// ---- what waits (recover_cells.c, recover_code.c) ----

// Brings back all cells. `next`: the next id of one; 0: there never was one. False with a failure.
bool recover_cells(Runtime *runtime, const State *items, uint64_t next);
// Whether the program has all code that continuations in the store of `was` refer to; else a failure that names all that is gone.
bool recover_check_code(Runtime *runtime, const PtProgram *was, const State *items);

#endif
