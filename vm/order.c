#include "vm/order.h"

#include <stdlib.h>
#include <string.h>

#include "vm/memory.h"
#include "vm/runtime.h"

// How much memory a lane, or a buffer of what goes out or of its tags, keeps for the next superstep.
enum { KEEP_LIMIT = 32 << 20 };

// ---- tags ----

void order_tag(Partition *partition, Buf *tags) {
    PtContext *context = &partition->context;
    size_t words = order_tag_words(partition->workflow->code);
    OrderWord *tag = (OrderWord *)buf_reserve(tags, words * sizeof *tag);
    uint32_t count = context->order_count;
    for (uint32_t i = 0; i < count; i++) tag[i] = context->order[i];
    tag[count] = context->order_next++;
    for (size_t i = count + 1; i < words; i++) tag[i] = 0;
    tags->length += words * sizeof *tag;
}

void pt_tag(PtContext *context, uint32_t channel) {
    Partition *partition = partition_of(context);
    order_tag(partition, &partition->part->tags[channel]);
}

// ---- ports ----

uint32_t order_channel_port(uint64_t channel) {
    return (uint32_t)channel;
}

uint32_t order_output_port(const Workflow *workflow, uint64_t output) {
    return (uint32_t)(workflow->code->channel_count + output);
}

uint32_t order_lane_port(const Workflow *workflow, uint64_t exchange, uint32_t partition) {
    const Runtime *runtime = workflow->runtime;
    uint64_t lane = exchange * runtime->options.partitions + partition;
    return (uint32_t)(workflow->code->channel_count + runtime->sinks.output_count + lane);
}

typedef enum PortKind { PORT_CHANNEL, PORT_OUTPUT, PORT_LANE } PortKind;

static PortKind port_kind(const Workflow *workflow, uint64_t port, uint64_t *number) {
    uint64_t channels = workflow->code->channel_count, outputs = workflow->runtime->sinks.output_count;
    *number = port < channels ? port : port < channels + outputs ? port - channels : port - channels - outputs;
    return port < channels ? PORT_CHANNEL : port < channels + outputs ? PORT_OUTPUT : PORT_LANE;
}

// ---- pieces ----

static void note(WorkflowPart *part, Pieces *pieces, uint32_t slice, uint32_t port, PieceEnd end) {
    PieceEnd *seen = &part->seen[port];
    if (end.bytes == seen->bytes) return;
    pieces->items = memory_grow(pieces->items, pieces->count, &pieces->capacity, sizeof(Piece));
    pieces->items[pieces->count++] = (Piece){slice, port, *seen, end};
    *seen = end;
}

// Where compiled code has failed it has not stored how much there is; each event with a tag has that, though.
static PieceEnd channel_end(const Partition *partition, uint64_t channel) {
    const Workflow *workflow = partition->workflow;
    uint64_t stride = event_stride(workflow->code->channels[channel].desc);
    uint64_t events = workflow_channel_bytes(workflow, partition->number, channel) / stride;
    uint64_t tags = partition->part->tags[channel].length / (order_tag_words(workflow->code) * sizeof(OrderWord));
    if (events < tags) events = tags;
    return (PieceEnd){events * stride, events};
}

void order_note_pieces(Partition *partition, uint32_t slice, uint64_t phase) {
    const Workflow *workflow = partition->workflow;
    WorkflowPart *part = partition->part;
    Pieces *pieces = &part->pieces[phase];
    uint32_t port = 0;
    for (uint64_t i = 0; i < workflow->code->channel_count; i++) note(part, pieces, slice, port++, channel_end(partition, i));
    for (uint64_t i = 0; i < workflow->runtime->sinks.output_count; i++) {
        const SinkPart *sink = &partition->sinks[i];
        note(part, pieces, slice, port++, (PieceEnd){sink->bytes.length, sink->ends.length / sizeof(uint64_t)});
    }
    for (uint64_t i = 0; i < workflow->code->exchange_count * partition->context.partitions; i++) {
        const Lane *lane = &part->lanes[i];
        uint64_t bytes = (uint64_t)(lane->next - lane->start);
        note(part, pieces, slice, port++, (PieceEnd){bytes, 0});
    }
}

// Where the pieces of a slice from this port on begin. Pieces are noted in the order of slices, and in a slice in that of ports.
static size_t find_piece(const Pieces *pieces, uint32_t slice, uint32_t port) {
    size_t low = 0, high = pieces->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const Piece *piece = &pieces->items[middle];
        if (piece->slice < slice || (piece->slice == slice && piece->port < port))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Calls `body` for each piece that is asked for, with the partition that it belongs to.
typedef void PieceBody(void *user, const Piece *piece, uint32_t partition);

static void for_pieces(const PieceQuery *query, PieceBody *body, void *user) {
    for (uint32_t p = 0; p < query->workflow->runtime->options.partitions; p++) {
        for (uint64_t phase = 0; phase < query->phases; phase++) {
            const Pieces *pieces = &query->workflow->parts[p].pieces[phase];
            size_t place = find_piece(pieces, query->slice, query->port);
            if (place == pieces->count) continue;
            const Piece *piece = &pieces->items[place];
            if (piece->slice == query->slice && piece->port == query->port) body(user, piece, p);
        }
    }
}

static void add_size(void *user, const Piece *piece, uint32_t partition) {
    (void)partition;
    *(uint64_t *)user += piece->to.bytes - piece->from.bytes;
}

uint64_t order_size(const PieceQuery *query) {
    uint64_t size = 0;
    for_pieces(query, add_size, &size);
    return size;
}

// ---- merging ----

// A piece on its way: its next event, line or slot, and the tag of that.
typedef struct Run {
    const char *at;
    const char *end;
    const OrderWord *tag;
    size_t tag_step;      // words
    const uint64_t *ends; // of lines, as offsets from `start`; NULL: all are of size `stride`
    const char *start;
    uint64_t stride;
} Run;

typedef struct Runs {
    const PieceQuery *query;
    Run *items;
    size_t count;
    size_t capacity;
} Runs;

static Run channel_run(const Workflow *workflow, const Piece *piece, uint32_t partition, uint64_t channel) {
    const WorkflowPart *part = &workflow->parts[partition];
    size_t words = order_tag_words(workflow->code);
    const char *start = part->outputs[channel]->buffer;
    return (Run){
        .at = start + piece->from.bytes,
        .end = start + piece->to.bytes,
        .tag = (const OrderWord *)part->tags[channel].data + piece->from.tags * words,
        .tag_step = words,
        .stride = event_stride(workflow->code->channels[channel].desc),
    };
}

static Run output_run(const Workflow *workflow, const Piece *piece, uint32_t partition, uint64_t output) {
    const SinkPart *sink = &workflow->runtime->partitions[partition].sinks[output];
    size_t words = order_tag_words(workflow->code);
    return (Run){
        .at = sink->bytes.data + piece->from.bytes,
        .end = sink->bytes.data + piece->to.bytes,
        .tag = (const OrderWord *)sink->tags.data + piece->from.tags * words,
        .tag_step = words,
        .ends = (const uint64_t *)sink->ends.data + piece->from.tags,
        .start = sink->bytes.data,
    };
}

static Run lane_run(const Workflow *workflow, const Piece *piece, uint32_t partition, uint64_t lane) {
    const char *start = workflow->parts[partition].lanes[lane].start;
    uint64_t slot = workflow->code->exchanges[lane / workflow->runtime->options.partitions].slot;
    return (Run){
        .at = start + piece->from.bytes,
        .end = start + piece->to.bytes,
        .tag = (const OrderWord *)(start + piece->from.bytes + PT_SLOT_ORDER),
        .tag_step = slot / sizeof(OrderWord),
        .stride = slot,
    };
}

static Run run_of(const Workflow *workflow, const Piece *piece, uint32_t partition) {
    uint64_t number;
    switch (port_kind(workflow, piece->port, &number)) {
    case PORT_CHANNEL: return channel_run(workflow, piece, partition, number);
    case PORT_OUTPUT: return output_run(workflow, piece, partition, number);
    case PORT_LANE: break;
    }
    return lane_run(workflow, piece, partition, number);
}

static void add_run(void *user, const Piece *piece, uint32_t partition) {
    Runs *runs = user;
    runs->items = memory_grow(runs->items, runs->count, &runs->capacity, sizeof(Run));
    runs->items[runs->count++] = run_of(runs->query->workflow, piece, partition);
}

int order_compare(const OrderWord *a, const OrderWord *b, size_t words) {
    for (size_t i = 0; i < words; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

// Goes over to the next item of a run; returns the size of this one.
static uint64_t pass_item(Run *run) {
    uint64_t size = run->stride;
    if (run->ends) size = (uint64_t)(run->start + *run->ends++ - run->at);
    run->at += size;
    run->tag += run->tag_step;
    return size;
}

// Moves the next item of a run to `to`; returns where the one after it goes.
static char *move_item(Run *run, char *to) {
    const char *item = run->at;
    uint64_t size = pass_item(run);
    memcpy(to, item, size);
    return to + size;
}

// The number of the run whose next item comes first.
static size_t first_run(const Runs *runs, size_t words) {
    size_t first = 0;
    for (size_t i = 1; i < runs->count; i++)
        if (order_compare(runs->items[i].tag, runs->items[first].tag, words) < 0) first = i;
    return first;
}

static size_t compared_words(const PieceQuery *query) {
    uint64_t number;
    if (port_kind(query->workflow, query->port, &number) != PORT_LANE) return order_tag_words(query->workflow->code);
    return query->workflow->code->exchanges[number / query->workflow->runtime->options.partitions].level + 1;
}

void order_merge(const PieceQuery *query, char *to) {
    Runs runs = {.query = query};
    for_pieces(query, add_run, &runs);
    size_t words = compared_words(query);
    while (runs.count > 1) {
        Run *run = &runs.items[first_run(&runs, words)];
        to = move_item(run, to);
        if (run->at == run->end) *run = runs.items[--runs.count];
    }
    if (runs.count) memcpy(to, runs.items[0].at, (size_t)(runs.items[0].end - runs.items[0].at));
    free(runs.items);
}

typedef struct Before {
    const Workflow *workflow;
    const OrderWord *place;
    uint64_t size;
} Before;

// Of a line that has failed there may be some bytes, but no end.
static void add_size_before(void *user, const Piece *piece, uint32_t partition) {
    Before *before = user;
    size_t words = order_tag_words(before->workflow->code);
    Run run = run_of(before->workflow, piece, partition);
    for (uint64_t rest = piece->to.tags - piece->from.tags; rest > 0; rest--) {
        if (order_compare(run.tag, before->place, words) >= 0) return;
        before->size += pass_item(&run);
    }
}

uint64_t order_size_before(const PieceQuery *query, const OrderWord *place) {
    if (!query->workflow->code->levels) return order_size(query);
    Before before = {query->workflow, place, 0};
    for_pieces(query, add_size_before, &before);
    return before.size;
}

const char *order_single(const PieceQuery *query) {
    Runs runs = {.query = query};
    for_pieces(query, add_run, &runs);
    const char *bytes = runs.count == 1 ? runs.items[0].at : NULL;
    free(runs.items);
    return bytes;
}

// ---- the end of a superstep ----

static void clear_lane(Lane *lane) {
    if (lane->end - lane->start > KEEP_LIMIT) {
        free(lane->start);
        *lane = (Lane){0};
    }
    lane->next = lane->start;
}

static void clear_buffer(Buf *buf) {
    buf->length = 0;
    if (buf->capacity > KEEP_LIMIT) buf_free(buf);
}

static void clear_part(Workflow *workflow, uint32_t number) {
    const PtWorkflow *code = workflow->code;
    const Runtime *runtime = workflow->runtime;
    WorkflowPart *part = &workflow->parts[number];
    uint64_t lanes = code->exchange_count * runtime->options.partitions;
    for (uint64_t i = 0; i < code->channel_count; i++) {
        const Atom *atom = part->outputs[i];
        part->cursors[i] = (PtCursor){atom->buffer, atom->buffer + atom->capacity};
        clear_buffer(&part->tags[i]);
    }
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        SinkPart *sink = &runtime->partitions[number].sinks[i];
        clear_buffer(&sink->bytes);
        clear_buffer(&sink->ends);
        clear_buffer(&sink->tags);
    }
    for (uint64_t i = 0; i < lanes; i++) clear_lane(&part->lanes[i]);
    for (uint64_t i = 0; i <= code->levels; i++) part->pieces[i].count = 0;
    memset(part->seen, 0, (code->channel_count + runtime->sinks.output_count + lanes) * sizeof *part->seen);
}

void order_clear(Workflow *workflow) {
    for (uint32_t p = 0; p < workflow->runtime->options.partitions; p++) clear_part(workflow, p);
}
