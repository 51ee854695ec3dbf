// Whether the threads are called for a superstep. To wake one takes longer than a few events, and a superstep has several phases.
// So one that is likely to be short runs its phases for one partition after the other, on the calling thread. What comes out is
// the same.
#include "vm/superstep_internal.h"

#ifdef __SANITIZE_THREAD__
enum { EVENTS_ALONE = 0 }; // so that it has threads to look at
#else
enum { EVENTS_ALONE = 1024 }; // that may be taken alone, as long as they are done soon:
#endif

enum {
    TIME_ALONE = 100 * 1000, // nanoseconds
    SLOW_MOST = 2,           // a superstep may be slow for reasons of its own, or the system's
    TOGETHER_LEAST = 16,     // supersteps with all threads before the next one is tried without
    TOGETHER_MOST = 1024,
};

static bool is_alone(Workflow *workflow, uint64_t events) {
    Runtime *runtime = workflow->runtime;
    Pace *pace = &workflow->pace;
    if (events > EVENTS_ALONE) return false;
    if (runtime->options.seed) return runtime_choose(runtime, 0, 2);
    if (!pace->together) return true;
    pace->together--;
    return false;
}

void superstep_begin_pace(Superstep *s, uint64_t events) {
    s->alone = is_alone(s->workflow, events);
    if (s->alone) s->began = s->workflow->runtime->env->now(s->workflow->runtime->env);
}

static void note_slow(Pace *pace) {
    if (++pace->slow < SLOW_MOST) return;
    uint32_t longer = pace->stretch ? 2 * pace->stretch : TOGETHER_LEAST;
    pace->stretch = longer < TOGETHER_MOST ? longer : TOGETHER_MOST;
    pace->together = pace->stretch;
    pace->slow = SLOW_MOST - 1;
}

void superstep_end_pace(const Superstep *s) {
    Env *env = s->workflow->runtime->env;
    Pace *pace = &s->workflow->pace;
    if (!s->alone) return;
    if (env->now(env) - s->began > TIME_ALONE)
        note_slow(pace);
    else
        pace->slow = pace->stretch = 0;
}
