// encode.h - values as bytes, by their descriptors: what is kept of state and of atoms. The encoding is deterministic, has no
// padding and no addresses, and is the same on every machine (spec/encoding.md).
//
//   Int, Float   8 bytes                             Bool   1 byte, 0 or 1
//   String       size, bytes of UTF-8                List   size, elements
//   Map          size, keys each with its value,     Set    size, elements in order
//                in the order of keys
//   tuple, record   the fields in order, boxed ones like others; () and what consists of it: nothing
//   enum         the number of the variant: a u8, of enums with more than 256 variants a u32; its fields
//   function, Any   u64 id of its code; the captured values
//   frame        the same; of its caller, which comes first, 0 if there is none
//   Future, Promise   u64 id of its cell
//
// A size is a u32; 0xffffffff says that a u64 follows, which is used for what is that large. Numbers are little-endian.
#ifndef VM_ENCODE_H
#define VM_ENCODE_H

#include <stdbool.h>

#include "base/buf.h"
#include "vm/program.h"
#include "vm/rebind.h"

// Appends a value of any depth.
void encode_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program);
// Appends a key: equal keys (pt_equal) have equal bytes, others different ones.
void encode_key(Buf *out, const PtDesc *desc, const void *key, const PtProgram *program);
// True if a key can be had back from encode_key as it was, by decode_value. It can unless there is a Float in it (-0.0 is 0.0).
// Looks at the whole type: to be asked once, not for every key.
bool encode_key_is_exact(const PtDesc *desc);

typedef struct Decoder {
    const char *at; // what is still to be read
    const char *end;
    // Memory for what values refer to: `size` bytes (not 0) aligned to 8, or NULL. It is asked for no more than what the bytes
    // that are left can fill.
    void *(*alloc)(void *user, uint64_t size);
    void *user;
    const PtProgram *program;     // for closures
    const Rebindings *rebindings; // for those that it does not have; or NULL
    const char *error;            // why decoding failed, in words; NULL: it has not
    // Sees the code of each function value, frame and Any that is read; or NULL.
    void (*code)(void *user, const PtClosure *code);
    void *code_user;
} Decoder;

// Reads a value; what it refers to is in the memory of `alloc`. False with decoder->error if the bytes are no such value,
// whatever they are: a length that cannot be, a variant or a function that does not exist, text that is no UTF-8. Then the value
// must not be looked at.
bool decode_value(Decoder *decoder, const PtDesc *desc, void *value);

// The next of the closures with this id, of which there may be several: *at is 0 at first. NULL: there are no more.
const PtClosure *program_next_code(const PtProgram *program, uint64_t id, uint64_t *at);

#endif
