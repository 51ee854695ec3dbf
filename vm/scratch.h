// scratch.h - memory of values, given back as a whole: what decoders fill, when it belongs to no step.
#ifndef VM_SCRATCH_H
#define VM_SCRATCH_H

#include "vm/region.h"

typedef struct Scratch {
    RegionPool pool;
    Region *region;
    size_t used; // of its newest chunk
} Scratch;

void scratch_init(Scratch *scratch);
// `size` bytes aligned to 8; NULL without memory. `scratch` is a Scratch: this is what Decoder.alloc and MapShape.alloc take.
void *scratch_take(void *scratch, uint64_t size);
// Everything that was taken goes; the memory is kept for what comes next.
void scratch_rewind(Scratch *scratch);
void scratch_free(Scratch *scratch);

#endif
