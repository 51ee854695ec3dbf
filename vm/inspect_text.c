// Printing for people.
#include <string.h>

#include "vm/inspect_internal.h"
#include "vm/schema_internal.h"
#include "vm/show.h"

static void number(Buf *out, uint64_t value) {
    buf_printf(out, "%llu", (unsigned long long)value);
}

// "1 atom", "2 atoms"
static void count(Buf *out, uint64_t value, const char *what) {
    number(out, value);
    buf_printf(out, " %s%s", what, value == 1 ? "" : "s");
}

static void value(Inspection *in, const PtDesc *desc, const void *value) {
    Buf *out = &in->out;
    if (!show_value(out, desc, value, in->program, SHOW_LITERAL, out->length + INSPECT_LONGEST)) buf_puts(out, "...");
}

static void text_begin(Inspection *in, bool finished) {
    buf_printf(&in->out, "app %s, epoch ", inspect_app(in));
    number(&in->out, in->state.epoch);
    buf_puts(&in->out, finished ? ", finished\n" : ", not finished\n");
}

static void text_source(Inspection *in, const SourceItem *source) {
    Buf *out = &in->out;
    uint64_t kind = source->source->kind;
    buf_printf(out, "source %s (%s): ", source->source->name, SCHEMA_SOURCES[kind]);
    if (kind == PT_SOURCE_LINES || kind == PT_SOURCE_JSON_LINES || kind == PT_SOURCE_CSV || kind == PT_SOURCE_STDIN) {
        count(out, source->line, "line");
        buf_puts(out, ", ");
        count(out, source->position, "byte");
    } else {
        count(out, source->events, "event");
    }
    buf_puts(out, " taken, in ");
    count(out, source->atoms, "atom");
    if (source->unread) {
        buf_puts(out, ", ");
        count(out, source->unread, "byte");
        buf_puts(out, " read ahead");
    }
    buf_puts(out, source->ended ? "; ended\n" : "\n");
}

static void text_output(Inspection *in, const OutputItem *output) {
    Buf *out = &in->out;
    buf_puts(out, "output ");
    PtString path = {output->path.data, (int64_t)output->path.size};
    if (path.size)
        value(in, &(PtDesc){.kind = PT_STRING}, &path);
    else
        buf_puts(out, "to standard output");
    buf_puts(out, ": ");
    count(out, output->committed, "byte");
    if (output->released < output->committed) {
        buf_puts(out, ", at least ");
        number(out, output->released);
        buf_puts(out, " of them written");
    }
    buf_putc(out, '\n');
}

static void text_workflow(Inspection *in, const WorkflowItem *workflow) {
    Buf *out = &in->out;
    buf_printf(out, "workflow %s: %s, ", workflow->workflow->name, INSPECT_WORKFLOW_STATES[workflow->state]);
    count(out, workflow->atoms, "atom");
    buf_puts(out, " put out");
    if (workflow->ending) {
        buf_printf(out, "; `on end` of %s is done for ", workflow->ending->name);
        count(out, workflow->keys, "key");
    }
    buf_putc(out, '\n');
    for (uint64_t i = 0; i < workflow->workflow->input_count; i++) {
        buf_printf(out, "  next of %s: atom ", inspect_stream_name(in->program, workflow->workflow->inputs[i].stream));
        number(out, workflow->nexts[i]);
        buf_putc(out, '\n');
    }
}

static void text_queue(Inspection *in, const QueueItem *queue) {
    Buf *out = &in->out;
    buf_printf(out, "waiting of %s: atom%s ", queue->stream, queue->first == queue->last ? "" : "s");
    number(out, queue->first);
    if (queue->first != queue->last) {
        buf_puts(out, " to ");
        number(out, queue->last);
    }
    buf_puts(out, ", ");
    count(out, queue->events, "event");
    buf_putc(out, '\n');
}

static void text_task(Inspection *in, const TaskItem *task) {
    Buf *out = &in->out;
    buf_printf(out, "\ntask %s", task->task->name);
    if (task->workflow) buf_printf(out, " of workflow %s", task->workflow);
    if (task->uses > 1) {
        buf_puts(out, ", use ");
        number(out, task->use);
    }
    buf_puts(out, ": ");
    number(out, task->entries);
    buf_puts(out, task->entries == 1 ? " entry\n" : " entries\n");
}

static void text_entry(Inspection *in, const PtTask *task, const char *entry) {
    Buf *out = &in->out;
    buf_puts(out, "  ");
    value(in, task->key, entry);
    for (uint64_t i = 0; i < task->field_count; i++) {
        buf_printf(out, "%s%s = ", i ? ", " : " => ", task->fields[i].name);
        value(in, task->fields[i].desc, entry + task->fields[i].offset);
    }
    buf_putc(out, '\n');
}

static void text_end_task(Inspection *in, const TaskItem *task, uint64_t shown) {
    if (shown == task->entries) return;
    buf_puts(&in->out, "  ... and ");
    number(&in->out, task->entries - shown);
    buf_puts(&in->out, " more\n");
}

const Printer INSPECT_TEXT_PRINTER = {
    .begin = text_begin,
    .source = text_source,
    .output = text_output,
    .workflow = text_workflow,
    .queue = text_queue,
    .task = text_task,
    .entry = text_entry,
    .end_task = text_end_task,
};
