#include "tests/differential/trial.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "compiler/jit.h"
#include "compiler/pipeline.h"
#include "tests/differential/generate.h"
#include "tests/differential/program.h"
#include "tests/sim/env_sim.h"
#include "tests/sim/sim_random.h"
#include "vm/entry.h"

enum { FUEL = 3000000, MAX_LIVES = 6, EARLY_STEPS = 80, LATE_STEPS = 1200, STOPPED = 128 + SIGTERM };

static const char OUT[] = "out"; // the file that the program writes

typedef struct Trial {
    const TrialOptions *options;
    uint64_t random;
    Compilation compilation;
    Expected expected;
    Buf messages; // what is expected on standard error, without what `log` says
    const PtProgram *program;
    Buf *story;
} Trial;

// ---- comparing ---------------------------------------------------------------------------------------------------------

static void tell(Trial *trial, const char *what, const char *text, size_t length) {
    enum { ENOUGH = 1000 };
    buf_printf(trial->story, "---- %s:\n%.*s%s", what, (int)(length < ENOUGH ? length : ENOUGH), length ? text : "",
               length < ENOUGH ? "" : "...\n");
}

// Where the line begins in which they differ.
static size_t first_difference(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t at = 0;
    while (at < a_length && at < b_length && a[at] == b[at]) at++;
    while (at && a[at - 1] != '\n') at--;
    return at;
}

static bool same(Trial *trial, const char *run, const char *what, const char *found, size_t length, const Buf *expected) {
    if (length == expected->length && (!length || memcmp(found, expected->data, length) == 0)) return true;
    size_t at = first_difference(found, length, expected->data, expected->length);
    buf_printf(trial->story, "%s: another %s than by the evaluator, from byte %zu on\n", run, what, at);
    tell(trial, "expected", expected->data + at, expected->length - at);
    tell(trial, "found", found + at, length - at);
    return false;
}

// Drops the lines that begin with one of some texts; these end with NULL.
static void drop_lines(Buf *to, const Buf *from, const char *const *begins) {
    for (size_t at = 0, end; at < from->length; at = end) {
        const char *line = from->data + at, *feed = memchr(line, '\n', from->length - at);
        end = feed ? (size_t)(feed - from->data) + 1 : from->length;
        bool drops = false;
        for (int i = 0; begins[i]; i++)
            if (end - at >= strlen(begins[i]) && memcmp(line, begins[i], strlen(begins[i])) == 0) drops = true;
        if (!drops) buf_append(to, line, end - at);
    }
}

// ---- lives -------------------------------------------------------------------------------------------------------------

typedef struct Life {
    SimOptions options;
    EntrySizes sizes;
    unsigned partitions;
    bool keeps_run;
    int status;
    bool has_crashed;
    Buf err;
} Life;

static void live(Trial *trial, SimDisk *disk, Life *life) {
    char partitions[32];
    snprintf(partitions, sizeof partitions, "--partitions=%u", life->partitions);
    char *argv[] = {"program", partitions, "--epoch=1", life->keeps_run ? "--data=data" : NULL, NULL};
    Env *env = sim_env_new(disk, &life->options);
    life->status = entry_main_sized(trial->program, env, &life->sizes, life->keeps_run ? 4 : 3, argv);
    life->has_crashed = sim_env_crashed(env);
    const Buf *err = sim_env_output(env, ENV_STDERR);
    buf_append(&life->err, err->data, err->length);
    sim_env_free(env);
}

static bool check_end(Trial *trial, SimDisk *disk, const char *run, const Life *life, const Buf *err, const Buf *messages) {
    static const Buf NOTHING;
    const Buf *out = sim_disk_content(disk, OUT);
    if (!out) out = &NOTHING; // it failed before it began
    int status = trial->expected.end == EVAL_FINE ? 0 : 1;
    bool ok = same(trial, run, "output", out->data, out->length, &trial->expected.out);
    ok = same(trial, run, "standard error", err->data, err->length, messages) && ok;
    if (life->status == status) return ok;
    buf_printf(trial->story, "%s: status %d\n", run, life->status);
    return false;
}

static bool run_plainly(Trial *trial) {
    SimDisk *disk = sim_disk_new();
    Life life = {.options = {.seed = trial->options->seed}, .partitions = 1};
    live(trial, disk, &life);
    bool ok = check_end(trial, disk, "plain run", &life, &life.err, &trial->expected.err);
    buf_free(&life.err);
    sim_disk_free(disk);
    return ok;
}

// ---- a run that is kept ------------------------------------------------------------------------------------------------

static Life choose_life(uint64_t *random) {
    static const uint64_t SEGMENTS[] = {4096, 8192, 65536}, SNAPSHOTS[] = {1, 4096, 100000};
    return (Life){
        .options = {.seed = sim_random(random), .max_tick = 3 * 1000 * 1000, .short_one_in = sim_coin(random) ? 5 : 0},
        .sizes = {SEGMENTS[sim_below(random, 3)], SNAPSHOTS[sim_below(random, 3)]},
        .partitions = sim_coin(random) ? 1 : 1 + (unsigned)sim_below(random, 3),
        .keeps_run = true,
    };
}

// Ends it somewhere, by a stop or a crash; after some crashes what was not synced is gone.
static bool disturb(Trial *trial, SimDisk *disk) {
    Life life = choose_life(&trial->random);
    uint64_t at = 1 + sim_below(&trial->random, sim_coin(&trial->random) ? EARLY_STEPS : LATE_STEPS);
    if (sim_coin(&trial->random))
        life.options.stop_at = at;
    else
        life.options.crash_at = at;
    live(trial, disk, &life);
    int status = trial->expected.end == EVAL_FINE ? 0 : 1;
    bool ok = life.has_crashed || life.status == status || life.status == STOPPED;
    if (!ok) buf_printf(trial->story, "kept run: status %d\n", life.status);
    if (!ok) tell(trial, "standard error", life.err.data, life.err.length);
    if (ok && life.has_crashed && sim_coin(&trial->random)) sim_disk_crash(disk, sim_random(&trial->random), SIM_MIXED);
    buf_free(&life.err);
    return ok;
}

static bool finish(Trial *trial, SimDisk *disk) {
    static const char *const PROGRESS[] = {LOG_MARK, "note: ", "resumed at epoch ", "the run in `", NULL};
    Life life = choose_life(&trial->random);
    Buf messages = {0};
    live(trial, disk, &life);
    drop_lines(&messages, &life.err, PROGRESS);
    bool ok = check_end(trial, disk, "kept run", &life, &messages, &trial->messages);
    buf_free(&messages);
    buf_free(&life.err);
    return ok;
}

static bool run_in_lives(Trial *trial) {
    static const char *const LOGGED[] = {LOG_MARK, NULL};
    drop_lines(&trial->messages, &trial->expected.err, LOGGED);
    SimDisk *disk = sim_disk_new();
    bool ok = true;
    for (uint64_t lives = sim_below(&trial->random, MAX_LIVES); ok && lives > 0; lives--) ok = disturb(trial, disk);
    ok = ok && finish(trial, disk);
    sim_disk_free(disk);
    return ok;
}

// ---- one program -------------------------------------------------------------------------------------------------------

static void tell_diagnostics(Trial *trial) {
    Compilation *c = &trial->compilation;
    Diags errors = {.arena = &c->arena};
    for (int i = 0; i < c->context.diags.items.count; i++)
        if (diag_severity(c->context.diags.items.items[i]->code) == SEVERITY_ERROR)
            vec_push(&c->arena, &errors.items, c->context.diags.items.items[i]);
    diag_render(&errors, &c->context.sources, false, trial->story);
    if (c->error) buf_printf(trial->story, "error: %s\n", c->error);
}

static void count_nodes(const Ast *node, uint64_t *counts) {
    if (!node) return;
    counts[node->kind]++;
    for (int i = 0; i < node->kid_count; i++) count_nodes(node->kid[i], counts);
}

static TrialEnd run_compiled(Trial *trial) {
    Compilation *c = &trial->compilation;
    c->codegen = codegen_new(c->core, &c->options, &c->error);
    Jit *jit = c->codegen && codegen_optimise(c->codegen, &c->error) ? jit_new(c->codegen, &c->error) : NULL;
    if (!jit) {
        tell_diagnostics(trial);
        return TRIAL_FAULTY;
    }
    trial->program = jit_program(jit);
    bool ok = run_plainly(trial) && run_in_lives(trial);
    jit_free(jit);
    if (!ok) return TRIAL_DIFFERENT;
    return trial->expected.end == EVAL_FINE ? TRIAL_SAME : TRIAL_FAILED;
}

static TrialEnd run_both(Trial *trial, Coverage *coverage) {
    Compilation *c = &trial->compilation;
    count_nodes(c->apps.items[0]->tree, coverage->asts);
    program_run(c->core, FUEL, &trial->expected);
    for (int i = 0; i < CORE_OP_COUNT; i++) coverage->ops[i] += trial->expected.ops[i];
    if (trial->expected.end == EVAL_TOO_LONG) return TRIAL_TOO_LONG;
    if (trial->expected.end != EVAL_BROKEN) return run_compiled(trial);
    tell(trial, "broken", trial->expected.err.data, trial->expected.err.length);
    return TRIAL_DIFFERENT;
}

void trial_limit(unsigned seconds) {
    setitimer(ITIMER_PROF, &(struct itimerval){.it_value = {.tv_sec = seconds}}, NULL);
}

TrialEnd trial_run(const char *path, const TrialOptions *options, Coverage *coverage, Buf *story) {
    Trial trial = {.options = options, .random = hash_u64(options->seed), .story = story};
    Compilation *c = &trial.compilation;
    TrialEnd end = TRIAL_FAULTY;
    if (pipeline_open(c, &path, 1, (CodegenOptions){.cpu = "native", .optimise = options->optimise}) && pipeline_run(c, "core"))
        end = trial_format(path, c, story) ? run_both(&trial, coverage) : TRIAL_DIFFERENT;
    else
        tell_diagnostics(&trial);
    pipeline_close(c);
    program_free(&trial.expected);
    buf_free(&trial.messages);
    return end;
}
