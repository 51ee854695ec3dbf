// Printing for people.
#include <string.h>

#include "vm/host.h"
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
    if (kind == PT_SOURCE_INBOX) {
        buf_puts(out, ", up to number ");
        number(out, source->position);
    }
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

static void text_outbox(Inspection *in, const OutboxItem *outbox) {
    Buf *out = &in->out;
    buf_printf(out, "outbox of %s: ", outbox->sink->name);
    count(out, outbox->last, "atom");
    buf_puts(out, ", ");
    number(out, outbox->taken);
    buf_puts(out, " of them taken\n");
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
    for (uint64_t i = 0; i < task->field_count && schema_is_own_state(&task->fields[i]); i++) {
        buf_printf(out, "%s%s = ", i ? ", " : " => ", task->fields[i].name);
        value(in, task->fields[i].desc, entry + task->fields[i].offset);
    }
    buf_putc(out, '\n');
}

static void and_more(Inspection *in, uint64_t left) {
    if (!left) return;
    buf_puts(&in->out, "  ... and ");
    number(&in->out, left);
    buf_puts(&in->out, " more\n");
}

static void text_end_task(Inspection *in, const TaskItem *task, uint64_t shown) {
    if (!in->options->key.data)
        and_more(in, task->entries - shown);
    else if (!shown)
        buf_puts(&in->out, "  it has no entry of this key\n");
}

// ---- continuations ----

static void text_continuations(Inspection *in, const CellSums *sums) {
    static const char *const kinds[] = {"a reply",   "a promise", "a timer", "a spawned block", "the first of several",
                                        "their turn"};
    Buf *out = &in->out;
    if (!sums->pending && !sums->futures) return;
    buf_putc(out, '\n');
    count(out, sums->pending, "continuation");
    const char *between = " waiting: ";
    for (int i = CELL_ASK; i <= CELL_QUEUED; i++) {
        if (!sums->kinds[i]) continue;
        buf_puts(out, between);
        between = ", ";
        number(out, sums->kinds[i]);
        buf_printf(out, " for %s", kinds[i]);
    }
    if (sums->futures) {
        buf_puts(out, "; and ");
        count(out, sums->futures, "future");
        buf_puts(out, " that nothing waits for");
    }
    buf_putc(out, '\n');
}

static void position(Buf *out, const PtPosition *at) {
    if (at) buf_printf(out, " at %s:%u:%u", at->file, at->line, at->column);
}

static void waits_for(Inspection *in, const ContinuationItem *c) {
    static const char *const kinds[] = {"a reply", "a promise", "a timer", "a spawned block", "the first of several futures",
                                        "its turn"};
    const CellItem *future = c->future;
    CellKind kind = (CellKind)future->cell.kind;
    Buf *out = &in->out;
    buf_puts(out, kinds[kind]);
    if (kind == CELL_ASK) buf_printf(out, " of portal %.*s", (int)future->portal.size, (const char *)future->portal.data);
    if (kind == CELL_QUEUED) {
        buf_puts(out, ", at place ");
        number(out, c->place);
        buf_puts(out, " in the queue of its key");
    }
    if (kind == CELL_SLEEP && future->cell.due) {
        buf_puts(out, ", until ");
        inspect_put_time(out, future->cell.due);
    } else if (c->item->cell.due) {
        buf_puts(out, ", at most until ");
        inspect_put_time(out, c->item->cell.due);
    }
}

static void text_activation(Inspection *in, const ContinuationItem *c) {
    const Activation *activation = &c->item->cell.activation;
    Buf *out = &in->out;
    if (activation->kind == ACTIVATION_SPAWN) buf_puts(out, ", in a spawned block");
    if (activation->kind == ACTIVATION_REQUEST) {
        buf_printf(out, ", in a request to portal %.*s", (int)c->item->requested.size, (const char *)c->item->requested.data);
        if (c->asker && host_is_hidden(c->asker))
            buf_puts(out, " from outside");
        else if (c->asker)
            buf_printf(out, " by %s", c->asker);
        if (activation->replied) buf_puts(out, ", which has its reply");
    }
    if (c->item->parts & CELL_IS_DROPPED) buf_puts(out, "; it was dropped, and is to fail");
}

static void code_line(Inspection *in, const PtPosition *at) {
    Buf line = {0};
    if (!at || !in->options->line || !in->options->line(in->options->user, at, &line)) return;
    const char *text = buf_text(&line);
    buf_printf(&in->out, "      | %s\n", text + strspn(text, " \t"));
    buf_free(&line);
}

// What it has captured, but for its caller and what has no name.
static void text_frame(Inspection *in, const PtClosure *code, const char *frame, bool begins) {
    Buf *out = &in->out;
    const char *between = ": ";
    buf_printf(out, "    %s", code->name);
    position(out, inspect_position(in->program, code->position));
    for (uint64_t i = 0; i < code->field_count; i++) {
        const PtField *field = &code->fields[i];
        if (!field->name) continue;
        const char *at = frame + field->offset;
        if (field->boxed) memcpy(&at, at, sizeof at);
        buf_printf(out, "%s%s = ", between, field->name);
        value(in, field->desc, at);
        between = ", ";
    }
    buf_putc(out, '\n');
    if (!begins) code_line(in, inspect_position(in->program, code->position));
}

static void text_continuation(Inspection *in, const ContinuationItem *c) {
    Buf *out = &in->out;
    const void *frame = c->item->cell.waiter, *next = frame;
    buf_printf(out, "  %s", c->task->name);
    if (c->workflow) buf_printf(out, " of %s", c->workflow);
    if (c->task->key->kind != PT_UNIT) {
        buf_puts(out, ", key ");
        value(in, c->task->key, c->key);
    }
    buf_puts(out, ": waits for ");
    waits_for(in, c);
    text_activation(in, c);
    buf_putc(out, '\n');
    bool begins = c->future->cell.kind == CELL_QUEUED; // its position is only that of the task
    uint64_t frames = 0;
    for (const PtClosure *code; (code = inspect_frame(in->program, &next)); frame = next)
        if (frames++ < INSPECT_FRAMES) text_frame(in, code, frame, begins);
    if (frames > INSPECT_FRAMES) {
        buf_puts(out, "    ... and ");
        count(out, frames - INSPECT_FRAMES, "caller");
        buf_putc(out, '\n');
    }
}

static void text_end_continuations(Inspection *in, const CellSums *sums, uint64_t shown) {
    and_more(in, sums->pending - shown);
}

const Printer INSPECT_TEXT_PRINTER = {
    .begin = text_begin,
    .source = text_source,
    .output = text_output,
    .outbox = text_outbox,
    .workflow = text_workflow,
    .queue = text_queue,
    .task = text_task,
    .entry = text_entry,
    .end_task = text_end_task,
    .continuations = text_continuations,
    .continuation = text_continuation,
    .end_continuations = text_end_continuations,
};
