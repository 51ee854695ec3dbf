// run.h - one life of a simulated run: a compiled program, a disk, a command line.
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "base/buf.h"
#include "tests/sim/env_sim.h"
#include "vm/entry.h"

#define RUN_DATA "data"
#define RUN_TEXT "text"

#define RUN_SKIPPED_ATOMS "out/skipped"
#define RUN_CALLS "out/charges" // what the program has told the service outside, as far as it was committed

// What the programs write. RUN_INPUT and RUN_GIVEN write only the first one.
enum { RUN_FILES = 2 };
extern const char *const RUN_FILE_NAMES[RUN_FILES];

// The programs of tests/sim/*.portals.
typedef enum RunProgram {
#define PROGRAM(NAME, name) RUN_##NAME,
#include "tests/sim/programs.def"
#undef PROGRAM
    RUN_PROGRAMS,
    RUN_GIVEN = RUN_PROGRAMS, // by run_give_program; it reads no file, and in which order its lines come is open
} RunProgram;

extern const char *const RUN_PROGRAM_NAMES[RUN_PROGRAMS + 1];

typedef struct Life {
    RunProgram program;
    SimOptions options;
    EntrySizes sizes;
    unsigned partitions;
    unsigned step;        // 0: the default
    uint64_t order;       // of --seed
    uint64_t max_queue;   // bytes; 0: the default
    uint64_t max_spill;   // the same
    bool skips;           // the first atom that fails, to RUN_SKIPPED_ATOMS
    bool keeps_run;       // has a data directory
    struct SimHost *host; // RUN_BOXES (host.h)
    // what came of it
    int status;
    uint64_t steps;
    bool has_crashed;
    Buf out, err;
    Buf effects; // what it has told the service outside (service.h), which is not in `err`
} Life;

// The program in a shared object is the one of RUN_GIVEN. False: there is none.
bool run_give_program(const char *path);
size_t run_file_count(RunProgram program);
void life_run(Life *life, SimDisk *disk);
void life_free(Life *life);
// A text of some kB, to count words of.
void run_make_text(uint64_t *random, Buf *text);
// A life with everything that does not end it chosen by chance.
Life run_choose_life(uint64_t *random, RunProgram program);

#endif
