// schema.h - what a data directory knows of the program that wrote it: names and types of its tasks, sources, sinks, workflows
// and closures, as CBOR (RFC 8949; spec/encoding.md, E4). It lets `portals inspect` show values without the program, and a
// changed program find its state.
//
// In a directory everything has an id, which stays when the program changes: the number it has in the list of the schema. New
// things are added at the end. What is gone stays there: sinks, tasks that remember nothing (without states and key; what there
// is of them under their id is to be passed over), and code, so that values which refer to it can be shown and named.
#ifndef VM_SCHEMA_H
#define VM_SCHEMA_H

#include "base/buf.h"
#include "vm/program.h"
#include "vm/store.h"

typedef struct Schema Schema;

// Reads a schema. NULL with `message` if the bytes are none.
Schema *schema_decode(StoreBytes bytes, Buf *message);
// The program as far as the schema knows it: numbers are ids, functions and settings are NULL, and there are no params. Its types
// describe the same bytes as those of the program that was written, though not always the same memory.
const PtProgram *schema_program(const Schema *schema);
void schema_free(Schema *schema);

// The ids of what a program has, by its numbers.
typedef struct SchemaIds {
    uint32_t *task;
    uint32_t *source;
    uint32_t *sink;
    uint32_t *workflow;
} SchemaIds;

// Finds the ids of everything in `program`: what has the same name as in `stored` (NULL: a new directory) has its id, what is new
// gets a new one. Tasks go by name, workflow, and order among those uses of the task; sinks by kind and order. `out`: the schema
// of all that, to be stored. False, without ids, if something that has state is gone or has changed its type: `message` names all
// of that, each task and field with the old and the new type. It consists of lines like those of error.h, the first without
// `error:` in front.
bool schema_match(const Schema *stored, const PtProgram *program, SchemaIds *ids, Buf *out, Buf *message);
void schema_ids_free(SchemaIds *ids);

#endif
