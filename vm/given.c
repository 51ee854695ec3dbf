// Values that the compiler has kept, encoded, for the programs that it runs itself (CodegenOptions and FLAG_GIVEN): they are
// decoded where constants are computed.
#include "vm/encode.h"
#include "vm/error.h"

static void *alloc(void *user, uint64_t size) {
    return pt_alloc(user, (int64_t)size);
}

void pt_given_value(PtContext *context, void *out, int64_t address, int64_t size, const PtDesc *desc);

void pt_given_value(PtContext *context, void *out, int64_t address, int64_t size, const PtDesc *desc) {
    const char *bytes = (const char *)(uintptr_t)address;
    Decoder decoder = {
        .at = bytes, .end = bytes + size, .alloc = alloc, .user = context, .program = partition_of(context)->runtime->program};
    if (decode_value(&decoder, desc, out)) return;
    failure_here(partition_of(context), decoder.error);
    trap_again(partition_of(context));
}
