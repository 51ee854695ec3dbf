// Activations: handlers and spawned blocks, from their beginning to their end. Each of their segments runs at one go, most with a
// savepoint; behind it comes what it has emitted, then what it has made runnable.
//
// These calls come from the stages of a workflow, and may nest: what a segment emits may be an event for another task. What is
// ready is a stack of queues therefore: each call runs what came up during it, and leaves the rest to its callers.
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "vm/cells_internal.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/runtime.h"
#include "vm/savepoint.h"

// ---- frames ----

static uint64_t code_of(const void *frame) {
    return *(const uint64_t *)frame;
}

static void **caller_of(void *frame) {
    return (void **)((char *)frame + PT_FRAME_CALLER);
}

// The number of the Any that holds what the frame's function gives.
static uint64_t any_of_result(Cells *cells, const PtProgram *program, uint64_t code) {
    if (cells->result_any[code]) return cells->result_any[code] - 1;
    const PtDesc *result = program->closures[code].result;
    for (uint64_t i = 0; i < program->closure_count; i++) {
        const PtClosure *any = &program->closures[i];
        if (any->desc->kind != PT_ANY || any->fields->desc != result) continue;
        cells->result_any[code] = i + 1;
        return i;
    }
    assert(!"there is an Any for the result of a block that is spawned");
    return 0;
}

static void end_spawn(Segment *segment, uint64_t code, const void *result) {
    Partition *partition = segment->partition;
    const PtProgram *program = partition->runtime->program;
    const PtDesc *desc = program->closures[code].result;
    void *any = NULL;
    if (desc->size) any = futures_any(&partition->context, any_of_result(partition->cells, program, code), desc, result);
    futures_settle(partition->cells, cells_get(partition->cells, segment->activation.future), CELL_DONE, any);
}

enum { SMALL_RESULT = 64 };

// A frame gives its result to that of its caller, until one waits again or there is none.
static void run_frames(Segment *segment) {
    _Alignas(8) char rooms[2][SMALL_RESULT];
    PtContext *context = &segment->partition->context;
    const PtClosure *closures = segment->partition->runtime->program->closures;
    void *frame = segment->frame;
    uint64_t outcome = segment->outcome;
    const void *value = segment->value;
    for (int turn = 0;; turn = !turn) {
        uint64_t code = code_of(frame);
        void *caller = *caller_of(frame), *room = rooms[turn];
        uint32_t size = closures[code].result->size;
        if (size > SMALL_RESULT) room = pt_alloc(context, size);
        void **place = closures[code].resume(context, segment->cursors, frame, segment->entry, outcome, value, room);
        if (place) {
            *place = caller;
            return;
        }
        if (!caller) {
            segment->has_ended = true;
            if (segment->activation.kind == ACTIVATION_SPAWN) end_spawn(segment, code, room);
            return;
        }
        frame = caller;
        value = room;
        outcome = PT_VALUE;
    }
}

// ---- errors as values ----

// An Any of what partition->failure says.
static void *make_error(Segment *segment) {
    Partition *partition = segment->partition;
    const Failure *failure = &partition->failure;
    const Buf *const texts[] = {&failure->message, &failure->position, &failure->key, &failure->event};
    enum { TEXTS = sizeof texts / sizeof *texts };
    const PtDesc *desc = partition->runtime->program->closures[segment->async->error].fields->desc;
    assert(desc->size == TEXTS * sizeof(PtString));
    PtString error[TEXTS];
    for (int i = 0; i < TEXTS; i++) error[i] = savepoint_text(&partition->context, texts[i]);
    return futures_any(&partition->context, segment->async->error, desc, error);
}

// ---- failures ----

static void end(Segment *segment) {
    if (segment->is_counted && segment->async->exclusive) exclusive_leave(segment->partition, segment->task, segment->entry);
}

static bool is_empty(const Segment *segment, uint64_t channel) {
    return segment->cursors[channel].next == segment->partition->part->outputs[channel]->buffer;
}

static void flush(Segment *segment) {
    const PtAsync *async = segment->async;
    Partition *partition = segment->partition;
    if (!async->flush || !segment->cursors || is_empty(segment, async->held)) return;
    async->flush(&partition->context, segment->cursors, segment->entry);
}

// Whoever is to be told is: false if that is nobody.
static bool tell(Segment *segment) {
    Partition *partition = segment->partition;
    PtContext *context = &partition->context;
    Cells *cells = partition->cells;
    const PtAsync *async = segment->async;
    Activation *activation = &segment->activation;
    switch ((ActivationKind)activation->kind) {
    case ACTIVATION_SPAWN:
        futures_settle(cells, cells_get(cells, activation->future), CELL_FAILED, make_error(segment));
        return true;
    case ACTIVATION_REQUEST:
        if (activation->replied || !activation->from.future || !async->fail) return false;
        async->fail(context, segment->cursors, segment->entry, activation->portal, &activation->from,
                    cells_any_value(make_error(segment)));
        return true;
    case ACTIVATION_EVENT:
        if (!async->on_error || !activation->start) return false;
        failure_move(&partition->caught, &partition->failure);
        async->on_error(context, segment->cursors, segment->entry, activation->start);
        return true;
    }
    return false;
}

static void say_dropped(Partition *partition) {
    Buf text = {0};
    failure_render_as("warning", &partition->failure, &text);
    buf_puts(&text, "   = what waited is dropped\n");
    write_all(partition->runtime->env, ENV_STDERR, text.data, text.length);
    buf_free(&text);
}

// The atom at hand is not what is wrong with a continuation: where failures do not end the run, it goes on without it.
void activation_fail(Segment *segment) {
    Partition *partition = segment->partition;
    if (!tell(segment) && segment->frame) {
        bool is_at_fault = segment->begins && !segment->is_refused;
        if (is_at_fault || !partition->workflow->goes_on) trap_again(partition);
        say_dropped(partition);
    }
    failure_clear(&partition->failure);
    end(segment);
}

// ---- segments ----

// Whether what runs counts for `on atom` of the task, which has not had its turn yet.
static bool counts_for(const Partition *partition, uint64_t task) {
    if (!partition->runtime->program->tasks[task].on_atom) return false;
    bool is_early = partition->phase == PHASE_EVENTS || partition->phase == PHASE_WAKE;
    return is_early || partition->handled != task;
}

static void mark_for_on_atom(const Segment *segment) {
    Partition *partition = segment->partition;
    PtContext *context = &partition->context;
    if (!partition->cells->on_atom[segment->task] || segment->is_refused || segment->activation.late) return;
    if (counts_for(partition, segment->task)) pt_mark(context, segment->task, segment->entry);
    uint64_t globals = segment->async->globals;
    if (globals && counts_for(partition, globals - 1))
        pt_mark(context, (uint32_t)(globals - 1), activation_find_globals(partition, globals - 1));
}

// What is at fault with the beginning of a handler for an event is that event; and where a failure that nobody is told of ends
// the run, there is nothing to go back to either.
static bool has_savepoint(const Segment *segment) {
    if (segment->activation.kind != ACTIVATION_EVENT || segment->async->on_error) return true;
    return !segment->begins && segment->partition->workflow->goes_on;
}

static const char WAS_DROPPED[] = "its continuation was dropped: the program does not have its code any more";

void activation_run(Segment *segment) {
    Partition *partition = segment->partition;
    Cells *cells = partition->cells;
    Segment *outer = cells->running;
    cells->running = segment;
    pt_at_entry(&partition->context, segment->task, segment->entry);
    mark_for_on_atom(segment);
    bool ok = !segment->is_refused && segment->frame;
    if (segment->is_refused)
        failure_copy(&partition->failure, &partition->workflow->refusal);
    else if (!segment->frame)
        failure_here(partition, WAS_DROPPED);
    else if (has_savepoint(segment))
        ok = activation_try(segment, run_frames);
    else
        run_frames(segment);
    cells->running = outer;
    if (!ok)
        activation_fail(segment);
    else if (segment->has_ended)
        end(segment);
    else if (!segment->is_counted && segment->async->exclusive)
        exclusive_enter(partition, segment->task, segment->entry);
    flush(segment);
}

// ---- what is ready ----

Ready *activation_new_ready(Cells *cells) {
    cells->ready = memory_grow(cells->ready, cells->ready_count, &cells->ready_capacity, sizeof(Ready));
    return &cells->ready[cells->ready_count++];
}

void activation_refuse_ready(Partition *partition, size_t base) {
    Cells *cells = partition->cells;
    for (size_t i = base; partition->workflow->refuses && i < cells->ready_count; i++) cells->ready[i].is_refused = true;
}

// What is ready may move, and its place be taken, as soon as something runs.
static void run_one(Partition *partition, PtCursor *cursors, const Ready *ready) {
    Segment segment = {
        .partition = partition,
        .cursors = cursors,
        .async = partition->cells->async[ready->task],
        .entry = cells_entry(partition, ready->task, ready->hash, ready->key),
        .task = ready->task,
        .begins = ready->begins,
        .is_counted = ready->is_counted,
        .has_ended = false,
        .is_refused = ready->is_refused,
        .outcome = ready->outcome,
        .frame = ready->frame,
        .value = ready->value,
        .activation = ready->activation,
    };
    if (!ready->begins) partition->cells->counts.resumptions++;
    activation_run(&segment);
}

void activation_run_ready(Partition *partition, PtCursor *cursors, size_t base) {
    Cells *cells = partition->cells;
    for (size_t i = base; i < cells->ready_count;) {
        const Ready *ready = &cells->ready[i++];
        if (i == cells->ready_count) cells->ready_count = i = base; // what runs now may go on like that for long
        run_one(partition, cursors, ready);
    }
    cells->ready_count = base;
}

// ---- beginnings ----

static void begin(Segment *segment) {
    size_t base = segment->partition->cells->ready_count;
    if (segment->is_refused || !segment->async->exclusive || !exclusive_waits(segment)) activation_run(segment);
    activation_run_ready(segment->partition, segment->cursors, base);
}

static inline Segment first_segment(PtContext *context, PtCursor *cursors, uint32_t task, void *entry, void *start) {
    Partition *partition = partition_of(context);
    return (Segment){
        .partition = partition,
        .cursors = cursors,
        .async = partition->cells->async[task],
        .entry = entry,
        .task = task,
        .begins = true,
        .is_counted = false,
        .has_ended = false,
        .is_refused = false,
        .outcome = PT_VALUE,
        .frame = start,
        .value = NULL,
        .activation = {0},
    };
}

// Whether it is `on atom` or `on end` of the task that begins.
static bool begins_late(const Partition *partition, uint32_t task) {
    return (partition->phase == PHASE_ON_ATOM || partition->phase == PHASE_ON_END) && partition->handled == task;
}

void pt_start(PtContext *context, PtCursor *cursors, uint32_t task, void *entry, void *start) {
    Segment segment = first_segment(context, cursors, task, entry, start);
    segment.activation.kind = ACTIVATION_EVENT;
    segment.activation.late = begins_late(segment.partition, task);
    if (segment.async->on_error) segment.activation.start = start;
    begin(&segment);
}

void pt_request(PtContext *context, PtCursor *cursors, uint32_t task, void *entry, void *start, uint32_t portal,
                const PtAddress *from) {
    Segment segment = first_segment(context, cursors, task, entry, start);
    segment.activation.kind = ACTIVATION_REQUEST;
    segment.activation.portal = portal;
    segment.activation.from = *from;
    segment.is_refused = segment.partition->workflow->refuses;
    begin(&segment);
}

int64_t pt_spawn(PtContext *context, uint32_t task, void *entry, void *start) {
    Partition *partition = partition_of(context);
    const Cell *cell = cells_add(partition, task, entry, CELL_SPAWN);
    const Segment *running = partition->cells->running;
    if (partition->cells->async[task]->exclusive) exclusive_enter(partition, task, entry);
    Ready *ready = activation_new_ready(partition->cells);
    *ready = (Ready){
        .frame = start,
        .outcome = PT_VALUE,
        .hash = cell->hash,
        .task = task,
        .begins = true,
        .is_counted = true,
        .value = NULL,
        .is_refused = false,
        .activation = {.kind = ACTIVATION_SPAWN, .late = running && running->activation.late, .future = cell->id},
    };
    memcpy(ready->key, cell->key, sizeof ready->key);
    return (int64_t)cell->id;
}

void pt_reply_to(PtContext *context, PtAddress *out) {
    Activation *activation = &partition_of(context)->cells->running->activation;
    activation->replied = 1;
    *out = activation->from;
}

// ---- timers ----

// The future stays as it is; nobody may be left who waits for it.
static void time_out(Cells *cells, Cell *cell) {
    cells_edit(cells, cell);
    futures_wake(cells, cell, PT_TIMEOUT, NULL);
    if (cell->kind != CELL_WAIT) return;
    cell->state = CELL_DONE;
    buf_append(&cells->check, &cell->next, sizeof cell->next);
}

// Continuations that were dropped fail before anything goes on. A timer stays what it is.
static uint64_t run_dropped(Partition *partition, uint64_t workflow, uint64_t limit) {
    Cells *cells = partition->cells;
    uint64_t count = 0, at = 0;
    for (Cell *cell; count < limit && (cell = cells_next_dropped(cells, workflow, &at)); count++) {
        size_t base = cells->ready_count;
        int64_t due = cell->kind == CELL_SLEEP ? cell->due : 0;
        time_out(cells, cell);
        cell->due = due;
        activation_run_ready(partition, partition->context.channels, base);
    }
    return count;
}

uint64_t cells_run_due(Partition *partition, uint64_t workflow, int64_t time, uint64_t limit) {
    Cells *cells = partition->cells;
    uint64_t count = cells && cells->of[workflow].dropped ? run_dropped(partition, workflow, limit) : 0;
    for (uint64_t id; cells && count < limit && (id = cells_take_due(cells, workflow, time)); count++) {
        Cell *cell = cells_get(cells, id);
        size_t base = cells->ready_count;
        if (cell->kind == CELL_SLEEP)
            futures_settle(cells, cell, CELL_DONE, NULL);
        else
            time_out(cells, cell);
        activation_refuse_ready(partition, base);
        activation_run_ready(partition, partition->context.channels, base);
    }
    return count;
}
