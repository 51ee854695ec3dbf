#include "vm/epoch.h"

#include <stdlib.h>

#include "vm/error.h"
#include "vm/expire.h"
#include "vm/host_internal.h"
#include "vm/memory.h"
#include "vm/progress.h"

enum {
    WAITING_BYTES = 1 << 20,          // so much output ends an epoch that costs nothing
    DURABLE_WAITING_BYTES = 16 << 20, // or one that is written to the disk
    RECORD_KEPT = 64 << 20,           // how much memory of a record is kept for the next one
    LONG_EPOCH = 40 * 1000 * 1000,    // nanoseconds
};

// ---- life ----

static bool has_expiring_tasks(const PtProgram *program) {
    for (uint64_t i = 0; i < program->task_count; i++)
        if (program->tasks[i].expiry_count) return true;
    return false;
}

void epochs_init(Runtime *runtime) {
    uint64_t partitions = runtime->options.partitions, outputs = runtime->program->sink_count;
    runtime->epochs = (Epochs){
        .store = runtime->epochs.store,
        .drops = has_expiring_tasks(runtime->program),
        .started = runtime->env->now(runtime->env),
        .job = {.runtime = runtime,
                .states = MEMORY_NEW(Buf, partitions),
                .parts = MEMORY_NEW(StoreBytes, partitions + 1),
                .outputs = MEMORY_NEW(Buf, outputs),
                .codes = MEMORY_NEW(int, outputs)},
    };
}

void epochs_free(Runtime *runtime) {
    Epochs *epochs = &runtime->epochs;
    EpochJob *job = &epochs->job;
    if (job->handle) runtime->env->finish(runtime->env, job->handle);
    for (uint64_t i = 0; i < runtime->options.partitions; i++) buf_free(&job->states[i]);
    for (uint64_t i = 0; i < runtime->program->sink_count; i++) buf_free(&job->outputs[i]);
    buf_free(&job->head);
    free(job->states);
    free(job->parts);
    free(job->outputs);
    free(job->codes);
    buf_free(&epochs->schema);
    schema_ids_free(&epochs->ids);
    times_free(&epochs->pauses);
    times_free(&epochs->lags);
}

// ---- the job ----

static int store_epoch(EpochJob *job) {
    Store *store = job->runtime->epochs.store;
    if (!store) return 0;
    StoreRecord record = {job->epoch, job->parts, job->runtime->options.partitions + 1};
    uint64_t durable = 0;
    int code = store->append(store, &record);
    return code ? code : store->sync(store, &durable);
}

// The files must be on the disk before the records with their bytes are dropped.
static int bound_log(EpochJob *job) {
    Store *store = job->runtime->epochs.store;
    if (!store || (!job->snapshots && !store->is_long(store))) return 0;
    return sinks_sync(job->runtime, job->codes) ? 0 : store->snapshot(store);
}

// Makes the epoch durable, then releases what it has put out, in a thread of its own or not.
static void run_job(void *argument) {
    EpochJob *job = argument;
    Runtime *runtime = job->runtime;
    job->code = store_epoch(job);
    bool ok = !job->code;
    if (ok) host_durable(runtime);
    // An output that fails ends the run, but does not keep the others from getting what is theirs.
    for (uint64_t i = 0; i < runtime->sinks.output_count && !job->code; i++) {
        job->codes[i] = output_release(runtime, &runtime->sinks.outputs[i], &job->outputs[i]);
        if (job->codes[i]) ok = false;
    }
    if (ok) job->code = bound_log(job);
    job->done = runtime->env->now(runtime->env);
    if (runtime->options.host.changed) runtime->options.host.changed(runtime->options.host.user);
}

// False if an output has failed.
static bool judge_outputs(Runtime *runtime) {
    int *codes = runtime->epochs.job.codes;
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        if (codes[i]) {
            output_cannot_write(runtime, &runtime->sinks.outputs[i], error_text(codes[i]));
            runtime->epochs.broken = true;
        }
        codes[i] = 0;
    }
    return !runtime->epochs.broken;
}

static bool judge_job(Runtime *runtime) {
    Epochs *epochs = &runtime->epochs;
    EpochJob *job = &epochs->job;
    times_add(&epochs->lags, job->done - job->began);
    if (job->code) {
        const char *more = epochs->store->message(epochs->store);
        error_set(runtime, "cannot keep the run in `%s`: %s", runtime->options.data, *more ? more : error_text(job->code));
        epochs->broken = true;
    }
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) {
        const Output *output = &runtime->sinks.outputs[i];
        if (!output->is_file && !output->outbox) epochs->unsaid += job->outputs[i].length;
        job->outputs[i].length = 0;
    }
    return judge_outputs(runtime);
}

// Waits for the job that is on its way. False with a failure.
static bool finish_job(Runtime *runtime) {
    EpochJob *job = &runtime->epochs.job;
    if (!job->handle) return !runtime->epochs.broken;
    runtime->env->finish(runtime->env, job->handle);
    job->handle = NULL;
    return judge_job(runtime);
}

// ---- the cut ----

static void encode_partition(void *argument, size_t number) {
    Runtime *runtime = argument;
    progress_put_state(&runtime->partitions[number]);
}

static void expire_in_partition(void *argument, size_t number) {
    Runtime *runtime = argument;
    expire_some(&runtime->partitions[number]);
}

static void fill_job(Runtime *runtime) {
    Epochs *epochs = &runtime->epochs;
    EpochJob *job = &epochs->job;
    job->epoch = ++epochs->number;
    job->began = epochs->started;
    if (epochs->store) {
        runtime->env->run_all(runtime->env, runtime->options.partitions, encode_partition, runtime);
        job->head.length = 0;
        if (job->head.capacity > RECORD_KEPT) buf_free(&job->head);
        progress_put(runtime, &job->head);
        job->parts[0] = (StoreBytes){job->head.data, job->head.length};
        for (uint64_t i = 0; i < runtime->options.partitions; i++) {
            buf_move(&job->states[i], &runtime->partitions[i].record, RECORD_KEPT);
            job->parts[i + 1] = (StoreBytes){job->states[i].data, job->states[i].length};
        }
    } else if (epochs->drops) {
        runtime->env->run_all(runtime->env, runtime->options.partitions, expire_in_partition, runtime);
    }
    for (uint64_t i = 0; i < runtime->sinks.output_count; i++) output_cut(&runtime->sinks.outputs[i], &job->outputs[i]);
    host_cut(runtime);
    if (runtime->options.host.progress) runtime->options.host.progress(runtime->options.host.user);
}

// Asked before each atom: where epochs last long, it need not be exact.
static uint64_t age(const Runtime *runtime) {
    Env *env = runtime->env;
    uint64_t now = runtime->options.epoch < LONG_EPOCH ? env->now(env) : env->now_roughly(env);
    return now > runtime->epochs.started ? now - runtime->epochs.started : 0;
}

bool epoch_due(Runtime *runtime) {
    Epochs *epochs = &runtime->epochs;
    uint64_t waiting = sinks_waiting(runtime) + runtime->unlogged;
    if (waiting >= (epochs->store ? DURABLE_WAITING_BYTES : WAITING_BYTES)) return true;
    bool is_hurried = checkpoint_is_hurried(runtime) && epochs->step != runtime->step;
    if (!is_hurried && age(runtime) < runtime->options.epoch) return false;
    // A disk that is slower than epochs are due makes them longer.
    return !epochs->job.handle || runtime->env->is_done(runtime->env, epochs->job.handle);
}

bool epoch_commit(Runtime *runtime, EpochWait wait) {
    Epochs *epochs = &runtime->epochs;
    Env *env = runtime->env;
    uint64_t start = env->now(env);
    if (!finish_job(runtime)) return false;
    fill_job(runtime);
    epochs->job.snapshots = wait == EPOCH_SNAPSHOT;
    runtime->counts.epochs++;
    epochs->step = runtime->step;
    epochs->started = env->now(env);
    times_add(&epochs->pauses, epochs->started - start);
    if (epochs->store && wait == EPOCH_GO_ON) {
        epochs->job.handle = env->start(env, run_job, &epochs->job);
        return true;
    }
    run_job(&epochs->job);
    return judge_job(runtime);
}

// A last record says what has been released, so that standard output does not say it again. When it says that the run has ended,
// nobody will write to the files again: they must be on the disk before.
bool epochs_end(Runtime *runtime, bool ended) {
    Epochs *epochs = &runtime->epochs;
    bool ok = epoch_commit(runtime, EPOCH_WAIT);
    if (!ok || !epochs->store || (!ended && !epochs->unsaid)) return ok;
    if (ended) sinks_sync(runtime, epochs->job.codes);
    if (!judge_outputs(runtime)) return false;
    epochs->finished = ended;
    return epoch_commit(runtime, EPOCH_WAIT);
}
