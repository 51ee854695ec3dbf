// Checkpoints, and the end of an instance.
#include "base/exhausted.h"
#include "vm/env_guest.h"
#include "vm/host.h"
#include "vm/portals_internal.h"

// ---- the run is over ----

// What was taken from outboxes since the last epoch may not be durable.
static int settle(PortalsInstance *instance, Buf *message) {
    Runtime *runtime = instance->runtime;
    exhausted_lock(&instance->lock);
    bool fine = host_settle(runtime);
    if (!fine) portals_put_diagnostic(message, runtime->failure.data, runtime->failure.length);
    exhausted_unlock(&instance->lock);
    return fine ? PORTALS_OK : PORTALS_E_FAILED;
}

// ---- checkpoints ----

// What a thread that wants a checkpoint waits for: that its inboxes have come so far, and to their ends if they are sealed, then
// an epoch with a snapshot.
typedef struct Wanted {
    PortalsInstance *instance;
    size_t inbox;
    uint64_t number;     // in that inbox,
    bool ends;           // or, behind the last one, all ends,
    uint64_t checkpoint; // or the number of the checkpoint
} Wanted;

static bool is_there(Wanted *wanted) {
    Runtime *runtime = wanted->instance->runtime;
    if (wanted->checkpoint) return checkpoint_is_done(runtime, wanted->checkpoint);
    if (wanted->ends) return host_has_kept_ends(runtime);
    return inbox_acknowledged(inbox_at(runtime, wanted->inbox)) >= wanted->number;
}

// PORTALS_OK when it is there, or why that will not be.
static int wait_until_there(Wanted *wanted, Buf *message) {
    PortalsInstance *instance = wanted->instance;
    PortalsDeadline deadline = portals_deadline(PORTALS_FOREVER);
    for (;;) {
        bool is_over = portals_has_come_to_end(instance);
        if (portals_is_left(instance)) return PORTALS_E_MEMORY;
        if (is_there(wanted)) return PORTALS_OK;
        if (is_over) return portals_over(instance, message);
        portals_nap(instance, &deadline);
    }
}

static int commit_all(PortalsInstance *instance, Buf *message) {
    Runtime *runtime = instance->runtime;
    int code = PORTALS_OK;
    for (size_t i = 0; i < inbox_count(runtime) && !code; i++) {
        Wanted atoms = {.instance = instance, .inbox = i, .number = inbox_pushed(inbox_at(runtime, i))};
        code = wait_until_there(&atoms, message);
    }
    if (!code) code = wait_until_there(&(Wanted){.instance = instance, .ends = true}, message);
    if (code) return code;
    Wanted checkpoint = {.instance = instance, .checkpoint = checkpoint_ask(runtime)};
    env_guest_wake(instance->env);
    return wait_until_there(&checkpoint, message);
}

static int make_checkpoint(void *argument, Buf *message) {
    PortalsInstance *instance = argument;
    if (!instance) return portals_wrong_argument("instance", message);
    if (portals_is_left(instance)) return PORTALS_E_MEMORY;
    checkpoint_hurry(instance->runtime);
    env_guest_wake(instance->env);
    int code = commit_all(instance, message);
    if (portals_is_left(instance)) return PORTALS_E_MEMORY;
    checkpoint_hurry_no_more(instance->runtime);
    return code == PORTALS_ENDED ? settle(instance, message) : code;
}

int portals_checkpoint(PortalsInstance *instance, PortalsError *error) {
    return portals_call(make_checkpoint, instance, error);
}

// ---- closing ----

static int end_run(void *argument, Buf *message) {
    PortalsInstance *instance = argument;
    if (!instance) return PORTALS_OK;
    env_guest_stop(instance->env);
    pthread_join(instance->thread, NULL);
    instance->has_thread = false;
    if (instance->is_left) return PORTALS_E_MEMORY;
    int code = portals_over(instance, message);
    return code == PORTALS_E_FAILED ? code : settle(instance, message);
}

static int free_all(void *argument, Buf *message) {
    (void)message;
    portals_free_instance(argument);
    return PORTALS_OK;
}

int portals_close(PortalsInstance *instance, PortalsError *error) {
    int code = portals_call(end_run, instance, error);
    if (instance) portals_call(free_all, instance, NULL);
    return code;
}
