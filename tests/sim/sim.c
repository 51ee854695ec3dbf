// sim.c - `make sim`: many schedules, each from a seed of its own, in several processes.
//
//   sim [--seed=N] [--count=N] [--jobs=N] [--sites=FILE] [--program=OBJECT]
//   sim --damage=EVERY [--seed=N] [--count=N] [--jobs=N]
//
// Runs the schedules of the seeds from N on, or damages stopped runs in one of EVERY ways, the ways from N on. FILE gets a line
// for each place in the VM where an I/O step was made: the address in this executable, steps, crashes (scripts/sim_sites.sh makes
// a list of them). OBJECT is a compiled program that is run instead of those of tests/sim. Status 0 if all passed.
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/damage.h"
#include "tests/sim/schedule.h"
#include "vm/memory.h"

enum {
    MAX_JOBS = 16,
    TOLD_FAILURES = 5, // of a job: it ends then
    MAX_SECONDS = 300, // of one schedule
    MAX_SITES = 1000,
};

typedef struct Options {
    uint64_t seed, count, jobs;
    uint64_t damage; // 0: schedules
    const char *sites, *program;
    const DamageScenes *scenes;
} Options;

// What a job leaves, in memory that it shares with the first process.
typedef struct JobResult {
    uint64_t running; // the seed of the schedule
    SimTotals totals;
    size_t site_count;
    SimSite sites[MAX_SITES];
} JobResult;

static void add_totals(SimTotals *to, const SimTotals *from) {
    uint64_t *sums = (uint64_t *)to;
    const uint64_t *numbers = (const uint64_t *)from;
    for (size_t i = 0; i < sizeof *to / sizeof *sums; i++) sums[i] += numbers[i];
}

// ---- a job ----

static const char *how_again(const Options *options) {
    return options->damage ? "make damage EVERY=1" : "make sim";
}

static void tell_failure(const Options *options, uint64_t seed, Buf *story) {
    Buf text = {0};
    buf_append(&text, story->data, story->length);
    buf_printf(&text, "  again: %s SEED=%" PRIu64 " N=1\n", how_again(options), seed);
    fputs(buf_text(&text), stderr); // at once, so that jobs do not talk into one another
    buf_free(&text);
}

static void keep_sites(JobResult *result, SimSites *sites) {
    result->site_count = sites->count < MAX_SITES ? sites->count : MAX_SITES;
    for (size_t i = 0; i < result->site_count; i++) result->sites[i] = sites->sites[i];
    sim_sites_free(sites);
}

static RunProgram program_of(const Options *options, uint64_t seed) {
    return options->program ? RUN_GIVEN : (RunProgram)(seed % RUN_PROGRAMS);
}

static void run_job(const Options *options, uint64_t number, JobResult *result) {
    SimSites sites = {0};
    for (uint64_t i = number; i < options->count && result->totals.failures < TOLD_FAILURES; i += options->jobs) {
        Buf story = {0};
        result->running = options->seed + i * (options->damage ? options->damage : 1);
        alarm(MAX_SECONDS);
        SimTotals totals = options->damage ? damage_run(options->scenes, result->running, &story)
                                           : schedule_run(result->running, program_of(options, result->running), &sites, &story);
        add_totals(&result->totals, &totals);
        if (totals.failures) tell_failure(options, result->running, &story);
        if (options->count == 1 && !totals.failures) fputs(buf_text(&story), stderr);
        buf_free(&story);
    }
    keep_sites(result, &sites);
}

static JobResult *start_jobs(const Options *options, pid_t *jobs) {
    size_t size = options->jobs * sizeof(JobResult);
    JobResult *results = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (results == MAP_FAILED) return NULL;
    for (uint64_t i = 0; i < options->jobs; i++) {
        jobs[i] = fork();
        if (jobs[i]) continue;
        run_job(options, i, &results[i]);
        exit(0); // where the sanitizers look for leaks
    }
    return results;
}

static void wait_for_job(const Options *options, pid_t job, JobResult *result) {
    int status;
    if (job > 0 && waitpid(job, &status, 0) == job && WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    fprintf(stderr, "%" PRIu64 ": the VM did not survive it\n  again: %s SEED=%" PRIu64 " N=1\n", result->running,
            how_again(options), result->running);
    result->totals.schedules++;
    result->totals.failures++;
}

// ---- the report ----

// Where this executable begins in memory.
static uintptr_t base_address(void) {
    Dl_info info;
    return dladdr((void *)(uintptr_t)base_address, &info) ? (uintptr_t)info.dli_fbase : 0;
}

static bool write_sites(const char *path, const JobResult *results, uint64_t jobs) {
    FILE *file = fopen(path, "w");
    if (!file) return false;
    for (uint64_t i = 0; i < jobs; i++)
        for (size_t k = 0; k < results[i].site_count; k++) {
            const SimSite *site = &results[i].sites[k];
            // The addresses are those behind the calls.
            uintptr_t address = (uintptr_t)site->address - base_address() - 1,
                      caller = (uintptr_t)site->caller - base_address() - 1;
            fprintf(file, "%#" PRIxPTR " %#" PRIxPTR " %" PRIu64 " %" PRIu64 "\n", address, caller, site->steps, site->crashes);
        }
    return fclose(file) == 0;
}

static void report(const Options *options, const SimTotals *totals) {
    uint64_t passed = totals->schedules - totals->failures;
    if (options->damage)
        printf("%" PRIu64 " of %" PRIu64 " ways to damage a stopped run: %" PRIu64 " ended with an error (digest %016" PRIx64
               ")\n",
               totals->schedules, damage_count(options->scenes), totals->losses, totals->digest);
    else
        printf("%" PRIu64 " schedules, %" PRIu64 " lives, %" PRIu64 " steps: %" PRIu64 " crashes, %" PRIu64
               " errors of the system, %" PRIu64 " stops; unsynced writes were lost %" PRIu64 " times (digest %016" PRIx64 ")\n",
               totals->schedules, totals->lives, totals->steps, totals->crashes, totals->errors, totals->stops, totals->losses,
               totals->digest);
    printf("%s: %" PRIu64 " passed, %" PRIu64 " failed\n", options->damage ? "damage" : "sim", passed, totals->failures);
}

// ---- options ----

static bool take_number(const char *argument, const char *name, uint64_t *out) {
    size_t size = strlen(name);
    if (strncmp(argument, name, size) != 0) return false;
    char *end;
    *out = strtoull(argument + size, &end, 10);
    return argument[size] && !*end;
}

static bool take_options(int argc, char **argv, Options *options) {
    *options = (Options){.seed = UINT64_MAX, .count = UINT64_MAX, .jobs = 1};
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--sites=", 8) == 0)
            options->sites = argv[i] + 8;
        else if (strncmp(argv[i], "--program=", 10) == 0)
            options->program = argv[i] + 10;
        else if (!take_number(argv[i], "--damage=", &options->damage) && !take_number(argv[i], "--seed=", &options->seed) &&
                 !take_number(argv[i], "--count=", &options->count) && !take_number(argv[i], "--jobs=", &options->jobs))
            return false;
    }
    return options->jobs > 0 && options->count > 0 && options->jobs <= MAX_JOBS;
}

// Where there is no count, all ways to damage, or some schedules.
static bool prepare(Options *options) {
    uint64_t most = 100;
    if (options->seed == UINT64_MAX) options->seed = options->damage ? 0 : 1;
    if (options->damage) {
        options->scenes = damage_prepare();
        if (!options->scenes) return false;
        uint64_t ways = damage_count(options->scenes);
        most = options->seed < ways ? (ways - options->seed + options->damage - 1) / options->damage : 0;
    }
    if (options->count > most && (options->damage || options->count == UINT64_MAX)) options->count = most;
    return true;
}

int main(int argc, char **argv) {
    Options options;
    pid_t jobs[MAX_JOBS];
    if (!take_options(argc, argv, &options)) {
        fputs("usage: sim [--damage=EVERY] [--seed=N] [--count=N] [--jobs=N] [--sites=FILE] [--program=OBJECT]\n", stderr);
        return 2;
    }
    if (options.program && !run_give_program(options.program)) return 2;
    if (!prepare(&options)) {
        fputs("the runs that are to be damaged did not come to where they should be stopped\n", stderr);
        return 2;
    }
    JobResult *results = start_jobs(&options, jobs);
    if (!results) return 2;
    SimTotals totals = {0};
    for (uint64_t i = 0; i < options.jobs; i++) {
        wait_for_job(&options, jobs[i], &results[i]);
        add_totals(&totals, &results[i].totals);
    }
    report(&options, &totals);
    if (options.scenes) damage_free((DamageScenes *)options.scenes);
    if (options.sites && !write_sites(options.sites, results, options.jobs)) return 2;
    return totals.failures ? 1 : 0;
}
