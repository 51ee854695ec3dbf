// Finding the things of a program in the schema of a directory. What has the same name is the same thing; of several with one
// name (uses of a task in a workflow, say) the first is the first, and so on. What is not found gets a new id.
#include <stdlib.h>
#include <string.h>

#include "vm/encode.h"
#include "vm/keys.h"
#include "vm/memory.h"
#include "vm/schema_internal.h"

// ---- who is who ----

// Whether two things, by number, are the same: thing `b` is on the side `y`.
typedef bool Same(const Side *x, uint64_t a, const Side *y, uint64_t b);

static bool same_workflow(const Side *x, uint64_t a, const Side *y, uint64_t b) {
    return strcmp(x->program->workflows[a].name, y->program->workflows[b].name) == 0;
}

static bool same_source(const Side *x, uint64_t a, const Side *y, uint64_t b) {
    return strcmp(x->program->sources[a].name, y->program->sources[b].name) == 0;
}

static bool same_sink(const Side *x, uint64_t a, const Side *y, uint64_t b) {
    const PtSink *left = &x->program->sinks[a], *right = &y->program->sinks[b];
    if (left->kind != right->kind) return false;
    return left->kind != PT_SINK_OUTBOX || strcmp(left->name, right->name) == 0;
}

const char *schema_workflow_of(const Side *side, uint64_t task) {
    uint32_t workflow = side->task_workflows[task];
    return workflow == SCHEMA_NOWHERE ? "" : side->program->workflows[workflow].name;
}

static bool same_task(const Side *x, uint64_t a, const Side *y, uint64_t b) {
    return strcmp(x->program->tasks[a].name, y->program->tasks[b].name) == 0 &&
           strcmp(schema_workflow_of(x, a), schema_workflow_of(y, b)) == 0;
}

// How many of the things before number `i` are the same.
static uint64_t rank_of(const Side *side, Same *same, uint64_t i) {
    uint64_t rank = 0;
    for (uint64_t j = 0; j < i; j++) rank += same(side, j, side, i);
    return rank;
}

uint64_t schema_task_rank(const Side *side, uint64_t task) {
    return rank_of(side, same_task, task);
}

static uint32_t find(const Match *m, Same *same, uint64_t stored, uint64_t thing) {
    uint64_t rank = rank_of(&m->is, same, thing);
    for (uint64_t i = 0; i < stored; i++)
        if (same(&m->was, i, &m->is, thing) && rank-- == 0) return (uint32_t)i;
    return SCHEMA_NOT_FOUND;
}

// The ids of `count` things, of which `stored` have ids already.
static uint32_t *find_all(const Match *m, Same *same, uint64_t stored, uint64_t count) {
    uint32_t *ids = MEMORY_NEW(uint32_t, count), next = (uint32_t)stored;
    for (uint64_t i = 0; i < count; i++) {
        ids[i] = find(m, same, stored, i);
        if (ids[i] == SCHEMA_NOT_FOUND) ids[i] = next++;
    }
    return ids;
}

// Each task is in one workflow, which lists it.
static uint32_t *find_task_workflows(const PtProgram *program) {
    uint32_t *workflows = MEMORY_NEW(uint32_t, program->task_count);
    for (uint64_t i = 0; i < program->task_count; i++) workflows[i] = SCHEMA_NOWHERE;
    for (uint64_t i = 0; i < program->workflow_count; i++)
        for (uint64_t j = 0; j < program->workflows[i].task_count; j++) workflows[program->workflows[i].tasks[j]] = (uint32_t)i;
    return workflows;
}

// ---- the program by ids ----

// What is to be written: the things of the program under their ids, and those of the stored program that nothing took the place
// of.
typedef struct Merged {
    Arena arena;
    PtProgram program;
    uint32_t *task_workflows;
    uint64_t first_position; // of those of the new program
} Merged;

static uint64_t count_ids(const uint32_t *ids, uint64_t count, uint64_t stored) {
    for (uint64_t i = 0; i < count; i++)
        if (ids[i] >= stored) stored = ids[i] + 1;
    return stored;
}

#define COPY(to, from, count)                                                                                                    \
    do {                                                                                                                         \
        if (count) memcpy((to), (from), (count) * sizeof *(to));                                                                 \
    } while (0)

static void merge_positions(Merged *all, const Match *m) {
    uint64_t was = m->was.program->position_count, is = m->is.program->position_count;
    PtPosition *positions = ARENA_ARRAY(&all->arena, PtPosition, was + is);
    COPY(positions, m->was.program->positions, was);
    COPY(positions + was, m->is.program->positions, is);
    all->program.positions = positions;
    all->program.position_count = was + is;
    all->first_position = was;
}

// A position of the new program. One that it does not have stays one that does not exist.
static uint64_t position_in(const Merged *all, uint64_t position) {
    return all->first_position + position;
}

static void merge_sources(Merged *all, const Match *m) {
    const PtProgram *was = m->was.program, *is = m->is.program;
    uint64_t count = count_ids(m->ids->source, is->source_count, was->source_count);
    PtSource *sources = ARENA_ARRAY(&all->arena, PtSource, count);
    COPY(sources, was->sources, was->source_count);
    for (uint64_t i = 0; i < is->source_count; i++) {
        PtSource *source = &sources[m->ids->source[i]];
        *source = is->sources[i];
        source->position = position_in(all, source->position);
    }
    all->program.sources = sources;
    all->program.source_count = count;
}

static void merge_sinks(Merged *all, const Match *m) {
    const PtProgram *was = m->was.program, *is = m->is.program;
    uint64_t count = count_ids(m->ids->sink, is->sink_count, was->sink_count);
    PtSink *sinks = ARENA_ARRAY(&all->arena, PtSink, count);
    COPY(sinks, was->sinks, was->sink_count);
    for (uint64_t i = 0; i < is->sink_count; i++) {
        PtSink *sink = &sinks[m->ids->sink[i]];
        *sink = is->sinks[i];
        sink->position = position_in(all, sink->position);
    }
    all->program.sinks = sinks;
    all->program.sink_count = count;
}

static void merge_tasks(Merged *all, const Match *m) {
    const PtProgram *was = m->was.program, *is = m->is.program;
    uint64_t count = count_ids(m->ids->task, is->task_count, was->task_count);
    PtTask *tasks = ARENA_ARRAY(&all->arena, PtTask, count);
    all->task_workflows = ARENA_ARRAY(&all->arena, uint32_t, count);
    COPY(tasks, was->tasks, was->task_count);
    COPY(all->task_workflows, m->was.task_workflows, was->task_count);
    for (uint64_t i = 0; i < is->task_count; i++) {
        uint32_t id = m->ids->task[i], workflow = m->is.task_workflows[i];
        tasks[id] = is->tasks[i];
        all->task_workflows[id] = workflow == SCHEMA_NOWHERE ? workflow : m->ids->workflow[workflow];
    }
    all->program.tasks = tasks;
    all->program.task_count = count;
}

// `ids`: of the program, in the merged one; NULL: it is the stored one, whose ids stay.
static uint64_t stream_in(const Merged *all, const PtProgram *program, const SchemaIds *ids, uint64_t stream) {
    uint64_t sources = program->source_count;
    if (stream < sources) return ids ? ids->source[stream] : stream;
    return all->program.source_count + (ids ? ids->workflow[stream - sources] : stream - sources);
}

static PtWorkflow move_workflow(Merged *all, const PtProgram *program, const SchemaIds *ids, uint64_t number) {
    PtWorkflow workflow = program->workflows[number];
    PtInput *inputs = ARENA_ARRAY(&all->arena, PtInput, workflow.input_count);
    PtChannel *channels = ARENA_ARRAY(&all->arena, PtChannel, workflow.channel_count);
    for (uint64_t i = 0; i < workflow.input_count; i++)
        inputs[i].stream = stream_in(all, program, ids, workflow.inputs[i].stream);
    for (uint64_t i = 0; i < workflow.channel_count; i++) {
        channels[i] = workflow.channels[i];
        if (channels[i].stream >= 0) channels[i].stream = (int64_t)stream_in(all, program, ids, (uint64_t)channels[i].stream);
    }
    workflow.inputs = inputs;
    workflow.channels = channels;
    if (ids) workflow.position = position_in(all, workflow.position);
    return workflow;
}

// Stored ones that are gone are those that nobody needs now (schema_change.c).
static void merge_workflows(Merged *all, const Match *m) {
    const PtProgram *was = m->was.program, *is = m->is.program;
    uint64_t count = count_ids(m->ids->workflow, is->workflow_count, was->workflow_count);
    PtWorkflow *workflows = ARENA_ARRAY(&all->arena, PtWorkflow, count);
    for (uint64_t i = 0; i < was->workflow_count; i++) workflows[i] = move_workflow(all, was, NULL, i);
    for (uint64_t i = 0; i < is->workflow_count; i++) workflows[m->ids->workflow[i]] = move_workflow(all, is, m->ids, i);
    all->program.workflows = workflows;
    all->program.workflow_count = count;
}

// Code that is gone stays in the schema, so that a value which refers to it can be shown, and complained about by name.
static void merge_closures(Merged *all, const Match *m) {
    const PtProgram *was = m->was.program, *is = m->is.program;
    PtClosure *closures = ARENA_ARRAY(&all->arena, PtClosure, was->closure_count + is->closure_count);
    uint64_t count = 0;
    for (uint64_t i = 0; i < was->closure_count; i++) {
        uint64_t at = 0;
        if (!program_next_code(is, was->closures[i].id, &at)) closures[count++] = was->closures[i];
    }
    for (uint64_t i = 0; i < is->closure_count; i++) {
        closures[count] = is->closures[i];
        closures[count].position = position_in(all, closures[count].position);
        count++;
    }
    all->program.closures = closures;
    all->program.closure_count = count;
}

static void write_merged(const Match *m, Buf *out) {
    Merged all = {.program = {.abi = PT_ABI, .name = m->is.program->name}};
    merge_positions(&all, m);
    merge_sources(&all, m);
    merge_sinks(&all, m);
    merge_tasks(&all, m);
    merge_workflows(&all, m);
    merge_closures(&all, m);
    schema_write(&all.program, all.task_workflows, out);
    arena_free(&all.arena);
}

// ---- the whole ----

static void find_ids(const Match *m, SchemaIds *ids) {
    const PtProgram *was = m->was.program, *is = m->is.program;
    ids->task = find_all(m, same_task, was->task_count, is->task_count);
    ids->source = find_all(m, same_source, was->source_count, is->source_count);
    ids->sink = find_all(m, same_sink, was->sink_count, is->sink_count);
    ids->workflow = find_all(m, same_workflow, was->workflow_count, is->workflow_count);
}

bool schema_match(const Schema *stored, const PtProgram *program, SchemaIds *ids, Buf *out, Buf *message) {
    static const PtProgram nothing = {.name = ""};
    uint32_t *task_workflows = find_task_workflows(program);
    Match m = {.was = {&nothing, NULL}, .is = {program, task_workflows}, .ids = ids};
    if (stored) m.was = (Side){&stored->program, stored->task_workflows};
    find_ids(&m, ids);
    size_t before = message->length;
    schema_put_changes(&m, message);
    bool fine = message->length == before;
    if (fine) write_merged(&m, out);
    free(task_workflows);
    if (!fine) schema_ids_free(ids);
    return fine;
}

void schema_ids_free(SchemaIds *ids) {
    free(ids->task);
    free(ids->source);
    free(ids->sink);
    free(ids->workflow);
    *ids = (SchemaIds){0};
}
