// How a run is, and waiting for that.
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vm/env_guest.h"
#include "vm/host.h"
#include "vm/portals_internal.h"

static const uint64_t SECOND = 1000 * 1000 * 1000, NAP = 5 * 1000 * 1000;

// ---- time ----

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

PortalsDeadline portals_deadline(int64_t wait) {
    return (PortalsDeadline){.wait = wait, .end = wait > 0 ? now() + (uint64_t)wait : 0};
}

static uint64_t left(const PortalsDeadline *deadline, uint64_t most) {
    if (deadline->wait < 0) return most;
    uint64_t time = deadline->wait ? now() : 0;
    if (deadline->end <= time) return 0;
    return deadline->end - time < most ? deadline->end - time : most;
}

uint64_t portals_slice(const PortalsDeadline *deadline) {
    return left(deadline, SECOND);
}

bool portals_is_late(const PortalsDeadline *deadline) {
    return !left(deadline, 1);
}

// ---- changes ----

void portals_lock(PortalsInstance *instance) {
    pthread_mutex_lock(&instance->lock);
}

void portals_unlock(PortalsInstance *instance) {
    pthread_mutex_unlock(&instance->lock);
}

void portals_changed(PortalsInstance *instance) {
    uint64_t one = 1;
    ssize_t put = write(instance->poll, &one, sizeof one); // fails only if the number in it is too large: then it is readable
    (void)put;
    pthread_cond_broadcast(&instance->changed);
}

// With the lock held.
static void wait_for_change(PortalsInstance *instance, uint64_t time) {
    uint64_t end = now() + time;
    struct timespec at = {.tv_sec = (time_t)(end / SECOND), .tv_nsec = (long)(end % SECOND)};
    pthread_cond_timedwait(&instance->changed, &instance->lock, &at);
}

void portals_nap(PortalsInstance *instance, const PortalsDeadline *deadline) {
    uint64_t time = left(deadline, NAP);
    portals_lock(instance);
    if (time && !instance->is_over) wait_for_change(instance, time);
    portals_unlock(instance);
}

int portals_poll_fd(PortalsInstance *instance) {
    return instance ? instance->poll : PORTALS_E_ARGUMENT;
}

void portals_poll_clear(PortalsInstance *instance) {
    uint64_t count;
    if (!instance) return;
    ssize_t got = read(instance->poll, &count, sizeof count);
    (void)got;
}

// ---- the thread of the run ----

void portals_note_progress(void *user) {
    PortalsInstance *instance = user;
    portals_lock(instance);
    instance->counts = instance->runtime->counts;
    instance->epoch = instance->runtime->epochs.number;
    portals_changed(instance);
    portals_unlock(instance);
}

void portals_note_change(void *user) {
    PortalsInstance *instance = user;
    portals_lock(instance);
    portals_changed(instance);
    portals_unlock(instance);
}

bool portals_note_quiet(void *user) {
    PortalsInstance *instance = user;
    uint64_t given;
    if (host_has_all(instance->runtime, &given)) {
        portals_lock(instance);
        instance->quiet_at = given;
        portals_unlock(instance);
    }
    portals_note_progress(instance);
    return true;
}

// ---- the end ----

static int say_over(PortalsInstance *instance, Buf *message) {
    if (instance->code == PORTALS_E_FAILED) portals_put_diagnostic(message, instance->failure.data, instance->failure.length);
    return instance->code;
}

int portals_over(PortalsInstance *instance, Buf *message) {
    portals_lock(instance);
    bool is_over = instance->is_over;
    portals_unlock(instance);
    if (is_over) return say_over(instance, message); // which nobody changes then
    return env_guest_is_stopped(instance->env) ? PORTALS_E_STOPPED : PORTALS_OK;
}

bool portals_has_come_to_end(PortalsInstance *instance) {
    portals_lock(instance);
    bool is_over = instance->is_over;
    portals_unlock(instance);
    return is_over;
}

bool portals_is_left(PortalsInstance *instance) {
    portals_lock(instance);
    bool is_left = instance->is_left;
    portals_unlock(instance);
    return is_left;
}

typedef struct Wait {
    PortalsInstance *instance;
    PortalsDeadline deadline;
    bool for_end;
} Wait;

// With the lock held.
static bool is_quiet(PortalsInstance *instance) {
    return instance->quiet_at == host_given(instance->runtime);
}

static int wait_for(void *argument, Buf *message) {
    Wait *wait = argument;
    PortalsInstance *instance = wait->instance;
    uint64_t time = 1;
    portals_lock(instance);
    while (!instance->is_over && (wait->for_end || !is_quiet(instance)) && (time = portals_slice(&wait->deadline)))
        wait_for_change(instance, time);
    bool is_over = instance->is_over;
    portals_unlock(instance);
    if (is_over) return say_over(instance, message);
    return time ? PORTALS_OK : PORTALS_TIMEOUT;
}

static int wait(PortalsInstance *instance, int64_t time, bool for_end, PortalsError *error) {
    if (!instance) return portals_call(portals_wrong_argument, "instance", error);
    Wait wait = {instance, portals_deadline(time), for_end};
    return portals_call(wait_for, &wait, error);
}

int portals_wait_quiet(PortalsInstance *instance, int64_t time, PortalsError *error) {
    return wait(instance, time, false, error);
}

int portals_wait_end(PortalsInstance *instance, int64_t time, PortalsError *error) {
    return wait(instance, time, true, error);
}

// ---- status ----

static PortalsState state_of(PortalsInstance *instance) {
    if (!instance->is_over) return is_quiet(instance) ? PORTALS_QUIET : PORTALS_RUNNING;
    if (instance->code == PORTALS_ENDED) return PORTALS_HAS_ENDED;
    return instance->code == PORTALS_E_STOPPED ? PORTALS_HAS_STOPPED : PORTALS_HAS_FAILED;
}

typedef struct Look {
    PortalsInstance *instance;
    PortalsStatus *status;
} Look;

static int look(void *argument, Buf *message) {
    const Look *look = argument;
    PortalsInstance *instance = look->instance;
    portals_lock(instance);
    *look->status = (PortalsStatus){
        .state = state_of(instance),
        .code = instance->is_over ? instance->code : PORTALS_OK,
        .epoch = instance->epoch,
        .events = instance->counts.events,
        .atoms = instance->counts.atoms,
        .dead = instance->counts.dead,
    };
    bool has_failed = instance->is_over && instance->code == PORTALS_E_FAILED;
    portals_unlock(instance);
    (void)message;
    if (!has_failed) return PORTALS_OK;
    look->status->message = strndup(instance->failure.data, instance->failure.length);
    look->status->file = instance->file;
    look->status->line = instance->line;
    look->status->column = instance->column;
    return look->status->message ? PORTALS_OK : PORTALS_E_MEMORY;
}

int portals_status(PortalsInstance *instance, PortalsStatus *status, PortalsError *error) {
    if (!instance || !status) return portals_call(portals_wrong_argument, instance ? "status" : "instance", error);
    return portals_call(look, &(Look){instance, status}, error);
}
