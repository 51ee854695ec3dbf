// A superstep: several partitions take some atoms through a workflow together, in rounds. A round takes the next events, in
// slices of atoms, through phases: in phase 0 each partition takes whole slices, as they come, up to the exchanges; in the phase
// of each level of exchanges it takes what was sent to it, slice by slice, in canonical order. Rounds are so small that what is
// sent stays in the caches. Nobody else sees anything before all is done. If anything fails, everything is undone and the atoms
// are taken in other numbers, so that the first error in canonical order is found, and what is before it remains (Retry).
#include <stdlib.h>

#include "vm/error.h"
#include "vm/memory.h"
#include "vm/order.h"
#include "vm/settled.h"
#include "vm/superstep_internal.h"

// ---- life ----

static void commit_body(Partition *partition, void *argument) {
    (void)argument;
    partition_commit(partition);
}

static void commit_phase(void *superstep, size_t number) {
    Superstep *s = superstep;
    Partition *partition = superstep_partition(s, number);
    partition_take(partition, PHASE_EVENTS, NULL, 0);
    if (!partition_guard(partition, commit_body, NULL)) superstep_note_failure(s, partition, UINT32_MAX);
}

// State that is not tracked cannot be brought back, and need not be: then nothing is kept of the run.
static void undo_phase(void *superstep, size_t number) {
    Partition *partition = superstep_partition(superstep, number);
    if (partition->context.tracks) partition_undo(partition);
}

static void begin(Superstep *s, Workflow *workflow, uint64_t events) {
    Runtime *runtime = workflow->runtime;
    uint64_t partitions = runtime->options.partitions;
    s->workflow = workflow;
    s->ranks = MEMORY_NEW(uint32_t *, partitions);
    s->failed = MEMORY_NEW(Failed, partitions);
    s->made = MEMORY_NEW(Atom *, s->count * workflow->code->channel_count);
    s->lines = MEMORY_NEW(uint64_t, s->count * runtime->sinks.output_count);
    runtime_next_step(runtime);
    for (uint64_t p = 0; p < partitions; p++) {
        s->failed[p].place = MEMORY_NEW(OrderWord, order_tag_words(workflow->code));
        partition_begin(&runtime->partitions[p], workflow, runtime->step);
        runtime->partitions[p].context.exchanges = true;
    }
    order_clear(workflow);
    superstep_begin_pace(s, events);
}

static void release(Superstep *s) {
    uint64_t partitions = s->workflow->runtime->options.partitions;
    for (uint64_t p = 0; p < partitions; p++) {
        free(s->ranks[p]);
        free(s->failed[p].place);
        failure_free(&s->failed[p].failure);
    }
    free(s->slices);
    free(s->ranks);
    free(s->failed);
    free(s->made);
    free(s->lines);
}

static void end_steps(Runtime *runtime) {
    uint64_t oldest = atom_oldest_step(&runtime->atoms);
    for (uint64_t p = 0; p < runtime->options.partitions; p++) partition_end(&runtime->partitions[p], oldest);
}

// What a failure says of the atoms that were taken together: those before the one it happened in do not fail.
static void plan_retry(const Superstep *s, const Failed *failed) {
    Retry *retry = &s->workflow->retry;
    bool known = failed->slice < s->slice_count;
    retry->together = known ? s->slices[failed->slice].atom : 0;
    retry->single = known ? 1 : s->count;
}

// A single atom has failed. True if it is to be taken once more.
static bool plan_whole(Superstep *s) {
    Retry *retry = &s->workflow->retry;
    if (!s->input) return false;
    bool again = !s->workflow->code->levels && !retry->whole;
    *retry = (Retry){.single = again, .whole = again};
    return again;
}

// What is kept for the host is kept atom by atom.
static void end_atoms(const Superstep *s) {
    Sinks *sinks = &s->workflow->runtime->sinks;
    for (uint64_t k = 0; k < sinks->output_count; k++)
        for (uint64_t i = 0; sinks->outputs[k].outbox && i < s->count; i++)
            sinks_end_atom(&sinks->outputs[k], s->lines[i * sinks->output_count + k]);
}

// The state is committed last, when nothing else can fail.
static StepResult finish(Superstep *s, bool ok) {
    Runtime *runtime = s->workflow->runtime;
    if (ok) superstep_run_phase(s, commit_phase);
    Failed *failed = superstep_first_failure(s);
    if (failed && s->count == 1) superstep_check_size(s, failed);
    if (failed) {
        superstep_run_phase(s, undo_phase);
        order_clear(s->workflow);
        sinks_abort(runtime);
        for (uint64_t i = 0; i < s->count * s->workflow->code->channel_count; i++)
            if (s->made[i]) atom_release(&runtime->atoms, s->made[i]);
        if (s->count > 1)
            plan_retry(s, failed);
        else if (!plan_whole(s))
            failure_move(&s->workflow->failure, &failed->failure);
    } else {
        superstep_publish(s);
        end_atoms(s);
        sinks_commit(runtime);
    }
    end_steps(runtime);
    superstep_end_pace(s);
    release(s);
    return failed ? STEP_FAILED : STEP_DONE;
}

// ---- atoms ----

static uint64_t events_of(Atom **atoms, uint64_t count) {
    uint64_t events = 0;
    for (uint64_t i = 0; i < count; i++) events += (uint64_t)atoms[i]->count;
    return events;
}

static StepResult take_atoms(Workflow *workflow, const PtInput *input, Atom **atoms, uint64_t count) {
    Superstep s = {.input = input, .atoms = atoms, .count = count, .phase = PHASE_EVENTS};
    begin(&s, workflow, events_of(atoms, count));
    return finish(&s, superstep_run_rounds(&s) && superstep_run_on_atoms(&s));
}

static bool has_on_atom(const Workflow *workflow) {
    for (uint64_t i = 0; i < workflow->code->task_count; i++)
        if (workflow->runtime->program->tasks[workflow->code->tasks[i]].on_atom) return true;
    return false;
}

// How many of the atoms that wait are taken together: one for each partition, more where they are small. What `on atom` changes,
// the next atom has to see; a workflow that has to wait takes one at a time.
static uint64_t choose_count(const Workflow *workflow, const AtomQueue *queue) {
    const Runtime *runtime = workflow->runtime;
    const Retry *retry = &workflow->retry;
    uint64_t limit = has_on_atom(workflow) || workflow->throttled ? 1 : runtime_batch(runtime);
    if (retry->single) limit = retry->together ? retry->together : 1;
    if (workflow->settles && limit > settled_rest(workflow)) limit = settled_rest(workflow);
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
    Retry *retry = &workflow->retry;
    if (result == STEP_FAILED) {
        for (uint64_t i = count; i-- > 0;) queue_unpop(queue, atoms[i]);
        retry->input = number;
        if (retry->single) result = STEP_DONE;
    } else {
        runtime->counts.atoms += count;
        if (retry->together)
            retry->together -= count;
        else
            retry->single -= retry->single > 0;
        retry->whole = false;
        for (uint64_t i = 0; i < count; i++) atom_release(&runtime->atoms, atoms[i]);
    }
    free(atoms);
    return result;
}

// ---- the end ----

StepResult superstep_end(Workflow *workflow, uint64_t stop) {
    Runtime *runtime = workflow->runtime;
    Superstep s = {.count = 1, .phase = PHASE_ON_END, .task = workflow->code->tasks[workflow->ending.task]};
    begin(&s, workflow, stop - workflow->ending.next);
    superstep_one_slice(&s);
    superstep_run_on_ends(&s, stop);
    bool ok = superstep_run_exchanges(&s, runtime->program->tasks[s.task].level + 1) && superstep_collect(&s) &&
              superstep_run_on_atoms(&s);
    return finish(&s, ok);
}

StepResult superstep_wake(Workflow *workflow) {
    Superstep s = {.count = 1, .phase = PHASE_WAKE};
    begin(&s, workflow, 1);
    superstep_one_slice(&s);
    superstep_run_due(&s);
    return finish(&s, superstep_run_exchanges(&s, 1) && superstep_collect(&s) && superstep_run_on_atoms(&s));
}
