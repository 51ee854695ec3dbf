#include "vm/runtime.h"

#include <stdlib.h>

#include "base/hash.h"
#include "vm/cells.h"
#include "vm/error.h"
#include "vm/host_internal.h"
#include "vm/memory.h"
#include "vm/recover.h"
#include "vm/settled.h"
#include "vm/store_log.h"
#include "vm/stuck.h"
#include "vm/timers.h"

enum { ROOM_CHUNK = 4096 };

// ---- life ----

static bool has_portals(const PtProgram *program) {
    for (uint64_t i = 0; i < program->workflow_count; i++)
        for (uint64_t k = 0; k < program->workflows[i].input_count; k++)
            if (program->workflows[i].inputs[k].kind != PT_INPUT_EVENTS) return true;
    return false;
}

static bool has_tasks_that_wait(const PtProgram *program) {
    for (uint64_t i = 0; i < program->task_count; i++)
        if (program->tasks[i].async) return true;
    return false;
}

static void add_streams(Runtime *runtime) {
    const PtProgram *program = runtime->program;
    runtime->streams = MEMORY_NEW(Stream, program->source_count + program->workflow_count);
    runtime->feeds = MEMORY_NEW(Feed, program->source_count);
    runtime->waiting = MEMORY_NEW(int, program->source_count + 1); // and the bell
    for (uint64_t i = 0; i < program->source_count; i++) {
        runtime->streams[i].name = program->sources[i].name;
        runtime->streams[i].kept_from = 1;
        feed_init(&runtime->feeds[i], runtime, &program->sources[i]);
    }
    runtime->workflows = MEMORY_NEW(Workflow, program->workflow_count);
    for (uint64_t i = 0; i < program->workflow_count; i++) {
        runtime->streams[program->source_count + i].name = program->workflows[i].name;
        runtime->streams[program->source_count + i].kept_from = 1;
        workflow_init(&runtime->workflows[i], runtime, i);
    }
    cycles_init(runtime);
    runtime->circulates = runtime->cycle_count || has_portals(program);
}

static bool add_partitions(Runtime *runtime) {
    uint32_t count = runtime->options.partitions;
    runtime->globals = memory_new(1, runtime->program->global_size);
    runtime->partitions = MEMORY_NEW_APART(Partition, count);
    for (uint32_t i = 0; i < count; i++) {
        if (partition_init(&runtime->partitions[i], runtime, i)) continue;
        while (i > 0) partition_free(&runtime->partitions[--i]);
        free(runtime->partitions);
        free(runtime->globals);
        return false;
    }
    return true;
}

static char *spill_path(const Runtime *runtime) {
    const char *data = runtime->options.data;
    Buf path = {0};
    if (data)
        buf_printf(&path, "%s/" STORE_SPILL_TEMPORARY, data);
    else
        buf_puts(&path, runtime->env->scratch);
    buf_putc(&path, '\0');
    return path.data;
}

Runtime *runtime_new(const PtProgram *program, Env *env, Store *store, const RuntimeOptions *options) {
    Runtime *runtime = MEMORY_NEW(Runtime, 1);
    *runtime = (Runtime){
        .program = program,
        .env = env,
        .options = *options,
        .atoms = {.limit = options->max_atom},
        .rooms = {.chunk = ROOM_CHUNK},
        .random = options->seed,
        .epochs.store = store,
        .waits = has_tasks_that_wait(program),
    };
    runtime->seed = options->seed ? options->seed : env->random(env);
    if (!runtime->options.partitions) runtime->options.partitions = 1;
    if (!runtime->options.epoch) runtime->options.epoch = DEFAULT_EPOCH;
    if (!runtime->options.max_queue) runtime->options.max_queue = DEFAULT_MAX_QUEUE;
    if (!runtime->options.max_spill) runtime->options.max_spill = DEFAULT_MAX_SPILL;
    runtime->spill_path = spill_path(runtime);
    if (!add_partitions(runtime)) {
        free(runtime->spill_path);
        free(runtime);
        return NULL;
    }
    add_streams(runtime);
    sinks_init(runtime);
    epochs_init(runtime);
    runtime->host = host_new(runtime);
    return runtime;
}

void runtime_free(Runtime *runtime) {
    const PtProgram *program = runtime->program;
    throttles_free(runtime);
    struct ForeignTable *calls = atomic_load_explicit(&runtime->foreign_calls, memory_order_acquire);
    if (calls) runtime->free_foreign_calls(calls);
    epochs_free(runtime);
    host_free(runtime->host);
    rebind_free(&runtime->rebindings);
    sinks_free(runtime);
    for (uint64_t i = 0; i < program->workflow_count; i++) workflow_free(&runtime->workflows[i]);
    for (uint64_t i = 0; i < program->source_count; i++) feed_close(&runtime->feeds[i]);
    for (uint64_t i = 0; i < program->source_count + program->workflow_count; i++) {
        free(runtime->streams[i].consumers);
        buf_free(&runtime->streams[i].unlogged);
    }
    atom_pool_free(&runtime->atoms);
    region_pool_free(&runtime->rooms);
    buf_free(&runtime->spilling);
    free(runtime->spill_path);
    for (uint32_t i = 0; i < runtime->options.partitions; i++) partition_free(&runtime->partitions[i]);
    free(runtime->partitions);
    free(runtime->globals);
    free(runtime->streams);
    free(runtime->feeds);
    free(runtime->waiting);
    cycles_free(runtime);
    free(runtime->workflows);
    buf_free(&runtime->failure);
    free(runtime);
}

static void run_setup(Partition *partition, void *argument) {
    (void)argument;
    partition->runtime->program->setup(&partition->context);
}

static bool open_feeds(Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->program->source_count; i++)
        if (!runtime->feeds[i].kind->open(&runtime->feeds[i])) return false;
    return true;
}

bool runtime_setup(Runtime *runtime) {
    Partition *partition = &runtime->partitions[0];
    if (!partition_guard(partition, run_setup, NULL)) {
        error_take(runtime, partition);
        return false;
    }
    if (!partition_end_setup(partition)) {
        error_set(runtime, "out of memory");
        return false;
    }
    bool durable = runtime->epochs.store;
    if (durable && !recover_run(runtime)) return false;
    if (durable) host_recovered(runtime);
    if (runtime->epochs.finished) return false;
    if (durable) cycles_recover(runtime);
    if (!host_open(runtime) || !throttles_open(runtime) || !open_feeds(runtime) || !sinks_open(runtime)) return false;
    if (durable && !recover_files(runtime)) return false;
    settled_init(runtime);
    sinks_put_headers(runtime);
    return true;
}

const PtDesc *runtime_event(const Runtime *runtime, uint64_t stream) {
    const PtProgram *program = runtime->program;
    if (stream < program->source_count) return program->sources[stream].desc;
    const PtChannel *channel = program_channel(program, stream);
    return channel ? channel->desc : NULL;
}

const PtDesc *runtime_event_alone(const Runtime *runtime, uint64_t stream) {
    const PtProgram *program = runtime->program;
    if (stream < program->source_count) return program->sources[stream].desc;
    const PtChannel *channel = program_channel(program, stream);
    if (!channel || !channel->carries_key) return channel ? channel->desc : NULL;
    return channel->desc->variants[0].fields[0].desc;
}

PtValue runtime_shown(const Runtime *runtime, uint64_t stream, const char *event) {
    const PtDesc *desc = runtime_event_alone(runtime, stream);
    if (runtime->streams[stream].kind == PT_INPUT_EVENTS) return (PtValue){desc, event};
    const PtField *value = &desc->variants[0].fields[1];
    return (PtValue){value->desc, event + value->offset};
}

uint64_t runtime_position(const Runtime *runtime, uint64_t stream) {
    const PtProgram *program = runtime->program;
    if (stream < program->source_count) return program->sources[stream].position;
    return program->workflows[stream - program->source_count].position;
}

// ---- steps ----

static void note_waiting(Runtime *runtime) {
    uint64_t waiting = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++) waiting += cells_counts(runtime->partitions[p].cells).waiting;
    if (waiting > runtime->counts.waiting) runtime->counts.waiting = waiting;
}

uint64_t runtime_next_step(Runtime *runtime) {
    if (runtime->waits) note_waiting(runtime);
    int64_t time = atomic_load_explicit(&runtime->time, memory_order_relaxed);
    if (time) {
        runtime->latest_time = time;
        atomic_store_explicit(&runtime->time, 0, memory_order_relaxed);
    }
    return ++runtime->step;
}

int64_t runtime_clock(Runtime *runtime) {
    int64_t clock = runtime->env->clock(runtime->env);
    return clock > runtime->latest_time ? clock : runtime->latest_time;
}

// The first partition that asks decides.
int64_t runtime_time(Runtime *runtime) {
    int_fast64_t time = atomic_load_explicit(&runtime->time, memory_order_relaxed);
    if (time) return time;
    int64_t read = runtime_clock(runtime);
    bool first = atomic_compare_exchange_strong_explicit(&runtime->time, &time, read, memory_order_relaxed, memory_order_relaxed);
    return first ? read : time;
}

// ---- choices ----

uint64_t runtime_choose(Runtime *runtime, uint64_t turn, uint64_t count) {
    if (count < 2) return 0;
    if (!runtime->options.seed) return turn < count ? turn : turn % count;
    runtime->random = hash_u64(runtime->random + 0x9e3779b97f4a7c15u);
    return runtime->random % count;
}

enum { BATCH_PER_PARTITION = 16 };

uint64_t runtime_batch(const Runtime *runtime) {
    if (runtime->options.step) return runtime->options.step;
    return runtime->options.partitions == 1 ? 1 : (uint64_t)BATCH_PER_PARTITION * runtime->options.partitions;
}

// ---- the loop ----
//
// A source is asked for atoms only when nothing else is on its way, so memory stays bounded, and there is a moment between them
// at which the positions of the sources say everything: an epoch can end there. In a cycle something may be on its way for ever,
// and so it may be between those who ask and those who reply. So with cycles or portals an epoch can end between any two steps,
// with the atoms that wait in its record, and the sources are asked in between, too, as long as there is not much on its way
// back.

typedef StepResult WorkflowAction(Workflow *workflow);

// Lets the first workflow from number `first` on that can do something do it. *number: which one that was.
static StepResult run_one(Runtime *runtime, WorkflowAction *action, uint64_t first, uint64_t *number) {
    uint64_t count = runtime->program->workflow_count;
    StepResult result = STEP_IDLE;
    *number = first;
    for (uint64_t i = 0; i < count && (result = action(&runtime->workflows[*number])) == STEP_IDLE; i++)
        *number = *number + 1 < count ? *number + 1 : 0;
    return result;
}

enum { FAIR_STEPS = 4 };

// Which workflow is asked first: the one that is furthest upstream, but where something circulates, so that there may always be
// something to do, now and then another one.
static uint64_t first_asked(Runtime *runtime) {
    if (!runtime->circulates || runtime->counts.atoms % FAIR_STEPS) return 0;
    return runtime->fair_turn++ % runtime->program->workflow_count;
}

// What the feed could not do when there were atoms to be worked on first, it fails with now.
static bool has_failed_before(Runtime *runtime, Feed *feed) {
    error_copy(runtime, &feed->failure);
    return feed->failure.length;
}

static FeedStatus take_one(Runtime *runtime, uint64_t number) {
    Feed *feed = &runtime->feeds[number];
    if (has_failed_before(runtime, feed)) return FEED_FAILED;
    Atom *atom = NULL;
    FeedStatus status = feed->at_end ? FEED_END : feed->kind->next(feed, &atom);
    if (status == FEED_ATOM) {
        feed->events += (uint64_t)atom->count;
        runtime->counts.events += (uint64_t)atom->count;
        stream_publish(runtime, number, atom);
    }
    return status;
}

static FeedStatus seal(Runtime *runtime, uint64_t number) {
    runtime->feeds[number].ended = true;
    runtime->streams[number].sealed = true;
    return FEED_END;
}

// Takes as many atoms as several partitions can work on together, as long as there are some at once. What ends or fails behind
// them does so when it is asked the next time, in its turn.
static FeedStatus take_from(Runtime *runtime, uint64_t number) {
    Feed *feed = &runtime->feeds[number];
    const Stream *stream = &runtime->streams[number];
    uint64_t partitions = runtime->options.partitions, limit = runtime_batch(runtime), before = feed->position;
    FeedStatus status = take_one(runtime, number);
    if (status == FEED_END) return seal(runtime, number);
    if (status != FEED_ATOM) return status;
    for (uint64_t taken = 1; status == FEED_ATOM && taken < limit && stream_has_room(stream); taken++) {
        if (taken >= partitions && feed->position - before >= partitions * STEP_BYTES) break;
        status = take_one(runtime, number);
    }
    feed->at_end = status == FEED_END;
    if (status == FEED_FAILED) {
        buf_append(&feed->failure, runtime->failure.data, runtime->failure.length);
        runtime->failure.length = 0;
    }
    return FEED_ATOM;
}

void runtime_wake_at(Runtime *runtime, uint64_t time) {
    if (time && (!runtime->wake || time < runtime->wake)) runtime->wake = time;
}

static void note_feed(Runtime *runtime, const Feed *feed) {
    if (feed->file >= 0) runtime->waiting[runtime->waiting_count++] = feed->file;
    runtime_wake_at(runtime, feed->wake);
}

// Whether a throttle keeps what came from the source before.
static bool is_held_back(const Runtime *runtime, uint64_t number) {
    return runtime->throttles.count && stream_has_waiting(&runtime->streams[number]);
}

// Asks the sources in turn for an atom. FEED_ATOM: something has changed; FEED_WAIT: nothing came from those that have not
// ended; FEED_END: all have.
static FeedStatus run_feeds(Runtime *runtime) {
    uint64_t count = runtime->program->source_count;
    uint64_t next = runtime_choose(runtime, runtime->turn, count);
    FeedStatus result = FEED_END;
    runtime->waiting_count = 0;
    runtime->wake = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = next;
        next = number + 1 == count ? 0 : number + 1;
        if (runtime->feeds[number].ended || !stream_has_room(&runtime->streams[number])) continue;
        if (is_held_back(runtime, number)) {
            result = FEED_WAIT;
            continue;
        }
        runtime->turn = number + 1;
        FeedStatus status = take_from(runtime, number);
        if (status == FEED_FAILED) return FEED_FAILED;
        if (status != FEED_WAIT) return FEED_ATOM;
        note_feed(runtime, &runtime->feeds[number]);
        result = FEED_WAIT;
    }
    return result;
}

// Nothing can be done until something arrives or its time comes, or `most` nanoseconds have gone by: what there is goes out
// first.
static bool wait_for_feeds(Runtime *runtime, uint64_t most) {
    Env *env = runtime->env;
    bool news = runtime->epochs.step != runtime->step || host_has_news(runtime);
    if (news && !epoch_commit(runtime, EPOCH_WAIT)) return false;
    if (!host_rest(runtime, runtime->waiting_count || runtime->wake)) {
        runtime->is_stopped = true;
        return true;
    }
    if (runtime->host) runtime->waiting[runtime->waiting_count++] = runtime->host->bell;
    uint64_t now = env->now(env), timeout = ENV_BLOCK;
    if (runtime->wake) timeout = runtime->wake > now ? runtime->wake - now : ENV_POLL;
    if (most != ENV_POLL) env->wait_readable(env, runtime->waiting, runtime->waiting_count, timeout < most ? timeout : most);
    if (runtime->host) env->hush(env, runtime->host->bell); // before the inboxes are looked at
    return true;
}

static bool has_stopped(Runtime *runtime) {
    if (runtime->env->stop_signal(runtime->env)) runtime->is_stopped = true;
    return runtime->is_stopped;
}

// What no atom calls for: timers, then ends.
static StepResult run_unasked(Runtime *runtime) {
    uint64_t number;
    StepResult result = runtime->waits ? run_one(runtime, timers_run, 0, &number) : STEP_IDLE;
    return result == STEP_IDLE ? run_one(runtime, workflow_end, 0, &number) : result;
}

// Between two atoms of the sources, when nothing is on its way. FEED_END: the run is over.
static FeedStatus run_next(Runtime *runtime, uint64_t wait) {
    if (has_stopped(runtime)) return FEED_END;
    if (!checkpoint_commit(runtime)) return FEED_FAILED;
    if (epoch_due(runtime) && !epoch_commit(runtime, EPOCH_GO_ON)) return FEED_FAILED;
    StepResult result = run_unasked(runtime);
    if (result != STEP_IDLE) return result == STEP_FAILED ? FEED_FAILED : FEED_ATOM;
    FeedStatus status = run_feeds(runtime);
    runtime_wake_at(runtime, throttles_wake(runtime));
    runtime_wake_at(runtime, timers_wake(runtime));
    if (status == FEED_END && (runtime->wake || host_holds_back(runtime))) status = FEED_WAIT;
    if (status == FEED_WAIT && !wait_for_feeds(runtime, wait)) return FEED_FAILED;
    return runtime->is_stopped ? FEED_END : status;
}

enum { STEPS_BETWEEN_SOURCES = 64 };

// Between two steps of a program in which something circulates.
static FeedStatus run_between(Runtime *runtime) {
    if (has_stopped(runtime)) return FEED_END;
    if (!checkpoint_commit(runtime)) return FEED_FAILED;
    if (epoch_due(runtime) && !epoch_commit(runtime, EPOCH_GO_ON)) return FEED_FAILED;
    if (++runtime->steps_without_sources < STEPS_BETWEEN_SOURCES) return FEED_ATOM;
    runtime->steps_without_sources = 0;
    if (run_unasked(runtime) == STEP_FAILED) return FEED_FAILED;
    if (!cycles_hold_little(runtime)) return FEED_ATOM;
    return run_feeds(runtime) == FEED_FAILED ? FEED_FAILED : FEED_ATOM; // if they have all ended, the cycles have not
}

// ---- failures ----

// Marks the workflows that take, directly or not, what this one puts out, but for what goes back. They stand behind it.
static void find_behind(const Runtime *runtime, uint64_t number, bool *behind) {
    const PtProgram *program = runtime->program;
    for (uint64_t i = 0; i < program->workflow_count; i++) {
        behind[i] = false;
        for (uint64_t k = 0; k < program->workflows[i].input_count; k++) {
            const PtInput *input = &program->workflows[i].inputs[k];
            const Workflow *from = workflow_of_stream(runtime, input->stream);
            if (!from || input->back || input->kind == PT_INPUT_REPLIES) continue;
            behind[i] |= from == &runtime->workflows[number] || behind[from - runtime->workflows];
        }
    }
}

// What came out of a workflow before it failed is taken by those behind it. One partition does that first, so that an error there
// comes before the one that is known. What goes back in a cycle is not taken, nor are replies: that might go on for ever.
static void finish_behind(Runtime *runtime, uint64_t failed) {
    uint64_t count = runtime->program->workflow_count;
    bool behind[count];
    for (uint64_t i = 0; i < count; i++) runtime->workflows[i].forward_only = true;
    find_behind(runtime, failed, behind);
    runtime->hurries = true;
    for (uint64_t i = 0; i < count;) {
        Buf known = runtime->failure;
        runtime->failure = (Buf){0};
        StepResult result = behind[i] ? workflow_take(&runtime->workflows[i]) : STEP_IDLE;
        if (result == STEP_FAILED) {
            buf_free(&known);
            find_behind(runtime, i, behind);
        } else {
            runtime->failure = known;
        }
        i = result == STEP_IDLE ? i + 1 : 0;
    }
}

static bool has_ended(const Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->program->source_count + runtime->program->workflow_count; i++)
        if (!runtime->streams[i].sealed) return false;
    return true;
}

// What was committed goes out, also after a failure; if it cannot, that is to be said as well.
static bool end_run(Runtime *runtime, bool ended) {
    Buf before = runtime->failure;
    runtime->failure = (Buf){0};
    bool ok = runtime->epochs.broken || epochs_end(runtime, ended);
    ok = sinks_close(runtime) && ok;
    buf_append(&before, runtime->failure.data, runtime->failure.length);
    buf_free(&runtime->failure);
    runtime->failure = before;
    return ok;
}

// One turn: an atom for the first workflow that can take one; if none can, what else there is to do.
static inline FeedStatus turn(Runtime *runtime, uint64_t wait) {
    FeedStatus status = FEED_ATOM;
    uint64_t number;
    StepResult result = run_one(runtime, workflow_take, first_asked(runtime), &number);
    if (result == STEP_IDLE) status = run_next(runtime, wait);
    if (result != STEP_FAILED && runtime->failure.length) status = FEED_FAILED; // what waits could not be put anywhere
    if (result == STEP_DONE && status != FEED_FAILED && runtime->circulates) status = run_between(runtime);
    if (result == STEP_FAILED) {
        finish_behind(runtime, number);
        status = FEED_FAILED;
    }
    return status;
}

static bool end_after(Runtime *runtime, FeedStatus status) {
    bool is_stuck = status == FEED_END && !runtime->is_stopped && stuck_look(runtime);
    bool ok = end_run(runtime, !is_stuck && has_ended(runtime));
    if (is_stuck) stuck_report(runtime);
    host_end(runtime);
    return ok && status == FEED_END && !is_stuck;
}

bool runtime_run(Runtime *runtime) {
    FeedStatus status;
    do status = turn(runtime, ENV_BLOCK);
    while (status == FEED_ATOM || status == FEED_WAIT);
    return end_after(runtime, status);
}

Turn runtime_turn(Runtime *runtime, uint64_t wait) {
    switch (turn(runtime, wait)) {
    case FEED_ATOM: return TURN_DONE;
    case FEED_WAIT: return TURN_QUIET;
    case FEED_FAILED: return TURN_FAILED;
    case FEED_END: break;
    }
    if (!runtime->is_stopped) return TURN_OVER;
    runtime->is_stopped = false;
    return TURN_STOPPED;
}

bool runtime_end(Runtime *runtime, Turn last) {
    runtime->is_stopped = last != TURN_OVER && last != TURN_FAILED;
    return end_after(runtime, last == TURN_FAILED ? FEED_FAILED : FEED_END);
}
