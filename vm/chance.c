// Time and chance: what a program does by these is open by nature, but for a run with a seed.
#include "vm/runtime.h"

#include "base/hash.h"
#include "vm/library.h"

int64_t pt_step_time(PtContext *context) {
    return context->time = runtime_time(partition_of(context)->runtime);
}

// The place of a random number: with one partition the same in every run, and in one that goes on after a crash, since it has
// nothing of how often the program was started. What `on end` puts out is counted by keys.
typedef struct Place {
    uint64_t seed;
    uint64_t workflow;
    uint64_t from; // the stream of the input, or the task that ends
    uint64_t at;   // the atom, or the key
    uint64_t kind; // 0: of an atom; 1: of `on end`; 2: of a timer, and the time in place of the atom
    uint64_t partition;
    uint64_t number; // in the step
} Place;

static uint64_t next_bits(Partition *partition) {
    const Runtime *runtime = partition->runtime;
    const Workflow *workflow = partition->workflow;
    Place place = {.seed = runtime->seed, .partition = partition->number, .number = partition->random_count++};
    if (workflow) place.workflow = (uint64_t)(workflow - runtime->workflows);
    if (partition->input) {
        place.from = partition->stream;
        place.at = partition->input->number;
    } else if (workflow && workflow->wakes) {
        place.at = (uint64_t)runtime_time(partition->runtime);
        place.kind = 2;
    } else if (workflow) {
        place.from = workflow->ending.task;
        place.at = workflow->ending.next;
        place.kind = 1;
    }
    return hash_bytes(&place, sizeof place);
}

// The 53 bits that a Float has.
double pt_task_random(PtContext *context) {
    return (double)(next_bits(partition_of(context)) >> 11) * 0x1p-53;
}

int64_t pt_task_random_below(PtContext *context, int64_t n) {
    return (int64_t)((unsigned __int128)next_bits(partition_of(context)) * (uint64_t)n >> 64);
}
