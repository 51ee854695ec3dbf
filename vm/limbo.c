#include "vm/limbo.h"

#include <string.h>

enum { KEEP_LIMIT = 64 * 1024 }; // how much memory an empty limbo keeps

typedef struct LimboRecord {
    uint64_t step;
    const PtDesc *desc;
} LimboRecord;

static size_t record_size(const PtDesc *desc) {
    return sizeof(LimboRecord) + ((desc->size + 7) & ~(size_t)7);
}

void limbo_add(Limbo *limbo, uint64_t step, const PtDesc *desc, const void *value) {
    size_t size = record_size(desc);
    LimboRecord *record = (LimboRecord *)buf_reserve(&limbo->records, size);
    *record = (LimboRecord){step, desc};
    memcpy(record + 1, value, desc->size);
    limbo->records.length += size;
}

// Moves the rest to the front when at least half of the records are done.
static void compact(Limbo *limbo) {
    Buf *records = &limbo->records;
    if (limbo->head == records->length) {
        records->length = limbo->head = 0;
        if (records->capacity > KEEP_LIMIT) buf_free(records);
    } else if (limbo->head * 2 >= records->length) {
        memmove(records->data, records->data + limbo->head, records->length - limbo->head);
        records->length -= limbo->head;
        limbo->head = 0;
    }
}

void limbo_release(Limbo *limbo, Heap *heap, uint64_t step) {
    while (limbo->head < limbo->records.length) {
        LimboRecord *record = (LimboRecord *)(limbo->records.data + limbo->head);
        if (record->step >= step) break;
        limbo->head += record_size(record->desc);
        heap_release(heap, record->desc, record + 1);
    }
    if (limbo->head) compact(limbo);
}

void limbo_free(Limbo *limbo) {
    buf_free(&limbo->records);
    limbo->head = 0;
}
