// running_internal.h - what the files of the run at the prompt share (running.h).
//
//   running.c         beginning, going on, stepping, going back
//   running_life.c    a Runtime for the run: anew, or recovered at an epoch
//   running_steps.c   what a step did, in words
//   running_watch.c   an input that is a stream
//   running_look.c    state and continuations
//   running_data.c    a data directory
//   running_host.c    asking portals, pushing into inboxes
//   running_graph.c   the dataflow
#ifndef COMPILER_REPL_RUNNING_INTERNAL_H
#define COMPILER_REPL_RUNNING_INTERNAL_H

#include "compiler/repl/prompt_env.h"
#include "compiler/repl/running.h"
#include "vm/params.h"
#include "vm/runtime.h"
#include "vm/trace.h"

// Between two steps: what the run can go back to.
typedef struct Mark {
    uint64_t epoch;
    uint64_t steps;        // of the run so far
    uint64_t runtime_step; // Runtime.step: what random numbers depend on
} Mark;

typedef enum RunningState {
    RUNNING_NOT,    // there is no run
    RUNNING_ON,     // it can go on
    RUNNING_ENDED,  // all streams have
    RUNNING_FAILED, // only going back helps
} RunningState;

struct Running {
    RunningOptions options;
    Session *session;
    PromptEnv env;
    RunningState state;
    SessionProgram program; // of the run
    Params params;
    Store *store;     // NULL: there is no run
    Runtime *runtime; // NULL: it is over, and has to be recovered
    uint64_t seed;    // of its random numbers
    uint64_t steps;
    Mark *marks; // the first one is where the run began, at the prompt
    size_t mark_count;
    size_t mark_capacity;
    uint64_t shown;    // env->now when `out` was shown last
    char *data;        // the directory, or NULL
    Env *overlay;      // then: what the run writes through
    PromptEnv written; // in front of it
    char *refused;     // the directory that was to be opened last, and could not be; or NULL. No run is begun then.
};

// ---- life ----

// The Env of the run.
Env *running_env(Running *running);
PromptEnv *running_prompt_env(Running *running);
// Everything of the run goes.
void running_end(Running *running);
// Moves the run away, so that there is none, and back, so that it takes the place of the one that there is.
Running running_set_aside(Running *running);
void running_put_back(Running *running, const Running *aside);
// What could not be opened as a data directory last; NULL: nothing.
void running_set_refused(Running *running, const char *directory);
// Takes over a store and a compiled program, and recovers, or begins, a run of it. False after a message: then there is no run.
bool running_open(Running *running, Store *store, const SessionProgram *program, Buf *out);
// Another program takes the place of the one that runs, which is to be recovered then. Takes it over.
void running_replace(Running *running, const SessionProgram *program);
// Compiles what has been defined. False after a message; also if there are no streams.
bool running_compile(Running *running, SessionProgram *program, Buf *out);
// Makes the Runtime anew, as it was at a mark. False after a message.
bool running_recover(Running *running, const Mark *mark, Buf *out);
// Notes that the run can go back to here, if an epoch has ended since the last mark.
void running_mark(Running *running);
// Ends the epoch, so that what has been done can be looked at, and undone. False after a message; then the run has failed.
bool running_commit(Running *running, Buf *out);

// ---- going on ----

typedef enum Went {
    WENT_STEP,    // a workflow took an atom, or did something by itself
    WENT_QUIET,   // nothing can be done before somebody pushes something
    WENT_STOPPED, // Ctrl-C
    WENT_ENDED,
    WENT_FAILED, // after the message
} Went;

// A command begins: what it prints goes to `out`.
void running_begin_command(Running *running, Buf *out);
// Shows what there is so far, if that is wanted, and it is time.
void running_show(Running *running, Buf *out, bool at_once);
// Goes on until a step has been done, waiting for time and input if need be.
Went running_go(Running *running, Buf *out);
// There is a run that can go on; begins one if there is none. False after a message.
bool running_is_on(Running *running, Buf *out);
// There is a run. False after a message.
bool running_has(const Running *running, Buf *out);
// Says why a command has come to its end, after so many steps.
void running_say(Running *running, Went went, uint64_t steps, Buf *out);

// After changes: the run of a data directory goes on with what is defined now, as a mended program does. (running_data.c)
bool running_data_again(Running *running, Buf *out);

// ---- running_host.c ----

// Shows the atoms of outboxes that have been committed, and takes them.
void running_take_outboxes(Running *running, Buf *out);

// ---- showing ----

// Appends `[1, 2, 3, ... 7 more]`: events of a stream.
void running_put_events(const Runtime *runtime, const TraceEvents *events, Buf *out);
// Fills in a trace that describes each step in `out`, to be freed with running_trace_free.
typedef struct StepText StepText;
StepText *running_trace_new(Runtime *runtime, Buf *out, const Trace **trace);
void running_trace_free(StepText *text);
// "1 atom", "2 atoms"
void running_count(Buf *out, uint64_t count, const char *what);

// ---- complaining ----

// Below an error about a name that is none of these: the nearest one, or all of them.
void running_help_names(const char *name, const char *const *names, int count, Buf *out);
// `error: ...`, and `help` (or NULL). False.
bool running_complain(Buf *out, const char *help, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
