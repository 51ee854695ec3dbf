// run - `make differential`: random programs, each from a seed of its own, compiled and run against the evaluator.
//
//   run [--seed=N] [--count=N] [--failures=N] [--keep=DIRECTORY] [--stats]
//   run --file=FILE [--seed=N]       one program
//   run --shrink=FILE [--seed=N]     leaves out lines of it as long as it fails in the same way
//
// Ends after so many failures, 20 if that is not said. Programs are tried in a child process; when it dies, the program has
// failed, and another child goes on behind it. What failed is kept in the directory as SEED.portals. Status 0 if all passed.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/differential/generate.h"
#include "tests/differential/shrink.h"
#include "tests/differential/stats.h"
#include "tests/differential/trial.h"

enum { CHUNK = 200, MAX_SECONDS = 30, FULLY_ONE_IN = 4 };

typedef struct Options {
    uint64_t seed, count, failures;
    const char *keep, *file, *shrink;
    bool stats;
} Options;

// What a child leaves, in memory that it shares with its parent.
typedef struct Results {
    uint64_t next; // the seed that is being tried, or comes next
    uint64_t ends[TRIAL_ENDS];
    Coverage coverage;
} Results;

static const char *program_path(const Options *options, uint64_t seed) {
    static char path[400];
    snprintf(path, sizeof path, "%s/%" PRIu64 ".portals", options->keep, seed);
    return path;
}

// LLVM's time is most of all: most programs are compiled nearly as generated.
static TrialOptions trial_options(uint64_t seed) {
    return (TrialOptions){seed, seed % FULLY_ONE_IN ? OPTIMISE_NOT : OPTIMISE_FULLY};
}

static uint64_t failures(const Results *results) {
    return results->ends[TRIAL_DIFFERENT] + results->ends[TRIAL_FAULTY];
}

// ---- a child -----------------------------------------------------------------------------------------------------------

static bool is_failure(TrialEnd end) {
    return end == TRIAL_DIFFERENT || end == TRIAL_FAULTY;
}

static void tell_failure(uint64_t seed, const char *path, const char *what, Buf *story) {
    Buf text = {0};
    buf_printf(&text, "FAIL %" PRIu64 ": %s\n", seed, what);
    buf_append(&text, story->data, story->length);
    buf_printf(&text, "  again: make differential SEED=%" PRIu64 " N=1; the program is %s\n", seed, path);
    fputs(buf_text(&text), stdout);
    fflush(stdout);
    buf_free(&text);
}

static bool write_program(const char *path, uint64_t seed) {
    Buf text = {0};
    generate(seed, &text);
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(text.data, 1, text.length, file) == text.length;
    ok = file && fclose(file) == 0 && ok;
    buf_free(&text);
    return ok;
}

static void try_seed(const Options *options, uint64_t seed, Results *results) {
    const char *path = program_path(options, seed);
    TrialOptions trial = trial_options(seed);
    Buf story = {0};
    if (!write_program(path, seed)) exit(2);
    trial_limit(MAX_SECONDS);
    TrialEnd end = trial_run(path, &trial, &results->coverage, &story);
    results->ends[end]++;
    if (is_failure(end))
        tell_failure(seed, path, end == TRIAL_FAULTY ? "it does not compile" : "a difference", &story);
    else
        unlink(path);
    buf_free(&story);
}

static void run_child(const Options *options, Results *results, uint64_t stop) {
    for (uint64_t i = 0; i < CHUNK && results->next < stop && failures(results) < options->failures; i++) {
        try_seed(options, results->next, results);
        results->next++;
    }
    exit(0);
}

// ---- all programs ------------------------------------------------------------------------------------------------------

static void wait_for_child(const Options *options, pid_t child, Results *results) {
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child || (WIFEXITED(status) && WEXITSTATUS(status) == 2)) {
        perror("differential");
        exit(2);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    Buf story = {0};
    char what[60];
    snprintf(what, sizeof what, "the process died of signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    tell_failure(results->next, program_path(options, results->next), what, &story);
    buf_free(&story);
    results->ends[TRIAL_DIFFERENT]++;
    results->next++;
}

static void report(const Options *options, const Results *results, double seconds) {
    uint64_t count = 0, compared = results->ends[TRIAL_SAME] + results->ends[TRIAL_FAILED];
    for (int i = 0; i < TRIAL_ENDS; i++) count += results->ends[i];
    if (options->stats) stats_show(&results->coverage);
    printf("%" PRIu64 " programs, %" PRIu64 " of them with a run-time error, %" PRIu64
           " too long to be compared; %.1f programs/s (SEED=%" PRIu64 ")\n",
           count, results->ends[TRIAL_FAILED], results->ends[TRIAL_TOO_LONG], (double)count / seconds, options->seed);
    printf("differential: %" PRIu64 " passed, %" PRIu64 " failed\n", compared, failures(results));
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

// At least one program in ten must have been compared.
static int run_all(const Options *options) {
    Results *results = mmap(NULL, sizeof *results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (results == MAP_FAILED) return 2;
    double started = now();
    results->next = options->seed;
    while (results->next < options->seed + options->count && failures(results) < options->failures) {
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) run_child(options, results, options->seed + options->count);
        wait_for_child(options, child, results);
    }
    report(options, results, now() - started);
    bool enough = (results->ends[TRIAL_SAME] + results->ends[TRIAL_FAILED]) * 10 > options->count || options->count < 10;
    return failures(results) || !enough;
}

// ---- one program -------------------------------------------------------------------------------------------------------

static int run_file(const Options *options) {
    static const char *const NAMES[] = {"the same", "the same, with a run-time error", "too long", "different", "faulty"};
    static Coverage coverage;
    TrialOptions trial = trial_options(options->seed);
    Buf story = {0};
    TrialEnd end = trial_run(options->file, &trial, &coverage, &story);
    printf("%s%s\n", buf_text(&story), NAMES[end]);
    buf_free(&story);
    return is_failure(end);
}

static const char *value_of(const char *argument, const char *name) {
    size_t length = strlen(name);
    return strncmp(argument, name, length) == 0 && argument[length] == '=' ? argument + length + 1 : NULL;
}

static bool read_option(Options *options, const char *argument) {
    const char *value;
    if ((value = value_of(argument, "--seed")))
        options->seed = strtoull(value, NULL, 10);
    else if ((value = value_of(argument, "--count")))
        options->count = strtoull(value, NULL, 10);
    else if ((value = value_of(argument, "--failures")))
        options->failures = strtoull(value, NULL, 10);
    else if ((value = value_of(argument, "--keep")))
        options->keep = value;
    else if ((value = value_of(argument, "--file")))
        options->file = value;
    else if ((value = value_of(argument, "--shrink")))
        options->shrink = value;
    else if (strcmp(argument, "--stats") == 0)
        options->stats = true;
    else
        return false;
    return true;
}

int main(int argc, char **argv) {
    Options options = {.seed = 1, .count = 100, .failures = 20, .keep = "."};
    for (int i = 1; i < argc; i++) {
        if (read_option(&options, argv[i])) continue;
        fprintf(stderr, "differential: unknown argument %s\n", argv[i]);
        return 2;
    }
    TrialOptions trial = trial_options(options.seed);
    if (options.shrink) return shrink(options.shrink, &trial);
    return options.file ? run_file(&options) : run_all(&options);
}
