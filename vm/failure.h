// failure.h - a run-time error in its pieces. `on error` and dead letters get them as values, the message of a run that stops is
// made of them:
//
//   error: integer overflow
//     --> prog.portals:12:9
//      = in workflow `counts`, task `Count`, key "god"
//      = event 12 of atom 7 of stream `text`: "In the beginning"
//
// Everything in it is its own: it outlives the atom that failed.
#ifndef VM_FAILURE_H
#define VM_FAILURE_H

#include <stdbool.h>

#include <stdint.h>

#include "base/buf.h"

// What compiled code is being run for. PHASE_WAKE: the time has come that a task waited for.
typedef enum Phase { PHASE_SETUP, PHASE_EVENTS, PHASE_ON_ATOM, PHASE_ON_END, PHASE_WAKE } Phase;

// Starts as all zeroes. Names belong to the program; a piece that is not known is empty, or NULL.
typedef struct Failure {
    Buf message;          // what is wrong
    Buf position;         // `file:line:column`
    Buf details;          // whole lines that say more about what is wrong
    const char *workflow; // NULL: in none; then nothing is known of the pieces that follow but `help`
    const char *task;     // NULL: in none
    bool global;        // the task is the companion of the one before its last `.` (PT_TASK_GLOBAL), of which the message speaks
    Phase phase;        // its handler
    Buf key;            // shown as in the program, cut if it is long; empty: there is none
    const char *stream; // that the atom came from, or the portal; NULL: there is no atom
    uint64_t kind;      // PtInputKind, of the stream
    uint64_t atom;      // its number in the stream
    uint64_t number;    // of the event in the atom, from 1; 0: none
    Buf event;          // shown as the key is
    const char *help;   // or NULL
    bool is_fatal;      // not the atom's fault: with another one it would be the same
} Failure;

// Forgets what was written, and keeps the memory.
void failure_clear(Failure *failure);
// What `from` says is in `to` now, and no longer in `from`.
void failure_move(Failure *to, Failure *from);
void failure_copy(Failure *to, const Failure *from);
void failure_free(Failure *failure);
// Appends `atom 7 of stream `text``, or whatever the stream of this kind (PtInputKind) is.
void failure_put_atom(uint64_t atom, uint64_t kind, const char *stream, Buf *out);
// Appends the message of a run that stops.
void failure_render(const Failure *failure, Buf *out);
// The same of a run that goes on: with something else than `error` in front.
void failure_render_as(const char *severity, const Failure *failure, Buf *out);

#endif
