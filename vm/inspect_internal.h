// inspect_internal.h - what the files of inspect share.
//
//   inspect.c           what is shown, in which order
//   inspect_items.c     items as they were written (keys.h), read again
//   inspect_entries.c   the entries of a task, by their keys
//   inspect_cells.c     the continuations
//   inspect_text.c      printing for people
//   inspect_json.c      printing as JSON
//   inspect_check.c     printing nothing but sums
#ifndef VM_INSPECT_INTERNAL_H
#define VM_INSPECT_INTERNAL_H

#include "vm/cell_bytes.h"
#include "vm/encode.h"
#include "vm/inspect.h"
#include "vm/keys.h"
#include "vm/schema.h"
#include "vm/scratch.h"
#include "vm/store_state.h"

typedef struct Inspection Inspection;

// ---- what items say ----

typedef struct SourceItem {
    const PtSource *source;
    uint64_t position, line, atoms, events;
    bool ended;
    uint64_t unread; // bytes
} SourceItem;

typedef struct OutputItem {
    StoreBytes path; // empty: standard output
    uint64_t committed, released;
} OutputItem;

typedef struct OutboxItem {
    const PtSink *sink;
    uint64_t last, taken; // numbers of atoms
} OutboxItem;

typedef struct WorkflowItem {
    const PtWorkflow *workflow;
    uint64_t atoms;
    uint8_t state;         // WorkflowState (workflow.h)
    const PtTask *ending;  // whose `on end` is under way, or NULL
    uint64_t keys;         // of it that are done
    const uint64_t *nexts; // by input: the number of the next atom
} WorkflowItem;

// Atoms of one stream that wait, one after the other.
typedef struct QueueItem {
    const char *stream;
    uint64_t first, last;
    uint64_t events;
} QueueItem;

typedef struct TaskItem {
    const PtTask *task;
    const char *workflow; // or NULL
    uint64_t use;         // of the task in the workflow, from 1
    uint64_t uses;
    uint64_t entries; // how many there are
} TaskItem;

// What waits, and what it goes on with.
typedef struct ContinuationItem {
    const PtTask *task;
    const char *workflow; // or NULL
    const char *key;
    const CellItem *item;   // with all parts
    const CellItem *future; // that it waits for
    uint64_t place;         // in the queue of its key, from 1; 0: it does not wait in one
    const char *asker;      // ACTIVATION_REQUEST: the task that asked; NULL: it is not known
} ContinuationItem;

// How many wait for what.
typedef struct CellSums {
    uint64_t pending;
    uint64_t kinds[CELL_WAIT + 1]; // of these, by CellKind of what they wait for
    uint64_t futures;              // that nothing waits for
} CellSums;

// ---- printing ----

typedef enum Section {
    SECTION_SOURCES,
    SECTION_OUTPUTS,
    SECTION_WORKFLOWS,
    SECTION_QUEUES,
    SECTION_TASKS,
    SECTION_CONTINUATIONS,
    SECTION_END
} Section;

// What is NULL is not printed.
typedef struct Printer {
    void (*begin)(Inspection *in, bool finished);
    void (*section)(Inspection *in, Section section); // each begins once, in this order
    void (*source)(Inspection *in, const SourceItem *source);
    void (*output)(Inspection *in, const OutputItem *output);
    void (*outbox)(Inspection *in, const OutboxItem *outbox);
    void (*workflow)(Inspection *in, const WorkflowItem *workflow);
    void (*queue)(Inspection *in, const QueueItem *queue);
    void (*task)(Inspection *in, const TaskItem *task);
    void (*entry)(Inspection *in, const PtTask *task, const char *entry);
    void (*end_task)(Inspection *in, const TaskItem *task, uint64_t shown);
    void (*continuations)(Inspection *in, const CellSums *sums);
    void (*continuation)(Inspection *in, const ContinuationItem *continuation);
    void (*end_continuations)(Inspection *in, const CellSums *sums, uint64_t shown);
    void (*end)(Inspection *in);
    void (*free)(Inspection *in); // also after a failure
} Printer;

#define PRINT(in, what, ...)                                                                                                     \
    do {                                                                                                                         \
        if ((in)->printer->what) (in)->printer->what((in), ##__VA_ARGS__);                                                       \
    } while (0)

extern const Printer INSPECT_TEXT_PRINTER, INSPECT_JSON_PRINTER, INSPECT_CHECK_PRINTER;

// How much there is of what.
typedef struct Sums {
    uint64_t sources, outputs, outboxes, workflows, atoms, events, tasks, entries;
    uint64_t map_items; // of the maps that were read
    CellSums cells;
} Sums;

struct Inspection {
    const InspectOptions *options;
    const Printer *printer;
    State state;
    Schema *schema;
    const PtProgram *program;
    bool *exact;     // by task: encode_key_is_exact
    Scratch scratch; // of the value at hand
    Buf out;         // not yet written
    void *json;      // the generator of JSON, until its end
    Sums sums;
    bool stopped;
    Buf *message; // of the first failure
    bool failed;
};

enum { INSPECT_STOP = 1, INSPECT_ENOUGH = 2 }; // what ends a scan without an error

// Sets the message, if there is none yet; INSPECT_STOP.
int inspect_fail(Inspection *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Writes what has been printed, if that is much. Does nothing more once nothing more is wanted.
void inspect_flush(Inspection *in, size_t much);

enum { INSPECT_LONGEST = 16 << 20 }; // how much text of one value is shown

extern const char *const INSPECT_WORKFLOW_STATES[]; // WorkflowState
const char *inspect_app(const Inspection *in);
const char *inspect_stream_name(const PtProgram *program, uint64_t stream);

// ---- inspect_items.c: INSPECT_STOP with a message if an item is damaged ----

int inspect_read_source(Inspection *in, const Key *key, StoreBytes value, SourceItem *item);
int inspect_read_output(Inspection *in, const Key *key, StoreBytes value, OutputItem *item);
int inspect_read_outbox(Inspection *in, const Key *key, StoreBytes value, OutboxItem *item);
// Decodes an atom that waits in it.
int inspect_read_outbox_atom(Inspection *in, const Key *key, StoreBytes value, const OutboxItem *outbox);
int inspect_read_workflow(Inspection *in, const Key *key, StoreBytes value, WorkflowItem *item);
int inspect_read_input(Inspection *in, const Key *key, StoreBytes value, uint64_t *next);
// Decodes the events; `item` is about this atom alone.
int inspect_read_atom(Inspection *in, const Key *key, StoreBytes value, QueueItem *item);
// `entry`: task->entry_size bytes, which refer to `memory`. Maps that are kept by entry are read with it.
int inspect_read_entry(Inspection *in, const PtTask *task, StoreBytes key, StoreBytes value, char *entry, Scratch *memory);
// The key alone, at the front of `entry`. `key` and `value` are what is left of the item's then.
int inspect_read_key(Inspection *in, const PtTask *task, Bytes *key, Bytes *value, char *entry, Scratch *memory);

// ---- inspect_entries.c ----

int inspect_count_entries(Inspection *in, uint64_t task, uint64_t *count);
// Shows the entries of a task; *shown: how many. Results are those of scans.
int inspect_entries(Inspection *in, uint64_t task, uint64_t *shown);

// ---- inspect_cells.c ----

int inspect_continuations(Inspection *in);
// Nanoseconds since 1970, as in 2026-01-31T12:00:00.5Z.
void inspect_put_time(Buf *out, int64_t time);
// NULL if the place is not known.
const PtPosition *inspect_position(const PtProgram *program, uint64_t position);
// The code of a frame, which then is that of its caller; NULL if there is none.
const PtClosure *inspect_frame(const PtProgram *program, const void **frame);

enum { INSPECT_FRAMES = 100 }; // how many of a continuation are shown

#endif
