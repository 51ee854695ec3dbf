#include "vm/workflow.h"

#include <stdlib.h>
#include <string.h>

#include "vm/atom_bytes.h"
#include "vm/backlog.h"
#include "vm/cells.h"
#include "vm/cycle.h"
#include "vm/dead.h"
#include "vm/error.h"
#include "vm/host_internal.h"
#include "vm/memory.h"
#include "vm/recover.h"
#include "vm/runtime.h"
#include "vm/settled.h"

enum {
    END_KEYS = 256, // how many keys' `on end` make an atom
    FIRST_ROUND = 1024,
    LARGE_TABLE = 1 << 16, // slots of an index that is larger than the caches of a processor
    WORTH_FETCHING = 64,   // events of an atom
    HOLD_DEPTH = 32,       // how many atoms may hold each other in a row, as they do in a cycle
};

// ---- streams ----

// What comes back waits while `on end` of a task is amid its keys.
static bool takes_now(const Workflow *workflow, uint64_t number) {
    const PtInput *input = &workflow->code->inputs[number];
    if (input->kind == PT_INPUT_REPLIES) return !workflow->forward_only && !workflow_is_amid_task(workflow);
    return !input->back || cycle_may_take_back(workflow);
}

// Whether a step of the workflow could be the next one, and would do nothing but make the atom one of its own stream. Sequencers
// that lead to nothing but each other do have steps, so that what is in such a cycle for ever leaves time for everything else.
static bool can_pass(const Consumer *consumer, const Atom *atom) {
    Workflow *workflow = consumer->workflow;
    if (workflow->runtime->trace) return false;
    if (!workflow->code->inputs[consumer->input].whole || !atom->events || !atom->count || workflow->passes) return false;
    if (queue_waiting(consumer->queue) || !takes_now(workflow, consumer->input)) return false;
    if (workflow->throttled || workflow->retry.together || workflow->retry.single || !workflow_has_room(workflow)) return false;
    return !workflow->runtime->options.seed || runtime_choose(workflow->runtime, 0, 2);
}

// Takes over the reference.
static void pass(const Consumer *consumer, Atom *atom) {
    Workflow *workflow = consumer->workflow;
    Runtime *runtime = workflow->runtime;
    workflow->passes = true;
    runtime->counts.atoms++;
    stream_publish(runtime, (uint64_t)(workflow->stream - runtime->streams), atom_again(&runtime->atoms, atom));
    workflow->passes = false;
}

void stream_publish(Runtime *runtime, uint64_t number, Atom *atom) {
    Stream *stream = &runtime->streams[number];
    if (atom->depth > HOLD_DEPTH) atom = atom_detached(runtime, runtime_event(runtime, number), atom);
    atom->number = ++stream->produced;
    stream->bytes += atom->bytes;
    for (size_t i = 0; i < stream->consumer_count; i++) {
        const Consumer *consumer = &stream->consumers[i];
        if (i + 1 < stream->consumer_count) atom_retain(atom);
        if (can_pass(consumer, atom))
            pass(consumer, atom);
        else
            backlog_push(runtime, number, consumer->queue, atom);
    }
    if (!stream->consumer_count) atom_release(&runtime->atoms, atom);
}

bool stream_has_waiting(const Stream *stream) {
    for (size_t i = 0; i < stream->consumer_count; i++)
        if (queue_waiting(stream->consumers[i].queue)) return true;
    return false;
}

bool stream_has_room(const Stream *stream) {
    for (size_t i = 0; i < stream->consumer_count; i++)
        if (queue_is_full(stream->consumers[i].queue)) return false;
    return true;
}

static void add_consumer(Stream *stream, Consumer consumer) {
    stream->consumers = memory_grow(stream->consumers, stream->consumer_count, &stream->consumer_capacity, sizeof(Consumer));
    stream->consumers[stream->consumer_count++] = consumer;
}

// ---- life ----

static void init_part(Workflow *workflow, WorkflowPart *part) {
    Runtime *runtime = workflow->runtime;
    const PtWorkflow *code = workflow->code;
    *part = (WorkflowPart){
        .cursors = MEMORY_NEW_APART(PtCursor, code->channel_count),
        .outputs = MEMORY_NEW(Atom *, code->channel_count),
    };
    for (uint64_t i = 0; i < code->channel_count; i++) part->outputs[i] = atom_new(&runtime->atoms);
    uint64_t partitions = runtime->options.partitions;
    part->tags = MEMORY_NEW(Buf, code->channel_count);
    part->lanes = MEMORY_NEW_APART(Lane, code->exchange_count * partitions);
    part->pieces = MEMORY_NEW(Pieces, code->levels + 1);
    part->seen = MEMORY_NEW(PieceEnd, code->channel_count + runtime->program->sink_count + code->exchange_count * partitions);
}

static void free_part(Workflow *workflow, WorkflowPart *part) {
    const PtWorkflow *code = workflow->code;
    for (uint64_t i = 0; i < code->channel_count; i++) atom_release(&workflow->runtime->atoms, part->outputs[i]);
    for (uint64_t i = 0; i < code->channel_count; i++) buf_free(&part->tags[i]);
    for (uint64_t i = 0; i < code->exchange_count * workflow->runtime->options.partitions; i++) free(part->lanes[i].start);
    for (uint64_t i = 0; i <= code->levels; i++) free(part->pieces[i].items);
    free(part->cursors);
    free(part->outputs);
    free(part->tags);
    free(part->lanes);
    free(part->pieces);
    free(part->seen);
}

void workflow_init(Workflow *workflow, Runtime *runtime, uint64_t number) {
    const PtWorkflow *code = &runtime->program->workflows[number];
    *workflow = (Workflow){
        .runtime = runtime,
        .code = code,
        .parts = MEMORY_NEW_APART(WorkflowPart, runtime->options.partitions),
        .queues = MEMORY_NEW(AtomQueue, code->input_count),
        .stream = &runtime->streams[runtime->program->source_count + number],
        .goes_on = code->dead || runtime->options.skip_atom,
        .round = FIRST_ROUND,
    };
    for (uint64_t i = 0; i < runtime->options.partitions; i++) init_part(workflow, &workflow->parts[i]);
    for (uint64_t i = 0; i < code->input_count; i++) {
        workflow->queues[i].unbounded = code->inputs[i].back || code->inputs[i].kind == PT_INPUT_REPLIES;
        Stream *stream = &runtime->streams[code->inputs[i].stream];
        stream->kind = code->inputs[i].kind;
        add_consumer(stream, (Consumer){workflow, i, &workflow->queues[i]});
    }
}

void workflow_free(Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    for (uint64_t i = 0; i < runtime->options.partitions; i++) free_part(workflow, &workflow->parts[i]);
    for (uint64_t i = 0; i < workflow->code->input_count; i++) queue_free(&workflow->queues[i], &runtime->atoms);
    free(workflow->parts);
    free(workflow->queues);
    free(workflow->ending.entries);
    failure_free(&workflow->failure);
    failure_free(&workflow->refusal);
}

// ---- channels ----

uint64_t workflow_channel_bytes(const Workflow *workflow, uint32_t partition, uint64_t channel) {
    const WorkflowPart *part = &workflow->parts[partition];
    return (uint64_t)(part->cursors[channel].next - part->outputs[channel]->buffer);
}

// Room for `size` bytes from `next` on, which may move; NULL if the atom's limit does not allow that.
static char *make_room(Partition *partition, uint32_t channel, char *next, int64_t size) {
    Atom *atom = partition->part->outputs[channel];
    uint64_t used = (uint64_t)(next - atom->buffer);
    char *buffer = atom_grow(atom, used + (uint64_t)size, partition->runtime->options.max_atom);
    if (!buffer) return NULL;
    partition->part->cursors[channel] = (PtCursor){buffer + used, buffer + atom->capacity};
    return buffer + used;
}

char *pt_grow(PtContext *context, uint32_t channel, char *next, int64_t size) {
    Partition *partition = partition_of(context);
    char *moved = make_room(partition, channel, next, size);
    if (!moved) trap_atom_too_large(partition);
    return moved;
}

char *pt_reserve(PtContext *context, uint32_t channel, int64_t size) {
    Partition *partition = partition_of(context);
    const PtCursor *cursor = &partition->part->cursors[channel];
    if (cursor->end - cursor->next >= size) return cursor->next;
    return make_room(partition, channel, cursor->next, size);
}

void workflow_publish(Workflow *workflow, uint64_t channel, Atom *atom, uint64_t bytes, Atom **inputs, uint64_t input_count) {
    Runtime *runtime = workflow->runtime;
    const PtChannel *code = &workflow->code->channels[channel];
    atom->events = atom->buffer;
    atom->count = (int64_t)(bytes / event_stride(code->desc));
    atom->bytes = bytes;
    if (code->desc->has_pointers) {
        for (uint64_t i = 0; i < runtime->options.partitions; i++) partition_hold_memory(&runtime->partitions[i], atom);
        for (uint64_t i = 0; i < input_count; i++) atom_hold_input(atom, inputs[i]);
        atom_hold_state(&runtime->atoms, atom, runtime->step);
    }
    stream_publish(runtime, (uint64_t)code->stream, atom);
}

// ---- taking ----

static bool may_take(const Workflow *workflow, uint64_t number) {
    return workflow->queues[number].count && takes_now(workflow, number);
}

// The inputs take turns.
uint64_t workflow_next_input(Workflow *workflow) {
    if (workflow->retry.together || workflow->retry.single) return workflow->retry.input;
    uint64_t count = workflow->code->input_count;
    uint64_t settled = workflow->settles ? settled_input(workflow) : SETTLED_ANY;
    if (settled != SETTLED_ANY) return settled < count && may_take(workflow, settled) ? settled : count;
    uint64_t input = runtime_choose(workflow->runtime, workflow->turn, count);
    for (uint64_t i = 0; i < count; i++) {
        if (may_take(workflow, input)) return input;
        if (++input == count) input = 0;
    }
    return count;
}

static bool has_few_events(const Workflow *workflow, uint64_t input) {
    if (workflow->retry.together || workflow->retry.single) return false; // what was begun so goes on so
    const AtomQueue *queue = &workflow->queues[input];
    return queue->count == 1 && queue_at(queue, 0)->count < WORTH_FETCHING;
}

// With one partition an exchange is a detour, except where the state is larger than the caches: then what the events of a batch
// will be looked up in can be fetched ahead, and one does not wait for memory event by event. A few events are not worth it.
static bool goes_through_exchanges(const Workflow *workflow, uint64_t input) {
    const Runtime *runtime = workflow->runtime;
    if (runtime->options.partitions > 1) return true;
    if (runtime->trace) return false;
    if (runtime->options.seed) return false; // after a crash tables are smaller, but what is repeatable stays so
    if (has_few_events(workflow, input)) return false;
    for (uint64_t i = 0; i < workflow->code->exchange_count; i++)
        if (runtime->partitions[0].context.tables[workflow->code->exchanges[i].task].mask >= LARGE_TABLE) return true;
    return false;
}

static bool outbox_has_room(const Workflow *workflow) {
    const Runtime *runtime = workflow->runtime;
    const Outbox *outbox = workflow->outbox;
    const Output *output = runtime->sinks.by_sink[outbox->sink - runtime->program->sinks];
    return !outbox_is_full(outbox, output->committed);
}

// A workflow may make more streams than its own.
bool workflow_has_room(const Workflow *workflow) {
    const PtWorkflow *code = workflow->code;
    if (workflow->outbox && !outbox_has_room(workflow)) return false;
    for (uint64_t i = 0; i < code->channel_count; i++)
        if (code->channels[i].stream >= 0 && !stream_has_room(&workflow->runtime->streams[code->channels[i].stream]))
            return false;
    return true;
}

static bool fill_inputs(Workflow *workflow) {
    for (uint64_t i = 0; i < workflow->code->input_count; i++)
        if (!backlog_fill(workflow, i)) return false;
    return true;
}

StepResult workflow_take_from(Workflow *workflow, uint64_t input) {
    return goes_through_exchanges(workflow, input) ? superstep_take(workflow, input) : step_take(workflow, input);
}

StepResult workflow_take(Workflow *workflow) {
    if (workflow->runtime->spilled && !fill_inputs(workflow)) return STEP_FAILED;
    uint64_t input = workflow_next_input(workflow);
    if (input == workflow->code->input_count || !workflow_has_room(workflow) || !throttle_allows(workflow)) return STEP_IDLE;
    if (workflow->settles && !settled_take(workflow, input)) return STEP_FAILED;
    workflow->turn = input + 1;
    Env *env = workflow->runtime->env;
    uint64_t taken = workflow->throttled ? env->now(env) : 0;
    StepResult result = workflow_take_from(workflow, input);
    if (workflow->throttled && result == STEP_DONE) throttle_note(workflow, taken);
    return result == STEP_FAILED ? dead_atom(workflow, input) : result;
}

// ---- the end ----

bool workflow_is_at_rest(const Workflow *workflow) {
    const Runtime *runtime = workflow->runtime;
    uint64_t number = (uint64_t)(workflow - runtime->workflows);
    for (uint64_t i = 0; i < workflow->code->input_count; i++)
        if (queue_waiting(&workflow->queues[i])) return false;
    for (uint32_t p = 0; p < runtime->options.partitions && runtime->waits; p++)
        if (cells_outstanding(runtime->partitions[p].cells, number)) return false;
    return true;
}

// Of replies it is not known before whether there will be more: who waits for one is not at rest.
static bool inputs_have_ended(const Workflow *workflow) {
    for (uint64_t i = 0; i < workflow->code->input_count; i++) {
        const PtInput *input = &workflow->code->inputs[i];
        if (input->kind != PT_INPUT_REPLIES && !workflow->runtime->streams[input->stream].sealed) return false;
    }
    uint64_t maker = workflow->code->made_by;
    return !maker || workflow->runtime->workflows[maker - 1].state == WORKFLOW_ENDED;
}

static int compare_entries(const void *a, const void *b, void *key) {
    const EndEntry *left = a, *right = b;
    return table_compare(key, &left->sorted, &right->sorted);
}

static void collect_entries(Runtime *runtime, Ending *ending, uint64_t number) {
    ending->count = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++)
        ending->count += table_entries(&runtime->partitions[p].context.tables[number]);
    ending->entries = MEMORY_NEW(EndEntry, ending->count);
    uint64_t next = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++) {
        const Table *table = &runtime->partitions[p].context.tables[number];
        for (uint32_t i = 0; i < table->count; i++)
            if (table_has(table, i)) ending->entries[next++] = (EndEntry){table_sortable(table->key, table_entry(table, i)), p};
    }
    const PtDesc *key = runtime->program->tasks[number].key;
    if (next) qsort_r(ending->entries, next, sizeof *ending->entries, compare_entries, (void *)key);
}

// What the entry of an unkeyed task is found with: its key's group belongs to the first partition.
static void touch(Partition *partition, void *argument) {
    const PtTask *task = argument;
    task->touch(&partition->context);
    partition_commit(partition);
}

// The entries of the task whose turn it is. False with a failure.
static bool start_task(Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    Ending *ending = &workflow->ending;
    uint64_t number = workflow->code->tasks[ending->task];
    const PtTask *task = &runtime->program->tasks[number];
    if (runtime->epochs.store && !recover_all_entries(runtime, number)) return false;
    if (task->touch) {
        Partition *partition = &runtime->partitions[0];
        partition_begin(partition, workflow, runtime_next_step(runtime));
        if (!partition_guard(partition, touch, (void *)task)) {
            partition_undo(partition);
            error_take(runtime, partition);
            return false;
        }
        partition->context.tables[number].marked_count = 0; // touching was no event
        partition_end(partition, atom_oldest_step(&runtime->atoms));
    }
    collect_entries(runtime, ending, number);
    ending->started = true;
    if (ending->next <= ending->count) return true;
    error_set(runtime, "cannot resume from `%s`: task `%s` has ended for more keys than it has", runtime->options.data,
              task->name);
    return false;
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

// `on end` for the next keys of the task whose turn it is.
static StepResult end_some(Workflow *workflow) {
    Ending *ending = &workflow->ending;
    if (!ending->started && !start_task(workflow)) return STEP_FAILED;
    if (workflow->settles && !settled_end(workflow)) return STEP_FAILED;
    uint64_t stop = ending->count - ending->next < END_KEYS ? ending->count : ending->next + END_KEYS;
    StepResult result = STEP_DONE;
    if (ending->next < stop)
        result = workflow->runtime->options.partitions == 1 ? step_end(workflow, stop) : superstep_end(workflow, stop);
    if (result == STEP_FAILED) error_fail(workflow->runtime, &workflow->failure);
    if (result != STEP_DONE) return result;
    ending->next = stop;
    if (ending->next == ending->count) next_task(workflow);
    return STEP_DONE;
}

StepResult workflow_run_on_end(Workflow *workflow) {
    Ending *ending = &workflow->ending;
    if (!workflow_has_room(workflow)) return STEP_IDLE;
    while (ending->task < workflow->code->task_count && !has_on_end(workflow)) next_task(workflow);
    return ending->task < workflow->code->task_count ? end_some(workflow) : STEP_IDLE;
}

bool workflow_is_amid_task(const Workflow *workflow) {
    return workflow->state == WORKFLOW_ENDING && workflow->ending.next > 0;
}

void workflow_seal(Workflow *workflow) {
    workflow->state = WORKFLOW_ENDED;
    workflow->stream->sealed = true;
}

StepResult workflow_end(Workflow *workflow) {
    if (workflow->code->part) return cycle_end(workflow);
    if (workflow->state == WORKFLOW_ENDED) return STEP_IDLE;
    if (workflow->state == WORKFLOW_OPEN && !inputs_have_ended(workflow)) return STEP_IDLE;
    if (!workflow_is_amid_task(workflow) && !workflow_is_at_rest(workflow)) return STEP_IDLE;
    workflow->state = WORKFLOW_ENDING;
    StepResult result = workflow_run_on_end(workflow);
    if (result != STEP_IDLE || workflow->ending.task < workflow->code->task_count) return result;
    workflow_seal(workflow);
    return STEP_DONE;
}

Workflow *workflow_of_stream(const Runtime *runtime, uint64_t stream) {
    const PtProgram *program = runtime->program;
    if (stream < program->source_count) return NULL;
    uint64_t number = stream - program->source_count, maker = program->workflows[number].made_by;
    return &runtime->workflows[maker ? maker - 1 : number];
}
