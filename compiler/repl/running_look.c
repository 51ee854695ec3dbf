// running_look.c - looking into the run: the state of tasks, and what waits. Both are `portals inspect` of the last epoch.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/repl/running_internal.h"
#include "vm/encode.h"
#include "vm/host.h"
#include "vm/inspect.h"
#include "vm/memory.h"
#include "vm/schema_internal.h"
#include "vm/store_memory.h"

enum { ENTRIES_SHOWN = 50, PENDING_SHOWN = 20 };

typedef struct Looking {
    const Running *running;
    Buf *out;
} Looking;

static bool write_to_buf(void *looking, const char *bytes, size_t size) {
    buf_append(((Looking *)looking)->out, bytes, size);
    return true;
}

// The code of the run may be older than what is defined.
static bool find_line(void *looking, const PtPosition *at, Buf *out) {
    const Running *running = ((Looking *)looking)->running;
    if (running->program.version != session_version(running->session)) return false;
    return session_line(running->session, at->file, at->line, out);
}

static bool look(const Running *running, InspectOptions options, Buf *out) {
    Store *view = store_memory_at(running->store, store_memory_last(running->store));
    Buf message = {0};
    options.format = INSPECT_TEXT;
    options.write = write_to_buf;
    options.line = find_line;
    options.user = &(Looking){running, out};
    size_t before = out->length;
    InspectResult result = inspect(view, &options, &message);
    if (out->length > before && out->data[before] == '\n') { // as between sections
        memmove(out->data + before, out->data + before + 1, out->length - before - 1);
        out->length--;
    }
    if (result == INSPECT_FAILED) running_complain(out, NULL, "%s", buf_text(&message));
    buf_free(&message);
    view->close(view);
    return result == INSPECT_DONE;
}

// ---- :pending ----

bool running_pending(Running *running, const char *arguments, Buf *out) {
    (void)arguments;
    running_begin_command(running, out);
    if (!running_has(running, out)) return false;
    size_t before = out->length;
    bool fine = look(running, (InspectOptions){.parts = INSPECT_PENDING, .limit = PENDING_SHOWN}, out);
    if (fine && out->length == before) buf_puts(out, "nothing waits\n");
    return fine;
}

// ---- :state ----

static const PtTask *find_task(const PtProgram *program, const char *name) {
    for (uint64_t i = 0; i < program->task_count; i++)
        if (strcmp(program->tasks[i].name, name) == 0) return &program->tasks[i];
    return NULL;
}

// The tasks of the run, each name once, but for those that belong to the machinery.
static int task_names(const PtProgram *program, const char **names) {
    int count = 0;
    for (uint64_t i = 0; i < program->task_count; i++) {
        const PtTask *task = &program->tasks[i];
        if (!host_is_hidden(task->name) && find_task(program, task->name) == task) names[count++] = task->name;
    }
    return count;
}

static bool say_no_task(const PtProgram *program, const char *name, Buf *out) {
    const char **names = MEMORY_NEW(const char *, program->task_count + 1);
    int count = task_names(program, names);
    if (*name)
        buf_printf(out, "error: the run has no task `%s`\n", name);
    else
        buf_puts(out, "error: the state of which task?\n");
    running_help_names(name, names, count, out);
    if (!count) buf_puts(out, "  = help: none of its tasks has state\n");
    free(names);
    return false;
}

// Where the name of a task ends, which may have types: `Count[Map[Int, String]]`.
static size_t name_length(const char *text) {
    size_t i = 0;
    for (int depth = 0; text[i] && (depth || !isspace((unsigned char)text[i])); i++) {
        if (text[i] == '[') depth++;
        if (text[i] == ']') depth--;
    }
    return i;
}

// The key that is looked for, as bytes that do not depend on the program that evaluated it.
typedef struct Wanted {
    const PtTask *task;
    Buf bytes;
    Buf change; // if its type is not that of the task's keys any more
} Wanted;

static void take_key(void *user, const PtProgram *program, PtValue value) {
    Wanted *wanted = user;
    if (schema_same_type(wanted->task->key, value.desc, &wanted->change))
        encode_key(&wanted->bytes, value.desc, value.at, program);
}

static bool read_key(Running *running, const char *text, Wanted *wanted, Buf *out) {
    const PtDesc *type = wanted->task->key;
    if (type->kind == PT_UNIT) return running_complain(out, NULL, "task `%s` is not keyed: it has one state", wanted->task->name);
    const ValueText key = {.text = text, .length = strlen(text), .type = type->name};
    if (!session_evaluate(running->session, &key, take_key, wanted, out)) return false;
    if (!wanted->change.length) return true;
    return running_complain(out, "`:run` begins a run with the new definitions", "the key of task `%s` %s", wanted->task->name,
                            buf_text(&wanted->change));
}

static bool state_of(Running *running, const char *name, const char *key, Buf *out) {
    const PtProgram *program = running->program.program;
    Wanted wanted = {.task = find_task(program, name)};
    if (!wanted.task) return say_no_task(program, name, out);
    bool fine = !*key || read_key(running, key, &wanted, out);
    InspectOptions options = {.parts = INSPECT_STATE, .task = name, .limit = ENTRIES_SHOWN};
    if (*key) options.key = (StoreBytes){wanted.bytes.data, wanted.bytes.length};
    if (fine) fine = look(running, options, out);
    buf_free(&wanted.bytes);
    buf_free(&wanted.change);
    return fine;
}

bool running_state(Running *running, const char *arguments, Buf *out) {
    running_begin_command(running, out);
    if (!running_has(running, out)) return false;
    size_t length = name_length(arguments), rest = length;
    while (isspace((unsigned char)arguments[rest])) rest++;
    char *name = strndup(arguments, length);
    bool fine = state_of(running, name, arguments + rest, out);
    free(name);
    return fine;
}
