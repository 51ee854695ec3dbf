#include "vm/timers.h"

#include "vm/cells.h"
#include "vm/dead.h"
#include "vm/settled.h"

// The clock that says what is due is one that people set: a long wait looks at it now and then.
static const int64_t LONGEST_WAIT = 1000 * 1000 * 1000;

static int64_t next_due_on(const Workflow *workflow, uint32_t partition) {
    const Runtime *runtime = workflow->runtime;
    return cells_next_due(runtime->partitions[partition].cells, (uint64_t)(workflow - runtime->workflows));
}

// When the workflow's next timer is due; 0: it has none.
static int64_t next_due(const Workflow *workflow) {
    int64_t first = 0;
    for (uint32_t p = 0; p < workflow->runtime->options.partitions; p++) {
        int64_t due = next_due_on(workflow, p);
        if (due && (!first || due < first)) first = due;
    }
    return first;
}

// Which timer goes on when it does so by itself. The order is that of time and id, whatever the number of partitions.
static void choose_single(Workflow *workflow) {
    const Runtime *runtime = workflow->runtime;
    int64_t first = next_due(workflow);
    workflow->woken = 0;
    for (uint32_t p = 0; p < runtime->options.partitions && first; p++) {
        if (next_due_on(workflow, p) != first) continue;
        uint64_t id = cells_next_timer(runtime->partitions[p].cells, (uint64_t)(workflow - runtime->workflows));
        if (workflow->woken && id > workflow->woken) continue;
        workflow->wake_first = p;
        workflow->woken = id;
    }
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
    if (goes_singly(workflow)) choose_single(workflow);
    workflow->wakes = true;
    StepResult result = workflow->runtime->options.partitions == 1 ? step_wake(workflow) : superstep_wake(workflow);
    workflow->wakes = false;
    if (result == STEP_DONE && workflow->wake_singly) workflow->wake_singly--;
    return result;
}

StepResult timers_run(Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    int64_t due = next_due(workflow);
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
        int64_t due = next_due(&runtime->workflows[i]);
        if (due && (!first || due < first)) first = due;
    }
    if (!first) return 0;
    int64_t rest = first - runtime_clock(runtime);
    if (rest < 0) rest = 0;
    return runtime->env->now(runtime->env) + (uint64_t)(rest < LONGEST_WAIT ? rest : LONGEST_WAIT);
}
