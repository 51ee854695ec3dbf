#include "vm/timers.h"

#include "vm/cells.h"
#include "vm/dead.h"

// The clock that says what is due is one that people set: a long wait looks at it now and then.
static const int64_t LONGEST_WAIT = 1000 * 1000 * 1000;

// When the workflow's next timer is due, and on which partition; 0: it has none.
static int64_t next_due(const Workflow *workflow, uint32_t *partition) {
    const Runtime *runtime = workflow->runtime;
    int64_t first = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++) {
        int64_t due = cells_next_due(runtime->partitions[p].cells, (uint64_t)(workflow - runtime->workflows));
        if (!due || (first && due >= first)) continue;
        first = due;
        *partition = p;
    }
    return first;
}

uint64_t timers_limit(const Workflow *workflow, uint32_t partition) {
    if (!workflow->wake_singly) return WAKE_LIMIT;
    return partition == workflow->wake_first ? 1 : 0;
}

StepResult timers_step(Workflow *workflow) {
    next_due(workflow, &workflow->wake_first);
    workflow->wakes = true;
    StepResult result = workflow->runtime->options.partitions == 1 ? step_wake(workflow) : superstep_wake(workflow);
    workflow->wakes = false;
    if (result == STEP_DONE && workflow->wake_singly) workflow->wake_singly--;
    return result;
}

StepResult timers_run(Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    uint32_t partition;
    int64_t due = next_due(workflow, &partition);
    if (!due || workflow_is_amid_task(workflow) || !workflow_has_room(workflow)) return STEP_IDLE;
    if (due > runtime_clock(runtime)) return STEP_IDLE;
    uint64_t taken = runtime->env->now(runtime->env);
    StepResult result = timers_step(workflow);
    if (workflow->throttled && result == STEP_DONE) throttle_note(workflow, taken);
    return result == STEP_FAILED ? dead_wake(workflow) : result;
}

uint64_t timers_wake(Runtime *runtime) {
    int64_t first = 0;
    for (uint64_t i = 0; i < runtime->program->workflow_count && runtime->waits; i++) {
        uint32_t partition;
        int64_t due = next_due(&runtime->workflows[i], &partition);
        if (due && (!first || due < first)) first = due;
    }
    if (!first) return 0;
    int64_t rest = first - runtime_clock(runtime);
    if (rest < 0) rest = 0;
    return runtime->env->now(runtime->env) + (uint64_t)(rest < LONGEST_WAIT ? rest : LONGEST_WAIT);
}
