// What goes out of a round: the events and lines of all partitions, put together in canonical order.
#include "vm/error.h"
#include "vm/order.h"
#include "vm/superstep_internal.h"

static bool too_large(Superstep *s, uint32_t slice) {
    Failed *failed = &s->failed[0];
    failed->any = true;
    failed->slice = slice;
    error_atom_too_large(s->workflow, s->input ? s->atoms[0] : NULL, s->input ? s->input->stream : 0, &failed->failure);
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
    if (used + size > (*made)->capacity && !atom_grow(*made, used + size, runtime->options.max_atom)) return too_large(s, slice);
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
    if (*lines > runtime->options.max_atom) return too_large(s, slice);
    order_merge(&query, buf_reserve(&output->bytes, size));
    output->bytes.length += size;
    return true;
}

bool superstep_collect(Superstep *s) {
    bool ok = true;
    for (uint32_t slice = 0; slice < s->slice_count && ok; slice++) {
        for (uint64_t i = 0; i < s->workflow->code->channel_count && ok; i++) ok = collect_channel(s, slice, i);
        for (uint64_t i = 0; i < s->workflow->runtime->sinks.output_count && ok; i++) ok = collect_output(s, slice, i);
    }
    order_clear(s->workflow);
    return ok;
}

void superstep_publish(Superstep *s) {
    uint64_t channels = s->workflow->code->channel_count;
    for (uint64_t i = 0; i < s->count * channels; i++)
        if (s->made[i])
            workflow_publish(s->workflow, i % channels, s->made[i], s->made[i]->bytes, s->atoms, s->input ? s->count : 0);
}
