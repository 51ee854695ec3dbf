// settled.h - steps that are the same again after a crash. What a program does outside, such as a call of foreign code with an
// `effect_key`, cannot be taken back: so nothing that it rests on may be taken back either. Where a workflow calls `effect_key`
// and is not determined by sources that can be read again (in which order it takes what from whom is open, or what it takes
// cannot be read again), an epoch becomes durable before each of its steps, and says which step comes next: then its state, what
// it takes, and that it takes this first are the same in a run that goes on from there. Spec: semantics.md, S15.
#ifndef VM_SETTLED_H
#define VM_SETTLED_H

#include "vm/bytes.h"
#include "vm/runtime.h"

// Once all sources are open and what was recovered is there: which workflows have steps to settle, and what keys are hashed with.
void settled_init(Runtime *runtime);

enum { SETTLED_ANY = UINT32_MAX };

// Of a workflow with Workflow.settles: the input that it takes from next, because that is settled; input_count: none, a timer
// comes first; SETTLED_ANY: that is yet to be chosen.
uint64_t settled_input(Workflow *workflow);
// How many atoms of that input it is to take.
uint64_t settled_rest(const Workflow *workflow);
// Whether a timer of it may go on now.
bool settled_allows_wake(Workflow *workflow);
// What the next step is becomes durable, if it is not: the next atoms of this input, a timer, or `on end` of some keys. False
// with a failure.
bool settled_take(Workflow *workflow, uint64_t input);
bool settled_wake(Workflow *workflow);
bool settled_end(Workflow *workflow);
// The timer has gone on.
void settled_woken(Workflow *workflow);

// What the item of the workflow in the record of an epoch has at its end: nothing, if no step is settled.
void settled_put(Workflow *workflow, Buf *out);
// What has been put there, which is all that is left; all zeroes if it is nothing. False if it is damaged.
bool settled_parse(Bytes *from, Settled *out);
// The same for the workflow, which then goes on with it.
bool settled_read(Workflow *workflow, Bytes *from);

#endif
