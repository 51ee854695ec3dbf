// `effect_key`: what stands for a call, and is the same when the call is repeated. A call is known by the run (the data
// directory), its place in the program, the key of the task, the atom and the event in it, and how many calls there were before
// with all of that the same. How many partitions there are does not show: what one key does for one event is done in one of them,
// in order. What has no atom is known by the timer, or by how far the end of the workflow has got. That all this is the same
// again is the matter of settled.h.
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/encode.h"
#include "vm/hex.h"
#include "vm/memory.h"
#include "vm/progress.h"
#include "vm/runtime.h"

typedef enum OccasionKind { OCCASION_ATOM, OCCASION_TIMER, OCCASION_END } OccasionKind;

typedef struct Occasion {
    uint64_t run;
    int64_t place; // in the program
    uint64_t kind; // OccasionKind; 16 more: `on atom` of it
    uint64_t from; // the stream of the atom, or the task that ends
    uint64_t at;   // the number of the atom, the timer, or the number of the key that ends first in the step
    int64_t event; // of the atom; -1: none
} Occasion;

static Occasion occasion_of(const Partition *partition, int64_t place) {
    const Runtime *runtime = partition->runtime;
    const Workflow *workflow = partition->workflow;
    bool durable = runtime->epochs.store;
    Occasion occasion = {.run = runtime->identity, .place = place, .event = -1};
    if (partition->input) {
        occasion.from = durable ? progress_stream_id(runtime, partition->stream) : partition->stream;
        occasion.at = partition->input->number;
        if (partition->phase == PHASE_EVENTS) occasion.event = partition->first_event + partition->context.order[0];
    } else if (workflow->wakes) {
        occasion.kind = OCCASION_TIMER;
        occasion.at = workflow->woken;
    } else {
        uint64_t task = workflow->ending.task < workflow->code->task_count ? workflow->code->tasks[workflow->ending.task] : 0;
        occasion.kind = OCCASION_END;
        occasion.from = durable ? runtime->epochs.ids.task[task] : task;
        occasion.at = workflow->ending.next;
    }
    if (partition->phase == PHASE_ON_ATOM) occasion.kind |= 16;
    return occasion;
}

// ---- how many there were before ----

enum {
    FIRST_SLOTS = 64,
    KEPT_SLOTS = 1 << 16,
    SPARSE = 16, // a step with so many fewer calls than slots does not clear what a larger one has left for it
};

static CallCount *find(const CallCounts *counts, Hash128 call) {
    for (size_t i = call.low & (counts->capacity - 1);; i = (i + 1) & (counts->capacity - 1)) {
        CallCount *slot = &counts->slots[i];
        if (!slot->times || (slot->low == call.low && slot->high == call.high)) return slot;
    }
}

static void grow(CallCounts *counts) {
    CallCounts larger = {.capacity = counts->capacity ? 2 * counts->capacity : FIRST_SLOTS, .count = counts->count};
    larger.slots = MEMORY_NEW(CallCount, larger.capacity);
    for (size_t i = 0; i < counts->capacity; i++)
        if (counts->slots[i].times) *find(&larger, (Hash128){counts->slots[i].low, counts->slots[i].high}) = counts->slots[i];
    free(counts->slots);
    *counts = larger;
}

// Returns how often the call has been counted before in the running step.
static uint64_t count_call(CallCounts *counts, Hash128 call) {
    if (2 * counts->count >= counts->capacity) grow(counts);
    CallCount *slot = find(counts, call);
    if (!slot->times) {
        slot->low = call.low;
        slot->high = call.high;
        counts->count++;
    }
    return slot->times++;
}

void call_counts_clear(CallCounts *counts) {
    if (!counts->count) return;
    bool is_sparse = counts->capacity > FIRST_SLOTS && counts->count < counts->capacity / SPARSE;
    if (is_sparse || counts->capacity > KEPT_SLOTS) {
        call_counts_free(counts);
    } else {
        memset(counts->slots, 0, counts->capacity * sizeof *counts->slots);
        counts->count = 0;
    }
}

void call_counts_free(CallCounts *counts) {
    free(counts->slots);
    *counts = (CallCounts){0};
}

// ---- the key ----

void pt_effect_key(PtContext *context, PtString *out, uint32_t task, const void *entry, int64_t place) {
    enum { DIGITS = 32 };
    Partition *partition = partition_of(context);
    Occasion occasion = occasion_of(partition, place);
    Buf *text = &partition->scratch;
    text->length = 0;
    buf_append(text, &occasion, sizeof occasion);
    encode_key(text, context->tables[task].key, entry, partition->runtime->program);
    Hash128 call = hash_bytes128(text->data, text->length);
    uint64_t words[] = {call.low, call.high, count_call(&partition->calls, call)};
    Hash128 key = hash_bytes128(words, sizeof words);
    char *data = pt_alloc(context, DIGITS);
    for (int i = 0; i < DIGITS / 4; i++) {
        hex_put(data + 2 * i, (unsigned char)(key.high >> (56 - 8 * i)));
        hex_put(data + DIGITS / 2 + 2 * i, (unsigned char)(key.low >> (56 - 8 * i)));
    }
    *out = (PtString){data, DIGITS};
}
