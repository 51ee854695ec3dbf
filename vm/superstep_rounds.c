// Rounds, of slices of events. What all partitions do with the slices of a round at once is a phase: phase 0 is here, what the
// input leads to up to the exchanges. Rounds are so small that what is sent stays in the caches.
#include <string.h>

#include "vm/memory.h"
#include "vm/order.h"
#include "vm/superstep_internal.h"

// ---- slices and phases ----

Partition *superstep_partition(const Superstep *s, size_t number) {
    return &s->workflow->runtime->partitions[number];
}

void superstep_add_slice(Superstep *s, Slice slice) {
    s->slices = memory_grow(s->slices, s->slice_count, &s->slice_capacity, sizeof(Slice));
    s->slices[s->slice_count++] = slice;
}

void superstep_run_phase(Superstep *s, PhaseBody *body) {
    Runtime *runtime = s->workflow->runtime;
    if (s->alone)
        for (uint64_t p = 0; p < runtime->options.partitions; p++) body(s, p);
    else
        runtime->env->run_all(runtime->env, runtime->options.partitions, body, s);
}

void superstep_take_slice(const Superstep *s, Partition *partition, uint64_t number) {
    const Slice *slice = &s->slices[number];
    partition_take(partition, s->phase, s->input ? s->atoms[slice->atom] : NULL, s->input ? s->input->stream : 0);
    partition->first_event = slice->first;
}

void superstep_one_slice(Superstep *s) {
    s->slice_count = 0;
    superstep_add_slice(s, (Slice){0});
}

// ---- failures ----

void superstep_note_failure(Superstep *s, Partition *partition, uint64_t slice) {
    const PtContext *context = &partition->context;
    Failed *failed = &s->failed[partition->number];
    size_t words = order_tag_words(s->workflow->code);
    OrderWord place[words];
    memset(place, 0, sizeof place);
    for (uint32_t i = 0; i < context->order_count; i++) place[i] = context->order[i];
    place[context->order_count] = context->order_next;
    bool earlier =
        !failed->any || slice < failed->slice || (slice == failed->slice && order_compare(place, failed->place, words) < 0);
    if (earlier) {
        failed->any = true;
        failed->slice = (uint32_t)slice;
        memcpy(failed->place, place, sizeof place);
        failure_move(&failed->failure, &partition->failure);
    }
}

Failed *superstep_first_failure(const Superstep *s) {
    Failed *first = NULL;
    size_t words = order_tag_words(s->workflow->code);
    for (uint64_t p = 0; p < s->workflow->runtime->options.partitions; p++) {
        Failed *failed = &s->failed[p];
        if (!failed->any) continue;
        bool earlier = !first || failed->slice < first->slice ||
                       (failed->slice == first->slice && order_compare(failed->place, first->place, words) < 0);
        if (earlier) first = failed;
    }
    return first;
}

bool superstep_comes_too_late(const Superstep *s, const Partition *partition, uint64_t slice) {
    const Failed *failed = &s->failed[partition->number];
    return failed->any && slice > failed->slice;
}

// ---- phase 0: slices of the input ----

typedef struct InputSlice {
    const PtInput *input;
    const Slice *slice;
} InputSlice;

static void run_input(Partition *partition, void *argument) {
    const InputSlice *part = argument;
    const Slice *slice = part->slice;
    const Atom *atom = partition->input;
    uint64_t stride = event_stride(runtime_event(partition->runtime, part->input->stream));
    const char *events = atom->events ? atom->events + (uint64_t)slice->first * stride : NULL;
    part->input->run(&partition->context, events, atom->first + slice->first, slice->count);
}

static void input_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    Partition *partition = superstep_partition(s, number);
    for (;;) {
        // Each number is handed out once; the slices were published by the call of run_all.
        uint64_t slice = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (slice >= s->slice_count || superstep_comes_too_late(s, partition, slice)) return;
        superstep_take_slice(s, partition, slice);
        bool ok = partition_guard(partition, run_input, &(InputSlice){s->input, &s->slices[slice]});
        order_note_pieces(partition, (uint32_t)slice, 0);
        if (!ok) superstep_note_failure(s, partition, slice);
    }
}

// ---- rounds ----

enum {
    ROUND_BYTES = 512 * 1024, // how much each partition should send in a round
    SLICES = 3,               // in a round, for each partition, so that none waits long for the others
    ROUND_MINIMUM = 64,       // events
    ROUND_LIMIT = 1 << 20,
};

// The next slices, from event `*first` of atom `*atom` on, for the events of a round.
static void choose_slices(Superstep *s, uint64_t *atom, int64_t *first) {
    int64_t events = s->workflow->round, most = events / (SLICES * (int64_t)s->workflow->runtime->options.partitions) + 1;
    if (s->workflow->retry.whole) events = most = INT64_MAX;
    s->slice_count = 0;
    while (events > 0 && *atom < s->count) {
        int64_t rest = s->atoms[*atom]->count - *first, count = rest < most ? rest : most;
        superstep_add_slice(s, (Slice){(uint32_t)*atom, *first, count});
        events -= count;
        *first += count;
        if (*first < s->atoms[*atom]->count) continue;
        ++*atom;
        *first = 0;
    }
    atomic_init(&s->next, 0);
}

static uint64_t bytes_sent(const Superstep *s) {
    uint64_t lanes = s->workflow->code->exchange_count * s->workflow->runtime->options.partitions, bytes = 0;
    for (uint64_t p = 0; p < s->workflow->runtime->options.partitions; p++)
        for (uint64_t i = 0; i < lanes; i++)
            bytes += (uint64_t)(s->workflow->parts[p].lanes[i].next - s->workflow->parts[p].lanes[i].start);
    return bytes;
}

// What the next rounds should be like, after one that was full.
static void adapt_round(Superstep *s) {
    int64_t *round = &s->workflow->round;
    uint64_t wanted = (uint64_t)ROUND_BYTES * s->workflow->runtime->options.partitions, sent = bytes_sent(s);
    if (sent > wanted && *round > ROUND_MINIMUM) *round -= *round / 4;
    if (sent < wanted / 2 && *round < ROUND_LIMIT) *round += *round / 2;
}

bool superstep_run_rounds(Superstep *s) {
    uint64_t atom = 0;
    int64_t first = 0;
    while (atom < s->count) {
        choose_slices(s, &atom, &first);
        superstep_run_phase(s, input_phase);
        if (!superstep_run_exchanges(s, 1)) return false;
        if (atom < s->count) adapt_round(s);
        if (!superstep_collect(s)) return false;
    }
    return true;
}
