// sink.h - what goes out of a program: `print`, `write`, `write_json`, `write_csv`. Events become lines as they come; a line is
// released, that is handed to the system, when its atom is committed and the epoch with it is durable. Sinks that write to the
// same place share an Output, so that lines come in the order of events.
#ifndef VM_SINK_H
#define VM_SINK_H

#include "base/buf.h"
#include "vm/env_io.h"
#include "vm/program.h"

typedef struct Runtime Runtime;

enum { OUTPUT_TAIL = 4096 };

typedef struct Output {
    char *name; // of the file, or NULL: standard output
    int file;
    uint64_t position; // in the program
    Buf bytes;         // of the running epoch: first those of committed atoms, then those of the running one
    size_t committed;
    uint64_t length;        // how many bytes there were in all epochs before
    uint64_t released;      // how many bytes have gone out; while an epoch is being released, only its job looks at this
    struct Outbox *outbox;  // or it is none of the above, but kept for the host; else NULL
    bool is_file;           // which belongs to the run: it is emptied first, and has what was released, no more
    bool has_directory;     // the file's name is on the disk
    char tail[OUTPUT_TAIL]; // the last bytes of `length`, at the end
} Output;

// What a store says of an output.
typedef struct SavedOutput {
    uint32_t id;
    uint64_t length;
    uint64_t released; // so much had gone out for certain
    uint64_t fingerprint;
    uint64_t base; // so much of the file is on the disk for certain
    uint64_t base_fingerprint;
    Buf name;
    Buf bytes; // those that the file may not have, and standard output may not have got: from `bytes_at` to `length`
    uint64_t bytes_at;
} SavedOutput;

typedef struct Sinks {
    Output *outputs;
    uint64_t output_count;
    Output **by_sink;
    PtString *paths; // settings, by sink
    SavedOutput *saved;
    size_t saved_count;
    size_t saved_capacity;
} Sinks;

void sinks_init(Runtime *runtime);
void sinks_free(Runtime *runtime);
// Opens and empties the files. Must come after the sources are open, so that none of them is emptied. False with a failure, or
// without after a stop signal.
bool sinks_open(Runtime *runtime);
// Then, and after sinks_resume: files of CSV that nothing was ever put into begin with the names of the columns.
void sinks_put_headers(Runtime *runtime);
// Of several atoms that succeed together: the next one has put so many bytes into the output.
void sinks_end_atom(Output *output, size_t bytes);
// The running atom succeeded: its lines may go with the next epoch.
void sinks_commit(Runtime *runtime);
// It failed.
void sinks_abort(Runtime *runtime);
// How many bytes of committed atoms wait.
uint64_t sinks_waiting(const Runtime *runtime);
// ---- release ----

// Moves what is committed to `bytes`, whose memory goes the other way. Nothing else must be there.
void output_cut(Output *output, Buf *bytes);
// Lets the bytes go out. 0 or a negated errno value.
int output_release(Runtime *runtime, Output *output, const Buf *bytes);
// Sets the failure, and returns false.
bool output_cannot_write(Runtime *runtime, const Output *output, const char *why);
// Of the last bytes that are committed.
uint64_t output_fingerprint(const Output *output);
// Returns when what was released to files is on the disk. 0 or a negated errno value, which is also in `codes`, by output.
int sinks_sync(Runtime *runtime, int *codes);
// Before anything is written to it: a file has nothing then. 0 or a negated errno value.
int output_empty(Runtime *runtime, Output *output);

// ---- going on ----

// What the store says of the output with this id.
SavedOutput *sinks_saved(Runtime *runtime, uint32_t id);
// Before the file of a `write` is opened: false with a failure if the run has written to another path before.
bool sinks_has_path(Runtime *runtime, const Output *output);
// After sinks_open, in a run that goes on: what is missing goes out. False with a failure, if a file is not what it was.
bool sinks_resume(Runtime *runtime);

// Closes the files. False with a failure.
bool sinks_close(Runtime *runtime);

// Why nothing else may be written to this file: a source reads it, or an output before `end` writes to it. NULL: nothing is
// against it.
const char *sinks_conflict(Runtime *runtime, const Output *end, const EnvStat *stat);

#endif
