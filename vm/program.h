// program.h - what a compiled program hands to the VM: one constant, exported as `pt_program`. The compiler writes it as LLVM
// constants (codegen_program.c), field by field in this order.
#ifndef VM_PROGRAM_H
#define VM_PROGRAM_H

#include <stddef.h>

#include "vm/value.h"

// Raised with every change of value.h, program.h or abi.h.
enum { PT_ABI = 11 };
// The name under which the VM is a shared library, for programs that are loaded into other processes.
#define PT_LIBRARY "libportals.so.0"

typedef struct PtContext PtContext;
typedef struct PtCursor PtCursor;

typedef struct PtParam {
    const char *name;
    const char *doc; // or NULL
    const PtDesc *desc;
    uint64_t offset;                   // in the globals
    void (*make_default)(PtContext *); // sets the global; NULL: must be given
} PtParam;

typedef enum PtSourceKind {
    PT_SOURCE_FROM,
    PT_SOURCE_RANGE,
    PT_SOURCE_LINES,
    PT_SOURCE_STDIN,
    PT_SOURCE_EMPTY,
    PT_SOURCE_NEXT,
    PT_SOURCE_JSON_LINES, // its events are lines, as those of `lines`: workflows take them apart (records.h)
    PT_SOURCE_CSV,        // and these are records
    PT_SOURCE_ATOMS,
    PT_SOURCE_EVERY,
    PT_SOURCE_INBOX, // the program that embeds this one pushes them (inbox.h)
} PtSourceKind;

// Source number i produces stream number i.
typedef struct PtSource {
    const char *name;
    const PtDesc *desc; // of its events
    uint64_t kind;      // PtSourceKind
    uint64_t position;  // index into PtProgram.positions
    uint64_t task;      // PT_SOURCE_NEXT: that takes its events, with the key (); when its last field, a Bool, is true, there are
                        // no more
} PtSource;

typedef enum PtSinkKind { PT_SINK_PRINT, PT_SINK_WRITE, PT_SINK_WRITE_JSON, PT_SINK_WRITE_CSV, PT_SINK_OUTBOX } PtSinkKind;

typedef struct PtSink {
    const PtDesc *desc;
    uint64_t kind; // PtSinkKind
    uint64_t position;
    const char *name;  // PT_SINK_OUTBOX: of the workflow that it is in; else NULL
    uint64_t workflow; // its number
} PtSink;

// Where the reply to a request goes: it stands at the front of every event of a stream of requests, or of replies.
typedef struct PtAddress {
    int64_t asker;  // PtAsync.asker of the task that asks
    int64_t hash;   // of its key
    int64_t future; // that the reply completes; 0: nobody wants it
} PtAddress;

// What a task needs that asks, replies, spawns or waits.
//
// What its handlers emit waits in a channel, until the segment that did so has come to its end and can no longer be undone.
typedef struct PtAsync {
    int64_t asker;      // a hash of the task's name
    uint64_t exclusive; // offset in the entry of three Ints: how many activations of the key have not ended, and the ids of the
                        // first and the last of the queue behind them; 0: the task is not exclusive
    uint64_t globals;   // 1 + the number of its companion with global states; 0: none
    uint64_t held;      // the channel; UINT64_MAX: nothing is emitted
    void (*flush)(PtContext *, PtCursor *cursors, void *entry); // passes on what is held; NULL: nothing is emitted
    // Replies to a request to portal number `portal` of `replies` that it has failed with an `Error` (stdlib/error.portals). NULL
    // if it replies to no portal.
    void (*fail)(PtContext *, PtCursor *cursors, void *entry, int64_t portal, const PtAddress *to, const void *error);
    // The body of `on error`, for the event with which the handler of this start frame began; or NULL.
    void (*on_error)(PtContext *, PtCursor *cursors, void *entry, const void *start);
    const char *const *asks; // names of portals
    uint64_t ask_count;
    const char *const *replies;
    uint64_t reply_count;
    uint64_t error; // the number of the Any that holds an `Error`
} PtAsync;

// How what was waited for came out.
typedef enum PtOutcome {
    PT_VALUE,   // a value of the awaited type
    PT_FAILURE, // an `Error`
    PT_TIMEOUT, // nothing
} PtOutcome;

enum {
    PT_TASK_SINGLE = 1, // all entries are in one partition, that of the key ()
    PT_TASK_GLOBAL = 2, // the companion of the task before its last `.`: one entry of global states, and handlers that run once
};

// Of a state that expires: where in the entry the time lies at which it was set, and where in the globals how long it lasts.
typedef struct PtExpiry {
    uint64_t set;
    uint64_t lasts;
} PtExpiry;

typedef struct PtTask {
    const char *name;
    const PtDesc *key;     // PT_UNIT if unkeyed
    const PtField *fields; // the states, offsets from the entry; the key lies at 0
    uint64_t field_count;
    uint64_t entry_size;
    uint64_t gone; // offset in the entry of a byte that is 1 if it has been reset, and nothing has set or found it since; 0: the
                   // task never resets entries. Recorded nowhere: at the end of a step it is 0
    void (*on_atom)(PtContext *, void *entry); // or NULL
    void (*on_end)(PtContext *, void *entry);  // or NULL
    void (*touch)(PtContext *);                // or NULL; see CoreTask
    void (*init)(PtContext *, void *entry);    // sets the fields of a new entry
    uint64_t level;                            // how many exchanges an event has passed that it takes, at most
    uint64_t flags;                            // PT_TASK_...
    const PtExpiry *expiries;                  // of all states, if entries are dropped when all have expired; else none
    uint64_t expiry_count;
    const PtAsync *async; // or NULL
} PtTask;

typedef enum PtInputKind {
    PT_INPUT_EVENTS,
    PT_INPUT_REQUESTS, // pairs of a PtAddress and a request, for a task that replies
    PT_INPUT_REPLIES,  // pairs of a PtAddress and a Result: what a task has asked for. The stream does not end before this
                       // workflow
} PtInputKind;

typedef struct PtInput {
    uint64_t stream;
    // Takes `count` events through the workflow: those at `events`, or, where the stream is that of a range or of ticks, the
    // integers from `first` on (`events` is NULL).
    void (*run)(PtContext *, const void *events, int64_t first, int64_t count);
    uint64_t back;  // 1: a workflow behind this one makes the stream, in a cycle, or this one itself
    uint64_t kind;  // PtInputKind
    uint64_t whole; // 1: what goes out of the workflow for an atom is the atom as it is; else 0
} PtInput;

typedef struct PtChannel {
    const PtDesc *desc;
    int64_t stream;       // or -1: dropped
    uint64_t carries_key; // 1: what goes there are pairs, of an event and its key; else 0
} PtChannel;

// Where events go over to the partition that owns their key, when there are several. An event lies in a slot:
//
//   [hash of the key] [order] [event] [key]     each at a multiple of 8; the order takes PT_ORDER_SIZE(level) bytes, the key
//                                               none where it is always the event itself
typedef struct PtExchange {
    const PtDesc *event;
    const PtDesc *key;
    uint64_t level; // how many exchanges its events have passed with this one, at most; those of one level lead to higher ones
    uint64_t slot;  // size of a slot
    uint64_t task;  // that takes its events
    // Takes the events of `count` slots on.
    void (*run)(PtContext *, const void *slots, int64_t count);
} PtExchange;

// The place of an event in the canonical order of its atom, in words of 32 bits: the number of the atom's event that it comes
// from, then for each exchange that it passed, and for the channel or sink that it goes to, a number that grows in the order of
// sending.
#define PT_SLOT_ORDER 8
#define PT_ORDER_SIZE(level) (((level) + 2) / 2 * 8) // in a slot of an exchange: level + 1 words, padded

typedef enum PtEffects {
    PT_EFFECT_KEYS = 1,    // it calls `effect_key`
    PT_EFFECT_OPEN = 2,    // it asks for the time, or for a random number
    PT_EFFECT_FOREIGN = 4, // it calls foreign functions that have effects
} PtEffects;

// Workflow number i produces stream number source_count + i (which has events only if a channel leads there). One without inputs
// is nothing but the stream of another one's dead letters, with a channel for their type.
typedef struct PtWorkflow {
    const char *name;
    const PtInput *inputs;
    uint64_t input_count;
    const PtChannel *channels;
    uint64_t channel_count;
    const uint64_t *tasks; // numbers, in an order in which events flow forward
    uint64_t task_count;
    const PtExchange *exchanges;
    uint64_t exchange_count;
    uint64_t levels; // of the exchanges, at most
    uint64_t position;
    uint64_t part;    // from 1: of the workflows that are in a cycle with each other; 0: in none
    uint64_t made_by; // 1 + the number of the workflow one of whose channels makes the events of its stream; 0: it does so itself
    uint64_t dead;    // the stream on which it puts each atom that fails, as a DeadAtom; 0: none, then the run ends
    uint64_t effects; // PT_EFFECT_...: what its code does
} PtWorkflow;

// The code of a closure, and what it captured; or a type that Anys hold: they are as if they had captured the value, their only
// field.
typedef struct PtClosure {
    const char *name;
    const PtField *fields; // offsets from the start of the closure; the first is at 8 or later
    uint64_t field_count;
    uint64_t size; // of the whole closure
    // A hash of its code and of all it calls, without names and positions: the same code has the same id in every program. Of an
    // Any, of what the type consists of.
    uint64_t id;
    uint64_t position;
    const PtDesc *desc; // the type of the function, or Any, or that of all frames
    // Of a frame: goes on with `value`, of type `awaited` (or what else the outcome says). NULL: the function has ended, and its
    // result is at `out`; else it waits again, and the pointer is to the place, in its frame, for the frame of its caller.
    // `value` is NULL where a start frame begins. NULL for closures and Anys.
    void *(*resume)(PtContext *, PtCursor *cursors, const void *frame, void *entry, uint64_t outcome, const void *value,
                    void *out);
    const PtDesc *awaited; // of a frame: PT_UNIT for one that begins
    const PtDesc *result;  // of a frame: what its function gives
    // Its place in PtProgram.closures. A closure that captured nothing is but this number, so the heap refers to it here.
    int64_t number;
    uint64_t is_plain; // what it captured has no pointers (the caller of a frame does not count)
} PtClosure;

// A closure of this size, that of the number, has captured nothing.
enum { PT_CLOSURE_NUMBER = 8 };

// A frame is like a closure that has captured what its function goes on with. The first field, which has no name, is the frame of
// its caller, which goes on with the result; NULL if that is nobody.
enum { PT_FRAME_CALLER = 8 }; // its offset

typedef struct PtPosition {
    const char *file;
    uint32_t line;
    uint32_t column;
} PtPosition;

// A test of the program, where it was compiled for that.
typedef struct PtTest {
    const char *name;
    void (*run)(PtContext *);
    uint64_t position;
} PtTest;

// What a type is to C.
typedef enum PtForeignKind {
    PT_FOREIGN_VOID,
    PT_FOREIGN_BOOL,
    PT_FOREIGN_INT8,
    PT_FOREIGN_INT16,
    PT_FOREIGN_INT32,
    PT_FOREIGN_INT64,
    PT_FOREIGN_UINT8,
    PT_FOREIGN_UINT16,
    PT_FOREIGN_UINT32,
    PT_FOREIGN_UINT64,
    PT_FOREIGN_FLOAT32,
    PT_FOREIGN_FLOAT64,
    PT_FOREIGN_POINTER,
    PT_FOREIGN_STRUCT,
} PtForeignKind;

// How C lays it out.
typedef struct PtForeignType {
    uint64_t kind; // PtForeignKind
    uint64_t size;
    uint64_t align;
    const struct PtForeignType *const *fields; // PT_FOREIGN_STRUCT: each at its natural alignment
    uint64_t field_count;
} PtForeignType;

// A function of C that the program calls.
typedef struct PtForeign {
    const char *name;    // in the program
    const char *library; // as the declaration names it
    const char *symbol;
    const PtForeignType *const *params;
    uint64_t param_count;
    const PtForeignType *result;
    uint64_t position; // of the declaration
    uint64_t pure;     // 1: it has no effects; else 0
    void **address;    // where it is, or NULL: to be found before the program is set up
} PtForeign;

typedef struct PtProgram {
    uint64_t abi; // PT_ABI
    const char *name;
    uint64_t global_size;
    const PtParam *params;
    uint64_t param_count;
    void (*setup)(PtContext *);
    const PtSource *sources;
    uint64_t source_count;
    const PtSink *sinks;
    uint64_t sink_count;
    const PtTask *tasks;
    uint64_t task_count;
    const PtWorkflow *workflows;
    uint64_t workflow_count;
    const PtClosure *closures;
    uint64_t closure_count;
    const PtPosition *positions;
    uint64_t position_count;
    const PtTest *tests;
    uint64_t test_count;
    const uint64_t *code_order; // the numbers of the closures in the order of their ids; NULL: they have not been sorted
    const PtForeign *externs;
    uint64_t extern_count;
} PtProgram;

// A value and its type.
typedef struct PtValue {
    const PtDesc *desc;
    const char *at;
} PtValue;

// The channel for the stream of a workflow, which it has also if another one makes that; NULL if nobody takes it.
static inline const PtChannel *program_channel(const PtProgram *program, uint64_t stream) {
    const PtWorkflow *workflow = &program->workflows[stream - program->source_count];
    for (uint64_t i = 0; i < workflow->channel_count; i++)
        if (workflow->channels[i].stream == (int64_t)stream) return &workflow->channels[i];
    return NULL;
}

// The number of the workflow that a task belongs to; workflow_count if it is in none.
static inline uint64_t program_workflow_of(const PtProgram *program, uint64_t task) {
    for (uint64_t i = 0; i < program->workflow_count; i++)
        for (uint64_t k = 0; k < program->workflows[i].task_count; k++)
            if (program->workflows[i].tasks[k] == task) return i;
    return program->workflow_count;
}

// What the Any at `any` holds; a function is its own Any.
static inline PtValue program_any_value(const PtProgram *program, const void *any) {
    const char *closure = *(const char *const *)any;
    const PtClosure *code = &program->closures[*(const int64_t *)closure];
    if (code->desc->kind == PT_FN) return (PtValue){code->desc, any};
    return (PtValue){code->fields->desc, closure + code->fields->offset};
}

#endif
