// keys.h - what a run keeps in its store, and under which keys. Ids are those of the schema (schema.h). Numbers are little-endian
// but for the numbers of atoms and cells, which are big-endian so that the atoms of a stream, and all cells, are in order
// (spec/encoding.md, E3).
//
//   key                          value
//   'M' "schema"                 the schema, CBOR
//   'M' "run"                    u8: RunState; if cells have been made, u64: the next id of one
//   'S' u32 source               u64 position, u64 line (lines taken so far), u64 atoms produced, u64 events taken, u8 ended,
//                                u64 fingerprint, u32 n, n bytes not yet taken (standard input only)
//   'O' u32 output               u64 length committed, u64 length released (as far as is known when this is recorded),
//                                u64 fingerprint, u32 n, n bytes of the path ("": standard output)
//   'B' u32 output, u64 offset   the bytes of the output from there on (STORE_ONCE)
//   'U' u32 output, u64 atom     an atom that waits in an outbox: for each event u32 size, encode_value; number 0: u64 last atom,
//                                u64 last atom that the host has taken
//   'W' u32 workflow             u64 atoms produced, u8 WorkflowState (workflow.h: 0 open, 1 ending, 2 ended), u32 task
//                                whose `on end` is under way or next, or NO_TASK (of an ending one: all have run, and it waits
//                                for the others of its cycle), u64 keys of it that are done; if its next step is settled
//                                (settled.h), u8 SettledStep, u32 input, u64 number of the last atom
//   'Q' u32 workflow, u32 input  u64 number of the next atom to take from that stream
//   'A' u32 stream, u64 atom     u64 number of events, u64 first, u8 1: the Ints from `first` on; 0: the encoded events follow
//   'T' u32 task, encode_key     the entry: the key by encode_value unless encode_key_is_exact, then the fields by encode_value;
//                                instead of a Map or Set that is kept by entry, how many it has (map_items.h)
//   'E' u32 task, encode_key,    an entry of such a Map or Set: its key by encode_value unless encode_key_is_exact,
//       u32 field, encode_key    then the value by encode_value
//   'F' u64 cell                 what a task waits for, and what waits: cell_bytes.h
//
// A stream is a source's id, or STREAM_OF_WORKFLOW + a workflow's.
#ifndef VM_KEYS_H
#define VM_KEYS_H

#include "vm/bytes.h"
#include "vm/store.h"

typedef enum KeyKind {
    KEY_META = 'M',
    KEY_SOURCE = 'S',
    KEY_OUTPUT = 'O',
    KEY_BYTES = 'B',
    KEY_OUTBOX = 'U',
    KEY_WORKFLOW = 'W',
    KEY_INPUT = 'Q',
    KEY_ATOM = 'A',
    KEY_ENTRY = 'T',
    KEY_MAP = 'E',
    KEY_CELL = 'F',
} KeyKind;

#define KEY_SCHEMA "Mschema"
#define KEY_RUN "Mrun"

typedef enum RunState { RUN_GOES_ON = 0, RUN_FINISHED = 1 } RunState;

// What KEY_RUN has.
static inline void key_put_run(Buf *out, uint8_t state, uint64_t next_cell) {
    bytes_put_u8(out, state);
    if (next_cell) bytes_put_u64(out, next_cell);
}

static inline bool key_take_run(Bytes bytes, uint8_t *state, uint64_t *next_cell) {
    *next_cell = 0;
    if (!bytes_take_u8(&bytes, state) || *state > RUN_FINISHED) return false;
    return !bytes_left(&bytes) || (bytes_take_u64(&bytes, next_cell) && !bytes_left(&bytes));
}

static const uint32_t NO_TASK = 0xffffffff;
static const uint32_t STREAM_OF_WORKFLOW = 0x80000000;

enum { KEY_FRONT = 5 }; // bytes of kind and id

// These append a key; the one of an entry is followed by encode_key, and so is that of a map.
static inline void key_put(Buf *out, KeyKind kind, uint32_t id) {
    bytes_put_u8(out, (uint8_t)kind);
    bytes_put_u32(out, id);
}

static inline void key_put_bytes(Buf *out, uint32_t output, uint64_t offset) {
    key_put(out, KEY_BYTES, output);
    bytes_put_u64(out, offset);
}

static inline void key_put_input(Buf *out, uint32_t workflow, uint32_t input) {
    key_put(out, KEY_INPUT, workflow);
    bytes_put_u32(out, input);
}

static inline void key_put_atom(Buf *out, uint32_t stream, uint64_t atom) {
    key_put(out, KEY_ATOM, stream);
    bytes_put_u64(out, __builtin_bswap64(atom));
}

static inline void key_put_outbox(Buf *out, uint32_t output, uint64_t atom) {
    key_put(out, KEY_OUTBOX, output);
    bytes_put_u64(out, __builtin_bswap64(atom));
}

static inline void key_put_cell(Buf *out, uint64_t cell) {
    bytes_put_u8(out, KEY_CELL);
    bytes_put_u64(out, __builtin_bswap64(cell));
}

// Of an entry of a map that is a field of the entry with this encode_key.
static inline void key_put_map(Buf *out, uint32_t task, StoreBytes entry, uint32_t field) {
    key_put(out, KEY_MAP, task);
    buf_append(out, entry.data, entry.size);
    bytes_put_u32(out, field);
}

typedef struct Key {
    KeyKind kind;
    uint32_t id;     // of the source, output, workflow, stream or task
    uint64_t number; // KEY_BYTES: the offset; KEY_INPUT: the input; KEY_ATOM, KEY_OUTBOX: the atom; KEY_CELL: the id
    Bytes rest;      // KEY_META: the name; KEY_ENTRY: the key of the entry; KEY_MAP: that and what is behind it
} Key;

// Takes a key apart. False if it is none of the table above.
static inline bool key_parse(const void *data, size_t size, Key *key) {
    *key = (Key){.rest = bytes_of(data, size)};
    uint8_t kind;
    if (!bytes_take_u8(&key->rest, &kind)) return false;
    key->kind = (KeyKind)kind;
    if (kind == KEY_META) return true;
    if (kind == KEY_CELL) {
        if (!bytes_take_u64(&key->rest, &key->number)) return false;
        key->number = __builtin_bswap64(key->number);
        return !bytes_left(&key->rest);
    }
    if (!bytes_take_u32(&key->rest, &key->id)) return false;
    uint32_t input;
    switch (key->kind) {
    case KEY_SOURCE:
    case KEY_OUTPUT:
    case KEY_WORKFLOW: return !bytes_left(&key->rest);
    case KEY_BYTES: return bytes_take_u64(&key->rest, &key->number) && !bytes_left(&key->rest);
    case KEY_INPUT:
        if (!bytes_take_u32(&key->rest, &input)) return false;
        key->number = input;
        return !bytes_left(&key->rest);
    case KEY_ATOM:
    case KEY_OUTBOX:
        if (!bytes_take_u64(&key->rest, &key->number)) return false;
        key->number = __builtin_bswap64(key->number);
        return !bytes_left(&key->rest);
    case KEY_ENTRY: return true;
    case KEY_MAP: return bytes_left(&key->rest) >= sizeof(uint32_t);
    case KEY_CELL:
    case KEY_META: break;
    }
    return false;
}

#endif
