#include "tests/sim/schedule.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/audit.h"
#include "tests/sim/host.h"
#include "tests/sim/lines.h"
#include "tests/sim/run.h"
#include "tests/sim/service.h"
#include "tests/sim/sim_random.h"

enum { MAX_DISTURBED = 8, STOPPED = 128 + SIGTERM, EARLY_STEPS = 100, EARLY_CHANGES = 12, MANY_SYNCS = 50 };

typedef struct Schedule {
    uint64_t random;
    RunProgram program;
    Buf text;
    Buf files[RUN_FILES], out; // what the run must write, and print
    Buf printed;               // so far, where the order of lines is open
    Buf done;                  // by the service outside
    Buf said, skipped;         // what it says of an atom that it skips, and what it writes of it
    SimDisk *disk;
    uint64_t reached; // so much of `out` was printed
    uint64_t epoch;   // is durable
    bool is_settled;  // it is recorded that all that was committed has been printed
    bool has_ended;   // says a life
    bool has_skipped; // the same
    uint64_t life;
    SimHost host, expected; // RUN_BOXES: the host, and what it must get
    SimTotals totals;
    SimSites *sites;
    Buf *story;
} Schedule;

// Tells what went wrong.
__attribute__((format(printf, 2, 3))) static bool wrong(Schedule *schedule, const char *format, ...) {
    char text[400];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    buf_printf(schedule->story, "  WRONG: %s\n", text);
    return false;
}

static bool same(const Buf *a, const Buf *b) {
    return a->length == b->length && (!a->length || memcmp(a->data, b->data, a->length) == 0);
}

// What is written or printed: the lines of a given program come in any order.
static bool same_output(const Schedule *schedule, const Buf *a, const Buf *b) {
    return schedule->program == RUN_GIVEN ? lines_same(a, b) : same(a, b);
}

static size_t file_count(const Schedule *schedule) {
    return run_file_count(schedule->program);
}

// ---- the disk ----

// The file may be there already, with something else in it.
static SimDisk *new_disk(Schedule *schedule, uint64_t chance) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, "out/other", "", 0);
    if (file_count(schedule) == RUN_FILES) sim_disk_put(disk, RUN_TEXT, schedule->text.data, schedule->text.length);
    if (chance & 1) {
        static const char JUNK[20000] = "what was here before";
        for (size_t i = 0; i < file_count(schedule); i++)
            sim_disk_put(disk, RUN_FILE_NAMES[i], JUNK, chance & 2 << i ? sizeof JUNK : 10);
    }
    return disk;
}

static bool check_file(Schedule *schedule, SimDisk *disk, size_t number, const char *when) {
    const Buf *file = sim_disk_content(disk, RUN_FILE_NAMES[number]), *expected = &schedule->files[number];
    if (file && same_output(schedule, file, expected)) return true;
    if (!file) return wrong(schedule, "%s: %s is not there", when, RUN_FILE_NAMES[number]);
    size_t at = 0;
    while (at < file->length && at < expected->length && file->data[at] == expected->data[at]) at++;
    return wrong(schedule, "%s: %s has %zu bytes instead of %zu and differs from %zu on", when, RUN_FILE_NAMES[number],
                 file->length, expected->length, at);
}

static bool check_files(Schedule *schedule, SimDisk *disk, const char *when) {
    bool ok = true;
    for (size_t i = 0; i < file_count(schedule); i++) ok = check_file(schedule, disk, i, when) && ok;
    return ok;
}

// ---- the run as it should be ----

static bool has_host(const Schedule *schedule) {
    return schedule->program == RUN_BOXES;
}

static bool check_host(Schedule *schedule, SimHost *host) {
    return !host->wrong.length || wrong(schedule, "%s", buf_text(&host->wrong));
}

static void give_input(Schedule *schedule, Life *life, uint64_t from) {
    if (schedule->program != RUN_INPUT) return;
    life->options.input = schedule->text.data + from;
    life->options.input_size = schedule->text.length - from;
}

static void keep(Buf *to, const Buf *bytes) {
    if (bytes) buf_append(to, bytes->data, bytes->length);
}

// Nothing is kept: what the program does without any of what is tested here.
static bool make_expected(Schedule *schedule) {
    SimDisk *disk = new_disk(schedule, 0);
    Life life = {.program = schedule->program, .partitions = 1, .skips = true, .options = {.seed = 1}};
    give_input(schedule, &life, 0);
    if (has_host(schedule)) life.host = &schedule->expected;
    life_run(&life, disk);
    bool ok = life.status == 0 && check_host(schedule, &schedule->expected);
    if (life.status) wrong(schedule, "without --data: status %d: %s", life.status, buf_text(&life.err));
    for (size_t i = 0; i < file_count(schedule) && ok; i++) keep(&schedule->files[i], sim_disk_content(disk, RUN_FILE_NAMES[i]));
    keep(&schedule->out, &life.out);
    keep(&schedule->said, &life.err);
    keep(&schedule->skipped, sim_disk_content(disk, RUN_SKIPPED_ATOMS));
    life_free(&life);
    sim_disk_free(disk);
    return ok;
}

// The first life, without an end before its time. *steps: how many it makes.
static bool rehearse(Schedule *schedule, const Life *first, uint64_t chance, uint64_t *steps) {
    SimDisk *disk = new_disk(schedule, chance);
    Life life = *first;
    SimHost host = sim_host_copy(&schedule->host);
    give_input(schedule, &life, 0);
    if (has_host(schedule)) life.host = &host;
    life_run(&life, disk);
    *steps = life.steps;
    bool ok = true;
    if (life.status != 0 || !same(&life.err, &schedule->said))
        ok = wrong(schedule, "without a crash: status %d: %s", life.status, buf_text(&life.err));
    else if (!same_output(schedule, &life.out, &schedule->out))
        ok = wrong(schedule, "without a crash: other output than without --data");
    else
        ok = check_files(schedule, disk, "without a crash");
    if (has_host(schedule))
        ok = ok && check_host(schedule, &host) && sim_host_agrees(&host, &schedule->expected, schedule->story);
    sim_host_free(&host);
    schedule->totals.lives++;
    schedule->totals.steps += life.steps;
    life_free(&life);
    sim_disk_free(disk);
    return ok;
}

// ---- what a life finds ----

static bool check_audit(Schedule *schedule, const Audit *audit) {
    const AuditOutput *output = &audit->output;
    if (audit->code && audit->code != -ENOENT)
        return wrong(schedule, "nothing but crashes, but: %s", buf_text((Buf *)&audit->message));
    if (audit->epoch < schedule->epoch)
        return wrong(schedule, "epoch %" PRIu64 " is found, but %" PRIu64 " was durable", audit->epoch, schedule->epoch);
    if (output->length < schedule->reached)
        return wrong(schedule, "%" PRIu64 " bytes were printed, but epoch %" PRIu64 " has only %" PRIu64, schedule->reached,
                     audit->epoch, output->length);
    if (audit_start(audit) > schedule->reached)
        return wrong(schedule, "%" PRIu64 " bytes were printed, but the run would go on behind %" PRIu64, schedule->reached,
                     audit_start(audit));
    if (output->released < output->before)
        return wrong(schedule,
                     "epoch %" PRIu64 " says that %" PRIu64 " bytes were printed, but those of the epoch before were %" PRIu64,
                     audit->epoch, output->released, output->before);
    if (schedule->is_settled && output->released < schedule->reached)
        return wrong(schedule, "the run stopped, but %" PRIu64 " bytes would be printed again",
                     schedule->reached - output->released);
    if (schedule->has_ended && !audit->is_finished) return wrong(schedule, "the run had ended, but is not at its end any more");
    return true;
}

// What a life has said to be there is there, whatever came then (S7.17). There may be more: other copies, and parts of some.
static bool check_skipped(Schedule *schedule) {
    const Buf *file = sim_disk_content(schedule->disk, RUN_SKIPPED_ATOMS), *atom = &schedule->skipped;
    if (!schedule->has_skipped || (file && memmem(file->data, file->length, atom->data, atom->length))) return true;
    return wrong(schedule, "the atom that was skipped is not in " RUN_SKIPPED_ATOMS);
}

// ---- what a life says ----

typedef enum LineKind { LINE_SANE, LINE_ERROR, LINE_OTHER } LineKind;

static bool begins(const char *line, const char *with) {
    return strncmp(line, with, strlen(with)) == 0;
}

static LineKind judge_line(const char *line) {
    static const char *const SANE[] = {
        "note: ",
        "resumed at epoch ",
        "the run in `" RUN_DATA "` has ended",
        "  `counted.stdin` cannot be read",
        "warning: not 313",
        "an actor failed: division by zero", // it is restarted, or goes on
        "  --> ",
        "   = ",
    };
    if (begins(line, "error: ")) return LINE_ERROR;
    for (size_t i = 0; i < sizeof SANE / sizeof *SANE; i++)
        if (begins(line, SANE[i])) return LINE_SANE;
    return LINE_OTHER;
}

// Only what an error of the system has caused is one.
static bool is_excusable(const char *message) {
    static const char *const NEVER[] = {"damaged", "missing", "changed", "bug", "another"};
    for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER; i++)
        if (strstr(message, NEVER[i])) return false;
    return true;
}

static bool check_messages(Schedule *schedule, Life *life, bool has_failed) {
    const char *text = buf_text(&life->err);
    for (const char *line = text, *end; *line; line = end ? end + 1 : "") {
        end = strchr(line, '\n');
        if (!end && life->has_crashed) return true; // in the middle of it
        LineKind kind = judge_line(line);
        if (kind == LINE_ERROR) return (has_failed && is_excusable(line)) || wrong(schedule, "it says: %s", line);
        if ((kind == LINE_OTHER || !end) && !has_failed) return wrong(schedule, "it says: %s", line);
    }
    return true;
}

static bool check_progress(Schedule *schedule, Life *life, const Audit *audit, bool has_failed) {
    char expected[100];
    const char *text = buf_text(&life->err);
    if (!audit->epoch || life->has_crashed || has_failed) return true;
    snprintf(expected, sizeof expected, audit->is_finished ? "has ended, at epoch %" PRIu64 "," : "resumed at epoch %" PRIu64 ",",
             audit->epoch);
    if (!strstr(text, expected)) return wrong(schedule, "it does not say `%s`, but: %s", expected, text);
    if (audit->is_finished || !audit->needs_input || schedule->program != RUN_INPUT) return true;
    snprintf(expected, sizeof expected, "goes on behind %" PRIu64 " bytes", audit->input);
    return strstr(text, expected) || wrong(schedule, "it does not say `%s`, but: %s", expected, text);
}

// ---- what the service outside does ----

static bool check_effects(Schedule *schedule, const Life *life) {
    Buf complaint = {0};
    bool ok = service_do(&schedule->done, &life->effects, &complaint);
    if (!ok) wrong(schedule, "one key stands for two calls: %s", buf_text(&complaint));
    buf_free(&complaint);
    return ok;
}

// Each call that was committed has been done once, and nothing else has.
static bool check_done(Schedule *schedule) {
    const Buf *file = sim_disk_content(schedule->disk, RUN_CALLS);
    if (!file) return !schedule->done.length || wrong(schedule, RUN_CALLS " is not there");
    if (lines_same(file, &schedule->done)) return true;
    for (int i = 0; i < 2; i++) { // tell of the first difference
        const Buf *one = i ? file : &schedule->done, *other = i ? &schedule->done : file;
        for (const char *line = one->data, *end = one->data + one->length; line < end;) {
            size_t size = strcspn(line, "\n") + 1;
            if (!memmem(other->data, other->length, line, size))
                return wrong(schedule, "%s: %.*s", i ? "committed, and not done" : "done, and not committed", (int)size - 1,
                             line);
            line += size;
        }
    }
    return wrong(schedule, "a call was committed twice");
}

// ---- what a life does ----

static bool check_status(Schedule *schedule, const Life *life, bool has_failed, bool was_stopped) {
    if (life->has_crashed) return true;
    bool fits = life->status == 0 || (has_failed && life->status == 1) || (was_stopped && life->status == STOPPED);
    return fits || wrong(schedule, "status %d: %s", life->status, buf_text((Buf *)&life->err));
}

// What is printed again is the same as before; and nothing is printed that should not be, or more often than it should.
static bool check_lines(Schedule *schedule, const Life *life, uint64_t start) {
    Buf *printed = &schedule->printed;
    size_t again = printed->length - start < life->out.length ? printed->length - start : life->out.length;
    if (again && memcmp(printed->data + start, life->out.data, again) != 0)
        return wrong(schedule, "from byte %" PRIu64 " on it does not print what was there before: %.*s", start,
                     (int)life->out.length, life->out.data);
    if (again < life->out.length) buf_append(printed, life->out.data + again, life->out.length - again);
    if (!lines_within(printed, &schedule->out))
        return wrong(schedule, "from byte %" PRIu64 " on it prints a line that should not be there, or not again: %.*s", start,
                     (int)life->out.length, life->out.data);
    schedule->reached = printed->length;
    return true;
}

static bool check_output(Schedule *schedule, const Life *life, const Audit *audit) {
    uint64_t start = audit_start(audit), end = start + life->out.length;
    if (schedule->program == RUN_GIVEN) return check_lines(schedule, life, start);
    if (end > schedule->out.length ||
        (life->out.length && memcmp(schedule->out.data + start, life->out.data, life->out.length) != 0))
        return wrong(schedule, "from byte %" PRIu64 " on it prints what it should not: %.*s", start, (int)life->out.length,
                     life->out.data);
    if (end > schedule->reached) schedule->reached = end;
    return true;
}

static const char *name_of(const Life *life) {
    const SimOptions *options = &life->options;
    return options->stop_at           ? "stop"
           : options->fail_at         ? "error"
           : options->crash_at        ? "crash"
           : options->crash_at_change ? "crash at a change,"
                                      : "no end";
}

static void tell_life(Schedule *schedule, const Life *life, const Audit *audit) {
    const SimOptions *options = &life->options;
    uint64_t at = options->fail_at ? options->fail_at
                                   : options->crash_at + options->stop_at + options->crash_at_change + options->crash_at_sync;
    buf_printf(schedule->story,
               "  life %" PRIu64 ": from epoch %" PRIu64 "%s with %u partitions (step %u, segments %" PRIu64
               ", snapshots %" PRIu64 ", --seed %" PRIu64 ", --max-queue %" PRIu64 ", --max-spill %" PRIu64
               "%s): %s at step %" PRIu64 "%s; %" PRIu64 " steps%s, status %d\n",
               schedule->life, audit->epoch, audit->is_finished ? ", the end," : "", life->partitions, life->step,
               life->sizes.segment_size, life->sizes.snapshot_after, life->order, life->max_queue, life->max_spill,
               life->skips ? "" : ", skips nothing", name_of(life), at,
               !options->fail_at       ? ""
               : options->code == -EIO ? " (EIO)"
                                       : " (ENOSPC)",
               life->steps, life->has_crashed ? " and a crash" : "", life->status);
}

// It ends by what its options say of what it meets.
static bool has_given_up(const Life *life) {
    const char *text = buf_text((Buf *)&life->err);
    return life->status == 1 && ((!life->skips && strstr(text, "error: not 313")) ||
                                 (life->max_spill && strstr(text, "`--max-spill` sets the limit")));
}

static void count_life(Schedule *schedule, const Life *life, bool has_failed, bool was_stopped) {
    SimTotals *totals = &schedule->totals;
    totals->lives++;
    totals->steps += life->steps;
    totals->crashes += life->has_crashed;
    totals->errors += has_failed;
    totals->stops += was_stopped;
    uint64_t parts[] = {totals->digest,
                        (uint64_t)life->status,
                        life->steps,
                        hash_bytes(life->out.data, life->out.length),
                        hash_bytes(life->err.data, life->err.length),
                        sim_disk_digest(schedule->disk)};
    totals->digest = hash_bytes(parts, sizeof parts);
}

// What later lives must not go behind. What a life found and did not get to tell of may have been only in the memory of the
// system.
static void remember(Schedule *schedule, Life *life, const Audit *audit, bool has_failed) {
    bool is_over = !life->has_crashed && life->status == 0;
    if (is_over || strstr(buf_text(&life->err), "epoch ")) {
        schedule->epoch = audit->epoch;
        schedule->has_ended = is_over || audit->is_finished;
    }
    schedule->is_settled = !life->has_crashed && !has_failed && life->out.length;
    if (strstr(buf_text(&life->err), "the atom is skipped, and kept in `" RUN_SKIPPED_ATOMS "`\n")) schedule->has_skipped = true;
}

// From the disk as it is, to the end that the options have in store.
static bool live(Schedule *schedule, Life *life) {
    Audit audit;
    audit_read(&audit, schedule->disk, RUN_DATA);
    schedule->life++;
    life->options.sites = schedule->sites;
    bool ok = check_audit(schedule, &audit) && check_skipped(schedule);
    if (ok) {
        give_input(schedule, life, audit.input);
        if (has_host(schedule)) life->host = &schedule->host;
        life_run(life, schedule->disk);
        bool has_failed = life->options.fail_at && life->steps >= life->options.fail_at;
        bool was_stopped = life->options.stop_at && life->steps >= life->options.stop_at;
        count_life(schedule, life, has_failed, was_stopped);
        tell_life(schedule, life, &audit);
        bool may_fail = has_failed || has_given_up(life);
        ok = check_messages(schedule, life, may_fail) && check_status(schedule, life, may_fail, was_stopped) &&
             check_progress(schedule, life, &audit, may_fail) && check_output(schedule, life, &audit) &&
             check_host(schedule, &schedule->host) && check_effects(schedule, life);
        remember(schedule, life, &audit, has_failed);
    }
    schedule->totals.epochs += audit.epoch;
    audit_free(&audit);
    return ok;
}

// ---- what is to be repaired ----

static void lose_power(Schedule *schedule) {
    static const char *const NAMES[] = {"mixed", "kept", "dropped", "torn", "corrupted"};
    SimUnsynced fate = (SimUnsynced)sim_below(&schedule->random, SIM_CORRUPTED + 1);
    sim_disk_crash(schedule->disk, sim_random(&schedule->random), fate);
    schedule->totals.losses++;
    buf_printf(schedule->story, "    the power is lost; what was not synced: %s\n", NAMES[fate]);
}

// One that has something to repair is rare: it crashes at each of its steps, on disks of its own.
static bool crash_repairs(Schedule *schedule) {
    Schedule other = *schedule;
    bool ok = true;
    for (uint64_t step = 1; step <= EARLY_STEPS && ok; step++) {
        other = *schedule;
        other.random = hash_u64(schedule->random + step);
        other.disk = sim_disk_copy(schedule->disk);
        other.printed = (Buf){0};
        other.host = sim_host_copy(&schedule->host);
        keep(&other.printed, &schedule->printed);
        other.done = (Buf){0};
        keep(&other.done, &schedule->done);
        Life life = run_choose_life(&other.random, other.program);
        life.options.crash_at = step;
        ok = live(&other, &life);
        life_free(&life);
        if (ok) lose_power(&other);
        life = run_choose_life(&other.random, other.program);
        life.options.stop_at = 1;
        ok = ok && live(&other, &life);
        life_free(&life);
        sim_disk_free(other.disk);
        buf_free(&other.printed);
        buf_free(&other.done);
        sim_host_free(&other.host);
        schedule->totals = other.totals;
    }
    return ok;
}

static bool look_for_repairs(Schedule *schedule) {
    Audit audit;
    audit_read(&audit, schedule->disk, RUN_DATA);
    bool has_dropped = !audit.code && audit.has_dropped;
    audit_free(&audit);
    if (!has_dropped) return true;
    buf_puts(schedule->story, "    what comes next has something to repair, and crashes at each step, on other disks:\n");
    size_t length = schedule->story->length;
    bool ok = crash_repairs(schedule);
    if (ok) schedule->story->length = length;
    return ok;
}

// ---- what comes between lives ----

// An end for a life: somewhere in it, or in its recovery.
static void choose_end(uint64_t *random, uint64_t steps, SimOptions *options) {
    uint64_t at = 1 + sim_below(random, sim_coin(random) ? EARLY_STEPS : steps);
    switch (sim_below(random, 8)) {
    case 0: options->stop_at = at; break;
    case 1:
    case 2:
        options->fail_at = at;
        options->code = sim_coin(random) ? -EIO : -ENOSPC;
        if (sim_below(random, 2) == 0) options->crash_at = at + 1 + sim_below(random, 12); // while it ends because of that
        break;
    case 3:
    case 4: options->crash_at_change = 1 + sim_below(random, EARLY_CHANGES); break;
    case 5: options->crash_at_sync = 1 + sim_below(random, MANY_SYNCS); break;
    default: options->crash_at = at;
    }
}

// Limits with which it may not come to its end.
static void choose_limits(uint64_t *random, Life *life) {
    life->skips = sim_below(random, 4);
    if (!sim_below(random, 6)) life->max_spill = 1 + sim_below(random, 4000);
}

static bool disturb(Schedule *schedule, Life *life) {
    bool ok = live(schedule, life);
    life_free(life);
    if (!ok || !sim_below(&schedule->random, 4)) return ok;
    lose_power(schedule);
    return look_for_repairs(schedule);
}

// Nothing ends this life before its time.
static bool live_to_the_end(Schedule *schedule) {
    Life life = run_choose_life(&schedule->random, schedule->program);
    bool ok = live(schedule, &life);
    if (ok && life.status != 0) ok = wrong(schedule, "status %d: %s", life.status, buf_text(&life.err));
    life_free(&life);
    return ok;
}

static bool finish(Schedule *schedule) {
    if (!live_to_the_end(schedule) || !check_files(schedule, schedule->disk, "at the end") || !check_done(schedule)) return false;
    if (schedule->reached != schedule->out.length)
        return wrong(schedule, "%" PRIu64 " bytes were printed instead of %zu", schedule->reached, schedule->out.length);
    if (schedule->program == RUN_GIVEN && !lines_same(&schedule->printed, &schedule->out))
        return wrong(schedule, "other lines were printed than without --data");
    if (has_host(schedule) && !sim_host_agrees(&schedule->host, &schedule->expected, schedule->story)) return false;
    lose_power(schedule);
    return live_to_the_end(schedule) && check_files(schedule, schedule->disk, "after the end") && check_skipped(schedule);
}

static bool run_lives(Schedule *schedule, uint64_t seed) {
    uint64_t chance = sim_random(&schedule->random), steps = 0;
    Life first = run_choose_life(&schedule->random, schedule->program);
    if (!make_expected(schedule) || !rehearse(schedule, &first, chance, &steps)) return false;
    schedule->disk = new_disk(schedule, chance);
    first.options.crash_at = 1 + (schedule->program == RUN_GIVEN ? seed : seed / RUN_PROGRAMS) % steps; // in turn
    bool ok = disturb(schedule, &first);
    for (uint64_t more = sim_below(&schedule->random, MAX_DISTURBED); more > 0 && ok; more--) {
        Life life = run_choose_life(&schedule->random, schedule->program);
        choose_end(&schedule->random, steps, &life.options);
        choose_limits(&schedule->random, &life);
        ok = disturb(schedule, &life);
    }
    return ok && finish(schedule);
}

SimTotals schedule_run(uint64_t seed, RunProgram program, SimSites *sites, Buf *story) {
    Schedule schedule = {.random = hash_u64(seed), .program = program, .sites = sites, .story = story};
    run_make_text(&schedule.random, &schedule.text);
    sim_host_init(&schedule.host, hash_u64(seed));
    sim_host_init(&schedule.expected, hash_u64(seed));
    buf_printf(story, "schedule %" PRIu64 ": the program %s, %zu bytes of text\n", seed, RUN_PROGRAM_NAMES[schedule.program],
               schedule.text.length);
    bool ok = run_lives(&schedule, seed);
    schedule.totals.schedules = 1;
    schedule.totals.failures = !ok;
    buf_free(&schedule.text);
    for (size_t i = 0; i < RUN_FILES; i++) buf_free(&schedule.files[i]);
    buf_free(&schedule.out);
    buf_free(&schedule.printed);
    buf_free(&schedule.done);
    buf_free(&schedule.said);
    buf_free(&schedule.skipped);
    sim_host_free(&schedule.host);
    sim_host_free(&schedule.expected);
    if (schedule.disk) sim_disk_free(schedule.disk);
    return schedule.totals;
}
