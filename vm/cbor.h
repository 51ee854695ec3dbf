// cbor.h - the part of CBOR (RFC 8949) that schemas need: unsigned integers, texts, arrays and maps, in deterministic encoding
// (section 4.2). Debian has no CBOR library that could go into executables (spec/decisions/0014).
#ifndef VM_CBOR_H
#define VM_CBOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "vm/store.h"

// ---- writing: of maps, the keys must come in order, which is by length, then by bytes ----

void cbor_put_uint(Buf *out, uint64_t value);
void cbor_put_text(Buf *out, const char *text);
// The items follow; of a map, `count` keys and values in turn.
void cbor_put_array(Buf *out, uint64_t count);
void cbor_put_map(Buf *out, uint64_t count);

// ---- reading ----

typedef enum CborKind { CBOR_UINT, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP } CborKind;

// An item; what it consists of follows it.
typedef struct CborItem {
    CborKind kind;
    uint32_t next;    // from here to the item behind this one and all it consists of
    uint64_t number;  // CBOR_UINT: the value; CBOR_TEXT: bytes; CBOR_ARRAY: items; CBOR_MAP: pairs
    const char *text; // CBOR_TEXT: in the bytes that were read, valid UTF-8 without zeroes
} CborItem;

// Reads one item that takes all bytes: its place in a row of items, released by free. NULL, with *error in words, if the bytes
// are no such item in deterministic encoding, are nested deeper than CBOR_DEPTH, or have other kinds in them.
CborItem *cbor_read(StoreBytes bytes, const char **error);

enum { CBOR_DEPTH = 16 };

static inline const CborItem *cbor_next(const CborItem *item) {
    return item + item->next;
}

// The value of a key in a map; NULL if it has none, or is no map.
const CborItem *cbor_find(const CborItem *map, const char *key);

#endif
