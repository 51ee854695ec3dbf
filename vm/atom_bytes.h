// atom_bytes.h - atoms as bytes: in the records of a data directory, and in queues that do not fit into memory.
#ifndef VM_ATOM_BYTES_H
#define VM_ATOM_BYTES_H

#include "vm/bytes.h"
#include "vm/runtime.h"

// Appends an atom whose events have this type: what keys.h says of the value of KEY_ATOM.
void atom_put(const PtProgram *program, const PtDesc *desc, const Atom *atom, Buf *out);

// A region that atoms are read into, one after the other.
typedef struct AtomRoom {
    Region *region;
    char *next;
    char *end;
} AtomRoom;

// Begins with an empty region of the pool; false without memory.
bool atom_room_open(AtomRoom *room, RegionPool *pool);
// The region stays with the atoms that were read into it.
void atom_room_close(AtomRoom *room);
// Fills in a new atom, which has its number, with what the bytes say. NULL, or why it cannot be done, in words.
const char *atom_take(const Runtime *runtime, const PtDesc *desc, Bytes bytes, AtomRoom *room, Atom *atom);

// Takes over the reference to an atom that nobody else has; returns a copy of it that refers to nothing else, or the atom itself
// if there is no memory for that.
Atom *atom_detached(Runtime *runtime, const PtDesc *desc, Atom *atom);

#endif
