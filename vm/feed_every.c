// Ticks: numbers that come when their time has come. The first one comes a period after the source is asked for it, in a run that
// goes on a period after that; those that were late come one after the other.
#include "vm/error.h"

static bool open_every(Feed *feed) {
    if (feed->numbers[EVERY_PERIOD] > 0) return true;
    if (error_set(feed->runtime, "the period of source `%s` must be more than 0", feed->source->name))
        error_position(feed->runtime, feed->source->position);
    return false;
}

// env->now when the tick at the position is due. Far beyond any life of a process it is that of the end of time.
static uint64_t time_of_next(const Feed *feed) {
    uint64_t passed, due;
    bool never = __builtin_mul_overflow(feed->position - feed->first + 1, (uint64_t)feed->numbers[EVERY_PERIOD], &passed) ||
                 __builtin_add_overflow(feed->started, passed, &due);
    return never ? UINT64_MAX : due;
}

static FeedStatus next_every(Feed *feed, Atom **out) {
    if (feed->numbers[EVERY_TICKS] <= 0 || feed->position >= (uint64_t)feed->numbers[EVERY_TICKS]) return FEED_END;
    Env *env = feed->runtime->env;
    uint64_t now = env->now(env);
    if (!feed->started) {
        feed->started = now;
        feed->first = feed->position;
    }
    feed->wake = time_of_next(feed);
    if (now < feed->wake) return FEED_WAIT;
    Atom *atom = atom_new(&feed->runtime->atoms);
    atom->first = (int64_t)feed->position++;
    atom->count = 1;
    *out = atom;
    return FEED_ATOM;
}

const FeedKind FEED_EVERY = {.open = open_every, .next = next_every, .close = feed_close_nothing};
