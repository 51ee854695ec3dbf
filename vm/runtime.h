// runtime.h - one run of a program: its streams, workflows, sources and sinks, and the loop that moves atoms between them.
#ifndef VM_RUNTIME_H
#define VM_RUNTIME_H

#include <stdatomic.h>

#include "vm/checkpoint.h"
#include "vm/context.h"
#include "vm/cycle.h"
#include "vm/env.h"
#include "vm/epoch.h"
#include "vm/feed.h"
#include "vm/host.h"
#include "vm/rebind.h"
#include "vm/sink.h"
#include "vm/throttle.h"
#include "vm/workflow.h"

typedef struct RuntimeOptions {
    uint64_t max_atom;     // how many bytes one atom may put out
    uint64_t seed;         // of the scheduling choices that are open; 0: take turns
    uint32_t partitions;   // how many share the state, each with a thread
    uint64_t step;         // how many atoms several partitions take together at most; 0: as many as seems good
    const char *data;      // the directory that keeps the run; NULL: nothing is kept
    uint64_t epoch;        // nanoseconds from one epoch to the next
    bool rebind;           // functions that have changed take the place of what they were (rebind.h)
    bool drop_frames;      // continuations of code that the program does not have any more fail, instead of the run
    const char *skip_atom; // the file for the first atom that fails, which is then passed over; NULL: the run ends with it
    uint64_t max_queue;    // how many bytes of atoms wait in memory in one queue, before others go to the disk
    uint64_t max_spill;    // how many bytes of atoms wait on the disk, in all
    HostOptions host;
} RuntimeOptions;

enum {
    DEFAULT_MAX_ATOM = 256 << 20,
    DEFAULT_EPOCH = 50 * 1000 * 1000,
    DEFAULT_MAX_QUEUE = 64 << 20,
    PARTITION_LIMIT = 64,
    STEP_BYTES = 256 * 1024, // of atoms are enough for each of several partitions to take together
    REGION_FACTOR = 4,       // an atom's working memory may be this many times max_atom
};

static const uint64_t DEFAULT_MAX_SPILL = (uint64_t)16 << 30;
typedef struct RuntimeCounts {
    uint64_t events;        // from sources
    uint64_t events_before; // of these, by earlier runs
    uint64_t atoms;         // taken through a workflow
    uint64_t dead;          // that failed, and became dead letters
    uint64_t epochs;
    uint64_t waiting; // continuations, at most at one time
} RuntimeCounts;

typedef struct Trace Trace;

struct Runtime {
    const PtProgram *program;
    Env *env;
    RuntimeOptions options;
    Partition *partitions;
    char *globals; // shared by the partitions, and not changed after the setup
    AtomPool atoms;
    RegionPool rooms;         // small ones, of atoms that were read again
    uint64_t spilled;         // bytes of atoms that wait on the disk
    uint64_t unlogged;        // bytes of such atoms that no record has yet
    Buf spilling;             // an atom on its way there
    char *spill_path;         // the name that files have for a moment
    uint64_t step;            // number of the last one
    atomic_int_fast64_t time; // of it, since 1970, if anything has asked for it, else 0
    int64_t latest_time;      // of those before
    uint64_t seed;            // of random numbers
    uint64_t identity;        // of what `effect_key` gives: a number of the store, or of this run
    Feed *feeds;
    Stream *streams;
    Workflow *workflows;
    Sinks sinks;
    Epochs epochs;
    Checkpoints checkpoints;
    Rebindings rebindings;
    RuntimeCounts counts;
    uint64_t dropped_frames; // continuations that this run has left out, as options.drop_frames allows
    bool has_skipped;        // an atom, as options.skip_atom allows
    uint64_t turn;           // whose turn it is among sources
    Cycle *cycles;           // see cycle.h
    uint64_t cycle_count;
    bool circulates;                // something may be on its way at any time: in cycles, or between those who ask and who reply
    bool waits;                     // the program has tasks that wait (cells.h)
    bool is_stopped;                // by a signal
    uint64_t steps_without_sources; // since they were asked last
    uint64_t fair_turn;             // whose turn it is among workflows, if something circulates
    int *waiting;                   // files of the sources that had nothing when they were asked last
    size_t waiting_count;
    uint64_t wake; // env->now when one of them should be asked again; 0: none says so
    Throttles throttles;
    struct Host *host; // NULL: the program has nothing to do with one (host_internal.h)
    bool hurries;      // throttles do not count
    // How foreign functions are called where compiled code does not do so itself; NULL: none has been (compiler/foreign_call.c).
    _Atomic(struct ForeignTable *) foreign_calls;
    void (*free_foreign_calls)(struct ForeignTable *);
    uint64_t random;
    const Trace *trace; // who looks on (trace.h), or NULL
    bool goes_back;     // recovery may find files that are longer than it knows: they are cut
    Buf failure;        // the message; empty: none
};

// A run that has not begun, with the globals zeroed; NULL without memory. `program`, `env` and `store` (NULL: nothing is kept)
// must live longer.
Runtime *runtime_new(const PtProgram *program, Env *env, Store *store, const RuntimeOptions *options);
void runtime_free(Runtime *runtime);
// After the params have been set: computes the globals, recovers what the store has, and opens sources and sinks. False with
// runtime->failure, or without after a stop signal, or if the run has ended already (runtime->epochs.finished).
bool runtime_setup(Runtime *runtime);
// Runs until all streams have ended, a stop signal comes, or something fails, and releases the output of all atoms before that.
// False with runtime->failure.
bool runtime_run(Runtime *runtime);

// ---- turn by turn: what runtime_run does, under the eyes of somebody ----

typedef enum Turn {
    TURN_DONE,    // something; if a workflow took an atom, or did something by itself, runtime->step has grown
    TURN_QUIET,   // there is nothing to do now: runtime->wake and runtime->waiting say what for
    TURN_STOPPED, // by a signal; when that is gone, the next turn goes on
    TURN_OVER,    // all streams have ended, or what waits waits for ever
    TURN_FAILED,  // runtime->failure says why; there are no other turns
} Turn;

// The next turn of the run. If there is nothing to do, it waits until there is, but no longer than `wait` (nanoseconds, or
// ENV_POLL, ENV_BLOCK). Epochs are cut as in any run, and may also be cut between any two turns.
Turn runtime_turn(Runtime *runtime, uint64_t wait);
// Ends the run after this turn, as runtime_run does; what is left to do is not done. Nothing but runtime_free may come after it.
// False with runtime->failure.
bool runtime_end(Runtime *runtime, Turn last);

// The type of the events of a stream; NULL if nobody takes them.
const PtDesc *runtime_event(const Runtime *runtime, uint64_t stream);
// The same without the key that its events may carry, of which an event is the first part.
const PtDesc *runtime_event_alone(const Runtime *runtime, uint64_t stream);
// What messages show of an event: of requests and replies not the address.
PtValue runtime_shown(const Runtime *runtime, uint64_t stream, const char *event);
// Where the stream is declared: a position of the program.
uint64_t runtime_position(const Runtime *runtime, uint64_t stream);
// How many atoms several partitions take together.
uint64_t runtime_batch(const Runtime *runtime);
// Begins a step: returns its number.
uint64_t runtime_next_step(Runtime *runtime);
// The time of the step, the same for all partitions: never before that of an earlier step of this run.
int64_t runtime_time(Runtime *runtime);
// The time that a step would have now.
int64_t runtime_clock(Runtime *runtime);
// When nothing can be done, the run waits no longer than until then (env->now); 0: that says nothing.
void runtime_wake_at(Runtime *runtime, uint64_t time);
// Which of `count` equal candidates is next.
uint64_t runtime_choose(Runtime *runtime, uint64_t turn, uint64_t count);

#endif
