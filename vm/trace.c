#include "vm/trace.h"

#include "vm/cells.h"
#include "vm/cells_internal.h"

static void trace_input(const Trace *trace, const Workflow *workflow, const Atom *input) {
    if (!trace->took) return;
    TraceEvents taken = {.stream = workflow->runtime->partitions[0].stream};
    if (input) {
        taken.number = input->number;
        taken.events = input->events;
        taken.first = input->first;
        taken.count = input->count;
    }
    trace->took(trace->user, workflow, input ? &taken : NULL);
}

// ---- state ----

typedef void TakeEntry(void *user, const TraceEntry *entry);

static bool was_there(const Touch *touch) {
    return touch->mark && !(touch->mark & ENTRY_FREE);
}

static bool is_gone(const Partition *partition, const char *entry) {
    for (size_t i = 0; i < partition->drops.count; i++)
        if (partition->drops.items[i].entry == entry) return true;
    return false;
}

// What was changed in place is what it was, as long as the entries are looked at.
static void trace_before(const Trace *trace, Partition *partition) {
    const Touches *touches = &partition->touches;
    if (!trace->before || !touches->count) return;
    touches_swap_edits(&partition->touches, true);
    for (size_t i = 0; i < touches->count; i++) {
        const Touch *touch = &touches->items[i];
        const PtTask *task = partition->context.tables[touch->task].task;
        trace->before(trace->user, &(TraceEntry){task, touches->old.data + touch->old, i, was_there(touch)});
    }
    touches_swap_edits(&partition->touches, false);
}

static void trace_after(const Trace *trace, const Partition *partition) {
    const Touches *touches = &partition->touches;
    for (size_t i = 0; trace->after && i < touches->count; i++) {
        const Touch *touch = &touches->items[i];
        const PtTask *task = partition->context.tables[touch->task].task;
        trace->after(trace->user, &(TraceEntry){task, touch->entry, i, !is_gone(partition, touch->entry)});
    }
}

static void trace_waits(const Trace *trace, const Partition *partition) {
    const Cells *cells = partition->cells;
    if (!trace->waits) return;
    if (!cells) {
        trace->waits(trace->user, &(TraceWaits){0});
        return;
    }
    trace->waits(trace->user, &(TraceWaits){
                                  .resumed = cells->counts.resumptions - cells->counts_before.resumptions,
                                  .before = cells->counts_before.waiting,
                                  .after = cells->counts.waiting,
                              });
}

// ---- what goes out ----

static void trace_channel(const Trace *trace, const Workflow *workflow, uint64_t channel) {
    const PtChannel *code = &workflow->code->channels[channel];
    uint64_t bytes = workflow_channel_bytes(workflow, 0, channel);
    if (!bytes || code->stream < 0) return;
    const TraceEvents events = {
        .stream = (uint64_t)code->stream,
        .number = workflow->runtime->streams[code->stream].produced + 1,
        .events = workflow->parts[0].outputs[channel]->buffer,
        .count = (int64_t)(bytes / event_stride(code->desc)),
    };
    trace->put(trace->user, &events);
}

static void trace_outputs(const Trace *trace, const Runtime *runtime) {
    for (uint64_t i = 0; trace->lines && i < runtime->sinks.output_count; i++) {
        const Output *output = &runtime->sinks.outputs[i];
        size_t size = output->outbox ? 0 : output->bytes.length - output->committed;
        if (size) trace->lines(trace->user, output, output->bytes.data + output->committed, size);
    }
}

// ---- steps ----

void trace_step(Workflow *workflow, const Atom *input) {
    Runtime *runtime = workflow->runtime;
    Partition *partition = &runtime->partitions[0];
    const Trace *trace = runtime->trace;
    trace_input(trace, workflow, input);
    trace_before(trace, partition);
    trace_after(trace, partition);
    trace_waits(trace, partition);
    for (uint64_t i = 0; trace->put && i < workflow->code->channel_count; i++) trace_channel(trace, workflow, i);
    trace_outputs(trace, runtime);
}

void trace_failure(Workflow *workflow, const Atom *input) {
    const Trace *trace = workflow->runtime->trace;
    trace_input(trace, workflow, input);
    if (trace->failed) trace->failed(trace->user, &workflow->failure);
}
