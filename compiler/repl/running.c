// running.c - the run at the prompt: going on, step by step, and back.
#include "compiler/repl/running.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/repl/running_internal.h"
#include "vm/inbox.h"
#include "vm/store_memory.h"

static const uint64_t SHOWN_EVERY = 100 * 1000 * 1000, MARKED_EVERY = 50 * 1000 * 1000;

enum {
    MARKED_EACH = 1000, // so many steps of a `:run` are epochs of their own
    SHOWN_AT = 1 << 16, // bytes
    LONGEST_NUMBER = 18,
};

// ---- commands ----

void running_begin_command(Running *running, Buf *out) {
    running->env.out = running->written.out = out;
    running->shown = running->options.env->now(running->options.env);
}

void running_show(Running *running, Buf *out, bool at_once) {
    if (!running->options.show || !out->length) return;
    uint64_t now = running->options.env->now(running->options.env);
    if (!at_once && out->length < SHOWN_AT && now - running->shown < SHOWN_EVERY) return;
    running->options.show(running->options.user, out);
    running->shown = now;
}

// A run would write to the files that the one wrote which was to be looked at.
static bool complain_of_refused(const Running *running, const char *what, Buf *out) {
    return running_complain(out, "`:data DIR` opens a directory; `:data` gives up, and a run that begins then writes its files",
                            "%s: `%s` could not be opened", what, running->refused);
}

bool running_has(const Running *running, Buf *out) {
    if (running->state != RUNNING_NOT) return true;
    if (running->refused) return complain_of_refused(running, "there is no run", out);
    return running_complain(out, "`:run` or `:step` begins one, `:data DIR` goes on with one that is kept", "there is no run");
}

// Begins a run of what has been defined. `why`: it begins anew; or NULL.
static bool begin(Running *running, const char *why, Buf *out) {
    SessionProgram program;
    if (running->refused) return complain_of_refused(running, "no run begins", out);
    if (why) buf_printf(out, "%s: the run begins anew\n", why);
    if (!running_compile(running, &program, out)) return false;
    running_end(running);
    return running_open(running, store_memory_new(STORE_KEEP_ALL), &program, out);
}

// The run of a data directory does not begin anew: that would write to the files of the program.
static const char *what_now(const Running *running) {
    return running->data ? "`:back` undoes steps, `:data` closes the directory" : "`:back` undoes steps, `:run` begins anew";
}

bool running_is_on(Running *running, Buf *out) {
    switch (running->state) {
    case RUNNING_NOT: return begin(running, NULL, out);
    case RUNNING_ON: return true;
    case RUNNING_ENDED: return running_complain(out, what_now(running), "the run has ended");
    case RUNNING_FAILED: return running_complain(out, what_now(running), "the run has failed");
    }
    return false;
}

// ---- going on ----

static Went end(Running *running, Turn last, Buf *out) {
    bool fine = runtime_end(running->runtime, last);
    running->state = fine ? RUNNING_ENDED : RUNNING_FAILED;
    running_show(running, out, false);
    buf_append(out, running->runtime->failure.data, running->runtime->failure.length);
    running_mark(running);
    runtime_free(running->runtime);
    running->runtime = NULL;
    return fine ? WENT_ENDED : WENT_FAILED;
}

// An atom that Ctrl-C has interrupted has failed, but not by its own fault: it is the next one again.
static Went interrupted(Running *running, Buf *out) {
    end(running, TURN_FAILED, out);
    atomic_store(running->options.stop, false);
    const Mark last = running->marks[running->mark_count - 1];
    return running_recover(running, &last, out) ? WENT_STOPPED : WENT_FAILED;
}

// Whether waiting makes sense: for the time, or for a file.
static bool something_comes(const Runtime *runtime) {
    return runtime->wake || runtime->waiting_count;
}

Went running_go(Running *running, Buf *out) {
    Runtime *runtime = running->runtime;
    uint64_t before = runtime->step;
    for (uint64_t wait = ENV_POLL;;) {
        Turn turn = runtime_turn(runtime, wait);
        if (turn == TURN_FAILED && prompt_env_stops(&running->env)) return interrupted(running, out);
        if (turn == TURN_OVER || turn == TURN_FAILED) return end(running, turn, out);
        if (turn == TURN_STOPPED) return WENT_STOPPED;
        if (runtime->step != before) break;
        if (turn == TURN_QUIET && (host_is_quiet(runtime) || !something_comes(runtime))) return WENT_QUIET;
        if (turn == TURN_QUIET) running_show(running, out, true);
        wait = turn == TURN_QUIET ? ENV_BLOCK : ENV_POLL;
    }
    running->steps++;
    return WENT_STEP;
}

// At first each step is an epoch of its own.
static bool is_epoch(Running *running, uint64_t steps, uint64_t *marked) {
    if (steps <= MARKED_EACH) return true;
    Env *env = running->options.env;
    uint64_t now = env->now_roughly(env);
    if (now - *marked < MARKED_EVERY) return false;
    *marked = now;
    return true;
}

static Went run(Running *running, uint64_t limit, uint64_t *steps, Buf *out) {
    uint64_t marked = 0;
    Went went = WENT_STEP;
    for (*steps = 0; *steps < limit && went == WENT_STEP;) {
        went = running_go(running, out);
        if (went != WENT_STEP) break;
        ++*steps;
        if (is_epoch(running, *steps, &marked) && !running_commit(running, out)) return WENT_FAILED;
        running_take_outboxes(running, out);
        running_show(running, out, false);
    }
    if (running->runtime && !running_commit(running, out)) return WENT_FAILED;
    running_take_outboxes(running, out);
    return went;
}

// Why nothing is left to do: there are inboxes that have not ended.
static void put_quiet(const Running *running, Buf *out) {
    if (host_only_asks(running->runtime))
        buf_puts(out, "nothing is left to do before a portal is asked, or `:end` lets the run end");
    else
        buf_puts(out, "nothing is left to do before something is pushed, or `:end` lets the run end");
}

void running_say(Running *running, Went went, uint64_t steps, Buf *out) {
    if (out->length && out->data[out->length - 1] != '\n') buf_putc(out, '\n');
    switch (went) {
    case WENT_STEP: running_count(out, steps, "atom"); break;
    case WENT_QUIET: put_quiet(running, out); break;
    case WENT_STOPPED: buf_puts(out, "stopped"); break;
    case WENT_ENDED: buf_puts(out, "the run has ended"); break;
    case WENT_FAILED: buf_puts(out, "the run has failed"); break;
    }
    if (went != WENT_STEP) {
        buf_puts(out, ", after ");
        running_count(out, steps, "atom");
    }
    if (steps != running->steps) buf_printf(out, " of %llu in all", (unsigned long long)running->steps);
    buf_puts(out, running->state == RUNNING_ON && went != WENT_QUIET ? "; `:run` goes on\n" : "\n");
}

// ---- numbers ----

static bool read_count(const char *arguments, const char *command, uint64_t otherwise, uint64_t *count, Buf *out) {
    *count = otherwise;
    if (!*arguments) return true;
    size_t digits = strspn(arguments, "0123456789");
    if (!arguments[digits] && digits <= LONGEST_NUMBER) *count = strtoull(arguments, NULL, 10);
    if (!arguments[digits] && digits <= LONGEST_NUMBER && *count) return true;
    return running_complain(out, NULL, "`:%s` takes a number, from 1 on, not `%s`", command, arguments);
}

// ---- :run, :step, :back ----

// What has been defined since the run began.
static bool is_behind(const Running *running) {
    return running->state != RUNNING_NOT && running->program.version != session_version(running->session);
}

// After changes, or at the end, the run begins anew.
static bool begin_or_go_on(Running *running, Buf *out) {
    if (running->state == RUNNING_NOT) return begin(running, NULL, out);
    if (!is_behind(running) && running->state == RUNNING_ON) return true;
    if (running->data) return is_behind(running) ? running_data_again(running, out) : running_is_on(running, out);
    const char *why = is_behind(running)                 ? "definitions have changed"
                      : running->state == RUNNING_FAILED ? "the run has failed"
                                                         : "the run has ended";
    return begin(running, why, out);
}

bool running_run(Running *running, const char *arguments, Buf *out) {
    uint64_t limit, steps = 0;
    running_begin_command(running, out);
    if (!read_count(arguments, "run", UINT64_MAX, &limit, out) || !begin_or_go_on(running, out)) return false;
    Went went = run(running, limit, &steps, out);
    running_say(running, went, steps, out);
    return went != WENT_FAILED;
}

bool running_step(Running *running, const char *arguments, Buf *out) {
    (void)arguments;
    running_begin_command(running, out);
    bool is_over = running->state == RUNNING_ENDED || running->state == RUNNING_FAILED;
    if (is_over && is_behind(running) ? !begin_or_go_on(running, out) : !running_is_on(running, out)) return false;
    StepText *text = running_trace_new(running->runtime, out, &running->runtime->trace);
    PromptEnv *env = running_prompt_env(running);
    env->is_muted = true; // the step says what is printed
    Went went = running_go(running, out);
    bool fine = went != WENT_FAILED && (!running->runtime || running_commit(running, out));
    env->is_muted = false;
    running_take_outboxes(running, out);
    if (running->runtime) running->runtime->trace = NULL;
    running_trace_free(text);
    if (went != WENT_STEP) running_say(running, went, running->steps, out);
    return fine;
}

// The newest mark that is at least so many steps back.
static const Mark *mark_before(const Running *running, uint64_t steps) {
    uint64_t wanted = running->steps > steps ? running->steps - steps : 0;
    size_t i = running->mark_count - 1;
    while (i > 0 && (running->marks[i].steps > wanted || !store_memory_has(running->store, running->marks[i].epoch))) i--;
    return &running->marks[i];
}

static bool has_nothing_to_undo(const Running *running, Buf *out) {
    if (running->data)
        return running_complain(out, NULL, "there is nothing to undo: this is where `%s` was opened", running->data);
    return running_complain(out, NULL, "there is nothing to undo: this is where the run began");
}

// Atoms that are in no epoch.
static bool has_pushed(const Running *running) {
    for (size_t i = 0; running->runtime && i < inbox_count(running->runtime); i++)
        if (inbox_waiting(inbox_at(running->runtime, i))) return true;
    return false;
}

static bool has_output(const Running *running) {
    const PtProgram *program = running->program.program;
    for (uint64_t i = 0; i < program->sink_count; i++)
        if (program->sinks[i].kind == PT_SINK_PRINT) return true;
    return false;
}

static void say_not_again(const Running *running, Buf *out) {
    const Runtime *runtime = running->runtime;
    for (uint64_t i = 0; runtime && i < runtime->program->source_count; i++) {
        const Feed *feed = &runtime->feeds[i];
        if (feed->source->kind == PT_SOURCE_STDIN && !feed->ended)
            buf_printf(out, "  `%s` cannot be read again: what it has read since then is lost\n", feed->source->name);
    }
}

bool running_back(Running *running, const char *arguments, Buf *out) {
    uint64_t count;
    running_begin_command(running, out);
    if (!read_count(arguments, "back", 1, &count, out) || !running_has(running, out)) return false;
    const Mark *mark = mark_before(running, count);
    if (!running->steps || !store_memory_has(running->store, mark->epoch)) return has_nothing_to_undo(running, out);
    uint64_t undone = running->steps - mark->steps;
    bool loses = has_pushed(running);
    if (!running_recover(running, mark, out)) return false;
    buf_puts(out, "back by ");
    running_count(out, undone, "atom");
    if (undone > count) buf_puts(out, ", as far as the next epoch: a long `:run` has fewer of them than atoms");
    if (undone < count) buf_puts(out, ", to where it began");
    if (running->steps)
        buf_printf(out, "; %llu %s left\n", (unsigned long long)running->steps, running->steps == 1 ? "is" : "are");
    else
        buf_puts(out, "\n");
    if (has_output(running)) buf_puts(out, "  what has been printed stays printed\n");
    if (loses) buf_puts(out, "  what was pushed and not taken yet is gone, too\n");
    say_not_again(running, out);
    return true;
}
