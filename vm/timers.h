// timers.h - when what tasks wait for with a limit, or with `sleep`, is due. Times are those of the clock (PtContext.time), so
// that they mean the same in the next life of a durable run.
#ifndef VM_TIMERS_H
#define VM_TIMERS_H

#include "vm/runtime.h"

// If something of the workflow is due, a step lets some of it go on. STEP_IDLE if not, or if there is no room for what comes out;
// STEP_FAILED as workflow_take.
StepResult timers_run(Workflow *workflow);
// Such a step. STEP_FAILED: nothing of it remains; workflow->failure says why.
StepResult timers_step(Workflow *workflow);
// How many timers may go on in the running step on this partition.
uint64_t timers_limit(const Workflow *workflow, uint32_t partition);
// env->now when it is worth looking at what is due again; 0: nothing will be.
uint64_t timers_wake(Runtime *runtime);

#endif
