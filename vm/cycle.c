#include "vm/cycle.h"

#include <stdlib.h>

#include "vm/memory.h"
#include "vm/runtime.h"

// ---- life ----

static void add_member(Runtime *runtime, uint64_t workflow) {
    Cycle *cycle = &runtime->cycles[runtime->program->workflows[workflow].part - 1];
    if (!cycle->members) cycle->members = MEMORY_NEW(uint64_t, runtime->program->workflow_count);
    cycle->members[cycle->count++] = workflow;
}

void cycles_init(Runtime *runtime) {
    const PtProgram *program = runtime->program;
    for (uint64_t i = 0; i < program->workflow_count; i++)
        if (program->workflows[i].part > runtime->cycle_count) runtime->cycle_count = program->workflows[i].part;
    runtime->cycles = MEMORY_NEW(Cycle, runtime->cycle_count);
    for (uint64_t i = 0; i < program->workflow_count; i++)
        if (program->workflows[i].part) add_member(runtime, i);
}

void cycles_free(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->cycle_count; i++) free(runtime->cycles[i].members);
    free(runtime->cycles);
}

static Cycle *cycle_of(const Workflow *workflow) {
    return &workflow->runtime->cycles[workflow->code->part - 1];
}

static Workflow *member(const Runtime *runtime, const Cycle *cycle, uint64_t i) {
    return &runtime->workflows[cycle->members[i]];
}

// ---- what is on its way ----

bool cycles_hold_little(const Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->program->workflow_count; i++) {
        const Workflow *workflow = &runtime->workflows[i];
        for (uint64_t k = 0; k < workflow->code->input_count; k++)
            if (workflow->queues[k].unbounded && queue_is_long(&workflow->queues[k])) return false;
    }
    return true;
}

bool cycle_may_take_back(const Workflow *workflow) {
    return !workflow->forward_only && !cycle_of(workflow)->holds_back;
}

// ---- the end ----

// Whether all that comes into the workflow from outside its part has ended, and it is at rest.
static bool is_quiet(const Workflow *workflow) {
    const Runtime *runtime = workflow->runtime;
    for (uint64_t i = 0; i < workflow->code->input_count; i++) {
        const PtInput *input = &workflow->code->inputs[i];
        const Workflow *maker = workflow_of_stream(runtime, input->stream);
        bool counts = input->kind != PT_INPUT_REPLIES && !(maker && maker->code->part == workflow->code->part);
        if (counts && !runtime->streams[input->stream].sealed) return false;
    }
    return workflow_is_at_rest(workflow);
}

static bool part_is_quiet(const Runtime *runtime, const Cycle *cycle) {
    for (uint64_t i = 0; i < cycle->count; i++)
        if (!is_quiet(member(runtime, cycle, i))) return false;
    return true;
}

static StepResult seal_part(Runtime *runtime, Cycle *cycle) {
    for (uint64_t i = 0; i < cycle->count; i++) workflow_seal(member(runtime, cycle, i));
    return STEP_DONE;
}

// One task after the other runs its `on end`; what it puts out goes forward as it comes, and back when the task is through. When
// all that is processed, it is the next one's turn.
StepResult cycle_end(Workflow *workflow) {
    Runtime *runtime = workflow->runtime;
    Cycle *cycle = cycle_of(workflow);
    if (workflow->state == WORKFLOW_ENDED) return STEP_IDLE;
    if (cycle->next < cycle->count && workflow != member(runtime, cycle, cycle->next)) return STEP_IDLE;
    if (!cycle->holds_back && !part_is_quiet(runtime, cycle)) return STEP_IDLE;
    if (cycle->next == cycle->count) return seal_part(runtime, cycle);
    workflow->state = WORKFLOW_ENDING;
    StepResult result = workflow_run_on_end(workflow);
    cycle->holds_back = workflow_is_amid_task(workflow);
    if (result != STEP_IDLE || workflow->ending.task < workflow->code->task_count) return result;
    cycle->next++;
    return STEP_DONE;
}

static void recover_cycle(const Runtime *runtime, Cycle *cycle) {
    for (cycle->next = 0; cycle->next < cycle->count; cycle->next++) {
        const Workflow *workflow = member(runtime, cycle, cycle->next);
        bool through = workflow->state == WORKFLOW_ENDING && workflow->ending.task == workflow->code->task_count;
        if (workflow->state == WORKFLOW_ENDED || through) continue;
        cycle->holds_back = workflow_is_amid_task(workflow);
        return;
    }
}

void cycles_recover(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->cycle_count; i++) recover_cycle(runtime, &runtime->cycles[i]);
}
