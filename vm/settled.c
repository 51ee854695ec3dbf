#include "vm/settled.h"

#include <stdlib.h>

#include "base/hash.h"
#include "vm/memory.h"

enum { ATOMS_AT_ONCE = 64 }; // that one epoch settles: more would make other inputs wait

// ---- which ----

// Whether the atoms of the source are what their numbers say, in each run that goes on.
static bool source_is_determined(const Feed *feed) {
    switch ((PtSourceKind)feed->source->kind) {
    case PT_SOURCE_FROM:
    case PT_SOURCE_RANGE:
    case PT_SOURCE_EMPTY:
    case PT_SOURCE_NEXT:
    case PT_SOURCE_ATOMS:
    case PT_SOURCE_EVERY: return true;
    case PT_SOURCE_LINES:
    case PT_SOURCE_JSON_LINES:
    case PT_SOURCE_CSV: return feed->stat.kind == ENV_FILE;
    default: return false;
    }
}

static bool has_task_that_waits(const Runtime *runtime, const PtWorkflow *code) {
    for (uint64_t i = 0; i < code->task_count; i++)
        if (runtime->program->tasks[code->tasks[i]].async) return true;
    return false;
}

static bool stream_is_determined(const Runtime *runtime, const bool *determined, uint64_t stream) {
    const Workflow *maker = workflow_of_stream(runtime, stream);
    if (!maker) return source_is_determined(&runtime->feeds[stream]);
    return determined[maker - runtime->workflows] && !(maker->code->effects & PT_EFFECT_FOREIGN);
}

// Whether all that the workflow does follows from one source, but for what foreign functions give: then its state and its atoms
// come about in the same way again. The workflows before it have smaller numbers, but in a cycle.
static bool is_determined(const Runtime *runtime, const bool *determined, const PtWorkflow *code) {
    if (code->input_count != 1 || code->inputs->kind != PT_INPUT_EVENTS || code->part || runtime->options.skip_atom) return false;
    if (code->effects & PT_EFFECT_OPEN || has_task_that_waits(runtime, code)) return false;
    return stream_is_determined(runtime, determined, code->inputs->stream);
}

void settled_init(Runtime *runtime) {
    const PtProgram *program = runtime->program;
    Store *store = runtime->epochs.store;
    bool determined[program->workflow_count + 1], any = false;
    for (uint64_t i = 0; i < program->workflow_count; i++) {
        const PtWorkflow *code = &program->workflows[i];
        determined[i] = is_determined(runtime, determined, code);
        runtime->workflows[i].settles = store && code->effects & PT_EFFECT_KEYS && !determined[i];
        any |= code->effects & PT_EFFECT_KEYS;
    }
    if (!any) return; // and no random number is used up
    uint64_t identity = store && store->identity ? store->identity : runtime->env->random(runtime->env);
    if (store) store->identity = identity;
    runtime->identity = hash_u64(identity ^ hash_bytes(program->name, strlen(program->name)));
}

// ---- the next step ----

static uint64_t next_atom(const Workflow *workflow, uint64_t input) {
    const Stream *stream = &workflow->runtime->streams[workflow->code->inputs[input].stream];
    return stream->produced + 1 - queue_waiting(&workflow->queues[input]);
}

static void look(Workflow *workflow) {
    Settled *settled = &workflow->settled;
    if (settled->step == SETTLED_TAKE && next_atom(workflow, settled->input) > settled->until) *settled = (Settled){0};
}

uint64_t settled_input(Workflow *workflow) {
    look(workflow);
    switch (workflow->settled.step) {
    case SETTLED_TAKE: return workflow->settled.input;
    case SETTLED_WAKE: return workflow->code->input_count;
    default: return SETTLED_ANY;
    }
}

uint64_t settled_rest(const Workflow *workflow) {
    return workflow->settled.until - next_atom(workflow, workflow->settled.input) + 1;
}

bool settled_allows_wake(Workflow *workflow) {
    look(workflow);
    return workflow->settled.step != SETTLED_TAKE;
}

// What was settled before and has not been done stays so.
static bool settle(Workflow *workflow, Settled step) {
    if (workflow->settled.step) return true;
    workflow->settled = step;
    return epoch_commit(workflow->runtime, EPOCH_WAIT);
}

bool settled_take(Workflow *workflow, uint64_t input) {
    uint64_t count = workflow->queues[input].count;
    if (count > ATOMS_AT_ONCE) count = ATOMS_AT_ONCE;
    return settle(workflow, (Settled){SETTLED_TAKE, (uint32_t)input, next_atom(workflow, input) + count - 1});
}

bool settled_wake(Workflow *workflow) {
    return settle(workflow, (Settled){.step = SETTLED_WAKE});
}

// There is nothing else that the workflow could do.
bool settled_end(Workflow *workflow) {
    return epoch_commit(workflow->runtime, EPOCH_WAIT);
}

void settled_woken(Workflow *workflow) {
    workflow->settled = (Settled){0};
}

// ---- in records ----

void settled_put(Workflow *workflow, Buf *out) {
    look(workflow);
    const Settled *settled = &workflow->settled;
    if (!settled->step) return;
    bytes_put_u8(out, (uint8_t)settled->step);
    bytes_put_u32(out, settled->input);
    bytes_put_u64(out, settled->until);
}

bool settled_parse(Bytes *from, Settled *out) {
    uint8_t step;
    *out = (Settled){0};
    if (!bytes_left(from)) return true;
    if (!bytes_take_u8(from, &step) || !bytes_take_u32(from, &out->input) || !bytes_take_u64(from, &out->until)) return false;
    out->step = (SettledStep)step;
    return step >= SETTLED_TAKE && step <= SETTLED_WAKE && !bytes_left(from);
}

bool settled_read(Workflow *workflow, Bytes *from) {
    Settled settled;
    if (!settled_parse(from, &settled)) return false;
    bool fits = settled.input < workflow->code->input_count; // else the program has another form now
    workflow->settled = fits ? settled : (Settled){0};
    return true;
}
