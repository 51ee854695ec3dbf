#include "vm/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vm/error.h"
#include "vm/memory.h"
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

static bool cannot_write(Runtime *runtime, const Output *output, const char *why) {
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

// A file may be written by one sink, and not also be read. Standard input and output count: they may have been made to lead to a
// file, and a program that reads what it puts out would go on for ever.
static bool check_identity(Runtime *runtime, const Output *output, const EnvStat *stat) {
    for (uint64_t i = 0; i < runtime->program->source_count; i++)
        if (is_file(runtime, runtime->feeds[i].file, stat))
            return cannot_write(runtime, output, "a source of the program reads it");
    for (const Output *other = runtime->sinks.outputs; other < output; other++)
        if (is_file(runtime, other->file, stat)) return cannot_write(runtime, output, "another sink writes to it");
    return true;
}

static bool open_file(Runtime *runtime, Output *output, const PtString *path) {
    Env *env = runtime->env;
    output->name = memory_new((size_t)path->size + 1, 1);
    if (path->size) memcpy(output->name, path->data, (size_t)path->size);
    if (strlen(output->name) != (size_t)path->size) return cannot_write(runtime, output, "its name contains a zero byte");
    output->file = env->open(env, output->name, ENV_WRITE);
    if (output->file == -EINTR) return false; // by a stop signal, which says enough
    if (output->file < 0) return cannot_write(runtime, output, error_text(output->file));
    EnvStat stat;
    int code = env->stat(env, output->file, &stat);
    if (code < 0) return cannot_write(runtime, output, error_text(code));
    output->empties = stat.kind == ENV_FILE;
    return check_identity(runtime, output, &stat);
}

// Where standard output is closed, the first line that is written says so.
static bool check_stdout(Runtime *runtime, const Output *output) {
    EnvStat stat;
    return runtime->env->stat(runtime->env, output->file, &stat) < 0 || check_identity(runtime, output, &stat);
}

// No file loses what it holds before all could be opened.
static bool empty_files(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        const Output *output = &runtime->sinks.outputs[i];
        int code = output->empties ? runtime->env->resize(runtime->env, output->file, 0) : 0;
        if (code < 0) return cannot_write(runtime, output, error_text(code));
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
        if (!sinks->outputs[i].name) return &sinks->outputs[i];
    return NULL;
}

bool sinks_open(Runtime *runtime) {
    Sinks *sinks = &runtime->sinks;
    for (uint64_t i = 0; i < runtime->program->sink_count; i++) {
        const PtSink *sink = &runtime->program->sinks[i];
        bool prints = sink->kind == PT_SINK_PRINT;
        Output *known = prints ? find_stdout(sinks) : NULL;
        Output *output = sinks->by_sink[i] = known ? known : add_output(runtime, sink->position);
        if (known) continue;
        if (!(prints ? check_stdout(runtime, output) : open_file(runtime, output, &sinks->paths[i]))) return false;
    }
    return empty_files(runtime);
}

// ---- events ----

void pt_sink(PtContext *context, uint32_t sink, const void *event) {
    Partition *partition = partition_of(context);
    Runtime *runtime = partition->runtime;
    Output *output = runtime->sinks.by_sink[sink];
    uint64_t limit = output->committed + runtime->options.max_atom;
    partition->put_out++;
    if (!show_value(&output->bytes, runtime->program->sinks[sink].desc, event, SHOW_PLAIN, limit)) trap_output(partition);
    buf_putc(&output->bytes, '\n');
}

void sinks_commit(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++)
        runtime->sinks.outputs[i].committed = runtime->sinks.outputs[i].bytes.length;
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

int write_all(Env *env, int file, const char *bytes, size_t size) {
    while (size) {
        int64_t put = env->write(env, file, bytes, size);
        if (put == -EINTR) continue;
        if (put < 0) return (int)put;
        bytes += put;
        size -= (size_t)put;
    }
    return 0;
}

static bool release(Runtime *runtime, Output *output) {
    if (!output->committed || output->broken) return true;
    int code = write_all(runtime->env, output->file, output->bytes.data, output->committed);
    if (code < 0) {
        output->broken = true;
        return cannot_write(runtime, output, error_text(code));
    }
    output->released += output->committed;
    output->bytes.length -= output->committed;
    memmove(output->bytes.data, output->bytes.data + output->committed, output->bytes.length);
    output->committed = 0;
    if (output->bytes.capacity > KEEP_LIMIT && !output->bytes.length) buf_free(&output->bytes);
    return true;
}

bool sinks_release(Runtime *runtime) {
    bool ok = true;
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) ok = release(runtime, &runtime->sinks.outputs[i]) && ok;
    return ok;
}

bool sinks_close(Runtime *runtime) {
    bool ok = true;
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        Output *output = &runtime->sinks.outputs[i];
        if (!output->name) continue;
        int code = runtime->env->close(runtime->env, output->file);
        output->file = -1;
        if (code < 0 && !output->broken) ok = cannot_write(runtime, output, error_text(code));
    }
    return ok;
}
