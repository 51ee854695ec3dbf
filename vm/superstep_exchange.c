// The phases of exchanges: what was sent to a partition, slice by slice, in canonical order.
#include <stdlib.h>

#include "vm/memory.h"
#include "vm/order.h"
#include "vm/superstep_internal.h"

// What was sent to the partition through one exchange for one slice.
typedef struct Batch {
    const PtExchange *exchange;
    const char *next; // of the slots, which are in order
    const char *end;
    char *merged; // memory of the slots, or NULL
} Batch;

// The same, of all exchanges of a level.
typedef struct Batches {
    Batch *items;
    size_t count;
    size_t words; // of a slot's place
} Batches;

static int compare_slots(const Batches *batches, const char *a, const char *b) {
    return order_compare((const OrderWord *)(a + PT_SLOT_ORDER), (const OrderWord *)(b + PT_SLOT_ORDER), batches->words);
}

// The batch whose next slot comes first, but for `other`; NULL if none has a slot.
static Batch *first_batch(const Batches *batches, const Batch *other) {
    Batch *first = NULL;
    for (Batch *batch = batches->items; batch < batches->items + batches->count; batch++) {
        if (batch == other || batch->next == batch->end) continue;
        if (!first || compare_slots(batches, batch->next, first->next) < 0) first = batch;
    }
    return first;
}

// The slots of all exchanges in canonical order, since paths may meet again behind them.
static void take_batches(Partition *partition, void *argument) {
    const Batches *batches = argument;
    for (Batch *batch; (batch = first_batch(batches, NULL));) {
        const Batch *second = first_batch(batches, batch);
        const char *start = batch->next, *stop = second ? start + batch->exchange->slot : batch->end;
        while (second && stop < batch->end && compare_slots(batches, stop, second->next) < 0) stop += batch->exchange->slot;
        batch->next = stop;
        partition->context.order_count = (uint32_t)batch->exchange->level + 1;
        batch->exchange->run(&partition->context, start, (int64_t)((uint64_t)(stop - start) / batch->exchange->slot));
    }
}

static void add_batch(const Superstep *s, const Partition *partition, uint32_t slice, uint64_t number, Batches *batches) {
    const PtExchange *exchange = &s->workflow->code->exchanges[number];
    PieceQuery query = {s->workflow, slice, order_lane_port(s->workflow, number, partition->number), exchange->level};
    uint64_t size = order_size(&query);
    if (!size) return;
    Batch batch = {.exchange = exchange, .next = order_single(&query)};
    if (!batch.next) {
        batch.merged = MEMORY_NEW(char, size);
        order_merge(&query, batch.merged);
        batch.next = batch.merged;
    }
    batch.end = batch.next + size;
    batches->items[batches->count++] = batch;
}

// What was sent to the partition through the exchanges of the level for one slice.
static void take_exchanges(Superstep *s, Partition *partition, uint32_t slice) {
    const PtWorkflow *code = s->workflow->code;
    Batch items[code->exchange_count];
    Batches batches = {.items = items, .words = s->level + 1};
    for (uint64_t i = 0; i < code->exchange_count; i++)
        if (code->exchanges[i].level == s->level) add_batch(s, partition, slice, i, &batches);
    if (!batches.count) return;
    superstep_take_slice(s, partition, slice);
    if (!partition_guard(partition, take_batches, &batches)) superstep_note_failure(s, partition, slice);
    for (size_t i = 0; i < batches.count; i++) free(batches.items[i].merged);
}

static void exchange_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    Partition *partition = superstep_partition(s, number);
    for (uint32_t slice = 0; slice < s->slice_count && !superstep_comes_too_late(s, partition, slice); slice++) {
        take_exchanges(s, partition, slice);
        order_note_pieces(partition, slice, s->level);
    }
}

bool superstep_run_exchanges(Superstep *s, uint64_t first_level) {
    for (s->level = first_level; s->level <= s->workflow->code->levels; s->level++) superstep_run_phase(s, exchange_phase);
    return !superstep_first_failure(s);
}
