#include "tests/sim/run.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/sim/host.h"
#include "tests/sim/service.h"
#include "tests/sim/sim_random.h"

#define PROGRAM(NAME, name) extern const PtProgram sim_##name;
#include "tests/sim/programs.def"
#undef PROGRAM

static const PtProgram *PROGRAMS[RUN_PROGRAMS + 1] = {
#define PROGRAM(NAME, name) [RUN_##NAME] = &sim_##name,
#include "tests/sim/programs.def"
#undef PROGRAM
};

const char *const RUN_PROGRAM_NAMES[RUN_PROGRAMS + 1] = {
#define PROGRAM(NAME, name) [RUN_##NAME] = #name,
#include "tests/sim/programs.def"
#undef PROGRAM
    [RUN_GIVEN] = "that is given",
};

const char *const RUN_FILE_NAMES[RUN_FILES] = {"out/counts", "out/sums"};

enum { MAX_ARGS = 12, MAX_ARG = 40 };

bool run_give_program(const char *path) {
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    PROGRAMS[RUN_GIVEN] = object ? dlsym(object, "pt_program") : NULL;
    if (!PROGRAMS[RUN_GIVEN]) fprintf(stderr, "%s\n", dlerror());
    return PROGRAMS[RUN_GIVEN];
}

size_t run_file_count(RunProgram program) {
    return program == RUN_INPUT || program == RUN_GIVEN ? 1 : RUN_FILES;
}

// A command line.
typedef struct Args {
    char texts[MAX_ARGS][MAX_ARG];
    char *pointers[MAX_ARGS + 1];
    int count;
} Args;

__attribute__((format(printf, 2, 3))) static void add_arg(Args *args, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(args->texts[args->count], MAX_ARG, format, list);
    va_end(list);
    args->pointers[args->count] = args->texts[args->count];
    args->count++;
}

static void make_args(Args *args, const Life *life) {
    *args = (Args){0};
    add_arg(args, "program");
    add_arg(args, "--counts=%s", RUN_FILE_NAMES[0]);
    add_arg(args, "--partitions=%u", life->partitions);
    add_arg(args, "--epoch=1");
    if (run_file_count(life->program) == RUN_FILES) {
        add_arg(args, "--text=" RUN_TEXT);
        add_arg(args, "--sums=%s", RUN_FILE_NAMES[1]);
    }
    if (life->keeps_run) add_arg(args, "--data=" RUN_DATA);
    if (life->step) add_arg(args, "--step=%u", life->step);
    if (life->order) add_arg(args, "--seed=%" PRIu64, life->order);
    if (life->max_queue) add_arg(args, "--max-queue=%" PRIu64, life->max_queue);
    if (life->max_spill) add_arg(args, "--max-spill=%" PRIu64, life->max_spill);
    if (life->skips) add_arg(args, "--skip-atom=" RUN_SKIPPED_ATOMS);
}

void life_run(Life *life, SimDisk *disk) {
    life->options.has_service = life->program == RUN_CHARGES;
    Env *env = sim_env_new(disk, &life->options);
    Args args;
    make_args(&args, life);
    if (life->host)
        sim_host_live(life->host, PROGRAMS[life->program], env, &life->sizes, args.count, args.pointers, &life->status);
    else
        life->status = entry_main_sized(PROGRAMS[life->program], env, &life->sizes, args.count, args.pointers);
    life->steps = sim_env_steps(env);
    life->has_crashed = sim_env_crashed(env);
    const Buf *out = sim_env_output(env, ENV_STDOUT), *err = sim_env_output(env, ENV_STDERR);
    buf_append(&life->out, out->data, out->length);
    buf_append(&life->err, err->data, err->length);
    service_hear(&life->err, &life->effects);
    sim_env_free(env);
}

void life_free(Life *life) {
    buf_free(&life->out);
    buf_free(&life->err);
    buf_free(&life->effects);
}

// Short words of few letters, so that many come often.
void run_make_text(uint64_t *random, Buf *text) {
    for (uint64_t lines = 30 + sim_below(random, 150); lines-- > 0;) {
        for (uint64_t words = sim_below(random, 50); words-- > 0;) {
            for (uint64_t letters = 1 + sim_below(random, 3); letters-- > 0;) buf_putc(text, (char)('a' + sim_below(random, 5)));
            if (words) buf_putc(text, ' ');
        }
        if (lines || sim_coin(random)) buf_putc(text, '\n');
    }
}

Life run_choose_life(uint64_t *random, RunProgram program) {
    static const uint64_t TICKS[] = {1000 * 1000, 3 * 1000 * 1000, 6 * 1000 * 1000};
    static const uint64_t SLOW[] = {4, 30, 1000};
    static const unsigned STEPS[] = {0, 1, 1, 2, 3};
    static const uint64_t QUEUES[] = {0, 0, 1, 300, 2000};
    static const uint64_t SEGMENTS[] = {4096, 8192, 16384, 65536}, SNAPSHOTS[] = {1, 32768, 100000};
    return (Life){
        .program = program,
        .options = {.seed = sim_random(random),
                    .short_one_in = sim_coin(random) ? 5 : 0,
                    .slow_one_in = SLOW[sim_below(random, sizeof SLOW / sizeof *SLOW)],
                    .max_tick = TICKS[sim_below(random, sizeof TICKS / sizeof *TICKS)],
                    .input_piece = 10 + (size_t)sim_below(random, 200)},
        .sizes = {SEGMENTS[sim_below(random, sizeof SEGMENTS / sizeof *SEGMENTS)],
                  SNAPSHOTS[sim_below(random, sizeof SNAPSHOTS / sizeof *SNAPSHOTS)]},
        .partitions = 1 + (unsigned)sim_below(random, 3),
        .step = STEPS[sim_below(random, sizeof STEPS / sizeof *STEPS)],
        .order = sim_below(random, 3),
        .max_queue = QUEUES[sim_below(random, sizeof QUEUES / sizeof *QUEUES)],
        .skips = true,
        .keeps_run = true,
    };
}
