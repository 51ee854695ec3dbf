// inspect.h - what `portals inspect` shows of a data directory: everything that a store holds, with the help of the schema in it.
// It needs neither the program nor the compiler, and changes nothing.
#ifndef VM_INSPECT_H
#define VM_INSPECT_H

#include <stdbool.h>

#include "base/buf.h"
#include "vm/program.h"
#include "vm/store.h"

typedef enum InspectFormat {
    INSPECT_TEXT,
    INSPECT_JSON,
    INSPECT_CHECK, // decodes everything, and says only how much there is of what
} InspectFormat;

// What is shown, of INSPECT_TEXT; of the others all is.
typedef enum InspectParts {
    INSPECT_ALL,
    INSPECT_STATE,   // the entries of tasks, nothing else
    INSPECT_PENDING, // the continuations, nothing else
} InspectParts;

typedef struct InspectOptions {
    InspectFormat format;
    const char *app; // that the directory belongs to; NULL: as the schema has it
    InspectParts parts;
    const char *task;     // show the entries of tasks of this name only; NULL: of all
    StoreBytes key;       // show the entry with this key only (encode_key, of the type that the tasks have); data NULL: all
    uint64_t limit;       // show at most so many entries of each task
    uint64_t sort_memory; // how much memory entries may take while they are sorted; 0: the default
    // Appends the line of the program at a position, without its end; false if it is not known. Or NULL. INSPECT_TEXT shows it
    // with what a continuation goes on with.
    bool (*line)(void *user, const PtPosition *at, Buf *out);
    // Takes output. False: no more is wanted.
    bool (*write)(void *user, const char *bytes, size_t size);
    void *user;
} InspectOptions;

typedef enum InspectResult {
    INSPECT_DONE,
    INSPECT_FAILED,  // with a message: the store cannot be read, something in it is damaged, there is no such task
    INSPECT_STOPPED, // nothing more was wanted
} InspectResult;

// Shows what the store holds, which has not been recovered yet. `message`: in words, without `error:` in front.
InspectResult inspect(Store *store, const InspectOptions *options, Buf *message);

#endif
