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
    Region *region = region_take(pool, 0);
    if (!region) return false;
    *room = (AtomRoom){region, region->chunks->bytes, region->chunks->bytes + region->chunks->size};
    return true;
}

void atom_room_close(AtomRoom *room) {
    region_release(room->region);
}

static void *take_memory(void *user, uint64_t size) {
    AtomRoom *room = user;
    size = (size + 7) & ~(uint64_t)7;
    if ((uint64_t)(room->end - room->next) < size) {
        if (!region_add(room->region, size)) return NULL;
        room->next = room->region->chunks->bytes;
        room->end = room->next + room->region->chunks->size;
    }
    void *result = room->next;
    room->next += size;
    return result;
}

const char *atom_take(const Runtime *runtime, const PtDesc *desc, Bytes bytes, AtomRoom *room, Atom *atom) {
    uint64_t count, first, stride = event_stride(desc), limit = runtime->options.max_atom, size = bytes_left(&bytes);
    uint8_t plain;
    if (!bytes_take_u64(&bytes, &count) || !bytes_take_u64(&bytes, &first) || !bytes_take_u8(&bytes, &plain) || count > INT64_MAX)
        return "an atom is damaged";
    atom->first = (int64_t)first;
    atom->count = (int64_t)count;
    if (plain) return NULL;
    if (count > limit / stride || !atom_grow(atom, count * stride, limit)) return "an atom is too large";
    Decoder decoder = {.at = bytes.at, .end = bytes.end, .alloc = take_memory, .user = room, .program = runtime->program};
    for (uint64_t i = 0; i < count; i++)
        if (!decode_value(&decoder, desc, atom->buffer + i * stride)) return decoder.error;
    atom->events = atom->buffer;
    if (desc->has_pointers) atom_hold_region(atom, room->region);
    atom->bytes = count * stride + size; // others are in the region, too
    return NULL;
}

// ---- copies ----

static bool copy_events(Runtime *runtime, const PtDesc *desc, const Atom *atom, Atom *copy) {
    AtomRoom room;
    if (!atom_room_open(&room, &runtime->rooms)) return false;
    Buf bytes = {0};
    atom_put(runtime->program, desc, atom, &bytes);
    bool ok = !atom_take(runtime, desc, bytes_of(bytes.data, bytes.length), &room, copy);
    buf_free(&bytes);
    atom_room_close(&room);
    return ok;
}

Atom *atom_detached(Runtime *runtime, const PtDesc *desc, Atom *atom) {
    Atom *copy = atom_new(&runtime->atoms);
    bool ok = copy_events(runtime, desc, atom, copy);
    atom_release(&runtime->atoms, ok ? atom : copy);
    return ok ? copy : atom;
}
