#include "vm/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/csv.h"
#include "vm/error.h"
#include "vm/host_internal.h"
#include "vm/json.h"
#include "vm/memory.h"
#include "vm/order.h"
#include "vm/show.h"

enum {
    WRITE_PATH = 0,       // the setting of PT_SINK_WRITE
    KEEP_LIMIT = 4 << 20, // how much of a buffer is kept after its bytes are out
};

static const char *output_name(const Output *output) {
    return output->name ? output->name : "standard output";
}

// ---- life ----

void sinks_init(Runtime *runtime) {
    uint64_t count = runtime->program->sink_count;
    runtime->sinks = (Sinks){
        .outputs = MEMORY_NEW(Output, count),
        .by_sink = MEMORY_NEW(Output *, count),
        .paths = MEMORY_NEW(PtString, count),
    };
}

void sinks_free(Runtime *runtime) {
    Sinks *sinks = &runtime->sinks;
    for (size_t i = 0; i < sinks->saved_count; i++) {
        buf_free(&sinks->saved[i].name);
        buf_free(&sinks->saved[i].bytes);
    }
    free(sinks->saved);
    for (uint64_t i = 0; i < sinks->output_count; i++) {
        Output *output = &sinks->outputs[i];
        if (output->name && output->file >= 0) runtime->env->close(runtime->env, output->file);
        free(output->name);
        buf_free(&output->bytes);
    }
    free(sinks->outputs);
    free(sinks->by_sink);
    free(sinks->paths);
}

void pt_config_sink_string(PtContext *context, uint32_t sink, uint32_t setting, const PtString *value) {
    if (setting == WRITE_PATH) partition_of(context)->runtime->sinks.paths[sink] = *value;
}

// ---- opening ----

bool output_cannot_write(Runtime *runtime, const Output *output, const char *why) {
    if (error_set(runtime, "cannot write to %s%s%s: %s", output->name ? "`" : "", output_name(output), output->name ? "`" : "",
                  why))
        error_position(runtime, output->position);
    return false;
}

static bool same_file(const EnvStat *a, const EnvStat *b) {
    return a->kind == ENV_FILE && b->kind == ENV_FILE && a->device == b->device && a->inode == b->inode;
}

static bool is_file(Runtime *runtime, int file, const EnvStat *stat) {
    EnvStat other;
    return file >= 0 && runtime->env->stat(runtime->env, file, &other) == 0 && same_file(&other, stat);
}

const char *sinks_conflict(Runtime *runtime, const Output *end, const EnvStat *stat) {
    for (uint64_t i = 0; i < runtime->program->source_count; i++)
        if (is_file(runtime, runtime->feeds[i].file, stat)) return "a source of the program reads it";
    for (const Output *other = runtime->sinks.outputs; other < end; other++)
        if (is_file(runtime, other->file, stat)) return "another sink writes to it";
    return NULL;
}

// A file may be written by one sink, and not also be read. Standard input and output count: they may have been made to lead to a
// file, and a program that reads what it puts out would go on for ever.
static bool check_identity(Runtime *runtime, const Output *output, const EnvStat *stat) {
    const char *conflict = sinks_conflict(runtime, output, stat);
    return !conflict || output_cannot_write(runtime, output, conflict);
}

static bool name_file(Runtime *runtime, Output *output, const PtString *path) {
    output->file = -1; // until it is open
    output->name = memory_new((size_t)path->size + 1, 1);
    if (path->size) memcpy(output->name, path->data, (size_t)path->size);
    if (strlen(output->name) != (size_t)path->size) return output_cannot_write(runtime, output, "its name contains a zero byte");
    return sinks_has_path(runtime, output);
}

static bool open_file(Runtime *runtime, Output *output) {
    Env *env = runtime->env;
    output->file = env->open(env, output->name, ENV_WRITE);
    if (output->file == -EINTR) return false; // by a stop signal, which says enough
    if (output->file < 0) return output_cannot_write(runtime, output, error_text(output->file));
    EnvStat stat;
    int code = env->stat(env, output->file, &stat);
    if (code < 0) return output_cannot_write(runtime, output, error_text(code));
    output->is_file = stat.kind == ENV_FILE;
    return check_identity(runtime, output, &stat);
}

// Where standard output is closed, the first line that is written says so.
static bool check_stdout(Runtime *runtime, const Output *output) {
    EnvStat stat;
    return runtime->env->stat(runtime->env, output->file, &stat) < 0 || check_identity(runtime, output, &stat);
}

static int sync_output(Runtime *runtime, Output *output) {
    Env *env = runtime->env;
    int code = env->sync(env, output->file);
    if (code || output->has_directory) return code;
    code = sync_directory_of(env, output->name);
    output->has_directory = !code;
    return code;
}

// A run that is kept never looks at what was in the file before; that must not come back by a crash.
int output_empty(Runtime *runtime, Output *output) {
    if (!output->is_file || !output->name) return 0;
    int code = runtime->env->resize(runtime->env, output->file, 0);
    return code || !runtime->epochs.store ? code : sync_output(runtime, output);
}

// No file loses what it holds before all could be opened.
static bool empty_files(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        Output *output = &runtime->sinks.outputs[i];
        int code = output_empty(runtime, output);
        if (code < 0) return output_cannot_write(runtime, output, error_text(code));
    }
    return true;
}

static Output *add_output(Runtime *runtime, uint64_t position) {
    Output *output = &runtime->sinks.outputs[runtime->sinks.output_count++];
    *output = (Output){.file = ENV_STDOUT, .position = position};
    return output;
}

static Output *find_stdout(Sinks *sinks) {
    for (uint64_t i = 0; i < sinks->output_count; i++)
        if (!sinks->outputs[i].name && !sinks->outputs[i].outbox) return &sinks->outputs[i];
    return NULL;
}

// False if a file cannot be what its sink is to write to, by its name.
static bool add_outputs(Runtime *runtime) {
    Sinks *sinks = &runtime->sinks;
    for (uint64_t i = 0; i < runtime->program->sink_count; i++) {
        const PtSink *sink = &runtime->program->sinks[i];
        bool prints = sink->kind == PT_SINK_PRINT, kept = sink->kind == PT_SINK_OUTBOX;
        Output *known = prints ? find_stdout(sinks) : NULL;
        Output *output = sinks->by_sink[i] = known ? known : add_output(runtime, sink->position);
        if (kept) {
            output->file = -1;
            output->outbox = outbox_of_sink(runtime, i);
        }
        if (!prints && !kept && !name_file(runtime, output, &sinks->paths[i])) return false;
    }
    return true;
}

void sinks_put_headers(Runtime *runtime) {
    const PtProgram *program = runtime->program;
    for (uint64_t i = 0; i < program->sink_count; i++) {
        Output *output = runtime->sinks.by_sink[i];
        if (program->sinks[i].kind != PT_SINK_WRITE_CSV || output->length) continue;
        csv_write_header(&output->bytes, program->sinks[i].desc);
        buf_putc(&output->bytes, '\n');
        output->committed = output->bytes.length;
    }
}

// Opening makes files that are not there: all that can be refused before is refused before.
bool sinks_open(Runtime *runtime) {
    if (!add_outputs(runtime)) return false;
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        Output *output = &runtime->sinks.outputs[i];
        if (output->outbox) continue;
        if (!(output->name ? open_file(runtime, output) : check_stdout(runtime, output))) return false;
    }
    return runtime->epochs.number ? true : empty_files(runtime);
}

// ---- events ----

static bool put_json(Partition *partition, const PtSink *sink, const void *event, Buf *to, uint64_t limit) {
    JsonFault fault = json_write(to, sink->desc, event, limit);
    if (fault && fault != JSON_TOO_LARGE) trap_unwritable(partition, sink->position, "JSON", json_fault_text(fault));
    return !fault;
}

static bool put_csv(Partition *partition, const PtSink *sink, const void *event, Buf *to) {
    if (!csv_write_record(to, sink->desc, event))
        trap_unwritable(partition, sink->position, "CSV", json_fault_text(JSON_NOT_FINITE));
    return true;
}

// False if it is more than the limit.
static bool put_event(Partition *partition, const PtSink *sink, const void *event, Buf *to, uint64_t limit) {
    switch ((PtSinkKind)sink->kind) {
    case PT_SINK_PRINT:
    case PT_SINK_WRITE: return show_value(to, sink->desc, event, partition->runtime->program, SHOW_PLAIN, limit);
    case PT_SINK_WRITE_JSON: return put_json(partition, sink, event, to, limit);
    case PT_SINK_WRITE_CSV: return put_csv(partition, sink, event, to);
    case PT_SINK_OUTBOX: return outbox_put_event(partition, sink, event, to, limit);
    }
    return false;
}

static void put_line(Partition *partition, uint32_t sink, const void *event, Buf *to, uint64_t limit) {
    const PtSink *code = &partition->runtime->program->sinks[sink];
    bool fine = put_event(partition, code, event, to, limit);
    if (!fine || to->length >= limit) trap_atom_too_large(partition);
    if (code->kind != PT_SINK_OUTBOX) buf_putc(to, '\n');
}

// In a step with exchanges each partition keeps its lines until the atom is done, with their place if they may come out of order.
static void put_in_part(Partition *partition, uint32_t sink, const void *event, SinkPart *part) {
    bool tagged = partition->workflow->code->levels;
    if (tagged) order_tag(partition, &part->tags);
    put_line(partition, sink, event, &part->bytes, partition->runtime->options.max_atom);
    if (tagged) buf_append(&part->ends, &(uint64_t){part->bytes.length}, sizeof(uint64_t));
}

void pt_sink(PtContext *context, uint32_t sink, const void *event) {
    Partition *partition = partition_of(context);
    Runtime *runtime = partition->runtime;
    Output *output = runtime->sinks.by_sink[sink];
    if (context->exchanges)
        put_in_part(partition, sink, event, &partition->sinks[output - runtime->sinks.outputs]);
    else
        put_line(partition, sink, event, &output->bytes, output->committed + runtime->options.max_atom);
}

void sinks_end_atom(Output *output, size_t bytes) {
    output->committed += bytes;
    outbox_end_atom(output->outbox, output->committed);
}

void sinks_commit(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        Output *output = &runtime->sinks.outputs[i];
        output->committed = output->bytes.length;
        if (output->outbox) outbox_end_atom(output->outbox, output->committed);
    }
}

void sinks_abort(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++)
        runtime->sinks.outputs[i].bytes.length = runtime->sinks.outputs[i].committed;
}

uint64_t sinks_waiting(const Runtime *runtime) {
    uint64_t bytes = 0;
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) bytes += runtime->sinks.outputs[i].committed;
    return bytes;
}

// ---- release ----

// The last bytes of what was there before and of what comes behind it.
static size_t end_of_output(const Output *output, char *to) {
    size_t size = output->committed < OUTPUT_TAIL ? output->committed : OUTPUT_TAIL;
    size_t before = output->length < OUTPUT_TAIL - size ? (size_t)output->length : OUTPUT_TAIL - size;
    memcpy(to, output->tail + OUTPUT_TAIL - before, before);
    if (size) memcpy(to + before, output->bytes.data + output->committed - size, size);
    return before + size;
}

uint64_t output_fingerprint(const Output *output) {
    char tail[OUTPUT_TAIL];
    return hash_bytes(tail, end_of_output(output, tail));
}

void output_cut(Output *output, Buf *bytes) {
    if (output->is_file && output->committed) {
        char tail[OUTPUT_TAIL];
        size_t size = end_of_output(output, tail);
        memcpy(output->tail + OUTPUT_TAIL - size, tail, size);
    }
    if (output->outbox) outbox_cut(output->outbox, output->committed);
    buf_move(bytes, &output->bytes, KEEP_LIMIT);
    output->length += output->committed;
    output->committed = 0;
}

int output_release(Runtime *runtime, Output *output, const Buf *bytes) {
    if (!bytes->length) return 0;
    if (output->outbox) {
        outbox_release(output->outbox, bytes);
        return 0;
    }
    Env *env = runtime->env;
    int code = output->is_file ? write_all_at(env, output->file, bytes->data, bytes->length, output->released)
                               : write_all(env, output->file, bytes->data, bytes->length);
    if (!code) output->released += bytes->length;
    return code;
}

int sinks_sync(Runtime *runtime, int *codes) {
    int code = 0;
    for (uint64_t i = 0; i < runtime->sinks.output_count && !code; i++)
        if (runtime->sinks.outputs[i].is_file && runtime->sinks.outputs[i].name)
            code = codes[i] = sync_output(runtime, &runtime->sinks.outputs[i]);
    return code;
}

bool sinks_close(Runtime *runtime) {
    bool ok = true;
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        Output *output = &runtime->sinks.outputs[i];
        if (!output->name) continue;
        int code = runtime->env->close(runtime->env, output->file);
        output->file = -1;
        if (code < 0 && !runtime->epochs.broken) ok = output_cannot_write(runtime, output, error_text(code));
    }
    return ok;
}
