// dead.h - what becomes of an atom that fails. Nothing of it remains; then, in a workflow with `errors to`, it becomes one event
// of the workflow's dead letters: a DeadAtom (stdlib/error.portals), with all its events and the error. Or `--skip-atom` has it
// written to a file (skip.h). Or the run ends.
//
// Dead letters are for events. Of an atom of requests, in place of that, each is answered with the error; of an atom of replies,
// each continuation that waits for one is dropped. So is what a timer has woken. That is a step of its own, in which
// `Workflow.refuses` is set, and what would begin or go on fails at once.
#ifndef VM_DEAD_H
#define VM_DEAD_H

#include "vm/workflow.h"

// The next atom of this input is the one that has failed, and workflow->failure says why. STEP_DONE: the workflow is through with
// it. STEP_FAILED: it stays, and the run has the failure.
StepResult dead_atom(Workflow *workflow, uint64_t input);
// The same of the step that let go on what was due.
StepResult dead_wake(Workflow *workflow);

#endif
