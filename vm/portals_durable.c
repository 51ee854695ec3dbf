// Checkpoints, and the end of an instance.
#include "vm/env_guest.h"
#include "vm/host.h"
#include "vm/portals_internal.h"

// ---- checkpoints ----

// With the run at its end, only what was taken from outboxes may not be durable.
static int settle(PortalsInstance *instance, Buf *message) {
    Runtime *runtime = instance->runtime;
    portals_lock(instance);
    bool fine = host_settle(runtime);
    if (!fine) portals_put_diagnostic(message, runtime->failure.data, runtime->failure.length);
    portals_unlock(instance);
    return fine ? PORTALS_OK : PORTALS_E_FAILED;
}

static int at_end(PortalsInstance *instance, Buf *message) {
    int code = portals_over(instance, message);
    return code == PORTALS_ENDED ? settle(instance, message) : code;
}

// Until all atoms that have been pushed are in an epoch: the run makes them as short as it can meanwhile.
static int checkpoint(void *argument, Buf *message) {
    PortalsInstance *instance = argument;
    if (!instance) return portals_wrong_argument("instance", message);
    PortalsDeadline deadline = portals_deadline(PORTALS_FOREVER);
    if (portals_is_left(instance)) return PORTALS_E_MEMORY;
    uint64_t number = host_ask_checkpoint(instance->runtime);
    for (;;) {
        bool is_over = portals_has_come_to_end(instance);
        if (portals_is_left(instance)) return PORTALS_E_MEMORY;
        if (host_has_checkpoint(instance->runtime, number, portals_slice(&deadline))) return PORTALS_OK;
        if (is_over) return at_end(instance, message);
        portals_nap(instance, &deadline);
    }
}

int portals_checkpoint(PortalsInstance *instance, PortalsError *error) {
    return portals_call(checkpoint, instance, error);
}

// ---- the end ----

static int close_instance(void *argument, Buf *message) {
    PortalsInstance *instance = argument;
    env_guest_stop(instance->env);
    pthread_join(instance->thread, NULL);
    instance->has_thread = false;
    if (instance->is_left) return PORTALS_E_MEMORY;
    int code = portals_over(instance, message);
    if (code == PORTALS_E_FAILED) return code;
    message->length = 0;
    return settle(instance, message);
}

static int free_all(void *argument, Buf *message) {
    (void)message;
    portals_free_instance(argument);
    return PORTALS_OK;
}

int portals_close(PortalsInstance *instance, PortalsError *error) {
    int code = PORTALS_OK;
    if (!instance) return portals_call(free_nothing, NULL, error);
    code = portals_call(close_instance, instance, error);
    portals_call(free_all, instance, NULL);
    return code;
}
