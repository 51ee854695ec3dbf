// What generators take: an event of type () for each atom that they are asked for, as long as they say that there is more. That
// is a part of their state, so what a failed step or a crash undoes is no end.
#include "vm/feed.h"
#include "vm/runtime.h"

// The key () belongs to the first partition. An entry that is still in the store is found by the next event.
static bool is_sealed(const Feed *feed) {
    const Partition *partition = &feed->runtime->partitions[pt_owner(0, feed->runtime->options.partitions)];
    const Table *table = &partition->context.tables[feed->source->task];
    const PtField *sealed = &table->task->fields[table->task->field_count - 1];
    return table->count && *(const uint8_t *)(table_entry(table, 0) + sealed->offset);
}

// How much comes of one event, to go by what has come so far: several partitions take as many together as is not too much.
static uint64_t expected_bytes(const Feed *feed) {
    const Stream *made = feed->made;
    uint64_t asked = feed->position - feed->position_before;
    return asked ? made->bytes / asked : (uint64_t)feed->runtime->options.partitions * STEP_BYTES;
}

static bool open_next(Feed *feed) {
    const Runtime *runtime = feed->runtime;
    feed->made = runtime->workflows[program_workflow_of(runtime->program, feed->source->task)].stream;
    feed->position_before = feed->position;
    return true;
}

static FeedStatus next(Feed *feed, Atom **out) {
    if (is_sealed(feed)) return FEED_END;
    Atom *atom = atom_new(&feed->runtime->atoms);
    atom->events = FEED_NO_BYTES;
    atom->count = 1;
    atom->bytes = expected_bytes(feed);
    feed->position++;
    *out = atom;
    return FEED_ATOM;
}

const FeedKind FEED_NEXT = {.open = open_next, .next = next, .close = feed_close_nothing};
