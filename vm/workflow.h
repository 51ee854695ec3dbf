// workflow.h - streams and workflows at run time. A stream hands each atom of its producer to all its consumers; a workflow
// takes atoms from its inputs and makes atoms of its own.
#ifndef VM_WORKFLOW_H
#define VM_WORKFLOW_H

#include "vm/context.h"

typedef struct Consumer {
    Workflow *workflow;
    uint64_t input;
    AtomQueue *queue; // of the input
} Consumer;

typedef struct Stream {
    const char *name;
    uint64_t kind; // PtInputKind
    Consumer *consumers;
    size_t consumer_count;
    size_t consumer_capacity;
    uint64_t produced;  // atoms
    uint64_t bytes;     // of those that this run has made
    uint64_t logged;    // up to which number those that had to wait for a consumer at the end of an epoch are in the store,
    uint64_t kept_from; // from this one on; those before have been dropped from it
    uint64_t spilled;   // up to which number atoms have been noted in
    Buf unlogged;       // the items of those that are neither in memory nor in the store
    bool sealed;        // there will be no more
} Stream;

// The atom becomes the next one of the stream with this number. Takes over the reference.
void stream_publish(Runtime *runtime, uint64_t stream, Atom *atom);
// Whether a consumer has atoms to take.
bool stream_has_waiting(const Stream *stream);
// False if the producer should wait.
bool stream_has_room(const Stream *stream);

typedef enum WorkflowState { WORKFLOW_OPEN, WORKFLOW_ENDING, WORKFLOW_ENDED } WorkflowState;

// An entry and the partition that has it.
typedef struct EndEntry {
    SortedEntry sorted;
    uint32_t partition;
} EndEntry;

// How far the end of a workflow has got: task by task, each in the order of its keys.
typedef struct Ending {
    uint64_t task; // index in PtWorkflow.tasks
    bool started;
    EndEntry *entries; // of all partitions
    uint64_t count;
    uint64_t next;
} Ending;

// A part of what a partition has put out in a phase of a superstep: that of one slice, for one port. Ports are the channels, then
// the outputs, then the lanes.
typedef struct PieceEnd {
    uint64_t bytes;
    uint64_t tags; // events or lines
} PieceEnd;

typedef struct Piece {
    uint32_t slice; // number in the round
    uint32_t port;
    PieceEnd from, to;
} Piece;

typedef struct Pieces {
    Piece *items; // by slice, then by port
    size_t count;
    size_t capacity;
} Pieces;

// What a workflow has in a partition.
struct WorkflowPart {
    PtCursor *cursors; // of the channels
    Atom **outputs;    // that the channels are filling
    // For steps with exchanges:
    Buf *tags;      // by channel: where each event belongs in the canonical order, see order.h
    Lane *lanes;    // by exchange, then by partition
    Pieces *pieces; // by phase: 0 for what comes from the input, then the levels of exchanges
    PieceEnd *seen; // by port: what belongs to pieces already
};

// Several atoms were taken together, and failed. The next ones of the same input are taken in other numbers, until that one is
// found which fails alone. In a workflow without exchanges that is taken once more, by one partition: how much was put out
// before it failed is known then.
typedef struct Retry {
    uint64_t input;
    uint64_t together; // so many do not fail
    uint64_t single;   // then so many are taken one by one
    bool whole;        // the single one by one partition
} Retry;

// When the threads of several partitions are called, see superstep_pace.c.
typedef struct Pace {
    uint32_t together; // so many supersteps have all threads
    uint32_t stretch;  // how many had the last time
    uint32_t slow;     // supersteps in a row that took long on one thread
} Pace;

// What is known to be the next step, also after a crash (settled.h).
typedef enum SettledStep { SETTLED_NONE, SETTLED_TAKE, SETTLED_WAKE } SettledStep;

typedef struct Settled {
    SettledStep step;
    uint32_t input; // SETTLED_TAKE: it takes from this one
    uint64_t until; // up to the atom with this number
} Settled;

struct Workflow {
    Runtime *runtime;
    const PtWorkflow *code;
    WorkflowPart *parts; // by partition
    AtomQueue *queues;   // of the inputs
    Stream *stream;      // its own
    bool goes_on;        // after an atom that fails: its steps are noted, to be undone
    Failure failure;     // of the atom that failed last
    bool settles;        // its steps are settled before they are taken
    Settled settled;
    bool wakes;           // the running step is one of timers.c
    uint64_t woken;       // the cell of the timer, if it lets go on only one
    uint64_t wake_singly; // after several timers have failed together so many go on one by one,
    uint32_t wake_first;  // the next one on this partition
    bool refuses;         // what would begin or go on in the running step fails, as `refusal` says (dead.h)
    Failure refusal;
    Retry retry;
    uint64_t turn;
    int64_t round; // how many events several partitions take in a round
    Pace pace;
    WorkflowState state;
    Ending ending;
    struct Outbox *outbox; // that it fills, or NULL
    bool forward_only;     // takes nothing from edges that lead back; see cycle.h
    bool throttled;        // (throttle.h)
    bool passes;           // an atom on, right now
    uint64_t not_before;   // env->now when it may take the next atom
};

typedef enum StepResult { STEP_DONE, STEP_IDLE, STEP_FAILED } StepResult;

void workflow_init(Workflow *workflow, Runtime *runtime, uint64_t number);
void workflow_free(Workflow *workflow);
// Takes an atom, with several partitions some atoms, through the workflow. STEP_IDLE if there is none, or no room for what it
// makes of it. STEP_FAILED: the atom that failed is the next one again, and nothing of it remains; runtime->failure says why.
// STEP_DONE also if the atom that failed became a dead letter, or was skipped (dead.h).
StepResult workflow_take(Workflow *workflow);
// When all that the workflow consumes has ended: runs a part of its `on end`, and at last seals its stream. Between the `on end`
// of two tasks it comes to rest. STEP_IDLE if its time has not come, or there is no room.
StepResult workflow_end(Workflow *workflow);
// Runs `on end` of the next keys, of the next task that has one; STEP_IDLE if there is no room, or no such task any more.
StepResult workflow_run_on_end(Workflow *workflow);
// Whether nothing waits for the workflow, and it waits for nothing that will come: a reply, or the time (S12).
bool workflow_is_at_rest(const Workflow *workflow);
// Whether there is room for what a step puts out.
bool workflow_has_room(const Workflow *workflow);
// Whether `on end` of a task has run for some keys and not for all.
bool workflow_is_amid_task(const Workflow *workflow);
// Nothing will come out of it any more.
void workflow_seal(Workflow *workflow);
// The workflow that makes the events of a stream; NULL if a source does.
Workflow *workflow_of_stream(const Runtime *runtime, uint64_t stream);

// ---- for step.c, superstep*.c and dead.c ----

// The next atom of the input, or some atoms, goes through the workflow. STEP_FAILED: it is the next one again; workflow->failure
// says why.
StepResult workflow_take_from(Workflow *workflow, uint64_t input);

uint64_t workflow_channel_bytes(const Workflow *workflow, uint32_t partition, uint64_t channel);
// The next input, in turn, that has an atom, or input_count.
uint64_t workflow_next_input(Workflow *workflow);
// An atom of `count` events becomes the next one of its stream. It keeps what its events may refer to: the regions of the running
// steps, `inputs`, and state.
void workflow_publish(Workflow *workflow, uint64_t channel, Atom *atom, uint64_t bytes, Atom **inputs, uint64_t input_count);

enum { WAKE_LIMIT = 1024 }; // how much that is due goes on in one step, on each partition

// One atom, on the one partition. STEP_FAILED: it is the next one again; workflow->failure says why.
StepResult step_take(Workflow *workflow, uint64_t input);
// `on end` of the entries that are next. STEP_FAILED as above.
StepResult step_end(Workflow *workflow, uint64_t stop);
// What is due of the workflow's timers goes on. STEP_FAILED as above.
StepResult step_wake(Workflow *workflow);
// The same with several partitions.
StepResult superstep_take(Workflow *workflow, uint64_t input);
StepResult superstep_end(Workflow *workflow, uint64_t stop);
StepResult superstep_wake(Workflow *workflow);

#endif
