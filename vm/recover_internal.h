// recover_internal.h - what the files recover*.c share.
#ifndef VM_RECOVER_INTERNAL_H
#define VM_RECOVER_INTERNAL_H

#include <errno.h>

#include "vm/encode.h"
#include "vm/map_items.h"
#include "vm/recover.h"

// A decoder of these bytes, into the partition's region.
Decoder recover_decoder(Partition *partition, const void *data, size_t size);
// Whether entries of the task may have items besides their own: then all that the log says of it must be known.
bool recover_has_maps(const Runtime *runtime, uint64_t task);
// Brings back one entry, of which `key` is encode_key's bytes; its Maps and Sets that are kept by entry come from there. False
// with a failure.
bool recover_load_entry(Runtime *runtime, uint64_t task, StoreBytes key, StoreBytes value, const MapSource *maps);

#endif
