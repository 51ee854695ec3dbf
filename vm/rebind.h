// rebind.h - functions of a changed program. A function value in a directory knows its code by the hash of that. Of code that the
// program does not have, the one with the same name, type and captured values can take the place, if the user says so
// (RuntimeOptions.rebind). Found when the schema of the directory has been read, and not changed while anything runs.
#ifndef VM_REBIND_H
#define VM_REBIND_H

#include "base/buf.h"
#include "vm/program.h"

// Code of function values that the program does not have.
typedef struct Rebinding {
    uint64_t id;
    int64_t code; // number of the closure that can take its place; -1: none can
    char *error;  // what is said of a value with this code
} Rebinding;

typedef struct Rebindings {
    Rebinding *items; // in the order of their ids
    size_t count;
    bool allowed; // places are taken
} Rebindings;

// Compares `was`, the program of a schema, with that which runs.
void rebind_compare(Rebindings *rebindings, const PtProgram *was, const PtProgram *is, bool allowed);
void rebind_free(Rebindings *rebindings);
// NULL: there is no such code.
const Rebinding *rebind_find(const Rebindings *rebindings, uint64_t id);
static inline bool rebind_takes_place(const Rebindings *rebindings, const Rebinding *rebinding) {
    return rebinding && rebinding->code >= 0 && rebindings->allowed;
}
// Appends a line for each function whose place is taken.
void rebind_tell(const Rebindings *rebindings, const PtProgram *is, Buf *out);

#endif
