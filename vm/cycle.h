// cycle.h - streams that come back to where they came from. The workflows that are in a cycle with each other are a part of the
// graph (PtWorkflow.part). Within it some edges lead back (PtInput.back), those to sequencers; the others lead forward, from a
// workflow to one with a larger number. A part ends as a whole (spec/semantics.md, S5).
#ifndef VM_CYCLE_H
#define VM_CYCLE_H

#include "vm/context.h"
#include "vm/workflow.h"

typedef struct Cycle {
    uint64_t *members; // numbers of the workflows, in forward order
    uint64_t count;
    uint64_t next;   // of the members, whose `on end` is to run next; `count`: all have run
    bool holds_back; // `on end` of a task is under way: until it has run for all keys nothing is taken from edges that lead back
} Cycle;

void cycles_init(Runtime *runtime);
void cycles_free(Runtime *runtime);
// How far the ends of the parts have got, by what the workflows have recovered.
void cycles_recover(Runtime *runtime);
// True if the sources may add to what is on its way, in cycles or back to those who have asked.
bool cycles_hold_little(const Runtime *runtime);
// Whether a workflow may take what comes back to it.
bool cycle_may_take_back(const Workflow *workflow);
// As workflow_end, of a workflow that is in a cycle.
StepResult cycle_end(Workflow *workflow);

#endif
