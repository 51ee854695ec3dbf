// inspect.h - `portals inspect`: opens a data directory and has it shown (vm/inspect.h).
#ifndef COMPILER_INSPECT_H
#define COMPILER_INSPECT_H

#include <stdbool.h>

// As on the command line; what is not given is NULL or false.
typedef struct InspectArgs {
    const char *directory;
    const char *task;
    const char *limit; // a number
    bool json, verify;
} InspectArgs;

bool inspect_is_number(const char *text);
// Writes to standard output, and messages to standard error. False if there was a failure.
bool inspect_directory(const InspectArgs *args);

#endif
