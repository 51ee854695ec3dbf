// What is shown of a directory, in which order; how it looks is the printer's.
#include "vm/inspect.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/host.h"
#include "vm/inspect_internal.h"
#include "vm/memory.h"

// ---- failures and output ----

int inspect_fail(Inspection *in, const char *format, ...) {
    if (!in->failed) {
        char text[1000];
        va_list args;
        va_start(args, format);
        vsnprintf(text, sizeof text, format, args);
        va_end(args);
        buf_puts(in->message, text);
    }
    in->failed = true;
    return INSPECT_STOP;
}

void inspect_flush(Inspection *in, size_t much) {
    if (in->out.length < much || in->stopped) return;
    if (in->out.length && !in->options->write(in->options->user, in->out.data, in->out.length)) in->stopped = true;
    in->out.length = 0;
}

// What a call of the store said. True if it is fine to go on.
static bool check(Inspection *in, int code) {
    if (code < 0) inspect_fail(in, "%s", in->state.error ? in->state.error : in->state.store->message(in->state.store));
    return !code && !in->failed && !in->stopped;
}

// Sees all items of a kind, in the order of their bytes.
static bool scan(Inspection *in, KeyKind kind, StoreScan *visit, void *user) {
    char prefix = (char)kind;
    return check(in, state_scan(&in->state, (StoreBytes){&prefix, 1}, visit, user));
}

static bool parse(Inspection *in, StoreBytes bytes, Key *key) {
    if (key_parse(bytes.data, bytes.size, key)) return true;
    inspect_fail(in, "damaged: there is an item with a key that is none");
    return false;
}

// ---- sources, outputs ----

static int visit_source(void *user, StoreBytes bytes, StoreBytes value) {
    Inspection *in = user;
    Key key;
    SourceItem item;
    if (!parse(in, bytes, &key) || inspect_read_source(in, &key, value, &item)) return INSPECT_STOP;
    if (host_is_hidden(item.source->name)) return 0;
    in->sums.sources++;
    PRINT(in, source, &item);
    return 0;
}

static int visit_output(void *user, StoreBytes bytes, StoreBytes value) {
    Inspection *in = user;
    Key key;
    OutputItem item;
    if (!parse(in, bytes, &key) || inspect_read_output(in, &key, value, &item)) return INSPECT_STOP;
    in->sums.outputs++;
    PRINT(in, output, &item);
    return 0;
}

// What waits in it follows the item that says how far it is.
typedef struct OutboxScan {
    Inspection *in;
    OutboxItem item;
    uint32_t id;
} OutboxScan;

static int visit_outbox(void *user, StoreBytes bytes, StoreBytes value) {
    OutboxScan *outboxes = user;
    Inspection *in = outboxes->in;
    Key key;
    if (!parse(in, bytes, &key)) return INSPECT_STOP;
    if (key.number) {
        if (!outboxes->item.sink || outboxes->id != key.id)
            return inspect_fail(in, "damaged: there are atoms of an outbox that is not there");
        return inspect_read_outbox_atom(in, &key, value, &outboxes->item);
    }
    if (inspect_read_outbox(in, &key, value, &outboxes->item)) return INSPECT_STOP;
    outboxes->id = key.id;
    if (host_is_hidden(outboxes->item.sink->name)) return 0;
    in->sums.outboxes++;
    PRINT(in, outbox, &outboxes->item);
    return 0;
}

// ---- workflows ----

static int read_nexts(Inspection *in, uint32_t id, uint64_t *nexts, uint64_t count) {
    Buf bytes = {0};
    int code = 0;
    for (uint64_t i = 0; i < count && !code; i++) {
        StoreBytes value;
        bytes.length = 0;
        key_put_input(&bytes, id, (uint32_t)i);
        Key key = {.kind = KEY_INPUT, .id = id, .number = i};
        code = state_get(&in->state, (StoreBytes){bytes.data, bytes.length}, &value);
        if (!code) code = inspect_read_input(in, &key, value, &nexts[i]);
        if (code == -ENOENT) code = 0;
    }
    buf_free(&bytes);
    return code;
}

static int visit_workflow(void *user, StoreBytes bytes, StoreBytes value) {
    Inspection *in = user;
    Key key;
    WorkflowItem item;
    if (!parse(in, bytes, &key) || inspect_read_workflow(in, &key, value, &item)) return INSPECT_STOP;
    uint64_t *nexts = MEMORY_NEW(uint64_t, item.workflow->input_count);
    item.nexts = nexts;
    int code = read_nexts(in, key.id, nexts, item.workflow->input_count);
    if (!code && !host_is_hidden(item.workflow->name)) {
        in->sums.workflows++;
        PRINT(in, workflow, &item);
    }
    free(nexts);
    return code;
}

// ---- atoms ----

typedef struct Queue {
    Inspection *in;
    QueueItem item; // stream NULL: none yet
    uint32_t stream;
} Queue;

static void end_queue(Queue *queue) {
    if (queue->item.stream && !host_is_hidden(queue->item.stream)) PRINT(queue->in, queue, &queue->item);
    queue->item = (QueueItem){0};
}

static int visit_atom(void *user, StoreBytes bytes, StoreBytes value) {
    Queue *queue = user;
    Inspection *in = queue->in;
    Key key;
    QueueItem atom;
    if (!parse(in, bytes, &key) || inspect_read_atom(in, &key, value, &atom)) return INSPECT_STOP;
    in->sums.atoms++;
    in->sums.events += atom.events;
    if (queue->item.stream && (key.id != queue->stream || atom.first != queue->item.last + 1)) end_queue(queue);
    if (queue->item.stream) {
        queue->item.last = atom.first;
        queue->item.events += atom.events;
    } else {
        queue->item = atom;
    }
    queue->stream = key.id;
    return 0;
}

static bool show_queues(Inspection *in) {
    Queue queue = {.in = in};
    if (!scan(in, KEY_ATOM, visit_atom, &queue)) return false;
    end_queue(&queue);
    return true;
}

// ---- tasks ----

static TaskItem describe_task(const Inspection *in, uint64_t number) {
    const PtProgram *p = in->program;
    TaskItem item = {.task = &p->tasks[number]};
    for (uint64_t i = 0; i < p->workflow_count; i++) {
        const PtWorkflow *workflow = &p->workflows[i];
        for (uint64_t j = 0; j < workflow->task_count; j++)
            if (workflow->tasks[j] == number) item.workflow = workflow->name;
        for (uint64_t j = 0; item.workflow == workflow->name && j < workflow->task_count; j++) {
            if (strcmp(p->tasks[workflow->tasks[j]].name, item.task->name) != 0) continue;
            item.uses++;
            if (workflow->tasks[j] <= number) item.use++;
        }
    }
    return item;
}

static bool is_wanted(const Inspection *in, uint64_t number) {
    const char *wanted = in->options->task;
    return !wanted || strcmp(wanted, in->program->tasks[number].name) == 0;
}

static bool show_task(Inspection *in, uint64_t number) {
    if (!is_wanted(in, number)) return true;
    TaskItem item = describe_task(in, number);
    if (!check(in, inspect_count_entries(in, number, &item.entries))) return false;
    if (host_is_hidden(item.task->name)) return true;
    in->sums.tasks++;
    in->sums.entries += item.entries;
    PRINT(in, task, &item);
    uint64_t shown;
    if (!check(in, inspect_entries(in, number, &shown))) return false;
    PRINT(in, end_task, &item, shown);
    return true;
}

static bool show_tasks(Inspection *in) {
    bool fine = true;
    for (uint64_t i = 0; fine && i < in->program->task_count; i++) fine = show_task(in, i);
    return fine;
}

static bool has_task(Inspection *in) {
    const char *wanted = in->options->task;
    for (uint64_t i = 0; wanted && i < in->program->task_count; i++)
        if (strcmp(wanted, in->program->tasks[i].name) == 0) return true;
    if (wanted) inspect_fail(in, "there is no task `%s` in app `%s`", wanted, inspect_app(in));
    return !wanted;
}

// ---- all ----

static int check_key(void *user, StoreBytes bytes, StoreBytes value) {
    (void)value;
    Inspection *in = user;
    Key key;
    if (!parse(in, bytes, &key)) return INSPECT_STOP;
    if ((key.kind != KEY_ENTRY && key.kind != KEY_MAP) || key.id < in->program->task_count) return 0;
    return inspect_fail(in, "damaged: there is an entry of task %u, which the schema does not have", key.id);
}

static int count_item(void *user, StoreBytes bytes, StoreBytes value) {
    (void)bytes, (void)value;
    ++*(uint64_t *)user;
    return 0;
}

// All entries have been read: what no entry refers to was not.
static bool check_maps(Inspection *in) {
    uint64_t count = 0;
    if (in->options->format != INSPECT_CHECK || in->options->task) return true;
    if (!scan(in, KEY_MAP, count_item, &count)) return false;
    if (count != in->sums.map_items) inspect_fail(in, "damaged: there are entries of a Map or Set that no task has");
    return count == in->sums.map_items;
}

static bool show_part(Inspection *in) {
    if (in->options->parts == INSPECT_STATE) return show_tasks(in);
    return check(in, inspect_continuations(in));
}

static bool show_sections(Inspection *in) {
    PRINT(in, section, SECTION_SOURCES);
    if (!scan(in, KEY_SOURCE, visit_source, in)) return false;
    PRINT(in, section, SECTION_OUTPUTS);
    if (!scan(in, KEY_OUTPUT, visit_output, in)) return false;
    if (!scan(in, KEY_OUTBOX, visit_outbox, &(OutboxScan){.in = in})) return false;
    PRINT(in, section, SECTION_WORKFLOWS);
    if (!scan(in, KEY_WORKFLOW, visit_workflow, in)) return false;
    PRINT(in, section, SECTION_QUEUES);
    if (!show_queues(in)) return false;
    PRINT(in, section, SECTION_TASKS);
    if (!show_tasks(in) || !check_maps(in)) return false;
    PRINT(in, section, SECTION_CONTINUATIONS);
    if (!check(in, inspect_continuations(in))) return false;
    PRINT(in, section, SECTION_END);
    return true;
}

static bool read_schema(Inspection *in) {
    StoreBytes value;
    int code = state_get(&in->state, (StoreBytes){KEY_SCHEMA, strlen(KEY_SCHEMA)}, &value);
    if (code == -ENOENT) inspect_fail(in, "there is nothing in it yet");
    if (!check(in, code)) return false;
    in->schema = schema_decode(value, in->message);
    in->failed = !in->schema;
    if (in->failed) return false;
    in->program = schema_program(in->schema);
    in->exact = MEMORY_NEW(bool, in->program->task_count);
    for (uint64_t i = 0; i < in->program->task_count; i++) in->exact[i] = encode_key_is_exact(in->program->tasks[i].key);
    return true;
}

static bool is_finished(Inspection *in, bool *finished) {
    StoreBytes value;
    int code = state_get(&in->state, (StoreBytes){KEY_RUN, strlen(KEY_RUN)}, &value);
    uint8_t state = RUN_GOES_ON;
    uint64_t next_cell;
    if (!code && !key_take_run(bytes_of(value.data, value.size), &state, &next_cell))
        code = inspect_fail(in, "damaged: the state of the run is not what it must be");
    *finished = state == RUN_FINISHED;
    return code == -ENOENT || check(in, code);
}

static void show(Inspection *in, Store *store) {
    bool finished;
    if (!check(in, state_read(&in->state, store)) || !read_schema(in) || !is_finished(in, &finished) || !has_task(in)) return;
    if (in->options->format == INSPECT_CHECK && !check(in, state_scan(&in->state, (StoreBytes){"", 0}, check_key, in))) return;
    if (in->options->parts) {
        show_part(in);
    } else {
        PRINT(in, begin, finished);
        if (show_sections(in)) PRINT(in, end);
    }
    inspect_flush(in, 0);
}

InspectResult inspect(Store *store, const InspectOptions *options, Buf *message) {
    static const Printer *const printers[] = {&INSPECT_TEXT_PRINTER, &INSPECT_JSON_PRINTER, &INSPECT_CHECK_PRINTER};
    Inspection in = {.options = options, .printer = printers[options->format], .message = message};
    scratch_init(&in.scratch);
    show(&in, store);
    PRINT(&in, free);
    state_free(&in.state);
    schema_free(in.schema);
    free(in.exact);
    scratch_free(&in.scratch);
    buf_free(&in.out);
    if (in.failed) return INSPECT_FAILED;
    return in.stopped ? INSPECT_STOPPED : INSPECT_DONE;
}
