// Writing a schema. The keys of each map come in the order of deterministic CBOR: by length, then by bytes.
#include "vm/desc_set.h"
#include "vm/keys.h"
#include "vm/schema_internal.h"

const char *const SCHEMA_KINDS[] = {"unit",     "int",   "float",    "bool", "string", "list", "record", "enum",
                                    "function", "bytes", "duration", "map",  "set",    "any",  "future", "frame"};
const char *const SCHEMA_SOURCES[] = {"from",       "range", "lines", "stdin", "empty", "next",
                                      "json_lines", "csv",   "atoms", "every", "inbox"};
const char *const SCHEMA_SINKS[] = {"print", "write", "write_json", "write_csv", "outbox"};

typedef struct Writer {
    Buf *out;
    const PtProgram *program;
    const uint32_t *task_workflows;
    DescSet types; // by their numbers in the schema
} Writer;

// ---- parts ----

static void put_text(Writer *w, const char *key, const char *text) {
    cbor_put_text(w->out, key);
    cbor_put_text(w->out, text);
}

static void put_number(Writer *w, const char *key, uint64_t number) {
    cbor_put_text(w->out, key);
    cbor_put_uint(w->out, number);
}

static void put_type(Writer *w, const char *key, const PtDesc *desc) {
    put_number(w, key, desc_set_add(&w->types, desc));
}

static void begin_array(Writer *w, const char *key, uint64_t count) {
    cbor_put_text(w->out, key);
    cbor_put_array(w->out, count);
}

static void put_fields(Writer *w, const PtField *fields, uint64_t count) {
    begin_array(w, "fields", count);
    for (uint64_t i = 0; i < count; i++) {
        cbor_put_map(w->out, 1 + (fields[i].name != NULL));
        if (fields[i].name) put_text(w, "name", fields[i].name);
        put_type(w, "type", fields[i].desc);
    }
}

static bool has_position(const Writer *w, uint64_t position) {
    return position < w->program->position_count && *w->program->positions[position].file;
}

// Begins a map of `count` pairs, and one more if the position is known, which comes first.
static void begin_placed(Writer *w, uint64_t count, uint64_t position) {
    bool placed = has_position(w, position);
    cbor_put_map(w->out, count + placed);
    if (!placed) return;
    const PtPosition *at = &w->program->positions[position];
    begin_array(w, "at", 3);
    cbor_put_text(w->out, at->file);
    cbor_put_uint(w->out, at->line);
    cbor_put_uint(w->out, at->column);
}

// ---- what a program has ----

static void put_sources(Writer *w) {
    begin_array(w, "sources", w->program->source_count);
    for (uint64_t i = 0; i < w->program->source_count; i++) {
        const PtSource *source = &w->program->sources[i];
        begin_placed(w, 3, source->position);
        put_text(w, "kind", SCHEMA_SOURCES[source->kind]);
        put_text(w, "name", source->name);
        put_type(w, "type", source->desc);
    }
}

static void put_sinks(Writer *w) {
    begin_array(w, "sinks", w->program->sink_count);
    for (uint64_t i = 0; i < w->program->sink_count; i++) {
        const PtSink *sink = &w->program->sinks[i];
        begin_placed(w, 2 + (sink->name != NULL), sink->position);
        put_text(w, "kind", SCHEMA_SINKS[sink->kind]);
        if (sink->name) put_text(w, "name", sink->name);
        put_type(w, "type", sink->desc);
    }
}

static void put_tasks(Writer *w) {
    begin_array(w, "tasks", w->program->task_count);
    for (uint64_t i = 0; i < w->program->task_count; i++) {
        const PtTask *task = &w->program->tasks[i];
        bool placed = w->task_workflows[i] != SCHEMA_NOWHERE;
        cbor_put_map(w->out, 3 + placed + (task->async != NULL));
        put_type(w, "key", task->key);
        put_text(w, "name", task->name);
        if (task->async) put_number(w, "asker", (uint64_t)task->async->asker);
        put_fields(w, task->fields, task->field_count);
        if (placed) put_number(w, "workflow", w->task_workflows[i]);
    }
}

static uint64_t stream_id(const Writer *w, uint64_t stream) {
    uint64_t sources = w->program->source_count;
    return stream < sources ? stream : STREAM_OF_WORKFLOW + (stream - sources);
}

static void put_channels(Writer *w, const PtWorkflow *workflow) {
    begin_array(w, "channels", workflow->channel_count);
    for (uint64_t i = 0; i < workflow->channel_count; i++) {
        const PtChannel *channel = &workflow->channels[i];
        cbor_put_map(w->out, 1 + (channel->stream >= 0));
        put_type(w, "type", channel->desc);
        if (channel->stream >= 0) put_number(w, "stream", stream_id(w, (uint64_t)channel->stream));
    }
}

static void put_workflows(Writer *w) {
    begin_array(w, "workflows", w->program->workflow_count);
    for (uint64_t i = 0; i < w->program->workflow_count; i++) {
        const PtWorkflow *workflow = &w->program->workflows[i];
        begin_placed(w, 3, workflow->position);
        put_text(w, "name", workflow->name);
        begin_array(w, "inputs", workflow->input_count);
        for (uint64_t j = 0; j < workflow->input_count; j++) cbor_put_uint(w->out, stream_id(w, workflow->inputs[j].stream));
        put_channels(w, workflow);
    }
}

static void put_closures(Writer *w) {
    begin_array(w, "closures", w->program->closure_count);
    for (uint64_t i = 0; i < w->program->closure_count; i++) {
        const PtClosure *closure = &w->program->closures[i];
        begin_placed(w, 3 + (closure->desc != NULL), closure->position);
        put_number(w, "id", closure->id);
        put_text(w, "name", closure->name);
        if (closure->desc) put_type(w, "type", closure->desc);
        put_fields(w, closure->fields, closure->field_count);
    }
}

// ---- types ----

static void put_variants(Writer *w, const PtDesc *desc) {
    begin_array(w, "variants", desc->variant_count);
    for (uint64_t i = 0; i < desc->variant_count; i++) {
        const PtVariant *variant = &desc->variants[i];
        cbor_put_map(w->out, 1 + (variant->name != NULL));
        if (variant->name) put_text(w, "name", variant->name);
        put_fields(w, variant->fields, variant->field_count);
    }
}

static void put_desc(Writer *w, const PtDesc *desc) {
    bool variants = desc->kind == PT_STRUCT || desc->kind == PT_ENUM, mapped = desc->kind == PT_MAP;
    bool elem = desc->kind == PT_LIST || desc->kind == PT_SET || mapped;
    cbor_put_map(w->out, 2 + elem + mapped + variants);
    if (elem) put_type(w, "elem", desc->elem);
    put_text(w, "kind", SCHEMA_KINDS[desc->kind]);
    put_text(w, "name", desc->name);
    if (mapped) put_type(w, "mapped", desc->mapped);
    if (variants) put_variants(w, desc);
}

// Types are written when all that others refer to are known, but stand before them: into a buffer of their own.
static void put_types(Writer *w, Buf *types) {
    Buf *out = w->out;
    w->out = types;
    for (size_t i = 0; i < w->types.count; i++) put_desc(w, w->types.items[i]); // grows meanwhile
    w->out = out;
    begin_array(w, "types", w->types.count);
    buf_append(w->out, types->data, types->length);
    buf_free(types);
}

void schema_write(const PtProgram *program, const uint32_t *task_workflows, Buf *out) {
    Writer w = {.out = out, .program = program, .task_workflows = task_workflows};
    Buf rest = {0}, types = {0};
    cbor_put_map(out, 8);
    put_text(&w, "app", program->name);
    put_sinks(&w);
    put_tasks(&w);
    w.out = &rest;
    put_number(&w, "format", SCHEMA_FORMAT);
    put_sources(&w);
    put_closures(&w);
    put_workflows(&w);
    w.out = out;
    put_types(&w, &types);
    buf_append(out, rest.data, rest.length);
    buf_free(&rest);
    desc_set_free(&w.types);
}
