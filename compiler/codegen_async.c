// codegen_async.c - tasks that wait: frames, and what they ask of the VM (vm/cells.h).
#include "compiler/codegen_internal.h"

#include <assert.h>

void gen_async(GenFn *f, const CoreInst *inst) {
    (void)f;
    (void)inst;
    assert(!"not yet");
}
