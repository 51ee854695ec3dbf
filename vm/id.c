// The module `id` but for `child`, which is inlined (hot.c): identities that follow from values.
#include <stdio.h>

#include "base/hash.h"
#include "vm/context.h"
#include "vm/encode.h"
#include "vm/library.h"
#include "vm/runtime.h"

// Equal values have equal keys (encode.h), and keys are bytes that are the same everywhere and in every version.
void pt_id_of(PtContext *context, Id *out, const void *value, const PtDesc *t) {
    Partition *partition = partition_of(context);
    Buf *key = &partition->scratch;
    key->length = 0;
    encode_key(key, t, value, partition->runtime->program);
    Hash128 hash = hash_bytes128(key->data, key->length);
    *out = (Id){(int64_t)hash.high, (int64_t)hash.low};
}

void pt_id_to_hex(PtContext *context, PtString *out, const Id *id) {
    enum { DIGITS = 32 };
    char *data = pt_alloc(context, DIGITS + 1);
    snprintf(data, DIGITS + 1, "%016llx%016llx", (unsigned long long)id->high, (unsigned long long)id->low);
    *out = (PtString){data, DIGITS};
}
