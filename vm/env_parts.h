// env_parts.h - what the real env is put together from; only env_real.c includes it from outside of the parts.
#ifndef VM_ENV_PARTS_H
#define VM_ENV_PARTS_H

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

#endif
