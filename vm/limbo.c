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

enum { RECORDS_AHEAD = 8 }; // so many values before it is released, what one begins with is fetched

// From the record at `ahead`; returns where the next one is. Most values that state no longer has begin with a pointer.
static size_t fetch_next(const Limbo *limbo, size_t ahead) {
    if (ahead >= limbo->records.length) return ahead;
    const LimboRecord *record = (const LimboRecord *)(limbo->records.data + ahead);
    for (uint32_t i = 0; i < record->desc->size && i < 2 * sizeof(void *); i += sizeof(void *))
        __builtin_prefetch(*(void *const *)((const char *)(record + 1) + i), 1);
    return ahead + record_size(record->desc);
}

void limbo_release(Limbo *limbo, Heap *heap, uint64_t step) {
    size_t ahead = limbo->head;
    for (int i = 0; i < RECORDS_AHEAD; i++) ahead = fetch_next(limbo, ahead);
    while (limbo->head < limbo->records.length) {
        LimboRecord *record = (LimboRecord *)(limbo->records.data + limbo->head);
        if (record->step >= step) break;
        limbo->head += record_size(record->desc);
        ahead = fetch_next(limbo, ahead);
        heap_release(heap, record->desc, record + 1);
    }
    if (limbo->head) compact(limbo);
}

void limbo_free(Limbo *limbo) {
    buf_free(&limbo->records);
    limbo->head = 0;
}
