#include "vm/throttle.h"

#include <stdlib.h>

#include "vm/error.h"
#include "vm/memory.h"

void pt_config_throttle(PtContext *context, int64_t number, int64_t workflow, int64_t events, int64_t per) {
    Throttles *throttles = &partition_of(context)->runtime->throttles;
    (void)number;
    throttles->items = memory_grow(throttles->items, throttles->count, &throttles->capacity, sizeof(Throttle));
    throttles->items[throttles->count++] = (Throttle){(uint64_t)workflow, events, per};
}

void pt_throttle(PtContext *context, int64_t number) {
    partition_of(context)->throttled[number]++;
}

static bool check(Runtime *runtime, const Throttle *throttle) {
    if (throttle->events > 0 && throttle->per > 0) return true;
    const PtWorkflow *workflow = &runtime->program->workflows[throttle->workflow];
    if (error_set(runtime, "a throttle of workflow `%s` must let 1 event or more pass in a time of more than 0", workflow->name))
        error_position(runtime, workflow->position);
    return false;
}

bool throttles_open(Runtime *runtime) {
    const Throttles *throttles = &runtime->throttles;
    for (size_t i = 0; i < throttles->count; i++) {
        if (!check(runtime, &throttles->items[i])) return false;
        runtime->workflows[throttles->items[i].workflow].throttled = true;
    }
    for (uint32_t p = 0; p < runtime->options.partitions; p++)
        runtime->partitions[p].throttled = MEMORY_NEW(uint64_t, throttles->count);
    return true;
}

void throttles_free(Runtime *runtime) {
    free(runtime->throttles.items);
}

void throttles_begin(Partition *partition) {
    for (size_t i = 0; i < partition->runtime->throttles.count; i++) partition->throttled[i] = 0;
}

bool throttle_allows(const Workflow *workflow) {
    if (!workflow->throttled || workflow->runtime->hurries) return true;
    Env *env = workflow->runtime->env;
    return env->now(env) >= workflow->not_before;
}

// How long the events may take that have passed in the last step.
static uint64_t time_of(const Runtime *runtime, size_t number) {
    const Throttle *throttle = &runtime->throttles.items[number];
    uint64_t events = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++) events += runtime->partitions[p].throttled[number];
    unsigned __int128 time = (unsigned __int128)events * (uint64_t)throttle->per / (uint64_t)throttle->events;
    return time > INT64_MAX ? INT64_MAX : (uint64_t)time;
}

void throttle_note(Workflow *workflow, uint64_t taken) {
    const Runtime *runtime = workflow->runtime;
    uint64_t number = (uint64_t)(workflow - runtime->workflows);
    for (size_t i = 0; i < runtime->throttles.count; i++) {
        if (runtime->throttles.items[i].workflow != number) continue;
        uint64_t next = taken + time_of(runtime, i);
        if (next > workflow->not_before) workflow->not_before = next;
    }
}

static bool has_input(const Workflow *workflow) {
    for (uint64_t i = 0; i < workflow->code->input_count; i++)
        if (queue_waiting(&workflow->queues[i])) return true;
    return false;
}

uint64_t throttles_wake(const Runtime *runtime) {
    uint64_t wake = 0;
    for (uint64_t i = 0; i < runtime->program->workflow_count; i++) {
        const Workflow *workflow = &runtime->workflows[i];
        if (!workflow->throttled || !has_input(workflow)) continue;
        if (!wake || workflow->not_before < wake) wake = workflow->not_before;
    }
    return wake;
}
