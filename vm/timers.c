#include "vm/timers.h"

#include "vm/cells.h"
#include "vm/dead.h"
#include "vm/settled.h"

// The clock that says what is due is one that people set: a long wait looks at it now and then.
static const int64_t LONGEST_WAIT = 1000 * 1000 * 1000;

// When the workflow's next timer is due, of which cell, and on which partition; 0: it has none. The order is that of time and id,
// whatever the number of partitions.
static int64_t next_due(const Workflow *workflow, uint32_t *partition, uint64_t *cell) {
    const Runtime *runtime = workflow->runtime;
    uint64_t number = (uint64_t)(workflow - runtime->workflows);
    int64_t first = 0;
    *cell = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++) {
        int64_t due = cells_next_due(runtime->partitions[p].cells, number);
        if (!due || (first && due > first)) continue;
        uint64_t id = cells_next_timer(runtime->partitions[p].cells, number);
        if (first && due == first && id > *cell) continue;
        first = due;
        *partition = p;
        *cell = id;
    }
    return first;
}

// What is done outside in a step with a timer is known by that.
static bool goes_singly(const Workflow *workflow) {
    return workflow->wake_singly || workflow->code->effects & PT_EFFECT_KEYS;
}

uint64_t timers_limit(const Workflow *workflow, uint32_t partition) {
    if (!goes_singly(workflow)) return WAKE_LIMIT;
    return partition == workflow->wake_first ? 1 : 0;
}

StepResult timers_step(Workflow *workflow) {
    next_due(workflow, &workflow->wake_first, &workflow->woken);
    workflow->wakes = true;
    StepResult result = workflow->runtime->options.partitions == 1 ? step_wake(workflow) : superstep_wake(workflow);
    workflow->wakes = false;
    if (result == STEP_DONE && workflow->wake_singly) workflow->wake_singly--;
    return result;
}

StepResult timers_run(Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    uint32_t partition;
    uint64_t cell;
    int64_t due = next_due(workflow, &partition, &cell);
    if (!due || workflow_is_amid_task(workflow) || !workflow_has_room(workflow)) return STEP_IDLE;
    if (due > runtime_clock(runtime) || (workflow->settles && !settled_allows_wake(workflow))) return STEP_IDLE;
    if (workflow->settles && !settled_wake(workflow)) return STEP_FAILED;
    uint64_t taken = runtime->env->now(runtime->env);
    StepResult result = timers_step(workflow);
    if (workflow->throttled && result == STEP_DONE) throttle_note(workflow, taken);
    if (result == STEP_FAILED) result = dead_wake(workflow);
    if (result == STEP_DONE) settled_woken(workflow);
    return result;
}

uint64_t timers_wake(Runtime *runtime) {
    int64_t first = 0;
    for (uint64_t i = 0; i < runtime->program->workflow_count && runtime->waits; i++) {
        uint32_t partition;
        uint64_t cell;
        int64_t due = next_due(&runtime->workflows[i], &partition, &cell);
        if (due && (!first || due < first)) first = due;
    }
    if (!first) return 0;
    int64_t rest = first - runtime_clock(runtime);
    if (rest < 0) rest = 0;
    return runtime->env->now(runtime->env) + (uint64_t)(rest < LONGEST_WAIT ? rest : LONGEST_WAIT);
}
