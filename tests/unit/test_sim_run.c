// Whole runs in the simulated system: what its campaign (`make sim`) has found.
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/lines.h"
#include "tests/sim/run.h"
#include "tests/sim/service.h"
#include "tests/sim/sim_random.h"

enum { STOPPED = 128 + SIGTERM };

// What every test begins with: a text, a disk, and what the program puts out if nothing happens.
typedef struct Stage {
    RunProgram program;
    Buf text, counts, out;
    SimDisk *disk;
} Stage;

static SimDisk *new_disk(const Stage *stage) {
    SimDisk *disk = sim_disk_new();
    sim_disk_put(disk, RUN_TEXT, stage->text.data, stage->text.length);
    sim_disk_put(disk, "out/other", "", 0);
    return disk;
}

static Life new_life(const Stage *stage) {
    return (Life){
        .program = stage->program,
        .options = {.seed = 5,
                    .max_tick = 6 * 1000 * 1000,
                    .slow_one_in = 1000,
                    .input = stage->text.data,
                    .input_size = stage->text.length},
        .sizes = {8192, 16384},
        .partitions = 1,
        .keeps_run = true,
    };
}

static void stage_init(Stage *stage, RunProgram program) {
    *stage = (Stage){.program = program};
    uint64_t random = 7;
    run_make_text(&random, &stage->text);
    stage->disk = new_disk(stage);
    Life life = new_life(stage);
    SimDisk *disk = new_disk(stage);
    life_run(&life, disk);
    cr_assert_eq(life.status, 0, "%s", buf_text(&life.err));
    const Buf *counts = sim_disk_content(disk, RUN_FILE_NAMES[0]);
    buf_append(&stage->counts, counts->data, counts->length);
    buf_append(&stage->out, life.out.data, life.out.length);
    life_free(&life);
    sim_disk_free(disk);
}

static void stage_free(Stage *stage) {
    buf_free(&stage->text);
    buf_free(&stage->counts);
    buf_free(&stage->out);
    sim_disk_free(stage->disk);
}

static void check_life(Stage *stage, Life *life, int status, const char *says) {
    life_run(life, stage->disk);
    cr_assert_eq(life->status, status, "%d: %s", life->status, buf_text(&life->err));
    cr_assert(strstr(buf_text(&life->err), says), "%s", buf_text(&life->err));
    life_free(life);
}

static void stop_at(Stage *stage, uint64_t step) {
    Life life = new_life(stage);
    life.options.stop_at = step;
    check_life(stage, &life, STOPPED, "");
}

static void check_counts(Stage *stage) {
    const Buf *counts = sim_disk_content(stage->disk, RUN_FILE_NAMES[0]);
    cr_assert(counts);
    cr_assert_eq(counts->length, stage->counts.length);
    cr_assert_eq(memcmp(counts->data, stage->counts.data, counts->length), 0);
}

Test(sim_run, what_was_in_a_file_before_does_not_come_back_with_a_crash) {
    Stage stage;
    stage_init(&stage, RUN_WORDS);
    static const char JUNK[100000];
    sim_disk_put(stage.disk, RUN_FILE_NAMES[0], JUNK, sizeof JUNK);
    stop_at(&stage, 60);
    sim_disk_crash(stage.disk, 1, SIM_DROPPED);
    Life life = new_life(&stage);
    check_life(&stage, &life, 0, "resumed at epoch");
    check_counts(&stage);
    stage_free(&stage);
}

Test(sim_run, the_files_of_a_run_that_has_ended_are_on_the_disk) {
    Stage stage;
    stage_init(&stage, RUN_WORDS);
    Life life = new_life(&stage);
    life.sizes = (EntrySizes){65536, 0}; // no snapshot, before which they would be synced
    check_life(&stage, &life, 0, "");
    sim_disk_crash(stage.disk, 1, SIM_DROPPED);
    life = new_life(&stage);
    check_life(&stage, &life, 0, "has ended");
    check_counts(&stage);
    stage_free(&stage);
}

Test(sim_run, short_reads_do_not_make_another_file_of_a_source) {
    for (uint64_t seed = 1; seed <= 20; seed++) {
        Stage stage;
        stage_init(&stage, RUN_WORDS);
        Life life = new_life(&stage);
        life.options.seed = seed;
        life.options.short_one_in = 2;
        life.options.stop_at = 150;
        check_life(&stage, &life, STOPPED, "");
        life = new_life(&stage);
        check_life(&stage, &life, 0, "resumed at epoch");
        check_counts(&stage);
        stage_free(&stage);
    }
}

static void err_and_crash(uint64_t step, uint64_t crash) {
    Stage stage;
    stage_init(&stage, RUN_WORDS);
    Life life = new_life(&stage);
    life.options.fail_at = step;
    life.options.code = -EIO;
    life.options.crash_at = crash;
    life_run(&life, stage.disk);
    cr_assert(life.has_crashed || life.status <= 1, "step %u: status %d: %s", (unsigned)step, life.status, buf_text(&life.err));
    life_free(&life);
    life = new_life(&stage);
    check_life(&stage, &life, 0, "");
    check_counts(&stage);
    stage_free(&stage);
}

// One of these is the read that looks at what is before the position of the source.
Test(sim_run, a_run_can_go_on_after_an_error_in_any_step) {
    for (uint64_t step = 1; step < 120; step++) {
        err_and_crash(step, 0);
        err_and_crash(step, step + 6); // before the next epoch can make up for it
    }
}

// What was read of standard input and is not a whole line yet counts as read.
Test(sim_run, it_is_said_how_much_of_standard_input_is_kept) {
    for (size_t piece = 10; piece < 40; piece++) {
        Stage stage;
        stage_init(&stage, RUN_INPUT);
        Life life = new_life(&stage);
        life.options.input_piece = piece;
        life.options.stop_at = 100;
        check_life(&stage, &life, STOPPED, "");
        uint64_t bytes = 0;
        life = new_life(&stage);
        life.options.stop_at = 1;
        life_run(&life, stage.disk);
        const char *said = strstr(buf_text(&life.err), "goes on behind ");
        cr_assert(said && sscanf(said, "goes on behind %lu bytes\n", &bytes) == 1, "%s", buf_text(&life.err));
        life_free(&life);
        cr_assert_lt(bytes, stage.text.length);
        life = new_life(&stage);
        life.options.input += bytes;
        life.options.input_size -= bytes;
        check_life(&stage, &life, 0, "");
        check_counts(&stage);
        stage_free(&stage);
    }
}

static void find_snapshot(void *user, const char *name) {
    if (strncmp(name, "snapshot-", 9) == 0) snprintf(user, 100, RUN_DATA "/%s", name);
}

Test(sim_run, a_damaged_snapshot_is_named) {
    Stage stage;
    stage_init(&stage, RUN_WORDS);
    stop_at(&stage, 150);
    char path[100] = "";
    Env *env = sim_env_new(stage.disk, &(SimOptions){.seed = 1});
    env->list(env, RUN_DATA, find_snapshot, path);
    sim_env_free(env);
    cr_assert(*path);
    Buf bytes = {0};
    const Buf *content = sim_disk_content(stage.disk, path);
    buf_append(&bytes, content->data, content->length);
    bytes.data[20] ^= 1;
    sim_disk_put(stage.disk, path, bytes.data, bytes.length);
    buf_free(&bytes);
    Life life = new_life(&stage);
    check_life(&stage, &life, 1, "offset 0: block 0 is damaged");
    stage_free(&stage);
}

// Not every crash leaves one.
Test(sim_run, a_record_that_was_never_complete_is_told_of) {
    uint64_t notes = 0;
    for (uint64_t step = 30; step < 150; step++) {
        Stage stage;
        stage_init(&stage, RUN_WORDS);
        Life life = new_life(&stage);
        life.options.crash_at = step;
        life_run(&life, stage.disk);
        life_free(&life);
        sim_disk_crash(stage.disk, step, SIM_CORRUPTED);
        life = new_life(&stage);
        life_run(&life, stage.disk);
        cr_assert_eq(life.status, 0, "%s", buf_text(&life.err));
        notes += strstr(buf_text(&life.err), "was never complete and is dropped") != NULL;
        cr_assert(!strstr(buf_text(&life.err), "complete") || strncmp(buf_text(&life.err), "note: ", 6) == 0);
        life_free(&life);
        check_counts(&stage);
        stage_free(&stage);
    }
    cr_assert_gt(notes, 0);
}

// Of a program whose calls a service outside knows by their keys: a life that crashes and the next one tell it each thing once.
// S15.6
Test(sim_run, calls_are_repeated_with_their_keys, .timeout = 240) {
    Stage stage;
    stage_init(&stage, RUN_CHARGES);
    for (uint64_t crash_at = 150; crash_at < 1500; crash_at += 270) {
        SimDisk *disk = new_disk(&stage);
        Buf done = {0}, complaint = {0};
        for (int number = 0; number < 2; number++) {
            Life life = new_life(&stage);
            life.options.seed = crash_at + (uint64_t)number;
            life.partitions = 1 + (unsigned)number;
            life.options.crash_at = number ? 0 : crash_at;
            life_run(&life, disk);
            cr_assert_eq(life.has_crashed, !number);
            cr_assert(service_do(&done, &life.effects, &complaint), "%s", buf_text(&complaint));
            life_free(&life);
        }
        cr_assert(lines_same(&done, sim_disk_content(disk, RUN_CALLS)), "after a crash at step %d", (int)crash_at);
        buf_free(&done);
        buf_free(&complaint);
        sim_disk_free(disk);
    }
    stage_free(&stage);
}
