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
    size_t used; // of its newest chunk
} AtomRoom;

// Begins with an empty region of the pool; false without memory.
bool atom_room_open(AtomRoom *room, RegionPool *pool);
// The region stays with the atoms that were read into it.
void atom_room_close(AtomRoom *room);
// The atom of this number that the bytes describe. NULL, and why in words, if they do not, or it does not fit into memory.
Atom *atom_read(Runtime *runtime, const PtDesc *desc, uint64_t number, Bytes bytes, AtomRoom *room, const char **why);

// Takes over the reference to an atom that nobody else has; returns a copy of it that refers to nothing else, or the atom itself
// if there is no memory for that.
Atom *atom_detached(Runtime *runtime, const PtDesc *desc, Atom *atom);

#endif
