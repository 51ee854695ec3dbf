// The threads of the host are its own: they do not come from the Env. So this is the place where the VM locks and waits by
// itself.
#include "vm/host_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/exhausted.h"

#include "vm/context.h"
#include "vm/error.h"
#include "vm/memory.h"
#include "vm/progress.h"

// ---- life ----

static bool is_inbox(const PtSource *source) {
    return source->kind == PT_SOURCE_INBOX;
}

static bool is_outbox(const PtSink *sink) {
    return sink->kind == PT_SINK_OUTBOX;
}

static void count_boxes(const PtProgram *program, Host *host) {
    for (uint64_t i = 0; i < program->source_count; i++) {
        if (!is_inbox(&program->sources[i])) continue;
        host->inbox_count++;
        host->open_inbox_count += !host_is_hidden(program->sources[i].name);
    }
    for (uint64_t i = 0; i < program->sink_count; i++) {
        if (!is_outbox(&program->sinks[i])) continue;
        host->outbox_count++;
        host->open_outbox_count += !host_is_hidden(program->sinks[i].name);
    }
}

static void add_inboxes(Host *host) {
    Runtime *runtime = host->runtime;
    size_t open = 0, hidden = host->open_inbox_count;
    host->inboxes = MEMORY_NEW(Inbox, host->inbox_count);
    for (uint64_t i = 0; i < runtime->program->source_count; i++) {
        const PtSource *source = &runtime->program->sources[i];
        if (!is_inbox(source)) continue;
        Inbox *inbox = &host->inboxes[host_is_hidden(source->name) ? hidden++ : open++];
        *inbox = (Inbox){.host = host, .source = source};
        runtime->feeds[i].inbox = inbox;
    }
}

static void add_outboxes(Host *host) {
    Runtime *runtime = host->runtime;
    size_t open = 0, hidden = host->open_outbox_count;
    host->outboxes = MEMORY_NEW(Outbox, host->outbox_count);
    for (uint64_t i = 0; i < runtime->program->sink_count; i++) {
        const PtSink *sink = &runtime->program->sinks[i];
        if (!is_outbox(sink)) continue;
        Outbox *outbox = &host->outboxes[host_is_hidden(sink->name) ? hidden++ : open++];
        *outbox = (Outbox){.host = host, .sink = sink};
        runtime->workflows[sink->workflow].outbox = outbox;
    }
}

Host *host_new(Runtime *runtime) {
    Host counts = {.runtime = runtime, .bell = -1};
    count_boxes(runtime->program, &counts);
    if (!counts.inbox_count && !counts.outbox_count) return NULL;
    Host *host = MEMORY_NEW(Host, 1);
    *host = counts;
    pthread_mutex_init(&host->lock, NULL);
    pthread_mutex_init(&host->desk_lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&host->change, &monotonic);
    pthread_condattr_destroy(&monotonic);
    add_inboxes(host);
    add_outboxes(host);
    askers_init(host);
    host->bell = runtime->env->bell(runtime->env);
    return host;
}

void host_free(Host *host) {
    if (!host) return;
    Runtime *runtime = host->runtime;
    askers_free(host);
    for (size_t i = 0; i < host->inbox_count; i++) inbox_free(&host->inboxes[i]);
    for (size_t i = 0; i < host->outbox_count; i++) outbox_free(&host->outboxes[i]);
    free(host->inboxes);
    free(host->outboxes);
    if (host->desk) partition_free(host->desk);
    free(host->desk);
    if (host->bell >= 0) runtime->env->close(runtime->env, host->bell);
    pthread_mutex_destroy(&host->lock);
    pthread_mutex_destroy(&host->desk_lock);
    pthread_cond_destroy(&host->change);
    free(host);
}

bool host_open(Runtime *runtime) {
    const Host *host = runtime->host;
    if (!host || host->bell >= 0) return true;
    error_set(runtime, "cannot listen to the program that embeds this one: %s", error_text(host->bell));
    return false;
}

bool host_is_needed(const PtProgram *program, const char **name, uint64_t *position) {
    for (uint64_t i = 0; i < program->source_count; i++) {
        if (!is_inbox(&program->sources[i]) || host_is_hidden(program->sources[i].name)) continue;
        *name = program->sources[i].name;
        *position = program->sources[i].position;
        return true;
    }
    for (uint64_t i = 0; i < program->sink_count; i++) {
        if (!is_outbox(&program->sinks[i]) || host_is_hidden(program->sinks[i].name)) continue;
        *name = program->sinks[i].name;
        *position = program->sinks[i].position;
        return true;
    }
    return false;
}

// ---- locks and waiting ----

void host_lock(const Host *host) {
    exhausted_lock((pthread_mutex_t *)&host->lock);
}

void host_unlock(const Host *host) {
    exhausted_unlock((pthread_mutex_t *)&host->lock);
}

uint64_t host_number(const Host *host, const uint64_t *number) {
    host_lock(host);
    uint64_t value = *number;
    host_unlock(host);
    return value;
}

enum { SECOND = 1000 * 1000 * 1000 };

Deadline host_deadline(uint64_t wait) {
    Deadline deadline = {.is_never = wait == ENV_BLOCK};
    clock_gettime(CLOCK_MONOTONIC, &deadline.time);
    uint64_t nanoseconds = (uint64_t)deadline.time.tv_nsec + wait % SECOND;
    deadline.time.tv_sec += (time_t)(wait / SECOND + nanoseconds / SECOND);
    deadline.time.tv_nsec = (long)(nanoseconds % SECOND);
    return deadline;
}

bool host_wait(Host *host, uint64_t wait, const Deadline *deadline) {
    if (wait == ENV_POLL || host->is_over) return false;
    if (deadline->is_never) return pthread_cond_wait(&host->change, &host->lock) == 0;
    return pthread_cond_timedwait(&host->change, &host->lock, &deadline->time) == 0;
}

void host_ring(Runtime *runtime) {
    if (runtime->host && runtime->host->bell >= 0) runtime->env->ring(runtime->env, runtime->host->bell);
}

// ---- the desk ----

static struct Partition *desk_of(Host *host) {
    if (host->desk) return host->desk;
    Partition *desk = MEMORY_NEW_APART(Partition, 1);
    if (partition_init(desk, host->runtime, 0)) return host->desk = desk;
    free(desk);
    return NULL;
}

bool host_at_desk(Host *host, DeskBody *body, void *argument, Buf *message) {
    exhausted_lock(&host->desk_lock);
    Partition *desk = desk_of(host);
    bool done = desk && partition_guard(desk, body, argument);
    if (!done && message) {
        if (desk)
            buf_append(message, desk->failure.message.data, desk->failure.message.length);
        else
            buf_puts(message, "out of memory");
    }
    if (desk) partition_rewind(desk);
    exhausted_unlock(&host->desk_lock);
    return done;
}

// ---- epochs ----

void host_recovered(Runtime *runtime) {
    Host *host = runtime->host;
    if (!host) return;
    host_lock(host);
    for (uint64_t i = 0; i < runtime->program->source_count; i++) {
        const Feed *feed = &runtime->feeds[i];
        Inbox *inbox = feed->inbox;
        if (!inbox) continue;
        inbox->pushed = inbox->taken = inbox->cut = inbox->acknowledged = feed->position;
        inbox->is_sealed = inbox->has_ended = inbox->cut_ended = inbox->is_done = feed->ended;
    }
    for (size_t i = 0; i < host->outbox_count; i++) host->outboxes[i].last = host->outboxes[i].made;
    host->is_over = runtime->epochs.finished;
    host_unlock(host);
}

bool host_has_news(const Runtime *runtime) {
    const Host *host = runtime->host;
    bool news = false;
    if (!host) return false;
    host_lock(host);
    for (size_t i = 0; i < host->inbox_count && !news; i++) {
        const Inbox *inbox = &host->inboxes[i];
        news = inbox->taken != inbox->cut || inbox->has_ended != inbox->cut_ended;
    }
    for (size_t i = 0; i < host->outbox_count && !news; i++) news = outbox_has_news(&host->outboxes[i]);
    host_unlock(host);
    return news;
}

void host_cut(Runtime *runtime) {
    Host *host = runtime->host;
    if (!host) return;
    host_lock(host);
    for (size_t i = 0; i < host->inbox_count; i++) {
        host->inboxes[i].cut = host->inboxes[i].taken;
        host->inboxes[i].cut_ended = host->inboxes[i].has_ended;
    }
    host_unlock(host);
}

void host_durable(Runtime *runtime) {
    Host *host = runtime->host;
    if (!host) return;
    host_lock(host);
    for (size_t i = 0; i < host->inbox_count; i++) {
        host->inboxes[i].acknowledged = host->inboxes[i].cut;
        host->inboxes[i].is_done = host->inboxes[i].cut_ended;
    }
    pthread_cond_broadcast(&host->change);
    host_unlock(host);
}

// ---- the run ----

void host_end(Runtime *runtime) {
    Host *host = runtime->host;
    if (!host) return;
    host_lock(host);
    host->is_over = true;
    pthread_cond_broadcast(&host->change);
    host_unlock(host);
}

bool host_rest(Runtime *runtime, bool others) {
    if (runtime->host) runtime->host->quiet_step = others ? 0 : runtime->step + 1;
    const HostOptions *options = &runtime->options.host;
    return !options->quiet || options->quiet(options->user);
}

bool host_holds_back(const Runtime *runtime) {
    for (uint64_t i = 0; i < runtime->program->workflow_count; i++) {
        const Workflow *workflow = &runtime->workflows[i];
        if (workflow->outbox && workflow->state != WORKFLOW_ENDED && !workflow_has_room(workflow)) return true;
    }
    return false;
}

bool host_has_all(const Runtime *runtime, uint64_t *given) {
    const Host *host = runtime->host;
    bool has_all = true;
    *given = 0;
    if (!host) return true;
    host_lock(host);
    for (size_t i = 0; i < host->inbox_count; i++) {
        const Inbox *inbox = &host->inboxes[i];
        if (inbox->waiting || inbox->is_sealed != inbox->has_ended) has_all = false;
    }
    *given = host->given;
    host_unlock(host);
    return has_all;
}

uint64_t host_given(const Runtime *runtime) {
    return runtime->host ? host_number(runtime->host, &runtime->host->given) : 0;
}

bool host_has_kept_ends(const Runtime *runtime) {
    const Host *host = runtime->host;
    bool kept = true;
    if (!host) return true;
    host_lock(host);
    for (size_t i = 0; i < host->inbox_count; i++) kept &= host->inboxes[i].is_sealed == host->inboxes[i].is_done;
    host_unlock(host);
    return kept;
}

bool host_is_quiet(const Runtime *runtime) {
    const Host *host = runtime->host;
    uint64_t given;
    return host && host->quiet_step == runtime->step + 1 && host_has_all(runtime, &given);
}

bool host_only_asks(const Runtime *runtime) {
    const Host *host = runtime->host;
    if (!host_is_quiet(runtime)) return false;
    for (size_t i = 0; i < host->open_inbox_count; i++)
        if (!host->inboxes[i].has_ended) return false;
    return !host_holds_back(runtime);
}

bool host_settle(Runtime *runtime) {
    Host *host = runtime->host;
    Epochs *epochs = &runtime->epochs;
    if (!host || !epochs->store) return true;
    if (epochs->broken) return false;
    if (!host_has_news(runtime)) return true;
    Buf body = {0};
    for (size_t i = 0; i < host->outbox_count; i++) {
        Outbox *outbox = &host->outboxes[i];
        outbox_put(outbox, epochs->ids.sink[outbox->sink - runtime->program->sinks], &(Buf){0}, &body);
    }
    StoreBytes part = {body.data, body.length};
    StoreRecord record = {epochs->number + 1, &part, 1};
    uint64_t durable = 0;
    int code = epochs->store->append(epochs->store, &record);
    if (!code) code = epochs->store->sync(epochs->store, &durable);
    buf_free(&body);
    if (!code) epochs->number++;
    if (code) {
        const char *more = epochs->store->message(epochs->store);
        error_set(runtime, "cannot keep the run in `%s`: %s", runtime->options.data, *more ? more : error_text(code));
        epochs->broken = true;
    }
    return !code;
}
