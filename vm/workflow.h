// workflow.h - streams and workflows at run time. A stream hands each atom of its producer to all its consumers; a workflow
// takes atoms from its inputs, one at a time, and makes atoms of its own.
#ifndef VM_WORKFLOW_H
#define VM_WORKFLOW_H

#include "vm/context.h"

typedef struct Stream {
    const char *name;
    AtomQueue **consumers;
    size_t consumer_count;
    size_t consumer_capacity;
    uint64_t produced; // atoms
    bool sealed;       // there will be no more
} Stream;

// Takes over the reference to `atom`.
void stream_publish(Stream *stream, AtomPool *pool, Atom *atom);
// False if the producer should wait.
bool stream_has_room(const Stream *stream);
void stream_consume(Stream *stream, AtomQueue *queue);

typedef enum WorkflowState { WORKFLOW_OPEN, WORKFLOW_ENDING, WORKFLOW_ENDED } WorkflowState;

// How far the end of a workflow has got: task by task, each in the order of its keys.
typedef struct Ending {
    uint64_t task; // index in PtWorkflow.tasks
    bool started;
    SortedEntry *entries;
    uint64_t count;
    uint64_t next;
} Ending;

struct Workflow {
    Runtime *runtime;
    const PtWorkflow *code;
    PtCursor *cursors; // of the channels
    Atom **outputs;    // that the channels are filling
    AtomQueue *queues; // of the inputs
    Stream *stream;    // its own
    uint64_t turn;
    WorkflowState state;
    Ending ending;
};

typedef enum StepResult { STEP_DONE, STEP_IDLE, STEP_FAILED } StepResult;

void workflow_init(Workflow *workflow, Runtime *runtime, uint64_t number);
void workflow_free(Workflow *workflow);
// Takes one atom through the workflow. STEP_IDLE if there is none, or no room for what it makes of it.
StepResult workflow_take(Workflow *workflow);
// When all that the workflow consumes has ended: runs a part of its `on end`, and at last seals its stream. STEP_IDLE if its time
// has not come, or there is no room.
StepResult workflow_end(Workflow *workflow);

#endif
