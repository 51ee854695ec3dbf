// Saying what has changed about the things of a program, so that what a directory holds of them cannot be gone on with. All
// changes are listed, not only the first.
#include <string.h>

#include "vm/host.h"
#include "vm/schema_internal.h"

typedef struct Report {
    const Match *match;
    Buf *message;
    size_t start; // of what is said here
} Report;

// Begins the message about one thing.
static Buf *problem(const Report *r) {
    buf_puts(r->message, r->message->length > r->start ? "error: cannot resume: " : "cannot resume: ");
    return r->message;
}

// The number of the thing with this id; SCHEMA_NOT_FOUND if it is gone.
static uint32_t number_of(const uint32_t *ids, uint64_t count, uint64_t id) {
    for (uint64_t i = 0; i < count; i++)
        if (ids[i] == id) return (uint32_t)i;
    return SCHEMA_NOT_FOUND;
}

static void note_type(Buf *notes, const char *what, const PtDesc *was, const PtDesc *is) {
    Buf change = {0};
    if (!schema_same_type(was, is, &change)) buf_printf(notes, "   = %s %s\n", what, buf_text(&change));
    buf_free(&change);
}

static uint64_t field_number(const PtField *fields, uint64_t count, const char *name) {
    uint64_t i = 0;
    while (i < count && strcmp(fields[i].name, name) != 0) i++;
    return i;
}

static bool is_exclusive(const PtTask *task) {
    return task->field_count && !schema_is_own_state(&task->fields[task->field_count - 1]);
}

static void note_states(Buf *notes, const PtTask *was, const PtTask *is) {
    size_t before = notes->length;
    bool moved = false;
    for (uint64_t i = 0; i < was->field_count; i++) {
        const PtField *state = &was->fields[i];
        uint64_t now = field_number(is->fields, is->field_count, state->name);
        if (!schema_is_own_state(state)) continue;
        if (now == is->field_count) {
            buf_printf(notes, "   = state `%s` of type %s is gone\n", state->name, state->desc->name);
            continue;
        }
        Buf name = {0};
        buf_printf(&name, "state `%s`", state->name);
        note_type(notes, buf_text(&name), state->desc, is->fields[now].desc);
        buf_free(&name);
        moved |= now != i;
    }
    for (uint64_t i = 0; i < is->field_count; i++)
        if (schema_is_own_state(&is->fields[i]) &&
            field_number(was->fields, was->field_count, is->fields[i].name) == was->field_count)
            buf_printf(notes, "   = state `%s` of type %s is new\n", is->fields[i].name, is->fields[i].desc->name);
    bool was_exclusive = is_exclusive(was), is_now = is_exclusive(is);
    if (was_exclusive != is_now) buf_printf(notes, "   = it %s exclusive\n", was_exclusive ? "was" : "is now");
    if (moved && notes->length == before) buf_puts(notes, "   = its states are in another order\n");
}

static void put_task(Buf *out, const Side *side, uint64_t task) {
    uint64_t rank = schema_task_rank(side, task);
    if (rank) buf_printf(out, "use %llu of ", (unsigned long long)rank + 1);
    buf_printf(out, "task `%s`", side->program->tasks[task].name);
    if (side->task_workflows[task] != SCHEMA_NOWHERE) buf_printf(out, " of workflow `%s`", schema_workflow_of(side, task));
}

// What a task remembers: values of its states, for which keys it has seen events, and what waits.
static bool has_state(const PtTask *task) {
    return task->field_count || task->key->kind != PT_UNIT || task->async;
}

// A workflow that is gone says it for its tasks.
static bool task_is_missed(const Match *m, uint64_t id) {
    uint32_t workflow = m->was.task_workflows[id];
    if (!has_state(&m->was.program->tasks[id])) return false;
    return workflow == SCHEMA_NOWHERE || number_of(m->ids->workflow, m->is.program->workflow_count, workflow) != SCHEMA_NOT_FOUND;
}

static void check_task(const Report *r, uint64_t id) {
    const Match *m = r->match;
    const PtTask *was = &m->was.program->tasks[id];
    uint32_t number = number_of(m->ids->task, m->is.program->task_count, id);
    if (number == SCHEMA_NOT_FOUND) {
        if (!task_is_missed(m, id)) return;
        put_task(problem(r), &m->was, id);
        buf_puts(r->message, " is gone\n");
        return;
    }
    Buf notes = {0};
    const PtTask *is = &m->is.program->tasks[number];
    note_type(&notes, "its key", was->key, is->key);
    note_states(&notes, was, is);
    if (notes.length) {
        put_task(problem(r), &m->was, id);
        buf_printf(r->message, " has changed\n%s", buf_text(&notes));
    }
    buf_free(&notes);
}

// What the compiler adds so that portals can be asked from outside may be gone, where no request is under way (recover.c).
static void check_source(const Report *r, uint64_t id) {
    const Match *m = r->match;
    const PtSource *was = &m->was.program->sources[id];
    uint32_t number = number_of(m->ids->source, m->is.program->source_count, id);
    if (number == SCHEMA_NOT_FOUND && host_is_hidden(was->name)) return;
    if (number == SCHEMA_NOT_FOUND) {
        buf_printf(problem(r), "source `%s` is gone\n", was->name);
        return;
    }
    const PtSource *is = &m->is.program->sources[number];
    Buf notes = {0};
    if (was->kind != is->kind)
        buf_printf(&notes, "   = it was made by `%s` and is made by `%s`\n", SCHEMA_SOURCES[was->kind], SCHEMA_SOURCES[is->kind]);
    note_type(&notes, "its event", was->desc, is->desc);
    if (notes.length) buf_printf(problem(r), "source `%s` has changed\n%s", was->name, buf_text(&notes));
    buf_free(&notes);
}

// The type of the events that a workflow puts out to others, or NULL.
static const PtDesc *event_of(const PtProgram *program, uint64_t workflow) {
    const PtChannel *channel = program_channel(program, program->source_count + workflow);
    return channel ? channel->desc : NULL;
}

// A stream of the program by the number that the stored program gives to what makes it; UINT64_MAX if that is new.
static uint64_t stored_stream(const Match *m, uint64_t stream) {
    uint64_t sources = m->is.program->source_count;
    uint64_t known = stream < sources ? m->was.program->source_count : m->was.program->workflow_count;
    uint64_t id = stream < sources ? m->ids->source[stream] : m->ids->workflow[stream - sources];
    if (id >= known) return UINT64_MAX;
    return stream < sources ? id : m->was.program->source_count + id;
}

static const char *stream_name(const PtProgram *program, uint64_t stream) {
    if (stream < program->source_count) return program->sources[stream].name;
    return program->workflows[stream - program->source_count].name;
}

// Positions in streams are kept by the number of the input. What is added for requests from outside comes last, and is found by
// its stream.
static void note_inputs(const Match *m, Buf *notes, const PtWorkflow *was, const PtWorkflow *is) {
    for (uint64_t i = 0; i < was->input_count; i++) {
        const char *name = stream_name(m->was.program, was->inputs[i].stream);
        if (host_is_hidden(name)) continue;
        if (i >= is->input_count)
            buf_printf(notes, "   = it does not read `%s` any more\n", name);
        else if (stored_stream(m, is->inputs[i].stream) != was->inputs[i].stream)
            buf_printf(notes, "   = input %llu was `%s` and is `%s`\n", (unsigned long long)i + 1, name,
                       stream_name(m->is.program, is->inputs[i].stream));
    }
}

static void check_workflow(const Report *r, uint64_t id) {
    const Match *m = r->match;
    const PtWorkflow *was = &m->was.program->workflows[id];
    uint32_t number = number_of(m->ids->workflow, m->is.program->workflow_count, id);
    if (number == SCHEMA_NOT_FOUND && host_is_hidden(was->name)) return;
    if (number == SCHEMA_NOT_FOUND) {
        buf_printf(problem(r), "workflow `%s` is gone\n", was->name);
        return;
    }
    Buf notes = {0};
    note_inputs(m, &notes, was, &m->is.program->workflows[number]);
    const PtDesc *event_was = event_of(m->was.program, id), *event_is = event_of(m->is.program, number);
    if (event_was && event_is) note_type(&notes, "what it puts out", event_was, event_is);
    if (notes.length) buf_printf(problem(r), "workflow `%s` has changed\n%s", was->name, buf_text(&notes));
    buf_free(&notes);
}

static void check_sink(const Report *r, uint64_t id) {
    const Match *m = r->match;
    const PtSink *was = &m->was.program->sinks[id];
    uint32_t number = number_of(m->ids->sink, m->is.program->sink_count, id);
    if (was->kind != PT_SINK_OUTBOX || number == SCHEMA_NOT_FOUND) return;
    Buf notes = {0};
    note_type(&notes, "its event", was->desc, m->is.program->sinks[number].desc);
    if (notes.length) buf_printf(problem(r), "the outbox of `%s` has changed\n%s", was->name, buf_text(&notes));
    buf_free(&notes);
}

void schema_put_changes(const Match *match, Buf *message) {
    const PtProgram *was = match->was.program;
    Report report = {match, message, message->length};
    for (uint64_t i = 0; i < was->source_count; i++) check_source(&report, i);
    for (uint64_t i = 0; i < was->sink_count; i++) check_sink(&report, i);
    for (uint64_t i = 0; i < was->workflow_count; i++) check_workflow(&report, i);
    for (uint64_t i = 0; i < was->task_count; i++) check_task(&report, i);
    if (message->length > report.start)
        buf_puts(message, "   = help: run the program that wrote the directory, or begin anew with another directory\n");
}
