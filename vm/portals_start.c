// Options, and the thread of an instance: from the start to the end of its run.
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/exhausted.h"
#include "vm/ask.h"
#include "vm/entry.h"
#include "vm/env_guest.h"
#include "vm/escape.h"
#include "vm/memory.h"
#include "vm/portals_internal.h"

enum { STACK = 8 * 1024 * 1024 };

// ---- options ----

static int64_t epoch_limit(void) {
    return INT64_C(1000) * 1000 * 1000 * 1000;
}

static int check_options(const PortalsOptions *options, Buf *message) {
    if (options->partitions > PARTITION_LIMIT)
        return portals_say(message, PORTALS_E_OPTION, "partitions are from 1 to %d, not %u", PARTITION_LIMIT,
                           options->partitions);
    if (options->epoch < 0 || options->epoch > epoch_limit())
        return portals_say(message, PORTALS_E_OPTION, "an epoch takes up to %lld ns, not %lld", (long long)epoch_limit(),
                           (long long)options->epoch);
    if (options->data && !*options->data) return portals_say(message, PORTALS_E_OPTION, "the data directory has no name");
    if (options->param_count && !options->params) return portals_say(message, PORTALS_E_ARGUMENT, "`params` is missing");
    return PORTALS_OK;
}

// The params, as texts of the instance: the globals of params refer to them.
static int copy_arguments(PortalsInstance *instance, Buf *message) {
    const PortalsOptions *options = &instance->options;
    instance->arguments = MEMORY_NEW(char *, options->param_count);
    instance->argument_count = options->param_count;
    for (size_t i = 0; i < options->param_count; i++) {
        const char *param = options->params[i];
        if (!param) return portals_say(message, PORTALS_E_ARGUMENT, "params[%zu] is NULL", i);
        Buf text = {0};
        buf_printf(&text, "%s%c", param, '\0');
        instance->arguments[i] = text.data;
    }
    return PORTALS_OK;
}

static void apply_options(PortalsInstance *instance) {
    const PortalsOptions *from = &instance->options;
    RuntimeOptions *to = &instance->params.options;
    if (from->data) to->data = from->data;
    if (from->partitions) to->partitions = from->partitions;
    if (from->epoch) to->epoch = (uint64_t)from->epoch;
    if (from->max_atom) to->max_atom = from->max_atom < INT64_MAX / REGION_FACTOR ? from->max_atom : INT64_MAX / REGION_FACTOR;
    if (from->max_queue) to->max_queue = from->max_queue;
    if (from->seed) to->seed = from->seed;
    to->host.max_inbox = from->max_inbox;
    to->host.max_outbox = from->max_outbox;
    to->host.quiet = portals_note_quiet;
    to->host.progress = portals_note_progress;
    to->host.changed = portals_note_change;
    to->host.user = instance;
}

static int parse_arguments(PortalsInstance *instance, Buf *message) {
    Buf complaint = {0};
    ParamsResult result =
        params_parse_plain(&instance->params, instance->program->code, instance->argument_count, instance->arguments, &complaint);
    portals_put_diagnostic(message, complaint.data, complaint.length);
    buf_free(&complaint);
    if (result == PARAMS_WRONG) return PORTALS_E_OPTION;
    if (result != PARAMS_RUN || instance->params.stats != STATS_NONE)
        return portals_say(message, PORTALS_E_OPTION, "`help`, `version` and `stats` are for the command line");
    if (instance->params.options.data)
        return portals_say(message, PORTALS_E_OPTION, "the data directory is a field of PortalsOptions, not one of `params`");
    return PORTALS_OK;
}

int portals_read_options(PortalsInstance *instance, const PortalsOptions *options, Buf *message) {
    if (!options->size || options->size > sizeof *options)
        return portals_say(message, PORTALS_E_ARGUMENT, "options.size must be sizeof(PortalsOptions), as this version has it");
    memcpy(&instance->options, options, options->size);
    int code = check_options(&instance->options, message);
    if (!code) code = copy_arguments(instance, message);
    if (!code) code = parse_arguments(instance, message);
    if (!code) apply_options(instance);
    return code;
}

// ---- what the run says ----

static void take_print(void *user, const char *text, size_t length) {
    const PortalsInstance *instance = user;
    instance->options.print(instance->options.user, text, length);
}

static void take_log(void *user, const char *text, size_t length) {
    static const char WARNING[] = "warning:";
    const PortalsInstance *instance = user;
    size_t prefix = sizeof WARNING - 1;
    bool warns = length > prefix && memcmp(text, WARNING, prefix) == 0;
    instance->options.log(instance->options.user, warns ? PORTALS_WARNING : PORTALS_LOG, text, length);
}

static void tell_notes(PortalsInstance *instance) {
    Buf text = {0};
    if (!instance->options.log) return;
    entry_show_notes(instance->runtime, &text);
    if (text.length) instance->options.log(instance->options.user, PORTALS_NOTE, text.data, text.length);
    buf_free(&text);
}

// ---- the start, on the thread of the run ----

static int make_env(PortalsInstance *instance) {
    EnvGuestOptions options = {
        .out = instance->options.print ? take_print : NULL, .err = instance->options.log ? take_log : NULL, .user = instance};
    instance->env = env_guest_new(&options);
    return instance->env ? PORTALS_OK : PORTALS_E_MEMORY;
}

static int open_data(PortalsInstance *instance, Buf *message) {
    const char *path = instance->params.options.data;
    if (!path) return PORTALS_OK;
    int code = entry_open_store(instance->program->code, instance->env, &(EntrySizes){0}, path, &instance->store, message);
    if (!code) return PORTALS_OK;
    instance->store = NULL;
    return code == -EBUSY ? PORTALS_E_BUSY : PORTALS_E_DATA;
}

// *has_begun: there is something to run.
static int set_up(PortalsInstance *instance, bool *has_begun, Buf *message) {
    Runtime *runtime = instance->runtime =
        runtime_new(instance->program->code, instance->env, instance->store, &instance->params.options);
    if (!runtime) return PORTALS_E_MEMORY;
    Buf complaint = {0};
    ParamsResult params = params_apply(&instance->params, runtime, &complaint);
    portals_put_diagnostic(message, complaint.data, complaint.length);
    buf_free(&complaint);
    if (params == PARAMS_WRONG) return PORTALS_E_OPTION;
    *has_begun = params == PARAMS_RUN && runtime_setup(runtime);
    portals_put_diagnostic(message, runtime->failure.data, runtime->failure.length);
    if (runtime->failure.length) return PORTALS_E_FAILED;
    portals_note_asked(instance);
    tell_notes(instance);
    return PORTALS_OK;
}

// Tells portals_start how it went.
static void be_ready(PortalsInstance *instance, int code, Buf *message) {
    portals_lock(instance);
    instance->start_code = code;
    instance->start_message = *message;
    *message = (Buf){0};
    instance->is_ready = true;
    pthread_cond_broadcast(&instance->changed);
    portals_unlock(instance);
}

// ---- the end ----

// The line of a diagnostic that says where: `  --> file:line:column`.
static void find_place(PortalsInstance *instance) {
    static const char ARROW[] = "\n  --> ";
    const char *text = buf_text(&instance->failure), *at = strstr(text, ARROW);
    if (!at) return;
    at += sizeof ARROW - 1;
    size_t length = strcspn(at, "\n");
    char *place = memory_new(length + 1, 1);
    memcpy(place, at, length);
    unsigned *const numbers[] = {&instance->column, &instance->line};
    for (int i = 0; i < 2; i++) {
        char *colon = strrchr(place, ':');
        if (!colon) break;
        *numbers[i] = (unsigned)strtoul(colon + 1, NULL, 10);
        *colon = '\0';
    }
    instance->file = place;
}

// A stop that comes after all was done has stopped nothing.
static int code_at_end(const Runtime *runtime, bool has_begun) {
    if (runtime->failure.length) return PORTALS_E_FAILED;
    bool stopped = has_begun ? runtime->is_stopped : !runtime->epochs.finished;
    return stopped ? PORTALS_E_STOPPED : PORTALS_ENDED;
}

static void end(PortalsInstance *instance, bool has_begun) {
    const Runtime *runtime = instance->runtime;
    int code = code_at_end(runtime, has_begun);
    buf_append(&instance->failure, runtime->failure.data, runtime->failure.length);
    if (code == PORTALS_E_FAILED) find_place(instance);
    portals_note_progress(instance);
    portals_lock(instance);
    instance->code = code;
    instance->is_over = true;
    portals_changed(instance);
    portals_unlock(instance);
}

static void run(PortalsInstance *instance) {
    Buf message = {0};
    bool has_begun = false;
    int code = make_env(instance);
    if (!code) code = open_data(instance, &message);
    if (!code) code = set_up(instance, &has_begun, &message);
    bool has_failed = code;
    be_ready(instance, code, &message);
    if (has_failed) return;
    portals_note_progress(instance);
    if (has_begun) runtime_run(instance->runtime);
    end(instance, has_begun);
}

// What the run had reached is not known: nobody may look at it. Only what it holds of the system is given back.
static void be_left(PortalsInstance *instance) {
    portals_lock(instance);
    instance->is_over = instance->is_left = true;
    instance->code = instance->start_code = PORTALS_E_MEMORY;
    instance->is_ready = true;
    portals_changed(instance);
    portals_unlock(instance);
}

static void leave(void *user) {
    ESCAPE_TO((Escape *)user);
}

static void *thread_main(void *user) {
    PortalsInstance *instance = user;
    uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
    Escape here;
    exhausted_handle((ExhaustedPlace){leave, &here});
    if (!ESCAPE_SET(&here))
        run(instance);
    else
        be_left(instance);
    return NULL;
}

// ---- starting ----

// Signals are the host's: the thread, and those that it starts, have all of them blocked.
static bool start_thread(PortalsInstance *instance) {
    sigset_t all, before;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return false;
    pthread_attr_setstacksize(&attributes, STACK);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    instance->has_thread = pthread_create(&instance->thread, &attributes, thread_main, instance) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return instance->has_thread;
}

static bool init_instance(PortalsInstance *instance, PortalsProgram *program) {
    instance->program = program;
    instance->quiet_at = UINT64_MAX;
    instance->poll = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&instance->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&instance->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    portals_program_use(program);
    return instance->poll >= 0;
}

void portals_free_instance(PortalsInstance *instance) {
    if (instance->has_thread) pthread_join(instance->thread, NULL);
    if (instance->runtime && !instance->is_left) runtime_free(instance->runtime);
    if (instance->store && !instance->is_left) instance->store->close(instance->store);
    if (instance->env) env_guest_free(instance->env);
    for (size_t i = 0; i < instance->argument_count; i++) free(instance->arguments[i]);
    free(instance->arguments);
    params_free(&instance->params);
    buf_free(&instance->start_message);
    buf_free(&instance->failure);
    free(instance->file);
    free(instance->abandoned);
    free(instance->asked_before);
    if (instance->poll >= 0) close(instance->poll);
    pthread_mutex_destroy(&instance->lock);
    pthread_cond_destroy(&instance->changed);
    portals_program_drop(instance->program);
    free(instance);
}

typedef struct Start {
    PortalsProgram *program;
    const PortalsOptions *options;
    PortalsInstance *instance;
} Start;

static int start(void *argument, Buf *message) {
    Start *start = argument;
    PortalsInstance *instance = start->instance = MEMORY_NEW(PortalsInstance, 1);
    if (!init_instance(instance, start->program)) return PORTALS_E_MEMORY;
    int code = portals_read_options(instance, start->options, message);
    if (code) return code;
    if (!start_thread(instance)) return PORTALS_E_MEMORY;
    portals_lock(instance);
    while (!instance->is_ready) pthread_cond_wait(&instance->changed, &instance->lock);
    code = instance->start_code;
    portals_unlock(instance);
    buf_append(message, instance->start_message.data, instance->start_message.length);
    return code;
}

int portals_start(PortalsProgram *program, const PortalsOptions *options, PortalsInstance **instance, PortalsError *error) {
    if (instance) *instance = NULL;
    const char *missing = !program ? "program" : !options ? "options" : !instance ? "instance" : NULL;
    if (missing) return portals_call(portals_wrong_argument, (void *)missing, error);
    Start what = {program, options, NULL};
    int code = portals_call(start, &what, error);
    if (code && what.instance) portals_free_instance(what.instance);
    if (!code) *instance = what.instance;
    return code;
}

void portals_stop(PortalsInstance *instance) {
    if (instance) env_guest_stop(instance->env);
}
