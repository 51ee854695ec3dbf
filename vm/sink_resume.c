// Outputs of a run that goes on. A file gets the bytes that it may not have; what is in it already must be what the run put
// there. To standard output goes again what is not certain to have gone out.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/progress.h"

SavedOutput *sinks_saved(Runtime *runtime, uint32_t id) {
    Sinks *sinks = &runtime->sinks;
    for (size_t i = 0; i < sinks->saved_count; i++)
        if (sinks->saved[i].id == id) return &sinks->saved[i];
    sinks->saved = memory_grow(sinks->saved, sinks->saved_count, &sinks->saved_capacity, sizeof(SavedOutput));
    sinks->saved[sinks->saved_count] = (SavedOutput){.id = id};
    return &sinks->saved[sinks->saved_count++];
}

static bool is_other_file(const Output *output, const SavedOutput *saved) {
    return saved->name.length != strlen(output->name) || memcmp(saved->name.data, output->name, saved->name.length) != 0;
}

bool sinks_has_path(Runtime *runtime, const Output *output) {
    if (!runtime->epochs.number) return true;
    const SavedOutput *saved = sinks_saved(runtime, progress_output_id(runtime, output));
    if (!saved->name.length || !is_other_file(output, saved)) return true;
    if (error_set(runtime, "the run has written to `%.*s` before, and is to go on with `%s`", (int)saved->name.length,
                  saved->name.data, output->name)) {
        error_position(runtime, output->position);
        error_note(runtime, "help: give the same path as before, or start anew with another directory");
    }
    return false;
}

static bool changed(Runtime *runtime, const Output *output, const char *what, uint64_t has, uint64_t had) {
    if (error_set(runtime, "cannot go on with `%s`: %s", output->name, what)) {
        error_position(runtime, output->position);
        error_note(runtime, "it has %llu bytes; the run is known to have written %llu", (unsigned long long)has,
                   (unsigned long long)had);
        error_note(runtime, "help: put back the file that the run has written, or start anew with another directory");
    }
    return false;
}

// The bytes before `at`, as many as are looked at; *size: how many.
static int read_tail(Runtime *runtime, const Output *output, uint64_t at, char *tail, size_t *size) {
    *size = at < OUTPUT_TAIL ? (size_t)at : OUTPUT_TAIL;
    return read_exactly_at(runtime->env, output->file, tail, *size, at - *size);
}

static bool check_base(Runtime *runtime, const Output *output, const SavedOutput *saved, uint64_t size) {
    if (size < saved->base) return changed(runtime, output, "it has become shorter", size, saved->base);
    if (size > saved->length && !runtime->goes_back)
        return changed(runtime, output, "it was changed from outside, or an epoch is missing in the data directory", size,
                       saved->length);
    char tail[OUTPUT_TAIL];
    size_t tail_size;
    int code = saved->base ? read_tail(runtime, output, saved->base, tail, &tail_size) : 0;
    if (code) return output_cannot_write(runtime, output, error_text(code));
    if (saved->base && hash_bytes(tail, tail_size) != saved->base_fingerprint)
        return changed(runtime, output, "what the run has written was changed from outside", size, saved->base);
    return true;
}

// From the base on everything is written again: a crash may have left anything there.
static int write_rest(Runtime *runtime, const Output *output, const SavedOutput *saved) {
    Env *env = runtime->env;
    uint64_t skip = saved->base > saved->bytes_at ? saved->base - saved->bytes_at : 0;
    const char *bytes = saved->bytes.data + skip;
    size_t size = saved->bytes.length - (size_t)skip;
    uint64_t at = saved->bytes_at + skip;
    return write_all_at(env, output->file, bytes, size, at);
}

static bool resume_file(Runtime *runtime, Output *output, const SavedOutput *saved) {
    Env *env = runtime->env;
    EnvStat stat;
    int code = env->stat(env, output->file, &stat);
    if (code) return output_cannot_write(runtime, output, error_text(code));
    if (!check_base(runtime, output, saved, stat.size)) return false;
    if (stat.size > saved->length) code = env->resize(env, output->file, saved->length);
    if (code) return output_cannot_write(runtime, output, error_text(code));
    bool has_all =
        saved->bytes.length && saved->bytes_at <= saved->base && saved->bytes_at + saved->bytes.length == saved->length;
    if (saved->length > saved->base && !has_all)
        return changed(runtime, output, "bytes of it are missing in the data directory", stat.size, saved->length);
    if (saved->length > saved->base) code = write_rest(runtime, output, saved);
    size_t tail_size = 0;
    char tail[OUTPUT_TAIL];
    if (!code) code = read_tail(runtime, output, saved->length, tail, &tail_size);
    if (code) return output_cannot_write(runtime, output, error_text(code));
    memcpy(output->tail + OUTPUT_TAIL - tail_size, tail, tail_size);
    return true;
}

static bool resume_stdout(Runtime *runtime, Output *output, const SavedOutput *saved) {
    uint64_t from = saved->released > saved->bytes_at ? saved->released - saved->bytes_at : 0;
    if (saved->length == saved->released || from >= saved->bytes.length) return true;
    int code = write_all(runtime->env, output->file, saved->bytes.data + from, saved->bytes.length - (size_t)from);
    if (code) return output_cannot_write(runtime, output, error_text(code));
    runtime->epochs.unsaid += saved->bytes.length - from;
    return true;
}

static bool resume(Runtime *runtime, Output *output) {
    if (output->outbox) return true; // known since the store was read
    SavedOutput *saved = sinks_saved(runtime, progress_output_id(runtime, output));
    if (!saved->length && !saved->name.length && output->is_file && output->name) { // the program has it since now
        int code = output_empty(runtime, output);
        return !code || output_cannot_write(runtime, output, error_text(code));
    }
    bool ok = output->name && output->is_file ? resume_file(runtime, output, saved) : resume_stdout(runtime, output, saved);
    output->length = output->released = saved->length;
    buf_free(&saved->bytes);
    return ok;
}

bool sinks_resume(Runtime *runtime) {
    if (!runtime->epochs.number) return true;
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++)
        if (!resume(runtime, &runtime->sinks.outputs[i])) return false;
    return true;
}
