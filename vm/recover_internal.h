// recover_internal.h - what the files recover*.c share.
#ifndef VM_RECOVER_INTERNAL_H
#define VM_RECOVER_INTERNAL_H

#include <errno.h>

#include "vm/encode.h"
#include "vm/recover.h"

// A decoder of these bytes, into the partition's region.
Decoder recover_decoder(Partition *partition, const void *data, size_t size);
// Brings back one entry, of which `key` is encode_key's bytes. False with a failure.
bool recover_load_entry(Runtime *runtime, uint64_t task, StoreBytes key, StoreBytes value);

#endif
