// env_parts.h - what real envs are put together from: env_real.c and env_guest.c include it.
#ifndef VM_ENV_PARTS_H
#define VM_ENV_PARTS_H

#include <limits.h>

#include "vm/env.h"

// ---- files and directories (env_files.c) ----

void env_files_set(Env *env);

// ---- threads (env_threads.c) ----

// Threads for `run_all`: made when they are first needed, kept until env_threads_free.
typedef struct EnvThreads EnvThreads;

EnvThreads *env_threads_new(void);
void env_threads_free(EnvThreads *threads);
void env_threads_run_all(EnvThreads *threads, size_t count, void (*body)(void *argument, size_t i), void *argument);
// Sets the functions for jobs.
void env_jobs_set(Env *env);

// ---- all of it (env_system.c) ----

// The front of a real env. It has all functions but those that deal with signals: `wait_readable` and `stop_signal`.
typedef struct EnvSystem {
    Env env;
    EnvThreads *threads;
    char scratch[PATH_MAX];
} EnvSystem;

// False without memory; then there is nothing to be freed.
bool env_system_init(EnvSystem *system);
// Ends the threads.
void env_system_free(EnvSystem *system);

#endif
