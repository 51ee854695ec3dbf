#include "vm/checkpoint.h"

#include "vm/host.h"
#include "vm/runtime.h"

uint64_t checkpoint_ask(Runtime *runtime) {
    uint64_t number = atomic_fetch_add(&runtime->checkpoints.asked, 1) + 1;
    host_ring(runtime);
    return number;
}

bool checkpoint_is_done(const Runtime *runtime, uint64_t number) {
    return atomic_load(&runtime->checkpoints.done) >= number;
}

void checkpoint_hurry(Runtime *runtime) {
    atomic_fetch_add(&runtime->checkpoints.hurried, 1);
    host_ring(runtime);
}

void checkpoint_hurry_no_more(Runtime *runtime) {
    atomic_fetch_sub(&runtime->checkpoints.hurried, 1);
}

bool checkpoint_is_hurried(const Runtime *runtime) {
    return atomic_load_explicit(&runtime->checkpoints.hurried, memory_order_relaxed);
}

// What is asked for while the epoch is written may be about something that is not in it.
bool checkpoint_commit(Runtime *runtime) {
    uint64_t asked = atomic_load(&runtime->checkpoints.asked);
    if (asked == atomic_load_explicit(&runtime->checkpoints.done, memory_order_relaxed)) return true;
    if (!epoch_commit(runtime, EPOCH_SNAPSHOT)) return false;
    atomic_store(&runtime->checkpoints.done, asked);
    if (runtime->options.host.changed) runtime->options.host.changed(runtime->options.host.user);
    return true;
}
