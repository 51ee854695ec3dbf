// encode.h - values as bytes, by their descriptors: what is kept of state and of atoms. The encoding is deterministic, has no padding
// and no addresses, and is the same on every machine (spec/storage.md).
#ifndef VM_ENCODE_H
#define VM_ENCODE_H

#include <stdbool.h>

#include "base/buf.h"
#include "vm/program.h"

// Appends a value of any depth.
void encode_value(Buf *out, const PtDesc *desc, const void *value, const PtProgram *program);
// Appends a key: equal keys (pt_equal) have equal bytes, others different ones.
void encode_key(Buf *out, const PtDesc *desc, const void *key, const PtProgram *program);
// True if a key can be had back from encode_key as it was, by decode_value. It can unless there is a Float in it (-0.0 is 0.0).
bool encode_key_is_exact(const PtDesc *desc);

typedef struct Decoder {
    const char *at; // what is still to be read
    const char *end;
    // Memory for what values refer to: `size` bytes aligned to 8, or NULL. It is asked for no more than what the bytes that are left
    // can fill.
    void *(*alloc)(void *user, uint64_t size);
    void *user;
    const PtProgram *program; // for closures
    const char *error;        // why decoding failed, in words; NULL: it has not
} Decoder;

// Reads a value; what it refers to is in the memory of `alloc`. False with decoder->error if the bytes are no such value, whatever
// they are: a length that cannot be, a variant or a function that does not exist, text that is no UTF-8.
bool decode_value(Decoder *decoder, const PtDesc *desc, void *value);

#endif
