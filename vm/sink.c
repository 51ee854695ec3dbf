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

// A file may be written by one sink, and not also be read.
static bool check_identity(Runtime *runtime, const Output *output, const EnvStat *stat) {
    for (uint64_t i = 0; i < runtime->program->source_count; i++)
        if (same_file(&runtime->feeds[i].stat, stat)) return cannot_write(runtime, output, "a source of the program reads it");
    for (const Output *other = runtime->sinks.outputs; other < output; other++) {
        EnvStat other_stat;
        if (other->name && runtime->env->stat(runtime->env, other->file, &other_stat) == 0 && same_file(&other_stat, stat))
            return cannot_write(runtime, output, "another sink writes to it");
    }
    return true;
}

static bool open_file(Runtime *runtime, Output *output, const PtString *path) {
    Env *env = runtime->env;
    output->name = memory_new((size_t)path->size + 1, 1);
    if (path->size) memcpy(output->name, path->data, (size_t)path->size);
    if (strlen(output->name) != (size_t)path->size) return cannot_write(runtime, output, "its name contains a zero byte");
    output->file = env->open(env, output->name, ENV_WRITE);
    if (output->file < 0) return cannot_write(runtime, output, error_text(output->file));
    EnvStat stat;
    int code = env->stat(env, output->file, &stat);
    if (code < 0) return cannot_write(runtime, output, error_text(code));
    if (!check_identity(runtime, output, &stat)) return false;
    if (stat.kind == ENV_FILE) code = env->truncate(env, output->file);
    return code >= 0 || cannot_write(runtime, output, error_text(code));
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
        Output *output = sink->kind == PT_SINK_PRINT ? find_stdout(sinks) : NULL;
        if (!output) output = add_output(runtime, sink->position);
        sinks->by_sink[i] = output;
        if (sink->kind == PT_SINK_WRITE && !open_file(runtime, output, &sinks->paths[i])) return false;
    }
    return true;
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
