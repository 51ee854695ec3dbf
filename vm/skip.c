#include "vm/skip.h"

#include "vm/error.h"
#include "vm/show.h"
#include "vm/sink.h"

enum { PART = 256 * 1024 }; // of the file, that is written at once

// The file while it is being written.
typedef struct Skip {
    Runtime *runtime;
    int file;
    bool is_file; // it has an end to append to
    uint64_t end;
    Buf bytes;
} Skip;

// ---- the file ----

// NULL, or why it cannot be written.
static const char *open_skip(Skip *skip) {
    Runtime *runtime = skip->runtime;
    Env *env = runtime->env;
    skip->file = env->open(env, runtime->options.skip_atom, ENV_WRITE);
    if (skip->file < 0) return error_text(skip->file);
    EnvStat stat;
    int code = env->stat(env, skip->file, &stat);
    if (code < 0) return error_text(code);
    skip->is_file = stat.kind == ENV_FILE;
    skip->end = stat.size;
    return sinks_conflict(runtime, runtime->sinks.outputs + runtime->sinks.output_count, &stat);
}

// A line that a crash has cut off stays a line of its own.
static void end_line(Skip *skip) {
    char last = '\n';
    if (!skip->is_file || !skip->end) return;
    if (skip->runtime->env->read_at(skip->runtime->env, skip->file, &last, 1, skip->end - 1) == 1 && last != '\n')
        buf_putc(&skip->bytes, '\n');
}

static int put_out(Skip *skip) {
    Env *env = skip->runtime->env;
    Buf *bytes = &skip->bytes;
    int code = skip->is_file ? write_all_at(env, skip->file, bytes->data, bytes->length, skip->end)
                             : write_all(env, skip->file, bytes->data, bytes->length);
    skip->end += bytes->length;
    bytes->length = 0;
    return code;
}

static int sync_skip(const Skip *skip) {
    Env *env = skip->runtime->env;
    if (!skip->is_file) return 0;
    int code = env->sync(env, skip->file);
    return code ? code : sync_directory_of(env, skip->runtime->options.skip_atom);
}

// ---- what is in it ----

// A message may have several lines.
static void put_in_line(Buf *out, const Buf *text) {
    for (size_t i = 0; i < text->length; i++) buf_putc(out, text->data[i] == '\n' ? ' ' : text->data[i]);
}

static void put_head(Skip *skip, const Failure *failure, uint64_t stream, const Atom *atom) {
    Buf *out = &skip->bytes;
    const Stream *from = &skip->runtime->streams[stream];
    buf_puts(out, "// ");
    failure_put_atom(atom->number, from->kind, from->name, out);
    buf_printf(out, " failed in workflow `%s`: ", failure->workflow);
    put_in_line(out, &failure->message);
    if (failure->position.length) {
        buf_puts(out, " (");
        put_in_line(out, &failure->position);
        buf_putc(out, ')');
    }
    buf_putc(out, '\n');
}

static void put_event(Skip *skip, uint64_t stream, const Atom *atom, uint64_t i) {
    const Runtime *runtime = skip->runtime;
    if (!atom->events) {
        show_int(&skip->bytes, (int64_t)((uint64_t)atom->first + i));
    } else {
        PtValue shown = runtime_shown(runtime, stream, atom->events + i * event_stride(runtime_event(runtime, stream)));
        show_value(&skip->bytes, shown.desc, shown.at, runtime->program, SHOW_LITERAL, SIZE_MAX);
    }
    buf_putc(&skip->bytes, '\n');
}

static int put_atom(Skip *skip, const Failure *failure, uint64_t stream, const Atom *atom) {
    int code = 0;
    end_line(skip);
    put_head(skip, failure, stream, atom);
    for (uint64_t i = 0; i < (uint64_t)atom->count && !code; i++) {
        put_event(skip, stream, atom, i);
        if (skip->bytes.length >= PART) code = put_out(skip);
    }
    if (!code) code = put_out(skip);
    return code ? code : sync_skip(skip);
}

// ---- all ----

static void say_skipped(Runtime *runtime, const Failure *failure) {
    Buf text = {0};
    failure_render_as("warning", failure, &text);
    buf_printf(&text, "   = the atom is skipped, and kept in `%s`\n", runtime->options.skip_atom);
    write_all(runtime->env, ENV_STDERR, text.data, text.length);
    buf_free(&text);
}

bool skip_atom(Runtime *runtime, const Failure *failure, uint64_t stream, const Atom *atom) {
    Skip skip = {.runtime = runtime};
    const char *fault = open_skip(&skip);
    int code = fault ? 0 : put_atom(&skip, failure, stream, atom);
    if (skip.file >= 0) {
        int closed = runtime->env->close(runtime->env, skip.file);
        if (!code) code = closed;
    }
    buf_free(&skip.bytes);
    if (!fault && code) fault = error_text(code);
    if (fault) {
        error_fail(runtime, failure);
        error_note(runtime, "the atom is not skipped: cannot write it to `%s`: %s", runtime->options.skip_atom, fault);
        return false;
    }
    runtime->has_skipped = true;
    say_skipped(runtime, failure);
    return true;
}
