#include "vm/entry.h"

#include <stdio.h>
#include <stdlib.h>

#include "vm/cells.h"
#include "vm/error.h"
#include "vm/host.h"
#include "vm/params.h"
#include "vm/store_log.h"

enum { STATUS_OK = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_SIGNAL = 128 };

static void say(Env *env, int file, const Buf *text) {
    if (text->length) write_all(env, file, text->data, text->length);
}

static int fail(Env *env, const Buf *message, int status) {
    say(env, ENV_STDERR, message);
    return status;
}

static double milliseconds(Times *times, double part) {
    return (double)times_percentile(times, part) / 1e6;
}

static void show_epochs(Runtime *runtime, Buf *out) {
    Epochs *epochs = &runtime->epochs;
    buf_printf(out, "epochs stood for %.2f ms (p50), %.2f ms (p99); from commit to release %.1f ms (p50), %.1f ms (p99)\n",
               milliseconds(&epochs->pauses, 0.5), milliseconds(&epochs->pauses, 0.99), milliseconds(&epochs->lags, 0.5),
               milliseconds(&epochs->lags, 0.99));
    StoreStats stats = epochs->store->stats(epochs->store);
    buf_printf(out, "%llu bytes logged; %llu snapshots of %llu bytes\n", (unsigned long long)stats.bytes,
               (unsigned long long)stats.snapshots, (unsigned long long)stats.snapshot_bytes);
}

static void show_cells(const Runtime *runtime, Buf *out) {
    CellCounts sums = {0};
    uint64_t left = 0;
    for (uint32_t p = 0; p < runtime->options.partitions; p++) {
        const Cells *cells = runtime->partitions[p].cells;
        CellCounts counts = cells_counts(cells);
        sums.asks += counts.asks;
        sums.replies += counts.replies;
        sums.resumptions += counts.resumptions;
        left += cells_count(cells);
    }
    buf_printf(out, "%llu asks, %llu replies, %llu resumptions; at most %llu continuations waited; %llu futures are left\n",
               (unsigned long long)sums.asks, (unsigned long long)sums.replies, (unsigned long long)sums.resumptions,
               (unsigned long long)runtime->counts.waiting, (unsigned long long)left);
}

static void show_stats(Runtime *runtime, uint64_t started, Buf *out) {
    const RuntimeCounts *counts = &runtime->counts;
    uint64_t events = counts->events - counts->events_before;
    double seconds = (double)(runtime->env->now(runtime->env) - started) / 1e9;
    buf_printf(out, "%llu events in %.3f s: %.0f events/s; %llu atoms, %llu epochs; peak memory %.1f MiB\n",
               (unsigned long long)events, seconds, seconds > 0 ? (double)events / seconds : 0.0,
               (unsigned long long)counts->atoms, (unsigned long long)counts->epochs,
               (double)runtime->env->peak_memory(runtime->env) / (1 << 20));
    if (counts->dead) buf_printf(out, "%llu atoms failed and became dead letters\n", (unsigned long long)counts->dead);
    if (runtime->waits) show_cells(runtime, out);
    if (runtime->epochs.store) show_epochs(runtime, out);
}

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

// What is to be said about a run that goes on, or has ended.
static void show_progress(const Runtime *runtime, Buf *out) {
    const Epochs *epochs = &runtime->epochs;
    unsigned long long events = runtime->counts.events_before, epoch = epochs->number;
    if (epochs->finished) {
        buf_printf(out, "the run in `%s` has ended, at epoch %llu, %llu event%s done: nothing is left to do\n",
                   runtime->options.data, epoch, events, plural(events));
        return;
    }
    buf_printf(out, "resumed at epoch %llu, %llu event%s done\n", epoch, events, plural(events));
    unsigned long long dropped = runtime->dropped_frames;
    if (dropped)
        buf_printf(out, "  %llu continuation%s dropped: what asked for %s gets an error\n", dropped,
                   dropped == 1 ? " was" : "s were", dropped == 1 ? "it" : "them");
    rebind_tell(&runtime->rebindings, runtime->program, out);
    for (uint64_t i = 0; i < runtime->program->source_count; i++) {
        const Feed *feed = &runtime->feeds[i];
        if (feed->ended || !feed->kind->resume || feed->expected) continue;
        unsigned long long bytes = feed->position + feed->rest.length; // also what was read and is not a whole line yet
        buf_printf(out, "  `%s` cannot be read again: it goes on behind %llu byte%s\n", feed->source->name, bytes, plural(bytes));
    }
}

void entry_show_notes(Runtime *runtime, Buf *out) {
    Store *store = runtime->epochs.store;
    const char *notice = store && runtime->options.data ? store_log_notice(store) : "";
    if (*notice) buf_printf(out, "note: %s\n", notice);
    if (runtime->epochs.resumed && !runtime->failure.length) show_progress(runtime, out);
}

static void say_notes(Runtime *runtime) {
    Buf text = {0};
    entry_show_notes(runtime, &text);
    say(runtime->env, ENV_STDERR, &text);
    buf_free(&text);
}

static int run(Runtime *runtime, const Params *params) {
    Env *env = runtime->env;
    uint64_t started = env->now(env);
    bool is_ready = runtime_setup(runtime);
    say_notes(runtime);
    if (is_ready) runtime_run(runtime);
    if (params->stats == STATS_SHOW) {
        Buf text = {0};
        show_stats(runtime, started, &text);
        say(env, ENV_STDERR, &text);
        buf_free(&text);
    }
    if (runtime->failure.length) return fail(env, &runtime->failure, STATUS_FAILED);
    int signal = env->stop_signal(env);
    return signal && !runtime->epochs.finished ? STATUS_SIGNAL + signal : STATUS_OK;
}

static int help(Runtime *runtime, const char *name, Buf *text) {
    params_help(runtime, name, text);
    say(runtime->env, ENV_STDOUT, text);
    return STATUS_OK;
}

static int apply_and_run(Runtime *runtime, const Params *params, Buf *message) {
    switch (params_apply(params, runtime, message)) {
    case PARAMS_RUN: return run(runtime, params);
    case PARAMS_WRONG: return fail(runtime->env, message, STATUS_USAGE);
    default: return fail(runtime->env, &runtime->failure, STATUS_FAILED);
    }
}

// What the command line asks for, once it is read.
static int obey(const PtProgram *program, Env *env, Store *store, const Params *params, ParamsResult what, const char *name,
                Buf *text) {
    if (what == PARAMS_WRONG) return fail(env, text, STATUS_USAGE);
    if (what == PARAMS_VERSION) {
        buf_printf(text, "%s, made with Portals (interface %d)\n", *program->name ? program->name : name, PT_ABI);
        say(env, ENV_STDOUT, text);
        return STATUS_OK;
    }
    Runtime *runtime = runtime_new(program, env, store, &params->options);
    if (!runtime) {
        buf_puts(text, "error: out of memory\n");
        return fail(env, text, STATUS_FAILED);
    }
    int status = what == PARAMS_HELP ? help(runtime, name, text) : apply_and_run(runtime, params, text);
    runtime_free(runtime);
    return status;
}

static const char *app_name(const PtProgram *program) {
    return *program->name ? program->name : "app";
}

// Nobody could push events into the program, or take what it puts out.
static bool needs_host(const PtProgram *program, Buf *message) {
    const char *name;
    uint64_t number;
    if (!host_is_needed(program, &name, &number)) return false;
    const PtPosition *at = &program->positions[number];
    buf_printf(message, "error: `%s` has an inbox or outbox, which leads to a program that embeds this one\n", name);
    buf_printf(message, "  --> %s:%u:%u\n", at->file, at->line, at->column);
    buf_puts(message,
             "   = help: compile it with `portals build --shared` for such a program, or try it at the prompt: `portals repl`\n");
    return true;
}

int entry_open_store(const PtProgram *program, Env *env, const EntrySizes *sizes, const char *path, Store **store, Buf *message) {
    StoreLogOptions options = {.path = path,
                               .app = app_name(program),
                               .access = STORE_WRITE,
                               .segment_size = sizes->segment_size,
                               .snapshot_after = sizes->snapshot_after};
    return store_log_open(env, &options, store, message);
}

// With the store that `--data` asks for.
static int obey_with_store(const PtProgram *program, Env *env, const EntrySizes *sizes, const Params *params, ParamsResult what,
                           const char *name, Buf *text) {
    Buf message = {0};
    if (what == PARAMS_RUN && needs_host(program, text)) return fail(env, text, STATUS_FAILED);
    Store *store = NULL;
    const char *data = params->options.data;
    if (what == PARAMS_RUN && data && entry_open_store(program, env, sizes, data, &store, &message)) store = NULL;
    if (message.length) buf_printf(text, "error: %s\n", buf_text(&message));
    int status = message.length ? fail(env, text, STATUS_FAILED) : obey(program, env, store, params, what, name, text);
    if (store) store->close(store);
    buf_free(&message);
    return status;
}

int entry_main_sized(const PtProgram *program, Env *env, const EntrySizes *sizes, int argc, char **argv) {
    Buf text = {0};
    if (program->abi != PT_ABI) {
        buf_puts(&text, "error: the program was compiled for another version of Portals\n");
        say(env, ENV_STDERR, &text);
        buf_free(&text);
        return STATUS_FAILED;
    }
    Params params;
    ParamsResult what = params_parse(&params, program, argc, argv, &text);
    int status = obey_with_store(program, env, sizes, &params, what, argc > 0 ? argv[0] : program->name, &text);
    params_free(&params);
    buf_free(&text);
    return status;
}

int entry_main(const PtProgram *program, Env *env, int argc, char **argv) {
    return entry_main_sized(program, env, &(EntrySizes){0}, argc, argv);
}

int pt_main(const PtProgram *program, int argc, char **argv) {
    Env *env = env_real_new();
    if (!env) {
        fputs("error: out of memory\n", stderr);
        return STATUS_FAILED;
    }
    int status = entry_main(program, env, argc, argv);
    env_real_free(env);
    return status;
}
