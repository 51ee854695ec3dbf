// Printing as JSON: one object, written while it is made. Values are what comes closest to them:
//
//   Int, Float   numbers; floats that are none: "nan", "inf", "-inf"     Bool   true, false        String   a string
//   List, tuple  an array                                                record    an object
//   Map          an object if its keys are Strings, else an array of arrays of key and value          Set   an array
//   enum         {"Add": {"user": 1}}; fields without names: {"Add": [1]}; without fields: "Add"
//   Option       None is null                                            function, (), Duration   as they are shown as text
//   Any          the value that it holds
//   Bytes        a string of hexadecimal digits
//
// What is nested deeper than yajl allows is a string: the value as it is shown as text.
#include <math.h>
#include <string.h>

#include <yajl/yajl_gen.h>

#include "vm/bytes.h"
#include "vm/hex.h"
#include "vm/inspect_internal.h"
#include "vm/map.h"
#include "vm/schema_internal.h"
#include "vm/show.h"

enum { DEEPEST = 100 }; // yajl ends at 128

static void put_text(Inspection *in, const char *text, size_t size) {
    yajl_gen_string(in->json, (const unsigned char *)text, size);
}

static void put_name(Inspection *in, const char *name) {
    put_text(in, name, strlen(name));
}

static void put_count(Inspection *in, const char *name, uint64_t count) {
    put_name(in, name);
    yajl_gen_integer(in->json, (long long)count);
}

static void put_string(Inspection *in, const char *name, const char *text) {
    put_name(in, name);
    put_name(in, text);
}

static void put_truth(Inspection *in, const char *name, bool truth) {
    put_name(in, name);
    yajl_gen_bool(in->json, truth);
}

// ---- values ----

static void put_shown(Inspection *in, const PtDesc *desc, const char *value) {
    Buf text = {0};
    if (!show_value(&text, desc, value, in->program, SHOW_LITERAL, INSPECT_LONGEST)) buf_puts(&text, "...");
    put_text(in, text.data, text.length);
    buf_free(&text);
}

static void put_float(Inspection *in, double value) {
    Buf text = {0};
    show_float(&text, value);
    if (isfinite(value))
        yajl_gen_number(in->json, text.data, text.length);
    else
        put_text(in, text.data, text.length);
    buf_free(&text);
}

static void put_bytes(Inspection *in, const PtString *bytes) {
    Buf text = {0};
    for (int64_t i = 0; i < bytes->size; i++) hex_put(bytes_add(&text, 2), (unsigned char)bytes->data[i]);
    put_text(in, text.data, text.length);
    buf_free(&text);
}

static void put_value(Inspection *in, const PtDesc *desc, const char *value, int depth);

// Elements of no size are as many as a number in the bytes says, which may be any.
static void put_list(Inspection *in, const PtDesc *desc, const PtList *list, int depth) {
    if (!desc->elem->size) {
        put_shown(in, desc, (const char *)list);
        return;
    }
    yajl_gen_array_open(in->json);
    for (int64_t i = 0; i < list->size; i++)
        put_value(in, desc->elem, (const char *)list->data + (uint64_t)i * desc->elem->size, depth + 1);
    yajl_gen_array_close(in->json);
}

static bool is_object(const PtDesc *desc) {
    return desc->kind == PT_MAP && desc->elem->kind == PT_STRING;
}

static void put_entry(Inspection *in, const PtDesc *desc, const char *key, const char *value, int depth) {
    if (desc->kind == PT_SET) {
        put_value(in, desc->elem, key, depth + 1);
    } else if (is_object(desc)) {
        put_text(in, ((const PtString *)key)->data, (size_t)((const PtString *)key)->size);
        put_value(in, desc->mapped, value, depth + 1);
    } else {
        yajl_gen_array_open(in->json);
        put_value(in, desc->elem, key, depth + 2);
        put_value(in, desc->mapped, value, depth + 2);
        yajl_gen_array_close(in->json);
    }
}

static void put_map(Inspection *in, const PtDesc *desc, const PtMap *map, int depth) {
    const PtDesc *k = desc->elem, *v = desc->mapped;
    if (is_object(desc))
        yajl_gen_map_open(in->json);
    else
        yajl_gen_array_open(in->json);
    for (uint64_t place = 0, size = map_size(map); place < size; place++) {
        const void *key, *value;
        map_run(map, place, k, v, &key, &value);
        put_entry(in, desc, key, value, depth);
    }
    if (is_object(desc))
        yajl_gen_map_close(in->json);
    else
        yajl_gen_array_close(in->json);
}

static void put_fields(Inspection *in, const PtVariant *variant, const char *value, int depth) {
    bool named = variant->field_count && variant->fields[0].name;
    if (named)
        yajl_gen_map_open(in->json);
    else
        yajl_gen_array_open(in->json);
    for (uint64_t i = 0; i < variant->field_count; i++) {
        const PtField *field = &variant->fields[i];
        const char *at = value + field->offset;
        if (field->boxed) memcpy(&at, at, sizeof at);
        if (named) put_name(in, field->name ? field->name : "");
        put_value(in, field->desc, at, depth + 1);
    }
    if (named)
        yajl_gen_map_close(in->json);
    else
        yajl_gen_array_close(in->json);
}

static void put_enum(Inspection *in, const PtDesc *desc, const char *value, int depth) {
    const PtVariant *variant = &desc->variants[*(const int64_t *)value];
    if (variant->field_count) {
        yajl_gen_map_open(in->json);
        put_name(in, variant->name);
        put_fields(in, variant, value, depth + 1);
        yajl_gen_map_close(in->json);
    } else if (strncmp(desc->name, "Option[", 7) == 0) {
        yajl_gen_null(in->json);
    } else {
        put_name(in, variant->name);
    }
}

static void put_value(Inspection *in, const PtDesc *desc, const char *value, int depth) {
    if (depth > DEEPEST) {
        put_shown(in, desc, value);
        return;
    }
    switch ((PtKind)desc->kind) {
    case PT_BYTES: put_bytes(in, (const PtString *)value); break;
    case PT_UNIT:
    case PT_DURATION:
    case PT_FUTURE:
    case PT_FRAME:
    case PT_FN: put_shown(in, desc, value); break;
    case PT_ANY: {
        PtValue held = program_any_value(in->program, value);
        put_value(in, held.desc, held.at, depth + 1);
        break;
    }
    case PT_INT: yajl_gen_integer(in->json, *(const int64_t *)value); break;
    case PT_FLOAT: put_float(in, *(const double *)value); break;
    case PT_BOOL: yajl_gen_bool(in->json, *value); break;
    case PT_STRING: put_text(in, ((const PtString *)value)->data, (size_t)((const PtString *)value)->size); break;
    case PT_LIST: put_list(in, desc, (const PtList *)value, depth); break;
    case PT_MAP:
    case PT_SET: put_map(in, desc, (const PtMap *)value, depth); break;
    case PT_STRUCT: put_fields(in, &desc->variants[0], value, depth); break;
    case PT_ENUM: put_enum(in, desc, value, depth); break;
    }
}

// ---- the parts of a directory ----

static void print(void *user, const char *text, size_t size) {
    buf_append(user, text, size);
}

static void json_begin(Inspection *in, bool finished) {
    in->json = yajl_gen_alloc(NULL);
    yajl_gen_config(in->json, yajl_gen_print_callback, print, &in->out);
    yajl_gen_config(in->json, yajl_gen_beautify, 1);
    yajl_gen_config(in->json, yajl_gen_indent_string, "  ");
    yajl_gen_map_open(in->json);
    put_string(in, "app", inspect_app(in));
    put_count(in, "epoch", in->state.epoch);
    put_truth(in, "finished", finished);
}

static void json_section(Inspection *in, Section section) {
    static const char *const names[] = {"sources", "outputs", "workflows", "waiting", "tasks", "continuations"};
    if (section > 0) yajl_gen_array_close(in->json);
    if (section == SECTION_END) return;
    put_name(in, names[section]);
    yajl_gen_array_open(in->json);
}

static void json_source(Inspection *in, const SourceItem *source) {
    yajl_gen_map_open(in->json);
    put_string(in, "name", source->source->name);
    put_string(in, "kind", SCHEMA_SOURCES[source->source->kind]);
    put_count(in, "position", source->position);
    put_count(in, "lines", source->line);
    put_count(in, "atoms", source->atoms);
    put_count(in, "events", source->events);
    put_count(in, "unread", source->unread);
    put_truth(in, "ended", source->ended);
    yajl_gen_map_close(in->json);
}

static void json_output(Inspection *in, const OutputItem *output) {
    yajl_gen_map_open(in->json);
    put_name(in, "path");
    if (output->path.size)
        put_text(in, output->path.data, output->path.size);
    else
        yajl_gen_null(in->json);
    put_count(in, "committed", output->committed);
    put_count(in, "released", output->released);
    yajl_gen_map_close(in->json);
}

static void json_outbox(Inspection *in, const OutboxItem *outbox) {
    yajl_gen_map_open(in->json);
    put_string(in, "outbox", outbox->sink->name);
    put_count(in, "last", outbox->last);
    put_count(in, "taken", outbox->taken);
    yajl_gen_map_close(in->json);
}

static void json_workflow(Inspection *in, const WorkflowItem *workflow) {
    yajl_gen_map_open(in->json);
    put_string(in, "name", workflow->workflow->name);
    put_string(in, "state", INSPECT_WORKFLOW_STATES[workflow->state]);
    put_count(in, "atoms", workflow->atoms);
    if (workflow->ending) {
        put_string(in, "ending", workflow->ending->name);
        put_count(in, "keys", workflow->keys);
    }
    put_name(in, "inputs");
    yajl_gen_array_open(in->json);
    for (uint64_t i = 0; i < workflow->workflow->input_count; i++) {
        yajl_gen_map_open(in->json);
        put_string(in, "stream", inspect_stream_name(in->program, workflow->workflow->inputs[i].stream));
        put_count(in, "next", workflow->nexts[i]);
        yajl_gen_map_close(in->json);
    }
    yajl_gen_array_close(in->json);
    yajl_gen_map_close(in->json);
}

static void json_queue(Inspection *in, const QueueItem *queue) {
    yajl_gen_map_open(in->json);
    put_string(in, "stream", queue->stream);
    put_count(in, "first", queue->first);
    put_count(in, "last", queue->last);
    put_count(in, "events", queue->events);
    yajl_gen_map_close(in->json);
}

// Those that are not of its exclusive key, which stand at the end.
static uint64_t own_states(const PtTask *task) {
    uint64_t count = task->field_count;
    while (count && !schema_is_own_state(&task->fields[count - 1])) count--;
    return count;
}

static void json_task(Inspection *in, const TaskItem *task) {
    yajl_gen_map_open(in->json);
    put_string(in, "name", task->task->name);
    if (task->workflow) put_string(in, "workflow", task->workflow);
    put_count(in, "use", task->use);
    put_string(in, "key", task->task->key->name);
    put_name(in, "states");
    yajl_gen_map_open(in->json);
    for (uint64_t i = 0; i < own_states(task->task); i++)
        put_string(in, task->task->fields[i].name, task->task->fields[i].desc->name);
    yajl_gen_map_close(in->json);
    put_count(in, "count", task->entries);
    put_name(in, "entries");
    yajl_gen_array_open(in->json);
}

static void json_entry(Inspection *in, const PtTask *task, const char *entry) {
    enum { DEPTH = 6 }; // of what is open around the values
    yajl_gen_map_open(in->json);
    put_name(in, "key");
    put_value(in, task->key, entry, DEPTH);
    for (uint64_t i = 0; i < own_states(task); i++) {
        if (i == 0) put_name(in, "states");
        if (i == 0) yajl_gen_map_open(in->json);
        put_name(in, task->fields[i].name);
        put_value(in, task->fields[i].desc, entry + task->fields[i].offset, DEPTH);
    }
    if (own_states(task)) yajl_gen_map_close(in->json);
    yajl_gen_map_close(in->json);
}

static void json_end_task(Inspection *in, const TaskItem *task, uint64_t shown) {
    (void)task, (void)shown;
    yajl_gen_array_close(in->json);
    yajl_gen_map_close(in->json);
}

// ---- continuations ----

static void put_bytes_named(Inspection *in, const char *name, StoreBytes text) {
    put_name(in, name);
    put_text(in, text.data, text.size);
}

static void put_position(Inspection *in, uint64_t position) {
    const PtPosition *at = inspect_position(in->program, position);
    if (!at) return;
    put_string(in, "file", at->file);
    put_count(in, "line", at->line);
    put_count(in, "column", at->column);
}

static void put_time(Inspection *in, const char *name, int64_t time) {
    Buf text = {0};
    if (!time) return;
    inspect_put_time(&text, time);
    put_string(in, name, buf_text(&text));
    buf_free(&text);
}

static void put_wait(Inspection *in, const ContinuationItem *c) {
    static const char *const kinds[] = {"reply", "promise", "timer", "spawn", "first", "queue"};
    const CellItem *future = c->future;
    put_string(in, "waits", kinds[future->cell.kind]);
    if (future->cell.kind == CELL_ASK) put_bytes_named(in, "portal", future->portal);
    if (c->place) put_count(in, "place", c->place);
    put_time(in, "until", future->cell.kind == CELL_SLEEP ? future->cell.due : c->item->cell.due);
}

static void put_activation(Inspection *in, const ContinuationItem *c) {
    static const char *const kinds[] = {"event", "request", "spawn"};
    const Activation *activation = &c->item->cell.activation;
    put_string(in, "of", kinds[activation->kind]);
    if (activation->kind == ACTIVATION_REQUEST) {
        put_name(in, "request");
        yajl_gen_map_open(in->json);
        put_bytes_named(in, "portal", c->item->requested);
        if (c->asker) put_string(in, "task", c->asker);
        put_truth(in, "replied", activation->replied);
        yajl_gen_map_close(in->json);
    }
    if (c->item->parts & CELL_IS_DROPPED) put_truth(in, "dropped", true);
}

static void put_frame(Inspection *in, const PtClosure *code, const char *frame) {
    enum { DEPTH = 8 };
    yajl_gen_map_open(in->json);
    put_string(in, "function", code->name);
    put_position(in, code->position);
    put_name(in, "captured");
    yajl_gen_map_open(in->json);
    for (uint64_t i = 0; i < code->field_count; i++) {
        const PtField *field = &code->fields[i];
        const char *at = frame + field->offset;
        if (!field->name) continue;
        if (field->boxed) memcpy(&at, at, sizeof at);
        put_name(in, field->name);
        put_value(in, field->desc, at, DEPTH);
    }
    yajl_gen_map_close(in->json);
    yajl_gen_map_close(in->json);
}

// Of many callers, the first are shown; `depth` is how many there are.
static void put_frames(Inspection *in, const void *frame) {
    const void *next = frame;
    uint64_t frames = 0;
    put_name(in, "frames");
    yajl_gen_array_open(in->json);
    for (const PtClosure *code; (code = inspect_frame(in->program, &next)); frame = next)
        if (frames++ < INSPECT_FRAMES) put_frame(in, code, frame);
    yajl_gen_array_close(in->json);
    put_count(in, "depth", frames);
}

static void json_continuation(Inspection *in, const ContinuationItem *c) {
    enum { DEPTH = 4 };
    yajl_gen_map_open(in->json);
    put_string(in, "task", c->task->name);
    if (c->workflow) put_string(in, "workflow", c->workflow);
    put_name(in, "key");
    put_value(in, c->task->key, c->key, DEPTH);
    put_wait(in, c);
    put_activation(in, c);
    put_frames(in, c->item->cell.waiter);
    yajl_gen_map_close(in->json);
}

static void json_end(Inspection *in) {
    yajl_gen_map_close(in->json);
}

static void json_free(Inspection *in) {
    if (in->json) yajl_gen_free(in->json);
}

const Printer INSPECT_JSON_PRINTER = {
    .begin = json_begin,
    .section = json_section,
    .source = json_source,
    .output = json_output,
    .outbox = json_outbox,
    .workflow = json_workflow,
    .queue = json_queue,
    .task = json_task,
    .entry = json_entry,
    .end_task = json_end_task,
    .continuation = json_continuation,
    .end = json_end,
    .free = json_free,
};
