#include "vm/atom_bytes.h"

#include "vm/encode.h"

void atom_put(const PtProgram *program, const PtDesc *desc, const Atom *atom, Buf *out) {
    bytes_put_u64(out, (uint64_t)atom->count);
    bytes_put_u64(out, (uint64_t)atom->first);
    bytes_put_u8(out, !atom->events);
    for (int64_t i = 0; atom->events && i < atom->count; i++)
        encode_value(out, desc, atom->events + (uint64_t)i * event_stride(desc), program);
}

// ---- reading ----

bool atom_room_open(AtomRoom *room, RegionPool *pool) {
    *room = (AtomRoom){.region = region_take(pool, 0)};
    return room->region;
}

void atom_room_close(AtomRoom *room) {
    region_release(room->region);
}

static void *take_memory(void *user, uint64_t size) {
    AtomRoom *room = user;
    return region_bump(room->region, &room->used, size);
}

// NULL, or why it cannot be done.
static const char *fill(const Runtime *runtime, const PtDesc *desc, Bytes bytes, AtomRoom *room, Atom *atom) {
    uint64_t count, first, stride = event_stride(desc), limit = runtime->options.max_atom, size = bytes_left(&bytes);
    uint8_t plain;
    if (!bytes_take_u64(&bytes, &count) || !bytes_take_u64(&bytes, &first) || !bytes_take_u8(&bytes, &plain) || count > INT64_MAX)
        return "an atom is damaged";
    atom->first = (int64_t)first;
    atom->count = (int64_t)count;
    if (plain) return NULL;
    if (count > limit / stride) return "an atom is too large";
    if (count * stride > atom->capacity && !atom_grow(atom, count * stride, limit)) return "an atom is too large";
    Decoder decoder = {.at = bytes.at,
                       .end = bytes.end,
                       .alloc = take_memory,
                       .user = room,
                       .program = runtime->program,
                       .rebindings = &runtime->rebindings};
    for (uint64_t i = 0; i < count; i++)
        if (!decode_value(&decoder, desc, atom->buffer + i * stride)) return decoder.error;
    atom->events = atom->buffer;
    if (desc->has_pointers) atom_hold_region(atom, room->region);
    atom->bytes = count * stride + size; // others are in the region, too
    return NULL;
}

Atom *atom_read(Runtime *runtime, const PtDesc *desc, uint64_t number, Bytes bytes, AtomRoom *room, const char **why) {
    Atom *atom = atom_new(&runtime->atoms);
    atom->number = number;
    *why = fill(runtime, desc, bytes, room, atom);
    if (!*why) return atom;
    atom_release(&runtime->atoms, atom);
    return NULL;
}

// ---- copies ----

Atom *atom_detached(Runtime *runtime, const PtDesc *desc, Atom *atom) {
    AtomRoom room;
    if (!atom_room_open(&room, &runtime->rooms)) return atom;
    Buf bytes = {0};
    const char *why;
    atom_put(runtime->program, desc, atom, &bytes);
    Atom *copy = atom_read(runtime, desc, atom->number, bytes_of(bytes.data, bytes.length), &room, &why);
    buf_free(&bytes);
    atom_room_close(&room);
    if (!copy) return atom;
    atom_release(&runtime->atoms, atom);
    return copy;
}
