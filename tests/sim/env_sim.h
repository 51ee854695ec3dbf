// env_sim.h - an Env for a whole run on one thread, decided by a seed: files on a SimDisk, a counted clock, jobs that run early
// or late, bodies in any order, and a crash at a chosen I/O step.
//
// Each call that touches a file is an I/O step; the first one is number 1. At a crash the step happens in part or not at all;
// from then on every call fails with -EIO and changes nothing, and stop_signal says SIGTERM, so that the run unwinds by itself
// and frees what it has. What is on the disk afterwards is for sim_disk_crash to decide; without it, only the process has died.
#ifndef TESTS_SIM_ENV_SIM_H
#define TESTS_SIM_ENV_SIM_H

#include "base/buf.h"
#include "tests/sim/sim_disk.h"
#include "vm/env.h"

// Where in the program I/O steps are made: the address that the call returns to, and, in a build with SIM_CALLERS and frame
// pointers, that which the function returns to that made it. Starts as all zeroes.
typedef struct SimSite {
    const void *address, *caller;
    uint64_t steps, crashes;
} SimSite;

typedef struct SimSites {
    SimSite *sites;
    size_t count, capacity;
} SimSites;

void sim_sites_free(SimSites *sites);

typedef struct SimOptions {
    uint64_t seed;
    uint64_t crash_at;        // number of an I/O step; 0: none
    uint64_t crash_at_change; // of those that may change something on a disk, the number of one; 0: none
    uint64_t crash_at_sync;   // of those that sync a file; 0: none
    uint64_t fail_at;         // number of the I/O step that fails with `code` and does nothing; 0: none
    int code;
    uint64_t stop_at;      // the I/O step after which stop_signal says SIGTERM; 0: never
    uint64_t short_one_in; // one in so many reads and writes is shorter than asked for; 0: none
    uint64_t slow_one_in;  // one in so many jobs takes long; 0: 4
    uint64_t max_tick;     // how far a look at the clock moves it at most; 0: 100 microseconds
    const char *input;     // what can be read from standard input; lives longer than the env
    size_t input_size;
    size_t input_piece; // how much of it one read gets at most; 0: what it asks for
    bool has_service;   // what standard error gets is heard by a service, as a whole or not at all
    SimSites *sites;    // counts; NULL: nothing does
} SimOptions;

// Begins a life on the disk, which must outlive it. More than one at a time can use it.
Env *sim_env_new(SimDisk *disk, const SimOptions *options);
// The process is gone: its files are closed, and others can have its locks.
void sim_env_free(Env *env);

uint64_t sim_env_steps(const Env *env); // made so far
bool sim_env_crashed(const Env *env);
// What went to standard output (ENV_STDOUT) and standard error (ENV_STDERR), until sim_env_free.
const Buf *sim_env_output(const Env *env, int file);

#endif
