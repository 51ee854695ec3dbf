// What goes out of a round: the events and lines of all partitions, put together in canonical order.
#include "vm/error.h"
#include "vm/order.h"
#include "vm/superstep_internal.h"

static void note_too_large(const Superstep *s, Failed *failed) {
    error_atom_too_large(s->workflow, s->input ? s->atoms[0] : NULL, s->input ? s->input->stream : 0, &failed->failure);
}

static bool too_large(Superstep *s, uint32_t slice) {
    Failed *failed = &s->failed[0];
    failed->any = true;
    failed->slice = slice;
    note_too_large(s, failed);
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

// What goes to the port before something has failed, as far as it has not been collected.
static uint64_t bytes_before(const Superstep *s, const Failed *failed, uint32_t port) {
    PieceQuery query = {s->workflow, 0, port, s->workflow->code->levels + 1};
    uint64_t bytes = 0;
    for (; query.slice < failed->slice; query.slice++) bytes += order_size(&query);
    return bytes + order_size_before(&query, failed->place);
}

static bool exceeds_limit(const Superstep *s, const Failed *failed) {
    const Workflow *workflow = s->workflow;
    uint64_t limit = workflow->runtime->options.max_atom;
    for (uint64_t i = 0; i < workflow->code->channel_count; i++) {
        uint64_t bytes = s->made[i] ? s->made[i]->bytes : 0;
        if (workflow->code->channels[i].stream >= 0 && bytes + bytes_before(s, failed, order_channel_port(i)) > limit)
            return true;
    }
    for (uint64_t i = 0; i < workflow->runtime->sinks.output_count; i++)
        if (s->lines[i] + bytes_before(s, failed, order_output_port(workflow, i)) > limit) return true;
    return false;
}

void superstep_check_size(const Superstep *s, Failed *failed) {
    if (failed->slice < s->slice_count && exceeds_limit(s, failed)) note_too_large(s, failed);
}

void superstep_publish(Superstep *s) {
    uint64_t channels = s->workflow->code->channel_count;
    for (uint64_t i = 0; i < s->count * channels; i++)
        if (s->made[i])
            workflow_publish(s->workflow, i % channels, s->made[i], s->made[i]->bytes, s->atoms, s->input ? s->count : 0);
}
