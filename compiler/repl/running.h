// running.h - the run at the prompt: what `:run`, `:step` and `:data` began, and what looks into it. At most one at a time.
//
// The run is one of the program that has been defined, compiled as `portals run` does it. It is kept in memory, an epoch a step
// (store_memory.h), so that going back is recovery at an earlier epoch, and looking into it is `portals inspect` of the last one.
// A run of `:data DIR` goes on from what the directory holds, and keeps what it does apart from it: nothing in the directory
// changes, nor do the files that the program writes to (env_overlay.h).
//
// A redefinition does not reach a run: it keeps its code until `:run` begins anew.
#ifndef COMPILER_REPL_RUNNING_H
#define COMPILER_REPL_RUNNING_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/buf.h"
#include "compiler/repl/session.h"
#include "vm/program.h"

typedef struct Running Running;

typedef struct RunningOptions {
    Env *env;          // must live longer; what runs here sees it without the signals and standard files
    atomic_bool *stop; // as SessionOptions.stop. Or NULL
    bool reads_stdin;  // `stdin` reads standard input while something runs; else it has ended
    // Shows, and empties, what a command that takes its time has to say so far. NULL: all of it is there when the command
    // returns.
    void (*show)(void *user, Buf *out);
    void *user;
} RunningOptions;

// The session comes later, with running_use: it has running_watch among its options, with the Running as `user`.
Running *running_new(const RunningOptions *options);
// `session` must live as long as the Running is used.
void running_use(Running *running, Session *session);
// Ends the run, too. NULL does nothing.
void running_free(Running *running);

// SessionOptions.watch, with a Running as `user`: runs a program to its end, or until it is to stop, and shows each atom of its
// workflow `it` as it commits.
Watched running_watch(void *running, const PtProgram *program, Buf *out);
// SessionOptions.is_running, with a Running as `user`: there is a run, with the definitions as they were when it began.
bool running_is_under_way(void *running);

// ---- commands ----
//
// Each is a command of the prompt, with its name before it: `arguments` is the rest of the line, without white space around it.
// What it has to say is appended to `out`, and ends with a newline; what the program prints and logs is there, too, in its place.
// False if the command was wrong, or what it did has failed.

typedef bool RunningCommand(Running *running, const char *arguments, Buf *out);

RunningCommand
    running_run; // :run [N]                  goes on, or begins: for N atoms, or to the end, or until nothing is left to do now
RunningCommand running_step;    // :step                     takes one atom, and shows what came of it
RunningCommand running_back;    // :back [N]                 undoes N steps
RunningCommand running_state;   // :state TASK [KEY]         the state of a task, KEY being an expression
RunningCommand running_pending; // :pending                  what waits: continuations
RunningCommand running_ask;     // :ask PORTAL(REQUEST)      asks a portal, and runs until its reply comes
RunningCommand running_push;    // :push STREAM VALUE, ...   puts an atom into an `inbox`
RunningCommand running_seal;    // :end                      the inboxes have ended, and so may the run
RunningCommand running_data;    // :data DIR                 opens a data directory, which stays as it is
RunningCommand running_graph;   // :graph [FILE]             the dataflow, as text or into a picture

#endif
