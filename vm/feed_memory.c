// Sources whose events are in memory, or are not stored at all: from, atoms, range, empty.
#include "vm/feed.h"
#include "vm/runtime.h"

const char FEED_NO_BYTES[1] = {0};

bool feed_open_always(Feed *feed) {
    (void)feed;
    return true;
}

void feed_close_nothing(Feed *feed) {
    (void)feed;
}

static FeedStatus next_end(Feed *feed, Atom **out) {
    (void)feed, (void)out;
    return FEED_END;
}

// The elements of the list are the events, where they are: the memory of the setup lives longer than any atom.
static Atom *atom_of(Feed *feed, const PtList *list) {
    Atom *atom = atom_new(&feed->runtime->atoms);
    atom->events = list->data && feed->source->desc->size ? list->data : FEED_NO_BYTES;
    atom->count = list->size;
    return atom;
}

static FeedStatus next_from(Feed *feed, Atom **out) {
    if (feed->position || !feed->list.size) return FEED_END;
    *out = atom_of(feed, &feed->list);
    feed->position = 1;
    return FEED_ATOM;
}

// The position counts the lists, those without elements, too.
static FeedStatus next_atoms(Feed *feed, Atom **out) {
    const PtList *lists = feed->list.data;
    uint64_t count = (uint64_t)feed->list.size;
    while (feed->position < count && !lists[feed->position].size) feed->position++;
    if (feed->position >= count) return FEED_END;
    *out = atom_of(feed, &lists[feed->position++]);
    return FEED_ATOM;
}

static bool open_range(Feed *feed) {
    return feed_check_atom(feed, feed->numbers[RANGE_ATOM]);
}

// Integers are never stored: an atom is where they begin, and how many. `to - from` may not fit into an int64_t.
static FeedStatus next_range(Feed *feed, Atom **out) {
    int64_t from = feed->numbers[RANGE_FROM], to = feed->numbers[RANGE_TO];
    uint64_t size = to > from ? (uint64_t)to - (uint64_t)from : 0;
    uint64_t rest = size - feed->position;
    if (!rest) return FEED_END;
    uint64_t count = (uint64_t)feed->numbers[RANGE_ATOM];
    if (count > rest) count = rest;
    Atom *atom = atom_new(&feed->runtime->atoms);
    atom->first = (int64_t)((uint64_t)from + feed->position);
    atom->count = (int64_t)count;
    feed->position += count;
    *out = atom;
    return FEED_ATOM;
}

const FeedKind FEED_FROM = {.open = feed_open_always, .next = next_from, .close = feed_close_nothing};
const FeedKind FEED_ATOMS = {.open = feed_open_always, .next = next_atoms, .close = feed_close_nothing};
const FeedKind FEED_RANGE = {.open = open_range, .next = next_range, .close = feed_close_nothing};
const FeedKind FEED_EMPTY = {.open = feed_open_always, .next = next_end, .close = feed_close_nothing};
