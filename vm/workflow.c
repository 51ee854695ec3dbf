#include "vm/workflow.h"

#include <stdlib.h>

#include "vm/error.h"
#include "vm/memory.h"
#include "vm/runtime.h"

enum {
    FIRST_BUFFER = 32 * 1024,
    END_EVENTS = 4096, // how many events, or else entries, of `on end` make an atom
};

// ---- streams ----

void stream_publish(Stream *stream, AtomPool *pool, Atom *atom) {
    atom->number = ++stream->produced;
    for (size_t i = 0; i < stream->consumer_count; i++) {
        atom_retain(atom);
        queue_push(stream->consumers[i], atom);
    }
    atom_release(pool, atom);
}

bool stream_has_room(const Stream *stream) {
    for (size_t i = 0; i < stream->consumer_count; i++)
        if (queue_is_full(stream->consumers[i])) return false;
    return true;
}

void stream_consume(Stream *stream, AtomQueue *queue) {
    stream->consumers = memory_grow(stream->consumers, stream->consumer_count, &stream->consumer_capacity, sizeof(AtomQueue *));
    stream->consumers[stream->consumer_count++] = queue;
}

// ---- life ----

void workflow_init(Workflow *workflow, Runtime *runtime, uint64_t number) {
    const PtWorkflow *code = &runtime->program->workflows[number];
    *workflow = (Workflow){
        .runtime = runtime,
        .code = code,
        .cursors = MEMORY_NEW(PtCursor, code->channel_count),
        .outputs = MEMORY_NEW(Atom *, code->channel_count),
        .queues = MEMORY_NEW(AtomQueue, code->input_count),
        .stream = &runtime->streams[runtime->program->source_count + number],
    };
    for (uint64_t i = 0; i < code->channel_count; i++) workflow->outputs[i] = atom_new(&runtime->partition.atoms);
    for (uint64_t i = 0; i < code->input_count; i++)
        stream_consume(&runtime->streams[code->inputs[i].stream], &workflow->queues[i]);
}

void workflow_free(Workflow *workflow) {
    AtomPool *pool = &workflow->runtime->partition.atoms;
    for (uint64_t i = 0; i < workflow->code->channel_count; i++) atom_release(pool, workflow->outputs[i]);
    for (uint64_t i = 0; i < workflow->code->input_count; i++) queue_free(&workflow->queues[i], pool);
    free(workflow->cursors);
    free(workflow->outputs);
    free(workflow->queues);
    free(workflow->ending.entries);
}

// ---- channels ----

static void rewind_cursor(Workflow *workflow, uint64_t channel) {
    const Atom *atom = workflow->outputs[channel];
    workflow->cursors[channel] = (PtCursor){atom->buffer, atom->buffer + atom->capacity};
}

static uint64_t channel_bytes(const Workflow *workflow, uint64_t channel) {
    return (uint64_t)(workflow->cursors[channel].next - workflow->outputs[channel]->buffer);
}

char *pt_grow(PtContext *context, uint32_t channel, char *next, int64_t size) {
    Partition *partition = partition_of(context);
    Workflow *workflow = partition->workflow;
    Atom *atom = workflow->outputs[channel];
    uint64_t limit = partition->runtime->options.max_atom;
    uint64_t used = (uint64_t)(next - atom->buffer), needed = used + (uint64_t)size;
    uint64_t capacity = 2 * atom->capacity < FIRST_BUFFER ? FIRST_BUFFER : 2 * atom->capacity;
    if (capacity > limit) capacity = limit;
    if (capacity < needed) capacity = needed;
    char *buffer = needed <= limit ? realloc(atom->buffer, capacity) : NULL;
    if (!buffer) trap_output(partition);
    atom->buffer = buffer;
    atom->capacity = capacity;
    workflow->cursors[channel] = (PtCursor){buffer + used, buffer + capacity};
    return buffer + used;
}

// What a channel holds goes out as an atom, which keeps the memory that its events may refer to.
static void publish_channel(Workflow *workflow, uint64_t channel, Atom *input) {
    Partition *partition = &workflow->runtime->partition;
    const PtChannel *code = &workflow->code->channels[channel];
    uint64_t bytes = channel_bytes(workflow, channel);
    if (!bytes || code->stream < 0) return;
    Atom *atom = workflow->outputs[channel];
    workflow->outputs[channel] = atom_new(&partition->atoms);
    atom->events = atom->buffer;
    atom->count = (int64_t)(bytes / event_stride(code->desc));
    atom->bytes = bytes;
    if (code->desc->has_pointers) {
        atom_hold_region(atom, partition->region);
        if (input) atom_hold_input(atom, input);
        atom_hold_state(&partition->atoms, atom, partition->step);
    }
    stream_publish(&workflow->runtime->streams[code->stream], &partition->atoms, atom);
}

// ---- steps ----

// `on atom`, for the keys that had an event, task by task.
static void run_on_atoms(Partition *partition, const Workflow *workflow) {
    const PtProgram *program = partition->runtime->program;
    for (uint64_t i = 0; i < workflow->code->task_count; i++) {
        uint64_t number = workflow->code->tasks[i];
        Table *table = &partition->context.tables[number];
        uint64_t count = table->marked_count;
        if (!count) continue;
        table->marked_count = 0;
        if (count > partition->sorted_capacity) {
            free(partition->sorted);
            partition->sorted = MEMORY_NEW(SortedEntry, count);
            partition->sorted_capacity = count;
        }
        for (uint64_t k = 0; k < count; k++) partition->sorted[k] = table_sortable(table->key, table->marked[k]);
        table_sort(table->key, partition->sorted, count);
        partition->phase = PHASE_ON_ATOM;
        for (uint64_t k = 0; k < count; k++) {
            partition->context.event = -1;
            partition->context.task = number;
            partition->context.entry = partition->sorted[k].entry;
            program->tasks[number].on_atom(&partition->context, partition->sorted[k].entry);
        }
    }
}

// The rest of each step: `on atom`, then the new state.
static void complete(Partition *partition, const Workflow *workflow) {
    run_on_atoms(partition, workflow);
    if (!touches_commit(&partition->touches, partition->context.tables, &partition->heap, &partition->limbo, partition->step))
        trap_heap(partition);
}

static void begin(Workflow *workflow, Phase phase, const Atom *input, uint64_t stream) {
    for (uint64_t i = 0; i < workflow->code->channel_count; i++) rewind_cursor(workflow, i);
    partition_begin(&workflow->runtime->partition, phase, workflow, input, stream);
}

static void finish(Workflow *workflow, Atom *input) {
    Runtime *runtime = workflow->runtime;
    for (uint64_t i = 0; i < workflow->code->channel_count; i++) publish_channel(workflow, i, input);
    sinks_commit(runtime);
    if (input) atom_release(&runtime->partition.atoms, input);
    partition_end(&runtime->partition);
}

static StepResult fail(Workflow *workflow, Atom *input) {
    sinks_abort(workflow->runtime);
    if (input) atom_release(&workflow->runtime->partition.atoms, input);
    return STEP_FAILED;
}

static void take(Partition *partition, void *argument) {
    const PtInput *input = argument;
    const Atom *atom = partition->input;
    input->run(&partition->context, atom->events, atom->first, atom->count);
    complete(partition, partition->workflow);
}

// The inputs take turns. The number of the next one that has an atom, or input_count.
static uint64_t next_input(Workflow *workflow) {
    uint64_t count = workflow->code->input_count;
    uint64_t start = runtime_choose(workflow->runtime, workflow->turn, count);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t input = (start + i) % count;
        if (workflow->queues[input].count) return input;
    }
    return count;
}

StepResult workflow_take(Workflow *workflow) {
    uint64_t number = next_input(workflow);
    if (number == workflow->code->input_count || !stream_has_room(workflow->stream)) return STEP_IDLE;
    workflow->turn = number + 1;
    Runtime *runtime = workflow->runtime;
    const PtInput *input = &workflow->code->inputs[number];
    Atom *atom = queue_pop(&workflow->queues[number]);
    begin(workflow, PHASE_EVENTS, atom, input->stream);
    if (!partition_guard(&runtime->partition, take, (void *)input)) return fail(workflow, atom);
    runtime->counts.atoms++;
    finish(workflow, atom);
    return STEP_DONE;
}

// ---- the end ----

static bool inputs_have_ended(const Workflow *workflow) {
    for (uint64_t i = 0; i < workflow->code->input_count; i++)
        if (workflow->queues[i].count || !workflow->runtime->streams[workflow->code->inputs[i].stream].sealed) return false;
    return true;
}

// The entries of the task whose turn it is.
static void start_task(Partition *partition, Ending *ending, uint64_t number) {
    Table *table = &partition->context.tables[number];
    if (table->task->touch) table->task->touch(&partition->context);
    table->marked_count = 0; // touching was no event
    ending->entries = MEMORY_NEW(SortedEntry, table->count);
    ending->count = table->count;
    for (uint32_t i = 0; i < table->count; i++) ending->entries[i] = table_sortable(table->key, table_entry(table, i));
    table_sort(table->key, ending->entries, ending->count);
    ending->started = true;
}

static uint64_t events_put_out(const Partition *partition, const Workflow *workflow) {
    uint64_t count = partition->put_out;
    for (uint64_t i = 0; i < workflow->code->channel_count; i++)
        count += channel_bytes(workflow, i) / event_stride(workflow->code->channels[i].desc);
    return count;
}

static void end(Partition *partition, void *argument) {
    Workflow *workflow = argument;
    Ending *ending = &workflow->ending;
    uint64_t number = workflow->code->tasks[ending->task];
    const PtTask *task = &partition->runtime->program->tasks[number];
    if (!ending->started) start_task(partition, ending, number);
    uint64_t stop = ending->count - ending->next < END_EVENTS ? ending->count : ending->next + END_EVENTS;
    while (ending->next < stop && events_put_out(partition, workflow) < END_EVENTS) {
        char *entry = ending->entries[ending->next++].entry;
        partition->context.task = number;
        partition->context.entry = entry;
        task->on_end(&partition->context, entry);
    }
    complete(partition, workflow);
}

// Goes to the next task that has an `on end`.
static void next_task(Workflow *workflow) {
    Ending *ending = &workflow->ending;
    free(ending->entries);
    *ending = (Ending){.task = ending->task + 1};
}

static bool has_on_end(const Workflow *workflow) {
    return workflow->runtime->program->tasks[workflow->code->tasks[workflow->ending.task]].on_end;
}

StepResult workflow_end(Workflow *workflow) {
    if (workflow->state == WORKFLOW_OPEN && inputs_have_ended(workflow)) workflow->state = WORKFLOW_ENDING;
    if (workflow->state != WORKFLOW_ENDING || !stream_has_room(workflow->stream)) return STEP_IDLE;
    Ending *ending = &workflow->ending;
    while (ending->task < workflow->code->task_count && !has_on_end(workflow)) next_task(workflow);
    if (ending->task == workflow->code->task_count) {
        workflow->state = WORKFLOW_ENDED;
        workflow->stream->sealed = true;
        return STEP_DONE;
    }
    begin(workflow, PHASE_ON_END, NULL, 0);
    if (!partition_guard(&workflow->runtime->partition, end, workflow)) return fail(workflow, NULL);
    if (ending->next == ending->count) next_task(workflow);
    finish(workflow, NULL);
    return STEP_DONE;
}
