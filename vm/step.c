// A step on the one partition: an atom goes through the workflow, and what comes out is put straight into the atoms and lines
// that go out.
#include "vm/cells.h"
#include "vm/runtime.h"
#include "vm/timers.h"
#include "vm/trace.h"

static void begin(Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    WorkflowPart *part = &workflow->parts[0];
    for (uint64_t i = 0; i < workflow->code->channel_count; i++) {
        const Atom *atom = part->outputs[i];
        part->cursors[i] = (PtCursor){atom->buffer, atom->buffer ? atom->buffer + atom->capacity : NULL};
    }
    partition_begin(&runtime->partitions[0], workflow, runtime_next_step(runtime));
}

// `on atom`, for the keys that had an event, task by task.
static void run_on_atoms(Partition *partition, const Workflow *workflow) {
    for (uint64_t i = 0; i < workflow->code->task_count; i++) {
        uint64_t count = partition_sort_marked(partition, workflow->code->tasks[i]);
        if (count) partition->phase = PHASE_ON_ATOM;
        for (uint64_t k = 0; k < count; k++) partition_run_marked(partition, workflow->code->tasks[i], k);
    }
}

// The rest of each step: `on atom`, then the new state.
static void complete(Partition *partition, const Workflow *workflow) {
    run_on_atoms(partition, workflow);
    partition_commit(partition);
}

static void publish_channel(Workflow *workflow, uint64_t channel, Atom *input) {
    WorkflowPart *part = &workflow->parts[0];
    uint64_t bytes = workflow_channel_bytes(workflow, 0, channel);
    if (!bytes || workflow->code->channels[channel].stream < 0) return;
    Atom *atom = part->outputs[channel];
    part->outputs[channel] = atom_new(&workflow->runtime->atoms);
    workflow_publish(workflow, channel, atom, bytes, &input, input ? 1 : 0);
}

static StepResult finish(Workflow *workflow, Atom *input) {
    Runtime *runtime = workflow->runtime;
    if (runtime->trace) trace_step(workflow, input);
    for (uint64_t i = 0; i < workflow->code->channel_count; i++) publish_channel(workflow, i, input);
    sinks_commit(runtime);
    if (input) atom_release(&runtime->atoms, input);
    partition_end(&runtime->partitions[0], atom_oldest_step(&runtime->atoms));
    return STEP_DONE;
}

// State that is not tracked cannot be brought back, and need not be: then nothing is kept of the run.
static StepResult fail(Workflow *workflow) {
    Partition *partition = &workflow->runtime->partitions[0];
    if (partition->context.tracks) partition_undo(partition);
    sinks_abort(workflow->runtime);
    failure_move(&workflow->failure, &partition->failure);
    if (workflow->runtime->trace) trace_failure(workflow, partition->input);
    partition_end(partition, atom_oldest_step(&workflow->runtime->atoms));
    return STEP_FAILED;
}

static void take(Partition *partition, void *argument) {
    const PtInput *input = argument;
    const Atom *atom = partition->input;
    input->run(&partition->context, atom->events, atom->first, atom->count);
    complete(partition, partition->workflow);
}

StepResult step_take(Workflow *workflow, uint64_t number) {
    Runtime *runtime = workflow->runtime;
    const PtInput *input = &workflow->code->inputs[number];
    Atom *atom = queue_pop(&workflow->queues[number]);
    begin(workflow);
    partition_take(&runtime->partitions[0], PHASE_EVENTS, atom, input->stream);
    if (!partition_guard(&runtime->partitions[0], take, (void *)input)) {
        StepResult result = fail(workflow);
        queue_unpop(&workflow->queues[number], atom);
        return result;
    }
    runtime->counts.atoms++;
    return finish(workflow, atom);
}

static void end(Partition *partition, void *argument) {
    uint64_t stop = *(const uint64_t *)argument;
    const Ending *ending = &partition->workflow->ending;
    uint64_t task = partition->workflow->code->tasks[ending->task];
    for (uint64_t i = ending->next; i < stop; i++) {
        pt_at_entry(&partition->context, (uint32_t)task, ending->entries[i].sorted.entry);
        partition->runtime->program->tasks[task].on_end(&partition->context, ending->entries[i].sorted.entry);
    }
    complete(partition, partition->workflow);
}

StepResult step_end(Workflow *workflow, uint64_t stop) {
    begin(workflow);
    workflow->runtime->partitions[0].phase = PHASE_ON_END;
    workflow->runtime->partitions[0].handled = workflow->code->tasks[workflow->ending.task];
    if (!partition_guard(&workflow->runtime->partitions[0], end, &stop)) return fail(workflow);
    return finish(workflow, NULL);
}

static void wake(Partition *partition, void *argument) {
    Workflow *workflow = argument;
    Runtime *runtime = workflow->runtime;
    cells_run_due(partition, (uint64_t)(workflow - runtime->workflows), runtime_time(runtime), timers_limit(workflow, 0));
    complete(partition, workflow);
}

StepResult step_wake(Workflow *workflow) {
    begin(workflow);
    workflow->runtime->partitions[0].phase = PHASE_WAKE;
    if (!partition_guard(&workflow->runtime->partitions[0], wake, workflow)) return fail(workflow);
    return finish(workflow, NULL);
}
