// A superstep: several partitions take some atoms through a workflow together, in rounds. A round takes the next events, in
// slices of atoms, through phases: in phase 0 each partition takes whole slices, as they come, up to the exchanges; in the phase
// of each level of exchanges it takes what was sent to it, slice by slice, in canonical order. Rounds are so small that what is
// sent stays in the caches. Nobody else sees anything before all is done. If anything fails, everything is undone and the atoms
// are taken one by one, so that the first error in canonical order is found, and what is before it remains.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "vm/error.h"
#include "vm/memory.h"
#include "vm/order.h"
#include "vm/runtime.h"

// Events in a row, of one atom. `on atom` and `on end` have one slice without events.
typedef struct Slice {
    uint32_t atom; // number in the superstep
    int64_t first;
    int64_t count;
} Slice;

// Where a partition has failed first in the round, in canonical order.
typedef struct Failed {
    bool any;
    uint32_t slice;
    OrderWord *place; // words of a tag
    Buf message;
} Failed;

typedef struct Superstep {
    Workflow *workflow;
    const PtInput *input; // NULL: the end
    Atom **atoms;
    uint64_t count;
    Slice *slices; // of the round
    size_t slice_count;
    size_t slice_capacity;
    atomic_uint_fast64_t next; // of the slices that nobody has taken in phase 0
    Phase phase;               // of the handlers that run first
    uint64_t level;            // of the exchanges whose events are taken
    uint64_t task;             // whose `on atom` or `on end` runs
    uint64_t stop;             // of the entries whose `on end` runs
    uint32_t **ranks;          // by partition: of its marked entries among those of all
    Failed *failed;            // by partition
    Atom **made;               // by atom, then by channel: what goes out
    uint64_t *lines;           // by atom, then by output: bytes
} Superstep;

typedef void PhaseBody(void *superstep, size_t partition);

static Partition *partition_number(const Superstep *s, size_t number) {
    return &s->workflow->runtime->partitions[number];
}

static void add_slice(Superstep *s, Slice slice) {
    s->slices = memory_grow(s->slices, s->slice_count, &s->slice_capacity, sizeof(Slice));
    s->slices[s->slice_count++] = slice;
}

static void run_phase(Superstep *s, PhaseBody *body) {
    Runtime *runtime = s->workflow->runtime;
    runtime->env->run_all(runtime->env, runtime->options.partitions, body, s);
}

// The partition goes over to a slice of the round.
static void take_slice(const Superstep *s, Partition *partition, uint64_t number) {
    const Slice *slice = &s->slices[number];
    partition_take(partition, s->phase, s->input ? s->atoms[slice->atom] : NULL, s->input ? s->input->stream : 0);
    partition->first_event = slice->first;
}

// ---- failures ----

// The partition's failure, at its place, if no earlier one is known.
static void note_failure(Superstep *s, Partition *partition, uint64_t slice) {
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
        failed->message.length = 0;
        buf_append(&failed->message, partition->failure.data, partition->failure.length);
    }
    partition->failure.length = 0;
}

static const Failed *first_failure(const Superstep *s) {
    const Failed *first = NULL;
    size_t words = order_tag_words(s->workflow->code);
    for (uint64_t p = 0; p < s->workflow->runtime->options.partitions; p++) {
        const Failed *failed = &s->failed[p];
        if (!failed->any) continue;
        bool earlier = !first || failed->slice < first->slice ||
                       (failed->slice == first->slice && order_compare(failed->place, first->place, words) < 0);
        if (earlier) first = failed;
    }
    return first;
}

static bool comes_too_late(const Superstep *s, const Partition *partition, uint64_t slice) {
    const Failed *failed = &s->failed[partition->number];
    return failed->any && slice > failed->slice;
}

// ---- phase 0: slices of the input ----

static void run_input(Partition *partition, void *argument) {
    const Superstep *s = argument;
    const Atom *atom = partition->input;
    const Slice *slice = &s->slices[partition->slice];
    uint64_t stride = event_stride(runtime_event(partition->runtime, s->input->stream));
    const char *events = atom->events ? atom->events + (uint64_t)slice->first * stride : NULL;
    s->input->run(&partition->context, events, atom->first + slice->first, slice->count);
}

static void input_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    Partition *partition = partition_number(s, number);
    for (;;) {
        // Each number is handed out once; the slices were published by the call of run_all.
        uint64_t slice = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (slice >= s->slice_count || comes_too_late(s, partition, slice)) return;
        partition->slice = slice;
        take_slice(s, partition, slice);
        bool ok = partition_guard(partition, run_input, s);
        order_note_pieces(partition, (uint32_t)slice, 0);
        if (!ok) note_failure(s, partition, slice);
    }
}

// ---- the phases of exchanges ----

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
    take_slice(s, partition, slice);
    if (!partition_guard(partition, take_batches, &batches)) note_failure(s, partition, slice);
    for (size_t i = 0; i < batches.count; i++) free(batches.items[i].merged);
}

static void exchange_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    Partition *partition = partition_number(s, number);
    for (uint32_t slice = 0; slice < s->slice_count && !comes_too_late(s, partition, slice); slice++) {
        take_exchanges(s, partition, slice);
        order_note_pieces(partition, slice, s->level);
    }
}

// False with a failure.
static bool run_exchanges(Superstep *s, uint64_t first_level) {
    for (s->level = first_level; s->level <= s->workflow->code->levels; s->level++) run_phase(s, exchange_phase);
    return !first_failure(s);
}

// ---- what comes out ----

static bool too_large(Superstep *s) {
    Failed *failed = &s->failed[0];
    failed->any = true;
    failed->message.length = 0;
    error_atom_too_large(s->workflow, s->input ? s->atoms[0] : NULL, s->input ? s->input->stream : 0, &failed->message);
    return false;
}

static bool collect_channel(Superstep *s, uint32_t slice, uint64_t channel) {
    const Workflow *workflow = s->workflow;
    Runtime *runtime = workflow->runtime;
    PieceQuery query = {workflow, slice, order_channel_port(channel), workflow->code->levels + 1};
    uint64_t size = workflow->code->channels[channel].stream < 0 ? 0 : order_size(&query);
    if (!size) return true;
    Atom **made = &s->made[s->slices[slice].atom * workflow->code->channel_count + channel];
    if (!*made) *made = atom_new(&runtime->atoms);
    uint64_t used = (*made)->bytes;
    if (used + size > (*made)->capacity && !atom_grow(*made, used + size, runtime->options.max_atom)) return too_large(s);
    order_merge(&query, (*made)->buffer + used);
    (*made)->bytes += size;
    return true;
}

static bool collect_output(Superstep *s, uint32_t slice, uint64_t number) {
    Runtime *runtime = s->workflow->runtime;
    Output *output = &runtime->sinks.outputs[number];
    PieceQuery query = {s->workflow, slice, order_output_port(s->workflow, number), s->workflow->code->levels + 1};
    uint64_t size = order_size(&query);
    if (!size) return true;
    uint64_t *lines = &s->lines[s->slices[slice].atom * runtime->sinks.output_count + number];
    *lines += size;
    if (*lines > runtime->options.max_atom) return too_large(s);
    order_merge(&query, buf_reserve(&output->bytes, size));
    output->bytes.length += size;
    return true;
}

// What the partitions have put out goes, in order, behind what came before. False with a failure.
static bool collect(Superstep *s) {
    bool ok = true;
    for (uint32_t slice = 0; slice < s->slice_count && ok; slice++) {
        for (uint64_t i = 0; i < s->workflow->code->channel_count && ok; i++) ok = collect_channel(s, slice, i);
        for (uint64_t i = 0; i < s->workflow->runtime->sinks.output_count && ok; i++) ok = collect_output(s, slice, i);
    }
    order_clear(s->workflow);
    return ok;
}

// ---- on atom ----

static void sort_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    partition_sort_marked(partition_number(s, number), s->task);
}

// Numbers the marked entries of all partitions in the order of their keys. Returns how many there are.
static uint64_t rank_marked(Superstep *s) {
    uint64_t partitions = s->workflow->runtime->options.partitions, rank = 0;
    const PtDesc *key = s->workflow->runtime->program->tasks[s->task].key;
    uint64_t next[partitions];
    for (uint64_t p = 0; p < partitions; p++) {
        next[p] = 0;
        free(s->ranks[p]);
        s->ranks[p] = MEMORY_NEW(uint32_t, partition_number(s, p)->sorted_count);
    }
    for (;; rank++) {
        uint64_t first = partitions;
        for (uint64_t p = 0; p < partitions; p++) {
            const Partition *partition = partition_number(s, p);
            if (next[p] == partition->sorted_count) continue;
            if (first == partitions ||
                table_compare(key, &partition->sorted[next[p]], &partition_number(s, first)->sorted[next[first]]) < 0)
                first = p;
        }
        if (first == partitions) return rank;
        s->ranks[first][next[first]++] = (uint32_t)rank;
    }
}

static void run_marked(Partition *partition, void *argument) {
    const Superstep *s = argument;
    for (uint64_t k = 0; k < partition->sorted_count; k++) {
        partition->context.order = &s->ranks[partition->number][k];
        partition->context.order_next = 0;
        partition_run_marked(partition, s->task, k);
    }
}

static void on_atom_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    Partition *partition = partition_number(s, number);
    take_slice(s, partition, 0);
    bool ok = partition_guard(partition, run_marked, s);
    order_note_pieces(partition, 0, 0);
    if (!ok) note_failure(s, partition, 0);
}

// The round of handlers that no event has called.
static void one_slice(Superstep *s) {
    s->slice_count = 0;
    add_slice(s, (Slice){0});
}

// Task by task; what comes out comes behind what all events put out. False with a failure.
static bool run_on_atoms(Superstep *s) {
    const PtProgram *program = s->workflow->runtime->program;
    for (uint64_t i = 0; i < s->workflow->code->task_count; i++) {
        s->task = s->workflow->code->tasks[i];
        if (!program->tasks[s->task].on_atom) continue;
        run_phase(s, sort_phase);
        if (!rank_marked(s)) continue;
        s->phase = PHASE_ON_ATOM;
        one_slice(s);
        run_phase(s, on_atom_phase);
        if (!run_exchanges(s, program->tasks[s->task].level + 1) || !collect(s)) return false;
    }
    return true;
}

// ---- the whole ----

static void commit_body(Partition *partition, void *argument) {
    (void)argument;
    partition_commit(partition);
}

static void commit_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    Partition *partition = partition_number(s, number);
    partition_take(partition, PHASE_EVENTS, NULL, 0);
    if (!partition_guard(partition, commit_body, NULL)) note_failure(s, partition, UINT32_MAX);
}

// State that is not tracked cannot be brought back, and need not be: then nothing is kept of the run.
static void undo_phase(void *superstep, size_t number) {
    Partition *partition = partition_number(superstep, number);
    if (partition->context.tracks) partition_undo(partition);
}

static void begin(Superstep *s, Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    uint64_t partitions = runtime->options.partitions;
    s->workflow = workflow;
    s->ranks = MEMORY_NEW(uint32_t *, partitions);
    s->failed = MEMORY_NEW(Failed, partitions);
    s->made = MEMORY_NEW(Atom *, s->count * workflow->code->channel_count);
    s->lines = MEMORY_NEW(uint64_t, s->count * runtime->sinks.output_count);
    runtime->step++;
    for (uint64_t p = 0; p < partitions; p++) {
        s->failed[p].place = MEMORY_NEW(OrderWord, order_tag_words(workflow->code));
        partition_begin(&runtime->partitions[p], workflow, runtime->step);
        runtime->partitions[p].context.exchanges = true;
    }
    order_clear(workflow);
}

static void release(Superstep *s) {
    uint64_t partitions = s->workflow->runtime->options.partitions;
    for (uint64_t p = 0; p < partitions; p++) {
        free(s->ranks[p]);
        free(s->failed[p].place);
        buf_free(&s->failed[p].message);
    }
    free(s->slices);
    free(s->ranks);
    free(s->failed);
    free(s->made);
    free(s->lines);
}

static void publish(Superstep *s) {
    uint64_t channels = s->workflow->code->channel_count;
    for (uint64_t i = 0; i < s->count * channels; i++)
        if (s->made[i])
            workflow_publish(s->workflow, i % channels, s->made[i], s->made[i]->bytes, s->atoms, s->input ? s->count : 0);
}

static void end_steps(Runtime *runtime) {
    uint64_t oldest = atom_oldest_step(&runtime->atoms);
    for (uint64_t p = 0; p < runtime->options.partitions; p++) partition_end(&runtime->partitions[p], oldest);
}

// The state is committed last, when nothing else can fail.
static StepResult finish(Superstep *s, bool ok) {
    Runtime *runtime = s->workflow->runtime;
    if (ok) run_phase(s, commit_phase);
    const Failed *failed = first_failure(s);
    if (failed) {
        run_phase(s, undo_phase);
        order_clear(s->workflow);
        sinks_abort(runtime);
        for (uint64_t i = 0; i < s->count * s->workflow->code->channel_count; i++)
            if (s->made[i]) atom_release(&runtime->atoms, s->made[i]);
        if (s->count == 1) error_copy(runtime, &failed->message);
    } else {
        publish(s);
        sinks_commit(runtime);
    }
    end_steps(runtime);
    release(s);
    return failed ? STEP_FAILED : STEP_DONE;
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
    s->slice_count = 0;
    while (events > 0 && *atom < s->count) {
        int64_t rest = s->atoms[*atom]->count - *first, count = rest < most ? rest : most;
        add_slice(s, (Slice){(uint32_t)*atom, *first, count});
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

// False with a failure.
static bool run_rounds(Superstep *s) {
    uint64_t atom = 0;
    int64_t first = 0;
    while (atom < s->count) {
        choose_slices(s, &atom, &first);
        run_phase(s, input_phase);
        if (!run_exchanges(s, 1)) return false;
        if (atom < s->count) adapt_round(s);
        if (!collect(s)) return false;
    }
    return true;
}

static StepResult take_atoms(Workflow *workflow, const PtInput *input, Atom **atoms, uint64_t count) {
    Superstep s = {.input = input, .atoms = atoms, .count = count, .phase = PHASE_EVENTS};
    begin(&s, workflow);
    return finish(&s, run_rounds(&s) && run_on_atoms(&s));
}

static bool has_on_atom(const Workflow *workflow) {
    for (uint64_t i = 0; i < workflow->code->task_count; i++)
        if (workflow->runtime->program->tasks[workflow->code->tasks[i]].on_atom) return true;
    return false;
}

// How many of the atoms that wait are taken together: one for each partition, more where they are small. What `on atom` changes,
// the next atom has to see.
static uint64_t choose_count(const Workflow *workflow, const AtomQueue *queue) {
    const Runtime *runtime = workflow->runtime;
    uint64_t limit = has_on_atom(workflow) || runtime->single ? 1 : runtime_batch(runtime);
    uint64_t partitions = runtime->options.partitions, count = 0, bytes = 0;
    while (count < limit && count < queue->count && (count < partitions || bytes < partitions * STEP_BYTES))
        bytes += queue_at(queue, count++)->bytes;
    return count;
}

StepResult superstep_take(Workflow *workflow, uint64_t number) {
    Runtime *runtime = workflow->runtime;
    AtomQueue *queue = &workflow->queues[number];
    uint64_t count = choose_count(workflow, queue);
    Atom **atoms = MEMORY_NEW(Atom *, count);
    for (uint64_t i = 0; i < count; i++) atoms[i] = queue_pop(queue);
    StepResult result = take_atoms(workflow, &workflow->code->inputs[number], atoms, count);
    if (result == STEP_FAILED) {
        for (uint64_t i = count; i-- > 0;) queue_unpop(queue, atoms[i]);
        runtime->single = count > 1 ? count : 0; // again, one by one
        if (count > 1) result = STEP_DONE;
    } else {
        runtime->counts.atoms += count;
        runtime->single -= runtime->single > 0;
        for (uint64_t i = 0; i < count; i++) atom_release(&runtime->atoms, atoms[i]);
    }
    free(atoms);
    return result;
}

// ---- on end ----

static void end_entry(Partition *partition, void *argument) {
    const Superstep *s = argument;
    char *entry = s->workflow->ending.entries[s->stop].sorted.entry;
    pt_at_entry(&partition->context, (uint32_t)s->task, entry);
    partition->runtime->program->tasks[s->task].on_end(&partition->context, entry);
}

// The handlers run one after the other, in the order of all keys, each on its partition.
static bool run_on_ends(Superstep *s, uint64_t stop) {
    Runtime *runtime = s->workflow->runtime;
    Ending *ending = &s->workflow->ending;
    for (uint64_t p = 0; p < runtime->options.partitions; p++) partition_take(&runtime->partitions[p], PHASE_ON_END, NULL, 0);
    bool ok = true;
    for (uint64_t i = ending->next; i < stop && ok; i++) {
        Partition *partition = &runtime->partitions[ending->entries[i].partition];
        OrderWord rank = (OrderWord)(i - ending->next);
        partition->context.order = &rank;
        partition->context.order_next = 0;
        s->stop = i;
        ok = partition_guard(partition, end_entry, s);
        if (!ok) note_failure(s, partition, 0);
    }
    for (uint64_t p = 0; p < runtime->options.partitions; p++) order_note_pieces(&runtime->partitions[p], 0, 0);
    return ok;
}

StepResult superstep_end(Workflow *workflow, uint64_t stop) {
    Runtime *runtime = workflow->runtime;
    Superstep s = {.count = 1, .phase = PHASE_ON_END, .task = workflow->code->tasks[workflow->ending.task]};
    begin(&s, workflow);
    one_slice(&s);
    uint64_t level = runtime->program->tasks[s.task].level;
    run_on_ends(&s, stop);
    bool ok = run_exchanges(&s, level + 1) && collect(&s) && run_on_atoms(&s);
    return finish(&s, ok);
}
