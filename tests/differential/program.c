#include "tests/differential/program.h"

#include <inttypes.h>
#include <stdlib.h>

enum { END_KEYS = 256 };

typedef struct Events {
    VEC(const Value *) items;
} Events;

// Where a workflow has got to in a stream.
typedef struct Atom {
    Events events;
    int64_t number; // in its stream, from 1
} Atom;

typedef struct Atoms {
    VEC(Atom) items;
    int taken; // by its one consumer
} Atoms;

typedef enum Phase { PHASE_EVENTS, PHASE_ON_ATOM, PHASE_ON_END } Phase;

typedef struct Run {
    Arena arena;
    Eval eval;
    const CoreProgram *program;
    const Value *(*settings)[3]; // of the sources
    Atoms *streams;
    Events *channels; // what the running workflow has put out
    Buf lines;        // of sinks, by the atom at hand
    Expected *expected;
    // where it is
    const CoreWorkflow *workflow; // NULL: before the first atom
    Phase phase;
    const Atom *atom;
    int stream;
    int event; // of the atom, or -1
} Run;

// ---- effects -----------------------------------------------------------------------------------------------------------

static void emit(void *user, int channel, const Value *event) {
    Run *run = user;
    vec_push(&run->arena, &run->channels[channel].items, event);
}

static void sink(void *user, int sink, const Value *event) {
    Run *run = user;
    value_show(&run->lines, run->program->sinks.items[sink].event, event, VALUE_PLAIN, SIZE_MAX);
    buf_putc(&run->lines, '\n');
}

static void log_value(void *user, const CoreType *type, const Value *value) {
    Run *run = user;
    value_show(&run->expected->err, type, value, VALUE_PLAIN, SIZE_MAX);
    buf_putc(&run->expected->err, '\n');
}

static void config_source(void *user, int source, int setting, const Value *value) {
    Run *run = user;
    run->settings[source][setting] = value;
}

// ---- messages ----------------------------------------------------------------------------------------------------------

static void add_workflow(const Run *run, Buf *out) {
    buf_printf(out, "   = in workflow `%s`", run->workflow->name);
    const Entry *entry = run->eval.at;
    if (entry) {
        const CoreTask *task = &run->program->tasks.items[entry->task];
        buf_printf(out, ", task `%s`", task->name);
        if (task->key->kind != CORE_UNIT) {
            buf_puts(out, ", key ");
            value_show_cut(out, task->key, entry->key);
        }
    }
    if (run->phase == PHASE_ON_ATOM) buf_puts(out, ", `on atom`");
    if (run->phase == PHASE_ON_END) buf_puts(out, ", `on end`");
    buf_putc(out, '\n');
}

static const char *stream_name(const Run *run, int stream) {
    int sources = run->program->sources.count;
    return stream < sources ? run->program->sources.items[stream].name : run->program->workflows.items[stream - sources].name;
}

static CoreType *stream_type(const Run *run, const CoreWorkflow *workflow, int stream) {
    for (int i = 0; i < workflow->inputs.count; i++)
        if (workflow->inputs.items[i].stream == stream) return workflow->inputs.items[i].stage->locals.items[0].type;
    return run->program->unit;
}

static bool carries_key(const Run *run, int stream) {
    if (stream < run->program->sources.count) return false;
    const CoreWorkflow *maker = &run->program->workflows.items[stream - run->program->sources.count];
    for (int i = 0; i < maker->channels.count; i++)
        if (maker->channels.items[i].stream == stream) return maker->channels.items[i].carries_key;
    return false;
}

// The event of the stream that is at hand, without the key that it brings along.
static void show_event(const Run *run, Buf *out) {
    const CoreType *type = stream_type(run, run->workflow, run->stream);
    const Value *event = run->atom->events.items.items[run->event];
    if (carries_key(run, run->stream)) {
        type = type->variants[0].fields[0].type;
        event = event->items[0];
    }
    value_show_cut(out, type, event);
}

static void add_event(const Run *run, Buf *out) {
    buf_puts(out, "   = ");
    bool in_event = run->phase == PHASE_EVENTS && run->event >= 0;
    if (in_event) buf_printf(out, "event %d of ", run->event + 1);
    buf_printf(out, "atom %" PRId64 " of stream `%s`", run->atom->number, stream_name(run, run->stream));
    if (in_event) {
        buf_puts(out, ": ");
        show_event(run, out);
    }
    buf_putc(out, '\n');
}

static void add_message(Run *run) {
    Buf *out = &run->expected->err;
    const Sources *sources = run->program->sources_text;
    Span where = run->eval.where;
    Position at = source_position(sources, where.file, where.start);
    buf_printf(out, "error: %s\n  --> %s:%d:%d\n", run->eval.message, source_file(sources, where.file)->path, at.line, at.column);
    if (run->workflow) add_workflow(run, out);
    if (run->workflow && run->atom) add_event(run, out);
}

// ---- a step ------------------------------------------------------------------------------------------------------------

static bool call(Run *run, const CoreFn *fn, const Value *argument) {
    return eval_call(&run->eval, fn, &argument, argument ? 1 : 0) != NULL;
}

static void begin(Run *run, const CoreWorkflow *workflow, Phase phase) {
    run->workflow = workflow;
    run->phase = phase;
    run->event = -1;
    run->eval.at = NULL;
    run->channels = ARENA_ARRAY(&run->arena, Events, workflow->channels.count + 1);
    run->lines.length = 0;
}

static int compare_entries(const void *a, const void *b, void *key) {
    const Entry *const *left = a, *const *right = b;
    return value_compare(key, (*left)->key, (*right)->key);
}

// The entries of a task in the order of their keys; all, or those that had an event.
static Entry **sorted_entries(Run *run, int task, bool only_marked, size_t *count) {
    EntryList *list = &run->eval.tasks[task];
    Entry **entries = ARENA_ARRAY(&run->arena, Entry *, list->entries.count + 1);
    *count = 0;
    for (int i = 0; i < list->entries.count; i++)
        if (!only_marked || list->entries.items[i]->is_marked) entries[(*count)++] = list->entries.items[i];
    qsort_r(entries, *count, sizeof *entries, compare_entries, run->program->tasks.items[task].key);
    return entries;
}

static bool run_on_atom(Run *run, int task) {
    const CoreFn *on_atom = run->program->tasks.items[task].on_atom;
    size_t count;
    Entry **entries = sorted_entries(run, task, true, &count);
    for (size_t i = 0; i < count; i++) entries[i]->is_marked = false;
    for (size_t i = 0; on_atom && i < count; i++) {
        run->phase = PHASE_ON_ATOM;
        run->eval.at = entries[i];
        if (!call(run, on_atom, eval_entry_value(&run->eval, entries[i]))) return false;
    }
    return true;
}

// `on atom`, then what came out goes on.
static bool complete(Run *run) {
    const CoreWorkflow *workflow = run->workflow;
    for (int i = 0; i < workflow->tasks.count; i++)
        if (!run_on_atom(run, workflow->tasks.items[i])) return false;
    for (int i = 0; i < workflow->channels.count; i++) {
        int stream = workflow->channels.items[i].stream;
        if (stream < 0 || !run->channels[i].items.count) continue;
        Atom atom = {run->channels[i], run->streams[stream].items.count + 1};
        vec_push(&run->arena, &run->streams[stream].items, atom);
    }
    buf_append(&run->expected->out, run->lines.data, run->lines.length);
    return true;
}

static bool take(Run *run, const CoreWorkflow *workflow, const CoreInput *input) {
    Atoms *atoms = &run->streams[input->stream];
    const Atom *atom = &atoms->items.items[atoms->taken++];
    begin(run, workflow, PHASE_EVENTS);
    run->atom = atom;
    run->stream = input->stream;
    for (int i = 0; i < atom->events.items.count; i++) {
        run->event = i;
        run->eval.at = NULL;
        if (!call(run, input->stage, atom->events.items.items[i])) return false;
    }
    return complete(run);
}

// Workflows stand behind those whose streams they take.
static bool take_all(Run *run) {
    for (int i = 0; i < run->program->workflows.count; i++) {
        const CoreWorkflow *workflow = &run->program->workflows.items[i];
        for (int k = 0; k < workflow->inputs.count; k++) {
            const Atoms *atoms = &run->streams[workflow->inputs.items[k].stream];
            while (atoms->taken < atoms->items.count)
                if (!take(run, workflow, &workflow->inputs.items[k])) return false;
        }
    }
    return true;
}

// ---- ends --------------------------------------------------------------------------------------------------------------

static bool touch(Run *run, const CoreWorkflow *workflow, int number) {
    begin(run, workflow, PHASE_EVENTS);
    if (!call(run, run->program->tasks.items[number].touch, NULL)) return false;
    run->eval.tasks[number].entries.items[0]->is_marked = false; // that was no event
    return true;
}

// `on end` for some keys; what comes out is an atom.
static bool end_some(Run *run, const CoreWorkflow *workflow, int number, Entry **entries, size_t count) {
    begin(run, workflow, PHASE_ON_END);
    run->atom = NULL;
    for (size_t i = 0; i < count; i++) {
        run->phase = PHASE_ON_END;
        run->eval.at = entries[i];
        if (!call(run, run->program->tasks.items[number].on_end, eval_entry_value(&run->eval, entries[i]))) return false;
    }
    return complete(run) && take_all(run);
}

static bool end_task(Run *run, const CoreWorkflow *workflow, int number) {
    const CoreTask *task = &run->program->tasks.items[number];
    run->atom = NULL;
    if (!task->on_end) return true;
    if (task->touch && !touch(run, workflow, number)) return false;
    size_t count;
    Entry **entries = sorted_entries(run, number, false, &count);
    for (size_t i = 0; i < count; i += END_KEYS)
        if (!end_some(run, workflow, number, entries + i, count - i < END_KEYS ? count - i : END_KEYS)) return false;
    return true;
}

static bool end_workflow(Run *run, const CoreWorkflow *workflow) {
    for (int i = 0; i < workflow->tasks.count; i++)
        if (!end_task(run, workflow, workflow->tasks.items[i])) return false;
    return true;
}

// ---- sources -----------------------------------------------------------------------------------------------------------

static void add_list(Run *run, int source) {
    const Value *list = run->settings[source][SETTING_FROM_LIST];
    Atom atom = {.number = 1};
    for (int64_t i = 0; i < list->size; i++) vec_push(&run->arena, &atom.events.items, list->items[i]);
    if (list->size) vec_push(&run->arena, &run->streams[source].items, atom);
}

static void add_range(Run *run, int source) {
    const Value **settings = run->settings[source];
    int64_t from = settings[SETTING_RANGE_FROM]->integer, to = settings[SETTING_RANGE_TO]->integer;
    int64_t size = settings[SETTING_RANGE_ATOM]->integer;
    while (from < to) {
        Atom atom = {.number = run->streams[source].items.count + 1};
        for (int64_t i = 0; i < size && from < to; i++, from++)
            vec_push(&run->arena, &atom.events.items, value_int(&run->arena, from));
        vec_push(&run->arena, &run->streams[source].items, atom);
    }
}

static bool add_source(Run *run, int source) {
    switch (run->program->sources.items[source].kind) {
    case SOURCE_FROM: add_list(run, source); return true;
    case SOURCE_RANGE: add_range(run, source); return true;
    case SOURCE_EMPTY: return true;
    default: eval_broken(&run->eval, "a source that is not known here,", run->program->sources.items[source].name); return false;
    }
}

// ---- programs ----------------------------------------------------------------------------------------------------------

static bool set_up(Run *run) {
    const CoreProgram *program = run->program;
    for (int i = 0; i < program->params.count; i++)
        if (!call(run, program->params.items[i].make_default, NULL)) return false;
    if (!call(run, program->setup, NULL)) return false;
    for (int i = 0; i < program->sources.count; i++)
        if (!add_source(run, i)) return false;
    return true;
}

// The sources, of which there is one, give an atom when all that came before has gone through.
static bool run_workflows(Run *run) {
    for (int i = 0; i < run->program->sources.count; i++) {
        Atoms given = run->streams[i];
        run->streams[i] = (Atoms){0};
        for (int k = 0; k < given.items.count; k++) {
            vec_push(&run->arena, &run->streams[i].items, given.items.items[k]);
            if (!take_all(run)) return false;
        }
    }
    for (int i = 0; i < run->program->workflows.count; i++)
        if (!end_workflow(run, &run->program->workflows.items[i])) return false;
    return true;
}

void program_run(const CoreProgram *program, uint64_t fuel, Expected *expected) {
    *expected = (Expected){0};
    Run run = {.program = program, .expected = expected};
    eval_init(&run.eval, &run.arena, program, (EvalEffects){emit, sink, log_value, config_source, &run}, fuel);
    run.settings = arena_alloc(&run.arena, sizeof *run.settings * (size_t)(program->sources.count + 1));
    run.streams = ARENA_ARRAY(&run.arena, Atoms, program->sources.count + program->workflows.count + 1);
    if (set_up(&run)) run_workflows(&run);
    expected->end = run.eval.end;
    if (expected->end == EVAL_FAILED) add_message(&run);
    if (expected->end == EVAL_BROKEN) buf_printf(&expected->err, "the evaluator does not know %s\n", run.eval.message);
    memcpy(expected->ops, run.eval.ops, sizeof expected->ops);
    buf_free(&run.lines);
    arena_free(&run.arena);
}

void program_free(Expected *expected) {
    buf_free(&expected->out);
    buf_free(&expected->err);
}
