// Reading a schema. Bytes that are none never do harm: every number is checked against what it refers to.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE // qsort_r
#endif
#include <stdlib.h>
#include <string.h>

#include "vm/keys.h"
#include "vm/schema_internal.h"

static const char NEWER[] = "the schema is of a newer format: use a newer version of Portals";

// ---- parts ----

void schema_fail(SchemaReader *r, const char *error) {
    if (!r->error) r->error = error;
}

// NULL, with an error, if there is none of that kind.
static const CborItem *need(SchemaReader *r, const CborItem *map, const char *key, CborKind kind) {
    const CborItem *item = cbor_find(map, key);
    if (item && item->kind == kind) return item;
    schema_fail(r, item ? "something is of another kind than it must be" : "something is missing");
    return NULL;
}

uint64_t schema_need_number(SchemaReader *r, const CborItem *map, const char *key, uint64_t limit) {
    const CborItem *item = need(r, map, key, CBOR_UINT);
    if (item && item->number < limit) return item->number;
    schema_fail(r, "a number is too large");
    return 0;
}

static const char *copy_text(SchemaReader *r, const CborItem *item) {
    return item ? arena_copy_string(r->arena, item->text, (size_t)item->number) : "";
}

const char *schema_need_text(SchemaReader *r, const CborItem *map, const char *key) {
    return copy_text(r, need(r, map, key, CBOR_TEXT));
}

const char *schema_may_text(SchemaReader *r, const CborItem *map, const char *key) {
    return cbor_find(map, key) ? schema_need_text(r, map, key) : NULL;
}

const CborItem *schema_need_array(SchemaReader *r, const CborItem *map, const char *key) {
    static const CborItem none = {.kind = CBOR_ARRAY, .next = 1};
    const CborItem *array = need(r, map, key, CBOR_ARRAY);
    return array ? array : &none;
}

const PtDesc *schema_need_type(SchemaReader *r, const CborItem *map, const char *key) {
    uint64_t number = schema_need_number(r, map, key, r->type_count);
    return r->error ? NULL : &r->types[number];
}

uint32_t schema_need_name(SchemaReader *r, const CborItem *map, const char *key, const char *const *names, size_t count) {
    const char *text = schema_need_text(r, map, key);
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, names[i]) == 0) return (uint32_t)i;
    schema_fail(r, "something is of a kind that this version does not know");
    return 0;
}

PtField *schema_read_fields(SchemaReader *r, const CborItem *map, uint64_t *count) {
    const CborItem *array = schema_need_array(r, map, "fields");
    PtField *fields = ARENA_ARRAY(r->arena, PtField, array->number);
    const CborItem *item = array + 1;
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        fields[i].name = schema_may_text(r, item, "name");
        fields[i].desc = schema_need_type(r, item, "type");
    }
    *count = array->number;
    return fields;
}

// ---- what a program has ----

// The things of a program, while they are read.
typedef struct Parts {
    SchemaReader reader;
    Schema *schema;
    PtPosition *positions; // the first is that of everything without one
    uint64_t position_count;
} Parts;

static uint64_t read_position(Parts *p, const CborItem *map) {
    const CborItem *at = cbor_find(map, "at");
    if (!at) return 0;
    const CborItem *file = at + 1, *line = file + 1, *column = line + 1;
    bool fine = at->kind == CBOR_ARRAY && at->number == 3 && file->kind == CBOR_TEXT && line->kind == CBOR_UINT &&
                column->kind == CBOR_UINT;
    if (!fine) {
        schema_fail(&p->reader, "a position is none");
        return 0;
    }
    p->positions[p->position_count] = (PtPosition){copy_text(&p->reader, file), (uint32_t)line->number, (uint32_t)column->number};
    return p->position_count++;
}

static void read_sources(Parts *p, const CborItem *map) {
    SchemaReader *r = &p->reader;
    const CborItem *array = schema_need_array(r, map, "sources"), *item = array + 1;
    PtSource *sources = ARENA_ARRAY(r->arena, PtSource, array->number);
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        sources[i].kind = schema_need_name(r, item, "kind", SCHEMA_SOURCES, SCHEMA_SOURCE_COUNT);
        sources[i].name = schema_need_text(r, item, "name");
        sources[i].desc = schema_need_type(r, item, "type");
        sources[i].position = read_position(p, item);
    }
    p->schema->program.sources = sources;
    p->schema->program.source_count = array->number;
}

static void read_sinks(Parts *p, const CborItem *map) {
    SchemaReader *r = &p->reader;
    const CborItem *array = schema_need_array(r, map, "sinks"), *item = array + 1;
    PtSink *sinks = ARENA_ARRAY(r->arena, PtSink, array->number);
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        sinks[i].kind = schema_need_name(r, item, "kind", SCHEMA_SINKS, SCHEMA_SINK_COUNT);
        sinks[i].name = schema_may_text(r, item, "name");
        if (!sinks[i].name && sinks[i].kind == PT_SINK_OUTBOX) schema_fail(r, "an outbox has no name");
        sinks[i].desc = schema_need_type(r, item, "type");
        sinks[i].position = read_position(p, item);
    }
    p->schema->program.sinks = sinks;
    p->schema->program.sink_count = array->number;
}

// The entry of a task: its key, then its states, which are never boxed.
static void read_task(Parts *p, const CborItem *map, PtTask *task, uint64_t workflow_count, uint32_t *workflow) {
    SchemaReader *r = &p->reader;
    task->key = schema_need_type(r, map, "key");
    task->name = schema_need_text(r, map, "name");
    PtField *fields = schema_read_fields(r, map, &task->field_count);
    task->fields = fields;
    if (cbor_find(map, "asker")) {
        PtAsync *async = ARENA_NEW(r->arena, PtAsync);
        async->asker = (int64_t)schema_need_number(r, map, "asker", UINT64_MAX);
        task->async = async;
    }
    *workflow = SCHEMA_NOWHERE;
    if (cbor_find(map, "workflow")) *workflow = (uint32_t)schema_need_number(r, map, "workflow", workflow_count);
    for (uint64_t i = 0; i < task->field_count; i++)
        if (!fields[i].name) schema_fail(r, "a state has no name");
    if (r->error) return;
    task->entry_size = (schema_place_fields(r, fields, task->field_count, task->key->size) + 7) & ~7u;
}

static void read_tasks(Parts *p, const CborItem *map) {
    SchemaReader *r = &p->reader;
    uint64_t workflow_count = schema_need_array(r, map, "workflows")->number;
    const CborItem *array = schema_need_array(r, map, "tasks"), *item = array + 1;
    PtTask *tasks = ARENA_ARRAY(r->arena, PtTask, array->number);
    uint32_t *workflows = ARENA_ARRAY(r->arena, uint32_t, array->number);
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item))
        read_task(p, item, &tasks[i], workflow_count, &workflows[i]);
    p->schema->program.tasks = tasks;
    p->schema->program.task_count = array->number;
    p->schema->task_workflows = workflows;
}

// A stream by its number in the program; 0, with an error, if there is none.
static uint64_t stream_number(Parts *p, uint64_t id, uint64_t workflow_count) {
    uint64_t sources = p->schema->program.source_count;
    if (id < sources) return id;
    if (id >= STREAM_OF_WORKFLOW && id - STREAM_OF_WORKFLOW < workflow_count) return sources + (id - STREAM_OF_WORKFLOW);
    schema_fail(&p->reader, "a stream does not exist");
    return 0;
}

static void read_inputs(Parts *p, const CborItem *map, PtWorkflow *workflow, uint64_t workflow_count) {
    const CborItem *array = schema_need_array(&p->reader, map, "inputs"), *item = array + 1;
    PtInput *inputs = ARENA_ARRAY(p->reader.arena, PtInput, array->number);
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        if (item->kind != CBOR_UINT) schema_fail(&p->reader, "a stream is no number");
        inputs[i].stream = stream_number(p, item->number, workflow_count);
    }
    workflow->inputs = inputs;
    workflow->input_count = array->number;
}

static void read_channels(Parts *p, const CborItem *map, PtWorkflow *workflow, uint64_t workflow_count) {
    SchemaReader *r = &p->reader;
    const CborItem *array = schema_need_array(r, map, "channels"), *item = array + 1;
    PtChannel *channels = ARENA_ARRAY(r->arena, PtChannel, array->number);
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        channels[i].desc = schema_need_type(r, item, "type");
        channels[i].stream = -1;
        if (cbor_find(item, "stream"))
            channels[i].stream = (int64_t)stream_number(p, schema_need_number(r, item, "stream", UINT64_MAX), workflow_count);
    }
    workflow->channels = channels;
    workflow->channel_count = array->number;
}

// The numbers of the tasks in each workflow, in one row.
static void place_tasks(Parts *p, PtWorkflow *workflows, uint64_t count) {
    const PtProgram *program = &p->schema->program;
    uint64_t *tasks = ARENA_ARRAY(p->reader.arena, uint64_t, program->task_count);
    for (uint64_t i = 0; i < program->task_count; i++)
        if (p->schema->task_workflows[i] < count) workflows[p->schema->task_workflows[i]].task_count++;
    for (uint64_t i = 0; i < count; i++) {
        workflows[i].tasks = tasks;
        tasks += workflows[i].task_count;
        workflows[i].task_count = 0;
    }
    for (uint64_t i = 0; i < program->task_count; i++) {
        if (p->schema->task_workflows[i] >= count) continue;
        PtWorkflow *workflow = &workflows[p->schema->task_workflows[i]];
        ((uint64_t *)workflow->tasks)[workflow->task_count++] = i;
    }
}

static void read_workflows(Parts *p, const CborItem *map) {
    const CborItem *array = schema_need_array(&p->reader, map, "workflows"), *item = array + 1;
    PtWorkflow *workflows = ARENA_ARRAY(p->reader.arena, PtWorkflow, array->number);
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        workflows[i].name = schema_need_text(&p->reader, item, "name");
        workflows[i].position = read_position(p, item);
        read_inputs(p, item, &workflows[i], array->number);
        read_channels(p, item, &workflows[i], array->number);
    }
    if (!p->reader.error) place_tasks(p, workflows, array->number);
    p->schema->program.workflows = workflows;
    p->schema->program.workflow_count = array->number;
}

// A frame goes on to that of its caller, which comes first.
static void check_frame(SchemaReader *r, const PtClosure *closure) {
    if (r->error || !closure->desc || closure->desc->kind != PT_FRAME) return;
    if (!closure->field_count || closure->fields->desc->kind != PT_FRAME) schema_fail(r, "a frame has no caller");
}

static int compare_ids(const void *a, const void *b, void *closures) {
    uint64_t left = ((const PtClosure *)closures)[*(const uint64_t *)a].id;
    uint64_t right = ((const PtClosure *)closures)[*(const uint64_t *)b].id;
    return left < right ? -1 : left > right;
}

static const uint64_t *sort_code(SchemaReader *r, PtClosure *closures, uint64_t count) {
    uint64_t *order = ARENA_ARRAY(r->arena, uint64_t, count);
    for (uint64_t i = 0; i < count; i++) order[i] = i;
    if (count) qsort_r(order, count, sizeof *order, compare_ids, closures);
    return order;
}

static void read_closures(Parts *p, const CborItem *map) {
    SchemaReader *r = &p->reader;
    const CborItem *array = schema_need_array(r, map, "closures"), *item = array + 1;
    PtClosure *closures = ARENA_ARRAY(r->arena, PtClosure, array->number);
    for (uint64_t i = 0; i < array->number; i++, item = cbor_next(item)) {
        const CborItem *id = need(r, item, "id", CBOR_UINT);
        closures[i].id = id ? id->number : 0;
        closures[i].name = schema_need_text(r, item, "name");
        if (cbor_find(item, "type")) closures[i].desc = schema_need_type(r, item, "type");
        PtField *fields = schema_read_fields(r, item, &closures[i].field_count);
        closures[i].fields = fields;
        closures[i].position = read_position(p, item);
        if (!r->error) closures[i].size = (schema_place_fields(r, fields, closures[i].field_count, 8) + 7) & ~7u;
        check_frame(r, &closures[i]);
    }
    p->schema->program.closures = closures;
    p->schema->program.closure_count = array->number;
    p->schema->program.code_order = sort_code(r, closures, array->number);
}

// ---- the whole ----

static uint64_t count_things(SchemaReader *r, const CborItem *map) {
    static const char *const keys[] = {"sources", "sinks", "workflows", "closures"};
    uint64_t count = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) count += schema_need_array(r, map, keys[i])->number;
    return count;
}

static void read_program(Parts *p, const CborItem *map) {
    SchemaReader *r = &p->reader;
    uint64_t format = schema_need_number(r, map, "format", UINT64_MAX);
    if (format != SCHEMA_FORMAT) schema_fail(r, format > SCHEMA_FORMAT ? NEWER : "it is of no format that there is");
    PtProgram *program = &p->schema->program;
    *program = (PtProgram){.abi = PT_ABI, .name = schema_need_text(r, map, "app")};
    p->positions = ARENA_ARRAY(r->arena, PtPosition, 1 + count_things(r, map));
    p->positions[p->position_count++] = (PtPosition){"", 0, 0};
    schema_read_types(r, map);
    if (r->error) return;
    read_sources(p, map);
    read_sinks(p, map);
    read_tasks(p, map);
    read_workflows(p, map);
    read_closures(p, map);
    program->positions = p->positions;
    program->position_count = p->position_count;
}

Schema *schema_decode(StoreBytes bytes, Buf *message) {
    Arena arena = {0};
    Schema *schema = ARENA_NEW(&arena, Schema);
    Parts parts = {.reader = {.arena = &arena}, .schema = schema};
    CborItem *items = cbor_read(bytes, &parts.reader.error);
    if (items) read_program(&parts, items);
    free(items);
    schema->arena = arena;
    if (!parts.reader.error) return schema;
    if (parts.reader.error != NEWER) buf_puts(message, "the schema is damaged: ");
    buf_puts(message, parts.reader.error);
    arena_free(&arena);
    return NULL;
}

const PtProgram *schema_program(const Schema *schema) {
    return &schema->program;
}

void schema_free(Schema *schema) {
    if (!schema) return;
    Arena arena = schema->arena; // holds the schema itself
    arena_free(&arena);
}
