// schema_internal.h - what the files about schemas share.
//
//   schema.c          reading: names, streams, closures
//   schema_type.c     reading the table of types, and their layout
//   schema_write.c    writing
//   schema_match.c    finding the things of a program in a schema
//   schema_change.c   saying what has changed about them
//   schema_compare.c  finding what has changed in a type
#ifndef VM_SCHEMA_INTERNAL_H
#define VM_SCHEMA_INTERNAL_H

#include "base/arena.h"
#include "vm/cbor.h"
#include "vm/schema.h"

enum { SCHEMA_FORMAT = 1 };

struct Schema {
    Arena arena; // everything below, and the schema itself
    PtProgram program;
    const uint32_t *task_workflows; // by task: the workflow it is in
};

// ---- reading ----

typedef struct SchemaReader {
    Arena *arena;
    const PtDesc *types;
    uint64_t type_count;
    const char *error; // NULL: none yet
} SchemaReader;

// These look for a key of a map. What is missing, of another kind or out of range is an error; then they return 0, "", an array
// of no items, NULL.
uint64_t schema_need_number(SchemaReader *r, const CborItem *map, const char *key, uint64_t limit);
const char *schema_need_text(SchemaReader *r, const CborItem *map, const char *key);
const CborItem *schema_need_array(SchemaReader *r, const CborItem *map, const char *key);
const PtDesc *schema_need_type(SchemaReader *r, const CborItem *map, const char *key);
// NULL without an error if there is none.
const char *schema_may_text(SchemaReader *r, const CborItem *map, const char *key);
// The number of the text in the row of names; 0 with an error if it is not there.
uint32_t schema_need_name(SchemaReader *r, const CborItem *map, const char *key, const char *const *names, size_t count);
void schema_fail(SchemaReader *r, const char *error);

// The fields of a map, names and types; offsets are 0.
PtField *schema_read_fields(SchemaReader *r, const CborItem *map, uint64_t *count);
// Reads the table of types and lays them out.
void schema_read_types(SchemaReader *r, const CborItem *map);
// Places fields one after the other from `offset` on; where the last one ends.
uint32_t schema_place_fields(SchemaReader *r, PtField *fields, uint64_t count, uint64_t offset);

// Whether the program has given a state to the task itself; the others are those of its key, if it is exclusive.
static inline bool schema_is_own_state(const PtField *state) {
    return *state->name != '.';
}

// ---- names of kinds, by number ----

extern const char *const SCHEMA_KINDS[];   // PtKind
extern const char *const SCHEMA_SOURCES[]; // PtSourceKind
extern const char *const SCHEMA_SINKS[];   // PtSinkKind
enum { SCHEMA_KIND_COUNT = PT_FRAME + 1, SCHEMA_SOURCE_COUNT = PT_SOURCE_INBOX + 1, SCHEMA_SINK_COUNT = PT_SINK_OUTBOX + 1 };

// A task that is in no workflow.
#define SCHEMA_NOWHERE 0xffffffffu

// ---- writing ----

// `task_workflows`: by task, the workflow it is in.
void schema_write(const PtProgram *program, const uint32_t *task_workflows, Buf *out);

// ---- matching ----

// A program, and by task the workflow it is in.
typedef struct Side {
    const PtProgram *program;
    const uint32_t *task_workflows;
} Side;

typedef struct Match {
    Side was, is;         // the numbers of `was` are ids
    const SchemaIds *ids; // by the numbers of `is`
} Match;

#define SCHEMA_NOT_FOUND 0xffffffffu

// How many tasks before this one have the same name, in the same workflow.
uint64_t schema_task_rank(const Side *side, uint64_t task);
// The name of a task's workflow; "" if there is none.
const char *schema_workflow_of(const Side *side, uint64_t task);
// Appends what has changed so that the state of `was` cannot be gone on with. Nothing: it can.
void schema_put_changes(const Match *match, Buf *message);

// ---- comparing ----

// True if values of both types have the same encoding and meaning. Otherwise appends what has changed, as it follows after the
// name of what has the type: "was Int and is String", "contains Point, whose field `x` was Int and is Float".
bool schema_same_type(const PtDesc *was, const PtDesc *is, Buf *change);

#endif
